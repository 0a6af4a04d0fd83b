"""Exported Measurements tables that somebody saved as a workbook: their cells as texts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

FEW_DIGITS = 3
"""Living Image prints totals with three significant digits: half a per cent at worst."""
_NOT_AVAILABLE = "#N/A"
"""How spreadsheet programs show that there is no value."""


def is_workbook(path: Path) -> bool:
    """Tell by its ending whether a file is a workbook."""
    from lumicohort.cohort.workbooks import WORKBOOKS

    return path.suffix.casefold() in WORKBOOKS


def workbook_rows(path: Path) -> list[list[object]]:
    """Return the cells of a workbook's first visible worksheet, rows of one width.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    list of list
        Texts, numbers and dates; None where a cell is blank.

    Raises
    ------
    InputError
        If the file is no workbook or locked by a password; naming every cell that shows an error
        and every row that is hidden.
    """
    from lumicohort.cohort.grid import Broken, column_letter
    from lumicohort.cohort.workbooks import read_workbook
    from lumicohort.errors import InputError, Problem

    grid = read_workbook(path, None)
    problems = [
        Problem("the row is hidden.", path, f"row {row}", "Show it if it counts, else delete it.")
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
                where = f"cell {column_letter(c)}{r + 1}"
                problems.append(Problem(f"the cell {cell.reason}.", path, where, "Mend it."))
    if problems:
        raise InputError(problems)
    return rows


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
