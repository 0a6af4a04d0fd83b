"""Mice smaller than grown ones: their size, read from the photograph.

What tells a mouse from hardware, a tail from a trunk and one mouse from two touching ones are
lengths of grown mice. Young mice, or many in one field of view, are smaller in every length, so
they are looked for with the photograph's scale changed: as if they were grown mice in a wider
field of view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lumicohort.ranks import median
from lumicohort.regions.candidates import LIMB_RADIUS_CM, Candidate
from lumicohort.regions.disks import opened, without_small_holes
from lumicohort.regions.edges import TAILED, is_whole
from lumicohort.regions.foregrounds import FAINT, foregrounds
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.shapes import AREA_CM2

LARGEST = 0.88
"""Mice of at least this length, relative to grown ones, are found as grown mice are."""
SMALLEST = 0.5
"""Smaller than this is no weaned mouse."""
LEAST_CM2 = 1.5
"""A smaller piece of foreground is an ear, a foot or a reflection."""
ALIKE = 2.0
"""Mice of one photograph differ in area by less than this factor."""
USUAL_CM = 3.6
"""Width of the place that a grown mouse takes with its feet."""
COVERED = 0.15
"""A mouse of which less was found before was not seen."""


def relative_size(photo: WorkingPhotograph, expected: int) -> float:
    """Return the length of the mice in a photograph, relative to grown mice.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    expected : int
        How many mice there are.

    Returns
    -------
    float
        From the median area of the `expected` largest pieces of foreground; 1 where they are no
        smaller than grown mice, or do not look like so many mice of one size.
    """
    from scipy.ndimage import label

    pixel = photo.pixel_cm
    foreground = next(foregrounds(photo), None)
    if foreground is None or not foreground.light:
        return 1.0
    mask = without_small_holes(foreground.mask, int(0.1 / pixel**2))
    # small mice have thin tails and snouts: what is taken off shrinks with their places
    place = photo.level.shape[1] * pixel / expected
    pieces, _ = label(opened(mask, LIMB_RADIUS_CM * min(1.0, place / USUAL_CM) / pixel))
    areas = np.bincount(pieces.ravel()) * pixel**2
    areas[0] = 0.0
    largest = np.argsort(areas)[::-1][:expected]
    largest = largest[areas[largest] > LEAST_CM2]
    if 2 * len(largest) < expected or not len(largest):
        return 1.0
    usual = median(areas[largest])
    alike = np.abs(np.log(areas[largest] / usual)) < np.log(ALIKE)
    bright = median(photo.level[np.isin(pieces, largest)]) > FAINT
    size = float(np.sqrt(usual / AREA_CM2[0]))
    if alike.mean() < 0.5 or not bright or size > LARGEST:
        return 1.0
    return max(size, SMALLEST)


def any_unseen(
    wider: WorkingPhotograph, again: Sequence[Candidate], found: Sequence[Candidate], size: float
) -> bool:
    """Return whether a mouse found at another scale lies where none was found before.

    Parameters
    ----------
    wider : WorkingPhotograph
        The photograph at the other scale.
    again : sequence of Candidate
        What was found there.
    found : sequence of Candidate
        Mice found at the usual scale; at least one.
    size : float
        A length on the photograph over the same length at the other scale.

    Returns
    -------
    bool
        For mice with a tail and an edge all around only: patches of the bed have neither.
    """
    own = np.any([c.body.mask for c in found], axis=0)
    for candidate in again:
        columns, rows = (candidate.body.points.T * (size / found[0].body.pixel_cm)).astype(int)
        # pixels of two sizes: either image may lack the last ones of the other
        rows, columns = rows.clip(max=own.shape[0] - 1), columns.clip(max=own.shape[1] - 1)
        tailed = candidate.head_evidence >= TAILED
        if own[rows, columns].mean() < COVERED and tailed and is_whole(wider, candidate):
            return True
    return False


def at_true_size(mouse: Mouse, size: float, shortest_cm: float) -> Mouse:
    """Return a mouse that was found at another scale at its own.

    Parameters
    ----------
    mouse : Mouse
        A mouse, its lengths relative to grown mice times those of a grown mouse.
    size : float
        Length of the photograph's mice relative to grown ones.
    shortest_cm : float
        A shorter mouse is flagged.

    Returns
    -------
    Mouse
    """
    x, y = mouse.centre
    suspicion, reasons = mouse.suspicion, (*mouse.reasons, "smaller than a grown mouse")
    if mouse.length_cm * size < shortest_cm:
        suspicion = 1.0 - (1.0 - suspicion) / 2
        reasons = (*reasons, "length unlike a mouse's")
    return replace(
        mouse,
        pixel_cm=mouse.pixel_cm * size,
        axis=mouse.axis * size,
        length_cm=mouse.length_cm * size,
        width_cm=mouse.width_cm * size,
        area_cm2=mouse.area_cm2 * size**2,
        centre=(x * size, y * size),
        suspicion=suspicion,
        reasons=reasons,
    )
