"""Mice darker than the bed beside light ones, that nobody names."""

from __future__ import annotations

from collections.abc import Sequence

from lumicohort.regions.candidates import CALM, Candidate, candidates
from lumicohort.regions.faint import APART, patch_left
from lumicohort.regions.foregrounds import foregrounds
from lumicohort.regions.photograph import WorkingPhotograph

DARK_TAIL = 1.0
"""What points to a tail (`Candidate.head_evidence`) of what is darker than the bed, at least."""


def dark_one_left(photo: WorkingPhotograph, found: Sequence[Candidate]) -> bool:
    """Return whether beside light mice lies what may be one that is darker than the bed.

    Thresholds are tried no further once as many are found as are named. A shadow or a hole in the
    bed is not of a mouse's outline, and has no tail.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        The mice found, as many as are named.

    Returns
    -------
    bool
        False where any of them is dark itself.
    """
    if not found or not all(c.foreground.light for c in found):
        return False
    if not patch_left(photo, found, dark=True):
        return False
    return any(
        c.penalty < CALM
        and c.head_evidence >= DARK_TAIL
        and all(c.body.overlap(other.body) < APART for other in found)
        for number, foreground in enumerate(foregrounds(photo))
        if not foreground.light
        for c in candidates(photo, foreground, number, len(found) + 1)
    )
