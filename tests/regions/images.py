"""Radiance images with everything known, made without the calibration."""

from __future__ import annotations

import numpy as np

from lumicohort.radiometry import RadianceImage


def radiance_image(radiance: np.ndarray, sd: float, fov_cm: float = 24.0) -> RadianceImage:
    """Return an image with a given radiance and one noise level."""
    n = radiance.shape[0]
    none = np.zeros((n, n), dtype=bool)
    return RadianceImage(
        radiance=radiance,
        variance=np.full((n, n), sd**2),
        common_se=np.zeros((n, n)),
        saturated=none.copy(),
        cosmic=none.copy(),
        pixel_cm=fov_cm / n,
        fov_cm=fov_cm,
        n=n,
        source="raw",
    )
