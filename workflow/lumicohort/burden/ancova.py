"""Endpoint burden adjusted for the burden at baseline: ANCOVA on log10 flux."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.compare import flat
from lumicohort.burden.comparisons import adjust_within, comparisons, lost_animals
from lumicohort.burden.endpoint_day import baseline_day
from lumicohort.burden.values import BELOW_LOD, BurdenData
from lumicohort.nouns import counted

if TYPE_CHECKING:
    from lumicohort.burden.comparisons import Comparison
    from lumicohort.study.config import StudyConfig

Array = NDArray[np.float64]

COLUMNS = [
    "model",
    "region",
    "arm",
    "reference",
    "baseline_day",
    "day",
    "n",
    "n_reference",
    "ratio",
    "ratio_lower_95",
    "ratio_upper_95",
    "log10_difference",
    "se",
    "test",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "baseline_slope",
    "baseline_slope_lower_95",
    "baseline_slope_upper_95",
    "p_value_unequal_slopes",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_ancova.csv`; `ratio` is 10 to the power of `log10_difference`."""

METHOD = (
    "ANCOVA: endpoint log10 flux ~ arm + baseline log10 flux, least squares, Student's t; "
    "the ratio of geometric means at equal baseline"
)
_ROUNDING = 1e-12  # share of the variation that is rounding


@dataclass(frozen=True)
class Ancova:
    """The adjusted difference of two arms; NaN with a reason where it cannot be estimated.

    Attributes
    ----------
    difference, se, lower, upper : float
        Arm minus reference in endpoint log10 flux at equal baseline, and its 95 % CI.
    df, statistic, p_value : float
        Of Student's t.
    slope, slope_lower, slope_upper : float
        Endpoint log10 flux per log10 of baseline, common to both arms.
    p_unequal_slopes : float
        F test that each arm needs a slope of its own.
    reason : str
        Why there are no numbers, or empty.
    """

    difference: float = math.nan
    se: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    df: float = math.nan
    statistic: float = math.nan
    p_value: float = math.nan
    slope: float = math.nan
    slope_lower: float = math.nan
    slope_upper: float = math.nan
    p_unequal_slopes: float = math.nan
    reason: str = ""


def ancova(arm: Array, reference: Array, baseline_arm: Array, baseline_reference: Array) -> Ancova:
    """Compare two arms at equal baseline.

    Parameters
    ----------
    arm, reference : array
        Endpoint log10 flux of each animal.
    baseline_arm, baseline_reference : array
        Baseline log10 flux of the same animals.

    Returns
    -------
    Ancova
        The comparison. In R: ``lm(endpoint ~ arm + baseline)``.

    Notes
    -----
    Closed form of the one-way analysis of covariance (Snedecor & Cochran, Statistical Methods,
    8th ed., 18.2-18.5) from the sums of squares and products within arms.
    """
    n = len(arm) + len(reference)
    if min(len(arm), len(reference)) < 2 or n < 4:
        return Ancova(
            reason="ANCOVA needs two animals in each arm with baseline and endpoint; there are "
            f"{len(arm)} and {len(reference)}"
        )
    parts = [_sums(baseline_arm, arm), _sums(baseline_reference, reference)]
    one_slope = flat(baseline_arm) or flat(baseline_reference)
    xx, xy, yy = (sum(part[i] for part in parts) for i in range(3))
    pooled = np.concatenate([baseline_arm, baseline_reference])
    if xx <= _ROUNDING * max(float(pooled @ pooled), 1.0):
        return Ancova(reason="the baselines do not vary within the arms")
    slope = xy / xx
    left = yy - slope * xy
    df = n - 3
    if left <= _ROUNDING * max(yy, 1.0):
        return Ancova(reason="the values lie exactly on the arms' lines: nothing varies")
    from scipy import stats

    variance = left / df
    apart = float(baseline_arm.mean() - baseline_reference.mean())
    gap = float(arm.mean() - reference.mean()) - slope * apart
    se = math.sqrt(variance * (1 / len(arm) + 1 / len(reference) + apart**2 / xx))
    t = float(stats.t.ppf(0.975, df))
    half = t * math.sqrt(variance / xx)
    return Ancova(
        gap,
        se,
        gap - t * se,
        gap + t * se,
        float(df),
        gap / se,
        float(2 * stats.t.sf(abs(gap / se), df)),
        slope,
        slope - half,
        slope + half,
        math.nan if one_slope else _unequal_slopes(parts, left, n),
    )


