"""Cox models of the arm: Efron, Breslow and exact ties, stratified.

Arms are dummies against the first arm, all in one model, as R's ``coxph(Surv(time, event) ~
group)``. Before fitting it is settled which coefficients have a finite maximum
(:mod:`lumicohort.survival.separation`); the others are never given a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

from lumicohort.nouns import marked
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
from lumicohort.survival.separation import Maximum, locate_maximum
from lumicohort.survival.tests import no_test_reason

MAX_PROFILED = 15
"""With more coefficients than this no profile interval is made (each needs many fits of all the
others), and no penalised fit: that is said."""


@dataclass(frozen=True)
class HazardRatio:
    """A hazard ratio of an arm against the reference.

    Attributes
    ----------
    arm, reference : str
        Below 1, animals of `arm` die more slowly.
    method : str
        Its name in the results contract.
    hr, lower, upper : float
        Estimate and confidence interval by the method's own way (Wald for Cox, profile
        likelihood for Firth); NaN where there is none.
    p_value : float
        Belonging to that interval.
    profile_lower, profile_upper, p_value_lrt : float
        Profile-likelihood interval and likelihood-ratio test of a Cox model.
    se_log : float
        Standard error of log HR.
    separated : bool
        Whether the arms separate, so that the likelihood has no maximum.
    options, note : str
        What is needed to repeat it; why there is no number, or what to know.
    """

    arm: str
    reference: str
    method: str
    hr: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    p_value: float = np.nan
    profile_lower: float = np.nan
    profile_upper: float = np.nan
    p_value_lrt: float = np.nan
    se_log: float = np.nan
    separated: bool = False
    options: str = ""
    note: str = ""


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model of the arm.

    Attributes
    ----------
    arms : tuple of str
        The arms; the first is the reference.
    ties : str
        How tied deaths are treated.
    log_hr : ndarray of float, shape (k - 1,)
        Coefficients; infinite on a monotone likelihood, NaN where not identified.
    se : ndarray of float, shape (k - 1,)
        Standard errors; NaN where the coefficient is not finite.
    log_likelihood, null_log_likelihood : float
        At the maximum (its supremum where a coefficient is infinite) and at 0.
    score_chi2 : float
        Score test of all coefficients.
    """

    arms: tuple[str, ...]
    ties: Ties
    log_hr: Vector
    se: Vector
    log_likelihood: float
    null_log_likelihood: float
    score_chi2: float
    choices: Choices = field(repr=False)
    maximum: Maximum = field(repr=False)

    @property
    def lr_chi2(self) -> float:
        """Likelihood-ratio chi-squared of all coefficients."""
        return 2 * (self.log_likelihood - self.null_log_likelihood)


def fit_cox(data: SurvivalData, ties: Ties = "efron") -> CoxFit:
    """Fit a Cox model whose only covariate is the arm.

    Parameters
    ----------
    data : SurvivalData
        Two arms or more with at least one event; strata have baseline hazards of their own.
    ties : {"efron", "breslow", "exact"}
        How tied deaths are treated.

    Returns
    -------
    CoxFit
        The fit. In R: ``coxph(Surv(time, event) ~ group + strata(stratum), ties = "efron")``.

    Raises
    ------
    ValueError
        With fewer than two arms or without an event.
    TooManyTies
        Where the exact treatment is out of reach.
    """
    reason = no_test_reason(data)
    if reason:
        raise ValueError(reason)
    return fit_choices(arm_choices(risk_table(data), ties), data.arms, ties)


def fit_choices(choices: Choices, arms: tuple[str, ...], ties: Ties) -> CoxFit:
    """Maximise a partial likelihood.

    Parameters
    ----------
    choices : Choices
        The likelihood.
    arms : tuple of str
        The reference, then the name of each coefficient.
    ties : str
        How its ties were treated.

    Returns
    -------
    CoxFit
        The fit.
    """
    maximum = locate_maximum(choices)
    zero = np.zeros(choices.parameters)
    at_zero = evaluate(choices, zero)
    b, top = maximise(lambda c: _step(maximum.choices, c), zero)
    information = evaluate(maximum.choices, b).information
    covariance = np.linalg.pinv(information, rcond=1e-12, hermitian=True)
    with np.errstate(invalid="ignore"):
        se = np.where(maximum.finite, np.sqrt(np.diag(covariance)), np.nan)
    side = maximum.direction
    log_hr = np.where(side == 0, b, np.nan)
    log_hr[side == 1], log_hr[side == -1] = np.inf, -np.inf
    score = at_zero.score @ np.linalg.pinv(at_zero.information, hermitian=True) @ at_zero.score
    return CoxFit(
        arms, ties, log_hr, se, top, at_zero.log_likelihood, float(score), choices, maximum
    )


def _step(choices: Choices, b: Vector) -> Step:
    at = evaluate(choices, b)
    return at.log_likelihood, at.score, at.information


