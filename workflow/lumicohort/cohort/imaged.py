"""The imaging sheet: which animal lies where on which click."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lumicohort.cohort.animals import Imaged, Records
from lumicohort.errors import Problem
from lumicohort.imaging.positions import Position


def by_batch(imaged: Iterable[Imaged]) -> dict[str, list[Position]]:
    """Return the imaging sheet's positions by batch, in the order of clicks and positions."""
    batches: dict[str, list[Position]] = {}
    for entry in sorted(
        imaged, key=lambda e: (e.batch, e.place.click, e.place.position, e.place.row)
    ):
        batches.setdefault(entry.batch, []).append(entry.place)
    return batches


def check_imaged(imaged: Records[Imaged]) -> list[Problem]:
    """Check the imaging sheet against itself.

    Parameters
    ----------
    imaged : Records of Imaged
        The imaging sheet.

    Returns
    -------
    list of Problem
        Two animals at one place of a click, an animal twice on a click, a click in two batches.
    """
    problems = []
    places: dict[Any, Imaged] = {}
    animals: dict[Any, Imaged] = {}
    batches: dict[str, Imaged] = {}
    for entry in imaged.rows:
        place = entry.place
        at = places.setdefault((entry.batch, place.click, place.position), entry)
        if at is not entry and at.place.animal_id != place.animal_id:
            text = (
                f"position {place.position} of click `{place.click}` holds `{place.animal_id}` "
                f"here and `{at.place.animal_id}` in row {at.place.row}."
            )
            problems.append(imaged.problem(place.row, "position", text))
        twice = animals.setdefault((entry.batch, place.click, place.animal_id), entry)
        if twice is not entry:
            text = (
                f"`{place.animal_id}` lies on click `{place.click}` twice: here at position "
                f"{place.position}, in row {twice.place.row} at {twice.place.position}."
            )
            problems.append(imaged.problem(place.row, "animal_id", text))
        other = batches.setdefault(place.click.casefold(), entry)
        if other.batch != entry.batch:
            text = (
                f"the click `{place.click}` stands in batch `{entry.batch}` here and in batch "
                f"`{other.batch}` in row {other.place.row}."
            )
            problems.append(imaged.problem(place.row, "batch", text))
    return problems
