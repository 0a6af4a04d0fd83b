"""Is the hazard ratio constant over time? The score test of R's ``cox.zph``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.cox import CoxFit
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.partial_likelihood import evaluate, factor_variances
from lumicohort.survival.risk_table import at_risk_at
from lumicohort.survival.tests import chi2_sf

Transform = Literal["km", "identity", "rank", "log"]
TRANSFORMS: tuple[Transform, ...] = ("km", "identity", "rank", "log")


@dataclass(frozen=True)
class ProportionalHazards:
    """Outcome of the test; NaN with the reason in `note` where there is none.

    `term` is what was tested: ``global``, ``arm`` or a covariate; `adjusted_for` names the
    covariates of the model.
    """

    transform: Transform
    chi2: float
    df: int
    p_value: float
    note: str = ""
    term: str = "global"
    adjusted_for: str = ""
    options: str = ""


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
    return term_tests(data, fit, transform, ())[-1]


def term_tests(
    data: SurvivalData, fit: CoxFit, transform: Transform, terms: Sequence[str]
) -> list[ProportionalHazards]:
    """Test each term of a Cox model, then all together, for a trend over (transformed) time.

    Parameters
    ----------
    data, fit, transform
        As for :func:`proportional_hazards_test`.
    terms : sequence of str
        The term that each coefficient belongs to (``arm``, a covariate).

    Returns
    -------
    list of ProportionalHazards
        One per term, in their order, and the global test. A term with several coefficients
        (three arms) is tested on as many degrees of freedom, as ``cox.zph(terms = TRUE)`` does.
    """
    names = list(dict.fromkeys(terms))
    parts = [np.flatnonzero(np.array(terms) == name) for name in names]
    parts.append(np.arange(fit.choices.parameters))
    names.append("global")
    options = f"score test, {fit.ties} ties"
    score, net, floor, reason = _score(data, fit, transform)
    out = []
    for name, part in zip(names, parts, strict=True):
        df, why = len(part), reason
        chi2 = p_value = np.nan
        if not why:
            block = net[np.ix_(part, part)]
            if np.linalg.eigvalsh((block + block.T) / 2)[0] <= floor:
                why = "too few event times at which both arms were at risk"
            else:
                chi2 = float(score[part] @ np.linalg.solve(block, score[part]))
                p_value = chi2_sf(chi2, df)
        result = ProportionalHazards(transform, chi2, df, p_value, why, name, options=options)
        out.append(result)
    return out


def _score(
    data: SurvivalData, fit: CoxFit, transform: Transform
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, str]:
    """Return the score of c, its covariance given b, its smallest eigenvalue that counts.

    The last is the reason where there is none of them.
    """
    p = fit.choices.parameters
    nothing = np.zeros(p), np.zeros((p, p)), 0.0
    if fit.ties == "exact":
        return *nothing, "not defined for exact ties"
    if not fit.maximum.finite.all():
        why = "arms separate" if p == len(data.arms) - 1 else "not all terms can be estimated"
        return *nothing, f"no finite hazard ratio whose constancy could be tested ({why})"
    if transform == "log" and np.any(fit.choices.time <= 0):
        return *nothing, "log of time 0"
    at = evaluate(fit.choices, fit.log_hr)
    g = _transformed(data, fit.choices.time, transform)
    g = g - g.mean()
    variance = factor_variances(fit.choices, at)
    v0 = variance.sum(axis=0)
    v1 = np.einsum("f,fij->ij", g, variance)
    v2 = np.einsum("f,fij->ij", g**2, variance)
    try:
        net = v2 - v1 @ np.linalg.solve(v0, v1)
    except np.linalg.LinAlgError:
        net = np.zeros_like(v0)
    floor = 1e-10 * max(float(np.trace(v2)), float(np.trace(v0)) * 1e-6)
    return g @ (fit.choices.observed - at.mean), net, floor, ""


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
    at_risk = at_risk_at(data.time, data.since, when)
    before = np.concatenate(([1.0], np.cumprod(1 - deaths / at_risk)))
    return 1 - before[np.searchsorted(when, times, side="left")]
