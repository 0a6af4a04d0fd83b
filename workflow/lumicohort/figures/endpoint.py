"""The endpoint panel: each animal's flux at the endpoint day, the arms' means, exact p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.comparison import (
    Column,
    EndpointData,
    compared,
    compared_pairs,
    endpoint_columns,
    is_adjusted,
    reduction,
    rows_on_day,
)
from lumicohort.figures.dots import dot_size, draw_dots
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
    axis_label_room,
    graph_room,
    header_outdent,
    room_for_label,
    tick_room,
)
from lumicohort.figures.marks import draw_not_positive
from lumicohort.figures.means import Mean, arm_means, flux_label, mean_words
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    draw_key,
    head_room,
    height,
    open_frame,
    plain,
    points_at,
    say,
    width,
    wrap,
    wrap_lines,
    write_above,
)
from lumicohort.figures.words import REGIONS, adjustment_words, tests_words
from lumicohort.tables.format import (
    NA,
    format_days,
    format_interval,
    format_p_equation,
    format_percent,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def endpoint_panel(data: EndpointData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the endpoint panel, ready to be placed."""
    columns = endpoint_columns(data, looks)
    left = tick_room([power_of_ten(10)], style) + axis_label_room(style)
    right = width(LOD_LABEL, style.small, False, style.font) + 5

    outdent = header_outdent(left, style)

    def room(axes_width: float) -> Room:
        lines = _header(data, columns, title, axes_width, outdent, style)
        labels = _labels(columns, axes_width, style)
        top = height(lines, style) + _brackets_height(data, columns, style) + head_room(style) + 1
        bottom = 0.8 * style.small + max((len(x) for x in labels), default=1) * style.leading
        return graph_room(top, axes_width, bottom + 1.6 * style.base)

    def draw(ax: Axes) -> None:
        draw_endpoint_burden(ax, data, looks, title, style, outdent)

    each = width("n = 00", style.small, False, style.font) + 2
    label = room_for_label("Day 00 after inoculation", right, style)
    return Panel(left, right, room, draw, max(label, (len(columns) + 0.2) * each))


def draw_endpoint_burden(
    ax: Axes,
    data: EndpointData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    outdent: float = 0.0,
) -> None:
    """Draw one dot an animal at the endpoint day, the arms' means, and exact p above.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room above and below (:func:`endpoint_panel` says how much).
    data : EndpointData
        Flux and comparisons of one model.
    looks : sequence of ArmLook
        How the arms are drawn, in order.
    title : str
        The model's name.
    style : Style
        The journal's measures.
    outdent : float, optional
        Points by which the heading starts left of the axes.
    """
    columns = endpoint_columns(data, looks)
    if not columns:
        region = REGIONS.get(data.region, data.region)
        say(ax, f"{title}: no flux of the region “{region}” that is included.", style)
        return
    dots = [_dots(data, column) for column in columns]
    lod = lod_level(data.flux)
    limits = data.limits or fitting_limits(data, looks)
    log_flux_axis(ax, limits, flux_label(data.quantity, data.region, data.unit), style)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    for x, (column, rows) in enumerate(zip(columns, dots, strict=True)):
        values = rows["value_p_s"].to_numpy(float)
        there = values > 0
        size = dot_size(len(rows), len(columns), style)
        below = rows["below_lod"].to_numpy(bool)[there]
        if there.any():
            draw_dots(ax, x, values[there], below, column.look, size, style)
        if lost := int((~there).sum()):
            beside = [x + 0.12 * (i - (lost - 1) / 2) for i in range(lost)]
            gid = f"not-positive-{x}"
            draw_not_positive(ax, beside, limits[0], column.look, style, gid)
        _draw_mean(ax, x, column, data, style)
    draw_lod(ax, lod, limits, style)
    _write_columns(ax, columns, dots, style)
    ax.tick_params(axis="x", length=0)

    open_frame(ax)
    brackets = _brackets_height(data, columns, style)
    write_above(
        ax,
        _header(data, columns, title, axes_width(ax), outdent, style),
        style,
        gap=brackets,
        outdent=outdent,
    )
    _draw_brackets(ax, data, columns, style)


