"""The flux curve of one animal: area under it, growth rate, doubling time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

LOG10_2 = math.log10(2)
"""Log10 flux of one doubling."""
_ROUNDING = 1e-12  # share of a value; a change smaller than this is rounding


def area(days: ArrayLike, values: ArrayLike) -> float:
    """Return the area under a curve by the trapezoidal rule.

    Parameters
    ----------
    days : array_like, shape (n,)
        Days, ascending.
    values : array_like, shape (n,)
        The curve on those days.

    Returns
    -------
    float
        Area in (unit of the values) × days; NaN with fewer than two days.
    """
    x = np.asarray(days, dtype=float)
    return float(np.trapezoid(np.asarray(values, dtype=float), x)) if len(x) > 1 else math.nan


def own_slope(days: ArrayLike, log10_flux: ArrayLike) -> float:
    """Return the least-squares slope of one animal's log10 flux.

    Parameters
    ----------
    days, log10_flux : array_like, shape (n,)
        Days of its images and log10 flux (photons/s).

    Returns
    -------
    float
        Log10 flux per day; NaN with images on fewer than two days.
    """
    x, y = np.asarray(days, dtype=float), np.asarray(log10_flux, dtype=float)
    if len(np.unique(x)) < 2:
        return math.nan
    slope = float(np.polyfit(x, y, 1)[0])
    # Equal values would otherwise double in 10^16 days.
    return 0.0 if abs(slope) * np.ptp(x) <= _ROUNDING * max(1.0, float(np.abs(y).max())) else slope


def doubling_days(slope: float) -> float:
    """Return the doubling time in days of a slope of log10 flux per day.

    Parameters
    ----------
    slope : float
        Log10 flux per day.

    Returns
    -------
    float
        log10(2) over the slope; NaN for a slope that is not above 0.
    """
    return LOG10_2 / slope if slope > 0 else math.nan
