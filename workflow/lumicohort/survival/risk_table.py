"""Who was at risk and who died at every event time: all that the log-rank family needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.data import SurvivalData


@dataclass(frozen=True, eq=False)
class RiskTable:
    """Counts at each distinct event time of each stratum.

    Attributes
    ----------
    time : ndarray of float, shape (b,)
        Event times, ascending within a stratum.
    stratum : ndarray of int, shape (b,)
        The stratum of each row.
    at_risk : ndarray of int, shape (b, k)
        Animals of each arm with time >= t, those that entered at t or later not counted.
    events : ndarray of int, shape (b, k)
        Events of each arm at t.
    arms : tuple of str
        The k arms; the first is the reference.
    """

    time: NDArray[np.float64]
    stratum: NDArray[np.intp]
    at_risk: NDArray[np.intp]
    events: NDArray[np.intp]
    arms: tuple[str, ...]


def risk_table(data: SurvivalData) -> RiskTable:
    """Count animals at risk and events per arm at every event time of every stratum.

    Parameters
    ----------
    data : SurvivalData
        The animals.

    Returns
    -------
    RiskTable
        One row per stratum and distinct event time.
    """
    k = len(data.arms)
    since = data.since
    times, strata, at_risk, events = [], [], [], []
    for s in range(len(data.strata)):
        inside = data.stratum == s
        when = np.unique(data.time[inside & data.event])
        n = np.empty((len(when), k), dtype=np.intp)
        d = np.empty((len(when), k), dtype=np.intp)
        for g in range(k):
            mine = inside & (data.group == g)
            n[:, g] = at_risk_at(data.time[mine], since[mine], when)
            dying = np.sort(data.time[mine & data.event])
            d[:, g] = np.searchsorted(dying, when, side="right") - np.searchsorted(
                dying, when, side="left"
            )
        times.append(when)
        strata.append(np.full(len(when), s, dtype=np.intp))
        at_risk.append(n)
        events.append(d)
    return RiskTable(
        np.concatenate(times),
        np.concatenate(strata),
        np.concatenate(at_risk),
        np.concatenate(events),
        data.arms,
    )


def at_risk_at(
    time: NDArray[np.float64], since: NDArray[np.float64], when: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Count the animals under observation just before each of some times.

    Parameters
    ----------
    time, since : ndarray of float, shape (n,)
        When each animal left, and after when it was at risk (minus infinity: from the start).
    when : ndarray of float, shape (m,)
        The times.

    Returns
    -------
    ndarray of int, shape (m,)
        Animals with since < t <= time, as in R's ``Surv(entry, time, event)``.
    """
    entered = np.searchsorted(np.sort(since), when, side="left")
    left = np.searchsorted(np.sort(time), when, side="left")
    return np.asarray(entered - left, dtype=np.intp)
