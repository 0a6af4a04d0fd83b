"""Which end of a body is the head.

A tail hangs on the rear; metal (a nose cone) is at the front; a mouse is widest in its rear half.
Mice of one click usually lie the same way, which decides where these say little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile, Slices, midlines
from lumicohort.regions.pixels import BoolArray
from lumicohort.regions.polyline import FloatArray

METAL_CM2 = 0.08
"""Area of metal ahead of an end that counts."""
BEYOND_CM = 3.0
"""How far beyond an end of the body a tail is looked for."""
_RING_CM = 0.15


def tail_evidence(
    rest: FloatArray, metal: FloatArray, profiles: Sequence[Profile], pixel: float
) -> FloatArray:
    """Return how clearly the rear is each profile's end (positive) or its start (negative).

    Parameters
    ----------
    rest : ndarray, shape (2, n)
        Foreground pixels beside the bodies (x, y), cm.
    metal : ndarray, shape (2, m)
        Shining pixels (x, y), cm.
    profiles : sequence of Profile
        The bodies.
    pixel : float
        Pixel size, cm.

    Returns
    -------
    ndarray, shape (len(profiles),)
        Up to 4 for a tail at one end; 2 more for metal (a nose cone) at the other.
    """
    lines = midlines(profiles)
    last = lines.shape[1] // 6
    ends = np.concatenate([lines[:, 0], lines[:, -1]])
    inner = np.concatenate([lines[:, last], lines[:, -1 - last]])
    ways = ends - inner
    shines = _metal_ahead(metal, ends, ways) * pixel**2 > METAL_CM2
    seen = np.where(shines, 0.0, _tail_seen(rest, ends, ways, pixel))
    at_start, at_end = seen.reshape(2, -1)
    metal_at_start, metal_at_end = shines.reshape(2, -1).astype(np.float64)
    return np.asarray(4.0 * (at_end - at_start) + 2.0 * (metal_at_start - metal_at_end))


def tail_behind(rest: FloatArray, metal: FloatArray, profile: Profile, pixel: float) -> float:
    """Return which part of what lies behind a body is as thin as a tail.

    Parameters
    ----------
    rest, metal, pixel
        As of :func:`tail_evidence`.
    profile : Profile
        The body, read from its head.

    Returns
    -------
    float
        About 1 for a tail, 0 without one or where metal shines there.
    """
    line = profile.midline
    end, inner = line[-1:], line[-1 - len(line) // 6]
    if _metal_ahead(metal, end, end - inner)[0] * pixel**2 > METAL_CM2:
        return 0.0
    return float(_tail_seen(rest, end, end - inner, pixel)[0])


def _metal_ahead(metal: FloatArray, ends: FloatArray, ways: FloatArray) -> NDArray[np.intp]:
    """Return the number of shining pixels within 2 cm ahead of each end."""
    if not metal.size:
        return np.zeros(len(ends), dtype=np.intp)
    distance, ahead = _ahead(metal, ends, ways)
    ahead &= distance < 2.0
    return np.asarray(ahead.sum(axis=1))


def _ahead(
    points: FloatArray, ends: FloatArray, ways: FloatArray
) -> tuple[NDArray[np.float32], BoolArray]:
    """Return how far points are from bodies' ends, and which lie in the way that each points."""
    # single precision: half the memory to go through
    way = ways.astype(np.float32)
    x = points[0].astype(np.float32) - ends[:, :1].astype(np.float32)
    y = points[1].astype(np.float32) - ends[:, 1:].astype(np.float32)
    distance = np.sqrt(x * x + y * y)
    x *= way[:, :1]
    y *= way[:, 1:]
    x += y
    length = np.sqrt((way * way).sum(axis=1))[:, None]
    return distance, x > (0.6 * length) * distance


def _tail_seen(points: FloatArray, ends: FloatArray, ways: FloatArray, pixel: float) -> FloatArray:
    """Return which part of what lies beyond each end of a body is as thin as a tail.

    Feet are shorter, and nose cones and their manifold wider.
    """
    distance, ahead = _ahead(points, ends, ways)
    count = round(BEYOND_CM / _RING_CM)
    distance *= 1 / _RING_CM
    ahead &= distance < count
    places = np.flatnonzero(ahead)
    rings = distance.take(places).astype(np.intp)
    rings += places // points.shape[1] * count
    number = np.bincount(rings, minlength=count * len(ends)).reshape(-1, count)[:, 3:]
    width = number * (pixel**2 / _RING_CM)
    part = ((width > 0.08) & (width < 0.95)).sum(axis=1) / width.shape[1]
    return np.where(part > 0.65, part, 0.0)


def shape_evidence(profiles: Sequence[Profile], slices: Slices) -> FloatArray:
    """Return evidence from each body's outline: a mouse is widest in its rear half."""
    start, length = np.array([(p.start_cm, p.length_cm) for p in profiles]).T[:, :, None]
    s = (slices.along_cm - start) / np.maximum(length, 1e-6)
    total = np.maximum(slices.width_cm.sum(axis=1), 1e-9)
    middle = (s * slices.width_cm).sum(axis=1) / total
    return np.minimum(np.maximum((middle - 0.5) * 25, -1.0), 1.0)
