"""Animals that lie in another order on one click than on all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from lumicohort.cohort.batches import Click
from lumicohort.cohort.click_order import in_other_order
from lumicohort.cohort.sightings import Sighting
from lumicohort.imaging.positions import Position

Rows = Sequence[tuple[str, Sequence[str]]]


def lying(rows: Rows, sheet: bool = False) -> dict[str, list[Sighting]]:
    """Return who was seen where: rows of a click's name and its animals from left to right."""
    seen: defaultdict[str, list[Sighting]] = defaultdict(list)
    for number, (name, animals) in enumerate(rows):
        click = Click("batch", name, Path(name), None)
        for place, animal in enumerate(animals, start=1):
            row = Position(name, place, animal, file="imaging.csv", row=10 * number + place)
            seen[animal].append(
                Sighting(animal, click, datetime(2024, 1, 1), row if sheet else None, place)
            )
    return dict(seen)


WEEKS = ["A1 A2 A3 A4 A5"] * 3
CAGES = [*((f"a{i}", week.split()) for i, week in enumerate(WEEKS))]


def test_an_exchange_against_the_order_of_all_other_clicks_is_noted() -> None:
    rows = [*CAGES, ("a3", ["A1", "A3", "A2", "A4", "A5"])]
    [note] = in_other_order(lying(rows))
    assert note.message == (
        "`A3` lies left of `A2` on click `a3`, and right of it on the other 3 clicks of both; "
        "hardly any other click of the study departs from its order."
    )
    assert note.file == Path("a3") and note.where is None
    [note] = in_other_order(lying(rows, sheet=True))
    assert (note.file, note.where) == ("imaging.csv", "row 32")


def test_animals_that_are_not_neighbours_are_noted_with_those_between() -> None:
    # Exchanging the outer two of three turns all three pairs round; one note, not three.
    [note] = in_other_order(lying([*CAGES, ("a3", ["A3", "A2", "A1", "A4", "A5"])]))
    assert "`A2` lies left of `A1` on click `a3`" in note.message
    assert "of both (2 other pairs likewise); hardly" in note.message


def test_an_empty_bed_or_a_dead_animal_changes_no_order() -> None:
    rows = [*CAGES, ("a3", ["A1", "A3", "A4", "A5"]), ("a4", ["A3", "A5"])]
    assert in_other_order(lying(rows)) == []


def test_nothing_is_said_of_studies_without_an_order() -> None:
    rows = [
        *CAGES[:2],
        ("a2", ["A5", "A4", "A3", "A2", "A1"]),
        ("a3", ["A2", "A4", "A1", "A5", "A3"]),
    ]
    assert in_other_order(lying(rows)) == []
    # Two of the same order and one of another do not make a habit where little else is known.
    assert in_other_order(lying([("a", "12"), ("b", "12"), ("c", "21")])) == []


def test_places_that_are_not_known_count_for_nothing() -> None:
    rows = [*CAGES, ("a3", ["A1", "A3", "A2", "A4", "A5"])]
    seen = {
        animal: [Sighting(s.animal_id, s.click, s.acquired) for s in images]
        for animal, images in lying(rows).items()
    }
    assert in_other_order(seen) == []


@pytest.mark.parametrize(("cages", "mice", "weeks"), [(2, 5, 3), (6, 2, 4), (1, 5, 8)])
def test_how_often_exchanges_are_found_and_random_orders_noted(
    cages: int, mice: int, weeks: int
) -> None:
    random = np.random.default_rng(20240108)
    found = noted = 0
    for _ in range(100):
        names = {c: [f"{c}-{m}" for m in range(mice)] for c in range(cages)}
        kept = [(f"{c}/{w}", names[c]) for c in names for w in range(weeks)]
        at_random = [(click, list(random.permutation(list(row)))) for click, row in kept]
        noted += bool(in_other_order(lying(at_random)))
        one, other = random.choice(mice, 2, replace=False)
        row = list(names[0])
        row[one], row[other] = row[other], row[one]
        changed = [(click, row if click == "0/1" else usual) for click, usual in kept]
        notes = in_other_order(lying(changed))
        found += len(notes) == 1 and notes[0].file == Path("0/1")
    assert noted <= 2
    assert found >= 85
