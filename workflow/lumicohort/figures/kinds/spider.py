"""Spider plot: each animal's burden over its baseline, over time; a panel a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.fold_change import FoldData

READS = ("burden_animals", "flux", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one axis of fold change and one time axis."""
    import pandas as pd

    from lumicohort.figures.fold_change import fold_range, followed, spider_panel
    from lumicohort.figures.time_axis import time_axis

    data = [fold_data(request, model) for model in request.models]
    drawn = pd.concat([followed(one) for one in data])
    drawn = drawn[drawn["arm"].isin(list(request.config.arms))]
    shared, last = fold_range(drawn["fold"]), float(drawn["day"].max()) if len(drawn) else None
    return Page(
        [
            spider_panel(
                replace(one, fold_range=shared, last_day=last),
                request.looks,
                request.config.model_label(model),
                request.style,
                time_axis(request.drawing),
            )
            for one, model in zip(data, request.models, strict=True)
        ]
    )


def fold_data(request: Request, model: str) -> FoldData:
    """Return each animal's flux over its baseline, from the baseline's day on."""
    from lumicohort.figures.fold_change import FoldData

    tables, region = request.tables, request.config.analysis.burden.region
    animals = tables.of("burden_animals", model, region)
    flux = tables.flux(region)
    flux = flux[flux["model"] == model]
    base = animals.set_index("animal_id")[["baseline_day", "baseline_p_s"]].astype(float)
    flux = flux.join(base, on="animal_id")
    flux = flux[flux["day"] >= flux["baseline_day"]]
    survival = tables.survival
    died = set(survival.loc[survival["died"] & survival["included"], "animal_id"])
    return FoldData(
        flux.assign(
            fold=flux["value_p_s"].astype(float) / flux["baseline_p_s"],
            died=flux["animal_id"].isin(died),
        ),
        animals,
    )


def caption(request: Request) -> Caption:
    """Say what the baseline is, and how many animals have one."""
    from lumicohort.figures.captions import below_lod_sentence, counts
    from lumicohort.figures.fold_change import followed
    from lumicohort.figures.words import QUANTITIES, REGIONS

    burden = request.config.analysis.burden
    import pandas as pd

    drawn = pd.concat([followed(fold_data(request, model)) for model in request.models])
    drawn = drawn[drawn["arm"].isin(list(request.config.arms))]
    return Caption(
        f"Change of tumour burden from baseline of {request.models_in_words()}.",
        [
            f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}” over that of "
            "the first imaging day, log scale; a line an animal. Crosses: the last image before "
            "an animal's death; other marks: it left the study alive, or is still under study.",
            *below_lod_sentence(
                request.config,
                int(drawn["below_lod"].sum()),
                len(drawn),
                "Hollow marks: these values; a line that starts with one rests on it.",
            ),
        ],
        [counts(request, drawn)],
    )
