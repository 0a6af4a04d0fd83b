"""Background of a click.

Background is what the camera reports where no animal is: leftover dark charge, stray light, a
glowing bed. It is measured outside all animals and away from the light that bright animals throw
on the bed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from lumicohort.radiometry import RadianceImage
from lumicohort.ranks import median
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.region import Region

if TYPE_CHECKING:
    from lumicohort.radiometry.coefficients import FlatFieldCoefs

CLEAR_CM = 1.0
"""Pixels nearer to a body than this are no background."""
LITTLE_CLEAR_CM = 0.3
"""The same, where the field of view leaves too few pixels otherwise."""
LEAST_AREA_CM2 = 15.0
"""Background area below which it counts as little."""
BLOCK_CM = 0.4
"""Side of the blocks in which light spill is looked for."""
TILE_CM = 2.0
"""Side of the tiles that show how the background varies from place to place."""
TRACK_BLOCKS = 4
"""Blocks that a cosmic particle's track of up to three pixels reaches, at most."""
SPOT = 5.0
"""Standard deviations from which a spot is one and not noise: one block of 3 million."""
OUTLYING = 3.5
"""Robust standard deviations from which a block is light spill (or a defect), not background."""


@dataclass(frozen=True, slots=True)
class Background:
    """Background of a click; all radiances in p/s/cm²/sr.

    Parameters
    ----------
    radiance : float
        Mean radiance.
    se : float
        Its standard error.
    place_sd : float
        Standard deviation from place to place beyond pixel noise.
    pixel_variance : float
        Variance of one background pixel where the lens's response is 1.
    n_pixels : int
        Pixels used.
    df : int
        Degrees of freedom of the prediction limit (tiles less one).
    flags : tuple of str
        `little_background` where hardly any bed is seen; `no_background` where none is.
    common_se : float
        Mean of the standard error that all pixels share (:class:`RadianceImage`).
    spots : tuple of float
        Light (p/s/cm²/sr, summed over pixels) of single bright spots on the bed: cosmic hits that
        were not replaced.
    searched : int
        Pixels of the bed on which they were looked for.
    """

    radiance: float
    se: float
    place_sd: float
    pixel_variance: float
    n_pixels: int
    df: int
    flags: tuple[str, ...] = ()
    common_se: float = 0.0
    spots: tuple[float, ...] = ()
    searched: int = 0


def response_of(image: RadianceImage) -> NDArray[np.float64] | None:
    """Return the lens's response that the calibration divided by, or None where it did not."""
    from lumicohort.radiometry.steps import flat_field

    coefs = _coefs(image)
    return None if coefs is None else flat_field(image.n, image.fov_cm, coefs)


def rounding_of(image: RadianceImage) -> NDArray[np.float64] | None:
    """Return the relative error that the printed digits leave in the flat field, or None."""
    from lumicohort.radiometry.steps import flat_field_rounding

    coefs = _coefs(image)
    return None if coefs is None else flat_field_rounding(image.n, image.fov_cm, coefs)


def _coefs(image: RadianceImage) -> FlatFieldCoefs | None:
    """Return the coefficients of the flat field that the calibration divided by."""
    coefs = image.applied.get("flat_field")
    if not isinstance(coefs, (list, tuple)) or len(coefs) != 7:
        return None
    return cast("FlatFieldCoefs", tuple(coefs))


