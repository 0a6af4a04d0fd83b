"""Outlines of coats as dark as the bed, by the shade along their flanks.

The middle of such a coat may be lighter than the bed and its neck darker, so no threshold holds a
whole mouse. What surrounds all of it is the shade: flanks turn away from the lamps, and cast a
shadow on the bed. From a part of the mouse that a threshold does show, the shaded rim is followed
on either side of the body as the cheapest path from its rear to its nose (dynamic programming;
Amini, Weymouth & Jain, IEEE Trans. Pattern Anal. Mach. Intell. 12:855, 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import median
from lumicohort.regions.foregrounds import FAINT_BARE, FAINT_SMOOTH_CM
from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray, arc_length, project, resample

LONGEST_CM = 9.0
"""From the tail base, no nose is farther than this along the body."""
SHORTEST_CM = 5.5
"""And none nearer than this."""
HALF_WIDTHS_CM = (0.3, 2.0)
"""Between these lies either side of a mouse's trunk."""
USUAL_HALVES_CM = (0.6, 1.25)
"""Half-widths at the nose and at the trunk: what decides where nothing is seen."""
WIDENS_CM = 3.5
"""Length of the head and neck, over which a mouse widens."""
SPREAD_CM = 0.4
"""Spread of half-widths."""
WEIGHT = 0.1
"""Of the usual half-width against the rim: level per squared standard deviation."""
UNEVEN_CM = 0.3
"""By no more than this, one side of the body is wider than the other."""
LIGHT = 0.3
"""Coats lighter than this have no darker rim for it."""
ASIDE_CM = 0.35
"""A rim is compared with what lies so far to its inner and to its outer side."""
REAR_CM = 1.2
"""Behind this distance from the end of the part that is known, that part's outline is kept."""
LEAST_RIM = 0.10
"""A rim is darker than its two sides, on average along the body, by at least this."""
TURNS = (0.0, -0.2, 0.2)
"""Tangents of the angles by which the front of a body may point aside of its rear."""
IN_CONE_CM = 0.3
"""A nose reaches no farther into its cone than this beyond the nearest metal."""
CLEAR_RIM = 0.18
"""A rim as deep as this is not looked for in another direction."""
AHEAD_HALF_CM = 1.1
"""A nose cone lies in the direction of the body, within this distance."""
APART_CM = 0.4
NOSE_HALF_CM = 0.3
SHINES = 0.25
"""A nose cone with a snout in it is lighter than the coat by at least this."""
_SMOOTH = 0.6  # of the smoothing for the parts: the rim is narrow
_ROUNDS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Rimmed:
    """A body by its rim.

    Parameters
    ----------
    territory : Pixels
        What lies inside it.
    trunk : ndarray of bool, shape (n,)
        Which of them are surely trunk.
    direction : ndarray, shape (2,)
        Unit vector along the body.
    rim : float
        By how much the fainter of the two rims is darker than its sides, on average.
    """

    territory: Pixels
    trunk: np.ndarray
    direction: FloatArray
    rim: float


def smoothed_level(photo: WorkingPhotograph) -> FloatArray:
    """Return the photograph's level, smoothed so that a rim stands out of the grain."""
    from scipy.ndimage import gaussian_filter

    sigma = _SMOOTH * FAINT_SMOOTH_CM / photo.pixel_cm
    return np.asarray(gaussian_filter(np.clip(photo.level, -0.8, 1.2), sigma))


def by_rim(
    photo: WorkingPhotograph, smooth: FloatArray, metal: FloatArray, part: Pixels, line: FloatArray
) -> Rimmed | None:
    """Follow the rim of a mouse of which a part is known.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    smooth : ndarray, shape (h, w)
        Its level, smoothed (:func:`smoothed_level`).
    metal : ndarray, shape (n, 2)
        Centres of shining pixels, cm.
    part : Pixels
        What is known of it; its rear is right.
    line : ndarray, shape (m, 2)
        Midline of that part, cm, from its front to its rear.

    Returns
    -------
    Rimmed or None
        None where no rim is seen.
    """
    coat = median(part.of(smooth))
    best: Rimmed | None = None
    for axis in _axes(line, metal):
        found = _followed(photo, smooth, part, axis, coat)
        if found is not None and (best is None or found.rim > best.rim):
            best = found
        if best is not None and best.rim > CLEAR_RIM:
            break
    return best


