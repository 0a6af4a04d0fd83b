"""Burden of every animal: baseline, endpoint, fold change, areas, growth rate of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort.burden.curve import area, doubling_days, own_slope
from lumicohort.burden.endpoint_day import EndpointDay, baseline_day, choose_day
from lumicohort.burden.values import BELOW_LOD, BurdenData, why_absent
from lumicohort.rows import rows_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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


def animal_rows(config: StudyConfig, data: BurdenData) -> Iterator[dict[str, Any]]:
    """Yield the burden of every animal in every region.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.

    Yields
    ------
    dict
        Rows of `burden_animals.csv`, with :data:`COLUMNS`; `software` is left to the caller.
        What cannot be computed is NaN with the reason in `note`.
    """
    for model in config.models:
        span = find_span(config, data, model)
        options = span.options
        for region in data.regions_with(config.analysis.burden.region):
            images, animals = data.of(model, config.arms, region)
            series = _SeriesByAnimal(images)
            for arm in config.arms:
                ours = animals[animals["arm"] == arm].sort_values("animal_id", kind="stable")
                for animal in rows_of(ours):
                    own = series.of(animal["animal_id"])
                    yield {
                        "animal_id": animal["animal_id"],
                        "model": model,
                        "arm": arm,
                        "region": region,
                        **_numbers(animal, own, span, data.below_lod),
                        "primary": region == config.analysis.burden.region,
                        "method": METHOD,
                        "options": options,
                    }


@dataclass(frozen=True, slots=True)
class _Series:
    """One animal's images in a region, by day: plain arrays, since a study has many animals.

    Attributes
    ----------
    on_day, day, value, log10, below, counts : numpy.ndarray, shape (n,)
        Scheduled day and day of imaging, flux (photons/s), its log10, whether it is below the LOD,
        whether it belongs to the curve (images of no scheduled day do not, where any day is
        scheduled); of images with a value.
    why : dict
        Day to why there is no value, blank where there is one.
    """

    on_day: NDArray[np.float64]
    day: NDArray[np.float64]
    value: NDArray[np.float64]
    log10: NDArray[np.float64]
    below: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    why: dict[float, str]

    def on(self, day: float | None) -> int | None:
        """Return the place of a day's only value; None where there is none, or several."""
        places = [] if day is None else np.flatnonzero(self.on_day == day).tolist()
        return places[0] if len(places) == 1 else None


class _SeriesByAnimal:
    """The series of every animal in a region, made when they are asked for."""

    def __init__(self, images: pd.DataFrame) -> None:
        ordered = images.sort_values(["animal_id", "on_day"], kind="stable")
        ids = ordered["animal_id"].to_numpy(dtype=object)
        starts = [k for k in range(len(ids)) if k == 0 or ids[k] != ids[k - 1]]
        self._spans = {ids[start]: (start, end) for start, end in pairwise([*starts, len(ids)])}
        numbers = ("on_day", "day", "value_p_s", "log10")
        self._numbers = [ordered[name].to_numpy(float) for name in numbers]
        self._below = ordered["below_lod"].to_numpy(dtype=bool)
        counts = ordered["scheduled"].to_numpy(dtype=bool)
        self._counts = counts if counts.any() else ~counts
        self._why = ordered["why_missing"].to_numpy(dtype=object)

    def of(self, animal_id: str) -> _Series:
        """Return an animal's series; an empty one where it has no image."""
        start, end = self._spans.get(animal_id, (0, 0))
        why = self._why[start:end]
        used = start + np.flatnonzero(why == "")
        on_day, day, value, log10 = (column[used] for column in self._numbers)
        days = self._numbers[0][start:end].tolist()
        reasons = dict(zip(days, why, strict=True))
        return _Series(on_day, day, value, log10, self._below[used], self._counts[used], reasons)


def _numbers(animal: Any, images: _Series, span: Span, rule: str) -> dict[str, Any]:
    """Return the numbers of one animal in one region, and what to know about them."""
    notes = [span.note]
    out: dict[str, Any] = {}
    values = {}
    for name, day in (("baseline", span.baseline), ("endpoint", span.end.day)):
        place = images.on(day)
        out[f"{name}_day"] = math.nan if day is None else day
        out[f"{name}_p_s"] = math.nan if place is None else float(images.value[place])
        out[f"{name}_log10"] = math.nan if place is None else float(images.log10[place])
        out[f"{name}_below_lod"] = None if place is None else bool(images.below[place])
        values[name] = out[f"{name}_p_s"]
        if day is None:
            notes.append(f"no {name}: there is no such day")
        elif place is None:
            known = {animal["animal_id"]: images.why[day]} if day in images.why else {}
            notes.append(f"no {name} on day {day:g}: {why_absent(animal, known, day)}")
    apart = span.baseline is not None and span.end.day is not None
    if apart and not out["endpoint_day"] > out["baseline_day"]:
        notes.append("no fold change and no area: the endpoint is not after the baseline")
        apart = False
    whole = apart and all(math.isfinite(value) for value in values.values())
    inside = (images.on_day >= out["baseline_day"]) & (images.on_day <= out["endpoint_day"])
    # A fixed endpoint may lie on a day of no schedule, and ends the curve all the same.
    inside &= (images.counts | (images.on_day == out["endpoint_day"])) & whole
    fold = values["endpoint"] / values["baseline"] if whole else math.nan
    out |= {
        "fold_change": fold,
        "log10_fold_change": math.log10(fold) if whole else math.nan,
        "auc_log10_days": area(images.on_day[inside], images.log10[inside]),
        "auc_flux_p_s_days": area(images.on_day[inside], images.value[inside]),
        "n_days_of_auc": int(inside.sum()),
    }
    n, below = len(images.value), int(images.below.sum())
    slope = math.nan
    if n and below == n and rule != "measured":
        notes.append("no slope: all values are below the LOD")
    else:
        slope = own_slope(images.day, images.log10)
        if math.isnan(slope):
            notes.append("no slope: images on fewer than two days")
        elif not slope > 0:
            notes.append("no doubling time: the slope is not above 0")
    out |= {"slope_log10_per_day": slope, "doubling_days": doubling_days(slope)}
    out |= {"n_images": n, "n_below_lod": below}
    if below:
        notes.append(f"{below} below the LOD, {BELOW_LOD[rule]}")
    out["note"] = "; ".join(note for note in notes if note)
    return out
