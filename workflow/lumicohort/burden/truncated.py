"""Moments of a normal vector of which every entry is only known to lie below a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LINE_POINTS = 32
_FIBONACCI = (233, 144)  # neighbouring Fibonacci numbers: a good lattice of two dimensions
_MANY_POINTS = 512  # a power of two, as Sobol's sequence wants


@dataclass(frozen=True)
class Truncated:
    """A standard normal vector z, given that every entry of ``F z`` is below its limit.

    Attributes
    ----------
    log_probability : array, shape (...)
        Of lying below all limits.
    mean : array, shape (..., c)
        Of z, given that.
    second : array, shape (..., c, c)
        Mean of ``z z'``, given that.
    """

    log_probability: Array
    mean: Array
    second: Array


def truncated_moments(limits: Array, factor: Array) -> Truncated:
    """Integrate the standard normal density below limits on linear combinations.

    Parameters
    ----------
    limits : array, shape (..., c)
        Upper limits of ``factor @ z``.
    factor : array, shape (..., c, c)
        Lower triangular, its diagonal above 0: the Cholesky factor of the covariance.

    Returns
    -------
    Truncated
        Log probability and moments.

    Notes
    -----
    Genz's separation of variables (J Comput Graph Stat 1(2), 1992): entry after entry is drawn
    by its conditional distribution below its limit, and the last is integrated in closed form,
    so that c - 1 dimensions are left: none for one entry, which is exact; a line in two, made
    periodic and summed at equal steps; a Fibonacci lattice for three; Sobol's sequence above. The
    points are fixed, so the result is a smooth function of the arguments.
    """
    from scipy.special import log_ndtr, ndtri_exp

    count = limits.shape[-1]
    points, weights = _points(count - 1)
    shape = (*limits.shape[:-1], len(weights))
    z = np.zeros((*shape, count))
    log_density = np.broadcast_to(np.log(weights), shape).copy()
    for j in range(count):
        before = np.einsum("...k,...nk->...n", factor[..., j, :j], z[..., :j])
        bound = (limits[..., None, j] - before) / factor[..., None, j, j]
        log_share = log_ndtr(bound)
        log_density += log_share
        if j < count - 1:
            z[..., j] = ndtri_exp(log_share + np.log(points[:, j]))
    mills = np.exp(-(bound**2) / 2 - math.log(2 * math.pi) / 2 - log_share)
    z[..., -1] = -mills
    top = log_density.max(axis=-1, keepdims=True)
    density = np.exp(log_density - top)
    total = density.sum(axis=-1, keepdims=True)
    density /= total
    second = np.einsum("...n,...ni,...nj->...ij", density, z, z)
    second[..., -1, -1] = (density * (1 - bound * mills)).sum(axis=-1)
    return Truncated(
        (top + np.log(total))[..., 0], np.einsum("...n,...ni->...i", density, z), second
    )


@cache
def _points(dimensions: int) -> tuple[Array, Array]:
    """Return points of the unit cube, shape (n, dimensions), and their weights, which sum to 1.

    In one and two dimensions the integrand is made periodic by Sidi's substitution
    ``u = v - sin(2 pi v) / (2 pi)`` (Sidi, ISNM 112, 1993), which lets equal steps converge fast.
    """
    if not dimensions:
        return np.zeros((1, 0)), np.ones(1)
    if dimensions > 2:
        from scipy.stats import qmc

        draw = qmc.Sobol(dimensions, scramble=False).random(_MANY_POINTS)
        points = np.asarray(draw, dtype=float) + 0.5 / _MANY_POINTS  # off the faces of the cube
        return points, np.full(_MANY_POINTS, 1 / _MANY_POINTS)
    if dimensions == 1:
        steps = (np.arange(_LINE_POINTS)[:, None] + 0.5) / _LINE_POINTS
    else:
        n, generator = _FIBONACCI
        index = np.arange(n)
        steps = np.column_stack([(index + 0.5) / n, (index * generator / n + 0.5) % 1])
    steps = steps[((steps > 1e-4) & (steps < 1 - 1e-4)).all(axis=1)]  # the others weigh nothing
    points = steps - np.sin(2 * np.pi * steps) / (2 * np.pi)
    weights = np.prod(1 - np.cos(2 * np.pi * steps), axis=1)
    return points, weights / weights.sum()
