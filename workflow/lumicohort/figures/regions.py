"""Cranial against spinal flux: where along the neuraxis each animal's tumour lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.flux_axis import (
    flux_limits,
    labelled_decades,
    log_flux_axis,
    power_of_ten,
)
from lumicohort.figures.graph import arm_lines, graph_panel
from lumicohort.figures.layout import Panel, axis_depth, axis_label_room, tick_room
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import Line, width
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class RegionsData:
    """What one panel draws, for one model.

    Parameters
    ----------
    animals : pandas.DataFrame
        arm, animal_id, day, and for `cranial` and `spinal` the flux (`cranial_p_s`), and whether
        it is below the limit of detection (`cranial_below_lod`).
    lods : dict of str to float
        Median limit of detection of each region in p/s.
    unit : str
        How the unit of flux is written.
    limits : tuple of float, optional
        Limits of both axes in p/s, where panels share them.
    """

    animals: pd.DataFrame
    lods: dict[str, float]
    unit: str = "p/s"
    limits: tuple[float, float] | None = None


def fitting_limits(data: RegionsData) -> tuple[float, float]:
    """Return one range for both axes of a panel, so that equal flux is the diagonal."""
    each = [
        flux_limits(data.animals[f"{region}_p_s"], data.lods[region], reach=3)
        for region in ("cranial", "spinal")
    ]
    return min(low for low, _ in each), max(high for _, high in each)


def has_hollow_dots(data: RegionsData) -> bool:
    """Return whether any animal is drawn hollow: below a limit of detection in either region."""
    return bool(_below_either(data.animals).any())


def has_lod_lines(data: RegionsData, limits: tuple[float, float]) -> bool:
    """Return whether a limit of detection lies within the axes, so that its line is drawn."""
    return any(limits[0] <= lod <= limits[1] for lod in data.lods.values())


def _below_either(animals: pd.DataFrame) -> pd.Series:
    below = animals["cranial_below_lod"] | animals["spinal_below_lod"]
    return below.astype(bool)


def regions_panel(data: RegionsData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the panel: a dot an animal, on the endpoint day."""
    table = data.animals
    positive = (table["cranial_p_s"] > 0) & (table["spinal_p_s"] > 0)
    present = [look for look in looks if (table["arm"] == look.arm).any()]
    counts = {look.arm: int((table["arm"] == look.arm).sum()) for look in present}
    lines = [Line(title, bold=True), *arm_lines(present, counts)]
    days = sorted(set(table["day"])) if len(table) else []
    if days:
        words = " and ".join(format_days(d) for d in days)
        hollow = "; hollow: below a LOD" * has_hollow_dots(data)
        lines.append(Line(f"Day {words}; dashed: equal flux{hollow}"))
    lost = int((~positive).sum())
    if lost:
        lines.append(Line(f"{lost} not positive in a region: at the axes’ foot"))

    def draw(ax: Axes) -> None:
        limits = data.limits or fitting_limits(data)
        log_flux_axis(ax, limits, f"Cranial flux ({data.unit})", style)
        _log_x(ax, limits, data.unit, style)
        ax.axline((1e5, 1e5), (1e6, 1e6), color=NOTE_COLOUR, linewidth=style.thin, linestyle="--")
        for region, line in (("cranial", ax.axhline), ("spinal", ax.axvline)):
            if limits[0] <= data.lods[region] <= limits[1]:
                line(data.lods[region], color=NOTE_COLOUR, linewidth=style.thin, linestyle=":")
        for look in present:
            rows = table[table["arm"] == look.arm]
            below = _below_either(rows)
            for some, face in ((rows[~below], look.colour), (rows[below], "white")):
                ax.plot(
                    some["spinal_p_s"].where(some["spinal_p_s"] > 0, limits[0]),
                    some["cranial_p_s"].where(some["cranial_p_s"] > 0, limits[0]),
                    linestyle="none",
                    marker=look.marker,
                    markersize=style.marker,
                    markerfacecolor=face,
                    markeredgecolor=look.colour,
                    markeredgewidth=style.thin if face == "white" else 0,
                    clip_on=False,
                    gid=f"dots-{look.arm}",
                )

    left = tick_room([power_of_ten(10)], style) + axis_label_room(style)
    nothing = "" if len(table) else f"{title}: no animal has cranial and spinal flux on one day."
    bottom = axis_depth(style) + 2
    # Half of the last tick's label stands right of the axes.
    right = 0.5 * width(power_of_ten(10), style.small, False, style.font) + 3
    return graph_panel(
        lines,
        draw,
        style,
        left,
        right=right,
        bottom=bottom,
        ratio=0.85,
        nothing=nothing,
        x_label=f"Spinal flux ({data.unit})",
        y_label=f"Cranial flux ({data.unit})",
    )


def _log_x(ax: Axes, limits: tuple[float, float], unit: str, style: Style) -> None:
    """Make the x axis logarithmic, ticks at decades and no minor ticks."""
    import math

    from matplotlib.ticker import FixedLocator, NullLocator

    ax.set_xscale("log")
    ax.set_xlim(*limits)
    first, last = round(math.log10(limits[0])), round(math.log10(limits[1]))
    exponents = labelled_decades(first, last, 6)
    ax.xaxis.set_major_locator(FixedLocator([10.0**e for e in exponents]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([power_of_ten(e) for e in exponents])
    ax.set_xlabel(f"Spinal flux ({unit})", fontsize=style.base)
