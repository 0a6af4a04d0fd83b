"""Burden of each arm on each imaging day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lumicohort.burden.compare import flat, geometric_mean
from lumicohort.burden.values import BELOW_LOD, BurdenData
from lumicohort.nouns import counted

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "arm",
    "day",
    "n",
    "n_below_lod",
    "mean_p_s",
    "sem_p_s",
    "geometric_mean_p_s",
    "geometric_lower_95_p_s",
    "geometric_upper_95_p_s",
    "n_animals",
    "n_missing",
    "after_first_death",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_days.csv`."""

METHOD = (
    "arithmetic mean with SEM; geometric mean with 95% CI from Student's t on log10 flux; animals "
    "with a usable image that counts for the day"
)


def day_rows(config: StudyConfig, data: BurdenData) -> list[dict[str, Any]]:
    """Summarise every arm on every imaging day, in every region.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.

    Returns
    -------
    list of dict
        Rows of `burden_days.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    rows: list[dict[str, Any]] = []
    images, animals = data.images, data.animals
    for model in config.models:
        cohort = animals[animals["model"] == model]
        deaths = cohort.loc[cohort["event"], "time_days"]
        first_death = float(deaths.min()) if len(deaths) else math.inf
        for region in data.regions:
            for arm in config.arms:
                ours = images[
                    (images["model"] == model)
                    & (images["region"] == region)
                    & (images["arm"] == arm)
                ]
                n_animals = int((cohort["arm"] == arm).sum())
                for day, group in ours.groupby("on_day", sort=True):
                    used = group[group["why_missing"] == ""]
                    rows.append(
                        {
                            "model": model,
                            "region": region,
                            "arm": arm,
                            "day": float(day),  # type: ignore[arg-type]
                            "n_animals": n_animals,
                            "n_missing": n_animals - len(used),
                            "after_first_death": float(day) > first_death,  # type: ignore[arg-type]
                            "method": METHOD,
                            "options": f"values below the LOD {BELOW_LOD[data.below_lod]}",
                            **_summary(used, data.below_lod, _dead(cohort, arm, day)),
                        }
                    )
    return rows


def _dead(cohort: Any, arm: str, day: Any) -> str:
    """Say how many animals of an arm had died before a day."""
    ours = cohort[cohort["arm"] == arm]
    dead = int((ours["event"] & (ours["time_days"] < float(day))).sum())
    return f"survivors only: {dead} of {counted(len(ours), 'animal')} had died" if dead else ""


def _summary(used: Any, rule: str, dead: str) -> dict[str, Any]:
    """Return the numbers of one arm on one day."""
    flux, n = used["value_p_s"].to_numpy(), len(used)
    logs = used["log10"].to_numpy()
    geometric = geometric_mean(logs)
    below = int(used["below_lod"].sum())
    notes = [f"{below} below the LOD, {BELOW_LOD[rule]}" if below else ""]
    notes += [
        "one animal: no SEM and no CI" if n == 1 else "",
        "all values are the same: no CI" if n > 1 and flat(logs) else "",
        "" if n else "no usable value",
        dead,
    ]
    return {
        "n": n,
        "n_below_lod": below,
        "mean_p_s": float(flux.mean()) if n else math.nan,
        "sem_p_s": float(flux.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan,
        "geometric_mean_p_s": geometric.estimate,
        "geometric_lower_95_p_s": geometric.lower,
        "geometric_upper_95_p_s": geometric.upper,
        "note": "; ".join(filter(None, notes)),
    }
