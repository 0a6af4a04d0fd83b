"""Finding a lab's table in its sheet: the header row, our columns under the lab's headings, rows.

Imports nothing heavier than pydantic: the workflow reads sheets while it plans.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lumicohort.cohort.delimited import read_delimited
from lumicohort.cohort.grid import Grid, column_letter, text_value
from lumicohort.cohort.headers import (
    Column,
    best_header,
    find_places,
    heading_text,
    normal,
    sheet_place,
    wanted_headings,
)
from lumicohort.cohort.lines import cell_value, data_rows, extra_headings, hidden_note
from lumicohort.cohort.table import Row, Table
from lumicohort.cohort.wide import first_header, melted
from lumicohort.cohort.workbooks import WORKBOOKS, read_workbook
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.study.config.sheets import Sheet

TEXT_FILES = frozenset({".csv", ".tsv", ".txt"})
"""Endings of the text files that can be read."""


_OTHER_PROGRAMS = {
    ".numbers": "In Numbers: File > Export To > Excel or CSV.",
    ".gsheet": "This is a link to a Google sheet. There: File > Download > .xlsx or .csv.",
    ".xlsb": "Save it as .xlsx.",
    ".pzf": "In Prism, on the table: File > Export > .csv.",
    ".pzfx": "In Prism, on the table: File > Export > .csv.",
    ".prism": "In Prism, on the table: File > Export > .csv.",
    ".pdf": "Ask for the sheet that it was printed from.",
    ".docx": "Copy the table into a spreadsheet program and save it as .xlsx.",
}
"""What to do with files of other programs."""


def read_grid(path: Path, sheet: str | None, wanted: Sequence[str], header: int | None) -> Grid:
    """Read a file's cells.

    Parameters
    ----------
    path : Path
        The file.
    sheet : str or None
        Name of the worksheet, for workbooks.
    wanted : sequence of str
        Headings that the table should have; they tell the delimiter of a text file.
    header : int or None
        Number of the header row, where it is known.

    Returns
    -------
    Grid
        The cells.

    Raises
    ------
    InputError
        If there is no such file, its kind is not known, or it cannot be read.
    """
    if path.is_dir():
        raise InputError(Problem("this is a folder, not a sheet.", path))
    if not path.is_file():
        raise InputError(_no_file(path))
    if path.stat().st_size == 0:
        raise InputError(Problem("the file is empty.", path))
    suffix = path.suffix.casefold()
    try:
        if suffix in WORKBOOKS:
            return read_workbook(path, sheet)
        if suffix in TEXT_FILES:
            return read_delimited(path, lambda rows: best_header(rows, wanted, header)[1])
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror}.", path)) from None
    allowed = ", ".join(sorted(WORKBOOKS | TEXT_FILES))
    message = f"`{path.suffix}` is not a kind of sheet ({allowed})."
    raise InputError(Problem(message, path, hint=_OTHER_PROGRAMS.get(suffix)))


def _no_file(path: Path) -> Problem:
    """Return the problem that a file is missing, with the likeliest one meant."""
    known = WORKBOOKS | TEXT_FILES
    names = [p.name for p in path.parent.glob("*") if p.suffix.casefold() in known]
    hint = "Copy the sheet there, or correct the path (of a study: in its config's section data)."
    guess = did_you_mean(path.name, names)
    return Problem(f"there is no such file{guess or '.'}", path, hint=hint)


def read_table(
    path: Path,
    config: Sheet,
    columns: Mapping[str, Column],
    key: str,
    value: str | None = None,
) -> Table:
    """Read a table.

    Parameters
    ----------
    path : Path
        The file.
    config : Sheet
        The sheet's config: worksheet, header row, and our names to the lab's headings. A name of
        the config that is not among `columns` is read as text. Its further parts are not read.
    columns : mapping
        Our columns.
    key : str
        The config key of the sheet, for messages: ``data.cohort``.
    value : str, optional
        Our name for what the cells of a table with a column per day or animal hold, where the
        config does not say; None where they are not wanted (the cohort sheet).

    Returns
    -------
    Table
        The table. Blank rows and blank columns are gone; everything else is in it.

    Raises
    ------
    InputError
        Naming every column that is missing or stands twice, and every row of a wrong length.
    """
    wide = config.wide
    levels = wide.headings if wide else []
    headings = wanted_headings(config, columns)
    columns = {**columns, **{name: Column("text") for name in headings if name not in columns}}
    cells = (wide.value or value) if wide else None
    elsewhere = {*config.values, *levels, *([cells] if cells else [])}
    both = sorted(({*config.values, *levels}) & {*config.columns})
    if both:
        raise InputError(
            [
                Problem(
                    f"config key {key} says twice where {name} comes from: under `columns`, and "
                    f"under `{'values' if name in config.values else 'wide.headings'}`.",
                    path,
                )
                for name in both
            ]
        )
    wanted = {name: parts for name, parts in headings.items() if name not in elsewhere}
    flat = [heading for parts in wanted.values() for heading in parts]
    grid = read_grid(path, config.sheet, flat, config.header_row)
    if config.last_row is not None:
        grid = replace(grid, rows=grid.rows[: config.last_row])
    if config.header_row is not None and config.header_row > len(grid.rows):
        raise InputError(
            Problem(
                f"config key {key}.header_row is {config.header_row}, and the sheet has "
                f"{len(grid.rows)} rows.",
                path,
                sheet_place(grid),
            )
        )
    header, score = best_header(grid.rows, flat, config.header_row)
    if not any(value is not None for row in grid.rows for value in row):
        others = f" Other worksheets: {', '.join(grid.other_sheets)}." if grid.other_sheets else ""
        raise InputError(Problem(f"the sheet is blank.{others}", path, sheet_place(grid)))
    if wide is not None and config.header_row is None:
        header = first_header(grid, header, flat, wide)
    count = max(len(levels), 1)
    found = [[heading_text(v) for v in row] for row in grid.rows[header : header + count]]
    _check_values(grid, header, found, config)
    places = find_places(grid, header, score, found, wanted, columns, config, key, elsewhere)
    if grid.delimited:
        _check_lengths(grid, header + count - 1, found[-1] if found else [])
    if wide is not None:
        table = melted(grid, header, found, places, columns, config, key, value)
    else:
        table = _table(grid, header, found[0] if found else [], places, columns)
    return _with_values(table, config)


def _with_values(table: Table, config: Sheet) -> Table:
    """Return the table with the values that the config gives for all of its rows."""
    for name, value in config.values.items():
        table.places[name] = (-1, "")
        for row in table.rows:
            row.cells[name] = text_value(value)
    return table


def _check_values(grid: Grid, header: int, found: Sequence[Sequence[str]], config: Sheet) -> None:
    """Refuse columns that the sheet has, and whose values the config gives too."""
    problems = []
    for name, value in config.values.items():
        for depth, row in enumerate(found):
            for index, text in enumerate(row):
                if text and normal(text) == normal(name):
                    place = f"{column_letter(index)}{header + depth + 1}"
                    where = ", ".join(filter(None, [sheet_place(grid), f"cell {place}"]))
                    message = (
                        f"the sheet has a column `{text}`, and the config gives `{value}` for all "
                        "of its rows (key values)."
                    )
                    problems.append(
                        Problem(message, grid.file, where, "Keep one of them.", grid.sheet, place)
                    )
    if problems:
        raise InputError(problems)


def _check_lengths(grid: Grid, header: int, found: Sequence[str]) -> None:
    """Refuse rows of delimited text that are longer or shorter than the header."""
    needed = max((i + 1 for i, heading in enumerate(found) if heading), default=0)
    problems = []
    for number, row in enumerate(grid.rows[header + 1 :], start=header + 2):
        used = max((i + 1 for i, value in enumerate(row) if value is not None), default=0)
        if not used:
            continue
        if len(row) < needed:
            found_text = f"the row has {len(row)} cells, and the header has {needed}."
            hint = "Was the file cut off? Blank cells at the end need their delimiters too."
        elif used > len(found):
            found_text = f"the row has {used} cells, and the header has {len(found)}."
            hint = "Put cells that hold the delimiter (a decimal comma?) in quotation marks."
        else:
            continue
        place = f"row {number}"
        problems.append(Problem(found_text, grid.file, place, hint, cell=str(number)))
    if problems:
        raise InputError(problems)


def _table(
    grid: Grid,
    header: int,
    found: Sequence[str],
    places: dict[str, list[tuple[int, str]]],
    columns: Mapping[str, Column],
) -> Table:
    """Return the table below the header."""
    mapped = {index for parts in places.values() for index, _ in parts}
    notes: list[Problem] = []
    extra = extra_headings(found, mapped)
    simple = {name: parts[-1] for name, parts in places.items()}
    table = Table(grid.file, grid.sheet, header + 1, simple, columns, [], notes)
    none: dict[str, object] = {}  # one for all rows where every column is ours
    for number, padded in data_rows(grid, header, len(found)):
        row = Row(
            number,
            {name: cell_value(padded, parts) for name, parts in places.items()},
            {heading: padded[index] for index, heading in extra.items()} if extra else none,
        )
        stray = [
            i for i, v in enumerate(padded) if v is not None and i not in mapped and i not in extra
        ]
        if stray:
            cells = ", ".join(f"{column_letter(i)}{number}" for i in stray[:5])
            note = f"cells without a heading are not read ({cells})."
            notes.append(Problem(note, grid.file, table.where(number)))
        if all(value is None for value in row.cells.values()):
            note = "none of the columns that are read is filled in this row; it is not read."
            notes.append(Problem(note, grid.file, table.where(number)))
            continue
        if number in grid.hidden:
            notes.append(hidden_note(table, number))
        table.rows.append(row)
    return table
