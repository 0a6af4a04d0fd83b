"""How alike the arms were at the start: burden, weight and age by arm."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.burden.compare import flat
from lumicohort.burden.values import BurdenData
from lumicohort.files import NOT_ESTIMABLE, read_csv

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "arm",
    "reference",
    "quantity",
    "region",
    "baseline_day",
    "n",
    "n_reference",
    "mean",
    "sd",
    "mean_reference",
    "sd_reference",
    "standardised_difference",
    "n_missing",
    "n_missing_reference",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `baseline_balance.csv`; the unit of mean and sd stands in `quantity`."""

METHOD = (
    "standardised difference: difference of the means over the root of the arms' mean variance "
    "(Austin 2009); no test, as any difference at baseline of randomised arms is chance"
)
_COHORT = {"weight_g": "weight", "age_days": "age at inoculation"}


def standardised_difference(arm: pd.Series, reference: pd.Series) -> float:
    """Return the standardised difference of two samples.

    Parameters
    ----------
    arm, reference : pandas.Series
        Values of each animal.

    Returns
    -------
    float
        Difference of the means over ``sqrt((s1^2 + s2^2) / 2)`` (Austin, Stat Med 28(25), 2009,
        section 2); NaN where an arm has fewer than two values or neither has any spread.
    """
    if min(len(arm), len(reference)) < 2:
        return math.nan
    if flat(arm.to_numpy(dtype=float)) and flat(reference.to_numpy(dtype=float)):
        return math.nan
    spread = math.sqrt((float(arm.var()) + float(reference.var())) / 2)
    return float(arm.mean() - reference.mean()) / spread


def balance_rows(
    config: StudyConfig, data: BurdenData, animals: pd.DataFrame, results: Path
) -> list[dict[str, Any]]:
    """Compare the arms at baseline: log10 flux in every region, weight and age.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.
    animals : pandas.DataFrame
        The table `burden_animals.csv`.
    results : Path
        The study's results folder; weight (g) and dates of birth and inoculation are read from
        its `cohort/animals.csv` where they are there.

    Returns
    -------
    list of dict
        Rows of `baseline_balance.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    cohort, absent = _cohort(results / "cohort" / "animals.csv", data.animals)
    reference = config.reference_arm
    rows = []
    for model in config.models:
        for arm in [a for a in config.arms if a != reference] or [""]:
            for region in data.regions_with(config.analysis.burden.region):
                here = animals[(animals["model"] == model) & (animals["region"] == region)]
                row = _row(here, "baseline_log10", arm, reference)
                row |= {
                    "quantity": "baseline_log10_p_s",
                    "region": region,
                    "baseline_day": here["baseline_day"].iloc[0] if len(here) else math.nan,
                    "primary": region == config.analysis.burden.region,
                    "options": "value of the first scheduled imaging day",
                }
                rows.append({"model": model, **row})
            for column, words in _COHORT.items():
                row = _row(cohort[cohort["model"] == model], column, arm, reference)
                row["note"] = "; ".join(n for n in (absent.get(column, ""), row["note"]) if n)
                row |= {
                    "quantity": column,
                    "region": NOT_ESTIMABLE,
                    "baseline_day": math.nan,
                    "primary": True,
                    "options": f"{words}, from cohort/animals.csv",
                }
                rows.append({"model": model, **row})
    return rows


def _row(table: pd.DataFrame, column: str, arm: str, reference: str) -> dict[str, Any]:
    """Return the numbers of one quantity in two arms."""
    sides = [table.loc[table["arm"] == a, column] for a in (arm, reference)]
    ours, theirs = (side.dropna().astype(float) for side in sides)
    difference = standardised_difference(ours, theirs) if arm else math.nan
    note = "" if arm else f"the study has one arm ({reference}): nothing to compare"
    if arm and math.isnan(difference):
        few = min(len(ours), len(theirs)) < 2
        note = (
            f"no standardised difference: it needs two values in each arm; there are {len(ours)} "
            f"and {len(theirs)}"
            if few
            else "no standardised difference: neither arm has any spread"
        )
    return {
        "arm": arm or NOT_ESTIMABLE,
        "reference": reference,
        "n": len(ours) if arm else math.nan,
        "n_reference": len(theirs),
        "mean": float(ours.mean()) if len(ours) else math.nan,
        "sd": float(ours.std()) if len(ours) > 1 else math.nan,
        "mean_reference": float(theirs.mean()) if len(theirs) else math.nan,
        "sd_reference": float(theirs.std()) if len(theirs) > 1 else math.nan,
        "standardised_difference": difference,
        "n_missing": len(sides[0]) - len(ours) if arm else math.nan,
        "n_missing_reference": len(sides[1]) - len(theirs),
        "method": METHOD,
        "note": note,
    }


def _cohort(path: Path, animals: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return weight and age of the analysed animals, and why a column has none."""
    import pandas as pd

    out = animals[["animal_id", "model", "arm"]].copy()
    sheet = read_csv(path) if path.is_file() else pd.DataFrame({"animal_id": []})
    of = sheet.drop_duplicates("animal_id").set_index("animal_id")
    absent = {}
    values = {}
    if "weight_g" in of:
        values["weight_g"] = pd.to_numeric(of["weight_g"], errors="coerce")
    if {"birth_date", "inoculation_date"} <= set(of.columns):
        born, day0 = (
            pd.to_datetime(of[c], errors="coerce") for c in ("birth_date", "inoculation_date")
        )
        values["age_days"] = (day0 - born).dt.days.astype(float)
    for column in _COHORT:
        out[column] = out["animal_id"].map(values[column]) if column in values else math.nan
        if not len(of):
            absent[column] = "cohort/animals.csv is not there or empty"
        elif out[column].isna().all():
            absent[column] = "not in cohort/animals.csv"
    return out, absent
