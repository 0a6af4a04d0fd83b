"""From pixels to midlines: all bodies of a photograph at once.

Every step works on the pixels of all bodies together, one set after the other: a mouse is two
thousand pixels, so that calling a function costs as much as what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels
from lumicohort.regions.polyline import FloatArray, project_each, resample

LIMB_WEIGHT = 0.2
"""Weight of pixels outside the trunk in finding the midline."""
TRACE_POINTS = 17
"""Vertices while it is being traced: a midline is smooth."""
LEAST_PIXELS = 60
"""Fewer pixels have no midline."""

_EVENLY = np.linspace(0, 1, TRACE_POINTS)
_HOLD = np.diag([0.0, 0.0, 0.01, 0.08])  # by how much each Legendre term is held back
_TINY = 1e-9 * np.eye(4)
_BEYOND_CM = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A body's profile, and where its pixels lie relative to the profile's axis.

    Parameters
    ----------
    profile : Profile
        Midline, widths, levels.
    along_cm : ndarray, shape (n,)
        Arc length of each pixel's nearest point on the axis.
    even : ndarray of bool, shape (n,)
        Which pixels do not stick out on one side of the body only.
    """

    profile: Profile
    along_cm: FloatArray
    even: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Sets:
    """Points of several bodies, body after body."""

    x: FloatArray
    y: FloatArray
    counts: NDArray[np.intp]
    starts: NDArray[np.intp]

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return for each point the value of its body; half the time of taking by index."""
        return values.repeat(self.counts)

    def places(self, bins: NDArray[np.intp], most: int) -> NDArray[np.intp]:
        """Return places in a table of so many bins for every body; bins are changed."""
        bins += self.each(np.arange(0, most * len(self.counts), most))
        return bins


def traces(
    photo: WorkingPhotograph,
    territories: Sequence[Pixels],
    trunks: Sequence[BoolArray],
    directions: Sequence[FloatArray],
) -> list[Traced | None]:
    """Find the midlines of the bodies in several territories.

    A first curve, a cubic across the long axis, is moved to the middle of the slices
    perpendicular to it (a principal curve; Hastie & Stuetzle 1989).

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territories : sequence of Pixels
        Pixels of one animal each, possibly with a nose cone at one end.
    trunks : sequence of ndarray of bool, shape (n,)
        Which of them are surely trunk; feet do not bend the midline.
    directions : sequence of ndarray, shape (2,)
        Unit vectors along the trunks.

    Returns
    -------
    list of Traced or None
        None for a territory that is too small to have a midline.
    """
    pixel = photo.pixel_cm
    out: list[Traced | None] = [None] * len(territories)
    large = [k for k, t in enumerate(territories) if len(t) >= LEAST_PIXELS]
    if large:
        some = [territories[k] for k in large]
        sets = _sets_of(photo, some)
        weights = np.where(np.concatenate([trunks[k] for k in large]), 1.0, LIMB_WEIGHT)
        axes = _first_curves(sets, weights, np.stack([directions[k] for k in large]), pixel)
        axes = _recentred(sets, weights, axes, pixel)
        for k, traced in zip(large, _traces(photo, some, sets, axes), strict=True):
            out[k] = traced
    return out


def trace_along(photo: WorkingPhotograph, territory: Pixels, axis: FloatArray) -> Traced | None:
    """Read a body along a midline that is known.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    territory : Pixels
        Pixels of one animal.
    axis : ndarray, shape (m, 2)
        The midline, cm; it is made longer, straight on, at both ends.

    Returns
    -------
    Traced or None
        None for a territory that is too small to have a midline.
    """
    if len(territory) < LEAST_PIXELS:
        return None
    curve = resample(axis, TRACE_POINTS)[None]
    return _traces(photo, [territory], _sets_of(photo, [territory]), curve)[0]


def _sets_of(photo: WorkingPhotograph, territories: Sequence[Pixels]) -> _Sets:
    counts = np.array([len(t) for t in territories])
    return _Sets(
        (np.concatenate([t.columns for t in territories]) + 0.5) * photo.pixel_cm,
        (np.concatenate([t.rows for t in territories]) + 0.5) * photo.pixel_cm,
        counts,
        counts.cumsum() - counts,
    )


def _traces(
    photo: WorkingPhotograph, territories: Sequence[Pixels], sets: _Sets, axes: FloatArray
) -> list[Traced | None]:
    """Read bodies along their midlines, shape (m, TRACE_POINTS, 2)."""
    pixel, counts = photo.pixel_cm, sets.counts
    axes = _lengthened(axes)
    where = project_each(sets.x, sets.y, counts, axes)
    along, distance = where.along_cm, where.distance_cm
    totals = _lengths(axes)[:, -1]
    slices = (totals / pixel).astype(np.intp) + 1
    bins = (along / pixel).astype(np.intp)
    np.minimum(bins, sets.each(slices - 1), out=bins)
    most = int(slices.max())
    at = sets.places(bins.copy(), most)
    # pixels that project on an end vertex lie beyond it: they belong to no slice
    inside = along > 0
    inside &= along < sets.each(totals)

    def by_slice(values: np.ndarray) -> FloatArray:
        sums = np.bincount(at, values, minlength=most * len(counts))
        return np.asarray(sums.reshape(-1, most), dtype=np.float64)

    number = np.asarray(np.bincount(at, minlength=most * len(counts)), dtype=np.float64)
    width = by_slice(inside) * pixel
    half = np.maximum(width / 4, pixel).ravel()
    inner = (inside & (distance < half.take(at))).astype(np.float64)
    level = photo.level.take(np.concatenate([t.flat for t in territories]))
    level *= inner
    levels = by_slice(level) / np.maximum(by_slice(inner), 1)
    even = _even(number.reshape(-1, most), by_slice(where.offset_cm > 0), at, distance, pixel)
    first, last = _body_runs(width, slices)
    # the first and last slices of the run are only partly filled
    run = inside & (distance < 0.25)
    run &= bins >= sets.each(first)
    run &= bins < sets.each(last)
    begins = np.minimum.reduceat(np.where(run, along, np.inf), sets.starts) - pixel / 2
    ends = np.maximum.reduceat(np.where(run, along, -np.inf), sets.starts) + pixel / 2
    middles = (np.arange(most, dtype=np.float64) + 0.5) * pixel
    out: list[Traced | None] = []
    for k, (n, total, start, count, begin, end) in enumerate(
        zip(
            slices.tolist(),
            totals.tolist(),
            sets.starts.tolist(),
            counts.tolist(),
            begins.tolist(),
            ends.tolist(),
            strict=True,
        )
    ):
        if end < begin:
            out.append(None)
            continue
        own = slice(start, start + count)
        profile = Profile(axes[k], middles[:n], width[k, :n], levels[k, :n], begin, end)
        profile.__dict__["axis_cm"] = total  # what the property would compute again
        out.append(Traced(profile, along[own], even[own]))
    return out


def _lengths(axes: FloatArray) -> FloatArray:
    """Return the arc length at each vertex of several polylines, shape (m, v)."""
    step = axes[:, 1:] - axes[:, :-1]
    out = np.zeros(axes.shape[:2])
    np.sqrt((step * step).sum(axis=2)).cumsum(axis=1, out=out[:, 1:])
    return out


def _first_curves(
    sets: _Sets, weights: FloatArray, directions: FloatArray, pixel: float
) -> FloatArray:
    """Return a cubic across each body's long axis, shape (m, TRACE_POINTS, 2)."""
    centre_x = np.add.reduceat(sets.x, sets.starts) / sets.counts
    centre_y = np.add.reduceat(sets.y, sets.starts) / sets.counts
    x, y = sets.x - sets.each(centre_x), sets.y - sets.each(centre_y)
    way_x, way_y = directions[:, 0], directions[:, 1]
    each_way_x, each_way_y = sets.each(way_x), sets.each(way_y)
    along = x * each_way_x
    along += y * each_way_y
    y *= each_way_x
    x *= each_way_y
    across = np.subtract(y, x, out=y)
    first = np.minimum.reduceat(along, sets.starts)
    along -= sets.each(first)
    total = np.maximum.reduceat(along, sets.starts)
    fit = _middles(sets, along, across, weights, pixel, total)
    # from the middle of the first slice to that of the last
    ends = (np.floor(total / pixel) + 0.5) * pixel
    t = pixel / 2 + (ends - pixel / 2)[:, None] * _EVENLY
    u = _cubic(fit, t, total, pixel)
    t += first[:, None]
    out = np.empty((*t.shape, 2))
    out[:, :, 0] = centre_x[:, None] + t * way_x[:, None] - u * way_y[:, None]
    out[:, :, 1] = centre_y[:, None] + t * way_y[:, None] + u * way_x[:, None]
    return out


