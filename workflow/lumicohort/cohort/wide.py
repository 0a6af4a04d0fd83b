"""Tables with a column per day, date or animal, turned into one row per measurement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lumicohort.cohort.grid import Grid, column_letter
from lumicohort.cohort.headers import Column, heading_text, normal
from lumicohort.cohort.lines import cell_value, data_rows, hidden_note
from lumicohort.cohort.table import Row, RowNumber, Table
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.study.config.sheets import Sheet, Wide

DAY = re.compile(
    r"(?:study\s+)?(?:days?|d|t|tag|jour)?[\s_.:=\-]*?(-?\d+(?:[.,]0+)?)(?:\s*\([^()]*\))?",
    re.IGNORECASE,
)
"""Headings that count days by themselves: `7`, `D7`, `Day 7`, `Day -1`, `7 (12:30:05)`."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A column of measurements: its index, and what its header rows say, by our names."""

    index: int
    says: dict[str, tuple[int, object]]
    """Our name to (row number of the heading, value)."""


def first_header(grid: Grid, header: int, wanted: Sequence[str], wide: Wide) -> int:
    """Return the index of the first header row, given the row that holds the wanted headings.

    With several header rows, the wanted headings may stand in any of them. Days tell: their row
    is the one with the most day-like headings. Otherwise the wanted ones stand lowest, unless
    the row below repeats them (merged cells).
    """
    count = len(wide.headings)
    if count == 1:
        return header
    starts = [s for s in range(header - count + 1, header + 1) if 0 <= s <= len(grid.rows) - count]
    if not starts:
        return header
    if "day" in wide.headings:
        level = wide.headings.index("day")

        def days(start: int) -> int:
            row = grid.rows[start + level]
            return sum(_day(heading_text(value), wide) is not None for value in row)

        return max(starts, key=lambda s: (days(s), s))
    names = {normal(heading) for heading in wanted}
    below = grid.rows[header + 1] if header + 1 < len(grid.rows) else []
    repeated = bool(names & {normal(heading_text(value)) for value in below})
    return starts[-1] if repeated else starts[0]


def melted(
    grid: Grid,
    header: int,
    found: Sequence[Sequence[str]],
    places: dict[str, list[tuple[int, str]]],
    columns: Mapping[str, Column],
    config: Sheet,
    key: str,
    value: str | None,
) -> Table:
    """Return a table with a row per measurement.

    Parameters
    ----------
    grid : Grid
        The sheet.
    header : int
        Index of the first header row.
    found : sequence of sequence of str
        Texts of the header rows.
    places : dict
        Where the columns stand that are no measurements.
    columns : mapping
        What is known of our columns.
    config : Sheet
        The sheet's config, with its key `wide`.
    key : str
        The config key of the sheet.
    value : str or None
        Our name for the measurement; None where only the animals are wanted.

    Returns
    -------
    Table
        A row per filled cell; a row per animal where `value` is None. Row numbers are
        `RowNumber`, which know where each cell stands.

    Raises
    ------
    InputError
        Naming every heading that is neither a day nor named in the config.
    """
    wide = config.wide
    assert wide is not None
    name = wide.value or value
    measured = _measured(grid, header, found, places, wide, key)
    others = _others(found, wide)
    simple = {n: parts[-1] for n, parts in places.items()}
    simple.update(dict.fromkeys(wide.headings, (-1, "")))
    if name is not None:
        simple[name] = (-1, "")
    table = Table(grid.file, grid.sheet, header + 1, simple, columns, [])
    width = max((len(row) for row in found), default=0)
    for number, padded in data_rows(grid, header + len(found) - 1, width):
        before = len(table.rows)
        fixed = {n: cell_value(padded, parts) for n, parts in places.items()}
        extra = {heading: padded[i] for i, heading in others.items()}
        for column in measured:
            if padded[column.index] is None:
                continue
            _add(table, number, column, fixed, extra, name, padded[column.index])
        if number in grid.hidden:
            table.notes.append(hidden_note(table, number))
        if name is None and len(table.rows) == before and "animal_id" in places:
            # The animal is one of the cohort although it was never measured.
            table.rows.append(Row(RowNumber.of(number, table), dict(fixed), extra))
        _note_strays(table, number, padded, found, places)
    return table if name is not None else _animals(table, wide)


