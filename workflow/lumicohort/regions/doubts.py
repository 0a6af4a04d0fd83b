"""Signs that an outline is not the whole mouse.

A threshold finds an outline around whatever is light enough. Where a coat is nearly as dark as
the bed, or a head lies in shade, it can be a smooth, mouse-like outline around a part of the
mouse; these signs tell.
"""

from __future__ import annotations

import numpy as np

from lumicohort.regions.body import Profile
from lumicohort.regions.order import median
from lumicohort.regions.photograph import FAINT, WorkingPhotograph
from lumicohort.regions.pixels import Pixels
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
    photo: WorkingPhotograph, body: Pixels, metal: FloatArray, profile: Profile
) -> list[str]:
    """Return in words what says that an outline may hold a part of the mouse only.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    body : Pixels
        The body without limbs.
    metal : ndarray, shape (n, 2)
        Centres of shining pixels, cm.
    profile : Profile
        The body, read from its head.

    Returns
    -------
    list of str
        One for each sign; none for an outline that is sure.
    """
    contrast = abs(median(body.of(photo.level)))
    gap = _cone_gap(metal, profile.midline, photo.pixel_cm)
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


_DIAMOND = np.array([[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])


def _solidity(body: Pixels) -> float:
    """Return a body's pixels over those whose centres lie in its convex hull.

    Pixels count as diamonds of unit width, as in `skimage.morphology.convex_hull_image`; only
    the outermost pixels of every row can be corners.
    """
    from scipy.spatial import ConvexHull

    first = np.flatnonzero(np.diff(body.rows, prepend=-1))  # rows come in rising order
    last = np.append(first[1:], len(body)) - 1
    ends = np.concatenate([first, last])
    outermost = np.stack([body.columns[ends], body.rows[ends]], axis=1).astype(np.float64)
    if len(first) > 2 and (last > first).any():
        outermost = outermost[ConvexHull(outermost).vertices]
    hull = ConvexHull((outermost[:, None, :] + _DIAMOND).reshape(-1, 2))
    # along a row, a side a·x + b·y + c <= 0 ends the hull at -(b·y + c) / a
    a, b, c = hull.equations.T[:, :, None]
    row = np.arange(body.rows[0], body.rows[-1] + 1)
    with np.errstate(divide="ignore"):
        x = -(b * row + c) / a
    right = np.where(a > 1e-12, x, np.inf).min(axis=0)
    left = np.where(a < -1e-12, x, -np.inf).max(axis=0)
    inside = np.floor(right + 1e-9) - np.ceil(left - 1e-9) + 1
    return len(body) / float(inside.sum())
