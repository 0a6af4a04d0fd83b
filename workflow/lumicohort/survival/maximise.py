"""Maximising a (penalised) log likelihood of few coefficients, and walking its profile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Step = tuple[float, Vector, NDArray[np.float64]]
"""Value, gradient and minus the second derivatives (or a positive stand-in)."""

FARTHEST = 40.0
"""Coefficients beyond this (a hazard ratio of e^40) are infinite."""

_LONGEST_STEP = 5.0


class NotConverged(Exception):
    """The maximum was not found within the allowed steps."""


def maximise(
    f: Callable[[Vector], Step], start: Vector, free: NDArray[np.bool_] | None = None
) -> tuple[Vector, float]:
    """Maximise by Newton steps that are halved until the value rises enough.

    Parameters
    ----------
    f : callable
        Returns value, gradient and minus the matrix of second derivatives.
    start : ndarray of float, shape (p,)
        Where to start.
    free : ndarray of bool, shape (p,), optional
        Coefficients that may move; all where none given.

    Returns
    -------
    coefficients : ndarray of float, shape (p,)
        Where the value is largest. Directions along which it does not change stay at the start;
        along a rising one the walk stops where the value no longer rises by 1e-12.
    value : float
        The largest value.

    Raises
    ------
    NotConverged
        After 200 steps.
    """
    b = np.array(start, dtype=float)
    move = np.ones(len(b), dtype=bool) if free is None else free
    value, gradient, curvature = f(b)
    if not move.any():
        return b, value
    for _ in range(200):
        step = _solve(curvature[np.ix_(move, move)], gradient[move])
        longest = float(np.max(np.abs(step)))
        gain = float(step @ gradient[move])
        scale = 1.0
        while True:
            trial = b.copy()
            trial[move] += scale * step
            new_value, new_gradient, new_curvature = f(trial)
            # Armijo's rule: without it Newton can swing between two points for ever.
            enough = value + 1e-4 * scale * gain - 1e-13 * (1 + abs(value))
            if new_value >= enough or scale < 1e-8:
                break
            scale /= 2
        small = longest < 1e-10 * (1 + float(np.max(np.abs(b))))
        b, value, gradient, curvature = trial, new_value, new_gradient, new_curvature
        if small or gain < 1e-13:
            return b, value
    raise NotConverged


def _solve(curvature: NDArray[np.float64], gradient: Vector) -> Vector:
    """Return the Newton step, along each principal axis no longer than the longest step.

    Along an axis without curvature the step is the longest one uphill, or none where the value
    does not change either.
    """
    bend, axes = np.linalg.eigh(curvature)
    slope = axes.T @ gradient
    slope = np.where(np.abs(slope) < 1e-14, 0.0, slope)
    divisor = np.maximum(bend, np.maximum(np.abs(slope) / _LONGEST_STEP, 1e-300))
    return np.asarray(axes @ (slope / divisor))


def profile_limits(
    profile: Callable[[float], float],
    top: float,
    estimate: float,
    se: float,
    drop: float,
) -> tuple[float, float]:
    """Find where a profile log likelihood has fallen by a given amount on both sides.

    Parameters
    ----------
    profile : callable
        The log likelihood, maximised over all other coefficients, at a value of this one.
    top : float
        Its supremum.
    estimate : float
        Where it is reached; minus or plus infinity for a monotone likelihood.
    se : float
        A first guess of the distance.
    drop : float
        How far it shall fall (half a quantile of chi-squared).

    Returns
    -------
    lower, upper : float
        Infinite where the likelihood does not fall that far.
    """

    def excess(c: float) -> float:
        return top - profile(c) - drop

    centre = float(np.clip(estimate, -FARTHEST, FARTHEST))
    pace = min(max(se, 1e-3), 5.0) if np.isfinite(se) else 1.0
    return _limit(excess, centre, -pace, estimate), _limit(excess, centre, pace, estimate)


def _limit(excess: Callable[[float], float], centre: float, pace: float, estimate: float) -> float:
    """Walk outwards until the profile has fallen far enough, then find the place."""
    from scipy.optimize import brentq

    if np.isinf(estimate) and np.sign(estimate) == np.sign(pace):
        return float(estimate)
    if np.isinf(estimate):
        pace = float(np.sign(pace)) * 2.0  # the likelihood is flat out there: long strides
    inner, outer = centre, centre + pace
    while excess(outer) < 0:
        inner, outer = outer, outer + pace
        pace *= 1.5 if np.isfinite(estimate) else 1.0
        if abs(outer) > 2 * FARTHEST:
            return float(np.sign(pace) * np.inf)
    return float(brentq(excess, inner, outer, xtol=1e-11, rtol=1e-13))