def _add(
    table: Table,
    number: int,
    column: Measured,
    fixed: Mapping[str, object],
    extra: dict[str, object],
    name: str | None,
    value: object,
) -> None:
    """Add the row of one measurement."""
    cells = {**fixed, **{level: said for level, (_, said) in column.says.items()}}
    at = {level: (row, column.index, str(said)) for level, (row, said) in column.says.items()}
    if name is not None:
        cells[name] = value
        headings = [str(said) for _, said in column.says.values()]
        at[name] = (number, column.index, " ".join(headings))
    table.rows.append(Row(RowNumber.of(number, table, at), cells, dict(extra)))


def _animals(table: Table, wide: Wide) -> Table:
    """Return a row per animal: days and repeated rows are gone."""
    dropped = {"day", "date", *(h for h in wide.headings if h not in table.columns)}
    by_column = "animal_id" in wide.headings
    kept: dict[tuple[object, ...], Row] = {}
    for row in table.rows:
        names = wide.headings if by_column else row.cells
        cells = {n: row.cells.get(n) for n in names if n not in dropped}
        extra = {} if by_column else row.extra
        where = () if by_column else (int(row.number),)
        kept.setdefault((*where, *(str(v) for v in cells.values())), Row(row.number, cells, extra))
    places = {n: p for n, p in table.places.items() if n not in dropped}
    if by_column:
        places = {n: p for n, p in places.items() if n in wide.headings}
    return Table(
        table.file,
        table.sheet,
        table.header_row,
        places,
        table.columns,
        list(kept.values()),
        table.notes,
    )


def _measured(
    grid: Grid,
    header: int,
    found: Sequence[Sequence[str]],
    places: Mapping[str, Sequence[tuple[int, str]]],
    wide: Wide,
    key: str,
) -> list[Measured]:
    """Return the columns of measurements, or refuse with every heading that says nothing."""
    fixed = {index for parts in places.values() for index, _ in parts}
    others = {*_others(found, wide)}
    problems: list[Problem] = []
    measured = []
    width = max((len(row) for row in found), default=0)
    last = len(wide.headings) - 1
    texts = [[*row, *[""] * (width - len(row))] for row in found]
    for upper in range(min(last, len(texts))):
        texts[upper] = _filled_right(texts[upper], places, others)
    for index in range(width):
        if index in fixed or index in others or not any(row[index] for row in texts[last:]):
            continue
        said = {level: texts[i][index] for i, level in enumerate(wide.headings)}
        if any(normal(said.get(n, "")) != normal(v) for n, v in wide.only.items()):
            continue
        says: dict[str, tuple[int, object]] = {}
        for i, level in enumerate(wide.headings):
            value = _said(grid.rows[header + i], index, texts[i][index], level, wide)
            says[level] = (header + i + 1, value)
            if value is None:
                problems.append(_silent(grid, header + i, index, texts[i][index], level, key))
        measured.append(Measured(index, says))
    if not measured and not problems:
        what = " and ".join(wide.headings)
        only = f" with {wide.only}" if wide.only else ""
        problems.append(
            Problem(
                f"no column of measurements (headings that name {what}{only}) is found; the "
                f"header is taken to be row {header + 1}.",
                grid.file,
                f'sheet "{grid.sheet}"' if grid.sheet else None,
                f"Correct config key {key}.wide, or give {key}.header_row.",
                sheet=grid.sheet,
            )
        )
    unknown = [text for text in wide.others if normal(text) not in _all_texts(found)]
    problems += [
        Problem(
            f"config key {key}.wide.others names `{text}`, which the sheet does not have"
            f"{did_you_mean(text, [t for row in found for t in row if t])}.",
            grid.file,
            sheet=grid.sheet,
        )
        for text in unknown
    ]
    if problems:
        raise InputError(problems)
    return measured


