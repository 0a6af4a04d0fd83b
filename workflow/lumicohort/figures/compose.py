"""Placing panels on a page, row by row, and drawing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.layout import Panel, Strip
from lumicohort.figures.placing import BLANK, EDGE, GAP, Cell, Row, place, squeeze
from lumicohort.figures.style import NOTE_COLOUR, POINTS_PER_CM, SIMULATED_COLOUR, Style
from lumicohort.figures.texts import plain, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATED = "Simulated data"
LEAST_PANEL_CM = 4.0
"""Width down to which panels (of 7-point type) move side by side to save a page's height."""


def compose(
    panels: Sequence[Panel],
    style: Style,
    width_cm: float,
    columns: int,
    *,
    notes: Sequence[str] = (),
    strip: Strip | None = None,
    simulated: bool = False,
) -> Figure:
    """Place panels in rows of equal columns on one page and draw them.

    Parameters
    ----------
    panels : sequence of Panel
        The panels, row by row.
    style : Style
        The journal's measures; draw inside ``style.context()``.
    width_cm : float
        Width of the page.
    columns : int
        Panels in a row.
    notes : sequence of str, optional
        Sentences printed small under the panels.
    strip : Strip, optional
        Drawn between the panels and the notes.
    simulated : bool, optional
        Print that the data are simulated.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, drawn with the Agg canvas and unknown to pyplot.
    """
    rows = in_columns(panels, columns)
    return compose_rows(rows, style, width_cm, notes=notes, strip=strip, simulated=simulated)


def fits(
    panels: Sequence[Panel],
    style: Style,
    width_cm: float,
    columns: int,
    *,
    notes: Sequence[str] = (),
    simulated: bool = False,
) -> bool:
    """Tell whether panels, squeezed where need be, have room on a page of the style's height.

    Parameters
    ----------
    panels, style, width_cm, columns, notes, simulated
        As in :func:`compose`.
    """
    page = width_cm * POINTS_PER_CM
    letter = style.letter if len(panels) > 1 else 0.0
    rows = [place(row, page, letter) for row in in_columns(panels, columns)]
    beside = _beside(len(rows), _note_lines(notes, page, style), style, simulated)
    return sum(row.least + row.bottom for row in rows) + beside <= style.height_cm * POINTS_PER_CM


