"""Drawing a figure of the study config from the study's results."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.layout import Panel, Strip, compose, default_layout
from lumicohort.figures.letters import missing_letters
from lumicohort.figures.save import save_figure
from lumicohort.figures.selection import (
    diagnostics_data,
    endpoint_data,
    figure_models,
    flux_data,
    montage_data,
    survival_data,
)
from lumicohort.figures.style import POINTS_PER_CM, ArmLook, Style, arm_looks, get_style
from lumicohort.files import whole_file

if TYPE_CHECKING:
    import matplotlib.figure

    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Figure


@dataclass(frozen=True, slots=True)
class Page:
    """A figure before it is drawn: its panels and what stands under them."""

    panels: Sequence[Panel]
    notes: Sequence[str]
    strip: Strip | None = None
    layout: tuple[float, int] | None = None


def draw_figure(config: StudyConfig, name: str, results: Path) -> None:
    """Draw one figure of the config and write it with its caption.

    Writes ``figures/<name>.<format>`` for each format of the config and
    ``figures/<name>.txt`` with the caption. The same results give the same bytes.

    Parameters
    ----------
    config : StudyConfig
        The study.
    name : str
        The figure's name in ``figures.show``.
    results : Path
        The study's results folder.

    Raises
    ------
    InputError
        Where the config has no such figure, names an unknown model, or a table is missing.
    """
    from lumicohort.figures.captions import caption

    figure = find_figure(config, name)
    style = get_style(config.figures.preset)
    tables = load(config, results)
    with style.context(), warnings.catch_warnings():
        # Said in the figure and its caption instead, once.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawing = make_figure(config, figure, tables, results, style)
        folder = results / "figures"
        save_figure(drawing, folder, name, config.figures.formats, config.figures.dpi)
    with whole_file(folder / f"{name}.txt") as temporary:
        temporary.write_text(caption(config, figure, tables, results) + "\n", encoding="utf-8")


def find_figure(config: StudyConfig, name: str) -> Figure:
    """Return a figure of the config by name; its models are checked.

    Raises
    ------
    InputError
        For a name that is not in ``figures.show``, or a model that is not in ``models``.
    """
    figure = next((f for f in config.figures.show if f.name == name), None)
    if figure is None:
        known = [f.name for f in config.figures.show]
        listed = ", ".join(f"`{n}`" for n in known) or "none"
        raise InputError(
            f"there is no figure `{name}` in figures.show (there: {listed})"
            f"{did_you_mean(name, known)}."
        )
    unknown = [m for m in figure.models or [] if m not in config.models]
    if unknown:
        raise InputError(
            [
                Problem(
                    f"the figure `{name}` names the model `{model}`, which is not among models"
                    f"{did_you_mean(model, config.models)}.",
                    where="key figures.show",
                )
                for model in unknown
            ]
        )
    _check_colour_map(figure)
    return figure


def _check_colour_map(figure: Figure) -> None:
    import matplotlib

    known = list(matplotlib.colormaps)
    if figure.colour_map not in known:
        raise InputError(
            Problem(
                f"the figure `{figure.name}` asks for the colour map `{figure.colour_map}`, which "
                f"matplotlib does not have{did_you_mean(figure.colour_map, known)}.",
                where="key figures.show",
            )
        )


def make_figure(
    config: StudyConfig, figure: Figure, tables: StudyTables, results: Path, style: Style
) -> matplotlib.figure.Figure:
    """Return a figure of the config, drawn but not saved; call inside ``style.context()``.

    Parameters
    ----------
    config : StudyConfig
        The study.
    figure : Figure
        The figure's entry in the config.
    tables : StudyTables
        The study's tables.
    results : Path
        The study's results folder (montages read previews from it).
    style : Style
        The journal's measures.
    """
    models = figure_models(config, figure)
    looks = arm_looks(config)
    page = _PAGES[figure.kind](config, figure, models, tables, results, looks, style)
    width_cm, columns = page.layout or default_layout(style, len(models), figure.width_cm)
    notes = list(page.notes)
    if missing_letters(config):
        notes.append("Boxes stand for letters that no font on this machine has.")
    return compose(
        page.panels,
        style,
        width_cm,
        columns,
        notes=notes,
        strip=page.strip,
        simulated=config.simulated,
    )


def figure_width(config: StudyConfig, figure: Figure) -> float:
    """Return the width of a figure in cm, as the config gives it or its preset suggests."""
    style = get_style(config.figures.preset)
    return default_layout(style, len(figure_models(config, figure)), figure.width_cm)[0]


def _survival_page(
    config: StudyConfig,
    figure: Figure,
    models: Sequence[str],
    tables: StudyTables,
    results: Path,
    looks: Sequence[ArmLook],
    style: Style,
) -> Page:
    from lumicohort.figures.survival import last_day, survival_panel

    data = [survival_data(config, model, tables) for model in models]
    last, died = last_day([d.curves for d in data])
    panels = [
        survival_panel(
            replace(d, last_day=last, last_died=died), looks, config.model_label(model), style
        )
        for d, model in zip(data, models, strict=True)
    ]
    notes = [
        "Bands: pointwise 95% CI (" + config.analysis.survival.ci_type + "). Ticks on the curves: "
        "censored. Censored and events are counted before the day."
    ]
    return Page(panels, notes)


def _flux_page(
    config: StudyConfig,
    figure: Figure,
    models: Sequence[str],
    tables: StudyTables,
    results: Path,
    looks: Sequence[ArmLook],
    style: Style,
) -> Page:
    from lumicohort.figures.flux import fitting_limits, flux_panel

    data = [flux_data(config, figure, model, tables) for model in models]
    limits = _shared([d.limits or fitting_limits(d, looks) for d in data if len(d.flux)])
    days = sorted({float(day) for d in data for day in d.days["day"]})
    data = [replace(d, limits=limits, all_days=days) for d in data]
    panels = [
        flux_panel(d, looks, config.model_label(m), style)
        for d, m in zip(data, models, strict=True)
    ]
    notes = []
    if any(d.first_death for d in data):
        notes.append("Hollow means: after the arm’s first death, survivors only.")
    if any(bool(d.flux["below_lod"].any()) for d in data):
        notes.append(_below_lod_note(config))
    return Page(panels, notes)


def _shared(limits: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return limits that hold all others, so that the panels of a figure share one axis."""
    if not limits:
        return None
    return min(low for low, _ in limits), max(high for _, high in limits)


