"""Swimmer plot: a bar an animal, as high as its weight, with treatments, images and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumicohort.figures.layout import Panel, Room, axis_depth, header_outdent, room_for_label
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    plain,
    points_at,
    say,
    shorten,
    width,
    wrap_lines,
    write_above,
)
from lumicohort.figures.time_axis import DAYS, TimeAxis

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_WIDEST_NAME = 50.0  # points
_LEGEND: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Treated", "treated", {"marker": "|"}),
    ("Imaged", "imaged", {"marker": "^", "markerfacecolor": "white"}),
    ("Died", "died", {"marker": "X"}),
    ("Died otherwise", "died_otherwise", {"marker": "X", "markerfacecolor": "white"}),
    ("Censored", "censored", {"marker": ">", "markerfacecolor": "white"}),
    ("Left out", "left_out", {"marker": "o", "markerfacecolor": "white"}),
    ("Weight loss over {limit:g}%", "lost", {"marker": "v"}),
    ("Not yet observed", "before", {"marker": "_"}),
)
"""What marks stand for: words, key of the mark, how it is drawn."""
_BLACK = ("died", "lost")
_BAR = 0.62
"""Height of a bar at the weight at the start, as a part of the lane."""
AT_LIMIT = 0.4
"""Height of a bar at the loss of weight that ends an animal's study, as a part of that."""
_LEAST, _MOST = 0.15, 1.4
THINNEST = 0.5
"""Height of a lane in points below which nobody could tell animals apart."""


@dataclass(frozen=True, slots=True)
class SwimmerData:
    """What a swimmer plot draws, for one model.

    Parameters
    ----------
    animals : pandas.DataFrame
        animal_id, arm, first_day (0, or the later day on which the animal came under observation:
        its bar begins there, after a thin line), last_day, ended (`died`, `died_otherwise` of a
        competing cause, `censored` or `left_out`).
    marks : pandas.DataFrame
        animal_id, day, what (`treated`, `imaged`, or `lost` on the first day of a weight loss over
        the limit).
    treatments : bool
        Whether the study has a sheet of treatments.
    weights : pandas.DataFrame
        animal_id, day, change_percent (of the weight at the start), by day; an animal without
        rows has an even bar.
    limit_percent : float
        Loss of weight that is a humane endpoint.
    time : TimeAxis
        How time is drawn.
    last_day : float, optional
        The last day of the time axis, where panels share it.
    """

    animals: pd.DataFrame
    marks: pd.DataFrame
    treatments: bool
    weights: pd.DataFrame
    limit_percent: float
    time: TimeAxis = DAYS
    last_day: float | None = None


def in_order(data: SwimmerData, looks: Sequence[ArmLook]) -> pd.DataFrame:
    """Return the animals from top to bottom: arm by arm, the longest first."""
    place = {look.arm: i for i, look in enumerate(looks)}
    table = data.animals[data.animals["arm"].isin(list(place))]
    table = table.assign(_place=table["arm"].map(place))
    order = ["_place", "last_day", "animal_id"]
    return table.sort_values(order, ascending=[True, False, True]).drop(columns="_place")


_NAMED = 1.12
"""Height of a lane, in units of the smallest type, from which on it has its animal's name."""

_MOST_NAMED = 40
"""Lanes that keep their names where a page is squeezed."""


