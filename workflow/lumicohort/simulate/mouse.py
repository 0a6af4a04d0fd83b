"""A mouse as the camera sees it from above: outline, axis, ears, feet and tail.

Lengths in cm at the stage; x to the right and y downwards from the centre of the field of view.
The proportions are those of nude mice lying in nose cones, read off a photograph: 7.6 cm from
the edge of the cone to the tail base, 3.3 cm wide at the belly, a tail of 8.5 cm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

_WIDTH_AT = (0.0, 0.05, 0.12, 0.20, 0.28, 0.40, 0.55, 0.72, 0.86, 0.95, 1.0)
_WIDTH_CM = (1.1, 1.45, 1.8, 1.95, 2.0, 2.45, 2.85, 3.2, 2.9, 1.7, 0.55)
_LENGTH_CM = 7.6

MARGIN_CM = 0.15
"""By how much regions reach beyond the outline (the study's default)."""
CRANIAL_TO = 0.30
"""Part of the axis that is the head region."""
SPINAL_WIDTH = 0.34
"""Width of the spinal region as a part of the body's mean width."""


@dataclass(frozen=True)
class Mouse:
    """A mouse lying under the camera.

    Parameters
    ----------
    x_cm, y_cm : float
        Where the visible front of its head is (the edge of the nose cone).
    angle_deg : float
        Direction of the body: 0 points straight down the image, positive to the left.
    bend_cm : float
        Sideways bow of the midline at half length.
    length_cm : float
        From the front of the head to the tail base.
    girth : float
        Width relative to a lean mouse of that length.
    tail_cm : float
        Length of the tail.
    coat : str
        `nude`, `white` or `black`.
    """

    x_cm: float
    y_cm: float
    angle_deg: float = 0.0
    bend_cm: float = 0.0
    length_cm: float = _LENGTH_CM
    girth: float = 1.0
    tail_cm: float = 8.5
    coat: str = "nude"
    tail_bend_cm: float = field(default=0.4)

    @cached_property
    def axis_cm(self) -> np.ndarray:
        """Midline from the front of the head to the tail base, shape (400, 2): x and y."""
        t = np.linspace(0, 1, 400)
        along, aside = t * self.length_cm, self.bend_cm * np.sin(np.pi * t)
        # Arc length grows a little with the bow: shrink back to the length that was asked for.
        arc = np.hypot(np.diff(along), np.diff(aside)).sum()
        return self._place(along * self.length_cm / arc, aside * self.length_cm / arc)

    def _place(self, along: np.ndarray, aside: np.ndarray) -> np.ndarray:
        angle = np.deg2rad(self.angle_deg)
        x = self.x_cm - along * np.sin(angle) + aside * np.cos(angle)
        y = self.y_cm + along * np.cos(angle) + aside * np.sin(angle)
        return np.stack([x, y], axis=1)

    def half_width_cm(self, s: np.ndarray) -> np.ndarray:
        """Return half the body's width at fractions of the axis."""
        scale = self.girth * self.length_cm / _LENGTH_CM
        return PchipInterpolator(_WIDTH_AT, _WIDTH_CM)(np.clip(s, 0, 1)) * scale / 2

    def at(self, s: float, aside_cm: float = 0.0) -> tuple[float, float]:
        """Return the point at a fraction of the axis, so far aside of the midline."""
        axis = self.axis_cm
        i = int(np.clip(round(s * (len(axis) - 1)), 1, len(axis) - 2))
        ahead = axis[i + 1] - axis[i - 1]
        normal = np.array([ahead[1], -ahead[0]]) / np.hypot(*ahead)
        beyond = (s - i / (len(axis) - 1)) * self.length_cm * ahead / np.hypot(*ahead)
        x, y = axis[i] + beyond + normal * aside_cm
        return float(x), float(y)

    def project(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return, for points, the nearest axis point's fraction, distance and distance ahead.

        Parameters
        ----------
        x, y : numpy.ndarray
            Points (cm).

        Returns
        -------
        s, distance, beyond : numpy.ndarray
            Fraction of the axis; distance from it (cm); how far before its start or behind its
            end the point lies (cm; 0 beside the axis).
        """
        axis = self.axis_cm
        points = np.stack([np.ravel(x), np.ravel(y)], axis=1)
        distance, index = cKDTree(axis).query(points)
        s = index / (len(axis) - 1)
        beyond = np.zeros(len(points))
        first = (axis[0] - axis[1]) / np.hypot(*(axis[0] - axis[1]))
        last = (axis[-1] - axis[-2]) / np.hypot(*(axis[-1] - axis[-2]))
        ends = index == 0
        beyond[ends] = np.maximum((points[ends] - axis[0]) @ first, 0)
        ends = index == len(axis) - 1
        beyond[ends] = np.maximum((points[ends] - axis[-1]) @ last, 0)
        shape = np.shape(x)
        return s.reshape(shape), distance.reshape(shape), beyond.reshape(shape)


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
    s, distance_cm : numpy.ndarray, shape (n, n)
        Fraction of the axis and distance from it; NaN far from the mouse.
    """

    body: np.ndarray
    tail: np.ndarray
    height: np.ndarray
    s: np.ndarray
    distance_cm: np.ndarray


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
    shape = x.shape
    s, distance, height = np.full(shape, np.nan), np.full(shape, np.inf), np.zeros(shape)
    trunk = np.zeros(shape, dtype=bool)
    middle = mouse.at(0.5)
    near = np.hypot(x - middle[0], y - middle[1]) < 0.75 * mouse.length_cm + 1.0
    s[near], distance[near], beyond = mouse.project(x[near], y[near])
    half = mouse.half_width_cm(s[near])
    # The front is cut straight, where the head goes into the cone.
    inside = (distance[near] <= half) & ((s[near] > 0) | (beyond <= 0))
    inside &= (s[near] < 1) | (distance[near] <= half)
    trunk[near] = inside
    height[near] = np.where(inside, np.sqrt(np.clip(1 - (distance[near] / half) ** 2, 0, 1)), 0)
    body = trunk.copy()
    scale = mouse.length_cm / _LENGTH_CM
    for side in (-1, 1):
        ear = _ellipse(x, y, mouse.at(0.16, side * 1.05 * scale), 0.42 * scale, 0.27 * scale)
        body |= ear
        height[ear & ~trunk] = 0.7
        knee, toe = mouse.at(0.94, side * 1.15 * scale), mouse.at(1.13, side * 1.4 * scale)
        foot = _capsule(x, y, knee, toe, 0.2 * scale)
        body |= foot
        height[foot & ~trunk] = 0.7
    tail = np.zeros(shape, dtype=bool)
    steps = np.linspace(0, 1, 40)
    aside = mouse.tail_bend_cm * np.sin(np.pi * steps)
    line = [
        mouse.at(1.0 + t * mouse.tail_cm / mouse.length_cm, a)
        for t, a in zip(steps, aside, strict=True)
    ]
    for (one, other), t in zip(pairwise(line), steps, strict=False):
        tail |= _capsule(x, y, one, other, (0.19 - 0.12 * t) * scale)
    tail &= ~body
    height[tail] = 0.8
    return Silhouette(body, tail, height, s, distance)


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

    whole = distance_transform_edt(~shape.body) * pixel_cm <= MARGIN_CM
    mean_width = shape.body.sum() * pixel_cm**2 / mouse.length_cm
    s, distance = np.nan_to_num(shape.s, nan=-1.0), shape.distance_cm
    cranial = whole & (s >= 0) & (s <= CRANIAL_TO)
    # Behind the tail base the nearest axis point is its end: the strip ends with the axis.
    spinal = (s > CRANIAL_TO) & (s <= 1) & (distance <= SPINAL_WIDTH / 2 * mean_width)
    return {
        "whole_body": whole,
        "cranial": cranial,
        "spinal": spinal,
        "neuraxis": cranial | spinal,
    }


def _ellipse(
    x: np.ndarray, y: np.ndarray, centre: tuple[float, float], a: float, b: float
) -> np.ndarray:
    return ((x - centre[0]) / a) ** 2 + ((y - centre[1]) / b) ** 2 <= 1


def _capsule(
    x: np.ndarray,
    y: np.ndarray,
    one: tuple[float, float],
    other: tuple[float, float],
    radius: float,
) -> np.ndarray:
    """Return the pixels within a radius of a line."""
    out = np.zeros(x.shape, dtype=bool)
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    box = (x >= left - radius) & (x <= right + radius) & (y >= top - radius)
    box &= y <= bottom + radius
    if not box.any():
        return out
    dx, dy = other[0] - one[0], other[1] - one[1]
    t = ((x[box] - one[0]) * dx + (y[box] - one[1]) * dy) / max(dx * dx + dy * dy, 1e-12)
    t = np.clip(t, 0, 1)
    out[box] = np.hypot(x[box] - one[0] - t * dx, y[box] - one[1] - t * dy) <= radius
    return out
