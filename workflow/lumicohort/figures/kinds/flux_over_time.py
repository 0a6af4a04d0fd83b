"""Flux over time: every animal and the arms' means, a panel a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.flux import FluxData

READS = ("burden_days", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one flux axis and one time axis."""
    from lumicohort.figures.captions import below_lod_note
    from lumicohort.figures.flux import flux_panel, has_hollow_means

    data = [flux_data(request, model) for model in request.models]
    limits = _limits(request, data)
    days = sorted({float(day) for d in data for day in d.days["day"]})
    data = [replace(d, limits=limits, all_days=days) for d in data]
    panels = [
        flux_panel(d, request.looks, request.config.model_label(m), request.style)
        for d, m in zip(data, request.models, strict=True)
    ]
    notes = []
    if any(has_hollow_means(d, request.looks) for d in data):
        notes.append("Hollow means: after the arm’s first death, survivors only.")
    if any(bool(d.flux["below_lod"].any()) for d in data):
        notes.append(below_lod_note(request.config))
    return Page(panels, notes)


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
    from lumicohort.figures.flux import FluxData
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
    from lumicohort.figures.flux import has_hollow_means
    from lumicohort.figures.words import QUANTITIES, REGIONS

    burden, tables = request.config.analysis.burden, request.tables
    flux = tables.flux(burden.region)
    text = [
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”, log scale. "
        "Thin lines: animals. "
        + mean_sentence(request.drawing.mean, "Bold lines", request.drawing.bands),
        "Below each panel: animals imaged on the days that the axis names.",
    ]
    data = [flux_data(request, model) for model in request.models]
    if any(has_hollow_means(d, request.looks) for d in data):
        text.append(
            "Hollow means: after the first death in the arm, of the survivors only; where the "
            "animals with more tumour die first, these means are biased downwards."
        )
    drawn = flux[flux["model"].isin(request.models) & flux["arm"].isin(list(request.config.arms))]
    if (drawn["day"].astype(float) != drawn["on_day"].astype(float)).any():
        text.append(
            "Means and numbers stand on the scheduled day that an image counts for, thin lines on "
            "the days of imaging."
        )
    limits = _limits(request, data)
    text += lod_sentences(request.config, drawn, [(d.flux, limits) for d in data])
    title = f"Bioluminescence over time of {request.models_in_words()}."
    return Caption(title, text, [counts(request, flux)])
