"""Drawing a figure of the study config from the study's results."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.figures.compose import compose, compose_rows, fitting_columns, in_columns
from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.kinds import Kind, kind_of, reads_of
from lumicohort.figures.layout import default_layout
from lumicohort.figures.letters import missing_letters
from lumicohort.figures.placing import Cell, axes_widths, with_room
from lumicohort.figures.request import Caption, Page, Request, as_figure_says, looks_of
from lumicohort.figures.save import save_figure
from lumicohort.figures.style import (
    LEAST_CONTRAST,
    POINTS_PER_CM,
    Style,
    contrast_to_white,
    get_style,
)
from lumicohort.files import whole_file
from lumicohort.tables.format import printing

if TYPE_CHECKING:
    import matplotlib.figure

    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Drawing, Figure


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
    from lumicohort.figures.captions import write_caption

    figure = find_figure(config, name)
    style = get_style(config.figures.preset_of(figure))
    tables = load(config, results, reads_of(list(figure.kinds)))
    folder = results / "figures"
    rules = printing(config.tables.rounding)
    with style.context(), rules, warnings.catch_warnings():
        # Said in the figure and its caption instead, once.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        made = make(config, figure, tables, results, style)
        text = write_caption(config, figure, made.captions)
        _tell_height(made, name, style)
        _tell_faint(config, figure)
        formats = config.figures.formats_of(figure)
        save_figure(made.drawing, folder, name, formats, config.figures.dpi)
    with whole_file(folder / f"{name}.txt") as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _tell_height(made: Made, name: str, style: Style) -> None:
    """Say where a page is higher than the journal's, squeezed as it is, and what helps."""
    high = made.drawing.get_size_inches()[1] * 2.54
    if high > style.height_cm + 0.05:
        advice = "Show fewer panels, models, days or animals."
        if made.wider_cm is not None:
            advice = (
                f"Give it `width_cm: {made.wider_cm:g}` in the config (figures.show), where its "
                f"panels fit beside each other, or show fewer panels or models."
            )
        print(
            f"Figure `{name}` is {high:.1f} cm high; a page of preset `{style.name}` holds "
            f"{style.height_cm:g} cm. {advice}",
            file=sys.stderr,
        )


def _tell_faint(config: StudyConfig, figure: Figure) -> None:
    """Say which colours of arms are hardly seen on white paper."""
    faint = {
        look.arm: look.colour
        for drawing in [figure, *(panel for row in figure.rows for panel in row)]
        for look in looks_of(config, as_figure_says(config, drawing))
        if contrast_to_white(look.colour) < LEAST_CONTRAST
    }
    for arm, colour in faint.items():
        print(
            f"Figure `{figure.name}`: the colour {colour} of arm `{arm}` is hardly seen on white; "
            "give the arm a darker one.",
            file=sys.stderr,
        )


def find_figure(config: StudyConfig, name: str) -> Figure:
    """Return a figure of the config by name.

    Raises
    ------
    InputError
        For a name that is not in ``figures.show``, or a colour map that matplotlib lacks.
    """
    figure = next((f for f in config.figures.show if f.name == name), None)
    if figure is None:
        known = [f.name for f in config.figures.show]
        listed = ", ".join(f"`{n}`" for n in known) or "none"
        raise InputError(
            f"there is no figure `{name}` in figures.show (there: {listed})"
            f"{did_you_mean(name, known)}."
        )
    for drawing in [figure, *(panel for row in figure.rows for panel in row)]:
        _check_names(config, name, drawing)
    return figure


_MAPS_OF_SEABORN = frozenset(("crest", "flare", "icefire", "mako", "rocket", "vlag"))
"""Colour maps that matplotlib has only where another panel loaded seaborn."""


def _check_names(config: StudyConfig, name: str, drawing: Drawing) -> None:
    import matplotlib

    problems = [
        Problem(
            f"the figure `{name}` names the {what} `{wanted}`, which is not among {what}s"
            f"{did_you_mean(wanted, known)}.",
            where="key figures.show",
        )
        for what, names, known in (
            ("model", drawing.models, config.models),
            ("arm", drawing.arms, config.arms),
        )
        for wanted in names or []
        if wanted not in known
    ]
    maps = [m for m in matplotlib.colormaps if m.removesuffix("_r") not in _MAPS_OF_SEABORN]
    if drawing.colour_map not in maps:
        problems.append(
            Problem(
                f"the figure `{name}` asks for the colour map `{drawing.colour_map}`, which "
                f"matplotlib does not have{did_you_mean(drawing.colour_map, maps)}.",
                where="key figures.show",
            )
        )
    if problems:
        raise InputError(problems)


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
    return make(config, figure, tables, results, style).drawing


