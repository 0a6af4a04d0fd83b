"""The cells of a montage: a picture of an animal, or the words why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lumicohort.figures.picture import Picture
from lumicohort.figures.scale import Scale, coloured
from lumicohort.figures.style import NOTE_COLOUR, Style
from lumicohort.figures.texts import width
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes


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
        Imaging days on which none of the figure's animals was imaged.
    """

    animals: dict[str, list[str]]
    days: Sequence[float]
    pictures: dict[tuple[str, float], Picture]
    ends: dict[str, tuple[float, bool]] = field(default_factory=dict)
    selection_day: dict[str, float] = field(default_factory=dict)
    days_left_out: Sequence[float] = ()


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


def draw_cell(
    ax: Axes,
    data: MontageData,
    animal: str,
    day: float,
    box: tuple[float, float, float, float],
    scale: Scale,
    style: Style,
) -> None:
    """Draw one cell of a montage.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The montage's axes, whose unit is a centimetre at the stage.
    data : MontageData
        The panel's data.
    animal : str
        The animal.
    day : float
        The day.
    box : tuple of float
        Left, top, width and height in centimetres at the stage.
    scale : Scale
        The colour scale.
    style : Style
        The journal's measures.
    """
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
    room = wide * points_per_cm(ax), tall * points_per_cm(ax)
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


def points_per_cm(ax: Axes) -> float:
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
