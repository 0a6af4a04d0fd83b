"""The manifold that nose cones are fixed to: a bar across the bed, ahead of the mice.

Painted or of plastic, it is a little lighter than the bed and as wide as a trunk. Where lamps light
it unevenly, a threshold cuts pieces of a mouse's size off it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.candidates import CALM, Candidate
from lumicohort.regions.edges import TAILED, is_whole
from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.polyline import FloatArray

ONE_WAY = 0.9
"""Length of the mean of the mice's directions (unit vectors) from which they lie the same way."""
BEFORE_CM = 0.5
"""Noses reach into their cones; hardware begins no farther behind the foremost nose."""


def without_manifold(photo: WorkingPhotograph, found: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates without those that lie ahead of the mice, where their cones are fixed.

    A mouse lies beside the others, or has a tail, or an edge all around. What has neither, and
    lies wholly ahead of the noses of mice that do and that lie the same way, is their manifold.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        What may be mice.

    Returns
    -------
    list of Candidate
        In the same order.
    """
    if all(_is_mouse(c) for c in found) or (front := ahead_of(found)) is None:
        return list(found)
    return [
        c
        for c in found
        if c.head_evidence >= TAILED or not front.holds(c.body.points).all() or is_whole(photo, c)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What lies ahead of mice that lie the same way.

    Parameters
    ----------
    way : ndarray, shape (2,)
        Unit vector of where they head.
    from_cm : float
        How far along it hardware begins.
    """

    way: FloatArray
    from_cm: float

    def holds(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return which points (cm, shape (n, 2)) lie there."""
        return np.asarray(points @ self.way >= self.from_cm)


def ahead_of(found: Sequence[Candidate]) -> Ahead | None:
    """Return what lies ahead of the mice among candidates; None where they lie different ways."""
    mice = [c for c in found if _is_mouse(c)]
    if not mice:
        return None
    lines = np.stack([c.profile.midline for c in mice])
    ways = lines[:, 0] - lines[:, -1]
    ways /= np.maximum(np.hypot(ways[:, :1], ways[:, 1:]), 1e-9)
    way = ways.mean(axis=0)
    length = float(np.hypot(*way))
    if length < ONE_WAY:
        return None
    way /= length
    return Ahead(way, float((lines[:, 0] @ way).max()) - BEFORE_CM)


def _is_mouse(candidate: Candidate) -> bool:
    return candidate.head_evidence >= TAILED and candidate.penalty < CALM