@dataclass(frozen=True, slots=True)
class Made:
    """A drawn figure with the parts of its caption; the width at which its height would fit."""

    drawing: matplotlib.figure.Figure
    captions: list[Caption]
    wider_cm: float | None = None


def make(
    config: StudyConfig, figure: Figure, tables: StudyTables, results: Path, style: Style
) -> Made:
    """Return a figure as :func:`make_figure` does, with the parts of its caption."""
    if figure.rows:
        return _composite(config, figure, tables, results, style)
    request = _request(config, figure, tables, results, style, figure.width_cm)
    kind = kind_of(figure.kind)
    page = kind.page(request)
    width_cm, columns = page.layout or default_layout(style, len(request.models), figure.width_cm)
    notes = [*page.notes, *_letters_note(config)]
    wider = None
    if page.layout is None and page.strip is None:
        # Side by side where they would not fit above one another.
        fitting, simulated = partial(fitting_columns, page.panels, style), config.simulated
        found = fitting(width_cm, columns, notes=notes, simulated=simulated)
        columns = found or columns
        if found is None:
            wider = next(
                (w for w in style.widths_cm if w > width_cm
                 and fitting(w, columns, notes=notes, simulated=simulated)),
                None,
            )  # fmt: skip
    drawing = compose(
        page.panels,
        style,
        width_cm,
        columns,
        notes=notes,
        strip=page.strip,
        simulated=config.simulated,
    )
    widths = axes_widths(in_columns(page.panels, columns), width_cm * POINTS_PER_CM)
    return Made(drawing, [kind.caption(replace(request, axes_widths=widths))], wider)


def _letters_note(config: StudyConfig) -> list[str]:
    if missing_letters(config):
        return ["Boxes stand for letters that no font on this machine has."]
    return []


def _request(
    config: StudyConfig,
    drawing: Drawing,
    tables: StudyTables,
    results: Path,
    style: Style,
    width_cm: float | None,
    first: int = 0,
    lettered: bool = False,
) -> Request:
    ours = as_figure_says(config, drawing)
    looks = looks_of(config, ours)
    return Request(ours, drawing, tables, results, looks, style, width_cm, first, lettered)


def _composite(
    config: StudyConfig, figure: Figure, tables: StudyTables, results: Path, style: Style
) -> Made:
    """Draw panels of several kinds on one page, lettered row by row."""
    page_cm = figure.width_cm or style.widths_cm[-1]
    rows: list[list[Cell]] = []
    requests: list[tuple[Kind, Request]] = []
    notes: list[str] = []
    first = 0
    for row in figure.rows:
        cells = []
        total = sum(panel.weight for panel in row)
        for panel in row:
            drawing = figure.inherited(panel)
            width_cm = page_cm * panel.weight / total
            request = _request(
                config, drawing, tables, results, style, width_cm, first, lettered=True
            )
            kind = kind_of(panel.kind)
            page = kind.page(request)
            cells.append(Cell(page.panels, panel.weight, page.strip))
            requests.append((kind, request))
            notes += [f"{_of(page, style, first)} {note}" for note in page.notes]
            first += len(page.panels)
        rows.append(cells)
    page_points = page_cm * POINTS_PER_CM
    placed = with_room(rows, page_points)
    drawing_page = compose_rows(
        placed,
        style,
        page_cm,
        notes=[*notes, *_letters_note(config)],
        simulated=config.simulated,
    )
    widths = iter(axes_widths(placed, page_points))
    captions = []
    for (kind, request), cell in zip(requests, (cell for row in rows for cell in row), strict=True):
        drawn = [next(widths) for panel in cell.panels if panel.draw is not None]
        captions.append(kind.caption(replace(request, axes_widths=drawn)))
    return Made(drawing_page, captions)


def _of(page: Page, style: Style, first: int) -> str:
    """Say which panels a note of a composite is about."""
    letters = [style.letters(first + i) for i in range(len(page.panels))]
    return f"({letters[0]})" if len(letters) == 1 else f"({letters[0]}–{letters[-1]})"


def figure_width(config: StudyConfig, figure: Figure) -> float:
    """Return the width of a figure in cm, as the config gives it or its preset suggests."""
    style = get_style(config.figures.preset_of(figure))
    if figure.rows:
        return figure.width_cm or style.widths_cm[-1]
    return default_layout(style, len(figure.models or config.models), figure.width_cm)[0]
