"""Measurements that are no images of ours: flux measured elsewhere, tumour volumes; exclusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from lumicohort.cohort.animals import DAY, Starts, Weight, read_daily
from lumicohort.cohort.headers import Column
from lumicohort.cohort.records import Records, read_records
from lumicohort.errors import Problem
from lumicohort.study.config import StudyConfig

FLUX: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True, instead="day"),
    "day": DAY,
    "total_flux_p_s": Column("number", required=True, blank=True, flux=True),
    "region": Column("text"),
    "lod_p_s": Column("number", above=0, flux=True),
    "model": Column("text"),
    "arm": Column("text"),
}
"""Columns of a sheet of total flux; a blank flux is a measurement that was not done."""

VOLUMES: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True, instead="day"),
    "day": DAY,
    "volume_mm3": Column("number", required=True, blank=True, at_least=0),
    "model": Column("text"),
    "arm": Column("text"),
}
"""Columns of a sheet of tumour volumes (calipers)."""

EXCLUSIONS: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "reason": Column("text", required=True),
    "date": Column("date"),
    "click": Column("id"),
    "day": DAY,
}
"""Columns of a sheet of exclusions; with a click or a day, only that image is left out."""


@dataclass(frozen=True, slots=True)
class Flux:
    """Total flux of an animal (photons per second) measured elsewhere, on a day."""

    animal_id: str
    date: date
    total_flux_p_s: float | None
    region: str | None = None
    lod_p_s: float | None = None
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Volume:
    """A tumour's volume in cubic millimetres on a day."""

    animal_id: str
    date: date
    volume_mm3: float | None
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of the sheet of exclusions: an animal, or only its image of a click or a day."""

    animal_id: str
    reason: str
    date: date | None = None
    click: str | None = None
    day: int | None = None
    file: str = ""
    row: int = 0

    @property
    def one_image(self) -> bool:
        """Whether only an image is left out, not the animal."""
        return self.click is not None or self.day is not None


def read_flux(config: StudyConfig, animals: Starts) -> Records[Flux]:
    """Read the sheet of total flux measured elsewhere; empty where the study has none."""
    return read_daily(config, "flux", FLUX, Flux, animals, "total_flux_p_s")


def read_volumes(config: StudyConfig, animals: Starts) -> Records[Volume]:
    """Read the sheet of tumour volumes; empty where the study has none."""
    return read_daily(config, "volumes", VOLUMES, Volume, animals, "volume_mm3")


def read_exclusions(config: StudyConfig) -> Records[LeftOut]:
    """Read the sheet of exclusions; empty where the study has none."""

    def make(values: dict[str, Any], _: dict[str, str], file: str, row: int) -> LeftOut:
        day = values.pop("day")
        return LeftOut(**values, day=None if day is None else int(day), file=file, row=row)

    return read_records(config, config.data.exclusions, EXCLUSIONS, "data.exclusions", make)


M = TypeVar("M", Weight, Flux, Volume)


@dataclass(frozen=True, slots=True)
class OneADay(Generic[M]):
    """Measurements, one per animal and day, with what is wrong or was chosen."""

    rows: list[M]
    problems: list[Problem]
    notes: list[Problem]


def one_a_day(
    records: Records[M],
    value: str,
    rule: Literal["refuse", "first", "last", "mean"],
    key: str,
) -> OneADay[M]:
    """Choose among several measurements of an animal on one day.

    Parameters
    ----------
    records : Records
        A sheet of measurements.
    value : str
        The measured column.
    rule : str
        The config's `same_day`.
    key : str
        The sheet's config key.

    Returns
    -------
    OneADay
        The measurements in their order; a problem for each further one under `refuse`, and a
        note that says which count under the other rules.
    """
    groups: dict[tuple[Any, ...], list[M]] = {}
    for record in records.rows:
        region = getattr(record, "region", None)
        groups.setdefault((record.animal_id, record.date, region), []).append(record)
    kept: list[M] = []
    problems: list[Problem] = []
    repeated: list[M] = []
    for found in groups.values():
        filled = [r for r in found if getattr(r, value) is not None]
        if len(found) > 1 and rule == "refuse":
            problems += [_again(records, value, found[0], r, key) for r in found[1:]]
        if len(filled) > 1:
            repeated += filled[1:]
        kept.append(_choose(filled or found, value, rule))
    notes = []
    if repeated and rule != "refuse":
        shown = ", ".join(f"`{r.animal_id}` on {r.date}" for r in repeated[:5])
        more = f" and {len(repeated) - 5} more" if len(repeated) > 5 else ""
        first = repeated[0]
        text = (
            f"several values of one animal on one day ({shown}{more}): the {rule} counts "
            f"(config key {key}.same_day)."
        )
        notes.append(records.problem(first.row, value, text))
    return OneADay(kept, problems, notes)


def _again(records: Records[M], value: str, before: M, record: M, key: str) -> Problem:
    """Return the problem that an animal was measured twice on a day."""
    what = "weighed" if value == "weight_g" else "measured"
    assert records.table is not None
    column = "date" if records.table.places.get("date", (-1, ""))[0] >= 0 else value
    problem = records.problem(record.row, column, "")
    earlier = records.problem(before.row, column, "")
    place = f"row {int(before.row)}"
    if (earlier.file, earlier.sheet) != (problem.file, problem.sheet):
        place += f" of {Path(str(earlier.file)).name}"
        place += f', sheet "{earlier.sheet}",' if earlier.sheet else ""
    elif int(before.row) == int(record.row):
        place = str(earlier.cell)
    text = f"`{record.animal_id}` was {what} on {record.date} in {place} already."
    hint = f"Config key {key}.same_day says which counts (first, last, mean)."
    return replace(problem, message=text, hint=hint)


def _choose(found: Sequence[M], value: str, rule: str) -> M:
    """Return the measurement that counts."""
    if rule == "mean" and len(found) > 1:
        values = [float(getattr(r, value)) for r in found if getattr(r, value) is not None]
        change: dict[str, Any] = {value: sum(values) / len(values) if values else None}
        return replace(found[0], **change)
    return found[-1] if rule == "last" else found[0]