def swimmer_panel(
    data: SwimmerData, looks: Sequence[ArmLook], title: str, style: Style, most_height: float
) -> Panel:
    """Return the swimmer plot of one model, ready to be placed.

    Parameters
    ----------
    data, looks, title, style
        What is drawn, and how.
    most_height : float
        Points that the bars may take in height.
    """
    table = in_order(data, looks)
    present = [look for look in looks if (table["arm"] == look.arm).any()]
    lanes = len(table) + max(len(present) - 1, 0)  # an empty lane between arms
    lane = min(1.5 * style.small, most_height / max(lanes, 1))
    named = lane >= _NAMED * style.smallest
    names = [shorten(plain(a), _WIDEST_NAME, style.smallest) for a in table["animal_id"]]
    widest = max((width(n, style.smallest, False, style.font) for n in names), default=0.0)
    # A letter stands beside the heading, so the heading starts right of it.
    left = max((widest if named else 0.0) + 8, 1.5 * style.letter)
    outdent = header_outdent(left, style)
    marks = _used(data, table)
    if lane < THINNEST:

        def too_many(ax: Axes) -> None:
            say(
                ax,
                f"{title}: {len(table)} animals are too many for a bar each on a page of this "
                "height. Show fewer arms or models.",
                style,
            )

        return Panel(left, 6.0, lambda wide: Room(0.0, 40.0, 0.0), too_many)

    def heading(wide: float) -> list[Line]:
        lines = [Line(title, bold=True)]
        for look in present:
            n = (table["arm"] == look.arm).sum()
            lines.append(Line(f"{look.label} (n{STUCK}={STUCK}{n})", key=look))
        missing = [
            what
            for what, there in (("treatments", data.treatments), ("weights", len(data.weights)))
            if not there
        ]
        if len(table) and missing:
            lines.append(Line(f"No sheet of {' or '.join(missing)}: none shown"))
        if len(data.weights):
            low = f"{AT_LIMIT:.0%} of full at −{data.limit_percent:g}%"
            lines.append(Line(f"Bar height: weight ({low})"))
        return wrap_lines(lines, wide + outdent, style)

    def room(wide: float) -> Room:
        top = height(heading(wide), style) + head_room(style) + 1
        rows = len(_legend_rows(marks, wide, style))
        bottom = axis_depth(style) + 2 + rows * 1.3 * style.leading
        least = _NAMED * style.smallest if named and lanes <= _MOST_NAMED else 0.6 * lane
        return Room(top, max(lane * lanes, 40.0), bottom, least=max(least * lanes, 40.0))

    def draw(ax: Axes) -> None:
        write_above(ax, heading(axes_width(ax)), style, outdent=outdent)
        if table.empty:
            say(ax, f"{title}: no animal with a known last day.", style)
            return
        root = ax.get_figure(root=True)
        assert root is not None
        each = ax.get_window_extent().height / root.dpi * 72 / lanes
        legible = named and each >= style.smallest  # a page that was too high may have squeezed it
        _draw(ax, data, table, present, names if legible else [], style)
        _legend(ax, marks, style)

    return Panel(left, 6.0, room, draw, room_for_label(data.time.label, 6.0, style))


