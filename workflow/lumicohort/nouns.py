"""Numbers with their nouns, in notes, messages and the report."""

from __future__ import annotations

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


def marked(arm: str) -> str:
    """Return the sheet's name of an arm as it stands in words that statistics note.

    The marks tell it from other words (an arm may be `a`), so that print can put the arm's label
    in its place (:mod:`lumicohort.tables.labels`): statistics do not depend on labels.
    """
    return f"`{arm}`"
