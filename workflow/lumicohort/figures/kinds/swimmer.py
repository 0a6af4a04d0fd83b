"""Swimmer plots: each animal's treatments, images, weight and end; a panel a model."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request
from lumicohort.figures.style import POINTS_PER_CM
from lumicohort.nouns import counted

if TYPE_CHECKING:
    from lumicohort.figures.swimmer import SwimmerData

READS = ("events", "flux", "survival")
SETTINGS = ("schedule.weight_loss_percent", "analysis.survival.entry")


def page(request: Request) -> Page:
    """Return a panel a model, all with one time axis."""
    import pandas as pd

    from lumicohort.figures.layout import default_layout
    from lumicohort.figures.swimmer import in_order, swimmer_panel

    style = request.style
    layout = default_layout(style, len(request.models), request.width_cm)
    rows = -(-len(request.models) // layout[1])
    arms = len(request.looks)
    most = style.height_cm * POINTS_PER_CM / rows - (12 + 3 * arms) * style.base
    data = [swimmer_data(request, model) for model in request.models]
    last = pd.concat([in_order(one, request.looks)["last_day"] for one in data]).max()
    panels = [
        swimmer_panel(
            replace(one, last_day=None if math.isnan(last) else float(last)),
            request.looks,
            request.config.model_label(model),
            style,
            most,
        )
        for one, model in zip(data, request.models, strict=True)
    ]
    return Page(panels, layout=layout)


def swimmer_data(request: Request, model: str) -> SwimmerData:
    """Return each animal's last day and end, its treatments, images and weights."""
    import pandas as pd

    from lumicohort.figures.swimmer import SwimmerData
    from lumicohort.figures.time_axis import time_axis
    from lumicohort.figures.weights import days_of_loss, weight_changes

    tables = request.tables
    survival = tables.survival[tables.survival["model"] == model]
    survival = survival[survival["time_days"].notna()]
    ended = survival["event"].map({True: "died", False: "censored"})
    ended = ended.mask(survival["died"] & ~survival["event"], "died_otherwise")
    entered = request.config.analysis.survival.entry
    first = survival[entered] if entered in survival else pd.Series(0.0, survival.index)
    animals = survival[["animal_id", "arm"]].assign(
        first_day=pd.to_numeric(first, errors="coerce").fillna(0.0).clip(lower=0.0),
        last_day=survival["time_days"].astype(float),
        ended=ended.where(survival["included"], "left_out"),
    )
    events = tables.events
    treated = events.loc[events["what"] == "treated", ["animal_id", "day", "what"]]
    images = tables.imaged_days.assign(what="imaged")
    limit = request.config.schedule.weight_loss_percent
    weights = weight_changes(events[events["animal_id"].isin(animals["animal_id"])])
    lost = days_of_loss(weights, limit)[["animal_id", "day"]].assign(what="lost")
    marks = pd.concat([part for part in (treated, images, lost) if len(part)] or [treated])
    return SwimmerData(
        animals,
        marks[marks["animal_id"].isin(animals["animal_id"])],
        bool(len(treated)),
        weights,
        limit,
        time_axis(request.drawing),
    )


def caption(request: Request) -> Caption:
    """Say what bars and marks are, and count the ends."""
    import pandas as pd

    from lumicohort.figures.captions import counts
    from lumicohort.figures.swimmer import AT_LIMIT

    data = {model: swimmer_data(request, model) for model in request.models}
    drawn = pd.concat([one.animals.assign(model=model) for model, one in data.items()])
    drawn = drawn[drawn["arm"].isin(list(request.config.arms))]
    shown = set(drawn["animal_id"])
    ends = drawn["ended"].value_counts()
    died, other, out = (int(ends.get(k, 0)) for k in ("died", "died_otherwise", "left_out"))
    censored = len(drawn) - died - other - out
    late = int((drawn["first_day"] > 0).sum())
    text = [
        "A bar an animal, from inoculation to its death or the last day on which it is known to "
        "have lived, the longest first in each arm."
        + (
            f" {counted(late, 'animal')} came under observation later, where a thin line ends."
            if late
            else ""
        ),
        f"{counted(died, 'animal')} died of what counts as the event, "
        + (f"{other} of another cause, " if other else "")
        + f"{censored} {'was' if censored == 1 else 'were'} censored"
        + (f", {out} {'was' if out == 1 else 'were'} left out of the analysis." if out else "."),
    ]
    if any(len(one.weights) for one in data.values()):
        limit = request.config.schedule.weight_loss_percent
        lost = sum(
            int(one.marks.loc[one.marks["what"] == "lost", "animal_id"].isin(shown).sum())
            for one in data.values()
        )
        text.append(
            "The height of a bar is the animal's body weight: full at the last weighing up to "
            "inoculation (the first after it where there is none), "
            f"{AT_LIMIT:.0%} of that at a loss of {limit:g}%. {lost or 'No'} "
            f"animal{'s' * (lost != 1)} lost more."
        )
    title = f"Course of every animal of {request.models_in_words()}."
    return Caption(title, text, [counts(request, drawn)])
