"""The time axis that panels share: days or weeks after inoculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lumicohort.figures.style import Style
from lumicohort.figures.texts import day_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lumicohort.study.config.output import Drawing


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """How time is drawn. Positions on the axis are days whatever the unit of its labels.

    Parameters
    ----------
    unit : {'days', 'weeks'}
        Unit of tick labels and of the axis' label.
    limits : tuple of float, optional
        First and last day shown; the data's where none are given.
    """

    unit: Literal["days", "weeks"] = "days"
    limits: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """The axis' label."""
        return f"{self.unit.capitalize()} after inoculation"

    @property
    def days(self) -> float:
        """Days of a unit."""
        return 7.0 if self.unit == "weeks" else 1.0

    def ticks(self, last: float, beyond: bool, room: float) -> list[float]:
        """Return the days that get ticks, from day 0 (or the first day shown) on.

        Parameters
        ----------
        last : float
            The data's last day.
        beyond : bool
            Whether the last tick must lie after it; see :func:`lumicohort.figures.texts.day_ticks`.
        room : float
            Width of the axis in points.
        """
        if self.limits is None:
            last = max(last, 1.0)
            return [t * self.days for t in day_ticks(last / self.days, beyond, room)]
        low, high = self.limits
        step = self.days * day_ticks((high - low) / self.days, False, room)[1]
        first = -(-low // step)
        return [step * (first + i) for i in range(int(high // step - first) + 1)]

    def ends(self, ticks: Sequence[float]) -> tuple[float, float]:
        """Return the axis' limits: those given, or from day 0 to the last tick."""
        return self.limits or (0.0, ticks[-1])

    def within(self, days: Sequence[float]) -> list[float]:
        """Return those of some days that are shown."""
        low, high = self.limits or (-float("inf"), float("inf"))
        return [day for day in days if low <= day <= high]

    def show(self, ax: Axes, ticks: Sequence[float], style: Style) -> None:
        """Set ticks (in days), their labels and the axis' label."""
        ax.set_xticks(list(ticks))
        ax.set_xticklabels([f"{round(t / self.days, 1):g}" for t in ticks])
        ax.set_xlabel(self.label, fontsize=style.base)


DAYS = TimeAxis()
"""Days, as far as the data go."""


def time_axis(drawing: Drawing) -> TimeAxis:
    """Return the time axis that a figure of the config asks for."""
    return TimeAxis(drawing.time_unit, drawing.day_limits)
