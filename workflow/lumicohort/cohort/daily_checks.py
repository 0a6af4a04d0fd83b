"""What is said of animals day by day: measurements, treatments, dates, against their lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from lumicohort.cohort.animals import Animal, Dose, Records
from lumicohort.cohort.table import RowNumber
from lumicohort.errors import Problem


def check_daily(
    cohort: Records[Animal],
    measured: Mapping[str, Records[Any]],
    doses: Records[Dose],
) -> list[Problem]:
    """Check measurements and treatments against the animals' lives.

    Parameters
    ----------
    cohort : Records of Animal
        The cohort sheet.
    measured : mapping
        Sheets of measurements by the name of what is measured (`weight_g`).
    doses : Records of Dose
        The treatments.

    Returns
    -------
    list of Problem
        Treatments before day 0 or after the end, and measurements after the end.
    """
    animals = {animal.animal_id: animal for animal in cohort.rows}
    problems = []
    for name, records in measured.items():
        what = "weighed" if name == "weight_g" else "measured"
        for record in records.rows:
            animal = animals.get(record.animal_id)
            if animal and getattr(record, name) is not None and _after_end(record.date, animal):
                text = _late(what, record.date, animal)
                problem = records.problem(record.row, _when(records, record.row, name), text)
                problems.append(replace(problem, alike=f"{animal.animal_id} {what} after its end"))
    for dose in doses.rows:
        animal = animals.get(dose.animal_id)
        if animal is None:
            continue
        if dose.date < animal.inoculation_date:
            days = (animal.inoculation_date - dose.date).days
            text = (
                f"`{dose.animal_id}` was treated {_shown_day(dose.date, animal)}, {days} "
                f"day{'' if days == 1 else 's'} before its inoculation"
                f"{f' on {animal.inoculation_date}' if animal.dated else ''}."
            )
            kind = "treated before its inoculation"
        elif _after_end(dose.date, animal):
            text, kind = _late("treated", dose.date, animal), "treated after its end"
        else:
            continue
        problem = doses.problem(dose.row, _when(doses, dose.row, "dose_ug"), text)
        problems.append(replace(problem, alike=f"{animal.animal_id} {kind}"))
    return problems


def _when(records: Records[Any], row: int = 0, value: str = "") -> str:
    """Return the column that says when; that of the value where the days are headings."""
    if isinstance(row, RowNumber) and value in row.at:
        return value
    places = records.table.places if records.table is not None else {}
    return "date" if "date" in places else "day"


def _shown_day(day: date, animal: Animal) -> str:
    """Return `on 2020-01-08`, or `on day 7` of an animal of which only days are known."""
    return f"on {day}" if animal.dated else f"on day {(day - animal.inoculation_date).days}"


def _after_end(day: date, animal: Animal) -> bool:
    return animal.end_date is not None and day > animal.end_date


def _late(what: str, day: date, animal: Animal) -> str:
    assert animal.end_date is not None
    return (
        f"`{animal.animal_id}` was {what} {_shown_day(day, animal)}, after its end "
        f"{_shown_day(animal.end_date, animal)} (cohort sheet, row {int(animal.row)})."
    )


def future_dates(
    today: date, cohort: Records[Animal], others: Sequence[Records[Any]]
) -> list[Problem]:
    """Return a note for every sheet's dates that lie in the future.

    Parameters
    ----------
    today : date
        The day that it is.
    cohort, others : Records
        The sheets.

    Returns
    -------
    list of Problem
        Notes, not refusals: a planned end of the study may stand in the sheet.
    """
    notes = []
    undated = {animal.animal_id for animal in cohort.rows if not animal.dated}
    for animal in cohort.rows:
        for column in ("inoculation_date", "end_date", "birth_date"):
            day = getattr(animal, column)
            if day is not None and day > today and animal.dated:
                notes.append(cohort.problem(animal.row, column, f"{day} lies in the future."))
    for records in others:
        for record in records.rows:
            if record.date is not None and record.date > today and record.animal_id not in undated:
                text = f"{record.date} lies in the future."
                notes.append(records.problem(record.row, _when(records), text))
    return notes