def _followed(
    photo: WorkingPhotograph, smooth: FloatArray, part: Pixels, axis: FloatArray, coat: float
) -> Rimmed | None:
    """Follow the rim to both sides of an axis."""
    pixel = photo.pixel_cm
    step = pixel / 2
    reach = int((HALF_WIDTHS_CM[1] + ASIDE_CM) / step) + 2
    offsets = np.asarray(step * np.arange(-reach, reach + 1), dtype=np.float64)
    for _ in range(_ROUNDS):
        count = int(arc_length(axis)[-1] / pixel) + 1
        even: FloatArray = resample(axis, max(count, 12))
        across = _across(smooth, even, offsets, pixel)
        start = _nose(across[:, np.abs(offsets) < NOSE_HALF_CM], coat, pixel)
        across = across[start:]
        left, right = _sides(across, step)
        middle = (right - left) * step / 2
        axis = _moved(even[start:], middle)
    width = (left + right) * step / 2
    aside = round(ASIDE_CM / step)
    rim = min(_depth(across[:, ::-1], left, aside), _depth(across, right, aside))
    if rim < LEAST_RIM or len(axis) < 12:
        return None
    box_pad = int(HALF_WIDTHS_CM[1] / pixel) + 2
    wide = np.zeros(photo.level.shape, dtype=bool)
    at = (axis / pixel).astype(int)
    h, w = photo.level.shape[0], photo.level.shape[1]
    rows, columns = np.clip(at[:, 1], 0, h - 1), np.clip(at[:, 0], 0, w - 1)
    box = (
        slice(max(0, int(rows.min()) - box_pad), int(rows.max()) + box_pad + 1),
        slice(max(0, int(columns.min()) - box_pad), int(columns.max()) + box_pad + 1),
    )
    wide[box] = True
    near = pixels_of(wide, pixel, box)
    where = project(near.points, axis)
    total = float(arc_length(axis)[-1])
    place = np.clip(where.along_cm / total * (len(width) - 1), 0, len(width) - 1)
    half = np.interp(place, np.arange(len(width)), width)
    inside = (where.along_cm > 0) & (where.along_cm < total - REAR_CM)
    inside &= where.distance_cm <= half
    # the rear as it is known
    rear = near.of(part.mask) & (where.along_cm >= total - REAR_CM)
    rear &= where.distance_cm < HALF_WIDTHS_CM[1]
    territory = near.where(inside | rear)
    if len(territory) < 60:
        return None
    way = axis[0] - axis[-1]
    way = way / max(float(np.hypot(*way)), 1e-9)
    inner = where.distance_cm[inside | rear] <= 0.8 * half[inside | rear]
    return Rimmed(territory, inner, way, rim)


