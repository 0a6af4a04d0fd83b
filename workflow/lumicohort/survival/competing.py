"""Competing risks: deaths that the tumour did not cause, by cumulative incidence.

Counting such a death as censored answers "what if no animal could die of anything else?", and
one minus Kaplan–Meier then overstates how many die of the tumour. The cumulative incidence
answers "how many die of it, as things are?".
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lumicohort.nouns import counted
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.risk_table import at_risk_at

CENSORED, EVENT, COMPETING = 0, 1, 2
CAUSES = {EVENT: "event", COMPETING: "competing"}
"""Words for the causes, as in the config's end_reasons."""

_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Incidence:
    """Cumulative incidence of one cause, one entry per distinct time of death or censoring.

    Attributes
    ----------
    time : ndarray of float, shape (m,)
        Distinct times, ascending.
    at_risk, events, others, censored : ndarray of int, shape (m,)
        Animals with time >= t; deaths of the cause, of other causes and censorings at t.
    incidence, se, lower, upper : ndarray of float, shape (m,)
        Probability to have died of the cause by t; its standard error; limits, NaN where the
        incidence is 0 or 1 or has no spread.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.intp]
    events: NDArray[np.intp]
    others: NDArray[np.intp]
    censored: NDArray[np.intp]
    incidence: NDArray[np.float64]
    se: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


@dataclass(frozen=True)
class GrayTest:
    """Gray's test of equal cumulative incidence; NaN with the reason where there is none."""

    cause: str
    statistic: float
    df: int | None
    p_value: float
    note: str = ""