def _middles(
    sets: _Sets,
    along: FloatArray,
    across: FloatArray,
    weights: FloatArray,
    pixel: float,
    totals: FloatArray,
) -> FloatArray:
    """Return the coefficients of a stiff curve through the middles of each body's slices.

    A cubic in Legendre polynomials, whose higher terms are held back (ridge regression): a body
    bends as a whole, while feet and folds shift single slices.
    """
    most = int(along.max() / pixel) + 1
    at = sets.places((along / pixel).astype(np.intp), most)
    count = len(totals)
    number = np.bincount(at, weights, minlength=most * count).reshape(count, most)
    middle = np.bincount(at, weights * across, minlength=most * count).reshape(count, most)
    basis = _legendre((np.arange(most, dtype=np.float64) + 0.5) * pixel, totals, pixel)
    gram = (basis * number[:, None]) @ basis.transpose(0, 2, 1) + _TINY
    gram += _HOLD * number.sum(axis=1)[:, None, None]
    right = (basis * middle[:, None]).sum(axis=2)
    return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0])


def _legendre(t: FloatArray, totals: FloatArray, pixel: float) -> FloatArray:
    """Return the Legendre polynomials of degree 0 to 3 along each body, shape (m, 4, k).

    Places t are the same for all bodies, shape (k,), or each body's own, shape (m, k).
    """
    x = t * (2 / np.maximum(totals, pixel))[:, None] - 1
    out = np.empty((len(x), 4, x.shape[1]))
    out[:, 0] = 1
    out[:, 1] = x
    out[:, 2] = 1.5 * x * x - 0.5
    out[:, 3] = (2.5 * x * x - 1.5) * x
    return out


