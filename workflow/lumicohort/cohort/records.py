"""Reading one of the study's sheets into records, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from lumicohort.cohort.headers import Column
from lumicohort.cohort.lines import below_table, headings_again
from lumicohort.cohort.missing import meant_names
from lumicohort.cohort.sheets import read_table
from lumicohort.cohort.synonyms import unread
from lumicohort.cohort.table import Row, RowNumber, Table, plain_text
from lumicohort.cohort.values import ColumnReader
from lumicohort.errors import InputError, Problem
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import Sheet
from lumicohort.study.template_rows import leave_out_examples

T = TypeVar("T")
Make = Callable[[dict[str, Any], dict[str, str], str, int], T]
"""Makes a record of values by our column names, the other columns, the file and the row."""


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

    def problem(
        self, row: int, column: str | None, message: str, hint: str | None = None
    ) -> Problem:
        """Return a problem in one of the sheet's cells."""
        assert self.table is not None
        return self.table.problem(row, column, message, hint)


def read_records(
    config: StudyConfig,
    sheet: Sheet | None,
    columns: Mapping[str, Column],
    key: str,
    make: Make[T],
    *,
    value: str | None = None,
    more_columns: bool = False,
) -> Records[T]:
    """Read a sheet, all its parts.

    Parameters
    ----------
    config : StudyConfig
        The study.
    sheet : Sheet or None
        The sheet's config; nothing is read where None.
    columns : mapping
        Our columns.
    key : str
        The sheet's config key, for messages.
    make : callable
        Makes a record of a sound row.
    value : str, optional
        What the cells of a table with a column per day or animal hold.
    more_columns : bool, optional
        Whether the config may name columns of its own.

    Returns
    -------
    Records
        The records of all parts, in their order.
    """
    records: Records[T] = Records()
    if sheet is None:
        return records
    if not more_columns:
        named = {*sheet.columns, *sheet.values, *(v for part in sheet.more for v in part.values)}
        if sheet.wide is not None:
            named |= {h for h in sheet.wide.headings if h not in sheet.wide.only}
            named |= {sheet.wide.value} if sheet.wide.value else set()
        unknown = sorted(named - {*columns})
        allowed = ", ".join(columns)
        records.problems += [
            Problem(
                f"config key {key} names `{name}`, which is no column that we know ({allowed}).",
                config.data_folder / sheet.file,
            )
            for name in unknown
        ]
        if unknown:
            return records
    parts = sheet.parts()
    tables = []
    for part in parts:
        path = Path(config.data_folder / part.file)
        try:
            table = read_table(path, part, columns, key, value)
        except InputError as error:
            records.problems += error.problems
            continue
        leave_out_examples(table)
        if len(parts) > 1:
            table.rows[:] = [_placed(row, table) for row in table.rows]
        if not table.rows:
            note = "no row is read below the headings."
            table.notes.append(Problem(note, table.file, table.where(table.header_row)))
        table.notes[:0] = _unread_columns(table, columns, key)
        tables.append(table)
        records.problems += headings_again(table, key)
        records.problems += below_table(table, key)
        _read_rows(config, records, table, path, make)
    records.table = _together(tables)
    return records


def _unread_columns(table: Table, columns: Mapping[str, Column], key: str) -> list[Problem]:
    """Return the note that some of the lab's columns look like ours and are not read as such."""
    names = [name for name in columns if name not in table.places]
    for given, other in (("end_date", {"time_days", "event"}), ("time_days", {"end_date"})):
        if given in table.places:  # an end is told in one way
            names = [name for name in names if name not in other]
    headings = list(table.rows[0].extra) if table.rows else []
    found = unread(names, headings)
    if not found:
        return []
    listed = ", ".join(f"`{heading}`" for heading in found.values())
    keys = ", ".join(f'{name}: "{heading}"' for name, heading in found.items())
    return [
        Problem(
            f"columns that look like ours are not used ({listed}).",
            table.file,
            table.where(table.header_row),
            f"If they are what they seem, name them: config key {key}.columns: {{{keys}}}.",
            sheet=table.sheet,
        )
    ]


def _placed(row: Row, table: Table) -> Row:
    """Return a row whose number knows its table."""
    if isinstance(row.number, RowNumber):
        return row
    return Row(RowNumber.of(row.number, table), row.cells, row.extra)


def _together(tables: list[Table]) -> Table | None:
    """Return the parts' tables as one: the first, with the rows and notes of all."""
    if len(tables) < 2:
        return tables[0] if tables else None
    return replace(
        tables[0],
        places={name: place for t in reversed(tables) for name, place in t.places.items()},
        rows=[row for t in tables for row in t.rows],
        notes=[note for t in tables for note in t.notes],
    )


def _read_rows(
    config: StudyConfig, records: Records[T], table: Table, path: Path, make: Make[T]
) -> None:
    """Read a table's columns, and make a record of every sound row."""
    names = (config.models, config.sheet_arms, config.end_reasons, config.data.event_values)
    reader = ColumnReader(table, config.data.date_format, records.problems, meant_names(*names))
    read = {name: reader.read(name) for name in table.columns}
    needed = [n for n, c in table.columns.items() if c.required and not c.blank]
    for index, row in enumerate(table.rows):
        values = {name: column[index] for name, column in read.items()}
        identifier = values.get("animal_id")
        if isinstance(identifier, str):
            records.animals.append((identifier, row.number))
        lacking = [
            name
            for name in needed
            if values[name] is None and values.get(table.columns[name].instead or "") is None
        ]
        for name in lacking:
            other = table.columns[name].instead
            told = any((id(row), n) in reader.faults.broken for n in (name, other))
            if other is not None and not told:  # the sheet has only the other column
                message = f"the cell is blank, and there is no {name} instead."
                records.problems.append(table.problem(row.number, other, message))
        if not lacking and not any((id(row), name) in reader.faults.broken for name in values):
            extra = {heading: plain_text(value) for heading, value in row.extra.items()}
            records.rows.append(make(values, extra, str(path), row.number))
