"""Spider plot: each animal's burden over its baseline, over time; a panel a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.fold_change import FoldData

READS = ("burden_animals", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model."""
    from lumicohort.figures.fold_change import spider_panel
    from lumicohort.figures.time_axis import time_axis

    return Page(
        [
            spider_panel(
                fold_data(request, model),
                request.looks,
                request.config.model_label(model),
                request.style,
                time_axis(request.drawing),
            )
            for model in request.models
        ]
    )


def fold_data(request: Request, model: str) -> FoldData:
    """Return each animal's flux over its baseline, from the baseline's day on."""
    from lumicohort.figures.fold_change import FoldData

    tables, region = request.tables, request.config.analysis.burden.region
    animals = tables.of("burden_animals", model, region)
    flux = tables.flux
    flux = flux[(flux["model"] == model) & (flux["region"] == region)]
    base = animals.set_index("animal_id")[["baseline_day", "baseline_p_s"]].astype(float)
    flux = flux.join(base, on="animal_id")
    flux = flux[flux["day"] >= flux["baseline_day"]]
    survival = tables.survival
    died = set(survival.loc[survival["event"] & survival["included"], "animal_id"])
    return FoldData(
        flux.assign(
            fold=flux["value_p_s"].astype(float) / flux["baseline_p_s"],
            died=flux["animal_id"].isin(died),
        ),
        animals,
    )


def caption(request: Request) -> Caption:
    """Say what the baseline is, and how many animals have one."""
    from lumicohort.figures.captions import counts
    from lumicohort.figures.words import QUANTITIES, REGIONS

    burden = request.config.analysis.burden
    import pandas as pd

    drawn = pd.concat([fold_data(request, model).flux for model in request.models])
    drawn = drawn[drawn["fold"] > 0]
    return Caption(
        f"Change of tumour burden from baseline of {request.models_in_words()}.",
        [
            f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}” over that of "
            "the first imaging day, log scale; a line an animal. Crosses: the animal died before "
            "the next image; other marks: it left the study alive, or is still under study."
        ],
        [counts(request, drawn)],
    )
