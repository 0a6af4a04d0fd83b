"""The flow of animals from the sheet to the analyses; a panel a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.flow import FlowData

READS = ("flow", "burden_endpoint")


def page(request: Request) -> Page:
    """Return a panel a model, wide enough for a column an arm."""
    from lumicohort.figures.flow import flow_panel
    from lumicohort.figures.layout import default_layout

    style, models = request.style, request.models
    panels = [
        flow_panel(
            flow_data(request, model), request.looks, request.config.model_label(model), style
        )
        for model in models
    ]
    # A box needs 2.6 cm at 7 points, so that a reason is not broken word by word.
    needed = 2.6 * style.base / 7 * max(len(request.looks), 1) + 1
    wide, columns = default_layout(style, len(models), request.width_cm)
    if wide / columns < needed and request.width_cm is None:
        wide = next((w for w in style.widths_cm if w / columns >= needed), style.widths_cm[-1])
    return Page(panels, layout=(wide, min(columns, max(1, int(wide / needed)))))


def flow_data(request: Request, model: str) -> FlowData:
    """Return a model's stages, and how many animals its endpoint comparison holds."""
    from lumicohort.figures.flow import FlowData
    from lumicohort.tables.format import format_days
    from lumicohort.tables.sources import primary

    region = request.config.analysis.burden.region
    rows = primary(request.tables.of("burden_endpoint", model, region))
    rows = rows[rows["day"].notna()]
    endpoint: dict[str, str] = {}
    for row in rows.to_dict("records"):
        when = f"endpoint, day {format_days(float(row['day']))}"
        for arm, n in ((row["arm"], row["n"]), (row["reference"], row["n_reference"])):
            if n == n:  # a lone arm has no reference
                endpoint.setdefault(str(arm), f"{when}: n = {int(n)}")
    return FlowData(request.tables.of("flow", model), endpoint)


def caption(request: Request) -> Caption:
    """Say what the boxes count, and how many animals of each model there are."""
    flow = request.tables.table("flow")
    numbers = []
    for model in request.models:
        rows = flow[(flow["model"] == model) & flow["arm"].isin(list(request.config.arms))]
        counts = rows.groupby("stage")["n"].sum()
        if len(counts):
            numbers.append(
                f"{request.config.model_label(model)}: n = {int(counts.get('inoculated', 0))} "
                f"inoculated, {int(counts.get('analysed_survival', 0))} analysed for survival, "
                f"{int(counts.get('analysed_burden', 0))} for burden."
            )
    return Caption(
        f"Flow of animals of {request.models_in_words()}.",
        ["Each box counts animals of the arm; those left out are of the arm's animals in the "
         "sheet, with the reasons."],
        numbers,
    )  # fmt: skip
