"""Linear mixed model of lines of single animals with values below the limit of detection.

As :mod:`lumicohort.burden.mixed`, with values below the limit known only to lie below it: an
animal with seen values y_o and unseen ones contributes the normal density of y_o times the
probability that the unseen are below their limits given y_o (Hughes, Biometrics 55(2), 1999;
Vaida & Liu, J Comput Graph Stat 18(4), 2009). Fixed effects are profiled out by Newton's method
and the likelihood is adjusted for them as by Cox & Reid (J R Stat Soc B 49(1), 1987,
equation 10): with nothing below the limit that is the restricted likelihood of lme4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.contrast import Contrast, Uncertainty
from lumicohort.burden.derivatives import gradient, hessian
from lumicohort.burden.mixed import fit_mixed
from lumicohort.burden.restricted import FULL, STRUCTURES, NotEstimableError, place_in_animal
from lumicohort.burden.truncated import truncated_moments

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_LEAST_START = 0.3  # of a variance's entry of L: at 0 the deviance has no slope
_NEAR_BOUNDARY = 0.05  # entries of L above this are not on it: spare the simpler fits
_SAME_DEVIANCE = 1e-4  # a simpler structure this near the optimum is the optimum, on its boundary
_FLAT = 1e-2  # slope of the deviance at a proper optimum, by any entry of L or by log sigma
_LONGEST = 2.0  # longest step of the fixed effects in log10 flux
_SETTLED = 1e-10  # step of the fixed effects below which they are found
_MOST_NEWTON = 15  # steps of the fixed effects; the likelihood is concave in them
_MOST_STEPS = 60  # of the variances; those that need more have no proper maximum
_IMPOSSIBLE = 1e12  # deviance where the fixed effects have no maximum
_SMALLEST_SIGMA = 1e-6


@dataclass(frozen=True, eq=False)
class CensoredFit:
    """A fitted mixed model of partly unseen values.

    Attributes
    ----------
    coefficients : array, shape (2 * arms,)
        Of every arm the mean at time 0, then of every arm the slope.
    random_covariance : array, shape (2, 2)
        Covariance of random intercept and slope.
    residual_variance : float
        Variance within animals.
    loglik : float
        Log-likelihood, adjusted for the fixed effects.
    structure : str
        The random structure at the optimum, a key of :data:`STRUCTURES`.
    steepest : float
        Largest slope of the deviance at the optimum: how well the fit converged.
    """

    coefficients: Array
    random_covariance: Array
    residual_variance: float
    loglik: float
    structure: str
    steepest: float
    _data: _Data
    _point: Array

    @cached_property
    def _uncertainty(self) -> Uncertainty:
        data, free = self._data, STRUCTURES[self.structure]
        covariance = np.linalg.inv(data.profile(self._point[None], free)[2][0])
        slope = gradient(
            lambda x: np.asarray(np.linalg.inv(data.profile(x, free)[2]), dtype=float), self._point
        )
        curvature = hessian(lambda x: data.profile(x, free)[0], self._point)
        return Uncertainty.of(covariance, slope, curvature)

    def contrast(self, weights: Sequence[float] | Array) -> Contrast:
        """Return a linear combination of the fixed effects with its test.

        Parameters
        ----------
        weights : array, shape (2 * arms,)
            Weight of each fixed effect.

        Returns
        -------
        Contrast
            Estimate, standard error, Satterthwaite's degrees of freedom and p.
        """
        return self._uncertainty.contrast(self.coefficients, weights)


def fit_censored(
    response: Array,
    below: Flags,
    time: Array,
    animal: Sequence[str],
    arm: Sequence[int],
    structure: str = FULL,
) -> CensoredFit:
    """Fit a line to each arm, with random lines of the animals and values below a limit.

    Parameters
    ----------
    response : array, shape (n,)
        Log10 flux; the log10 limit of detection where it is below that.
    below : array of bool, shape (n,)
        Which values are limits.
    time : array, shape (n,)
        Time, centred and with a spread near 1 (weeks).
    animal : sequence of str, length n
        Which animal each value is of.
    arm : sequence of int, length n
        Which arm, counted from 0; all of one animal's values are of one.
    structure : str
        The richest random structure to try, as in :func:`lumicohort.burden.mixed.fit_mixed`.

    Returns
    -------
    CensoredFit
        The fit.

    Raises
    ------
    NotEstimableError
        Where an arm has detected values on fewer than two days, or the likelihood has no proper
        maximum.
    """
    y, t = np.asarray(response, dtype=float), np.asarray(time, dtype=float)
    below, which = np.asarray(below, dtype=bool), np.asarray(arm, dtype=int)
    arms = int(which.max()) + 1
    for one in range(arms):
        if len(np.unique(t[(which == one) & ~below])) < 2:
            raise NotEstimableError("an arm has detected values on fewer than two days")
    member = (which[:, None] == np.arange(arms)).astype(float)
    design = np.hstack([member, member * t[:, None]])
    # Where every limit is taken for a value: the start.
    substituted = fit_mixed(y, design, t, animal, structure)
    data = _Data.build(y, below, t, animal, which, substituted.coefficients)
    sigma = float(np.sqrt(substituted.residual_variance))
    start = np.linalg.cholesky(
        substituted.random_covariance / sigma**2 + _LEAST_START**2 * np.eye(2)
    )
    point = np.array([start[0, 0], start[1, 0], start[1, 1], np.log(sigma)])
    free = STRUCTURES[structure]
    name, (x, best, steepest) = structure, _minimise(data, point, free)
    if free and min(abs(x[k]) for k, i in enumerate(free) if i != 1) < _NEAR_BOUNDARY:
        for simpler, entries in STRUCTURES.items():
            if not set(entries) < set(free):
                continue
            other = _minimise(data, point, entries)
            if other[1] <= best + _SAME_DEVIANCE:
                name, (x, best, steepest) = simpler, other
                break
    free = STRUCTURES[name]
    if not best < _IMPOSSIBLE or not steepest < _FLAT:
        raise NotEstimableError(f"the censored likelihood did not converge ({name})")
    factor, residual = _covariances(x[None], free)
    if residual[0] < _SMALLEST_SIGMA:
        raise NotEstimableError("the values lie exactly on each animal's line: nothing varies")
    return CensoredFit(
        coefficients=data.profile(x[None], free)[1][0],
        random_covariance=factor[0] @ factor[0].T,
        residual_variance=float(residual[0] ** 2),
        loglik=-best / 2,
        structure=name,
        steepest=steepest,
        _data=data,
        _point=x,
    )


@dataclass(frozen=True, eq=False)
class _Group:
    """Animals with equally many unseen values; seen ones are padded with rows of zeros."""

    y: Array  # (g, k) values, then limits
    z: Array  # (g, k, 2) one and time
    real: Flags  # (g, k) not padding
    arm: NDArray[np.intp]  # (g,)
    unseen: int


@dataclass(frozen=True, eq=False)
class _Data:
    """The animals, and where Newton's method starts."""

    groups: tuple[_Group, ...]
    start: Array

    @classmethod
    def build(
        cls,
        y: Array,
        below: Flags,
        time: Array,
        animal: Sequence[str],
        arm: NDArray[np.intp],
        start: Array,
    ) -> _Data:
        # Latest limits first: of a growing tumour they are the least likely, which suits the
        # integration.
        order = np.lexsort((-time, below))
        _, which = np.unique(np.asarray(animal, dtype=object).astype(str), return_inverse=True)
        unseen = np.bincount(which, weights=below).astype(int)
        groups = []
        for count in np.unique(unseen):
            seen = [i for i in order if unseen[which[i]] == count and not below[i]]
            hidden = [i for i in order if unseen[which[i]] == count and below[i]]
            members, place = np.unique(which[[*seen, *hidden]], return_inverse=True)
            width = int(place_in_animal(place[: len(seen)]).max()) + 1 if seen else 0
            rows = np.concatenate(
                [
                    place_in_animal(place[: len(seen)]),
                    width + place_in_animal(place[len(seen) :]),
                ]
            )
            table = np.zeros((len(members), width + int(count), 4))
            index = [*seen, *hidden]
            table[place, rows] = np.column_stack([y, np.ones(len(y)), time, np.ones(len(y))])[index]
            of = np.array([arm[which == one][0] for one in members])
            groups.append(_Group(table[..., 0], table[..., 1:3], table[..., 3] > 0, of, int(count)))
        return cls(tuple(groups), np.asarray(start, dtype=float))

    def profile(self, points: Array, free: tuple[int, ...]) -> tuple[Array, Array, Array]:
        """Return adjusted deviance, best fixed effects and their information at many points.

        Parameters
        ----------
        points : array, shape (n, q)
            Free entries of L and log sigma.
        free : tuple of int
            Which entries are free.

        Returns
        -------
        deviance : array, shape (n,)
        effects : array, shape (n, p)
        information : array, shape (n, p, p)
            Minus the second derivatives of the log-likelihood by the fixed effects.
        """
        factor, sigma = _covariances(points, free)
        n, p = len(points), len(self.start)
        roots = [_roots(group, factor, sigma) for group in self.groups]
        effects = np.tile(self.start, (n, 1))
        deviance = np.full(n, _IMPOSSIBLE)
        for _ in range(_MOST_NEWTON):
            value, slope, information = np.zeros(n), np.zeros((n, p)), np.zeros((n, p, p))
            for group, root in zip(self.groups, roots, strict=True):
                _add(group, root, effects, value, slope, information)
            sign, size = np.linalg.slogdet(information)
            good = (sign > 0) & np.isfinite(size) & np.isfinite(slope).all(axis=1)
            if not good.all():
                information[~good], slope[~good] = np.eye(p), 0.0
            step = np.linalg.solve(information, slope[..., None])[..., 0]
            longest = np.abs(step).max(axis=1)
            if longest.max() < _SETTLED:
                break
            effects += step * np.minimum(1.0, _LONGEST / np.maximum(longest, 1e-300))[:, None]
        good &= longest < 1e-6
        deviance[good] = -2 * value[good] + size[good] - p * np.log(2 * np.pi)
        return deviance, effects, information


