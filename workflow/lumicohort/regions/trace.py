"""From pixels to midlines: all bodies of a photograph at once.

Every step works on the pixels of all bodies together, one set after the other: a mouse is two
thousand pixels, so that calling a function costs as much as what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels
from lumicohort.regions.polyline import FloatArray, project_each

LIMB_WEIGHT = 0.2
"""Weight of pixels outside the trunk in finding the midline."""
TRACE_POINTS = 17
"""Vertices while it is being traced: a midline is smooth."""
LEAST_PIXELS = 60
"""Fewer pixels have no midline."""

_WEIGHTS = np.array([LIMB_WEIGHT, 1.0])
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
    body: NDArray[np.intp]


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
    out: list[Traced | None] = [None] * len(territories)
    large = [k for k, t in enumerate(territories) if len(t) >= LEAST_PIXELS]
    if large:
        found = _traces(
            photo,
            [territories[k] for k in large],
            np.concatenate([trunks[k] for k in large]),
            np.stack([directions[k] for k in large]),
        )
        for k, traced in zip(large, found, strict=True):
            out[k] = traced
    return out


def _traces(
    photo: WorkingPhotograph,
    territories: Sequence[Pixels],
    trunk: BoolArray,
    directions: FloatArray,
) -> list[Traced | None]:
    pixel = photo.pixel_cm
    counts = np.array([len(t) for t in territories])
    sets = _Sets(
        np.concatenate([t.points[:, 0] for t in territories]),
        np.concatenate([t.points[:, 1] for t in territories]),
        counts,
        np.repeat(np.arange(len(counts)), counts),
    )
    weights = _WEIGHTS.take(trunk)
    axes = _first_curves(sets, weights, directions, pixel)
    axes = _recentred(sets, weights, axes, pixel)
    axes = _lengthened(axes)
    where = project_each(sets.x, sets.y, counts, axes)
    along, distance = where.along_cm, where.distance_cm
    totals = _lengths(axes)[:, -1]
    slices = (totals / pixel).astype(np.intp) + 1
    bins = (along / pixel).astype(np.intp)
    np.minimum(bins, (slices - 1)[sets.body], out=bins)
    most = int(slices.max())
    at = bins + sets.body * most
    # pixels that project on an end vertex lie beyond it: they belong to no slice
    inside = along > 0
    inside &= along < totals[sets.body]

    def by_slice(values: np.ndarray) -> FloatArray:
        sums = np.bincount(at, values, minlength=most * len(counts))
        return np.asarray(sums.reshape(-1, most), dtype=np.float64)

    number = np.asarray(np.bincount(at, minlength=most * len(counts)), dtype=np.float64)
    width = by_slice(inside) * pixel
    half = np.maximum(width / 4, pixel).ravel()
    inner = inside & (distance < half.take(at))
    level = np.concatenate([t.of(photo.level) for t in territories])
    levels = by_slice(level * inner) / np.maximum(by_slice(inner), 1)
    even = _even(number.reshape(-1, most), by_slice(where.offset_cm > 0), at, distance, pixel)
    spans = [_body_run(row[:n]) for row, n in zip(width, slices, strict=True)]
    first, last = np.array([span or (0, 0) for span in spans]).T
    # the first and last slices of the run are only partly filled
    run = inside & (distance < 0.25)
    run &= (bins >= first[sets.body]) & (bins < last[sets.body])
    starts = np.concatenate([[0], counts.cumsum()[:-1]])
    begin = np.minimum.reduceat(np.where(run, along, np.inf), starts) - pixel / 2
    end = np.maximum.reduceat(np.where(run, along, -np.inf), starts) + pixel / 2
    middles = (np.arange(most, dtype=np.float64) + 0.5) * pixel
    out: list[Traced | None] = []
    for k, (n, start, count) in enumerate(zip(slices, starts, counts, strict=True)):
        own = slice(start, start + count)
        if spans[k] is None or end[k] < begin[k]:
            out.append(None)
            continue
        profile = Profile(
            axes[k],
            middles[:n],
            width[k, :n],
            levels[k, :n],
            float(begin[k]),
            float(end[k]),
        )
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
    starts = np.concatenate([[0], sets.counts.cumsum()[:-1]])
    centre_x = np.add.reduceat(sets.x, starts) / sets.counts
    centre_y = np.add.reduceat(sets.y, starts) / sets.counts
    x, y = sets.x - centre_x[sets.body], sets.y - centre_y[sets.body]
    way_x, way_y = directions[:, 0], directions[:, 1]
    along = x * way_x[sets.body] + y * way_y[sets.body]
    across = y * way_x[sets.body] - x * way_y[sets.body]
    first = np.minimum.reduceat(along, starts)
    along -= first[sets.body]
    total = np.maximum.reduceat(along, starts)
    fit = _middles(sets.body, along, across, weights, pixel, total)
    # from the middle of the first slice to that of the last
    ends = (np.floor(total / pixel) + 0.5) * pixel
    t = pixel / 2 + (ends - pixel / 2)[:, None] * np.linspace(0, 1, TRACE_POINTS)
    u = _cubic(fit, t, total, pixel)
    t += first[:, None]
    return np.stack(
        [
            centre_x[:, None] + t * way_x[:, None] - u * way_y[:, None],
            centre_y[:, None] + t * way_y[:, None] + u * way_x[:, None],
        ],
        axis=2,
    )


def _middles(
    body: NDArray[np.intp],
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
    at = (along / pixel).astype(np.intp)
    at += body * most
    count = len(totals)
    number = np.bincount(at, weights, minlength=most * count).reshape(count, most)
    middle = np.bincount(at, weights * across, minlength=most * count).reshape(count, most)
    t = np.broadcast_to((np.arange(most) + 0.5) * pixel, (count, most))
    basis = _legendre(t, totals, pixel)
    gram = (basis * number[:, None]) @ basis.transpose(0, 2, 1) + _TINY
    gram += _HOLD * number.sum(axis=1)[:, None, None]
    right = (basis * middle[:, None]).sum(axis=2)
    return np.asarray(np.linalg.solve(gram, right[:, :, None])[:, :, 0])


def _legendre(t: FloatArray, totals: FloatArray, pixel: float) -> FloatArray:
    """Return the Legendre polynomials of degree 0 to 3 along each body, shape (m, 4, k)."""
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
    inside = (where.along_cm > 1e-9) & (where.along_cm < totals[sets.body] - 1e-9)
    weights = weights * inside  # what lies beyond the ends is in the middle of nothing
    fit = _middles(sets.body, where.along_cm, where.offset_cm, weights, pixel, totals)
    shift = _cubic(fit, length, totals, pixel)
    few = np.bincount(sets.body, inside, minlength=len(axes)) < LEAST_PIXELS / 2
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


def _body_run(width: FloatArray) -> tuple[int, int] | None:
    """Return the run of filled slices around the widest part that is no wider than a mouse."""
    smooth = (_sums_of_five(width[None])[0] / 5).tolist()
    n = len(smooth)
    third = sorted(smooth[n // 3 : max(n // 3 + 1, 2 * n // 3)])
    trunk = (third[(len(third) - 1) // 2] + third[len(third) // 2]) / 2 if third else 0.0
    if trunk <= 0:
        return None
    widest = max(1.7 * trunk, trunk + 1.2)
    ok = [w > 0 and s < widest for w, s in zip(width.tolist(), smooth, strict=True)]
    middle = n // 2
    if not ok[middle]:
        return None
    start = middle
    while start > 0 and ok[start - 1]:
        start -= 1
    end = middle
    while end < n and ok[end]:
        end += 1
    return start, end
