"""Marks of values that a log axis or the camera cannot tell, alike in all figures of flux."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lumicohort.figures.style import ArmLook, Style


def draw_not_positive(
    ax: Axes, x: Sequence[float], foot: float, look: ArmLook, style: Style, gid: str
) -> None:
    """Draw values that are not positive as open triangles at the foot of a log axis.

    Parameters
    ----------
    ax : Axes
        The panel.
    x : sequence of float
        Where they stand.
    foot : float
        The axis' lower limit.
    look : ArmLook
        The arm's look.
    style : Style
        The figure's style.
    gid : str
        Name of the marks in the drawing.
    """
    ax.plot(
        list(x),
        [foot] * len(x),
        linestyle="none",
        marker="v",
        markersize=style.marker * 0.8,
        markerfacecolor="white",
        markeredgecolor=look.colour,
        markeredgewidth=style.thin,
        clip_on=False,
        zorder=5,
        gid=gid,
    )
