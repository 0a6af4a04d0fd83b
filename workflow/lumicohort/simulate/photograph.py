"""The photograph: mice in nose cones on a dark bed, under the camera's lamps.

Grey levels are those of a real photograph at f/8 and 0.2 s: bed 330 to 380, nude mice 900 to
1300, bright metal cones of several thousand, black dividers and manifold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from lumicohort.simulate.mouse import Mouse, Silhouette

_BED, _MANIFOLD, _TUBE, _DIVIDER = 355.0, 335.0, 215.0, 240.0
_COAT = {"nude": 1120.0, "white": 1500.0, "black": 470.0}
_CONE_WIDTH_CM = 0.85


@dataclass(frozen=True)
class Bed:
    """What lies under the camera besides mice.

    Parameters
    ----------
    cones_x_cm : tuple of float
        Where the nose cones are, left to right.
    front_y_cm : float
        Lower edge of the cones: the front of the heads.
    manifold_y_cm : float
        Lower edge of the manifold that the cones come out of.
    dividers : bool
        Whether upright dividers stand between the beds.
    """

    cones_x_cm: tuple[float, ...] = (-8.0, -4.0, 0.0, 4.0, 8.0)
    front_y_cm: float = -7.2
    manifold_y_cm: float = -9.2
    dividers: bool = True


def photograph(
    bed: Bed,
    mice: Sequence[tuple[Mouse, Silhouette]],
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the photograph of a bed of mice.

    Parameters
    ----------
    bed : Bed
        The bed; its cones stand whether or not a mouse is in them.
    mice : sequence of (Mouse, Silhouette)
        The mice on this grid.
    x, y : numpy.ndarray, shape (n, n)
        Centres of the pixels (cm).
    rng : numpy.random.Generator
        Source of texture and noise.

    Returns
    -------
    numpy.ndarray of uint16, shape (n, n)
        Counts.
    """
    pixel = float(x[0, 1] - x[0, 0])
    image = np.full(x.shape, _BED) * (1 - 0.0008 * (x**2 + y**2))
    image *= 1 + 0.05 * _texture(x.shape, 0.12 / pixel, rng)
    if bed.dividers:
        between = [(a + b) / 2 for a, b in zip(bed.cones_x_cm, bed.cones_x_cm[1:], strict=False)]
        for middle in between:
            wall = (np.abs(x - middle) < 0.09) & (y > bed.manifold_y_cm)
            wall &= y < bed.front_y_cm + 7.5
            image[wall] = _DIVIDER
            image[wall & (x > middle + 0.05)] = 520.0
    _cones(image, bed, x, y)
    for mouse, shape in mice:
        _coat(image, mouse, shape, pixel, rng)
    image = gaussian_filter(image, 0.02 / pixel)
    image += rng.normal(0, 1, image.shape) * np.sqrt(image) * 0.9
    return np.clip(np.rint(image), 0, 65535).astype(np.uint16)


def _cones(image: np.ndarray, bed: Bed, x: np.ndarray, y: np.ndarray) -> None:
    """Draw the manifold and the cones in place."""
    manifold = y < bed.manifold_y_cm
    image[manifold] = _MANIFOLD
    image[manifold & (np.abs(x) > 10.3)] = 175.0
    gap = (y >= bed.manifold_y_cm) & (y < bed.front_y_cm)
    for centre in bed.cones_x_cm:
        beside = gap & (np.abs(np.abs(x - centre) - 1.2) < 0.3)
        image[beside] = _TUBE
        cone = gap & (np.abs(x - centre) < _CONE_WIDTH_CM / 2)
        across = (x[cone] - centre) / (_CONE_WIDTH_CM / 2)
        shine = 700 + 900 * np.sqrt(1 - across**2) + 9000 * np.exp(-(((across - 0.25) / 0.08) ** 2))
        image[cone] = shine * (0.8 + 0.2 * np.cos(6 * (y[cone] - bed.front_y_cm)))


def _coat(
    image: np.ndarray,
    mouse: Mouse,
    shape: Silhouette,
    pixel: float,
    rng: np.random.Generator,
) -> None:
    """Draw a mouse in place: brighter along the back, darker at the outline, wrinkled."""
    level = _COAT[mouse.coat]
    wrinkles = 1 + 0.05 * _texture(image.shape, 0.1 / pixel, rng)
    for part in (shape.tail, shape.body):
        image[part] = level * (0.55 + 0.5 * shape.height[part] ** 0.7) * wrinkles[part]
    # The flanks cast a shadow on the bed.
    shadow = gaussian_filter((shape.body | shape.tail).astype(float), 0.12 / pixel)
    outside = ~(shape.body | shape.tail)
    image[outside] *= 1 - 0.35 * shadow[outside]


def _texture(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth noise of unit spread."""
    noise = gaussian_filter(rng.normal(0, 1, shape), max(scale, 0.5))
    return noise / noise.std()
