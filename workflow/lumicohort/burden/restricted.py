"""The restricted likelihood of a random intercept and slope, and its maximum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STRUCTURES: dict[str, tuple[int, ...]] = {
    "no variation between animals": (),
    "random intercept": (0,),
    "random slope": (2,),
    "random intercept and slope, perfectly correlated": (0, 1),
    "random intercept and slope": (0, 1, 2),
}
"""Name of each random structure -> which entries (a, b, c) of L are free; the others are 0."""


def structure_words(structure: str) -> str:
    """Return a random structure in words: ``random intercept and slope per animal``."""
    if not STRUCTURES[structure]:
        return structure
    what, comma, how = structure.partition(",")
    return f"{what} per animal{comma}{how}"


FULL = "random intercept and slope"
INTERCEPT = "random intercept"

_GRID = ((0.2, 1.5, 15.0), (-0.6, 0.0, 0.6), (0.1, 1.0, 10.0))
"""SD of intercepts, their correlation with slopes, SD of slopes, over the residual SD."""
_STARTS = 2  # best points of the grid from which the optimiser starts
_IMPOSSIBLE = 1e12  # deviance where rounding made the problem singular; finite for the optimiser
_DOWNHILL = 1e-6  # slope of the deviance along a new variance that leads off the boundary
_PUSHES = (1e-4, 1e-2, 0.1, 1.0, 10.0)  # variances tried along it, over that of the residuals


class NotEstimableError(ValueError):
    """The model cannot be estimated from these data; the message says why."""


@dataclass(frozen=True)
class Evaluation:
    """The restricted likelihood at one L, profiled over fixed effects and residual variance.

    Attributes
    ----------
    deviance : float
        -2 restricted log-likelihood.
    slope : array, shape (2, 2)
        Its derivative by ``L L'``.
    effects : array, shape (p,)
        Fixed effects, less :attr:`RestrictedLikelihood.start`.
    inverse : array, shape (p, p)
        Their covariance over the residual variance.
    variance : float
        Residual variance.
    pull : array, shape (m, 2)
        ``Z' V^-1 (y - Xb)`` of every animal.
    """

    deviance: float
    slope: Array
    effects: Array
    inverse: Array
    variance: float
    pull: Array


@dataclass(frozen=True)
class RestrictedLikelihood:
    """The data by animal, padded with rows of zeros to the length of the longest.

    Attributes
    ----------
    n : int
        Values.
    names : tuple of str
        The m animals.
    start : array, shape (p,)
        Least-squares coefficients, which are taken off the response.
    y : array, shape (m, k)
        Response less its least-squares fit.
    x : array, shape (m, k, p)
        Fixed effects.
    z : array, shape (m, k, 2)
        One and time.
    """

    n: int
    names: tuple[str, ...]
    start: Array
    y: Array
    x: Array
    z: Array

    @classmethod
    def build(
        cls, response: Array, design: Array, time: Array, animal: Sequence[str]
    ) -> RestrictedLikelihood:
        """Sort the data of :func:`lumicohort.burden.mixed.fit_mixed` by animal."""
        y, x = np.asarray(response, dtype=float), np.asarray(design, dtype=float)
        n, p = x.shape
        if n <= p or np.linalg.matrix_rank(x) < p:
            raise NotEstimableError("too few values for the fixed effects")
        start, *_ = np.linalg.lstsq(x, y, rcond=None)
        residual = y - x @ start
        if residual @ residual <= 1e-20 * max(1.0, y @ y):
            raise NotEstimableError("the values lie exactly on each arm's line: nothing varies")
        names, which = np.unique(np.asarray(animal, dtype=object).astype(str), return_inverse=True)
        rows = place_in_animal(which)
        shape = (len(names), int(rows.max()) + 1)
        out = np.zeros((*shape, 1 + p + 2))
        out[which, rows] = np.column_stack([residual, x, np.ones(n), np.asarray(time, dtype=float)])
        return cls(
            n, tuple(map(str, names)), start, out[..., 0], out[..., 1 : 1 + p], out[..., 1 + p :]
        )

    @property
    def n_animals(self) -> int:
        """Animals."""
        return len(self.names)

    @property
    def degrees(self) -> int:
        """Values less fixed effects."""
        return self.n - len(self.start)

    @property
    def spread(self) -> float:
        """Mean square of the response about its least-squares fit."""
        return float((self.y**2).sum()) / self.degrees

    def evaluate(self, theta: Array) -> Evaluation | None:
        """Return the likelihood at three entries of L; None where rounding makes it singular.

        All data are whitened by the Cholesky factor of each animal's ``I + Z L L' Z'``, so that
        nothing is the difference of two large numbers however much animals vary. The slope is
        ``Z'PZ - Z'Pyy'PZ/s^2`` summed over animals (P of restricted likelihood).
        """
        between = self.z @ factor_of(theta)
        try:
            root = np.linalg.cholesky(
                np.eye(self.y.shape[1]) + between @ between.transpose(0, 2, 1)
            )
        except np.linalg.LinAlgError:
            return None
        white = np.linalg.solve(root, np.concatenate([self.y[..., None], self.x, self.z], axis=2))
        p = len(self.start)
        y, x, z = white[..., 0], white[..., 1 : 1 + p], white[..., 1 + p :]
        orthogonal, upper = np.linalg.qr(x.reshape(-1, p))
        sizes = np.abs(np.diag(upper))
        if sizes.min() <= 1e-12 * sizes.max():
            return None
        effects = np.linalg.solve(upper, orthogonal.T @ y.ravel())
        left = y - x @ effects
        residual = float((left**2).sum())
        if not residual > 0:
            return None
        variance = residual / self.degrees
        half = np.linalg.inv(upper)
        along = z.transpose(0, 2, 1) @ orthogonal.reshape(x.shape)  # (m, 2, p)
        pull = (z * left[..., None]).sum(axis=1)
        slope = np.einsum("mki,mkj->ij", z, z) - np.einsum("mip,mjp->ij", along, along)
        slope -= pull.T @ pull / variance
        logs = 2 * np.log(np.einsum("mkk->mk", root)).sum() + 2 * np.log(sizes).sum()
        deviance = logs + self.degrees * (np.log(2 * np.pi * variance) + 1)
        return Evaluation(float(deviance), slope, effects, half @ half.T, variance, pull)

    def deviance(self, theta: Array) -> float:
        """Return -2 restricted log-likelihood at three entries of L."""
        found = self.evaluate(theta)
        return _IMPOSSIBLE if found is None else found.deviance


def place_in_animal(which: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many values of the same animal come before each value."""
    order = np.argsort(which, kind="stable")
    starts = np.r_[0, np.cumsum(np.bincount(which))[:-1]]
    rows = np.empty(len(which), dtype=np.intp)
    rows[order] = np.arange(len(which)) - starts[which[order]]
    return rows


