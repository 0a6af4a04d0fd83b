"""A mouse's outline on a pixel grid, and the true regions of its body."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from lumicohort.simulate.mouse import Mouse

MARGIN_CM = 0.15
"""By how much regions reach beyond the outline (the study's default)."""
CRANIAL_TO = 0.30
"""Part of the axis that is the head region."""
SPINAL_WIDTH = 0.34
"""Width of the spinal region as a part of the body's mean width."""

_REACH_CM = 2.3  # toes are no farther from the axis than this
_INK_CM = ((1.1, -0.08), (1.45, 0.06), (1.9, -0.05))  # marks: how far down the tail, and aside


@dataclass(frozen=True)
class Silhouette:
    """A mouse on a pixel grid.

    Parameters
    ----------
    body : numpy.ndarray of bool, shape (n, n)
        Trunk, head, ears and feet, without the tail.
    tail : numpy.ndarray of bool, shape (n, n)
    height : numpy.ndarray, shape (n, n)
        1 on the back's midline, falling to 0 at the outline: for shading.
    ink : numpy.ndarray of bool, shape (n, n)
        Marks on the tail.
    s, distance_cm : numpy.ndarray, shape (n, n)
        Fraction of the axis and distance from it; NaN and infinity far from the mouse.
    """

    body: np.ndarray
    tail: np.ndarray
    height: np.ndarray
    ink: np.ndarray
    s: np.ndarray
    distance_cm: np.ndarray

    @property
    def skin(self) -> np.ndarray:
        """Where light can leave: body and tail."""
        return self.body | self.tail


def silhouette(mouse: Mouse, x: np.ndarray, y: np.ndarray) -> Silhouette:
    """Draw a mouse on a grid.

    Parameters
    ----------
    mouse : Mouse
        The mouse.
    x, y : numpy.ndarray, shape (n, n)
        Centres of the grid's pixels (cm).

    Returns
    -------
    Silhouette
        The mouse on the grid.
    """
    window = _window(mouse, x, y)
    part = _draw(mouse, x[window], y[window])

    def whole(values: np.ndarray, elsewhere: float | bool) -> np.ndarray:
        out = np.full(x.shape, elsewhere, dtype=values.dtype)
        out[window] = values
        return out

    return Silhouette(
        body=whole(part.body, False),
        tail=whole(part.tail, False),
        height=whole(part.height, 0.0),
        ink=whole(part.ink, False),
        s=whole(part.s, np.nan),
        distance_cm=whole(part.distance_cm, np.inf),
    )


def _window(mouse: Mouse, x: np.ndarray, y: np.ndarray) -> tuple[slice, slice]:
    """Return the part of the grid that holds the mouse."""
    points = np.concatenate([mouse.axis_cm, np.array(_tail_line(mouse))])
    low, high = points.min(axis=0) - 2.2 * mouse.scale, points.max(axis=0) + 2.2 * mouse.scale
    near = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])
    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _draw(mouse: Mouse, x: np.ndarray, y: np.ndarray) -> Silhouette:
    s, distance, beyond = mouse.project(x, y, _REACH_CM * mouse.scale + 2 * MARGIN_CM)
    near = np.isfinite(distance)
    half = np.zeros(x.shape)
    half[near] = mouse.half_width_cm(s[near])
    # The front is cut straight, where the head goes into the cone.
    trunk = (distance < half) & ((s > 0) | (beyond <= 0))
    height, limbs, limb_height = np.zeros(x.shape), np.zeros(x.shape, dtype=bool), np.zeros(x.shape)
    height[trunk] = np.sqrt(np.clip(1 - (distance[trunk] / half[trunk]) ** 2, 0, 1))
    limbs[near], limb_height[near] = _limbs(mouse, x[near], y[near])
    body = trunk | limbs
    edge = limbs & ~trunk
    height[edge] = limb_height[edge]
    tail, ink, tail_height = _tail(mouse, x, y)
    tail &= ~body
    height[tail] = tail_height[tail]
    return Silhouette(body, tail, height, ink & tail, s, distance)


