"""Polygons and pixels: which pixels lie inside an outline, and the outline of pixels.

Points are ``(x, y)`` in pixels of the image: x to the right, y downwards, and the pixel in column c
and row r covers [c, c + 1) by [r, r + 1), as in ImageJ. A pixel belongs to an outline when its
centre lies inside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polyline import FloatArray

IntArray = NDArray[np.int64]


def polygon_mask(points: ArrayLike, shape: tuple[int, int]) -> BoolArray:
    """Return the pixels whose centre lies inside a polygon.

    Parts of an outline that encloses itself twice are outside (the even-odd rule, which ImageJ
    uses too); of two polygons that share an edge, no pixel belongs to both.

    Parameters
    ----------
    points : array_like, shape (k, 2)
        Corners; the last is joined to the first.
    shape : (int, int)
        Rows and columns of the image; what lies beyond is cut off.

    Returns
    -------
    ndarray of bool, shape `shape`
        The mask.
    """
    corners: FloatArray = np.asarray(points, dtype=np.float64)
    rows, columns = shape
    mask = np.zeros(shape, dtype=bool)
    ends = np.roll(corners, -1, axis=0)
    down = corners[:, 1] <= ends[:, 1]
    (x1, y1), (x2, y2) = np.where(down, corners.T, ends.T), np.where(down, ends.T, corners.T)
    # rows whose centre line each edge crosses
    first, last = np.maximum(0, _first(y1)), np.minimum(rows, _first(y2))
    crossed = first < last
    if not crossed.any():
        return mask
    x1, y1, x2, y2, first, last = (a[crossed] for a in (x1, y1, x2, y2, first, last))
    count = last - first
    edge = np.repeat(np.arange(len(count)), count)
    at = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count - first, count)
    crossing = x1[edge] + (at + 0.5 - y1[edge]) * ((x2 - x1) / (y2 - y1))[edge]
    column = np.clip(np.ceil(crossing - 0.5), 0, columns).astype(np.int64)
    top, bottom = int(first.min()), int(last.max())
    # a pixel is inside where an odd number of edges lie to the left of its centre
    place = (at - top) * (columns + 1) + column
    toggles = np.bincount(place, minlength=(bottom - top) * (columns + 1))
    odd = np.logical_xor.accumulate((toggles % 2 == 1).reshape(bottom - top, columns + 1), axis=1)
    mask[top:bottom] = odd[:, :columns]
    return mask


def _first(y: FloatArray) -> IntArray:
    """Return the first rows (or columns) whose centre lies at or beyond coordinates."""
    return np.ceil(np.clip(y, -1e6, 1e6) - 0.5).astype(np.int64)


def ellipse_points(
    centre: tuple[float, float], along: float, across: float, turn: float, count: int = 180
) -> FloatArray:
    """Return corners on an ellipse.

    Parameters
    ----------
    centre : (float, float)
        Its centre (x, y).
    along, across : float
        Full axes.
    turn : float
        Direction of the first axis: radians from the x axis towards the y axis.
    count : int, optional
        Number of corners: 180 enclose 0.02 % less than the ellipse.

    Returns
    -------
    ndarray, shape (count, 2)
        The corners.
    """
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return _turned(centre, along / 2 * np.cos(angle), across / 2 * np.sin(angle), turn)


def rectangle_points(
    centre: tuple[float, float], along: float, across: float, turn: float
) -> FloatArray:
    """Return the corners of a turned rectangle; parameters as of :func:`ellipse_points`."""
    u = along / 2 * np.array([-1.0, 1.0, 1.0, -1.0])
    v = across / 2 * np.array([-1.0, -1.0, 1.0, 1.0])
    return _turned(centre, u, v, turn)


def _turned(centre: tuple[float, float], u: FloatArray, v: FloatArray, turn: float) -> FloatArray:
    x = centre[0] + u * np.cos(turn) - v * np.sin(turn)
    y = centre[1] + u * np.sin(turn) + v * np.cos(turn)
    return np.column_stack([x, y])


def outlines(mask: BoolArray, origin: tuple[int, int] = (0, 0)) -> list[IntArray]:
    """Return the exact outlines of a mask, along the edges of its pixels.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        The mask.
    origin : (int, int), optional
        Column and row of the mask's first pixel in the image.

    Returns
    -------
    list of ndarray, shape (k, 2)
        Closed outlines (x, y) without the repeated first corner: outer ones clockwise on the
        screen, holes the other way. All together, by the even-odd rule, they give the mask back.
    """
    padded = np.pad(np.asarray(mask, dtype=bool), 1)
    follow: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def add(start: IntArray, end: IntArray) -> None:
        for a, b in zip(start.tolist(), end.tolist(), strict=True):
            follow.setdefault((a[0], a[1]), []).append((b[0], b[1]))

    def edges(inside: BoolArray, beside: BoolArray) -> IntArray:
        rows, columns = np.nonzero(inside & ~beside)
        return np.column_stack([columns, rows]).astype(np.int64) - 1

    right, down, both = np.array([1, 0]), np.array([0, 1]), np.array([1, 1])
    top = edges(padded, np.roll(padded, 1, axis=0))
    add(top, top + right)
    east = edges(padded, np.roll(padded, -1, axis=1))
    add(east + right, east + both)
    bottom = edges(padded, np.roll(padded, -1, axis=0))
    add(bottom + both, bottom + down)
    west = edges(padded, np.roll(padded, 1, axis=1))
    add(west + down, west)

    found = []
    while follow:
        start = next(iter(follow))
        path = [start]
        before = (1, 0)
        here = start
        while True:
            choices = follow[here]
            # where two pixels meet at a corner only, turn right: they stay two outlines
            step = (
                choices[0]
                if len(choices) == 1
                else min(choices, key=lambda p: _left(before, here, p))
            )
            choices.remove(step)
            if not choices:
                del follow[here]
            before = (step[0] - here[0], step[1] - here[1])
            here = step
            if here == start:
                break
            path.append(here)
        found.append(_corners_only(path) + np.array(origin))
    return found


def _left(before: tuple[int, int], here: tuple[int, int], then: tuple[int, int]) -> int:
    """Return -1 for a turn to the right on the screen, 1 for one to the left."""
    way = (then[0] - here[0], then[1] - here[1])
    return -(before[0] * way[1] - before[1] * way[0])


def _corners_only(path: Sequence[tuple[int, int]]) -> IntArray:
    """Drop the points of a closed path at which it goes straight on."""
    points: IntArray = np.asarray(path, dtype=np.int64)
    ahead = np.roll(points, -1, axis=0) - points
    behind = points - np.roll(points, 1, axis=0)
    turns = ahead[:, 0] * behind[:, 1] != ahead[:, 1] * behind[:, 0]
    return points[turns]


def crosses_itself(points: ArrayLike) -> bool:
    """Return whether two edges of a polygon cross or touch, other than neighbours at their corner.

    Parameters
    ----------
    points : array_like, shape (k, 2)
        Corners; the last is joined to the first.
    """
    a: FloatArray = np.asarray(points, dtype=np.float64)
    b = np.roll(a, -1, axis=0)
    k = len(a)
    for i in range(k - 1):
        # edges that are no neighbours of edge i
        others = np.arange(i + 2, k if i else k - 1)
        if len(others) == 0:
            continue
        p, q, r, s = a[i], b[i], a[others], b[others]
        d1, d2 = _side(p, q, r), _side(p, q, s)
        d3, d4 = _side(r, s, p), _side(r, s, q)
        apart = (
            (np.minimum(p[0], q[0]) > np.maximum(r[:, 0], s[:, 0]))
            | (np.maximum(p[0], q[0]) < np.minimum(r[:, 0], s[:, 0]))
            | (np.minimum(p[1], q[1]) > np.maximum(r[:, 1], s[:, 1]))
            | (np.maximum(p[1], q[1]) < np.minimum(r[:, 1], s[:, 1]))
        )
        if ((d1 * d2 <= 0) & (d3 * d4 <= 0) & ~apart).any():
            return True
    return False


def _side(p: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
    """Return on which side of the line p-q a point r lies, by sign."""
    d, e = q - p, r - p
    return np.asarray(d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0])


def polygon_area(points: ArrayLike) -> float:
    """Return the area of a polygon, in the square of its points' unit."""
    corners: FloatArray = np.asarray(points, dtype=np.float64)
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
