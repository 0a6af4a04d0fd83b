"""From regions and a radiance image to the rows of `rois.csv`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.radiometry import RadianceImage
from lumicohort.regions.anatomy import BodyMap
from lumicohort.regions.background import Background, drawn_background, response_of, rounding_of
from lumicohort.regions.detection import detection_limit
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.region import Region, RegionPixels, Window
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
    pixels = RegionPixels.of(regions, image.n)
    sums = _sums(image, pixels, spill)
    by_region = [dict(zip(sums, own, strict=True)) for own in zip(*sums.values(), strict=True)]
    out = [
        _measure(image, region, background, detection, own)
        for region, own in zip(regions, by_region, strict=True)
    ]
    if any(sums["cosmic"]):
        out = [
            replace(row, flags=tuple(dict.fromkeys([*row.flags, "cosmic_at_peak"])))
            if row.n_cosmic and _cosmic_at_peak(image, pixels.flat[own])
            else row
            for row, own in zip(out, pixels.spans, strict=True)
        ]
    return _flag_animals(image, regions, out, background, where, margin_cm)


def _sums(
    image: RadianceImage, pixels: RegionPixels, spill: NDArray[np.float32] | None
) -> dict[str, list[Any]]:
    """Return sums over every region, by what is summed; and its greatest radiance."""
    response, rounding = response_of(image), rounding_of(image)
    values = pixels.take(image.radiance)
    numbers = np.array([span.stop - span.start for span in pixels.spans], dtype=np.intp)
    nothing = np.zeros(len(numbers))

    def sums(these: NDArray[Any]) -> NDArray[Any]:
        return pixels.reduced(these, np.add, 0)

    def marked(mask: NDArray[np.bool_] | None) -> NDArray[Any]:
        # mostly nowhere
        if mask is None or not mask.any():
            return nothing.astype(np.intp)
        return sums(pixels.take(mask).astype(np.intp))

    common: NDArray[Any] = image.common_se
    found = {
        "pixels": numbers,
        "radiance": sums(values),
        "max": pixels.reduced(values, np.maximum, np.nan),
        "variance": sums(pixels.take(image.variance)),
        # mostly one number for all pixels
        "common": numbers * common[0, 0] if common.strides == (0, 0) else sums(pixels.take(common)),
        "digits": nothing if rounding is None else sums(values * pixels.take(rounding)),
        "noise_scale": numbers.astype(np.float64)
        if response is None
        else _noise_scale(pixels, response),
        "spill": nothing if spill is None else sums(pixels.take(spill).astype(np.float64)),
        "saturated": marked(image.saturated),
        "cosmic": marked(image.cosmic),
        "bright_spots": marked(image.bright_spots),
    }
    return {name: values.tolist() for name, values in found.items()}


_last: tuple[RegionPixels, FloatArray, FloatArray] | None = None


def _noise_scale(pixels: RegionPixels, response: FloatArray) -> FloatArray:
    """Return sums of 1 / response²; kept for the next click, which may have the same regions."""
    global _last
    if _last is None or _last[0] is not pixels or _last[1] is not response:
        scale = pixels.reduced(1 / np.square(pixels.take(response)), np.add, 0)
        _last = pixels, response, scale
    return _last[2]


def _measure(
    image: RadianceImage,
    region: Region,
    background: Background,
    detection: Detection,
    sums: Mapping[str, Any],
) -> Measurement:
    """Return what is measured in a region, from the sums over its pixels."""
    flags = list(region.flags)
    if region.background is not None:
        background = drawn_background(image, region.background)
    flags += [f for f in background.flags if f not in flags]
    n, k = sums["pixels"], 4 * math.pi * image.pixel_cm**2
    total, noise, common, digits = (
        sums[name] for name in ("radiance", "variance", "common", "digits")
    )
    common_left = common - n * background.common_se
    place = n * background.place_sd
    net = total - n * background.radiance
    scale = sums["noise_scale"] / n if n else 1.0
    lod = detection_limit(
        background, n, image.pixel_cm, detection.lod_level, scale, common_left / max(n, 1)
    )
    from_others, saturated = sums["spill"], sums["saturated"]
    below = k * net <= lod
    if saturated:
        flags.append("saturated")
    if sums["bright_spots"]:
        flags.append("bright_spot_replaced")
    if not below and k * net < NEAR_LOD * lod:
        flags.append("near_lod")
    # below the LOD, that is what stands for the flux: it is high because of the neighbours
    if k * from_others > detection.neighbour_fraction * max(k * net, lod):
        flags.append("spill_from_neighbour")
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
        max_radiance_p_s_cm2_sr=sums["max"],
        background_radiance_p_s_cm2_sr=background.radiance,
        lod_p_s=lod,
        below_lod=below,
        n_saturated=saturated,
        n_cosmic=sums["cosmic"],
        spill_p_s=k * from_others,
        flags=tuple(dict.fromkeys(flags)),
    )


def _cosmic_at_peak(image: RadianceImage, flat: NDArray[np.intp]) -> bool:
    """Return whether a replaced pixel is, or touches, the brightest of some pixels."""
    at = int(flat[image.radiance.take(flat).argmax()])
    row, column = divmod(at, image.n)
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
    bodies = {r.place: (r, m) for r, m in zip(regions, rows, strict=True) if r.name == "whole_body"}
    if where is None or not bodies:
        return rows
    k = 4 * math.pi * image.pixel_cm**2
    light, noise = _beyond_regions(image, background, where, margin_cm)
    out = []
    for region, row in zip(regions, rows, strict=True):
        body, whole = bodies.get(region.place, (None, None))
        flag = ""
        if body is not None and whole is not None and not whole.below_lod:
            if region.name == "whole_body":
                outside = k * light[region.place]
                if outside > OUTSIDE_PART * whole.net_flux_p_s and outside > 3 * k * math.sqrt(
                    noise[region.place]
                ):
                    flag = "signal_outside_roi"
            elif region.name == "neuraxis" and not _holds_peak(image, region, body):
                flag = "brightest_spot_outside_neuraxis"
        out.append(replace(row, flags=(*row.flags, flag)) if flag else row)
    return out


def _beyond_regions(
    image: RadianceImage, background: Background, where: BodyMap, margin_cm: float
) -> tuple[list[float], list[float]]:
    """Return light above the background in the ring around each place's body, and its variance."""
    ring = where.distance_cm > margin_cm
    ring &= where.distance_cm <= margin_cm + RING_CM
    flat = np.flatnonzero(ring)
    whose, places = where.owner.take(flat), where.count + 1
    light = np.bincount(whose, image.radiance.take(flat) - background.radiance, places)
    return light.tolist(), np.bincount(whose, image.variance.take(flat), places).tolist()