def cox_hazard_ratios(
    data: SurvivalData, ties: Ties = "efron", confidence: float = 0.95
) -> list[HazardRatio]:
    """Return the hazard ratio of each arm against the first from a Cox model of all arms.

    Parameters
    ----------
    data : SurvivalData
        The animals; with several strata the model is stratified.
    ties : {"efron", "breslow", "exact"}
        How tied deaths are treated.
    confidence : float
        Level of both intervals.

    Returns
    -------
    list of HazardRatio
        One per arm but the first: Wald interval and p, and beside them the
        profile-likelihood interval and the likelihood-ratio p. Where the arms separate the
        ratio and its Wald interval are NaN with the reason, and the profile interval is open
        on that side (0, or infinity as NaN).
    """
    method, options = f"cox_{ties}", "Wald interval; one model of all arms"
    arms = data.arms[1:] if len(data.arms) > 1 else data.arms
    reason = no_test_reason(data)
    if not reason:
        try:
            fit = fit_cox(data, ties)
        except TooManyTies:
            reason = "too many tied deaths for the exact treatment"
        except NotConverged:
            reason = "the fit did not converge"
    if reason:
        none = "" if len(data.arms) < 2 else data.reference
        return [HazardRatio(a, none, method, options=options, note=reason) for a in arms]
    return [_cox_ratio(data, fit, j, confidence, method, options) for j in range(len(arms))]


def _cox_ratio(
    data: SurvivalData, fit: CoxFit, j: int, confidence: float, method: str, options: str
) -> HazardRatio:
    """Return one coefficient of a fit as a hazard ratio."""
    arm, reference, side = fit.arms[j + 1], fit.arms[0], int(fit.maximum.direction[j])
    if side == 2:
        note = "at no event time do the data tell the two arms apart"
        return HazardRatio(arm, reference, method, options=options, note=note)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    low, high, p_lrt = profile(fit, j, z)
    ratio = HazardRatio(
        arm,
        reference,
        method,
        profile_lower=exp_or_nan(low),
        profile_upper=exp_or_nan(high),
        p_value_lrt=p_lrt,
        options=options,
        note=f"no profile interval: more than {MAX_PROFILED} coefficients"
        if fit.choices.parameters > MAX_PROFILED
        else "",
    )
    if side != 0:
        note = separation_note(data, arm, fit.ties, side)
        return replace(ratio, separated=True, note=note)
    b, se = float(fit.log_hr[j]), float(fit.se[j])
    return replace(
        ratio,
        hr=exp_or_nan(b),
        lower=exp_or_nan(b - z * se),
        upper=exp_or_nan(b + z * se),
        p_value=two_sided(b / se),
        se_log=se,
    )


def profile(fit: CoxFit, j: int, z: float) -> tuple[float, float, float]:
    """Return profile-likelihood limits of a coefficient and its likelihood-ratio p.

    Parameters
    ----------
    fit : CoxFit
        The fit.
    j : int
        The coefficient.
    z : float
        Normal quantile of the level.

    Returns
    -------
    lower, upper, p_value : float
        Limits of the coefficient, infinite where the likelihood does not fall far enough.
    """
    if fit.choices.parameters > MAX_PROFILED:
        return np.nan, np.nan, np.nan
    free = np.arange(fit.choices.parameters) != j
    start = np.where(np.isfinite(fit.log_hr), fit.log_hr, 0.0)

    def highest(c: float) -> float:
        at = start.copy()
        at[j] = c
        return maximise(lambda b: _step(fit.choices, b), at, free)[1]

    low, high = profile_limits(
        highest, fit.log_likelihood, float(fit.log_hr[j]), float(fit.se[j]), z**2 / 2
    )
    chi2 = max(2 * (fit.log_likelihood - highest(0.0)), 0.0)
    return low, high, two_sided(np.sqrt(chi2))


def separation_note(data: SurvivalData, arm: str, ties: Ties, side: int) -> str:
    """Say in plain English that and how an arm separates from the reference.

    Parameters
    ----------
    data : SurvivalData
        The animals; the first arm is the reference.
    arm : str
        The arm whose coefficient is infinite.
    ties : str
        How tied deaths are treated.
    side : int
        -1 where the hazard ratio runs to 0, 1 where it runs to infinity.

    Returns
    -------
    str
        A note for the tables.
    """
    slow, fast = (arm, data.reference) if side < 0 else (data.reference, arm)
    if not data.event[data.group == data.arms.index(slow)].any():
        what = f"{marked(slow)} has no event"
    elif ties == "exact":
        what = f"at every event time as many animals of {marked(fast)} died as could have"
    else:
        what = f"whenever both arms were at risk, only animals of {marked(fast)} died"
    if len(data.arms) > 2:
        what += " (in the model of all arms)"
    limit = "0" if side < 0 else "infinity"
    return (
        f"arms separate: {what}; the Cox estimate runs to {limit} and is not reported "
        "(use cox_firth)"
    )


def two_sided(z: float) -> float:
    """Return the two-sided p of a standard normal deviate."""
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))


def exp_or_nan(x: float) -> float:
    """Return e^x, NaN (not reached) for plus infinity."""
    return float(np.exp(x)) if x < 700 else float("nan")
