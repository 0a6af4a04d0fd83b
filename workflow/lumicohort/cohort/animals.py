"""The rows of the study's sheets as typed records.

Every problem of a sheet is collected; what a broken row still tells (its animal) is kept, so
that the checks between sheets do not complain about it a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from lumicohort.cohort.headers import Column
from lumicohort.cohort.records import Records, read_records
from lumicohort.cohort.table import plain_text
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import Sheet

T = TypeVar("T")

ALIVE = "alive"
"""The `end_reason` in our tables of an animal without an end: it is still under study."""

__all__ = ["Records", "read_animals", "read_checks", "read_doses", "read_imaged", "read_weights"]

COHORT: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "model": Column("text", required=True),
    "arm": Column("text", required=True),
    "sex": Column("text"),
    "cage": Column("text"),
    "birth_date": Column("date"),
    "strain": Column("text"),
    "inoculation_date": Column("date", required=True, instead="time_days"),
    "cells_injected": Column("number", above=0),
    "weight_g": Column("number", above=0),
    "end_date": Column("date"),
    "end_reason": Column("text"),
    "time_days": Column("number", at_least=0),
    "event": Column("text"),
}
"""Columns of the cohort sheet, one row per animal; `time_days` and `event` (or `end_reason`) can
stand instead of dates."""

DAY = Column("number", whole=True)
"""Days since inoculation, instead of a date."""

IMAGING: Mapping[str, Column] = {
    "batch": Column("id", required=True),
    "click": Column("id", required=True),
    "position": Column("number", required=True, at_least=1, whole=True),
    "animal_id": Column("id", required=True),
    "luciferin_time": Column("time"),
    "luciferin_mg_per_kg": Column("number", at_least=0),
}
"""Columns of the imaging sheet, one row per animal and click."""

WEIGHTS: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True, instead="day"),
    "day": DAY,
    "weight_g": Column("number", required=True, blank=True, above=0),
    "model": Column("text"),
    "arm": Column("text"),
}
"""Columns of the sheet of body weights; a blank weight is a weighing that was not done."""

DOSES: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True, instead="day"),
    "day": DAY,
    "agent": Column("text"),
    "dose_ug": Column("number", at_least=0),
    "dose_mg_per_kg": Column("number", at_least=0),
    "volume_ul": Column("number", at_least=0),
    "route": Column("text"),
    "model": Column("text"),
    "arm": Column("text"),
}
"""Columns of the sheet of treatments, one row per treatment given."""

CHECKS: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True, instead="day"),
    "day": DAY,
    "signs": Column("text"),
    "model": Column("text"),
    "arm": Column("text"),
}
"""Columns of the sheet of clinical checks, one row per animal and check; blank signs are none."""


@dataclass(frozen=True, slots=True)
class Animal:
    """An animal of the cohort sheet; `extra` holds the columns that we do not know, as text."""

    animal_id: str
    model: str
    arm: str
    inoculation_date: date
    end_date: date | None = None
    end_reason: str | None = None
    sex: str | None = None
    cage: str | None = None
    strain: str | None = None
    birth_date: date | None = None
    cells_injected: float | None = None
    weight_g: float | None = None
    extra: dict[str, str] = field(default_factory=dict)
    file: str = ""
    row: int = 0
    time_days: float | None = None
    """Days from inoculation to the end, where the sheet gives them instead of dates."""
    event: str | None = None
    """What the sheet's column `event` says, as it stands there."""
    dated: bool = True
    """Whether the inoculation has a date; otherwise dates count from `NOMINAL_DAY_0` and are
    nowhere written."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A weighing: grams on a day; None where the cell is blank."""

    animal_id: str
    date: date
    weight_g: float | None
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Dose:
    """A treatment: what, how much (micrograms, or mg per kg of body weight), how."""

    animal_id: str
    date: date
    agent: str | None = None
    dose_ug: float | None = None
    dose_mg_per_kg: float | None = None
    volume_ul: float | None = None
    route: str | None = None
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A clinical check and the signs that were seen; none where blank."""

    animal_id: str
    date: date
    signs: str | None = None
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Imaged:
    """A row of the imaging sheet: a position, and the batch that its click lies in."""

    batch: str
    place: Position


NOMINAL_DAY_0 = date(2000, 1, 1)
"""Stands for the inoculation of animals of which only days are known; never written."""


def read_animals(config: StudyConfig) -> Records[Animal]:
    """Read the cohort sheet.

    Parameters
    ----------
    config : StudyConfig
        The study.

    Returns
    -------
    Records of Animal
        The animals, and everything that is wrong with the sheet.
    """

    def make(values: dict[str, Any], extra: dict[str, str], file: str, row: int) -> Animal:
        # Days and dates are those of measurements, where the table has a column per animal.
        own = {*COHORT, "day", "date"}
        more = {k: plain_text(v) for k, v in values.items() if k not in own}
        known = {k: v for k, v in values.items() if k in COHORT}
        start, days = known["inoculation_date"], known["time_days"]
        known["dated"] = start is not None
        if start is None:
            known["inoculation_date"] = NOMINAL_DAY_0
        if days is not None and known["end_date"] is None:
            # An animal that ended on day 22.5 was there on day 22 and not on day 23.
            known["end_date"] = known["inoculation_date"] + timedelta(days=int(days))
        return Animal(**known, extra={**extra, **more}, file=file, row=row)

    return read_records(config, config.data.cohort, COHORT, "data.cohort", make, more_columns=True)


def ended_in(config: StudyConfig, animal: Animal) -> str | None:
    """Return `event`, `competing` or `censored`: how an animal's time ended; None if it lives.

    The vocabulary of end reasons speaks first, the sheet's column `event` where no reason is
    given.
    """
    if animal.end_reason is not None:
        return config.end_reasons.get(animal.end_reason)
    if animal.event is not None:
        return config.data.event_values.get(animal.event.casefold())
    return None


Starts = Mapping[str, Animal]
"""Animals by id: sheets that count days need their inoculation."""


def on_day(values: dict[str, Any], animals: Starts) -> dict[str, Any]:
    """Return a row's values with its day, if it has one instead of a date, made a date."""
    day = values.pop("day", None)
    for name in ("model", "arm"):  # compared with the cohort sheet, not kept
        values.pop(name, None)
    if values.get("date") is None and day is not None:
        animal = animals.get(values["animal_id"])
        start = animal.inoculation_date if animal else NOMINAL_DAY_0
        values["date"] = start + timedelta(days=int(day))
    return values


