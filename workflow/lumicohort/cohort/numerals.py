"""What a text can mean as a number; decimal commas and thousands separators."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_COMMA = re.compile(r"[-+]?\d*,\d+(e[-+]?\d+)?", re.IGNORECASE)
_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_POINT_TWO_WAYS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}")
_GROUPED_COMMA = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)|[-+]?\d{1,3}(,\d{3}){2,}")
_GROUPED_POINT = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)|[-+]?\d{1,3}(\.\d{3}){2,}")

_POWER = re.compile(
    r"(?:(?P<factor>[-+\u2212]?[\d.,]+)\s*[x\u00d7*\u00b7\u22c5]\s*)?10\s*"
    r"(?:\^\s*(?P<power>[-+\u2212]?\d{1,2})|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))",
    re.IGNORECASE,
)
"""`10^6`, `1.2 x 10^6` and `1.2×10⁶`; not `1.2x106`, whose raised digit a program has lost."""
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


@dataclass(frozen=True, slots=True)
class Marks:
    """Which decimal marks a column uses for certain, in any of its cells."""

    commas: bool
    points: bool

    @classmethod
    def of(cls, values: Iterable[object]) -> Marks:
        """Return the marks of a column's texts."""
        texts = [value for value in values if isinstance(value, str)]
        commas = any(_COMMA.fullmatch(t) and not _TWO_WAYS.fullmatch(t) for t in texts)
        commas = commas or any("," in t and _GROUPED_POINT.fullmatch(t) for t in texts)
        points = any(_NUMBER.fullmatch(t) and "." in t for t in texts) or any(
            "." in t and _GROUPED_COMMA.fullmatch(t) for t in texts
        )
        return cls(commas, points)


def number_of(value: str, marks: Marks) -> float | tuple[str, str] | None:
    """Return the number that a text means.

    Parameters
    ----------
    value : str
        The text.
    marks : Marks
        The decimal marks of its column.

    Returns
    -------
    float, tuple of str, or None
        The number; its two readings where it can mean two (`1,000`); None where it is none.
    """
    if power := _POWER.fullmatch(value):
        factor = number_of(power["factor"] or "1", marks)
        if not isinstance(factor, float):
            return factor
        exponent = power["power"] or power["raised"].translate(_RAISED)
        return float(Decimal(str(factor)).scaleb(int(exponent.replace("\u2212", "-"))))
    text = value.replace("\u2212", "-").replace(" ", "") if _spaced(value) else value
    if _GROUPED_COMMA.fullmatch(text):
        return float(text.replace(",", ""))
    if _GROUPED_POINT.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _POINT_TWO_WAYS.fullmatch(text) and marks.commas:
        return text, text.replace(".", "")
    if _NUMBER.fullmatch(text):
        return float(text)
    if _TWO_WAYS.fullmatch(text) and (marks.points or not marks.commas):
        return text.replace(",", "."), text.replace(",", "")
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    return None


def _spaced(text: str) -> bool:
    """Tell whether spaces in a text can only be thousands separators (`100 000`)."""
    return re.fullmatch(r"[-+\u2212]?\d{1,3}( \d{3})*([.,]\d+)?", text) is not None
