"""The corrections between counts and radiance, one pure function each.

Source of the formulas: the texts of real click folders state the coefficients and the form of
the flat field (`ff(r) = k0 + k1*r + k2*r^2 + k3*r^3 + k4*r^4`, chip offset x0, y0); their
combination reproduces Living Image 4.7's numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lumicohort.radiometry.coefficients import FlatFieldCoefs

_RESPONSE_MAX = 3.0  # a response is 1 in the middle and falls outwards
_PRINTED_SD = 1e-6 / 12**0.5  # click files print k0 … k4 with six decimals: SD of their rounding


def subtract_bias(counts: np.ndarray, level_counts: float) -> np.ndarray:
    """Subtract the level of the read bias at this exposure.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n, n)
        Camera counts.
    level_counts : float
        `Read Bias Level` of the luminescent image, measured at this exposure.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        Counts above the level; negative ones stay. What the bias deviates from its level by
        (:func:`bias_structure`) is still in them.
    """
    net = counts.astype(np.float64)
    net -= level_counts
    return net


def bias_structure(
    frame: np.ndarray, smooth_px: int | None = None, mean: float | None = None
) -> np.ndarray:
    """Return how the read bias deviates from its mean over the sensor.

    The bias is not flat. On a real IVIS Spectrum click it rises by 0.8 counts from one corner
    to the other in `readbias.TIF`, and the luminescent image follows it (regression coefficient
    0.95 ± 0.15 far from the animals): as much as a faint region's light.

    Parameters
    ----------
    frame : numpy.ndarray, shape (n, n)
        `readbias.TIF` over its `Data Multiplier` (counts).
    smooth_px : int, optional
        Side (pixels) of a running mean, applied twice, so that the frame's own noise is not
        added where no dark frame takes it away again.
    mean : float, optional
        The frame's mean, where it is known already.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        Counts; the mean is 0.
    """
    structure = frame - (frame.mean() if mean is None else mean)
    if smooth_px:
        from scipy.ndimage import uniform_filter

        for _ in range(2):
            structure = uniform_filter(structure, smooth_px, mode="nearest")
    return structure


def dark_charge(dark_frame: np.ndarray, bias: np.ndarray | float, multiplier: float) -> np.ndarray:
    """Return the charge that collects without light during the exposure.

    Parameters
    ----------
    dark_frame : numpy.ndarray, shape (n, n)
        `background.TIF` as stored: bias and dark charge, times `multiplier`.
    bias : numpy.ndarray, shape (n, n), or float
        The read bias (counts): `readbias.TIF` over its multiplier, or a level.
    multiplier : float
        `Data Multiplier` of the dark frame.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        Dark charge (counts).
    """
    charge = np.divide(dark_frame, multiplier, dtype=np.float64)
    charge -= bias
    return charge


@lru_cache(maxsize=16)
def flat_field(n: int, fov_cm: float, coefs: FlatFieldCoefs) -> np.ndarray:
    """Return the lens's relative response over the image.

    Parameters
    ----------
    n : int
        Pixels along a side.
    fov_cm : float
        Field of view (cm).
    coefs : tuple of seven floats
        k0, k1, k2, k3, k4, x0, y0: ff = Σ k_i r^i, r the distance (cm at the stage) from the
        point (x0, y0), seen from the image's centre, rows downwards.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        About 1 in the middle, less towards the corners; read-only, kept for the next click.

    Raises
    ------
    ValueError
        When it is not positive everywhere: these coefficients belong to another field of view.
    """
    k0, k1, k2, k3, k4, x0, y0 = coefs
    along = (np.arange(n) + 0.5 - n / 2) * fov_cm / n
    r = np.hypot(along[None, :] - x0, along[:, None] - y0)
    with np.errstate(over="ignore", invalid="ignore"):
        response = k0 + r * (k1 + r * (k2 + r * (k3 + r * k4)))
    if not 0 < response.min() <= response.max() < _RESPONSE_MAX:
        raise ValueError(
            f"the flat field runs from {response.min():.3g} to {response.max():.3g} within a "
            f"field of view of {fov_cm:g} cm: its coefficients do not belong to it."
        )
    response.flags.writeable = False
    return response


@lru_cache(maxsize=16)
def flat_field_rounding(n: int, fov_cm: float, coefs: FlatFieldCoefs) -> np.ndarray:
    """Return how far the printed digits of the coefficients leave the flat field open.

    A coefficient printed with six decimals is off by an evenly distributed error of SD
    1e-6 / sqrt(12), which r⁴ makes large far out: 0.4 % of the response 10 cm from the middle.

    Parameters
    ----------
    n, fov_cm, coefs
        As for :func:`flat_field`.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        Relative standard error of the response, and so of radiance; shared by neighbouring
        pixels, and the same in every click of this field of view and f-number. Read-only.
    """
    x0, y0 = coefs[5:]
    along = (np.arange(n) + 0.5 - n / 2) * fov_cm / n
    r2 = (along[None, :] - x0) ** 2 + (along[:, None] - y0) ** 2
    squares = 1 + r2 * (1 + r2 * (1 + r2 * (1 + r2)))  # Σ r^(2i), i = 0 … 4
    out = np.asarray(_PRINTED_SD * np.sqrt(squares) / flat_field(n, fov_cm, coefs))
    out.flags.writeable = False
    return out


def counts_to_radiance(
    net: np.ndarray | float,
    c: float,
    binning: int,
    exposure_s: float,
    response: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Return radiance from net counts: net · C / (B² · t · ff).

    Parameters
    ----------
    net : numpy.ndarray, shape (n, n), or float
        Counts above bias and dark charge.
    c : float
        C (p/s/cm²/sr per count/s of an unbinned pixel).
    binning : int
        Binning factor B.
    exposure_s : float
        Exposure t (s).
    response : numpy.ndarray, shape (n, n), or float
        Flat field ff; 1 leaves it uncorrected.

    Returns
    -------
    numpy.ndarray, shape (n, n), float64
        Radiance (p/s/cm²/sr).
    """
    return np.asarray(net * radiance_of_a_count(c, binning, exposure_s, response))


