"""The study's sheets with their faulty cells marked: `results/<study>/problems.xlsx`.

A copy of values only: text stays text (no formula of a sheet is ever written as one), and the
lab's own files are not touched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.cohort.cohort import Cohort, read_cohort
from lumicohort.cohort.grid import Broken, Grid
from lumicohort.cohort.headers import wanted_headings
from lumicohort.cohort.sheets import read_grid
from lumicohort.errors import InputError, Problem
from lumicohort.files import whole_file
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import sheets_by_key

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_LONGEST_CELL = 32_000
"""Characters of a cell that are copied; Excel allows 32,767."""
_LONGEST_NOTE = 2_000
_CELL = re.compile(r"([A-Z]{1,3})?(\d+)")
_LIST = ("file", "sheet", "cell", "found", "problem", "what to do")


def read_or_mark(
    config: StudyConfig, template_ok: bool = False, results: Path | None = None
) -> Cohort:
    """Read and check the study's sheets; where they are faulty, leave a marked copy behind.

    Parameters
    ----------
    config : StudyConfig
        The study.
    template_ok : bool
        Whether a template that nobody has filled in yet is no problem.
    results : Path, optional
        The study's results folder; the config's where none is given.

    Returns
    -------
    Cohort
        Its sheets. `problems.xlsx` of an earlier check is gone.

    Raises
    ------
    InputError
        With every problem of every sheet, and where the marked copy lies.
    """
    path = (results or config.results_folder) / "problems.xlsx"
    try:
        cohort = read_cohort(config, template_ok)
    except InputError as error:
        try:
            write_problems(config, error.problems, path)
        except OSError as failure:
            note = f"No marked copy of the sheets could be written to {path} ({failure.strerror})."
        else:
            in_cells = any(problem.cell for problem in error.problems)
            what = "The faulty cells are marked" if in_cells else "This list stands"
            note = f"{what} in {path}."
        raise InputError(error.problems, note) from None
    path.unlink(missing_ok=True)
    return cohort


def write_problems(config: StudyConfig, problems: Sequence[Problem], path: Path) -> None:
    """Write the list of problems, and a copy of each sheet with the faulty cells marked.

    Parameters
    ----------
    config : StudyConfig
        The study.
    problems : sequence of Problem
        What is wrong.
    path : Path
        The workbook to write, whole or not at all.
    """
    import xlsxwriter

    grids = _grids(config)
    with whole_file(path) as temporary:
        # No text of a sheet may become a formula, a link or a number.
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(str(temporary), options) as book:
            book.set_properties({"created": datetime(2000, 1, 1)})  # the same bytes every time
            pages = {id(grid): _name(grid, i) for i, grid in enumerate(grids, start=1)}
            _write_list(book, problems, grids, pages)
            for grid in grids:
                mine = [p for p in problems if _belongs(p, grid, grids)]
                _write_sheet(book, grid, mine, pages[id(grid)])


def _grids(config: StudyConfig) -> list[Grid]:
    """Return the study's sheets as far as they can be read, each worksheet once."""
    grids: dict[tuple[str, str | None], Grid] = {}
    for sheet in sheets_by_key(config.data).values():
        for part in sheet.parts():
            wanted = [h for parts in wanted_headings(part, {}).values() for h in parts]
            try:
                grid = read_grid(config.data_folder / part.file, part.sheet, wanted, None)
            except InputError:
                continue  # told in the list
            grids.setdefault((str(grid.file), grid.sheet), grid)
    return list(grids.values())


def _belongs(problem: Problem, grid: Grid, grids: Sequence[Grid]) -> bool:
    """Tell whether a problem lies in a sheet; one that names none lies in its file's first."""
    if problem.file is None or str(problem.file) != str(grid.file):
        return False
    if problem.sheet is not None:
        return problem.sheet == grid.sheet
    return grid is next(g for g in grids if str(g.file) == str(problem.file))


def _name(grid: Grid, number: int) -> str:
    """Return a worksheet's name that spreadsheet programs allow: unique, of 31 characters."""
    text = " ".join(filter(None, [grid.file.name, grid.sheet]))
    text = re.sub(r"[^\w .,()+-]", "_", text)
    return f"{number} {text}"[:31].strip()


