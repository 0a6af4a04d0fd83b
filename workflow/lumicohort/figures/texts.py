"""Text in figures: user's names made plain, widths measured, lines wrapped or shortened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style, font_families

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

STUCK = "\N{NO-BREAK SPACE}"
"""A space at which no line is broken; it is drawn as an ordinary one."""

_KEY_WIDTH = 3.0  # of the sample line before an arm's name, in units of the small type size
_KEY_GAP = 0.5  # between it and the name, in the same units


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text beside a panel, with an arm's sample line before it where one is given."""

    text: str
    bold: bool = False
    key: ArmLook | None = None
    indent: bool = False
    """Leave the room of a sample line before the text."""


def plain(text: str) -> str:
    """Return a user's text so that matplotlib draws it letter by letter.

    Control characters and line breaks become spaces, and a ``$`` does not start mathematics.

    Parameters
    ----------
    text : str
        A name from the config or a sheet.
    """
    text = "".join(c if c.isprintable() else " " for c in text)
    return text.replace("\\$", "$").replace("$", r"\$")


@lru_cache(maxsize=4096)
def width(text: str, size: float, bold: bool = False, font: str | None = None) -> float:
    """Return the width of one line of text in points.

    Parameters
    ----------
    text : str
        The text (what :func:`plain` returned, or mathematics).
    size : float
        Type size in points.
    bold : bool, optional
        Bold type.
    font : str, optional
        The style's font.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    if not text:
        return 0.0
    properties = FontProperties(
        family=list(font_families(font)), size=size, weight="bold" if bold else "normal"
    )
    shown = text.replace(r"\$", "S")
    return float(TextToPath().get_text_width_height_descent(shown, properties, False)[0])


def shorten(text: str, room: float, size: float, font: str | None = None) -> str:
    """Return a text to be drawn, its middle left out (``…``) where it is wider than `room` points.

    What :func:`plain` escapes is escaped in what is returned, whether or not it was before.
    """
    text = plain(text).replace(r"\$", "$")  # so that no escape is cut in two
    if width(text, size, False, font) <= room:
        return plain(text)
    for keep in range(len(text) - 1, 1, -1):
        head, tail = (keep + 1) // 2, keep // 2
        short = text[:head] + "…" + text[len(text) - tail :]
        if width(short, size, False, font) <= room:
            return plain(short)
    return "…"


def wrap(
    text: str, room: float, size: float, bold: bool = False, font: str | None = None
) -> list[str]:
    """Return the text in lines no wider than `room` points; words too long are broken.

    Parameters
    ----------
    text : str
        The text.
    room : float
        Width in points.
    size, bold, font
        As in :func:`width`.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        trial = f"{line} {word}" if line else word
        if width(trial, size, bold, font) <= room:
            line = trial
            continue
        if line:
            lines.append(line)
        while width(word, size, bold, font) > room and len(word) > 1:
            fitting = (
                n for n in range(len(word) - 1, 0, -1) if width(word[:n], size, bold, font) <= room
            )
            cut = next(fitting, 1)
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line] if line or not lines else lines


def wrap_lines(lines: Sequence[Line], room: float, style: Style) -> list[Line]:
    """Return lines wrapped to `room` points; what continues an arm's line is indented."""
    out: list[Line] = []
    for line in lines:
        inset = key_room(style) if line.key or line.indent else 0
        size = style.base if line.bold else style.small
        parts = wrap(line.text, room - inset, size, line.bold, style.font)
        parts = [plain(part.replace(STUCK, " ")) for part in parts]
        out.append(Line(parts[0], line.bold, line.key, line.indent))
        out += [Line(part, line.bold, None, bool(inset)) for part in parts[1:]]
    return out


def height(lines: Sequence[Line], style: Style) -> float:
    """Return the height in points of wrapped lines."""
    return sum(_step(line, style) for line in lines)


def _step(line: Line, style: Style) -> float:
    return 1.28 * style.base if line.bold else style.leading


def points_at(ax: Axes, x: float, y: float) -> Transform:
    """Return the transform of points on paper whose origin is a place of the axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    x, y : float
        The origin in fractions of the axes.
    """
    from matplotlib.transforms import Affine2D, ScaledTranslation

    root = ax.get_figure(root=True)
    assert root is not None
    scale: Any = Affine2D().scale(1 / 72)
    corner: Any = ax.transAxes
    return scale + root.dpi_scale_trans + ScaledTranslation(x, y, corner)


