"""What the reader of workbooks does not tell: errors, uncalculated formulas, hidden rows.

Read from the file itself: XML inside .xlsx (ECMA-376) and .ods (OASIS OpenDocument 1.3);
xlrd for .xls.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from lumicohort.cohort.grid import FORMULA_ERRORS
from lumicohort.errors import InputError, Problem

_UNCALCULATED = "holds a formula that was never calculated; open the file and save it again"


@dataclass(slots=True)
class Marks:
    """Marks on cells and rows; all indices are counted from 0.

    Parameters
    ----------
    broken : dict
        (row, column) to what is wrong with the cell.
    hidden : set of int
        Hidden rows.
    merged : list of tuple
        Vertically merged ranges as (column, first row, last row).
    """

    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int]] = field(default_factory=list)


def xlsx_marks(path: Path, sheet: str) -> Marks:
    """Return the marks of a worksheet of an .xlsx file.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str
        Name of the worksheet.

    Returns
    -------
    Marks
        Its errors, formulas without a value, and hidden rows.

    Raises
    ------
    InputError
        If the file's parts cannot be read.
    """
    marks = Marks()
    row = column = -1
    with _opened(path) as archive, _member(path, archive, _xlsx_part(path, archive, sheet)) as xml:
        for event, element in _events(path, xml):
            tag = _local(element.tag)
            if event == "start":
                if tag == "row":
                    row = int(element.get("r", row + 2)) - 1
                    column = -1
                    if element.get("hidden") in {"1", "true"}:
                        marks.hidden.add(row)
                continue
            if tag == "c":
                reference = element.get("r")
                column = _column_index(reference) if reference else column + 1
                reason = _xlsx_cell(element)
                if reason:
                    marks.broken[row, column] = reason
            elif tag == "row":
                element.clear()
    return marks


def _xlsx_cell(cell: ElementTree.Element) -> str | None:
    """Return what is wrong with a cell of an .xlsx file, if anything."""
    parts = {_local(child.tag): child for child in cell}
    if cell.get("t") == "e":
        shown = parts["v"].text if "v" in parts else None
        return f"holds the formula error {shown or '#N/A'}"
    # A formula whose result is an empty text has an empty value too, but says that it is text.
    empty = "v" not in parts or not parts["v"].text
    if "f" in parts and empty and cell.get("t") != "str":
        return _UNCALCULATED
    return None


def _xlsx_part(path: Path, archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the archive's part that holds a worksheet."""
    with _member(path, archive, "_rels/.rels") as xml:
        targets = [
            element.get("Target", "")
            for _, element in _events(path, xml)
            if element.get("Type", "").endswith("/officeDocument")
        ]
    workbook = targets[0].lstrip("/") if targets else "xl/workbook.xml"
    identifier = None
    with _member(path, archive, workbook) as xml:
        for _, element in _events(path, xml):
            if _local(element.tag) == "sheet" and element.get("name") == sheet:
                identifier = next(v for k, v in element.attrib.items() if _local(k) == "id")
    folder, name = posixpath.split(workbook)
    with _member(path, archive, f"{folder}/_rels/{name}.rels".lstrip("/")) as xml:
        for _, element in _events(path, xml):
            if identifier is not None and element.get("Id") == identifier:
                target = element.get("Target", "")
                joined = target if target.startswith("/") else posixpath.join(folder, target)
                return posixpath.normpath(joined).lstrip("/")
    raise InputError(Problem(f'the worksheet "{sheet}" has no content in the file.', path))


def ods_marks(path: Path, sheet: str) -> Marks:
    """Return the marks of a worksheet of an .ods file.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str
        Name of the worksheet.

    Returns
    -------
    Marks
        Its errors, formulas without a value, hidden rows and merged ranges.

    Raises
    ------
    InputError
        If the file's content cannot be read.
    """
    marks = Marks()
    row, inside = 0, False
    with _opened(path) as archive, _member(path, archive, "content.xml") as xml:
        for event, element in _events(path, xml):
            tag = _local(element.tag)
            if tag == "table" and event == "start":
                inside = _attribute(element, "name") == sheet
            elif tag == "table" and inside:
                break
            elif tag == "table-row" and event == "end" and inside:
                repeated = int(_attribute(element, "number-rows-repeated") or 1)
                if _attribute(element, "visibility") in {"collapse", "filter"} and repeated < 1e5:
                    marks.hidden.update(range(row, row + repeated))
                _ods_row(element, row, marks)
                row += repeated
                element.clear()
    return marks


