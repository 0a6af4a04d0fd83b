"""Cranial against spinal flux on the endpoint day: a dot an animal, a panel a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.regions import RegionsData

READS = ("burden_endpoint", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with the same axes."""
    from lumicohort.figures.kinds.flux_over_time import shared
    from lumicohort.figures.regions import fitting_limits, regions_panel

    data = [regions_data(request, model) for model in request.models]
    limits = shared([fitting_limits(one) for one in data if len(one.animals)])
    return Page(
        [
            regions_panel(
                replace(one, limits=limits),
                request.looks,
                request.config.model_label(model),
                request.style,
            )
            for one, model in zip(data, request.models, strict=True)
        ]
    )


def regions_data(request: Request, model: str) -> RegionsData:
    """Return each animal's cranial and spinal flux on its arm's endpoint day."""
    from lumicohort.figures.cutouts import selection_days
    from lumicohort.figures.regions import RegionsData

    tables, config = request.tables, request.config
    days = selection_days(tables, model, config.analysis.burden.region, list(config.arms))
    flux = tables.flux[tables.flux["model"] == model]
    flux = flux[flux["on_day"].astype(float) == flux["arm"].map(days)]
    parts = {}
    for region in ("cranial", "spinal"):
        rows = flux[flux["region"] == region].assign(
            flux=lambda table: table["value_p_s"].astype(float),
            below=lambda table: table["below_lod"].astype(bool),
        )
        parts[region] = rows.rename(
            columns={"flux": f"{region}_p_s", "below": f"{region}_below_lod"}
        )[["arm", "animal_id", "on_day", f"{region}_p_s", f"{region}_below_lod", "lod_p_s"]]
    both = parts["cranial"].merge(
        parts["spinal"].drop(columns=["arm", "lod_p_s"]), on=["animal_id", "on_day"]
    )
    lods = {region: float(part["lod_p_s"].astype(float).median()) for region, part in parts.items()}
    return RegionsData(both.rename(columns={"on_day": "day"}), lods, request.drawing.flux_unit)


def caption(request: Request) -> Caption:
    """Say which flux, which day and how many animals."""
    import pandas as pd

    from lumicohort.figures.captions import counts
    from lumicohort.figures.words import QUANTITIES

    quantity = QUANTITIES[request.config.analysis.burden.quantity]
    drawn = pd.concat(
        [regions_data(request, model).animals.assign(model=model) for model in request.models]
    )
    return Caption(
        f"Cranial against spinal tumour burden of {request.models_in_words()}.",
        [
            f"{quantity} of the cranial and the spinal region on the endpoint day, log scales; a "
            "dot an animal. Dashed: equal flux. Dotted: median limits of detection; animals below "
            "either are hollow."
        ],
        [counts(request, drawn)],
    )
