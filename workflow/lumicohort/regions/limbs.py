"""Ears and feet: parts of the silhouette that finding the trunk takes off."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.body import Profile
from lumicohort.regions.disks import box_of, nearest_within, opened_by_square
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.pixels import Box, Pixels
from lumicohort.regions.polyline import project_each

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
    found = _hanging_on(silhouettes, inside)
    places = np.flatnonzero(found > 0)
    place_of = found.take(places)
    rows, columns = np.divmod(places.take(np.argsort(place_of, kind="stable")), found.shape[1])
    rows, columns = rows + box[0].start, columns + box[1].start
    ends = np.bincount(place_of, minlength=len(trunks) + 1).cumsum().tolist()
    return [Pixels(rows[a:b], columns[a:b], shape, pixel) for a, b in pairwise(ends)]


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
    rows, columns = np.divmod(flat, box[1].stop - box[1].start)
    x = (columns + (box[1].start + 0.5)) * pixel
    y = (rows + (box[0].start + 0.5)) * pixel
    counts = np.bincount(whose, minlength=len(profiles) + 1)[1:]
    keep = np.zeros(len(flat), dtype=bool)
    start = 0
    # bodies traced in one go have axes of one number of vertices
    axes = [profile.axis for profile in profiles]
    if len({len(axis) for axis in axes}) == 1:
        where = project_each(x, y, counts, np.stack(axes))
        along, distance = where.along_cm, where.distance_cm
    else:
        along, distance = np.empty(len(flat)), np.empty(len(flat))
        for axis, count in zip(axes, counts.tolist(), strict=True):
            own = slice(start, start + count)
            one = project_each(x[own], y[own], [count], axis[None])
            along[own], distance[own] = one.along_cm, one.distance_cm
            start += count
    begin = np.array([0.0, *(profile.start_cm for profile in profiles)])[whose]
    end = np.array([0.0, *(profile.end_cm for profile in profiles)])[whose]
    keep = along >= begin
    keep &= (along <= end) | (distance >= TAIL_HALF_CM)
    return keep


def _hanging_on(silhouettes: NDArray[np.uint8], trunks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the silhouettes without what does not hang on the trunk."""
    from scipy.ndimage import label

    out = silhouettes.copy()
    box = box_of(silhouettes > 0)
    here, trunk = silhouettes[box], trunks[box]
    inside = np.flatnonzero(trunk > 0)
    # what hangs on a neighbour's trunk only is not on its own: no two that meet at a time
    for group in _apart(int(trunks.max()), _meeting(here)):
        if group is not None:
            wanted = np.zeros(256, dtype=bool)
            wanted[group] = True
        parts, count = label(here if group is None else wanted.take(here))
        on_trunk = np.zeros(count + 1, dtype=bool)
        on_trunk[parts.take(inside)] = True
        on_trunk[0] = True
        if not on_trunk.all():
            out[box][~on_trunk[parts]] = 0
    return out


def _apart(count: int, meeting: set[tuple[int, int]]) -> list[list[int] | None]:
    """Return groups of labels none of which meets another of its group; None is all."""
    if not meeting:
        return [None]
    groups: list[list[int]] = []
    for k in range(1, count + 1):
        for group in groups:
            if not any((k, m) in meeting or (m, k) in meeting for m in group):
                group.append(k)
                break
        else:
            groups.append([k])
    return list(groups)


def _meeting(labels: NDArray[np.uint8]) -> set[tuple[int, int]]:
    """Return pairs of labels that stand side by side somewhere."""
    found: set[tuple[int, int]] = set()
    for one, other in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        meet = one != other
        meet &= one > 0
        meet &= other > 0
        if meet.any():
            found |= set(zip(one[meet].tolist(), other[meet].tolist(), strict=True))
    return found
