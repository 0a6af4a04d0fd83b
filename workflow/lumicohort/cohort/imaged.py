"""The imaging sheet: which animal lies where on which click."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

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
    of_batch: defaultdict[str, list[tuple[int, Imaged]]] = defaultdict(list)
    for number, entry in enumerate(imaged.rows):
        of_batch[entry.batch].append((number, entry))
    found: list[tuple[int, Problem]] = []
    batches: dict[str, tuple[int, Imaged]] = {}
    for entries in of_batch.values():
        places: dict[tuple[str, int], Imaged] = {}
        animals: dict[tuple[str, str], Imaged] = {}
        for number, entry in entries:
            place = entry.place
            at = places.setdefault((place.click, place.position), entry)
            if at is not entry and at.place.animal_id != place.animal_id:
                text = (
                    f"position {place.position} of click `{place.click}` holds "
                    f"`{place.animal_id}` here and `{at.place.animal_id}` in row {at.place.row}."
                )
                found.append((number, imaged.problem(place.row, "position", text)))
            twice = animals.setdefault((place.click, place.animal_id), entry)
            if twice is not entry:
                text = (
                    f"`{place.animal_id}` lies on click `{place.click}` twice: here at position "
                    f"{place.position}, in row {twice.place.row} at {twice.place.position}."
                )
                found.append((number, imaged.problem(place.row, "animal_id", text)))
            name = place.click.casefold()
            batches[name] = min(batches.get(name, (number, entry)), (number, entry), key=_number)
    for number, entry in enumerate(imaged.rows):
        place = entry.place
        _, other = batches[place.click.casefold()]
        if other.batch != entry.batch:
            text = (
                f"the click `{place.click}` stands in batch `{entry.batch}` here and in batch "
                f"`{other.batch}` in row {other.place.row}."
            )
            found.append((number, imaged.problem(place.row, "batch", text)))
    return [problem for _, problem in sorted(found, key=_number)]


def _number(numbered: tuple[int, object]) -> int:
    return numbered[0]
