"""The photograph cut into light and dark: what may be animals, and what is bed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lumicohort.ranks import median, percentile
from lumicohort.regions.disks import dilated, dilated_by_square
from lumicohort.regions.photograph import (
    BoolArray,
    WorkingPhotograph,
    histogram,
    surface_through,
)
from lumicohort.regions.polyline import FloatArray

METAL = 0.8
"""Logarithm of how much brighter than the usual coat metal is, at least."""

FAINT = 0.6
"""A coat whose level differs less than this from the bed's is nearly as dark as the bed: nude and
white mice lie above 1.1, and bed and shaded flanks no longer differ by more than the texture."""
FAINT_SURE = 0.20
"""Level of a smoothed photograph that is surely a faint coat."""
FAINT_LEAST = (0.12, 0.15)
"""Levels that are a faint coat where they adjoin that; the second where patches of the bed join
mice at the first. Chosen on drawn photographs, whose coats have a level of 0.19 to 0.37."""
FAINT_RIM_CM = 0.1
"""Width of the rim that such a coat's own shade hides."""
FAINT_BARE = 0.45
"""Level above which ears, feet and tails of faint coats are told from patches of the felt."""
FAINT_SMOOTH_CM = 0.17
"""Standard deviation of that smoothing: more than the felt's grain, less than an ear."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """One way to tell animals from bed: all that is lighter, or darker, than a level.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        What may be animals.
    metal : ndarray of bool, shape (h, w)
        What shines as no coat does: metal and reflections, such as those of nose cones.
    light : bool
        Whether animals are lighter than the bed.
    threshold : float
        The level.
    thin : ndarray of bool, shape (h, w)
        Where ears, feet and tails are looked for: `mask`, or the bare skin of faint coats.
    """

    mask: BoolArray
    metal: BoolArray
    light: bool
    threshold: float
    thin: BoolArray


def foregrounds(photo: WorkingPhotograph) -> Iterator[Foreground]:
    """Yield ways to tell animals from bed, the likeliest first.

    Otsu's threshold comes first (light animals on a dark bed, the common case), then multi-level
    Otsu thresholds and fixed contrasts, for light and for dark coats.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.

    Yields
    ------
    Foreground
        A mask of what may be animals. Pixels far lighter than most of it (metal, reflections)
        are left out.
    """
    from skimage.filters import threshold_multiotsu, threshold_otsu

    level = photo.level
    some = level[::2, ::2].ravel()  # a quarter of the pixels tells a threshold as well
    low, high = percentile(some, 0.5), percentile(some, 99.0)
    clipped = np.clip(some, low, high)
    # a contrast below this is the bed's own texture
    least = max(3.0 * photo.noise, 0.15)
    if high - low < 2 * least:
        return

    def thresholds() -> Iterator[float]:
        # half-way between bed and Otsu's threshold: flanks are shaded and would be lost
        otsu = float(threshold_otsu(hist=histogram(clipped, low, high, 128)))
        yield _away(0.5 * otsu, least)
        yield otsu
        for classes in (3, 4):
            try:
                found = threshold_multiotsu(clipped, classes=classes, nbins=64)
            except ValueError:  # fewer grey levels than classes
                continue
            for threshold in found:
                yield _away(0.5 * float(threshold), least)
                yield float(threshold)
        yield from (0.5, -0.5, 0.3, -0.3)

    done: list[float] = []
    for threshold in thresholds():
        if abs(threshold) < least or any(abs(threshold - t) < 0.06 for t in done):
            continue
        done.append(threshold)
        light = threshold > 0
        mask = level > threshold if light else level < threshold
        # coats in one photograph differ by less than metal from coat
        coat = some[some > threshold] if light else some[:0]
        usual = median(coat) if coat.size else 0.0
        metal = level > usual + (METAL if light else 2 * METAL)
        mask &= ~metal
        yield Foreground(mask, metal, light, threshold, mask)


def faint_foreground(
    photo: WorkingPhotograph, least: float
) -> tuple[WorkingPhotograph, Foreground]:
    """Return what may be animals with coats nearly as dark as the bed.

    Smoothing takes the felt's grain off; a low threshold is followed from what is surely lighter
    (hysteresis thresholding; Canny 1986).

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    least : float
        The low threshold.

    Returns
    -------
    WorkingPhotograph
        The photograph, its bed levelled anew around what was found.
    Foreground
        A mask of what may be animals, tails and nose cones.
    """
    from scipy.ndimage import gaussian_filter

    metal = photo.level > FAINT + METAL
    # ears and tails shine next to a faint coat: cut, so that smoothing does not widen them
    clipped = np.clip(photo.level, -0.5, 2 * FAINT_SURE)
    smooth = gaussian_filter(clipped, FAINT_SMOOTH_CM / photo.pixel_cm)
    around = int(0.3 / photo.pixel_cm)
    bed = np.zeros_like(smooth)
    mask = np.zeros(smooth.shape, dtype=bool)
    for _ in range(4):
        mask = hysteresis(smooth - bed, least, FAINT_SURE)
        # where mice fill the image, the commonest level is between theirs and the bed's
        visible = ~dilated_by_square(mask, around) & (np.abs(smooth) < FAINT_SURE)
        if visible.mean() < 0.1:
            break
        bed = surface_through(smooth, visible)
    # the darkest rim, shaded by the flank's own curve, lies below the bed's level
    for _ in range(max(1, round(FAINT_RIM_CM / photo.pixel_cm))):
        mask = dilated(mask, 1.0)
    level = photo.level - bed
    relevelled = WorkingPhotograph(level, photo.pixel_cm, photo.noise)
    return relevelled, Foreground(mask & ~metal, metal, True, least, (level > FAINT_BARE) & ~metal)


def hysteresis(level: FloatArray, low: float, high: float) -> BoolArray:
    """Return what is above a low level and hangs on what is above a high one.

    As `skimage.filters.apply_hysteresis_threshold`, which adds up every part in floating point.
    """
    from scipy.ndimage import label

    parts, count = label(level > low)
    sure = np.zeros(count + 1, dtype=bool)
    sure[parts[level > high]] = True
    return np.asarray(sure[parts])


def _away(threshold: float, least: float) -> float:
    """Return the threshold at least so far from the bed's level."""
    return max(threshold, least) if threshold > 0 else min(threshold, -least)
