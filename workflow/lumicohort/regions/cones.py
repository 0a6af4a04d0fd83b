"""Nose cones: where one ends and the mouse begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lumicohort.ranks import median, percentile
from lumicohort.regions.body import Profile
from lumicohort.regions.polyline import FloatArray


@dataclass(frozen=True, slots=True)
class Cone:
    """Where a nose cone ends and the mouse begins, counted from the body's start."""

    start_cm: float
    by: str


def find_cone(profile: Profile) -> Cone | None:
    """Find a nose cone at the start of a body.

    A cone is narrower than the head and straight, and it shines unlike a coat: either its
    brightness steps at its edge, or it keeps one width for more than a centimetre.

    Parameters
    ----------
    profile : Profile
        The body, read from the end in question.

    Returns
    -------
    Cone or None
        None where there is no sign of one.
    """
    body = profile.body
    s = profile.along_cm[body]
    width = profile.width_cm[body]
    level = profile.level[body]
    if len(s) < 25:
        return None
    bin_cm = float(s[1] - s[0])
    n_front = int(0.45 * len(s))
    widest = profile.widest_cm
    rest = level[n_front : int(0.9 * len(s))]
    reference = median(rest)
    usual = percentile(np.abs(rest - reference), 80)
    return _by_brightness(s, width, level, n_front, widest, reference, usual) or _by_shape(
        s, width, bin_cm, n_front, widest
    )


def _by_brightness(
    s: FloatArray,
    width: FloatArray,
    level: FloatArray,
    n_front: int,
    widest: float,
    reference: float,
    usual: float,
) -> Cone | None:
    sums = np.concatenate([[0.0], level.cumsum()])
    i = np.arange(5, n_front)
    here = sums[5:n_front]
    step = (here - sums[: n_front - 5]) / 5 - (sums[11 : n_front + 6] - here) / 6
    off = here / i - reference
    ok = (np.abs(step) > max(0.22, 2.5 * usual)) & (np.abs(off) > max(0.18, 2.0 * usual))
    ok &= step * off > 0
    if not ok.any():  # most of the time
        return None
    w1 = np.concatenate([[0.0], np.cumsum(width)])
    w2 = np.concatenate([[0.0], np.cumsum(width**2)])
    mean = (w1[i] - w1[1]) / (i - 1)
    spread = np.sqrt(np.maximum((w2[i] - w2[1]) / (i - 1) - mean**2, 0))
    ok &= (spread < 0.16) & (mean < 0.75 * widest)
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
