"""Geometry of a body axis: arc length, nearest point, offset.

Points are ``(x, y)`` in cm from the image's upper left corner, x to the right, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Projection:
    """Where points lie relative to a polyline.

    Parameters
    ----------
    along_cm : ndarray, shape (n,)
        Arc length from the polyline's start to the nearest point on it.
    distance_cm : ndarray, shape (n,)
        Distance to that nearest point.
    offset_cm : ndarray, shape (n,)
        Distance with a sign: positive on the right of the direction of travel.
    """

    along_cm: FloatArray
    distance_cm: FloatArray
    offset_cm: FloatArray


def arc_length(polyline: FloatArray) -> FloatArray:
    """Return the arc length (cm) at each vertex of a polyline of shape (m, 2)."""
    steps = np.hypot(*np.diff(polyline, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def resample(polyline: FloatArray, count: int) -> FloatArray:
    """Return `count` points at equal arc length along a polyline."""
    length = arc_length(polyline)
    wanted = np.linspace(0.0, length[-1], count)
    return np.column_stack([np.interp(wanted, length, polyline[:, k]) for k in (0, 1)])


def project(points: FloatArray, polyline: FloatArray) -> Projection:
    """Find each point's nearest place on a gently bent polyline.

    Only the two segments at the nearest vertex are tried, which for a body's midline are the
    nearest ones.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Points, cm.
    polyline : ndarray, shape (m, 2)
        Vertices, cm; neighbours differ.

    Returns
    -------
    Projection
        Arc length, distance and signed offset of each point.
    """
    step = np.diff(polyline, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    at = np.concatenate([[0.0], np.cumsum(length)])
    scale = 1.0 / np.maximum(length, 1e-12) ** 2
    x, y = points[:, 0], points[:, 1]
    vertex = _nearest_vertex(x, y, polyline)
    best: tuple[FloatArray, ...] | None = None
    for segment in (np.maximum(vertex - 1, 0), np.minimum(vertex, len(step) - 1)):
        dx, dy = x - polyline[segment, 0], y - polyline[segment, 1]
        sx, sy = step[segment, 0], step[segment, 1]
        part = np.clip((dx * sx + dy * sy) * scale[segment], 0.0, 1.0)
        distance = np.hypot(dx - part * sx, dy - part * sy)
        along = at[segment] + part * length[segment]
        offset = np.where(sx * dy < sy * dx, -distance, distance)
        if best is None:
            best = (along, distance, offset)
        else:
            nearer = distance < best[1]
            pairs = zip((along, distance, offset), best, strict=True)
            best = tuple(np.where(nearer, new, old) for new, old in pairs)
    assert best is not None
    return Projection(*best)


def _nearest_vertex(x: FloatArray, y: FloatArray, polyline: FloatArray) -> NDArray[np.intp]:
    squared = polyline[:, 0] ** 2 + polyline[:, 1] ** 2
    score = x[:, None] * (-2 * polyline[:, 0]) + y[:, None] * (-2 * polyline[:, 1]) + squared
    return np.asarray(score.argmin(axis=1))


def lengthen(polyline: FloatArray, before_cm: float, after_cm: float) -> FloatArray:
    """Return the polyline made longer, straight on, at its two ends."""
    last = max(1, len(polyline) // 6)
    first_way = polyline[0] - polyline[last]
    last_way = polyline[-1] - polyline[-1 - last]
    first_way = first_way / np.hypot(*first_way)
    last_way = last_way / np.hypot(*last_way)
    return np.vstack(
        [polyline[0] + before_cm * first_way, polyline, polyline[-1] + after_cm * last_way]
    )


def cut(polyline: FloatArray, start_cm: float, end_cm: float, count: int) -> FloatArray:
    """Return the part of a polyline between two arc lengths, at `count` even points."""
    length = arc_length(polyline)
    wanted = np.linspace(start_cm, end_cm, count)
    return np.column_stack([np.interp(wanted, length, polyline[:, k]) for k in (0, 1)])
