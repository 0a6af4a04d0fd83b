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
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.disks import box_of, dilated, nearest_within
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polyline import FloatArray, project_each
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
        Distance to the nearest body's outline; negative inside, where it does not tell how deep;
        infinite beyond `REACH_CM`.
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
        return self.owner * (self.distance_cm <= margin_cm)


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
    distance = np.full((n, n), np.inf, dtype=np.float32)
    owner = np.zeros((n, n), dtype=np.uint8)
    if not mice:
        return BodyMap(distance, owner, (), frozenset(), pixel)
    fine = mice[0].pixel_cm
    bodies = np.zeros(mice[0].mask.shape, dtype=np.uint8)
    boxes = []
    for place, mouse in enumerate(mice, start=1):
        box = box_of(mouse.mask)
        boxes.append(box)
        np.copyto(bodies[box], place, where=mouse.mask[box])
    box, squared, whose = nearest_within(bodies, REACH_CM / fine + 2)
    # the outline lies half a pixel from the outermost centres on either side
    signed = np.sqrt(squared, dtype=np.float32) - np.float32(0.5)
    signed *= np.float32(fine)
    around = _window(box, fine, pixel, n)
    r, c = (((np.arange(s.start, s.stop) + 0.5) * pixel / fine - 0.5) for s in around)
    r, c = r - box[0].start, c - box[1].start
    rows, columns = np.rint(r).astype(np.intp), np.rint(c).astype(np.intp)
    np.clip(rows, 0, signed.shape[0] - 1, out=rows)
    np.clip(columns, 0, signed.shape[1] - 1, out=columns)
    if abs(pixel - fine) > 1e-9:
        near = _interpolated(signed, r, c)
    elif len(rows) == signed.shape[0] and len(columns) == signed.shape[1]:
        near = signed
    else:
        near = signed[np.ix_(rows, columns)]
    whose = whose if near is signed else whose[np.ix_(rows, columns)]
    kept = near < REACH_CM
    np.copyto(distance[around], near, where=kept)
    np.copyto(owner[around], whose, where=kept, casting="unsafe")
    pad = int(np.ceil(REACH_CM / fine)) + 2
    windows = tuple(_window(_grown(box, pad), fine, pixel, n) for box in boxes)
    touching = _touching(bodies, boxes, margin_cm / fine + 0.5)
    return BodyMap(distance, owner, windows, touching, pixel)


def _grown(box: Window, pad: int) -> Window:
    return (
        slice(box[0].start - pad, box[0].stop + pad),
        slice(box[1].start - pad, box[1].stop + pad),
    )


def _window(box: Window, fine: float, pixel: float, n: int) -> Window:
    """Return the luminescent image's rows and columns whose centres lie in a working box."""

    def span(s: slice) -> slice:
        # a pixel's centre is (k + 0.5) * pixel; the hundredth is for rounding
        low = int(np.ceil(s.start * fine / pixel - 0.51))
        high = int(np.floor(s.stop * fine / pixel - 0.49)) + 1
        return slice(min(max(low, 0), n), min(max(high, 0), n))

    return span(box[0]), span(box[1])


def _interpolated(
    image: NDArray[np.float32], rows: FloatArray, columns: FloatArray
) -> NDArray[np.float32]:
    """Return an image at the crossings of some rows and columns, linearly between its pixels."""
    for axis, at in ((0, rows), (1, columns)):
        low = np.clip(np.floor(at).astype(np.intp), 0, max(image.shape[axis] - 2, 0))
        part = np.clip(at - low, 0.0, 1.0).astype(np.float32)
        part = part[:, None] if axis == 0 else part
        first = image.take(low, axis=axis)
        second = image.take(np.minimum(low + 1, image.shape[axis] - 1), axis=axis)
        image = first + (second - first) * part
    return image


def _touching(bodies: NDArray[np.uint8], boxes: Sequence[Window], radius: float) -> frozenset[int]:
    """Return the places of bodies that overlap another one when dilated by so many pixels."""
    reach = int(radius) + 1
    found: set[int] = set()
    for (k, one), (m, other) in combinations(enumerate(boxes, start=1), 2):
        both = tuple(
            slice(max(a.start, b.start, 2 * reach) - 2 * reach, min(a.stop, b.stop) + 2 * reach)
            for a, b in zip(one, other, strict=True)
        )
        if any(s.stop - s.start <= 2 * reach for s in both):
            continue
        part = bodies[both[0], both[1]]
        if (dilated(part == k, radius) & dilated(part == m, radius)).any():
            found |= {k, m}
    return frozenset(found)


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
    margin = config.margin_cm
    bodies = []
    for place, window in enumerate(where.windows, start=1):
        body = where.owner[window] == place
        body &= where.distance_cm[window] <= margin
        bodies.append(body)
    parts = _split(mice, bodies, where, config)
    out = []
    for place, (window, body, (cranial, spinal)) in enumerate(
        zip(where.windows, bodies, parts, strict=True), start=1
    ):
        flags = ("touches_neighbour",) if place in where.touching else ()
        masks = (body, cranial, spinal, cranial | spinal)
        out += [
            Region(place, name, window, mask, flags)
            for name, mask in zip(NAMES, masks, strict=True)
        ]
    return out


def _split(
    mice: Sequence[Mouse], bodies: Sequence[BoolArray], where: BodyMap, config: Regions
) -> list[tuple[BoolArray, BoolArray]]:
    """Return the cranial and the spinal part of each dilated body."""
    flats = [np.flatnonzero(body) for body in bodies]
    counts = [len(flat) for flat in flats]
    x, y = np.empty(sum(counts)), np.empty(sum(counts))
    start = 0
    for flat, body, window in zip(flats, bodies, where.windows, strict=True):
        rows = flat // max(body.shape[1], 1)
        columns = flat - rows * body.shape[1]
        own = slice(start, start + len(flat))
        x[own], y[own] = columns + (window[1].start + 0.5), rows + (window[0].start + 0.5)
        start += len(flat)
    x *= where.pixel_cm
    y *= where.pixel_cm
    at = project_each(x, y, counts, np.stack([mouse.axis for mouse in mice]))
    s = at.along_cm / np.repeat([mouse.length_cm for mouse in mice], counts)
    in_head = (s >= config.cranial[0]) & (s <= config.cranial[1])
    in_spine = (s >= config.spinal[0]) & (s <= config.spinal[1]) & ~in_head
    half = np.repeat([config.spinal_width / 2 * mouse.width_cm for mouse in mice], counts)
    in_spine &= at.distance_cm <= half
    out = []
    start = 0
    for flat, body in zip(flats, bodies, strict=True):
        own = slice(start, start + len(flat))
        cranial, spinal = np.zeros(body.shape, dtype=bool), np.zeros(body.shape, dtype=bool)
        cranial.ravel()[flat], spinal.ravel()[flat] = in_head[own], in_spine[own]
        out.append((cranial, spinal))
        start += len(flat)
    return out
