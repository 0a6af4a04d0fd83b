"""The panel of flux over time: every animal, the arms' means, the limit of detection, n a day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.at_risk import write_short_table
from lumicohort.figures.flux_axis import (
    LOD_LABEL,
    draw_lod,
    flux_limits,
    lod_level,
    log_flux_axis,
    power_of_ten,
)
from lumicohort.figures.flux_days import (
    FluxData,
    any_below,
    arms_of,
    marks_of,
    named_days,
    numbers_of,
)
from lumicohort.figures.layout import (
    Panel,
    Room,
    axis_depth,
    axis_label_room,
    graph_room,
    header_outdent,
    room_for_label,
    tick_room,
)
from lumicohort.figures.marks import draw_not_positive
from lumicohort.figures.means import arm_means, mean_words
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    say,
    width,
    wrap_lines,
    write_above,
)
from lumicohort.figures.words import REGIONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def flux_panel(data: FluxData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the panel of flux over time, ready to be placed."""
    present = arms_of(data, looks)
    left = max(tick_room([power_of_ten(10)], style) + axis_label_room(style), 3 * style.small + 12)
    right = width(LOD_LABEL, style.small, False, style.font) + 5

    outdent = header_outdent(left, style)

    def room(axes_width: float) -> Room:
        lines = _header(data, present, title, axes_width + outdent, style)
        bottom = axis_depth(style) + (1 + len(present)) * style.leading + 2
        return graph_room(height(lines, style) + head_room(style) + 1, axes_width, bottom)

    def draw(ax: Axes) -> None:
        draw_flux_over_time(ax, data, looks, title, style, outdent)

    return Panel(left, right, room, draw, room_for_label(data.time.label, right, style))


def draw_flux_over_time(
    ax: Axes,
    data: FluxData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    outdent: float = 0.0,
) -> None:
    """Draw the flux of every animal over time, with the arms' means.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room above and below (:func:`flux_panel` says how much).
    data : FluxData
        Flux and means of one model.
    looks : sequence of ArmLook
        How the arms are drawn, in order.
    title : str
        The model's name.
    style : Style
        The journal's measures.
    outdent : float, optional
        Points by which the heading starts left of the axes.
    """
    present = arms_of(data, looks)
    if not present:
        region = REGIONS.get(data.region, data.region)
        say(ax, f"{title}: no flux of the region “{region}” that is included.", style)
        return
    lod = lod_level(data.flux)
    summaries = {look.arm: arm_means(data.days, look.arm, data.mean) for look in present}
    limits = data.limits or fitting_limits(data, looks)
    log_flux_axis(ax, limits, data.axis_label, style)
    _draw_animals(ax, data, present, limits, style)
    for index, look in enumerate(present):
        shift = (index - (len(present) - 1) / 2) * 0.5 * style.marker
        table = summaries[look.arm]
        if not data.bars:
            table = table.assign(lower=math.nan, upper=math.nan)
        _draw_mean(ax, table, look, data.first_death.get(look.arm, math.inf), shift, style)
    draw_lod(ax, lod, limits, style)
    days = sorted(
        {*data.flux["day"].astype(float), *data.days["day"].astype(float), *data.all_days}
    )
    span = max(days[-1] - days[0], 1.0)
    pad = 0.07 * span if len(days) > 1 else 3.0
    ax.set_xlim(*(data.time.limits or (days[0] - pad, days[-1] + pad)))
    ticks, _ = named_days(data, looks, axes_width(ax), style)
    data.time.show(ax, ticks, style)
    ax.tick_params(axis="x", labelsize=style.small, width=style.thin)

    open_frame(ax)
    room = axes_width(ax) + outdent
    write_above(ax, _header(data, present, title, room, style), style, outdent=outdent)
    _write_n(ax, data, present, ticks, style)


def fitting_limits(data: FluxData, looks: Sequence[ArmLook]) -> tuple[float, float]:
    """Return the limits of the flux axis that hold a panel's values, means and LOD."""
    import pandas as pd

    lod = lod_level(data.flux)
    summaries = {
        look.arm: arm_means(data.days, look.arm, data.mean) for look in arms_of(data, looks)
    }

    parts = [data.flux["value_p_s"].astype(float)]
    parts += [s[column] for s in summaries.values() for column in ("mean", "lower", "upper")]
    # No error bar may stretch the axis by more than half a decade beyond the animals.
    positive = parts[0][parts[0] > 0]
    values = pd.concat(parts)
    if len(positive):
        values = values[(values >= positive.min() / 3) & (values <= positive.max() * 3)]
    return flux_limits(values, lod)


def bars_go_on(data: FluxData, looks: Sequence[ArmLook]) -> bool:
    """Return whether an error bar ends beyond the flux axis, where an arrow is drawn."""
    if not data.bars:
        return False
    low, high = data.limits or fitting_limits(data, looks)
    for look in arms_of(data, looks):
        table = arm_means(data.days, look.arm, data.mean)
        table = table[(table["mean"] > 0) & table["lower"].notna() & table["upper"].notna()]
        if ((table["lower"] < low) | (table["upper"] > high)).any():
            return True
    return False


