"""Competing risks: cumulative incidence of the event and of other deaths, two panels a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.cumulative_incidence import Cause, IncidenceData

READS = ("cumulative_incidence", "competing_tests", "survival")


def page(request: Request) -> Page:
    """Return two panels a model, the event's and that of other deaths, all with one time axis."""
    from lumicohort.figures.cumulative_incidence import CAUSES, incidence_panel, last_day

    data = [(model, incidence_data(request, model, c)) for model in request.models for c in CAUSES]
    last, died = last_day([d.rows for _, d in data])
    panels = [
        incidence_panel(
            replace(d, last_day=last or None, last_died=died),
            request.looks,
            request.config.model_label(model),
            request.style,
        )
        for model, d in data
    ]
    notes = ["Ticks on the curves: censored. Deaths are counted before the day."]
    if request.drawing.bands:
        notes[0] = f"Bands: pointwise 95% CI (log-log). {notes[0]}"
    widths = request.style.widths_cm
    many = len(request.models) > 3 or len(request.looks) > 3
    wide = request.width_cm or widths[2 if many else 1]
    # Two models a row where the page is wide, and many models or arms would make it too high.
    return Page(panels, notes, layout=(wide, 4 if many and wide >= widths[2] else 2))


def incidence_data(request: Request, model: str, cause: Cause) -> IncidenceData:
    """Return what the panel of a cause draws; its tests are those of the printed strata."""
    from lumicohort.figures.cumulative_incidence import IncidenceData
    from lumicohort.figures.time_axis import time_axis

    config, tables = request.config, request.tables
    rows = tables.of("cumulative_incidence", model)
    tests = tables.of("competing_tests", model)
    tests = tests[(tests["cause"] == cause) & (tests["comparison"] == "pair")]
    tests = tests[tests["arm"].isin(list(config.arms)) & tests["reference"].isin(list(config.arms))]
    strata = tests["stratified_by"].fillna("").astype(str)
    tests = tests[strata == (strata.iloc[-1] if len(strata) else "")]
    return IncidenceData(
        rows=rows[rows["cause"] == cause],
        tests=tests,
        cause=cause,
        smallest_p=config.tables.smallest_p,
        p_adjust=config.analysis.survival.p_adjust,
        bands=request.drawing.bands,
        time=time_axis(request.drawing),
    )


def caption(request: Request) -> Caption:
    """Say what is drawn, how many animals, the incidences with their intervals, and the tests."""
    from lumicohort.figures.captions import counts
    from lumicohort.figures.cumulative_incidence import CAUSES

    survival = request.tables.survival
    bands = "; bands are pointwise 95% confidence intervals (log-log)"
    names = [
        f"{request.config.model_label(model)}, {CAUSES[c].lower()}"
        for model in request.models
        for c in CAUSES
    ]
    numbers = [s for model in request.models for c in CAUSES for s in _numbers(request, model, c)]
    return Caption(
        f"Cumulative incidence of {request.letters(names)}.",
        [
            "Aalen–Johansen estimates; an animal that died of the one cause can no longer die of "
            f"the other. Ticks mark censored animals{bands * request.drawing.bands}. "
            "Below each panel: animals at risk on that day, and dead of the cause or (in brackets) "
            "otherwise before it."
        ],
        [counts(request, survival[survival["included"]])],
        numbers,
    )


def _numbers(request: Request, model: str, cause: Cause) -> list[str]:
    """Word the incidences and tests of one panel."""
    from lumicohort.figures.cumulative_incidence import CAUSES, gray_words, incidence_words
    from lumicohort.figures.words import adjustment_words
    from lumicohort.tables.format import format_p_equation

    config = request.config
    data = incidence_data(request, model, cause)
    where = f"{config.model_label(model)}, {CAUSES[cause].lower()}"
    if data.rows.empty:
        return [f"{where}: no animal died of another cause."] if cause == "competing" else []
    last = [
        (arm, data.rows[data.rows["arm"] == arm].sort_values("time_days").iloc[-1])
        for arm in config.arms
        if (data.rows["arm"] == arm).any()
    ]
    each = "; ".join(f"{config.arm_label(arm)} {incidence_words(row)}" for arm, row in last)
    out = [f"{where}: {each}."]
    tested = data.tests[data.tests["p_value"].notna()]
    if tested.empty:
        return out
    several = len(data.tests) > 1
    column = "p_adjusted" if several else "p_value"
    name = gray_words(tested)
    name += adjustment_words(data.p_adjust) if several else ""
    pairs = "; ".join(
        f"{config.arm_label(str(row['arm']))} vs {config.arm_label(str(row['reference']))} "
        f"{format_p_equation(float(row[column]), config.tables.smallest_p)}"
        for _, row in tested.iterrows()
    )
    return [*out, f"{name}: {pairs}."]
