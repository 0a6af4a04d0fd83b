"""The flow of animals from the sheet to the analyses; a panel a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.flow import FlowData

READS = ("flow", "burden_endpoint")
_BOX_CM, _NARROWEST_BOX_CM = 2.6, 1.8
"""Width of a box at 7 points so that a reason is not broken word by word, and the least."""


def page(request: Request) -> Page:
    """Return a panel a model, wide enough for a column an arm."""
    from lumicohort.figures.compose import fits
    from lumicohort.figures.flow import flow_panel
    from lumicohort.figures.layout import default_layout

    style, models = request.style, request.models
    panels = [
        flow_panel(
            flow_data(request, model), request.looks, request.config.model_label(model), style
        )
        for model in models
    ]
    needed = _BOX_CM * style.base / 7 * max(len(request.looks), 1) + 1
    wide, columns = default_layout(style, len(models), request.width_cm)
    if wide / columns < needed and request.width_cm is None:
        wide = next((w for w in style.widths_cm if w / columns >= needed), style.widths_cm[-1])
    columns = min(columns, max(1, int(wide / needed)))
    # Narrower boxes rather than a page that is too high.
    least = _NARROWEST_BOX_CM * style.base / 7 * max(len(request.looks), 1) + 1
    while (
        not request.lettered
        and columns < len(models)
        and wide / (columns + 1) >= least
        and not fits(panels, style, wide, columns, simulated=request.config.simulated)
    ):
        columns += 1
    return Page(panels, layout=(wide, columns))


def flow_data(request: Request, model: str) -> FlowData:
    """Return a model's stages, and how many animals its endpoint comparison holds."""
    from lumicohort.figures.flow import FlowData
    from lumicohort.figures.texts import STUCK
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
                endpoint.setdefault(str(arm), f"{when}: n{STUCK}={STUCK}{int(n)}")
    return FlowData(request.tables.of("flow", model), endpoint)


def caption(request: Request) -> Caption:
    """Say what the boxes count, and how many animals of each model there are."""
    flow = request.tables.table("flow")
    numbers = []
    for model in request.models:
        rows = flow[(flow["model"] == model) & flow["arm"].isin(list(request.config.arms))]
        counts = rows.groupby("stage")["n"].sum()
        if len(counts):
            burden = (
                f", {int(counts['analysed_burden'])} for burden"
                if "analysed_burden" in counts
                else ""
            )
            numbers.append(
                f"{request.config.model_label(model)}: n = {int(counts.get('inoculated', 0))} "
                f"inoculated, {int(counts.get('analysed_survival', 0))} analysed for survival"
                f"{burden}."
            )
    return Caption(
        f"Flow of animals of {request.models_in_words()}.",
        ["Each box counts animals of the arm; those left out are of the arm's animals in the "
         "sheet, with the reasons."],
        numbers,
    )  # fmt: skip