def _holds_peak(image: RadianceImage, region: Region, body: Region) -> bool:
    """Return whether the animal's brightest spot (3 x 3 mean) lies within a region of it."""
    if region.window != body.window:
        return True
    at = np.where(body.mask, _spot_sums(image.radiance, body.window), -np.inf).argmax()
    return bool(region.mask.ravel()[at])


def _spot_sums(image: FloatArray, window: Window) -> FloatArray:
    """Return the sums of 3 x 3 pixels around each of a window; the image's edge counts twice."""
    (top, bottom), (left, right) = ((s.start, s.stop) for s in window)
    wide = np.empty((bottom - top + 2, right - left + 2))
    # what there is of the image around the window, and its edge once more where it ends
    part = image[max(top - 1, 0) : bottom + 1, max(left - 1, 0) : right + 1]
    inner = wide[int(top == 0) :, int(left == 0) :][: part.shape[0], : part.shape[1]]
    inner[...] = part
    if top == 0:
        wide[0] = wide[1]
    if bottom == image.shape[0]:
        wide[-1] = wide[-2]
    if left == 0:
        wide[:, 0] = wide[:, 1]
    if right == image.shape[1]:
        wide[:, -1] = wide[:, -2]
    rows = wide[:-2] + wide[1:-1]
    rows += wide[2:]
    out = rows[:, :-2] + rows[:, 1:-1]
    out += rows[:, 2:]
    return out
