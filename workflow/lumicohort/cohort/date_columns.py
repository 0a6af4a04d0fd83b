"""A column of days: one cell often settles how the others are meant.

What can still mean two days is refused, and so are days that a spreadsheet program has swapped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from lumicohort.cohort.cell_faults import Cell, CellFaults
from lumicohort.cohort.dates import ORDERS, PARTS, readings, serial_hint, settled_date, time_problem
from lumicohort.cohort.table import quoted

DATE_KEY = "data.date_format"
"""The config key that settles how text dates are read."""

_DATE_HINT = "Write dates as 2020-12-31, or format the cell as a date."
# Outside lie the zero days of spreadsheets (1899, 1904) and of computers (1970), and years of two
# digits that meant the last century.
_EARLIEST, _LATEST = date(1990, 1, 1), date(2050, 1, 1)


class DateReader:
    """Reads columns of days.

    Parameters
    ----------
    faults : CellFaults
        Where it is told what is wrong.
    date_format : str or None
        The config's `data.date_format`.
    """

    def __init__(self, faults: CellFaults, date_format: str | None) -> None:
        self.faults = faults
        self.date_format = date_format

    def read(self, name: str, cells: Sequence[Cell]) -> list[date | None]:
        """Read a column.

        Parameters
        ----------
        name : str
            Our name of the column.
        cells : sequence of Cell
            Its cells.

        Returns
        -------
        list of date or None
            A day for each cell, None where it is blank or refused.
        """
        self._swapped(name, cells)
        orders = self._orders(cells)
        ambiguous: list[tuple[Cell, dict[str, date]]] = []
        found = [self._date(name, cell, orders, ambiguous) for cell in cells]
        if ambiguous:
            cell, possible = ambiguous[0]
            others = self.faults.others_like(name, [c.row.number for c, _ in ambiguous])
            shown = " or ".join(
                f"{day.isoformat()} ({order.replace('_', ' ')})" for order, day in possible.items()
            )
            self.faults.broken.update((id(c.row), name) for c, _ in ambiguous)
            self.faults.say(
                self.faults.table.problem(
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
        self.faults.refuse(
            name,
            true[0],
            f"the column holds dates, all of the 1st to 12th ({quoted(true[0].value)}), and texts "
            f"such as `{texts[0][0]}` that the spreadsheet program did not take for dates: day "
            "and month of the former are probably swapped.",
            f"Write all dates as 2020-12-31; if they are right, set config key {DATE_KEY}.",
        )

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
                self.faults.refuse(
                    name, cell, f"{quoted(value)} is not a day: {wrong}.", _DATE_HINT
                )
                return None
            match = PARTS.fullmatch(value)
            if match and self.date_format != "iso":
                return self._by_parts(name, cell, readings(match), orders, ambiguous)
            parsed = settled_date(value)
            if parsed is not None:
                return self._plausible(name, cell, parsed)
        self.faults.refuse(
            name, cell, f"{quoted(value)} is not a date{serial_hint(value)}.", _DATE_HINT
        )
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
            self.faults.refuse(name, cell, f"{shown} is no day of the calendar.", _DATE_HINT)
            return None
        if self.date_format is not None:
            if self.date_format not in possible:
                self.faults.refuse(
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
            self.faults.refuse(
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
        self.faults.refuse(name, cell, f"the date {day.isoformat()} cannot be right.", _DATE_HINT)
        return None
