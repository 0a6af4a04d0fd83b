"""Whether the growth model fits: residuals against fitted values, and normal quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lumicohort.figures.layout import (
    Panel,
    Room,
    axis_label_room,
    graph_room,
    header_outdent,
    tick_room,
)
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    plain,
    say,
    wrap_lines,
    write_above,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

What = Literal["residuals", "random_intercept", "random_slope"]

_HEADINGS: dict[What, str] = {
    "residuals": "Residuals",
    "random_intercept": "Animals: intercepts",
    "random_slope": "Animals: slopes",
}


@dataclass(frozen=True)
class DiagnosticsData:
    """What one panel draws.

    Parameters
    ----------
    points : pandas.DataFrame
        Rows of ``growth_diagnostics.csv`` of one model, region and kind: arm, fitted_log10,
        standardised, normal_quantile.
    what : str
        `residuals` are drawn against fitted values, random effects against normal quantiles.
    fitted : bool
        Whether a model was fitted, if without what is to be drawn.
    keys : bool
        Whether the heading names the arms.
    asked : bool
        Whether growth was to be analysed by such a model.
    """

    points: pd.DataFrame
    what: What
    fitted: bool = False
    keys: bool = True
    asked: bool = True


def diagnostics_panel(
    data: DiagnosticsData, looks: Sequence[ArmLook], title: str, style: Style
) -> Panel:
    """Return the panel, ready to be placed."""
    left = tick_room(["−2.5"], style) + axis_label_room(style)
    outdent = header_outdent(left, style)

    def room(width: float) -> Room:
        top = height(_header(data, looks, title, width + outdent, style), style)
        return graph_room(top + head_room(style) + 1, width, 2.6 * style.base + 4, 0.62, 50.0)

    def draw(ax: Axes) -> None:
        draw_diagnostics(ax, data, looks, title, style, outdent)

    return Panel(left, 4.0, room, draw)


def draw_diagnostics(
    ax: Axes,
    data: DiagnosticsData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    outdent: float = 0.0,
) -> None:
    """Draw one diagnostic panel of the growth model.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    data : DiagnosticsData
        What is drawn.
    looks : sequence of ArmLook
        How arms are drawn.
    title : str
        Heading, the model's name.
    style : Style
        The journal's measures.
    outdent : float, optional
        Points by which the heading starts left of the axes.
    """
    header = _header(data, looks, title, axes_width(ax) + outdent, style)
    if data.points.empty:
        why = "No mixed model of growth could be fitted: growth.csv says why."
        if not data.asked:
            why = "Growth was analysed by each animal's slope, without a mixed model."
        if data.fitted:
            effects = _HEADINGS[data.what].rpartition(" ")[2]
            why = f"The model that was fitted has no random {effects}: growth.csv says more."
        say(ax, why, style)
        write_above(ax, header, style, outdent=outdent)
        return
    residuals = data.what == "residuals"
    across = "fitted_log10" if residuals else "normal_quantile"
    for look in looks:
        rows = data.points[data.points["arm"] == look.arm]
        ax.plot(
            rows[across].astype(float),
            rows["standardised"].astype(float),
            linestyle="none",
            marker=look.marker,
            markersize=style.marker,
            markeredgewidth=0,
            color=look.colour,
            alpha=0.8,
        )
    if residuals:
        ax.axhline(0, color=NOTE_COLOUR, linewidth=style.thin, linestyle=":")
    else:
        ax.axline((0, 0), slope=1, color=NOTE_COLOUR, linewidth=style.thin, linestyle=":")
    ax.set_xlabel("Fitted log10 flux (p/s)" if residuals else "Normal quantile")
    ax.set_ylabel("Standardised")

    open_frame(ax)
    write_above(ax, header, style, outdent=outdent)


def _header(
    data: DiagnosticsData, looks: Sequence[ArmLook], title: str, room: float, style: Style
) -> list[Line]:
    lines = [Line(plain(title), bold=True), Line(_HEADINGS[data.what])]
    lines += [Line(plain(look.label), key=look) for look in looks if data.keys]
    return wrap_lines(lines, room, style)
