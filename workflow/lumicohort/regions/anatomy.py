"""Regions along the body axis: `whole_body`, `cranial`, `spinal`, `neuraxis`.

Definitions. The body is the silhouette without tail. The axis runs by arc-length fraction s from
the visible front of the head (edge of the nose cone; s = 0) to the tail base (s = 1). The mean
width W is body area over axis length.

- `whole_body`: the body dilated by `margin_cm`.
- `cranial`: pixels of the dilated body whose nearest axis point has s within `cranial` (what lies
  beyond the nose counts as s = 0).
- `spinal`: pixels of the dilated body with s within `spinal` and no farther from the midline than
  half of `spinal_width` times W; pixels of `cranial` are left out.
- `neuraxis`: `cranial` and `spinal` together.

A pixel belongs to one animal at most: the nearest body's, where dilated bodies overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.disks import box_of
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.pixels import Pixels
from lumicohort.regions.polyline import project
from lumicohort.regions.region import Region, Window
from lumicohort.study.config.imaging import Regions

NAMES = ("whole_body", "cranial", "spinal", "neuraxis")
"""Regions that anatomy makes, in the order of the tables."""

REACH_CM = 1.5
"""How far from the bodies distances are kept; beyond it a pixel counts as infinitely far."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyMap:
    """Where the bodies lie in the luminescent image.

    Parameters
    ----------
    distance_cm : ndarray, shape (n, n)
        Distance to the nearest body's outline, negative inside; infinite beyond `REACH_CM`.
    owner : ndarray of uint8, shape (n, n)
        Place (1, 2, …) of that body; 0 where none is near.
    windows : tuple
        Rows and columns around each body.
    touching : frozenset of int
        Places of the animals whose dilated bodies overlap another's.
    pixel_cm : float
        Pixel size.
    """

    distance_cm: NDArray[np.float32]
    owner: NDArray[np.uint8]
    windows: tuple[Window, ...]
    touching: frozenset[int]
    pixel_cm: float

    def dilated(self, margin_cm: float) -> NDArray[np.uint8]:
        """Return the label image of all bodies dilated by a margin, shape (n, n)."""
        return np.where(self.distance_cm <= margin_cm, self.owner, 0).astype(np.uint8)


def body_map(mice: Sequence[Mouse], n: int, fov_cm: float, margin_cm: float) -> BodyMap:
    """Carry the bodies found in the photograph over to the luminescent image.

    Both images show the same field of view through the same lens, so places agree in cm.

    Parameters
    ----------
    mice : sequence of Mouse
        Mice, left to right.
    n : int
        Pixels along a side of the luminescent image.
    fov_cm : float
        Width of the field of view.
    margin_cm : float
        Dilation at which bodies count as touching.

    Returns
    -------
    BodyMap
        Distances and owners.
    """
    pixel = fov_cm / n
    nearest = np.full((n, n), np.inf, dtype=np.float32)
    owner = np.zeros((n, n), dtype=np.uint8)
    windows, touching = [], set()
    for place, mouse in enumerate(mice, start=1):
        window, distance = _distance(mouse, n, pixel)
        windows.append(window)
        before, before_owner = nearest[window], owner[window]
        both = (distance <= margin_cm) & (before <= margin_cm)
        if both.any():
            touching |= {place, *(int(p) for p in np.unique(before_owner[both]))}
        closer = (distance < before) & (distance < REACH_CM)
        before[closer] = distance[closer]
        before_owner[closer] = place
    return BodyMap(nearest, owner, tuple(windows), frozenset(touching), pixel)


def _distance(mouse: Mouse, n: int, pixel: float) -> tuple[Window, NDArray[np.float32]]:
    """Return the signed distance (cm) to a body's outline at the image's pixels around it."""
    from scipy.ndimage import distance_transform_edt, map_coordinates

    box = box_of(mouse.mask)
    rows, columns = np.nonzero(mouse.mask[box])
    rows, columns = rows + box[0].start, columns + box[1].start
    pad = int(np.ceil(REACH_CM / mouse.pixel_cm)) + 2
    top, left = int(rows.min()) - pad, int(columns.min()) - pad
    height, width = np.ptp(rows) + 1 + 2 * pad, np.ptp(columns) + 1 + 2 * pad
    mask = np.zeros((height, width), dtype=bool)
    mask[rows - top, columns - left] = True
    # the outline lies half a pixel from the outermost centres on either side
    signed = np.maximum(distance_transform_edt(~mask) - 0.5, 0)
    tight = (slice(pad - 1, height - pad + 1), slice(pad - 1, width - pad + 1))
    signed[tight] -= np.maximum(distance_transform_edt(mask[tight]) - 0.5, 0)
    signed *= mouse.pixel_cm

    def span(first: int, count: int) -> slice:
        low = int(np.ceil(first * mouse.pixel_cm / pixel))
        high = int(np.floor((first + count) * mouse.pixel_cm / pixel))
        return slice(min(max(low, 0), n), min(max(high, 0), n))

    window = (span(top, int(height)), span(left, int(width)))
    r, c = ((np.arange(s.start, s.stop) + 0.5) * pixel / mouse.pixel_cm - 0.5 for s in window)
    if abs(pixel - mouse.pixel_cm) < 1e-9:
        near = signed[np.ix_((r - top).round().astype(int), (c - left).round().astype(int))]
    else:
        grid = np.meshgrid(r - top, c - left, indexing="ij")
        near = map_coordinates(signed, grid, order=1, mode="nearest")
    return window, near.astype(np.float32)


def anatomy_regions(mice: Sequence[Mouse], where: BodyMap, config: Regions) -> list[Region]:
    """Lay the regions along each mouse's axis.

    Parameters
    ----------
    mice : sequence of Mouse
        Mice, left to right.
    where : BodyMap
        Their bodies in the luminescent image.
    config : Regions
        Fractions, width and margin.

    Returns
    -------
    list of Region
        Animal by animal, the four regions of :data:`NAMES` in order.
    """
    out = []
    for place, (mouse, window) in enumerate(zip(mice, where.windows, strict=True), start=1):
        body = (where.distance_cm[window] <= config.margin_cm) & (where.owner[window] == place)
        cranial, spinal = _split(mouse, body, window, where.pixel_cm, config)
        flags = ("touches_neighbour",) if place in where.touching else ()
        masks = (body, cranial, spinal, cranial | spinal)
        out += [
            Region(place, name, window, mask, flags)
            for name, mask in zip(NAMES, masks, strict=True)
        ]
    return out


def _split(
    mouse: Mouse, body: BoolArray, window: Window, pixel: float, config: Regions
) -> tuple[BoolArray, BoolArray]:
    """Return the cranial and the spinal part of a dilated body."""
    rows, columns = np.nonzero(body)
    cranial, spinal = np.zeros_like(body), np.zeros_like(body)
    if len(rows) == 0:
        return cranial, spinal
    shape = (window[0].stop, window[1].stop)
    body_pixels = Pixels(rows + window[0].start, columns + window[1].start, shape, pixel)
    at = project(body_pixels.points, mouse.axis)
    s = at.along_cm / mouse.length_cm
    in_head = (s >= config.cranial[0]) & (s <= config.cranial[1])
    in_spine = (s >= config.spinal[0]) & (s <= config.spinal[1]) & ~in_head
    in_spine &= at.distance_cm <= config.spinal_width / 2 * mouse.width_cm
    cranial[rows, columns] = in_head
    spinal[rows, columns] = in_spine
    return cranial, spinal