def full_theta(free_values: Array, free: tuple[int, ...]) -> Array:
    """Return all three entries of L from the free ones."""
    theta = np.zeros(3)
    theta[list(free)] = free_values
    return theta


def factor_of(theta: Array) -> Array:
    """Return the Cholesky factor L, shape (2, 2), of its three entries."""
    return np.array([[theta[0], 0.0], [theta[1], theta[2]]])


def minimise(problem: RestrictedLikelihood, free: tuple[int, ...]) -> tuple[Array, float]:
    """Return the best entries of L and their deviance.

    Descents from the best points of a grid. A descent may end on the boundary of the
    covariances, where the deviance has no slope by an entry of L although a further variance
    would lower it: its slope by the covariance, there and along every direction, tells, and a
    new descent starts beyond.

    Parameters
    ----------
    problem : RestrictedLikelihood
        The data.
    free : tuple of int
        Free entries of L, as in :data:`STRUCTURES`.

    Returns
    -------
    theta : array, shape (3,)
        Entries of L.
    deviance : float
        -2 restricted log-likelihood there.
    """
    theta = np.zeros(3)
    if not free:
        return theta, problem.deviance(theta)
    entries = [(a, r * s, math.sqrt(1 - r**2) * s) for a, r, s in product(*_GRID)]
    kept = dict.fromkeys(tuple(entry[i] for i in free) for entry in entries)
    points = sorted((full_theta(np.array(one), free) for one in kept), key=problem.deviance)
    found = [_descend(problem, point, free) for point in points[:_STARTS]]
    theta, best = min(found, key=lambda one: one[1])
    for _ in range(10):
        beyond = _off_the_boundary(problem, theta, free)
        if beyond is None:
            break
        other, deviance = _descend(problem, beyond, free)
        if deviance >= best - 1e-9:
            break
        theta, best = other, deviance
    return theta, best


def _descend(
    problem: RestrictedLikelihood, start: Array, free: tuple[int, ...]
) -> tuple[Array, float]:
    """Return entries of L and their deviance at the end of one descent."""
    from scipy import optimize

    def value(x: Array) -> tuple[float, Array]:
        found = problem.evaluate(full_theta(x, free))
        if found is None:
            return _IMPOSSIBLE, np.zeros(len(free))
        return found.deviance, _by_entries(found.slope, full_theta(x, free))[list(free)]

    x = start[list(free)]
    for _ in range(2):  # a second time, with a fresh idea of the curvature
        result = optimize.minimize(value, x, jac=True, method="BFGS", options={"gtol": 1e-7})
        x = result.x
        if result.success:
            break
    # L and -L, column by column, are the same covariance.
    factor = factor_of(full_theta(x, free))
    factor = factor * np.where(np.diag(factor) < 0, -1.0, 1.0)
    return np.array([factor[0, 0], factor[1, 0], factor[1, 1]]), float(result.fun)


def _by_entries(slope: Array, theta: Array) -> Array:
    """Return derivatives by the entries of L of what has that derivative by ``L L'``."""
    by_factor = 2 * slope @ factor_of(theta)
    return np.array([by_factor[0, 0], by_factor[1, 0], by_factor[1, 1]])


def _off_the_boundary(
    problem: RestrictedLikelihood, theta: Array, free: tuple[int, ...]
) -> Array | None:
    """Return better entries of L beyond the boundary; None where there are none."""
    found = problem.evaluate(theta)
    if found is None or free == STRUCTURES["random intercept and slope, perfectly correlated"]:
        return None
    allowed = [i for i, entry in enumerate((0, 2)) if entry in free]
    values, vectors = np.linalg.eigh(found.slope[np.ix_(allowed, allowed)])
    if values[0] >= -_DOWNHILL:
        return None
    direction = np.zeros(2)
    direction[allowed] = vectors[:, 0]
    factor = factor_of(theta)
    tried = []
    for push in _PUSHES:
        covariance = factor @ factor.T + push * np.outer(direction, direction)
        a = float(np.sqrt(covariance[0, 0]))
        b = float(covariance[1, 0]) / a if a > 0 else 0.0
        tried.append(np.array([a, b, float(np.sqrt(max(covariance[1, 1] - b**2, 0.0)))]))
    best = min(tried, key=problem.deviance)
    return best if problem.deviance(best) < found.deviance else None
