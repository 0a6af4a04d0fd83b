"""Body weights over time, with the loss that ends an animal's study; a panel a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.weights import WeightData

READS = ("events",)
SETTINGS = ("schedule.weight_loss_percent",)


def page(request: Request) -> Page:
    """Return a panel a model, all with the same axes."""
    import pandas as pd

    from lumicohort.figures.weights import weights_panel

    data = [weight_data(request, model) for model in request.models]
    shared = pd.concat([one.weights for one in data])
    return Page(
        [
            weights_panel(
                replace(one, shared=shared),
                request.looks,
                request.config.model_label(model),
                request.style,
            )
            for one, model in zip(data, request.models, strict=True)
        ]
    )


def weight_data(request: Request, model: str) -> WeightData:
    """Return the changes of weight of a model's animals that are under study."""
    from lumicohort.figures.time_axis import time_axis
    from lumicohort.figures.weights import WeightData, weight_changes

    events = request.tables.events
    mine = events[(events["model"] == model) & events["included"]]
    mine = mine[mine["arm"].isin([look.arm for look in request.looks])]
    return WeightData(
        weight_changes(mine),
        request.config.schedule.weight_loss_percent,
        request.drawing.bands,
        time_axis(request.drawing),
    )


def caption(request: Request) -> Caption:
    """Say what the change is of, which mean and error bar, and who passed the limit."""
    import pandas as pd

    from lumicohort.figures.captions import counts
    from lumicohort.figures.means import FEWEST
    from lumicohort.figures.weights import days_of_loss, weight_means

    data = [weight_data(request, model) for model in request.models]
    drawn = pd.concat([one.weights for one in data])
    limit = request.config.schedule.weight_loss_percent
    bars = " ± standard error of the mean" if request.drawing.bands else ""
    averaged = any(
        len(weight_means(one.weights, look.arm)) for one in data for look in request.looks
    )
    means = (
        f"Bold lines: arithmetic means{bars} of the animals alive, "
        f"on days on which {FEWEST} or more of the arm were weighed; the weight of the others is "
        "interpolated between their weighings. "
        if averaged
        else f"No means: on no day were {FEWEST} or more animals of an arm weighed. "
    )
    text = [
        "Change of body weight from inoculation, or from the first weighing where none was made "
        f"by then. Thin lines: animals. {means}Dashed: loss of {limit:g}%, a humane endpoint."
    ]
    passed = len(days_of_loss(drawn, limit))
    if len(drawn):
        text.append(f"{passed or 'No'} animal{'s' * (passed != 1)} lost more.")
    title = f"Body weight of {request.models_in_words()}."
    return Caption(title, text, [counts(request, drawn)])
