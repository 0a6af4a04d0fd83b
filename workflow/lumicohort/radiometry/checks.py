"""Whether a luminescent image and the text beside it can belong together.

A wrong binning, exposure or bias level gives a wrong flux without any other sign, so what can
be compared is compared before anything is computed.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.camera import RANGES
from lumicohort.living_image.click import Click
from lumicohort.living_image.texts import parse_number
from lumicohort.radiometry.coefficients import (
    SECTION,
    UnknownCoefficient,
    flat_field_coefficients,
)
from lumicohort.radiometry.noise import noise_sd
from lumicohort.radiometry.steps import flat_field
from lumicohort.ranks import median, percentile

FAR_COUNTS = 20.0  # the bias drifts by tenths of a count; this far off, a number is wrong


def check_binning(click: Click, side: int) -> tuple[str, ...]:
    """Refuse a binning factor that does not fit the images.

    Luminescent image and photograph come from one sensor, so pixels times binning agree.

    Parameters
    ----------
    click : Click
        The click.
    side : int
        Pixels along a side of the luminescent image.

    Returns
    -------
    tuple of str
        `binning_unchecked` where there is no photograph, or the text does not tell its binning;
        `images_unlike_sensor` where the images are larger or smaller than the sensor, whose
        middle the camera's text tells.

    Raises
    ------
    InputError
        Naming both images and their binning factors.
    """
    full = side * click.binning
    camera = click.info.find(SECTION)
    sensor = None if camera is None else _sensor_side(camera.lines)
    flags = () if sensor is None or abs(full / sensor - 1) < _OFF_MIDDLE else (_UNLIKE_SENSOR,)
    section = click.info.find("photographic image")
    if section is None or section.get("Binning Factor") is None:
        return (_UNCHECKED, *flags)
    if click.file("photograph.TIF") is None:
        return (_UNCHECKED, *flags)
    binning = section.integer("Binning Factor", between=RANGES["Binning Factor"])
    photograph = click.photograph_shape[0]
    full_photograph = photograph * binning
    if abs(full - full_photograph) >= max(binning, click.binning):
        raise click.luminescent_section.problem(
            "Binning Factor",
            f"luminescent.TIF has {side} pixels a side and binning {click.binning} ({full} camera "
            f"pixels), photograph.TIF {photograph} and binning {binning} ({full_photograph}): one "
            "of these numbers is wrong.",
        )
    return flags


_GRID = re.compile(r"[XY] grid cent(?:er|re) CCD pixel FOV\b.*", re.IGNORECASE)
_OFF_MIDDLE = 0.12  # on a real camera those of one shelf lie up to 5 % off the middle
_UNCHECKED, _UNLIKE_SENSOR = "binning_unchecked", "images_unlike_sensor"
SIZE_FLAGS = (_UNCHECKED, _UNLIKE_SENSOR)
"""Flags of :func:`check_binning`, which say something of Living Image's image as well."""


@lru_cache(maxsize=16)
def _sensor_side(lines: tuple[str, ...]) -> float | None:
    """Return about how many pixels the sensor has along a side, or None where no line tells.

    The stage's grid lies in the middle of every field of view, and lines of the section
    `Camera System Info` say on which pixel of the sensor: 953 to 1011 of 1920 on a real camera.
    """
    found = []
    for line in lines:
        key, _, value = line.partition(":\t")
        if _GRID.fullmatch(key):
            try:
                found.append(parse_number(value))
            except ValueError:
                return None  # nothing is measured by it
    return 2 * median(np.array(found)) if found and min(found) > 0 else None


def check_multiplier(click: Click) -> None:
    """Refuse a luminescent image that is stored enlarged, as bias and dark frames are.

    Parameters
    ----------
    click : Click
        The click.

    Raises
    ------
    InputError
        Where its section has a `Data Multiplier` other than 1.
    """
    section, key = click.luminescent_section, "Data Multiplier"
    if section.number(key, default=1.0) != 1:
        raise section.problem(
            key,
            f"the image would be stored times {section.get(key)}, which the camera does with bias "
            "and dark frames only: its counts cannot be trusted.",
            "Copy the click folder again from the instrument; take the line away if the counts are "
            "known to be the camera's.",
        )


