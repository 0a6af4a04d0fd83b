"""Hazard ratios without a model fit, from observed and expected events of the log-rank test."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from lumicohort.nouns import marked
from lumicohort.survival.cox import HazardRatio, exp_or_nan, two_sided
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.risk_table import risk_table
from lumicohort.survival.tests import no_test_reason, weighted_scores


def mantel_haenszel(data: SurvivalData, confidence: float = 0.95) -> HazardRatio:
    """Return the hazard ratio of the second arm against the first by Mantel–Haenszel.

    Parameters
    ----------
    data : SurvivalData
        Two arms; sums go over strata.
    confidence : float
        Level of the interval.

    Returns
    -------
    HazardRatio
        exp((O - E) / V) with standard error 1/√V of its logarithm (Berry, Kitchin & Mock 1991);
        Prism calls it "Mantel-Haenszel". Its p is that of the log-rank test. It stays finite
        where the arms separate, but then underestimates the effect.
    """
    arm, reference, blank = _pair(data, "mantel_haenszel", "exp((O-E)/V)")
    if blank is not None:
        return blank
    scores = weighted_scores(risk_table(data))
    u, v = float(scores.difference[1]), float(scores.covariance[1, 1])
    if v <= 1e-12:
        note = "at no event time could the arms have differed"
        return HazardRatio(arm, reference, "mantel_haenszel", options="exp((O-E)/V)", note=note)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    b, se = u / v, 1 / np.sqrt(v)
    return HazardRatio(
        arm,
        reference,
        "mantel_haenszel",
        hr=exp_or_nan(b),
        lower=exp_or_nan(b - z * se),
        upper=exp_or_nan(b + z * se),
        p_value=two_sided(b / se),
        se_log=float(se),
        options="exp((O-E)/V)",
    )


def logrank_oe(data: SurvivalData, confidence: float = 0.95) -> HazardRatio:
    """Return the hazard ratio of the second arm against the first as a ratio of O/E.

    Parameters
    ----------
    data : SurvivalData
        Two arms; sums go over strata.
    confidence : float
        Level of the interval.

    Returns
    -------
    HazardRatio
        (O2/E2) / (O1/E1) with standard error √(1/E1 + 1/E2) of its logarithm; Prism calls it
        "logrank". Biased towards 1 for large effects (Berry, Kitchin & Mock 1991).
    """
    options = "(O/E) / (O/E of reference)"
    arm, reference, blank = _pair(data, "logrank_oe", options)
    if blank is not None:
        return blank
    scores = weighted_scores(risk_table(data))
    (o1, o2), (e1, e2) = scores.observed, scores.expected
    if min(o1, o2, e1, e2) <= 0:
        empty = reference if min(o1, e1) <= 0 else arm
        note = f"{marked(empty)} has no event: the ratio would be 0 or infinite"
        return HazardRatio(arm, reference, "logrank_oe", options=options, note=note)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    b, se = float(np.log(o2 / e2) - np.log(o1 / e1)), float(np.sqrt(1 / e1 + 1 / e2))
    return HazardRatio(
        arm,
        reference,
        "logrank_oe",
        hr=exp_or_nan(b),
        lower=exp_or_nan(b - z * se),
        upper=exp_or_nan(b + z * se),
        p_value=two_sided(b / se),
        se_log=se,
        options=options,
    )


def _pair(data: SurvivalData, method: str, options: str) -> tuple[str, str, HazardRatio | None]:
    """Return the two arms, and a blank ratio with its reason where there can be none."""
    if len(data.arms) > 2:
        raise ValueError(f"{method} compares two arms; choose them with data.of_arms()")
    reason = no_test_reason(data)
    arm = data.arms[-1]
    reference = data.reference if len(data.arms) > 1 else ""
    if reason:
        blank = HazardRatio(arm, reference, method, options=options, note=reason)
        return arm, reference, blank
    return arm, reference, None
