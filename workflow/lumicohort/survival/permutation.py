"""The log-rank test by permutation of the arm labels, exact wherever that is feasible.

Observed minus expected deaths of an arm are the sum of its animals' log-rank scores
(event - pooled Nelson–Aalen estimate at the animal's time), and the scores do not depend on
the labels. So the permutation distribution is that of a sum over a random subset of fixed
numbers, and it can be counted without listing the arrangements: the animals are split in two
halves, the subset sums of each half are counted by size, and a sorted lookup joins them. 20
against 20 animals (138 billion arrangements) take about a second.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.draws import affordable_draws, fewer_words
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.draw_order import in_draw_order
from lumicohort.survival.risk_table import at_risk_at
from lumicohort.survival.tests import TestResult, no_test_reason

UNITS = 2.0**40
"""Scores are counted in units of 2⁻⁴⁰ so that equal sums are equal integers."""

TOLERANCE = 2**14
"""Sums nearer than this (1.5e-8 in scores) are equal: rounding never decides."""

MAX_SUMS = 2_000_000
"""Distinct subset sums kept for each half at most (16 MB of numbers, twice)."""

MAX_COUNTED = int(sys.float_info.max)
"""Arrangements counted at most: counts are floats, and of 1,030 animals there may be more."""

MAX_LISTED = 300_000
"""Arrangements of three or more arms listed at most; beyond, they are drawn."""

_CHUNK_NUMBERS = 4_000_000
"""Random numbers held at a time."""

Sums = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Distinct sums, ascending, and how many subsets have each."""


class _TooMany(Exception):
    """More subset sums than the memory limit allows."""


@dataclass(frozen=True, eq=False)
class _Stratum:
    """Scores of one stratum's animals in integer units, and the size of each arm."""

    scores: NDArray[np.int64]
    sizes: tuple[int, ...]
    group: NDArray[np.intp]


def logrank_scores(data: SurvivalData) -> NDArray[np.float64]:
    """Return each animal's log-rank score: event - pooled Nelson–Aalen estimate at its time.

    Parameters
    ----------
    data : SurvivalData
        The animals; with several strata the estimate is that of the animal's stratum.

    Returns
    -------
    ndarray of float, shape (n,)
        Scores; over an arm they add up to observed - expected events of the log-rank test. An
        animal that entered late is charged with the hazard after its entry only.
    """
    since = data.since
    scores = data.event.astype(float)
    for s in range(len(data.strata)):
        inside = data.stratum == s
        time, event = data.time[inside], data.event[inside]
        when, deaths = np.unique(time[event], return_counts=True)
        at_risk = at_risk_at(time, since[inside], when)
        hazard = np.concatenate(([0.0], np.cumsum(deaths / at_risk)))
        scores[inside] -= hazard[np.searchsorted(when, time, side="right")]
        scores[inside] += hazard[np.searchsorted(when, since[inside], side="right")]
    return scores


