"""Which day the arms are compared on, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.nouns import marked

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EndpointDay:
    """The day of an endpoint comparison.

    Attributes
    ----------
    day : float or None
        Days since inoculation; None where there is no such day.
    rule : str
        How it was chosen, a sentence for the tables.
    warning : str
        What a reader must know (an animal had died before), or empty.
    """

    day: float | None
    rule: str
    warning: str = ""


def choose_day(
    images: pd.DataFrame, animals: pd.DataFrame, fixed: int | None = None
) -> EndpointDay:
    """Choose the day of comparison of the arms that are in the two tables.

    The last common day is the last scheduled imaging day on which every animal was alive and
    under study. An image lost that day does not move it; a day without a usable image of a
    whole arm cannot be compared and is passed over, which the rule then says. Animals that were
    gone before the first imaging day have a flux on no day, whichever is chosen: they do not
    keep the others from being compared, and are told.

    Parameters
    ----------
    images, animals : pandas.DataFrame
        Tables of :class:`lumicohort.burden.values.BurdenData`, cut to one model and the arms to
        compare; every region.
    fixed : int, optional
        The day fixed in the config; the last common day where none is given.

    Returns
    -------
    EndpointDay
        The day with its rule and warning.
    """
    if fixed is not None:
        return EndpointDay(
            float(fixed),
            f"day {fixed}{imaged_on(images, fixed)} is fixed in the config",
            _death_warning(images, animals, float(fixed), len(animals)),
        )
    n, arms = len(animals), sorted(set(animals["arm"]))
    if not n:
        return EndpointDay(None, "there is no animal")
    whose = _whose(n)
    were = "was" if n == 1 else "were"
    days = sorted(set(_counted_days(images)))
    if not days:
        return EndpointDay(None, "no image of these animals was measured")
    kind = "scheduled imaging day" if images["scheduled"].any() else "imaging day (none scheduled)"
    early = _absent(images, animals, days[0])
    there = animals[~animals["animal_id"].isin(early["animal_id"])]
    if not len(there):
        return EndpointDay(
            None,
            f"on no {kind} {were} {whose} alive and under study: {_end(early)} came before "
            f"the first, day {days[0]:g}",
        )
    common = [d for d in days if not len(_absent(images, there, d))]
    passed_over = []
    for day in reversed(common):
        usable = images[(images["on_day"] == day) & (images["why_missing"] == "")]
        lacking = [arm for arm in arms if arm not in set(usable["arm"])]
        if lacking:
            passed_over.append(
                f"day {day:g} has no usable image of {', '.join(map(marked, lacking))}"
            )
            continue
        later_on = _not_yet(images, there, day)
        now = len(there) - len(later_on)
        rule = (
            f"day {day:g}{imaged_on(images, day)} is the last {kind} on which {_whose(now)} of "
            f"{_listed(arms)} {'was' if now == 1 else 'were'} alive and under study"
        )
        if len(later_on):
            rule += f", beside {len(later_on)} that came under observation later"
        if len(early):
            rule += f", but for {len(early)} gone before the first imaging: {_end(early)}"
        later = [d for d in days if d > common[-1]]
        if later:
            gone = _absent(images, there, later[0])
            rule += f" (by the next, day {later[0]:g}, {len(gone)} had died or left: {_end(gone)})"
        if passed_over:
            rule += f"; {', '.join(passed_over)}"
        return EndpointDay(day, rule, _death_warning(images, early, day, n))
    return EndpointDay(None, "; ".join(passed_over))


def baseline_day(images: pd.DataFrame) -> float | None:
    """Return the first scheduled imaging day; the first imaging day where none is scheduled.

    Parameters
    ----------
    images : pandas.DataFrame
        Images of :class:`lumicohort.burden.values.BurdenData`.

    Returns
    -------
    float or None
        Days since inoculation; None without an image.
    """
    days = _counted_days(images)
    return float(days.min()) if len(days) else None


def _counted_days(images: pd.DataFrame) -> pd.Series:
    """Return the scheduled day of each image, of images for no scheduled day only if all are."""
    scheduled = images["scheduled"]
    return images.loc[scheduled, "on_day"] if scheduled.any() else images["on_day"]


def early_warning(images: pd.DataFrame, day: float | None, treated: int) -> str:
    """Warn of a day of comparison on which no treatment can have acted yet.

    Parameters
    ----------
    images : pandas.DataFrame
        Images of the arms compared, as for :func:`choose_day`.
    day : float or None
        The day of the comparison.
    treated : int
        The first day of treatment in the config's schedule.

    Returns
    -------
    str
        A warning, or empty. An endpoint on the only imaging day of a study treated before it
        shows the arms after treatment, and is told apart from one before treatment.
    """
    first = baseline_day(images)
    if day is None or first is None:
        return ""
    if day <= treated:
        what = f"day {day:g} is the baseline" if day <= first else f"day {day:g}"
        is_not = ", and" if day <= first else " is"
        return (
            f"warning: {what}{is_not} not after the first day of treatment (day {treated} by the "
            "schedule): this compares the arms before treatment, and a difference is no effect of "
            "it"
        )
    if day <= first:
        return (
            f"warning: day {day:g} is the baseline, the first imaging day: no growth since then "
            "is compared, and whether the arms differed before treatment is not known"
        )
    return ""


def imaged_on(images: pd.DataFrame, day: float) -> str:
    """Say on which days the images were taken that count for a scheduled one, where on others.

    Parameters
    ----------
    images : pandas.DataFrame
        Images with `day` (of imaging) and `on_day` (scheduled).
    day : float
        The scheduled day.
    """
    taken = sorted(set(images.loc[images["on_day"] == day, "day"]))
    if taken in ([], [day]):
        return ""
    first, last = f"{taken[0]:g}", f"{taken[-1]:g}"
    days = f"day {first}" if first == last else f"days {first} to {last}"
    return f" (imaged on {days})"


def _whose(n: int) -> str:
    """Return all animals as words: the one animal, both of 2 animals, all 20 animals."""
    return f"both of {n} animals" if n == 2 else f"all {n} animals" if n > 1 else "the one animal"


def _listed(arms: list[str]) -> str:
    """Return arms as words: ``A``, ``A and B``, ``A, B and C``."""
    *first, last = map(marked, arms)
    return f"{', '.join(first)} and {last}" if first else last


def _absent(images: pd.DataFrame, animals: pd.DataFrame, day: float) -> pd.DataFrame:
    """Return the animals that were no longer under study at the imaging of that day.

    An animal imaged for the day was there. One whose last day it was is counted as there if it
    was censored, and not if it died without an image.
    """
    imaged = set(images.loc[images["on_day"] == day, "animal_id"])
    ended = (animals["time_days"] < day) | ((animals["time_days"] == day) & animals["event"])
    return animals[ended & ~animals["animal_id"].isin(imaged)].sort_values(
        ["time_days", "animal_id"], kind="stable"
    )


def _not_yet(images: pd.DataFrame, animals: pd.DataFrame, day: float) -> pd.DataFrame:
    """Return the animals that came under observation after that day, and were not imaged on it."""
    imaged = set(images.loc[images["on_day"] == day, "animal_id"])
    return animals[(animals["entry_days"] > day) & ~animals["animal_id"].isin(imaged)]


def _end(absent: pd.DataFrame) -> str:
    """Say which animal left first, in words."""
    first = absent.iloc[0]
    what = "the death of" if first["event"] else "the leaving of"
    reason = f" ({first['end_reason']})" if str(first["end_reason"]) not in ("", "nan") else ""
    which = ", the first," if len(absent) > 1 else ""
    return f"{what} {first['animal_id']}{which} on day {first['time_days']:g}{reason}"


def _death_warning(images: pd.DataFrame, animals: pd.DataFrame, day: float, n: int) -> str:
    """Warn where some of n animals had died by that day: survivors are those with less tumour."""
    absent = _absent(images, animals, day)
    dead = absent[absent["event"]]
    if not len(dead):
        return ""
    return (
        f"warning: {len(dead)} of {n} animals had died by day {day:g} (the first on "
        f"day {dead['time_days'].min():g}): survivors carry less tumour, so the difference "
        "between the arms is biased"
    )
