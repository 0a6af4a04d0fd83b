"""What panels ask of a page: every measure in points, so nothing is squeezed or clipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.style import Style
from lumicohort.figures.texts import width

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_FLAT = 120.0
"""Height in points down to which the widest graphs may be squeezed."""


@dataclass(frozen=True, slots=True)
class Room:
    """Heights in points that a panel asks for, given the width of its axes.

    Parameters
    ----------
    top, bottom : float
        Above and below the axes, for all text there.
    height : float
        Of the axes.
    least : float, optional
        Height down to which the axes may be squeezed where the page would be too high; they
        may not where none is given.
    """

    top: float
    height: float
    bottom: float
    least: float | None = None

    @property
    def squeezed(self) -> float:
        """The least height of the axes."""
        return self.height if self.least is None else min(self.least, self.height)


def graph_room(
    top: float, axes_width: float, bottom: float, ratio: float = 0.72, least: float = 72.0
) -> Room:
    """Return the room of a graph: axes somewhat wider than high, never too low to be read.

    Parameters
    ----------
    top, bottom : float
        Points above and below the axes.
    axes_width : float
        Width of the axes in points.
    ratio : float, optional
        Height of the axes over their width.
    least : float, optional
        Points that the axes keep where the page is squeezed.
    """
    high = max(ratio * axes_width, 80.0)
    return Room(top, high, bottom, least=max(min(0.36 * axes_width, _FLAT), least))


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel that can be placed.

    Parameters
    ----------
    left, right : float
        Points beside the axes, for tick labels and the like.
    room : callable
        Heights asked for, given the width of the axes in points.
    draw : callable or None
        Draws the panel into axes of that size; None leaves the place empty.
    least : float
        Width of the axes (points) below which its words have no room beside each other: a row of
        several kinds that leaves less is broken into rows of one kind each.
    """

    left: float
    right: float
    room: Callable[[float], Room]
    draw: Callable[[Axes], None] | None
    least: float = 0.0


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


def room_for_label(label: str, right: float, style: Style) -> float:
    """Return the least width in points of axes whose label below stays within their panel.

    Parameters
    ----------
    label : str
        The label, centred under the axes.
    right : float
        Points right of the axes; there are no fewer left of them.
    style : Style
        The journal's measures.
    """
    return max(0.0, width(label, style.base, False, style.font) - 2 * right)


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
