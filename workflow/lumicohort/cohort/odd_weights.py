"""Body weights that no animal can have: slips of the keyboard or of the unit."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import Any

from lumicohort.cohort.animals import Records, Weight
from lumicohort.errors import Problem

FOLD = 1.8
"""A weighing is told that is so many times the animal's median, or the median so many times it:
wasting mice lose a quarter, growing ones gain a half."""
_FEWEST = 3
LIGHTEST, HEAVIEST = 0.5, 2000.0
"""Grams between which the median of a sheet's weights must lie: a new-born mouse weighs over 1 g,
the heaviest laboratory rats under 1.2 kg."""


def wrong_unit(sheet: Records[Any], key: str) -> list[Problem]:
    """Return the problem that a sheet's weights are not in grams, from their median.

    Parameters
    ----------
    sheet : Records
        A sheet whose rows have `weight_g`.
    key : str
        The config key of the sheet.

    Returns
    -------
    list of Problem
        One at most, at the first weight.
    """
    rows = [row for row in sheet.rows if row.weight_g is not None]
    if not rows:
        return []
    usual = median(row.weight_g for row in rows)
    if LIGHTEST <= usual <= HEAVIEST:
        return []
    unit = "mg" if usual > HEAVIEST else "kg"
    return [
        sheet.problem(
            rows[0].row,
            "weight_g",
            f"the weights of this column have a median of {usual:g} g, which no laboratory rodent "
            f"weighs: they seem to be in {unit}.",
            f"Give them in grams, or correct which column is read (config key {key}.columns).",
        )
    ]


def odd_weights(weights: Records[Weight]) -> list[Problem]:
    """Return a note for every weighing far from the animal's others; no weighing is left out.

    Parameters
    ----------
    weights : Records of Weight
        The sheet of weights.

    Returns
    -------
    list of Problem
        Notes; none for animals of fewer than three weighings, whose median tells nothing.
    """
    by_animal: dict[str, list[Weight]] = {}
    for row in weights.rows:
        if row.weight_g is not None and row.weight_g > 0:
            by_animal.setdefault(row.animal_id, []).append(row)
    found = []
    for animal_id, rows in by_animal.items():
        usual = median(row.weight_g or 0.0 for row in rows)
        for row in rows if len(rows) >= _FEWEST else ():
            grams = row.weight_g or 0.0
            if not usual / FOLD < grams < usual * FOLD:
                text = (
                    f"{grams:g} g of `{animal_id}` on {row.date} is far from its other weights "
                    f"(median {usual:g} g). Correct the cell if it was mistyped: doses and losses "
                    "of weight are worked out with it."
                )
                note = weights.problem(row.row, "weight_g", text)
                found.append(replace(note, alike=f"far from the other weights of {animal_id}"))
    return found
