"""Which end of a body is the head.

A tail hangs on the rear; metal (a nose cone) is at the front; a mouse is widest in its rear half.
Mice of one click usually lie the same way, which decides where these say little.
"""

from __future__ import annotations

import numpy as np

from lumicohort.regions.body import Profile
from lumicohort.regions.pixels import BoolArray
from lumicohort.regions.polyline import FloatArray

METAL_CM2 = 0.08
"""Area of metal ahead of an end that counts."""
BEYOND_CM = 3.0
"""How far beyond an end of the body a tail is looked for."""
_RING_CM = 0.15


def tail_evidence(rest: FloatArray, metal: FloatArray, profile: Profile, pixel: float) -> float:
    """Return how clearly the rear is the profile's end (positive) or its start (negative).

    Parameters
    ----------
    rest : ndarray, shape (n, 2)
        Foreground pixels beside the body, cm.
    metal : ndarray, shape (m, 2)
        Shining pixels, cm.
    profile : Profile
        The body.
    pixel : float
        Pixel size, cm.

    Returns
    -------
    float
        Up to 4 for a tail at one end; 2 more for metal (a nose cone) at the other.
    """
    line = profile.midline
    last = len(line) // 6
    ends = ((line[0], line[0] - line[last]), (line[-1], line[-1] - line[-1 - last]))
    shines = [_metal_ahead(metal, end, way) * pixel**2 > METAL_CM2 for end, way in ends]
    first, second = (
        0.0 if shining else _tail_seen(rest, end, way, pixel)
        for (end, way), shining in zip(ends, shines, strict=True)
    )
    return 4.0 * (second - first) + 2.0 * (shines[0] - shines[1])


def _metal_ahead(metal: FloatArray, end: FloatArray, way: FloatArray) -> int:
    """Return the number of shining pixels within 2 cm ahead of an end."""
    if not len(metal):
        return 0
    distance, ahead = _ahead(metal, end, way)
    return int((ahead & (distance < 2.0)).sum())


def _ahead(points: FloatArray, end: FloatArray, way: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return how far points are from a body's end, and which lie in the way that it points."""
    x, y = (points - end).T
    distance = np.sqrt(x * x + y * y)
    return distance, x * way[0] + y * way[1] > (0.6 * np.hypot(*way)) * distance


def _tail_seen(points: FloatArray, end: FloatArray, way: FloatArray, pixel: float) -> float:
    """Return which part of what lies beyond an end of the body is as thin as a tail.

    Feet are shorter, and nose cones and their manifold wider.
    """
    distance, ahead = _ahead(points, end, way)
    count = round(BEYOND_CM / _RING_CM)
    rings = np.bincount((distance[ahead] / _RING_CM).astype(int), minlength=count)[3:count]
    width = rings * pixel**2 / _RING_CM
    part = float(((width > 0.08) & (width < 0.95)).mean())
    return part if part > 0.65 else 0.0


def shape_evidence(profile: Profile) -> float:
    """Return evidence from the outline: a mouse is widest in its rear half."""
    inside = profile.body
    s = (profile.along_cm[inside] - profile.start_cm) / max(profile.length_cm, 1e-6)
    width = profile.width_cm[inside]
    middle = float((s * width).sum() / max(width.sum(), 1e-9))
    return float(np.clip((middle - 0.5) * 25, -1.0, 1.0))
