"""What the image's edge cuts off: mice that are named, and strips of others that are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.ranks import median
from lumicohort.regions.candidates import Candidate
from lumicohort.regions.disks import dilated
from lumicohort.regions.foregrounds import FAINT
from lumicohort.regions.manifold import ahead_of
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.territories import labelled

STRIP_CM = (1.5, 9.0)
"""Length along the image's edge of a mouse that it cuts off: tails are thinner, trays and their
rims longer."""
STRIP_CM2 = 1.0
"""Area of a strip, at least: a foot has less."""
STRIP_DEEP_CM = 0.35
"""How far it reaches into the image, at least."""
OWN_CM = 0.3
"""What is as near as this to a mouse that was found is its own."""
ALIKE = (0.5, 1.4)
"""Contrast of a strip with the bed, over that of the mice found: the rims of trays and their
reflections differ more, or less."""


def at_edge(body: Pixels) -> bool:
    """Return whether the image's edge cuts a body off."""
    h, w = body.shape
    rows, columns = body.box()
    if rows.start > 0 and rows.stop < h and columns.start > 0 and columns.stop < w:
        return False
    edge = (body.rows == 0).sum() + (body.rows == h - 1).sum()
    edge += (body.columns == 0).sum() + (body.columns == w - 1).sum()
    return bool(edge > 3)


def strip_left(photo: WorkingPhotograph, found: Sequence[Candidate]) -> bool:
    """Return whether at the image's edge lies what may be a strip of one more mouse.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        The mice found, as many as are named.

    Returns
    -------
    bool
        False where what lies there hangs on a mouse found, is not as light as these, or lies ahead
        of all of them, where their nose cones are fixed; and beside coats nearly as dark as the bed
        or darker, since the bed itself is uneven at the edges.
    """
    if not found:
        return False
    pixel = photo.pixel_cm
    mask = found[0].foreground.mask
    if max(np.count_nonzero(_edges(mask, k)) for k in range(4)) * pixel < STRIP_CM[0]:
        return False
    own = np.zeros(mask.shape, dtype=bool)
    for candidate in found:
        own.ravel()[candidate.territory.flat] = True
    pieces = labelled(mask, np.flatnonzero(mask))
    pieces[np.isin(pieces, np.unique(pieces[dilated(own, OWN_CM / pixel)]))] = 0
    usual = median(np.array([median(c.body.of(photo.level)) for c in found]))
    if usual < FAINT:
        return False
    front = ahead_of(found)
    for k in range(4):
        parts: list[BoolArray] = []
        for label in set(np.unique(_edges(pieces, k)).tolist()) - {0}:
            place = pixels_of(pieces == label, pixel)
            alike = ALIKE[0] <= median(place.of(photo.level)) / usual <= ALIKE[1]
            if alike and (front is None or not front.holds(place.points).all()):
                parts.append(place.mask)
        # ears and feet beside a narrow strip are pieces of their own
        if parts and any(_is_strip(p, k, pixel) for p in (*parts, np.any(parts, axis=0))):
            return True
    return False


def _edges(image: np.ndarray, k: int) -> np.ndarray:
    """Return an image's first or last row or column."""
    return np.asarray((image[0], image[-1], image[:, 0], image[:, -1])[k])


def _is_strip(part: BoolArray, k: int, pixel_cm: float) -> bool:
    """Return whether what lies at an edge is as long, deep and large as a strip of a mouse."""
    along = np.flatnonzero(_edges(part, k)) * pixel_cm
    rows, columns = np.nonzero(part)
    h, w = part.shape
    reach = (rows.max(), h - 1 - rows.min(), columns.max(), w - 1 - columns.min())[k]
    return bool(
        len(along) * pixel_cm >= STRIP_CM[0]
        and np.ptp(along) < STRIP_CM[1]
        and len(rows) * pixel_cm**2 >= STRIP_CM2
        and (reach + 1) * pixel_cm >= STRIP_DEEP_CM
    )
