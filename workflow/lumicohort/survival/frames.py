"""Survival results as the tables of the results contract."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort import __version__
from lumicohort.survival.analysis import ArmSurvival, SurvivalAnalysis

if TYPE_CHECKING:
    import pandas as pd

ARMS = [
    "arm",
    "n",
    "events",
    "censored",
    "median_days",
    "median_lower_95",
    "median_upper_95",
    "rmst_days",
    "rmst_se",
    "rmst_tau_days",
    "q25_days",
    "q25_lower_95",
    "q25_upper_95",
    "q75_days",
    "q75_lower_95",
    "q75_upper_95",
    "follow_up_median_days",
    "ci_type",
    "method",
    "note",
    "software",
]
TESTS = [
    "arm",
    "reference",
    "test",
    "stratified_by",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "adjustment",
    "comparison",
    "primary",
    "options",
    "note",
    "software",
]
DIFFERENCES = [
    "arm",
    "reference",
    "measure",
    "estimate",
    "lower_95",
    "upper_95",
    "p_value",
    "method",
    "note",
    "software",
]
RATIOS = [
    "arm",
    "reference",
    "method",
    "hr",
    "lower_95",
    "upper_95",
    "p_value",
    "profile_lower_95",
    "profile_upper_95",
    "p_value_lrt",
    "se_log_hr",
    "stratified_by",
    "term",
    "adjusted_for",
    "clustered_by",
    "separated",
    "primary",
    "options",
    "note",
    "software",
]
CURVES = [
    "arm",
    "time_days",
    "at_risk",
    "events",
    "censored",
    "survival",
    "lower_95",
    "upper_95",
    "entered",
    "ci_type",
    "method",
    "software",
]
HAZARDS = [
    "test",
    "transform",
    "stratified_by",
    "term",
    "adjusted_for",
    "statistic",
    "df",
    "p_value",
    "options",
    "note",
    "software",
]
LATE = "risk sets after late entry"
"""What is said among the options of a test or model of data with late entries."""


def frames(analysis: SurvivalAnalysis) -> dict[str, pd.DataFrame]:
    """Lay the results of one model out as tables.

    Parameters
    ----------
    analysis : SurvivalAnalysis
        The results.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``survival_arms``, ``survival_tests``, ``survival_differences``, ``hazard_ratios``,
        ``survival_curves`` and ``survival_ph``, without the column `model`.
    """
    import pandas as pd

    ours = software()
    late = bool(analysis.delayed_entry)
    by_lifelines = analysis.options.engine == "lifelines"
    engine = software("lifelines") if by_lifelines else ours

    def options(*said: str) -> str:
        return "; ".join(filter(None, (*said, LATE if late else "")))

    ci = analysis.options.ci_type
    arms = [
        {
            "arm": a.arm,
            "n": a.n,
            "events": a.events,
            "censored": a.n - a.events,
            "median_days": a.median.estimate,
            "median_lower_95": a.median.lower,
            "median_upper_95": a.median.upper,
            "rmst_days": a.restricted_mean.estimate,
            "rmst_se": a.restricted_mean.se,
            "rmst_tau_days": a.restricted_mean.tau,
            "q25_days": a.lower_quartile.estimate,
            "q25_lower_95": a.lower_quartile.lower,
            "q25_upper_95": a.lower_quartile.upper,
            "q75_days": a.upper_quartile.estimate,
            "q75_lower_95": a.upper_quartile.lower,
            "q75_upper_95": a.upper_quartile.upper,
            "follow_up_median_days": a.follow_up,
            "ci_type": ci,
            "method": options(
                "Kaplan-Meier; quantiles: Brookmeyer-Crowley limits; restricted mean: Greenwood "
                "SE; follow-up: reverse Kaplan-Meier"
            ),
            "note": "; ".join([*([a.note] if a.note else []), *analysis.warnings]),
            "software": _engine(a, by_lifelines),
        }
        for a in analysis.arms
    ]
    tests = [
        {
            "arm": t.arm,
            "reference": t.reference,
            "test": t.result.test,
            "stratified_by": t.stratified_by,
            "statistic": t.result.statistic,
            "df": t.result.df,
            "p_value": t.result.p_value,
            "p_adjusted": t.p_adjusted,
            "adjustment": analysis.options.p_adjust if t.comparison == "pair" else "none",
            "comparison": t.comparison,
            "primary": t.primary,
            "options": options(t.result.options),
            "note": t.result.note,
            "software": ours,
        }
        for t in analysis.tests
    ]
    differences = [
        {
            "arm": d.arm,
            "reference": d.reference,
            "measure": d.measure,
            "estimate": d.estimate,
            "lower_95": d.lower,
            "upper_95": d.upper,
            "p_value": d.p_value,
            "method": options(d.method),
            "note": d.note,
            "software": engine,
        }
        for d in analysis.differences
    ]
    ratios = [
        {
            "arm": r.result.arm,
            "reference": r.result.reference,
            "method": r.result.method,
            "hr": r.result.hr,
            "lower_95": r.result.lower,
            "upper_95": r.result.upper,
            "p_value": r.result.p_value,
            "profile_lower_95": r.result.profile_lower,
            "profile_upper_95": r.result.profile_upper,
            "p_value_lrt": r.result.p_value_lrt,
            "se_log_hr": r.result.se_log,
            "stratified_by": r.stratified_by,
            "term": r.term,
            "adjusted_for": r.adjusted_for,
            "clustered_by": r.clustered_by,
            "separated": r.result.separated,
            "primary": r.primary,
            "options": options(r.result.options),
            "note": r.result.note,
            "software": ours,
        }
        for r in analysis.hazard_ratios
    ]
    hazards = [
        {
            "test": "cox_zph",
            "transform": h.transform,
            "stratified_by": name,
            "term": h.term,
            "adjusted_for": h.adjusted_for,
            "statistic": h.chi2,
            "df": h.df,
            "p_value": h.p_value,
            "options": options(h.options),
            "note": h.note or _advice(h.p_value),
            "software": ours,
        }
        for name, h in analysis.proportional_hazards
    ]
    tables: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
        "survival_arms": (arms, ARMS),
        "survival_tests": (tests, TESTS),
        "survival_differences": (differences, DIFFERENCES),
        "hazard_ratios": (ratios, RATIOS),
        "survival_curves": (_curves(analysis), CURVES),
        "survival_ph": (hazards, HAZARDS),
    }
    made = {name: pd.DataFrame(rows, columns=columns) for name, (rows, columns) in tables.items()}
    for name in ("survival_tests", "survival_ph"):
        made[name]["df"] = made[name]["df"].astype("Int64")
    return made


def _engine(arm: ArmSurvival, by_lifelines: bool) -> str:
    """Return what computed an arm's curve: lifelines, but for late entries."""
    return software("lifelines") if by_lifelines and not len(arm.curve.entry) else software()


