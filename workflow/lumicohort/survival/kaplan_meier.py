"""The Kaplan–Meier curve with its band, quantiles and restricted mean.

lifelines computes the curve (or, for thousands of studies in one process, numpy the same
product, which the tests compare; numpy always where animals entered late, as lifelines counts
an animal that enters on day t as at risk on day t, and R only after it). Band, quantiles and
restricted mean follow R survival (``survfit``, ``quantile.survfit``), from which lifelines
departs: it takes the earlier or the later end of an interval on which the curve is exactly at
the level, prints a band where R says NA, and inflates the standard error of the restricted mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.data import TIE_TOLERANCE, SurvivalData
from lumicohort.survival.risk_table import at_risk_at

CIType = Literal["log-log", "log", "plain"]
Engine = Literal["lifelines", "numpy"]
CI_TYPES: tuple[CIType, ...] = ("log-log", "log", "plain")


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan–Meier curve, one entry per distinct time of death or censoring.

    Attributes
    ----------
    time : ndarray of float, shape (m,)
        Distinct times, ascending.
    at_risk : ndarray of int, shape (m,)
        Animals with time >= t that had entered before t: the count before the events at t.
    events, censored : ndarray of int, shape (m,)
        Deaths and censorings at t.
    survival : ndarray of float, shape (m,)
        Kaplan–Meier estimate just after t.
    se_log : ndarray of float, shape (m,)
        Greenwood's standard error of log S(t); NaN where S is 0.
    lower, upper : ndarray of float, shape (m,)
        Pointwise confidence band; NaN where it does not exist.
    ci_type : str
        Scale on which the band is symmetric.
    confidence : float
        Level of the band.
    entry : ndarray of float
        Times of the animals that entered late, ascending; empty where all were there at 0.
    """

    time: NDArray[np.float64]
    at_risk: NDArray[np.intp]
    events: NDArray[np.intp]
    censored: NDArray[np.intp]
    survival: NDArray[np.float64]
    se_log: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    ci_type: CIType
    confidence: float
    entry: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def n(self) -> int:
        """Number of animals."""
        return int(self.events.sum() + self.censored.sum())

    @property
    def emptied(self) -> float | None:
        """The time at which all animals then at risk died before others left (or entered)."""
        at = np.flatnonzero(self.at_risk == self.events)
        return float(self.time[at[0]]) if len(at) and at[0] < len(self.time) - 1 else None

    @property
    def _slack(self) -> float:
        """How near a time counts as equal."""
        return TIE_TOLERANCE * max(1.0, float(np.mean(self.time)))

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return S(t) at any times; 1 before the first."""
        index = np.searchsorted(self.time, np.asarray(times) + self._slack, side="right")
        return np.concatenate(([1.0], self.survival))[index]

    def number_at_risk(self, times: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the number of animals with entry < t <= time, for any times t."""
        before = np.asarray(times) - self._slack
        gone = np.concatenate(([0], np.cumsum(self.events + self.censored)))
        left = gone[np.searchsorted(self.time, before, side="left")]
        entered = np.searchsorted(self.entry, before, side="left")
        return np.asarray(self.n - len(self.entry) + entered - left, dtype=np.intp)


@dataclass(frozen=True)
class Quantile:
    """A quantile of survival time with its Brookmeyer–Crowley interval; NaN is not reached."""

    probability: float
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RestrictedMean:
    """Restricted mean survival time.

    Attributes
    ----------
    tau : float
        The horizon.
    estimate, se : float
        Area under the curve up to `tau` and its Greenwood-type standard error; NaN where it
        cannot be estimated.
    note : str
        Why it cannot, or what to know about it.
    """

    tau: float
    estimate: float
    se: float
    note: str = ""


