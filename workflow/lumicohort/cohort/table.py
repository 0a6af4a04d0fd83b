"""A lab's table, found and named; its rows know the cells that they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lumicohort.cohort.grid import Broken, column_letter
from lumicohort.cohort.headers import Column
from lumicohort.errors import Problem


class RowNumber(int):
    """A row's number that also knows its table and where its cells stand.

    Needed where one row of the file holds many of ours (a column per day), and where a table
    lies in several files. Everywhere else it is just the number.
    """

    table: Table
    at: Mapping[str, tuple[int, int, str]]

    @classmethod
    def of(
        cls, number: int, table: Table, at: Mapping[str, tuple[int, int, str]] | None = None
    ) -> RowNumber:
        """Return the number of a row of a table.

        Parameters
        ----------
        number : int
            The row's number as a spreadsheet program shows it.
        table : Table
            Its table.
        at : mapping, optional
            Our column name to (row number, column index, heading) of cells that stand elsewhere
            than the table says.
        """
        self = cls(number)
        self.table, self.at = table, at or {}
        return self

    def __copy__(self) -> RowNumber:
        return self

    def __deepcopy__(self, _: Any) -> RowNumber:
        return self

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        return int, (int(self),)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    number : int
        Its number as a spreadsheet program shows it; a `RowNumber` where cells stand elsewhere.
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
        Our column name to (column index, the lab's heading); (-1, "") where the value does not
        stand in a column of its own.
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

    def cell(self, row: int, column: str | None) -> tuple[int, int, str] | None:
        """Return (row number, column index, heading) of a cell; None where it has no place."""
        if column is None:
            return None
        if isinstance(row, RowNumber) and column in row.at:
            return row.at[column]
        index, heading = self.places.get(column, (-1, ""))
        return (int(row), index, heading) if index >= 0 else None

    def where(self, row: int, column: str | None = None) -> str:
        """Return the place of a row, or of its cell, as messages name it."""
        parts = [f'sheet "{self.sheet}"'] if self.sheet else []
        cell = self.cell(row, column)
        if cell is None:
            return ", ".join([*parts, f"row {int(row)}"])
        number, index, heading = cell
        name = f"{column_letter(index)}{number}"
        shown = " ".join(heading.split())
        shown = shown if len(shown) <= 60 else shown[:57] + "…"
        column_text = f"column {shown} ({name})" if shown else f"column {name}"
        return ", ".join([*parts, f"row {number}", column_text])

    def problem(
        self, row: int, column: str | None, message: str, hint: str | None = None
    ) -> Problem:
        """Return a problem in one of the table's cells."""
        table = row.table if isinstance(row, RowNumber) else self
        cell = table.cell(row, column)
        at = f"{column_letter(cell[1])}{cell[0]}" if cell else f"{int(row)}"
        where = table.where(row, column)
        return Problem(message, table.file, where, hint, sheet=table.sheet, cell=at)


def plain_text(value: object) -> str:
    """Return a cell's value as text; blank and broken cells are an empty string."""
    if value is None or isinstance(value, Broken):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def quoted(value: object) -> str:
    """Return a value as a message shows it, shortened."""
    text = plain_text(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"