def _used(data: SwimmerData, table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return the legend's entries that occur."""
    there = {*table["ended"], *data.marks["what"]}
    if (table["first_day"] > 0).any():
        there.add("before")
    return [
        (words.format(limit=data.limit_percent), {**look, "gid": f"key-{key}"})
        for words, key, look in _LEGEND
        if key in there
    ]


def bar(
    weights: pd.DataFrame, begin: float, end: float, limit_percent: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days at which an animal's bar changes, and its height there.

    Parameters
    ----------
    weights : pandas.DataFrame
        The animal's rows of `SwimmerData.weights`.
    begin, end : float
        Days between which the bar is drawn.
    limit_percent : float
        Loss of weight at which the height is :data:`AT_LIMIT`.

    Returns
    -------
    days, heights : ndarray of float
        Heights are 1 at the weight at the start and fall in proportion to the loss, straight
        between weighings; before the first and after the last the weight is taken as unchanged.
    """
    import numpy as np

    day = weights["day"].to_numpy(float)
    change = weights["change_percent"].to_numpy(float)
    days = np.unique([begin, *day[(day > begin) & (day < end)], end])
    if not len(day):
        return days, np.ones_like(days)
    heights = 1 + (1 - AT_LIMIT) * np.interp(days, day, change) / limit_percent
    return days, np.clip(heights, _LEAST, _MOST)


def _draw(
    ax: Axes,
    data: SwimmerData,
    table: pd.DataFrame,
    present: Sequence[ArmLook],
    names: Sequence[str],
    style: Style,
) -> None:

    last = float(table["last_day"].max()) if data.last_day is None else data.last_day
    ticks = data.time.ticks(last, False, axes_width(ax))
    low, high = data.time.limits or (0.0, max(ticks[-1], last) * 1.02)
    ax.set_xlim(low, high)
    data.time.show(ax, ticks, style)
    lanes = len(table) + len(present) - 1
    ax.set_ylim(lanes - 0.4, -0.6)
    lane = ax.get_window_extent().height / ax.figure.dpi * 72 / lanes
    size = min(style.marker, 0.75 * lane)
    kinds = {key: look for _, key, look in _LEGEND}
    y, arm = -1, None
    columns = ("animal_id", "arm", "first_day", "last_day", "ended")
    rows = zip(*(table[name] for name in columns), strict=True)
    weights_of = dict(iter(data.weights.groupby("animal_id", sort=False)))
    marks_of = dict(iter(data.marks.groupby("animal_id", sort=False)))
    for place, (animal, its_arm, first, end, ended) in enumerate(rows):
        look = next(a for a in present if a.arm == its_arm)
        y += 1 if arm in (None, its_arm) else 2
        arm = its_arm
        weights = weights_of.get(animal, data.weights.iloc[:0])
        begin = min(max(low, float(first)), high)
        if first > low:
            # a line of its own: the animal was not at risk
            ax.plot(
                [max(low, 0.0), begin],
                [y, y],
                color=look.colour,
                linewidth=style.thin,
                solid_capstyle="butt",
                gid=f"before-{animal}",
            )
        drawn, heights = bar(weights, begin, min(float(end), high), data.limit_percent)
        ax.fill_between(
            drawn,
            y - 0.5 * _BAR * heights,
            y + 0.5 * _BAR * heights,
            color=look.colour,
            linewidth=0,
            alpha=0.35,
            gid=f"bar-{animal}",
        )
        mine = marks_of.get(animal, data.marks.iloc[:0])
        for day in data.time.within([float(d) for d in mine.loc[mine["what"] == "lost", "day"]]):
            ax.plot(
                [day],
                [y - 0.42],
                linestyle="none",
                color="black",
                markersize=0.7 * size,
                markeredgewidth=0,
                zorder=4,
                clip_on=False,
                gid=f"lost-{animal}",
                **kinds["lost"],
            )
        for what in ("treated", "imaged"):
            days = data.time.within([float(d) for d in mine.loc[mine["what"] == what, "day"]])
            mark = kinds[what]
            ax.plot(
                days,
                [y] * len(days),
                linestyle="none",
                color=look.colour,
                markersize=size * (1.15 if what == "treated" else 0.75),
                markeredgewidth=style.thin * (1.6 if what == "treated" else 1),
                zorder=3,
                gid=f"{what}-{animal}",
                **mark,
            )
        if low <= float(end) <= high:
            ax.plot(
                [float(end)],
                [y],
                linestyle="none",
                color="black" if ended in ("died", "died_otherwise") else look.colour,
                markersize=size,
                markeredgewidth=style.thin if ended != "died" else 0,
                zorder=4,
                clip_on=False,
                gid=f"{ended}-{animal}",
                **kinds[ended],
            )
        if names:
            ax.annotate(
                names[place],
                (0, y),
                xycoords=ax.get_yaxis_transform(),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=style.smallest,
                annotation_clip=False,
            )
    ax.set_yticks([])
    ax.tick_params(labelsize=style.small, width=style.thin)
    open_frame(ax, left=False)


def _legend_rows(
    marks: Sequence[tuple[str, dict[str, Any]]], wide: float, style: Style
) -> list[list[tuple[str, dict[str, Any], float]]]:
    """Return the legend's entries with their places, in as many rows as they need."""
    rows: list[list[tuple[str, dict[str, Any], float]]] = []
    x = wide
    for words, look in marks:
        step = width(words, style.small, False, style.font) + 1.5 * style.small + 8
        if not rows or x + step > wide + 8:
            rows.append([])
            x = 0.0
        rows[-1].append((words, look, x))
        x += step
    return rows


def _legend(ax: Axes, marks: Sequence[tuple[str, dict[str, Any]]], style: Style) -> None:
    from matplotlib.lines import Line2D

    under = points_at(ax, 0, 0)
    y = -axis_depth(style) - 2
    for row in _legend_rows(marks, axes_width(ax), style):
        y -= 1.3 * style.leading
        for words, look, x in row:
            black = look["gid"].removeprefix("key-") in _BLACK
            ax.add_artist(
                Line2D(
                    [x + style.marker / 2],
                    [y + 0.36 * style.small],
                    linestyle="none",
                    color="black" if black else NOTE_COLOUR,
                    markersize=style.marker,
                    markeredgewidth=0 if black else style.thin * 1.4,
                    transform=under,
                    clip_on=False,
                    **look,
                )
            )
            ax.text(
                x + 1.5 * style.small,
                y,
                words,
                transform=under,
                fontsize=style.small,
                clip_on=False,
            )
