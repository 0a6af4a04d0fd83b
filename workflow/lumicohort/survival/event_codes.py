"""Event columns that are coded in words, or as R's data sets are: said, never guessed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from lumicohort.errors import Problem
from lumicohort.survival.columns import FALSE, TRUE, is_missing, text_of

_SHOWN = 5
"""Codes and rows that are listed."""
_EVENTS = ("dead", "died", "death", "deceased", "event", "yes", "y", "ja", "oui", "sí", "si", "tot")
_CENSORED = ("alive", "censored", "no", "n", "nein", "non", "lost", "lebt", "vivant", "zensiert")
"""Words by which an advice is made; nobody's codes are read by them."""


def recoded(
    cells: Sequence[object],
    events: Sequence[str],
    censored: Sequence[str],
    column: str,
    file: Path,
    rows: Sequence[int],
) -> tuple[list[object], list[Problem]]:
    """Return event codes as 1 and 0.

    Parameters
    ----------
    cells : sequence
        The event column.
    events, censored : sequence of str
        What stands in it for an event, and for an animal that left without; where none is given,
        cells stay as they are.
    column : str
        Its heading, for messages.
    file : Path
        The sheet, for messages.
    rows : sequence of int
        The cells' rows in it.

    Returns
    -------
    list
        1, 0, or the cell itself where it means nothing.
    list of Problem
        A code that no cell has; a column whose codes all are its own (words, or the 1 and 2 of R's
        `lung`), which tells of one slip and not of as many as there are rows.
    """
    texts = [_plain(cell) for cell in cells]
    if not events and not censored:
        problem = _own_coding(texts, [text_of(cell) for cell in cells], column, file, rows)
        if problem is None:
            return list(cells), []
        return [c if is_missing(t) else 0 for c, t in zip(cells, texts, strict=True)], [problem]
    meaning: dict[str, object] = {}
    problems = []
    for option, named, value in (("event", events, 1), ("censored", censored, 0)):
        for code in named:
            known = _plain(code)
            if meaning.setdefault(known, value) != value:
                problems.append(Problem(f"`{code}` is both --event-code and --censored-code."))
            elif known not in texts:
                message = f"no cell is `{code}` (--{option}-code)."
                problems.append(Problem(message, file, f"column {column}"))
    allowed = ", ".join(f"`{code}`" for code in (*events, *censored))
    others: dict[str, list[int]] = {}
    for text, row in zip(texts, rows, strict=True):
        if text not in meaning:
            others.setdefault(text, []).append(row)
    for text, at in others.items():
        said = "is empty" if is_missing(text) else f"is `{text}`, which no option names"
        problems.append(
            Problem(
                f"the event code {said}.",
                file,
                f"{_rows(at)}, column {column}",
                f"Named are {allowed}: name it (--event-code or --censored-code), or correct it.",
            )
        )
    return [meaning.get(text, 0) for text in texts], problems


def _own_coding(
    texts: Sequence[str], shown: Sequence[str], column: str, file: Path, rows: Sequence[int]
) -> Problem | None:
    """Return what to do about a column none of whose codes is known, or that holds 1 and 2."""
    found: dict[str, list[int]] = {}
    for text, row in zip(texts, rows, strict=True):
        if not is_missing(text):
            found.setdefault(text, []).append(row)
    one_two = set(found) == {"1", "2"} and len(found["2"]) > 1
    if len(found) < 2 or not (one_two or (TRUE | FALSE).isdisjoint(found)):
        return None
    if all(text.replace(".", "", 1).lstrip("+-").isdigit() for text in found) and not one_two:
        return None  # numbers are more likely another column
    as_written = dict(zip(texts, shown, strict=True))
    listed = [f"`{as_written[code]}` in {_rows(at)}" for code, at in list(found.items())[:_SHOWN]]
    more = f", and {len(found) - _SHOWN} others" if len(found) > _SHOWN else ""
    return Problem(
        f"the event codes are {' and '.join(listed)}{more}: 1 or true is an event, 0 or false is "
        "censored, and others are not guessed.",
        file,
        f"column {column}",
        f"Say what they mean: {_advice(found, as_written, one_two)}.",
    )


def _advice(found: dict[str, list[int]], as_written: dict[str, str], one_two: bool) -> str:
    """Return the options that would tell, with codes where two words leave no doubt."""
    if one_two:
        return "--event-code 2 --censored-code 1 where 2 is the event, as in R's `lung`"
    event = [code for code in found if code in _EVENTS]
    left = [code for code in found if code in _CENSORED]
    if len(event) == len(left) == 1 and len(found) == 2:
        names = [shlex.quote(as_written[code]) for code in (*event, *left)]
        return f"--event-code {names[0]} --censored-code {names[1]}, if that is so"
    return (
        "--event-code CODE --censored-code CODE (each as often as needed), and --competing CODE "
        "for death of another cause"
    )


def _plain(code: object) -> str:
    """Return a code as it is compared: in small letters, whole numbers without their point."""
    text = text_of(code).casefold()
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def _rows(rows: Sequence[int]) -> str:
    """Return `row 3`, or `rows 3, 5 and 9`."""
    if len(rows) == 1:
        return f"row {rows[0]}"
    if len(rows) > _SHOWN:
        return f"rows {', '.join(map(str, rows[:_SHOWN]))} and {len(rows) - _SHOWN} more"
    return f"rows {', '.join(map(str, rows[:-1]))} and {rows[-1]}"
