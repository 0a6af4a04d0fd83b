"""Dots of an arm's animals over one place of an axis: each is seen, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.style import ArmLook, Style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MANY = 60
"""Animals of an arm beyond which dots have no place beside each other."""
_SMALL = 0.6
"""Part of the style's marker below which a dot's edge is thin, so that it does not cover it."""
CLOUD_WIDTH = 0.8
"""Width over which they then spread, where a column is 1 wide."""


def dot_size(animals: int, columns: int, style: Style) -> float:
    """Return the size of the dots in points: the smaller, the more there are."""
    return style.marker * min(1.0, 1.15 - 0.012 * min(animals, MANY) - 0.03 * columns)


def draw_dots(
    ax: Axes,
    x: int,
    values: NDArray[np.float64],
    hollow: NDArray[np.bool_],
    look: ArmLook,
    size: float,
    style: Style,
) -> None:
    """Draw one dot an animal, side by side where they would cover each other.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with a log axis of flux.
    x : int
        The arm's place.
    values : ndarray of float, shape (n,)
        Flux (photons/s), above 0.
    hollow : ndarray of bool, shape (n,)
        Which dots are drawn hollow.
    look : ArmLook
        Colour and marker of the arm.
    size : float
        Size of a dot in points.
    style : Style
        The journal's measures.
    """
    before = len(ax.collections)
    line = style.thin if size > _SMALL * style.marker else 0.5 * style.thin
    place = _swarm if len(values) <= MANY else _cloud
    place(ax, x, values, look, size, line)
    for collection in ax.collections[before:]:
        collection.set_facecolor(["white" if empty else look.colour for empty in hollow])
        collection.set_edgecolor([look.colour if empty else "white" for empty in hollow])
        collection.set_clip_on(False)
        collection.set_zorder(4)
        collection.set_gid(f"dots-{x}")
    ax.set_xlabel("")


def _swarm(
    ax: Axes, x: int, values: NDArray[np.float64], look: ArmLook, size: float, line: float
) -> None:
    """Draw dots beside each other."""
    import warnings

    import seaborn as sns

    with warnings.catch_warnings():
        # Dots that find no free place stand at the column's edge; every one is still drawn.
        warnings.filterwarnings("ignore", message=".*of the points cannot be placed.*")
        sns.swarmplot(
            x=[float(x)] * len(values),
            y=values,
            size=size,
            color=look.colour,
            marker=look.marker,
            linewidth=line,
            native_scale=True,
            warn_thresh=1.0,
            ax=ax,
            legend=False,
        )


def _cloud(
    ax: Axes, x: int, values: NDArray[np.float64], look: ArmLook, size: float, line: float
) -> None:
    """Draw dots spread the wider, the more are near.

    In the order of their values they take the places of a van der Corput sequence, which leaves
    no gaps and, unlike random places, makes the same picture each time; the width follows the
    histogram of log10 flux.
    """
    import numpy as np
    from scipy.stats.qmc import Halton

    logs = np.log10(values)
    counts, edges = np.histogram(logs, bins=max(10, round(len(logs) ** 0.5)))
    width = CLOUD_WIDTH * np.interp(logs, (edges[1:] + edges[:-1]) / 2, counts / counts.max())
    places = np.empty(len(logs))
    places[np.argsort(logs, kind="stable")] = Halton(1, scramble=False).random(len(logs))[:, 0]
    ax.scatter(
        x + (places - 0.5) * width,
        values,
        s=size**2,
        marker=look.marker,
        linewidths=line,
    )
