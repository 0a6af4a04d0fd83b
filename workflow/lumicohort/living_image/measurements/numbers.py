"""Numbers of an exported Measurements table: points, commas, thousands separators.

The mark of one table is settled by the cells that can be read in one way only; a cell such as
`1,234` on its own is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

MISSING = frozenset(
    {"", "n/a", "na", "n.a.", "nan", "#n/a", "-", "--", "\u2013", "\u2014", "none", "null"}
    | {sign + text for sign in ("", "-") for text in ("nan", "nan(ind)", "1.#ind", "1.#qnan")}
)
"""Cells that say that there is no value, those of Microsoft's C library among them."""

_SPACES = dict.fromkeys(map(ord, " '\u2019\u00a0\u2007\u2009\u202f"), None)
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_UNSURE = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_OTHER = {".": ",", ",": "."}
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_POWER = re.compile(r"(?<=\d)[x\u00d7*\u00b7]10\^?([-+]?\d+)$")


def tidy(text: str) -> str:
    """Return a number's text without spaces, in lower case, with a plain minus sign.

    A power of ten that is written out (`1.26 x 10^6`) becomes `1.26e6`.
    """
    plain = text.translate(_SPACES).replace("\u2212", "-").casefold()
    return plain if "10" not in plain else _POWER.sub(r"e\1", plain.translate(_RAISED))


def is_missing(text: str) -> bool:
    """Tell whether a cell says that there is no value."""
    return tidy(text) in MISSING


def decimal_marks(texts: Iterable[str]) -> Mapping[str, str]:
    """Return the decimal marks that cells prove, each with the first cell that proves it.

    Parameters
    ----------
    texts : iterable of str
        Cells of one table's columns of numbers.

    Returns
    -------
    mapping
        `.` or `,` to a cell that can be read with that mark only. Empty where all cells are
        whole numbers or can be read in two ways; two entries where cells contradict each other.
    """
    proof: dict[str, str] = {}
    for text in texts:
        number = tidy(text)
        if _UNSURE.fullmatch(number) or ("." not in number and "," not in number):
            continue
        marks = [mark for mark in ".," if _value(number, mark) is not None]
        if len(marks) == 1:
            proof.setdefault(marks[0], text)
    return proof


def is_unsure(text: str) -> bool:
    """Tell whether a cell can be read with either decimal mark, to different values."""
    return _UNSURE.fullmatch(tidy(text)) is not None


def number(text: str, mark: str) -> float | None:
    """Return a cell's number under a decimal mark, or None where it is none (or not finite)."""
    return _value(tidy(text), mark)


def significant_digits(text: str, mark: str) -> int:
    """Return how many significant digits a number is written with (`1.26E+06`: 3).

    Zeros before the first other digit do not count; those after the last one of a whole number
    do not either (`1500` may be rounded to 2 digits, and is taken to be).
    """
    mantissa = tidy(text).split("e")[0].lstrip("+-").replace(_OTHER[mark], "")
    digits = mantissa.replace(mark, "").lstrip("0")
    return len(digits if mark in mantissa or "e" in tidy(text) else digits.rstrip("0"))


def rounding_p_s(text: str, mark: str) -> float:
    """Return half a unit of a number's last written digit, by which rounding may be off."""
    mantissa, _, power = tidy(text).partition("e")
    decimals = len(mantissa.partition(mark)[2])
    return 0.5 * 10.0 ** (int(power or 0) - decimals)


def _value(text: str, mark: str) -> float | None:
    """Return the number of a tidy text, or None."""
    if mark == ",":
        text = text.translate({ord("."): ",", ord(","): "."})
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        return None
    value = float(text)
    return value if abs(value) < float("inf") else None
