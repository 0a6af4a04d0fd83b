"""By how much two arms differ in days: medians and restricted means.

These lead where the arms separate and no hazard ratio can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.nouns import marked
from lumicohort.survival.cox import two_sided
from lumicohort.survival.data import TIE_TOLERANCE, SurvivalData
from lumicohort.survival.draw_order import in_draw_order
from lumicohort.survival.kaplan_meier import (
    RestrictedMean,
    kaplan_meier,
    largest_common_time,
    restricted_mean,
)

_CHUNK_CELLS = 250_000
"""Numbers held at a time while resampling."""


@dataclass(frozen=True)
class Difference:
    """A difference or ratio of an arm and its reference.

    Attributes
    ----------
    arm, reference : str
        Arm minus (or over) reference.
    measure : str
        Its name in the results contract.
    estimate, lower, upper, p_value : float
        NaN where there is none.
    method : str
        How the interval was made.
    note : str
        Why there is no number, or what to know.
    """

    arm: str
    reference: str
    measure: str
    estimate: float
    lower: float
    upper: float
    p_value: float
    method: str
    note: str = ""


def median_differences(
    data: SurvivalData,
    samples: int = 9_999,
    seed: int = 20201111,
    confidence: float = 0.95,
) -> list[Difference]:
    """Return difference and ratio of the medians of two arms with bootstrap intervals.

    Parameters
    ----------
    data : SurvivalData
        Two arms; the first is the reference.
    samples : int
        Bootstrap samples: animals are drawn with replacement within each arm.
    seed : int
        Seed of the draws.
    confidence : float
        Level of the interval.

    Returns
    -------
    list of Difference
        ``median_difference_days`` and ``median_ratio``. The interval runs between percentiles
        of the bootstrap distribution (Efron 1979); a sample whose median is not reached counts
        as infinite, so a limit can be NaN (not reached); both are where they coincide, which
        the note says. There is no p: the tests have it.
    """
    arm, reference = _two(data)
    data = in_draw_order(data)
    method = f"bootstrap percentile, {samples} samples within arms, seed {seed}"
    one = {a: data.of_arms(a) for a in (arm, reference)}
    medians = {a: _observed_median(d) for a, d in one.items()}
    missing = [a for a in (arm, reference) if np.isnan(medians[a])]
    measures = ("median_difference_days", "median_ratio")
    if missing:
        note = f"median not reached in {' and '.join(map(marked, missing))}"
        return [
            Difference(arm, reference, m, np.nan, np.nan, np.nan, np.nan, method, note)
            for m in measures
        ]
    small = [a for a in (arm, reference) if len(one[a]) < 2]
    note = f"no interval: one animal in {' and '.join(map(marked, small))}" if small else ""
    if not small and min(len(d) for d in one.values()) < 6:
        note = "fewer than 6 animals in an arm: a bootstrap interval is too narrow"
    with np.errstate(invalid="ignore", divide="ignore"):
        if not small:
            note = "; ".join(filter(None, (note, _no_spread(one))))
            rng = np.random.default_rng(seed)
            # In an order that is the animals' own: intervals turn round when the arms do.
            in_turn = sorted(one, key=lambda a: (one[a].time.tolist(), one[a].event.tolist()))
            drawn = {a: _resampled_medians(one[a], samples, rng) for a in in_turn}
            difference = _interval(drawn[arm] - drawn[reference], confidence, note)
            ratios = drawn[arm] / drawn[reference]
            # Over a median that was not reached the ratio is small, and not known to be 0.
            unknown = np.isinf(drawn[reference]) & np.isfinite(drawn[arm])
            ratio = _interval(np.where(unknown, -np.inf, ratios), confidence, note)
        else:
            difference = ratio = (np.nan, np.nan, note)
    out = [
        Difference(
            arm,
            reference,
            measures[0],
            medians[arm] - medians[reference],
            *difference[:2],
            np.nan,
            method,
            difference[2],
        )
    ]
    if medians[reference] > 0:
        estimate = medians[arm] / medians[reference]
        numbers = (estimate, *ratio[:2], np.nan)
        out.append(Difference(arm, reference, measures[1], *numbers, method, ratio[2]))
    else:
        text = f"the median of {reference} is day 0: no ratio"
        blank = (np.nan, np.nan, np.nan, np.nan)
        out.append(Difference(arm, reference, measures[1], *blank, method, text))
    return out


def rmst_differences(
    data: SurvivalData, tau: float | None = None, confidence: float = 0.95
) -> list[Difference]:
    """Return difference and ratio of the restricted mean survival times of two arms.

    Parameters
    ----------
    data : SurvivalData
        Two arms; the first is the reference.
    tau : float, optional
        The horizon; the largest time to which both arms were observed where none is given.
    confidence : float
        Level of the interval.

    Returns
    -------
    list of Difference
        ``rmst_difference_days`` with a Wald interval and ``rmst_ratio`` with one on the log
        scale (Royston & Parmar 2013; in R: ``survRM2::rmst2``, whose ratio agrees).
    """
    arm, reference = _two(data)
    tau = largest_common_time(data) if tau is None else tau
    a, b = (restricted_mean(kaplan_meier(data.of_arms(x)), tau) for x in (arm, reference))
    return compare_restricted_means(arm, reference, a, b, confidence)


def compare_restricted_means(
    arm: str,
    reference: str,
    a: RestrictedMean,
    b: RestrictedMean,
    confidence: float = 0.95,
) -> list[Difference]:
    """Return difference and ratio of two restricted means; see :func:`rmst_differences`.

    Parameters
    ----------
    arm, reference : str
        Names of the arms.
    a, b : RestrictedMean
        Of the arm and of the reference, to the same horizon.
    confidence : float
        Level of the interval.

    Returns
    -------
    list of Difference
        Difference and ratio.
    """
    tau = a.tau
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    measures = ("rmst_difference_days", "rmst_ratio")
    method = f"restricted means to day {tau:g}, Greenwood SE, Wald interval"
    nothing = (np.nan, np.nan, np.nan)
    reasons = [
        f"{name}: {m.note}" for name, m in ((arm, a), (reference, b)) if np.isnan(m.estimate)
    ]
    if reasons:
        note = "; ".join(reasons)
        return [Difference(arm, reference, m, np.nan, *nothing, method, note) for m in measures]
    difference, se = a.estimate - b.estimate, float(np.hypot(a.se, b.se))
    note = ""
    if se == 0:
        note = f"no interval: no spread was seen in either arm before day {tau:g}"
        rest = nothing
    else:
        still = [name for name, m in ((arm, a), (reference, b)) if m.se == 0]
        if still:
            note = (
                f"no spread was seen in {marked(still[0])} before day {tau:g}: the interval is "
                "too narrow"
            )
        p = two_sided(difference / se)
        rest = (difference - z * se, difference + z * se, p)
    out = [Difference(arm, reference, measures[0], difference, *rest, method, note)]
    log_method = f"{method} on the log scale"
    if min(a.estimate, b.estimate) <= 0:
        note = "a restricted mean is 0: no ratio"
        return [*out, Difference(arm, reference, measures[1], np.nan, *nothing, log_method, note)]
    log_ratio = float(np.log(a.estimate / b.estimate))
    if se > 0:
        se_log = float(np.hypot(a.se / a.estimate, b.se / b.estimate))
        rest = (
            float(np.exp(log_ratio - z * se_log)),
            float(np.exp(log_ratio + z * se_log)),
            two_sided(log_ratio / se_log),
        )
    ratio = a.estimate / b.estimate
    return [*out, Difference(arm, reference, measures[1], ratio, *rest, log_method, note)]


def _two(data: SurvivalData) -> tuple[str, str]:
    """Return arm and reference."""
    if len(data.arms) != 2:
        raise ValueError("a difference needs two arms; choose them with data.of_arms()")
    return data.arms[1], data.arms[0]


def _interval(
    values: NDArray[np.float64], confidence: float, note: str
) -> tuple[float, float, str]:
    """Return percentile limits with what to know of them.

    Limits that coincide are none: tied times leave the bootstrap nothing to vary, and an interval
    of no width would call the value certain.
    """
    low, high = _percentiles(values, confidence)
    if high - low <= TIE_TOLERANCE * max(1.0, abs(high)):
        share = f"{100 * confidence:g}%"
        return np.nan, np.nan, f"no interval: {share} of the samples or more gave the same value"
    if np.isnan(low) and np.isnan(high):
        text = "no interval: the median was not reached in too many of the samples"
        return low, high, text
    if np.isnan(low) or np.isnan(high):
        text = "a limit is NA where the median was not reached in that share of the samples"
        return low, high, f"{note}; {text}" if note else text
    return low, high, note


def _no_spread(one: dict[str, SurvivalData]) -> str:
    """Name an arm whose animals all died on one day, which every sample of it repeats."""
    still = [a for a, d in one.items() if d.event.all() and np.ptp(d.time) <= 0]
    return f"no spread was seen in {marked(still[0])}: the interval is too narrow" if still else ""


def _percentiles(values: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return percentile limits of bootstrap values, NaN where they are not finite.

    A value that is not known (both medians not reached) is counted against both limits.
    """
    tail = (1 - confidence) / 2
    unknown = np.isnan(values)
    low = np.sort(np.where(unknown, -np.inf, values))
    high = np.sort(np.where(unknown, np.inf, values))
    n = len(values)
    # The k-th smallest and largest of n with k = (n + 1) tail (Davison & Hinkley 1997, eq 5.6).
    k = max(int(np.floor((n + 1) * tail + 1e-9)), 1)
    limits = float(low[k - 1]), float(high[n - k])
    return (
        limits[0] if np.isfinite(limits[0]) else np.nan,
        limits[1] if np.isfinite(limits[1]) else np.nan,
    )