def _draw_animals(
    ax: Axes,
    data: FluxData,
    present: Sequence[ArmLook],
    limits: tuple[float, float],
    style: Style,
) -> None:
    """Draw each animal's line: below the LOD hollow, not positive at the foot of the axis."""
    # Loads matplotlib, which the panels of a figure are described without.
    from lumicohort.figures.animal_lines import draw_animal_lines

    flux = data.flux.assign(
        day=data.flux["day"].astype(float), drawn=data.flux["value_p_s"].astype(float)
    )
    flux["drawn"] = flux["drawn"].where(flux["drawn"] > 0)
    for look in present:
        arm = flux[flux["arm"] == look.arm].sort_values("day", kind="stable")
        draw_animal_lines(ax, arm.dropna(subset="drawn"), "drawn", look, style)
    for look in present:
        arm = flux[flux["arm"] == look.arm]
        alone = arm.groupby("animal_id")["day"].transform("size") == 1
        below = arm["below_lod"].astype(bool)
        for rows, hollow in ((arm[alone & ~below], False), (arm[below], True)):
            ax.plot(
                rows["day"],
                rows["drawn"],
                linestyle="none",
                marker=look.marker,
                markersize=style.marker * 0.6,
                markerfacecolor="white" if hollow else look.colour,
                markeredgecolor=look.colour,
                markeredgewidth=style.thin if hollow else 0,
                alpha=1 if hollow else 0.5,
                zorder=3,
            )
        lost = arm[arm["drawn"].isna() & arm["day"].isin(data.time.within(list(arm["day"])))]
        draw_not_positive(ax, list(lost["day"]), limits[0], look, style, "not-positive")
    ax.set_xlabel("")


def _draw_mean(
    ax: Axes, table: pd.DataFrame, look: ArmLook, death: float, shift: float, style: Style
) -> None:
    """Draw an arm's means; half filled from the first death on, when only survivors are left."""
    import numpy as np
    from matplotlib.transforms import ScaledTranslation

    root = ax.get_figure(root=True)
    assert root is not None
    moved = ax.transData + ScaledTranslation(shift / 72, 0, root.dpi_scale_trans)
    drawable = table[table["mean"] > 0]
    ax.plot(
        drawable["day"],
        drawable["mean"],
        color=look.colour,
        linestyle=look.line_style,
        linewidth=style.line * 1.2,
        transform=moved,
        zorder=6,
        gid=f"mean-{look.arm}",
    )
    bars = drawable[drawable["lower"].notna() & drawable["upper"].notna()]
    floor, ceiling = ax.get_ylim()
    ax.vlines(
        bars["day"],
        bars["lower"].clip(lower=floor),
        bars["upper"].clip(upper=ceiling),
        color=look.colour,
        linewidth=style.line * 0.9,
        transform=moved,
        zorder=6,
    )
    for end, marker, cut in (
        (floor, "v", bars["lower"] < floor),
        (ceiling, "^", bars["upper"] > ceiling),
    ):
        ax.plot(
            bars["day"][cut],
            [end] * int(cut.sum()),
            linestyle="none",
            marker=marker,
            markersize=style.marker * 0.7,
            color=look.colour,
            transform=moved,
            clip_on=False,
            zorder=6,
            gid=f"goes-on-{look.arm}",
        )
    marks = np.array(marks_of(drawable, death))
    for mark in dict.fromkeys(marks):
        rows = drawable[marks == mark]
        ax.plot(
            rows["day"],
            rows["mean"],
            linestyle="none",
            marker=look.marker,
            markersize=style.marker,
            fillstyle="bottom" if mark == "half" else "full",
            markerfacecolor="white" if mark == "hollow" else look.colour,
            markerfacecoloralt="white",
            markeredgecolor=look.colour,
            markeredgewidth=style.line * 0.8,
            transform=moved,
            zorder=7,
            gid=f"means-{mark}-{look.arm}",
        )


def _header(
    data: FluxData, present: Sequence[ArmLook], title: str, room: float, style: Style
) -> list[Line]:
    lines = [Line(title, bold=True)]
    for look in present:
        n = data.flux.loc[data.flux["arm"] == look.arm, "animal_id"].nunique()
        lines.append(Line(f"{look.label} (n{STUCK}={STUCK}{n})", key=look))
    if present:
        drawn = any(
            arm_means(data.days, look.arm, data.mean)["upper"].notna().any() for look in present
        )
        mean = mean_words(data.mean, data.bars and drawn)
        lines.append(Line(f"Thin: animals; bold: {mean}"))
    return wrap_lines(lines, room, style)


def _write_n(
    ax: Axes, data: FluxData, present: Sequence[ArmLook], ticks: Sequence[float], style: Style
) -> None:
    """Write the animals imaged on each day under the axis."""
    numbers = numbers_of(data, present)
    blocks = [(look, [numbers[look.arm].get(tick, "0") for tick in ticks]) for look in present]
    heading = "Animals imaged" + " (below LOD)" * any_below(data, present)
    write_short_table(ax, blocks, heading, ticks, style, key_left=-3 * style.small - 6)
