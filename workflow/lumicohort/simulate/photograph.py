"""The photograph: mice in nose cones on a dark bed, under the camera's lamps.

Grey levels are those of a real photograph at f/8 and 0.2 s: felt 300 to 390, nude mice 700 at
the flanks to 1350 on the back, two glints of many thousand on every metal cone, a dark manifold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.silhouette import Silhouette

_FELT, _MANIFOLD, _TUBE, _DIVIDER = 355.0, 346.0, 190.0, 520.0
_FUR = {"nude": 1180.0, "white": 1550.0, "black": 500.0}
_BARE = {"nude": 1180.0, "white": 1150.0, "black": 760.0}
"""Ears, feet and tail, which have no fur."""
_GLINT = 30000.0
_CONE_CM = 1.05
"""Width of a cone at its open end."""
_OCCUPIED_CM = 1.2
"""A mouse whose front is this near to a cone's end lies in it."""


@dataclass(frozen=True)
class Bed:
    """What lies under the camera besides mice.

    Parameters
    ----------
    cones_x_cm : tuple of float
        Where the nose cones are, left to right.
    front_y_cm : float
        Open end of the cones: the front of the heads.
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
        Centres of the pixels (cm), in the bed's frame.
    rng : numpy.random.Generator
        Source of texture and noise.

    Returns
    -------
    numpy.ndarray of uint16, shape (n, n)
        Counts.
    """
    pixel = float(np.hypot(x[0, 1] - x[0, 0], y[0, 1] - y[0, 0]))
    image = np.full(x.shape, _FELT) * (1 + 0.06 * _texture(x.shape, (0.03 / pixel,) * 2, rng))
    image *= 1 + 0.05 * _texture(x.shape, (0.8 / pixel,) * 2, rng)
    _manifold(image, bed, x, y)
    _dividers(image, bed, x, y)
    for middle in bed.cones_x_cm:
        fronts = [np.hypot(m.x_cm - middle, m.y_cm - bed.front_y_cm) for m, _ in mice]
        _cone(image, bed, middle, min(fronts, default=np.inf) < _OCCUPIED_CM, x, y, rng)
    for mouse, shape in mice:
        _lay(image, mouse, shape, pixel, rng)
    # The lamps are over the middle; corners get less light, and one side a little more.
    side = float(rng.normal(0, 0.003))
    image *= 1.03 - 0.0011 * (x**2 + y**2) + side * x
    image = gaussian_filter(image, 0.015 / pixel)
    image += rng.normal(0, 1, image.shape) * np.sqrt(np.abs(image)) * 0.7
    return np.clip(np.rint(image), 0, 65535).astype(np.uint16)


def _manifold(image: np.ndarray, bed: Bed, x: np.ndarray, y: np.ndarray) -> None:
    """Draw the manifold and the tubes that come out of it, in place."""
    reach = max(abs(bed.cones_x_cm[0]), abs(bed.cones_x_cm[-1])) + 2.3
    manifold = (y < bed.manifold_y_cm) & (np.abs(x) < reach)
    image[manifold] = image[manifold] * 0.3 + _MANIFOLD * 0.68
    image[(np.abs(y - bed.manifold_y_cm) < 0.07) & (np.abs(x) < reach)] = 150.0
    out = (y >= bed.manifold_y_cm) & (y < bed.front_y_cm - 0.1)
    for middle in bed.cones_x_cm:
        for aside in (-1.35, 1.25):
            from_tube = x - middle - aside
            image[out & (np.abs(from_tube) < 0.28)] = _TUBE
            image[out & (np.abs(from_tube + 0.12) < 0.07)] = 290.0


def _dividers(image: np.ndarray, bed: Bed, x: np.ndarray, y: np.ndarray) -> None:
    """Draw the thin walls between the beds and their shadows, in place."""
    if not bed.dividers:
        return
    length = (y > bed.manifold_y_cm - 0.6) & (y < bed.front_y_cm + 7.6)
    for one, other in zip(bed.cones_x_cm, bed.cones_x_cm[1:], strict=False):
        wall = x - (one + other) / 2 - 0.01 * (y - bed.front_y_cm)
        image[length & (wall > 0) & (wall < 0.55) & (y > bed.front_y_cm)] *= 0.72
        image[length & (np.abs(wall) < 0.035)] = _DIVIDER


