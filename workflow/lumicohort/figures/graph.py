"""A graph with its heading above and an axis below: what plain panels share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.layout import (
    Panel,
    Room,
    axis_depth,
    graph_room,
    header_outdent,
    room_for_label,
)
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    say,
    width,
    wrap_lines,
    write_above,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def graph_panel(
    lines: Sequence[Line],
    draw: Callable[[Axes], None],
    style: Style,
    left: float,
    *,
    right: float = 4.0,
    bottom: float | None = None,
    ratio: float = 0.72,
    nothing: str = "",
    x_label: str = "",
    y_label: str = "",
) -> Panel:
    """Return a panel of a graph, ready to be placed.

    Parameters
    ----------
    lines : sequence of Line
        The heading; it is wrapped to the panel's width.
    draw : callable
        Draws into the axes; ticks and spines get the style's measures afterwards.
    style : Style
        The journal's measures.
    left, right : float
        Points beside the axes.
    bottom : float, optional
        Points below the axes; room for tick labels and a label where none is given.
    ratio : float, optional
        Height of the axes over their width.
    nothing : str, optional
        Why there is nothing to draw; it is said in the panel's place.
    x_label, y_label : str, optional
        Labels of the axes that these must be long enough for.
    """
    outdent = header_outdent(left, style)
    long = width(y_label, style.base, False, style.font)
    below = axis_depth(style) + 2 if bottom is None else bottom

    def wrapped(wide: float) -> list[Line]:
        return wrap_lines(lines, wide + outdent + right, style)

    def room(wide: float) -> Room:
        top = height(wrapped(wide), style) + head_room(style) + 1
        return graph_room(top, wide, below, ratio, least=max(72.0, long))

    def drawn(ax: Axes) -> None:
        if nothing:
            say(ax, nothing, style)
        else:
            draw(ax)
            ax.tick_params(labelsize=style.small, width=style.thin)
            open_frame(ax)
        write_above(ax, wrapped(axes_width(ax)), style, outdent=outdent)

    return Panel(left, right, room, drawn, room_for_label(x_label, right, style))


def arm_lines(looks: Sequence[ArmLook], counts: dict[str, int]) -> list[Line]:
    """Return a line an arm: its sample, its name and how many animals are drawn."""
    return [
        Line(f"{look.label} (n{STUCK}={STUCK}{counts.get(look.arm, 0)})", key=look)
        for look in looks
    ]
