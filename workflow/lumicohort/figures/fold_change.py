"""Change of burden from baseline: every animal over time (spider), and sorted bars (waterfall)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.data import is_true
from lumicohort.figures.flux_axis import decade_labels, decades, power_of_ten
from lumicohort.figures.graph import arm_lines, graph_panel
from lumicohort.figures.layout import Panel, axis_label_room, tick_room
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import Line, axes_width, points_at
from lumicohort.figures.time_axis import DAYS, TimeAxis
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


_LABEL = "Fold change from baseline"
_SORTED = "Animals, sorted"


@dataclass(frozen=True, slots=True)
class FoldData:
    """What panels of the change from baseline draw, for one model and region.

    Parameters
    ----------
    flux : pandas.DataFrame
        animal_id, arm, day, fold (over the animal's baseline; NaN without one), below_lod, died
        (whether the animal died after its last image).
    animals : pandas.DataFrame
        Rows of ``burden_animals.csv``: animal_id, arm, baseline_day, endpoint_day, fold_change,
        baseline_below_lod, endpoint_below_lod.
    fold_range : tuple of float, optional
        Lowest and highest fold change that the axis holds, where panels share it.
    last_day : float, optional
        The last day of the time axis, where panels share it.
    """

    flux: pd.DataFrame
    animals: pd.DataFrame
    fold_range: tuple[float, float] | None = None
    last_day: float | None = None


def spider_panel(
    data: FoldData, looks: Sequence[ArmLook], title: str, style: Style, time: TimeAxis = DAYS
) -> Panel:
    """Return the spider plot: each animal's fold change from baseline over time."""
    known = followed(data)
    present = [look for look in looks if (known["arm"] == look.arm).any()]
    counts = {
        look.arm: known.loc[known["arm"] == look.arm, "animal_id"].nunique() for look in present
    }
    lines = [Line(title, bold=True), *arm_lines(present, counts)]
    if present:
        hollow = "; hollow: below the LOD" * bool(known["below_lod"].any())
        lines.append(Line(f"Line: animal; cross: last image before death{hollow}"))

    def draw(ax: Axes) -> None:
        _fold_axis(ax, data.fold_range or fold_range(known["fold"]), style)
        for look in present:
            of_arm = known[known["arm"] == look.arm].groupby("animal_id", sort=True)
            for animal, rows in of_arm:
                rows = rows.sort_values("day")
                ax.plot(
                    rows["day"],
                    rows["fold"],
                    color=look.colour,
                    linestyle=look.line_style,
                    linewidth=style.line * 0.7,
                    alpha=0.75,
                    gid="animal",
                )
                _below_marks(ax, rows[rows["below_lod"]], look, style)
                end = rows.iloc[-1]
                if end["below_lod"] and not end["died"]:
                    continue
                ax.plot(
                    [end["day"]],
                    [end["fold"]],
                    marker="x" if end["died"] else look.marker,
                    markersize=style.marker * 0.8,
                    markeredgewidth=style.line * 0.7 if end["died"] else 0,
                    color=look.colour,
                    gid=f"end-{animal}",
                )
        last = float(known["day"].max()) if data.last_day is None else data.last_day
        ticks = time.ticks(last, False, axes_width(ax))
        ax.set_xlim(*(time.limits or (0, max(ticks[-1], last) * 1.02)))
        time.show(ax, ticks, style)

    nothing = "" if present else f"{title}: no animal has an image at baseline and a later one."
    return graph_panel(
        lines, draw, style, _left(style), nothing=nothing, x_label=time.label, y_label=_LABEL
    )


def _below_marks(ax: Axes, rows: pd.DataFrame, look: ArmLook, style: Style) -> None:
    """Mark an animal's values below the limit of detection hollow, as everywhere."""
    ax.plot(
        rows["day"],
        rows["fold"],
        linestyle="none",
        marker=look.marker,
        markersize=style.marker * 0.6,
        markerfacecolor="white",
        markeredgecolor=look.colour,
        markeredgewidth=style.thin,
        zorder=3,
        gid="below-lod",
    )


def followed(data: FoldData) -> pd.DataFrame:
    """Return the fold changes that a spider plot draws; none where no animal has a second one.

    Parameters
    ----------
    data : FoldData
        What is drawn.
    """
    known = data.flux[data.flux["fold"] > 0]
    return known if known["animal_id"].duplicated().any() else known.iloc[:0]


def fold_range(fold: pd.Series) -> tuple[float, float] | None:
    """Return the lowest and highest fold change, none where there are none."""
    return (float(fold.min()), float(fold.max())) if len(fold) else None


def waterfall_panel(data: FoldData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the waterfall: fold change from baseline to the endpoint day, sorted."""
    table = data.animals.assign(fold=data.animals["fold_change"].astype(float))
    table = table[(table["fold"] > 0) & table["arm"].isin([look.arm for look in looks])]
    table = table.sort_values(["fold", "animal_id"], ascending=[False, True], kind="stable")
    present = [look for look in looks if (table["arm"] == look.arm).any()]
    counts = {look.arm: int((table["arm"] == look.arm).sum()) for look in present}
    lines = [Line(title, bold=True), *arm_lines(present, counts)]
    below = ends_below(table)
    if present:
        hollow = "; hollow: of a value below the LOD" * bool(below.any())
        lines.append(Line(days_in_words(table) + hollow))

    def draw(ax: Axes) -> None:
        _fold_axis(ax, data.fold_range or fold_range(table["fold"]), style)
        colours = {look.arm: look.colour for look in present}
        xs = list(range(len(table)))
        ax.vlines(
            xs,
            [min(1.0, f) for f in table["fold"]],
            [max(1.0, f) for f in table["fold"]],
            colors=[colours[arm] for arm in table["arm"]],
            linewidth=0.72 * axes_width(ax) / (len(table) + 1),
            gid="bars",
        )
        under = points_at(ax, 0, 0)
        for look in present:  # the arm's marker under its bars, so that colour is not all
            for x, arm, hollow in zip(xs, table["arm"], below, strict=True):
                if arm == look.arm:
                    ax.plot(
                        [(x + 1) * axes_width(ax) / (len(table) + 1)],
                        [-0.7 * style.small],
                        marker=look.marker,
                        markersize=min(style.marker * 0.8, 0.6 * axes_width(ax) / (len(table) + 1)),
                        markeredgewidth=style.thin if hollow else 0,
                        markerfacecolor="white" if hollow else look.colour,
                        markeredgecolor=look.colour,
                        transform=under,
                        clip_on=False,
                        gid="hollow-mark" if hollow else "mark",
                    )
        ax.axhline(1, color="black", linewidth=style.thin)
        ax.set_xlim(-1, len(table))
        ax.set_xticks([])
        ax.set_xlabel(_SORTED, fontsize=style.base, labelpad=1.3 * style.small)

    nothing = "" if present else f"{title}: {_why_no_change(data.animals)}."
    return graph_panel(
        lines, draw, style, _left(style), nothing=nothing, x_label=_SORTED, y_label=_LABEL
    )


def ends_below(animals: pd.DataFrame) -> pd.Series:
    """Tell whose value at baseline or at the endpoint is below the limit of detection.

    Parameters
    ----------
    animals : pandas.DataFrame
        Rows of ``burden_animals.csv``.
    """
    return animals[["baseline_below_lod", "endpoint_below_lod"]].map(is_true).any(axis=1)


def _why_no_change(animals: pd.DataFrame) -> str:
    """Say why no animal has a change from baseline to the endpoint day."""
    both = animals.dropna(subset=["baseline_day", "endpoint_day"])
    days = {float(day) for day in both["endpoint_day"]}
    if len(both) and (both["baseline_day"] >= both["endpoint_day"]).all():
        named = " and ".join(format_days(day) for day in sorted(days))
        return f"the endpoint (day {named}) is not after the baseline: there is no change to draw"
    return "no animal has flux at baseline and at the endpoint day"


def days_in_words(animals: pd.DataFrame) -> str:
    """Say between which days the change is taken: ``Day 7 to day 21``."""
    days = sorted(
        {
            (float(a), float(b))
            for a, b in zip(animals["baseline_day"], animals["endpoint_day"], strict=True)
            if a == a and b == b
        }
    )
    words = [f"day {format_days(a)} to day {format_days(b)}" for a, b in days if a < b]
    if words:
        return ", ".join(words).capitalize()
    return "No day after the baseline" if days else "No common days"


def _left(style: Style) -> float:
    return tick_room([power_of_ten(-1)], style) + axis_label_room(style)


def _fold_axis(ax: Axes, held: tuple[float, float] | None, style: Style) -> None:
    """Make the y axis logarithmic around no change, ticks at decades, to hold a range."""
    from matplotlib.ticker import FixedLocator, NullLocator

    least, most = held or (1.0, 1.0)
    low = math.floor(math.log10(min(least, 0.999)) + 0.02)
    high = math.ceil(math.log10(max(most, 1.001)) - 0.02)
    ax.set_yscale("log")
    ax.set_ylim(min(10.0**low, least * 0.9), max(10.0 ** max(high, 1), most * 1.1))
    exponents = decades(low, max(high, 1), 8)
    ax.yaxis.set_major_locator(FixedLocator([10.0**e for e in exponents]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticklabels(decade_labels(exponents))
    ax.axhline(1, color=NOTE_COLOUR, linestyle=":", linewidth=style.thin, zorder=1)
    ax.set_ylabel(_LABEL, fontsize=style.base)
