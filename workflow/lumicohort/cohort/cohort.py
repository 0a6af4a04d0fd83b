"""All sheets of a study, read and checked together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from lumicohort.cohort.analysis_checks import check_analysed_columns, check_seen_alive
from lumicohort.cohort.animals import (
    Animal,
    Check,
    Dose,
    Imaged,
    Records,
    Weight,
    read_animals,
    read_checks,
    read_doses,
    read_imaged,
    read_weights,
)
from lumicohort.cohort.balance import against_allocation, against_plan, cage_by_arm, cage_lines
from lumicohort.cohort.batches import Click, list_batches, list_clicks
from lumicohort.cohort.blinding import ids_that_tell, under_codes
from lumicohort.cohort.crosschecks import check_animals, check_known, ids_but_for_zeros
from lumicohort.cohort.daily_checks import check_daily, future_dates
from lumicohort.cohort.exclusions import (
    Exclusion,
    check_exclusions,
    days_of_images,
    excluded_animals,
    fitting_nothing,
    unseen_images,
)
from lumicohort.cohort.imaged import by_batch, check_imaged
from lumicohort.cohort.measurements import (
    Flux,
    LeftOut,
    Volume,
    one_a_day,
    read_exclusions,
    read_flux,
    read_volumes,
)
from lumicohort.cohort.odd_days import odd_days
from lumicohort.cohort.odd_treatments import odd_treatments
from lumicohort.cohort.odd_weights import odd_weights, wrong_unit
from lumicohort.cohort.randomised import analysed_all_the_same
from lumicohort.cohort.sightings import Sighting, sightings
from lumicohort.errors import InputError, Problem
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import Sheet
from lumicohort.study.template_rows import EXAMPLE_NOTE, is_untouched

__all__ = ["Cohort", "Exclusion", "by_batch", "read_cohort"]


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
    doubts : list of Problem
        Those of the notes that the report prints: see :func:`lumicohort.cohort.doubts.doubts`.
    flux, volumes : list
        Measurements that are no images of ours, one per animal and day.
    images_left_out : list of LeftOut
        Rows of the sheet of exclusions that leave out a single image.
    seen : dict
        animal_id to its images, the earliest first.
    checks : list of Check
        The rows of the sheet of clinical checks.
    """

    animals: list[Animal]
    weights: list[Weight]
    doses: list[Dose]
    positions: dict[str, list[Position]]
    clicks: list[Click]
    excluded: dict[str, Exclusion] = field(default_factory=dict)
    unseen: list[Exclusion] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    flux: list[Flux] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    images_left_out: list[LeftOut] = field(default_factory=list)
    seen: dict[str, list[Sighting]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)


