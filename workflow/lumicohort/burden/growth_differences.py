"""How growth differs between arms: slopes and doubling times, with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lumicohort.burden.comparisons import adjust_within
from lumicohort.burden.growth import Slope
from lumicohort.files import NOT_ESTIMABLE

if TYPE_CHECKING:
    from lumicohort.burden.growth_table import Fits
    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "arm",
    "reference",
    "measure",
    "value",
    "value_reference",
    "estimate",
    "lower_95",
    "upper_95",
    "p_value",
    "p_adjusted",
    "n_animals",
    "n_animals_reference",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `growth_differences.csv`; values and estimates in the unit that `measure` names."""

SLOPE = "slope_difference_log10_per_day"
DIFFERENCE = "doubling_difference_days"
RATIO = "doubling_ratio"
MEASURES = {
    SLOPE: "difference of slopes; t interval of the growth model",
    DIFFERENCE: "difference of doubling times; interval from those of the two arms by MOVER (Zou & "
    "Donner 2008); p of the difference of slopes, the same hypothesis",
    RATIO: "ratio of doubling times; Fieller's interval with the half-width of each arm's slope "
    "(MOVER-R, Donner & Zou 2012); p of the difference of slopes, the same hypothesis",
}
"""Measure -> how it is estimated. Slopes of two arms share no animal and are uncorrelated."""

Estimate = tuple[float, float, float]
_NONE: Estimate = (math.nan, math.nan, math.nan)


def doubling_difference(arm: Slope, reference: Slope) -> Estimate:
    """Return the difference of two doubling times in days, with its interval.

    Parameters
    ----------
    arm, reference : Slope
        Growth of the two arms.

    Returns
    -------
    tuple of float
        Estimate, lower and upper 95 % limit; a limit that needs an end which a doubling time
        does not have is NaN.

    Notes
    -----
    With estimates T and limits (l, u) of independent samples the limits are
    ``T1 - T2 -/+ sqrt((T1 - l1)^2 + (u2 - T2)^2)`` and its mirror image (Zou & Donner, Stat Med
    27(10), 2008).
    """
    (t1, l1, u1), (t2, l2, u2) = arm.doubling, reference.doubling
    gap = t1 - t2
    return gap, gap - math.hypot(t1 - l1, u2 - t2), gap + math.hypot(u1 - t1, t2 - l2)


def doubling_ratio(arm: Slope, reference: Slope) -> Estimate:
    """Return the ratio of two doubling times, with its interval.

    Parameters
    ----------
    arm, reference : Slope
        Growth of the two arms.

    Returns
    -------
    tuple of float
        Doubling time of the arm over the reference's (the reference's slope over the arm's),
        lower and upper 95 % limit.

    Notes
    -----
    Its limits r solve ``(b2 - r b1)^2 = h2^2 + r^2 h1^2``, h being the half-widths of the
    slopes' intervals: Fieller's interval where both have one t (Donner & Zou, Stat Methods Med
    Res 21(4), 2012). There is none where an arm's slope is not clearly above 0.
    """
    if not (arm.estimate > 0 and reference.estimate > 0):
        return _NONE
    b1, b2 = arm.estimate, reference.estimate
    h1, h2 = arm.upper - b1, reference.upper - b2
    if not (h1 < b1 and h2 < b2):
        return b2 / b1, math.nan, math.nan
    a, c = b1**2 - h1**2, b2**2 - h2**2
    root = math.sqrt((b1 * b2) ** 2 - a * c)
    return b2 / b1, (b1 * b2 - root) / a, (b1 * b2 + root) / a


def difference_rows(config: StudyConfig, fits: Fits) -> list[dict[str, Any]]:
    """Compare the growth of every arm with the reference's.

    Parameters
    ----------
    config : StudyConfig
        The study.
    fits : dict
        Growth by model and region.

    Returns
    -------
    list of dict
        Rows of `growth_differences.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    settings, reference = config.analysis.burden, config.reference_arm
    others = [arm for arm in config.arms if arm != reference]
    rows = [
        _row(model, region, arm, reference, growth.slopes, measure)
        | {"primary": region == settings.region and measure == SLOPE}
        for (model, region), growth in fits.items()
        for arm in others or [""]
        for measure in MEASURES
    ]
    adjust_within(rows, ("model", "region", "measure"), settings.p_adjust)
    return rows


def _row(
    model: str, region: str, arm: str, reference: str, slopes: dict[str, Slope], measure: str
) -> dict[str, Any]:
    """Return one measure of one comparison."""
    ours, theirs = slopes.get(arm, Slope()), slopes[reference]
    if measure == SLOPE:
        values = ours.estimate, theirs.estimate
        found: Estimate = (ours.difference, ours.difference_lower, ours.difference_upper)
    else:
        values = ours.doubling[0], theirs.doubling[0]
        found = (doubling_difference if measure == DIFFERENCE else doubling_ratio)(ours, theirs)
    notes = [f"the study has one arm ({reference}): nothing to compare"] if not arm else []
    if arm:
        told = {a: s.note for a, s in ((arm, ours), (reference, theirs)) if s.note}
        of_both = len(told) == 2 and len(set(told.values())) == 1
        notes += [ours.note] if of_both else [f"{a}: {note}" for a, note in told.items()]
        if not math.isnan(found[0]) and any(math.isnan(limit) for limit in found[1:]):
            notes.append("a limit is missing: an arm's slope is not clearly above 0")
    return {
        "model": model,
        "region": region,
        "arm": arm or NOT_ESTIMABLE,
        "reference": reference,
        "measure": measure,
        "value": values[0],
        "value_reference": values[1],
        "estimate": found[0],
        "lower_95": found[1],
        "upper_95": found[2],
        "p_value": math.nan if math.isnan(found[0]) else ours.p_value,
        "n_animals": ours.n_animals if arm else math.nan,
        "n_animals_reference": theirs.n_animals,
        "method": MEASURES[measure],
        "options": theirs.method if ours.method == "none" else ours.method,
        "note": "; ".join(notes),
    }
