"""The montage: radiance in colour over the photograph, animals across and days down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from lumicohort.figures.cells import MontageData, draw_cell, points_per_cm
from lumicohort.figures.layout import Panel, Room, default_layout
from lumicohort.figures.scale import Scale
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    head_room,
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
    from matplotlib.axes import Axes

_GUTTER_CM = 0.35  # between cells, in centimetres of mouse
_WIDEST_CELL = 62.0  # points; larger pictures show pixels, not mice


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
            return Room(top + head_room(style), 80.0, 4.0)
        top += style.leading + 1.3 * style.smallest + 1 + head_room(style)
        points_per_cm = min(axes_width / shape[0], _WIDEST_CELL / shape[2])
        high = min(shape[1] * points_per_cm, most_height)
        return Room(top, high, 1.6 * style.small + 4, least=0.75 * high)

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
    magnification = points_per_cm(ax)
    x = 0.0
    first = True
    for look in looks:
        chosen = data.animals.get(look.arm, [])
        if not chosen:
            continue
        span = len(chosen) * (cell_width + _GUTTER_CM) - _GUTTER_CM
        _arm_heading(ax, look, x, span, magnification, style)
        for animal in chosen:
            label = shorten(
                plain(animal),
                (cell_width + 0.8 * _GUTTER_CM) * magnification,
                style.smallest,
                style.font,
            )
            _over(ax, x + cell_width / 2, 2.5, label, style.smallest, "center")
            for row, day in enumerate(data.days):
                y = row * (cell_height + _GUTTER_CM)
                draw_cell(ax, data, animal, day, (x, y, cell_width, cell_height), scale, style)
                if first:
                    _day(ax, day, y + cell_height / 2, style)
            first = False
            x += cell_width + _GUTTER_CM
        x += _GUTTER_CM
    write_above(ax, head, style, gap=style.leading + 1.3 * style.smallest)
    _scale_bar(ax, magnification, style)


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
