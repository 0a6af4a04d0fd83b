"""The photograph: mice in nose cones on a dark bed, under the camera's lamps.

Grey levels are those of a real photograph at f/8 and 0.2 s: felt 300 to 390, nude mice 700 at
the flanks to 1350 on the back, two glints of many thousand on every metal cone, a dark manifold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from lumicohort.simulate.lighting import Lighting, add_patches
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.objects import Thing, add_things
from lumicohort.simulate.silhouette import Silhouette

_MANIFOLD, _TUBE, _DIVIDER = 346.0, 190.0, 520.0
_FUR = {"nude": 1180.0, "white": 1550.0, "black": 500.0, "agouti": 680.0}
"""Black and agouti are assumed: of white fur's light agouti throws back about a quarter, black a
tenth, and lamps shine on all of them."""
_BARE = {"nude": 1180.0, "white": 1150.0, "black": 760.0, "agouti": 950.0}
"""Ears, feet and tail, which have no fur."""
_GRAIN_OF_FUR = {"nude": 0.03, "white": 0.09, "black": 0.09, "agouti": 0.13}
_TAG = (0.12, 6000.0)
"""Radius (cm) and counts of an ear tag."""
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
    light: Lighting | None = None,
    things: tuple[Thing, ...] = (),
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
    light : Lighting, optional
        How it is lit and taken.
    things : tuple of Thing, optional
        What lies there besides mice.

    Returns
    -------
    numpy.ndarray of uint16, shape (n, n)
        Counts.
    """
    pixel = float(np.hypot(x[0, 1] - x[0, 0], y[0, 1] - y[0, 0]))
    light = light or Lighting()
    grain = 0.06 * light.grain * _texture(x.shape, (0.03 / pixel,) * 2, rng)
    image = np.full(x.shape, light.bed) * (1 + grain)
    image *= 1 + 0.05 * light.grain * _texture(x.shape, (0.8 / pixel,) * 2, rng)
    add_patches(image, light.stains, x, y)
    np.maximum(image, 20.0, out=image)
    _manifold(image, bed, x, y)
    _dividers(image, bed, x, y)
    for middle in bed.cones_x_cm:
        fronts = [np.hypot(m.x_cm - middle, m.y_cm - bed.front_y_cm) for m, _ in mice]
        _cone(image, bed, middle, min(fronts, default=np.inf) < _OCCUPIED_CM, x, y, rng, light)
    for mouse, shape in mice:
        _lay(image, mouse, shape, pixel, rng, light.hair)
        if mouse.ear_tag:
            at_x, at_y = mouse.at(0.15, 1.05 * mouse.scale)
            image[np.hypot(x - at_x, y - at_y) < _TAG[0]] = _TAG[1] * rng.uniform(0.3, 2.0)
    add_things(image, things, x, y, rng)
    add_patches(image, light.reflections, x, y)
    # The lamps are over the middle; corners get less light, and one side a little more.
    side = float(rng.normal(0, 0.003))
    right, down = light.slope_per_cm
    image *= np.maximum(
        1.03 - light.falloff_per_cm2 * (x**2 + y**2) + (side + right) * x + down * y, 0.1
    )
    image = gaussian_filter(image, light.blur_cm / pixel) * light.exposure
    image += rng.normal(0, 1, image.shape) * np.sqrt(np.abs(image)) * light.noise
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
    light: Lighting,
) -> None:
    """Draw a cone in place: clear, with a snout inside or none, and two glints along it."""
    inside = (np.abs(x - middle) < _CONE_CM) & (y >= bed.manifold_y_cm) & (y < bed.front_y_cm)
    aside = x[inside] - middle
    along = (y[inside] - bed.manifold_y_cm) / (bed.front_y_cm - bed.manifold_y_cm)
    part = image[inside]
    half = _CONE_CM / 2 * (0.35 + 0.65 * along**1.5)
    cone = np.abs(aside) < half
    round_ = np.sqrt(np.clip(1 - (aside[cone] / half[cone]) ** 2, 0, 1))
    snout = (0.45 + 0.55 * along[cone]) * 880 * light.snout if occupied else 300.0
    part[cone] = snout * (0.6 + 0.4 * round_)
    for glint in (-0.13, 0.14):
        bright = _GLINT * light.glint * rng.uniform(0.15, 2.0)
        line = np.abs(aside - glint) < 0.09
        shine = np.exp(-(((aside[line] - glint) / 0.035) ** 2))
        part[line] += bright * shine * (0.15 + 0.85 * (1 - along[line]) ** 2)
    part[(np.abs(along - 0.985) < 0.015) & cone] = 620.0
    image[inside] = part


def _lay(
    image: np.ndarray,
    mouse: Mouse,
    shape: Silhouette,
    pixel: float,
    rng: np.random.Generator,
    hair: float,
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
    fine = _GRAIN_OF_FUR[mouse.coat]
    rough += hair * fine * _texture(here.shape, (0.05 / pixel, 0.03 / pixel), rng)
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
