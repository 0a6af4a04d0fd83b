"""One body: its midline and its two ends.

A territory of foreground pixels that holds one mouse goes in; the midline from one end to the
other and profiles along it come out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.polyline import (
    FloatArray,
    arc_length,
    cut,
    lengthen,
    project,
    resample,
)

AXIS_POINTS = 33
"""Vertices of a midline."""
LIMB_WEIGHT = 0.2
"""Weight of pixels outside the trunk in finding the midline."""
TRACE_POINTS = 17
"""Vertices while it is being traced: a midline is smooth."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Width and brightness along a midline.

    Parameters
    ----------
    axis : ndarray, shape (m, 2)
        Midline, cm; longer than the body.
    along_cm, width_cm, level : ndarray, shape (k,)
        Arc length of each slice's middle, its width, and the mean level of its inner half.
    start_cm, end_cm : float
        Arc length at which the body starts and ends.
    """

    axis: FloatArray
    along_cm: FloatArray
    width_cm: FloatArray
    level: FloatArray
    start_cm: float
    end_cm: float

    @property
    def length_cm(self) -> float:
        """Length of the body along its midline."""
        return self.end_cm - self.start_cm

    def turned(self) -> Profile:
        """Return the same body read from its other end."""
        total = float(arc_length(self.axis)[-1])
        return Profile(
            self.axis[::-1].copy(),
            total - self.along_cm[::-1],
            self.width_cm[::-1],
            self.level[::-1],
            total - self.end_cm,
            total - self.start_cm,
        )

    def between(self, start_cm: float, end_cm: float) -> Profile:
        """Return the profile with the body's ends elsewhere."""
        return Profile(self.axis, self.along_cm, self.width_cm, self.level, start_cm, end_cm)

    def midline(self) -> FloatArray:
        """Return the midline from the body's start to its end, shape (AXIS_POINTS, 2), cm."""
        return cut(self.axis, self.start_cm, self.end_cm, AXIS_POINTS)


def centres_cm(mask: BoolArray, pixel_cm: float) -> FloatArray:
    """Return the centres (x, y) of a mask's pixels, cm, shape (n, 2)."""
    rows, columns = np.nonzero(mask)
    points: FloatArray = np.column_stack([columns, rows]).astype(np.float64)
    return (points + 0.5) * pixel_cm


def trace(
    photo: WorkingPhotograph, territory: BoolArray, trunk: BoolArray, direction: FloatArray
) -> Profile | None:
    """Find the midline of the body in a territory.

    A first curve, a cubic across the long axis, is moved to the middle of the slices
    perpendicular to it (a principal curve; Hastie & Stuetzle 1989).

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territory : ndarray of bool, shape (h, w)
        Pixels of one animal, possibly with a nose cone at one end.
    trunk : ndarray of bool, shape (h, w)
        The part of it that is surely trunk; feet do not bend the midline.
    direction : ndarray, shape (2,)
        Unit vector along the trunk.

    Returns
    -------
    Profile or None
        None where the territory is too small to have a midline.
    """
    pixel = photo.pixel_cm
    points = centres_cm(territory, pixel)
    if len(points) < 60:
        return None
    weights = np.where(trunk[territory], 1.0, LIMB_WEIGHT)
    axis = _first_curve(points, weights, direction, pixel)
    # every second pixel is enough to find the middle
    axis = _recentred(points[::2], weights[::2], axis, pixel)
    axis = lengthen(resample(axis, TRACE_POINTS), 1.5, 1.5)
    where = project(points, axis)
    total = float(arc_length(axis)[-1])
    count = int(total / pixel) + 1
    bins = np.clip((where.along_cm / pixel).astype(int), 0, count - 1)
    # pixels that project on an end vertex lie beyond it: they belong to no slice
    inside = (where.along_cm > 0) & (where.along_cm < total)
    width: FloatArray = np.bincount(bins[inside], minlength=count).astype(np.float64) * pixel
    half = np.maximum(width / 4, pixel)
    inner = inside & (np.abs(where.offset_cm) < half[bins])
    levels = photo.level[territory][inner]
    number = np.bincount(bins[inner], minlength=count)
    level = np.bincount(bins[inner], levels, minlength=count) / np.maximum(number, 1)
    span = _body_run(width)
    if span is None:
        return None
    start, end = span
    # the first and last slices of the run are only partly filled
    near = inside & (np.abs(where.offset_cm) < 0.25)
    run = where.along_cm[near & (bins >= start) & (bins < end)]
    if len(run) == 0:
        return None
    return Profile(
        axis,
        (np.arange(count, dtype=np.float64) + 0.5) * pixel,
        width,
        level,
        float(run.min()) - pixel / 2,
        float(run.max()) + pixel / 2,
    )


