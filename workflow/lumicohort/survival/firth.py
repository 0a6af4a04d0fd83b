"""Cox models with Firth's penalty, finite also where the arms separate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.cox import MAX_PROFILED, HazardRatio, exp_or_nan, two_sided
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.maximise import NotConverged, Step, Vector, maximise, profile_limits
from lumicohort.survival.partial_likelihood import (
    Choices,
    Ties,
    TooManyTies,
    arm_choices,
    evaluate,
)
from lumicohort.survival.risk_table import risk_table
from lumicohort.survival.separation import locate_maximum
from lumicohort.survival.tests import no_test_reason

MAX_DIFFERENCES = 5
"""More coefficients than this: scoring by the information instead of differences, whose number
grows with the coefficients (40 arms would take hours)."""


def firth_hazard_ratios(
    data: SurvivalData, ties: Ties = "efron", confidence: float = 0.95
) -> list[HazardRatio]:
    """Return hazard ratios by Firth's penalised likelihood, finite also where arms separate.

    Parameters
    ----------
    data : SurvivalData
        The animals; with several strata the model is stratified.
    ties : {"efron", "breslow", "exact"}
        How tied deaths are treated.
    confidence : float
        Level of the interval.

    Returns
    -------
    list of HazardRatio
        One per arm but the first, with profile penalised-likelihood interval and
        penalised likelihood-ratio p (Firth 1993; Heinze & Schemper 2001). In R:
        ``coxphf::coxphf`` for Breslow ties.
    """
    method = "cox_firth"
    options = f"{ties} ties; profile penalised-likelihood interval; one model of all arms"
    arms = data.arms[1:] if len(data.arms) > 1 else data.arms
    reference = data.reference if len(data.arms) > 1 else ""
    reason = no_test_reason(data)
    if reason:
        return [HazardRatio(a, reference, method, options=options, note=reason) for a in arms]
    try:
        choices = arm_choices(risk_table(data), ties)
        unseen = _without_information(choices, arms)
        if 0 < len(unseen) < len(arms):  # the others are compared as if these were not there
            kept = data.of_arms(reference, *(a for a in arms if a not in unseen))
            note = "at no event time do the data tell this arm from the others"
            found = {r.arm: r for r in firth_hazard_ratios(kept, ties, confidence)}
            lacking = HazardRatio("", reference, method, options=options, note=note)
            return [found.get(a) or replace(lacking, arm=a) for a in arms]
        return fit_firth(choices, [(a, reference) for a in arms], confidence, options)
    except TooManyTies:
        reason = "too many tied deaths for the exact treatment"
    except NotConverged:
        reason = "the fit did not converge"
    return [HazardRatio(a, reference, method, options=options, note=reason) for a in arms]


def _without_information(choices: Choices, arms: Sequence[str]) -> list[str]:
    """Return the arms of which nothing is known: all their animals left before the first event."""
    if choices.parameters > MAX_PROFILED:
        return []
    known = np.diag(evaluate(choices, np.zeros(choices.parameters)).information)
    return [a for a, i in zip(arms, known, strict=True) if i <= 1e-10 * max(known.max(), 1e-300)]


def fit_firth(
    choices: Choices,
    compared: list[tuple[str, str]],
    confidence: float,
    options: str,
    scale: NDArray[np.float64] | None = None,
) -> list[HazardRatio]:
    """Maximise the penalised likelihood.

    Parameters
    ----------
    choices : Choices
        The likelihood.
    compared : list of (str, str)
        What each coefficient compares with what.
    confidence : float
        Level of the interval.
    options : str
        For the results.
    scale : ndarray of float, shape (p,), optional
        Coefficients are divided by this.

    Returns
    -------
    list of HazardRatio
        One per coefficient; NaN with the reason where the data do not identify all of them.

    Raises
    ------
    NotConverged
        If the maximum is not found.
    """
    method = "cox_firth"
    if choices.parameters > MAX_PROFILED:
        note = f"not fitted: more than {MAX_PROFILED} coefficients"
        return [HazardRatio(a, r, method, options=options, note=note) for a, r in compared]
    zero = np.zeros(choices.parameters)
    unit = np.ones(len(zero)) if scale is None else scale
    information = evaluate(choices, zero).information
    values = np.linalg.eigvalsh(information)
    if values[0] <= 1e-10 * max(values[-1], 1e-300) or values[-1] <= 1e-12:
        what = "the arms" if scale is None else "all arms and covariates"
        note = f"at no event time do the data tell {what} apart"
        return [HazardRatio(a, r, method, options=options, note=note) for a, r in compared]
    b, top = maximise(lambda c: _penalised(choices, c), zero)
    se = np.sqrt(np.diag(np.linalg.inv(evaluate(choices, b).information)))
    separated = locate_maximum(choices).direction
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    who = "arms" if scale is None else "the data"
    out = []
    for j, (arm, reference) in enumerate(compared):
        free = np.arange(len(compared)) != j

        def profile(c: float, j: int = j, free: NDArray[np.bool_] = free) -> float:
            at = b.copy()
            at[j] = c
            return maximise(lambda v: _penalised(choices, v), at, free)[1]

        low, high = profile_limits(profile, top, float(b[j]), float(se[j]), z**2 / 2)
        p = two_sided(np.sqrt(max(2 * (top - profile(0.0)), 0.0)))
        is_separated = abs(int(separated[j])) == 1
        out.append(
            HazardRatio(
                arm,
                reference,
                method,
                hr=exp_or_nan(float(b[j] / unit[j])),
                lower=exp_or_nan(low / unit[j]),
                upper=exp_or_nan(high / unit[j]),
                p_value=p,
                profile_lower=exp_or_nan(low / unit[j]),
                profile_upper=exp_or_nan(high / unit[j]),
                p_value_lrt=p,
                se_log=float(se[j] / unit[j]),
                separated=is_separated,
                options=options,
                note=f"{who} separate: only the penalty keeps the estimate finite"
                if is_separated
                else "",
            )
        )
    return out


def _penalised(choices: Choices, b: Vector) -> Step:
    """Return the likelihood with Firth's penalty, half the log determinant of the information.

    The curvature returned is that of the penalised score (by central differences, few
    coefficients), or the information where that is not positive.
    """
    value, gradient = _penalised_score(choices, b)
    if len(b) > MAX_DIFFERENCES:
        return value, gradient, evaluate(choices, b).information
    step = 1e-5
    curvature = np.empty((len(b), len(b)))
    for j in range(len(b)):
        up, down = b.copy(), b.copy()
        up[j] += step
        down[j] -= step
        slope = _penalised_score(choices, up)[1] - _penalised_score(choices, down)[1]
        curvature[:, j] = -slope / (2 * step)
    curvature = (curvature + curvature.T) / 2
    if np.linalg.eigvalsh(curvature)[0] <= 0:
        curvature = evaluate(choices, b).information
    return value, gradient, curvature


def _penalised_score(choices: Choices, b: Vector) -> tuple[float, Vector]:
    """Return the penalised log likelihood and its gradient."""
    at = evaluate(choices, b)
    sign, log_det = np.linalg.slogdet(at.information)
    if sign <= 0:
        return -np.inf, np.zeros_like(b)
    # trace(I⁻¹ dI/db), dI/db being the sum of third central moments.
    spread = np.sum((at.centred @ np.linalg.inv(at.information)) * at.centred, axis=1)
    trace = (at.probability * spread) @ at.centred
    return at.log_likelihood + 0.5 * log_det, at.score + 0.5 * trace
