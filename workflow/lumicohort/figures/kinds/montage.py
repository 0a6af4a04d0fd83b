"""The montage: photographs under radiance, days by animals, a panel a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request
from lumicohort.figures.style import POINTS_PER_CM

if TYPE_CHECKING:
    from lumicohort.figures.cells import MontageData

READS = ("burden_endpoint", "flux", "survival", "previews")


def page(request: Request) -> Page:
    """Return a panel a model; all share one colour scale and one magnification."""
    from lumicohort.figures.montage import montage_layout, montage_panel
    from lumicohort.figures.scale import colour_bar, common_scale

    style, drawing = request.style, request.drawing
    data = _gather(request)
    pictures = [picture for d in data.values() for picture in d.pictures.values()]
    scale = common_scale(pictures, drawing.scale, drawing.colour_map, drawing.radiance_limits)
    layout = montage_layout(list(data.values()), style, request.width_cm)
    rows = -(-len(request.models) // layout[1])
    most = (style.height_cm * POINTS_PER_CM - 12 * style.base) / rows - 8 * style.base
    panels = [
        montage_panel(
            data[model], request.looks, request.config.model_label(model), style, scale, most
        )
        for model in request.models
    ]
    strip = colour_bar(scale, style) if pictures else None
    return Page(panels, [_rule(request, data)], strip, layout)


def _gather(request: Request) -> dict[str, MontageData]:
    from lumicohort.figures.cutouts import gather

    def make() -> dict[str, MontageData]:
        return gather(
            request.config, request.drawing, request.models, request.tables, request.results
        )

    arms = tuple(request.config.arms)
    return request.tables.once(("montage", request.drawing.model_dump_json(), arms), make)


def caption(request: Request) -> Caption:
    """Say the rule that chose the animals, the colour scale, and which animals are shown."""
    from lumicohort.figures.scale import common_scale

    config, drawing = request.config, request.drawing
    data = _gather(request)
    pictures = [picture for d in data.values() for picture in d.pictures.values()]
    text = [_rule(request, data)]
    if pictures:
        scale = common_scale(pictures, drawing.scale, drawing.colour_map, drawing.radiance_limits)
        text.append(
            f"Radiance in colour over the photograph in grey; one colour scale for all pictures "
            f"({scale.words()}); radiance below it is not coloured. What lies nearer to a "
            "neighbouring animal is faded and not coloured. All pictures have one magnification. "
            "Empty cells: the animal had died or left the study, or has no image."
        )
    shown = [
        f"{config.model_label(model)}, {config.arm_label(arm)}: {', '.join(animals)}."
        for model in request.models
        for arm, animals in data[model].animals.items()
        if pictures
    ]
    return Caption(f"Bioluminescence images of {request.models_in_words()}.", text, shown)


def _rule(request: Request, data: Mapping[str, MontageData]) -> str:
    """Return the sentence that says how the montage's animals were chosen."""
    from lumicohort.figures.words import REGIONS
    from lumicohort.tables.format import format_days

    config = request.config
    if not any(montage.pictures for montage in data.values()):
        return "No image of an animal can be shown."
    region = REGIONS[config.analysis.burden.region]
    days: dict[str, set[float]] = {}
    for model, montage in data.items():
        for arm in montage.animals:
            days.setdefault(config.model_label(model), set()).add(montage.selection_day[arm])
    if not days:
        return "No animal has an image that could be chosen."
    each = {model: " and ".join(format_days(d) for d in sorted(ds)) for model, ds in days.items()}
    if len(set(each.values())) == 1:
        when = f"on day {next(iter(each.values()))}"
    else:
        when = "on the endpoint day (" + ", ".join(f"{m}: {d}" for m, d in each.items()) + ")"
    return (
        f"Animals chosen by rule: those of each arm whose {region} flux is nearest to the arm’s "
        f"median {when}; ordered from low to high.{_later(data)}"
    )


def _later(data: Mapping[str, MontageData]) -> str:
    """Name the imaging days that are not shown, none of the chosen animals being imaged then."""
    from lumicohort.tables.format import format_days

    left = sorted({day for montage in data.values() for day in montage.days_left_out})
    if not left:
        return ""
    days = ", ".join(format_days(day) for day in left)
    return f" Not shown, as none of them was imaged then: day {days}."
