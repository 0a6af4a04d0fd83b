"""Whether the growth model fits: its residuals and random effects, a row a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.diagnostics import DiagnosticsData

READS = ("growth_diagnostics",)


def page(request: Request) -> Page:
    """Return three panels a model: residuals, random intercepts, random slopes."""
    from lumicohort.figures.diagnostics import diagnostics_panel

    panels = [
        diagnostics_panel(d, request.looks, request.config.model_label(model), request.style)
        for model in request.models
        for d in _data(request, model)
    ]
    return Page(panels, layout=(request.width_cm or request.style.widths_cm[-1], 3))


def _data(request: Request, model: str) -> list[DiagnosticsData]:
    from lumicohort.figures.diagnostics import DiagnosticsData

    table = request.tables.of("growth_diagnostics", model, request.config.analysis.burden.region)
    return [
        DiagnosticsData(table[table["kind"] == "residual"], "residuals"),
        DiagnosticsData(table[table["kind"] == "random_intercept"], "random_intercept"),
        DiagnosticsData(table[table["kind"] == "random_slope"], "random_slope"),
    ]


def caption(request: Request) -> Caption:
    """Say what the dots are and where they lie if the model fits."""
    config = request.config
    models = " and ".join(config.model_label(model) for model in request.models)
    return Caption(
        f"Fit of the growth model of {models}.",
        [
            f"Mixed model of log10 flux of the region “{config.analysis.burden.region}”: "
            "standardised residuals against fitted values, one dot an image, and the animals’ "
            "random intercepts and slopes against normal quantiles, one dot an animal. Dotted: "
            "about where the dots lie if the model fits."
        ],
    )