def read_daily(
    config: StudyConfig,
    name: str,
    columns: Mapping[str, Column],
    record: Callable[..., T],
    animals: Starts,
    value: str,
) -> Records[T]:
    """Read a sheet of rows that are each about an animal on a day.

    Parameters
    ----------
    config : StudyConfig
        The study.
    name : str
        The sheet's key in the config's section `data`; nothing is read where it has none.
    columns : mapping
        Our columns.
    record : callable
        Makes a record of a row's values, its file and its row.
    animals : mapping
        Animals by id.
    value : str
        What the cells of a table with a column per day or animal hold.
    """

    def make(values: dict[str, Any], _: dict[str, str], file: str, row: int) -> T:
        return record(**on_day(values, animals), file=file, row=row)

    sheet: Sheet | None = getattr(config.data, name)
    return read_records(config, sheet, columns, f"data.{name}", make, value=value)


def read_weights(config: StudyConfig, animals: Starts) -> Records[Weight]:
    """Read the sheet of body weights; empty where the study has none."""
    return read_daily(config, "weights", WEIGHTS, Weight, animals, "weight_g")


def read_doses(config: StudyConfig, animals: Starts) -> Records[Dose]:
    """Read the sheet of treatments; empty where the study has none."""
    return read_daily(config, "doses", DOSES, Dose, animals, "dose_ug")


def read_checks(config: StudyConfig, animals: Starts) -> Records[Check]:
    """Read the sheet of clinical checks; empty where the study has none."""
    return read_daily(config, "checks", CHECKS, Check, animals, "signs")


def read_imaged(config: StudyConfig) -> Records[Imaged]:
    """Read the imaging sheet; empty where the study has none."""

    def make(values: dict[str, Any], extra: dict[str, str], file: str, row: int) -> Imaged:
        batch = values.pop("batch")
        position = int(values.pop("position"))
        return Imaged(batch, Position(**values, position=position, file=file, row=row))

    sheet = config.data.imaging_sheet
    records = read_records(config, sheet, IMAGING, "data.imaging_sheet", make)
    if records.table is not None:
        # All that is asked of them stands in the records, and an archive has ten thousands.
        records.table.rows.clear()
    return records