def _below_lod_note(config: StudyConfig) -> str:
    from lumicohort.burden.values import BELOW_LOD

    return f"Hollow animals: below the LOD, {BELOW_LOD[config.analysis.burden.below_lod]}."


def _endpoint_page(
    config: StudyConfig,
    figure: Figure,
    models: Sequence[str],
    tables: StudyTables,
    results: Path,
    looks: Sequence[ArmLook],
    style: Style,
) -> Page:
    from lumicohort.figures.endpoint import endpoint_panel, fitting_limits

    data = [endpoint_data(config, figure, model, tables) for model in models]
    limits = _shared([d.limits or fitting_limits(d, looks) for d in data if len(d.flux)])
    data = [replace(d, limits=limits) for d in data]
    panels = [
        endpoint_panel(d, looks, config.model_label(m), style)
        for d, m in zip(data, models, strict=True)
    ]
    below = any(bool(d.flux["below_lod"].any()) for d in data)
    return Page(panels, [_below_lod_note(config)] if below else [])


def _montage_page(
    config: StudyConfig,
    figure: Figure,
    models: Sequence[str],
    tables: StudyTables,
    results: Path,
    looks: Sequence[ArmLook],
    style: Style,
) -> Page:
    from lumicohort.figures.captions import montage_rule
    from lumicohort.figures.montage import montage_layout, montage_panel
    from lumicohort.figures.scale import colour_bar, common_scale

    data = montage_data(config, figure, tables, results)
    pictures = [picture for d in data.values() for picture in d.pictures.values()]
    scale = common_scale(pictures, figure.scale, figure.colour_map, figure.radiance_limits)
    layout = montage_layout(list(data.values()), style, figure.width_cm)
    rows = -(-len(models) // layout[1])
    most = (style.height_cm * POINTS_PER_CM - 12 * style.base) / rows - 8 * style.base
    panels = [
        montage_panel(data[model], looks, config.model_label(model), style, scale, most)
        for model in models
    ]
    strip = colour_bar(scale, style) if pictures else None
    return Page(panels, [montage_rule(config, data)], strip, layout)


def _diagnostics_page(
    config: StudyConfig,
    figure: Figure,
    models: Sequence[str],
    tables: StudyTables,
    results: Path,
    looks: Sequence[ArmLook],
    style: Style,
) -> Page:
    from lumicohort.figures.diagnostics import diagnostics_panel

    data = diagnostics_data(config, models, results)
    panels = [
        diagnostics_panel(d, looks, config.model_label(model), style)
        for model, ds in data.items()
        for d in ds
    ]
    # A row a model: its residuals, intercepts and slopes.
    return Page(panels, [], None, (figure.width_cm or style.widths_cm[-1], 3))


_PAGES = {
    "growth_diagnostics": _diagnostics_page,
    "survival": _survival_page,
    "flux_over_time": _flux_page,
    "endpoint_burden": _endpoint_page,
    "montage": _montage_page,
}
