"""The log-rank test of many simulated studies at once.

The same tests as :mod:`lumicohort.survival` makes of one study, for a table of studies of equal
size: power needs thousands of them. The tests of this module hold it against that package.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.permutation import TOLERANCE, UNITS

MAX_LISTED = 20_000
"""Arrangements of two arms that are all counted at most (8 against 8: 12 870); beyond, DRAWN are
drawn. The analysis counts all of them far beyond."""

DRAWN = 4_999
"""Random arrangements where all of them are too many."""

_CHUNK_NUMBERS = 8_000_000
"""Sums held at a time (64 MB)."""

Floats = NDArray[np.float64]


def logrank_p_values(time: Floats, event: NDArray[np.bool_], first: int) -> Floats:
    """Return the asymptotic two-sided log-rank p-value of each study.

    Parameters
    ----------
    time : ndarray of float, shape (studies, animals)
        Days.
    event : ndarray of bool, shape (studies, animals)
        Whether the animal died.
    first : int
        The first columns, so many, are one arm; the others are the other.

    Returns
    -------
    ndarray of float, shape (studies,)
        NaN where there is nothing to test.
    """
    from scipy.special import chdtrc

    table = _Sorted(time, event)
    second = (table.order >= first).astype(float)
    # At risk in the second arm: those of it that stand at or after the first of the tied ones.
    after = np.cumsum(second[:, ::-1], axis=1)[:, ::-1]
    share = np.take_along_axis(after, table.start, axis=1) / table.at_risk
    deaths = table.deaths
    spread = share * (1 - share) * (table.at_risk - deaths) / np.maximum(table.at_risk - 1, 1)
    variance = np.sum(spread * table.event, axis=1)
    difference = logrank_scores(time, event)[:, first:].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(variance > 1e-12, difference**2 / variance, np.nan)
    return np.asarray(chdtrc(1, statistic), dtype=float)


def logrank_scores(time: Floats, event: NDArray[np.bool_]) -> Floats:
    """Return each animal's log-rank score: event - pooled Nelson–Aalen estimate at its time.

    Parameters
    ----------
    time, event : ndarray, shape (studies, animals)
        Days, and whether the animal died.

    Returns
    -------
    ndarray of float, shape (studies, animals)
        As `lumicohort.survival.permutation.logrank_scores` of each row.
    """
    table = _Sorted(time, event)
    hazard = np.cumsum(table.event / table.at_risk, axis=1)
    hazard = np.take_along_axis(hazard, table.end, axis=1)
    scores = np.empty_like(hazard)
    np.put_along_axis(scores, table.order, table.event - hazard, axis=1)
    return scores


class _Sorted:
    """Studies with their animals in the order of their times, and what the ties need."""

    def __init__(self, time: Floats, event: NDArray[np.bool_]) -> None:
        n = time.shape[1]
        self.order = np.argsort(time, axis=1, kind="stable")
        ordered = np.take_along_axis(time, self.order, axis=1)
        self.event = np.take_along_axis(event, self.order, axis=1).astype(float)
        index = np.arange(n)
        new = np.ones(time.shape, dtype=bool)
        new[:, 1:] = ordered[:, 1:] > ordered[:, :-1]
        last = np.ones(time.shape, dtype=bool)
        last[:, :-1] = new[:, 1:]
        self.start = np.maximum.accumulate(np.where(new, index, 0), axis=1)
        self.end = np.minimum.accumulate(np.where(last, index, n)[:, ::-1], axis=1)[:, ::-1]
        self.at_risk = (n - self.start).astype(float)

    @property
    def deaths(self) -> Floats:
        """Deaths on each animal's day."""
        total = np.concatenate(
            [np.zeros((len(self.event), 1)), np.cumsum(self.event, axis=1)], axis=1
        )
        until = np.take_along_axis(total, self.end + 1, axis=1)
        return until - np.take_along_axis(total, self.start, axis=1)


def permutation_p_values(
    time: Floats, event: NDArray[np.bool_], first: int, rng: np.random.Generator
) -> Floats:
    """Return the two-sided permutation log-rank p-value of each study.

    Parameters
    ----------
    time, event : ndarray, shape (studies, animals)
        Days, and whether the animal died.
    first : int
        The first columns, so many, are one arm.
    rng : numpy.random.Generator
        For the arrangements, where there are more than :data:`MAX_LISTED`.

    Returns
    -------
    ndarray of float, shape (studies,)
        Two-sided on |O - E|. Exact where all arrangements are counted; else
        (1 + as extreme) / (1 + drawn) (Phipson & Smyth 2010).
    """
    n = time.shape[1]
    scores = logrank_scores(time, event)
    exact = math.comb(n, first) <= MAX_LISTED
    labels = _all_labels(n, first) if exact else _drawn_labels(n, first, rng)
    bound = np.abs(scores[:, :first].sum(axis=1)) - TOLERANCE / UNITS
    as_extreme = np.empty(len(scores))
    step = max(1, _CHUNK_NUMBERS // len(labels))
    for start in range(0, len(scores), step):
        rows = slice(start, start + step)
        sums = np.abs(scores[rows] @ labels.T)
        as_extreme[rows] = np.sum(sums >= bound[rows, None], axis=1)
    if exact:
        return as_extreme / len(labels)
    return (1 + as_extreme) / (1 + len(labels))


def _all_labels(n: int, first: int) -> Floats:
    """Return every way to choose the first arm, one a row of zeros and ones."""
    chosen = np.array(list(itertools.combinations(range(n), first)))
    labels = np.zeros((len(chosen), n))
    np.put_along_axis(labels, chosen, 1.0, axis=1)
    return labels


def _drawn_labels(n: int, first: int, rng: np.random.Generator) -> Floats:
    """Return random ways to choose the first arm."""
    labels = np.zeros((DRAWN, n))
    labels[:, :first] = 1.0
    return rng.permuted(labels, axis=1)
