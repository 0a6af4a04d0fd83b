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
    out = []
    for artist in figure.findobj(Text):
        if not artist.get_visible() or not artist.get_text().strip() or _axes_off(artist):
            continue
        box = artist.get_window_extent(renderer)
        points = Bbox.from_extents(*(box.extents * scale))
        out.append(Shown(artist.get_text(), float(artist.get_fontsize()), points))
    return out


def _axes_off(artist: Any) -> bool:
    """Return whether the text belongs to an axis that is switched off, or is a tick out of view."""
    axes = artist.axes
    if axes is None:
        return False
    for axis in (axes.xaxis, axes.yaxis):
        labels = [axis.label, *axis.get_ticklabels(which="both"), axis.get_offset_text()]
        if any(artist is label for label in labels):
            if not axes.axison or not axis.get_visible():
                return True
            if artist is axis.label:
                return False
            low, high = sorted(axis.get_view_interval())
            place = artist.get_position()[0 if axis is axes.xaxis else 1]
            return not low <= place <= high
        if any(artist in tick.findobj(Text) for tick in axis.get_major_ticks()):
            return not any(artist is tick.label1 and tick.label1.get_visible()
                           for tick in axis.get_major_ticks())
    return False


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
