"""The radiance image that Living Image itself corrected and saved."""

from __future__ import annotations

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.living_image.texts import Section
from lumicohort.radiometry.checks import SIZE_FLAGS
from lumicohort.radiometry.coefficients import UnknownCoefficient
from lumicohort.radiometry.radiance import RadianceImage
from lumicohort.radiometry.raw_chain import radiance_from_counts
from lumicohort.radiometry.state import already_done
from lumicohort.study.config.imaging import Calibration

CORRECTED = "luminescentFloatCorrected.TIF"
SECTION = "saved luminescent corrected image"

_LIT = 0.98  # quantile of the smoothed counts from which light is compared
_EXTREMES_TOLERANCE = 1e-4  # the text prints six decimals of a float32


def radiance_of_living_image(click: Click) -> RadianceImage:
    """Return Living Image's own radiance, with the uncertainty of the raw counts behind it.

    Parameters
    ----------
    click : Click
        A click with `luminescentFloatCorrected.TIF`.

    Returns
    -------
    RadianceImage
        Its radiance exactly as saved. Variance and saturation come from the raw counts, in
        their own geometry: Living Image warps its image by up to 3 pixels at the edge. Flags:
        `corrected_image_undescribed` (no section tells its unit), `corrected_extremes_disagree`
        (its minimum or maximum is not the one that Living Image noted in `Graph Controls`),
        `noise_without_coefficients` (the text lacks the coefficients, which the radiance does not
        need; the noise of the counts is scaled to it as its light is to theirs).

    Raises
    ------
    InputError
        When there is no such image, it is damaged, or its section says that it is not radiance
        with background and flat field corrected.
    """
    image = click.corrected()
    path = click.folder / CORRECTED
    if image is None:
        raise InputError(
            Problem(
                "the click has no image corrected by Living Image.",
                path,
                None,
                "Set `source: raw`, or save the corrected image in Living Image.",
            )
        )
    flags = list(click.flags)
    section = _section(click)
    if section is None:
        flags.append("corrected_image_undescribed")
    else:
        _refuse_uncorrected(section)
    radiance = image.astype(np.float64)
    raw, raw_flags = _counts_behind(click, radiance)
    flags += raw_flags
    flags += [f for f in raw.flags if "saturat" in f or f in SIZE_FLAGS]
    if not _extremes_agree(click, radiance):
        flags.append("corrected_extremes_disagree")
    done = "by Living Image"
    return RadianceImage(
        radiance=radiance,
        variance=raw.variance,
        common_se=np.zeros_like(radiance),
        saturated=raw.saturated,
        cosmic=np.zeros(radiance.shape, dtype=bool),
        pixel_cm=raw.pixel_cm,
        fov_cm=raw.fov_cm,
        n=raw.n,
        source="living_image",
        applied={
            "bias": done,
            "dark": done,
            "cosmic": done if section is None or already_done(section).cosmic else False,
            "flat_field": done,
            "absolute": done,
            "noise": raw.applied["noise"],
        },
        flags=tuple(dict.fromkeys(flags)),
    )


def _counts_behind(click: Click, radiance: np.ndarray) -> tuple[RadianceImage, list[str]]:
    """Return the calibrated counts that a corrected image was made of, and flags."""
    counts = click.luminescent()
    if radiance.shape != counts.shape:
        raise InputError(
            Problem(
                f"the image has {radiance.shape[1]} x {radiance.shape[0]} pixels, luminescent.TIF "
                f"has {counts.shape[1]} x {counts.shape[0]}.",
                click.folder / CORRECTED,
                None,
                "Set `source: raw`, or save the corrected image again in Living Image.",
            )
        )
    try:
        return radiance_from_counts(click, Calibration(source="raw", cosmic="off")), []
    except UnknownCoefficient:
        from scipy.ndimage import uniform_filter

        smooth = uniform_filter(counts.astype(np.float64), 5, mode="nearest")
        lit = smooth >= np.quantile(smooth, _LIT)
        net = counts[lit] - np.median(counts)
        ratio = float((radiance[lit] - np.median(radiance)).sum() / max(net.sum(), 1.0))
        if not ratio > 0:
            raise  # nothing of the counts' light is in the image
        c = ratio * click.binning**2 * click.exposure_s
        options = Calibration(source="raw", cosmic="off", flat_field=False, dark=False)
        return radiance_from_counts(click, options, c), ["noise_without_coefficients"]


def _section(click: Click) -> Section | None:
    """Return the section that describes the saved image; newer texts come first."""
    for text in (click.analysis, click.info):
        section = text.find(SECTION) if text is not None else None
        if section is not None:
            return section
    return None


def _refuse_uncorrected(section: Section) -> None:
    done = already_done(section)
    checks = {
        "Intensity Calibration": done.radiance,
        "Background Corrected": done.background,
        "Flat Field Corrected": done.flat_field,
    }
    missing = [key for key, is_done in checks.items() if not is_done]
    if missing:
        found = ", ".join(f"{key}: {section.get(key)}" for key in missing)
        raise section.problem(
            missing[0],
            f"the saved image is not fully corrected radiance ({found}).",
            "Set `source: raw`, or save it again in Living Image with all corrections on.",
        )


def _extremes_agree(click: Click, radiance: np.ndarray) -> bool:
    """Return whether the image's extremes are those of `Graph Controls` (True where unknown)."""
    for text in (click.analysis, click.info):
        section = text.find("Graph Controls") if text is not None else None
        if section is None or section.get("Raw Color Table Max") is None:
            continue
        low = section.number("Raw Color Table Min")
        high = section.number("Raw Color Table Max")
        tolerance = _EXTREMES_TOLERANCE * max(abs(low), abs(high), 1.0)
        return bool(
            abs(radiance.min() - low) <= tolerance and abs(radiance.max() - high) <= tolerance
        )
    return True
