"""From regions and a radiance image to the rows of `rois.csv`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.radiometry import RadianceImage
from lumicohort.regions.anatomy import BodyMap
from lumicohort.regions.background import (
    Background,
    detection_limit,
    drawn_background,
    response_of,
    rounding_of,
)
from lumicohort.regions.region import Region
from lumicohort.study.config.imaging import Detection

NEAR_LOD = 3.0
"""A net flux between the LOD and this many times it is flagged `near_lod`."""
OUTSIDE_PART = 0.05
"""Light in the ring around an animal, over that of its body, from which it is flagged."""
RING_CM = 0.35
"""Width of that ring beyond the dilated body."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is measured in one region; units in the names as in `rois.csv`.

    Parameters
    ----------
    place : int
        The animal's place, from 1 at the left.
    region : str
        The region's name.
    n_pixels, area_cm2 : int, float
        Size.
    total_flux_p_s : float
        4π · pixel area · Σ radiance: Living Image's total flux, no background taken off.
    total_flux_se_p_s : float
        Its standard error: pixel noise (read noise, photons) in quadrature, and on top what all
        pixels share (an estimated dark level, the background's variation from place to place,
        the last printed digit of the flat field's coefficients).
    net_flux_p_s : float
        Total flux less `n_pixels` times the background.
    net_flux_se_p_s : float
        Its standard error: pixel noise, the background's own error and its variation, and what
        the background does not take off of the errors that all pixels share.
    avg_radiance_p_s_cm2_sr, max_radiance_p_s_cm2_sr : float
        Mean and greatest pixel.
    background_radiance_p_s_cm2_sr : float
        The background.
    lod_p_s : float
        Limit of detection, on the scale of the **net** flux; on that of the total flux it lies
        higher by total less net.
    below_lod : bool
        Whether the net flux is at or below the LOD.
    n_saturated, n_cosmic : int
        Pixels saturated, and replaced as cosmic hits.
    spill_p_s : float
        Flux predicted to come from neighbours (contained in total and net flux); 0 where no
        animal outshines another enough to matter.
    flags : tuple of str
        What a reader of these numbers should know.
    """

    place: int
    region: str
    n_pixels: int
    area_cm2: float
    total_flux_p_s: float
    total_flux_se_p_s: float
    net_flux_p_s: float
    net_flux_se_p_s: float
    avg_radiance_p_s_cm2_sr: float
    max_radiance_p_s_cm2_sr: float
    background_radiance_p_s_cm2_sr: float
    lod_p_s: float
    below_lod: bool
    n_saturated: int
    n_cosmic: int
    spill_p_s: float
    flags: tuple[str, ...]


def measure_regions(
    image: RadianceImage,
    regions: Sequence[Region],
    background: Background,
    detection: Detection,
    where: BodyMap | None = None,
    spill: NDArray[np.float32] | None = None,
    margin_cm: float = 0.0,
) -> list[Measurement]:
    """Measure every region.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    regions : sequence of Region
        Regions.
    background : Background
        The click's background; a region's own, drawn one goes before it.
    detection : Detection
        LOD level and limits of flags.
    where : BodyMap, optional
        Where the bodies lie, for light that leaves the regions.
    spill : ndarray, shape (n, n), optional
        Radiance predicted to come from neighbours.
    margin_cm : float
        Dilation of the bodies.

    Returns
    -------
    list of Measurement
        In the order of `regions`.
    """
    lens = response_of(image), rounding_of(image)
    out = [_measure(image, region, background, detection, lens, spill) for region in regions]
    return _flag_animals(image, regions, out, background, where, margin_cm)


def _measure(
    image: RadianceImage,
    region: Region,
    background: Background,
    detection: Detection,
    lens: tuple[NDArray[np.float64] | None, NDArray[np.float64] | None],
    spill: NDArray[np.float32] | None,
) -> Measurement:
    flags = list(region.flags)
    if region.background is not None:
        background = drawn_background(image, region.background)
    flags += [f for f in background.flags if f not in flags]
    n, k = region.n_pixels, 4 * np.pi * image.pixel_cm**2
    values = region.of(image.radiance)
    noise = float(region.of(image.variance).sum())
    common = float(region.of(image.common_se).sum())
    common_left = common - n * background.common_se
    response, rounding = lens
    digits = float((values * region.of(rounding)).sum()) if rounding is not None else 0.0
    place = n * background.place_sd
    total = float(values.sum())
    net = total - n * background.radiance
    scale = 1.0 if response is None or n == 0 else float(np.square(1 / region.of(response)).mean())
    lod = detection_limit(
        background, n, image.pixel_cm, detection.lod_level, scale, common_left / max(n, 1)
    )
    from_others = float(region.of(spill).sum()) if spill is not None else 0.0
    saturated = int(region.of(image.saturated).sum())
    cosmic = region.of(image.cosmic)
    below = bool(k * net <= lod)
    if saturated:
        flags.append("saturated")
    if not below and k * net < NEAR_LOD * lod:
        flags.append("near_lod")
    # below the LOD, that is what stands for the flux: it is high because of the neighbours
    if k * from_others > detection.neighbour_fraction * max(k * net, lod):
        flags.append("spill_from_neighbour")
    if cosmic.any() and _cosmic_at_peak(image, region):
        flags.append("cosmic_at_peak")
    return Measurement(
        place=region.place,
        region=region.name,
        n_pixels=n,
        area_cm2=n * image.pixel_cm**2,
        total_flux_p_s=k * total,
        total_flux_se_p_s=k * math.hypot(math.sqrt(noise), common, place, digits),
        net_flux_p_s=k * net,
        net_flux_se_p_s=k
        * math.hypot(math.sqrt(noise), place, n * background.se, common_left, digits),
        avg_radiance_p_s_cm2_sr=total / n if n else float("nan"),
        max_radiance_p_s_cm2_sr=float(values.max()) if n else float("nan"),
        background_radiance_p_s_cm2_sr=background.radiance,
        lod_p_s=lod,
        below_lod=below,
        n_saturated=saturated,
        n_cosmic=int(cosmic.sum()),
        spill_p_s=k * from_others,
        flags=tuple(dict.fromkeys(flags)),
    )


def _cosmic_at_peak(image: RadianceImage, region: Region) -> bool:
    """Return whether a replaced pixel is, or touches, the region's brightest pixel."""
    inside = np.where(region.mask, image.radiance[region.window], -np.inf)
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    row, column = int(row) + region.window[0].start, int(column) + region.window[1].start
    around = image.cosmic[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    return bool(around.any())


def _flag_animals(
    image: RadianceImage,
    regions: Sequence[Region],
    rows: list[Measurement],
    background: Background,
    where: BodyMap | None,
    margin_cm: float,
) -> list[Measurement]:
    """Add the flags that need an animal's regions side by side."""
    from dataclasses import replace

    bodies = {r.place: (r, m) for r, m in zip(regions, rows, strict=True) if r.name == "whole_body"}
    if where is None or not bodies:
        return rows
    k = 4 * np.pi * image.pixel_cm**2
    out = []
    for region, row in zip(regions, rows, strict=True):
        body, whole = bodies.get(region.place, (None, None))
        flags = list(row.flags)
        if body is not None and whole is not None and not whole.below_lod:
            if region.name == "whole_body":
                near = where.windows[region.place - 1]
                distance = where.distance_cm[near]
                ring = (distance > margin_cm) & (distance <= margin_cm + RING_CM)
                ring &= where.owner[near] == region.place
                outside = k * float((image.radiance[near][ring] - background.radiance).sum())
                if outside > OUTSIDE_PART * whole.net_flux_p_s and outside > 3 * k * float(
                    np.sqrt(image.variance[near][ring].sum())
                ):
                    flags.append("signal_outside_roi")
            elif region.name == "neuraxis" and not _holds_peak(image, region, body):
                flags.append("brightest_spot_outside_neuraxis")
        out.append(replace(row, flags=tuple(flags)))
    return out


def _holds_peak(image: RadianceImage, region: Region, body: Region) -> bool:
    """Return whether the animal's brightest spot (3 x 3 mean) lies within a region of it."""
    from scipy.ndimage import uniform_filter

    smooth = uniform_filter(image.radiance[body.window], 3)
    at = np.where(body.mask, smooth, -np.inf).argmax()
    return bool(region.mask.ravel()[at]) if region.window == body.window else True