def _spot(problem: Problem) -> tuple[int, int] | None:
    """Return (row, column) of a problem's cell, from 0; the first column where it has a row."""
    match = _CELL.fullmatch(problem.cell or "")
    if match is None:
        return None
    column = 0
    for letter in match[1] or "A":
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def _write_list(
    book: Workbook, problems: Sequence[Problem], grids: Sequence[Grid], pages: dict[int, str]
) -> None:
    """Write the list of all problems."""
    page = book.add_worksheet("problems")
    page.set_landscape()
    page.fit_to_pages(1, 0)
    bold = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (heading, width) in enumerate(zip(_LIST, (28, 16, 8, 24, 70, 60), strict=True)):
        page.write_string(0, column, heading, bold)
        page.set_column(column, column, width, wrapped)
    page.freeze_panes(1, 0)
    for number, problem in enumerate(problems, start=1):
        grid = next((g for g in grids if _belongs(problem, g, grids)), None)
        found = _found(grid, problem)
        cells = (
            str(problem.file or ""),
            problem.sheet or "",
            problem.cell or problem.where or "",
            found,
            problem.message,
            problem.hint or "",
        )
        for column, text in enumerate(cells):
            page.write_string(number, column, _text(text), wrapped)
        if grid is not None and _spot(problem) is not None:
            target = f"internal:'{pages[id(grid)]}'!{_with_column(problem.cell or '')}"
            page.write_url(number, 2, target, wrapped, string=_text(cells[2]))


def _with_column(cell: str) -> str:
    return cell if cell[:1].isalpha() else f"A{cell}"


def _found(grid: Grid | None, problem: Problem) -> str:
    """Return what stands in a problem's cell."""
    spot = _spot(problem)
    if grid is None or spot is None or not (problem.cell or "")[:1].isalpha():
        return ""
    row, column = spot
    if row >= len(grid.rows) or column >= len(grid.rows[row]):
        return "(blank)"
    value = grid.rows[row][column]
    if value is None:
        return "(blank)"
    return value.reason.removeprefix("holds ") if isinstance(value, Broken) else str(value)


def _write_sheet(book: Workbook, grid: Grid, problems: Sequence[Problem], name: str) -> None:
    """Write a sheet's values, the faulty cells filled and with a note."""
    page = book.add_worksheet(name)
    marked = book.add_format({"bg_color": "#FFC7CE", "border": 1, "border_color": "#9C0006"})
    marked_day = book.add_format(
        {"bg_color": "#FFC7CE", "border": 1, "border_color": "#9C0006", "num_format": "yyyy-mm-dd"}
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    notes: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for problem in problems:
        spot = _spot(problem)
        if spot is not None:
            notes[spot].append(" ".join(filter(None, [problem.message, problem.hint])))
    for row, values in enumerate(grid.rows):
        for column, value in enumerate(values):
            faulty = (row, column) in notes
            is_day = isinstance(value, date)
            style = (marked_day if is_day else marked) if faulty else (day if is_day else None)
            _write_cell(page, row, column, value, style)
    for (row, column), texts in notes.items():
        if row >= len(grid.rows) or column >= len(grid.rows[row]):
            page.write_blank(row, column, None, marked)
        note = _text("\n\n".join(texts))[:_LONGEST_NOTE]
        page.write_comment(row, column, note, {"x_scale": 2.5, "y_scale": 1.5})
    if problems:
        page.set_tab_color("#FFC7CE")


def _write_cell(page: Worksheet, row: int, column: int, value: object, style: Any) -> None:
    """Write a value as what it is; text always as text."""
    if value is None:
        if style is not None:
            page.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, style)
    elif isinstance(value, (int, float)):
        page.write_number(row, column, value, style)
    elif isinstance(value, date) and value.year >= 1900:
        page.write_datetime(row, column, value, style)
    elif isinstance(value, Broken):
        shown = re.sub(r"^holds (the formula error )?", "", value.reason)
        page.write_string(row, column, _text(shown), style)
    else:
        shown = value.isoformat() if isinstance(value, (date, time)) else str(value)
        page.write_string(row, column, _text(shown), style)


def _text(text: str) -> str:
    """Return text that a cell can hold: no control characters, not endless."""
    kept = "".join(c for c in text if c == "\n" or c.isprintable())
    return kept if len(kept) <= _LONGEST_CELL else kept[: _LONGEST_CELL - 1] + "…"
