"""The log-rank family: weighted, stratified, for trend; two arms or more.

All are one statistic with different weights. At each event time the deaths of each arm are
compared with their expectation under the hypergeometric distribution, given the margins
(Mantel 1966; Klein & Moeschberger 2003, section 7.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.data import SurvivalData
from lumicohort.survival.risk_table import RiskTable, risk_table

Weight = Literal[
    "logrank",
    "gehan_breslow_wilcoxon",
    "tarone_ware",
    "peto_peto",
    "peto_peto_modified",
    "fleming_harrington",
]
WEIGHTS: tuple[Weight, ...] = (
    "logrank",
    "gehan_breslow_wilcoxon",
    "tarone_ware",
    "peto_peto",
    "peto_peto_modified",
    "fleming_harrington",
)

_SINGULAR = 1e-10
"""An eigenvalue of the covariance below this share of the largest is zero."""


@dataclass(frozen=True)
class TestResult:
    """Outcome of a test.

    Attributes
    ----------
    test : str
        Its name in the results contract.
    statistic : float
        Chi-squared, or |O - E| of the permutation test; NaN where there is no test.
    df : int or None
        Degrees of freedom of chi-squared.
    p_value : float
        Two-sided; NaN where there is no test.
    options : str
        Weights, number of arrangements: what is needed to repeat it.
    note : str
        Why there is no test, or what to know about it.
    least_p : float
        The least p that these animals could have given, of a permutation test; NaN of others.
    """

    __test__ = False  # pytest: not a test class

    test: str
    statistic: float
    df: int | None
    p_value: float
    options: str = ""
    note: str = ""
    least_p: float = np.nan


@dataclass(frozen=True, eq=False)
class Scores:
    """Observed, expected and weighted differences per arm.

    Attributes
    ----------
    observed, expected : ndarray of float, shape (k,)
        Events seen and expected (unweighted).
    difference : ndarray of float, shape (k,)
        Weighted sum of observed - expected.
    covariance : ndarray of float, shape (k, k)
        Its covariance under the null hypothesis.
    """

    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    difference: NDArray[np.float64]
    covariance: NDArray[np.float64]


def weighted_scores(
    table: RiskTable, weight: Weight = "logrank", rho: float = 0.0, gamma: float = 1.0
) -> Scores:
    """Sum weighted observed minus expected events over all event times and strata.

    Parameters
    ----------
    table : RiskTable
        Counts at every event time.
    weight : str
        ``logrank``: 1; ``gehan_breslow_wilcoxon``: n; ``tarone_ware``: sqrt(n);
        ``peto_peto``: the product of 1 - d/(n + 1) up to and including t;
        ``peto_peto_modified``: that times n/(n + 1); ``fleming_harrington``:
        S(t-)^rho (1 - S(t-))^gamma with the pooled Kaplan–Meier estimate just before t
        (Klein & Moeschberger 2003, table 7.3). Strata have weights of their own.
    rho, gamma : float
        Of Fleming–Harrington.

    Returns
    -------
    Scores
        Sums over all rows.
    """
    n = table.at_risk.sum(axis=1).astype(float)
    d = table.events.sum(axis=1).astype(float)
    share = table.at_risk / n[:, None]
    w = _weights(table, n, d, weight, rho, gamma)
    expected = d[:, None] * share
    # n = 1: one animal left, no variance.
    spread = w**2 * d * (n - d) / np.maximum(n - 1, 1)
    k = len(table.arms)
    covariance = np.diag(spread @ share) - np.einsum("b,bg,bh->gh", spread, share, share)
    return Scores(
        observed=table.events.sum(axis=0).astype(float),
        expected=expected.sum(axis=0),
        difference=(w[:, None] * (table.events - expected)).sum(axis=0),
        covariance=covariance.reshape(k, k),
    )


def _weights(
    table: RiskTable,
    n: NDArray[np.float64],
    d: NDArray[np.float64],
    weight: Weight,
    rho: float,
    gamma: float,
) -> NDArray[np.float64]:
    if weight == "logrank":
        return np.ones_like(n)
    if weight == "gehan_breslow_wilcoxon":
        return n
    if weight == "tarone_ware":
        return np.sqrt(n)
    if weight in ("peto_peto", "peto_peto_modified"):
        w = _product_by_stratum(table, 1 - d / (n + 1))
        return w if weight == "peto_peto" else w * n / (n + 1)
    if weight == "fleming_harrington":
        after = _product_by_stratum(table, 1 - d / n)
        first = np.concatenate(([True], np.diff(table.stratum) != 0))[: len(n)]
        before = np.where(first, 1.0, np.concatenate(([1.0], after[:-1])) if len(n) else after)
        # A product of shares that is 1 or 0 in truth must not be so but for rounding.
        return before**rho * np.clip(1 - before, 0.0, None) ** gamma
    raise ValueError(f"weight must be one of {WEIGHTS}, not {weight!r}")


def _product_by_stratum(table: RiskTable, factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the running product of factors, from the start in each stratum."""
    product = np.empty_like(factor)
    for s in np.unique(table.stratum):
        rows = table.stratum == s
        product[rows] = np.cumprod(factor[rows])
    return product