def permutation_test(
    data: SurvivalData,
    draws: int = 100_000,
    seed: int = 20201111,
    exact: bool | None = None,
    printed: bool = True,
) -> TestResult:
    """Log-rank test by permutation of the arm labels, within strata where there are any.

    Parameters
    ----------
    data : SurvivalData
        Two arms or more.
    draws : int
        Random arrangements where counting all of them is not feasible.
    seed : int
        Seed of the random arrangements.
    exact : bool, optional
        Insist on counting all arrangements, or on drawing; chosen by feasibility where None.
    printed : bool
        Whether a table prints the test; otherwise it draws fewer arrangements of thousands of
        animals (:func:`lumicohort.draws.affordable_draws`).

    Returns
    -------
    TestResult
        Two arms: two-sided on |O - E|, which is the statistic printed (in R: ``coin::
        independence_test`` on log-rank scores, ``distribution = exact()``). More arms: on the
        sum over arms of (O - E)² / n. `options` says which it was, of how many arrangements.
        Drawn p-values are (1 + as extreme) / (1 + draws) (Phipson & Smyth 2010).

    Raises
    ------
    ValueError
        If `exact` is True and the arrangements are too many to count.

    Notes
    -----
    Exact under the null hypothesis that the labels are exchangeable: the arms' censoring must
    not differ for reasons of their own. Animals that entered at different times are not
    exchangeable (who entered late had survived until then), so labels are permuted only among
    animals of one time of entry, whose scores are taken from their mean.
    """
    name = "logrank_permutation"
    reason = no_test_reason(data)
    if reason:
        return TestResult(name, np.nan, None, np.nan, "", reason)
    data = in_draw_order(data)
    block_of, by = _exchangeable(data)
    plain = logrank_scores(data)
    if data.entry is not None:
        plain -= (np.bincount(block_of, plain) / np.bincount(block_of))[block_of]
    scores = np.rint(plain * UNITS).astype(np.int64)
    k = len(data.arms)
    blocks = []
    for s in range(int(block_of.max()) + 1):
        inside = block_of == s
        group = data.group[inside]
        sizes = tuple(int(np.sum(group == g)) for g in range(k))
        blocks.append(_Stratum(scores[inside], sizes, group))
    total = math.prod(_arrangements(b.sizes) for b in blocks)
    informative = [
        b for b in blocks if np.ptp(b.scores) > TOLERANCE and sum(n > 0 for n in b.sizes) > 1
    ]
    if not informative:
        note = f"no arrangement differs from another: {_why_alike(data, blocks)}"
        return TestResult(name, np.nan, None, np.nan, "", note)

    sums = np.array([scores[data.group == g].sum() for g in range(k)], dtype=np.int64)
    result = None
    if exact is not False:
        try:
            if math.prod(_arrangements(b.sizes) for b in informative) > MAX_COUNTED:
                raise _TooMany
            if k == 2:
                result = _two_arms_exact(informative, int(_reference_sum(informative, 0)))
            else:
                result = _many_arms_exact(informative, total)
        except _TooMany:
            if exact:
                raise ValueError(f"{total:,} arrangements are too many to count") from None
    if result is None:
        drawn = draws if printed else affordable_draws(draws, len(data))
        p = _drawn(informative, k, drawn, seed)
        fewer = fewer_words(drawn, draws)
        options = f"Monte Carlo, {drawn} of {_counted(total)} arrangements{fewer}, seed {seed}"
    else:
        p = result
        options = f"exact, all {_counted(total)} arrangements"
    if k == 2:
        statistic = abs(float(sums[1]) / UNITS)
    else:
        statistic = float(np.sum((sums / UNITS) ** 2 / np.bincount(data.group, minlength=k)))
    note = ""
    # The observed arrangement and, with equal arms, its mirror image cannot be beaten.
    equal = k == 2 and all(b.sizes[0] == b.sizes[1] for b in blocks)
    smallest, few = (2 if equal else 1) / total, "animals"
    if k == 2 and result is not None and p > 0.05:  # few events leave fewer different ones
        by_events = _two_arms_exact(informative, _farthest(informative))
        if by_events > smallest * 1.001:
            smallest, few = by_events, "events"
    if smallest > 0.05:
        note = f"with so few {few} p cannot fall below {smallest:.2g}"
    if by:
        options += f"; labels permuted within {by}"
    return TestResult(name, statistic, None, p, options, note, smallest)


def _exchangeable(data: SurvivalData) -> tuple[NDArray[np.intp], str]:
    """Return the block within which each animal's label may move, and what makes the blocks."""
    if data.entry is None:
        return data.stratum, "strata" if data.stratified else ""
    when = np.unique(data.entry, return_inverse=True)[1]
    blocks = np.unique(data.stratum * len(data) + when, return_inverse=True)[1]
    return blocks.astype(np.intp), "strata and times of entry" if data.stratified else (
        "times of entry"
    )


def _why_alike(data: SurvivalData, blocks: list[_Stratum]) -> str:
    """Say why no label can move to an animal of another score."""
    if data.entry is not None:
        return "labels move only within a time of entry"
    if len(np.unique(data.time)) == 1 and len(np.unique(data.event)) == 1:
        return "all animals had the same time and outcome"
    alike = "all animals have the same log-rank score"
    if not data.stratified:
        return alike
    if any(sum(n > 0 for n in block.sizes) > 1 for block in blocks):
        return f"labels move only within strata, and in each of several arms {alike}"
    return "labels move only within strata, and each holds animals of one arm only"


