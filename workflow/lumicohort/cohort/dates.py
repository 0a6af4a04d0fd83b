"""What a text can mean as a day or a time of day."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
PARTS = re.compile(
    r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?:[T ]\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?)?",
    re.IGNORECASE,
)
_DAY_NAME = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]\s*([A-Za-z]{3,9})\.?[-/., ]\s*(\d{4}|\d{2})"
)
_NAME_DAY = re.compile(r"([A-Za-z]{3,9})\.?[- ](\d{1,2})(?:st|nd|rd|th)?,?[- ](\d{4}|\d{2})")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?\s*([AP]M)?", re.IGNORECASE)
# Day 0 of Excel's serial numbers (1900 system, past its false leap day) and of the 1904 system.
_EXCEL_1900, _EXCEL_1904 = date(1899, 12, 30), date(1904, 1, 1)

ORDERS = ("day_first", "month_first", "year_first")
"""Orders of day, month and year in dates such as `04/03/20`."""


def settled_date(text: str) -> date | None:
    """Return the day of a text that can mean only one, or None."""
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    match = _DAY_NAME.fullmatch(text)
    if match:
        return _named_day(match[1], match[2], match[3])
    match = _NAME_DAY.fullmatch(text)
    if match:
        return _named_day(match[2], match[1], match[3])
    return None


def readings(match: re.Match[str]) -> dict[str, date]:
    """Return the days that `04/03/20` can mean, by order; a year of two digits may come first."""
    first, second, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[4]) == 4:
        days = {"day_first": _day(last, second, first), "month_first": _day(last, first, second)}
    else:
        days = {
            "day_first": _day(2000 + last, second, first),
            "month_first": _day(2000 + last, first, second),
            "year_first": _day(2000 + first, second, last),
        }
    return {order: day for order, day in days.items() if day is not None}


def _named_day(day: str, month: str, year: str) -> date | None:
    """Return the day of `4 March 2020` or `4-Mar-20`."""
    numbers = [i for i, n in enumerate(_MONTHS, start=1) if n.startswith(month.casefold())]
    if month.casefold() == "sept":
        numbers = [9]
    if len(numbers) != 1:
        return None
    return _day(int(year) + (2000 if len(year) == 2 else 0), numbers[0], int(day))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def serial_hint(value: object) -> str:
    """Say which days a number would be as a spreadsheet program's serial number."""
    try:
        number = float(str(value))
    except ValueError:
        return ""
    if not 29221 <= number <= 73051:  # 1980 to 2100 in the 1900 system
        return ""
    days = timedelta(days=int(number))
    return (
        f"; as a serial number it would be {_EXCEL_1900 + days} in Excel's usual date system, "
        f"{_EXCEL_1904 + days} in its 1904 system"
    )


def split_day(text: str) -> tuple[str | None, str]:
    """Return the day that a text begins with (blank where it is no day) and the rest."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})[T ]", text)
    if match is None:
        return None, text
    day = settled_date(match[1])
    return day.isoformat() if day else "", text[match.end() :]


def clock_text(text: str) -> str | None:
    """Return `2:05 PM` as `14:05:00`, or None where it is no time of day."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = (match[4] or "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "PM" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second).isoformat()
