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
    x, y = (polyline[1:] - polyline[:-1]).T
    out = np.zeros(len(polyline))
    np.sqrt(x * x + y * y).cumsum(out=out[1:])
    return out


def resample(polyline: FloatArray, count: int) -> FloatArray:
    """Return `count` points at equal arc length along a polyline."""
    length = arc_length(polyline)
    return _at(polyline, length, 0.0, float(length[-1]), count)


def _at(
    polyline: FloatArray, length: FloatArray, start: float, end: float, count: int
) -> FloatArray:
    """Return the points of a polyline at even arc lengths from start to end."""
    wanted = start + np.arange(count) * ((end - start) / (count - 1))
    out = np.empty((count, 2))
    for k in (0, 1):
        out[:, k] = np.interp(wanted, length, polyline[:, k])
    return out


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
    x, y = np.ascontiguousarray(points.T)
    step = polyline[1:] - polyline[:-1]
    at = arc_length(polyline)
    # of each segment: start, unit vector, length, arc length at its start
    table = np.empty((6, len(step)))
    table[:2] = polyline[:-1].T
    table[4] = at[1:] - at[:-1]
    table[2:4] = step.T / np.maximum(table[4], 1e-12)
    table[5] = at[:-1]
    vertex = _nearest_vertex(points, polyline)
    along, squared, offset = _on_segment(x, y, table, np.maximum(vertex - 1, 0))
    along_2, squared_2, offset_2 = _on_segment(x, y, table, np.minimum(vertex, len(step) - 1))
    nearer = squared_2 < squared
    np.copyto(along, along_2, where=nearer)
    np.copyto(squared, squared_2, where=nearer)
    np.copyto(offset, offset_2, where=nearer)
    distance = np.sqrt(squared)
    return Projection(along, distance, np.where(offset < 0, -distance, distance))


def _on_segment(
    x: FloatArray, y: FloatArray, table: FloatArray, segment: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return arc length and squared distance of the nearest point, and the side (its sign)."""
    x0, y0, ux, uy, length, at = table.take(segment, axis=1)
    x0 -= x
    y0 -= y
    side = uy * x0 - ux * y0
    ux *= x0
    uy *= y0
    ux += uy
    np.negative(ux, out=ux)
    along = np.minimum(np.maximum(ux, 0.0), length, out=length)
    ux -= along
    squared = side * side + ux * ux
    along += at
    return along, squared, side


def _nearest_vertex(points: FloatArray, polyline: FloatArray) -> NDArray[np.intp]:
    score = points @ (-2 * polyline.T)
    score += (polyline * polyline).sum(axis=1)
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
    return _at(polyline, length, start_cm, end_cm, count)
