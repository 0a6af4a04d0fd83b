"""What a region of interest is, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lumicohort.regions.photograph import BoolArray

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A region of one animal, in the luminescent image's pixels.

    Parameters
    ----------
    place : int
        The animal's place among the animals of the click, from 1 at the left.
    name : str
        `whole_body`, `cranial`, `spinal`, `neuraxis`, or the label of a drawn ROI.
    window : (slice, slice)
        Rows and columns of the image that `mask` covers.
    mask : ndarray of bool
        Pixels of the region within the window.
    flags : tuple of str
        What a reader of its numbers should know.
    background : Region or None
        A region drawn to give this one's background.
    """

    place: int
    name: str
    window: Window
    mask: BoolArray
    flags: tuple[str, ...] = ()
    background: Region | None = None

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.mask))

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return the values of an image inside the region, shape (n_pixels,)."""
        return np.asarray(image[self.window][self.mask])

    def full(self, shape: tuple[int, int]) -> BoolArray:
        """Return the mask over the whole image."""
        out = np.zeros(shape, dtype=bool)
        out[self.window] = self.mask
        return out


def cropped(place: int, name: str, mask: BoolArray, **more: object) -> Region:
    """Return a region from a mask over the whole image."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if len(rows) == 0:
        window: Window = (slice(0, 0), slice(0, 0))
    else:
        window = (
            slice(int(rows[0]), int(rows[-1]) + 1),
            slice(int(columns[0]), int(columns[-1]) + 1),
        )
    return Region(place, name, window, mask[window], **more)  # type: ignore[arg-type]
