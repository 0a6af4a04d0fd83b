"""Cells into ids, dates, times and numbers; what can be read in two ways is refused.

A reader takes a whole column: one cell often settles how the others are meant.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lumicohort.cohort.dates import (
    ORDERS,
    PARTS,
    clock_text,
    readings,
    serial_hint,
    settled_date,
    split_day,
    time_problem,
)
from lumicohort.cohort.grid import Broken, column_letter
from lumicohort.cohort.missing import no_value
from lumicohort.cohort.numerals import Marks, number_of
from lumicohort.cohort.table import Row, RowNumber, Table, plain_text, quoted
from lumicohort.errors import Problem

DATE_KEY = "data.date_format"
"""The config key that settles how text dates are read."""

LONGEST = 200
"""Longest text of an id or a name."""

_DATE_HINT = "Write dates as 2020-12-31, or format the cell as a date."
# Outside lie the zero days of spreadsheets (1899, 1904) and of computers (1970), and years of two
# digits that meant the last century.
_EARLIEST, _LATEST = date(1990, 1, 1), date(2050, 1, 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with what is needed to complain about it."""

    row: Row
    value: object


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
        self.problems = problems
        self.broken: set[tuple[int, str]] = set()
        """Cells (identity of the row, column) that hold something unreadable."""
        self._said: set[Problem] = set()

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
            "date": self._dates,
            "number": self._numbers,
            "time": self._times,
        }
        values = list(readers[column.kind](name, cells))
        if column.required and not column.blank:
            for cell, value in zip(cells, values, strict=True):
                if value is not None or (id(cell.row), name) in self.broken:
                    continue
                if cell.row.cells.get(column.instead or "") is None:
                    self._refuse(name, cell, "the cell is blank, and this column needs a value.")
        return values

    def _present(self, name: str, row: Row) -> object:
        """Return a cell's value, None where it is blank or says so."""
        value = row.cells.get(name)
        if isinstance(value, Broken):
            self._refuse(name, Cell(row, value), f"the cell {value.reason}.")
            return None
        if isinstance(value, str) and self.table.columns[name].kind != "id":
            return None if no_value(value, name, self.meant) else value
        return value

    def _refuse(self, name: str, cell: Cell, message: str, hint: str | None = None) -> None:
        self.broken.add((id(cell.row), name))
        self._say(self.table.problem(cell.row.number, name, message, hint))

    def _say(self, problem: Problem) -> None:
        """Add a problem, once: a cell that stands for many rows is complained about once."""
        if problem not in self._said:
            self._said.add(problem)
            self.problems.append(problem)

    # -- text ---------------------------------------------------------------------------------

    def _ids(self, name: str, cells: Sequence[Cell]) -> list[str | None]:
        return [self._id(name, cell) for cell in cells]

    def _id(self, name: str, cell: Cell) -> str | None:
        value = cell.value
        if isinstance(value, (date, time, timedelta)):
            shown = plain_text(value)
            self._refuse(
                name,
                cell,
                f"the id is a date or time ({shown}): the spreadsheet program has changed it.",
                "Format the column as text and type the id again.",
            )
            return None
        if isinstance(value, float) and (abs(value) >= 1e15 or not math.isfinite(value)):
            self._refuse(
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
            self._refuse(name, cell, f"the text has {len(text)} characters; at most {LONGEST}.")
            return None
        bad = next((c for c in text if not c.isprintable()), None)
        if bad is not None:
            what = "a line break" if bad in "\r\n" else f"the control character {bad!r}"
            self._refuse(name, cell, f"{text!r} holds {what}.", "Type the cell again.")
            return None
        return text

    # -- dates --------------------------------------------------------------------------------

    def _dates(self, name: str, cells: Sequence[Cell]) -> list[date | None]:
        self._swapped(name, cells)
        orders = self._orders(cells)
        ambiguous: list[tuple[Cell, dict[str, date]]] = []
        found = [self._date(name, cell, orders, ambiguous) for cell in cells]
        if ambiguous:
            cell, possible = ambiguous[0]
            others = self._others_like(name, [c.row.number for c, _ in ambiguous])
            shown = " or ".join(
                f"{day.isoformat()} ({order.replace('_', ' ')})" for order, day in possible.items()
            )
            self.broken.update((id(c.row), name) for c, _ in ambiguous)
            self._say(
                self.table.problem(
                    cell.row.number,
                    name,
                    f"{quoted(cell.value)} can mean more than one day: {shown}, and nothing in "
                    f"the column settles it.{others}",
                    f"Set config key {DATE_KEY} to `day_first` or `month_first`, or write dates "
                    "as 2020-12-31.",
                )
            )
        return found

    def _swapped(self, name: str, cells: Sequence[Cell]) -> None:
        """Refuse dates that a spreadsheet program has read in the wrong order.

        A program set to month-first dates turns the text 04/03/2020 of a day-first list into the
        3rd of April, and leaves 13/03/2020 as text. Then every true date's day is at most 12, and
        every text's is above.
        """
        if self.date_format is not None:
            return
        true = [c for c in cells if isinstance(c.value, date)]
        matches = [PARTS.fullmatch(c.value) for c in cells if isinstance(c.value, str)]
        texts = [m for m in matches if m and readings(m)]
        if not true or not texts or any(cell.value.day > 12 for cell in true):  # type: ignore[attr-defined]
            return
        if any(len(readings(match)) != 1 for match in texts):
            return
        self._refuse(
            name,
            true[0],
            f"the column holds dates, all of the 1st to 12th ({quoted(true[0].value)}), and texts "
            f"such as `{texts[0][0]}` that the spreadsheet program did not take for dates: day "
            "and month of the former are probably swapped.",
            f"Write all dates as 2020-12-31; if they are right, set config key {DATE_KEY}.",
        )

    def _others_like(self, name: str, rows: Sequence[int]) -> str:
        """Say which further cells of a column are like its first one."""
        places = [
            (row.table if isinstance(row, RowNumber) else self.table).cell(row, name)
            for row in rows
        ]
        first, *cells = dict.fromkeys((p[0], p[1]) for p in places if p is not None)
        if not cells:
            return ""
        if {index for _, index in cells} == {first[1]}:
            return f" So do rows {', '.join(str(row) for row, _ in cells)} of this column."
        return f" So do {', '.join(f'{column_letter(index)}{row}' for row, index in cells)}."

    def _orders(self, cells: Sequence[Cell]) -> set[str]:
        """Return the orders of day, month and year under which all of a column's dates exist."""
        orders = set(ORDERS)
        for cell in cells:
            match = PARTS.fullmatch(cell.value) if isinstance(cell.value, str) else None
            possible = readings(match) if match else {}
            if possible:
                orders &= set(possible)
        return orders

    def _date(
        self,
        name: str,
        cell: Cell,
        orders: set[str],
        ambiguous: list[tuple[Cell, dict[str, date]]],
    ) -> date | None:
        value = cell.value
        if value is None:
            return None
        if isinstance(value, datetime):
            return self._plausible(name, cell, value.date())
        if isinstance(value, date):
            return self._plausible(name, cell, value)
        if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) == 8:
            value = str(value)  # 20200304, typed as a number
        if isinstance(value, str):
            wrong = time_problem(value)
            if wrong is not None:
                self._refuse(name, cell, f"{quoted(value)} is not a day: {wrong}.", _DATE_HINT)
                return None
            match = PARTS.fullmatch(value)
            if match and self.date_format != "iso":
                return self._by_parts(name, cell, readings(match), orders, ambiguous)
            parsed = settled_date(value)
            if parsed is not None:
                return self._plausible(name, cell, parsed)
        self._refuse(name, cell, f"{quoted(value)} is not a date{serial_hint(value)}.", _DATE_HINT)
        return None

    def _by_parts(
        self,
        name: str,
        cell: Cell,
        possible: dict[str, date],
        orders: set[str],
        ambiguous: list[tuple[Cell, dict[str, date]]],
    ) -> date | None:
        """Return the day that `12/31/2020` or `31.12.20` means."""
        if not possible:
            shown = quoted(cell.value)
            self._refuse(name, cell, f"{shown} is no day of the calendar.", _DATE_HINT)
            return None
        if self.date_format is not None:
            if self.date_format not in possible:
                self._refuse(
                    name,
                    cell,
                    f"{quoted(cell.value)} is no date when read as config key {DATE_KEY} says "
                    f"(`{self.date_format}`).",
                    "Correct the cell or the config key.",
                )
                return None
            return self._plausible(name, cell, possible[self.date_format])
        if len(set(possible.values())) == 1:
            return self._plausible(name, cell, next(iter(possible.values())))
        if not orders:
            self._refuse(
                name,
                cell,
                f"{quoted(cell.value)} stands in a column that holds day-first and month-first "
                "dates.",
                "Write dates as 2020-12-31.",
            )
            return None
        allowed = {order: day for order, day in possible.items() if order in orders}
        if len(set(allowed.values())) == 1:
            return self._plausible(name, cell, next(iter(allowed.values())))
        ambiguous.append((cell, allowed))
        return None

    def _plausible(self, name: str, cell: Cell, day: date) -> date | None:
        if _EARLIEST <= day <= _LATEST:
            return day
        self._refuse(name, cell, f"the date {day.isoformat()} cannot be right.", _DATE_HINT)
        return None

    # -- numbers ------------------------------------------------------------------------------

    def _numbers(self, name: str, cells: Sequence[Cell]) -> list[float | None]:
        marks = Marks.of(cell.value for cell in cells)
        return [self._within(name, cell, self._number(name, cell, marks)) for cell in cells]

    def _number(self, name: str, cell: Cell, marks: Marks) -> float | None:
        value = cell.value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            self._refuse(name, cell, f"{quoted(value)} is not a number.")
            return None
        if isinstance(value, (int, float)):
            return float(value)
        found = number_of(value, marks)
        if isinstance(found, float):
            return found
        if found is not None:
            self._two_ways(name, cell, *found)
            return None
        unit = re.match(r"[-+]?[\d.,]+(?:e[-+]?\d+)?", value, re.IGNORECASE)
        hint = f"Write only the number ({unit[0]}), without unit or note." if unit else None
        self._refuse(name, cell, f"{quoted(value)} is not a number.", hint)
        return None

    def _two_ways(self, name: str, cell: Cell, one: str, other: str) -> None:
        self._refuse(
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
            self._refuse(name, cell, f"{quoted(cell.value)} is too large to be right.")
        elif column.above is not None and number <= column.above:
            self._refuse(name, cell, f"{number:g} is not above {column.above:g}.")
        elif column.at_least is not None and number < column.at_least:
            self._refuse(name, cell, f"{number:g} is below {column.at_least:g}.")
        elif column.whole and not number.is_integer():
            self._refuse(name, cell, f"{number:g} is not a whole number.")
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
        self._refuse(
            name, cell, f"{quoted(value)} is not a time of day.", "Write it as 14:05 or 14:05:30."
        )
        return None
