"""When the image behind a row of an exported table was taken."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from lumicohort.errors import InputError
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.study.config.imaging import DateFrom

_STAMP = re.compile(r"(?<!\d)(\d{14})(?!\d)|(\d{14})(?=(?:_\w+)?$)")
_CLOCK = re.compile(r"[T ,]+(\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?\s*(?:[AaPp]\.?[Mm]\.?)?)(?:\s*Z)?$")
_WEEKDAY = re.compile(r"^(?:mon|tues|wednes|thurs|fri|satur|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
_LEADING_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")


def stamp(image_number: str) -> datetime | None:
    """Return the local time that an image's number carries (`DG20220105114235_001`), or None."""
    for found in _STAMP.finditer(image_number):
        try:
            return datetime.strptime(found[1] or found[2], "%Y%m%d%H%M%S")
        except ValueError:
            continue
    return None


def image_time(
    roi: RoiResult, batch: str, date_from: DateFrom, date_format: str | None
) -> tuple[datetime, tuple[str, ...]]:
    """Return when a row's image was taken, local time.

    Parameters
    ----------
    roi : RoiResult
        The row.
    batch : str
        Name of the batch's folder.
    date_from : {"auto", "experiment", "batch"}
        `auto`: the column `Date and Time`, else the time in the image's number; `experiment`
        and `batch`: the date in the column `Experiment`, or at the start of the folder's name.
    date_format : str or None
        `day_first` or `month_first` for dates such as `1/5/2022`; where None, the date in the
        image's number settles them, if it can.

    Returns
    -------
    datetime
        Local time without offset; midnight where only a date is known.
    tuple of str
        `date_disagrees_with_image_number` where the two are more than a day apart,
        `date_disagrees_with_experiment` where `Experiment` is another date than the one used,
        `date_of_image_number` where `Date and Time` is written in a way that is not known.

    Raises
    ------
    InputError
        Where nothing tells the date, or it can mean two.
    """
    by_number = stamp(roi.image_number)
    unread: tuple[str, ...] = ()
    named = _day_of(roi.experiment)
    if date_from == "experiment":
        found = _of_day(roi, named, f"`Experiment` is `{roi.experiment}`")
    elif date_from == "batch":
        start = _LEADING_DATE.match(batch)
        found = _of_day(roi, _day_of(start[0]) if start else None, f"the folder is `{batch}`")
    elif roi.when:
        found, unread = _typed(roi, by_number, date_format)
    elif by_number is not None:
        found = by_number
    else:
        raise InputError(
            roi.problem(
                f"when the image `{roi.image_number}` was taken is not known: the table has no "
                "`Date and Time`, and its number carries no date.",
                "Export `Date and Time` too, or set imaging.measurements.date_from to `experiment` "
                "or `batch`.",
            )
        )
    if by_number is not None and found.date() == by_number.date() and found.time() == time():
        found = by_number
    flags = unread
    if by_number is not None and abs((found.date() - by_number.date()).days) > 1:
        flags += ("date_disagrees_with_image_number",)
    if named is not None and named != found.date():
        flags += ("date_disagrees_with_experiment",)
    return found, flags


def _day_of(text: str) -> date | None:
    """Return the day of a text that can mean only one."""
    from lumicohort.cohort.dates import settled_date

    return settled_date(text.strip())


def _of_day(roi: RoiResult, day: date | None, what: str) -> datetime:
    if day is None:
        raise InputError(
            roi.problem(
                f"{what}, which is no date such as 2022-01-05.",
                "Change config key imaging.measurements.date_from.",
            )
        )
    return datetime.combine(day, time())


def _typed(
    roi: RoiResult, by_number: datetime | None, date_format: str | None
) -> tuple[datetime, tuple[str, ...]]:
    """Return the time of the column `Date and Time`, and a flag where the number stands in."""
    from lumicohort.cohort.dates import PARTS, clock_text, readings, settled_date

    text = " ".join(roi.when.split())
    clock = time()
    found = _CLOCK.search(text)
    day_text = text
    if found is not None:
        parsed = clock_text(found[1].replace(".M", "M").replace(".m", "m").rstrip("."))
        if parsed is not None:
            clock, day_text = time.fromisoformat(parsed), text[: found.start()]
    day_text = _WEEKDAY.sub("", day_text).strip(" ,")
    day = settled_date(day_text)
    if day is None and (match := PARTS.fullmatch(day_text)):
        days = readings(match)
        if date_format in days:
            day = days[date_format]
        elif len(set(days.values())) == 1:
            day = next(iter(days.values()))
        elif by_number is not None and by_number.date() in days.values():
            day = by_number.date()
        elif days:
            shown = " or ".join(sorted(str(d) for d in set(days.values())))
            raise InputError(
                roi.problem(
                    f"`{roi.when}` can mean {shown}.",
                    "Set config key data.date_format to `day_first` or `month_first`.",
                )
            )
    if day is None and by_number is not None:  # words of a language that is not read here
        return by_number, ("date_of_image_number",)
    if day is None:
        raise InputError(
            roi.problem(f"`{roi.when[:60]}` is no date and time.", "Write it as 2022-01-05 11:42.")
        )
    return datetime.combine(day, clock), ()