def _cone(
    image: np.ndarray,
    bed: Bed,
    middle: float,
    occupied: bool,
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Draw a cone in place: clear, with a snout inside or none, and two glints along it."""
    along = (y - bed.manifold_y_cm) / (bed.front_y_cm - bed.manifold_y_cm)
    inside = (along >= 0) & (along < 1)
    half = _CONE_CM / 2 * (0.35 + 0.65 * np.clip(along, 0, 1) ** 1.5)
    cone = inside & (np.abs(x - middle) < half)
    round_ = np.sqrt(np.clip(1 - ((x[cone] - middle) / half[cone]) ** 2, 0, 1))
    snout = np.clip(0.45 + 0.55 * along[cone], 0, 1) * 880 if occupied else 300.0
    image[cone] = snout * (0.6 + 0.4 * round_)
    for glint in (-0.13, 0.14):
        bright = _GLINT * rng.uniform(0.15, 2.0)
        line = inside & (np.abs(x - middle - glint) < 0.09)
        shine = np.exp(-(((x[line] - middle - glint) / 0.035) ** 2))
        image[line] += bright * shine * (0.15 + 0.85 * (1 - along[line]) ** 2)
    rim = inside & (np.abs(along - 0.985) < 0.015) & (np.abs(x - middle) < half)
    image[rim] = 620.0


def _lay(
    image: np.ndarray,
    mouse: Mouse,
    shape: Silhouette,
    pixel: float,
    rng: np.random.Generator,
) -> None:
    """Draw a mouse in place: brighter along the back, darker at the flanks, wrinkled."""
    skin = shape.skin
    rows, columns = (np.flatnonzero(skin.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return
    pad = int(np.ceil(0.5 / pixel))
    box = (
        slice(max(rows[0] - pad, 0), rows[-1] + pad),
        slice(max(columns[0] - pad, 0), columns[-1] + pad),
    )
    part, here = image[box], skin[box]
    # The flanks cast a shadow on the bed.
    shadow = gaussian_filter(here.astype(float), 0.15 / pixel)
    part[~here] *= 1 - 0.45 * shadow[~here]
    s, height = np.nan_to_num(shape.s[box], nan=1.0), shape.height[box]
    furred = shape.distance_cm[box] <= mouse.half_width_cm(s)
    level = np.where(furred & shape.body[box], _FUR[mouse.coat], _BARE[mouse.coat])
    # Hips and rump are nearer to the lamps than the neck, which lies behind the ears in shade.
    level *= 0.93 + 0.16 * np.exp(-(((s - 0.8) / 0.2) ** 2))
    level *= 1 - 0.14 * np.exp(-(((s - 0.26) / 0.045) ** 2))
    level *= 1 - 0.06 * np.exp(-(((s - 0.42) / 0.06) ** 2))
    shade = 0.48 + 0.6 * height**0.75
    folds = np.where((s > 0.18) & (s < 0.34), 0.06, 0.025)
    rough = 1 + folds * _texture(here.shape, (0.045 / pixel, 0.3 / pixel), rng)
    fine = 0.09 if mouse.coat != "nude" else 0.03
    rough += fine * _texture(here.shape, (0.05 / pixel, 0.03 / pixel), rng)
    rough += 0.05 * _texture(here.shape, (0.45 / pixel,) * 2, rng)
    part[here] = (level * shade * rough)[here]
    part[shape.tail[box]] *= 1.12
    part[shape.ink[box]] = 300.0


def _texture(
    shape: tuple[int, ...], scale: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Return smooth noise of unit spread; the scale is in pixels, down and across."""
    noise = gaussian_filter(rng.normal(0, 1, shape), [max(k, 0.4) for k in scale])
    return noise / noise.std()
