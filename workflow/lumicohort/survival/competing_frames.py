"""Competing risks as tables, and in plain English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.nouns import marked
from lumicohort.survival.analysis import ALL_ARMS
from lumicohort.survival.competing import (
    CAUSES,
    GrayTest,
    cumulative_incidence,
    gray_test,
    outcome_codes,
)
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import ADJUSTMENTS, p_text
from lumicohort.survival.frames import software
from lumicohort.survival.multiplicity import Adjustment, adjust
from lumicohort.survival.other_deaths import note_of
from lumicohort.survival.strata import strata_of_one_arm

if TYPE_CHECKING:
    import pandas as pd

INCIDENCE = [
    "arm",
    "cause",
    "time_days",
    "at_risk",
    "events",
    "other_deaths",
    "censored",
    "incidence",
    "se",
    "lower_95",
    "upper_95",
    "ci_type",
    "method",
    "software",
]
TESTS = [
    "arm",
    "reference",
    "cause",
    "test",
    "stratified_by",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "adjustment",
    "comparison",
    "options",
    "note",
    "software",
]


def competing_frames(
    data: SurvivalData,
    competing: NDArray[np.bool_],
    reference: str,
    adjustment: Adjustment = "holm",
    stratified_by: str = "",
) -> dict[str, pd.DataFrame]:
    """Return cumulative incidence and Gray's tests of one model.

    Parameters
    ----------
    data : SurvivalData
        The animals, competing deaths coded as censored.
    competing : ndarray of bool, shape (n,)
        Which animals died a competing death.
    reference : str
        The arm that the others are compared with.
    adjustment : str
        Adjustment of p-values over arms.
    stratified_by : str
        Name of what the data's strata are; then there are stratified tests besides.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``cumulative_incidence`` and ``competing_tests``, without rows where no animal died a
        competing death.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    if competing.any():
        outcome = outcome_codes(data, competing)
        for cause in CAUSES:
            rows += _incidence_rows(data, outcome, cause)
            tests += _test_rows(data.unstratified(), outcome, cause, reference, adjustment, "")
            if data.stratified and stratified_by:
                tests += _test_rows(data, outcome, cause, reference, adjustment, stratified_by)
    made = {
        "cumulative_incidence": pd.DataFrame(rows, columns=INCIDENCE),
        "competing_tests": pd.DataFrame(tests, columns=TESTS),
    }
    made["competing_tests"]["df"] = made["competing_tests"]["df"].astype("Int64")
    return made


def _incidence_rows(
    data: SurvivalData, outcome: NDArray[np.intp], cause: int
) -> list[dict[str, Any]]:
    """Return one row per arm and distinct time."""
    out = []
    since = data.since
    method = "Aalen-Johansen; variance after Gray 1988"
    method += "; risk sets after late entry" if data.entry is not None else ""
    for g, arm in enumerate(data.arms):
        mine = data.group == g
        found = cumulative_incidence(data.time[mine], outcome[mine], cause, since=since[mine])
        out += [
            {
                "arm": arm,
                "cause": CAUSES[cause],
                "time_days": float(found.time[i]),
                "at_risk": int(found.at_risk[i]),
                "events": int(found.events[i]),
                "other_deaths": int(found.others[i]),
                "censored": int(found.censored[i]),
                "incidence": float(found.incidence[i]),
                "se": float(found.se[i]),
                "lower_95": float(found.lower[i]),
                "upper_95": float(found.upper[i]),
                "ci_type": "log-log",
                "method": method,
                "software": software(),
            }
            for i in range(len(found.time))
        ]
    return out