def outcome_codes(data: SurvivalData, competing: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return 0 (censored), 1 (the event) or 2 (a competing death) for each animal.

    Parameters
    ----------
    data : SurvivalData
        The animals, competing deaths coded as censored.
    competing : ndarray of bool, shape (n,)
        Which animals died a competing death.

    Returns
    -------
    ndarray of int, shape (n,)
        The codes.
    """
    if np.any(competing & data.event):
        raise ValueError("an animal cannot have both the event and a competing death")
    return np.where(data.event, EVENT, np.where(competing, COMPETING, CENSORED)).astype(np.intp)


def cumulative_incidence(
    time: NDArray[np.float64],
    outcome: NDArray[np.intp],
    cause: int = EVENT,
    confidence: float = 0.95,
    since: NDArray[np.float64] | None = None,
) -> Incidence:
    """Estimate the cumulative incidence of a cause.

    Parameters
    ----------
    time : ndarray of float, shape (n,)
        Times to death or censoring.
    outcome : ndarray of int, shape (n,)
        0 for censored, else the cause.
    cause : int
        The cause of interest.
    confidence : float
        Level of the interval.
    since : ndarray of float, shape (n,), optional
        After when each animal was at risk (late entry); from the start where none is given.

    Returns
    -------
    Incidence
        The estimate of Aalen & Johansen (1978), its variance after Aalen with the hypergeometric
        term for ties (Gray 1988) and limits symmetric in log(-log F). In R:
        ``cmprsk::cuminc(time, outcome)``, estimate and variance; with late entries the estimate
        of ``survfit(Surv(entry, time, factor(outcome)) ~ 1, id = animal)``.

    Notes
    -----
    With a = F(t) the variance sums over deaths at u <= t: ((1 - (a - F(u)) / S(u)) S(u-))² q(d)
    for the cause, ((a - F(u)) / S(u) S(u-))² q(d) for another, with
    q(d) = d / n² (1 - (d - 1)/(n - 1)).
    """
    when, inverse, leaving = np.unique(time, return_inverse=True, return_counts=True)
    m = len(when)
    own = np.bincount(inverse[outcome == cause], minlength=m)
    lost = np.bincount(inverse[outcome == CENSORED], minlength=m)
    others = leaving - own - lost
    at_risk = at_risk_at(time, np.full(len(time), -np.inf) if since is None else since, when)
    after = np.cumprod(1 - (own + others) / at_risk)
    before = np.concatenate(([1.0], after[:-1]))
    incidence = np.cumsum(before * own / at_risk)
    died_out = np.cumsum(at_risk == own + others) > 0
    inverse_s = np.where(died_out, 0.0, 1 / np.where(died_out, 1.0, after))

    def share(d: NDArray[np.intp]) -> NDArray[np.float64]:
        tied = 1 - np.maximum(d - 1, 0) / np.maximum(at_risk - 1, 1)
        return np.asarray(before**2 * tied * d / at_risk**2)

    # Rows: the time of the estimate; columns: the time of a death before it.
    left = np.tril((incidence[:, None] - incidence[None, :]) * inverse_s[None, :])
    reached = np.tril(np.ones((m, m)))
    variance = ((1 - left) ** 2 * reached) @ share(own)
    variance += left**2 @ np.where(died_out, 0.0, share(others))
    se = np.sqrt(variance)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    usable = (incidence > 1e-12) & (incidence < 1 - 1e-12) & (se > 1e-12)
    f = np.where(usable, incidence, np.nan)
    with np.errstate(over="ignore"):
        stretch = np.exp(z * se / (f * np.log(f)))
        lower, upper = f ** (1 / stretch), f**stretch
    return Incidence(
        when,
        at_risk.astype(np.intp),
        own.astype(np.intp),
        others.astype(np.intp),
        lost.astype(np.intp),
        incidence,
        se,
        lower,
        upper,
    )


def gray_test(data: SurvivalData, outcome: NDArray[np.intp], cause: int = EVENT) -> GrayTest:
    """Compare the cumulative incidence of a cause between arms.

    Parameters
    ----------
    data : SurvivalData
        Two arms or more; with several strata the test is stratified by them.
    outcome : ndarray of int, shape (n,)
        0 for censored, else the cause.
    cause : int
        The cause of interest.

    Returns
    -------
    GrayTest
        Chi-squared on (arms - 1) degrees of freedom (Gray 1988, rho = 0). In R:
        ``cmprsk::cuminc(time, outcome, group, strata)$Tests``.

    Notes
    -----
    The log-rank idea on subdistribution hazards: an arm's risk set is R = n (1 - F(t-)) / S(t-),
    which keeps animals that died of another cause in proportion to the censoring they escaped.
    The covariance sums squared influence of the deaths of either cause on observed minus
    expected; arms whose animals are all gone drop out of the sums. Strata add up. Its weights
    count animals by the censoring they escaped and have no accepted form for late entry.
    """
    k, name = len(data.arms), CAUSES.get(cause, str(cause))
    if k < 2:
        return GrayTest(name, np.nan, None, np.nan, "only one arm")
    if not np.any(outcome == cause):
        return GrayTest(name, np.nan, None, np.nan, "no death of this cause in any arm")
    if data.entry is not None:
        note = "Gray's test has no accepted form for delayed entry"
        return GrayTest(name, np.nan, None, np.nan, note)
    difference, covariance = np.zeros(k), np.zeros((k, k))
    for s in range(len(data.strata)):
        inside = data.stratum == s
        part = _gray_scores(data.time[inside], data.group[inside], k, outcome[inside], cause)
        difference += part[0]
        covariance += part[1]
    u, v = difference[: k - 1], covariance[: k - 1, : k - 1]
    values = np.linalg.eigvalsh(v)
    if values[-1] <= 1e-14 or values[0] <= _SINGULAR * values[-1]:
        note = "at no time of death could the arms have differed"
        return GrayTest(name, np.nan, k - 1, np.nan, note)
    from scipy.special import chdtrc

    statistic = float(u @ np.linalg.solve(v, u))
    small = int(np.bincount(data.group).min())
    few = (
        f"asymptotic (right for large arms only): the smallest has {counted(small, 'animal')}"
        if small < 20
        else ""
    )
    return GrayTest(name, statistic, k - 1, float(chdtrc(k - 1, statistic)), few)


def _gray_scores(
    time: NDArray[np.float64],
    group: NDArray[np.intp],
    k: int,
    outcome: NDArray[np.intp],
    cause: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return observed minus expected deaths (subdistribution scale) and their covariance."""
    own = outcome == cause
    other = (outcome != cause) & (outcome != CENSORED)
    groups = [group == g for g in range(k)]
    survival, incidence = np.ones(k), np.zeros(k)
    difference, covariance = np.zeros(k), np.zeros((k, k))
    drift = np.zeros((k, k))
    pooled = 0.0
    square, cross = np.zeros(k), np.zeros((k, k))
    for t in np.unique(time[own | other]):
        n = np.array([np.sum(time[g] >= t) for g in groups], dtype=float)
        d1 = np.array([np.sum(own & g & (time == t)) for g in groups], dtype=float)
        d2 = np.array([np.sum(other & g & (time == t)) for g in groups], dtype=float)
        alive = n > 0
        size = np.where(alive, n, 1.0)
        after = np.where(alive, survival * (size - d1 - d2) / size, survival)
        grown = incidence + np.where(alive, survival * d1 / size, 0.0)
        weight = np.where(alive, size / np.where(alive, survival, 1.0), 0.0)
        total, deaths = float(weight.sum()), float(d1.sum())
        subdistribution = weight * (1 - incidence)
        expected = deaths * subdistribution / subdistribution.sum()
        difference += np.where(alive, d1 - expected, 0.0)
        new_pooled = pooled + deaths / total
        influence = np.diag(weight) - np.outer(weight, weight) / total
        drift = drift + influence * deaths / (total * (1 - pooled)) if deaths else drift
        survivors = np.where(after > 0, after, 1.0)
        remainder = np.where(after > 0, (1 - new_pooled) / survivors, 0.0)
        if deaths:
            lean = 1 - remainder
            base = np.where(alive, total * survival, 2.0)
            tied = 1 - (deaths - 1) / (base - 1) if deaths > 1 else np.ones(k)
            share = np.where(alive, tied * survival * deaths / (total * size), 0.0)
            first = influence - lean[None, :] * drift
            square += lean**2 * share
            cross += first * (lean * share)[None, :]
            covariance += (first * share[None, :]) @ first.T
        counted = (after > 0) & (d2 > 0)
        if counted.any():
            tied = 1 - np.maximum(d2 - 1, 0) / np.maximum(size - 1, 1)
            share = np.where(counted, tied * survival**2 * d2 / size**2, 0.0)
            second = remainder[None, :] * drift
            square += remainder**2 * share
            cross -= second * (remainder * share)[None, :]
            covariance += (second * share[None, :]) @ second.T
        survival, incidence, pooled = after, grown, new_pooled
    covariance += (drift * square[None, :]) @ drift.T
    mixed = drift @ cross.T
    covariance += mixed + mixed.T
    return difference, covariance
