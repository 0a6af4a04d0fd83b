"""What the analysis and the images ask of the cohort sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lumicohort.cohort.animals import Animal, Imaged, Records
from lumicohort.cohort.exclusions import column_text, has_column
from lumicohort.cohort.sightings import Sighting
from lumicohort.errors import Problem, did_you_mean
from lumicohort.study.config import StudyConfig

_MISSING = frozenset({"", "na", "n/a", "nan", "-", "?", "unknown"})


def check_analysed_columns(
    config: StudyConfig, cohort: Records[Animal]
) -> tuple[list[Problem], list[Problem]]:
    """Check that the columns that the survival analysis asks for are there and filled.

    Parameters
    ----------
    config : StudyConfig
        The study: `analysis.survival` names strata, covariates and clusters.
    cohort : Records of Animal
        The cohort sheet.

    Returns
    -------
    problems : list of Problem
        One for every column that the sheet does not have.
    notes : list of Problem
        One for every animal whose cell is blank: it cannot be part of that analysis.
    """
    table, options = cohort.table, config.analysis.survival
    if table is None or not table.rows:
        return [], []
    asked: dict[str, str] = dict.fromkeys(options.covariates, "covariates")
    for key in ("stratify_by", "cluster_by"):
        name = getattr(options, key)
        if name is not None:
            asked.setdefault(name, key)
    problems, notes = [], []
    headings = [heading for _, heading in table.places.values() if heading]
    headings += list(table.rows[0].extra)
    for name, key in asked.items():
        if not has_column(cohort, name):
            guess = did_you_mean(name, headings)
            problems.append(
                Problem(
                    f"config key analysis.survival.{key} names `{name}`, which the cohort sheet "
                    f"does not have{guess or '.'}",
                    table.file,
                    hint="Add the column, or name it under data.cohort.columns.",
                    sheet=table.sheet,
                )
            )
            continue
        notes += [
            cohort.problem(
                animal.row,
                name,
                f"`{animal.animal_id}` has no {name}, for which the analysis asks "
                f"(analysis.survival.{key}): it is left out of that analysis.",
            )
            for animal in cohort.rows
            if column_text(cohort, animal.row, name).strip().casefold() in _MISSING
        ]
    return problems, notes


def check_seen_alive(
    cohort: Records[Animal],
    imaged: Records[Imaged],
    seen: Mapping[str, Sequence[Sighting]],
) -> list[Problem]:
    """Check that no animal was imaged after its end, or by date where its inoculation has none.

    Parameters
    ----------
    cohort : Records of Animal
        The cohort sheet.
    imaged : Records of Imaged
        The imaging sheet.
    seen : mapping
        animal_id to its images.

    Returns
    -------
    list of Problem
        One per animal and click, in the imaging sheet's cell where that says who lay there.
    """
    problems = []
    for animal in cohort.rows:
        for sighting in seen.get(animal.animal_id, ()):
            click = f"(click `{sighting.click.name}` of batch `{sighting.click.batch}`)"
            if not animal.dated:
                text = (
                    f"`{animal.animal_id}` was imaged on {sighting.day} {click}, and its "
                    "inoculation has no date."
                )
                hint = "Give inoculation_date in the cohort sheet."
            elif animal.end_date is not None and sighting.day > animal.end_date:
                text = (
                    f"`{animal.animal_id}` was imaged on {sighting.day} {click}, after its end on "
                    f"{animal.end_date}."
                )
                hint = "Correct the end date, or which animal lay on the click."
            else:
                continue
            place = sighting.position
            if place is not None and imaged.table is not None:
                problem = imaged.problem(place.row, "animal_id", text, hint)
                problems.append(replace(problem, alike=f"{animal.animal_id} imaged after its end"))
            else:
                column = "end_date" if animal.dated else "animal_id"
                problems.append(cohort.problem(animal.row, column, text, hint))
            if not animal.dated:
                break  # once is enough: every image of it is as wrong
    return problems
