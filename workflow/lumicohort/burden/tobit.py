"""Two arms with values below the limit of detection: left-censored normal regression."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.maximise import NotConverged, Step, maximise

Array = NDArray[np.float64]

METHOD = (
    "Tobit: maximum likelihood of log10 flux normal in each arm with a common SD, values below "
    "the LOD known only to lie below it; SE × √(n/(n - 2)) and t with n - 2 df, which is "
    "Student's t where nothing is censored"
)


@dataclass(frozen=True)
class Tobit:
    """The difference of two arms; NaN with a reason where it cannot be estimated.

    Attributes
    ----------
    difference, se, sd : float
        Arm minus reference in mean log10 flux, its standard error and the common standard
        deviation, all by maximum likelihood (as R's ``survreg`` prints them).
    lower, upper, statistic, df, p_value : float
        By Student's t, for few animals (see :data:`METHOD`).
    log_likelihood : float
        At the maximum.
    p_value_lrt : float
        Of the likelihood-ratio test.
    reason : str
        Why there are no numbers, or empty.
    """

    difference: float = math.nan
    se: float = math.nan
    sd: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    statistic: float = math.nan
    df: float = math.nan
    p_value: float = math.nan
    log_likelihood: float = math.nan
    p_value_lrt: float = math.nan
    reason: str = ""


def tobit(
    arm: Array, reference: Array, below_arm: NDArray[np.bool_], below_reference: NDArray[np.bool_]
) -> Tobit:
    """Compare two arms of which some values are only known to lie below a limit.

    Parameters
    ----------
    arm, reference : array
        Log10 flux of each animal; the log10 limit of detection where it is below that.
    below_arm, below_reference : array of bool
        Which values are limits.

    Returns
    -------
    Tobit
        The comparison. In R: ``survreg(Surv(y, detected, type = "left") ~ arm, dist =
        "gaussian")``.

    Notes
    -----
    Tobin, Econometrica 26(1), 1958, in Olsen's parameters (mean/SD, 1/SD), in which the
    likelihood is concave (Olsen, Econometrica 46(5), 1978), by Newton's method.
    """
    y = np.concatenate([arm, reference])
    below = np.concatenate([below_arm, below_reference]).astype(bool)
    if min(len(arm), len(reference)) < 2:
        return Tobit(
            reason=f"it needs two animals in each arm; there are {len(arm)} and {len(reference)}"
        )
    detected = [arm[~below_arm], reference[~below_reference]]
    if not all(len(values) for values in detected):
        return Tobit(reason="every value of an arm is below the LOD: its mean has no lower bound")
    if max(np.ptp(values) for values in detected) <= 1e-12:
        return Tobit(reason="the detected values do not vary within the arms")
    member = np.concatenate([np.ones(len(arm)), np.zeros(len(reference))])
    centred = y - y.mean()
    null = np.column_stack([-np.ones(len(y)), centred])
    full = np.column_stack([-np.ones(len(y)), -member, centred])
    try:
        point, top = _fit(full, below)
        _, bottom = _fit(null, below)
    except NotConverged:
        return Tobit(reason="the fit did not converge")
    from scipy import stats

    scale = 1 / point[2]
    covariance = np.linalg.inv(_step(full, below, point)[2])
    difference = point[1] * scale
    # By the delta method from (mean/SD, 1/SD) to the mean.
    slope = np.array([0.0, scale, -difference * scale])
    se = float(np.sqrt(slope @ covariance @ slope))
    df = len(y) - 2
    wide = se * math.sqrt(len(y) / df)
    half = float(stats.t.ppf(0.975, df)) * wide
    ratio = max(2 * (top - bottom), 0.0)
    return Tobit(
        difference=float(difference),
        se=se,
        sd=float(scale),
        lower=float(difference) - half,
        upper=float(difference) + half,
        statistic=float(difference) / wide,
        df=float(df),
        p_value=float(2 * stats.t.sf(abs(difference) / wide, df)),
        log_likelihood=top,
        p_value_lrt=float(stats.chi2.sf(ratio, 1)),
    )


def _fit(rows: Array, below: NDArray[np.bool_]) -> tuple[Array, float]:
    """Return Olsen's parameters at the maximum, and the log likelihood there."""
    start = np.zeros(rows.shape[1])
    start[-1] = 1 / max(float(rows[:, -1].std()), 1e-6)
    return maximise(lambda point: _step(rows, below, point), start)


def _step(rows: Array, below: NDArray[np.bool_], point: Array) -> Step:
    """Return log likelihood, gradient and minus the second derivatives.

    A row is (-x, y), so that its product with the parameters is the standardised residual.
    """
    from scipy.special import log_ndtr

    inverse = float(point[-1])
    if inverse <= 0:
        return -np.inf, np.zeros(len(point)), np.eye(len(point))
    z = rows @ point
    seen, hidden = z[~below], z[below]
    log_cdf = log_ndtr(hidden)
    mills = np.exp(-(hidden**2) / 2 - math.log(2 * math.pi) / 2 - log_cdf)
    n = len(seen)
    value = n * (math.log(inverse) - math.log(2 * math.pi) / 2) - float(seen @ seen) / 2
    weight, pull = np.ones(len(z)), -z
    weight[below], pull[below] = mills * (hidden + mills), mills
    gradient, curvature = rows.T @ pull, (rows * weight[:, None]).T @ rows
    gradient[-1] += n / inverse
    curvature[-1, -1] += n / inverse**2
    return value + float(log_cdf.sum()), gradient, curvature
