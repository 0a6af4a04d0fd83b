"""Covariates in which no animals differ: they leave every model alike, and that is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.covariates import Adjustment, complete
from lumicohort.survival.data import SurvivalData


def drop_constant(adjustment: Adjustment, data: SurvivalData) -> Adjustment:
    """Return an adjustment without the covariates that tell no animals apart.

    Parameters
    ----------
    adjustment : Adjustment
        Covariates, in the order of the animals.
    data : SurvivalData
        The animals, in the strata of the model.

    Returns
    -------
    Adjustment
        The other covariates; `dropped` names those that left, each with its reason. In R
        ``coxph`` keeps such a covariate and gives it NA: the other coefficients are the same.
    """
    reasons: dict[str, str] = {}
    while True:
        used = complete(adjustment, len(data), clustered=False)
        found = {name: _why(adjustment, name, used, data) for name in adjustment.order}
        found = {name: why for name, why in found.items() if why}
        if not found:
            break
        reasons |= found
        adjustment = _without(adjustment, found)  # fewer animals may lack a covariate now
    named = [f"not adjusted for {name}: {why}" for name, why in reasons.items()]
    return replace(adjustment, dropped=", ".join(named))


def _without(adjustment: Adjustment, names: dict[str, str]) -> Adjustment:
    """Return an adjustment without some of its covariates."""
    return replace(
        adjustment,
        numbers={k: v for k, v in adjustment.numbers.items() if k not in names},
        words={k: v for k, v in adjustment.words.items() if k not in names},
        order=tuple(k for k in adjustment.order if k not in names),
    )


def _why(adjustment: Adjustment, name: str, used: NDArray[np.bool_], data: SurvivalData) -> str:
    """Return why a covariate tells no animals apart, or an empty string."""
    if name in adjustment.numbers:
        values = adjustment.numbers[name]
        known = ~np.isnan(values)
    else:
        known = np.array([bool(word) for word in adjustment.words[name]])
        values = np.unique(adjustment.words[name], return_inverse=True)[1].astype(float)
    for animals in (known, used):
        if not animals.any():
            return ""
        if _same(values[animals]):
            return "it is the same in all animals"
    if not _compared(values, used, data):
        within = " of one stratum" if data.stratified else ""
        return f"no animals{within} that were at risk at one event differ in it"
    return ""


def _same(values: NDArray[np.float64]) -> bool:
    """Return whether values differ by no more than rounding."""
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))


def _compared(values: NDArray[np.float64], used: NDArray[np.bool_], data: SurvivalData) -> bool:
    """Return whether animals of any risk set differ."""
    if not data.event[used].any():
        return True  # there is no model, which is told otherwise
    for stratum in range(len(data.strata)):
        inside = used & (data.stratum == stratum)
        times = np.unique(data.time[inside & data.event])
        # Without late entries every later risk set is part of the first.
        for time in times if data.entry is not None else times[:1]:
            at_risk = inside & (data.since < time) & (data.time >= time)
            if not _same(values[at_risk]):
                return True
    return False
