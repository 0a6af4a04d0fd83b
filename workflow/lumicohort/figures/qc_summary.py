"""What was flagged on which imaging day: a table of counts, shaded by their share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.layout import Panel, Room, axis_depth, header_outdent
from lumicohort.figures.style import Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    head_room,
    height,
    say,
    shorten,
    width,
    wrap_lines,
    write_above,
)
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SHADE = "#0072B2"
_WIDEST_NAME = 100.0  # points
_MOST_FLAGS = 10
NO_CLICK = ("", "")
"""Batch and click of a flux that was measured elsewhere and stands in a sheet."""


@dataclass(frozen=True, slots=True)
class QcData:
    """What a summary of quality control draws, for one model.

    Parameters
    ----------
    counts : pandas.DataFrame
        Index: what is counted, in words; a column an imaging day; from :func:`qc_counts`.
    shares : pandas.DataFrame
        The same as shares (0 to 1) of the day's clicks or animals; NaN for totals.
    """

    counts: pd.DataFrame
    shares: pd.DataFrame


def qc_counts(images: pd.DataFrame, clicks: pd.DataFrame) -> QcData:
    """Count clicks, animals and what was found on them, by imaging day.

    Parameters
    ----------
    images : pandas.DataFrame
        Rows of ``flux.csv`` of one model and region: batch, click, animal_id, on_day, below_lod,
        included, n_saturated, flags.
    clicks : pandas.DataFrame
        Rows of all batches' ``clicks.csv``: batch, click, flags.
    """
    import pandas as pd

    days = sorted(images["on_day"].unique())
    counts: dict[str, dict[float, int]] = {}
    shares: dict[str, dict[float, float]] = {}
    flags_of = {
        (str(b), str(c)): _flags(flags)
        for b, c, flags in zip(clicks["batch"], clicks["click"], clicks["flags"], strict=True)
    }

    def add(what: str, day: float, n: int, of: int = 0) -> None:
        counts.setdefault(what, {})[day] = n
        shares.setdefault(what, {})[day] = n / of if of else float("nan")

    for day in days:
        rows = images[images["on_day"] == day]
        seen = sorted({(str(b), str(c)) for b, c in zip(rows["batch"], rows["click"], strict=True)})
        seen = [click for click in seen if click != NO_CLICK]
        add("Clicks", day, len(seen))
        add("Animals imaged", day, len(rows))
        add("Left out", day, int((~rows["included"]).sum()), len(rows))
        add("Below LOD", day, int(rows["below_lod"].sum()), len(rows))
        if "n_saturated" in rows:
            saturated = pd.to_numeric(rows["n_saturated"]).fillna(0) > 0
            add("Saturated", day, int(saturated.sum()), len(rows))
        found: dict[str, int] = {}
        marked = rows.get("flags", [])
        for flag in (f for cell in marked for f in _flags(cell)):
            found[flag] = found.get(flag, 0) + 1
        for flag, n in found.items():
            add(flag.replace("_", " "), day, n, len(rows))
        found = {}
        for flag in (f for click in seen for f in flags_of.get(click, [])):
            found[flag] = found.get(flag, 0) + 1
        for flag, n in found.items():
            add(f"{flag.replace('_', ' ')} (clicks)", day, n, len(seen))
    table = pd.DataFrame(counts, index=days).T.fillna(0).astype(int) if days else pd.DataFrame()
    shared = pd.DataFrame(shares, index=days).T if days else pd.DataFrame()
    return QcData(table, shared)


def _flags(cell: str) -> list[str]:
    return [flag.strip() for flag in str(cell).split(";") if flag.strip() not in ("", "NA")]


def with_common_rows(data: Sequence[QcData]) -> list[QcData]:
    """Return panels with the same rows, the flags most frequent first.

    Parameters
    ----------
    data : sequence of QcData
        A panel a model; those without images stay empty.
    """
    totals: dict[str, int] = {}
    for one in data:
        for name, n in one.counts.sum(axis=1).items():
            totals[str(name)] = totals.get(str(name), 0) + int(n)
    flags = sorted((n for n in totals if n not in _FIXED), key=lambda n: (-totals[n], n))
    rows = [*(n for n in _FIXED if n in totals), *flags[:_MOST_FLAGS]]
    return [
        QcData(one.counts.reindex(rows, fill_value=0), one.shares.reindex(rows))
        if len(one.counts)
        else one
        for one in data
    ]


_FIXED = ("Clicks", "Animals imaged", "Left out", "Below LOD", "Saturated")


def qc_panel(data: QcData, title: str, style: Style) -> Panel:
    """Return the summary of one model, ready to be placed."""
    table = data.counts
    names = [shorten(str(n), _WIDEST_NAME, style.small, style.font) for n in table.index]
    left = max((width(n, style.small, False, style.font) for n in names), default=20.0) + 6
    outdent = header_outdent(left, style)
    lane = 1.55 * style.small

    def heading(wide: float) -> list[Line]:
        return wrap_lines([Line(title, bold=True)], wide + outdent, style)

    def room(wide: float) -> Room:
        top = height(heading(wide), style) + head_room(style)
        return Room(top, max(lane * len(table), 40.0), axis_depth(style))

    def draw(ax: Axes) -> None:
        write_above(ax, heading(axes_width(ax)), style, outdent=outdent)
        if table.empty:
            say(ax, f"{title}: no images, so there is nothing to check.", style)
        else:
            _draw(ax, data, names, style)

    return Panel(left, 4.0, room, draw)


def _draw(ax: Axes, data: QcData, names: Sequence[str], style: Style) -> None:
    import matplotlib.colors
    from matplotlib.patches import Rectangle

    rows, columns = data.counts.shape
    counts, shares = data.counts.to_numpy(dtype=int), data.shares.to_numpy(dtype=float)
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    # Every n-th day where columns are too narrow for their numbers; the shade is always there.
    step = 1
    days = [format_days(float(day)) for day in data.counts.columns]
    texts = {"00", *days, *map(str, counts.ravel())}
    widest = max(width(text, style.small, False, style.font) for text in texts) + 2
    while axes_width(ax) / columns * step < widest:
        step += 1
    for y in range(rows):
        for x in range(columns):
            share = shares[y, x]
            if share > 0:
                colour = matplotlib.colors.to_rgba(_SHADE, 0.12 + 0.4 * min(share, 1.0))
                ax.add_patch(
                    Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor=colour, linewidth=0)
                )
            if x % step == 0:
                n = counts[y, x]
                ax.text(
                    x, y, str(n) if n or y < 2 else "·", ha="center", va="center_baseline",
                    fontsize=style.small, gid=f"n-{y}-{x}",
                )  # fmt: skip
        ax.annotate(
            names[y],
            (0, y),
            xycoords=ax.get_yaxis_transform(),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center_baseline",
            fontsize=style.small,
            annotation_clip=False,
        )
    ax.axhline(1.5, color="black", linewidth=style.thin)
    ax.set_xticks(range(0, columns, step))
    ax.set_xticklabels(days[::step])
    ax.set_yticks([])
    ax.set_xlabel("Imaging day", fontsize=style.base)
    ax.tick_params(labelsize=style.small, length=0)
    for side in ("left", "bottom", "top", "right"):
        ax.spines[side].set_visible(False)
