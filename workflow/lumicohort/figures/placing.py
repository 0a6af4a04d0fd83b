"""Sharing a page's width among the panels of a row, and its height among rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lumicohort.errors import InputError, Problem
from lumicohort.figures.layout import Panel, Room, Strip
from lumicohort.figures.style import POINTS_PER_CM

GAP = 10.0
"""Points between panels and between rows."""

EDGE = 3.0
"""Points that a page keeps free all around."""

_NARROWEST = 24.0  # points: axes that hold two tick labels


BLANK = Panel(0.0, 0.0, lambda width_points: Room(0.0, 0.0, 0.0), None)
"""A place that stays empty."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Panels that stand side by side, with axes of one height, and share a strip.

    Parameters
    ----------
    panels : sequence of Panel
        From left to right.
    weight : float
        Width of the cell's axes together, in proportion to that of the other cells of the row.
    strip : Strip, optional
        Drawn under the cell's panels.
    """

    panels: Sequence[Panel]
    weight: float = 1.0
    strip: Strip | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A panel with the place of its left edge, the width of its axes and the room above them."""

    panel: Panel
    x: float
    axes_width: float
    top: float


@dataclass(frozen=True, slots=True)
class Row:
    """A row of panels whose places are known.

    Axes end on one line below. Above, each cell's headings start on one line, and its axes take
    the height that its headings leave.

    Parameters
    ----------
    spots : sequence of Spot
        The panels.
    strips : sequence of (Strip, float, float, float)
        Strips with left edge, width and upper edge (points below the axes' lower one).
    upper : float
        Points from the row's upper edge to the axes' lower one.
    least : float
        What `upper` may be squeezed to.
    bottom : float
        Points below the axes, strips included.
    """

    spots: Sequence[Spot]
    strips: Sequence[tuple[Strip, float, float, float]]
    upper: float
    least: float
    bottom: float

    @property
    def tall(self) -> float:
        """Points from the row's upper edge to its lower one."""
        return self.upper + self.bottom


def with_room(rows: Sequence[Sequence[Cell]], page: float) -> list[Sequence[Cell]]:
    """Return rows, those broken that leave a panel too little width.

    As many cells as have room beside each other stay in one row; panels of a cell alone that have
    none are halved among rows.
    """
    out: list[Sequence[Cell]] = []
    for row in rows:
        broken: list[list[Cell]] = []
        for cell in row:
            if broken and not _is_narrow([*broken[-1], cell], page):
                broken[-1].append(cell)
            else:
                broken.append([cell])
        for part in broken:
            out += _halved(part[0], page) if _is_narrow(part, page) else [part]
    return out


def _is_narrow(row: Sequence[Cell], page: float) -> bool:
    """Tell whether a row leaves a panel too little width."""
    return any(
        wide < panel.least
        for cell, wide in zip(row, _shares(row, page), strict=True)
        for panel in cell.panels
    )


def _halved(cell: Cell, page: float) -> list[Sequence[Cell]]:
    """Return a cell as rows of fewer panels, equal in number and width, until they have room."""
    panels = list(cell.panels)
    if len(panels) < 2:
        return [[cell]]
    most = -(-len(panels) // 2)
    left, right = max(p.left for p in panels), max(p.right for p in panels)
    aligned = [replace(panel, left=left, right=right) for panel in panels]
    aligned += [replace(BLANK, left=left, right=right)] * (2 * most - len(panels))
    first, last = replace(cell, panels=aligned[:most], strip=None), aligned[most:]
    return with_room([[first], [replace(cell, panels=last)]], page)


def _free(cells: Sequence[Cell], page: float) -> float:
    """Return the points of a row's width that its axes share."""
    panels = [panel for cell in cells for panel in cell.panels]
    beside = sum(panel.left + panel.right for panel in panels) + GAP * (len(panels) - 1)
    return page - 2 * EDGE - beside


def axes_widths(rows: Sequence[Sequence[Cell]], page: float) -> list[float]:
    """Return the widths of the axes (points) of the panels that are drawn, in their order."""
    return [
        wide
        for row in rows
        for cell, wide in zip(row, _shares(row, page), strict=True)
        for panel in cell.panels
        if panel.draw is not None
    ]


def _shares(cells: Sequence[Cell], page: float) -> list[float]:
    """Return the width of the axes of each of a cell's panels, cell by cell."""
    free, total = _free(cells, page), sum(cell.weight for cell in cells)
    return [free * cell.weight / total / len(cell.panels) for cell in cells]


def place(cells: Sequence[Cell], page: float, letter: float) -> Row:
    """Share a row's width among its panels, and ask each how high it must be."""
    panels = [panel for cell in cells for panel in cell.panels]
    free = _free(cells, page)
    if free / len(panels) < _NARROWEST:
        raise InputError(
            Problem(
                f"{len(panels)} panels do not fit side by side into {page / POINTS_PER_CM:.1f} cm.",
                where="key figures.show",
                hint="Give the figure a greater width_cm, or put some panels into another row.",
            )
        )
    spots: list[Spot] = []
    strips: list[tuple[Strip, float, float, float]] = []
    rooms: list[Room] = []
    x = EDGE
    for cell, axes_width in zip(cells, _shares(cells, page), strict=True):
        start = x
        asked = [panel.room(axes_width) for panel in cell.panels]
        top = max(1.2 * letter, *(room.top for room in asked))
        below = max(room.bottom for room in asked)
        deep = below + (cell.strip.height + 4 if cell.strip else 0.0)
        rooms += [replace(room, top=top, bottom=deep) for room in asked]
        for panel in cell.panels:
            spots.append(Spot(panel, x, axes_width, top))
            x += panel.left + axes_width + panel.right + GAP
        if cell.strip:
            strips.append((cell.strip, start, x - GAP - start, below))
    return Row(
        spots,
        strips,
        upper=max(room.top + room.height for room in rooms),
        least=max(room.top + room.squeezed for room in rooms),
        bottom=max(room.bottom for room in rooms),
    )


def squeeze(rows: Sequence[Row], room: float) -> list[Row]:
    """Squeeze the axes of rows, all by one share of what they can give, to fit a height."""
    needed = sum(row.tall for row in rows) - room
    can = sum(row.upper - row.least for row in rows)
    share = min(1.0, needed / can) if needed > 0 and can > 0 else 0.0
    return [replace(row, upper=row.upper - share * (row.upper - row.least)) for row in rows]
