"""Waterfall: each animal's change from baseline to the endpoint day, sorted; a panel a model."""

from __future__ import annotations

from dataclasses import replace

from lumicohort.figures.kinds.spider import fold_data
from lumicohort.figures.request import Caption, Page, Request

READS = ("burden_animals", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one axis of fold change."""
    import pandas as pd

    from lumicohort.figures.fold_change import fold_range, waterfall_panel

    data = [fold_data(request, model) for model in request.models]
    drawn = pd.concat([one.animals for one in data])
    fold = drawn.loc[drawn["arm"].isin(list(request.config.arms)), "fold_change"].astype(float)
    shared = fold_range(fold[fold > 0])
    return Page(
        [
            waterfall_panel(
                replace(one, fold_range=shared),
                request.looks,
                request.config.model_label(model),
                request.style,
            )
            for one, model in zip(data, request.models, strict=True)
        ]
    )


def caption(request: Request) -> Caption:
    """Say between which days, and how many animals have both."""
    import pandas as pd

    from lumicohort.figures.captions import below_lod_sentence, counts
    from lumicohort.figures.data import is_true
    from lumicohort.figures.fold_change import days_in_words
    from lumicohort.figures.words import QUANTITIES, REGIONS
    from lumicohort.nouns import counted

    burden = request.config.analysis.burden
    data = {model: fold_data(request, model).animals for model in request.models}
    drawn = pd.concat(list(data.values()))
    drawn = drawn[drawn["fold_change"].astype(float) > 0]
    drawn = drawn[drawn["arm"].isin(list(request.config.arms))]
    ends = drawn[["baseline_below_lod", "endpoint_below_lod"]].map(is_true)
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
            "left out.",
            *below_lod_sentence(
                request.config,
                int(ends.to_numpy().sum()),
                ends.size,
                f"Hollow marks: the {counted(int(ends.any(axis=1).sum()), 'animal')} whose change "
                "rests on such a value.",
            ),
        ],
        [counts(request, drawn)],
    )
