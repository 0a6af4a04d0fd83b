"""Adjustment of p-values over several comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

Adjustment = Literal["holm", "hochberg", "bh", "none"]


def adjust(p_values: Sequence[float], method: Adjustment = "holm") -> list[float]:
    """Adjust p-values.

    Parameters
    ----------
    p_values : sequence of float
        NaN (no test) stays NaN and does not count.
    method : {"holm", "hochberg", "bh", "none"}
        Holm (1979) and Hochberg (1988) hold the chance of any false claim, Benjamini &
        Hochberg (1995) the share of false claims. In R: ``p.adjust(p, method)``.

    Returns
    -------
    list of float
        Adjusted p-values in the order given.
    """
    p = np.asarray(p_values, dtype=float)
    out = p.copy()
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    if method == "none" or m < 2:
        return [float(v) for v in out]
    ascending = known[np.argsort(p[known], kind="stable")]
    rank = np.arange(1, m + 1)
    if method == "holm":
        values = np.maximum.accumulate((m - rank + 1) * p[ascending])
    elif method == "hochberg":
        values = np.minimum.accumulate(((m - rank + 1) * p[ascending])[::-1])[::-1]
    elif method == "bh":
        values = np.minimum.accumulate((m / rank * p[ascending])[::-1])[::-1]
    else:
        raise ValueError(f"method must be holm, hochberg, bh or none, not {method!r}")
    out[ascending] = np.minimum(values, 1.0)
    return [float(v) for v in out]


def least_adjusted(least: Sequence[float], method: Adjustment = "holm") -> float:
    """Return below which no adjusted p-value can fall, whatever the data say.

    Parameters
    ----------
    least : sequence of float
        The least p-value of each test; NaN where it has none.
    method : {"holm", "hochberg", "bh", "none"}
        How they are adjusted.

    Returns
    -------
    float
        The bound; NaN without tests. Of m tests Holm's least adjusted value is m times the least
        p, and no other is below that one. Where all p-values are small together, the other
        methods adjust nothing, and neither adds to the tests' own bounds.
    """
    known = [value for value in least if not np.isnan(value)]
    if not known:
        return float("nan")
    return min(1.0, (len(known) if method == "holm" else 1) * min(known))
