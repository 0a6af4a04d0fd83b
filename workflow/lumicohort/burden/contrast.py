"""Linear combinations of fixed effects, tested with Satterthwaite's degrees of freedom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.restricted import NotEstimableError

Array = NDArray[np.float64]


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


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How well the fixed effects are known.

    Attributes
    ----------
    covariance : array, shape (p, p)
        Covariance of the fixed effects.
    slope : array, shape (q, p, p)
        Its derivatives by the q variance parameters.
    parameters : array, shape (q, q)
        Covariance of the variance parameters.
    """

    covariance: Array
    slope: Array
    parameters: Array

    @classmethod
    def of(cls, covariance: Array, slope: Array, curvature: Array) -> Uncertainty:
        """Invert the curvature of the likelihood.

        Parameters
        ----------
        covariance, slope : array
            As the attributes.
        curvature : array, shape (q, q)
            Second derivatives of -2 log likelihood by the variance parameters.

        Returns
        -------
        Uncertainty
            At the optimum.

        Raises
        ------
        NotEstimableError
            Where the likelihood has no proper maximum there.
        """
        # In units in which each parameter's own curvature is 1, so that no unit matters.
        size = np.sqrt(np.diag(curvature)) if np.isfinite(curvature).all() else np.array([0.0])
        if not (size > 0).all() or np.linalg.eigvalsh(curvature / np.outer(size, size)).min() <= 0:
            raise NotEstimableError("the restricted likelihood has no proper maximum")
        inverse = np.linalg.inv(curvature / np.outer(size, size)) / np.outer(size, size)
        return cls(covariance, slope, np.asarray(2 * inverse, dtype=float))

    def contrast(self, coefficients: Array, weights: Sequence[float] | Array) -> Contrast:
        """Test a linear combination of the fixed effects.

        Parameters
        ----------
        coefficients : array, shape (p,)
            The fixed effects.
        weights : array, shape (p,)
            Weight of each.

        Returns
        -------
        Contrast
            Estimate, standard error, degrees of freedom and p.
        """
        from scipy import stats

        weights = np.asarray(weights, dtype=float)
        variance = float(weights @ self.covariance @ weights)
        slope = self.slope @ weights @ weights
        df = 2 * variance**2 / float(slope @ self.parameters @ slope)
        estimate, se = float(weights @ coefficients), float(np.sqrt(variance))
        return Contrast(estimate, se, df, float(2 * stats.t.sf(abs(estimate) / se, df)))