def fitting_limits(data: EndpointData, looks: Sequence[ArmLook]) -> tuple[float, float]:
    """Return the limits of the flux axis that hold a panel's dots, and the LOD where it is near."""
    import pandas as pd

    columns = endpoint_columns(data, looks)
    dots = [_dots(data, column)["value_p_s"].astype(float) for column in columns]
    values = pd.concat(dots) if dots else pd.Series(dtype=float)
    for column in columns:  # error bars too, but none may stretch the axis beyond a decade
        table = arm_means(data.days, column.look.arm, data.mean)
        ends = table.loc[table["day"] == column.day, ["lower", "upper"]].to_numpy().ravel()
        near = [e for e in ends if values.min() / 10 < e < values.max() * 10]
        values = pd.concat([values, pd.Series(near, dtype=float)])
    return flux_limits(values, lod_level(data.flux), reach=10)


def has_hollow_dots(data: EndpointData, looks: Sequence[ArmLook]) -> bool:
    """Tell whether an animal that is drawn is below the limit of detection."""
    columns = endpoint_columns(data, looks)
    return any(bool(_dots(data, column)["below_lod"].any()) for column in columns)


def _dots(data: EndpointData, column: Column) -> pd.DataFrame:
    arm = data.flux[data.flux["arm"] == column.look.arm]
    return rows_on_day(arm, column.day)


def _draw_mean(ax: Axes, x: int, column: Column, data: EndpointData, style: Style) -> None:
    """Draw the arm's mean and its error bar beside the dots."""
    table = arm_means(data.days, column.look.arm, data.mean)
    rows = table[table["day"] == column.day]
    if rows.empty:
        return
    row = rows.iloc[0]
    middle, low, high = float(row["mean"]), float(row["lower"]), float(row["upper"])
    if int(row["n"]) < 2:  # the animal is its own mean
        return
    floor = ax.get_ylim()[0]
    if not middle > 0:
        return
    colour = "black"
    ax.hlines(
        middle,
        x - 0.28,
        x + 0.28,
        color=colour,
        linewidth=style.line * 1.2,
        zorder=6,
        gid=f"mean-{x}",
    )
    if math.isfinite(low) and math.isfinite(high):
        ax.vlines(x, max(low, floor), high, color=colour, linewidth=style.line * 0.8, zorder=6)
        for end in (e for e in (low, high) if floor <= e <= ax.get_ylim()[1]):
            ax.hlines(end, x - 0.1, x + 0.1, color=colour, linewidth=style.line * 0.8, zorder=6)


def _labels(columns: Sequence[Column], room: float, style: Style) -> list[list[str]]:
    """Return the lines under each column; an empty name stands for the arm's sample alone."""
    each = room / (len(columns) + 0.2) - 3
    several_days = len({column.day for column in columns}) > 1
    names = [
        wrap(plain(column.look.label), each, style.small, False, style.font) for column in columns
    ]
    whole = {word for column in columns for word in plain(column.look.label).split(" ")}
    fits = all(len(name) <= 2 for name in names) and all(
        width(word, style.small, False, style.font) <= each for word in whole
    )
    out = []
    for column, name in zip(columns, names, strict=True):
        lines = list(name) if fits else [""]
        if several_days:
            lines.append(f"day {format_days(column.day)}")
        out.append([*lines, "n = 00"])
    return out


def _write_columns(
    ax: Axes, columns: Sequence[Column], dots: Sequence[pd.DataFrame], style: Style
) -> None:
    from matplotlib.transforms import blended_transform_factory

    paper = points_at(ax, 0, 0)
    under = blended_transform_factory(ax.transData, paper)
    ax.set_xticks([])
    labels = _labels(columns, axes_width(ax), style)
    deepest = max(len(lines) for lines in labels)
    each = axes_width(ax) / (len(columns) + 0.2)
    for x, (column, lines, rows) in enumerate(zip(columns, labels, dots, strict=True)):
        y = -0.8 * style.small
        shown = [*lines[:-1], *[""] * (deepest - len(lines)), f"n = {len(compared(rows))}"]
        for line in shown:
            y -= style.leading
            if line == "" and lines[0] == "":
                middle = (x + 0.6) * each
                draw_key(
                    ax,
                    column.look,
                    style,
                    middle - 1.5 * style.small,
                    y + 0.36 * style.small,
                    paper,
                )
                continue
            ax.text(x, y, line, transform=under, ha="center", fontsize=style.small, clip_on=False)
    days = {column.day for column in columns}
    if len(days) == 1:
        y = -0.8 * style.small - deepest * style.leading - 1.3 * style.base
        ax.text(
            axes_width(ax) / 2,
            y,
            f"Day {format_days(days.pop())} after inoculation",
            transform=paper,
            ha="center",
            fontsize=style.base,
            clip_on=False,
        )


