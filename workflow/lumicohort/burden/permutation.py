"""Permutation test of the difference in means between two arms."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXACT_ANIMALS = 36
"""Up to this many animals in both arms every arrangement is counted (9e9 of 18 against 18)."""

_TIE = 1e-9  # relative tolerance within which two arrangements are equally extreme


@dataclass(frozen=True)
class Permutation:
    """Result of the permutation test.

    Attributes
    ----------
    difference : float
        Mean of the first sample minus mean of the second.
    p_value : float
        Two-sided: the share of arrangements with a difference at least as large in size.
    exact : bool
        Whether every arrangement was counted.
    arrangements : int
        How many were counted, or drawn.
    """

    difference: float
    p_value: float
    exact: bool
    arrangements: int


NUMBERS_AT_ONCE = 250_000
"""Values of the arrangements that stand in memory at a time: 2 MB, and as much for their draw.

What is drawn does not depend on it."""


def permutation_test(
    first: Array, second: Array, draws: int = 100_000, seed: int = 0
) -> Permutation:
    """Compare two means over all arrangements of the animals, or over random ones.

    Up to :data:`EXACT_ANIMALS` animals the p-value is exact. Arrangements are not listed one by
    one: the pooled values are cut into two halves, the sums of all subsets of each half are
    sorted, and pairs beyond the observed sum are counted by bisection (meet in the middle).
    Above that, random arrangements are drawn and the observed one is added to them, so that p
    is never 0 and the test keeps its level (Phipson & Smyth, Stat Appl Genet Mol Biol 9(1),
    2010).

    Parameters
    ----------
    first, second : array, shape (n,), (m,)
        Values of the two arms, such as log10 flux.
    draws : int
        Random arrangements where there are too many to count.
    seed : int
        Seed of the random arrangements.

    Returns
    -------
    Permutation
        Difference, p and how it was found.

    Raises
    ------
    ValueError
        Where an arm is empty.
    """
    if not len(first) or not len(second):
        raise ValueError("both arms need at least one value")
    pooled = np.concatenate([first, second]).astype(float)
    difference = float(np.mean(first) - np.mean(second))
    # With the pooled values centred, the difference in means is proportional to the sum of the
    # first arm's values, and its distance from 0 is what is compared.
    pooled = pooled - pooled.mean()
    limit = abs(float(pooled[: len(first)].sum())) - _TIE * float(np.abs(pooled).sum())
    if len(pooled) <= EXACT_ANIMALS:
        total = comb(len(pooled), len(first))
        return Permutation(difference, _beyond(pooled, len(first), limit) / total, True, total)
    pooled = np.sort(pooled)  # the same arrangements are drawn whatever the order of the sheet
    generator = np.random.default_rng(seed)
    hits = 0
    at_once = max(1, min(10_000, NUMBERS_AT_ONCE // len(pooled)))
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start)
        drawn = generator.permuted(np.tile(pooled, (size, 1)), axis=1)[:, : len(first)]
        hits += int((np.abs(drawn.sum(axis=1)) >= limit).sum())
    return Permutation(difference, (hits + 1) / (draws + 1), False, draws)


def _beyond(pooled: Array, size: int, limit: float) -> int:
    """Count the subsets of that size whose sum is at least `limit` away from 0."""
    half = len(pooled) // 2
    left, right = _subset_sums(pooled[:half]), _subset_sums(pooled[half:])
    if limit <= 0:
        return comb(len(pooled), size)
    count = 0
    for taken, sums in enumerate(left):
        rest = size - taken
        if not 0 <= rest < len(right):
            continue
        others = right[rest]  # sorted
        above = len(others) - np.searchsorted(others, limit - sums, side="left")
        below = np.searchsorted(others, -limit - sums, side="right")
        count += int(above.sum()) + int(below.sum())
    return count


def _subset_sums(values: Array) -> list[Array]:
    """Return, for each subset size, the sorted sums of all subsets of that size."""
    sums, sizes = np.zeros(1), np.zeros(1, dtype=int)
    for value in values:
        sums = np.concatenate([sums, sums + value])
        sizes = np.concatenate([sizes, sizes + 1])
    return [np.sort(sums[sizes == k]) for k in range(len(values) + 1)]
