"""How numbers are printed: one set of rules for tables, figures and the report.

Only the standard library is imported. A number that cannot be estimated is ``NA``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal

NA = "NA"
NOT_REACHED = "not reached"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGEST_P = 0.99


@dataclass(frozen=True, slots=True)
class Rules:
    """How numbers are rounded and p is written, everywhere in a study.

    Parameters
    ----------
    p_digits : int
        Significant digits of p and of hazard ratios.
    p_letter : {'P', 'p'}
        The letter before a p-value.
    days_decimals, percent_decimals, flux_decimals : int
        Digits after the point: of days and percentages at most, of fluxes exactly.
    """

    p_digits: int = 2
    p_letter: str = "P"
    days_decimals: int = 1
    percent_decimals: int = 0
    flux_decimals: int = 1


_DEFAULT = Rules()
_RULES: ContextVar[Rules] = ContextVar("rules", default=_DEFAULT)


@contextmanager
def printing(rounding: object) -> Iterator[None]:
    """Print by a study's rules while the context lasts.

    Parameters
    ----------
    rounding : object
        Has the attributes of :class:`Rules`, such as the config's ``tables.rounding``.
    """
    token = _RULES.set(Rules(**{f.name: getattr(rounding, f.name) for f in fields(Rules)}))
    try:
        yield
    finally:
        _RULES.reset(token)


def p_letter() -> str:
    """Return the letter of P in print, by the study's rules."""
    return _RULES.get().p_letter


def is_missing(value: float | None) -> bool:
    """Return whether a value is absent or not a finite number."""
    return value is None or not math.isfinite(value)


def format_p(p_value: float | None, smallest: float = 0.0001) -> str:
    """Print a p-value: ``<0.0001``, ``0.0032``, ``0.41``, ``>0.99``.

    Two significant digits (:class:`Rules`); more where they would put the value on 0.05 itself.

    Parameters
    ----------
    p_value : float or None
        The p-value.
    smallest : float
        Smaller ones are printed as below it.

    Returns
    -------
    str
        The text, without ``P =``.
    """
    if p_value is None or is_missing(p_value):
        return NA
    if p_value < smallest:
        return f"<{_plain(smallest)}"
    if p_value > _LARGEST_P:
        return f">{_LARGEST_P}"
    for digits in range(_RULES.get().p_digits, 15):
        text = _significant(p_value, digits)
        if Decimal(text) != Decimal("0.05") or p_value == 0.05:
            break
    return text


def format_p_equation(p_value: float | None, smallest: float = 0.0001) -> str:
    """Print a p-value with its sign: ``P = 0.0032``, ``P < 0.0001``, ``P = NA``.

    Parameters
    ----------
    p_value : float or None
        The p-value.
    smallest : float
        Smaller ones are printed as below it.

    Returns
    -------
    str
        The text.
    """
    text = format_p(p_value, smallest)
    letter = _RULES.get().p_letter
    return f"{letter} {text[0]} {text[1:]}" if text[0] in "<>" else f"{letter} = {text}"


def format_days(days: float | None, signed: bool = False) -> str:
    """Print days to at most one decimal: ``23``, ``22.5``; signed ``+12``, ``−3``.

    Parameters
    ----------
    days : float or None
        Days.
    signed : bool
        Print a plus sign too.

    Returns
    -------
    str
        The text, without the unit.
    """
    return _rounded(days, _RULES.get().days_decimals, signed)


def format_flux(flux: float | None, digits: int | None = None) -> str:
    """Print a flux in powers of ten: ``1.5 × 10⁷``.

    Parameters
    ----------
    flux : float or None
        Photons/s.
    digits : int, optional
        Digits after the point, where others than the rules'.

    Returns
    -------
    str
        The text, without the unit.
    """
    digits = _RULES.get().flux_decimals if digits is None else digits
    if flux is None or is_missing(flux):
        return NA
    if flux == 0:
        return "0"
    mantissa, exponent = f"{abs(flux):.{digits}e}".split("e")
    sign = MINUS if flux < 0 else ""
    return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def format_percent(percent: float | None, digits: int | None = None, signed: bool = False) -> str:
    """Print a percentage: ``67%``; signed ``+52%``, ``−13%``.

    What is not the whole is not printed as 100%: 99.93 gets the decimals that show it, ``99.9%``.

    Parameters
    ----------
    percent : float or None
        Percent.
    digits : int, optional
        Digits after the point at most, where others than the rules'.
    signed : bool
        Print a plus sign too.

    Returns
    -------
    str
        The text.
    """
    digits = _RULES.get().percent_decimals if digits is None else digits
    text = _rounded(percent, digits, signed)
    while percent is not None and 90 < abs(percent) < 100 and text.endswith("100") and digits < 6:
        digits += 1
        text = _rounded(percent, digits, signed)
    return text if text == NA else f"{text}%"


def format_ratio(ratio: float | None) -> str:
    """Print a hazard ratio or another ratio with as many significant digits as p: ``0.19``, ``12``.

    More where it would read as 1 and is not: ``1.01``.

    Parameters
    ----------
    ratio : float or None
        The ratio.

    Returns
    -------
    str
        The text.
    """
    if ratio is None or is_missing(ratio):
        return NA
    if ratio == 0:
        return "0"
    if abs(ratio) < 1e-4 or abs(ratio) >= 1e6:
        return format_flux(ratio)
    digits = _RULES.get().p_digits
    # on which side of no effect it lies is never rounded away
    while ratio != 1 and digits < _SIDE_DIGITS and float(_significant(ratio, digits)) == 1:
        digits += 1
    return _significant(ratio, digits)


_SIDE_DIGITS = 5


def format_interval(
    lower: float | None, upper: float | None, form: Callable[[float | None], str] = format_days
) -> str:
    """Print a confidence interval: ``18–29``, ``18–NA``, ``52–78%``; with signs ``−3 to 12``.

    Parameters
    ----------
    lower, upper : float or None
        The limits.
    form : callable
        How a limit is printed.

    Returns
    -------
    str
        The text, ``NA`` where there is neither limit.
    """
    low, high = form(lower), form(upper)
    if low == high == NA:
        return NA
    between = " to " if MINUS in low + high or "+" in low + high else EN_DASH
    if low.endswith("%") and high.endswith("%"):
        low = low[:-1]
    return f"{low}{between}{high}"


def format_benefit(median: float | None, reference: float | None) -> str:
    """Print the gain in median survival over the reference: ``+12 days (+52%)``.

    Parameters
    ----------
    median, reference : float or None
        Median survival of the arm and of the reference, in days.

    Returns
    -------
    str
        The text; ``NA`` where a median was not reached.
    """
    if median is None or reference is None or is_missing(median) or is_missing(reference):
        return NA
    days = format_days(median - reference, signed=True)
    unit = "day" if days.lstrip("+" + MINUS) == "1" else "days"
    if reference == 0:
        return f"{days} {unit}"
    return f"{days} {unit} ({format_percent(100 * (median / reference - 1), signed=True)})"


_ENDLESS = 1e15
"""From here on a number of days or per cent is no result (one value must be next to nothing beside
the others), and its digits would fill a page."""


def _rounded(value: float | None, digits: int, signed: bool) -> str:
    """Print with at most that many decimals, halves away from zero, and a true minus sign."""
    if value is None or is_missing(value):
        return NA
    if abs(value) >= _ENDLESS:
        return (MINUS if value < 0 else "+" if signed else "") + f"{abs(value):.2e}"
    # repr gives the shortest decimal, so that 22.45 rounds as a reader would round it.
    number = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = _plain(abs(number))
    if number == 0:
        return text
    return (MINUS if number < 0 else "+" if signed else "") + text


def _significant(value: float, digits: int) -> str:
    """Print with that many significant digits, never in powers of ten."""
    number = Decimal(f"{value:.{digits - 1}e}")
    return f"{number:f}"


def _plain(value: float | Decimal) -> str:
    """Print without an exponent or trailing zeros."""
    text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
