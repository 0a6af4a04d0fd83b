"""Does burden foretell death? Cox models of log10 flux at baseline and at the endpoint day."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort.burden.values import BELOW_LOD, BurdenData
from lumicohort.nouns import counted
from lumicohort.survival.animal_likelihood import animal_likelihood
from lumicohort.survival.cox import exp_or_nan, fit_choices, profile, two_sided
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.maximise import NotConverged
from lumicohort.survival.partial_likelihood import TooManyTies

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "quantity",
    "day",
    "n",
    "events",
    "hr_per_log10",
    "lower_95",
    "upper_95",
    "p_value",
    "profile_lower_95",
    "profile_upper_95",
    "p_value_lrt",
    "sd_log10",
    "hr_per_sd",
    "hr_per_sd_lower_95",
    "hr_per_sd_upper_95",
    "stratified_by",
    "n_animals",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `baseline_effect.csv`; `hr_per_log10` is that of tenfold flux, `hr_per_sd` that of
one standard deviation within arms (`sd_log10`), which the data span."""

QUANTITIES = ("baseline", "endpoint")
"""Whose flux: of the first imaging day, or of the last common day (a landmark analysis)."""

METHOD = "cox_efron"
_OPTIONS = {
    "baseline": "log10 flux of the first imaging day",
    "endpoint": "landmark: log10 flux of the endpoint day, survival from that day on",
}
_LARGEST_LOG = 700.0  # e to this is the largest number of double precision
FEW_EVENTS = 5
"""Fewer events than this are said to be too few for a coefficient."""


