"""Student's t, and where a falling function meets 0: what a limit of detection asks for.

Importing scipy.special and scipy.optimize takes as long as measuring a hundred clicks, and a limit
of detection asks them for one quantile and now and then for a few tails. With whole degrees of
freedom, as tiles of a bed have, both are short sums (Abramowitz & Stegun, *Handbook of Mathematical
Functions*, 26.7.3 and 26.7.4); anything else is still SciPy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_MOST = 200.0
"""Degrees of freedom up to which the sums are short: half as many terms."""
_FEW = 40
"""Values up to which summing them one by one takes less time than numpy would."""


def below(values: NDArray[np.float64], df: float) -> NDArray[np.float64]:
    """Return the probability that Student's t lies below each of some values.

    Parameters
    ----------
    values : ndarray, shape (k,)
        Finite values.
    df : float
        Degrees of freedom, above 0.

    Returns
    -------
    ndarray, shape (k,)
        Off by less than 1e-14.
    """
    if not _short(df) or values.size > _FEW:
        from scipy.special import stdtr

        return np.asarray(stdtr(df, values))
    terms = _terms(int(df))
    return np.array([0.5 + _half_inside(value, int(df), terms) for value in values.tolist()])


@lru_cache(maxsize=64)
def quantile(df: float, level: float) -> float:
    """Return a quantile of Student's t: the same for all regions of a click.

    Parameters
    ----------
    df : float
        Degrees of freedom, above 0.
    level : float
        Its probability, from 0.5 to below 1.
    """
    if not _short(df):
        from scipy.special import stdtrit

        return float(stdtrit(df, level))
    whole, terms = int(df), _terms(int(df))
    middle = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi * df)
    at = 0.0
    for _ in range(200):
        # above 0 the density falls: Newton's steps come from below and never go too far
        density = middle * (1 + at * at / df) ** (-(df + 1) / 2)
        step = (level - 0.5 - _half_inside(at, whole, terms)) / density
        at += step
        if abs(step) <= 1e-15 * at:
            break
    return at


def _short(df: float) -> bool:
    return df == round(df) and 1 <= df <= _MOST


@lru_cache(maxsize=64)
def _terms(df: int) -> tuple[float, ...]:
    """Return the sums' coefficients, that of the highest power of cos² first.

    1, 1/2, 1·3/(2·4), … for even degrees of freedom; 1, 2/3, 2·4/(3·5), … for odd ones.
    """
    terms, first = [1.0], 1 + df % 2
    for k in range(first, df - 2, 2):
        terms.append(terms[-1] * k / (k + 1))
    return tuple(reversed(terms))


def _half_inside(t: float, df: int, terms: Sequence[float]) -> float:
    """Return the probability of lying between 0 and t; negative for a negative t.

    With θ = atan(t / √df): sin θ · Σ term · cos²ᵏ θ, halved, for even degrees of freedom; for odd
    ones (θ + sin θ cos θ · Σ) / π, and θ / π for 1.
    """
    root = math.sqrt(df + t * t)
    sine = t / root
    squared = df / (df + t * t)
    total = 0.0
    for term in terms:
        total = total * squared + term
    if df % 2 == 0:
        return sine * total / 2
    angle = math.atan2(t, math.sqrt(df))
    if df == 1:
        return angle / math.pi
    return (angle + sine * math.sqrt(squared) * total) / math.pi


def meeting(
    of: Callable[[float], float], low: float, high: float, rtol: float, xtol: float = 2e-12
) -> float:
    """Return where a function meets 0 between two places at which its signs differ.

    Brent's method (*Algorithms for Minimization without Derivatives*, 1973, chapter 4): a line
    through two places or a parabola through three, and the middle where those promise less.

    Parameters
    ----------
    of : callable
        The function.
    low, high : float
        The places.
    rtol, xtol : float
        Relative and absolute tolerance, and its default, of `scipy.optimize.brentq`.

    Returns
    -------
    float
        What `scipy.optimize.brentq` returns, to rounding: the same places are asked.

    Raises
    ------
    ValueError
        Where the signs are the same.
    """
    last, best = low, high
    f_last, f_best = of(last), of(best)
    if f_last * f_best > 0:
        raise ValueError(f"the function has one sign at {low:g} and {high:g}")
    beyond, f_beyond = last, f_last  # the root lies between it and `best`
    step = earlier = best - last
    for _ in range(100):
        if abs(f_beyond) < abs(f_best):
            last, best, beyond = best, beyond, best
            f_last, f_best, f_beyond = f_best, f_beyond, f_best
        near, half = (xtol + rtol * abs(best)) / 2, (beyond - best) / 2
        if f_best == 0 or abs(half) < near:
            break
        tried = math.inf
        if abs(earlier) > near and abs(f_best) < abs(f_last):
            if last == beyond:
                tried = f_best * (best - last) / (f_last - f_best)
            else:
                p, q, r = f_best / f_last, f_last / f_beyond, f_best / f_beyond
                shift = p * (2 * half * q * (q - r) - (best - last) * (r - 1))
                tried = -shift / ((p - 1) * (q - 1) * (r - 1))
        if 2 * abs(tried) < min(abs(earlier), 3 * abs(half) - near):
            earlier, step = step, tried
        else:
            earlier = step = half
        last, f_last = best, f_best
        best += step if abs(step) > near else math.copysign(near, half)
        f_best = of(best)
        if f_best * f_beyond > 0:
            beyond, f_beyond = last, f_last
            earlier = step = best - last
    return best