def _first_curve(
    points: FloatArray, weights: FloatArray, direction: FloatArray, pixel: float
) -> FloatArray:
    centre = points.mean(axis=0)
    side = np.array([-direction[1], direction[0]])
    along, across = (points - centre) @ direction, (points - centre) @ side
    t, u = _smooth_middle(along - along.min(), across, weights, pixel, float(np.ptp(along)))
    t = t + along.min()
    return resample(centre + t[:, None] * direction + u[:, None] * side, TRACE_POINTS)


def _smooth_middle(
    along: FloatArray, across: FloatArray, weights: FloatArray, pixel: float, total: float
) -> tuple[FloatArray, FloatArray]:
    """Return a stiff curve through the middles of slices: places along, and offsets there.

    A cubic in Legendre polynomials, whose higher terms are held back (ridge regression): a body
    bends as a whole, while feet and folds shift single slices.
    """
    bins = (along / pixel).astype(int)
    number = np.bincount(bins, weights)
    filled = number > 0
    middle = np.bincount(bins, weights * across)[filled] / number[filled]
    t: FloatArray = (np.nonzero(filled)[0].astype(np.float64) + 0.5) * pixel
    basis = np.polynomial.legendre.legvander(2 * t / max(total, pixel) - 1, 3)
    weight = number[filled]
    hold = np.diag([0.0, 0.0, 0.01, 0.08]) * weight.sum()
    gram = basis.T @ (weight[:, None] * basis) + hold
    fit = np.linalg.solve(gram + 1e-9 * np.eye(4), basis.T @ (weight * middle))
    return t, np.asarray(basis @ fit, dtype=np.float64)


