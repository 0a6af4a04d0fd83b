"""All sheets of a study, read and checked together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lumicohort.cohort.animals import (
    Animal,
    Dose,
    Imaged,
    Records,
    Weight,
    read_animals,
    read_doses,
    read_imaged,
    read_weights,
)
from lumicohort.cohort.batches import Click, list_batches, list_clicks
from lumicohort.cohort.crosschecks import (
    check_animals,
    check_daily,
    check_exclusions,
    check_imaged,
    check_known,
    column_text,
    future_dates,
)
from lumicohort.cohort.sightings import named_clicks
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A thing left out of the analysis; a row of `exclusions.csv`."""

    what: str
    id: str
    file: str
    row: str
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """A study's sheets and clicks, checked.

    Parameters
    ----------
    animals, weights, doses : list
        The sheets' rows.
    positions : dict
        Batch to its rows of the imaging sheet.
    clicks : list of Click
        All clicks of all batches.
    excluded : dict
        animal_id to why it is left out of the analysis.
    unseen : list of Exclusion
        Rows of the imaging sheet whose batch or click is not there.
    notes : list of Problem
        What deserves a look and is no reason to refuse.
    """

    animals: list[Animal]
    weights: list[Weight]
    doses: list[Dose]
    positions: dict[str, list[Position]]
    clicks: list[Click]
    excluded: dict[str, Exclusion] = field(default_factory=dict)
    unseen: list[Exclusion] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def read_cohort(config: StudyConfig) -> Cohort:
    """Read and check all sheets of a study.

    Parameters
    ----------
    config : StudyConfig
        The study.

    Returns
    -------
    Cohort
        The sheets.

    Raises
    ------
    InputError
        With every problem of every sheet.
    """
    animals, weights, doses = read_animals(config), read_weights(config), read_doses(config)
    imaged = read_imaged(config)
    problems = [*animals.problems, *check_animals(config, animals)]
    problems += check_exclusions(config, animals)
    problems += [*weights.problems, *check_known(animals, weights)]
    problems += [*doses.problems, *check_known(animals, doses)]
    problems += check_daily(animals, weights, doses)
    problems += [*imaged.problems, *check_known(animals, imaged), *check_imaged(imaged)]
    clicks: list[Click] = []
    try:
        clicks = [c for batch in list_batches(config) for c in list_clicks(config, batch)]
    except InputError as error:
        problems += error.problems
    unseen = _unseen(config, imaged, clicks)
    if config.strict:
        problems += [Problem(e.reason, e.file, f"row {e.row}") for e in unseen]
    if animals.table is not None and not animals.table.rows:
        problems.append(Problem("the sheet has a header and no animals.", animals.table.file))
    if problems:
        raise InputError(_once(problems))
    tables: list[Records[Any]] = [animals, weights, doses, imaged]
    notes = [note for records in tables if records.table for note in records.table.notes]
    notes += future_dates(date.today(), animals, [weights, doses])
    notes += [Problem(e.reason, e.file, f"row {e.row}") for e in unseen]
    return Cohort(
        animals.rows,
        weights.rows,
        doses.rows,
        by_batch(imaged),
        clicks,
        _excluded(config, animals),
        unseen,
        notes,
    )


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems in order, equal ones once."""
    return list(dict.fromkeys(problems))


def by_batch(imaged: Records[Imaged]) -> dict[str, list[Position]]:
    """Return the imaging sheet's positions by batch, in the order of clicks and positions."""
    batches: dict[str, list[Position]] = {}
    for entry in sorted(
        imaged.rows, key=lambda e: (e.batch, e.place.click, e.place.position, e.place.row)
    ):
        batches.setdefault(entry.batch, []).append(entry.place)
    return batches


def _unseen(config: StudyConfig, imaged: Records[Imaged], clicks: list[Click]) -> list[Exclusion]:
    """Return the batches and clicks of the imaging sheet that are not in the imaging folder."""
    if not config.imaging_folder.is_dir():
        return []
    unseen: dict[tuple[str, str], Exclusion] = {}
    for batch, rows in by_batch(imaged).items():
        in_batch = [click for click in clicks if click.batch == batch]
        _, unknown = named_clicks(in_batch, rows)
        for place in unknown:
            if in_batch:
                what, name = "click", place.click
                reason = f"the click `{name}` of the imaging sheet is not in batch `{batch}`"
                near = [click.name for click in in_batch]
            else:
                what, name = "batch", batch
                reason = (
                    f"the batch `{name}` of the imaging sheet has no clicks in "
                    f"{config.imaging_folder}"
                )
                near = sorted({click.batch for click in clicks})
            reason += f"{did_you_mean(name, near)}."
            elsewhere = [c.batch for c in clicks if c.name.casefold() == place.click.casefold()]
            if elsewhere:
                reason += f" `{place.click}` lies in batch `{elsewhere[0]}`."
            unseen.setdefault(
                (what, name),
                Exclusion(what, name, place.file, str(place.row), reason, f"missing_{what}"),
            )
    return list(unseen.values())


def _excluded(config: StudyConfig, animals: Records[Animal]) -> dict[str, Exclusion]:
    """Return the animals that the config leaves out; the first reason of each counts."""
    excluded: dict[str, Exclusion] = {}
    for animal in animals.rows:
        reason = config.exclusions.animals.get(animal.animal_id)
        rule = "exclusions.animals"
        if reason is None:
            for index, condition in enumerate(config.exclusions.rules):
                found = column_text(animals, animal.row, condition.column)
                if found.strip().casefold() == condition.equals.strip().casefold():
                    reason, rule = condition.reason, f"exclusions.rules.{index}: {condition.column}"
                    break
        if reason is not None:
            excluded[animal.animal_id] = Exclusion(
                "animal", animal.animal_id, animal.file, str(animal.row), reason, rule
            )
    return excluded
