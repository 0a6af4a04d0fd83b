"""The flow of animals in boxes, as CONSORT draws it: from the sheet to what is analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumicohort.figures.layout import Panel, Room
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    head_room,
    height,
    plain,
    say,
    width,
    wrap,
    wrap_lines,
    write_above,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BOXES: tuple[dict[str, str], ...] = (
    {"randomised": "Allocated"},
    {"imaged": "Imaged"},
    {"analysed_survival": "Analysed for survival", "analysed_burden": "Analysed for burden"},
)
"""Boxes of an arm below the first: stages of ``cohort/flow.csv`` with their words. The analyses
share a box, since neither animals nor reasons of one are part of the other's."""
_PAD = 3.0
_ARROW = 11.0
_BETWEEN = 7.0


@dataclass(frozen=True, slots=True)
class FlowData:
    """What a flow of animals draws, for one model.

    Parameters
    ----------
    stages : pandas.DataFrame
        Rows of ``cohort/flow.csv``.
    endpoint : dict of str to str
        Arm to what is said of its endpoint comparison (``day 21: n = 10``).
    """

    stages: pd.DataFrame
    endpoint: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: its place in points (from the left, from the top), its lines, its arm."""

    x: float
    y: float
    wide: float
    tall: float
    lines: Sequence[tuple[str, bool]]
    look: ArmLook | None = None


def flow_panel(data: FlowData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the flow of one model's animals, ready to be placed."""

    def heading(wide: float) -> list[Line]:
        return wrap_lines([Line(title, bold=True)], wide, style)

    def room(wide: float) -> Room:
        boxes = _boxes(data, looks, wide, style)
        tall = max((box.y + box.tall for box in boxes), default=40.0) + 1
        # A letter stands beside the heading, so the heading starts right of it.
        return Room(height(heading(wide), style) + head_room(style), tall, 2.0)

    def draw(ax: Axes) -> None:
        wide = axes_width(ax)
        write_above(ax, heading(wide), style)
        boxes = _boxes(data, looks, wide, style)
        if not boxes:
            say(ax, f"{title}: no animal in the cohort sheet.", style)
            return
        _draw(ax, boxes, wide, style)

    return Panel(1.5 * style.letter, 2.0, room, draw)


def _boxes(data: FlowData, looks: Sequence[ArmLook], wide: float, style: Style) -> list[_Box]:
    """Return the boxes: one over all arms, then a column an arm, its boxes in rows."""
    there = [look for look in looks if (data.stages["arm"] == look.arm).any()]
    if not there:
        return []
    total = int(data.stages.loc[data.stages["stage"] == "inoculated", "n"].sum())
    first = wrap(f"In the cohort sheet, inoculated: n = {total}", wide - 2 * _PAD, style.small)
    lines = [(line, False) for line in first]
    across = max(width(line, style.small, False, style.font) for line in first) + 2 * _PAD + 2
    boxes = [_Box((wide - across) / 2, 0.0, across, _tall(lines, style), lines)]
    column = (wide - _BETWEEN * (len(there) - 1)) / len(there)
    y = boxes[0].tall + 1.7 * _ARROW
    counted = set(data.stages["stage"])  # a study without imaging has no stages of images
    for every in BOXES:
        stages = {stage: words for stage, words in every.items() if stage in counted}
        if not stages:
            continue
        row = []
        for i, look in enumerate(there):
            head = every is BOXES[0]
            room = column - 2 * _PAD
            lines = [(t, True) for t in wrap(look.label, room, style.small, True, style.font)]
            lines = lines if head else []
            for stage, words in stages.items():
                lines += _lines(data, look, stage, words, room, style)
            row.append((i, look, lines))
        tall = max(_tall(lines, style) for _, _, lines in row)
        boxes += [
            _Box(i * (column + _BETWEEN), y, column, tall, lines, look) for i, look, lines in row
        ]
        y += tall + _ARROW
    return boxes


def _lines(
    data: FlowData, look: ArmLook, stage: str, words: str, room: float, style: Style
) -> list[tuple[str, bool]]:
    """Return the lines of a box: the stage with its animals, and why others are missing."""
    out: list[tuple[str, bool]] = []
    rows = data.stages[(data.stages["arm"] == look.arm) & (data.stages["stage"] == stage)]
    if rows.empty:
        said = [f"{words}: not known"]
    else:
        row = rows.iloc[0]
        said = [f"{words}: n{STUCK}={STUCK}{int(row['n'])}"]
        if stage == "analysed_burden" and look.arm in data.endpoint:
            said.append(data.endpoint[look.arm])
        if int(row["left_out"]):
            said.append(f"Left out: n{STUCK}={STUCK}{int(row['left_out'])}")
            said += [reason for reason in str(row["reasons"]).split("; ") if reason]
    for text in said:
        lines = wrap(text, room, style.small, False, style.font)
        out += [(line.replace(STUCK, " "), False) for line in lines]
    return out


def _tall(lines: Sequence[tuple[str, bool]], style: Style) -> float:
    return len(lines) * style.leading + 2 * _PAD


def _draw(ax: Axes, boxes: Sequence[_Box], wide: float, style: Style) -> None:
    from matplotlib.patches import Rectangle

    tall = ax.get_window_extent().height / ax.figure.dpi * 72
    ax.set_axis_off()
    ax.set_xlim(0, wide)
    ax.set_ylim(tall, 0)
    for box in boxes:
        ax.add_patch(
            Rectangle(
                (box.x, box.y),
                box.wide,
                box.tall,
                facecolor="white",
                edgecolor=box.look.colour if box.look else "black",
                linewidth=style.line if box.look else style.thin * 1.5,
                clip_on=False,
            )
        )
        for i, (text, bold) in enumerate(box.lines):
            ax.text(
                box.x + box.wide / 2,
                box.y + _PAD + (i + 0.78) * style.leading,
                plain(text),
                ha="center",
                va="baseline",
                fontsize=style.small,
                fontweight="bold" if bold else "normal",
                clip_on=False,
            )
    _arrows(ax, boxes, style)


def _arrows(ax: Axes, boxes: Sequence[_Box], style: Style) -> None:
    top, rest = boxes[0], boxes[1:]
    firsts = [box for box in rest if box.y == rest[0].y]
    split = top.y + top.tall + 0.6 * _ARROW
    middle = top.x + top.wide / 2
    centres = [box.x + box.wide / 2 for box in firsts]
    rule: dict[str, Any] = {"color": "black", "linewidth": style.thin * 1.5, "clip_on": False}
    ax.plot([middle, middle], [top.y + top.tall, split], solid_capstyle="butt", **rule)
    ax.plot([min(*centres, middle), max(*centres, middle)], [split, split], **rule)
    for box in firsts:
        _arrow(ax, box.x + box.wide / 2, split, box.y, style)
    for upper in rest:
        below = [b for b in rest if b.x == upper.x and b.y > upper.y]
        if below:
            _arrow(ax, upper.x + upper.wide / 2, upper.y + upper.tall, below[0].y, style)


def _arrow(ax: Axes, x: float, start: float, end: float, style: Style) -> None:
    ax.annotate(
        "",
        (x, end),
        (x, start),
        arrowprops={
            "arrowstyle": "-|>,head_length=0.3,head_width=0.15",
            "linewidth": style.thin * 1.5,
            "color": "black",
            "shrinkA": 0,
            "shrinkB": 0,
        },
        annotation_clip=False,
    )
