"""Cells into ids, dates, times and numbers; what can be read in two ways is refused.

A reader takes a whole column: one cell often settles how the others are meant.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta

from lumicohort.cohort.cell_faults import Cell, CellFaults
from lumicohort.cohort.date_columns import DateReader
from lumicohort.cohort.dates import clock_text, split_day
from lumicohort.cohort.grid import Broken
from lumicohort.cohort.missing import no_value
from lumicohort.cohort.numerals import Marks, number_of
from lumicohort.cohort.table import Row, Table, plain_text, quoted
from lumicohort.errors import Problem
from lumicohort.plausible import MOST_P_S, NO_MOUSE

LONGEST = 200
"""Longest text of an id or a name."""

_NUMBER = re.compile(r"([-+]?[\d.,]+(?:e[-+]?\d+)?)[^\d^]*", re.IGNORECASE)
_UNDER_LIMIT = re.compile(r"[<\u2264].*|.*\b(?:lod|lloq|bdl|bld|nd|n\.d\.?)\b.*", re.IGNORECASE)


def _number_hint(text: str, flux: bool) -> str | None:
    """Return what to do about a text where a number should stand."""
    if flux and _UNDER_LIMIT.fullmatch(text):
        return (
            "Write the flux that was measured, and the limit of detection in the column lod_p_s; "
            "leave the cell blank where nothing was measured."
        )
    if number := _NUMBER.fullmatch(text):
        return f"Write only the number ({number[1]}), without unit or note."
    if not any(c.isdigit() for c in text):
        return "Leave the cell blank where there is no value."
    return "Write it in digits, a large one as 1.2e6."


_FLUX_HINT = "Look at the exponent: another unit or a slip of the pen?"


class ColumnReader:
    """Reads the columns of one table and collects what is wrong with them.

    Parameters
    ----------
    table : Table
        The table.
    date_format : str or None
        The config's `data.date_format`.
    problems : list of Problem
        Where problems go.
    meant : collection of str, optional
        Names of the config that would else be taken for "no value".
    """

    def __init__(
        self,
        table: Table,
        date_format: str | None,
        problems: list[Problem],
        meant: Collection[str] = (),
    ) -> None:
        self.table = table
        self.meant = meant
        self.date_format = date_format
        self.faults = CellFaults(table, problems)

    def read(self, name: str) -> list[object]:
        """Read a column by its kind.

        Parameters
        ----------
        name : str
            Our name of the column.

        Returns
        -------
        list
            One value for each row of the table: `str`, `date`, `float`, or None where the cell
            is blank, broken or the column absent.
        """
        column = self.table.columns[name]
        if name not in self.table.places:
            return [None] * len(self.table.rows)
        cells = [Cell(row, self._present(name, row)) for row in self.table.rows]
        readers: dict[str, Callable[[str, Sequence[Cell]], Sequence[object]]] = {
            "id": self._ids,
            "text": self._texts,
            "date": DateReader(self.faults, self.date_format).read,
            "number": self._numbers,
            "time": self._times,
        }
        values = list(readers[column.kind](name, cells))
        if column.required and not column.blank:
            for cell, value in zip(cells, values, strict=True):
                if value is not None or (id(cell.row), name) in self.faults.broken:
                    continue
                if cell.row.cells.get(column.instead or "") is None:
                    self.faults.refuse(
                        name, cell, "the cell is blank, and this column needs a value."
                    )
        return values

    def _present(self, name: str, row: Row) -> object:
        """Return a cell's value, None where it is blank or says so."""
        value = row.cells.get(name)
        if isinstance(value, Broken):
            self.faults.refuse(name, Cell(row, value), f"the cell {value.reason}.")
            return None
        if isinstance(value, str) and self.table.columns[name].kind != "id":
            return None if no_value(value, name, self.meant) else value
        return value

    # -- text ---------------------------------------------------------------------------------

    def _ids(self, name: str, cells: Sequence[Cell]) -> list[str | None]:
        return [self._id(name, cell) for cell in cells]

    def _id(self, name: str, cell: Cell) -> str | None:
        value = cell.value
        if isinstance(value, (date, time, timedelta)):
            shown = plain_text(value)
            self.faults.refuse(
                name,
                cell,
                f"the id is a date or time ({shown}): the spreadsheet program has changed it.",
                "Format the column as text and type the id again.",
            )
            return None
        if isinstance(value, float) and (abs(value) >= 1e15 or not math.isfinite(value)):
            self.faults.refuse(
                name,
                cell,
                f"the id is a number of more than 15 digits ({value:.0f}), whose last digits the "
                "spreadsheet program has lost.",
                "Format the column as text and type the id again.",
            )
            return None
        return self._short(name, cell, plain_text(value) if value is not None else None)

    def _texts(self, name: str, cells: Sequence[Cell]) -> list[str | None]:
        return [
            self._short(name, cell, plain_text(cell.value) if cell.value is not None else None)
            for cell in cells
        ]

    def _short(self, name: str, cell: Cell, text: str | None) -> str | None:
        """Return a name's text if it can be one: printable, of one line, not endless."""
        if text is None:
            return None
        text = unicodedata.normalize("NFC", text)
        if len(text) > LONGEST:
            self.faults.refuse(
                name, cell, f"the text has {len(text)} characters; at most {LONGEST}."
            )
            return None
        bad = next((c for c in text if not c.isprintable()), None)
        if bad is not None:
            what = "a line break" if bad in "\r\n" else f"the control character {bad!r}"
            self.faults.refuse(name, cell, f"{text!r} holds {what}.", "Type the cell again.")
            return None
        return text

    # -- numbers ------------------------------------------------------------------------------

    def _numbers(self, name: str, cells: Sequence[Cell]) -> list[float | None]:
        marks = Marks.of(cell.value for cell in cells)
        return [self._within(name, cell, self._number(name, cell, marks)) for cell in cells]

    def _number(self, name: str, cell: Cell, marks: Marks) -> float | None:
        value = cell.value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            self.faults.refuse(name, cell, f"{quoted(value)} is not a number.")
            return None
        if isinstance(value, (int, float)):
            return float(value)
        found = number_of(value, marks)
        if isinstance(found, float):
            return found
        if found is not None:
            self._two_ways(name, cell, *found)
            return None
        hint = _number_hint(value, self.table.columns[name].flux)
        self.faults.refuse(name, cell, f"{quoted(value)} is not a number.", hint)
        return None

    def _two_ways(self, name: str, cell: Cell, one: str, other: str) -> None:
        self.faults.refuse(
            name,
            cell,
            f"{quoted(cell.value)} can mean {one} or {other}.",
            "Write it without a thousands separator.",
        )

    def _within(self, name: str, cell: Cell, number: float | None) -> float | None:
        """Return the number if it is finite and within the column's limits."""
        if number is None:
            return None
        column = self.table.columns[name]
        if not math.isfinite(number):
            self.faults.refuse(name, cell, f"{quoted(cell.value)} is too large to be right.")
        elif column.above is not None and number <= column.above:
            self.faults.refuse(name, cell, f"{number:g} is not above {column.above:g}.")
        elif column.at_least is not None and number < column.at_least:
            self.faults.refuse(name, cell, f"{number:g} is below {column.at_least:g}.")
        elif column.flux and abs(number) > MOST_P_S:
            self.faults.refuse(name, cell, f"{quoted(cell.value)} p/s is {NO_MOUSE}.", _FLUX_HINT)
        elif column.whole and not number.is_integer():
            self.faults.refuse(name, cell, f"{number:g} is not a whole number.")
        else:
            return number
        return None

    # -- times of day -------------------------------------------------------------------------

    def _times(self, name: str, cells: Sequence[Cell]) -> list[str | None]:
        return [self._time(name, cell) for cell in cells]

    def _time(self, name: str, cell: Cell) -> str | None:
        """Return a time of day as `HH:MM:SS`, after its day and a `T` where the cell has one."""
        value = cell.value
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.replace(microsecond=0).isoformat()
        if isinstance(value, time):
            return value.replace(microsecond=0).isoformat()
        if isinstance(value, str):
            day, clock = split_day(value)
            parsed = clock_text(clock)
            if parsed is not None and day != "":
                return f"{day}T{parsed}" if day else parsed
        self.faults.refuse(
            name, cell, f"{quoted(value)} is not a time of day.", "Write it as 14:05 or 14:05:30."
        )
        return None
