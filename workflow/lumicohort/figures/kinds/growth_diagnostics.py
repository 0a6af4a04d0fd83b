"""Whether the growth model fits: its residuals and random effects, a row a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.diagnostics import DiagnosticsData
    from lumicohort.figures.layout import Panel

READS = ("growth_diagnostics",)
_COLUMNS = ("kind", "arm", "fitted_log10", "standardised", "normal_quantile")


def page(request: Request) -> Page:
    """Return three panels a model: residuals, random intercepts, random slopes."""
    from lumicohort.figures.compose import fits

    wide = request.width_cm or request.style.widths_cm[-1]
    panels, simulated = _panels(request, len(request.models)), request.config.simulated
    if not request.lettered and not fits(panels, request.style, wide, 3, simulated=simulated):
        panels = _panels(request, 1)
    return Page(panels, layout=(wide, 3))


def _panels(request: Request, named: int) -> list[Panel]:
    """Return the panels; those of the first models name the arms, for the others too."""
    from lumicohort.figures.diagnostics import diagnostics_panel

    asked = request.config.analysis.burden.growth == "mixed_model"
    return [
        diagnostics_panel(
            replace(one, keys=row < named, asked=asked),
            request.looks,
            request.config.model_label(model),
            request.style,
        )
        for row, model in enumerate(request.models)
        for one in _data(request, model)
    ]


def _data(request: Request, model: str) -> list[DiagnosticsData]:
    from lumicohort.figures.diagnostics import DiagnosticsData

    region = request.config.analysis.burden.region
    table = request.tables.of("growth_diagnostics", model, region, _COLUMNS)
    fitted = bool(len(table))
    return [
        DiagnosticsData(table[table["kind"] == "residual"], "residuals", fitted),
        DiagnosticsData(table[table["kind"] == "random_intercept"], "random_intercept", fitted),
        DiagnosticsData(table[table["kind"] == "random_slope"], "random_slope", fitted),
    ]


def caption(request: Request) -> Caption:
    """Say what the dots are and where they lie if the model fits."""
    from lumicohort.figures.words import REGIONS

    config = request.config
    models = " and ".join(config.model_label(model) for model in request.models)
    return Caption(
        f"Fit of the growth model of {models}.",
        [
            f"Mixed model of log10 flux of the region “{REGIONS[config.analysis.burden.region]}”: "
            "standardised residuals against fitted values, one dot an image, and the animals’ "
            "random intercepts and slopes against normal quantiles, one dot an animal. Dotted: "
            "about where the dots lie if the model fits. Residuals that bow away from zero say "
            "that flux did not grow at one rate, as the model takes it: go by the endpoint burden "
            "and the area under the curve then."
        ],
        [_counted(request)],
    )


def _counted(request: Request) -> str:
    """Say how many images and animals of each model the fit is of."""
    from lumicohort.nouns import counted

    parts = []
    for model in request.models:
        images, animals, _ = (len(data.points) for data in _data(request, model))
        if images:
            of = f" of {counted(animals, 'animal')}" * bool(animals)
            parts.append(f"{counted(images, 'image')}{of} ({request.config.model_label(model)})")
    return f"n = {'; '.join(parts)}." if parts else "No fit."
