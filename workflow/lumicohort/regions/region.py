"""What a region of interest is, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import accumulate, combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.photograph import BoolArray

Window = tuple[slice, slice]

OVERLAPS = "overlaps_another_animal"
"""Flag of a region whose light is counted for another animal as well."""


@dataclass(frozen=True, eq=False)
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
    method : str
        Where the region comes from, where it is not what the click's regions come from (`review`).
    placed : str
        How it was laid, in words for a reader of `rois.csv`.
    animal_id : str
        The animal it belongs to, where a reviewer gave it to another than that of `place`.
    rejected : str
        Why a reviewer rejected it; blank where nobody did.
    accepted : bool
        Whether a reviewer looked at it and accepted it as it is.
    """

    place: int
    name: str
    window: Window
    mask: BoolArray
    flags: tuple[str, ...] = ()
    background: Region | None = None
    method: str = ""
    placed: str = ""
    animal_id: str = ""
    rejected: str = ""
    accepted: bool = False

    @cached_property
    def _flat(self) -> dict[int, NDArray[np.intp]]:
        return {}

    @cached_property
    def n_pixels(self) -> int:
        """Number of pixels."""
        for flat in self._flat.values():
            return len(flat)
        return int(np.count_nonzero(self.mask))

    def flat(self, width: int) -> NDArray[np.intp]:
        """Return where its pixels are in an image so wide, read row by row, shape (n_pixels,)."""
        if width not in self._flat:
            inside, own = np.flatnonzero(self.mask), self.mask.shape[1]
            first = self.window[0].start * width + self.window[1].start
            flat = inside // max(own, 1)
            flat *= width - own
            flat += inside
            flat += first
            self._flat[width] = flat
        return self._flat[width]

    def knowing(self, width: int, flat: NDArray[np.intp]) -> Region:
        """Return itself, told what `flat(width)` is by who knows it from making the mask."""
        self._flat[width] = flat
        return self

    def of(self, image: np.ndarray) -> np.ndarray:
        """Return the values of an image inside the region, shape (n_pixels,)."""
        if image.strides == (0, 0):  # one number for all pixels
            return np.full(self.n_pixels, image[0, 0])
        if not image.flags.c_contiguous:
            return np.asarray(image[self.window][self.mask])
        return np.asarray(image.take(self.flat(image.shape[1])))

    def like(self, **changes: object) -> Region:
        """Return a region of the same pixels; what was worked out of these is kept."""
        out = replace(self, **changes)  # type: ignore[arg-type]
        for name in ("_flat", "n_pixels", "_centre"):
            if name in self.__dict__:
                out.__dict__[name] = self.__dict__[name]
        return out

    def full(self, shape: tuple[int, int]) -> BoolArray:
        """Return the mask over the whole image."""
        out = np.zeros(shape, dtype=bool)
        out[self.window] = self.mask
        return out

    def centre_cm(self, pixel_cm: float) -> tuple[float, float]:
        """Return the centroid (x, y) in cm from the image's upper left; NaN without pixels."""
        x, y = self._centre
        return (x + 0.5) * pixel_cm, (y + 0.5) * pixel_cm

    @cached_property
    def _centre(self) -> tuple[float, float]:
        """Mean column and row of the pixels; NaN without any."""
        width = next(iter(self._flat), self.window[1].stop)
        flat = self.flat(width)
        row = int((flat // max(width, 1)).sum())
        return self._mean(row, int(flat.sum()) - row * width)

    def _mean(self, rows: int, columns: int) -> tuple[float, float]:
        """Return mean column and row from the sums of both, which are exact as whole numbers."""
        n, (height, width) = self.n_pixels, self.window
        if n == 0:
            return float("nan"), float("nan")
        return (
            width.start + (columns - n * width.start) / n,
            height.start + (rows - n * height.start) / n,
        )


@dataclass(frozen=True, slots=True, eq=False)
class RegionPixels:
    """The pixels of several regions of an image, region after region.

    A click has twenty regions of a thousand pixels: summing images over all of them at once costs
    a tenth of going from region to region.

    Parameters
    ----------
    flat : ndarray of int
        Their places in the image read row by row.
    spans : list of slice
        Which of them each region has.
    filled : list of int
        Which regions have any.
    """

    flat: NDArray[np.intp]
    spans: list[slice]
    filled: list[int]

    @classmethod
    def of(cls, regions: Sequence[Region], n: int) -> RegionPixels:
        """Return the pixels of regions in an image n pixels wide."""
        return _pixels_of(tuple(regions), n)

    def take(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return an image's values in all regions."""
        return np.asarray(image.take(self.flat))

    def reduced(self, values: NDArray[Any], by: np.ufunc, empty: float) -> NDArray[Any]:
        """Return sums, or maxima, of values region by region; `empty` for one without pixels."""
        if not self.filled:
            return np.full(len(self.spans), empty, dtype=values.dtype)
        found: NDArray[Any] = by.reduceat(values, [self.spans[k].start for k in self.filled])
        if len(self.filled) == len(self.spans):
            return found
        out = np.full(len(self.spans), empty, dtype=values.dtype)
        out[self.filled] = found
        return out


@lru_cache(maxsize=2)
def _pixels_of(regions: tuple[Region, ...], n: int) -> RegionPixels:
    """Return the regions' pixels; kept for the next click, which drawn regions may be those of."""
    flats = [region.flat(n) for region in regions]
    spans = [slice(a, b) for a, b in pairwise(accumulate(map(len, flats), initial=0))]
    filled = [k for k, flat in enumerate(flats) if len(flat)]
    return RegionPixels(np.concatenate([np.empty(0, dtype=np.intp), *flats]), spans, filled)


def find_centres(regions: Sequence[Region], n: int) -> None:
    """Work out the centroids of all regions of an image at once, for `centre_cm` to return."""
    if all("_centre" in region.__dict__ for region in regions):
        return
    pixels = RegionPixels.of(regions, n)
    rows = pixels.reduced(pixels.flat // n, np.add, 0).tolist()
    flats = pixels.reduced(pixels.flat, np.add, 0).tolist()
    for region, row, flat in zip(regions, rows, flats, strict=True):
        region.__dict__["_centre"] = region._mean(row, flat - row * n)


def overlapping(regions: Sequence[Region], shape: tuple[int, int]) -> list[Region]:
    """Flag regions that share pixels with another animal's.

    Parameters
    ----------
    regions : sequence of Region
        Regions of all animals of a click.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    list of Region
        The same regions; `overlaps_another_animal` is added to the flags of those concerned.
    """
    return list(_overlapping(tuple(regions), shape))


@lru_cache(maxsize=2)
def _overlapping(regions: tuple[Region, ...], shape: tuple[int, int]) -> Sequence[Region]:
    """Flag regions; kept for the next click, which drawn regions may be those of."""
    whose_is = [region.animal_id or str(region.place) for region in regions]
    if not any(
        a != b and _meet(one.window, other.window)
        for (one, a), (other, b) in combinations(zip(regions, whose_is, strict=True), 2)
    ):
        return regions
    owners: dict[str, BoolArray] = {}
    for region, whose in zip(regions, whose_is, strict=True):
        covered = owners.setdefault(whose, np.zeros(shape, dtype=bool))
        covered[region.window] |= region.mask
    times = np.zeros(shape, dtype=np.uint8)
    for covered in owners.values():
        times += covered
    shared = times > 1
    if not shared.any():
        return regions
    return [
        region.like(flags=(*region.flags, OVERLAPS))
        if OVERLAPS not in region.flags and region.of(shared).any()
        else region
        for region in regions
    ]


def _meet(one: Window, other: Window) -> bool:
    """Return whether two windows have a pixel in common."""
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))


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
