"""Reading .xlsx, .xls and .ods workbooks.

python-calamine reads the values. It returns a blank for a cell that shows a formula error and
for a formula that was never calculated; a blank end date means "still alive", so such cells are
looked up in the file itself and marked as broken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.cohort.grid import Broken, Grid, text_value
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.plain import plain

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    from lumicohort.cohort.workbook_marks import Marks

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
"""Endings of the workbooks that can be read."""

_OLD_OFFICE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK"
"""How files of the formats before and since 2007 begin."""

_SAVE_AGAIN = "Open it in Excel or LibreOffice and save it again as .xlsx or as CSV UTF-8."


def read_workbook(path: Path, name: str | None) -> Grid:
    """Read one worksheet.

    Parameters
    ----------
    path : Path
        The workbook.
    name : str or None
        Name of the worksheet; the first that is not hidden where None.

    Returns
    -------
    Grid
        Its cells. Whole numbers are `int`, dates `date` or `datetime`. A cell below the first
        one of a vertically merged range repeats that one's value.

    Raises
    ------
    InputError
        If the file is no workbook, is locked by a password, or has no such worksheet.
    """
    with _opened(path) as book:
        sheet_name = _choose(book, path, name)
        sheet = book.get_sheet_by_name(sheet_name)
        raw = sheet.to_python(skip_empty_area=False)
        others = tuple(n for n in book.sheet_names if n != sheet_name)
        merged = _merged(sheet)
    marks = _marks(path, sheet_name)
    rows = [[_value(cell) for cell in row] for row in raw]
    for (row, column), reason in marks.broken.items():
        if row >= len(rows):
            rows += [[] for _ in range(row + 1 - len(rows))]
        if column >= len(rows[row]):
            rows[row] += [None] * (column + 1 - len(rows[row]))
        if rows[row][column] is None:
            rows[row][column] = Broken(reason)
    filled = _fill(rows, [*merged, *marks.merged])
    hidden = frozenset(row + 1 for row in marks.hidden if row < len(rows))
    return Grid(path, sheet_name, rows, hidden, others, filled=filled)


@contextmanager
def _opened(path: Path) -> Iterator[CalamineWorkbook]:
    """Open a workbook, and say what is wrong with one that cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(path) as book:
            yield book
    except PasswordError:
        raise InputError(
            Problem("the workbook is locked by a password.", path, hint="Save it without one.")
        ) from None
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(_no_workbook(path, error)) from None


def _no_workbook(path: Path, error: Exception) -> Problem:
    """Return the problem of a workbook that cannot be read: what the file is instead."""
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    start = content[:4096]
    if path.name.startswith(("~$", ".~lock")):
        message = "this small file says that someone has the workbook open; it is not the workbook."
        return Problem(message, path, hint=f"Name the workbook itself: `{path.name[2:]}`.")
    if start.startswith(_OLD_OFFICE) and "EncryptedPackage".encode("utf-16-le") in content:
        message = "the workbook is locked by a password."
        return Problem(message, path, hint="Save it without one.")
    if start.startswith(_OLD_OFFICE) and path.suffix.casefold() != ".xls":
        message = f"this is a file of the old .xls format under the ending {path.suffix}."
        return Problem(message, path, hint="Rename a copy to .xls, or save it again as .xlsx.")
    if start.startswith(_ZIP):
        message = f"the workbook is cut off or damaged ({error})."
        return Problem(message, path, hint=f"Copy it again. {_SAVE_AGAIN}")
    bare = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if bare.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<head")):
        return Problem("this is a web page (HTML or XML), not a workbook.", path, hint=_SAVE_AGAIN)
    text = b"\0" not in start or start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if start and text and not start.startswith(_OLD_OFFICE):
        message = f"this is text under the ending {path.suffix}, not a workbook."
        return Problem(message, path, hint="Rename a copy to .csv, or save it again as .xlsx.")
    return Problem(f"the workbook cannot be read ({error}).", path, hint=_SAVE_AGAIN)


def _choose(book: CalamineWorkbook, path: Path, name: str | None) -> str:
    """Return the name of the wanted worksheet."""
    if name is not None:
        if name in book.sheet_names:
            return name
        # A tab's name may end in a space that nobody sees.
        alike = [n for n in book.sheet_names if plain(n) == plain(name)]
        if len(alike) == 1:
            return alike[0]
        listed = ", ".join(f'"{n}"' for n in book.sheet_names)
        guess = did_you_mean(name, book.sheet_names)
        raise InputError(
            Problem(
                f'there is no worksheet "{name}"{guess or "."} The workbook has {listed}.', path
            )
        )
    visible = _visible(book)
    if visible:
        return visible[0]
    raise InputError(Problem("the workbook has no visible worksheet.", path))


def visible_worksheets(path: Path) -> list[str]:
    """Return the names of a workbook's worksheets that are not hidden, in their order.

    Raises
    ------
    InputError
        If the file is no workbook, or is locked by a password.
    """
    with _opened(path) as book:
        return _visible(book)


def _visible(book: CalamineWorkbook) -> list[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _merged(sheet: CalamineSheet) -> list[tuple[int, int, int]]:
    """Return vertically merged ranges as (column, first row, last row), counted from 0."""
    ranges = sheet.merged_cell_ranges or []
    return [(first[1], first[0], last[0]) for first, last in ranges if last[0] > first[0]]


def _marks(path: Path, sheet: str) -> Marks:
    """Return what calamine does not tell of a worksheet."""
    from lumicohort.cohort.workbook_marks import ods_marks, xls_marks, xlsx_marks

    suffix = path.suffix.casefold()
    reader = {".ods": ods_marks, ".xls": xls_marks}.get(suffix, xlsx_marks)
    return reader(path, sheet)


def _fill(
    rows: list[list[object]], merged: list[tuple[int, int, int]]
) -> dict[tuple[int, int], str]:
    """Repeat the value of merged cells downwards; return where that was done."""
    filled: dict[tuple[int, int], str] = {}
    for column, first, last in merged:
        if first >= len(rows) or column >= len(rows[first]) or rows[first][column] is None:
            continue
        for row in range(first + 1, min(last + 1, len(rows))):
            if column < len(rows[row]) and rows[row][column] is None:
                rows[row][column] = rows[first][column]
                filled[row + 1, column] = "merged"
    return filled


def _value(cell: object) -> object:
    """Return a cell as a plain value: None where blank, whole floats as `int`."""
    if isinstance(cell, str):
        return text_value(cell)
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return Broken("holds a number without a value")
        # Excel keeps 15 digits: a longer number has already lost its last ones.
        if cell.is_integer() and abs(cell) < 1e15:
            return int(cell)
        return cell
    if isinstance(cell, (bool, int, datetime, date, time, timedelta)):
        return cell
    return None
