"""Regions by a fraction of the peak: what Living Image calls an automatic contour.

In each animal's territory (an anatomical region with its margin) the brightest pixel is taken, and
all pixels that reach a fraction of it; of these, the connected part around the brightest pixel,
its holes filled, since a drawn contour encloses them. The area thus depends on the light: contours
of one animal on two days, or of two animals, are not the same region.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.radiometry import RadianceImage
from lumicohort.regions.background import Background
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.region import Region, cropped
from lumicohort.study.config.imaging import Regions

PEAK_SD = 5.0
"""A brightest pixel within this many standard deviations of the background is no peak: of the
3,000 pixels of a body without light at binning 8, one exceeds 5 once in 1,200 images."""
THRESHOLD_SD = 2.0
"""A threshold within this many of the background follows its noise, and is flagged."""


def contour_regions(
    image: RadianceImage,
    territories: Sequence[Region],
    background: Background,
    config: Regions,
) -> list[Region]:
    """Draw a contour in each animal's territory.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    territories : sequence of Region
        Anatomical regions; those named `config.contour.region` are searched.
    background : Background
        The click's background.
    config : Regions
        Fraction, parts and region.

    Returns
    -------
    list of Region
        One per animal, named for its territory. Where there is no peak above the background's
        noise, it is the whole territory, flagged `no_peak_above_noise`. `contour_in_noise`: the
        threshold is no higher than the noise. `contour_cut_by_territory`: light goes on beyond.
        `peak_beyond_territory`: it even rises there, as a brighter neighbour's does.
    """
    return [
        _contour(image, territory, background, config)
        for territory in territories
        if territory.name == config.contour.region
    ]


def _contour(
    image: RadianceImage, territory: Region, background: Background, config: Regions
) -> Region:
    from dataclasses import replace

    n, contour = image.n, config.contour
    if territory.n_pixels == 0:
        return territory
    inside = territory.full((n, n))
    values = np.where(inside, image.radiance, -np.inf)
    row, column = (int(k) for k in np.unravel_index(int(values.argmax()), (n, n)))
    peak = float(values[row, column])
    noise = float(np.sqrt(image.variance[inside].mean()))
    if peak - background.radiance < PEAK_SD * noise:
        flags = (*territory.flags, "no_peak_above_noise")
        words = f"no peak above the noise: the whole region {territory.name}"
        return replace(territory, flags=flags, placed=words)
    threshold = contour.fraction * peak
    above = values >= threshold
    mask = _filled(_around(above, row, column) if contour.parts == "peak" else above, inside)
    more = list(territory.flags)
    if image.radiance[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].max() > peak:
        more.append("peak_beyond_territory")
    if threshold - background.radiance < THRESHOLD_SD * noise:
        more.append("contour_in_noise")
    if _goes_on(image, mask, inside, threshold):
        more.append("contour_cut_by_territory")
    x, y = (column + 0.5) * image.pixel_cm, (row + 0.5) * image.pixel_cm
    return cropped(
        territory.place,
        territory.name,
        mask,
        flags=tuple(more),
        placed=f"{100 * contour.fraction:g} % of the peak {peak:.3g} p/s/cm2/sr at "
        f"({x:.2f}, {y:.2f}) cm",
    )


def _around(above: BoolArray, row: int, column: int) -> BoolArray:
    """Return the connected part (corners connect) that holds a pixel."""
    from scipy.ndimage import label

    parts, _ = label(above, structure=np.ones((3, 3), dtype=int))
    return np.asarray(parts == parts[row, column])


def _filled(mask: BoolArray, inside: BoolArray) -> BoolArray:
    from scipy.ndimage import binary_fill_holes

    return np.asarray(binary_fill_holes(mask)) & inside


def _goes_on(image: RadianceImage, mask: BoolArray, inside: BoolArray, threshold: float) -> bool:
    """Return whether pixels beyond the territory, next to the contour, reach the threshold."""
    from scipy.ndimage import binary_dilation

    rim = binary_dilation(mask, structure=np.ones((3, 3), dtype=bool)) & ~inside
    return bool((image.radiance[rim] >= threshold).any())