def _observed_median(data: SurvivalData) -> float:
    """Return the median of one arm, NaN where not reached."""
    value = float(_weighted_medians(data, np.ones((1, len(data))))[0])
    return value if np.isfinite(value) else float("nan")


def _resampled_medians(
    data: SurvivalData, samples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the median of each bootstrap sample of one arm; infinite where not reached."""
    n = len(data)
    chunk = max(1, _CHUNK_CELLS // n)
    out = []
    for start in range(0, samples, chunk):
        size = min(chunk, samples - start)
        weight = rng.multinomial(n, np.full(n, 1 / n), size=size)
        out.append(_weighted_medians(data, weight.astype(float)))
    return np.concatenate(out)


def _weighted_medians(data: SurvivalData, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Kaplan–Meier median for each row of animals' weights, infinite if not reached."""
    order = np.argsort(data.time, kind="stable")
    times, start = np.unique(data.time[order], return_index=True)
    weight = weight[:, order]
    leaving = np.add.reduceat(weight, start, axis=1)
    dying = np.add.reduceat(weight * data.event[order], start, axis=1)
    if data.entry is None:
        at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
    else:
        since = data.since[order]
        late = np.argsort(since, kind="stable")
        entered = np.pad(np.cumsum(weight[:, late], axis=1), ((0, 0), (1, 0)))
        before = np.searchsorted(since[late], times, side="left")
        at_risk = entered[:, before] - np.cumsum(leaving, axis=1) + leaving
    survival = np.cumprod(1 - dying / np.maximum(at_risk, 1.0), axis=1)
    last = times[len(times) - 1 - np.argmax(leaving[:, ::-1] > 0, axis=1)]
    return _medians(times, survival, last)


def _medians(
    times: NDArray[np.float64], survival: NDArray[Any], last: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return medians of many curves on common times, by the rule of ``quantile``."""
    reached = survival <= 0.5 + TIE_TOLERANCE
    passed = survival <= 0.5 - TIE_TOLERANCE
    first = times[np.argmax(reached, axis=1)]
    second = np.where(passed.any(axis=1), times[np.argmax(passed, axis=1)], last)
    return np.where(reached.any(axis=1), (first + second) / 2, np.inf)
