"""Nose cones: where one ends and the mouse begins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile, Slices
from lumicohort.regions.polyline import FloatArray


@dataclass(frozen=True, slots=True)
class Cone:
    """Where a nose cone ends and the mouse begins, counted from the body's start."""

    start_cm: float
    by: str


LEAST_SLICES = 25
"""A body of fewer slices has no cone."""


STRAIGHT_CM = ((0.6, 1.25), (1.1, 0.7))
"""A front that keeps its width for so long, from so wide on, may be a nose cone as light as the
coat. Two of 426 simulated mice whose cone was not cut off have such a front, no real one has."""
_BLUNT_CM = 0.35
"""Corners of a cone are rounded off within this length."""


def straight_front(profile: Profile) -> bool:
    """Tell whether a body's front may be a nose cone that neither brightness nor width tells.

    Parameters
    ----------
    profile : Profile
        The body, read from its head.

    Returns
    -------
    bool
        True where the front keeps one width, to a pixel, for longer than a head does.
    """
    width = profile.width_cm[profile.body].tolist()  # few are looked at: no work for numpy
    along = profile.along_cm[profile.body] - profile.start_cm
    if len(width) < LEAST_SLICES:
        return False
    step = float(along[1] - along[0])
    pixel, blunt = 1.1 * step, int(_BLUNT_CM / step) + 1
    inner = width[blunt : int(STRAIGHT_CM[0][0] / step)]
    if not inner or max(inner) - min(inner) > pixel:  # half of the mice
        return False
    for first in range(blunt):
        low = high = width[first]
        alike = 0
        for each in width[first:]:
            low, high = min(low, each), max(high, each)
            if high - low > pixel:
                break
            alike += 1
        if any(alike * step > longer and width[first] > wider for longer, wider in STRAIGHT_CM):
            return True
    return False


def find_cones(
    profiles: Sequence[Profile], slices: Slices
) -> list[tuple[Cone | None, Cone | None]]:
    """Find nose cones at both ends of bodies.

    A cone is narrower than the head and straight, and it shines unlike a coat: either its
    brightness steps at its edge, or it keeps one width for more than a centimetre.

    Parameters
    ----------
    profiles : sequence of Profile
        The bodies.
    slices : Slices
        Theirs.

    Returns
    -------
    list of (Cone or None, Cone or None)
        The cone at the start of each, and that at the end, counted from there; None where there
        is no sign of one.
    """
    out: list[tuple[Cone | None, Cone | None]] = [(None, None)] * len(profiles)
    long = np.flatnonzero(slices.counts >= LEAST_SLICES).tolist()
    if not long:
        return out
    # each body, and behind them each read from its other end
    both = np.zeros((3, 2 * len(long), slices.table.shape[2]))
    both[:, : len(long)] = slices.table[:, long]
    counts = slices.counts[long]
    for k, count in enumerate(counts.tolist()):
        back = both[:, len(long) + k, :count]
        back[:] = both[:, k, :count][:, ::-1]
        back[0] = profiles[long[k]].axis_cm - back[0]
    found = _found(both, np.concatenate([counts, counts]))
    for k, front, behind in zip(long, found[: len(long)], found[len(long) :], strict=True):
        out[k] = (front, behind)
    return out


