"""Cranial against spinal flux on the endpoint day: a dot an animal, a panel a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.regions import RegionsData

READS = ("burden_endpoint", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with the same axes."""
    from lumicohort.figures.regions import regions_panel

    data = [regions_data(request, model) for model in request.models]
    limits = _shared_limits(data)
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


def _shared_limits(data: Sequence[RegionsData]) -> tuple[float, float] | None:
    """Return the limits that the axes of all panels have."""
    from lumicohort.figures.kinds.flux_over_time import shared
    from lumicohort.figures.regions import fitting_limits

    return shared([fitting_limits(one) for one in data if len(one.animals)])


def regions_data(request: Request, model: str) -> RegionsData:
    """Return each animal's cranial and spinal flux on its arm's endpoint day."""
    from lumicohort.figures.cutouts import selection_days
    from lumicohort.figures.regions import RegionsData

    tables, config = request.tables, request.config
    days = selection_days(tables, model, config.analysis.burden.region, list(config.arms))
    parts = {}
    for region in ("cranial", "spinal"):
        flux = tables.flux(region)
        flux = flux[flux["model"] == model]
        rows = flux[flux["on_day"].astype(float) == flux["arm"].map(days)].assign(
            flux=lambda table: table["value_p_s"].astype(float),
            below=lambda table: table["below_lod"].astype(bool),
        )
        parts[region] = rows.rename(
            columns={"flux": f"{region}_p_s", "below": f"{region}_below_lod"}
        )[["arm", "animal_id", "on_day", f"{region}_p_s", f"{region}_below_lod", "lod_p_s"]]
    both = parts["cranial"].merge(
        parts["spinal"].drop(columns=["arm", "lod_p_s"]), on=["animal_id", "on_day"]
    )
    lods = {
        region: float(part["lod_p_s"].astype(float).dropna().median())
        for region, part in parts.items()
    }
    return RegionsData(both.rename(columns={"on_day": "day"}), lods, request.drawing.flux_unit)


def caption(request: Request) -> Caption:
    """Say which flux, which day and how many animals."""
    import pandas as pd

    from lumicohort.figures.captions import counts
    from lumicohort.figures.regions import has_hollow_dots, has_lod_lines
    from lumicohort.figures.words import QUANTITIES

    quantity = QUANTITIES[request.config.analysis.burden.quantity]
    data = [regions_data(request, model) for model in request.models]
    drawn = pd.concat(
        [one.animals.assign(model=model) for one, model in zip(data, request.models, strict=True)]
    )
    limits = _shared_limits(data)
    lines = limits is not None and any(has_lod_lines(one, limits) for one in data)
    limit = " Dotted: median limits of detection." * lines
    equal = " Dashed: equal flux." * bool(len(drawn))
    hollow = " Hollow: animals below the limit of detection of either region." * any(
        has_hollow_dots(one) for one in data
    )
    return Caption(
        f"Cranial against spinal tumour burden of {request.models_in_words()}.",
        [
            f"{quantity} of the cranial and the spinal region on the endpoint day, log scales; a "
            f"dot an animal.{equal}{limit}{hollow}"
        ],
        [counts(request, drawn)],
    )