def _ods_row(element: ElementTree.Element, row: int, marks: Marks) -> None:
    """Add the marks of one row of an .ods file."""
    column = 0
    for cell in element:
        if _local(cell.tag) not in {"table-cell", "covered-table-cell"}:
            continue
        shown = "".join(cell.itertext()).strip()
        if _attribute(cell, "formula"):
            if shown.upper() in FORMULA_ERRORS or shown.upper().startswith("ERR:"):
                marks.broken[row, column] = f"holds the formula error {shown}"
            elif _attribute(cell, "value-type") is None:
                marks.broken[row, column] = _UNCALCULATED
        spanned = int(_attribute(cell, "number-rows-spanned") or 1)
        if spanned > 1:
            marks.merged.append((column, row, row + spanned - 1))
        column += int(_attribute(cell, "number-columns-repeated") or 1)


def xls_marks(path: Path, sheet: str) -> Marks:
    """Return the marks of a worksheet of an .xls file.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str
        Name of the worksheet.

    Returns
    -------
    Marks
        Its errors and hidden rows.

    Raises
    ------
    InputError
        If the file cannot be read, or xlrd is not installed.
    """
    try:
        import xlrd
    except ModuleNotFoundError:
        raise InputError(
            Problem(
                "errors in cells of the old .xls format are seen only with the package xlrd, "
                "which is not installed.",
                path,
                hint="Save the sheet as .xlsx, or install xlrd.",
            )
        ) from None
    try:
        with xlrd.open_workbook(path, formatting_info=True) as book:
            found = book.sheet_by_name(sheet)
            marks = Marks(hidden={i for i, info in found.rowinfo_map.items() if info.hidden})
            for row in range(found.nrows):
                for column, cell in enumerate(found.row(row)):
                    if cell.ctype == xlrd.XL_CELL_ERROR:
                        error = xlrd.error_text_from_code.get(cell.value, "#N/A")
                        marks.broken[row, column] = f"holds the formula error {error}"
    except (xlrd.XLRDError, IndexError, ValueError) as error:
        raise InputError(
            Problem(f"the workbook cannot be read ({error}).", path, hint="Save it again as .xlsx.")
        ) from None
    return marks


def _opened(path: Path) -> zipfile.ZipFile:
    """Open a workbook that is a zip archive."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise _unreadable(path, error) from None


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Open a part of the archive."""
    try:
        return archive.open(name)
    except (KeyError, zipfile.BadZipFile, RuntimeError) as error:
        raise _unreadable(path, error) from None


def _events(path: Path, xml: IO[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield the starts and ends of a part's elements."""
    try:
        yield from ElementTree.iterparse(xml, events=("start", "end"))
    except (ElementTree.ParseError, zipfile.BadZipFile, EOFError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        Problem(
            f"the workbook is damaged ({error}).",
            path,
            hint="Open it in Excel or LibreOffice and save it again as .xlsx.",
        )
    )


def _local(tag: str) -> str:
    """Return a name without its XML namespace."""
    return tag.rsplit("}", 1)[-1]


def _attribute(element: ElementTree.Element, name: str) -> str | None:
    """Return an attribute by its name without namespace."""
    return next((v for k, v in element.attrib.items() if _local(k) == name), None)


def _column_index(reference: str) -> int:
    """Return the index of the column of a cell reference, counted from 0 (`AB7` is 27)."""
    index = 0
    for letter in reference:
        if not letter.isalpha():
            break
        index = index * 26 + ord(letter.upper()) - ord("A") + 1
    return index - 1