def fitting_columns(
    panels: Sequence[Panel],
    style: Style,
    width_cm: float,
    columns: int,
    *,
    notes: Sequence[str] = (),
    simulated: bool = False,
) -> int | None:
    """Return how many panels side by side make a page that is not too high.

    Parameters
    ----------
    panels, style, width_cm, columns, notes, simulated
        As in :func:`compose`; `columns` is what is tried first.

    Returns
    -------
    int or None
        Columns, no fewer than asked for; None where no number of them fits, panels narrower than
        :data:`LEAST_PANEL_CM` not counted.
    """
    narrowest = LEAST_PANEL_CM * style.base / 7
    for tried in range(columns, len(panels) + 1):
        if tried > columns and width_cm / tried < narrowest:
            break
        # Fewer in the last row only where a row less is needed.
        if tried > columns and -(-len(panels) // tried) == -(-len(panels) // (tried - 1)):
            continue
        if fits(panels, style, width_cm, tried, notes=notes, simulated=simulated):
            return tried
    return None


def in_columns(panels: Sequence[Panel], columns: int) -> list[list[Cell]]:
    """Return rows of as many panels, the last one filled up with empty places."""
    columns = min(columns, len(panels))
    grid = [list(panels[i : i + columns]) for i in range(0, len(panels), columns)]
    grid[-1] += [BLANK] * (columns - len(grid[-1]))
    # Columns align: what stands beside the axes is as wide as the widest of the column.
    for c in range(columns):
        left, right = max(r[c].left for r in grid), max(r[c].right for r in grid)
        for row in grid:
            row[c] = replace(row[c], left=left, right=right)
    return [[Cell(row)] for row in grid]


def _note_lines(notes: Sequence[str], page: float, style: Style) -> list[str]:
    return [
        plain(line)
        for note in notes
        for line in wrap(note, page - 2 * EDGE, style.smallest, False, style.font)
    ]


def _beside(rows: int, note_lines: Sequence[str], style: Style, simulated: bool) -> float:
    """Return the points of a page's height that rows of panels and a strip leave."""
    foot = len(note_lines) * 1.25 * style.smallest + (4 if note_lines else 0)
    badge = 1.5 * style.small if simulated else 0.0
    return GAP * (rows - 1) + foot + badge + 2 * EDGE


def compose_rows(
    rows: Sequence[Sequence[Cell]],
    style: Style,
    width_cm: float,
    *,
    notes: Sequence[str] = (),
    strip: Strip | None = None,
    simulated: bool = False,
) -> Figure:
    """Place rows of cells on one page and draw their panels.

    Parameters
    ----------
    rows : sequence of sequence of Cell
        Rows from top to bottom; the cells of a row share its width by their weights.
    style : Style
        The journal's measures; draw inside ``style.context()``.
    width_cm : float
        Width of the page.
    notes, strip, simulated
        As in :func:`compose`.

    Where the page would be higher than the style's, graphs are squeezed as far as they stay
    readable.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, drawn with the Agg canvas and unknown to pyplot.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = width_cm * POINTS_PER_CM
    shown = sum(p.draw is not None for row in rows for cell in row for p in cell.panels)
    letter = style.letter if shown > 1 else 0.0
    placed = [place(row, page, letter) for row in rows]
    note_lines = _note_lines(notes, page, style)
    step = 1.25 * style.smallest
    foot = len(note_lines) * step + (4 if note_lines else 0)
    badge = 1.5 * style.small if simulated else 0.0
    strip_height = strip.height + 4 if strip else 0.0
    beside = _beside(len(placed), note_lines, style, simulated) + strip_height
    placed = squeeze(placed, style.height_cm * POINTS_PER_CM - beside)
    tall = sum(row.tall for row in placed) + beside

    figure = Figure(figsize=(page / 72, tall / 72))
    FigureCanvasAgg(figure)
    y = tall - EDGE
    if simulated:
        figure.text(
            1 - EDGE / page,
            1 - (EDGE + style.small) / tall,
            SIMULATED,
            ha="right",
            va="baseline",
            fontsize=style.small,
            fontweight="bold",
            color=SIMULATED_COLOUR,
        )
        y -= badge
    index = 0
    for row in placed:
        index = _draw_row(figure, row, y, style, letter, index)
        y -= row.tall + GAP
    if strip:
        _draw_strip(figure, strip, EDGE, EDGE + foot + 2, page - 2 * EDGE)
    for i, line in enumerate(note_lines):
        figure.text(
            EDGE / page,
            (EDGE + (len(note_lines) - 1 - i) * step + 0.25 * style.smallest) / tall,
            line,
            fontsize=style.smallest,
            color=NOTE_COLOUR,
            ha="left",
            va="baseline",
        )
    return figure


def _draw_row(figure: Figure, row: Row, y: float, style: Style, letter: float, index: int) -> int:
    """Draw a row below `y` (points from the foot); return the next panel's index."""
    page, tall = (72 * inches for inches in figure.get_size_inches())
    bottom = y - row.upper
    for spot in row.spots:
        if spot.panel.draw is None:
            continue
        ax = figure.add_axes(
            (
                (spot.x + spot.panel.left) / page,
                bottom / tall,
                spot.axes_width / page,
                (row.upper - spot.top) / tall,
            )
        )
        with _alone(figure, ax):
            spot.panel.draw(ax)
        if letter:
            figure.text(
                spot.x / page,
                (y - 0.85 * letter) / tall,
                style.letters(index),
                fontsize=letter,
                fontweight="bold",
                ha="left",
                va="baseline",
            )
        index += 1
    for strip, x, width_points, below in row.strips:
        _draw_strip(figure, strip, x, bottom - below - strip.height - 2, width_points)
    return index


@contextmanager
def _alone(figure: Figure, ax: Axes) -> Iterator[None]:
    """Hide the other axes while a panel is drawn: seaborn's swarms draw the page to measure."""
    others = [other for other in figure.axes if other is not ax and other.get_visible()]
    for other in others:
        other.set_visible(False)
    try:
        yield
    finally:
        for other in others:
            other.set_visible(True)


def _draw_strip(figure: Figure, strip: Strip, x: float, y: float, wide: float) -> None:
    """Draw a strip at a place given in points."""
    page, tall = (72 * inches for inches in figure.get_size_inches())
    ax = figure.add_axes((x / page, y / tall, wide / page, strip.height / tall))
    ax.set_axis_off()
    ax.set_xlim(0, wide)
    ax.set_ylim(0, strip.height)
    strip.draw(ax)
