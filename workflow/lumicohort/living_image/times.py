"""When a click was taken: local time with the UTC offset that its two clocks imply."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from lumicohort.living_image.texts import Section

EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
"""`Acquisition Seconds` counts from here, in UTC (seen on real clicks)."""

_DATES = ("%A, %B %d, %Y", "%B %d, %Y", "%Y-%m-%d", "%A, %d %B %Y", "%d %B %Y")
_TIMES = ("%H:%M:%S", "%I:%M:%S %p", "%H:%M")
_QUARTER = 900  # UTC offsets are whole quarters of an hour
_FURTHEST_H = (-12, 14)  # UTC offsets of inhabited places
_CLOCK = re.compile(r"(\d{1,2})\D{1,5}(\d{2})(?:\D{1,5}(\d{2}))?(?!\d)")
_BEFORE_NOON = re.compile(
    r"a\.?\s?m\b|vorm|上午|午前|오전|π\.?μ|\bfm\b|\bap\b|\bde\b", re.IGNORECASE
)
_AFTER_NOON = re.compile(
    r"p\.?\s?m\b|nachm|下午|午後|오후|μ\.?μ|\bem\b|\bip\b|\bdu\b", re.IGNORECASE
)
"""What stands for AM and PM in the clocks of Windows in other languages."""
_UNITS = re.compile(r"\W*(uhr|h|s|sec|sek)?\W*", re.IGNORECASE)
"""What may stand beside a clock of 24 hours."""


def acquisition_time(section: Section) -> tuple[datetime, tuple[str, ...]]:
    """Return when an image was taken, and flags on what was missing.

    Parameters
    ----------
    section : Section
        The image's section, with `Acquisition Date`, `Acquisition Time` (local) and
        `Acquisition Seconds` (UTC).

    Returns
    -------
    datetime
        Local time with its UTC offset. Where one of the two clocks is missing or they disagree
        by no possible offset, the other one stands with an offset of 0 and a flag says so.
    tuple of str
        `utc_offset_unknown`: the local clock stands, as if it were UTC. `local_time_unknown`:
        the time is UTC. `acquisition_clocks_disagree`: as the first, with the reason.

    Raises
    ------
    InputError
        When neither clock can be read.
    """
    utc = _utc(section)
    local = _local(section, utc)
    if local is None and utc is None:
        section.text("Acquisition Date")
        section.text("Acquisition Time")
        found = f"{section.get('Acquisition Date')}, {section.get('Acquisition Time')}"
        raise section.problem(
            "Acquisition Date", f"`{found[:60]}` is no date and time, and no seconds stand in."
        )
    if local is None:
        assert utc is not None
        return utc, ("local_time_unknown",)
    if utc is None:
        return local.replace(tzinfo=UTC), ("utc_offset_unknown",)
    gap = (local - utc.replace(tzinfo=None)).total_seconds()
    offset = round(gap / _QUARTER) * _QUARTER
    if abs(gap - offset) > 60 or not _possible(offset):
        return local.replace(tzinfo=UTC), ("acquisition_clocks_disagree",)
    return local.replace(tzinfo=timezone(timedelta(seconds=offset))), ()


def _utc(section: Section) -> datetime | None:
    """Return the UTC clock's time, or None where the key is missing."""
    if section.get("Acquisition Seconds") is None:
        return None
    seconds = section.number("Acquisition Seconds", between=(-(2**31), 1e11))
    if seconds < 0:
        seconds += 2**32  # a program took 32 bits for a number with a sign; the clock tells
    try:
        return EPOCH + timedelta(seconds=round(seconds))
    except OverflowError:
        raise section.problem("Acquisition Seconds", f"`{seconds:g}` s is no date.") from None


def _local(section: Section, utc: datetime | None) -> datetime | None:
    """Return the local clock's time, or None where it is missing or in no form that is sure."""
    day, clock = section.get("Acquisition Date"), section.get("Acquisition Time")
    if day is None or clock is None:
        return None
    for date_format in _DATES:
        for time_format in _TIMES:
            try:
                return datetime.strptime(f"{day} {clock}", f"{date_format} {time_format}")
            except ValueError:
                continue
    return None if utc is None else _in_another_language(day, clock, utc)


def _in_another_language(day: str, clock: str, utc: datetime) -> datetime | None:
    """Return the local time that date and clock of another language tell.

    `Mittwoch, 5. Januar 2022`, `2022年1月5日`, `05.01.2022`: whatever the month is called and in
    which order the numbers stand, the UTC clock leaves three days at most, which the numbers for
    day and year tell apart.

    Parameters
    ----------
    day, clock : str
        `Acquisition Date` and `Acquisition Time`.
    utc : datetime
        What the UTC clock tells.

    Returns
    -------
    datetime or None
        None where not exactly one time fits all of them.
    """
    time = _CLOCK.search(clock)
    numbers = sorted(int(number) for number in re.findall(r"\d+", day))
    if time is None:
        return None
    hour, minute, second = (int(part or 0) for part in time.groups())
    words = clock[: time.start()] + clock[time.end() :]
    if not _UNITS.fullmatch(words):
        morning, afternoon = _BEFORE_NOON.search(words), _AFTER_NOON.search(words)
        if (morning is None) == (afternoon is None) or hour > 12:
            return None  # which half of the day is not sure
        hour = hour % 12 + (12 if afternoon else 0)
    fitting = []
    for near in (utc + timedelta(days=days) for days in (-1, 0, 1)):
        named = sorted((near.day, near.year)), sorted((near.day, near.month, near.year))
        if numbers not in named or hour > 23 or minute > 59 or second > 59:
            continue
        local = datetime(near.year, near.month, near.day, hour, minute, second)
        if _possible((local - utc.replace(tzinfo=None)).total_seconds()):
            fitting.append(local)
    return fitting[0] if len(fitting) == 1 else None


def _possible(offset_s: float) -> bool:
    """Tell whether a place can have this UTC offset (s)."""
    low, high = _FURTHEST_H
    return low * 3600 - 60 <= offset_s <= high * 3600 + 60
