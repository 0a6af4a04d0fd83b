"""Cells as they stand in every table we write: exact, and nothing that a spreadsheet executes."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

NOT_ESTIMABLE = "NA"
"""How a value that cannot be estimated stands in every table we write."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet program takes it for a formula.

    Text from a user's sheet that starts like a formula (and is not a number) gets a
    leading apostrophe, as spreadsheet programs themselves mark text; NULs and other
    control characters go. A no-break space, or another of a width of its own, becomes a plain
    one, as where sheets are read: two words never run together.

    Parameters
    ----------
    text : str
        A cell's text.

    Returns
    -------
    str
        The text, harmless.
    """
    if not text.isprintable():
        # Python counts only the plain one among the spaces (category Zs) as printable.
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
        text = "".join(c for c in text if c == "\n" or c.isprintable())
    return "'" + text if _like_a_formula(text) else text


def _like_a_formula(text: str) -> bool:
    """Return whether a text, apostrophes before it aside, starts like a formula."""
    bare = text.lstrip("'")
    if not bare.startswith(_FORMULA_STARTS):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def as_written(text: str) -> str:
    """Return a cell's text without the apostrophe that :func:`harmless` put before it."""
    return text[1:] if text.startswith("'") and _like_a_formula(text[1:]) else text


def csv_cell(value: Any) -> Any:
    """Return one object cell ready for CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return harmless(value)
    return value


def in_words(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], own_text: Collection[str] = ()
) -> Iterator[tuple[str, ...]]:
    """Return each row's cells as they stand in a CSV; texts of ours are left as they are."""
    left = iter(rows)
    # column by column, of so many rows that their texts take little memory
    while some := list(islice(left, 1000)):
        values = ((column, [row.get(column) for row in some]) for column in columns)
        texts = [cells if column in own_text else _texts(cells) for column, cells in values]
        yield from zip(*texts, strict=True)


def _texts(values: Sequence[Any]) -> Iterable[str]:
    """Return the values of a column as they stand in a CSV.

    A column mostly holds one kind of values, and words that come again and again.
    """
    kinds = {type(value) for value in values}
    if kinds == {float}:
        return [_number(value) for value in values]
    if kinds == {str}:
        written = {value: harmless(value) for value in set(values)}
        return [written[value] for value in values]
    return [_text(value) for value in values]


def _number(value: float) -> str:
    return f"{value:.12g}" if value == value else NOT_ESTIMABLE


def _text(value: Any) -> str:
    """Return one value as it stands in a CSV."""
    if isinstance(value, str):
        return harmless(value) if value else ""
    if value is None or value != value:
        return NOT_ESTIMABLE
    if isinstance(value, float):
        return _number(value)
    if hasattr(value, "item"):  # numpy's numbers and booleans
        return _text(value.item())
    return str(csv_cell(value))
