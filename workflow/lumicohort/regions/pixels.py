"""Sets of pixels of the working photograph, kept as a list instead of a mask.

A mouse covers a thirtieth of the photograph; asking the whole of it at every step would cost
more than all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.polyline import FloatArray

BoolArray = NDArray[np.bool_]
Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Pixels:
    """Some pixels of an image, row by row.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Where they are; rows rise.
    shape : (int, int)
        Of the image.
    pixel_cm : float
        Size of a pixel.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    shape: tuple[int, int]
    pixel_cm: float

    def __len__(self) -> int:
        """Return how many pixels there are."""
        return len(self.rows)

    @cached_property
    def points(self) -> FloatArray:
        """Their centres (x, y), cm from the image's upper left corner, shape (n, 2)."""
        out = np.empty((2, len(self.rows)))
        out[0], out[1] = self.columns, self.rows
        out += 0.5
        out *= self.pixel_cm
        return out.T  # x and y each in one piece: what follows works on them one by one

    @cached_property
    def centre(self) -> FloatArray:
        """The mean of their centres (x, y), cm, shape (2,)."""
        return (np.array([self.columns.mean(), self.rows.mean()]) + 0.5) * self.pixel_cm

    def where(self, keep: BoolArray) -> Pixels:
        """Return those for which a condition holds."""
        if "flat" in self.__dict__:
            return pixels_at(self.flat[keep], self.shape, self.pixel_cm)
        return Pixels(self.rows[keep], self.columns[keep], self.shape, self.pixel_cm)

    @cached_property
    def flat(self) -> NDArray[np.intp]:
        """Their places in the image read row by row."""
        return np.asarray(self.rows * self.shape[1] + self.columns)

    def of(self, image: NDArray[np.generic]) -> np.ndarray:
        """Return an image's values there."""
        return np.asarray(image.take(self.flat))

    @cached_property
    def mask(self) -> BoolArray:
        """A mask over the whole image; not to be changed."""
        out = np.zeros(self.shape, dtype=bool)
        out.ravel()[self.flat] = True
        return out

    def box(self, pad: int = 0) -> Box:
        """Return the rows and columns around them, with a margin."""
        top, bottom, left, right = self._edges
        return (
            slice(max(0, top - pad), bottom + pad + 1),
            slice(max(0, left - pad), right + pad + 1),
        )

    @cached_property
    def _edges(self) -> tuple[int, int, int, int]:
        """First and last row, first and last column."""
        return (
            int(self.rows[0]),
            int(self.rows[-1]),
            int(self.columns.min()),
            int(self.columns.max()),
        )

    def near(self, other: Pixels, distance: int) -> bool:
        """Return whether the boxes around both come as close as that, in pixels."""
        top, bottom, left, right = self._edges
        above, below, before, behind = other._edges
        return (
            top <= below + distance
            and above <= bottom + distance
            and left <= behind + distance
            and before <= right + distance
        )

    def overlap(self, other: Pixels) -> float:
        """Return the part that both have in common, of the smaller one."""
        if not self.near(other, 0):
            return 0.0
        return int(other.of(self.mask).sum()) / max(1, min(len(self), len(other)))


def pixels_of(mask: BoolArray, pixel_cm: float, box: Box | None = None) -> Pixels:
    """Return a mask's pixels.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        A mask over the whole image.
    pixel_cm : float
        Size of a pixel.
    box : (slice, slice), optional
        Look only there.

    Returns
    -------
    Pixels
    """
    shape = (mask.shape[0], mask.shape[1])
    if box is None:
        return pixels_at(np.flatnonzero(mask), shape, pixel_cm)  # far faster than np.nonzero
    flat, width = np.flatnonzero(mask[box]), mask[box].shape[1]
    rows = flat // width  # and the rest of it: half the time of both at once
    columns = flat - rows * width + box[1].start
    return Pixels(rows + box[0].start, columns, shape, pixel_cm)


def pixels_at(flat: NDArray[np.intp], shape: tuple[int, int], pixel_cm: float) -> Pixels:
    """Return the pixels at some places in an image read row by row."""
    rows = flat // shape[1]
    out = Pixels(rows, flat - rows * shape[1], shape, pixel_cm)
    out.__dict__["flat"] = flat  # what the property would compute again
    return out


def grouped(
    flat: NDArray[np.intp], labels: NDArray[np.integer], shape: tuple[int, ...], pixel_cm: float
) -> list[tuple[int, Pixels]]:
    """Return pixels label by label.

    Parameters
    ----------
    flat : ndarray of int, shape (n,)
        Places in an image read row by row, in rising order.
    labels : ndarray of int, shape (n,)
        Their labels 1, 2, …; 0 is none.
    shape : (int, int)
        Of the image.
    pixel_cm : float
        Size of a pixel.

    Returns
    -------
    list of (int, Pixels)
        Labels that some pixel has, in rising order, and their pixels.
    """
    labels = labels.astype(np.uint8 if labels.max(initial=0) < 256 else np.uint16)
    # labels are few: sorting takes twice as long
    found = [(k, flat[labels == k]) for k in range(1, int(labels.max(initial=0)) + 1)]
    found = [(k, own) for k, own in found if len(own)]
    if not found:
        return []
    flat = np.concatenate([own for _, own in found])
    rows = flat // shape[1]
    columns = flat - rows * shape[1]
    ends = np.array([len(own) for _, own in found]).cumsum()
    starts = np.concatenate([[0], ends[:-1]])
    edges = zip(
        rows.take(starts).tolist(),
        rows.take(ends - 1).tolist(),
        np.minimum.reduceat(columns, starts).tolist(),
        np.maximum.reduceat(columns, starts).tolist(),
        strict=True,
    )
    out = []
    for (label, place), a, b, edge in zip(
        found, starts.tolist(), ends.tolist(), edges, strict=True
    ):
        own = Pixels(rows[a:b], columns[a:b], (shape[0], shape[1]), pixel_cm)
        # what the properties would compute again, one by one
        own.__dict__["flat"], own.__dict__["_edges"] = place, edge
        out.append((label, own))
    return out


def beside(foreground: BoolArray, bodies: Sequence[Pixels]) -> FloatArray:
    """Return the centres (x, y) of the foreground's pixels that are of no body, cm, (2, n)."""
    part = foreground.copy()
    for body in bodies:
        part.ravel()[body.flat] = False
    return pixels_of(part, bodies[0].pixel_cm).points.T
