"""Adjusted hazard ratios of more animals than our own likelihood holds: lifelines fits them.

Our own fit keeps every animal at risk at every death, for profile intervals, Firth's penalty and
tests of separation, which studies of a few animals need. Archives of thousands do not.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lumicohort.survival.covariates import Column
from lumicohort.survival.cox import HazardRatio, exp_or_nan
from lumicohort.survival.data import SurvivalData

_PRECISION = 1e-14  # of half the squared Newton step in units of its error
_BEYOND = 10.0  # a standard error of the log hazard ratio that only separated data have
_WHAT = "Wald interval; one model of all arms; fitted by lifelines"


def fit_large(
    data: SurvivalData, columns: Sequence[Column], confidence: float, note: str
) -> list[HazardRatio]:
    """Return every coefficient of a Cox model with Efron's ties.

    Parameters
    ----------
    data : SurvivalData
        The animals; strata have baseline hazards of their own.
    columns : sequence of Column
        The arms and covariates.
    confidence : float
        Level of the intervals.
    note : str
        For every row.

    Returns
    -------
    list of HazardRatio
        One per column, with Wald intervals and without profile ones. In R: ``coxph``. NaN with
        the reason where the fit fails.
    """
    import pandas as pd
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    rows = [HazardRatio(c.arm, c.reference, "cox_efron", options=_WHAT, note=note) for c in columns]
    design = np.column_stack([c.values for c in columns])
    inside = design.copy()
    for s in range(len(data.strata)):
        of = data.stratum == s
        inside[of] -= design[of].mean(axis=0)
    if np.linalg.matrix_rank(inside) < len(columns):
        why = "at no event time do the data tell all arms and covariates apart"
        return [replace(row, note=_noted(why, note)) for row in rows]
    names = [f"x{j}" for j in range(len(columns))]
    frame = pd.DataFrame(design, columns=names)
    frame["time"], frame["event"], frame["stratum"] = data.time, data.event, data.stratum
    entry = {}
    if data.entry is not None:
        frame["since"], entry = data.since, {"entry_col": "since"}
    fitter = CoxPHFitter(alpha=1 - confidence)
    try:
        with warnings.catch_warnings():  # what they warn of is told by the standard error
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitter.fit(
                frame,
                "time",
                "event",
                strata=["stratum"],
                fit_options={"precision": _PRECISION},
                **entry,
            )
    except ConvergenceError:
        return [replace(row, note=_noted("the fit did not converge", note)) for row in rows]
    table = fitter.summary
    lower, upper = (f"coef {side} {confidence * 100:g}%" for side in ("lower", "upper"))
    out = []
    for row, column, name in zip(rows, columns, names, strict=True):
        found = table.loc[name]
        if not math.isfinite(found["se(coef)"]) or found["se(coef)"] > _BEYOND:
            out.append(replace(row, note=_noted("the data separate: no finite estimate", note)))
            continue
        out.append(
            replace(
                row,
                hr=exp_or_nan(float(found["coef"]) / column.scale),
                lower=exp_or_nan(float(found[lower]) / column.scale),
                upper=exp_or_nan(float(found[upper]) / column.scale),
                p_value=float(found["p"]),
                se_log=float(found["se(coef)"]) / column.scale,
            )
        )
    return out


def _noted(*notes: str) -> str:
    return "; ".join(filter(None, notes))