def check_level(click: Click, counts: np.ndarray, saturation: float) -> None:
    """Refuse raw counts that cannot stand on the stated read bias.

    Parameters
    ----------
    click : Click
        The click.
    counts : numpy.ndarray, shape (n, n)
        Raw counts.
    saturation : float
        Counts at which the camera is full.

    Raises
    ------
    InputError
        When most of the image lies below the bias, is constant, or is saturated.
    """
    path = click.file("luminescent.TIF")
    if counts.min() == counts.max():
        raise InputError(Problem(f"every pixel is {counts.flat[0]}: no image.", path))
    middle = median(counts[::4, ::4])
    if middle >= saturation:
        raise InputError(
            Problem(
                "more than half of the image is saturated: nothing can be measured.",
                path,
                None,
                "Take the image again with a shorter exposure.",
            )
        )
    if middle < click.read_bias_level - FAR_COUNTS:
        raise click.luminescent_section.problem(
            "Read Bias Level",
            f"the level is {click.read_bias_level:g} counts, but half of luminescent.TIF lies "
            f"below {middle:g}: the text and the image do not belong together.",
        )


def check_bias_frame(click: Click, level_counts: float, source: str) -> None:
    """Refuse a read bias level far from that of the click's own frames.

    Parameters
    ----------
    click : Click
        The click.
    level_counts : float
        The frames' bias level (counts).
    source : str
        Where it comes from, as the start of a sentence that the level ends.

    Raises
    ------
    InputError
        Naming the key.
    """
    if abs(level_counts - click.read_bias_level) > FAR_COUNTS:
        raise click.luminescent_section.problem(
            "Read Bias Level",
            f"the level is {click.read_bias_level:g} counts, but {source} {level_counts:.1f} "
            "counts: one of these numbers is wrong.",
        )


def check_said_done(click: Click, values: np.ndarray) -> None:
    """Refuse pixels that the text calls corrected and that stand on the read bias still.

    Nothing is corrected twice, so counts whose flags claim that it was done would be taken for
    what they are not.

    Parameters
    ----------
    click : Click
        A click whose text says that the background was subtracted, or that pixels are radiance.
    values : numpy.ndarray, shape (n, n)
        The pixels.

    Raises
    ------
    InputError
        Naming the section.
    """
    bias = click.read_bias_level
    # where it is dark, both corrected counts and radiance lie about 0, and on either side of it
    if bias <= 2 * FAR_COUNTS or values.min() < bias / 2:
        return
    dark = percentile(values, 1)
    if abs(dark - bias) < FAR_COUNTS and (values == np.rint(values)).all():
        section = click.luminescent_section
        said = ", ".join(
            f"{key}: {section.get(key)}"
            for key in ("Background Corrected", "Intensity Calibration")
            if section.get(key) is not None
        )
        raise section.problem(
            "Background Corrected",
            f"the text calls the pixels corrected ({said}), but the darkest lie at {dark:g}, where "
            f"raw counts do (Read Bias Level {bias:g}): the text and the image do not belong "
            "together.",
            "Copy the click folder again from the instrument.",
        )


