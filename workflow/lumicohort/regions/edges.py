"""Whether an outline lies where a coat ends, or cuts through it.

Around a whole mouse, brightness falls from the coat's to the bed's within a few pixels. An
outline that a threshold drew through a shaded coat has coat on both of its sides.
"""

from __future__ import annotations

import numpy as np

from lumicohort.ranks import median, percentile
from lumicohort.regions.candidates import CALM, FAINT_NUMBER, Candidate
from lumicohort.regions.disks import dilated
from lumicohort.regions.foregrounds import FAINT
from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.shapes import AREA_CM2, LENGTHS_CM

SIDE_CM = 0.25
"""Width of the strips on both sides of an outline that are compared: a tail is 0.4 cm wide."""
WHOLE = 0.65
"""Step across an outline, over the contrast of the coat, from which it surely is the coat's edge.
On drawn photographs, outlines of whole coats have 0.65 to 0.95; those through the shaded neck or
flanks of agouti and black coats have 0.2 to 0.6."""
CUT = 0.04
"""Part of the strip outside that shines: nose cones and ear tags come to 0.02. More is a coat so
much lighter than the others of its photograph that it was taken for metal, in part."""
LIGHT = 1.0
"""Nude and white coats are lighter than this; a threshold shows the whole of them."""
TAILED = 3.5
"""Evidence for one end as the head that a tail alone, or nearly, gives."""

LARGE = (0.27, 0.42)
"""Area over squared length of a large mouse. Two side by side have 0.6; with its nose cone, one has
less than 0.25."""


def contrast(photo: WorkingPhotograph, candidate: Candidate) -> float:
    """Return by how much a coat differs from the bed."""
    return abs(median(photo.level.take(candidate.body.flat[::3])))


def is_whole(photo: WorkingPhotograph, candidate: Candidate) -> bool:
    """Return whether an outline surely is the edge of a coat that differs from the bed.

    Levels (of logarithms) within :data:`SIDE_CM` on either side of the body's outline are
    compared; where the image cuts the body off, there is no outline.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    candidate : Candidate
        What may be a mouse.

    Returns
    -------
    bool
    """
    coat = contrast(photo, candidate)
    if coat < FAINT:
        return False
    radius = SIDE_CM / photo.pixel_cm
    box = candidate.body.box(int(radius) + 1)
    body, level = candidate.body.mask[box], photo.level[box]
    around = dilated(body, radius) & ~body
    rim = dilated(~body, radius) & body
    if not around.any() or not rim.any():
        return False
    shining = np.count_nonzero(candidate.foreground.metal[box] & around)
    if shining > CUT * np.count_nonzero(around):
        return False
    fall = median(level[rim]) - median(level[around])
    return (fall if candidate.foreground.light else -fall) > WHOLE * coat


def looks_like_mouse(photo: WorkingPhotograph, candidate: Candidate) -> bool:
    """Return whether a candidate needs no second opinion from another threshold or scale.

    It has the size and outline of a grown mouse, or is smaller or larger, but has a tail and is
    whole. What was looked for as a faint coat, and holds a light one, is a small mouse with the bed
    beside it.
    """
    if candidate.penalty < CALM:
        faint = candidate.number == FAINT_NUMBER
        return not faint or percentile(candidate.body.of(photo.level), 75.0) < LIGHT
    length = candidate.profile.length_cm
    one = candidate.area < AREA_CM2[0] or (
        length < LENGTHS_CM[1] and LARGE[0] < candidate.area / length**2 < LARGE[1]
    )
    return one and candidate.head_evidence >= TAILED and is_whole(photo, candidate)
