"""Area under the flux curve: every arm against the reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.compare import compare, mean_difference
from lumicohort.burden.comparisons import adjust_within
from lumicohort.burden.values import BELOW_LOD, BurdenData
from lumicohort.files import NOT_ESTIMABLE
from lumicohort.nouns import marked

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

Array = NDArray[np.float64]

COLUMNS = [
    "model",
    "region",
    "arm",
    "reference",
    "measure",
    "from_day",
    "to_day",
    "n",
    "n_reference",
    "value",
    "value_reference",
    "estimate",
    "lower_95",
    "upper_95",
    "test",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "n_animals",
    "n_animals_reference",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_auc.csv`."""

MEASURES = {
    "auc_flux_ratio": (
        "auc_flux_p_s_days",
        "ratio of geometric means of the area under the flux curve (values in photons/s × days); "
        "Welch's t on its log10, two-sided",
    ),
    "auc_log10_difference_days": (
        "auc_log10_days",
        "difference of the mean area under the log10 flux curve (values in log10(photons/s) × "
        "days); Welch's t, two-sided",
    ),
}
"""Measure -> the column of `burden_animals.csv` that it compares, and how."""


def auc_rows(config: StudyConfig, data: BurdenData, animals: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare the areas of every arm with the reference's.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.
    animals : pandas.DataFrame
        The table `burden_animals.csv`.

    Returns
    -------
    list of dict
        Rows of `burden_auc.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    settings, reference = config.analysis.burden, config.reference_arm
    others = [arm for arm in config.arms if arm != reference]
    rows: list[dict[str, Any]] = []
    for model in config.models:
        for region in data.regions_with(settings.region):
            here = animals[(animals["model"] == model) & (animals["region"] == region)]
            rows += [
                _comparison(here, model, region, arm, reference, measure, data.below_lod)
                | {"primary": region == settings.region}
                for measure in MEASURES
                for arm in others or [""]
            ]
    adjust_within(rows, ("model", "region", "measure"), settings.p_adjust)
    return rows


def _comparison(
    table: pd.DataFrame,
    model: str,
    region: str,
    arm: str,
    reference: str,
    measure: str,
    rule: str,
) -> dict[str, Any]:
    """Return the row of one comparison."""
    column, method = MEASURES[measure]
    logs = measure == "auc_flux_ratio"
    sides = {a: table[table["arm"] == a] for a in (arm, reference)}
    areas = {a: side[column].dropna().to_numpy(dtype=float) for a, side in sides.items()}
    if logs:
        areas = {a: np.log10(values) for a, values in areas.items()}
    used = {a: side[side[column].notna()] for a, side in sides.items()}
    n_below = sum(int(side["n_below_lod"].sum()) for side in used.values())
    undetected = rule != "measured" and all(
        (side["n_below_lod"] == side["n_images"]).all() for side in used.values()
    )
    lost = [str(a) for side in sides.values() for a in side.loc[side[column].isna(), "animal_id"]]
    notes = ["" if arm else f"the study has one arm ({marked(reference)}): nothing to compare"]
    notes += [
        f"no animal of {marked(a)} in {marked(model)}"
        for a, side in sides.items()
        if a and not len(side)
    ]
    notes.append(f"no area (see burden_animals.csv): {', '.join(lost)}" if lost else "")
    if n_below:
        notes.append(f"{n_below} images of these animals below the LOD, {BELOW_LOD[rule]}")
    test = compare("welch_t_log10", areas[arm], areas[reference])
    gap = mean_difference(areas[arm], areas[reference])
    numbers = [gap.estimate, gap.lower, gap.upper, test.statistic, test.df, test.p_value]
    if n_below and undetected:
        notes.append("every value is below the LOD: nothing to compare")
        numbers = [math.nan] * 6
    elif arm:
        notes.append(test.reason)
    shown = numbers[:3]
    centres = [float(v.mean()) if len(v) else math.nan for v in (areas[arm], areas[reference])]
    if logs:
        shown, centres = [10**v for v in shown], [10**v for v in centres]
    days = table.drop_duplicates("endpoint_day")
    return {
        "model": model,
        "region": region,
        "arm": arm or NOT_ESTIMABLE,
        "reference": reference,
        "measure": measure,
        "from_day": days["baseline_day"].iloc[0] if len(days) else math.nan,
        "to_day": days["endpoint_day"].iloc[0] if len(days) else math.nan,
        "n": len(areas[arm]) if arm else math.nan,
        "n_reference": len(areas[reference]),
        "value": centres[0],
        "value_reference": centres[1],
        "estimate": shown[0],
        "lower_95": shown[1],
        "upper_95": shown[2],
        "test": "welch_t",
        "statistic": numbers[3],
        "df": numbers[4],
        "p_value": numbers[5],
        "n_animals": len(sides[arm]) if arm else math.nan,
        "n_animals_reference": len(sides[reference]),
        "n_below_lod": n_below,
        "method": method,
        "options": days["options"].iloc[0] if len(days) else "",
        "note": "; ".join(n for n in notes if n),
    }
