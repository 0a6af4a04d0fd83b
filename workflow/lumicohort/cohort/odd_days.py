"""Dates of inoculation and end far from all else that is known of an animal: a mistyped year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from statistics import median

from lumicohort.cohort.animals import Animal, Records
from lumicohort.errors import Problem

DAYS = 30
TIMES = 3
"""A date is told that lies more than `DAYS` and `TIMES` times the usual gap from the next day of
which anything is known. Studies whose animals are looked at for some weeks only and then followed
to their end have a large usual gap themselves."""


def odd_days(animals: Records[Animal], known: Iterable[tuple[str, date]]) -> list[Problem]:
    """Return a note for every inoculation or end far from the days on which the animal was seen.

    Parameters
    ----------
    animals : Records of Animal
        The cohort sheet.
    known : iterable of (str, date)
        Animals, and days on which they were imaged, weighed, treated, checked or measured.

    Returns
    -------
    list of Problem
        Notes; nothing is left out. None of an animal of which only days, and no dates, are known.
    """
    dated = {animal.animal_id: animal for animal in animals.rows if animal.dated}
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for name, day in known:
        animal = dated.get(name)
        if animal is None or day < animal.inoculation_date:
            continue
        after = (day - animal.inoculation_date).days
        first[name] = min(after, first.get(name, after))
        if animal.end_date is not None and day <= animal.end_date:
            before = (animal.end_date - day).days
            last[name] = min(before, last.get(name, before))
    notes = []
    for gaps, column, said in (
        (first, "inoculation_date", "{gap} days before anything else is known of it"),
        (last, "end_date", "{gap} days after anything else is known of it"),
    ):
        usual = median(gaps.values()) if gaps else 0
        for animal in animals.rows:
            gap = gaps.get(animal.animal_id, 0)
            if gap > DAYS + TIMES * usual:
                what = "was inoculated" if column == "inoculation_date" else "ended"
                text = (
                    f"`{animal.animal_id}` {what} on {getattr(animal, column)}, "
                    f"{said.format(gap=gap)} (images, weights, treatments, checks); usual here "
                    f"{'is 1 day' if usual == 1 else f'are {usual:g} days'}. Correct the date if "
                    "it was mistyped: survival is counted with it."
                )
                notes.append(
                    replace(animals.problem(animal.row, column, text), alike=f"far {column}")
                )
    return notes
