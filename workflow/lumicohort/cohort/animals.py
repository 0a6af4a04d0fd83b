"""The rows of the study's sheets as typed records.

Every problem of a sheet is collected; what a broken row still tells (its animal) is kept, so
that the checks between sheets do not complain about it a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

from lumicohort.cohort.headers import Column
from lumicohort.cohort.sheets import Table, plain_text, read_table
from lumicohort.cohort.values import ColumnReader
from lumicohort.errors import InputError, Problem
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import Sheet

T = TypeVar("T")

COHORT: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "model": Column("text", required=True),
    "arm": Column("text", required=True),
    "sex": Column("text"),
    "cage": Column("text"),
    "birth_date": Column("date"),
    "strain": Column("text"),
    "inoculation_date": Column("date", required=True),
    "cells_injected": Column("number", above=0),
    "weight_g": Column("number", above=0),
    "end_date": Column("date"),
    "end_reason": Column("text"),
}
"""Columns of the cohort sheet, one row per animal."""

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
    "date": Column("date", required=True),
    "weight_g": Column("number", required=True, blank=True, above=0),
}
"""Columns of the sheet of body weights; a blank weight is a weighing that was not done."""

DOSES: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "date": Column("date", required=True),
    "agent": Column("text"),
    "dose_ug": Column("number", at_least=0),
    "dose_mg_per_kg": Column("number", at_least=0),
    "volume_ul": Column("number", at_least=0),
    "route": Column("text"),
}
"""Columns of the sheet of treatments, one row per treatment given."""


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
class Imaged:
    """A row of the imaging sheet: a position, and the batch that its click lies in."""

    batch: str
    place: Position


@dataclass(slots=True)
class Records(Generic[T]):
    """What was read of one sheet.

    Parameters
    ----------
    rows : list
        The records of the sound rows.
    table : Table or None
        The table, for places in messages; None where it could not be read.
    animals : list of tuple
        (animal_id, row number) of every row whose id could be read, sound or not.
    problems : list of Problem
        Everything that is wrong with the sheet.
    """

    rows: list[T] = field(default_factory=list)
    table: Table | None = None
    animals: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, row: int, column: str, message: str, hint: str | None = None) -> Problem:
        """Return a problem in one of the sheet's cells."""
        assert self.table is not None
        return self.table.problem(row, column, message, hint)


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
        more = {k: plain_text(v) for k, v in values.items() if k not in COHORT}
        known = {k: v for k, v in values.items() if k in COHORT}
        return Animal(**known, extra={**extra, **more}, file=file, row=row)

    return _read(config, config.data.cohort, COHORT, "data.cohort", make)


def read_weights(config: StudyConfig) -> Records[Weight]:
    """Read the sheet of body weights; empty where the study has none."""
    return _read(
        config,
        config.data.weights,
        WEIGHTS,
        "data.weights",
        lambda values, _, file, row: Weight(**values, file=file, row=row),
    )


def read_doses(config: StudyConfig) -> Records[Dose]:
    """Read the sheet of treatments; empty where the study has none."""
    return _read(
        config,
        config.data.doses,
        DOSES,
        "data.doses",
        lambda values, _, file, row: Dose(**values, file=file, row=row),
    )


def read_imaged(config: StudyConfig) -> Records[Imaged]:
    """Read the imaging sheet; empty where the study has none."""

    def make(values: dict[str, Any], extra: dict[str, str], file: str, row: int) -> Imaged:
        batch = values.pop("batch")
        position = int(values.pop("position"))
        return Imaged(batch, Position(**values, position=position, file=file, row=row))

    return _read(config, config.data.imaging_sheet, IMAGING, "data.imaging_sheet", make)


def _read(
    config: StudyConfig,
    sheet: Sheet | None,
    columns: Mapping[str, Column],
    key: str,
    make: Callable[[dict[str, Any], dict[str, str], str, int], T],
) -> Records[T]:
    """Read a sheet into records."""
    records: Records[T] = Records()
    if sheet is None:
        return records
    path = Path(config.data_folder / sheet.file)
    if columns is not COHORT:
        unknown = [name for name in sheet.columns if name not in columns]
        allowed = ", ".join(columns)
        records.problems += [
            Problem(
                f"config key {key}.columns.{name} names no column that we know ({allowed}).", path
            )
            for name in unknown
        ]
        if unknown:
            return records
    try:
        table = read_table(path, sheet, columns, key)
    except InputError as error:
        records.problems += error.problems
        return records
    records.table = table
    reader = ColumnReader(table, config.data.date_format, records.problems)
    read = {name: reader.read(name) for name in table.columns}
    needed = [n for n, c in table.columns.items() if c.required and not c.blank]
    for index, row in enumerate(table.rows):
        values = {name: column[index] for name, column in read.items()}
        identifier = values.get("animal_id")
        if isinstance(identifier, str):
            records.animals.append((identifier, row.number))
        sound = all(values[name] is not None for name in needed)
        if sound and not any((row.number, name) in reader.broken for name in values):
            extra = {heading: plain_text(value) for heading, value in row.extra.items()}
            records.rows.append(make(values, extra, str(path), row.number))
    return records
