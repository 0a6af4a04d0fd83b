"""The panel of flux over time: every animal, the arms' means, the limit of detection, n a day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
from lumicohort.figures.layout import (
    Panel,
    Room,
    axis_depth,
    axis_label_room,
    graph_room,
    header_outdent,
    tick_room,
)
from lumicohort.figures.means import Mean, arm_means, flux_label, mean_words
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
from lumicohort.figures.time_axis import DAYS, TimeAxis
from lumicohort.figures.words import REGIONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


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


def flux_panel(data: FluxData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the panel of flux over time, ready to be placed."""
    present = _present(data, looks)
    left = max(tick_room([power_of_ten(10)], style) + axis_label_room(style), 3 * style.small + 12)
    right = width(LOD_LABEL, style.small, False, style.font) + 5

    outdent = header_outdent(left, style)

    def room(axes_width: float) -> Room:
        lines = _header(data, present, title, axes_width + outdent, style)
        bottom = axis_depth(style) + (1 + len(present)) * style.leading + 2
        return graph_room(height(lines, style) + head_room(style) + 1, axes_width, bottom)

    def draw(ax: Axes) -> None:
        draw_flux_over_time(ax, data, looks, title, style, outdent)

    return Panel(left, right, room, draw)


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
    present = _present(data, looks)
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
    scheduled = sorted({*data.days["day"].astype(float), *data.all_days}) or days
    ticks = _thinned(data.time.within(scheduled), axes_width(ax), data, style)
    data.time.show(ax, ticks, style)
    ax.tick_params(axis="x", labelsize=style.small, width=style.thin)

    open_frame(ax)
    room = axes_width(ax) + outdent
    write_above(ax, _header(data, present, title, room, style), style, outdent=outdent)
    _write_n(ax, summaries, present, ticks, style)


def _present(data: FluxData, looks: Sequence[ArmLook]) -> list[ArmLook]:
    there = set(data.flux["arm"]) if len(data.flux) else set()
    return [look for look in looks if look.arm in there]


def has_hollow_means(data: FluxData, looks: Sequence[ArmLook]) -> bool:
    """Tell whether an arm has a mean after its first death, of survivors only."""
    return any(
        bool((means.loc[means["mean"] > 0, "day"] > data.first_death[look.arm]).any())
        for look in _present(data, looks)
        if look.arm in data.first_death
        for means in [arm_means(data.days, look.arm, data.mean)]
    )


def fitting_limits(data: FluxData, looks: Sequence[ArmLook]) -> tuple[float, float]:
    """Return the limits of the flux axis that hold a panel's values, means and LOD."""
    import pandas as pd

    lod = lod_level(data.flux)
    summaries = {
        look.arm: arm_means(data.days, look.arm, data.mean) for look in _present(data, looks)
    }

    parts = [data.flux["value_p_s"].astype(float)]
    parts += [s[column] for s in summaries.values() for column in ("mean", "lower", "upper")]
    # No error bar may stretch the axis by more than half a decade beyond the animals.
    positive = parts[0][parts[0] > 0]
    values = pd.concat(parts)
    if len(positive):
        values = values[(values >= positive.min() / 3) & (values <= positive.max() * 3)]
    return flux_limits(values, lod)


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
        ax.plot(
            lost["day"],
            [limits[0]] * len(lost),
            linestyle="none",
            marker="v",
            markersize=style.marker * 0.8,
            markerfacecolor="white",
            markeredgecolor=look.colour,
            markeredgewidth=style.thin,
            clip_on=False,
            zorder=3,
            gid="not-positive",
        )
    ax.set_xlabel("")


def _draw_mean(
    ax: Axes, table: pd.DataFrame, look: ArmLook, death: float, shift: float, style: Style
) -> None:
    """Draw an arm's means; hollow from the first death on, when only survivors are left."""
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
    floor = ax.get_ylim()[0]
    ax.vlines(
        bars["day"],
        bars["lower"].clip(lower=floor),
        bars["upper"],
        color=look.colour,
        linewidth=style.line * 0.9,
        transform=moved,
        zorder=6,
    )
    whole = drawable["day"] <= death
    for rows, face in ((drawable[whole], look.colour), (drawable[~whole], "white")):
        ax.plot(
            rows["day"],
            rows["mean"],
            linestyle="none",
            marker=look.marker,
            markersize=style.marker,
            markerfacecolor=face,
            markeredgecolor=look.colour,
            markeredgewidth=style.line * 0.8,
            transform=moved,
            zorder=7,
        )


def _header(
    data: FluxData, present: Sequence[ArmLook], title: str, room: float, style: Style
) -> list[Line]:
    lines = [Line(title, bold=True)]
    for look in present:
        n = data.flux.loc[data.flux["arm"] == look.arm, "animal_id"].nunique()
        lines.append(Line(f"{look.label} (n{STUCK}={STUCK}{n})", key=look))
    if present:
        mean = mean_words(data.mean, data.bars)
        lines.append(Line(f"Thin: animals; bold: {mean}"))
    return wrap_lines(lines, room, style)


def _thinned(days: list[float], room: float, data: FluxData, style: Style) -> list[float]:
    """Return the days that get a tick and a column of n: all that fit, the last one always."""
    below = data.days["n_below_lod"].astype(int).gt(0).any() if len(data.days) else False
    widest = width("00 (00)" if below else "000", style.small, False, style.font) + 3
    if len(days) < 2:
        return days
    span = days[-1] - days[0]
    kept = [days[-1]]
    for day in reversed(days[:-1]):
        if (kept[-1] - day) / (1.14 * span) * room >= widest:
            kept.append(day)
    return kept[::-1]


def _write_n(
    ax: Axes,
    summaries: dict[str, pd.DataFrame],
    present: Sequence[ArmLook],
    ticks: Sequence[float],
    style: Style,
) -> None:
    """Write the animals imaged on each day under the axis."""
    below = any(bool((s["n_below_lod"] > 0).any()) for s in summaries.values())
    blocks = []
    for look in present:
        table = summaries[look.arm].set_index("day")
        texts = []
        for tick in ticks:
            if tick in table.index:
                row = table.loc[tick]
                text = f"{row['n']:.0f}" + (f" ({row['n_below_lod']:.0f})" if below else "")
            else:
                text = "0"
            texts.append(text)
        blocks.append((look, texts))
    heading = "Animals imaged (below LOD)" if below else "Animals imaged"
    write_short_table(ax, blocks, heading, ticks, style, key_left=-3 * style.small - 6)
