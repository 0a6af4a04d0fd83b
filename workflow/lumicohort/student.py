"""Student's t distribution for whole numbers of degrees of freedom.

SciPy has it for all, but takes longer to load than everything else that measuring drawn regions of
interest needs. For whole numbers it is a finite series (Abramowitz & Stegun 1964, 26.7.3 and
26.7.4); where that becomes long, SciPy is asked.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MANY = 1000
"""Degrees of freedom beyond which the series is too long."""


def cumulative(df: int, t: ArrayLike) -> NDArray[np.float64]:
    """Return P(T ≤ t).

    Parameters
    ----------
    df : int
        Degrees of freedom, at least 1.
    t : array_like
        Any numbers.

    Returns
    -------
    ndarray of float64, shape of `t`
        Right to 1e-14 in absolute terms.

    Raises
    ------
    ValueError
        If `df` is less than 1.
    """
    if df < 1:
        raise ValueError(f"degrees of freedom must be at least 1, not {df}")
    if df > _MANY:
        from scipy.special import stdtr

        return np.asarray(stdtr(df, t))
    angle = np.arctan(np.asarray(t, dtype=np.float64) / math.sqrt(df))
    sine, cosine = np.sin(angle), np.cos(angle)
    terms = _series(df)
    powers = np.square(cosine)[..., None] ** np.arange(terms.size)
    if df % 2:
        within = (angle + sine * cosine * (powers @ terms)) * (2 / math.pi)
    else:
        within = sine * (powers @ terms)
    return np.asarray((1 + within) / 2)


@lru_cache(maxsize=64)
def quantile(df: int, level: float) -> float:
    """Return the t below which T lies with a probability; `cumulative`'s inverse.

    Parameters
    ----------
    df : int
        Degrees of freedom, at least 1.
    level : float
        Between 0.5 and 1, without 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `level` lies outside.
    """
    if not 0.5 <= level < 1:
        raise ValueError(f"the level must lie from 0.5 to below 1, not at {level}")
    if df > _MANY:
        from scipy.special import stdtrit

        return float(stdtrit(df, level))
    density = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    t, before = 0.0, -1.0
    while t > before:  # the curve bends down from 0 on: Newton's steps rise towards t
        slope = density * (1 + t * t / df) ** (-(df + 1) / 2)
        t, before = t + (level - float(cumulative(df, t))) / slope, t
    return before


@lru_cache(maxsize=64)
def _series(df: int) -> NDArray[np.float64]:
    """Return what the even powers of the cosine are multiplied by: 1, 1/2, 3/8, … or 1, 2/3, ….

    Those of odd degrees of freedom go without the angle itself; of one there are none.
    """
    odd = df % 2
    k = np.arange(1, df // 2)
    rising = np.cumprod((2 * k - 1 + odd) / (2 * k + odd))
    return np.concatenate([np.ones(min(df // 2, 1)), rising])
