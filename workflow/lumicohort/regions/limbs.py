"""Ears and feet: parts of the silhouette that finding the trunk takes off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile, centres_cm
from lumicohort.regions.disks import nearest_label, opened_by_square
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.pixels import Box, Pixels
from lumicohort.regions.polyline import project

LIMB_CM = 2.0
"""How far a foot or an ear reaches from the trunk."""
TAIL_HALF_CM = 0.45
"""What lies behind the tail base within this distance of its direction is tail."""


def with_limbs(
    trunks: Sequence[Pixels],
    profiles: Sequence[Profile],
    foregrounds: Sequence[BoolArray],
) -> list[Pixels]:
    """Return the bodies with the ears and feet that hang on them, without tails.

    Parameters
    ----------
    trunks : sequence of Pixels
        Bodies without limbs.
    profiles : sequence of Profile
        Their midlines, read from the head.
    foregrounds : sequence of ndarray of bool, shape (h, w)
        The foreground that each was found in.

    Returns
    -------
    list of Pixels
        The silhouettes; a limb belongs to the nearest body.
    """
    from scipy.ndimage import label

    pixel = trunks[0].pixel_cm
    reach = LIMB_CM / pixel
    owner = np.zeros(trunks[0].shape, dtype=np.uint8)
    boxes = [trunk.box(int(reach) + 2) for trunk in trunks]
    rest = np.zeros(trunks[0].shape, dtype=bool)
    for k, (trunk, foreground, box) in enumerate(zip(trunks, foregrounds, boxes, strict=True), 1):
        owner[trunk.rows, trunk.columns] = k
        rest[box] |= foreground[box]
    rest &= owner == 0
    nearest = owner.copy()
    nearest[rest] = nearest_label(owner, rest, reach)
    out = []
    for k, (profile, foreground, box) in enumerate(
        zip(profiles, foregrounds, boxes, strict=True), 1
    ):
        trunk_here = owner[box] == k
        mine = foreground[box] & (nearest[box] == k) & ~trunk_here
        # one pixel of opening takes dividers and specks off
        mine &= opened_by_square(mine | trunk_here)
        parts, _ = label(_not_ahead_nor_tail(mine, box, profile, pixel) | trunk_here)
        body = np.nonzero((parts == np.bincount(parts[trunk_here]).argmax()) | trunk_here)
        shape = owner.shape[0], owner.shape[1]
        out.append(Pixels(body[0] + box[0].start, body[1] + box[1].start, shape, pixel))
    return out


def _not_ahead_nor_tail(
    mine: BoolArray, box: Box, profile: Profile, pixel: float
) -> NDArray[np.bool_]:
    """Return the pixels that are neither before the nose (a cone) nor tail."""
    points = centres_cm(mine, pixel) + np.array([box[1].start, box[0].start]) * pixel
    out = np.zeros_like(mine)
    if len(points) == 0:
        return out
    where = project(points, profile.axis)
    ahead = where.along_cm < profile.start_cm
    tail = (where.along_cm > profile.end_cm) & (where.distance_cm < TAIL_HALF_CM)
    out[mine] = ~(ahead | tail)
    return out
