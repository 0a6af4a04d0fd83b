"""Body weight over time: every animal's change from its start, the arms' means, the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.graph import arm_lines, graph_panel
from lumicohort.figures.layout import Panel, axis_label_room, tick_room
from lumicohort.figures.means import FEWEST
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import Line, axes_width
from lumicohort.figures.time_axis import DAYS, TimeAxis

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


_LABEL = "Change of weight (%)"


@dataclass(frozen=True, slots=True)
class WeightData:
    """What a panel of weights draws, for one model.

    Parameters
    ----------
    weights : pandas.DataFrame
        animal_id, arm, day, change_percent (of the animal's weight at inoculation, or of its
        first weighing where that is not known); from :func:`weight_changes`.
    limit_percent : float
        Loss of weight that is a humane endpoint.
    bands : bool
        Whether the means have error bars (SEM).
    time : TimeAxis
        How time is drawn.
    shared : pandas.DataFrame, optional
        The weights of all panels that share their axes.
    """

    weights: pd.DataFrame
    limit_percent: float
    bands: bool = True
    time: TimeAxis = DAYS
    shared: pd.DataFrame | None = None

    @property
    def held(self) -> pd.DataFrame:
        """The weights that the axes hold."""
        return self.weights if self.shared is None else self.shared


def weight_changes(events: pd.DataFrame) -> pd.DataFrame:
    """Return each animal's change of weight in percent of its weight at the start.

    The start is the last weighing up to inoculation, or the first one after it: the rule by which
    deviations from the protocol are listed.

    Parameters
    ----------
    events : pandas.DataFrame
        Rows of ``cohort/events.csv``.

    Returns
    -------
    pandas.DataFrame
        animal_id, model, arm, day, change_percent; weighings before the start are left out, and
        animals that were weighed once.
    """
    weighed = events[(events["what"] == "weighed") & (events["unit"] == "g")]
    # Animals in the order of the table; the days of each in their own.
    place = weighed["animal_id"].map({a: k for k, a in enumerate(weighed["animal_id"].unique())})
    weighed = weighed.assign(_place=place).sort_values(["_place", "day"], kind="stable")
    first = weighed.drop_duplicates("animal_id").set_index("animal_id")
    last_before = weighed[weighed["day"] <= 0].drop_duplicates("animal_id", keep="last")
    start = last_before.set_index("animal_id").combine_first(first)
    ids = weighed["animal_id"]
    from_start = weighed["day"] >= ids.map(start["day"])
    several = ids.where(from_start).groupby(ids).transform("count") > 1
    value = ids.map(start["value"])
    changes = weighed.assign(change_percent=100 * (weighed["value"] - value) / value)
    columns = ["animal_id", "model", "arm", "day", "change_percent"]
    return changes.loc[from_start & several, columns]


def days_of_loss(changes: pd.DataFrame, limit_percent: float) -> pd.DataFrame:
    """Return the first weighing of each animal that lost more than the limit.

    Parameters
    ----------
    changes : pandas.DataFrame
        From :func:`weight_changes`.
    limit_percent : float
        Loss of weight that is a humane endpoint; a loss of just that is not over it, as in the
        list of deviations.

    Returns
    -------
    pandas.DataFrame
        The rows of `changes`, at most one an animal.
    """
    over = changes[changes["change_percent"].astype(float) < -limit_percent - 1e-9]
    return over.sort_values("day", kind="stable").drop_duplicates("animal_id")


def weight_means(weights: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Return an arm's mean change with its standard error, of the animals alive.

    On the day on which animals die often these alone are weighed, and their mean is not that of
    the arm. So an animal counts from its first to its last weighing, between two of them by linear
    interpolation. Days are those on which :data:`FEWEST` animals or more were weighed.

    Parameters
    ----------
    weights : pandas.DataFrame
        From :func:`weight_changes`, of one model.
    arm : str
        The arm.

    Returns
    -------
    pandas.DataFrame
        day, n, mean, sem (percent).
    """
    import numpy as np
    import pandas as pd

    rows = weights[weights["arm"] == arm].astype({"change_percent": float, "day": float})
    rows = rows.sort_values("day", kind="stable")  # as interpolation asks for
    weighed = rows.groupby("day").size()
    days = weighed.index[weighed >= FEWEST].to_numpy(float)
    courses = [
        np.interp(days, one["day"], one["change_percent"], left=np.nan, right=np.nan)
        for _, one in rows.groupby("animal_id")
    ]
    table = pd.DataFrame(courses, columns=days, dtype=float)
    return pd.DataFrame(
        {"day": days, "n": table.count().to_numpy(), "mean": table.mean().to_numpy()}
    ).assign(sem=table.sem().to_numpy())


