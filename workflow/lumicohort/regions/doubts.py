"""Signs that an outline is not the whole mouse, or none.

A threshold finds an outline around whatever is light enough. Where a coat is nearly as dark as
the bed, or a head lies in shade, it can be a smooth, mouse-like outline around a part of the
mouse; and where an animal is missing, around a tube or a glove of its size. These signs tell.

Limits of what may be an object were chosen on drawn photographs: 13 kinds of things in a mouse's
place (`lumicohort.simulate.objects`), and mice as they lie, curled, with a litter or without
tail. The five mice of a real photograph lie far within them, turned by any quarter.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import median
from lumicohort.regions.body import Profile
from lumicohort.regions.foregrounds import FAINT
from lumicohort.regions.heads import tail_behind
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, beside
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.shapes import LENGTHS_CM

MAY_BE_OBJECT = ": may be an object"
"""How every sign ends that an outline is no mouse's."""

BARE = f"neither tail nor ears or feet{MAY_BE_OBJECT}"
FLAT = f"flat, and no tail{MAY_BE_OBJECT}"
STRAIGHT = f"straight flanks{MAY_BE_OBJECT}"
EVEN = f"no narrower at the head{MAY_BE_OBJECT}"
NO_MOUSES_LENGTH = "length unlike a mouse's"

CONE_GAP_CM = 2.0
"""Metal in line with the nose is a nose cone; the nose lies in it, not this far from it."""
CONE_REACH_CM = 6.0
CONE_HALF_WIDTH_CM = 0.5
METAL_CM2 = 0.08
"""Area of metal that counts."""
LEAST_SOLIDITY = 0.82
"""Area of a body without limbs over that of its convex hull; straight and bent mice have more."""

LIMBS = (0.04, 0.35)
"""Area of ears and feet over that of the body without them: less than the first are none; more
than the second are no limbs, but something that the body lies on. Mice have 0.09 to 0.16, and a
half of it where they touch; bars, tubes and dishes less than 0.03."""
SURE_TAIL = 0.9
"""Part of what lies behind a body that is as thin as a tail, from which it is one without doubt:
with it, a mouse needs no limbs. Dividers and tubes behind an object come to 0.7 or 0.8."""
ROUND = (0.01, 0.28)
"""Logarithm of how much lighter the middle of a body is than all of it: lamps from above shade
its flanks. Light coats have 0.04 to 0.2, what is flat has none; an outline that holds the bed
beside the mouse has 0.3 to 0.4."""
LIKE_OTHERS = 0.2
"""Logarithm of how much lighter or darker than the others of its click a body can be; more is
another coat, which has a tail, or no coat."""
SAME_WIDTH = 0.12
"""Widths that differ by no more than this part of their mean are the same, and"""
MOST_SAME = (0.53, 0.62)
"""a greater part of a body of one width is no mouse, without a tail and with one: mice have up to
0.5, seldom 0.6, bars and tubes 0.7."""
LEAST_TAPER = 0.12
"""How much wider the rear half is than the front quarter, over the mean: mice have 0.2 to 0.8."""


def outline_doubts(
    photo: WorkingPhotograph,
    bodies: Sequence[Pixels],
    metals: Sequence[FloatArray],
    profiles: Sequence[Profile],
    silhouettes: Sequence[Pixels],
    foregrounds: Sequence[BoolArray],
) -> list[list[str]]:
    """Return in words what says that an outline may hold a part of the mouse only, or an object.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    bodies : sequence of Pixels
        The bodies without limbs.
    metals : sequence of ndarray, shape (n, 2)
        Centres of shining pixels, cm, in the foreground that each body was found in.
    profiles : sequence of Profile
        The bodies, read from their heads.
    silhouettes : sequence of Pixels
        The bodies with their ears and feet.
    foregrounds : sequence of ndarray of bool, shape (h, w)
        Where the tail of each was looked for.

    Returns
    -------
    list of list of str
        For each body one for each sign; none for an outline that is sure.
    """
    solid = _surely_solid(bodies)
    out = []
    shades = [body.of(photo.level) for body in bodies]
    usuals = [median(levels) for levels in shades]
    for k, (body, metal, profile, silhouette, thin, sure) in enumerate(
        zip(bodies, metals, profiles, silhouettes, foregrounds, solid, strict=True)
    ):
        contrast = abs(usuals[k])
        limbs = len(silhouette) / len(body) - 1
        same, taper, middle = _shape(profile)
        mean = float(shades[k].sum()) / len(shades[k])
        others = statistics.median([*usuals[:k], *usuals[k + 1 :]] or usuals)
        bare, flat = limbs < LIMBS[0], mean > 0 and middle - mean < ROUND[0]
        other = abs(usuals[k] - others) > LIKE_OTHERS
        straight = same > MOST_SAME[0]
        # seldom: looking for the tail takes longer than all else
        if bare or flat or other or straight:
            rest = beside(thin, bodies)
            tail = tail_behind(rest, metal.T, profile, photo.pixel_cm) if rest.size else 0.0
            bare = bare and tail < SURE_TAIL
            flat, other = flat and tail <= 0, other and tail <= 0
            straight = same > MOST_SAME[int(tail > 0)]
        signs = {
            "coat nearly as dark as the bed: check the outline": contrast < FAINT,
            "outline ends before the nose cone": _cone_gap(metal, profile.midline, photo.pixel_cm),
            NO_MOUSES_LENGTH: not LENGTHS_CM[0] <= profile.length_cm <= LENGTHS_CM[1],
            "ragged outline": not sure and _solidity(body) < LEAST_SOLIDITY,
            BARE: bare,
            FLAT: flat,
            f"unlike the others in shade, and no tail{MAY_BE_OBJECT}": other,
            STRAIGHT: straight,
            EVEN: taper < LEAST_TAPER,
            "lies against something else": limbs > LIMBS[1],
            "holds some of the bed: check the outline": abs(middle - mean) > ROUND[1],
        }
        out.append([text for text, doubt in signs.items() if doubt])
    return out


