"""Trunks of touching mice taken apart, and what hangs on each: limbs go to the nearest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import median
from lumicohort.regions import shapes
from lumicohort.regions.disks import nearest_label
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, grouped

HEAD_CM = 4.0
"""How far from its trunk a mouse's head or limb reaches at most."""
SURE = 1.2
"""Squared Mahalanobis distance within which a pixel surely belongs to an ellipse (4: its edge)."""
_EIGHT = np.ones((3, 3), dtype=bool)
"""Pixels that meet at a corner hang together."""


def labelled(mask: BoolArray, flat: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return a mask's connected parts numbered from 1; `flat` are its places in rising order."""
    from scipy.ndimage import label

    out = np.zeros(mask.shape, dtype=np.int32)
    if len(flat):
        rows = slice(int(flat[0]) // mask.shape[1], int(flat[-1]) // mask.shape[1] + 1)
        label(mask[rows], _EIGHT, output=out[rows])
    return out


def territories_of(
    limbless: BoolArray, trunks: Sequence[Pixels]
) -> list[tuple[int, Pixels, BoolArray]]:
    """Return trunks, what surrounds each and hangs on it, and which of that is trunk.

    A connected part of the foreground that holds one trunk is that trunk's. What several share
    is given to the nearest.
    """
    pixel, shape = trunks[0].pixel_cm, trunks[0].shape
    trunk_at = np.zeros(shape, dtype=np.int32)
    for k, trunk in enumerate(trunks, start=1):
        trunk_at.ravel()[trunk.flat] = k
    flat = np.flatnonzero(limbless)
    joined = labelled(limbless, flat)
    # of each trunk, the connected part that it lies in; 0 where another one took all its pixels
    part_of = [int(joined.item(trunk.flat[0])) if len(trunk) else 0 for trunk in trunks]
    alone = {part for part in part_of if part_of.count(part) == 1}
    owner = np.zeros(int(joined.max()) + 1, dtype=np.int32)
    shared = np.zeros(len(owner), dtype=bool)
    for k, part in enumerate(part_of, start=1):
        if part == 0:
            continue
        if part in alone:
            owner[part] = k
        else:
            shared[part] = True
    part_at = joined.take(flat)
    whose = owner.take(part_at)
    if shared.any():
        apart = shared.take(part_at)
        np.copyto(whose, trunk_at.take(flat), where=apart)
        limbs = np.zeros(shape, dtype=bool)
        limbs.ravel()[flat[apart & (whose == 0)]] = True
        whose[apart & (whose == 0)] = nearest_label(trunk_at, limbs, HEAD_CM / pixel)
    reach = int(HEAD_CM / pixel)
    out = []
    for k, own in grouped(flat, whose, shape, pixel):
        near = trunks[k - 1].box(reach)
        if any(a.start < b.start or a.stop > b.stop for a, b in zip(own.box(), near, strict=True)):
            keep = (own.rows >= near[0].start) & (own.rows < near[0].stop)
            keep &= (own.columns >= near[1].start) & (own.columns < near[1].stop)
            own = own.where(keep)
        if part_of[k - 1] not in alone:
            own = _on_trunk(own, trunk_at, k)
        out.append((k, own, np.asarray(own.of(trunk_at) == k)))
    return out


def _on_trunk(territory: Pixels, trunks: NDArray[np.int32], k: int) -> Pixels:
    """Return the part of a territory that hangs on its trunk."""
    from scipy.ndimage import label

    box = territory.box()
    parts, count = label(territory.mask[box], _EIGHT)
    if count == 1:
        return territory
    of_pixel = parts[territory.rows - box[0].start, territory.columns - box[1].start]
    return territory.where(of_pixel == np.bincount(of_pixel[territory.of(trunks) == k]).argmax())


def trunks_of(
    photo: WorkingPhotograph, piece: Pixels, split: shapes.Split, light: bool
) -> list[Pixels]:
    """Return the trunks that a piece is taken apart into.

    The middle of each fitted ellipse is sure; from there trunks grow towards each other and meet
    where the piece is narrow and where light coats have a shaded crease (a watershed).
    """
    if split.count == 1:  # most of the time, and then what follows need not be imported
        return [piece]
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from skimage.segmentation import watershed

    box = piece.box(1)
    part = piece.mask[box]
    points = piece.points
    markers = np.zeros(part.shape, dtype=np.int32)
    inner = np.zeros(len(points), dtype=np.int32)
    for k, ellipse in enumerate(split.ellipses):
        rest = points - ellipse.centre
        scaled = ((rest @ np.linalg.inv(ellipse.covariance)) * rest).sum(axis=1)
        inner[(scaled < SURE) & (split.labels == k)] = k + 1
    markers[part] = inner
    height = 0.3 * distance_transform_edt(part) * photo.pixel_cm
    if light:
        level = gaussian_filter(photo.level[box], 0.7)
        usual = median(level[part])
        height += np.clip(level - usual, -0.5, 0.1)
    whose = watershed(-height, markers, mask=part)[part]
    return [piece.where(whose == k) for k in range(1, split.count + 1)]