def _curves(analysis: SurvivalAnalysis) -> list[dict[str, Any]]:
    """Return one row per arm and distinct time, those of late entry included.

    `entered` counts the animals that came under observation on that day, after its events.
    """
    out = []
    by_lifelines = analysis.options.engine == "lifelines"
    for arm in analysis.arms:
        curve = arm.curve
        method = "Kaplan-Meier; Greenwood band" + (f"; {LATE}" if len(curve.entry) else "")
        every = np.unique(np.concatenate((curve.time, curve.entry)))
        entered = np.searchsorted(curve.entry, every, side="right")
        entered -= np.searchsorted(curve.entry, every, side="left")
        at = np.searchsorted(curve.time, every, side="right") - 1
        for time, joined, i in zip(every, entered, at, strict=True):
            left = i >= 0 and curve.time[i] == time
            out.append(
                {
                    "arm": arm.arm,
                    "time_days": float(time),
                    "at_risk": int(curve.number_at_risk(np.array([time]))[0]),
                    "events": int(curve.events[i]) if left else 0,
                    "censored": int(curve.censored[i]) if left else 0,
                    "survival": float(curve.survival[i]) if i >= 0 else 1.0,
                    # Before any animal left, R says 1 to 1 on every scale of the band.
                    "lower_95": float(curve.lower[i]) if i >= 0 else 1.0,
                    "upper_95": float(curve.upper[i]) if i >= 0 else 1.0,
                    "entered": int(joined),
                    "ci_type": curve.ci_type,
                    "method": method,
                    "software": _engine(arm, by_lifelines),
                }
            )
    return out


def _advice(p_value: float) -> str:
    """Say what a failed test of proportional hazards means for the reader."""
    if p_value < 0.05:
        return (
            "hazards look not proportional: read the hazard ratio as an average over time, and "
            "lead with the difference in restricted means"
        )
    return "no sign against proportional hazards (few events show little)"


@cache
def software(*engines: str) -> str:
    """Return our name and version and those of the libraries that did the sums.

    Parameters
    ----------
    *engines : str
        Distributions besides numpy and scipy.

    Returns
    -------
    str
        ``lumicohort 0.1.0; lifelines 0.30.3; numpy 2.4.0; scipy 1.17.1``.
    """
    parts = [f"lumicohort {__version__}"]
    for name in (*engines, "numpy", "scipy"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(name)
    return "; ".join(parts)