def _said(row: Sequence[object], index: int, text: str, level: str, wide: Wide) -> object:
    """Return what a heading says, or None where it says nothing."""
    if level == "day":
        return _day(text, wide)
    if level == "date":
        value = row[index] if index < len(row) else None
        return value if value is not None else text or None
    return text or None


def _day(text: str, wide: Wide) -> int | None:
    """Return the day that a heading names, or None."""
    pattern = re.compile(wide.pattern, re.IGNORECASE) if wide.pattern else DAY
    match = pattern.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    try:
        number = float((match[1] or "").replace(",", "."))
    except ValueError:
        return None
    number *= 7 if wide.unit == "weeks" else 1
    return int(number) if number.is_integer() else None


def _silent(grid: Grid, row: int, index: int, text: str, level: str, key: str) -> Problem:
    """Return the problem that a heading does not say what it should."""
    shown = " ".join(text.split()) or "(blank)"
    shown = shown if len(shown) <= 60 else shown[:57] + "…"
    cell = f"{column_letter(index)}{row + 1}"
    where = ", ".join(filter(None, [f'sheet "{grid.sheet}"' if grid.sheet else "", f"cell {cell}"]))
    if level == "day":
        message = f"the heading `{shown}` is no day (7, D7, Day 7), and no column that we know."
    else:
        message = f"the heading of this column lacks its {level}."
    return Problem(
        message,
        grid.file,
        where,
        f"Name it under config key {key}.columns if we should know it, under {key}.wide.others if "
        f"it is no measurement; other forms of days need {key}.wide.pattern, dates "
        f"{key}.wide.headings: [date].",
        sheet=grid.sheet,
        cell=cell,
    )


def _filled_right(
    texts: Sequence[str], places: Mapping[str, Sequence[tuple[int, str]]], others: set[int]
) -> list[str]:
    """Return an upper header row with blanks repeating the heading to their left.

    What stands over a column that is no measurement is repeated too (a group's name may begin
    there), unless it is that column's own heading.
    """
    own = {index: normal(text) for parts in places.values() for index, text in parts}
    filled: list[str] = []
    last = ""
    for index, text in enumerate(texts):
        if index in own and text and normal(text) == own[index]:
            last = ""
        else:
            last = ("" if index in others else text) or last
        filled.append(last)
    return filled


def _others(found: Sequence[Sequence[str]], wide: Wide) -> dict[int, str]:
    """Return the columns that the config says are no measurements, by index."""
    names = {normal(text) for text in wide.others}
    return {
        index: " ".join(text.split())
        for row in found
        for index, text in enumerate(row)
        if text and normal(text) in names
    }


def _all_texts(found: Sequence[Sequence[str]]) -> set[str]:
    return {normal(text) for row in found for text in row if text}


def _note_strays(
    table: Table,
    number: int,
    cells: Sequence[object],
    found: Sequence[Sequence[str]],
    places: Mapping[str, Sequence[tuple[int, str]]],
) -> None:
    """Note filled cells that stand under no heading at all."""
    fixed = {index for parts in places.values() for index, _ in parts}
    last = found[-1] if found else []
    stray = [
        i
        for i, value in enumerate(cells)
        if value is not None
        and i not in fixed
        and not any(i < len(row) and row[i] for row in found)
        and not (i < len(last) and last[i])
    ]
    if stray:
        named = ", ".join(f"{column_letter(i)}{number}" for i in stray[:5])
        note = f"cells without a heading are not read ({named})."
        table.notes.append(
            Problem(note, table.file, table.where(number), sheet=table.sheet, cell=f"{number}")
        )
