"""Thin lines, one an animal, of however many animals: one artist draws those of an arm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import matplotlib.lines
import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from numpy.typing import NDArray

    from lumicohort.figures.style import ArmLook, Style


class AnimalLines(matplotlib.lines.Line2D):
    """The lines of an arm's animals, drawn one after another in the order of their names.

    An artist takes 11 kB, which an archive's animals would take each. A `LineCollection` would
    take less too, but puts all lines into one group of an SVG, where each is to be found and
    edited by itself.

    Parameters
    ----------
    animals : array of str, shape (n,)
        Which animal each point is of.
    x, y : array of float, shape (n,)
        The points; those of one animal in the order of its line.
    **looks
        Of a line, as `matplotlib.lines.Line2D` takes them.
    """

    def __init__(
        self,
        animals: NDArray[np.object_],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        **looks: Any,
    ) -> None:
        super().__init__([], [], **looks)
        order = np.argsort(animals, kind="stable")
        animals, self._all_x, self._all_y = animals[order], x[order], y[order]
        changes = 1 + np.flatnonzero(animals[1:] != animals[:-1])
        self._ends = [*changes.tolist(), len(animals)] if len(animals) else []

    @property
    def lines(self) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Each animal's line: its x and y."""
        start = 0
        for end in self._ends:
            yield self._all_x[start:end], self._all_y[start:end]
            start = end

    def draw(self, renderer: RendererBase) -> None:
        """Draw every line as the artist of it alone would."""
        assert self.axes is not None
        for x, y in self.lines:
            self.set_data(x, y)
            # A clip path of its own: a PDF would put lines that share one into one group.
            self.set_clip_path(self.axes.patch)
            super().draw(renderer)


def draw_animal_lines(
    ax: Axes, rows: pd.DataFrame, value: str, look: ArmLook, style: Style
) -> None:
    """Draw a thin line for each animal of an arm.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes whose limits are set by the caller: the lines do not stretch them.
    rows : pandas.DataFrame
        animal_id, day and `value`; the rows of one animal in the order of its line.
    value : str
        Column of the values.
    look : ArmLook
        Colour of the arm.
    style : Style
        The journal's measures.
    """
    ax.add_line(
        AnimalLines(
            rows["animal_id"].to_numpy(dtype=object),
            rows["day"].to_numpy(dtype=float),
            rows[value].to_numpy(dtype=float),
            color=look.colour,
            linewidth=style.thin,
            alpha=0.4,
            gid="animal",
        )
    )
