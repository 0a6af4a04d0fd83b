"""The arms' codes in place of their names, where a study is blinded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lumicohort.cohort.animals import Animal
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


MASKED = "(blinded)"
"""Stands for a cell that holds the name of an arm."""


def _tells(text: str, names: dict[str, str]) -> bool:
    """Return whether a cell of another column names an arm."""
    return any(name.casefold() in text.casefold() for name in names)
