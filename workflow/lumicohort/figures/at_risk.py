"""The extended table under curves of time: animals at risk, censored and dead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.layout import (
    Panel,
    Room,
    axis_depth,
    axis_label_room,
    graph_room,
    header_outdent,
    tick_room,
)
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    TICK_ROOM,
    Line,
    axes_width,
    draw_key,
    head_room,
    height,
    key_room,
    points_at,
    shorten,
    width,
    wrap_lines,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def steps(curve: pd.DataFrame) -> pd.DataFrame:
    """Return an arm's curve with its start: at day 0 all animals live.

    Parameters
    ----------
    curve : pandas.DataFrame
        One arm's rows of ``survival_curves.csv``.

    Returns
    -------
    pandas.DataFrame
        Columns time_days, at_risk, events, censored, survival, lower_95, upper_95, by time.
    """
    import pandas as pd

    columns = ["time_days", "at_risk", "events", "censored", "survival", "lower_95", "upper_95"]
    curve = curve.sort_values("time_days")[columns].astype(float)
    if curve.empty or curve["time_days"].iloc[0] > 0:
        n = curve["at_risk"].iloc[0] if len(curve) else 0.0
        start = pd.DataFrame([[0.0, n, 0.0, 0.0, 1.0, 1.0, 1.0]], columns=columns)
        curve = pd.concat([start, curve], ignore_index=True)
    return curve.reset_index(drop=True)


def risk_table(curve: pd.DataFrame, times: Sequence[float]) -> list[tuple[int, int, int]]:
    """Return animals at risk, censored and dead at each time.

    At risk are animals whose time is not before t; censored and events are those before t, so
    the three always add up to the arm's animals. Where animals entered late (rows with
    `entered`), those that had not entered before t are not yet at risk.

    Parameters
    ----------
    curve : pandas.DataFrame
        One arm's rows of ``survival_curves.csv``.
    times : sequence of float
        Times in days.

    Returns
    -------
    list of tuple of int
        At risk, censored, events.
    """
    table = steps(curve)
    n = int(table["at_risk"].iloc[0])
    entered = curve["entered"].astype(float) if "entered" in curve.columns else None
    out = []
    for time in times:
        before = table[table["time_days"] < time]
        censored, events = int(before["censored"].sum()), int(before["events"].sum())
        late = 0 if entered is None else int(entered[curve["time_days"] < time].sum())
        out.append((n + late - censored - events, censored, events))
    return out


_COLUMNS = 5
"""Times of a table that tell a curve's course."""

_WIDEST_LABEL = 110.0
"""Points of an arm's name from which on it may be shortened."""


def table_panel(
    header: Callable[[float], list[Line]],
    rows: Sequence[str],
    arms: Sequence[ArmLook],
    draw: Callable[[Axes, float], None],
    style: Style,
    right: float,
    short: bool = False,
) -> Panel:
    """Return the panel of curves in per cent with the extended table below, ready to be placed.

    Parameters
    ----------
    header : callable
        Returns the heading's lines, wrapped to a width in points.
    rows : sequence of str
        The table's row names.
    arms : sequence of ArmLook
        The arms, each of which has a block of the table.
    draw : callable
        Draws into axes; its second argument is how far left of them the heading starts.
    style : Style
        The journal's measures.
    right : float
        Points right of the axes.
    short : bool, optional
        The table is that of :func:`write_short_table`.
    """
    beside = 3 * style.small + 1.4 * style.small
    if not short:
        names = [width(t, style.small, False, style.font) for t in ["100", *rows]]
        beside = max(names) + 1.4 * style.small
    left = max(tick_room(["100"], style) + axis_label_room(style), beside)
    outdent = header_outdent(left, style)

    def room(axes_wide: float) -> Room:
        lines = header(axes_wide + outdent + right)
        depth = (1 + len(arms)) * style.leading + 2
        if not short:
            depth = table_depth(len(arms), len(rows), style)
        bottom = axis_depth(style) + depth
        top = height(lines, style) + head_room(style) + 1
        long = width("Incidence (%)", style.base, False, style.font)
        return graph_room(top, axes_wide, bottom, least=max(long, 50.0 if short else 72.0))

    return Panel(
        left, right, room, lambda ax: draw(ax, outdent), _least(arms, style) if arms else 0.0
    )


