"""Polygons as a reviewer writes them."""

from __future__ import annotations

import json
import math
import re

MOST_CORNERS = 10_000
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = re.compile(rf"\s*\(?\s*({_NUMBER})\s*[, ]\s*({_NUMBER})\s*\)?\s*")
_WKT = re.compile(r"polygon\s*\(\s*\((.*)\)\s*\)\s*", re.IGNORECASE | re.DOTALL)

HOW_WRITTEN = (
    "Write at least three corners in cm from the image's upper left, as `x y; x y; x y` "
    "(x to the right, y downwards)."
)
"""What a message says of how polygons are written."""


def parse_polygon(text: str) -> tuple[tuple[float, float], ...] | None:
    """Return the corners of a polygon, or None where the text holds none.

    Parameters
    ----------
    text : str
        `x y; x y; x y`, `x,y; x,y; x,y`, a JSON list `[[x, y], …]`, or `POLYGON ((x y, x y, …))`.

    Returns
    -------
    tuple of (float, float), or None
        The corners; the first is not repeated at the end.
    """
    text = text.strip()
    points: list[tuple[float, float]]
    if text.startswith("["):
        try:
            points = [(float(x), float(y)) for x, y in json.loads(text)]
        except (ValueError, TypeError, RecursionError):
            return None
    else:
        well_known = _WKT.fullmatch(text)
        parts = well_known[1].split(",") if well_known else text.split(";")
        matches = [_POINT.fullmatch(part) for part in parts if part.strip()]
        if not matches or any(match is None for match in matches):
            return None
        points = [(float(match[1]), float(match[2])) for match in matches if match]
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return tuple(points)


def wrong_with(points: tuple[tuple[float, float], ...]) -> str:
    """Return what is wrong with a polygon; blank where it is sound.

    Parameters
    ----------
    points : tuple of (float, float)
        Its corners, cm.

    Returns
    -------
    str
        A sentence: too few corners, outside any image, crossing itself, without area.
    """
    from lumicohort.regions.polygons import crosses_itself, polygon_area

    if len(points) > MOST_CORNERS:
        return f"the polygon has {len(points)} corners; at most {MOST_CORNERS}."
    if not all(math.isfinite(value) for point in points for value in point):
        return "some of the polygon's corners are no finite numbers."
    if len(set(points)) < 3:
        return f"the polygon has {len(set(points))} corners; it needs three."
    outside = next((p for p in points if min(p) < -0.05 or max(p) > 100), None)
    if outside is not None:
        return f"the corner ({outside[0]:g}, {outside[1]:g}) lies outside any image."
    if len(set(points)) < len(points) or crosses_itself(points):
        return "the polygon crosses or touches itself."
    if polygon_area(points) < 1e-4:
        return "the polygon encloses no area."
    return ""