def _shape(profile: Profile) -> tuple[float, float, float]:
    """Return what tells mice from objects along a body.

    Returns
    -------
    same : float
        Part of the slices that are of one width, the commonest.
    taper : float
        How much wider the rear half (without the tail base) is than the front quarter, over the
        mean width.
    middle : float
        Mean level of the slices' inner halves.
    """
    own = profile.body
    width = profile.width_cm[own]
    count, total = len(width), float(width.sum())
    if count < 10 or total <= 0:
        return 1.0, 0.0, 0.0
    head, half, rump = width[: count // 4], count // 2, 9 * count // 10
    taper = float(width[half:rump].sum()) / (rump - half) - float(head.sum()) / len(head)
    # a pixel more or less on either side is no change of width
    smooth = np.sort(width[:-2] + width[1:-1] + width[2:])
    alike = smooth.searchsorted(smooth + 3 * SAME_WIDTH * total / count, "right")
    same = int((alike - np.arange(len(smooth))).max()) / len(smooth)
    return same, taper * count / total, float(profile.level[own] @ width) / total


def _cone_gap(metal: FloatArray, line: FloatArray, pixel: float) -> bool:
    """Return whether metal lies ahead of the nose, in line with the body, but away from it."""
    least = max(1, int(METAL_CM2 / pixel**2))
    if len(metal) < least:
        return False
    way = line[0] - line[len(line) // 3]
    way = way / max(float(np.hypot(*way)), 1e-9)
    rest = metal - line[0]
    along = rest @ way
    aside = np.abs(rest @ np.array([-way[1], way[0]]))
    ahead = (along > -1.0) & (along < CONE_REACH_CM) & (aside < CONE_HALF_WIDTH_CM)
    if np.count_nonzero(ahead) < least:
        return False
    return bool(np.count_nonzero(ahead & (along <= CONE_GAP_CM)) < least)


_DIAMOND = np.array([[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])


_WAYS = 40
_ANGLES = np.pi * np.arange(_WAYS // 2) / (_WAYS // 2)
_TOWARDS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
"""Half of the directions; the others are their opposites."""
_DIAMONDS = 0.5 * np.tile(np.abs(_TOWARDS).max(axis=1), 2)[:, None]
"""How far a pixel that counts as a diamond of unit width reaches in each direction."""
_BEFORE, _BEHIND = np.arange(_WAYS) - 1, np.arange(1 - _WAYS, 1)
"""Places of the directions next to each."""


def _surely_solid(bodies: Sequence[Pixels]) -> NDArray[np.bool_]:
    """Return which bodies fill their convex hull without doubt, at little cost.

    The hull lies within the polygon of tangents in some directions, whose area follows from how
    far the body reaches in each (its support function).
    """
    counts = np.array([len(body) for body in bodies])
    ends = counts.cumsum()
    rows = np.concatenate([body.rows for body in bodies])
    # each row's first and last pixel, body by body
    begins = np.ones(len(rows), dtype=bool)
    np.not_equal(rows[1:], rows[:-1], out=begins[1:])
    begins[ends[:-1]] = True
    first = np.flatnonzero(begins)
    outermost = np.empty(2 * len(first), dtype=np.intp)
    outermost[::2], outermost[1:-1:2], outermost[-1] = first, first[1:] - 1, ends[-1] - 1
    columns = np.concatenate([body.columns for body in bodies])
    places = np.empty((2, len(outermost)))
    places[0], places[1] = columns.take(outermost), rows.take(outermost)
    starts = 2 * first.searchsorted(ends - counts)
    reach = _TOWARDS @ places
    far = np.concatenate(
        [np.maximum.reduceat(reach, starts, axis=1), -np.minimum.reduceat(reach, starts, axis=1)]
    )
    far += _DIAMONDS  # see below
    step = 2 * math.pi / _WAYS
    side = (far[_BEFORE] + far[_BEHIND]) / math.sin(step)
    side -= 2 * far / math.tan(step)
    area = (far * side).sum(axis=0) / 2
    # pixels whose centre lies within a polygon are as many as its area, but for its rim
    return np.asarray(counts / area > LEAST_SOLIDITY + 0.01)


def _row_ends(body: Pixels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which pixels are the first and the last of their row; rows come in rising order."""
    begins = np.flatnonzero(body.rows[1:] != body.rows[:-1]) + 1
    return np.concatenate([[0], begins]), np.concatenate([begins, [len(body)]]) - 1


def _solidity(body: Pixels) -> float:
    """Return a body's pixels over those whose centres lie in its convex hull.

    Pixels count as diamonds of unit width, as in `skimage.morphology.convex_hull_image`; only
    the outermost pixels of every row can be corners.
    """
    from scipy.spatial import ConvexHull

    first, last = _row_ends(body)
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