def regions(shape: Silhouette, mouse: Mouse, pixel_cm: float) -> dict[str, np.ndarray]:
    """Return the true regions of a mouse on a grid.

    Parameters
    ----------
    shape : Silhouette
        The mouse on the grid.
    mouse : Mouse
        The mouse.
    pixel_cm : float
        Side of the grid's pixels (cm).

    Returns
    -------
    dict of str to numpy.ndarray of bool
        `whole_body`: the body without its tail, and 0.15 cm around it; `cranial`: of that, what
        is nearest to the first 30 % of the axis; `spinal`: nearest to the rest, and within 17 %
        of the body's mean width (area over length) of the midline; `neuraxis`: these two.
    """
    from scipy.ndimage import distance_transform_edt

    whole = np.zeros(shape.body.shape, dtype=bool)
    rows, columns = (np.flatnonzero(shape.body.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return dict.fromkeys(("whole_body", "cranial", "spinal", "neuraxis"), whole)
    pad = int(np.ceil(MARGIN_CM / pixel_cm)) + 1
    box = (
        slice(max(rows[0] - pad, 0), rows[-1] + pad + 1),
        slice(max(columns[0] - pad, 0), columns[-1] + pad + 1),
    )
    whole[box] = distance_transform_edt(~shape.body[box]) * pixel_cm <= MARGIN_CM
    mean_width = shape.body.sum() * pixel_cm**2 / mouse.length_cm
    s, distance = np.nan_to_num(shape.s, nan=-1.0), shape.distance_cm
    cranial = whole & (s >= 0) & (s <= CRANIAL_TO)
    spinal = (s > CRANIAL_TO) & (s <= 1) & (distance <= SPINAL_WIDTH / 2 * mean_width)
    return {
        "whole_body": whole,
        "cranial": cranial,
        "spinal": spinal,
        "neuraxis": cranial | spinal,
    }


def _limbs(mouse: Mouse, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ears (from above) or forepaws (from below) and hind legs, with their height."""
    mask, height, k = np.zeros(x.shape, dtype=bool), np.zeros(x.shape), mouse.scale

    def add(one: tuple[float, float], other: tuple[float, float], r0: float, r1: float) -> None:
        part, across = _capsule(
            x, y, mouse.at(one[0], one[1] * k), mouse.at(other[0], other[1] * k), r0 * k, r1 * k
        )
        mask[part] = True
        height[part] = np.maximum(height[part], 0.35 + 0.6 * np.sqrt(1 - across[part] ** 2))

    for side in (-1, 1):
        if mouse.view == "dorsal":  # floppy ears, folded backwards
            add((0.115, side * 0.55), (0.15, side * 1.05), 0.2, 0.3)
            add((0.15, side * 1.05), (0.195, side * 1.38), 0.3, 0.14)
        else:
            add((0.26, side * 0.8), (0.20, side * 1.35), 0.2, 0.16)
        add((0.88, side * 1.2), (1.0, side * 1.22), 0.3, 0.17)  # thigh to heel
        add((1.0, side * 1.22), (1.09, side * 1.36), 0.17, 0.2)  # foot
        for toe in (-0.16, -0.05, 0.06, 0.17):
            add((1.09, side * (1.36 + toe)), (1.155, side * (1.42 + 1.5 * toe)), 0.075, 0.05)
    return mask, height


def _tail_line(mouse: Mouse) -> list[tuple[float, float]]:
    """Return points along the tail, from its base."""
    return [mouse.on_tail(float(t)) for t in np.linspace(0, 1, 40)]


def _tail(mouse: Mouse, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tail, its marks and its height."""
    line = _tail_line(mouse)
    reach = 0.2 * mouse.scale + mouse.tail_cm / (len(line) - 1) + 0.3
    low, high = np.min(line, axis=0) - reach, np.max(line, axis=0) + reach
    near = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1])
    distance, _ = cKDTree(line).query(
        np.stack([x[near], y[near]], axis=1), distance_upper_bound=reach
    )
    near[near] = np.isfinite(distance)
    out: list[np.ndarray] = [np.zeros(x.shape, dtype=bool) for _ in range(2)]
    out.append(np.zeros(x.shape))
    for whole, part in zip(out, _tail_parts(mouse, line, x[near], y[near]), strict=True):
        whole[near] = part
    return out[0], out[1], out[2]


def _tail_parts(
    mouse: Mouse, line: list[tuple[float, float]], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tail, its marks and its height at points near it."""
    tail, ink = np.zeros(x.shape, dtype=bool), np.zeros(x.shape, dtype=bool)
    height = np.zeros(x.shape)
    for (one, other), t in zip(pairwise(line), np.linspace(0, 1, len(line)), strict=False):
        radius = (0.2 - 0.13 * t) * mouse.scale
        part, across = _capsule(x, y, one, other, radius, radius)
        tail |= part
        height[part] = np.maximum(height[part], 0.45 + 0.6 * np.sqrt(1 - across[part] ** 2))
    for down, aside in _INK_CM:
        x0, y0 = mouse.on_tail(min(down / mouse.tail_cm, 1.0), aside)
        ink |= ((x - x0) / 0.13) ** 2 + ((y - y0) / 0.09) ** 2 < 1
    return tail, ink, height


def _capsule(
    x: np.ndarray,
    y: np.ndarray,
    one: tuple[float, float],
    other: tuple[float, float],
    radius_one: float,
    radius_other: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels near a line, and how far across they lie (0 on the line, 1 at the rim)."""
    out, across = np.zeros(x.shape, dtype=bool), np.ones(x.shape)
    radius = max(radius_one, radius_other)
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    box = (x >= left - radius) & (x <= right + radius)
    box &= (y >= top - radius) & (y <= bottom + radius)
    if not box.any():
        return out, across
    dx, dy = other[0] - one[0], other[1] - one[1]
    t = ((x[box] - one[0]) * dx + (y[box] - one[1]) * dy) / max(dx * dx + dy * dy, 1e-12)
    t = np.clip(t, 0, 1)
    distance = np.hypot(x[box] - one[0] - t * dx, y[box] - one[1] - t * dy)
    across[box] = distance / (radius_one + t * (radius_other - radius_one))
    out[box] = across[box] <= 1
    return out, np.clip(across, 0, 1)
