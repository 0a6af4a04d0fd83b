"""The montage: radiance in colour over the photograph, animals across and days down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lumicohort.figures.layout import Panel, Room, default_layout
from lumicohort.figures.scale import Scale, coloured
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    height,
    plain,
    points_at,
    say,
    shorten,
    width,
    wrap_lines,
    write_above,
)
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

_GUTTER_CM = 0.35  # between cells, in centimetres of mouse
_WIDEST_CELL = 62.0  # points; larger pictures show pixels, not mice


@dataclass(frozen=True, slots=True)
class Picture:
    """An animal cut out of a click.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (rows, columns)
        The photograph.
    radiance : ndarray of float, shape (rows, columns)
        Radiance in p/s/cm²/sr.
    own : ndarray of bool, shape (rows, columns)
        Pixels that are nearer to this animal than to any other.
    pixel_cm : float
        Size of a pixel at the stage.
    """

    photograph: np.ndarray
    radiance: np.ndarray
    own: np.ndarray
    pixel_cm: float


@dataclass(frozen=True, slots=True)
class MontageData:
    """What one montage panel draws, for one model.

    Parameters
    ----------
    animals : dict of str to list of str
        Arm to the animals shown.
    days : sequence of float
        The days shown.
    pictures : dict of (animal, day) to Picture
        What there is.
    ends : dict of str to (float, bool)
        Animal to its last day and whether it died then.
    selection_day : dict of str to float
        Arm to the day on which its animals were chosen.
    days_left_out : sequence of float
        Imaging days on which none of the figure's animals was imaged any more.
    """

    animals: dict[str, list[str]]
    days: Sequence[float]
    pictures: dict[tuple[str, float], Picture]
    ends: dict[str, tuple[float, bool]] = field(default_factory=dict)
    selection_day: dict[str, float] = field(default_factory=dict)
    days_left_out: Sequence[float] = ()


def choose_animals(values: pd.DataFrame, day: float, count: int) -> list[str]:
    """Return the animals of one arm nearest to the arm's median, never hand-picked.

    Distance is measured on log10 flux; of two equally near, the one first by id is taken. The
    chosen ones are returned from the lowest to the highest flux.

    Parameters
    ----------
    values : pandas.DataFrame
        One arm's values (animal_id, on_day, value_p_s).
    day : float
        The day of the choice.
    count : int
        How many animals.

    Returns
    -------
    list of str
        Their ids; fewer than `count` where fewer have a value that day.
    """
    import numpy as np

    there = values[(values["on_day"] == day) & (values["value_p_s"] > 0)]
    if there.empty:
        return []
    log_flux = there["value_p_s"].astype(float).map(math.log10)
    distance = (log_flux - float(np.median(log_flux))).abs().round(12)
    table = there.assign(_log=log_flux, _distance=distance)
    near = table.sort_values(["_distance", "animal_id"], kind="stable").head(count)
    return [str(a) for a in near.sort_values(["_log", "animal_id"], kind="stable")["animal_id"]]


def montage_panel(
    data: MontageData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    scale: Scale,
    most_height: float,
) -> Panel:
    """Return the montage panel, ready to be placed.

    Parameters
    ----------
    data, looks, title, style, scale
        As in :func:`draw_montage`.
    most_height : float
        Points that the pictures may take in height.
    """
    days = [f"Day {format_days(day)}" for day in data.days] or [""]
    left = max(width(day, style.small, False, style.font) for day in days) + 5
    left = max(left, 1.5 * style.letter)

    def room(axes_width: float) -> Room:
        shape = _sheet(data, looks)
        head = [Line(title, bold=True)]
        top = height(wrap_lines(head, axes_width, style), style)
        if shape is None:
            return Room(top + 5, 80.0, 4.0)
        top += style.leading + 1.3 * style.smallest + 6
        points_per_cm = min(axes_width / shape[0], _WIDEST_CELL / shape[2])
        return Room(top, min(shape[1] * points_per_cm, most_height), 1.6 * style.small + 4)

    return Panel(left, 2.0, room, lambda ax: draw_montage(ax, data, looks, title, style, scale))


def montage_layout(
    data: Sequence[MontageData], style: Style, width_cm: float | None
) -> tuple[float, int]:
    """Return width in cm and panels a row at which animals are still to be seen.

    Panels stand side by side where every picture stays at least 0.7 cm wide; otherwise they
    stand below each other, on the widest page unless the config gives a width.

    Parameters
    ----------
    data : sequence of MontageData
        The panels.
    style : Style
        The journal's measures.
    width_cm : float or None
        The config's width.
    """
    most = max((sum(len(ids) for ids in d.animals.values()) for d in data), default=1)
    needed = 0.7 * style.base / 7 * max(most, 1) + 1.5
    width, columns = default_layout(style, len(data), width_cm)
    if width / columns >= needed:
        return width, columns
    if width_cm is None:
        width = next((w for w in style.widths_cm if w >= needed), style.widths_cm[-1])
    return width, max(1, int(width / needed))


def draw_montage(
    ax: Axes,
    data: MontageData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    scale: Scale,
) -> None:
    """Draw animals across and days down, all at one magnification and one colour scale.

    The axes' unit is a centimetre at the stage, so the scale bar is exact.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room above and below (:func:`montage_panel` says how much).
    data : MontageData
        Pictures of one model.
    looks : sequence of ArmLook
        How the arms are named, in order.
    title : str
        The model's name.
    style : Style
        The journal's measures.
    scale : Scale
        The colour scale.
    """
    ax.set_axis_off()
    shape = _sheet(data, looks)

    head = wrap_lines([Line(title, bold=True)], axes_width(ax), style)
    if shape is None:
        write_above(ax, head, style)
        say(ax, "No preview of an animal that can be shown.", style)
        return
    total_width, total_height, cell_width, cell_height = shape
    ax.set_xlim(0, total_width)
    ax.set_ylim(total_height, 0)
    ax.set_aspect("equal", adjustable="box", anchor="NW")
    points_per_cm = _points_per_cm(ax)
    x = 0.0
    first = True
    for look in looks:
        chosen = data.animals.get(look.arm, [])
        if not chosen:
            continue
        span = len(chosen) * (cell_width + _GUTTER_CM) - _GUTTER_CM
        _arm_heading(ax, look, x, span, points_per_cm, style)
        for animal in chosen:
            label = shorten(
                plain(animal),
                (cell_width + 0.8 * _GUTTER_CM) * points_per_cm,
                style.smallest,
                style.font,
            )
            _over(ax, x + cell_width / 2, 2.5, label, style.smallest, "center")
            for row, day in enumerate(data.days):
                y = row * (cell_height + _GUTTER_CM)
                _cell(ax, data, animal, day, (x, y, cell_width, cell_height), scale, style)
                if first:
                    _day(ax, day, y + cell_height / 2, style)
            first = False
            x += cell_width + _GUTTER_CM
        x += _GUTTER_CM
    write_above(ax, head, style, gap=style.leading + 1.3 * style.smallest + 5)
    _scale_bar(ax, points_per_cm, style)


def _sheet(data: MontageData, looks: Sequence[ArmLook]) -> tuple[float, float, float, float] | None:
    """Return width and height of the sheet and of a cell, in centimetres at the stage."""
    counts = [len(data.animals.get(look.arm, [])) for look in looks]
    arms = sum(1 for count in counts if count)
    if not arms or not data.days or not data.pictures:
        return None
    cell_width = max(p.photograph.shape[1] * p.pixel_cm for p in data.pictures.values())
    cell_height = max(p.photograph.shape[0] * p.pixel_cm for p in data.pictures.values())
    animals = sum(counts)
    total_width = animals * (cell_width + _GUTTER_CM) - _GUTTER_CM + (arms - 1) * _GUTTER_CM
    total_height = len(data.days) * (cell_height + _GUTTER_CM) - _GUTTER_CM
    return total_width, total_height, cell_width, cell_height


def blend(picture: Picture, scale: Scale) -> np.ndarray:
    """Return a picture as RGB; what is nearer to another animal is faded and not coloured.

    Parameters
    ----------
    picture : Picture
        The animal.
    scale : Scale
        The colour scale.

    Returns
    -------
    ndarray of uint8, shape (rows, columns, 3)
        What is drawn.
    """
    image = coloured(picture.photograph, picture.radiance, picture.own, scale)
    image[~picture.own] = 255 - (255 - image[~picture.own]) // 4
    return image


def _cell(
    ax: Axes,
    data: MontageData,
    animal: str,
    day: float,
    box: tuple[float, float, float, float],
    scale: Scale,
    style: Style,
) -> None:
    x, y, wide, tall = box
    picture = data.pictures.get((animal, day))
    if picture is not None:
        rows, columns = picture.photograph.shape
        w, h = columns * picture.pixel_cm, rows * picture.pixel_cm
        left, top = x + (wide - w) / 2, y + (tall - h) / 2
        ax.imshow(
            blend(picture, scale),
            extent=(left, left + w, top + h, top),
            aspect="equal",
            interpolation="nearest",
        )
        return
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x, y),
            wide,
            tall,
            facecolor="none",
            edgecolor="#999999",
            linewidth=style.thin,
            linestyle=(0, (2, 2)),
            clip_on=False,
        )
    )
    room = wide * _points_per_cm(ax), tall * _points_per_cm(ax)
    text, upright = _fitting(empty_words(data.ends.get(animal), day), room, style)
    ax.text(
        x + wide / 2,
        y + tall / 2,
        text,
        rotation=0 if upright else 90,
        ha="center",
        va="center",
        fontsize=style.smallest,
        color=NOTE_COLOUR,
        linespacing=1.1,
    )


def _fitting(words: list[str], room: tuple[float, float], style: Style) -> tuple[str, bool]:
    """Return an empty cell's words upright, turned, or cut to a sign, whichever fits."""
    wide, tall = room
    size = style.smallest
    longest = max(width(word, size, False, style.font) for word in words)
    if longest + 2 <= wide and 1.35 * size * len(words) <= tall:
        return "\n".join(words), True
    line = " ".join(words)
    if 1.35 * size <= wide and width(line, size, False, style.font) + 2 <= tall:
        return line, False
    return {"died": f"†{words[-1]}", "ended": f"|{words[-1]}"}.get(words[0], "–"), True