def measure_background(
    image: RadianceImage, distance_cm: NDArray[np.float32], response: FloatArray | None = None
) -> Background:
    """Measure the background of a click.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    distance_cm : ndarray, shape (n, n)
        Distance to the nearest body (infinite where none is near).
    response : ndarray, shape (n, n), optional
        The lens's relative response, by which noise was scaled up towards the corners.

    Returns
    -------
    Background
        The background.
    """
    clear = ~(image.cosmic | image.saturated)
    flags: tuple[str, ...] = ()
    usable = clear & (distance_cm > CLEAR_CM)
    pixel_area = image.pixel_cm**2
    searched = int(np.count_nonzero(usable))
    if searched * pixel_area < LEAST_AREA_CM2:
        usable = clear & (distance_cm > LITTLE_CLEAR_CM)
        searched = int(np.count_nonzero(usable))
        flags = ("little_background",)
    if searched * pixel_area < 1.0:
        # nothing to take it from: the calibration's own zero stands
        middle = float(np.median(image.variance))
        return Background(0.0, 0.0, 0.0, middle, 0, 1, ("no_background",))
    bed = _Bed.of(usable, image.radiance, image.variance)
    kept, spots = _without_spill(bed, image.pixel_cm)
    if kept is not None:
        bed.keep(kept)
    number = int(np.count_nonzero(bed.usable))
    radiance = float(bed.light.sum()) / number
    place_sd, tiles = _between_places(bed, image.pixel_cm)
    variance = float(bed.variance.sum())
    se = math.hypot(math.sqrt(variance) / number, place_sd / math.sqrt(max(tiles, 1)))
    if response is not None:
        variance = float(np.vdot(bed.variance, _squared(response)))
    pixel_variance = variance / number
    common = image.common_se
    if common.strides == (0, 0):  # one number for all pixels
        common_se = float(common[0, 0])
    else:
        common_se = float((common * bed.usable).sum()) / number
    df = max(tiles - 1, 1)
    return Background(
        radiance, se, place_sd, pixel_variance, number, df, flags, common_se, spots, searched
    )


_last: tuple[FloatArray, FloatArray] | None = None


def _squared(response: FloatArray) -> FloatArray:
    """Return the square of the response; kept for the next click, mostly of the same camera."""
    global _last
    if _last is None or _last[0] is not response:
        _last = response, np.square(response)
    return _last[1]


@dataclass(slots=True, eq=False)
class _Bed:
    """Pixels of the bed, and the images' values there; 0 elsewhere. Its arrays are its own."""

    usable: BoolArray
    light: FloatArray
    variance: FloatArray

    @classmethod
    def of(cls, usable: BoolArray, light: FloatArray, variance: FloatArray) -> _Bed:
        """Return some pixels of images."""
        weight = usable.astype(np.float64)  # numbers times numbers go faster than times truths
        part = light.copy()  # numbers changed in place go faster than into another array
        part *= weight
        weight *= variance
        return cls(usable, part, weight)

    def keep(self, kept: BoolArray) -> None:
        """Leave out the pixels that are not among some."""
        self.usable &= kept
        weight = kept.astype(np.float64)
        self.light *= weight
        self.variance *= weight


def _blocks(image: NDArray[Any], side: int) -> FloatArray:
    """Return an image's sums over square blocks; rows and columns left over are dropped."""
    n = image.shape[0] // side
    kind: type[np.number[Any]] = np.float64
    if image.dtype == bool:  # counted in as few bytes as hold a block's side
        image, kind = image.view(np.uint8), np.uint8 if side < 256 else np.int32
    by_row = image[: n * side].reshape(n, side, -1).sum(axis=1, dtype=kind)[:, : n * side]
    # turned round, as sums along rows cost more than sums of rows
    by_column = np.ascontiguousarray(by_row.T, dtype=np.float64).reshape(n, side, n).sum(axis=1)
    return np.ascontiguousarray(by_column.T)


def _without_spill(bed: _Bed, pixel_cm: float) -> tuple[BoolArray | None, tuple[float, ...]]:
    """Return which pixels lie in blocks whose mean does not stand out; None for all.

    And the light, beyond the others', of every few blocks that stand out alone.
    """
    side = max(1, round(BLOCK_CM / pixel_cm))
    total, number = _blocks(bed.light, side), _blocks(bed.usable, side)
    whole = number >= 0.5 * side**2
    if np.count_nonzero(whole) < 12:
        return None, ()
    variance = float(bed.variance.sum()) / np.count_nonzero(bed.usable)
    least = np.maximum(number, 1)
    noise = np.sqrt(variance / least)
    mean = total / least
    at = np.flatnonzero(whole)
    means, noises = mean.take(at), OUTLYING * noise.take(at)
    inside, here = np.ones(at.size, dtype=bool), means
    for _ in range(6):
        centre = median(here)
        spread = OUTLYING * (1.4826 * median(np.abs(here - centre)))
        new = np.abs(means - centre) < np.maximum(noises, spread)
        if np.array_equal(new, inside) or np.count_nonzero(new) < 12:
            break
        inside, here = new, means[new]
    kept = np.zeros_like(whole)
    kept.ravel()[at] = inside
    big = np.zeros_like(bed.usable)
    across = len(kept) * side
    by_row = big[:across].reshape(len(kept), side, -1)
    by_row[:, :, :across] = np.repeat(kept, side, axis=1)[:, None]
    bright = whole & ~kept & (mean > centre)
    if not bright.any():
        return big, ()
    return big, _alone(bright, (mean - centre) * number, bed.variance, side)


