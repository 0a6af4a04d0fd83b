"""Flux over time: every animal and the arms' means, a panel a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.flux_days import FluxData

READS = ("burden_days", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one flux axis and one time axis."""
    from lumicohort.figures.captions import below_lod_note
    from lumicohort.figures.flux import bars_go_on, flux_panel
    from lumicohort.figures.flux_days import mean_marks

    data = _panels(request)
    panels = [
        flux_panel(d, request.looks, request.config.model_label(m), request.style)
        for d, m in zip(data, request.models, strict=True)
    ]
    marks = {mark for d in data for mark in mean_marks(d, request.looks)}
    notes = []
    if ("half", True) in marks:
        notes.append("Half-filled means: after the arm’s first death, survivors only.")
    if any(bars_go_on(d, request.looks) for d in data):
        notes.append("Arrows: error bars that go on beyond the axis.")
    if any(bool(d.flux["below_lod"].any()) for d in data):
        note = below_lod_note(request.config)
        if any(mark == "hollow" for mark, _ in marks):
            also = " (some after its first death, too)" * (("hollow", True) in marks)
            note += f" Hollow means: all the arm’s animals of that day are{also}."
        notes.append(note)
    return Page(panels, notes)


def _panels(request: Request) -> list[FluxData]:
    """Return what the panels draw, all with one flux axis and one time axis."""
    data = [flux_data(request, model) for model in request.models]
    days = sorted({float(day) for d in data for day in d.days["day"]})
    return [replace(d, limits=_limits(request, data), all_days=days) for d in data]


def _limits(request: Request, data: Sequence[FluxData]) -> tuple[float, float] | None:
    """Return the limits of the flux axis, the same in every panel."""
    from lumicohort.figures.flux import fitting_limits

    return shared([d.limits or fitting_limits(d, request.looks) for d in data if len(d.flux)])


def shared(limits: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return limits that hold all others, so that the panels of a figure share one axis."""
    if not limits:
        return None
    return min(low for low, _ in limits), max(high for _, high in limits)


def flux_data(request: Request, model: str) -> FluxData:
    """Return what a model's panel draws."""
    from lumicohort.figures.flux_days import FluxData
    from lumicohort.figures.time_axis import time_axis

    tables = request.tables
    burden = request.config.analysis.burden
    flux = tables.flux(burden.region)
    return FluxData(
        flux=flux[flux["model"] == model],
        days=tables.of("burden_days", model, burden.region),
        first_death=tables.first_deaths(model),
        region=burden.region,
        quantity=burden.quantity,
        mean=request.drawing.mean,
        limits=request.drawing.flux_limits_p_s,
        bars=request.drawing.bands,
        unit=request.drawing.flux_unit,
        time=time_axis(request.drawing),
    )


def caption(request: Request) -> Caption:
    """Say which flux, which mean and error bar, how many animals, and what survivors mean."""
    from lumicohort.figures.captions import counts, lod_sentences, mean_sentence
    from lumicohort.figures.flux import bars_go_on
    from lumicohort.figures.flux_days import mean_marks
    from lumicohort.figures.words import QUANTITIES, REGIONS

    burden, tables = request.config.analysis.burden, request.tables
    flux = tables.flux(burden.region)
    text = [
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”, log scale. "
        "Thin lines: animals. "
        + mean_sentence(request.drawing.mean, "Bold lines", request.drawing.bands),
        *_numbers(request),
    ]
    data = _panels(request)
    marks = {mark for d in data for mark in mean_marks(d, request.looks)}
    if any(survivors for _, survivors in marks):
        half = "Half-filled means: " if ("half", True) in marks else "Means "
        text.append(
            f"{half}after the first death in the arm, of the survivors only; where the "
            "animals with more tumour die first, these means are biased downwards."
        )
    if any(bars_go_on(d, request.looks) for d in data):
        text.append("Arrows: error bars that go on beyond the axis.")
    drawn = flux[flux["model"].isin(request.models) & flux["arm"].isin(list(request.config.arms))]
    if (drawn["day"].astype(float) != drawn["on_day"].astype(float)).any():
        text.append(
            "Means and numbers stand on the scheduled day that an image counts for, thin lines on "
            "the days of imaging."
        )
    text += lod_sentences(
        request.config,
        drawn,
        [(d.flux, d.limits) for d in data],
        "small hollow marks on the thin lines",
    )
    if any(mark == "hollow" for mark, _ in marks):
        after = " (after a first death, too)" * (("hollow", True) in marks)
        text.append(
            f"Large hollow marks: means of animals that all lie below it on that day{after}."
        )
    title = f"Bioluminescence over time of {request.models_in_words()}."
    return Caption(title, text, [counts(request, flux)])


_FEW = 24
"""Numbers of animals that a caption tells for days that the axis has no room for."""


def _numbers(request: Request) -> list[str]:
    """Say of which days the numbers of animals stand below the panels, and those of the others."""
    from lumicohort.figures.captions import listed, number_of
    from lumicohort.figures.flux_days import any_below, arms_of, named_days, numbers_of
    from lumicohort.tables.format import format_days

    config, looks = request.config, request.looks
    parts: list[str] = []
    told, below = 0, False
    for model, data, room in zip(
        request.models, _panels(request), request.axes_widths, strict=True
    ):
        _, unnamed = named_days(data, looks, room, request.style)
        arms = arms_of(data, looks)
        below |= any_below(data, arms)
        numbers = numbers_of(data, arms)
        days = []
        for day in unnamed if arms else []:
            each = [number_of(numbers[look.arm].get(day, "0"), look.label) for look in arms]
            days.append(f"day {format_days(day)}, {listed(each)}")
            told += len(each)
        if days:
            of = f"{config.model_label(model)}: " if len(request.models) > 1 else ""
            parts.append(of + "; ".join(days))
    if not parts:
        return ["Below each panel: animals imaged on each day."]
    start = "Below each panel: animals imaged on the days that the axis names"
    if told > _FEW:
        return [f"{start}; those of the other days stand in statistics/burden_days.csv."]
    brackets = " (in brackets: below the limit of detection)" * below
    return [f"{start}. On the others{brackets}: {'. '.join(parts)}."]
