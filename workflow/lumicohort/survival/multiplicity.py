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
