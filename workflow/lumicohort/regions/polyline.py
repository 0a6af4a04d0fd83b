"""Geometry of a body axis: arc length, nearest point, offset.

Points are ``(x, y)`` in cm from the image's upper left corner, x to the right, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    side : ndarray, shape (n,)
        Positive on the right of the direction of travel, negative on the left.
    """

    along_cm: FloatArray
    distance_cm: FloatArray
    side: FloatArray

    @property
    def offset_cm(self) -> FloatArray:
        """Distance with a sign: positive on the right of the direction of travel, shape (n,)."""
        return np.copysign(self.distance_cm, self.side)


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
    return project_each(x, y, [len(points)], polyline[None])


def project_each(
    x: FloatArray, y: FloatArray, counts: Sequence[int] | NDArray[np.intp], polylines: FloatArray
) -> Projection:
    """Find the nearest places of several sets of points, each on a polyline of its own.

    A point belongs to the segment between whose ends' bisectors it lies, which for a line as
    gently bent as a body's midline is the nearest one.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points, cm, set after set.
    counts : sequence or ndarray of int
        Points of each set.
    polylines : ndarray, shape (len(counts), m, 2)
        Vertices, cm; neighbours differ.

    Returns
    -------
    Projection
        Arc length, distance and signed offset of each point.
    """
    vertex = polylines.transpose(2, 0, 1)
    # of each segment: start, unit vector, length, arc length at its start
    table = np.zeros((6, vertex.shape[1], vertex.shape[2] - 1))
    unit, length = table[2:4], table[4]
    table[:2] = vertex[:, :, :-1]
    np.subtract(vertex[:, :, 1:], vertex[:, :, :-1], out=unit)
    np.sqrt(unit[0] * unit[0] + unit[1] * unit[1], out=length)
    unit /= np.maximum(length, 1e-12)
    length[:, :-1].cumsum(axis=1, out=table[5, :, 1:])
    # how far points lie beyond each bisector, as a product with (x, y, 1): comparing that with
    # zero takes a fifth of the time of comparing with each bisector's own level
    bisector = np.empty((length.shape[0], length.shape[1] - 1, 3))
    way = unit[:, :, 1:] + unit[:, :, :-1]
    bisector[:, :, 0], bisector[:, :, 1] = way
    way *= vertex[:, :, 1:-1]
    bisector[:, :, 2] = -(way[0] + way[1])
    points = np.empty((3, len(x)))
    points[0], points[1], points[2] = x, y, 1.0
    segment = np.zeros(len(x), dtype=np.intp)
    start, first = 0, np.intp(0)
    across = bisector.shape[1]
    room = np.empty(across * max(counts, default=0))  # the same for all sets: new memory is slow
    for k, count in enumerate(counts):
        here = slice(start, start + count)
        beyond = room[: across * count].reshape(across, count)
        np.matmul(bisector[k], points[:, here], out=beyond)
        passed = beyond > 0
        # bytes added up as bytes, which takes a tenth of the time, while they can hold the sum
        kind = np.int8 if len(passed) < 127 else np.intp
        np.add(passed.view(np.int8).sum(axis=0, dtype=kind), first, out=segment[here])
        first += length.shape[1]
        start += count
    return _on_segments(x, y, table.reshape(6, -1), segment)


def project_sets(
    x: FloatArray,
    y: FloatArray,
    counts: Sequence[int] | NDArray[np.intp],
    polylines: Sequence[FloatArray],
) -> Projection:
    """Find the nearest places of several sets of points, as :func:`project_each` does.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points, cm, set after set.
    counts : sequence or ndarray of int
        Points of each set.
    polylines : sequence of ndarray, shape (m, 2)
        Vertices, cm; m may differ.

    Returns
    -------
    Projection
        Arc length, distance and signed offset of each point.
    """
    # bodies traced in one go have axes of one number of vertices
    if len({len(polyline) for polyline in polylines}) == 1:
        return project_each(x, y, counts, np.stack(polylines))
    found, start = [], 0
    for polyline, count in zip(polylines, counts, strict=True):
        own = slice(start, start + int(count))
        found.append(project_each(x[own], y[own], [count], polyline[None]))
        start += int(count)
    return Projection(
        np.concatenate([each.along_cm for each in found]),
        np.concatenate([each.distance_cm for each in found]),
        np.concatenate([each.side for each in found]),
    )


def _on_segments(
    x: FloatArray, y: FloatArray, table: FloatArray, segment: NDArray[np.intp]
) -> Projection:
    """Return arc length, distance and signed offset of the nearest point on a segment."""
    x0, y0, ux, uy, length, at = table.take(segment, axis=1)
    x0 -= x
    y0 -= y
    side = uy * x0
    side -= ux * y0
    ux *= x0
    uy *= y0
    ux += uy
    np.negative(ux, out=ux)
    along = np.minimum(np.maximum(ux, 0.0), length, out=length)
    ux -= along
    ux *= ux
    ux += side * side
    distance = np.sqrt(ux, out=ux)
    along += at
    return Projection(along, distance, side)


def lengthen(polyline: FloatArray, before_cm: float, after_cm: float) -> FloatArray:
    """Return the polyline made longer, straight on, at its two ends."""
    last = max(1, len(polyline) // 6)
    first_way = polyline[0] - polyline[last]
    last_way = polyline[-1] - polyline[-1 - last]
    first_way = first_way / np.hypot(*first_way)
    last_way = last_way / np.hypot(*last_way)
    return np.vstack(
        [
            polyline[0] + before_cm * first_way,
            polyline,
            polyline[-1] + after_cm * last_way,
        ]
    )


def cut(polyline: FloatArray, start_cm: float, end_cm: float, count: int) -> FloatArray:
    """Return the part of a polyline between two arc lengths, at `count` even points."""
    length = arc_length(polyline)
    return _at(polyline, length, start_cm, end_cm, count)
