"""Finding a lab's table in its sheet: the header row, our columns under the lab's headings, rows.

Imports nothing heavier than pydantic: the workflow reads sheets while it plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lumicohort.cohort.delimited import read_delimited
from lumicohort.cohort.grid import Broken, Grid, column_letter
from lumicohort.cohort.headers import (
    Column,
    best_header,
    find_places,
    heading_text,
    sheet_place,
)
from lumicohort.cohort.workbooks import WORKBOOKS, read_workbook
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.study.config.sheets import Sheet

TEXT_FILES = frozenset({".csv", ".tsv", ".txt"})
"""Endings of the text files that can be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    number : int
        Its number as a spreadsheet program shows it.
    cells : dict
        Our column name to the cell's value, for the columns that the sheet has.
    extra : dict
        The lab's heading to the cell's value, for every other column.
    """

    number: int
    cells: dict[str, object]
    extra: dict[str, object]


@dataclass(frozen=True, slots=True)
class Table:
    """A lab's table, found and named.

    Parameters
    ----------
    file : Path
        The file.
    sheet : str or None
        The worksheet.
    header_row : int
        Number of the header row.
    places : dict
        Our column name to (column index, the lab's heading).
    columns : mapping
        What is known of our columns.
    rows : list of Row
        The rows that hold anything.
    notes : list of Problem
        What was read and deserves a look (hidden rows, values without a heading).
    """

    file: Path
    sheet: str | None
    header_row: int
    places: dict[str, tuple[int, str]]
    columns: Mapping[str, Column]
    rows: list[Row]
    notes: list[Problem] = field(default_factory=list)

    def where(self, row: int, column: str | None = None) -> str:
        """Return the place of a row, or of its cell, as messages name it."""
        parts = [f'sheet "{self.sheet}"'] if self.sheet else []
        if column is None or column not in self.places:
            return ", ".join([*parts, f"row {row}"])
        index, heading = self.places[column]
        shown = " ".join(heading.split())
        return ", ".join([*parts, f"row {row}", f"column {shown} ({column_letter(index)}{row})"])

    def problem(
        self, row: int, column: str | None, message: str, hint: str | None = None
    ) -> Problem:
        """Return a problem in one of the table's cells."""
        return Problem(message, self.file, self.where(row, column), hint)


def read_grid(path: Path, sheet: str | None, wanted: Sequence[str], header: int | None) -> Grid:
    """Read a file's cells.

    Parameters
    ----------
    path : Path
        The file.
    sheet : str or None
        Name of the worksheet, for workbooks.
    wanted : sequence of str
        Headings that the table should have; they tell the delimiter of a text file.
    header : int or None
        Number of the header row, where it is known.

    Returns
    -------
    Grid
        The cells.

    Raises
    ------
    InputError
        If there is no such file, its kind is not known, or it cannot be read.
    """
    if path.is_dir():
        raise InputError(Problem("this is a folder, not a sheet.", path))
    if not path.is_file():
        raise InputError(_no_file(path))
    if path.stat().st_size == 0:
        raise InputError(Problem("the file is empty.", path))
    suffix = path.suffix.casefold()
    try:
        if suffix in WORKBOOKS:
            return read_workbook(path, sheet)
        if suffix in TEXT_FILES:
            return read_delimited(path, lambda rows: best_header(rows, wanted, header)[1])
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror}.", path)) from None
    allowed = ", ".join(sorted(WORKBOOKS | TEXT_FILES))
    raise InputError(Problem(f"`{path.suffix}` is not a kind of sheet ({allowed}).", path))


def _no_file(path: Path) -> Problem:
    """Return the problem that a file is missing, with the likeliest one meant."""
    known = WORKBOOKS | TEXT_FILES
    names = [p.name for p in path.parent.glob("*") if p.suffix.casefold() in known]
    hint = "Copy the sheet there, or correct the config's section data."
    return Problem(f"there is no such file{did_you_mean(path.name, names)}.", path, hint=hint)