def _sums(x: Array, y: Array) -> tuple[float, float, float]:
    """Return sums of squares and products about the means: xx, xy, yy."""
    dx, dy = x - x.mean(), y - y.mean()
    return float(dx @ dx), float(dx @ dy), float(dy @ dy)


def _unequal_slopes(parts: list[tuple[float, float, float]], left: float, n: int) -> float:
    """Return the p of the F test of one slope against one for each arm."""
    from scipy import stats

    if n < 5:
        return math.nan
    own = sum(yy - xy**2 / xx for xx, xy, yy in parts)
    if own <= _ROUNDING * left:
        return math.nan
    return float(stats.f.sf((left - own) / (own / (n - 4)), 1, n - 4))


def ancova_rows(config: StudyConfig, data: BurdenData) -> list[dict[str, Any]]:
    """Compare every arm with the reference on its endpoint day, adjusted for baseline.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.

    Returns
    -------
    list of dict
        Rows of `burden_ancova.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    settings = config.analysis.burden
    rows = [
        _row(data, comparison, region) | {"primary": region == settings.region}
        for comparison in comparisons(config, data)
        for region in data.regions_with(settings.region)
    ]
    adjust_within(rows, ("model", "region"), settings.p_adjust)
    return rows


def _row(data: BurdenData, comparison: Comparison, region: str) -> dict[str, Any]:
    """Return the row of one comparison in one region."""
    arm, reference, day = comparison.arm, comparison.reference, comparison.day.day
    images, animals = data.of(comparison.model, (arm, reference), region)
    first = baseline_day(data.of(comparison.model, (arm, reference))[0])
    used = images[images["why_missing"] == ""]
    wide = used[used["on_day"].isin([first, day])].pivot(
        index="animal_id", columns="on_day", values=["log10", "below_lod"]
    )
    apart = first is not None and day is not None and day > first
    complete = wide.dropna() if apart and wide.shape[1] == 4 else wide.iloc[:0]
    arm_of = animals.set_index("animal_id")["arm"].reindex(complete.index)
    sides = [complete[(arm_of == a).to_numpy()] for a in (arm, reference)]
    ends, starts = (
        [s["log10", d].to_numpy(dtype=float) if len(s) else np.empty(0) for s in sides]
        for d in (day, first)
    )
    below = int(complete["below_lod"].to_numpy(dtype=bool).sum()) if len(complete) else 0
    undetected = below == 2 * len(complete) > 0 and data.below_lod != "measured"
    notes = [comparison.day.warning, comparison.why_none(animals)]
    if undetected:
        result = Ancova(reason="every value is below the LOD: nothing to compare")
    elif first is not None and day is not None and not apart:
        result = Ancova(reason=f"the endpoint (day {day:g}) is not after the baseline")
    else:
        result = ancova(*ends, *starts)
    if not notes[-1]:
        notes.append(result.reason)
        if apart:  # else no animal is lost: there are no two days to have values on
            notes.append(lost_animals(animals, set(complete.index), "baseline and endpoint"))
    if below:
        notes.append(f"{counted(below, 'value')} below the LOD, {BELOW_LOD[data.below_lod]}")
    return {
        **comparison.columns(region, [len(s) for s in sides]),
        "baseline_day": math.nan if first is None else first,
        "ratio": 10**result.difference,
        "ratio_lower_95": 10**result.lower,
        "ratio_upper_95": 10**result.upper,
        "log10_difference": result.difference,
        "se": result.se,
        "test": "ancova_log10",
        "statistic": result.statistic,
        "df": result.df,
        "p_value": result.p_value,
        "baseline_slope": result.slope,
        "baseline_slope_lower_95": result.slope_lower,
        "baseline_slope_upper_95": result.slope_upper,
        "p_value_unequal_slopes": result.p_unequal_slopes,
        "n_below_lod": below,
        "method": METHOD,
        "options": comparison.day.rule,
        "note": "; ".join(n for n in notes if n),
    }
