"""Step curves of shares over time: an arm's line, its band and censor ticks, and their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import open_frame
from lumicohort.figures.time_axis import TimeAxis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def draw_steps(
    ax: Axes,
    days: Sequence[float] | pd.Series,
    percent: Sequence[float] | pd.Series,
    look: ArmLook,
    style: Style,
    gid: str,
) -> None:
    """Draw an arm's curve, which changes on the days themselves."""
    ax.step(
        days,
        percent,
        where="post",
        color=look.colour,
        linestyle=look.line_style,
        linewidth=style.line,
        solid_capstyle="butt",
        solid_joinstyle="miter",
        gid=gid,
    )


def draw_band(ax: Axes, curve: pd.DataFrame, look: ArmLook) -> None:
    """Draw the pointwise band; where the table has no limits (S = 0) the band ends.

    Limits hold until the next day of the table, also where that has none.
    """
    days = curve["time_days"].to_numpy(float)
    lower, upper = (curve[c].to_numpy(float) * 100 for c in ("lower_95", "upper_95"))
    known = np.isfinite(lower) & np.isfinite(upper)
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        last = min(end, len(days) - 1)
        rows = [*range(first, end), end - 1]
        ax.fill_between(
            [*days[first:end], days[last]],
            lower[rows],
            upper[rows],
            step="post",
            color=look.colour,
            alpha=0.15,
            linewidth=0,
        )


def draw_censored(
    ax: Axes,
    curve: pd.DataFrame,
    share: str,
    days: tuple[float, float],
    look: ArmLook,
    style: Style,
    gid: str | None = None,
) -> None:
    """Draw a tick on the curve wherever animals were censored on the days that are shown.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the curve.
    curve : pandas.DataFrame
        The arm's rows, with columns time_days and censored.
    share : str
        Column of the curve's height, a share of 1.
    days : (float, float)
        First and last day that is shown.
    look : ArmLook
        How the arm is drawn.
    style : Style
        The journal's measures.
    gid : str, optional
        Name of the ticks in an SVG.
    """
    censored = curve[(curve["censored"] > 0) & curve["time_days"].between(*days)]
    ax.plot(
        censored["time_days"],
        censored[share] * 100,
        linestyle="none",
        marker="|",
        markersize=style.marker * 1.9,
        markeredgewidth=max(style.thin, 0.75 * style.line),
        color=look.colour,
        clip_on=False,
        zorder=5,
        gid=gid,
    )


def percent_over_time(
    ax: Axes,
    label: str,
    days: tuple[float, float],
    ticks: Sequence[float],
    time: TimeAxis,
    style: Style,
) -> None:
    """Show an axis of 0 to 100 % over the days of the study."""
    ax.set_xlim(*days)
    time.show(ax, ticks, style)
    ax.set_ylim(0, 102)
    ax.set_yticks([0, 25, 50, 75, 100])
    ax.spines["left"].set_bounds(0, 100)
    ax.set_ylabel(label, fontsize=style.base)
    ax.tick_params(labelsize=style.small, width=style.thin)
    open_frame(ax)
