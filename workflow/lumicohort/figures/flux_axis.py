"""The logarithmic flux axis and the limit of detection, shared by the burden panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.style import NOTE_COLOUR, Style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
LOD_LABEL = "LOD"


def power_of_ten(exponent: int) -> str:
    """Return ``10⁷`` for 7, as plain text that stays editable."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def decades(first: int, last: int, most: int) -> list[int]:
    """Return the exponents of ten that get a tick on an axis of ratios: 0 (no change) always.

    Parameters
    ----------
    first, last : int
        Exponents of the lowest and highest decade in sight, on either side of 0.
    most : int
        How many ticks there may be.
    """
    step = 1
    while last // step - -(-first // step) + 1 > most:
        step += 1
    return [step * i for i in range(-(-first // step), last // step + 1)]


def decade_labels(exponents: Sequence[int], longest: int = 3) -> list[str]:
    """Return labels of powers of ten: plain numbers, or all as powers where one would be long.

    Parameters
    ----------
    exponents : sequence of int
        The powers.
    longest : int, optional
        Largest exponent, of either sign, of a plain number.
    """
    if all(abs(e) <= longest for e in exponents):
        return [f"{10.0**e:g}" for e in exponents]
    return [power_of_ten(e) for e in exponents]


def lod_level(flux: pd.DataFrame) -> float:
    """Return the median limit of detection of the images drawn, NaN where none is known.

    Parameters
    ----------
    flux : pandas.DataFrame
        Rows of ``flux.csv``.
    """
    return float(flux["lod_p_s"].astype(float).dropna().median()) if len(flux) else math.nan


_DECADES = 300
"""Decades on either side of 1 that a number of the computer can hold, nearly."""


def flux_limits(values: pd.Series, lod: float, reach: float = 300) -> tuple[float, float]:
    """Return whole decades that hold all positive values, and the LOD where it is near them.

    Parameters
    ----------
    values : pandas.Series
        Flux in p/s; zero and negative values have no place on the axis and are left out.
    lod : float
        Limit of detection in p/s, or NaN.
    reach : float, optional
        The LOD is held too where it is less than so many times below the lowest value.

    Returns
    -------
    tuple of float
        Lower and upper limit.
    """
    positive = [float(v) for v in values if v > 0 and math.isfinite(v)]
    lod_known = math.isfinite(lod) and lod > 0
    if not positive:
        positive = [lod] if lod_known else [1e4, 1e6]
    low, high = min(positive), max(positive)
    if lod_known and lod > low / reach:
        low, high = min(low, lod / 1.5), max(high, lod * 1.5)
    bottom, top = math.floor(math.log10(low * 0.999)), math.ceil(math.log10(high * 1.001))
    bottom = max(bottom, -_DECADES)
    return 10.0**bottom, 10.0 ** min(max(top, bottom + 1), _DECADES)


def labelled_decades(first: int, last: int, most: int) -> list[int]:
    """Return the exponents that are labelled: each decade, or every so many that few remain."""
    span = last - first
    return list(range(first, last + 1, 1 if span < most else max(2, math.ceil(span / most))))


def log_flux_axis(ax: Axes, limits: tuple[float, float], label: str, style: Style) -> None:
    """Make the y axis logarithmic, ticks at decades and no minor ticks."""
    from matplotlib.ticker import FixedLocator, NullLocator

    ax.set_yscale("log")
    ax.set_ylim(*limits)
    first, last = math.ceil(math.log10(limits[0]) - 1e-9), math.floor(math.log10(limits[1]) + 1e-9)
    exponents = labelled_decades(first, last, 8)
    if len(exponents) >= 2:
        ax.yaxis.set_major_locator(FixedLocator([10.0**e for e in exponents]))
        ax.set_yticklabels([power_of_ten(e) for e in exponents])
    else:  # the config's limits hold less than two decades: label the limits themselves
        ax.yaxis.set_major_locator(FixedLocator(list(limits)))
        ax.set_yticklabels([_scientific(v) for v in limits])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="y", labelsize=style.small, width=style.thin)
    ax.set_ylabel(label, fontsize=style.base)


def _scientific(value: float) -> str:
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.3g}×{power_of_ten(exponent)}"


def lod_in_sight(lod: float, limits: tuple[float, float]) -> bool:
    """Tell whether an axis holds the limit of detection, so that its line is drawn."""
    return math.isfinite(lod) and limits[0] <= lod <= limits[1]


def draw_lod(ax: Axes, lod: float, limits: tuple[float, float], style: Style) -> bool:
    """Draw the limit of detection, named at the right edge; return whether it is in sight."""
    if not lod_in_sight(lod, limits):
        return False
    ax.axhline(
        lod, color=NOTE_COLOUR, linestyle=(0, (1, 1.6)), linewidth=max(style.thin, 0.75), zorder=1
    )
    ax.annotate(
        LOD_LABEL,
        (1, lod),
        xycoords=ax.get_yaxis_transform(),
        xytext=(2, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=style.small,
        color=NOTE_COLOUR,
        annotation_clip=False,
    )
    return True