def read_cohort(config: StudyConfig, template_ok: bool = False) -> Cohort:
    """Read and check all sheets of a study.

    Parameters
    ----------
    config : StudyConfig
        The study.
    template_ok : bool
        Whether the cohort sheet may be a template in which no animal stands yet.

    Returns
    -------
    Cohort
        The sheets.

    Raises
    ------
    InputError
        With every problem of every sheet.
    """
    animals = read_animals(config)
    starts = {animal.animal_id: animal for animal in animals.rows}
    weights, doses = read_weights(config, starts), read_doses(config, starts)
    checks = read_checks(config, starts)
    flux, volumes = read_flux(config, starts), read_volumes(config, starts)
    left_out, imaged = read_exclusions(config), read_imaged(config)
    problems = [*animals.problems, *check_animals(config, animals)]
    problems += ids_that_tell(config, animals)
    problems += check_exclusions(config, animals)
    daily: list[Records[Any]] = [weights, doses, checks, flux, volumes, left_out]
    for records in daily:
        problems += [*records.problems, *check_known(animals, records)]
    data = config.data
    weighed = one_a_day(weights, "weight_g", _rule(data.weights), "data.weights")
    glowed = one_a_day(flux, "total_flux_p_s", _rule(data.flux), "data.flux")
    sized = one_a_day(volumes, "volume_mm3", _rule(data.volumes), "data.volumes")
    problems += [*weighed.problems, *glowed.problems, *sized.problems]
    measured: dict[str, Records[Any]] = {
        "weight_g": weights,
        "total_flux_p_s": flux,
        "volume_mm3": volumes,
    }
    problems += check_daily(animals, measured, doses)
    problems += [*wrong_unit(animals, "data.cohort"), *wrong_unit(weights, "data.weights")]
    problems += [*imaged.problems, *check_known(animals, imaged), *check_imaged(imaged)]
    clicks: list[Click] = []
    try:
        clicks = [c for batch in list_batches(config) for c in list_clicks(config, batch)]
    except InputError as error:
        problems += error.problems
    asked, unfilled = check_analysed_columns(config, animals)
    positions = by_batch(imaged.rows)
    seen = sightings(clicks, positions)
    problems += [*asked, *check_seen_alive(animals, imaged, seen)]
    unseen = unseen_images(config, imaged.rows, clicks)
    if config.strict:
        problems += _in_sheet(imaged, unseen)
    if (
        animals.table is not None
        and not animals.table.rows
        and not (template_ok and is_untouched(animals.table))
    ):
        problems.append(Problem("the sheet has a header and no animals.", animals.table.file))
    if problems:
        raise InputError(_once(problems))
    tables: list[Records[Any]] = [animals, *daily, imaged]
    notes = [note for records in tables if records.table for note in records.table.notes]
    notes += [*weighed.notes, *glowed.notes, *sized.notes]
    notes += [*ids_but_for_zeros(animals), *odd_weights(weights)]
    notes += odd_days(animals, _known_days(seen, measured, [doses, checks]))
    notes += odd_treatments(doses, animals)
    days = days_of_images(animals.rows, seen, glowed.rows)
    idle = fitting_nothing(left_out, clicks, days)
    doubts = [*(n for n in notes if n.message != EXAMPLE_NOTE), *idle, *unfilled]
    doubts += against_allocation(config, animals.rows)
    excluded = excluded_animals(config, animals, left_out.rows)
    analysed = analysed_all_the_same(animals, excluded)
    doubts += analysed
    notes += future_dates(date.today(), animals, daily)
    notes += _in_sheet(imaged, unseen)
    notes += [*idle, *unfilled, *analysed]
    named = under_codes(config, animals.rows)
    notes += against_plan(config, named)
    notes += against_allocation(config, animals.rows)
    cages = cage_by_arm(config, named)
    notes += [Problem(line) for line in cage_lines(config, cages, only_confounded=True)]
    return Cohort(
        named,
        weighed.rows,
        doses.rows,
        positions,
        clicks,
        excluded,
        unseen,
        notes,
        glowed.rows,
        sized.rows,
        [record for record in left_out.rows if record.one_image],
        seen,
        checks.rows,
        doubts,
    )


def _known_days(
    seen: Mapping[str, Sequence[Sighting]],
    measured: Mapping[str, Records[Any]],
    others: Sequence[Records[Any]],
) -> Iterator[tuple[str, date]]:
    """Yield animals and days on which anything is known of them, besides their start and end."""
    for animal_id, images in seen.items():
        yield from ((animal_id, sighting.day) for sighting in images)
    for value, records in measured.items():
        for row in records.rows:
            if getattr(row, value) is not None:
                yield row.animal_id, row.date
    for records in others:
        yield from ((row.animal_id, row.date) for row in records.rows)


def _in_sheet(imaged: Records[Imaged], unseen: Sequence[Exclusion]) -> list[Problem]:
    """Return what the imaging sheet names and nobody has, each with its worksheet and cell."""
    if not unseen:
        return []
    rows = {
        (what, name, p.file, str(int(p.row))): p.row
        for p, batch in ((row.place, row.batch) for row in imaged.rows)
        for what, name in (("click", p.click), ("batch", batch))
    }
    return [imaged.problem(rows[e.what, e.id, e.file, e.row], e.what, e.reason) for e in unseen]


def _rule(sheet: Sheet | None) -> Literal["refuse", "first", "last", "mean"]:
    return sheet.same_day if sheet is not None else "refuse"


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems in order, equal ones once."""
    return list(dict.fromkeys(problems))
