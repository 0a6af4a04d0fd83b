"""Do several arms differ at all? Welch's one-way analysis of variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.compare import flat

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

Array = NDArray[np.float64]

COLUMNS = [
    "model",
    "region",
    "quantity",
    "day",
    "arms",
    "n_arms",
    "n",
    "test",
    "statistic",
    "df",
    "df_within",
    "p_value",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_global.csv`; a table without rows where there are at most two arms."""

QUANTITIES = {
    "endpoint_log10": "endpoint_log10_p_s",
    "auc_flux_p_s_days": "auc_log10_p_s_days",
    "slope_log10_per_day": "slope_log10_per_day",
}
"""Column of `burden_animals.csv` -> what is compared (log10 of the area)."""

METHOD = "one-way analysis of variance with unequal variances (Welch 1951)"
_OPTIONS = (
    "over all arms; each arm against the reference stands in burden_endpoint.csv, burden_auc.csv "
    "and growth.csv with p adjusted ({})"
)


@dataclass(frozen=True)
class WelchAnova:
    """Welch's F; NaN with a reason where it cannot be made."""

    statistic: float = math.nan
    df: float = math.nan
    df_within: float = math.nan
    p_value: float = math.nan
    reason: str = ""


def welch_anova(samples: Sequence[Array]) -> WelchAnova:
    """Test whether several means are the same, the variances being unequal.

    Parameters
    ----------
    samples : sequence of array
        Values of each arm.

    Returns
    -------
    WelchAnova
        Welch, Biometrika 38(3-4), 1951. In R: ``oneway.test(value ~ arm)``.
    """
    if len(samples) < 2 or min(len(sample) for sample in samples) < 2:
        counts = ", ".join(str(len(sample)) for sample in samples)
        return WelchAnova(reason=f"it needs two animals in each arm; there are {counts}")
    if any(flat(sample) for sample in samples):
        return WelchAnova(reason="an arm has no spread")
    from scipy import stats

    k = len(samples)
    n = np.array([len(sample) for sample in samples])
    mean = np.array([sample.mean() for sample in samples])
    weight = n / np.array([sample.var(ddof=1) for sample in samples])
    centre = float(weight @ mean / weight.sum())
    lack = float(((1 - weight / weight.sum()) ** 2 / (n - 1)).sum() / (k**2 - 1))
    between = float(weight @ (mean - centre) ** 2) / (k - 1)
    statistic = between / (1 + 2 * (k - 2) * lack)
    within = 1 / (3 * lack)
    return WelchAnova(statistic, float(k - 1), within, float(stats.f.sf(statistic, k - 1, within)))


def global_rows(config: StudyConfig, animals: pd.DataFrame, below_lod: str) -> list[dict[str, Any]]:
    """Test whether the arms of each model differ, where there are more than two.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : pandas.DataFrame
        The table `burden_animals.csv`.
    below_lod : str
        The rule for values below the LOD.

    Returns
    -------
    list of dict
        Rows of `burden_global.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    if len(config.arms) < 3:
        return []
    settings = config.analysis.burden
    return [
        {"model": model, "region": region, **_row(here, column, below_lod)}
        | {
            "primary": region == settings.region and column == "endpoint_log10",
            "options": _OPTIONS.format(settings.p_adjust),
        }
        for (model, region), here in animals.groupby(["model", "region"], sort=False)
        for column in QUANTITIES
    ]


def _row(table: pd.DataFrame, column: str, rule: str) -> dict[str, Any]:
    """Return one quantity of one model and region."""
    used = table[table[column].notna()]
    arms = list(dict.fromkeys(table["arm"]))
    values = [used.loc[used["arm"] == arm, column].to_numpy(dtype=float) for arm in arms]
    if column == "auc_flux_p_s_days":
        values = [np.log10(value) for value in values]
    result = welch_anova(values)
    below = int(used["n_below_lod"].sum())
    if len(used) and below == int(used["n_images"].sum()) and rule != "measured":
        result = WelchAnova(reason="every value is below the LOD: nothing to compare")
    lost = table.loc[table[column].isna(), "animal_id"].astype(str).tolist()
    notes = [result.reason, f"without a value: {', '.join(lost)}" if lost else ""]
    return {
        "quantity": QUANTITIES[column],
        "day": math.nan if column.startswith("slope") else table["endpoint_day"].iloc[0],
        "arms": "; ".join(arms),
        "n_arms": len(arms),
        "n": len(used),
        "test": "welch_anova",
        "statistic": result.statistic,
        "df": result.df,
        "df_within": result.df_within,
        "p_value": result.p_value,
        "n_below_lod": below,
        "method": METHOD,
        "note": "; ".join(note for note in notes if note),
    }
