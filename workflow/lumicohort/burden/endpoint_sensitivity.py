"""Does the endpoint comparison hang on how values below the limit of detection are treated?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lumicohort.burden.compare import compare, mean_difference
from lumicohort.burden.comparisons import Comparison, adjust_within, comparisons, lost_animals
from lumicohort.burden.tobit import METHOD as TOBIT_METHOD
from lumicohort.burden.tobit import tobit
from lumicohort.burden.values import BELOW_LOD, BurdenData

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "day",
    "arm",
    "reference",
    "analysis",
    "n",
    "n_reference",
    "n_below_lod",
    "n_below_lod_reference",
    "geometric_ratio",
    "geometric_ratio_lower_95",
    "geometric_ratio_upper_95",
    "log10_difference",
    "test",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "p_value_lrt",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_sensitivity.csv`."""

TOBIT = "tobit_log10"
"""The analysis that takes values below the LOD as censored."""

_TOBIT_OPTIONS = "values below the LOD left-censored at the LOD; one SD for both arms"
_UNDETECTED = "every value is below the LOD: nothing to compare"


def sensitivity_rows(
    config: StudyConfig, by_rule: Mapping[str, BurdenData]
) -> list[dict[str, Any]]:
    """Compare the arms with values below the LOD censored, and under every substitution.

    Parameters
    ----------
    config : StudyConfig
        The study.
    by_rule : mapping of str to BurdenData
        The values under every rule for those below the LOD.

    Returns
    -------
    list of dict
        Rows of `burden_sensitivity.csv`, with :data:`COLUMNS`; `software` is left to the
        caller. Substitutions stand only where a value is below the LOD.
    """
    settings = config.analysis.burden
    rows = []
    for comparison in comparisons(config, by_rule["lod"]):
        for region in by_rule["lod"].regions_with(settings.region):
            ours = [_row(comparison, region, by_rule["lod"], TOBIT)]
            if comparison.arm and ours[0]["n_below_lod"] + ours[0]["n_below_lod_reference"]:
                ours += [
                    _row(comparison, region, data, rule, printed=rule == settings.below_lod)
                    for rule, data in by_rule.items()
                ]
            rows += [row | {"primary": region == settings.region} for row in ours]
    adjust_within(rows, ("model", "region", "analysis"), settings.p_adjust)
    return rows


def _row(
    comparison: Comparison, region: str, data: BurdenData, analysis: str, printed: bool = False
) -> dict[str, Any]:
    """Return the row of one comparison under one treatment."""
    arms = (comparison.arm, comparison.reference)
    images, animals = data.of(comparison.model, arms, region)
    used = images[(images["why_missing"] == "") & (images["on_day"] == comparison.day.day)]
    sides = [used[used["arm"] == arm] for arm in arms]
    below = [int(side["below_lod"].sum()) for side in sides]
    undetected = sum(below) == len(used) > 0
    censored = analysis == TOBIT
    numbers = _tobit(sides) if censored else _welch(sides)
    reason = numbers.pop("reason")
    if undetected and (censored or analysis != "measured"):
        numbers, reason = dict.fromkeys(numbers, math.nan), _UNDETECTED
    none = comparison.why_none(animals)
    notes = [comparison.day.warning, comparison.early, none or reason]
    if censored and not none and not sum(below) and len(used):
        notes.append("no value is known to lie below the LOD: Student's t with equal variances")
    if not none:
        notes.append(lost_animals(animals, set(used["animal_id"]), "a value that day"))
    notes.append("the analysis of burden_endpoint.csv" if printed else "")
    options = _TOBIT_OPTIONS if censored else f"values below the LOD {BELOW_LOD[analysis]}"
    gap = [numbers.pop(name) for name in ("difference", "lower", "upper")]
    return {
        **comparison.columns(region, [len(side) for side in sides]),
        "analysis": analysis,
        "n_below_lod": below[0],
        "n_below_lod_reference": below[1],
        "geometric_ratio": 10 ** gap[0],
        "geometric_ratio_lower_95": 10 ** gap[1],
        "geometric_ratio_upper_95": 10 ** gap[2],
        "log10_difference": gap[0],
        "test": TOBIT if censored else "welch_t_log10",
        **numbers,
        "method": TOBIT_METHOD if censored else "Welch's t-test on log10 flux, two-sided",
        "options": f"{options}; {comparison.day.rule}",
        "note": "; ".join(note for note in notes if note),
    }


def _tobit(sides: list[pd.DataFrame]) -> dict[str, Any]:
    """Return the numbers of the censored comparison."""
    values = [side["log10"].to_numpy(dtype=float) for side in sides]
    below = [side["below_lod"].to_numpy(dtype=bool) for side in sides]
    result = tobit(*values, *below)
    return {
        "difference": result.difference,
        "lower": result.lower,
        "upper": result.upper,
        "statistic": result.statistic,
        "df": result.df,
        "p_value": result.p_value,
        "p_value_lrt": result.p_value_lrt,
        "reason": result.reason,
    }


def _welch(sides: list[pd.DataFrame]) -> dict[str, Any]:
    """Return the numbers of Welch's comparison of the values as they stand."""
    arm, reference = (side["log10"].to_numpy(dtype=float) for side in sides)
    gap, test = mean_difference(arm, reference), compare("welch_t_log10", arm, reference)
    return {
        "difference": gap.estimate,
        "lower": gap.lower,
        "upper": gap.upper,
        "statistic": test.statistic,
        "df": test.df,
        "p_value": test.p_value,
        "p_value_lrt": math.nan,
        "reason": test.reason,
    }