def said_flat_looks_raw(click: Click, counts: np.ndarray) -> bool:
    """Return whether counts that the text calls flat-field corrected have the noise of raw ones.

    A camera's read noise is the same all over the sensor; dividing by the lens's response makes it
    larger towards the corners, as much as the light.

    Parameters
    ----------
    click : Click
        A click whose text says `Flat Field Corrected: 1`.
    counts : numpy.ndarray, shape (n, n)
        Its pixels.

    Returns
    -------
    bool
        Also false where nothing tells: a small image, a lens as good in the corners, no
        coefficients.
    """
    try:
        coefs = flat_field_coefficients(click.info, click.fov_cm, click.f_number)
    except UnknownCoefficient:
        return False  # it is not needed
    response = flat_field(len(counts), click.fov_cm, coefs)
    side = len(counts) // _TILES
    if side < _LEAST_TILE:
        return False
    cuts = [slice(k * side, (k + 1) * side) for k in range(_TILES)]
    tiles = [(rows, columns) for rows in cuts for columns in cuts]
    lets_through = np.array([response[tile].mean() for tile in tiles])
    corners = lets_through <= np.partition(lets_through, 3)[3]
    grown = float(lets_through.max() / lets_through[corners].mean())
    if grown < _TELLING:
        return False
    noise = np.array([noise_sd(counts[tile]) for tile in tiles])
    # where no animal glows: the quietest of those in the middle
    middle = np.sort(noise[lets_through > 0.9 * lets_through.max()])
    quiet = median(middle[: max(1, len(middle) // 2)])
    return quiet > 0 and median(noise[corners]) / quiet < math.sqrt(grown)


_TILES = 8  # along a side
_LEAST_TILE = 12  # pixels along a side of a tile: its noise is known to a tenth
_TELLING = 1.25  # times that noise must grow to the corners for its absence to be seen


def lines_stand_out(net: np.ndarray, read_noise: float) -> bool:
    """Return whether a whole row or column is brighter or darker than those beside it.

    A faulty column of the sensor, charge left behind while reading out, or a dark frame that lacks
    a warm column: light has no such edges, so what counts is on how much of a line the signs of
    its differences agree, however small they are.

    Parameters
    ----------
    net : numpy.ndarray, shape (n, n)
        Counts above bias and dark charge.
    read_noise : float
        Read noise (counts).
    """
    if net.shape[0] <= 4:
        return False
    # the means of lines tell most clicks apart for a tenth of the time
    far = _DIM * read_noise
    dim = np.clip(net, -far, far)
    limit = _PERHAPS * _NOISE_OF_EDGE * read_noise / np.sqrt(len(net))
    evenly = np.full(len(net), 1 / len(net))  # a product takes half the time of a mean
    return any(
        np.abs(_edges(means)).max() >= limit and _signs_agree(net, axis)
        for axis, means in enumerate((dim @ evenly, evenly @ dim))
    )


_DIM = 8.0  # read noises: light beyond it says nothing of a fault that is the same all along a line
_NOISE_OF_EDGE = 70**0.5  # root of the sum of squares of 1, -4, 6, -4, 1
_PERHAPS = 4.0  # standard deviations of a line's mean
_SURE = 7.0  # standard deviations of a fair coin's heads: once in 10^9 clicks of pure noise


def _edges(lines: np.ndarray) -> np.ndarray:
    """Return fourth differences along the first axis: light curves alike on lines that adjoin."""
    bent = lines[1:-1] * 2.0
    bent -= lines[:-2]
    bent -= lines[2:]
    edges = bent[1:-1] * 2.0
    edges -= bent[:-2]
    edges -= bent[2:]
    return edges


def _signs_agree(net: np.ndarray, axis: int) -> bool:
    """Return whether a line (0: rows) lies to one side of its neighbours nearly all along."""
    edges = _edges(net if axis == 0 else net.T)
    above = np.count_nonzero(edges > 0, axis=1)
    below = np.count_nonzero(edges < 0, axis=1)
    return bool(np.abs(above - below).max() > _SURE * np.sqrt(len(net)))


def stands_on_bias(counts: np.ndarray, bias_level: float) -> bool:
    """Return whether pixels of floating point are raw counts still.

    Counts that a program saved as floats are whole numbers yet; those of a simulation may have
    parts of a count. What had its bias taken off lies about 0 where it is dark, and radiance is
    anything.

    Parameters
    ----------
    counts : numpy.ndarray of float, shape (n, n)
        The image.
    bias_level : float
        The read bias that the text states (counts).
    """
    darkest = float(counts.min())
    if darkest < 0:
        return False
    # so far from 0 that both cannot be meant
    stands = bias_level > 2 * FAR_COUNTS and abs(percentile(counts, 1) - bias_level) < FAR_COUNTS
    return bool((counts == np.rint(counts)).all() or (stands and darkest > bias_level / 2))