def _found(table: FloatArray, counts: NDArray[np.intp]) -> list[Cone | None]:
    """Return the cones at the starts of bodies from the table of their slices."""
    along, width, level = table
    fronts = (0.45 * counts).astype(np.intp)
    place = np.arange(level.shape[1])
    there = place < counts[:, None]
    widest = _ranked(np.where(there, width, np.inf), counts, 90)
    rest = (place >= fronts[:, None]) & (place < (0.9 * counts).astype(np.intp)[:, None])
    many = rest.sum(axis=1)
    reference = _ranked(np.where(rest, level, np.inf), many, 50)
    off = np.abs(level - reference[:, None])
    usual = _ranked(np.where(rest, off, np.inf), many, 80)
    steps = _steps(level, fronts, reference, usual)
    found: list[Cone | None] = [None] * len(counts)
    for k in np.flatnonzero(steps.any(axis=1)).tolist():  # seldom
        own = slice(int(counts[k]))
        found[k] = _by_brightness(
            along[k, own], width[k, own], level[k, own], steps[k], float(widest[k])
        )
    bin_cm = float(along[0, 1] - along[0, 0])
    first = math.ceil(0.25 / bin_cm)
    narrow = width[:, first : first + int(0.9 / bin_cm)]  # no longer than LEAST_SLICES
    base = _ranked(narrow, np.full(len(counts), narrow.shape[1]), 50)
    for k in np.flatnonzero((base > 0.5) & (base < 0.7 * widest)).tolist():
        own = slice(int(counts[k]))
        found[k] = found[k] or _by_shape(
            along[k, own], width[k, own].tolist(), bin_cm, int(fronts[k]), first, float(base[k])
        )
    return found


def _ranked(values: FloatArray, counts: NDArray[np.intp], percent: float) -> FloatArray:
    """Return a percentile of each row's first values by rank, so many of them."""
    ordered = np.sort(values, axis=1)
    at = (counts - 1) * percent / 100
    below = at.astype(np.intp)
    rows = np.arange(len(values))
    low, high = ordered[rows, below], ordered[rows, np.minimum(below + 1, counts - 1)]
    return np.asarray(low + (high - low) * (at - below))


def _steps(
    level: FloatArray, fronts: NDArray[np.intp], reference: FloatArray, usual: FloatArray
) -> FloatArray:
    """Return how far each body's brightness steps from slice 5 on, where a cone may end; else 0."""
    sums = np.zeros((level.shape[0], level.shape[1] + 1))
    level.cumsum(axis=1, out=sums[:, 1:])
    i = np.arange(5, fronts.max())
    here = sums[:, i]
    step = (here - sums[:, i - 5]) / 5 - (sums[:, i + 6] - here) / 6
    off = here / i - reference[:, None]
    ok = (np.abs(step) > np.maximum(0.22, 2.5 * usual)[:, None]) & (step * off > 0)
    ok &= np.abs(off) > np.maximum(0.18, 2.0 * usual)[:, None]
    ok &= i < fronts[:, None]
    return np.where(ok, step, 0.0)


def _by_brightness(
    s: FloatArray, width: FloatArray, level: FloatArray, step: FloatArray, widest: float
) -> Cone | None:
    i = 5 + np.flatnonzero(step)
    step = step[i - 5]
    w1 = np.concatenate([[0.0], np.cumsum(width)])
    w2 = np.concatenate([[0.0], np.cumsum(width**2)])
    mean = (w1[i] - w1[1]) / (i - 1)
    spread = np.sqrt(np.maximum((w2[i] - w2[1]) / (i - 1) - mean**2, 0))
    ok = (spread < 0.16) & (mean < 0.75 * widest)
    if not ok.any():
        return None
    best = int(i[ok][np.abs(step[ok]).argmax()])
    near = np.arange(max(2, best - 4), min(best + 5, len(level) - 2))
    sharp = np.abs(level[near - 2] + level[near - 1] - level[near] - level[near + 1])
    best = int(near[sharp.argmax()])
    return Cone(float(s[best] - (s[1] - s[0]) / 2), "brightness")


def _by_shape(
    s: FloatArray, width: list[float], bin_cm: float, n_front: int, first: int, base: float
) -> Cone | None:
    """Return the cone whose width is about `base` from slice `first` on."""
    end = first
    while end < n_front and abs(width[end] - base) < 0.11:
        end += 1
    if (end - first) * bin_cm < 1.1 or end >= n_front:
        return None
    beyond = width[min(end + int(0.8 / bin_cm), len(width) - 1)]
    return Cone(float(s[end] - bin_cm / 2), "straight sides") if beyond > base + 0.25 else None