def _cubic(fit: FloatArray, t: FloatArray, totals: FloatArray, pixel: float) -> FloatArray:
    """Return the curves' offsets at some places along each body, shape (m, k)."""
    return np.asarray((fit[:, :, None] * _legendre(t, totals, pixel)).sum(axis=1))


def _recentred(sets: _Sets, weights: FloatArray, axes: FloatArray, pixel: float) -> FloatArray:
    """Move the curves to the middle of the slices perpendicular to them."""
    where = project_each(sets.x, sets.y, sets.counts, axes)
    length = _lengths(axes)
    totals = length[:, -1]
    inside = where.along_cm > 1e-9
    inside &= where.along_cm < sets.each(totals - 1e-9)
    weights = weights * inside  # what lies beyond the ends is in the middle of nothing
    fit = _middles(sets, where.along_cm, where.offset_cm, weights, pixel, totals)
    shift = _cubic(fit, length, totals, pixel)
    few = np.add.reduceat(inside, sets.starts, dtype=np.intp) < LEAST_PIXELS / 2
    shift[few] = 0
    way = np.empty_like(axes)
    way[:, 1:-1] = axes[:, 2:] - axes[:, :-2]
    way[:, 0], way[:, -1] = axes[:, 1] - axes[:, 0], axes[:, -1] - axes[:, -2]
    shift /= np.sqrt((way * way).sum(axis=2))
    out = axes.copy()
    out[:, :, 0] -= way[:, :, 1] * shift
    out[:, :, 1] += way[:, :, 0] * shift
    return out


def _lengthened(axes: FloatArray) -> FloatArray:
    """Return the curves made longer, straight on, at both ends."""
    last = TRACE_POINTS // 6
    ends = []
    for end, inner in ((0, last), (-1, -1 - last)):
        way = axes[:, end] - axes[:, inner]
        way *= _BEYOND_CM / np.sqrt((way * way).sum(axis=1))[:, None]
        ends.append((axes[:, end] + way)[:, None])
    return np.concatenate([ends[0], axes, ends[1]], axis=1)


def _even(
    both: FloatArray,
    right: FloatArray,
    at: NDArray[np.intp],
    distance: FloatArray,
    pixel: float,
) -> BoolArray:
    """Return which pixels do not stick out on one side of the body only.

    A foot, or a piece of a neighbour, reaches much further from the midline than the body does
    on the other side.
    """
    narrower = np.minimum(_sums_of_five(right), _sums_of_five(both - right))
    limit = 1.3 * pixel / 5 * narrower + 0.2
    return np.asarray(distance <= limit.ravel().take(at))


def _sums_of_five(rows: FloatArray) -> FloatArray:
    """Return the sums of each value and its two neighbours on either side in a row."""
    out = rows.copy()
    out[:, 1:] += rows[:, :-1]
    out[:, 2:] += rows[:, :-2]
    out[:, :-1] += rows[:, 1:]
    out[:, :-2] += rows[:, 2:]
    return out


def _body_runs(
    widths: FloatArray, slices: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return each body's run of filled slices around the middle, no wider than a mouse.

    Parameters
    ----------
    widths : ndarray, shape (m, k)
        Width of every slice of each body; 0 behind its last one.
    slices : ndarray of int, shape (m,)
        How many slices each has.

    Returns
    -------
    first, last : ndarray of int, shape (m,)
        First slice, and the one behind the last; both 0 where the middle is none.
    """
    smooth = _sums_of_five(widths) / 5
    thirds = [
        sorted(mean[n // 3 : max(n // 3 + 1, 2 * n // 3)])
        for mean, n in zip(smooth.tolist(), slices.tolist(), strict=True)
    ]
    trunk = np.array([(t[(len(t) - 1) // 2] + t[len(t) // 2]) / 2 for t in thirds])
    widest = np.maximum(1.7 * trunk, trunk + 1.2)
    gap = (widths <= 0) | (smooth >= widest[:, None])
    place, middle = np.arange(widths.shape[1]), slices // 2
    before = place < middle[:, None]
    first = np.where(gap & before, place + 1, 0).max(axis=1)
    last = np.where(gap & ~before, place, slices[:, None]).min(axis=1)
    some = (trunk > 0) & (last > middle)
    return first * some, last * some
