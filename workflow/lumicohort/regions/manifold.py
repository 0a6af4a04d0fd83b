"""The manifold that nose cones are fixed to: a bar across the bed, ahead of the mice.

Painted or of plastic, it is a little lighter than the bed and as wide as a trunk. Where lamps light
it unevenly, a threshold cuts pieces of a mouse's size off it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.regions.candidates import CALM, Candidate
from lumicohort.regions.edges import TAILED, is_whole
from lumicohort.regions.photograph import WorkingPhotograph

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
    mice = [c for c in found if c.head_evidence >= TAILED and c.penalty < CALM]
    if not mice or len(mice) == len(found):
        return list(found)
    lines = np.stack([c.profile.midline for c in mice])
    ways = lines[:, 0] - lines[:, -1]
    ways /= np.maximum(np.hypot(ways[:, :1], ways[:, 1:]), 1e-9)
    way = ways.mean(axis=0)
    length = float(np.hypot(*way))
    if length < ONE_WAY:
        return list(found)
    way /= length
    foremost = float((lines[:, 0] @ way).max()) - BEFORE_CM
    return [
        c
        for c in found
        if c.head_evidence >= TAILED
        or float((c.body.points @ way).min()) < foremost
        or is_whole(photo, c)
    ]
