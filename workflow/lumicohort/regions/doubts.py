"""Signs that an outline is not the whole mouse.

A threshold finds an outline around whatever is light enough. Where a coat is nearly as dark as
the bed, or a head lies in shade, it can be a smooth, mouse-like outline around a part of the
mouse; these signs tell.
"""

from __future__ import annotations

import numpy as np

from lumicohort.regions.body import Profile, centres_cm
from lumicohort.regions.photograph import FAINT, BoolArray, WorkingPhotograph
from lumicohort.regions.polyline import FloatArray

LENGTHS_CM = (5.5, 11.0)
"""Shortest and longest body without tail of a grown mouse as it lies under anaesthesia."""
CONE_GAP_CM = 2.0
"""Metal in line with the nose is a nose cone; the nose lies in it, not this far from it."""
CONE_REACH_CM = 6.0
CONE_HALF_WIDTH_CM = 0.5
METAL_CM2 = 0.08
"""Area of metal that counts."""
LEAST_SOLIDITY = 0.82
"""Area of a body without limbs over that of its convex hull; straight and bent mice have more."""


def outline_doubts(
    photo: WorkingPhotograph, body: BoolArray, metal: BoolArray, profile: Profile
) -> list[str]:
    """Return in words what says that an outline may hold a part of the mouse only.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    body : ndarray of bool, shape (h, w)
        Outline without limbs.
    metal : ndarray of bool, shape (h, w)
        Shining pixels.
    profile : Profile
        The body, read from its head.

    Returns
    -------
    list of str
        One for each sign; none for an outline that is sure.
    """
    contrast = abs(float(np.median(photo.level[body])))
    gap = _cone_gap(centres_cm(metal, photo.pixel_cm), profile.midline(), photo.pixel_cm)
    signs = {
        "coat nearly as dark as the bed: check the outline": contrast < FAINT,
        "outline ends before the nose cone": gap > CONE_GAP_CM,
        "length unlike a mouse's": not LENGTHS_CM[0] <= profile.length_cm <= LENGTHS_CM[1],
        "ragged outline": _solidity(body) < LEAST_SOLIDITY,
    }
    return [text for text, doubt in signs.items() if doubt]


def _cone_gap(metal: FloatArray, line: FloatArray, pixel: float) -> float:
    """Return how far metal ahead of the nose, in line with the body, is from it; 0 without any."""
    way = line[0] - line[len(line) // 3]
    way = way / max(float(np.hypot(*way)), 1e-9)
    rest = metal - line[0]
    along = rest @ way
    aside = np.abs(rest @ np.array([-way[1], way[0]]))
    ahead = along[(along > -1.0) & (along < CONE_REACH_CM) & (aside < CONE_HALF_WIDTH_CM)]
    least = max(1, int(METAL_CM2 / pixel**2))
    if len(ahead) < least:
        return 0.0
    return max(0.0, float(np.partition(ahead, least - 1)[least - 1]))


def _solidity(body: BoolArray) -> float:
    from skimage.morphology import convex_hull_image

    rows, columns = np.nonzero(body)
    box = body[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return float(box.sum() / max(1, convex_hull_image(box).sum()))