def logrank_test(
    data: SurvivalData, weight: Weight = "logrank", rho: float = 0.0, gamma: float = 1.0
) -> TestResult:
    """Compare all arms of the data by a test of the log-rank family.

    Parameters
    ----------
    data : SurvivalData
        Two arms or more; with several strata the test is stratified by them.
    weight, rho, gamma
        See :func:`weighted_scores`.

    Returns
    -------
    TestResult
        Chi-squared on (arms - 1) degrees of freedom. Arms in which no event was possible (no
        animal left at the first event) are left out, as in R. In R:
        ``survdiff(Surv(time, event) ~ group + strata(stratum))`` for the log-rank test; with
        late entries, which ``survdiff`` refuses, the score test of ``coxph(Surv(entry, time,
        event) ~ group + strata(stratum), ties = "exact")``, which is the same without them.
        Animals at risk are then those that had entered (Klein & Moeschberger 2003, 7.3).
    """
    options = f"rho={rho:g}, gamma={gamma:g}" if weight == "fleming_harrington" else ""
    reason = no_test_reason(data)
    if reason:
        return TestResult(weight, np.nan, None, np.nan, options, reason)
    table = risk_table(data)
    if weight == "fleming_harrington" and data.entry is not None and _dies_out_early(table):
        note = "the pooled curve falls to 0 before others entered: the weights have no meaning"
        return TestResult(weight, np.nan, None, np.nan, options, note)
    scores = weighted_scores(table, weight, rho, gamma)
    used = scores.expected > 0
    notes = []
    if not used.all():
        gone = ", ".join(a for a, u in zip(data.arms, used, strict=True) if not u)
        notes.append(f"without {gone}: all its animals were censored before the first event")
    spread = scores.covariance.diagonal()
    if weight == "fleming_harrington" and spread.max() > 0:
        light = used & (spread <= _SINGULAR * spread.max())
        if light.any():
            gone = ", ".join(a for a, x in zip(data.arms, light, strict=True) if x)
            notes.append(f"without {gone}: the weights are 0 wherever its animals were at risk")
            used &= ~light
    note = "; ".join(notes)
    if not used.all() and used.sum() < 2:
        return TestResult(weight, np.nan, None, np.nan, options, f"no test {note}")
    u, v = scores.difference[used], scores.covariance[np.ix_(used, used)]
    df = int(used.sum()) - 1
    statistic = _quadratic_form(u, v, df)
    if statistic is None:
        return TestResult(weight, np.nan, df, np.nan, options, _no_variance(weight, scores))
    return TestResult(weight, statistic, df, chi2_sf(statistic, df), options, note)


def _dies_out_early(table: RiskTable) -> bool:
    """Return whether all animals at risk died at an event time that is not the stratum's last."""
    last = np.append(np.diff(table.stratum) != 0, True)
    everyone = table.at_risk.sum(axis=1) == table.events.sum(axis=1)
    return bool(np.any(everyone & ~last))


def trend_test(data: SurvivalData, doses: NDArray[np.float64] | None = None) -> TestResult:
    """Test for a trend of hazard over ordered arms (log-rank weights).

    Parameters
    ----------
    data : SurvivalData
        Arms in their order; with several strata the test is stratified by them.
    doses : ndarray of float, shape (k,), optional
        A score per arm; 1, 2, …, k where none is given.

    Returns
    -------
    TestResult
        (sum of a U)² / (a' V a), chi-squared on 1 degree of freedom (Klein & Moeschberger 2003,
        section 7.4).
    """
    a = np.arange(1, len(data.arms) + 1, dtype=float) if doses is None else np.asarray(doses)
    options = "scores " + ", ".join(
        f"{arm}={score:g}" for arm, score in zip(data.arms, a, strict=True)
    )
    reason = no_test_reason(data)
    if reason:
        return TestResult("logrank_trend", np.nan, None, np.nan, options, reason)
    scores = weighted_scores(risk_table(data))
    variance = float(a @ scores.covariance @ a)
    if variance <= _SINGULAR * float(a @ a) * max(float(np.trace(scores.covariance)), 1e-300):
        note = _no_variance("logrank", scores)
        return TestResult("logrank_trend", np.nan, 1, np.nan, options, note)
    statistic = float((a @ scores.difference) ** 2 / variance)
    return TestResult("logrank_trend", statistic, 1, chi2_sf(statistic, 1), options)


def no_test_reason(data: SurvivalData) -> str:
    """Return why arms cannot be compared at all, or an empty string."""
    if len(data.arms) < 2:
        return "only one arm"
    if not data.event.any():
        return "no event in any arm: all animals were censored"
    return ""


def _no_variance(weight: str, scores: Scores) -> str:
    """Return why the statistic has no distribution."""
    if weight == "fleming_harrington" and not np.any(scores.difference):
        return (
            "the weights leave nothing to compare: at no event time with weight above 0 "
            "could the arms have differed"
        )
    return "at no event time could the arms have differed (all at risk died, or one arm was left)"


def _quadratic_form(u: NDArray[np.float64], v: NDArray[np.float64], df: int) -> float | None:
    """Return U' V⁻ U for a covariance whose rows sum to zero, or nothing if its rank is short."""
    # Its scale is that of variances of single arms; all arms but the last carry the whole.
    block = v[:df, :df]
    values = np.linalg.eigvalsh(block)
    if values[-1] <= 0 or values[0] <= _SINGULAR * values[-1] or values[-1] < 1e-14:
        return None
    return float(u[:df] @ np.linalg.solve(block, u[:df]))


def chi2_sf(statistic: float, df: int) -> float:
    """Return the probability that chi-squared exceeds a value."""
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
