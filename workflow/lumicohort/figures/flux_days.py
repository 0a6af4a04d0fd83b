"""What flux over time shows of each day: means with their marks, and numbers of animals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lumicohort.figures.means import Mean, arm_means, flux_label
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import width
from lumicohort.figures.time_axis import DAYS, TimeAxis

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class FluxData:
    """What one panel of flux over time draws, for one model and region.

    Parameters
    ----------
    flux : pandas.DataFrame
        Values as :func:`lumicohort.figures.data.load` gives them: animal_id, arm, day, on_day,
        value_p_s (NaN where the flux is not positive), lod_p_s, below_lod.
    days : pandas.DataFrame
        Rows of ``burden_days.csv``.
    first_death : dict of str to float
        Arm to the day of its first event; arms without events are missing.
    region, quantity : str
        What is drawn, as the config names it.
    mean : {'geometric', 'arithmetic'}
        Geometric mean with 95% CI, or arithmetic mean with SEM.
    limits : tuple of float, optional
        Limits of the flux axis in p/s.
    all_days : sequence of float
        Imaging days of the time axis, where panels share it.
    bars : bool
        Whether error bars are drawn.
    unit : str
        How the unit of flux is written.
    time : TimeAxis
        How time is drawn.
    """

    flux: pd.DataFrame
    days: pd.DataFrame
    first_death: dict[str, float]
    region: str
    quantity: str
    mean: Mean = "geometric"
    limits: tuple[float, float] | None = None
    all_days: Sequence[float] = ()
    bars: bool = True
    unit: str = "p/s"
    time: TimeAxis = DAYS

    @property
    def axis_label(self) -> str:
        """The flux axis' label with region and unit."""
        return flux_label(self.quantity, self.region, self.unit)


def arms_of(data: FluxData, looks: Sequence[ArmLook]) -> list[ArmLook]:
    """Return the arms that have an image."""
    there = set(data.flux["arm"]) if len(data.flux) else set()
    return [look for look in looks if look.arm in there]


MeanMark = Literal["full", "half", "hollow"]


def mean_marks(data: FluxData, looks: Sequence[ArmLook]) -> set[tuple[MeanMark, bool]]:
    """Return which marks the means of a panel have, each with whether it is of survivors only.

    A mean of animals that are all below the limit of detection is hollow, as such an animal is;
    of the others, one after the arm's first death is half filled.
    """
    found: set[tuple[MeanMark, bool]] = set()
    for look in arms_of(data, looks):
        means = arm_means(data.days, look.arm, data.mean)
        means = means[(means["mean"] > 0) & means["day"].isin(data.time.within([*means["day"]]))]
        death = data.first_death.get(look.arm, math.inf)
        found |= set(zip(marks_of(means, death), means["day"] > death, strict=True))
    return found


def marks_of(means: pd.DataFrame, death: float) -> list[MeanMark]:
    """Return the mark of each of an arm's means."""
    return [
        "hollow" if n_below == n else "half" if day > death else "full"
        for day, n, n_below in zip(means["day"], means["n"], means["n_below_lod"], strict=True)
    ]


def named_days(
    data: FluxData, looks: Sequence[ArmLook], room: float, style: Style
) -> tuple[list[float], list[float]]:
    """Return the days that get a tick and a column of n, and the days that have no room for them.

    Parameters
    ----------
    data : FluxData
        What is drawn.
    looks : sequence of ArmLook
        How the arms are drawn.
    room : float
        Width of the axes in points.
    style : Style
        The journal's measures.

    Returns
    -------
    tuple of list of float
        All days that fit, the last one always; and the others.
    """
    held = {float(day) for day in data.days["day"]} | set(data.all_days)
    days = data.time.within(sorted(held or {float(day) for day in data.flux["day"]}))
    if len(days) < 2:
        return days, []
    numbers = [text for n in numbers_of(data, arms_of(data, looks)).values() for text in n.values()]
    widest = max(width(text, style.small, False, style.font) for text in ["000", *numbers]) + 3
    span = days[-1] - days[0]
    kept = [days[-1]]
    for day in reversed(days[:-1]):
        if (kept[-1] - day) / (1.14 * span) * room >= widest:
            kept.append(day)
    return kept[::-1], [day for day in days if day not in kept]


def numbers_of(data: FluxData, arms: Sequence[ArmLook]) -> dict[str, dict[float, str]]:
    """Return the animals imaged of each arm by day, those below the LOD in brackets."""
    below = any_below(data, arms)
    return {
        look.arm: {
            float(day): f"{n}" + f" ({n_below})" * below
            for day, n, n_below in zip(
                *(means[name] for name in ("day", "n", "n_below_lod")), strict=True
            )
        }
        for look in arms
        for means in [arm_means(data.days, look.arm, data.mean)]
    }


def any_below(data: FluxData, arms: Sequence[ArmLook]) -> bool:
    """Tell whether an image of the arms is below the limit of detection: n then says how many."""
    rows = data.days[data.days["arm"].isin([look.arm for look in arms])]
    return bool((rows["n_below_lod"].astype(int) > 0).any())
