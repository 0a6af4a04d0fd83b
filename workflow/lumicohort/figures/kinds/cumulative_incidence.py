"""Competing risks: cumulative incidence of the event and of other deaths, two panels a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.cumulative_incidence import Cause, IncidenceData
    from lumicohort.figures.layout import Panel
    from lumicohort.figures.style import Style

READS = ("cumulative_incidence", "competing_tests", "survival")


def page(request: Request) -> Page:
    """Return two panels a model, the event's and that of other deaths, all with one time axis.

    Where no animal at all died of another cause, one panel says so.
    """
    from lumicohort.figures.compose import fits

    if not _any(request):
        words = "No animal died of another cause: see the survival curves."
        return Page([_saying(words, request.style)])
    page = _page(request, short=False)
    if request.lettered:  # a composite sees to its own height
        return page
    wide, columns = page.layout or (0.0, 0)
    simulated = request.config.simulated
    if fits(page.panels, request.style, wide, columns, notes=page.notes, simulated=simulated):
        return page
    return _page(request, short=True)


def _any(request: Request) -> bool:
    """Tell whether an animal of any model died of another cause."""
    tables = [request.tables.of("cumulative_incidence", model) for model in request.models]
    return any(bool(table["arm"].isin(list(request.config.arms)).any()) for table in tables)


def _saying(words: str, style: Style) -> Panel:
    from lumicohort.figures.layout import Panel, Room
    from lumicohort.figures.texts import say

    return Panel(4.0, 4.0, lambda wide: Room(4.0, 60.0, 4.0), lambda ax: say(ax, words, style))


def _page(request: Request, short: bool) -> Page:
    """Return the page, in short where a page with all else would be too high."""
    from lumicohort.figures.cumulative_incidence import CAUSES, incidence_panel, last_day

    data = [(model, incidence_data(request, model, c)) for model in request.models for c in CAUSES]
    last, died = last_day([d.rows for _, d in data])
    panels = [
        incidence_panel(
            replace(d, last_day=last or None, last_died=died, short=short),
            request.looks,
            request.config.model_label(model),
            request.style,
        )
        for model, d in data
    ]
    notes = ["Ticks on the curves: censored."]
    if request.drawing.bands:
        notes.insert(0, "Bands: pointwise 95% CI (log-log).")
    if short:
        notes.append("Percentages: incidence on the arm’s last day (95% CI, log-log).")
    else:
        notes.append("Deaths are counted before the day.")
    widths = request.style.widths_cm
    many = len(request.models) > 3 or len(request.looks) > 3
    wide = request.width_cm or widths[2 if many else 1]
    # Two models a row where the page is wide, and many models or arms would make it too high.
    return Page(panels, [" ".join(notes)], layout=(wide, 4 if many and wide >= widths[2] else 2))


def incidence_data(request: Request, model: str, cause: Cause) -> IncidenceData:
    """Return what the panel of a cause draws; its tests are those of the printed strata."""
    from lumicohort.figures.comparison import is_adjusted
    from lumicohort.figures.cumulative_incidence import IncidenceData
    from lumicohort.figures.time_axis import time_axis

    config, tables = request.config, request.tables
    rows = tables.of("cumulative_incidence", model)
    tests = tables.of("competing_tests", model)
    tests = tests[(tests["cause"] == cause) & (tests["comparison"] == "pair")]
    of_several = is_adjusted(tests)
    tests = tests[tests["arm"].isin(list(config.arms)) & tests["reference"].isin(list(config.arms))]
    strata = tests["stratified_by"].fillna("").astype(str)
    tests = tests[strata == (strata.iloc[-1] if len(strata) else "")]
    return IncidenceData(
        rows=rows[rows["cause"] == cause],
        tests=tests,
        of_several=of_several,
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

    if not _any(request):
        return Caption(
            f"Cumulative incidence: not drawn. No animal of {_names(request)} died of another "
            "cause, so that it is what survival leaves of 100%."
        )
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
            + _below(page(request))
        ],
        [counts(request, survival[survival["included"]])],
        numbers,
    )


def _names(request: Request) -> str:
    return " and ".join(request.config.model_label(model) for model in request.models)


def _below(drawn: Page) -> str:
    """Say what stands below the panels."""
    if any("Percentages" in note for note in drawn.notes):
        return "Below each panel: animals at risk on that day."
    return (
        "Below each panel: animals at risk on that day, and dead of the cause or (in brackets) "
        "otherwise before it."
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
    column = "p_adjusted" if data.adjusted else "p_value"
    name = gray_words(tested)
    name += adjustment_words(data.p_adjust) if data.adjusted else ""
    pairs = "; ".join(
        f"{config.arm_label(str(row['arm']))} vs {config.arm_label(str(row['reference']))} "
        f"{format_p_equation(float(row[column]), config.tables.smallest_p)}"
        for _, row in tested.iterrows()
    )
    return [*out, f"{name}: {pairs}."]
