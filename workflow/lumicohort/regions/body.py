"""One body: its midline and its two ends.

A territory of foreground pixels that holds one mouse goes in; the midline from one end to the
other and profiles along it come out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lumicohort.regions.order import median
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Box, Pixels, pixels_of
from lumicohort.regions.polyline import (
    FloatArray,
    Projection,
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

_WEIGHTS = np.array([LIMB_WEIGHT, 1.0])
_HOLD = np.diag([0.0, 0.0, 0.01, 0.08])  # by how much each Legendre term is held back
_TINY = 1e-9 * np.eye(4)


@dataclass(frozen=True, eq=False)
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
        total = self.axis_cm
        return Profile(
            self.axis[::-1].copy(),
            total - self.along_cm[::-1],
            self.width_cm[::-1],
            self.level[::-1],
            total - self.end_cm,
            total - self.start_cm,
        )

    @cached_property
    def axis_cm(self) -> float:
        """Length of `axis`."""
        return float(arc_length(self.axis)[-1])

    @cached_property
    def body(self) -> BoolArray:
        """Which slices are the body's, from its start to its end."""
        return np.asarray((self.along_cm > self.start_cm) & (self.along_cm < self.end_cm))

    def between(self, start_cm: float, end_cm: float) -> Profile:
        """Return the profile with the body's ends elsewhere."""
        return replace(self, start_cm=start_cm, end_cm=end_cm)

    @cached_property
    def midline(self) -> FloatArray:
        """The midline from the body's start to its end, shape (AXIS_POINTS, 2), cm."""
        return cut(self.axis, self.start_cm, self.end_cm, AXIS_POINTS)


def centres_cm(mask: BoolArray, pixel_cm: float) -> FloatArray:
    """Return the centres (x, y) of a mask's pixels, cm, shape (n, 2)."""
    return pixels_of(mask, pixel_cm).points


