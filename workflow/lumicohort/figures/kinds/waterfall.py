"""Waterfall: each animal's change from baseline to the endpoint day, sorted; a panel a model."""

from __future__ import annotations

from lumicohort.figures.kinds.spider import fold_data
from lumicohort.figures.request import Caption, Page, Request

READS = ("burden_animals", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model."""
    from lumicohort.figures.fold_change import waterfall_panel

    return Page(
        [
            waterfall_panel(
                fold_data(request, model),
                request.looks,
                request.config.model_label(model),
                request.style,
            )
            for model in request.models
        ]
    )


def caption(request: Request) -> Caption:
    """Say between which days, and how many animals have both."""
    import pandas as pd

    from lumicohort.figures.captions import counts
    from lumicohort.figures.fold_change import days_in_words
    from lumicohort.figures.words import QUANTITIES, REGIONS

    burden = request.config.analysis.burden
    data = {model: fold_data(request, model).animals for model in request.models}
    drawn = pd.concat(list(data.values()))
    drawn = drawn[drawn["fold_change"].astype(float) > 0]
    days = "; ".join(
        f"{request.config.model_label(model)} {days_in_words(animals).lower()}"
        for model, animals in data.items()
    )
    return Caption(
        f"Change of tumour burden at the endpoint of {request.models_in_words()}.",
        [
            f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}” on the "
            f"endpoint day over that of the first imaging day ({days}), log scale, sorted; a bar "
            "an animal, its arm’s mark below. Animals that lack a value on one of these days are "
            "left out."
        ],
        [counts(request, drawn)],
    )
