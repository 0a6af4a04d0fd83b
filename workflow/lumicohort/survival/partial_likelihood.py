"""Cox's partial likelihood as a product of choices: one form for every way to treat ties.

Each factor says: of these alternatives, with these weights, that one happened. The log
likelihood is ``z_observed' b - sum over factors of log(sum over alternatives of w exp(z' b))``:

* Breslow: one factor per death; the alternatives are the animals at risk.
* Efron (1977): the same, in the l-th of d tied deaths with each dying animal weighing 1 - l/d.
* exact (discrete, as R's ``ties = "exact"``): one factor per event time; the alternatives are
  all sets of d animals at risk.

Animals of one arm are alike, so an alternative is an arm (or a number of deaths per arm) with
the number of animals as its weight: thousands of animals cost no more than their event times.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.risk_table import RiskTable

Ties = Literal["efron", "breslow", "exact"]
TIES: tuple[Ties, ...] = ("efron", "breslow", "exact")

MAX_ALTERNATIVES = 2_000_000
"""More alternatives than this at the exact treatment of ties are refused."""


@dataclass(frozen=True, eq=False)
class Choices:
    """Factors of a partial likelihood.

    Attributes
    ----------
    start : ndarray of int, shape (f,)
        Where each factor's alternatives start in `z` and `log_weight`.
    z : ndarray of float, shape (m, p)
        Covariates of the alternatives.
    log_weight : ndarray of float, shape (m,)
        Log of their weights.
    observed : ndarray of float, shape (f, p)
        Covariates of what happened (shared out evenly over tied deaths).
    time : ndarray of float, shape (f,)
        Event time of each factor.
    """

    start: NDArray[np.intp]
    z: NDArray[np.float64]
    log_weight: NDArray[np.float64]
    observed: NDArray[np.float64]
    time: NDArray[np.float64]

    @property
    def parameters(self) -> int:
        """Number of coefficients."""
        return self.z.shape[1]

    @cached_property
    def factor(self) -> NDArray[np.intp]:
        """The factor that each alternative belongs to, shape (m,)."""
        sizes = np.diff(np.concatenate((self.start, [len(self.z)])))
        return np.repeat(np.arange(len(self.start)), sizes)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A partial likelihood at one value of its coefficients.

    Attributes
    ----------
    log_likelihood : float
        Its logarithm.
    score : ndarray of float, shape (p,)
        First derivatives.
    information : ndarray of float, shape (p, p)
        Minus the second derivatives.
    mean : ndarray of float, shape (f, p)
        Expected covariates of each factor.
    probability : ndarray of float, shape (m,)
        Of each alternative within its factor.
    centred : ndarray of float, shape (m, p)
        Covariates of the alternatives minus their factor's mean.
    """

    log_likelihood: float
    score: NDArray[np.float64]
    information: NDArray[np.float64]
    mean: NDArray[np.float64]
    probability: NDArray[np.float64]
    centred: NDArray[np.float64]


class TooManyTies(Exception):
    """The exact treatment of these ties has too many alternatives."""


def arm_choices(table: RiskTable, ties: Ties = "efron") -> Choices:
    """Return the partial likelihood of a Cox model whose only covariate is the arm.

    Parameters
    ----------
    table : RiskTable
        Counts at every event time of every stratum (strata have baselines of their own).
    ties : {"efron", "breslow", "exact"}
        How tied deaths are treated.

    Returns
    -------
    Choices
        One coefficient for every arm but the first, its log hazard ratio against the first.

    Raises
    ------
    TooManyTies
        If the exact treatment has more than :data:`MAX_ALTERNATIVES` alternatives.
    """
    k = len(table.arms)
    arms = np.eye(k)[:, 1:]
    if ties == "exact":
        return _exact_choices(table, arms)
    weights, observed, times = [], [], []
    for n, d, t in zip(table.at_risk, table.events, table.time, strict=True):
        deaths = int(d.sum())
        taken = np.arange(deaths) / deaths if ties == "efron" else np.zeros(deaths)
        weights.append(n[None, :] - taken[:, None] * d[None, :])
        observed.append(np.repeat((d @ arms / deaths)[None, :], deaths, axis=0))
        times.append(np.full(deaths, t))
    weight = np.concatenate(weights)
    present = weight > 0
    sizes = present.sum(axis=1)
    return Choices(
        start=np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp),
        z=np.broadcast_to(arms, (len(weight), k, k - 1))[present],
        log_weight=np.log(weight[present]),
        observed=np.concatenate(observed),
        time=np.concatenate(times),
    )