def read_table(path: Path, config: Sheet, columns: Mapping[str, Column], key: str) -> Table:
    """Read a table.

    Parameters
    ----------
    path : Path
        The file.
    config : Sheet
        The sheet's config: worksheet, header row, and our names to the lab's headings. A name of
        the config that is not among `columns` is read as text.
    columns : mapping
        Our columns.
    key : str
        The config key of the sheet, for messages: ``data.cohort``.

    Returns
    -------
    Table
        The table. Blank rows and blank columns are gone; everything else is in it.

    Raises
    ------
    InputError
        Naming every column that is missing or stands twice, and every row of a wrong length.
    """
    columns = {
        **columns,
        **{name: Column("text") for name in config.columns if name not in columns},
    }
    headings = {name: config.columns.get(name, name) for name in columns}
    grid = read_grid(path, config.sheet, list(headings.values()), config.header_row)
    header, score = best_header(grid.rows, list(headings.values()), config.header_row)
    if not any(value is not None for row in grid.rows for value in row):
        others = f" Other worksheets: {', '.join(grid.other_sheets)}." if grid.other_sheets else ""
        raise InputError(Problem(f"the sheet is blank.{others}", path, sheet_place(grid)))
    found = [heading_text(value) for value in grid.rows[header]] if grid.rows else []
    places = find_places(grid, header, score, found, headings, columns, config, key)
    if grid.delimited:
        _check_lengths(grid, header, found)
    return _table(grid, header, found, places, columns)


def _check_lengths(grid: Grid, header: int, found: Sequence[str]) -> None:
    """Refuse rows of delimited text that are longer or shorter than the header."""
    needed = max((i + 1 for i, heading in enumerate(found) if heading), default=0)
    problems = []
    for number, row in enumerate(grid.rows[header + 1 :], start=header + 2):
        used = max((i + 1 for i, value in enumerate(row) if value is not None), default=0)
        if not used:
            continue
        if len(row) < needed:
            found_text = f"the row has {len(row)} cells, and the header has {needed}."
            hint = "Was the file cut off? Blank cells at the end need their delimiters too."
        elif used > len(found):
            found_text = f"the row has {used} cells, and the header has {len(found)}."
            hint = "Put cells that hold the delimiter (a decimal comma?) in quotation marks."
        else:
            continue
        problems.append(Problem(found_text, grid.file, f"row {number}", hint))
    if problems:
        raise InputError(problems)


def _table(
    grid: Grid,
    header: int,
    found: Sequence[str],
    places: dict[str, tuple[int, str]],
    columns: Mapping[str, Column],
) -> Table:
    """Return the table below the header."""
    mapped = {index for index, _ in places.values()}
    notes: list[Problem] = []
    extra = _extra_headings(found, mapped)
    table = Table(grid.file, grid.sheet, header + 1, places, columns, [], notes)
    for number, values in enumerate(grid.rows[header + 1 :], start=header + 2):
        if all(value is None for value in values):
            continue
        padded = [*values, *[None] * (len(found) - len(values))]
        row = Row(
            number,
            {name: padded[index] for name, (index, _) in places.items()},
            {heading: padded[index] for index, heading in extra.items()},
        )
        if _is_repeated_by_merging(grid, number, values):
            continue
        stray = [
            i for i, v in enumerate(padded) if v is not None and i not in mapped and i not in extra
        ]
        if stray:
            cells = ", ".join(f"{column_letter(i)}{number}" for i in stray[:5])
            note = f"cells without a heading are not read ({cells})."
            notes.append(Problem(note, grid.file, table.where(number)))
        if all(value is None for value in row.cells.values()):
            note = "none of the columns that are read is filled in this row; it is not read."
            notes.append(Problem(note, grid.file, table.where(number)))
            continue
        if number in grid.hidden:
            notes.append(
                Problem(
                    "the row is hidden in the file, and is read.", grid.file, table.where(number)
                )
            )
        table.rows.append(row)
    return table


def _extra_headings(found: Sequence[str], mapped: set[int]) -> dict[int, str]:
    """Return the headings that we do not know, by column; those that stand twice get its letter."""
    headings: dict[int, str] = {}
    for index, heading in enumerate(found):
        if heading and index not in mapped:
            shown = " ".join(heading.split())
            taken = shown in headings.values()
            headings[index] = f"{shown} ({column_letter(index)})" if taken else shown
    return headings


def _is_repeated_by_merging(grid: Grid, number: int, values: Sequence[object]) -> bool:
    """Tell whether a row holds nothing but repeats of merged cells above."""
    return bool(grid.filled) and all(
        value is None or (number, i) in grid.filled for i, value in enumerate(values)
    )


def plain_text(value: object) -> str:
    """Return a cell's value as text; blank and broken cells are an empty string."""
    if value is None or isinstance(value, Broken):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
