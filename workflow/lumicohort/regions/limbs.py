"""Ears and feet: parts of the silhouette that finding the trunk takes off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile
from lumicohort.regions.disks import dilated, hanging_on, nearest_within, opened_by_square
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.pixels import Box, Pixels, grouped
from lumicohort.regions.polyline import project, project_sets

LIMB_CM = 2.0
"""How far a foot or an ear reaches from the trunk."""
TAIL_HALF_CM = 0.45
"""What lies behind the tail base within this distance of its direction is tail."""

MOST_LIMBS = 0.16
"""Area of ears and feet over that of the body without them: mice have no more."""
LONG_CM = 3.0
"""What lies along a body for more than this is a divider or its shadow: no ear or foot does,"""
ROOT_CM = 0.3
"""and so far from the trunk; nearer to it is the flank's own rim."""


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
    pixel, shape = trunks[0].pixel_cm, trunks[0].shape
    owner = np.zeros(shape, dtype=np.uint8)
    for k, trunk in enumerate(trunks, start=1):
        owner.ravel()[trunk.flat] = k
    box, _, nearest = nearest_within(owner, LIMB_CM / pixel)
    inside = owner[box]
    own = _of_owner([f[box] for f in foregrounds], nearest) & (inside == 0)
    # one pixel of opening takes dividers and specks off
    own &= opened_by_square(own | (inside > 0))
    limbs = np.flatnonzero(own)
    whose = nearest.ravel()[limbs].astype(np.intp)
    order = np.argsort(whose.astype(np.uint8), kind="stable")
    limbs, whose = limbs[order], whose[order]
    limbs = limbs[_not_ahead_nor_tail(limbs, whose, box, profiles, pixel)]
    silhouettes = inside.copy()
    silhouettes.ravel()[limbs] = nearest.ravel()[limbs]
    silhouettes *= hanging_on(silhouettes, inside > 0)
    places = np.flatnonzero(silhouettes > 0)  # of truths: a quarter of the time
    owners = silhouettes.take(places)
    rows = places // silhouettes.shape[1]
    # from places in the box to places in the image
    places += rows * (shape[1] - silhouettes.shape[1]) + (box[0].start * shape[1] + box[1].start)
    found = dict(grouped(places, owners, shape, pixel))
    return [found[k] for k in range(1, len(trunks) + 1)]


def _of_owner(foregrounds: Sequence[BoolArray], nearest: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return the pixels that are foreground for the body nearest to them."""
    first = foregrounds[0]
    if all(f.base is first.base for f in foregrounds):
        return first & (nearest > 0)
    out = np.zeros(nearest.shape, dtype=bool)
    for k, foreground in enumerate(foregrounds, start=1):
        out |= foreground & (nearest == k)
    return out


def _not_ahead_nor_tail(
    flat: NDArray[np.intp],
    whose: NDArray[np.intp],
    box: Box,
    profiles: Sequence[Profile],
    pixel: float,
) -> NDArray[np.bool_]:
    """Return which pixels are neither before the nose (a cone) nor tail."""
    width = box[1].stop - box[1].start
    rows = flat // width
    columns = flat - rows * width
    x = (columns + (box[1].start + 0.5)) * pixel
    y = (rows + (box[0].start + 0.5)) * pixel
    counts = np.bincount(whose, minlength=len(profiles) + 1)[1:]
    where = project_sets(x, y, counts, [profile.axis for profile in profiles])
    begin = np.array([0.0, *(profile.start_cm for profile in profiles)])[whose]
    end = np.array([0.0, *(profile.end_cm for profile in profiles)])[whose]
    keep = where.along_cm >= begin
    keep &= (where.along_cm <= end) | (where.distance_cm >= TAIL_HALF_CM)
    return keep


def without_dividers(
    silhouettes: Sequence[Pixels], trunks: Sequence[Pixels], profiles: Sequence[Profile]
) -> list[Pixels]:
    """Return silhouettes without what lies along a body for longer than limbs do.

    Parameters
    ----------
    silhouettes : sequence of Pixels
        Bodies with what hangs on them.
    trunks : sequence of Pixels
        The bodies without it.
    profiles : sequence of Profile
        Their midlines.

    Returns
    -------
    list of Pixels
        Unchanged where no more hangs on a body than ears and feet.
    """
    return [
        _without_divider(silhouette, trunk, profile)
        if len(silhouette) > (1 + MOST_LIMBS) * len(trunk)
        else silhouette
        for silhouette, trunk, profile in zip(silhouettes, trunks, profiles, strict=True)
    ]


def _without_divider(silhouette: Pixels, trunk: Pixels, profile: Profile) -> Pixels:
    from scipy.ndimage import label

    away = silhouette.mask & ~dilated(trunk.mask, ROOT_CM / trunk.pixel_cm)
    parts, count = label(away)
    part = silhouette.of(parts)
    along = project(silhouette.points, profile.axis).along_cm
    along = np.clip(along, profile.start_cm, profile.end_cm)
    divider = np.zeros(count + 1, dtype=bool)
    for k in range(1, count + 1):
        divider[k] = np.ptp(along[part == k]) > LONG_CM
    return silhouette.where(~divider[part])
