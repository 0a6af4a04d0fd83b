"""Which animals were randomised, where a column of the cohort sheet tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lumicohort.cohort.animals import Animal, Records
from lumicohort.errors import Problem
from lumicohort.nouns import counted, is_or_are

COLUMNS = ("randomised", "randomized")
_NOT_RANDOMISED = frozenset({"", "no", "0", "false", "na", "n/a"})


def is_randomised(animal: Mapping[str, Any]) -> bool:
    """Tell whether an animal was randomised.

    Every animal of the sheet stands in an arm; a column `randomised` of the sheet (a date, or
    yes and no) says which were not.

    Parameters
    ----------
    animal : mapping
        Its row of `cohort/animals.csv`.
    """
    for name, value in animal.items():
        if str(name).casefold().strip() in COLUMNS:
            return str(value).casefold().strip() not in _NOT_RANDOMISED
    return True


def analysed_all_the_same(animals: Records[Animal], excluded: Collection[str]) -> list[Problem]:
    """Return a note on animals that were not randomised and that nothing leaves out.

    Parameters
    ----------
    animals : Records of Animal
        The cohort sheet.
    excluded : collection of str
        The animals that are left out.

    Returns
    -------
    list of Problem
        One, or none; none either where the column says of no animal that it was randomised, as
        where nobody has filled it.
    """
    asked = [a for a in animals.rows if any(n.casefold().strip() in COLUMNS for n in a.extra)]
    left = [animal for animal in asked if not is_randomised(animal.extra)]
    kept = [animal for animal in left if animal.animal_id not in excluded]
    if not kept or len(left) == len(asked):
        return []
    column = next(n for n in kept[0].extra if n.casefold().strip() in COLUMNS)
    said = list(dict.fromkeys(f"`{a.extra[column]}`" for a in kept))
    names = ", ".join(f"`{animal.animal_id}`" for animal in kept[:10])
    more = f" and {len(kept) - 10} more" if len(kept) > 10 else ""
    return [
        animals.problem(
            kept[0].row,
            column,
            f"{counted(len(kept), 'animal')} {is_or_are(len(kept))} not randomised by the column "
            f"`{column}` ({', '.join(said)}) and analysed all the same: {names}{more}.",
            "To leave them out: config key exclusions.rules: "
            f'[{{column: {column}, equals: "{kept[0].extra[column]}", reason: not randomised}}].',
        )
    ]
