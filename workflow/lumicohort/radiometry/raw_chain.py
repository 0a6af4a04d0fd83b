"""The raw chain: counts, bias, dark charge, cosmic hits, flat field, calibration, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.radiometry.checks import (
    check_binning,
    check_level,
    check_multiplier,
    check_said_done,
    lines_stand_out,
    said_flat_looks_raw,
    stands_on_bias,
)
from lumicohort.radiometry.coefficients import (
    FlatFieldCoefs,
    absolute_coefficient,
    flat_field_coefficients,
    saturation_level,
    unlike_others,
)
from lumicohort.radiometry.cosmic import beyond_particles, isolated_hits, living_image_hits
from lumicohort.radiometry.dark_level import estimate_dark_level
from lumicohort.radiometry.frames import Frames, bias_and_dark
from lumicohort.radiometry.noise import NoiseModel, estimate_noise
from lumicohort.radiometry.radiance import RadianceImage
from lumicohort.radiometry.state import Done, already_done
from lumicohort.radiometry.steps import (
    clips_below,
    flat_field,
    radiance_of_a_count,
    saturated_pixels,
    subtract_bias,
)
from lumicohort.study.config.imaging import Calibration

DEFAULT_SATURATION = 61000.0
"""`CCD Saturation Level` of the cameras seen, where a file does not state it (flagged)."""

_NEAR_FULL = 0.95
"""Part of the brightest pixel's light from which pixels count as full where Living Image says that
some are and none reaches the stated level; full pixels of one sensor differ by a few per cent."""

_DARK_UNKNOWN_SE = 2.0  # counts; about what stood outside the animals of the real click


@dataclass
class _Ledger:
    """What was applied, and flags, as the chain goes along."""

    applied: dict[str, object] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    bright_spots: np.ndarray | None = None

    def skip(self, step: str, done: bool) -> None:
        """Note a step that is not applied: it was done already, or is switched off."""
        self.applied[step] = "already done" if done else False
        self.flags.append(f"{step}_already_done" if done else f"{step}_off")


def radiance_from_counts(
    click: Click, options: Calibration, c: float | None = None
) -> RadianceImage:
    """Calibrate a click's `luminescent.TIF`.

    Parameters
    ----------
    click : Click
        The click.
    options : Calibration
        Which corrections are applied; one that the image already has is never applied again.
    c : float, optional
        The coefficient C, where it is not the text's.

    Returns
    -------
    RadianceImage
        Radiance, its uncertainty, masks, and what was applied. Flags beyond the click's own:
        `click_saturated`, `saturation_level_assumed`, `counts_stored_as_floats`,
        `saturation_level_unreached` (Living Image says that pixels are full, and none reaches the
        stated level: the brightest count as full), `clipped_below_saturation`,
        `flat_field_looks_uncorrected`, those of :func:`check_binning` and
        :func:`~lumicohort.radiometry.frames.bias_and_dark`, `dark_estimated_from_image`,
        `dark_not_subtracted`, `<step>_off` and `<step>_already_done`.

    Raises
    ------
    InputError
        When an image is damaged or does not fit the text, or a coefficient is missing.
    """
    counts = click.luminescent()
    n, fov = counts.shape[0], click.fov_cm
    done = already_done(click.luminescent_section)
    check_multiplier(click)
    ledger = _Ledger(flags=list(click.flags))
    ledger.flags += check_binning(click, n)
    saturated = _saturated(click, counts, done, ledger)

    coefs = _coefficients(click, counts, options, done, ledger)
    if c is None:
        c = absolute_coefficient(click.info, fov, click.f_number)
        if unlike_others(click.info, fov, click.f_number):
            ledger.flags.append("coefficient_unlike_others")
    factor = _factor(c, click.binning, click.exposure_s, n, fov, coefs)
    ledger.applied["absolute"] = "already done" if done.radiance else c
    values = counts / factor if done.radiance else counts  # noise is judged in counts

    frames = Frames()
    if not done.background and (options.bias or options.dark):
        frames = bias_and_dark(click, counts)
        ledger.flags += frames.flags
    above_level = subtract_bias(values, 0.0 if done.background else click.read_bias_level)
    noise = estimate_noise(above_level)
    net = _without_bias(click, values, above_level, frames, options, done, ledger)
    left = 0.0 if options.bias or done.background else click.read_bias_level
    cosmic = _replace_cosmic(click, values, net, left, frames, noise, options, done, ledger)
    variance = noise.variance(net - left if left else net)
    variance += frames.variance
    variance *= factor
    variance *= factor
    level_se = _subtract_dark(click, net, left, frames, noise, options, done, ledger)

    if lines_stand_out(net, noise.read_noise):
        ledger.flags.append("sensor_line_stands_out")

    ledger.applied["noise"] = {
        "read_noise_counts": round(noise.read_noise, 4),
        "variance_per_count": round(noise.slope, 4),
        "variance_per_count_measured": noise.measured_slope,
    }
    return RadianceImage(
        radiance=np.multiply(net, factor, out=net),
        variance=variance,
        common_se=np.broadcast_to(level_se * factor if level_se else 0.0, (n, n)),
        saturated=saturated,
        cosmic=cosmic,
        pixel_cm=fov / n,
        fov_cm=fov,
        n=n,
        source="raw",
        applied=ledger.applied,
        flags=tuple(dict.fromkeys(ledger.flags)),
        bright_spots=ledger.bright_spots,
    )


@lru_cache(maxsize=4)
def _factor(
    c: float, binning: int, exposure_s: float, n: int, fov_cm: float, coefs: FlatFieldCoefs | None
) -> np.ndarray:
    """Return the radiance of one count; read-only, kept for the next click, mostly the same."""
    response = 1.0 if coefs is None else flat_field(n, fov_cm, coefs)
    factor = radiance_of_a_count(c, binning, exposure_s, response)
    factor.flags.writeable = False
    return factor


def _saturated(click: Click, counts: np.ndarray, done: Done, ledger: _Ledger) -> np.ndarray:
    """Return the full pixels, once counts and text are known to fit."""
    level = saturation_level(click.info)
    if level is None:
        level = DEFAULT_SATURATION
        ledger.flags.append("saturation_level_assumed")
    ledger.applied["saturation"] = {"level_counts": level}
    if done.background or done.radiance:
        check_said_done(click, counts)
        ledger.flags.append("saturation_unknown")  # corrected pixels no longer show it
        return np.zeros(counts.shape, dtype=bool)
    if counts.dtype.kind == "f" and stands_on_bias(counts, click.read_bias_level):
        ledger.flags.append("counts_stored_as_floats")
    elif counts.dtype.kind != "u":
        raise InputError(
            Problem(
                f"the pixels are {counts.dtype.name}, but the text calls them raw counts; the "
                "camera writes whole numbers.",
                click.file("luminescent.TIF"),
                None,
                "Take the camera's own file from the instrument, or say in the text what was done "
                "(`Background Corrected: 1`, …).",
            )
        )
    check_level(click, counts, level)
    saturated = saturated_pixels(counts, level)
    if saturated.any():
        ledger.flags.append("click_saturated")  # somewhere; `saturated` is a region's own flag
        return saturated
    # the sensor may be full below the stated level; if any pixel is, the brightest are
    if "living_image_says_saturated" in click.flags:
        level = _NEAR_FULL * (counts.max() - click.read_bias_level) + click.read_bias_level
        ledger.flags += ["saturation_level_unreached", "click_saturated"]
        return saturated_pixels(counts, level)
    if clips_below(counts, click.read_bias_level):
        ledger.flags += ["clipped_below_saturation", "click_saturated"]
        return saturated_pixels(counts, counts.max())
    return saturated


def _coefficients(
    click: Click, counts: np.ndarray, options: Calibration, done: Done, ledger: _Ledger
) -> FlatFieldCoefs | None:
    """Return the coefficients of the flat field to divide by; None where it is done or off."""
    if done.flat_field and not done.radiance and said_flat_looks_raw(click, counts):
        ledger.flags.append("flat_field_looks_uncorrected")
    if done.flat_field or not options.flat_field:
        ledger.skip("flat_field", done.flat_field)
        return None
    _, coefs = _lens(click, len(counts))
    ledger.applied["flat_field"] = list(coefs)
    return coefs


def _lens(click: Click, n: int) -> tuple[np.ndarray, FlatFieldCoefs]:
    """Return the lens's response at this field of view and f-number, and its coefficients."""
    coefs = flat_field_coefficients(click.info, click.fov_cm, click.f_number)
    try:
        return flat_field(n, click.fov_cm, coefs), coefs
    except ValueError as error:
        raise InputError(
            Problem(
                str(error),
                click.info.file,
                "section Camera System Info, keys Shelf Position … FF5 … Coefs",
                "Copy ClickInfo.txt again from the instrument, or leave the correction out "
                "(`imaging.calibration.flat_field: false`): fluxes off the middle come out low.",
            )
        ) from None