def _reference_sum(blocks: list[_Stratum], arm: int) -> np.int64:
    """Return the observed sum of an arm's scores over strata."""
    return np.int64(sum(int(b.scores[b.group == arm].sum()) for b in blocks))


def _arrangements(sizes: tuple[int, ...]) -> int:
    """Return in how many ways labels can be dealt to the animals."""
    left, ways = sum(sizes), 1
    for n in sizes:
        ways *= math.comb(left, n)
        left -= n
    return ways


def _counted(number: int) -> str:
    """Return a count in words; beyond 10^15 only its size."""
    # By its logarithm: Python refuses to write out integers of more than 4,300 digits.
    return f"{number}" if number < 10**15 else f"about 10^{math.floor(math.log10(number))}"


def _two_arms_exact(blocks: list[_Stratum], observed: int) -> float:
    """Return the share of arrangements whose |sum over arm 0| is at least the observed one."""
    if len(blocks) == 1:
        joined = _halves(blocks[0])
    else:
        # Convolve strata into two sides; the last join is a lookup, never a list.
        parts = sorted((_of_size(*_smaller_arm(b)) for b in blocks), key=lambda d: len(d[0]))
        sides: list[Sums] = [parts[-1], parts[-2]]
        for part in reversed(parts[:-2]):
            smaller = int(len(sides[1][0]) < len(sides[0][0]))
            sides[smaller] = _convolve(sides[smaller], part)
        joined = [(sides[0], sides[1])]
    bound = abs(observed) - TOLERANCE
    extreme = every = 0.0
    for (a, count_a), (b, count_b) in joined:
        running = np.concatenate(([0.0], np.cumsum(count_b)))
        # a + b >= bound, and a + b <= -bound
        upper = running[-1] - running[np.searchsorted(b, bound - a, side="left")]
        lower = running[np.searchsorted(b, -bound - a, side="right")]
        both = np.minimum(upper + lower, running[-1])
        extreme += float(np.sum(count_a * both))
        every += float(np.sum(count_a) * running[-1])
    return min(extreme / every, 1.0)


def _farthest(blocks: list[_Stratum]) -> int:
    """Return the greatest |sum over arm 0| of all arrangements."""
    least = sum(int(np.sort(b.scores)[: b.sizes[0]].sum()) for b in blocks)
    most = sum(int(np.sort(b.scores)[len(b.scores) - b.sizes[0] :].sum()) for b in blocks)
    return max(abs(least), abs(most))


def _halves(block: _Stratum) -> list[tuple[Sums, Sums]]:
    """Return pairs of subset sums whose combinations are all arrangements of one stratum."""
    scores, k = _smaller_arm(block)
    n = len(scores)
    # Sorted, so that equal scores meet in one half and their sums coincide.
    scores = np.sort(scores)
    left, right = _by_size(scores[: n // 2], k), _by_size(scores[n // 2 :], k)
    return [(left[j], right[k - j]) for j in range(len(left)) if 0 <= k - j < len(right)]


def _smaller_arm(block: _Stratum) -> tuple[NDArray[np.int64], int]:
    """Return scores and subset size whose sums are distributed as those over arm 0.

    A stratum's scores add up to 0, so the sum over arm 0 is minus that over arm 1, of which
    there are fewer subset sums to keep where it is the smaller.
    """
    if block.sizes[0] <= block.sizes[1]:
        return block.scores, block.sizes[0]
    return -block.scores, block.sizes[1]


def _by_size(scores: NDArray[np.int64], largest: int) -> list[Sums]:
    """Return the distinct sums of all subsets, by size up to the largest that is needed."""
    empty = (np.array([], dtype=np.int64), np.array([], dtype=np.float64))
    table: list[Sums] = [(np.zeros(1, dtype=np.int64), np.ones(1))]
    for score in scores:
        table.append(empty)
        # From above downwards, so that no animal is taken twice.
        for j in range(len(table) - 1, 0, -1):
            sums, counts = table[j - 1]
            table[j] = _merge(table[j], (sums + score, counts))
        del table[largest + 1 :]
        if sum(len(s) for s, _ in table) > MAX_SUMS:
            raise _TooMany
    return table


def _of_size(scores: NDArray[np.int64], size: int) -> Sums:
    """Return the distinct sums of all subsets of one size."""
    return _by_size(np.sort(scores), size)[size]


def _merge(first: Sums, second: Sums) -> Sums:
    """Return two lists of sums as one, equal sums counted together."""
    if not len(first[0]):
        return second
    return _distinct(np.concatenate((first[0], second[0])), np.concatenate((first[1], second[1])))


def _distinct(sums: NDArray[np.int64], counts: NDArray[np.float64]) -> Sums:
    """Return sums in ascending order, equal ones counted together."""
    order = np.argsort(sums, kind="stable")
    sums, counts = sums[order], counts[order]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(sums) > 0)))
    return sums[starts], np.add.reduceat(counts, starts)