def effect_rows(
    config: StudyConfig, data: BurdenData, animals: pd.DataFrame
) -> list[dict[str, Any]]:
    """Estimate the effect of burden on survival in every model and region.

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
        Rows of `baseline_effect.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    table = animals.copy()
    for column in ("time_days", "event"):
        of = data.animals.set_index("animal_id")[column].to_dict()
        table[column] = [of[name] for name in table["animal_id"]]
    rows = []
    for model in config.models:
        for region in data.regions_with(config.analysis.burden.region):
            here = table[(table["model"] == model) & (table["region"] == region)]
            for quantity in QUANTITIES:
                rows.append(
                    {
                        "model": model,
                        "region": region,
                        "quantity": f"{quantity}_log10_p_s",
                        **_effect(here, quantity, data.below_lod),
                        "primary": region == config.analysis.burden.region
                        and quantity == "baseline",
                        "method": METHOD,
                    }
                )
    return rows


def _effect(table: pd.DataFrame, quantity: str, rule: str) -> dict[str, Any]:
    """Return the numbers of one Cox model."""
    known = table[f"{quantity}_log10"].notna()
    day = table[f"{quantity}_day"].iloc[0] if len(table) else math.nan
    alive = table["time_days"] >= day
    used = table[known & alive]
    below = int(used[f"{quantity}_below_lod"].astype(bool).sum()) if len(used) else 0
    result = cox_per_unit(
        used["time_days"].to_numpy(dtype=float),
        used["event"].to_numpy(dtype=bool),
        used[f"{quantity}_log10"].to_numpy(dtype=float),
        used["arm"].astype(str).tolist(),
    )
    if below == len(used) > 0 and rule != "measured":
        result = dict.fromkeys(result, math.nan) | {
            "logs": (math.nan,) * 3,
            "note": "every value is below the LOD: there is nothing to foretell from",
        }
    lost = table.loc[~(known & alive), "animal_id"].astype(str).tolist()
    events = int(used["event"].sum())
    notes = [result.pop("note")]
    logs = result.pop("logs")
    if 0 < events < FEW_EVENTS:
        verb = "is" if events == 1 else "are"
        notes.append(f"{counted(events, 'event')} {verb} too few to trust a coefficient")
    notes.append(f"without a value or an end: {', '.join(lost)}" if lost else "")
    notes.append(f"{counted(below, 'value')} below the LOD, {BELOW_LOD[rule]}" if below else "")
    arms = used["arm"].nunique()
    values = used.groupby("arm")[f"{quantity}_log10"]
    free = len(used) - arms
    within = float(values.var(ddof=0).mul(values.size()).sum())
    sd = math.sqrt(within / free) if free > 0 else math.nan
    widest = float((values.max() - values.min()).max()) if len(used) else math.nan
    if widest < 1 and not math.isnan(logs[0]):
        notes.append(
            f"the flux of an arm's animals spans at most {10**widest:.2g}-fold: the ratio of "
            "tenfold flux lies outside the data; go by that per SD (hr_per_sd)"
        )
    return {
        "day": day,
        "n": len(used),
        "events": events,
        **result,
        "sd_log10": sd,
        "hr_per_sd": exp_or_nan(logs[0] * sd),
        "hr_per_sd_lower_95": exp_or_nan(logs[1] * sd),
        "hr_per_sd_upper_95": exp_or_nan(logs[2] * sd),
        "stratified_by": "arm" if arms > 1 else "",
        "n_animals": len(table),
        "n_below_lod": below,
        "options": f"{_OPTIONS[quantity]}; "
        + ("each arm with a baseline hazard of its own; " if arms > 1 else "")
        + "Efron ties; Wald interval; profile-likelihood interval and likelihood-ratio p beside it",
        "note": "; ".join(n for n in notes if n),
    }


def cox_per_unit(
    time: np.ndarray, event: np.ndarray, value: np.ndarray, arm: list[str]
) -> dict[str, Any]:
    """Fit a Cox model of one number, stratified by arm.

    Parameters
    ----------
    time : array, shape (n,)
        Days to event or censoring.
    event : array of bool, shape (n,)
        Whether the animal had the event.
    value : array, shape (n,)
        The number, such as log10 flux.
    arm : list of str, length n
        The arm of each animal.

    Returns
    -------
    dict
        `hr_per_log10` with Wald limits and p, profile-likelihood limits and likelihood-ratio p,
        `logs` (logarithms of the ratio and its Wald limits), and `note` where they are NaN. In
        R: ``coxph(Surv(time, event) ~ value + strata(arm))``.
    """
    wald_names = ("hr_per_log10", "lower_95", "upper_95", "p_value")
    profile_names = ("profile_lower_95", "profile_upper_95", "p_value_lrt")
    out: dict[str, Any] = dict.fromkeys(wald_names + profile_names, math.nan)
    out["logs"] = (math.nan,) * 3
    if not event.any():
        return out | {"note": "no animal with a value died" if len(time) else "no value"}
    # Numbers for names: arms of a config may differ in capitals only, what is a slip in a sheet.
    place = {name: f"arm {i}" for i, name in enumerate(dict.fromkeys(arm), 1)}
    numbered = [place[name] for name in arm]
    data = SurvivalData.from_arrays(time.tolist(), event.tolist(), numbered, stratum=numbered)
    # In units of its spread: values that hardly differ would have a coefficient beyond all search.
    spread = float(value.std()) or 1.0
    centred = (value - value.mean()) / spread
    try:
        likelihood = animal_likelihood(data, centred[:, None])
        fit = fit_choices(likelihood.choices, ("1", "10"), "efron")
        side = int(fit.maximum.direction[0])
        if side == 2:
            return out | {"note": "at no death do the values tell the animals at risk apart"}
        z = NormalDist().inv_cdf(0.975)
        low, high, p = profile(fit, 0, z)
    except NotConverged:
        return out | {"note": "the fit did not converge"}
    except TooManyTies:
        return out | {"note": "too many animals and deaths for this model"}
    ends = (exp_or_nan(low / spread), exp_or_nan(high / spread), p)
    out |= dict(zip(profile_names, ends, strict=True))
    if side:
        limit, which = ("infinity", "most") if side > 0 else ("0", "least")
        note = f"at every death the animal with {which} flux at risk died: the estimate runs to "
        return out | {"note": note + f"{limit} and is not reported"}
    b, se = float(fit.log_hr[0]) / spread, float(fit.se[0]) / spread
    logs = (b, b - z * se, b + z * se)
    wald = (*map(exp_or_nan, logs), two_sided(b / se))
    note = "" if b < _LARGEST_LOG else "the ratio of tenfold flux is too large for a number"
    return out | dict(zip(wald_names, wald, strict=True)) | {"logs": logs, "note": note}