def radiance_of_a_count(
    c: float, binning: int, exposure_s: float, response: np.ndarray | float = 1.0
) -> np.ndarray:
    """Return the radiance (p/s/cm²/sr) of one count; as :func:`counts_to_radiance`."""
    return np.asarray(c / (binning**2 * exposure_s) / response)


def saturated_pixels(counts: np.ndarray, level_counts: float) -> np.ndarray:
    """Return the pixels whose raw counts reach the level at which the camera is full.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n, n)
        Counts as stored, before any correction.
    level_counts : float
        `CCD Saturation Level`. It holds for the stored 16-bit value whatever the binning: the
        charge of binned pixels is added before it is digitised.

    Returns
    -------
    numpy.ndarray of bool, shape (n, n)
    """
    if counts.max() < level_counts:  # nearly every image; whole numbers are compared far faster
        return np.zeros(counts.shape, dtype=bool)
    return counts >= level_counts


def clips_below(counts: np.ndarray, bias_counts: float) -> bool:
    """Return whether an image was cut off at its greatest value, whatever the stated level.

    A program that saves an image with fewer bits, or a camera full earlier than its text says,
    gives all brighter pixels one value. Noise does not: of a camera's brightest pixels hardly two
    are alike, and fewer are than of those just below.

    Parameters
    ----------
    counts : numpy.ndarray of unsigned integers, shape (n, n)
        Counts as stored.
    bias_counts : float
        Counts without any light.
    """
    top = int(counts.max())
    alike = int(np.count_nonzero(counts == top))
    height = top - bias_counts
    if alike < _LEAST_ALIKE or height < _LEAST_HEIGHT:
        return False
    below = np.count_nonzero(counts >= top - _JUST_BELOW * height) - alike
    usual = below / (_JUST_BELOW * height)  # pixels of each value
    # a drawn image has no noise, and large areas of one value
    drawn = np.median(np.abs(np.diff(counts[::4].astype(np.float32), axis=1))) == 0
    return bool(alike > _MORE_ALIKE * usual and not drawn)


_LEAST_ALIKE = 5
_MORE_ALIKE = 5.0
"""With these, none of some 1,900 simulated clicks and not the real one is taken for cut off."""
_JUST_BELOW = 0.1  # of the height above the bias
_LEAST_HEIGHT = 200.0
"""Counts: some 70 times the read noise of a real camera; below, whole counts may be alike."""
