"""Which way the mice of a click lie, head to tail, where one alone does not tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.regions.candidates import Candidate, place_ends
from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.polyline import FloatArray

SOME_EVIDENCE = 0.5
"""Less than this tells no head: an outline as wide before as behind has 0.3 for lying upright."""
TAKEN, UNCERTAIN = "head end taken from the other mice", "head end uncertain"


def decide_heads(photo: WorkingPhotograph, found: Sequence[Candidate]) -> None:
    """Turn mice of doubtful orientation the way of the others, whose heads share a manifold.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        The click's mice; those turned are changed, and told in their reasons.
    """
    known = any(c.head_evidence >= SOME_EVIDENCE for c in found)
    for candidate in found:
        if candidate.head_evidence >= 3.5:
            continue
        own = _heading(candidate)
        others = sum(
            c.head_evidence * float(own @ _heading(c)) for c in found if c is not candidate
        )
        upward = 0.0 if len(found) > 1 else -own[1]
        if candidate.head_evidence + 0.5 * np.clip(others, -6, 6) + 0.3 * upward < 0:
            candidate.turn()
            # what spoke for the one end speaks against the other, also where the next are asked
            candidate.head_evidence = -candidate.head_evidence
            place_ends(photo, [candidate])
            candidate.reasons += (TAKEN if known else UNCERTAIN,)
        elif not known or (candidate.head_evidence < 1.0 and others <= 1.0):
            candidate.reasons += (UNCERTAIN,)


def _heading(candidate: Candidate) -> FloatArray:
    """Return the unit vector from tail base to nose."""
    return headings(candidate.profile.midline[None])[0]


def headings(lines: FloatArray) -> FloatArray:
    """Return the unit vectors from the ends of midlines to their starts.

    Parameters
    ----------
    lines : numpy.ndarray, shape (m, points, 2)
        Midlines from nose to tail base, cm.

    Returns
    -------
    numpy.ndarray, shape (m, 2)
    """
    ways = lines[:, 0] - lines[:, -1]
    return np.asarray(ways / np.maximum(np.hypot(ways[:, :1], ways[:, 1:]), 1e-9))
