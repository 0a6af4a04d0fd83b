"""What a text can mean as a day or a time of day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time, timedelta

_TIME = (
    r"(?:[T ]\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[AP]M))?(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.IGNORECASE)
# `2024年1月8日` (Chinese, Japanese), `2024년 1월 8일` and `2024. 1. 8.` (Korean)
_EAST_ASIAN = re.compile(
    r"(\d{4})\s?[年년.]\s?(\d{1,2})\s?[月월.]\s?(\d{1,2})\s?[日일.]" + _TIME, re.IGNORECASE
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
PARTS = re.compile(
    r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})" + _TIME,
    re.IGNORECASE,
)
_LETTERS = r"[^\W\d_]"
_DAY_NAME = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|º)?[-/. ]\s*(?:de )?({_LETTERS}{{3,10}})\.?[-/., ]\s*(?:de )?"
    r"(\d{4}|\d{2})" + _TIME,
    re.IGNORECASE,
)
_NAME_DAY = re.compile(
    rf"({_LETTERS}{{3,10}})\.?[- ](\d{{1,2}})(?:st|nd|rd|th)?,?[- ](\d{{4}}|\d{{2}})" + _TIME,
    re.IGNORECASE,
)
# English, German (Austrian too), French, Spanish, Italian, Portuguese and Dutch, without accents.
_MONTHS = (
    "january januar janner janvier enero gennaio janeiro januari",
    "february februar feber fevrier febrero febbraio fevereiro februari",
    "march marz maerz mrz mars marzo marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro",
)
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?\s*([AP]M)?", re.IGNORECASE)
# Day 0 of Excel's serial numbers (1900 system, past its false leap day) and of the 1904 system.
_EXCEL_1900, _EXCEL_1904 = date(1899, 12, 30), date(1904, 1, 1)

ORDERS = ("day_first", "month_first", "year_first")
"""Orders of day, month and year in dates such as `04/03/20`."""


def settled_date(text: str) -> date | None:
    """Return the day of a text that can mean only one, or None."""
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text) or _EAST_ASIAN.fullmatch(text)
    if match:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    match = _DAY_NAME.fullmatch(text)
    if match:
        return _named_day(match[1], match[2], match[3])
    match = _NAME_DAY.fullmatch(text)
    if match:
        return _named_day(match[2], match[1], match[3])
    return None


def time_problem(text: str) -> str | None:
    """Say what is wrong with the time of day that stands after a date, or return None.

    A time in UTC that is a full hour from noon on, or any from 22:00 on, may be the next day's
    midnight east of Greenwich, which is how some programs export a day.
    """
    patterns = (_ISO, _EAST_ASIAN, PARTS, _DAY_NAME, _NAME_DAY)
    match = next((m for m in (p.fullmatch(text) for p in patterns) if m), None)
    if match is None or match["hour"] is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    half = (match["half"] or "").upper()
    if minute > 59 or second > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return "its time of day does not exist"
    zone = (match["zone"] or "").upper()
    utc = zone in ("Z", "UTC", "GMT") or (zone != "" and zone.strip("+-").strip("0:") == "")
    if utc and not half and ((hour >= 12 and not minute and not second) or hour >= 22):
        return (
            "its time is in UTC, and may be midnight of the next day where it was written: it can "
            "mean this day or the next"
        )
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
    """Return the day of `4 March 2020`, `4-Mar-20` or `4. März 2020`."""
    bare = unicodedata.normalize("NFKD", month.casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    numbers = [
        number
        for number, names in enumerate(_MONTHS, start=1)
        if any(name.startswith(bare) for name in names.split())
    ]
    if len(numbers) != 1:  # no month, or two (`jui` is juin or juillet)
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
    if not 32874 <= number <= 54788:  # 1990 to 2050 in the 1900 system
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
