"""Reading what a figure shows: its texts with their places on the page, and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


@dataclass(frozen=True)
class Shown:
    text: str
    size: float
    box: Bbox


def texts(figure: Figure) -> list[Shown]:
    """Return every text that the drawn figure shows, with its box in points."""
    figure.canvas.draw()
    renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    scale = 72 / figure.dpi
    hidden = _hidden_ticks(figure)
    out = []
    for artist in figure.findobj(Text):
        if not artist.get_visible() or not artist.get_text().strip() or id(artist) in hidden:
            continue
        box = artist.get_window_extent(renderer)
        points = Bbox.from_extents(*(box.extents * scale))
        out.append(Shown(artist.get_text(), float(artist.get_fontsize()), points))
    return out


def _hidden_ticks(figure: Figure) -> set[int]:
    """Return the texts of axes that are switched off, and of ticks out of view."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not axes.axison or not low <= tick.get_loc() <= high:
                    hidden.update(id(text) for text in tick.findobj(Text))
            if not axes.axison:
                hidden.add(id(axis.label))
    return hidden


def overlapping(shown: list[Shown], slack: float = 0.6) -> list[tuple[str, str]]:
    """Return pairs of texts whose boxes overlap by more than `slack` points each way."""
    pairs = []
    for i, a in enumerate(shown):
        for b in shown[i + 1 :]:
            wide = min(a.box.x1, b.box.x1) - max(a.box.x0, b.box.x0)
            tall = min(a.box.y1, b.box.y1) - max(a.box.y0, b.box.y0)
            # A line's box holds ascenders and descenders: lines set solid touch by up to a tenth.
            if wide > slack and tall > slack + 0.1 * min(a.size, b.size):
                pairs.append((a.text, b.text))
    return pairs


def clipped(figure: Figure, shown: list[Shown], slack: float = 0.5) -> list[str]:
    """Return texts that reach over the page's edge."""
    width, height = (inches * 72 for inches in figure.get_size_inches())
    return [
        s.text
        for s in shown
        if s.box.x0 < -slack
        or s.box.y0 < -slack
        or s.box.x1 > width + slack
        or s.box.y1 > height + slack
    ]


def by_gid(axes: Any, gid: str) -> Any:
    """Return the one artist of axes with a group id; fail where there is none or several."""
    found = [artist for artist in axes.get_children() if artist.get_gid() == gid]
    assert len(found) == 1, (gid, len(found))
    return found[0]


def all_by_gid(axes: Any, gid: str) -> list[Any]:
    """Return all artists of axes with a group id, in the order in which they were drawn."""
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]