def _alone(
    bright: BoolArray, excess: FloatArray, variance: FloatArray, side: int
) -> tuple[float, ...]:
    """Return the light of bright blocks by spot; an animal's spill covers more than a track.

    Towards the corners noise is larger than the mean: a spot stands out of its own.
    """
    at = np.flatnonzero(bright)  # blocks are few, and of them alone the variance is needed
    rows, columns = np.divmod(at, bright.shape[1])
    spot = np.array(_spots(rows, columns, bright.shape[1]))
    blocks = np.bincount(spot)
    light = np.bincount(spot, excess.take(at))
    within = np.arange(side)
    square = (within[:, None] * variance.shape[1] + within).ravel()
    pixels = (rows * variance.shape[1] + columns)[:, None] * side + square
    own = np.bincount(spot, variance.take(pixels).sum(axis=1))
    sure = (blocks <= TRACK_BLOCKS) & (light > SPOT * np.sqrt(own))
    return tuple(light[sure].tolist())


def _spots(rows: NDArray[np.intp], columns: NDArray[np.intp], across: int) -> list[int]:
    """Return the spot (0, 1, …) of each block, row by row; corners touch as well.

    What SciPy's `label` does, for the few blocks that are bright: to load it would take as long as
    measuring 50 clicks.
    """
    wide = across + 1  # so that what ends a row touches nothing of the next
    places = (rows * wide + columns).tolist()
    spot_at: dict[int, list[int]] = {}
    for place in places:
        spot = [place]
        for before in (place - 1, place - wide - 1, place - wide, place - wide + 1):
            other = spot_at.get(before)
            if other is not None and other is not spot:
                other += spot
                spot_at.update(dict.fromkeys(spot, other))
                spot = other
        spot_at[place] = spot
    numbers: dict[int, int] = {}
    return [numbers.setdefault(id(spot), len(numbers)) for spot in spot_at.values()]


def _between_places(bed: _Bed, pixel_cm: float) -> tuple[float, int]:
    """Return the standard deviation of tiles beyond pixel noise, and the number of tiles."""
    side = max(2, round(TILE_CM / pixel_cm))
    total, number = _blocks(bed.light, side), _blocks(bed.usable, side)
    variances = _blocks(bed.variance, side)
    full = number >= 0.4 * side**2
    tiles = int(full.sum())
    if tiles < 3:
        return 0.0, tiles
    mean = total[full] / number[full]
    expected = float((variances[full] / number[full] ** 2).mean())
    return float(np.sqrt(max(float(mean.var(ddof=1)) - expected, 0.0))), tiles


def drawn_background(image: RadianceImage, region: Region) -> Background:
    """Return the background of a region that was drawn for it in Living Image.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    region : Region
        The background ROI.

    Returns
    -------
    Background
        Its mean, with no statement on other places.
    """
    values = region.of(image.radiance)
    variance = region.of(image.variance)
    if len(values) == 0:
        return Background(0.0, 0.0, 0.0, float(np.median(image.variance)), 0, 1)
    se = float(np.sqrt(variance.sum()) / len(values))
    df = max(len(values) - 1, 1)
    common_se = float(region.of(image.common_se).mean())
    return Background(
        float(values.mean()),
        se,
        0.0,
        float(variance.mean()),
        len(values),
        df,
        ("bkg_roi",),
        common_se,
    )