def _least(arms: Sequence[ArmLook], style: Style) -> float:
    """Return the width in points below which names of arms or times of the table are cut."""
    names = [wrap_lines([Line(look.label)], 1e6, style)[0].text for look in arms]
    widest = max(width(name, style.small, False, style.font) for name in names)
    columns = _COLUMNS * TICK_ROOM * max(1.0, style.small / 6)
    return max(columns, key_room(style) + min(widest, _WIDEST_LABEL))


def table_depth(arms: int, rows: int, style: Style) -> float:
    """Return the points that the table under the axis takes: a heading and rows for each arm."""
    return (1 + rows) * arms * style.leading + 2 * arms


def write_table(
    ax: Axes,
    blocks: Sequence[tuple[ArmLook, Sequence[Sequence[str]]]],
    labels: Sequence[str],
    ticks: Sequence[float],
    style: Style,
) -> None:
    """Write the extended table under the axis, one block an arm, numbers under the ticks.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room below (:func:`table_depth`).
    blocks : sequence of (ArmLook, sequence of sequence of str)
        Each arm with its cells: for every tick one text per label.
    labels : sequence of str
        The rows' names.
    ticks : sequence of float
        Where the numbers stand, in days.
    style : Style
        The journal's measures.
    """
    from matplotlib.transforms import blended_transform_factory

    paper = points_at(ax, 0, 0)
    under_ticks = blended_transform_factory(ax.transData, paper)
    y = -axis_depth(style)
    for look, cells in blocks:
        y -= style.leading
        draw_key(ax, look, style, 0, y + 0.36 * style.small, paper)
        name = wrap_lines([Line(look.label)], 1e6, style)[0].text
        room = axes_width(ax) - key_room(style)
        ax.text(
            key_room(style),
            y,
            shorten(name, room, style.small, style.font),
            transform=paper,
            fontsize=style.small,
            clip_on=False,
        )
        for row, label in enumerate(labels):
            y -= style.leading
            ax.text(
                -1.4 * style.small,
                y,
                label,
                transform=paper,
                ha="right",
                fontsize=style.small,
                clip_on=False,
            )
            for tick, texts in zip(ticks, cells, strict=True):
                ax.text(
                    tick,
                    y,
                    texts[row],
                    transform=under_ticks,
                    ha="center",
                    fontsize=style.small,
                    color="black" if row == 0 else "#404040",
                    clip_on=False,
                )
        y -= 2


def write_short_table(
    ax: Axes,
    blocks: Sequence[tuple[ArmLook, Sequence[str]]],
    heading: str,
    ticks: Sequence[float],
    style: Style,
    key_left: float | None = None,
) -> None:
    """Write a table of one line an arm under the axis, the arm's sample line before it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room below.
    blocks : sequence of (ArmLook, sequence of str)
        Each arm with a text for every tick.
    heading : str
        What is counted.
    ticks : sequence of float
        Where the numbers stand, in days.
    style : Style
        The journal's measures.
    key_left : float, optional
        Where the sample lines begin, in points from the axis.
    """
    from matplotlib.transforms import blended_transform_factory

    left = -4.4 * style.small if key_left is None else key_left
    paper = points_at(ax, 0, 0)
    under_ticks = blended_transform_factory(ax.transData, paper)
    y = -axis_depth(style) - style.leading
    ax.text(0, y, heading, transform=paper, fontsize=style.small, clip_on=False)
    for look, cells in blocks:
        y -= style.leading
        draw_key(ax, look, style, left, y + 0.36 * style.small, paper)
        for tick, text in zip(ticks, cells, strict=True):
            ax.text(
                tick,
                y,
                text,
                transform=under_ticks,
                ha="center",
                fontsize=style.small,
                clip_on=False,
            )