def _header(
    data: EndpointData,
    columns: Sequence[Column],
    title: str,
    room: float,
    outdent: float,
    style: Style,
) -> list[Line]:

    lines = [Line(title, bold=True)]
    if not columns:
        return wrap_lines(lines, room + outdent, style)
    pairs = compared_pairs(data, columns)
    names = {column.look.arm: column.look.label for column in columns}
    keys = not _labels(columns, room, style)[0][0]
    reductions = {str(row["arm"]): _reduction_words(row, data.mean) for _, row in pairs.iterrows()}
    told = {arm: words for arm, words in reductions.items() if words is not None}
    if keys or len(told) > 1:
        if told:
            reference = names[str(pairs.iloc[0]["reference"])]
            lines.append(Line(f"Against {reference} (95% CI):"))
        for look in dict.fromkeys(column.look for column in columns):
            if keys or look.arm in told:
                words = ": {} ({})".format(*told[look.arm]) if look.arm in told else ""
                lines.append(Line(f"{look.label}{words}", key=look if keys else None))
    else:
        for arm, (change, interval) in told.items():
            reference = names[str(pairs.iloc[0]["reference"])]
            ci = f"no 95%{STUCK}CI" if interval == NA else f"95%{STUCK}CI{STUCK}{interval}"
            lines.append(Line(f"{names[arm]} {change} than {reference} ({ci})"))
    if pairs.empty:
        one = len({column.look.arm for column in columns}) == 1
        why = "One arm: nothing to compare" if one else "Nothing to compare on a common day"
        lines.append(Line(why))
    else:
        name = tests_words(pairs)
        if len(pairs) > 1 or is_adjusted(data.comparisons):
            name += adjustment_words(data.p_adjust if is_adjusted(data.comparisons) else "none")
        lines.append(Line(name))
    means = [arm_means(data.days, column.look.arm, data.mean) for column in columns]
    barred = any(
        table.loc[table["day"] == column.day, "upper"].notna().any()
        for table, column in zip(means, columns, strict=True)
    )
    what = "Reduction and bars" if told else "Bars"
    if data.mean == "arithmetic" and told:
        bars = "; bars: ± SEM" * barred
        lines.append(Line(f"Reduction: arithmetic means, 95% CI{bars}"))
    elif told and not barred:
        lines.append(Line("Reduction and bars: geometric means"))
    else:
        lines.append(Line(f"{what}: {mean_words(data.mean, barred)}"))
    return wrap_lines(lines, room + outdent, style)


def _reduction_words(row: pd.Series, mean: Mean) -> tuple[str, str] | None:
    """Return ``67% lower`` and its interval, ``46–80%``; None where it is not estimable."""
    percent, low, high = reduction(row, mean)
    if math.isnan(percent):
        return None
    ends = (low, high) if percent >= 0 else (-high, -low)
    interval = format_interval(*ends, format_percent).replace(" ", STUCK)
    return f"{format_percent(abs(percent))} {'lower' if percent >= 0 else 'higher'}", interval


def _brackets_height(data: EndpointData, columns: Sequence[Column], style: Style) -> float:
    return len(compared_pairs(data, columns)) * (style.leading + 4) if columns else 0.0


def _draw_brackets(ax: Axes, data: EndpointData, columns: Sequence[Column], style: Style) -> None:
    """Draw a bracket with its exact p over each compared pair, above the axes."""
    import pandas as pd
    from matplotlib.lines import Line2D
    from matplotlib.transforms import blended_transform_factory

    over = blended_transform_factory(ax.transData, points_at(ax, 0, 1))
    place = {(column.look.arm, column.day): x for x, column in enumerate(columns)}
    pairs = compared_pairs(data, columns)
    adjusted = is_adjusted(data.comparisons)
    for index, (_, row) in enumerate(pairs.iterrows()):
        a = place[(row["reference"], float(row["day"]))]
        b = place[(row["arm"], float(row["day"]))]
        y = 4 + index * (style.leading + 4)
        ax.add_artist(
            Line2D(
                [a, a, b, b],
                [y - 2.5, y, y, y - 2.5],
                color="black",
                linewidth=style.thin,
                transform=over,
                clip_on=False,
            )
        )
        p = row["p_adjusted"] if adjusted else row["p_value"]
        text = "not testable" if pd.isna(p) else format_p_equation(float(p), data.smallest_p)
        ax.text(
            (a + b) / 2,
            y + 1.6,
            text,
            transform=over,
            ha="center",
            va="baseline",
            fontsize=style.small,
            clip_on=False,
        )
