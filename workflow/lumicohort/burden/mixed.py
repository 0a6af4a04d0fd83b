"""Linear mixed model by REML: random intercept and slope per animal, Satterthwaite tests.

For animal i, ``y_i = X_i b + Z_i u_i + e_i`` with ``Z_i = [1, time]``,
``u_i ~ N(0, sigma^2 L L')`` and ``e_i ~ N(0, sigma^2 I)``. The restricted likelihood is
profiled over `b` and `sigma` and minimised over the three entries of the Cholesky factor
``L = [[a, 0], [b, c]]``, as lme4 does (Bates, Maechler, Bolker & Walker, J Stat Softw 67(1),
2015, equations 39-42). Degrees of freedom are Satterthwaite's, from the numerically
differentiated restricted likelihood (Kuznetsova, Brockhoff & Christensen, J Stat Softw 82(13),
2017, section 2.2). Checked against R lme4 and lmerTest in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
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

FULL = "random intercept and slope"
INTERCEPT = "random intercept"

_GRID = ((0.1, 0.5, 1.5, 5.0), (-1.0, -0.3, 0.0, 0.3, 1.0), (0.05, 0.3, 1.0, 3.0))
_STARTS = 2  # best points of the grid from which the optimiser starts
_SAME_DEVIANCE = 1e-5  # a simpler structure this near the optimum is the optimum, on its boundary
_NEAR_BOUNDARY = 0.05  # entries of L above this are not on it: spare the simpler fits
_LARGEST = 1e4  # of an entry of L: animals vary at most so much more than the residuals
_NOTHING_VARIES = 1e-7  # share of the variance left within animals that is rounding, not noise
_IMPOSSIBLE = 1e12  # deviance where rounding made the problem singular; finite for the optimiser
_STEP = 1e-2  # step of the numerical derivatives, before Richardson's extrapolation


class NotEstimableError(ValueError):
    """The model cannot be estimated from these data; the message says why."""


@dataclass(frozen=True)
class Contrast:
    """A linear combination of the fixed effects.

    Attributes
    ----------
    estimate, se : float
        In the units of the response.
    df : float
        Satterthwaite's degrees of freedom.
    p_value : float
        Two-sided p of the t-test that the combination is 0.
    """

    estimate: float
    se: float
    df: float
    p_value: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the confidence interval from Student's t."""
        from scipy import stats

        half = float(stats.t.ppf(0.5 + level / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True)
class MixedFit:
    """A fitted mixed model.

    Attributes
    ----------
    coefficients : array, shape (p,)
        Fixed effects, in the order of the design's columns.
    covariance : array, shape (p, p)
        Their covariance.
    random_covariance : array, shape (2, 2)
        Covariance of random intercept and slope.
    residual_variance : float
        Variance within animals.
    reml_loglik : float
        Restricted log-likelihood, as lme4 counts it.
    structure : str
        The random structure at the optimum, a key of :data:`STRUCTURES`.
    """

    coefficients: Array
    covariance: Array
    random_covariance: Array
    residual_variance: float
    reml_loglik: float
    structure: str
    _problem: _Problem
    _theta: Array

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the fixed effects."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def animals(self) -> tuple[str, ...]:
        """Animals in the order of :attr:`random_effects`."""
        return self._problem.names

    @property
    def random_effects(self) -> Array:
        """Predicted deviation of each animal, shape (m, 2): intercept, and slope per unit of time.

        Best linear unbiased predictions ``L (I + L'Z'ZL)^-1 L'Z' (y - Xb)``; in R:
        ``ranef(fit)``.
        """
        problem = self._problem
        left = problem.zy - problem.zx @ (self.coefficients - problem.start)
        return np.asarray(np.einsum("mij,mj->mi", problem.weight(self._theta)[0], left))

    @cached_property
    def _parameters_covariance(self) -> Array:
        """Covariance of (free entries of L, log sigma): twice the inverse of the Hessian."""
        problem, free = self._problem, STRUCTURES[self.structure]

        def deviance(x: Array) -> float:
            return problem.deviance(_full_theta(x[:-1], free), float(np.exp(2 * x[-1])))

        hessian = _hessian(deviance, self._point)
        if np.linalg.eigvalsh(hessian).min() <= 0:
            raise NotEstimableError("the restricted likelihood has no proper maximum")
        return np.asarray(2 * np.linalg.inv(hessian))

    @property
    def _point(self) -> Array:
        free = list(STRUCTURES[self.structure])
        return np.append(self._theta[free], np.log(self.residual_variance) / 2)

    def contrast(self, weights: Sequence[float] | Array) -> Contrast:
        """Return a linear combination of the fixed effects with its test.

        Parameters
        ----------
        weights : array, shape (p,)
            Weight of each fixed effect.

        Returns
        -------
        Contrast
            Estimate, standard error, degrees of freedom and p.
        """
        from scipy import stats

        weights = np.asarray(weights, dtype=float)
        problem, free = self._problem, STRUCTURES[self.structure]

        def variance(x: Array) -> float:
            inverse = np.linalg.inv(problem.reduced(_full_theta(x[:-1], free))[1])
            return float(np.exp(2 * x[-1]) * weights @ inverse @ weights)

        here = variance(self._point)
        slope = _gradient(variance, self._point)
        df = 2 * here**2 / float(slope @ self._parameters_covariance @ slope)
        estimate, se = float(weights @ self.coefficients), float(np.sqrt(here))
        return Contrast(estimate, se, df, float(2 * stats.t.sf(abs(estimate) / se, df)))


def fit_mixed(
    response: Array, design: Array, time: Array, animal: Sequence[str], structure: str = FULL
) -> MixedFit:
    """Fit the mixed model by REML.

    Parameters
    ----------
    response : array, shape (n,)
        The response, such as log10 flux.
    design : array, shape (n, p)
        Fixed effects; of full column rank.
    time : array, shape (n,)
        Covariate of the random slope; centre it and keep its spread near 1 (weeks).
    animal : sequence of str, length n
        Which animal each value is of.
    structure : str
        The richest random structure to try, :data:`FULL` or :data:`INTERCEPT`. Where the
        optimum lies on the boundary, the fit carries the name of that simpler structure.

    Returns
    -------
    MixedFit
        The fit.

    Raises
    ------
    NotEstimableError
        Where the design is rank deficient, there are no more values than random effects, or
        nothing varies within animals.
    """
    problem = _Problem.build(response, design, time, animal)
    effects = problem.n_animals * (2 if structure == FULL else 1)
    if problem.n <= effects:
        raise NotEstimableError(
            f"{problem.n} values are too few for {effects} random effects ({structure})"
        )
    allowed = set(STRUCTURES[structure])
    richest, best = _minimise(problem, STRUCTURES[structure])
    name, theta = structure, richest
    on_boundary = min(richest[0], richest[2] if 2 in allowed else np.inf) < _NEAR_BOUNDARY
    for simpler, free in STRUCTURES.items():
        if not on_boundary or not set(free) < allowed:
            continue
        found, deviance = _minimise(problem, free)
        if deviance <= best + _SAME_DEVIANCE:
            name, theta, best = simpler, found, deviance
            break
    _, matrix, offset, residual = problem.reduced(theta)
    variance = residual / problem.degrees
    if variance <= _NOTHING_VARIES * problem.yy / problem.degrees:
        raise NotEstimableError("the values lie exactly on each animal's line: nothing varies")
    factor = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
    return MixedFit(
        coefficients=problem.start + offset,
        covariance=np.asarray(variance * np.linalg.inv(matrix), dtype=float),
        random_covariance=variance * factor @ factor.T,
        residual_variance=variance,
        reml_loglik=-problem.deviance(theta) / 2,
        structure=name,
        _problem=problem,
        _theta=theta,
    )


@dataclass(frozen=True)
class _Problem:
    """Cross-products per animal; the response is replaced by its least-squares residual."""

    n: int
    names: tuple[str, ...]  # of the m animals
    start: Array  # least-squares coefficients, added back at the end
    zz: Array  # (m, 2, 2)
    zx: Array  # (m, 2, p)
    zy: Array  # (m, 2)
    xx: Array
    xy: Array
    yy: float

    @classmethod
    def build(cls, response: Array, design: Array, time: Array, animal: Sequence[str]) -> _Problem:
        y, x = np.asarray(response, dtype=float), np.asarray(design, dtype=float)
        n, p = x.shape
        if n <= p or np.linalg.matrix_rank(x) < p:
            raise NotEstimableError("too few values for the fixed effects")
        start, *_ = np.linalg.lstsq(x, y, rcond=None)
        residual = y - x @ start
        if residual @ residual <= 1e-20 * max(1.0, y @ y):
            raise NotEstimableError("the values lie exactly on each arm's line: nothing varies")
        names, which = np.unique(np.asarray(animal, dtype=object).astype(str), return_inverse=True)
        z = np.column_stack([np.ones(n), np.asarray(time, dtype=float)])
        m = int(which.max()) + 1
        zz, zx, zy = np.zeros((m, 2, 2)), np.zeros((m, 2, p)), np.zeros((m, 2))
        np.add.at(zz, which, z[:, :, None] * z[:, None, :])
        np.add.at(zx, which, z[:, :, None] * x[:, None, :])
        np.add.at(zy, which, z * residual[:, None])
        return cls(
            n,
            tuple(str(name) for name in names),
            start,
            zz,
            zx,
            zy,
            x.T @ x,
            x.T @ residual,
            float(residual @ residual),
        )

    @property
    def n_animals(self) -> int:
        return len(self.zz)

    @property
    def degrees(self) -> int:
        return self.n - len(self.start)

    def weight(self, theta: Array) -> tuple[Array, Array]:
        """Return W = L (I + L'Z'ZL)^-1 L' and |I + L'Z'ZL| of every animal."""
        factor = np.array([[theta[0], 0.0], [theta[1], theta[2]]])
        inner = np.eye(2) + factor.T @ self.zz @ factor
        determinant = inner[:, 0, 0] * inner[:, 1, 1] - inner[:, 0, 1] ** 2
        adjugate = np.trace(inner, axis1=1, axis2=2)[:, None, None] * np.eye(2) - inner
        weight = factor @ (adjugate / determinant[:, None, None]) @ factor.T
        return weight, determinant

    def reduced(self, theta: Array) -> tuple[float, Array, Array, float]:
        """Return log|V/sigma^2|, X'V^-1 X, the fixed effects and the weighted residual.

        V^-1 = I - Z W Z' with W = L (I + L'Z'ZL)^-1 L' (Woodbury), all over sigma^2.
        """
        weight, determinant = self.weight(theta)
        weighted = weight @ self.zx
        matrix = self.xx - np.einsum("mip,miq->pq", self.zx, weighted)
        side = self.xy - np.einsum("mip,mi->p", weighted, self.zy)
        total = self.yy - float(np.einsum("mi,mij,mj->", self.zy, weight, self.zy))
        effects = np.linalg.solve(matrix, side)
        return float(np.log(determinant).sum()), matrix, effects, total - float(side @ effects)

    def deviance(self, theta: Array, variance: float | None = None) -> float:
        """Return -2 REML log-likelihood; profiled over the variance where none is given."""
        log_determinant, matrix, _, residual = self.reduced(theta)
        sign, log_matrix = np.linalg.slogdet(matrix)
        if sign <= 0 or residual <= 0:
            return _IMPOSSIBLE
        if variance is None:
            variance = residual / self.degrees
        spread = self.degrees * np.log(2 * np.pi * variance) + residual / variance
        return float(log_determinant + log_matrix + spread)


def _full_theta(free_values: Array, free: tuple[int, ...]) -> Array:
    """Return all three entries of L from the free ones."""
    theta = np.zeros(3)
    theta[list(free)] = free_values
    return theta


def _minimise(problem: _Problem, free: tuple[int, ...]) -> tuple[Array, float]:
    """Return the best entries of L and their deviance: a grid, then two descents, then a polish."""
    from scipy import optimize

    if not free:
        theta = np.zeros(3)
        return theta, problem.deviance(theta)

    def deviance(x: Array) -> float:
        return problem.deviance(_full_theta(np.asarray(x), free))

    bounds = [(-_LARGEST if i == 1 else 0.0, _LARGEST) for i in free]
    points = [np.array(point) for point in product(*(_GRID[k] for k in free))]
    found = [
        optimize.minimize(
            deviance,
            start,
            method="L-BFGS-B",
            jac="3-point",
            bounds=bounds,
            options={"ftol": 1e-12, "gtol": 1e-5},
        )
        for start in sorted(points, key=deviance)[:_STARTS]
    ]
    best = min(found, key=lambda result: float(result.fun))
    polished = optimize.minimize(
        deviance,
        best.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 4000},
    )
    best = min((best, polished), key=lambda result: float(result.fun))
    return _full_theta(best.x, free), float(best.fun)


