"""Finding the header row and our columns under the lab's headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lumicohort.cohort.grid import Broken, Grid, column_letter
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
    at_least, above : float or None
        Smallest number allowed; number that must be exceeded.
    whole : bool
        Whether only whole numbers are allowed.
    """

    kind: Kind
    required: bool = False
    blank: bool = False
    whole: bool = False
    at_least: float | None = None
    above: float | None = None


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

    It is the first row with the most wanted headings; without any, the first row with more than
    one cell (or any cell), so that a message can show it.
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
    return best, best_score


def find_places(
    grid: Grid,
    header: int,
    score: int,
    found: Sequence[str],
    headings: Mapping[str, str],
    columns: Mapping[str, Column],
    config: Sheet,
    key: str,
) -> dict[str, tuple[int, str]]:
    """Return where our columns stand, or refuse with all that is wrong with the header."""
    problems: list[Problem] = []
    places: dict[str, tuple[int, str]] = {}
    named = [" ".join(heading.split()) for heading in found if heading]
    where = ", ".join(filter(None, [sheet_place(grid), f"row {header + 1}"]))
    for name, heading in headings.items():
        at = [i for i, text in enumerate(found) if text and normal(text) == normal(heading)]
        exact = [i for i in at if found[i] == heading]
        at = exact if len(exact) == 1 else at
        if len(at) > 1:
            letters = " and ".join(column_letter(i) for i in at)
            problems.append(
                Problem(
                    f"the heading `{heading}` stands twice, in columns {letters}.",
                    grid.file,
                    where,
                    "Rename or delete one of them.",
                )
            )
        elif at:
            places[name] = (at[0], found[at[0]])
        elif columns[name].required or name in config.columns:
            problems.append(_missing(grid, where, name, heading, named, score, config, key))
    if problems:
        raise InputError(problems)
    return places


def _missing(
    grid: Grid,
    where: str,
    name: str,
    heading: str,
    named: Sequence[str],
    score: int,
    config: Sheet,
    key: str,
) -> Problem:
    """Return the problem that a column is missing."""
    hint = did_you_mean(heading, named)
    shown = ", ".join(f"`{h}`" for h in named[:40]) or "none"
    others = f" Other worksheets: {', '.join(grid.other_sheets)}." if grid.other_sheets else ""
    where = where if score else ", ".join(filter(None, [sheet_place(grid), "header row"]))
    what = f"the column `{heading}`"
    if name in config.columns:
        what += f" (config key {key}.columns.{name})"
        todo = "Correct the heading in the config or in the sheet."
    else:
        todo = f'Say which heading it has: config key {key}.columns: {{{name}: "…"}}.'
    return Problem(
        f"{what} is missing{hint}. Headings found: {shown}.{others}", grid.file, where, todo
    )
