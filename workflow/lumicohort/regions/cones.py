"""Nose cones: where one ends and the mouse begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import median
from lumicohort.regions.body import Profile
from lumicohort.regions.polyline import FloatArray


@dataclass(frozen=True, slots=True)
class Cone:
    """Where a nose cone ends and the mouse begins, counted from the body's start."""

    start_cm: float
    by: str


def find_cones(profiles: Sequence[Profile]) -> list[Cone | None]:
    """Find nose cones at the starts of bodies.

    A cone is narrower than the head and straight, and it shines unlike a coat: either its
    brightness steps at its edge, or it keeps one width for more than a centimetre.

    Parameters
    ----------
    profiles : sequence of Profile
        The bodies, each read from the end in question.

    Returns
    -------
    list of Cone or None
        None where there is no sign of one.
    """
    long = [p for p in profiles if np.count_nonzero(p.body) >= LEAST_SLICES]
    found = dict(zip(map(id, long), _found(long), strict=True)) if long else {}
    return [found.get(id(p)) for p in profiles]


LEAST_SLICES = 25
"""A body of fewer slices has no cone."""


def _found(profiles: Sequence[Profile]) -> list[Cone | None]:
    """Return the cones of bodies that are long enough; a row of each array is a body's."""
    lengths = np.array([np.count_nonzero(p.body) for p in profiles])
    shape = (len(profiles), int(lengths.max()))
    level = np.zeros(shape)
    for row, profile, length in zip(level, profiles, lengths.tolist(), strict=True):
        row[:length] = profile.level[profile.body]
    fronts = (0.45 * lengths).astype(np.intp)
    place = np.arange(shape[1])
    rest = (place >= fronts[:, None]) & (place < (0.9 * lengths).astype(np.intp)[:, None])
    reference = _ranked(np.where(rest, level, np.inf), rest.sum(axis=1), 50)
    off = np.abs(level - reference[:, None])
    usual = _ranked(np.where(rest, off, np.inf), rest.sum(axis=1), 80)
    steps = _steps(level, fronts, reference, usual)
    out = []
    for k, profile in enumerate(profiles):
        n_front, own = int(fronts[k]), profile.body
        s, width = profile.along_cm[own], profile.width_cm[own]
        cone = None
        if steps[k].any():  # seldom
            cone = _by_brightness(s, width, profile.level[own], steps[k], profile.widest_cm)
        out.append(cone or _by_shape(s, width, float(s[1] - s[0]), n_front, profile.widest_cm))
    return out


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
    s: FloatArray, width: FloatArray, bin_cm: float, n_front: int, widest: float
) -> Cone | None:
    first = int(np.ceil(0.25 / bin_cm))
    base = median(width[first : first + int(0.9 / bin_cm)])
    if not 0.5 < base < 0.7 * widest:
        return None
    end = first
    while end < n_front and abs(width[end] - base) < 0.11:
        end += 1
    if (end - first) * bin_cm < 1.1 or end >= n_front:
        return None
    beyond = width[min(end + int(0.8 / bin_cm), len(width) - 1)]
    return Cone(float(s[end] - bin_cm / 2), "straight sides") if beyond > base + 0.25 else None
