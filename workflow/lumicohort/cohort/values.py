"""Cells into ids, dates, times and numbers; what can be read in two ways is refused.

A reader takes a whole column: one cell often settles how the others are meant.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
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
)
from lumicohort.cohort.grid import Broken
from lumicohort.cohort.sheets import Row, Table, plain_text
from lumicohort.errors import Problem

DATE_KEY = "data.date_format"
"""The config key that settles how text dates are read."""

MISSING = frozenset({"na", "n/a", "#n/a n/a"})
"""Words that mean "no value" in every column but ids."""

LONGEST = 200
"""Longest text of an id or a name."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)
_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_POINT_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
_GROUPED_COMMA = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)|[-+]?\d{1,3}(,\d{3}){2,}")
_GROUPED_POINT = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)|[-+]?\d{1,3}(\.\d{3}){2,}")

_DATE_HINT = "Write dates as 2020-12-31, or format the cell as a date."
_EARLIEST, _LATEST = date(1980, 1, 1), date(2100, 1, 1)


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
    """

    def __init__(self, table: Table, date_format: str | None, problems: list[Problem]) -> None:
        self.table = table
        self.date_format = date_format
        self.problems = problems
        self.broken: set[tuple[int, str]] = set()
        """Cells (row number, column) that hold something unreadable."""

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
                if value is None and (cell.row.number, name) not in self.broken:
                    self._refuse(name, cell, "the cell is blank, and this column needs a value.")
        return values

    def _present(self, name: str, row: Row) -> object:
        """Return a cell's value, None where it is blank or says so."""
        value = row.cells[name]
        if isinstance(value, Broken):
            self._refuse(name, Cell(row, value), f"the cell {value.reason}.")
            return None
        if isinstance(value, str) and self.table.columns[name].kind != "id":
            return None if value.casefold() in MISSING else value
        return value

    def _refuse(self, name: str, cell: Cell, message: str, hint: str | None = None) -> None:
        self.broken.add((cell.row.number, name))
        self.problems.append(self.table.problem(cell.row.number, name, message, hint))

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
        orders = self._orders(cells)
        ambiguous: list[tuple[Cell, dict[str, date]]] = []
        found = [self._date(name, cell, orders, ambiguous) for cell in cells]
        if ambiguous:
            cell, possible = ambiguous[0]
            more = [str(c.row.number) for c, _ in ambiguous[1:]]
            others = f" So do rows {', '.join(more)} of this column." if more else ""
            shown = " or ".join(
                f"{day.isoformat()} ({order.replace('_', ' ')})" for order, day in possible.items()
            )
            self.broken.update((c.row.number, name) for c, _ in ambiguous)
            self.problems.append(
                self.table.problem(
                    cell.row.number,
                    name,
                    f"{_quoted(cell.value)} can mean more than one day: {shown}, and nothing in "
                    f"the column settles it.{others}",
                    f"Set config key {DATE_KEY} to `day_first` or `month_first`, or write dates "
                    "as 2020-12-31.",
                )
            )
        return found

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
        if isinstance(value, str):
            match = PARTS.fullmatch(value)
            if match and self.date_format != "iso":
                return self._by_parts(name, cell, readings(match), orders, ambiguous)
            parsed = settled_date(value)
            if parsed is not None:
                return self._plausible(name, cell, parsed)
        self._refuse(name, cell, f"{_quoted(value)} is not a date{serial_hint(value)}.", _DATE_HINT)
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
            shown = _quoted(cell.value)
            self._refuse(name, cell, f"{shown} is no day of the calendar.", _DATE_HINT)
            return None
        if self.date_format is not None:
            if self.date_format not in possible:
                self._refuse(
                    name,
                    cell,
                    f"{_quoted(cell.value)} is no date when read as config key {DATE_KEY} says "
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
                f"{_quoted(cell.value)} stands in a column that holds day-first and month-first "
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
        texts = [cell.value for cell in cells if isinstance(cell.value, str)]
        commas = any(_COMMA.fullmatch(t) and not _TWO_WAYS.fullmatch(t) for t in texts)
        commas = commas or any("," in t and _GROUPED_POINT.fullmatch(t) for t in texts)
        points = any(_NUMBER.fullmatch(t) and "." in t for t in texts) or any(
            "." in t and _GROUPED_COMMA.fullmatch(t) for t in texts
        )
        found = []
        for cell in cells:
            number = self._number(name, cell, commas, points)
            found.append(self._within(name, cell, number))
        return found

    def _number(self, name: str, cell: Cell, commas: bool, points: bool) -> float | None:
        value = cell.value
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            self._refuse(name, cell, f"{_quoted(value)} is not a number.")
            return None
        if isinstance(value, (int, float)):
            return float(value)
        text = value.replace("\u2212", "-").replace(" ", "") if _spaced(value) else value
        if _GROUPED_COMMA.fullmatch(text):
            return float(text.replace(",", ""))
        if _GROUPED_POINT.fullmatch(text):
            return float(text.replace(".", "").replace(",", "."))
        if _POINT_TWO_WAYS.fullmatch(text) and commas:
            self._two_ways(name, cell, text, text.replace(".", ""))
            return None
        if _NUMBER.fullmatch(text):
            return float(text)
        if _TWO_WAYS.fullmatch(text) and (points or not commas):
            self._two_ways(name, cell, text.replace(",", "."), text.replace(",", ""))
            return None
        if _COMMA.fullmatch(text):
            return float(text.replace(",", "."))
        unit = re.match(r"[-+]?[\d.,]+(?:e[-+]?\d+)?", text, re.IGNORECASE)
        hint = f"Write only the number ({unit[0]}), without unit or note." if unit else None
        self._refuse(name, cell, f"{_quoted(value)} is not a number.", hint)
        return None

    def _two_ways(self, name: str, cell: Cell, one: str, other: str) -> None:
        self._refuse(
            name,
            cell,
            f"{_quoted(cell.value)} can mean {one} or {other}.",
            "Write it without a thousands separator.",
        )

    def _within(self, name: str, cell: Cell, number: float | None) -> float | None:
        """Return the number if it is finite and within the column's limits."""
        if number is None:
            return None
        column = self.table.columns[name]
        if not math.isfinite(number):
            self._refuse(name, cell, f"{_quoted(cell.value)} is too large to be right.")
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
            name, cell, f"{_quoted(value)} is not a time of day.", "Write it as 14:05 or 14:05:30."
        )
        return None


def _spaced(text: str) -> bool:
    """Tell whether spaces in a text can only be thousands separators (`100 000`)."""
    return re.fullmatch(r"[-+\u2212]?\d{1,3}( \d{3})*([.,]\d+)?", text) is not None


def _quoted(value: object) -> str:
    """Return a value as a message shows it, shortened."""
    text = plain_text(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"
