"""Forest plots: estimates with their intervals, a row a comparison, all models on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.flux_axis import decade_labels, decades
from lumicohort.figures.layout import Panel, Room, axis_depth, header_outdent
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    plain,
    points_at,
    say,
    shorten,
    width,
    wrap_lines,
    write_above,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_INDENT = 8.0  # points, of an arm's name below its model's
_WIDEST_NAME = 110.0
_EDGE, _BESIDE = 4.0, 6.0
"""Points left of the names, and between them and the axes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of a forest plot.

    Parameters
    ----------
    model, arm : str
        Names as printed.
    look : ArmLook
        How the arm is drawn.
    value, lower, upper : float
        Estimate and 95% interval; NaN where there is none, infinite where an interval is open at
        one end.
    text : str
        The estimate and its interval as printed, or why there is none.
    """

    model: str
    arm: str
    look: ArmLook
    value: float
    lower: float
    upper: float
    text: str


@dataclass(frozen=True, slots=True)
class ForestData:
    """What one forest plot draws.

    Parameters
    ----------
    rows : sequence of Estimate
        From top to bottom; a model's rows together.
    title, how : str
        Heading, and how the estimates were made.
    axis_label : str
        What the axis shows, with its unit.
    log : bool
        Whether the axis is logarithmic (ratios), with 1 as no effect rather than 0.
    better : str
        What the side of benefit means, such as ``favours DFO``: (`left`, `right`).
    """

    rows: Sequence[Estimate]
    title: str
    how: str
    axis_label: str
    log: bool
    sides: tuple[str, str]


def forest_panel(data: ForestData, style: Style) -> Panel:
    """Return the forest plot, ready to be placed."""
    models = list(dict.fromkeys(row.model for row in data.rows))
    names = [(name, 0.0) for name in models] + [(row.arm, _INDENT) for row in data.rows]
    widths = [width(plain(n), style.small, False, style.font) + inset for n, inset in names]
    left = min(max(widths, default=0.0), _WIDEST_NAME) + _EDGE + _BESIDE
    texts = [row.text for row in data.rows]
    right = max((width(t, style.small, False, style.font) for t in texts), default=0.0) + 8
    outdent = header_outdent(left, style)

    def heading(wide: float) -> list[Line]:
        lines = [Line(data.title, bold=True), Line(data.how)]
        return wrap_lines(lines, wide + outdent + right, style)

    def room(wide: float) -> Room:
        top = height(heading(wide), style) + head_room(style) + 1
        lines = len(data.rows) + len(models) + 0.5
        bottom = axis_depth(style) + 1.6 * style.small
        return Room(top, max(lines * 1.7 * style.small, 30.0), bottom)

    def draw(ax: Axes) -> None:
        if data.rows:
            _draw(ax, data, models, left, style)
        else:
            say(ax, "No comparison of arms: nothing to estimate.", style)
        write_above(ax, heading(axes_width(ax)), style, outdent=outdent)

    sides = sum(width(side, style.small, False, style.font) for side in data.sides)
    return Panel(left, right, room, draw, sides + 0.5 * style.small if data.rows else 0.0)


def _draw(ax: Axes, data: ForestData, models: Sequence[str], left: float, style: Style) -> None:
    from matplotlib.transforms import blended_transform_factory

    limits = _limits(data)
    if data.log:
        ax.set_xscale("log")
    ax.set_xlim(*limits)
    lines = len(data.rows) + len(models)
    ax.set_ylim(lines - 0.5, -0.5)
    ax.axvline(1 if data.log else 0, color=NOTE_COLOUR, linewidth=style.thin, linestyle=":")
    beside_left = blended_transform_factory(points_at(ax, 0, 0), ax.transData)
    beside_right = blended_transform_factory(points_at(ax, 1, 0), ax.transData)
    y = 0
    for model in models:
        room = left - _EDGE - _BESIDE + 0.5
        name = shorten(model, room, style.small, style.font)
        ax.text(-left + _EDGE, y, name, transform=beside_left, va="center", fontsize=style.small)
        y += 1
        for row in (r for r in data.rows if r.model == model):
            _interval(ax, row, y, limits, style)
            arm = shorten(row.arm, room - _INDENT, style.small, style.font)
            place = -left + _EDGE + _INDENT
            ax.text(place, y, arm, transform=beside_left, va="center", fontsize=style.small)
            ax.text(6, y, row.text, transform=beside_right, va="center", fontsize=style.small)
            y += 1
    _axis(ax, data, limits, style)


def _interval(ax: Axes, row: Estimate, y: int, limits: tuple[float, float], style: Style) -> None:
    """Draw an estimate and its interval; an end outside the axis gets an arrow head."""
    low, high = limits
    ends = row.lower, row.upper
    if not any(math.isnan(e) for e in ends):
        a, b = max(ends[0], low), min(ends[1], high)
        ax.plot([a, b], [y, y], color=row.look.colour, linewidth=style.line, gid="interval")
        for end, place, mark in ((ends[0], a, "<"), (ends[1], b, ">")):
            if end < low or end > high:
                ax.plot(
                    [place], [y], marker=mark, color=row.look.colour, markersize=style.marker * 0.8,
                    markeredgewidth=0, clip_on=False,
                )  # fmt: skip
    if math.isfinite(row.value) and low <= row.value <= high:
        ax.plot(
            [row.value],
            [y],
            marker=row.look.marker,
            color=row.look.colour,
            markersize=style.marker * 1.2,
            markeredgewidth=0,
            gid="estimate",
        )


def _limits(data: ForestData) -> tuple[float, float]:
    """Return the axis' limits: they hold no effect and all estimates, and ends near them."""
    values = [row.value for row in data.rows if math.isfinite(row.value)]
    ends = [e for row in data.rows for e in (row.lower, row.upper) if math.isfinite(e)]
    if data.log:
        values = [v for v in values if v > 0] or [1.0]
        low, high = min(*values, 1.0), max(*values, 1.0)
        near = [e for e in ends if low / 30 <= e <= high * 30]
        low, high = min([low, *near]), max([high, *near])
        # A decade at least to either side of no effect.
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return 10.0 ** min(first, -1), 10.0 ** max(last, 1)
    low, high = min([0.0, *values, *ends]), max([0.0, *values, *ends])
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def _axis(ax: Axes, data: ForestData, limits: tuple[float, float], style: Style) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator

    if data.log:
        first, last = round(math.log10(limits[0])), round(math.log10(limits[1]))
        exponents = decades(first, last, 6)
        ax.xaxis.set_major_locator(FixedLocator([10.0**e for e in exponents]))
        ax.set_xticklabels(decade_labels(exponents, longest=4))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_minor_formatter(NullFormatter())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_yticks([])
    ax.set_xlabel(data.axis_label, fontsize=style.base)
    ax.tick_params(labelsize=style.small, width=style.thin)
    open_frame(ax, left=False)
    under = points_at(ax, 0, 0)
    wide = axes_width(ax)
    y = -axis_depth(style) - 1.2 * style.small
    for text, x, side in ((data.sides[0], 0.0, "left"), (data.sides[1], wide, "right")):
        ax.text(
            x, y, text, transform=under, ha=side, fontsize=style.small, color=NOTE_COLOUR,
            clip_on=False,
        )  # fmt: skip
