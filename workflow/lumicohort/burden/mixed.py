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

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.contrast import Contrast, Uncertainty
from lumicohort.burden.restricted import (
    FULL,
    STRUCTURES,
    NotEstimableError,
    RestrictedLikelihood,
    factor_of,
    minimise,
)
from lumicohort.nouns import counted, is_or_are

Array = NDArray[np.float64]

_SAME_DEVIANCE = 1e-5  # a simpler structure this near the optimum is the optimum, on its boundary
_NEAR_BOUNDARY = 0.05  # entries of L above this are not on it: spare the simpler fits
_ANIMALS_AT_ONCE = 1000
_NOTHING_VARIES = 1e-7  # share of the variance left within animals that is rounding, not noise


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
    _problem: RestrictedLikelihood
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

        Best linear unbiased predictions ``L L' Z' V^-1 (y - Xb)``; in R: ``ranef(fit)``.
        """
        found = self._problem.evaluate(self._theta)
        assert found is not None
        factor = factor_of(self._theta)
        return np.asarray(found.pull @ factor @ factor.T)

    @cached_property
    def _uncertainty(self) -> Uncertainty:
        """Covariance of the fixed effects and how it varies with the variance parameters.

        The parameters are the free entries of ``F = sigma L`` and sigma^2. V is linear in
        ``g = (F F', sigma^2)``, by which the restricted deviance has the derivatives
        ``tr(P D_k) - y'P D_k P y`` and ``2 y'P D_k P D_l P y - tr(P D_k P D_l)`` (Searle, Casella
        & McCulloch, Variance Components, 1992, section 6.6); numerical ones lose all digits
        where animals vary a hundred times more than their residuals.
        """
        problem, free = self._problem, STRUCTURES[self.structure]
        covariance, p = self.random_covariance, problem.x.shape[2]
        g = np.array([*covariance[[0, 0, 1], [0, 1, 1]], self.residual_variance])
        # Some animals at a time: the matrices of thousands are many megabytes.
        blocks = [
            slice(start, start + _ANIMALS_AT_ONCE)
            for start in range(0, problem.n_animals, _ANIMALS_AT_ONCE)
        ]
        information, score = np.zeros((p, p)), np.zeros(p)
        for some in blocks:
            side = _inverse(g, _parts(problem.z[some])) @ problem.x[some]
            information += np.einsum("mkp,mkq->pq", problem.x[some], side)
            score += np.einsum("mkp,mk->p", side, problem.y[some])
        effects = np.linalg.inv(information)
        mean = effects @ score
        among, onto, trace = np.zeros((4, p, p)), np.zeros((4, p)), np.zeros(4)
        squares, pulls, twice = np.zeros((4, 4)), np.zeros(4), np.zeros((4, 4))
        crossed = np.zeros((4, 4, p, p))
        for some in blocks:
            y, x = problem.y[some], problem.x[some]
            parts = _parts(problem.z[some])
            inverse = _inverse(g, parts)
            side = inverse @ x
            pull = np.einsum("mkj,mj->mk", inverse, y - x @ mean)  # P y
            pulled = np.einsum("gmkj,mj->gmk", parts, pull)
            moved = parts @ side  # (4, m, k, p)
            among += np.einsum("mkp,gmkq->gpq", side, moved)
            products = inverse @ parts
            trace += np.einsum("gmkk->g", products)
            pulls += np.einsum("mk,gmk->g", pull, pulled)
            onto += np.einsum("mkp,gmk->gp", side, pulled)
            squares += np.einsum("gmk,mkj,hmj->gh", pulled, inverse, pulled, optimize=True)
            twice += np.einsum("gmkj,hmjk->gh", products, products, optimize=True)
            crossed += np.einsum("gmkp,mkj,hmjq->ghpq", moved, inverse, moved, optimize=True)
        first = trace - np.einsum("pq,gqp->g", effects, among)
        first -= pulls
        second = 2 * squares
        second -= 2 * onto @ effects @ onto.T
        second -= twice
        second += 2 * np.einsum("pq,ghqp->gh", effects, crossed)
        weighed = effects @ among
        second -= np.einsum("gpq,hqp->gh", weighed, weighed)
        slopes = weighed @ effects
        a, b, c = np.sqrt(self.residual_variance) * self._theta
        jacobian = np.array([[2 * a, b, 0, 0], [0, a, 2 * b, 0], [0, 0, 2 * c, 0], [0, 0, 0, 1.0]])
        bend = np.zeros((4, 4))  # sum of first derivatives times the second ones of g
        bend[0, 0], bend[1, 1], bend[2, 2] = 2 * first[0], 2 * first[2], 2 * first[2]
        bend[0, 1] = bend[1, 0] = first[1]
        kept = [*free, 3]
        curvature = (jacobian @ second @ jacobian.T + bend)[np.ix_(kept, kept)]
        slope = np.tensordot(jacobian[kept], slopes, axes=1)
        return Uncertainty.of(self.covariance, slope, curvature)

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
        return self._uncertainty.contrast(self.coefficients, weights)


def _parts(z: Array) -> Array:
    """Return D_k of every animal, shape (4, m, k, k)."""
    identity = np.eye(z.shape[1])
    there = identity * (z[..., 0] != 0)[:, None, :]
    down, across = z[:, :, None], z[:, None]
    parts = np.empty((4, *there.shape))
    parts[0] = down[..., 0] * across[..., 0]
    parts[1] = down[..., 0] * across[..., 1] + down[..., 1] * across[..., 0]
    parts[2] = down[..., 1] * across[..., 1]
    parts[3] = there
    return parts


def _inverse(g: Array, parts: Array) -> Array:
    """Return the inverse of V, a block an animal; its padding counts as ones, and meets zeros."""
    padded = np.tensordot(g, parts, axes=1) + np.eye(parts.shape[-1]) - parts[3]
    return np.asarray(np.linalg.inv(padded), dtype=float)


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
    problem = RestrictedLikelihood.build(response, design, time, animal)
    effects = problem.n_animals * (2 if structure == FULL else 1)
    if problem.n <= effects:
        raise NotEstimableError(
            f"{counted(problem.n, 'value')} {is_or_are(problem.n)} too few for "
            f"{counted(effects, 'random effect')} ({structure})"
        )
    allowed = set(STRUCTURES[structure])
    richest, best = minimise(problem, STRUCTURES[structure])
    name, theta = structure, richest
    on_boundary = min(richest[0], richest[2] if 2 in allowed else np.inf) < _NEAR_BOUNDARY
    for simpler, free in STRUCTURES.items():
        if not on_boundary or not set(free) < allowed:
            continue
        found, deviance = minimise(problem, free)
        if deviance <= best + _SAME_DEVIANCE:
            name, theta, best = simpler, found, deviance
            break
    at_optimum = problem.evaluate(theta)
    if at_optimum is None or at_optimum.variance <= _NOTHING_VARIES * problem.spread:
        raise NotEstimableError("the values lie exactly on each animal's line: nothing varies")
    factor = factor_of(theta)
    return MixedFit(
        coefficients=problem.start + at_optimum.effects,
        covariance=at_optimum.variance * at_optimum.inverse,
        random_covariance=at_optimum.variance * factor @ factor.T,
        residual_variance=at_optimum.variance,
        reml_loglik=-at_optimum.deviance / 2,
        structure=name,
        _problem=problem,
        _theta=theta,
    )
