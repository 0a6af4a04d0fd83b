"""Numerical derivatives of smooth functions of few numbers, extrapolated by Richardson's rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Batch = Callable[[Array], Array]
"""Takes points of shape (n, k), returns values of shape (n, ...)."""

_STEP = 1e-2  # relative to the number; Richardson's rule leaves an error of its 4th power
_SMALLEST = 0.05  # numbers nearer 0 than this are stepped as if they were this large


def gradient(function: Batch, point: Array) -> Array:
    """Return the central-difference gradient.

    Parameters
    ----------
    function : callable
        Takes points of shape (n, k), returns values of shape (n, ...).
    point : array, shape (k,)
        Where.

    Returns
    -------
    array, shape (k, ...)
        Derivative by each entry of the point.
    """
    shifts, k = np.diag(_steps(point)), len(point)
    values = function(point + np.concatenate([shifts, -shifts, shifts / 2, -shifts / 2]))
    far, near = values[:k] - values[k : 2 * k], values[2 * k : 3 * k] - values[3 * k :]
    steps = _steps(point).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray((8 * near - far) / (6 * steps))


def hessian(function: Batch, point: Array) -> Array:
    """Return the central-difference matrix of second derivatives.

    Parameters
    ----------
    function : callable
        Takes points of shape (n, k), returns numbers of shape (n,).
    point : array, shape (k,)
        Where.

    Returns
    -------
    array, shape (k, k)
        Second derivatives.
    """
    steps, k = _steps(point), len(point)
    shifts = np.diag(steps)
    # ahead and behind along every sum and every difference of two steps
    pairs = [(i, j, sign) for i in range(k) for j in range(i) for sign in (1, -1)]
    moves = (
        np.concatenate([shifts, [shifts[i] + sign * shifts[j] for i, j, sign in pairs]])
        if (pairs)
        else shifts
    )
    points = [point[None]]
    points += [point + scale * moves for scale in (1.0, -1.0, 0.5, -0.5)]
    values = function(np.concatenate(points))
    here, (a, b, c, d) = values[0], values[1:].reshape(4, len(moves))
    curved = (4 * 4 * (c + d - 2 * here) - (a + b - 2 * here)) / 3  # along each move
    out = np.diag(curved[:k] / steps**2)
    for (i, j, sign), value in zip(pairs, curved[k:], strict=True):
        out[i, j] += sign * value / (4 * steps[i] * steps[j])
        out[j, i] = out[i, j]
    return out


def _steps(point: Array) -> Array:
    return _STEP * np.maximum(np.abs(point), _SMALLEST)
