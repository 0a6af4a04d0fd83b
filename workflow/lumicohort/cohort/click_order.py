"""Animals that lie in another order on one click than on all others: two ids may be exchanged.

Labs lay the animals of a cage under the camera in one order, week after week. Where a study does,
a click on which two animals have changed places is either a mouse laid elsewhere or two ids
exchanged as they were typed. Flux tells the latter rarely: an exchange shows in the course of two
animals only where both were imaged before and after, and then only where they differ many times
more than one animal does from session to session.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from lumicohort.cohort.sightings import Sighting
from lumicohort.errors import Problem

CLICKS = 3
"""On so many clicks must two animals lie together, for their order to be known."""
ORDERS = 20
"""So many orders of two animals on a click must be known, for a study to have a habit."""
HABIT = 0.9
"""Share of these that must be as usual. In simulated studies of 20 to 80 orders at random, 0.5 % at
most passed (two cages of five on three clicks); tests/cohort/test_click_order.py draws them."""

_Pair = tuple[str, str]


def in_other_order(seen: Mapping[str, Sequence[Sighting]]) -> list[Problem]:
    """Return a note for every click on which animals lie in an order of their own.

    Parameters
    ----------
    seen : mapping
        animal_id to its images.

    Returns
    -------
    list of Problem
        None where the study's animals lie in no order that is kept. Noted are pairs of animals
        that lie in one order on one click, and in the other on all others (two at least).
    """
    rows: defaultdict[Path, list[Sighting]] = defaultdict(list)
    for images in seen.values():
        for sighting in images:
            if sighting.place:
                rows[sighting.click.path].append(sighting)
    orders: defaultdict[_Pair, dict[Path, bool]] = defaultdict(dict)
    for click, lying in rows.items():
        for one, other in combinations(sorted(lying, key=lambda s: s.animal_id), 2):
            if one.animal_id != other.animal_id and one.place != other.place:
                pair = one.animal_id, other.animal_id
                orders[pair][click] = one.place < other.place
    known = {pair: of for pair, of in orders.items() if len(of) >= CLICKS}
    counts = [(sum(of.values()), len(of)) for of in known.values()]
    total = sum(n for _, n in counts)
    if total < ORDERS or sum(max(left, n - left) for left, n in counts) < HABIT * total:
        return []
    odd: defaultdict[Path, list[_Pair]] = defaultdict(list)
    for pair, of in known.items():
        left = sum(of.values())
        if min(left, len(of) - left) == 1:
            usual = left > 1
            click = next(click for click, order in of.items() if order != usual)
            odd[click].append(pair if not usual else pair[::-1])
    return [
        _note(rows[click], pairs, {pair: len(orders[_sorted(pair)]) - 1 for pair in pairs})
        for click, pairs in odd.items()
    ]


def _sorted(pair: _Pair) -> _Pair:
    one, other = sorted(pair)
    return one, other


def _note(
    lying: Sequence[Sighting], pairs: Sequence[_Pair], others: Mapping[_Pair, int]
) -> Problem:
    """Return the note on a click; of each pair, the first animal lies left of the second."""
    one, other = pairs[0]
    more = f" ({len(pairs) - 1} other pair{'s' if len(pairs) > 2 else ''} likewise)"
    more = more if len(pairs) > 1 else ""
    row = next(s.position for s in lying if s.animal_id == one)
    click = lying[0].click
    return Problem(
        f"`{one}` lies left of `{other}` on click `{click.name}`, and right of it on the other "
        f"{others[one, other]} clicks of both{more}; hardly any other click of the study departs "
        "from its order.",
        row.file if row is not None and row.file else click.path,
        f"row {row.row}" if row is not None and row.file else None,
        "Right if they lay so. If ids were exchanged as they were typed, each animal has the "
        "other's flux: look at marks and cages, and correct who lay there.",
    )
