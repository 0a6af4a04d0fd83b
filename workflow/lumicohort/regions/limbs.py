"""Ears and feet: parts of the silhouette that finding the trunk takes off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile, centres_cm
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polyline import project

LIMB_CM = 2.0
"""How far a foot or an ear reaches from the trunk."""
TAIL_HALF_CM = 0.45
"""What lies behind the tail base within this distance of its direction is tail."""


def with_limbs(
    trunks: Sequence[BoolArray],
    profiles: Sequence[Profile],
    foregrounds: Sequence[BoolArray],
    pixel: float,
) -> list[BoolArray]:
    """Return the bodies with the ears and feet that hang on them, without tails.

    Parameters
    ----------
    trunks : sequence of ndarray of bool, shape (h, w)
        Bodies without limbs.
    profiles : sequence of Profile
        Their midlines, read from the head.
    foregrounds : sequence of ndarray of bool, shape (h, w)
        The foreground that each was found in.
    pixel : float
        Pixel size, cm.

    Returns
    -------
    list of ndarray of bool, shape (h, w)
        The silhouettes; a limb belongs to the nearest body.
    """
    from scipy.ndimage import binary_opening, distance_transform_edt, label

    owner = np.zeros(trunks[0].shape, dtype=np.int32)
    for k, trunk in enumerate(trunks, start=1):
        owner[trunk] = k
    distance, (rows, columns) = distance_transform_edt(owner == 0, return_indices=True)
    nearest = owner[rows, columns]
    near = (distance * pixel <= LIMB_CM) & (owner == 0)
    out = []
    for k, (trunk, profile, foreground) in enumerate(
        zip(trunks, profiles, foregrounds, strict=True), start=1
    ):
        # one pixel of opening takes dividers and specks off
        box = _around(trunk, int(LIMB_CM / pixel) + 2)
        mine = foreground[box] & near[box] & (nearest[box] == k)
        mine = binary_opening(mine | trunk[box], np.ones((2, 2))) & mine
        parts, _ = label(_not_ahead_nor_tail(mine, box, profile, pixel) | trunk[box])
        body = trunk.copy()
        body[box] |= parts == np.bincount(parts[trunk[box]]).argmax()
        out.append(body)
    return out


def _around(mask: BoolArray, pad: int) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask)
    return (
        slice(max(0, int(rows.min()) - pad), int(rows.max()) + pad + 1),
        slice(max(0, int(columns.min()) - pad), int(columns.max()) + pad + 1),
    )


def _not_ahead_nor_tail(
    mine: BoolArray, box: tuple[slice, slice], profile: Profile, pixel: float
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
