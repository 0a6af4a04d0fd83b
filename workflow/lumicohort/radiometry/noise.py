"""How noisy a pixel is, estimated from the image itself.

ClickInfo.txt states neither read noise nor gain. Both follow from how the roughness of the image
grows with its brightness: variance = read noise² + signal / gain (Janesick, *Photon Transfer*,
SPIE Press 2007). On a real IVIS Spectrum click (binning 8) this gives a read noise of 2.9 counts
and a gain of 1.0 electrons per count from 5 to 1000 counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from lumicohort.ranks import median

MAD_TO_SD = 1.4826
"""Normal standard deviation over median absolute deviation."""

_READ_NOISE_FLOOR = 0.3  # counts: rounding to whole counts alone has an SD of 1/sqrt(12) = 0.29
_GAIN_RANGE = (0.2, 5.0)  # counts of variance per count of signal that CCDs of this kind have
_DEFAULT_SLOPE = 1.0  # as measured on the real click; used where too few pixels are lit
_MIN_PIXELS = 60
_WITHIN_3_SD = 0.9866  # SD of a normal variable cut off at 3 SD: sqrt(1 - 6 phi(3) / 0.9973)
_EVERY = 4  # rows used: 14,000 pixels of the smallest image still give the read noise to 1 %


@dataclass(frozen=True)
class NoiseModel:
    """Variance of a pixel's counts: `read_noise`² + `slope` · (counts - `level`).

    Parameters
    ----------
    read_noise : float
        Standard deviation (counts) of the image's dark pixels.
    slope : float
        Variance added by one count of signal: 1 / gain, gain in electrons per count.
    level : float
        Mean (counts above the bias) of those dark pixels.
    measured_slope : bool
        Whether `slope` comes from this image; else it is the default.
    """

    read_noise: float
    slope: float
    level: float = 0.0
    measured_slope: bool = False

    def variance(self, counts: np.ndarray) -> np.ndarray:
        """Return the variance (counts²) of pixels that hold that many counts above the bias.

        Counts below the level lower it, so that the sum over a region is not biased by the
        pixels' own noise, but never below a quarter of the read noise's.
        """
        quiet = self.read_noise**2
        out = np.asarray(np.multiply(counts, self.slope, dtype=np.float64))
        out += quiet - self.slope * self.level
        return np.maximum(out, quiet / 4, out=out)


def roughness(image: np.ndarray, every: int = 1) -> np.ndarray:
    """Return the image without everything smooth, scaled to keep the noise's variance.

    Second differences along both axes take planes and gentle curves away (Immerkær, *Computer
    Vision and Image Understanding* 64, 300-302, 1996).

    Parameters
    ----------
    image : numpy.ndarray, shape (n, m)
    every : int, optional
        Only every so many rows: enough to judge noise, at a part of the cost.

    Returns
    -------
    numpy.ndarray, shape (ceil((n - 2) / every), m - 2)
    """
    kind = image.dtype if image.dtype.kind == "f" else np.dtype(np.float32)
    rows = image[1:-1:every] * kind.type(-2)
    rows += image[:-2:every]
    rows += image[2::every]
    rough = rows[:, 1:-1] * kind.type(-2)
    rough += rows[:, :-2]
    rough += rows[:, 2:]
    rough /= kind.type(6)
    return rough


def noise_sd(frame: np.ndarray) -> float:
    """Return the standard deviation of a frame's pixel noise, robust to its structure.

    Parameters
    ----------
    frame : numpy.ndarray, shape (n, n)
        A bias or dark frame (counts).
    """
    return _spread(roughness(frame, _EVERY).ravel())


def _spread(rough: np.ndarray) -> float:
    """Return the normal SD of values around 0, those beyond 3 SD left out.

    The median alone would come in steps of 1/6 count, as whole counts make it.
    """
    absolute = np.abs(rough)
    limit = 3 * MAD_TO_SD * median(absolute)
    kept = absolute[absolute <= limit].astype(np.float64)
    if not kept.size or limit == 0:
        return 0.0
    return float(np.sqrt((kept * kept).sum() / kept.size)) / _WITHIN_3_SD


def _spread_of_sorted(absolute: np.ndarray) -> float:
    """Return the same of some hundred absolute values in rising order, at less cost."""
    half = absolute.size // 2
    middle = float(absolute[half])
    if absolute.size % 2 == 0:
        middle = (float(absolute[half - 1]) + middle) / 2
    limit = absolute.dtype.type(3 * MAD_TO_SD * middle)
    kept = absolute[: absolute.searchsorted(limit, side="right")].astype(np.float64)
    if not limit:
        return 0.0
    return float(np.sqrt((kept * kept).sum() / kept.size)) / _WITHIN_3_SD


def estimate_noise(net: np.ndarray) -> NoiseModel:
    """Estimate read noise and gain of a luminescent image.

    Parameters
    ----------
    net : numpy.ndarray, shape (n, n)
        Counts above the read bias.

    Returns
    -------
    NoiseModel
        The model. The read noise comes from the darkest half of the image; the slope is the
        median over brightness classes from about 3 to 1000 counts.
    """
    image = np.asarray(net, dtype=np.float32)
    rough = roughness(image, _EVERY).ravel()
    # Brightness comes from the eight neighbours, weighted so that it is independent of the
    # roughness (sum of products of weights 0) and of the pixel itself: choosing dark pixels by
    # it biases neither noise nor level.
    beside = image[:-2:_EVERY] + image[2::_EVERY]
    middle = image[1:-1:_EVERY]
    local = beside[:, :-2] + beside[:, 2:]
    local *= 2
    local += beside[:, 1:-1]
    local += middle[:, :-2]
    local += middle[:, 2:]
    local /= np.float32(12)
    local = local.ravel()
    pixel = middle[:, 1:-1].ravel()
    dark = np.flatnonzero(local <= median(local))
    level = float(pixel.take(dark).mean())
    read_noise = max(_spread(rough.take(dark)), _READ_NOISE_FLOOR)
    edges = level + 2.5 * read_noise * 2.0 ** np.arange(9)
    lit = np.flatnonzero(local >= edges[0])
    # class k holds what lies from edge k to the next one; the last, beyond all edges, is left out
    classes = np.searchsorted(edges[1:], local.take(lit), side="right").astype(np.uint8)
    lit = lit.take(np.argsort(classes, kind="stable"))
    rough, pixel = np.abs(rough.take(lit)), pixel.take(lit)
    ends = np.bincount(classes, minlength=len(edges)).cumsum().tolist()
    slopes = []
    for a, b in pairwise([0, *ends[:-1]]):
        if b - a < _MIN_PIXELS:
            continue
        added = _spread_of_sorted(np.sort(rough[a:b])) ** 2 - read_noise**2
        slopes.append(added / (pixel[a:b].sum() / (b - a) - level))
    if len(slopes) < 2:
        return NoiseModel(read_noise, _DEFAULT_SLOPE, level)
    slope = min(max(median(np.array(slopes)), _GAIN_RANGE[0]), _GAIN_RANGE[1])
    slope = float(np.float32(slope))  # in the precision of the roughness
    return NoiseModel(read_noise, slope, level, measured_slope=True)
