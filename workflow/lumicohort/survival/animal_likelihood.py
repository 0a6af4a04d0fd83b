"""Cox's partial likelihood with covariates of each animal, and its score residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.data import SurvivalData
from lumicohort.survival.partial_likelihood import (
    Choices,
    Ties,
    TooManyTies,
    probabilities,
)

MOST_NUMBERS = 1_000_000
"""Alternatives times covariates beyond which a model is refused: some 200 MB."""


@dataclass(frozen=True, eq=False)
class AnimalLikelihood:
    """A partial likelihood whose alternatives are single animals.

    Attributes
    ----------
    choices : Choices
        The likelihood.
    animal : ndarray of int, shape (m,)
        The animal of each alternative.
    share : ndarray of float, shape (m,)
        Its part of the death of the factor: 1/d for each of d tied deaths, else 0.
    z : ndarray of float, shape (n, p)
        Covariates of the animals.
    """

    choices: Choices
    animal: NDArray[np.intp]
    share: NDArray[np.float64]
    z: NDArray[np.float64]


def animal_likelihood(
    data: SurvivalData, z: NDArray[np.float64], ties: Ties = "efron"
) -> AnimalLikelihood:
    """Return the partial likelihood of a Cox model with covariates of each animal.

    Parameters
    ----------
    data : SurvivalData
        The animals; strata have baseline hazards of their own.
    z : ndarray of float, shape (n, p)
        Covariates.
    ties : {"efron", "breslow"}
        How tied deaths are treated.

    Returns
    -------
    AnimalLikelihood
        One factor per death; its alternatives are the animals at risk.

    Raises
    ------
    TooManyTies
        If its alternatives times the covariates are more than :data:`MOST_NUMBERS`: about 1,400
        animals that died, with one covariate.
    """
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties must be efron or breslow, not {ties!r}")
    animals, weights, shares, sizes, observed, times = [], [], [], [], [], []
    total = 0
    since = data.since
    for s in range(len(data.strata)):
        inside = data.stratum == s
        for t in np.unique(data.time[inside & data.event]):
            at_risk = np.flatnonzero(inside & (since < t) & (data.time >= t))
            dying = data.event[at_risk] & (data.time[at_risk] == t)
            d = int(dying.sum())
            total += d * len(at_risk) * z.shape[1]
            if total > MOST_NUMBERS:
                raise TooManyTies
            mean = z[at_risk[dying]].mean(axis=0)
            for taken in range(d):
                part = taken / d if ties == "efron" else 0.0
                animals.append(at_risk)
                weights.append(np.where(dying, 1.0 - part, 1.0))
                shares.append(dying / d)
                sizes.append(len(at_risk))
                observed.append(mean)
                times.append(float(t))
    animal = np.concatenate(animals)
    choices = Choices(
        start=np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp),
        z=z[animal],
        log_weight=np.log(np.concatenate(weights)),
        observed=np.array(observed),
        time=np.array(times),
    )
    return AnimalLikelihood(choices, animal, np.concatenate(shares), z)


def score_residuals(likelihood: AnimalLikelihood, b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each animal's part of the score.

    Parameters
    ----------
    likelihood : AnimalLikelihood
        The likelihood.
    b : ndarray of float, shape (p,)
        Coefficients.

    Returns
    -------
    ndarray of float, shape (n, p)
        Over the animals they add up to the score. In R: ``residuals(fit, "score")``, Efron's
        ties included (Therneau & Grambsch 2000, section 7.1).
    """
    choices = likelihood.choices
    p, _ = probabilities(choices, b)
    mean = np.add.reduceat(p[:, None] * choices.z, choices.start, axis=0)
    part = (likelihood.share - p)[:, None] * (choices.z - mean[choices.factor])
    out = np.zeros_like(likelihood.z)
    np.add.at(out, likelihood.animal, part)
    return out


def sandwich(
    likelihood: AnimalLikelihood,
    b: NDArray[np.float64],
    covariance: NDArray[np.float64],
    cluster: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return the covariance of coefficients that allows animals of a cluster to be alike.

    Parameters
    ----------
    likelihood : AnimalLikelihood
        The likelihood.
    b : ndarray of float, shape (p,)
        Its maximum.
    covariance : ndarray of float, shape (p, p)
        Inverse of the information there.
    cluster : ndarray of int, shape (n,)
        The cluster of each animal, counted from 0.

    Returns
    -------
    ndarray of float, shape (p, p)
        D'D, D the sums over clusters of score residuals times `covariance` (Lin & Wei 1989).
        In R: ``vcov(coxph(..., cluster = cage))``.
    """
    change = score_residuals(likelihood, b) @ covariance
    summed = np.zeros((int(cluster.max()) + 1, change.shape[1]))
    np.add.at(summed, cluster, change)
    return np.asarray(summed.T @ summed)
