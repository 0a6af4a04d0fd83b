"""Placing panels on a page: every measure in points, so nothing is squeezed or clipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.style import NOTE_COLOUR, POINTS_PER_CM, SIMULATED_COLOUR, Style
from lumicohort.figures.texts import plain, width, wrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATED = "Simulated data"
_GAP = 10.0
_EDGE = 3.0


@dataclass(frozen=True, slots=True)
class Room:
    """Heights in points that a panel asks for, given the width of its axes.

    Parameters
    ----------
    top, bottom : float
        Above and below the axes, for all text there.
    height : float
        Of the axes.
    """

    top: float
    height: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel that can be placed.

    Parameters
    ----------
    left, right : float
        Points beside the axes, for tick labels and the like.
    room : callable
        Heights asked for, given the width of the axes in points.
    draw : callable
        Draws the panel into axes of that size.
    """

    left: float
    right: float
    room: Callable[[float], Room]
    draw: Callable[[Axes], None]


@dataclass(frozen=True, slots=True)
class Strip:
    """Something drawn once under all panels, such as a shared colour bar.

    Parameters
    ----------
    height : float
        Its height in points.
    draw : callable
        Draws it into axes without frame whose data units are points.
    """

    height: float
    draw: Callable[[Axes], None]


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
    """Place panels in rows on one page and draw them.

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
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(columns, len(panels))
    page = width_cm * POINTS_PER_CM
    grid = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    lefts = [max(r[c].left for r in grid if c < len(r)) for c in range(columns)]
    rights = [max(r[c].right for r in grid if c < len(r)) for c in range(columns)]
    free = page - 2 * _EDGE - sum(lefts) - sum(rights) - _GAP * (columns - 1)
    axes_width = free / columns
    rooms = [[panel.room(axes_width) for panel in row] for row in grid]
    letter = style.letter if len(panels) > 1 else 0.0
    rows = [
        Room(
            max(max(room.top for room in row), 1.2 * letter),
            max(room.height for room in row),
            max(room.bottom for room in row),
        )
        for row in rooms
    ]
    note_lines = [
        plain(line)
        for note in notes
        for line in wrap(note, page - 2 * _EDGE, style.smallest, False, style.font)
    ]
    step = 1.25 * style.smallest
    foot = len(note_lines) * step + (4 if note_lines else 0)
    badge = 1.5 * style.small if simulated else 0.0
    strip_height = strip.height + 4 if strip else 0.0
    tall = sum(r.top + r.height + r.bottom for r in rows) + _GAP * (len(rows) - 1)
    tall += foot + badge + strip_height + 2 * _EDGE

    figure = Figure(figsize=(page / 72, tall / 72))
    FigureCanvasAgg(figure)
    y = tall - _EDGE
    if simulated:
        figure.text(
            1 - _EDGE / page,
            1 - (_EDGE + style.small) / tall,
            SIMULATED,
            ha="right",
            va="baseline",
            fontsize=style.small,
            fontweight="bold",
            color=SIMULATED_COLOUR,
        )
        y -= badge
    index = 0
    for row, room in zip(grid, rows, strict=True):
        x = _EDGE
        for column, panel in enumerate(row):
            bottom = y - room.top - room.height
            ax = figure.add_axes(
                (
                    (x + lefts[column]) / page,
                    bottom / tall,
                    axes_width / page,
                    room.height / tall,
                )
            )
            panel.draw(ax)
            if letter:
                figure.text(
                    x / page,
                    (y - 0.85 * letter) / tall,
                    style.letters(index),
                    fontsize=letter,
                    fontweight="bold",
                    ha="left",
                    va="baseline",
                )
            index += 1
            x += lefts[column] + axes_width + rights[column] + _GAP
        y -= room.top + room.height + room.bottom + _GAP
    if strip:
        ax = figure.add_axes(
            (_EDGE / page, (_EDGE + foot + 2) / tall, 1 - 2 * _EDGE / page, strip.height / tall)
        )
        ax.set_axis_off()
        ax.set_xlim(0, page - 2 * _EDGE)
        ax.set_ylim(0, strip.height)
        strip.draw(ax)
    for i, line in enumerate(note_lines):
        figure.text(
            _EDGE / page,
            (_EDGE + (len(note_lines) - 1 - i) * step + 0.25 * style.smallest) / tall,
            line,
            fontsize=style.smallest,
            color=NOTE_COLOUR,
            ha="left",
            va="baseline",
        )
    return figure


def default_layout(style: Style, panels: int, width_cm: float | None) -> tuple[float, int]:
    """Return width in cm and panels a row: one narrow column a panel unless the config says more.

    Parameters
    ----------
    style : Style
        The journal's measures.
    panels : int
        How many panels.
    width_cm : float or None
        The config's width.

    Returns
    -------
    tuple of float and int
        Width in cm and number of columns.
    """
    if width_cm is None:
        width_cm = style.widths_cm[min(max(panels, 1), 3) - 1]
    narrowest = 5.3 * style.base / 7  # cm that a panel needs at this type size
    fits = max(1, int(width_cm / narrowest))
    columns = min(max(panels, 1), fits)
    if panels > columns:  # even rows: four panels in two rows of two, not three and one
        rows = -(-panels // columns)
        columns = -(-panels // rows)
    return width_cm, columns


def axis_depth(style: Style) -> float:
    """Return the points from the axes' lower edge to below the label of the time axis."""
    return style.small * 0.8 + 1.25 * style.small + 1.45 * style.base


def header_outdent(left: float, style: Style) -> float:
    """Return the points by which a panel's heading starts left of its axes, beside its letter."""
    return max(0.0, left - 1.5 * style.letter)


def axis_label_room(style: Style) -> float:
    """Return the points that a rotated axis label takes beside its tick labels."""
    return 1.3 * style.base + 3


def tick_room(labels: Sequence[str], style: Style) -> float:
    """Return the points that y tick labels take, their ticks and pads included."""
    widest = max((width(label, style.small, False, style.font) for label in labels), default=0.0)
    return widest + style.small * 0.8 + 1
