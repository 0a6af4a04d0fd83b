"""The arms' codes in place of their names, where a study is blinded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lumicohort.cohort.animals import Animal, Records
from lumicohort.errors import Problem
from lumicohort.nouns import counted
from lumicohort.study.config import StudyConfig


def under_codes(config: StudyConfig, animals: Sequence[Animal]) -> list[Animal]:
    """Return the animals with the config's names for their arms.

    The one place where a blinded study's codes take the place of names: nothing made from the
    cohort knows others. Columns of the lab's own that hold the name of an arm are masked.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : sequence of Animal
        Its animals as the cohort sheet has them, checked.

    Returns
    -------
    list of Animal
        The same animals where the study is not blinded.
    """
    if not config.blinded:
        return list(animals)
    codes = config.sheet_arms
    found = []
    for animal in animals:
        extra = {
            heading: MASKED if _tells(text, codes) else text
            for heading, text in animal.extra.items()
        }
        found.append(replace(animal, arm=codes[animal.arm], extra=extra))
    return found


def ids_that_tell(config: StudyConfig, animals: Records[Animal]) -> list[Problem]:
    """Return a problem for every arm whose name stands in its animals' ids, and in no others'.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : Records of Animal
        The cohort sheet.

    Returns
    -------
    list of Problem
        None where the study is not blinded: results list animals by their ids.
    """
    if not config.blinded:
        return []
    problems = []
    for name in config.sheet_arms:
        word = re.compile(rf"{_edge(name[0], '?<!')}{re.escape(name.casefold())}{_edge(name[-1])}")
        named = [a for a in animals.rows if word.search(a.animal_id.casefold())]
        arm = sum(animal.arm == name for animal in animals.rows)
        if 2 * len(named) <= arm or any(animal.arm != name for animal in named):
            continue  # none, or by chance
        of = f"of {counted(len(named), 'animal')}" if len(named) > 1 else "of one animal"
        problems.append(
            animals.problem(
                named[0].row,
                "animal_id",
                f"the study is blinded, and the arm's name stands in the ids {of} "
                f"(`{named[0].animal_id}`), by which results list them.",
                "Name animals by what does not tell (an ear tag, a number); where "
                "data.cohort.columns.animal_id joins the group's column, take it out.",
            )
        )
    return problems


def _edge(end: str, look: str = "?!") -> str:
    """Return where a name ends: no letter beside a letter, no digit beside a digit."""
    same = "[0-9]" if end.isdigit() else r"[^\W\d_]"
    return f"({look}{same})"


MASKED = "(blinded)"
"""Stands for a cell that holds the name of an arm."""


def _tells(text: str, names: dict[str, str]) -> bool:
    """Return whether a cell of another column names an arm."""
    return any(name.casefold() in text.casefold() for name in names)
