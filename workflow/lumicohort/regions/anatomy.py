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
from dataclasses import dataclass, field
from itertools import accumulate, combinations, pairwise

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
class BodyPixels:
    """The pixels of dilated bodies in the luminescent image.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n, n)
        Place (1, 2, …) of the animal that each pixel belongs to; 0 for the bed. Not to be changed.
    flat : ndarray of int, shape (N,)
        Places of the pixels in the image read row by row, animal after animal, rising in each.
    ends : tuple of int
        Where each animal's pixels start in `flat`, and where the last one's end.
    """

    labels: NDArray[np.uint8]
    flat: NDArray[np.intp]
    ends: tuple[int, ...]

    @property
    def counts(self) -> list[int]:
        """Number of pixels of each animal."""
        return [b - a for a, b in pairwise(self.ends)]

    def each(self, values: Sequence[float]) -> FloatArray:
        """Return a value that each animal has at each of its pixels."""
        return np.repeat(np.asarray(values, dtype=np.float64), self.counts)


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
    count : int
        Number of bodies.
    touching : frozenset of int
        Places of the animals whose dilated bodies overlap another's.
    pixel_cm : float
        Pixel size.
    """

    distance_cm: NDArray[np.float32]
    owner: NDArray[np.uint8]
    count: int
    touching: frozenset[int]
    pixel_cm: float
    _pixels: dict[float, BodyPixels] = field(default_factory=dict, init=False, repr=False)

    def dilated(self, margin_cm: float) -> NDArray[np.uint8]:
        """Return the label image of all bodies dilated by a margin, shape (n, n)."""
        return self.pixels(margin_cm).labels

    def pixels(self, margin_cm: float) -> BodyPixels:
        """Return the pixels of all bodies dilated by a margin; kept for whoever asks next."""
        if margin_cm not in self._pixels:
            labels = self.owner * (self.distance_cm <= margin_cm)
            labels.flags.writeable = False
            inside = np.flatnonzero(labels > 0)
            whose = labels.take(inside)
            flats = [inside[whose == place] for place in range(1, self.count + 1)]
            ends = tuple(accumulate(map(len, flats), initial=0))
            flat = np.concatenate([np.empty(0, dtype=np.intp), *flats])
            self._pixels[margin_cm] = BodyPixels(labels, flat, ends)
        return self._pixels[margin_cm]


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
        return BodyMap(distance, owner, 0, frozenset(), pixel)
    fine = mice[0].pixel_cm
    bodies = np.zeros(mice[0].mask.shape, dtype=np.uint8)
    boxes = [box_of(mouse.mask) for mouse in mice]
    for place, (mouse, own) in enumerate(zip(mice, boxes, strict=True), start=1):
        np.copyto(bodies[own], place, where=mouse.mask[own])
    box, squared, whose = nearest_within(bodies, REACH_CM / fine + 2)
    # the outline lies half a pixel from the outermost centres on either side
    signed = np.sqrt(squared, dtype=np.float32)
    signed -= np.float32(0.5)
    signed *= np.float32(fine)
    around = _window(box, fine, pixel, n)
    if abs(pixel - fine) > 1e-9 or around != box:
        signed, whose = _carried(signed, whose, box, fine, around, pixel)
    near = signed < REACH_CM
    distance[around] = np.where(near, signed, np.float32(np.inf))
    owner[around] = whose * near
    touching = _touching(bodies, boxes, margin_cm / fine + 0.5)
    return BodyMap(distance, owner, len(mice), touching, pixel)


def _carried(
    signed: NDArray[np.float32],
    whose: NDArray[np.integer],
    box: Window,
    fine: float,
    around: Window,
    pixel: float,
) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    """Carry distances and owners in a box of the photograph over to the luminescent image."""
    r, c = (((np.arange(s.start, s.stop) + 0.5) * pixel / fine - 0.5) for s in around)
    r, c = r - box[0].start, c - box[1].start
    rows, columns = np.rint(r).astype(np.intp), np.rint(c).astype(np.intp)
    np.clip(rows, 0, signed.shape[0] - 1, out=rows)
    np.clip(columns, 0, signed.shape[1] - 1, out=columns)
    nearest = np.ix_(rows, columns)
    near = _interpolated(signed, r, c) if abs(pixel - fine) > 1e-9 else signed[nearest]
    return near, whose[nearest]


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
    bodies, n = where.pixels(config.margin_cm), where.owner.shape[0]
    rows = bodies.flat // n
    columns = bodies.flat - rows * n
    in_head, in_spine = _parts(mice, bodies, rows, columns, where.pixel_cm, config)
    part = in_head.view(np.uint8) + 2 * in_spine.view(np.uint8)
    parts = np.zeros((n, n), dtype=np.uint8)
    parts.ravel()[bodies.flat] = part
    heads, spines = _picked(bodies, in_head), _picked(bodies, in_spine)
    both = _picked(bodies, part > 0)
    out = []
    for k, own in enumerate(slice(a, b) for a, b in pairwise(bodies.ends)):
        place, window = k + 1, _box(rows[own], columns[own])
        touching = ("touches_neighbour",) if place in where.touching else ()
        flags = (*touching, *mice[k].flags)
        body, here = bodies.labels[window] == place, parts[window]
        cranial, spinal = body & (here == 1), body & (here == 2)
        masks = (body, cranial, spinal, cranial | spinal)
        flats = (bodies.flat[own], heads[k], spines[k], both[k])
        out += [
            Region(place, name, window, mask, flags).knowing(n, flat)
            for name, mask, flat in zip(NAMES, masks, flats, strict=True)
        ]
    return out


def _parts(
    mice: Sequence[Mouse],
    bodies: BodyPixels,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    pixel_cm: float,
    config: Regions,
) -> tuple[BoolArray, BoolArray]:
    """Return which pixels of the dilated bodies are of the cranial and of the spinal part."""
    x, y = (np.asarray(at + 0.5, dtype=np.float64) for at in (columns, rows))
    x *= pixel_cm
    y *= pixel_cm
    at = project_each(x, y, bodies.counts, np.stack([mouse.axis for mouse in mice]))
    s = at.along_cm / bodies.each([mouse.length_cm for mouse in mice])
    in_head = (s >= config.cranial[0]) & (s <= config.cranial[1])
    in_spine = (s >= config.spinal[0]) & (s <= config.spinal[1]) & ~in_head
    in_spine &= at.distance_cm <= bodies.each(
        [config.spinal_width / 2 * mouse.width_cm for mouse in mice]
    )
    return in_head, in_spine


def _picked(bodies: BodyPixels, keep: BoolArray) -> list[NDArray[np.intp]]:
    """Return some of the bodies' pixels, animal by animal."""
    kept = np.flatnonzero(keep)
    flat = bodies.flat.take(kept)
    return [flat[a:b] for a, b in pairwise(kept.searchsorted(bodies.ends).tolist())]


def _box(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Window:
    """Return the rows and columns that hold some pixels; rows rise."""
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns.min()), int(columns.max()) + 1),
    )