def _recentred(
    points: FloatArray, weights: FloatArray, axis: FloatArray, pixel: float
) -> FloatArray:
    where = project(points, axis)
    length = arc_length(axis)
    inside = (where.along_cm > 1e-9) & (where.along_cm < length[-1] - 1e-9)
    if inside.sum() < 30:
        return axis
    t, u = _smooth_middle(
        where.along_cm[inside], where.offset_cm[inside], weights[inside], pixel, float(length[-1])
    )
    shift = np.interp(length, t, u)
    tangent = np.gradient(axis, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    return resample(axis + shift[:, None] * normal, TRACE_POINTS)


def evened(photo: WorkingPhotograph, territory: BoolArray, profile: Profile) -> BoolArray:
    """Return the territory without what sticks out on one side of the body only.

    A foot, or a piece of a neighbour, reaches much further from the midline than the body does
    on the other side.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territory : ndarray of bool, shape (h, w)
        Pixels of one animal.
    profile : Profile
        Its midline.

    Returns
    -------
    ndarray of bool, shape (h, w)
        The pixels kept.
    """
    pixel = photo.pixel_cm
    where = project(centres_cm(territory, pixel), profile.axis)
    bins = (where.along_cm / pixel).astype(int)
    count = int(bins.max()) + 1
    right = where.offset_cm > 0
    sides = [np.bincount(bins[half], minlength=count) * pixel for half in (right, ~right)]
    kernel = np.ones(5) / 5
    sides = [np.convolve(side, kernel, mode="same") for side in sides]
    limit = 1.3 * np.minimum(*sides) + 0.2
    kept = territory.copy()
    kept[territory] = where.distance_cm <= limit[bins]
    return kept


SMOOTH_CM = 1.2
"""Length over which the outline of a body that its rim does not show is smooth."""


def smoothed(photo: WorkingPhotograph, territory: BoolArray, profile: Profile) -> BoolArray:
    """Return the territory with an outline as smooth as a body's.

    On either side of the midline, the half-width becomes the running median of half-widths, which
    takes patches of the bed off and fills notches.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territory : ndarray of bool, shape (h, w)
        Pixels of one animal.
    profile : Profile
        Its midline.

    Returns
    -------
    ndarray of bool, shape (h, w)
        The pixels within the smooth outline.
    """
    from scipy.ndimage import binary_dilation, median_filter

    pixel = photo.pixel_cm
    near = binary_dilation(territory, np.ones((3, 3)), iterations=int(0.6 / pixel))
    where = project(centres_cm(near, pixel), profile.axis)
    inside = (where.along_cm >= profile.start_cm) & (where.along_cm <= profile.end_cm)
    bins = ((where.along_cm - profile.start_cm) / pixel).astype(int)
    count = int(profile.length_cm / pixel) + 1
    right = where.offset_cm > 0
    keep = np.zeros(len(bins), dtype=bool)
    for half in (right, ~right):
        own = inside & half & territory[near]
        width = np.bincount(bins[own], minlength=count)[:count] * pixel
        width = median_filter(width, 2 * int(SMOOTH_CM / 2 / pixel) + 1, mode="nearest")
        these = inside & half
        keep[these] = where.distance_cm[these] <= width[np.minimum(bins[these], count - 1)]
    out = np.zeros_like(territory)
    out[near] = keep
    return out


def _body_run(width: FloatArray) -> tuple[int, int] | None:
    """Return the run of filled slices around the widest part that is no wider than a mouse."""
    smooth = np.convolve(width, np.ones(5) / 5, mode="same")
    n = len(width)
    third = slice(n // 3, max(n // 3 + 1, 2 * n // 3))
    trunk = float(np.median(smooth[third])) if smooth[third].size else 0.0
    if trunk <= 0:
        return None
    middle = n // 2
    ok = (width > 0) & (smooth < max(1.7 * trunk, trunk + 1.2))
    if not ok[middle]:
        return None
    start = middle
    while start > 0 and ok[start - 1]:
        start -= 1
    end = middle
    while end < n and ok[end]:
        end += 1
    return start, end


TAIL_BASE_REACH_CM = 0.45
"""How far behind a body's rounded end its tail base can lie."""


def tail_base(rest: FloatArray, profile: Profile, pixel: float) -> float:
    """Return the arc length at which the body narrows to its tail.

    Opening rounds the rump off before that point.

    Parameters
    ----------
    rest : ndarray, shape (n, 2)
        Foreground pixels beside the body, cm.
    profile : Profile
        The body, read from its head.
    pixel : float
        Pixel size, cm.

    Returns
    -------
    float
        The first slice behind the body that is no wider than the tail and a little more;
        the body's end where no tail is seen.
    """
    end = profile.end_cm
    near = rest[np.hypot(*(rest - profile.midline()[-1]).T) < 2.5]
    if len(near) == 0:
        return end
    where = project(near, profile.axis)
    behind = (where.distance_cm < 0.7) & (where.along_cm > end)
    slices = ((where.along_cm[behind] - end) / pixel).astype(int)
    width = np.bincount(slices, minlength=16) * pixel
    reach = int(TAIL_BASE_REACH_CM / pixel)
    tail = float(np.median(width[reach : reach + 7]))
    if not 0.1 < tail < 0.7:
        return end
    for k in range(reach + 1):
        if width[k] <= 1.3 * tail + 0.1:
            return end + k * pixel
    return end