def _exact_choices(table: RiskTable, arms: NDArray[np.float64]) -> Choices:
    """Return the discrete partial likelihood: numbers of deaths per arm are the alternatives."""
    from scipy.special import gammaln

    start, z, log_weight, observed = [0], [], [], []
    for n, d in zip(table.at_risk, table.events, strict=True):
        deaths = _compositions(int(d.sum()), [int(v) for v in n])
        z.append(deaths @ arms)
        log_weight.append(
            np.sum(gammaln(n + 1) - gammaln(deaths + 1) - gammaln(n - deaths + 1), axis=1)
        )
        observed.append(d @ arms)
        start.append(start[-1] + len(deaths))
        if start[-1] > MAX_ALTERNATIVES:
            raise TooManyTies
    return Choices(
        start=np.array(start[:-1], dtype=np.intp),
        z=np.concatenate(z),
        log_weight=np.concatenate(log_weight),
        observed=np.array(observed),
        time=table.time,
    )


def _compositions(total: int, largest: Sequence[int]) -> NDArray[np.float64]:
    """Return all ways to write a total as a sum of one number per arm within its limit."""
    rest = [range(min(total, n) + 1) for n in largest[1:]]
    if np.prod([float(len(r)) for r in rest]) > MAX_ALTERNATIVES:
        raise TooManyTies
    rows = np.array(list(itertools.product(*rest)), dtype=float).reshape(-1, len(rest))
    first = total - rows.sum(axis=1)
    allowed = (first >= 0) & (first <= largest[0])
    return np.column_stack((first, rows))[allowed]


def evaluate(choices: Choices, b: NDArray[np.float64]) -> Evaluation:
    """Return the log partial likelihood and its derivatives.

    Parameters
    ----------
    choices : Choices
        The likelihood.
    b : ndarray of float, shape (p,)
        Coefficients (log hazard ratios).

    Returns
    -------
    Evaluation
        Value and derivatives at `b`.
    """
    p, log_norm = probabilities(choices, b)
    weighted = p[:, None] * choices.z
    mean = np.add.reduceat(weighted, choices.start, axis=0)
    centred = choices.z - mean[choices.factor]
    return Evaluation(
        log_likelihood=float(np.sum(choices.observed @ b) - np.sum(log_norm)),
        score=np.sum(choices.observed - mean, axis=0),
        information=(p[:, None] * centred).T @ centred,
        mean=mean,
        probability=p,
        centred=centred,
    )


def factor_variances(choices: Choices, at: Evaluation) -> NDArray[np.float64]:
    """Return the covariance of the covariates within each factor.

    Parameters
    ----------
    choices : Choices
        The likelihood.
    at : Evaluation
        Its value at some coefficients.

    Returns
    -------
    ndarray of float, shape (f, p, p)
        They add up to the information.
    """
    p = choices.parameters
    out = np.empty((len(choices.start), p, p))
    for i in range(p):
        for j in range(i + 1):
            product = at.probability * at.centred[:, i] * at.centred[:, j]
            out[:, i, j] = out[:, j, i] = np.add.reduceat(product, choices.start)
    return out


def probabilities(
    choices: Choices, b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each alternative's probability within its factor, and each factor's log norm.

    Parameters
    ----------
    choices : Choices
        The likelihood.
    b : ndarray of float, shape (p,)
        Coefficients.

    Returns
    -------
    probability : ndarray of float, shape (m,)
        Sums to 1 over each factor's alternatives.
    log_norm : ndarray of float, shape (f,)
        Logarithm of the sum of the alternatives' weighted risks.
    """
    log_p = choices.log_weight + choices.z @ b
    highest = np.maximum.reduceat(log_p, choices.start)
    p = np.exp(log_p - highest[choices.factor])
    norm = np.add.reduceat(p, choices.start)
    return p / norm[choices.factor], highest + np.log(norm)
