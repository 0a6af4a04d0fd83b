"""Burden of every animal: baseline, endpoint, fold change, areas, growth rate of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumicohort.burden.curve import area, doubling_days, own_slope
from lumicohort.burden.endpoint_day import EndpointDay, choose_day
from lumicohort.burden.values import BELOW_LOD, BurdenData, why_absent

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "animal_id",
    "model",
    "arm",
    "region",
    "baseline_day",
    "baseline_p_s",
    "baseline_log10",
    "baseline_below_lod",
    "endpoint_day",
    "endpoint_p_s",
    "endpoint_log10",
    "endpoint_below_lod",
    "fold_change",
    "log10_fold_change",
    "auc_log10_days",
    "auc_flux_p_s_days",
    "n_days_of_auc",
    "slope_log10_per_day",
    "doubling_days",
    "n_images",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_animals.csv`; `auc_log10_days` is in log10(photons/s) × days."""

METHOD = (
    "value that counts for each scheduled day; areas by the trapezoidal rule from baseline to "
    "endpoint day; slope by least squares of log10 flux on the day of imaging"
)


@dataclass(frozen=True)
class Span:
    """From when to when the animals of a model are compared.

    Attributes
    ----------
    baseline : float or None
        The first scheduled imaging day (the first imaging day where none is scheduled).
    end : EndpointDay
        The last common day of all arms, or the day fixed in the config.
    note : str
        What to know about the baseline, or empty.
    """

    baseline: float | None
    end: EndpointDay
    note: str = ""

    @property
    def options(self) -> str:
        """Say which days they are, and why."""
        first = "none" if self.baseline is None else f"day {self.baseline:g}, the first imaging day"
        return f"baseline: {first}; endpoint: {self.end.rule}"


def find_span(config: StudyConfig, data: BurdenData, model: str) -> Span:
    """Return the days from which and to which all arms of a model are compared.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.
    model : str
        The model.

    Returns
    -------
    Span
        Baseline and endpoint day.
    """
    images, animals = data.of(model, config.arms)
    fixed = config.analysis.burden.endpoint_day
    end = choose_day(images, animals, None if fixed == "last_common" else int(fixed))
    baseline = baseline_day(images)
    treated = config.schedule.treatment_first_day
    note = ""
    if baseline is not None and baseline > treated:
        note = f"baseline is after the first treatment (day {treated}): it may hold its effect"
    return Span(baseline, end, note)


def baseline_day(images: pd.DataFrame) -> float | None:
    """Return the first scheduled imaging day; the first imaging day where none is scheduled.

    Parameters
    ----------
    images : pandas.DataFrame
        Images of :class:`lumicohort.burden.values.BurdenData`.

    Returns
    -------
    float or None
        Days since inoculation; None without an image.
    """
    counted = images[images["scheduled"]] if images["scheduled"].any() else images
    return float(counted["on_day"].min()) if len(counted) else None


def animal_rows(config: StudyConfig, data: BurdenData) -> list[dict[str, Any]]:
    """Describe the burden of every animal in every region.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.

    Returns
    -------
    list of dict
        Rows of `burden_animals.csv`, with :data:`COLUMNS`; `software` is left to the caller.
        What cannot be computed is NaN with the reason in `note`.
    """
    rows = []
    for model in config.models:
        span = find_span(config, data, model)
        for region in data.regions_with(config.analysis.burden.region):
            images, animals = data.of(model, config.arms, region)
            by_animal = dict(iter(images.groupby("animal_id", sort=False)))
            for arm in config.arms:
                ours = animals[animals["arm"] == arm].sort_values("animal_id", kind="stable")
                for animal in ours.to_dict("records"):
                    own = by_animal.get(animal["animal_id"], images.iloc[:0])
                    rows.append(
                        {
                            "animal_id": animal["animal_id"],
                            "model": model,
                            "arm": arm,
                            "region": region,
                            **_numbers(animal, own.sort_values("on_day"), span, data.below_lod),
                            "primary": region == config.analysis.burden.region,
                            "method": METHOD,
                            "options": span.options,
                        }
                    )
    return rows


def _numbers(animal: Any, images: pd.DataFrame, span: Span, rule: str) -> dict[str, Any]:
    """Return the numbers of one animal in one region, and what to know about them."""
    used = images[images["why_missing"] == ""]
    why = images.set_index("on_day")["why_missing"].to_dict()
    notes = [span.note]
    out: dict[str, Any] = {}
    values = {}
    for name, day in (("baseline", span.baseline), ("endpoint", span.end.day)):
        there = used[used["on_day"] == day]
        found = len(there) == 1
        out[f"{name}_day"] = math.nan if day is None else day
        out[f"{name}_p_s"] = float(there["value_p_s"].iloc[0]) if found else math.nan
        out[f"{name}_log10"] = float(there["log10"].iloc[0]) if found else math.nan
        out[f"{name}_below_lod"] = bool(there["below_lod"].iloc[0]) if found else None
        values[name] = out[f"{name}_p_s"]
        if day is None:
            notes.append(f"no {name}: there is no such day")
        elif not found:
            known = {animal["animal_id"]: why[day]} if day in why else {}
            notes.append(f"no {name} on day {day:g}: {why_absent(animal, known, day)}")
    apart = span.baseline is not None and span.end.day is not None
    if apart and not out["endpoint_day"] > out["baseline_day"]:
        notes.append("no fold change and no area: the endpoint is not after the baseline")
        apart = False
    whole = apart and all(math.isfinite(value) for value in values.values())
    inside = (used["on_day"] >= out["baseline_day"]) & (used["on_day"] <= out["endpoint_day"])
    curve = used[inside] if whole else used.iloc[:0]
    fold = values["endpoint"] / values["baseline"] if whole else math.nan
    out |= {
        "fold_change": fold,
        "log10_fold_change": math.log10(fold) if whole else math.nan,
        "auc_log10_days": area(curve["on_day"], curve["log10"]),
        "auc_flux_p_s_days": area(curve["on_day"], curve["value_p_s"]),
        "n_days_of_auc": len(curve),
    }
    below = int(used["below_lod"].sum())
    slope = math.nan
    if len(used) and below == len(used) and rule != "measured":
        notes.append("no slope: all values are below the LOD")
    else:
        slope = own_slope(used["day"], used["log10"])
        if math.isnan(slope):
            notes.append("no slope: images on fewer than two days")
        elif not slope > 0:
            notes.append("no doubling time: the slope is not above 0")
    out |= {"slope_log10_per_day": slope, "doubling_days": doubling_days(slope)}
    out |= {"n_images": len(used), "n_below_lod": below}
    if below:
        notes.append(f"{below} below the LOD, {BELOW_LOD[rule]}")
    out["note"] = "; ".join(n for n in notes if n)
    return out
