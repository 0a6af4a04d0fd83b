"""Exported Measurements tables that somebody saved as a workbook: their cells as texts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lumicohort.cohort.grid import Grid
    from lumicohort.errors import Problem

FEW_DIGITS = 3
"""Living Image prints totals with three significant digits: half a per cent at worst."""
_NOT_AVAILABLE = "#N/A"
"""How spreadsheet programs show that there is no value."""


def is_workbook(path: Path) -> bool:
    """Tell by its ending whether a file is a workbook."""
    from lumicohort.cohort.workbooks import WORKBOOKS

    return path.suffix.casefold() in WORKBOOKS


def workbook_tables(path: Path) -> list[tuple[str, list[list[object]]]]:
    """Return the cells of a workbook's visible worksheets that hold a Measurements table.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    list of (str, list of list)
        Each worksheet's name and its rows of one width: texts, numbers and dates; None where a
        cell is blank.

    Raises
    ------
    InputError
        If the file is no workbook or locked by a password; naming every cell that shows an error
        and every row that is hidden, on worksheets with a table.
    """
    from lumicohort.cohort.workbooks import read_workbook, visible_worksheets
    from lumicohort.errors import InputError
    from lumicohort.living_image.measurements.headings import find_columns

    tables: list[tuple[str, list[list[object]]]] = []
    problems: list[Problem] = []
    for name in visible_worksheets(path):
        grid = read_workbook(path, name)
        if any(find_columns(row) is not None for row in grid.rows):
            rows, wrong = _cells(grid)
            tables.append((name, rows))
            problems += wrong
    if problems:
        raise InputError(problems)
    return tables


def _cells(grid: Grid) -> tuple[list[list[object]], list[Problem]]:
    """Return a worksheet's cells, and what is wrong with some."""
    from lumicohort.cohort.grid import Broken, column_letter
    from lumicohort.errors import Problem

    where = f"worksheet {grid.sheet}, " if grid.other_sheets else ""
    problems = [
        Problem(
            "the row is hidden.",
            grid.file,
            f"{where}row {row}",
            "Show it if it counts, else delete it.",
        )
        for row in sorted(grid.hidden)
        if any(cell is not None for cell in grid.rows[row - 1])
    ]
    width = max((len(row) for row in grid.rows), default=0)
    rows = [[*row, *[None] * (width - len(row))] for row in grid.rows]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, Broken) and _NOT_AVAILABLE in cell.reason:
                row[c] = _NOT_AVAILABLE
            elif isinstance(cell, Broken):
                at = f"{where}cell {column_letter(c)}{r + 1}"
                problems.append(Problem(f"the cell {cell.reason}.", grid.file, at, "Mend it."))
    return rows, problems


def cell_text(cell: object, number: bool) -> str:
    """Return a cell as Living Image would have written it.

    Parameters
    ----------
    cell : object
        Text, number or date; None where it is blank.
    number : bool
        Whether it stands in a column of numbers. There `970000` is `9.70E+5`: a workbook does not
        keep with how many digits a number was written, and Living Image writes three or more.

    Returns
    -------
    str
        Its text, blank for a blank cell.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return str(cell)
    exact = Decimal(repr(cell)).normalize()
    decimals = max(len(exact.as_tuple().digits), FEW_DIGITS) - 1
    return f"{exact:.{decimals}E}" if number else f"{exact:f}"