def _steps(point: Array) -> Array:
    # The last entry is log sigma; entries of L are relative to the residual spread.
    return _STEP * np.maximum(np.abs(point), 0.05)


def _gradient(function: Callable[[Array], float], point: Array) -> Array:
    """Return the central-difference gradient, extrapolated by Richardson's rule."""

    def at(scale: float) -> Array:
        out = np.empty(len(point))
        for i, h in enumerate(_steps(point) * scale):
            e = np.zeros(len(point))
            e[i] = h
            out[i] = (function(point + e) - function(point - e)) / (2 * h)
        return out

    return (4 * at(0.5) - at(1.0)) / 3


def _hessian(function: Callable[[Array], float], point: Array) -> Array:
    """Return the central-difference Hessian, extrapolated by Richardson's rule."""

    def at(scale: float) -> Array:
        steps, k = _steps(point) * scale, len(point)
        shifts = np.diag(steps)
        here, out = function(point), np.empty((k, k))
        for i in range(k):
            out[i, i] = (function(point + shifts[i]) - 2 * here + function(point - shifts[i])) / (
                steps[i] ** 2
            )
            for j in range(i):
                plus, minus = shifts[i] + shifts[j], shifts[i] - shifts[j]
                both = function(point + plus) + function(point - plus)
                across = function(point + minus) + function(point - minus)
                out[i, j] = out[j, i] = (both - across) / (4 * steps[i] * steps[j])
        return out

    return (4 * at(0.5) - at(1.0)) / 3