def _covariances(points: Array, free: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the factor of the random effects' covariance, shape (n, 2, 2), and sigma."""
    entries = np.zeros((len(points), 3))
    entries[:, list(free)] = points[:, :-1]
    sigma = np.exp(np.clip(points[:, -1], np.log(_SMALLEST_SIGMA / 10), 5))
    factor = np.zeros((len(points), 2, 2))
    factor[:, 0, 0], factor[:, 1, 0], factor[:, 1, 1] = entries.T
    return factor * sigma[:, None, None], sigma


def _roots(group: _Group, factor: Array, sigma: Array) -> tuple[Array, Array]:
    """Return Cholesky factors of the animals' covariances, and ``z`` whitened by them."""
    between = np.einsum("gki,nij->ngkj", group.z, factor)
    size = group.y.shape[1]
    within = (sigma**2)[:, None, None, None] * np.eye(size)
    root = np.linalg.cholesky(between @ between.transpose(0, 1, 3, 2) + within)
    return root, np.linalg.solve(root, np.broadcast_to(group.z, (*root.shape[:2], size, 2)))


def _add(
    group: _Group,
    root: tuple[Array, Array],
    effects: Array,
    value: Array,
    slope: Array,
    information: Array,
) -> None:
    """Add a group's log-likelihood and its derivatives by the fixed effects.

    With the residual whitened, ``F^-1 (y - Zv) = e``, the seen entries of e are known and the
    unseen ones standard normal below limits; derivatives by an animal's mean line v are
    ``B'E[e]`` and ``B'Cov(e)B - B'B`` with ``B = F^-1 Z``.
    """
    factor, white = root
    arms, seen = effects.shape[1] // 2, group.y.shape[1] - group.unseen
    line = np.stack([effects[:, group.arm], effects[:, arms + group.arm]], axis=-1)  # (n, g, 2)
    left = group.y - np.einsum("gki,ngi->ngk", group.z, line)
    mean = np.zeros(left.shape)
    mean[..., :seen] = np.linalg.solve(
        factor[..., :seen, :seen], left[..., :seen, None] * group.real[:, :seen, None]
    )[..., 0]
    scale = np.einsum("ngkk->ngk", factor)[..., :seen]
    logs = (np.log(scale) + np.log(2 * np.pi) / 2) * group.real[:, :seen]
    value -= (logs + mean[..., :seen] ** 2 / 2).sum(axis=(1, 2))
    curvature = np.einsum("ngki,ngkj->ngij", white, white)
    if group.unseen:
        limits = left[..., seen:] - np.einsum(
            "ngck,ngk->ngc", factor[..., seen:, :seen], mean[..., :seen]
        )
        found = truncated_moments(limits, factor[..., seen:, seen:])
        mean[..., seen:] = found.mean
        spread = found.second - found.mean[..., :, None] * found.mean[..., None, :]
        hidden = white[..., seen:, :]
        curvature = curvature - np.einsum("ngki,ngkl,nglj->ngij", hidden, spread, hidden)
        value += found.log_probability.sum(axis=1)
    pull = np.einsum("ngki,ngk->ngi", white, mean)
    for one in np.unique(group.arm):
        here, places = group.arm == one, (one, arms + one)
        slope[:, places] += pull[:, here].sum(axis=1)
        information[np.ix_(range(len(value)), places, places)] += curvature[:, here].sum(axis=1)


def _minimise(data: _Data, start: Array, free: tuple[int, ...]) -> tuple[Array, float, float]:
    """Return (free entries of L, log sigma) at the optimum, the deviance and its slope there."""
    from scipy import optimize

    def value(x: Array) -> tuple[float, Array]:
        steps = np.diag(1e-3 * np.maximum(np.abs(x), 0.1))
        found = data.profile(np.concatenate([x[None], x + steps, x - steps]), free)[0]
        k = len(x)
        return float(found[0]), (found[1 : k + 1] - found[k + 1 :]) / (2 * np.diag(steps))

    x = start[[*free, 3]]
    for _ in range(2):  # a second time, with a fresh idea of the curvature
        options = {"gtol": 1e-4, "maxiter": _MOST_STEPS}
        result = optimize.minimize(value, x, jac=True, method="BFGS", options=options)
        x = result.x
        if result.success:
            break
    deviance, slope = value(x)
    return x, deviance, float(np.abs(slope).max())
