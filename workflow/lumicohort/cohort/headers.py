"""Finding the header row and our columns under the lab's headings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lumicohort.cohort.grid import Broken, Grid, column_letter
from lumicohort.cohort.synonyms import looks_like, usual_headings
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.study.config.sheets import Sheet

_HEADER_WITHIN = 60
"""Rows from the top among which the header row is looked for."""

Kind = Literal["id", "text", "date", "number", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that we know.

    Parameters
    ----------
    kind : str
        How its cells are read.
    required : bool
        Whether the column must be there and filled in every row.
    blank : bool
        Whether cells of a required column may be blank.
    instead : str or None
        The column that makes this one unnecessary: `day` instead of `date`.
    at_least, above : float or None
        Smallest number allowed; number that must be exceeded.
    flux : bool
        Whether it is a flux in photons/s, which has a largest size in either direction.
    whole : bool
        Whether only whole numbers are allowed.
    """

    kind: Kind
    required: bool = False
    blank: bool = False
    whole: bool = False
    at_least: float | None = None
    above: float | None = None
    flux: bool = False
    instead: str | None = None


def normal(heading: str) -> str:
    """Return a heading without case, and with spaces, underscores and hyphens alike."""
    return re.sub(r"[\s_\-]+", " ", heading.casefold()).strip()


def sheet_place(grid: Grid) -> str | None:
    """Return the worksheet as messages name it; None for text files."""
    return f'sheet "{grid.sheet}"' if grid.sheet else None


def heading_text(value: object) -> str:
    """Return a header cell as text."""
    if value is None or isinstance(value, Broken):
        return ""
    return str(value)


def best_header(
    rows: Sequence[Sequence[object]], wanted: Sequence[str], given: int | None
) -> tuple[int, int]:
    """Return the index of the likeliest header row and how many wanted headings it holds.

    It is the first row with the most wanted headings; without any, the row with the most headings
    that labs use, else the first row with more than one cell, so that a message can show it.
    """
    names = {normal(heading) for heading in wanted}
    if given is not None:
        row = rows[given - 1] if given <= len(rows) else ()
        return min(given, max(len(rows), 1)) - 1, len(
            names & {normal(heading_text(v)) for v in row}
        )
    best, best_score = 0, 0
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        score = len(names & {normal(heading_text(value)) for value in row})
        if score > best_score:
            best, best_score = index, score
    if not best_score:
        filled = [sum(value is not None for value in row) for row in rows[:_HEADER_WITHIN]]
        best = next((i for i, n in enumerate(filled) if n > 1), 0)
        best = best or next((i for i, n in enumerate(filled) if n), 0)
        usual = [usual_headings(map(heading_text, row)) for row in rows[:_HEADER_WITHIN]]
        if max(usual, default=0) > 1:  # below title lines of several cells
            best = usual.index(max(usual))
    return best, best_score


def wanted_headings(config: Sheet, columns: Mapping[str, Column]) -> dict[str, list[str]]:
    """Return our column names with the headings that are looked for, each joined of one or more."""
    found: dict[str, list[str]] = {}
    for name in [*columns, *(n for n in config.columns if n not in columns)]:
        heading = config.columns.get(name, name)
        found[name] = [heading] if isinstance(heading, str) else list(heading)
    return found


def find_places(
    grid: Grid,
    header: int,
    score: int,
    found: Sequence[Sequence[str]],
    headings: Mapping[str, Sequence[str]],
    columns: Mapping[str, Column],
    config: Sheet,
    key: str,
    given: Collection[str] = (),
) -> dict[str, list[tuple[int, str]]]:
    """Return where our columns stand, or refuse with all that is wrong with the header.

    Parameters
    ----------
    grid : Grid
        The sheet.
    header : int
        Index of the (first) header row.
    score : int
        How many of the wanted headings it holds.
    found : sequence of sequence of str
        Texts of the header rows, from the top.
    headings : mapping
        Our column name to the headings that it is joined of.
    columns : mapping
        What is known of our columns.
    config : Sheet
        The sheet's config.
    key : str
        Its config key.
    given : collection of str
        Our columns whose values come from elsewhere.

    Returns
    -------
    dict
        Our column name to (column index, heading) of each of its parts.
    """
    problems: list[Problem] = []
    places: dict[str, list[tuple[int, str]]] = {}
    named = [" ".join(heading.split()) for row in found for heading in row if heading]
    named = list(dict.fromkeys(named))
    where = ", ".join(filter(None, [sheet_place(grid), f"row {header + 1}"]))
    for name, parts in headings.items():
        at: list[tuple[int, str]] = []
        for heading in parts:
            columns_found = _columns_of(heading, found, name in config.columns)
            if len(columns_found) > 1:
                letters = " and ".join(column_letter(i) for i, _ in columns_found)
                one = column_letter(columns_found[0][0])
                problems.append(
                    Problem(
                        f"the heading `{heading}` stands twice, in columns {letters}.",
                        grid.file,
                        where,
                        "Rename or delete one of them, or say by its letter which is meant: config "
                        f"key {key}.columns: {{{name}: column {one}}}.",
                        sheet=grid.sheet,
                        cell=f"{column_letter(columns_found[-1][0])}{header + 1}",
                    )
                )
            elif columns_found:
                at += columns_found
            elif name in config.columns or _is_needed(name, found, headings, columns, given):
                problems.append(
                    _missing(
                        grid, where, name, heading, named, score, config, key, columns, not problems
                    )
                )
        if at and len(at) == len(parts):
            places[name] = at
    if problems:
        raise InputError(problems)
    return places


