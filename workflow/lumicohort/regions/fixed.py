"""Regions of one size for all mice, laid along each mouse's body axis.

The centre lies on the axis where the region that it stands for has its middle: at half of the axis
for the whole body and the neuraxis, in the middle of the configured fractions for the cranial and
the spinal region. It is not cut to the body: every mouse gets the same area, less what lies beyond
the image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.regions.anatomy import BodyMap
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.polygons import ellipse_points, polygon_mask, rectangle_points
from lumicohort.regions.polyline import resample
from lumicohort.regions.region import Region, cropped, overlapping
from lumicohort.study.config.imaging import Regions

CORNERS = 720
"""Corners of an ellipse: together they enclose 1 part in 80,000 less than it."""
SPAN = 0.15
"""Part of the axis on either side of the centre whose direction the region takes."""


def fixed_regions(mice: Sequence[Mouse], where: BodyMap, config: Regions) -> list[Region]:
    """Lay a region of the configured size on each mouse.

    Parameters
    ----------
    mice : sequence of Mouse
        Mice, left to right.
    where : BodyMap
        Their bodies in the luminescent image.
    config : Regions
        Size, shape and place.

    Returns
    -------
    list of Region
        One per mouse; `roi_cut_by_image_edge`, `overlaps_another_animal` and `touches_neighbour`
        among its flags where that is so.
    """
    fixed = config.fixed
    n, pixel = where.distance_cm.shape[0], where.pixel_cm
    spans = {"cranial": config.cranial, "spinal": config.spinal}
    middle = float(np.mean(spans.get(fixed.region, (0.0, 1.0))))
    out = []
    for place, mouse in enumerate(mice, start=1):
        centre, turn = _place(mouse, middle)
        if not fixed.turned:
            turn = np.pi / 2
        if fixed.shape == "ellipse":
            points = ellipse_points(centre, fixed.length_cm, fixed.width_cm, turn, CORNERS)
        else:
            points = rectangle_points(centre, fixed.length_cm, fixed.width_cm, turn)
        points = points / pixel
        flags = ["touches_neighbour"] if place in where.touching else []
        flags += mouse.flags
        if points.min() < 0 or points.max() > n:
            flags.append("roi_cut_by_image_edge")
        degrees = (np.degrees(turn) - 90 + 90) % 180 - 90
        out.append(
            cropped(
                place,
                fixed.region,
                polygon_mask(points, (n, n)),
                flags=tuple(flags),
                placed=f"{fixed.shape} {fixed.length_cm:g} x {fixed.width_cm:g} cm, centre at "
                f"{100 * middle:g} % of the axis, turned {degrees:.1f} degrees",
            )
        )
    return overlapping(out, (n, n))


def _place(mouse: Mouse, middle: float) -> tuple[tuple[float, float], float]:
    """Return the point at a fraction of the axis (cm), and the axis's direction there (radians)."""
    line = resample(mouse.axis, 201)
    at = round(middle * 200)
    reach = round(SPAN * 200)
    way = line[min(at + reach, 200)] - line[max(at - reach, 0)]
    return (float(line[at, 0]), float(line[at, 1])), float(np.arctan2(way[1], way[0]))
