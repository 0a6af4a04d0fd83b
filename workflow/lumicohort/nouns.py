"""Numbers with their nouns, in notes, messages and the report."""

from __future__ import annotations

import re
from collections.abc import Iterable


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun.

    Parameters
    ----------
    number : int
        How many there are.
    one : str
        The noun for one of them.
    several : str, optional
        The noun for any other number; that for one with an s where none is given.

    Returns
    -------
    str
        ``1 click``, ``2 clicks``.
    """
    return f"{number} {one if number == 1 else several or one + 's'}"


def is_or_are(number: int) -> str:
    """Return the verb that goes with so many: ``is`` for one, ``are`` for any other number."""
    return "is" if number == 1 else "are"


def listed_first(names: Iterable[object], most: int = 5) -> str:
    """Return names in a row, and that there are more where there are.

    Parameters
    ----------
    names : iterable
        The names.
    most : int
        So many are listed.
    """
    texts = [str(name) for name in names]
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")


def spans(cells: Iterable[object]) -> list[str]:
    """Return rows (`7`) or cells (`L7`), three and more below one another as one span.

    Parameters
    ----------
    cells : iterable
        Numbers, or a column's letters and a number, in the order in which they are told.

    Returns
    -------
    list of str
        ``["3 to 6", "9"]``, ``["L3", "L4", "M7 to M9"]``.
    """
    runs: list[list[tuple[str, int]]] = []
    for cell in cells:
        column, row = re.fullmatch(r"(\D*)(\d+)", str(cell)).groups()  # type: ignore[union-attr]
        here = (column, int(row))
        if runs and runs[-1][-1] == (column, here[1] - 1):
            runs[-1].append(here)
        else:
            runs.append([here])
    out = []
    for run in runs:
        texts = [f"{column}{row}" for column, row in run]
        out += [f"{texts[0]} to {texts[-1]}"] if len(run) > 2 else texts
    return out


def marked(arm: str) -> str:
    """Return the sheet's name of an arm as it stands in words that statistics note.

    The marks tell it from other words (an arm may be `a`), so that print can put the arm's label
    in its place (:mod:`lumicohort.tables.labels`): statistics do not depend on labels.
    """
    return f"`{arm}`"
