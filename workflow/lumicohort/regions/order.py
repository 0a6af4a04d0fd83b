"""Medians and percentiles of short arrays, as numpy's, without its overhead.

A photograph asks for dozens of them over a few hundred numbers each; most of the time of
`numpy.percentile` would go into checks that nothing here needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def percentile(values: NDArray[np.floating], percent: float) -> float:
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
    above = min(below + 1, flat.size - 1)
    ordered = np.partition(flat, (below, above))
    low, high = float(ordered[below]), float(ordered[above])
    return low + (high - low) * (at - below)


def median(values: NDArray[np.floating]) -> float:
    """Return the median of numbers, of any shape; at least one, none of them NaN."""
    flat = values.ravel()
    half = flat.size // 2
    if flat.size % 2:
        return float(np.partition(flat, half)[half])
    ordered = np.partition(flat, (half - 1, half))
    return (float(ordered[half - 1]) + float(ordered[half])) / 2