def _axes(line: FloatArray, metal: FloatArray) -> list[FloatArray]:
    """Return ways that the midline of a part may go on ahead: to the nose cone, or on and aside."""
    rear = line[len(line) // 6 :]
    way = rear[0] - rear[len(rear) // 2]
    way = way / max(float(np.hypot(*way)), 1e-9)
    side = np.array([-way[1], way[0]])
    reach = max(LONGEST_CM - float(arc_length(rear)[-1]), 0.5)
    ahead = [(reach, way + turn * side) for turn in TURNS]
    rest = metal - rear[0]
    along = rest @ way
    cone = (along > 0) & (along < reach + 1.0) & (np.abs(rest @ side) < AHEAD_HALF_CM)
    if cone.sum() > 4:
        # the part of the cone that is nearest to the mouse: the nose lies in it
        nearest = rest[cone][along[cone] <= np.percentile(along[cone], 15)].mean(axis=0)
        ahead = [(min(reach, float(np.hypot(*nearest)) + IN_CONE_CM), nearest)]
    out = []
    for far, to in ahead:
        end = rear[0] + far * to / max(float(np.hypot(*to)), 1e-9)
        out.append(np.vstack([end, (end + rear[0]) / 2, rear]))
    return out


def _across(smooth: FloatArray, axis: FloatArray, offsets: FloatArray, pixel: float) -> FloatArray:
    """Return the level along lines across the axis, shape (points, offsets)."""
    from scipy.ndimage import map_coordinates

    way = np.gradient(axis, axis=0)
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    side = np.stack([-way[:, 1], way[:, 0]], axis=1)
    points = axis[:, None, :] + offsets[None, :, None] * side[:, None, :]
    at = points / pixel - 0.5
    return np.asarray(map_coordinates(smooth, [at[..., 1], at[..., 0]], order=1, mode="nearest"))


def _nose(middle: FloatArray, coat: float, pixel: float) -> int:
    """Return the first point of the axis that is mouse: what shines before it is a nose cone."""
    levels = np.median(middle, axis=1)
    last = max(0, len(levels) - int(SHORTEST_CM / pixel))
    shining = np.flatnonzero(levels[: last + 1] > max(FAINT_BARE, coat + SHINES))
    if not len(shining):
        return 0
    # a lighter patch of the head lies apart from the cone
    ends = np.flatnonzero(np.diff(shining) * pixel > APART_CM)
    return int(shining[ends[0] if len(ends) else -1]) + 1


def _cost(across: FloatArray, halves: NDArray[np.intp], aside: int) -> FloatArray:
    """Return how little a rim at every half-width to the right looks like one.

    Half-widths and `aside` are in columns of `across`, whose middle one is the axis.
    """
    at = across.shape[1] // 2 + halves
    inner = np.minimum(across[:, at - aside], LIGHT)
    outer = np.minimum(across[:, at + aside], LIGHT)
    # a rim is a valley, and darker than the coat rather than the bed
    return np.asarray(1.5 * across[:, at] - inner - 0.5 * outer)


def _sides(across: FloatArray, step: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the half-widths to the left and to the right, in columns, at every point of the axis.

    Shadows of dividers lie on one side only: first, both sides are taken to be equally wide.
    """
    halves = np.arange(int(HALF_WIDTHS_CM[0] / step), int(HALF_WIDTHS_CM[1] / step))
    aside = round(ASIDE_CM / step)
    left, right = (_cost(a, halves, aside) for a in (across[:, ::-1], across))
    (nose, rump), spread = USUAL_HALVES_CM, SPREAD_CM
    usual = nose + (rump - nose) * np.minimum(np.arange(len(across)) * 2 * step / WIDENS_CM, 1.0)
    prior = WEIGHT * ((halves * step - usual[:, None]) / spread) ** 2
    both = halves[cheapest(((left + right) / 2 + prior)[None])[0]]
    far = np.abs(halves - both[:, None]) * step > UNEVEN_CM
    one, other = halves[cheapest(np.where(far, np.inf, np.stack([left, right]) + prior))]
    return one, other


def cheapest(costs: FloatArray) -> NDArray[np.intp]:
    """Return the columns of the cheapest paths through all rows, bending by at most two columns.

    Parameters
    ----------
    costs : ndarray, shape (s, n, m)
        Several tables of n rows and m columns.

    Returns
    -------
    ndarray of int, shape (s, n)
        A column of every row of each.
    """
    count, n, m = costs.shape
    reach = 2  # half pixels: a flank turns by no more than 45 degrees
    bend = 0.02 * np.abs(np.arange(-reach, reach + 1))[:, None]
    # what the cheapest way to every column costs; beyond the edges, that to them
    beside = np.empty((count, m + 2 * reach))
    best = beside[:, reach:-reach]
    ways = np.lib.stride_tricks.sliding_window_view(beside, m, axis=1)
    came = np.zeros((n, count, m), dtype=np.intp)
    best[:] = costs[:, 0]
    for k in range(1, n):
        beside[:, :reach], beside[:, -reach:] = best[:, :1], best[:, -1:]
        options = ways + bend
        came[k] = options.argmin(axis=1)
        np.add(options.min(axis=1), costs[:, k], out=best)
    paths = np.empty((count, n), dtype=np.intp)
    for path, side, last in zip(paths, range(count), best.argmin(axis=1).tolist(), strict=True):
        at = path[-1] = last
        for k in range(n - 1, 0, -1):
            at = min(max(at + came.item(k, side, at) - reach, 0), m - 1)
            path[k - 1] = at
    return paths


def _depth(across: FloatArray, halves: NDArray[np.intp], aside: int) -> float:
    """Return by how much a rim to the right is darker than its two sides, on average."""
    row, at = np.arange(len(across)), across.shape[1] // 2 + halves
    sides = (across[row, at - aside] + across[row, at + aside]) / 2
    return float(np.mean(sides - across[row, at]))


def _moved(axis: FloatArray, aside: FloatArray) -> FloatArray:
    """Return the axis moved aside by a stiff curve through some offsets."""
    t = np.linspace(-1, 1, len(axis))
    fit = np.polynomial.legendre.legfit(t, aside, min(3, len(axis) - 1))
    shift = np.polynomial.legendre.legval(t, fit)
    way = np.gradient(axis, axis=0)
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    moved = axis + shift[:, None] * np.stack([-way[:, 1], way[:, 0]], axis=1)
    return np.asarray(moved, dtype=np.float64)
