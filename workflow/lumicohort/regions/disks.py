"""Erosion, dilation and opening of masks by disks, and nearest pixels, at little cost.

A disk is the set of pixels whose centres lie no farther than its radius: the same as cutting a
Euclidean distance transform at the radius, at a fifth of the cost for the small radii here.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def dilated(mask: BoolArray, radius: float) -> BoolArray:
    """Return the pixels no farther than `radius` (pixels) from a mask.

    The disk is a stack of rows: the mask is widened step by step along the rows, and each width
    is laid over the rows that the disk has it in.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        The mask.
    radius : float
        Radius of the disk (pixels).

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    h, w = mask.shape
    width = w + int(radius)
    return _mask_of(_dilated(_bits_of(mask, width), radius, width), h, w, width)


def _bits_of(mask: BoolArray, width: int) -> int:
    """Return a mask as one whole number: bit `row * width + column`.

    Shifting and joining such a number takes a third of the time of doing so with bytes. Rows are
    wider than the mask, so that what is shifted does not run from one into the next.
    """
    wide = np.zeros((mask.shape[0], width), dtype=bool)
    wide[:, : mask.shape[1]] = mask
    return int.from_bytes(np.packbits(wide, bitorder="little").tobytes(), "little")


def _mask_of(bits: int, h: int, w: int, width: int) -> BoolArray:
    """Return the mask of a whole number; what lies below its last row is dropped."""
    count = h * width
    stored = (bits & ((1 << count) - 1)).to_bytes((count + 7) // 8, "little")
    wide = np.unpackbits(np.frombuffer(stored, dtype=np.uint8), count=count, bitorder="little")
    return wide.reshape(h, width)[:, :w].astype(bool)


def _dilated(bits: int, radius: float, width: int) -> int:
    """Return a mask's bits dilated by a disk; rows below the last and margins hold rubbish."""
    wide, out, half = bits, 0, 0
    for row in range(int(radius), -1, -1):
        wanted = int((radius**2 - row**2) ** 0.5)
        while half < wanted:
            half += 1
            wide |= bits << half | bits >> half
        down = row * width
        out |= wide << down | wide >> down
    return out


def opened(mask: BoolArray, radius: float) -> BoolArray:
    """Return a mask opened by a disk: all disks that lie wholly inside it.

    The image's outermost rows and columns are taken to go on beyond it for two pixels.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        The mask.
    radius : float
        Radius of the disk (pixels).

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    h, w = mask.shape[0] + 4, mask.shape[1] + 4
    width = w + int(radius)
    image = _image_bits(h, w, width)
    edged = np.empty((h, w), dtype=bool)  # `numpy.pad` takes longer than the opening
    edged[2:-2, 2:-2] = mask
    edged[2:-2, :2], edged[2:-2, -2:] = mask[:, :1], mask[:, -1:]
    edged[:2], edged[-2:] = edged[2], edged[-3]
    outside = image ^ _bits_of(edged, width)
    inside = image & ~_dilated(outside, radius, width)
    return _mask_of(_dilated(inside, radius, width), h, w, width)[2:-2, 2:-2]


@lru_cache(maxsize=16)
def _image_bits(h: int, w: int, width: int) -> int:
    """Return the bits of a mask that holds all pixels of an image."""
    return _bits_of(np.ones((h, w), dtype=bool), width)


def dilated_by_square(mask: BoolArray, reach: int) -> BoolArray:
    """Return the pixels no more than `reach` rows and columns from a mask."""
    h, w = mask.shape
    width = w + reach
    out = _bits_of(mask, width)
    for stride in (1, width):
        reached = 0
        while reached < reach:  # each round carries as far again
            away = min(reached + 1, reach - reached) * stride
            out |= out << away | out >> away
            reached += away // stride
    return _mask_of(out, h, w, width)


def opened_by_square(mask: BoolArray) -> BoolArray:
    """Return a mask opened by a square of 2 x 2 pixels: specks and lines one pixel wide go."""
    whole = mask[:-1, :-1] & mask[1:, :-1]
    whole &= mask[:-1, 1:]
    whole &= mask[1:, 1:]
    out = np.zeros_like(mask)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            out[rows, columns] |= whole
    return out


def without_small_holes(mask: BoolArray, largest: int) -> BoolArray:
    """Return a mask whose holes of up to `largest` pixels (joined at their sides) are filled."""
    from scipy.ndimage import label

    h, w = mask.shape
    width = w + 1
    bits = _image_bits(h, w, width) ^ _bits_of(mask, width)
    # no small hole is as long as this: what hangs on such a run is bed
    bed = _in_runs(bits, largest + 1, 1) | _in_runs(bits, largest + 1, width)
    grown = 0
    while grown != bed:
        grown, bed = bed, bed | (bits & (bed << 1 | bed >> 1 | bed << width | bed >> width))
    rest = bits ^ bed
    if not rest:
        return mask
    holes = _mask_of(rest, h, w, width)
    if rest.bit_count() > largest:
        parts, count = label(holes)
        small = np.bincount(parts.ravel(), minlength=count + 1) <= largest
        small[0] = False
        holes = small[parts]
    return mask | holes


def _in_runs(bits: int, length: int, stride: int) -> int:
    """Return the bits that lie in rows of so many, a stride apart."""
    steps: list[int] = []
    while sum(steps) < length - 1:
        steps.append(min(sum(steps) + 1, length - 1 - sum(steps)))
        bits &= bits >> steps[-1] * stride
    for step in steps:
        bits |= bits << step * stride
    return bits


def hanging_on(labels: NDArray[np.uint8], seeds: BoolArray) -> BoolArray:
    """Return the pixels that hang on seeds by way of pixels with their own label.

    Parameters
    ----------
    labels : ndarray of uint8, shape (h, w)
        Labels 1, 2, …; 0 is none. Pixels hang together by their sides.
    seeds : ndarray of bool, shape (h, w)
        Labelled pixels to start from.

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    h, w = labels.shape
    width = w + 1
    some = labels > 0
    right, below = np.zeros_like(seeds), np.zeros_like(seeds)
    np.equal(labels[:, 1:], labels[:, :-1], out=right[:, :-1])
    np.equal(labels[1:], labels[:-1], out=below[:-1])
    # pixels that hang together with the one to the right, and the one below
    across, down = _bits_of(right & some, width), _bits_of(below & some, width)
    out, before = _bits_of(seeds, width), 0
    while out != before:
        before = out
        out |= (out & across) << 1 | out >> 1 & across
        out |= (out & down) << width | out >> width & down
    return _mask_of(out, h, w, width)


def box_of(mask: BoolArray, pad: int = 0) -> tuple[slice, slice]:
    """Return the rows and columns that hold a mask, with a margin; empty where it is empty."""
    truths = mask.tobytes()  # searching bytes takes a fifth of the time of asking every row
    first = truths.find(1)
    if first < 0:
        return slice(0, 0), slice(0, 0)
    h, w = mask.shape
    top, bottom = first // w, truths.rfind(1) // w
    columns: BoolArray = np.any(mask[top : bottom + 1], axis=0)
    left, right = int(columns.argmax()), w - 1 - int(columns[::-1].argmax())
    return (
        slice(max(0, top - pad), min(h, bottom + pad + 1)),
        slice(max(0, left - pad), min(w, right + pad + 1)),
    )


def nearest_within(
    labels: NDArray[np.integer], reach: float
) -> tuple[tuple[slice, slice], NDArray[np.integer], NDArray[np.integer]]:
    """Return how far the nearest labelled pixel is, and its label, around what is labelled.

    Along the columns first, then along the rows: what a pixel of the same row has, and how far
    that pixel is (Saito & Toriwaki, *Pattern Recognition* 27, 1551-1565, 1994). Within a short
    reach that is some dozens of whole-image steps.

    Parameters
    ----------
    labels : ndarray of int, shape (h, w)
        Labels 1, 2, …; 0 is none.
    reach : float
        Greatest distance (pixels).

    Returns
    -------
    box : (slice, slice)
        Rows and columns within reach of labels; no pixel elsewhere is.
    squared : ndarray of int
        Squared distance in pixels; at labelled pixels 0. Beyond the reach any larger number.
    nearest : ndarray of int
        The nearest one's label (of two the smaller); 0 beyond the reach.
    """
    far = int(reach)
    box = box_of(labels > 0, far)
    part = labels[box]
    h, w = part.shape
    step = 1 << int(part.max(initial=0)).bit_length()  # a power of two above all labels
    # squared distance times `step`, plus label: the least of them has both
    kind = np.uint16 if 2 * (far + 1) ** 2 * step < 2**16 else np.int64
    width = w + far  # so that no row runs into the next one
    found = np.full((h, width), (far + 1) * step, dtype=kind)
    found[:, :w] = part == 0  # arithmetic with truths takes a third of the time of copying by them
    found[:, :w] *= kind((far + 1) * step)
    found[:, :w] += part.astype(kind, copy=False)
    found = _least_along(found.ravel(), width, far, step)
    nearest = found & kind(step - 1)
    found >>= kind(step.bit_length() - 1)
    found *= found
    found <<= kind(step.bit_length() - 1)
    found += nearest
    found = _least_within(found, far, step).reshape(h, width)[:, :w]
    squared = found >> kind(step.bit_length() - 1)
    nearest = found & kind(step - 1)
    nearest *= squared <= int(reach**2)
    return box, squared, nearest


def _least_along(
    values: NDArray[np.integer], stride: int, far: int, step: int
) -> NDArray[np.integer]:
    """Return the least of the values up to so many strides away, plus the distance.

    Distances that are not squared add up: each round carries twice as far as the one before.
    """
    moved = np.empty_like(values)
    reached = 0
    while reached < far:
        away = min(reached + 1, far - reached)
        shift = away * stride
        if shift >= len(values):
            break
        np.add(values, values.dtype.type(away * step), out=moved)
        values = values.copy()
        np.minimum(values[shift:], moved[:-shift], out=values[shift:])
        np.minimum(values[:-shift], moved[shift:], out=values[:-shift])
        reached += away
    return values


def _least_within(values: NDArray[np.integer], far: int, step: int) -> NDArray[np.integer]:
    """Return the least of the values up to so many places away, plus the squared distance."""
    out, moved = values.copy(), np.empty_like(values)
    for away in range(1, min(far, len(values) - 1) + 1):
        np.add(values, values.dtype.type(away * away * step), out=moved)
        np.minimum(out[away:], moved[:-away], out=out[away:])
        np.minimum(out[:-away], moved[away:], out=out[:-away])
    return out


def nearest_label(labels: NDArray[np.integer], where: BoolArray, reach: float) -> NDArray[np.intp]:
    """Return the label nearest to some pixels.

    Parameters
    ----------
    labels : ndarray of int, shape (h, w)
        Labels 1, 2, …; 0 is none.
    where : ndarray of bool, shape (h, w)
        The pixels asked for; they have no label.
    reach : float
        Greatest distance (pixels).

    Returns
    -------
    ndarray of int, shape (where.sum(),)
        In the order of `labels[where]`; 0 where no label is within reach.
    """
    out = np.zeros(labels.shape, dtype=np.intp)
    box, _, nearest = nearest_within(labels, reach)
    out[box] = nearest
    return out[where]