def kaplan_meier(
    data: SurvivalData,
    ci_type: CIType = "log-log",
    confidence: float = 0.95,
    engine: Engine = "lifelines",
) -> Curve:
    """Estimate the survival curve of all animals in the data.

    Parameters
    ----------
    data : SurvivalData
        The animals; arms and strata are not looked at.
    ci_type : {"log-log", "log", "plain"}
        Scale on which the band is symmetric (Prism and SAS: log-log; R's default: log).
    confidence : float
        Level of the band.
    engine : {"lifelines", "numpy"}
        What multiplies the curve; both give the same to rounding, numpy much faster.
        Data with late entries always go to numpy.

    Returns
    -------
    Curve
        The curve. In R: ``survfit(Surv(time, event) ~ 1, conf.type = "log-log")``, with late
        entries ``survfit(Surv(entry, time, event) ~ 1)``.

    Notes
    -----
    S(t) by Kaplan & Meier (1958), lifelines' ``KaplanMeierFitter``; Greenwood's variance of
    log S is the sum of d / (n (n - d)).
    """
    if engine == "lifelines" and data.entry is None:
        time, at_risk, events, censored, survival = _by_lifelines(data)
    elif engine in ("lifelines", "numpy"):
        time, at_risk, events, censored, survival = _by_numpy(data)
    else:
        raise ValueError(f"engine must be lifelines or numpy, not {engine!r}")
    left = at_risk - events
    died_out = np.cumsum(left == 0) > 0
    survival = np.where(died_out, 0.0, survival)
    with np.errstate(divide="ignore", invalid="ignore"):
        se_log = np.sqrt(np.cumsum(np.where(events > 0, events / (at_risk * left), 0.0)))
    se_log = np.where(died_out, np.nan, se_log)
    lower, upper = _band(survival, se_log, ci_type, confidence)
    late = np.empty(0) if data.entry is None else np.sort(data.entry[data.entry > 0])
    return Curve(
        time, at_risk, events, censored, survival, se_log, lower, upper, ci_type, confidence, late
    )


_Columns = tuple[
    NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]
]
"""Times, numbers at risk, events, censorings and S just after each time."""


def _by_lifelines(data: SurvivalData) -> _Columns:
    """Return the curve of lifelines' fitter."""
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(data.time, data.event)
    table = fitted.event_table
    # lifelines puts a row of its own at time 0, where no animal may have left.
    rows = (table["removed"] > 0).to_numpy()
    return (
        table.index.to_numpy(dtype=float)[rows],
        table["at_risk"].to_numpy()[rows].astype(np.intp),
        table["observed"].to_numpy()[rows].astype(np.intp),
        table["censored"].to_numpy()[rows].astype(np.intp),
        fitted.survival_function_.iloc[:, 0].to_numpy(dtype=float)[rows],
    )


def _by_numpy(data: SurvivalData) -> _Columns:
    """Return the product of the shares that survive each time."""
    time, inverse, leaving = np.unique(data.time, return_inverse=True, return_counts=True)
    events = np.bincount(inverse[data.event], minlength=len(time)).astype(np.intp)
    at_risk = at_risk_at(data.time, data.since, time)
    survival = np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)
    return time, at_risk, events, (leaving - events).astype(np.intp), survival