def beside(foreground: BoolArray, body: Pixels, box: Box) -> FloatArray:
    """Return the centres of the foreground's pixels in a box that are not a body's, cm."""
    part = foreground[box].copy()
    rows, columns = body.rows - box[0].start, body.columns - box[1].start
    part[rows, columns] = False
    rest, more = np.nonzero(part)
    return Pixels(rest + box[0].start, more + box[1].start, body.shape, body.pixel_cm).points


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A body's profile, and where its pixels lie relative to the profile's axis."""

    profile: Profile
    where: Projection


def trace(
    photo: WorkingPhotograph, territory: Pixels, trunk: BoolArray, direction: FloatArray
) -> Traced | None:
    """Find the midline of the body in a territory.

    A first curve, a cubic across the long axis, is moved to the middle of the slices
    perpendicular to it (a principal curve; Hastie & Stuetzle 1989).

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territory : Pixels
        Pixels of one animal, possibly with a nose cone at one end.
    trunk : ndarray of bool, shape (n,)
        Which of them are surely trunk; feet do not bend the midline.
    direction : ndarray, shape (2,)
        Unit vector along the trunk.

    Returns
    -------
    Traced or None
        None where the territory is too small to have a midline.
    """
    pixel = photo.pixel_cm
    points = territory.points
    if len(points) < 60:
        return None
    weights = _WEIGHTS.take(trunk)
    axis = _first_curve(points, weights, direction, pixel)
    # every second pixel is enough to find the middle
    axis = _recentred(points[::2], weights[::2], axis, pixel)
    axis = lengthen(resample(axis, TRACE_POINTS), 1.5, 1.5)
    where = project(points, axis)
    total = float(arc_length(axis)[-1])
    count = int(total / pixel) + 1
    bins = (where.along_cm / pixel).astype(np.intp)
    np.minimum(bins, count - 1, out=bins)
    # pixels that project on an end vertex lie beyond it: they belong to no slice
    inside = (where.along_cm > 0) & (where.along_cm < total)
    width = np.asarray(np.bincount(bins, inside, minlength=count) * pixel, dtype=np.float64)
    half = np.maximum(width / 4, pixel)
    inner = inside & (where.distance_cm < half.take(bins))
    number = np.bincount(bins, inner, minlength=count)
    levels = np.bincount(bins, territory.of(photo.level) * inner, minlength=count)
    level = levels / np.maximum(number, 1)
    span = _body_run(width)
    if span is None:
        return None
    start, end = span
    # the first and last slices of the run are only partly filled
    near = inside & (where.distance_cm < 0.25)
    run = where.along_cm[near & (bins >= start) & (bins < end)]
    if len(run) == 0:
        return None
    profile = Profile(
        axis,
        (np.arange(count, dtype=np.float64) + 0.5) * pixel,
        width,
        level,
        float(run.min()) - pixel / 2,
        float(run.max()) + pixel / 2,
    )
    return Traced(profile, where)


def _first_curve(
    points: FloatArray, weights: FloatArray, direction: FloatArray, pixel: float
) -> FloatArray:
    centre = points.mean(axis=0)
    side = np.array([-direction[1], direction[0]])
    along, across = np.stack([direction, side]) @ (points - centre).T
    first = float(along.min())
    along -= first
    t, u = _smooth_middle(along, across, weights, pixel, float(along.max()))
    t = t + first
    return resample(centre + t[:, None] * direction + u[:, None] * side, TRACE_POINTS)


def _smooth_middle(
    along: FloatArray, across: FloatArray, weights: FloatArray, pixel: float, total: float
) -> tuple[FloatArray, FloatArray]:
    """Return a stiff curve through the middles of slices: places along, and offsets there.

    A cubic in Legendre polynomials, whose higher terms are held back (ridge regression): a body
    bends as a whole, while feet and folds shift single slices.
    """
    bins = (along / pixel).astype(np.intp)
    number = np.bincount(bins, weights)
    filled = number.nonzero()[0]
    weight = number[filled]
    weighted_middle = np.bincount(bins, weights * across)[filled]
    t = np.asarray((filled + 0.5) * pixel, dtype=np.float64)
    basis = _legendre(t * (2 / max(total, pixel)) - 1)
    gram = (basis * weight) @ basis.T + _HOLD * weight.sum() + _TINY
    fit = np.linalg.solve(gram, basis @ weighted_middle)
    return t, np.asarray(fit @ basis, dtype=np.float64)


def _legendre(x: FloatArray) -> FloatArray:
    """Return the Legendre polynomials of degree 0 to 3, shape (4, n)."""
    out = np.empty((4, len(x)))
    out[0] = 1
    out[1] = x
    out[2] = (3 * x * x - 1) / 2
    out[3] = (5 * x * x - 3) * x / 2
    return out


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
    way_x, way_y = _tangents(axis).T
    shift /= np.sqrt(way_x * way_x + way_y * way_y)
    moved = axis + np.stack([-way_y * shift, way_x * shift], axis=1)
    return resample(moved, TRACE_POINTS)


def _tangents(axis: FloatArray) -> FloatArray:
    """Return the direction at each vertex: of its two neighbours, or of the last segment."""
    out = np.empty_like(axis)
    out[1:-1] = axis[2:] - axis[:-2]
    out[0], out[-1] = axis[1] - axis[0], axis[-1] - axis[-2]
    return out


def evened(pixel: float, traced: Traced) -> BoolArray:
    """Return which pixels of a territory do not stick out on one side of the body only.

    A foot, or a piece of a neighbour, reaches much further from the midline than the body does
    on the other side.

    Parameters
    ----------
    pixel : float
        Pixel size, cm.
    traced : Traced
        The territory's midline, and where its pixels lie.

    Returns
    -------
    ndarray of bool, shape (n,)
        Which pixels to keep.
    """
    where = traced.where
    bins = (where.along_cm / pixel).astype(np.intp)
    both = np.bincount(bins)
    right = np.bincount(bins, where.offset_cm > 0, minlength=len(both))
    kernel = np.full(5, pixel / 5)
    sides = [np.convolve(side, kernel, mode="same") for side in (right, both - right)]
    limit = 1.3 * np.minimum(*sides) + 0.2
    return np.asarray(where.distance_cm <= limit.take(bins))


SMOOTH_CM = 1.2
"""Length over which the outline of a body that its rim does not show is smooth."""


def smoothed(territory: Pixels, profile: Profile) -> Pixels:
    """Return the territory with an outline as smooth as a body's.

    On either side of the midline, the half-width becomes the running median of half-widths, which
    takes patches of the bed off and fills notches.

    Parameters
    ----------
    territory : Pixels
        Pixels of one animal.
    profile : Profile
        Its midline.

    Returns
    -------
    Pixels
        Those within the smooth outline.
    """
    from scipy.ndimage import binary_dilation, median_filter

    pixel = territory.pixel_cm
    reach = int(0.6 / pixel)
    box = territory.box(reach + 1)
    wide = np.zeros(territory.shape, dtype=bool)
    wide[box] = binary_dilation(territory.mask[box], np.ones((3, 3)), iterations=reach)
    near = pixels_of(wide, pixel, box)
    where = project(near.points, profile.axis)
    inside = (where.along_cm >= profile.start_cm) & (where.along_cm <= profile.end_cm)
    bins = ((where.along_cm - profile.start_cm) / pixel).astype(int)
    count = int(profile.length_cm / pixel) + 1
    right = where.offset_cm > 0
    keep = np.zeros(len(bins), dtype=bool)
    for half in (right, ~right):
        own = inside & half & near.of(territory.mask)
        width = np.bincount(bins[own], minlength=count)[:count] * pixel
        width = median_filter(width, 2 * int(SMOOTH_CM / 2 / pixel) + 1, mode="nearest")
        these = inside & half
        keep[these] = where.distance_cm[these] <= width[np.minimum(bins[these], count - 1)]
    return near.where(keep)


def _body_run(width: FloatArray) -> tuple[int, int] | None:
    """Return the run of filled slices around the widest part that is no wider than a mouse."""
    smooth = np.convolve(width, np.ones(5) / 5, mode="same")
    n = len(width)
    third = slice(n // 3, max(n // 3 + 1, 2 * n // 3))
    trunk = median(smooth[third]) if smooth[third].size else 0.0
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


TAIL_SEEN_CM = 2.5
"""How far from a body's end its tail is looked for."""
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
    x, y = (rest - profile.midline[-1]).T
    near = rest[x * x + y * y < TAIL_SEEN_CM**2]
    if len(near) == 0:
        return end
    where = project(near, profile.axis)
    behind = (where.distance_cm < 0.7) & (where.along_cm > end)
    slices = ((where.along_cm[behind] - end) / pixel).astype(int)
    width = np.bincount(slices, minlength=16) * pixel
    reach = int(TAIL_BASE_REACH_CM / pixel)
    tail = median(width[reach : reach + 7])
    if not 0.1 < tail < 0.7:
        return end
    for k in range(reach + 1):
        if width[k] <= 1.3 * tail + 0.1:
            return end + k * pixel
    return end