def _without_bias(
    click: Click,
    values: np.ndarray,
    above_level: np.ndarray,
    frames: Frames,
    options: Calibration,
    done: Done,
    ledger: _Ledger,
) -> np.ndarray:
    """Return counts above the read bias; those above its level alone are changed into them."""
    if done.background or not options.bias:
        ledger.skip("bias", done.background)
        return values.astype(np.float64)
    ledger.applied["bias"] = {
        "level_counts": click.read_bias_level,
        "structure": frames.applied.get("bias_frame", False),
    }
    if frames.structure is not None:
        above_level -= frames.structure
    return above_level


def _replace_cosmic(
    click: Click,
    values: np.ndarray,
    net: np.ndarray,
    left: float,
    frames: Frames,
    noise: NoiseModel,
    options: Calibration,
    done: Done,
    ledger: _Ledger,
) -> np.ndarray:
    """Replace hits in `net` and return where they were."""
    if done.cosmic or options.cosmic == "off":
        ledger.applied["cosmic"] = "already done" if done.cosmic else False
        return np.zeros(net.shape, dtype=bool)
    ledger.applied["cosmic"] = options.cosmic
    if options.cosmic == "living_image":
        # The rule is about counts with their bias, as the camera stored them.
        stored = values + click.read_bias_level if done.background else values
        hits, replacement = living_image_hits(stored)
        own_dark = _own_dark(np.flatnonzero(hits), frames, options, done)
        net[hits] += replacement - stored[hits] + own_dark
        return hits
    at, replacement = isolated_hits(net - left if left else net, noise, click.fov_cm / net.shape[0])
    hits = np.zeros(net.shape, dtype=bool)
    if at.size:
        hits.ravel()[at] = True
        instead = replacement + left + _own_dark(at, frames, options, done)
        ledger.bright_spots = beyond_particles(hits, net.take(at) - instead)
        net.ravel()[at] = instead
    return hits