def _test_rows(
    data: SurvivalData,
    outcome: NDArray[np.intp],
    cause: int,
    reference: str,
    adjustment: Adjustment,
    stratified_by: str,
) -> list[dict[str, Any]]:
    """Return Gray's test of all arms where there are more than two, and of each pair."""

    def row(arm: str, test: GrayTest, comparison: str, p_adjusted: float) -> dict[str, Any]:
        return {
            "arm": arm,
            "reference": reference,
            "cause": test.cause,
            "test": "gray",
            "stratified_by": stratified_by,
            "statistic": test.statistic,
            "df": test.df,
            "p_value": test.p_value,
            "p_adjusted": p_adjusted,
            "adjustment": adjustment if comparison == "pair" else "none",
            "comparison": comparison,
            "options": "rho=0, asymptotic",
            "note": test.note,
            "software": software(),
        }

    out = []
    if len(data.arms) > 2:
        test = gray_test(data, outcome, cause)
        out.append(row(ALL_ARMS, test, "all", test.p_value))
    others = [a for a in data.arms if a != reference]
    pairs = []
    for arm in others:
        if reference not in data.arms:
            note = f"the reference {marked(reference)} has no animal"
            pairs.append(GrayTest(CAUSES[cause], np.nan, None, np.nan, note))
            continue
        inside = np.isin(data.group, [data.arms.index(arm), data.arms.index(reference)])
        pair = data.keep(inside)
        test = gray_test(pair, outcome[inside], cause)
        if not np.isnan(test.p_value):
            alone = strata_of_one_arm(pair, stratified_by)
            test = replace(test, note="; ".join(filter(None, (test.note, alone))))
        pairs.append(test)
    adjusted = adjust([t.p_value for t in pairs], adjustment)
    out += [
        row(arm, test, "pair", float(p))
        for arm, test, p in zip(others, pairs, adjusted, strict=True)
    ]
    return out


def note_competing(
    arms: pd.DataFrame, data: SurvivalData, competing: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the table of arms with a note on competing deaths, which it counts as censored."""
    notes = []
    for arm, note in zip(arms["arm"], arms["note"], strict=True):
        count = int(competing[data.group == data.arms.index(arm)].sum())
        notes.append("; ".join(filter(None, (note, note_of(count)))))
    return arms.assign(note=notes)


def describe_competing(data: SurvivalData, tables: dict[str, pd.DataFrame]) -> str:
    """Return a paragraph about competing deaths, empty where there are none.

    Parameters
    ----------
    data : SurvivalData
        The animals.
    tables : dict of str to pandas.DataFrame
        What :func:`competing_frames` returned.

    Returns
    -------
    str
        Plain text: incidence of the event in each arm at the last time, and Gray's tests.
    """
    incidence, tests = tables["cumulative_incidence"], tables["competing_tests"]
    own = incidence[incidence["cause"] == "event"]
    if own.empty:
        return ""
    parts = [
        "Deaths of another cause are censored above; with them as a competing risk (cumulative "
        "incidence of the event, 95% CI log-log):"
    ]
    for arm in data.arms:
        rows = own[own["arm"] == arm]
        n = int(np.sum(data.group == data.arms.index(arm)))
        last = rows.iloc[-1]
        limits = "no CI"
        if not np.isnan(last["lower_95"]):
            limits = f"{100 * last['lower_95']:.3g} to {100 * last['upper_95']:.3g}%"
        parts.append(
            f"{arm}: {100 * last['incidence']:.3g}% ({limits}) by day {last['time_days']:.4g}, "
            f"{int(rows['other_deaths'].sum())} of {n} died of "
            "another cause."
        )
    for test in tests[tests["cause"] == "event"].to_dict("records"):
        who = "All arms" if test["comparison"] == "all" else f"{test['arm']} vs {test['reference']}"
        by = f", stratified by {test['stratified_by']}" if test["stratified_by"] else ""
        if np.isnan(test["p_value"]):
            parts.append(f"{who}, Gray's test{by}: none ({test['note']}).")
            continue
        note = f"; {test['note']}" if test["note"] else ""
        adjustment = ADJUSTMENTS[test["adjustment"]] if len(data.arms) > 2 else ""
        if adjustment:
            note = f" ({p_text(test['p_adjusted'])} after {adjustment}'s adjustment){note}"
        parts.append(
            f"{who}, Gray's test{by}: chi-squared {test['statistic']:.4g} on {test['df']} "
            f"degree(s) of freedom, {p_text(test['p_value'])}{note}."
        )
    return " ".join(parts) + "\n"
