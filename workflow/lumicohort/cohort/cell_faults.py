"""What is wrong with the cells of one table, told by row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lumicohort.cohort.grid import column_letter
from lumicohort.cohort.table import Row, RowNumber, Table
from lumicohort.errors import Problem
from lumicohort.nouns import spans


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with what is needed to complain about it."""

    row: Row
    value: object


class CellFaults:
    """Collects what is wrong with the cells of one table.

    Parameters
    ----------
    table : Table
        The table.
    problems : list of Problem
        Where problems go.
    """

    def __init__(self, table: Table, problems: list[Problem]) -> None:
        self.table = table
        self.problems = problems
        self.broken: set[tuple[int, str]] = set()
        """Cells (identity of the row, column) that hold something unreadable."""
        self._said: set[Problem] = set()

    def refuse(self, name: str, cell: Cell, message: str, hint: str | None = None) -> None:
        """Refuse a column's cell."""
        self.broken.add((id(cell.row), name))
        self.say(self.table.problem(cell.row.number, name, message, hint))

    def say(self, problem: Problem) -> None:
        """Add a problem, once: a cell that stands for many rows is complained about once."""
        if problem not in self._said:
            self._said.add(problem)
            self.problems.append(problem)

    def others_like(self, name: str, rows: Sequence[int]) -> str:
        """Say which further cells of a column are like its first one."""
        places = [
            (row.table if isinstance(row, RowNumber) else self.table).cell(row, name)
            for row in rows
        ]
        first, *cells = dict.fromkeys((p[0], p[1]) for p in places if p is not None)
        if not cells:
            return ""
        if {index for _, index in cells} == {first[1]}:
            word = "row" if len(cells) == 1 else "rows"
            verb = "does" if len(cells) == 1 else "do"
            return f" So {verb} {word} {', '.join(spans(row for row, _ in cells))} of this column."
        names = spans(f"{column_letter(index)}{row}" for row, index in cells)
        return f" So do {', '.join(names)}."
