"""When a click was taken: local time with the UTC offset that its two clocks imply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from lumicohort.living_image.texts import Section

EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
"""`Acquisition Seconds` counts from here, in UTC (seen on real clicks)."""

_DATES = ("%A, %B %d, %Y", "%B %d, %Y", "%Y-%m-%d", "%A, %d %B %Y", "%d %B %Y")
_TIMES = ("%H:%M:%S", "%I:%M:%S %p", "%H:%M")
_QUARTER = 900  # UTC offsets are whole quarters of an hour


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
    local = _local(section)
    utc = _utc(section)
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
    if abs(gap - offset) > 60 or not -12 * 3600 <= offset <= 14 * 3600:
        return local.replace(tzinfo=UTC), ("acquisition_clocks_disagree",)
    return local.replace(tzinfo=timezone(timedelta(seconds=offset))), ()


def _utc(section: Section) -> datetime | None:
    """Return the UTC clock's time, or None where the key is missing."""
    if section.get("Acquisition Seconds") is None:
        return None
    seconds = section.number("Acquisition Seconds", between=(1, 1e11))
    try:
        return EPOCH + timedelta(seconds=round(seconds))
    except OverflowError:
        raise section.problem("Acquisition Seconds", f"`{seconds:g}` s is no date.") from None


def _local(section: Section) -> datetime | None:
    """Return the local clock's time, or None where it is missing or in no known form."""
    day, clock = section.get("Acquisition Date"), section.get("Acquisition Time")
    if day is None or clock is None:
        return None
    for date_format in _DATES:
        for time_format in _TIMES:
            try:
                return datetime.strptime(f"{day} {clock}", f"{date_format} {time_format}")
            except ValueError:
                continue
    return None