def head_room(style: Style) -> float:
    """Return the points between the axes' upper edge and the lines above, for a tick label."""
    return 0.85 * style.small


def write_above(
    ax: Axes, lines: Sequence[Line], style: Style, gap: float = 0.0, outdent: float = 0.0
) -> None:
    """Write wrapped lines above the axes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        The axes.
    lines : sequence of Line
        What :func:`wrap_lines` returned.
    style : Style
        The journal's measures.
    gap : float, optional
        Points between the axes and the lines beyond the room for a tick label.
    outdent : float, optional
        Points by which the lines start left of the axes.
    """
    transform = points_at(ax, 0, 1)
    y = gap + head_room(style) + height(lines, style)
    for line in lines:
        y -= _step(line, style)
        _write(ax, line, style, -outdent, y, transform)


def _write(ax: Axes, line: Line, style: Style, left: float, y: float, transform: Transform) -> None:
    size = style.base if line.bold else style.small
    x = left
    if line.key:
        draw_key(ax, line.key, style, left, y + 0.36 * size, transform)
    if line.key or line.indent:
        x = left + key_room(style)
    ax.text(
        x,
        y,
        line.text,
        transform=transform,
        fontsize=size,
        fontweight="bold" if line.bold else "normal",
        ha="left",
        va="baseline",
        clip_on=False,
    )


def key_room(style: Style) -> float:
    """Return the points from the start of an arm's sample line to its name."""
    return (_KEY_WIDTH + _KEY_GAP) * style.small


def draw_key(
    ax: Axes, look: ArmLook, style: Style, x: float, y: float, transform: Transform
) -> None:
    """Draw an arm's sample line with its marker, starting at (x, y)."""
    from matplotlib.lines import Line2D

    length = _KEY_WIDTH * style.small
    shared: Any = {"color": look.colour, "transform": transform, "clip_on": False}
    ax.add_artist(
        Line2D([x, x + length], [y, y], linestyle=look.line_style, linewidth=style.line, **shared)
    )
    ax.add_artist(
        Line2D(
            [x + length / 2],
            [y],
            linestyle="none",
            marker=look.marker,
            markersize=style.marker,
            markeredgewidth=0,
            **shared,
        )
    )


def open_frame(ax: Axes, *, left: bool = True) -> None:
    """Leave of the frame the axis below and the one on the left, or the one below alone."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["left"].set_visible(left)


def say(ax: Axes, text: str, style: Style) -> None:
    """Say in a panel's place why nothing is drawn."""
    ax.set_axis_off()
    room = axes_width(ax) * 0.9
    parts = wrap(plain(text), room, style.small, False, style.font)
    ax.text(
        0.5,
        0.5,
        "\n".join(parts),
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=style.small,
        color=NOTE_COLOUR,
    )


def axes_width(ax: Axes) -> float:
    """Return the width of the axes in points on paper."""
    root = ax.get_figure(root=True)
    assert root is not None
    return float(ax.get_window_extent().width / root.dpi * 72)


TICK_ROOM = 17.0
"""Points of an axis that a tick with its number takes."""


def day_ticks(last: float, beyond: bool, room: float) -> list[float]:
    """Return whole-day ticks from 0 that reach the last day, few enough for the axis.

    Parameters
    ----------
    last : float
        The last time in days.
    beyond : bool
        The last tick must lie after `last`, not on it (so that numbers counted *before* a
        tick include what happened at `last`).
    room : float
        Width of the axis in points; a tick needs :data:`TICK_ROOM`.

    Returns
    -------
    list of float
        The ticks.
    """
    most = max(2, min(9, int(room / TICK_ROOM)))
    scale = 1
    best: tuple[float, list[float]] | None = None
    while best is None:
        for step in (1, 2, 5, 7, 10, 14, 20, 25, 30, 50, 60):
            step *= scale
            count = int(last // step) + (1 if beyond or last % step else 0)
            count = max(count, 1)
            if count + 1 > most:
                continue
            waste = (count * step - last) / max(last, 1) + 0.08 * abs(count - 5)
            if best is None or waste < best[0] - 1e-12:
                best = (waste, [float(i * step) for i in range(count + 1)])
        scale *= 10
    return best[1]
