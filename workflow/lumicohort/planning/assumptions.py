"""What a planned study is assumed to look like: survival, checks, losses, arms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHAPE = 5.0
"""Weibull shape of the time to death where none is given.

Deaths of a tumour model crowd around the median; an exponential law (shape 1) spreads them from
the first day on. Maximum-likelihood shapes of the four arms of a published intracranial tumour
study (U87 glioma, 6 to 8 mice an arm; Dudvarski Stankovic et al., EMBO Mol Med 10:e8420, 2018,
fig. 6J) are 6.0, 7.4, 13.2 and 14.3. Such estimates are too large in small arms, at 7 animals
1.27-fold on average (Thoman, Bain & Antle, Technometrics 11:445, 1969). 5 is below all of them:
with given medians a smaller shape means a weaker effect and more animals.
"""

MEDIAN_DAYS = 28.0
"""Median of the reference arm where only a hazard ratio is given. Without an end of the study
the test depends on the order of deaths alone, and this only on how many fall on one day."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """A planned study.

    Parameters
    ----------
    median_days : float
        Median survival of the reference arm in days.
    hazard_ratios : tuple of float
        Hazard ratio of each other arm against the reference, constant over time.
    shape : float
        Weibull shape of the time to death, the same in all arms (proportional hazards).
    study_days : float, optional
        Last day: animals still alive are censored on it. Until all have died where None.
    lost : float
        Share of animals removed for reasons of their own (technical, lost), at a day uniform
        between the start and their death; they are censored.
    check_every_days : int
        Deaths and endpoints are seen at the next check, so times are multiples of this.
    """

    median_days: float
    hazard_ratios: tuple[float, ...]
    shape: float = SHAPE
    study_days: float | None = None
    lost: float = 0.0
    check_every_days: int = 1

    def median_of(self, arm: int) -> float:
        """Return the median in days of an arm; arm 0 is the reference.

        With S(t) = exp(-ln 2 (t/m)^k), a hazard ratio h moves the median to m h^(-1/k).
        """
        if arm == 0:
            return self.median_days
        return float(self.median_days * self.hazard_ratios[arm - 1] ** (-1 / self.shape))

    def survival(self, arm: int, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the assumed survival of an arm at each day."""
        return np.exp(-math.log(2) * (days / self.median_of(arm)) ** self.shape)

    def expected_event_share(self, arm: int) -> float:
        """Return about which share of an arm dies within the study (losses count half)."""
        died = 1.0
        if self.study_days is not None:
            died = 1 - float(self.survival(arm, np.array([self.study_days]))[0])
        return died * (1 - self.lost / 2)


def hazard_ratio_of_medians(reference: float, treated: float, shape: float) -> float:
    """Return the hazard ratio that two medians mean under Weibull survival of one shape.

    Parameters
    ----------
    reference, treated : float
        Medians in days.
    shape : float
        Weibull shape.

    Returns
    -------
    float
        (reference / treated)^shape.
    """
    return float((reference / treated) ** shape)


def draw(
    plan: Assumptions, sizes: tuple[int, ...], studies: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Draw studies.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    sizes : tuple of int
        Animals of each arm, the reference first.
    studies : int
        How many studies are drawn.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    time : ndarray of float, shape (studies, animals)
        Day of death or censoring, a multiple of the interval of checks.
    event : ndarray of bool, shape (studies, animals)
        Whether the animal died. Animals stand in the order of the arms.
    """
    scale = np.repeat(
        [plan.median_of(a) * math.log(2) ** (-1 / plan.shape) for a in range(len(sizes))], sizes
    )
    died = scale * rng.standard_exponential((studies, sum(sizes))) ** (1 / plan.shape)
    time = _next_check(died, plan.check_every_days)
    event = np.ones_like(time, dtype=bool)
    if plan.lost > 0:
        gone = _next_check(died * rng.random(died.shape), plan.check_every_days)
        gone = np.where(rng.random(died.shape) < plan.lost, gone, np.inf)
        event &= gone >= time
        time = np.minimum(time, gone)
    if plan.study_days is not None:
        event &= time <= plan.study_days
        time = np.minimum(time, plan.study_days)
    return time, event


def _next_check(days: NDArray[np.float64], every: int) -> NDArray[np.float64]:
    """Return the day of the first check at or after each time, at least the first one."""
    return np.maximum(np.ceil(days / every), 1) * every
