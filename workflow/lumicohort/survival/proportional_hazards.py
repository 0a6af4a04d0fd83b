"""Is the hazard ratio constant over time? The score test of R's ``cox.zph``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.cox import CoxFit
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.partial_likelihood import evaluate, factor_variances

Transform = Literal["km", "identity", "rank", "log"]
TRANSFORMS: tuple[Transform, ...] = ("km", "identity", "rank", "log")


@dataclass(frozen=True)
class ProportionalHazards:
    """Outcome of the test; NaN with the reason in `note` where there is none."""

    transform: Transform
    chi2: float
    df: int
    p_value: float
    note: str = ""


def proportional_hazards_test(
    data: SurvivalData, fit: CoxFit, transform: Transform = "km"
) -> ProportionalHazards:
    """Test all coefficients of a Cox model for a trend over (transformed) time.

    Parameters
    ----------
    data : SurvivalData
        The animals that were fitted.
    fit : CoxFit
        The model (Efron or Breslow ties).
    transform : {"km", "identity", "rank", "log"}
        Time scale: one minus the pooled Kaplan–Meier estimate just before t, t, its rank among
        all times, or its logarithm.

    Returns
    -------
    ProportionalHazards
        Global chi-squared. In R (survival >= 3.0): ``cox.zph(fit, transform)``.

    Notes
    -----
    Score test of coefficients b + c g(t) at c = 0 (Grambsch & Therneau 1994, in the form of the
    vignette of R survival 3): every factor of the partial likelihood adds g times its residual
    to the score, and 1, g and g² times its variance to the information.
    """
    df = fit.choices.parameters
    if fit.ties == "exact":
        note = "not defined for exact ties"
        return ProportionalHazards(transform, np.nan, df, np.nan, note)
    if not fit.maximum.finite.all():
        note = "no finite hazard ratio whose constancy could be tested (arms separate)"
        return ProportionalHazards(transform, np.nan, df, np.nan, note)
    if transform == "log" and np.any(fit.choices.time <= 0):
        note = "log of time 0"
        return ProportionalHazards(transform, np.nan, df, np.nan, note)
    at = evaluate(fit.choices, fit.log_hr)
    g = _transformed(data, fit.choices.time, transform)
    g = g - g.mean()
    score = g @ (fit.choices.observed - at.mean)
    variance = factor_variances(fit.choices, at)
    v0 = variance.sum(axis=0)
    v1 = np.einsum("f,fij->ij", g, variance)
    v2 = np.einsum("f,fij->ij", g**2, variance)
    try:
        net = v2 - v1 @ np.linalg.solve(v0, v1)
    except np.linalg.LinAlgError:
        net = np.zeros_like(v0)
    values = np.linalg.eigvalsh((net + net.T) / 2)
    if values[0] <= 1e-10 * max(float(np.trace(v2)), float(np.trace(v0)) * 1e-6):
        note = "too few event times at which both arms were at risk"
        return ProportionalHazards(transform, np.nan, df, np.nan, note)
    chi2 = float(score @ np.linalg.solve(net, score))
    from scipy.special import chdtrc

    return ProportionalHazards(transform, chi2, df, float(chdtrc(df, chi2)))


def _transformed(
    data: SurvivalData, times: NDArray[np.float64], transform: Transform
) -> NDArray[np.float64]:
    """Return transformed event times; km and rank look at all animals, whatever stratum."""
    if transform == "identity":
        return times
    if transform == "log":
        return np.log(times)
    ordered = np.sort(data.time)
    if transform == "rank":
        first = np.searchsorted(ordered, times, side="left")
        last = np.searchsorted(ordered, times, side="right")
        return (first + 1 + last) / 2.0
    when, deaths = np.unique(data.time[data.event], return_counts=True)
    at_risk = len(ordered) - np.searchsorted(ordered, when, side="left")
    before = np.concatenate(([1.0], np.cumprod(1 - deaths / at_risk)))
    return 1 - before[np.searchsorted(when, times, side="left")]