def _is_needed(
    name: str,
    found: Sequence[Sequence[str]],
    headings: Mapping[str, Sequence[str]],
    columns: Mapping[str, Column],
    given: Collection[str],
) -> bool:
    """Tell whether a column must be there: it is required, and none stands instead of it."""
    column, other = columns[name], columns[name].instead
    if not column.required or other is None:
        return column.required
    there = all(_columns_of(h, found, True) for h in headings.get(other, ["\n"]))
    return other not in given and not there


_OFTEN_THE_SAME = ("model", "arm", "inoculation_date")
_BY_LETTER = re.compile(r"column ([A-Z]{1,3})", re.IGNORECASE)


def _columns_of(
    heading: str, found: Sequence[Sequence[str]], by_letter: bool
) -> list[tuple[int, str]]:
    """Return the columns (index, text) that have a heading, in the lowest header row that has it.

    Where none has, `column B` of the config means the second column.
    """
    for row in reversed(found):
        at = [(i, t) for i, t in enumerate(row) if t and normal(t) == normal(heading)]
        exact = [(i, t) for i, t in at if t == heading]
        if at:
            return exact if len(exact) == 1 else at
    match = _BY_LETTER.fullmatch(heading.strip())
    width = max((len(row) for row in found), default=0)
    if by_letter and match:
        index = 0
        for letter in match[1].upper():
            index = index * 26 + ord(letter) - ord("A") + 1
        if index <= width:
            row = found[-1]
            return [(index - 1, row[index - 1] if index <= len(row) else "")]
    return []


def _missing(
    grid: Grid,
    where: str,
    name: str,
    heading: str,
    named: Sequence[str],
    score: int,
    config: Sheet,
    key: str,
    columns: Mapping[str, Column],
    first: bool,
) -> Problem:
    """Return the problem that a column is missing; the first one lists what there is."""
    guess = looks_like(name, named) if name not in config.columns else None
    hint = f" — is it `{guess}`?" if guess else did_you_mean(heading, named)
    shown = ", ".join(f"`{h}`" for h in named[:40]) or "none"
    listed = f" Headings found: {shown}." if first else ""
    if first and grid.other_sheets:
        sheets = ", ".join(grid.other_sheets)
        listed += f" Other worksheets: {sheets} (config key {key}.sheet names the one to read)."
    where = where if score else ", ".join(filter(None, [sheet_place(grid), "header row"]))
    what = f"the column `{heading}`"
    if name in config.columns:
        what += f" (config key {key}.columns.{name})"
        todo = "Correct the heading in the config or in the sheet."
        cut = next((h for h in named if h.startswith(f"{heading} #")), None)
        if cut:
            todo = (
                f'Quote it in the config ("{cut}"): a # without quotation marks begins a comment.'
            )
    else:
        todo = f'Say which heading it has: config key {key}.columns: {{{name}: "{guess or "…"}"}}.'
        other = columns[name].instead
        if other:
            todo += f" The column `{other}` can stand instead of it."
        if name in _OFTEN_THE_SAME and not guess:
            todo += f" Where all rows have the same: config key {key}.values: {{{name}: …}}."
    return Problem(
        f"{what} is missing{hint}{'' if hint else '.'}{listed}",
        grid.file,
        where,
        todo,
        sheet=grid.sheet,
    )