def _points_per_cm(ax: Axes) -> float:
    """Return points on paper for a centimetre at the stage."""
    low, high = ax.get_xlim()
    bottom, top = sorted(ax.get_ylim())
    root = ax.get_figure(root=True)
    assert root is not None
    box = ax.get_window_extent()
    return float(min(box.width / (high - low), box.height / (top - bottom)) / root.dpi * 72)


def empty_words(end: tuple[float, bool] | None, day: float) -> list[str]:
    """Return why an animal has no picture on a day: it died, it left the study, or no image."""
    if end is not None and end[0] <= day:
        return ["died" if end[1] else "ended", "day", format_days(end[0])]
    return ["no", "image"]


def _arm_heading(
    ax: Axes, look: ArmLook, x: float, span: float, points_per_cm: float, style: Style
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.transforms import blended_transform_factory

    over = blended_transform_factory(ax.transData, points_at(ax, 0, 1))
    y = 1.3 * style.smallest + 3
    ax.add_artist(
        Line2D(
            [x, x + span],
            [y, y],
            color=look.colour,
            linewidth=style.line,
            transform=over,
            clip_on=False,
        )
    )
    name = shorten(plain(look.label), span * points_per_cm, style.small, style.font)
    _over(ax, x + span / 2, y + 2.5, name, style.small, "center")


def _over(ax: Axes, x: float, y: float, text: str, size: float, align: Literal["center"]) -> None:
    from matplotlib.transforms import blended_transform_factory

    over = blended_transform_factory(ax.transData, points_at(ax, 0, 1))
    ax.text(x, y, text, transform=over, ha=align, va="baseline", fontsize=size, clip_on=False)


def _day(ax: Axes, day: float, y: float, style: Style) -> None:
    ax.annotate(
        f"Day {format_days(day)}",
        (0, y),
        xycoords="data",
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.small,
        annotation_clip=False,
    )


def _scale_bar(ax: Axes, points_per_cm: float, style: Style) -> None:
    """Draw a bar of whole centimetres under the first cell."""
    from matplotlib.lines import Line2D
    from matplotlib.transforms import blended_transform_factory

    length = next((cm for cm in (1, 2, 5, 10) if cm * points_per_cm >= 8), 10)
    under = blended_transform_factory(ax.transData, points_at(ax, 0, 0))
    y = -0.7 * style.small
    ax.add_artist(
        Line2D(
            [0, length],
            [y, y],
            color="black",
            linewidth=2 * style.line,
            transform=under,
            clip_on=False,
            solid_capstyle="butt",
            gid="scale-bar",
        )
    )
    shift: Any = length + 3 / points_per_cm
    ax.text(
        shift, y, f"{length} cm", transform=under, va="center", fontsize=style.small, clip_on=False
    )
