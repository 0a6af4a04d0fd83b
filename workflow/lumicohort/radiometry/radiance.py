"""A click's radiance: the image, its uncertainty, and what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class RadianceImage:
    """Calibrated radiance of one click.

    Parameters
    ----------
    radiance : numpy.ndarray, shape (n, n), float64
        Surface radiance (p/s/cm²/sr). Negative values stay: clipping biases faint regions.
    variance : numpy.ndarray, shape (n, n), float64
        Variance of `radiance` from read noise, photon noise and the frames' noise, independent
        from pixel to pixel.
    common_se : numpy.ndarray, shape (n, n), float64
        Standard error (p/s/cm²/sr) that all pixels share, from an estimated dark level: it adds
        up over a region, not in quadrature. 0 where a dark frame was used.
    saturated : numpy.ndarray of bool, shape (n, n)
        Raw counts at or above the camera's saturation level.
    cosmic : numpy.ndarray of bool, shape (n, n)
        Pixels replaced as cosmic-ray hits.
    pixel_cm, fov_cm : float
        Side of a pixel and of the image at the stage (cm).
    n : int
        Pixels along a side.
    source : str
        `raw` or `living_image`.
    applied : dict
        Each step: what was applied, with which frame or coefficients, or False.
    flags : tuple of str
        The click's flags and those of its calibration.
    bright_spots : numpy.ndarray of bool, shape (n, n), or None
        Those of `cosmic` that held more light than a particle leaves; None where there are none.
    """

    radiance: np.ndarray
    variance: np.ndarray
    common_se: np.ndarray
    saturated: np.ndarray
    cosmic: np.ndarray
    pixel_cm: float
    fov_cm: float
    n: int
    source: str
    applied: dict[str, object] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    bright_spots: np.ndarray | None = None


def total_flux_p_s(image: RadianceImage, mask: np.ndarray) -> float:
    """Return the total flux of a region, Living Image's definition (p/s).

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    mask : numpy.ndarray of bool, shape (n, n)
        The region.

    Returns
    -------
    float
        4π · pixel area · Σ radiance.
    """
    return float(4 * np.pi * image.pixel_cm**2 * image.radiance[mask].sum())


def total_flux_se_p_s(image: RadianceImage, mask: np.ndarray) -> float:
    """Return the standard error of :func:`total_flux_p_s` (p/s).

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    mask : numpy.ndarray of bool, shape (n, n)
        The region.

    Returns
    -------
    float
        Pixel noise in quadrature, and what all pixels share on top of it.
    """
    own = float(image.variance[mask].sum())
    shared = float(image.common_se[mask].sum())
    return float(4 * np.pi * image.pixel_cm**2 * np.sqrt(own + shared**2))
