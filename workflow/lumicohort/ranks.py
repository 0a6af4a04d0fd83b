"""Medians and percentiles of short arrays, as numpy's, without its overhead.

A photograph asks for dozens of them over a few hundred numbers each; most of the time of
`numpy.percentile` would go into checks that nothing here needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def percentile(values: NDArray[np.number], percent: float) -> float:
    """Return a percentile with linear interpolation, `numpy.percentile`'s default.

    Parameters
    ----------
    values : ndarray
        Numbers, of any shape; at least one, none of them NaN.
    percent : float
        0 to 100.

    Returns
    -------
    float
    """
    flat = values.ravel()
    at = (flat.size - 1) * percent / 100
    below = int(at)
    low, high = _neighbours(flat, min(below + 1, flat.size - 1))
    if below == flat.size - 1:
        return high
    return low + (high - low) * (at - below)


def median(values: NDArray[np.number]) -> float:
    """Return the median of numbers, of any shape; at least one, none of them NaN."""
    flat = values.ravel()
    half = flat.size // 2
    if flat.size % 2:
        return float(np.partition(flat, half)[half])
    low, high = _neighbours(flat, half)
    return (low + high) / 2


def _neighbours(flat: NDArray[np.number], above: int) -> tuple[float, float]:
    """Return the value of rank `above` and the one before it, smaller one first.

    Numpy has a fast way for one rank; asking for two of them at once takes five times as long.
    """
    ordered = np.partition(flat, above)
    high = float(ordered[above])
    return (float(ordered[:above].max()) if above else high), high
