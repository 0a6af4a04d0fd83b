"""Does the partial likelihood have a maximum at all?

Where every animal of one arm dies before the first of the other, the likelihood rises for
ever and a program prints whatever number it stopped at: 3.9e-9 (0 to infinity), say. In
studies of ten against ten this is the normal case, so it is decided before fitting, by the
geometry of the data and not by watching numbers grow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.survival.partial_likelihood import Choices

_ZERO = 1e-7


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the maximum of a partial likelihood lies.

    Attributes
    ----------
    direction : ndarray of int, shape (p,)
        0: the coefficient is finite; +1 or -1: its maximum is at plus or minus infinity;
        2: the data say nothing about it (or leave even its direction open).
    choices : Choices
        The likelihood with every alternative removed whose probability goes to 0 on the way to
        the maximum; its finite coefficients are those of the whole.
    """

    direction: NDArray[np.intp]
    choices: Choices

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which coefficients have a finite maximum, shape (p,)."""
        return self.direction == 0


def locate_maximum(choices: Choices) -> Maximum:
    """Find which coefficients have a finite maximum-likelihood estimate.

    Parameters
    ----------
    choices : Choices
        A partial likelihood.

    Returns
    -------
    Maximum
        Per coefficient: finite, infinite (and on which side) or not identified.

    Notes
    -----
    The likelihood does not fall along a direction v if in every factor what happened scores at
    least as high on v as every alternative; it rises if somewhere it scores higher (monotone
    likelihood: Bryson & Johnson 1981; Heinze & Schemper 2001). Such v form a cone: two linear
    programmes per coefficient find its extent.
    """
    p = choices.parameters
    lead = choices.observed[choices.factor] - choices.z
    rows = _distinct(lead)
    if len(rows) == 0:
        return Maximum(np.full(p, 2, dtype=np.intp), choices)
    highest, lowest = _extent(rows)
    up, down = highest > _ZERO, lowest < -_ZERO
    direction = np.where(up & down, 2, np.where(up, 1, np.where(down, -1, 0))).astype(np.intp)
    return Maximum(direction, _limit(choices, rows, lead))


def _extent(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest and smallest value of each coefficient in the cone, within a box."""
    p = rows.shape[1]
    if p == 1:
        return (
            np.array([float(np.all(rows >= -_ZERO))]),
            np.array([-float(np.all(rows <= _ZERO))]),
        )
    sides = [[_extreme(rows, sign * np.eye(p)[j])[j] for j in range(p)] for sign in (1.0, -1.0)]
    return np.array(sides[0]), np.array(sides[1])


def _extreme(rows: NDArray[np.float64], aim: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the direction in the cone (within the unit box) that goes farthest along an aim."""
    if rows.shape[1] == 1:
        side = float(np.sign(aim[0]))
        return np.array([side if np.all(rows * side >= -_ZERO) else 0.0])
    from scipy.optimize import linprog

    solved = linprog(-aim, A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * rows.shape[1])
    if not solved.success:  # 0 is always in the cone
        raise RuntimeError(f"linear programme failed: {solved.message}")
    return np.asarray(solved.x, dtype=float)


def _limit(choices: Choices, rows: NDArray[np.float64], lead: NDArray[np.float64]) -> Choices:
    """Return the likelihood in the limit along rising directions."""
    while len(rows):
        v = _extreme(rows, rows.sum(axis=0))
        lost = lead @ v > _ZERO
        if not lost.any():
            break
        keep = ~lost
        counts = np.add.reduceat(keep.astype(np.intp), choices.start)
        choices = Choices(
            start=np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp),
            z=choices.z[keep],
            log_weight=choices.log_weight[keep],
            observed=choices.observed,
            time=choices.time,
        )
        lead = lead[keep]
        rows = _distinct(lead)
    return choices


def _distinct(lead: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distinct rows that are not zero."""
    rows = np.round(lead[np.any(np.abs(lead) > _ZERO, axis=1)], 12)
    if rows.shape[1] == 1:
        return np.unique(rows)[:, None]
    return np.unique(rows, axis=0)