def weights_panel(data: WeightData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the panel of weights over time."""
    table = data.weights
    present = [look for look in looks if (table["arm"] == look.arm).any()]
    counts = {
        look.arm: table.loc[table["arm"] == look.arm, "animal_id"].nunique() for look in looks
    }
    lines = [Line(title, bold=True), *arm_lines(present, counts)]
    if present:
        means = [len(weight_means(table, look.arm)) for look in present]
        mean = "mean ± SEM" if data.bands else "mean"
        bold = f"; bold: {mean} of those alive" if any(means) else ""
        lines.append(Line(f"Thin: animals{bold}"))
        lines.append(Line(f"Dashed: humane endpoint, −{data.limit_percent:g}%"))

    def draw(ax: Axes) -> None:
        low, high = _limits(data)
        for look in present:
            _animals(ax, table[table["arm"] == look.arm], look, style)
            _mean(ax, weight_means(table, look.arm), look, data.bands, style)
        ax.axhline(0, color=NOTE_COLOUR, linewidth=style.thin, linestyle=":", zorder=1)
        ax.axhline(
            -data.limit_percent, color="black", linewidth=style.line, linestyle="--", zorder=2,
            gid="limit",
        )  # fmt: skip
        days = data.held["day"].astype(float)
        ticks = data.time.ticks(float(days.max()), False, axes_width(ax))
        ax.set_xlim(*(data.time.limits or (min(0.0, float(days.min())), ticks[-1])))
        data.time.show(ax, ticks, style)
        ax.set_ylim(low, high)
        ax.set_ylabel(_LABEL, fontsize=style.base)

    nothing = "" if present else f"{title}: no animal was weighed twice, or no sheet of weights."
    left = tick_room(["−40"], style) + axis_label_room(style)
    return graph_panel(
        lines,
        draw,
        style,
        left,
        right=6.0,
        nothing=nothing,
        x_label=data.time.label,
        y_label=_LABEL,
    )


def _limits(data: WeightData) -> tuple[float, float]:
    """Return axis limits that hold all animals, and the limit."""
    change = data.held["change_percent"].astype(float)
    low = min(float(change.min()), -data.limit_percent - 4)
    return 5 * (low // 5), 5 * -(-max(float(change.max()), 5.0) // 5)


def _animals(ax: Axes, rows: pd.DataFrame, look: ArmLook, style: Style) -> None:
    from lumicohort.figures.animal_lines import draw_animal_lines

    draw_animal_lines(ax, rows, "change_percent", look, style)


def _mean(ax: Axes, means: pd.DataFrame, look: ArmLook, bands: bool, style: Style) -> None:
    ax.errorbar(
        means["day"],
        means["mean"],
        yerr=means["sem"] if bands else None,
        color=look.colour,
        linestyle=look.line_style,
        linewidth=style.line * 1.2,
        elinewidth=style.line * 0.7,
        marker=look.marker,
        markersize=style.marker * 0.8,
        markeredgewidth=0,
        zorder=5,
        gid=f"mean-{look.arm}",
    )
