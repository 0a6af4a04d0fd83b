"""The permutation log-rank test that orders arrangements by chi-squared.

Beside |O - E|, by which :mod:`lumicohort.survival.permutation` orders them: an arrangement's
own hypergeometric variance divides its difference. Where one arm dies out early this is the
sharper of the two, but every arrangement needs its variance, so there is no short cut.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.data import SurvivalData
from lumicohort.survival.draw_order import in_draw_order
from lumicohort.survival.tests import TestResult, logrank_test

MAX_LISTED = 3_000_000
"""Arrangements listed at most; beyond, they are drawn."""

_CHUNK = 20_000


def permutation_test_chi_squared(
    data: SurvivalData, draws: int = 100_000, seed: int = 20201111
) -> TestResult:
    """Compare two arms by permutation of their labels, on the log-rank chi-squared.

    Parameters
    ----------
    data : SurvivalData
        Two arms, one stratum.
    draws : int
        Random arrangements where there are more than :data:`MAX_LISTED`.
    seed : int
        Seed of the random arrangements.

    Returns
    -------
    TestResult
        The log-rank chi-squared with its permutation p. An arrangement in which the arms could
        not have differed counts as chi-squared 0.

    Raises
    ------
    ValueError
        With other than two arms, with strata, or with animals that entered late.
    """
    if len(data.arms) != 2 or data.stratified or data.entry is not None:
        raise ValueError("two arms in one stratum, all there from the start, are needed")
    data = in_draw_order(data)
    asymptotic = logrank_test(data)
    name = "logrank_permutation"
    if math.isnan(asymptotic.statistic):
        return TestResult(name, np.nan, None, np.nan, "", asymptotic.note)
    n, size = len(data), int(np.sum(data.group == 1))
    total = math.comb(n, size)
    when, deaths = np.unique(data.time[data.event], return_counts=True)
    at_risk = (data.time[:, None] >= when[None, :]).astype(float)
    dying = (data.time[:, None] == when[None, :]) & data.event[:, None]
    everyone = at_risk.sum(axis=0)
    spread = deaths * (everyone - deaths) / np.maximum(everyone - 1, 1)
    bound = asymptotic.statistic * (1 - 1e-9) - 1e-12
    exact = total <= MAX_LISTED
    chunks = _all(n, size) if exact else _some(n, size, draws, seed)
    extreme = 0
    for label in chunks:
        share = (label @ at_risk) / everyone
        difference = label @ dying.sum(axis=1) - share @ deaths
        variance = (share * (1 - share)) @ spread
        chi2 = np.where(
            variance > 1e-12, difference**2 / np.where(variance > 1e-12, variance, 1.0), 0.0
        )
        extreme += int(np.sum(chi2 >= bound))
    if exact:
        p, options = extreme / total, f"on chi-squared; exact, all {total} arrangements"
    else:
        p = (1 + extreme) / (1 + draws)
        options = f"on chi-squared; Monte Carlo, {draws} arrangements, seed {seed}"
    return TestResult(name, asymptotic.statistic, None, p, options)


def _all(n: int, size: int) -> Iterator[NDArray[np.float64]]:
    """Yield every arrangement as rows of 0 and 1, a chunk at a time."""
    combinations = itertools.combinations(range(n), size)
    while chosen := list(itertools.islice(combinations, _CHUNK)):
        label = np.zeros((len(chosen), n))
        np.put_along_axis(label, np.array(chosen), 1.0, axis=1)
        yield label


def _some(n: int, size: int, draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield random arrangements as rows of 0 and 1, a chunk at a time."""
    rng = np.random.default_rng(seed)
    first = np.concatenate((np.ones(size), np.zeros(n - size)))
    for start in range(0, draws, _CHUNK):
        rows = min(_CHUNK, draws - start)
        yield rng.permuted(np.broadcast_to(first, (rows, n)), axis=1)