def _convolve(first: Sums, second: Sums) -> Sums:
    """Return all sums of one element of each."""
    if len(first[0]) * len(second[0]) > MAX_SUMS:
        raise _TooMany
    sums = (first[0][:, None] + second[0][None, :]).ravel()
    counts = (first[1][:, None] * second[1][None, :]).ravel()
    return _distinct(sums, counts)


def _many_arms_exact(blocks: list[_Stratum], total: int) -> float:
    """Return the share of arrangements of three or more arms as extreme as the observed one."""
    if total > MAX_LISTED:
        raise _TooMany
    k = len(blocks[0].sizes)
    sums = np.zeros((1, k), dtype=np.int64)
    for block in blocks:
        left = np.broadcast_to(np.array(block.sizes), (len(sums), k)).copy()
        for score in block.scores:
            grown_sums, grown_left = [], []
            for g in range(k):
                free = left[:, g] > 0
                new_sums, new_left = sums[free].copy(), left[free].copy()
                new_sums[:, g] += score
                new_left[:, g] -= 1
                grown_sums.append(new_sums)
                grown_left.append(new_left)
            sums, left = np.concatenate(grown_sums), np.concatenate(grown_left)
    observed = np.array([[_reference_sum(blocks, g) for g in range(k)]])
    sizes = np.sum([b.sizes for b in blocks], axis=0)
    spread = _spread(sums, sizes)
    return float(np.mean(spread >= _spread(observed, sizes)[0] - TOLERANCE / UNITS))


def _drawn(blocks: list[_Stratum], k: int, draws: int, seed: int) -> float:
    """Return the Monte-Carlo p-value with the add-one rule."""
    rng = np.random.default_rng(seed)
    sizes = np.sum([b.sizes for b in blocks], axis=0)
    observed = np.array([[_reference_sum(blocks, g) for g in range(k)]])
    bound = _spread(observed, sizes)[0] - TOLERANCE / UNITS
    chunk = max(1, _CHUNK_NUMBERS // max(len(b.scores) for b in blocks))
    # Arms are dealt to by their sizes, so that their order in the sheet plays no part.
    dealing = sorted(range(k), key=lambda g: [b.sizes[g] for b in blocks])
    extreme = done = 0
    while done < draws:
        m = min(chunk, draws - done)
        sums = np.zeros((m, k), dtype=np.int64)
        for block in blocks:
            dealt = rng.permuted(np.broadcast_to(block.scores, (m, len(block.scores))), axis=1)
            start = 0
            for g in dealing:
                sums[:, g] += dealt[:, start : start + block.sizes[g]].sum(axis=1)
                start += block.sizes[g]
        extreme += int(np.sum(_spread(sums, sizes) >= bound))
        done += m
    return (1 + extreme) / (1 + draws)


def _spread(sums: NDArray[np.int64], sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far the arms' sums lie from 0: |sum| for two arms, else sum of squares / n."""
    values = sums / UNITS
    if sums.shape[1] == 2:
        return np.abs(values[:, 1])
    return np.sum(values**2 / np.maximum(sizes, 1), axis=1)