def _own_dark(
    at: np.ndarray, frames: Frames, options: Calibration, done: Done
) -> np.ndarray | float:
    """Return the dark charge of hits, at some places, above the usual (counts).

    What replaces a hit is of its neighbours, while the dark charge taken off later is its own: a
    hot pixel, which looks like a hit, would lose its charge twice.
    """
    if frames.dark is None or done.background or not options.dark or not at.size:
        return 0.0
    return np.asarray(frames.dark.take(at) - frames.dark_usual)


def _subtract_dark(
    click: Click,
    net: np.ndarray,
    left: float,
    frames: Frames,
    noise: NoiseModel,
    options: Calibration,
    done: Done,
    ledger: _Ledger,
) -> float:
    """Subtract the dark charge from `net`; return the standard error of its level (counts)."""
    if done.background or not options.dark:
        ledger.skip("dark", done.background)
        return 0.0
    if frames.dark is not None:
        net -= frames.dark
        ledger.applied["dark"] = frames.applied
        return 0.0
    n = net.shape[0]
    estimated = estimate_dark_level(net - left, _lens(click, n)[0], noise, click.fov_cm / n)
    if estimated is None:
        ledger.applied["dark"] = False
        ledger.flags.append("dark_not_subtracted")
        return _DARK_UNKNOWN_SE
    net -= estimated.counts
    ledger.applied["dark"] = {
        "level_counts": round(estimated.counts, 4),
        "level_se_counts": round(estimated.se_counts, 4),
        "n_pixels": estimated.n_pixels,
        "from": "the image where the lens passes least light",
    }
    ledger.flags.append("dark_estimated_from_image")
    return estimated.se_counts