def _band(
    survival: NDArray[np.float64], se_log: NDArray[np.float64], ci_type: CIType, confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the pointwise band as R's ``survfit`` does, NaN where R says NA.

    Kalbfleisch & Prentice (2002), section 1.4: symmetric in S (plain), log S or log(-log S).
    At S = 0 none exists; at S = 1 the log-log band does not.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    s = np.where(survival > 0, survival, np.nan)
    if ci_type == "plain":
        half = z * se_log * s
        return np.maximum(s - half, 0.0), np.minimum(s + half, 1.0)
    if ci_type == "log":
        return s * np.exp(-z * se_log), np.minimum(s * np.exp(z * se_log), 1.0)
    if ci_type == "log-log":
        inner = np.where(s < 1.0, s, np.nan)
        log_s = np.log(inner)
        with np.errstate(over="ignore"):
            stretch = np.exp(-z * se_log / log_s)
        return np.exp(log_s * stretch), np.exp(log_s / stretch)
    raise ValueError(f"ci_type must be one of {CI_TYPES}, not {ci_type!r}")


def quantile(curve: Curve, probability: float = 0.5) -> Quantile:
    """Return the time by which a share of the animals has died, as R does.

    Parameters
    ----------
    curve : Curve
        The curve with its band.
    probability : float
        The share; 0.5 is the median.

    Returns
    -------
    Quantile
        Estimate and Brookmeyer–Crowley (1982) interval read off the band. NaN where the curve
        (or its limit) does not come down to the level. In R: ``quantile(fit, probs)``.
    """
    return Quantile(
        probability,
        _crossing(curve.time, curve.survival, probability),
        _crossing(curve.time, curve.lower, probability),
        _crossing(curve.time, curve.upper, probability),
    )


def median(curve: Curve) -> Quantile:
    """Return the median survival time with its interval; see :func:`quantile`."""
    return quantile(curve, 0.5)


def follow_up(curve: Curve) -> float:
    """Return the median follow-up by the reverse Kaplan–Meier method (Schemper & Smith 1996).

    Parameters
    ----------
    curve : Curve
        The survival curve, whose counts are used with death and censoring exchanged.

    Returns
    -------
    float
        In days; NaN where fewer than half would have been censored. In R:
        ``quantile(survfit(Surv(time, 1 - event) ~ 1), 0.5)``.
    """
    turned = np.cumprod(1 - curve.censored / curve.at_risk)
    return _crossing(curve.time, turned, 0.5)


def _crossing(time: NDArray[np.float64], level: NDArray[Any], probability: float) -> float:
    """Return where a step function from 1 downwards meets 1 - probability.

    R's rule: the first time at which it is at or below the level; where it is exactly at the
    level over an interval (within :data:`TIE_TOLERANCE`), the middle of that interval; where
    the interval is the curve's last, the middle between its start and the last time seen.
    """
    x = np.concatenate(([0.0], time))
    y = np.concatenate(([0.0], 1.0 - level))
    last_time = x[-1]
    first_seen = np.sort(np.unique(y, return_index=True, equal_nan=True)[1])
    x, y = x[first_seen], y[first_seen]
    known = ~np.isnan(y)
    # A band need not fall monotonically; R looks the level up among its sorted values.
    order = np.argsort(y[known], kind="stable")
    sorted_x, sorted_y = x[known][order], y[known][order]
    reached = int(np.searchsorted(sorted_y + TIE_TOLERANCE, probability, side="left"))
    if reached == len(sorted_y):
        return float("nan")
    if not np.isnan(y[-1]) and abs(probability - y[-1]) < TIE_TOLERANCE:
        return float((sorted_x[reached] + last_time) / 2)
    passed = int(np.searchsorted(sorted_y - TIE_TOLERANCE, probability, side="left"))
    if passed == len(sorted_y):
        return float("nan")
    return float((sorted_x[reached] + sorted_x[passed]) / 2)


def restricted_mean(curve: Curve, tau: float) -> RestrictedMean:
    """Return the mean survival time within a horizon.

    Parameters
    ----------
    curve : Curve
        The survival curve.
    tau : float
        The horizon.

    Returns
    -------
    RestrictedMean
        Area under the curve up to `tau`, with the standard error of Klein & Moeschberger (2003),
        equation 4.5.2: the root of the sum over events up to tau of A(t)² d / (n (n - d)), A(t)
        being the area from t to tau. In R: ``print(fit, rmean = tau)``.
    """
    if tau <= 0:
        return RestrictedMean(tau, np.nan, np.nan, "the horizon is day 0")
    ends_censored = curve.survival[-1] > 0
    if tau > curve.time[-1] and ends_censored:
        note = f"not followed to day {tau:g}: the last animal was censored on day "
        return RestrictedMean(tau, np.nan, np.nan, f"{note}{curve.time[-1]:g}")
    within = curve.time <= tau
    t, s = curve.time[within], curve.survival[within]
    d, n = curve.events[within], curve.at_risk[within]
    widths = np.diff(np.concatenate((t, [tau])))
    area = float((t[0] if len(t) else tau) + np.sum(s * widths))
    after = np.cumsum((s * widths)[::-1])[::-1]
    survivors = n > d
    share = d[survivors] / (n[survivors] * (n[survivors] - d[survivors]))
    se = float(np.sqrt(np.sum(after[survivors] ** 2 * share)))
    note = ""
    if se == 0:
        note = (
            f"SE 0: no spread was seen before day {tau:g}, which does not mean that there is none"
        )
    return RestrictedMean(float(tau), area, se, note)


def largest_common_time(data: SurvivalData) -> float:
    """Return the largest time to which every arm was observed: the default horizon."""
    return float(min(data.time[data.group == g].max() for g in range(len(data.arms))))
