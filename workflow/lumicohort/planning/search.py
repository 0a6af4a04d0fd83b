"""The smallest number of animals that reaches the power aimed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.planning.assumptions import Assumptions, hazard_ratio_of_medians
from lumicohort.planning.power import (
    MOST_ANIMALS,
    Answer,
    Design,
    Power,
    schoenfeld_animals,
    simulate,
)

_SWEPT = 30
"""Up to so many animals by Schoenfeld's formula every number is simulated; beyond, bracketed."""

OTHER_SHAPES = (0.6, 1.6)
"""Multiples of the assumed shape at which power is simulated besides: 3 and 8 for shape 5."""


def animals_needed(plan: Assumptions, design: Design) -> Answer:
    """Return the smallest number of animals whose simulated power reaches the one aimed at.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Its analysis and the power aimed at, which every comparison must reach.

    Returns
    -------
    Answer
        Every number up to a few beyond the answer, where few are needed; else a bracket around
        it. Power of an exact test can fall by one animal more: the answer is the smallest number
        from which on every simulated number reaches the power.

    Raises
    ------
    InputError
        Where more than :data:`MOST_ANIMALS` animals would be needed in the reference arm, or no
        number of them reaches the power since too few die within the study.
    """
    guess = schoenfeld_animals(plan, design)
    if guess > MOST_ANIMALS:
        raise InputError(
            Problem(
                f"more than {MOST_ANIMALS} animals in the reference arm would be needed (about "
                f"{guess} by Schoenfeld's formula).",
                hint="Is the effect meant to be so small, or the study so short?",
            )
        )
    found: dict[int, Power] = {}

    def reaches(n: int) -> bool:
        if n not in found:
            found[n] = simulate(plan, design, n)
        return found[n].least >= design.power

    if guess <= _SWEPT:
        _sweep(reaches)
    else:
        _bracket(reaches, guess)
    numbers = sorted(found)
    chosen = numbers[-1]
    for n in reversed(numbers):
        if not reaches(n):
            break
        chosen = n
    return _answer(plan, design, found[chosen], [found[n] for n in numbers])


def power_at(plan: Assumptions, design: Design, animals: int) -> Answer:
    """Return the power of a given number of animals, and of some numbers around it.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Its analysis.
    animals : int
        Animals of the reference arm.
    """
    around = {max(2, round(animals * f)) for f in (0.4, 0.6, 0.8, 1.2, 1.4, 1.6)} | {animals}
    curve = {n: simulate(plan, design, n) for n in sorted(around)}
    return _answer(plan, design, curve[animals], list(curve.values()))


def _answer(plan: Assumptions, design: Design, chosen: Power, curve: list[Power]) -> Answer:
    """Return the answer with the error rate and the power under other shapes."""
    n = chosen.sizes[0]
    nothing = replace(plan, hazard_ratios=tuple(1.0 for _ in plan.hazard_ratios))
    size = simulate(nothing, design, n, stream=1).at_least_one
    medians = [plan.median_of(arm) for arm in range(1 + len(plan.hazard_ratios))]
    others = {}
    for stream, factor in enumerate(OTHER_SHAPES, start=2):
        shape = plan.shape * factor
        ratios = tuple(hazard_ratio_of_medians(medians[0], m, shape) for m in medians[1:])
        other = replace(plan, shape=shape, hazard_ratios=ratios)
        others[shape] = simulate(other, design, n, stream=stream).least
    return Answer(chosen, curve, size, others)


def _sweep(reaches: Callable[[int], bool]) -> None:
    """Simulate every number from 2 on until four in a row reach the power."""
    n, row = 2, 0
    while row < 4 and n <= MOST_ANIMALS:
        row = row + 1 if reaches(n) else 0
        n += 1


def _bracket(reaches: Callable[[int], bool], guess: int) -> None:
    """Simulate numbers around a guess, then halve the gap in which the power is reached."""
    grid = sorted({max(2, round(guess * f)) for f in np.linspace(0.4, 1.3, 7)})
    for n in grid:
        reaches(n)
    while not reaches(grid[-1]):
        if grid[-1] >= 2 * MOST_ANIMALS:
            raise InputError(f"{grid[-1]} animals in the reference arm do not reach the power.")
        grid.append(round(grid[-1] * 1.3) + 1)
    high = grid[-1]
    for n in reversed(grid):
        if not reaches(n):
            low = n
            break
        high = n
    else:
        low = 1
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle
