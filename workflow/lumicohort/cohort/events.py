"""What happened to each animal, a row an event: inoculated, weighed, treated, ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lumicohort.cohort.animals import ALIVE, Animal, ended_in
from lumicohort.cohort.dates import PARTS, readings, settled_date
from lumicohort.cohort.protocol import Life
from lumicohort.files import write_rows
from lumicohort.study.config import StudyConfig

EVENTS = ["animal_id", "model", "arm", "included", "day", "date", "what", "value", "unit", "detail"]
"""Columns of `cohort/events.csv`; what is `inoculated`, `randomised`, `weighed`,
`treated` or `ended`."""


def write_events(config: StudyConfig, lives: Sequence[Life], out: set[str], path: Path) -> None:
    """Write the events of all animals, in the order of the cohort sheet and of the days.

    Images are not among them: `flux.csv` has those.

    Parameters
    ----------
    config : StudyConfig
        The study.
    lives : sequence of Life
        What is known of each animal.
    out : set of str
        Ids of the animals that are left out of the analysis.
    path : Path
        Where the table goes.
    """
    rows = (
        {**row, "included": life.animal.animal_id not in out}
        for life in lives
        for row in _of_one(config, life)
    )
    write_rows(rows, EVENTS, path)


def _of_one(config: StudyConfig, life: Life) -> Iterator[dict[str, Any]]:
    animal = life.animal
    start = animal.inoculation_date

    def row(
        day: date, what: str, value: float | None = None, unit: str = "", detail: str = ""
    ) -> dict[str, Any]:
        return {
            "animal_id": animal.animal_id,
            "model": animal.model,
            "arm": animal.arm,
            "day": life.day_of(day),
            "date": day.isoformat() if animal.dated else "",
            "what": what,
            "value": value,
            "unit": unit if value is not None else "",
            "detail": detail,
        }

    yield row(start, "inoculated", animal.cells_injected, "cells")
    rest = [
        row(weight.date, "weighed", weight.weight_g, "g")
        for weight in life.weights
        if weight.weight_g is not None
    ]
    # The cohort sheet's own weight is the one at inoculation, where no other is of that day.
    if animal.weight_g is not None and start not in {weight.date for weight in life.weights}:
        rest.append(row(start, "weighed", animal.weight_g, "g"))
    allocated = _randomised_on(animal, config.data.date_format)
    if allocated is not None:
        rest.append(row(allocated, "randomised"))
    for dose in life.doses:
        value, unit = dose.dose_ug, "ug"
        if value is None:
            value, unit = dose.dose_mg_per_kg, "mg/kg"
        detail = "; ".join(text for text in (dose.agent, dose.route) if text)
        if config.blinded:  # what was given would tell which code is which arm
            value, detail = None, ""
        rest.append(row(dose.date, "treated", value, unit, detail))
    yield from sorted(rest, key=lambda r: (r["day"], r["what"]))
    if animal.time_days is not None or life.until is not None:
        reason = animal.end_reason or ended_in(config, animal) or ALIVE
        last = row(life.until or start, "ended", detail=reason)
        if animal.time_days is not None:  # may be given in parts of days, and without dates
            last["day"] = animal.time_days
        yield last


def _randomised_on(animal: Animal, date_format: str | None) -> date | None:
    """Return the date in a lab's own column `randomised`; None for a yes, a no or nothing.

    A date whose day and month may be either way round is read as the config's `data.date_format`
    says; None where that is silent.
    """
    for name, value in animal.extra.items():
        if animal.dated and name.casefold().strip() in ("randomised", "randomized"):
            text = value.strip()
            match = PARTS.fullmatch(text)
            if match is None:
                return settled_date(text)
            days = readings(match)
            only = set(days.values())
            return only.pop() if len(only) == 1 else days.get(date_format or "")
    return None
