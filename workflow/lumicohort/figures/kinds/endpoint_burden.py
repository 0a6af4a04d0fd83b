"""Tumour burden on the endpoint day: a dot an animal, a panel a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.kinds.flux_over_time import shared
from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.comparison import EndpointData

READS = ("burden_endpoint", "burden_days", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one flux axis."""
    from lumicohort.figures.captions import below_lod_note
    from lumicohort.figures.endpoint import endpoint_panel, has_hollow_dots

    data = [endpoint_data(request, model) for model in request.models]
    limits = _limits(request, data)
    data = [replace(d, limits=limits) for d in data]
    panels = [
        endpoint_panel(d, request.looks, request.config.model_label(m), request.style)
        for d, m in zip(data, request.models, strict=True)
    ]
    below = any(has_hollow_dots(d, request.looks) for d in data)
    return Page(panels, [below_lod_note(request.config)] if below else [])


def _limits(request: Request, data: Sequence[EndpointData]) -> tuple[float, float] | None:
    """Return the limits of the flux axis, the same in every panel."""
    from lumicohort.figures.endpoint import fitting_limits

    return shared([d.limits or fitting_limits(d, request.looks) for d in data if len(d.flux)])


def endpoint_data(request: Request, model: str) -> EndpointData:
    """Return what a model's panel draws."""
    from lumicohort.figures.comparison import EndpointData
    from lumicohort.tables.sources import printed_test

    config, tables = request.config, request.tables
    burden = config.analysis.burden
    flux = tables.flux(burden.region)
    comparisons = tables.of("burden_endpoint", model, burden.region)
    return EndpointData(
        flux=flux[flux["model"] == model],
        comparisons=printed_test(comparisons, request.drawing.test),
        days=tables.of("burden_days", model, burden.region),
        region=burden.region,
        quantity=burden.quantity,
        mean=request.drawing.mean,
        limits=request.drawing.flux_limits_p_s,
        smallest_p=config.tables.smallest_p,
        p_adjust=burden.p_adjust,
        unit=request.drawing.flux_unit,
        absent=tables.absent_arms(model),
    )


def caption(request: Request) -> Caption:
    """Say the day and how it was chosen, how many animals, which mean, and the tests."""
    from lumicohort.figures.captions import (
        listed,
        lod_sentences,
        mean_sentence,
        number_of,
        tests_in_words,
    )
    from lumicohort.figures.comparison import compared, endpoint_columns, is_adjusted, rows_on_day
    from lumicohort.figures.words import QUANTITIES, REGIONS
    from lumicohort.tables.format import format_days
    from lumicohort.tables.sources import primary

    config = request.config
    burden = config.analysis.burden
    counts, tests, shown = [], [], []
    panels = [endpoint_data(request, model) for model in request.models]
    for model, data in zip(request.models, panels, strict=True):
        parts = []
        for column in endpoint_columns(data, request.looks):
            arm = data.flux[data.flux["arm"] == column.look.arm]
            rows = rows_on_day(arm, column.day)
            shown.append(rows)
            of = number_of(len(compared(rows)), column.look.label)
            parts.append(f"{of} on day {format_days(column.day)}")
        if parts:
            counts.append(f"{listed(parts)} ({config.model_label(model)})")
        comparisons = primary(data.comparisons)
        comparisons = comparisons[comparisons["arm"].isin(set(config.arms) - data.absent)]
        adjusted = is_adjusted(data.comparisons)
        tests += tests_in_words(config, model, comparisons, burden.p_adjust, adjusted)
        tests += _rules(comparisons)
    text = [
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”, log scale; each "
        "dot is an animal. " + mean_sentence(request.drawing.mean, "Bars"),
    ]
    if shown:
        import pandas as pd

        limits = _limits(request, panels)
        below, left_out = "hollow dots", "n, means and tests"
        lines = [(d.flux, limits) for d in panels]
        text += lod_sentences(config, pd.concat(shown), lines, below, left_out)
    return Caption(
        f"Tumour burden at the endpoint of {request.models_in_words()}.",
        text,
        [f"n = {'; '.join(counts)}." if counts else "No values."],
        tests,
    )


def _rules(comparisons: pd.DataFrame) -> list[str]:
    """Say how the endpoint day was chosen, and what the statistics warn of."""
    from lumicohort.figures.words import capital

    if comparisons.empty or "day_rule" not in comparisons.columns:
        return []
    rules = dict.fromkeys(str(r) for r in comparisons["day_rule"] if str(r) not in ("", "nan"))
    out = [capital(rule) + "." for rule in rules]
    if "note" in comparisons.columns:
        notes = dict.fromkeys(
            note for note in comparisons["note"].astype(str) if note not in ("", "nan", "NA")
        )
        out += [capital(note) + "." for note in notes]
    return out
