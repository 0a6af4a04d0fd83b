"""The photograph as mouse finding sees it: small, and levelled by its bed.

All of it works at one physical resolution, so that a mouse is 60–80 pixels long whatever the
camera, binning and field of view, and the cost is the same.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import median, percentile
from lumicohort.regions.darkness import darkest_told, level_corners
from lumicohort.regions.polyline import FloatArray

WORKING_PIXEL_CM = 0.095
"""Pixel size aimed at: a tail (0.4 cm) is still four pixels wide."""

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WorkingPhotograph:
    """A photograph at working resolution.

    Parameters
    ----------
    level : ndarray, shape (h, w)
        Natural logarithm of brightness over that of the bed: 0 is bed.
    pixel_cm : float
        Size of a pixel at the stage.
    noise : float
        Spread (robust standard deviation) of the bed's level.
    """

    level: FloatArray
    pixel_cm: float
    noise: float


def prepare(photograph: NDArray[np.generic], fov_cm: float, veil: float = 0.0) -> WorkingPhotograph:
    """Shrink a photograph to working resolution and level the bed's brightness.

    Parameters
    ----------
    photograph : ndarray, shape (n, m)
        Photographic image, counts.
    fov_cm : float
        Width of the field of view, cm.
    veil : float, optional
        Counts that lie over the whole photograph (:func:`veil_over`) and are taken off.

    Returns
    -------
    WorkingPhotograph
        The levelled photograph.
    """
    columns = photograph.shape[1]
    factor = _shrinking(columns, fov_cm)
    small = shrunk(photograph, factor)
    if veil:
        small = np.maximum(small - veil, 0.0)
    pixel_cm = fov_cm * factor / columns
    level = np.maximum(small, darkest_told(small))
    level, noise = _levelled(np.log(level, out=level))
    level_corners(level)
    return WorkingPhotograph(level, pixel_cm, noise)


_DARKEST = 0.5
"""Of a bed's brightness, what the darkest hundredth of a photograph has at most without a veil: on
the real click it has 0.43."""
_THIN_VEIL = 0.1
"""Part of the bed's brightness below which a veil hides nothing."""


def veil_over(photograph: NDArray[np.generic], fov_cm: float) -> float:
    """Return the light that seems to lie over the whole photograph, counts.

    A camera's own offset and stray light make bed and coats alike, as mice are told by how many
    times as light as the bed they are. It shows where nothing is dark: corners and shadows, and
    coats darker than the bed. It is no more than a guess, since a bed may lack all of them.

    Parameters
    ----------
    photograph : ndarray, shape (n, m)
        Photographic image, counts.
    fov_cm : float
        Width of the field of view, cm.

    Returns
    -------
    float
        0 where the photograph has dark places.
    """
    small = shrunk(photograph, _shrinking(photograph.shape[1], fov_cm))
    bed = float(np.exp(_mode(np.log(np.maximum(small, darkest_told(small))).ravel())))
    veil = (percentile(small, 1.0) - _DARKEST * bed) / (1 - _DARKEST)
    return veil if veil > _THIN_VEIL * bed else 0.0


def _shrinking(columns: int, fov_cm: float) -> int:
    """Return how many pixels of a photograph make one of working resolution."""
    return max(1, round(WORKING_PIXEL_CM * columns / fov_cm))


_last: tuple[weakref.ref[Any], int, FloatArray] | None = None


def shrunk(image: NDArray[np.generic], factor: int) -> FloatArray:
    """Return the means of square blocks of an image; rows and columns left over are dropped.

    The last result is kept: mice are found in what previews show. It must not be changed.
    """
    global _last
    if _last is not None and _last[0]() is image and _last[1] == factor:
        return _last[2]
    out = block_means(image, factor)
    out.flags.writeable = False
    _last = weakref.ref(image), factor, out
    return out


def block_means(image: NDArray[np.generic], factor: int) -> FloatArray:
    """Return the means of square blocks of an image; rows and columns left over are dropped."""
    rows, columns = (size // factor for size in image.shape)
    out = np.empty((rows, columns))
    # strip by strip, so that what is gone over several times is still at hand
    some = max(1, _STRIP // (factor * columns * factor * image.itemsize or 1))
    for start in range(0, rows, some):
        part = image[start * factor : min(start + some, rows) * factor, : columns * factor]
        out[start : start + some] = _block_sums(part, factor)
    out *= 1 / factor**2
    return out


_STRIP = 2**19
"""Bytes of an image that a processor's own memory holds, and more."""


def _block_sums(image: NDArray[np.generic], factor: int) -> NDArray[Any]:
    """Return the sums of the square blocks that make up an image."""
    # adding up strided slices of whole numbers is far faster than reducing a reshaped view
    kind = np.uint32 if image.dtype.kind in "ub" and image.dtype.itemsize <= 2 else np.float64
    # and sums of the camera's own kind of number faster still, where they fit
    fits = image.dtype == np.uint16 and int(image.max(initial=0)) * factor < 2**16
    by_row: NDArray[Any] = image.reshape(len(image) // factor, factor, -1).sum(
        axis=1, dtype=np.uint16 if fits else kind
    )
    blocks: NDArray[Any] = by_row[:, ::factor].astype(kind)
    for k in range(1, factor):
        blocks += by_row[:, k::factor]
    return blocks


_NARROWEST = 0.12
"""What differs less than this from the bed's surface is bed."""


_PLAIN_BED = 0.5
"""Where less than this part of a photograph is so near to the surface, it may not be the bed's."""
_MORE_BED = 1.1
"""By what factor more of the photograph must be near to another surface to prefer that."""


def _levelled(level: FloatArray) -> tuple[FloatArray, float]:
    """Take off the bed's brightness, a quadratic surface (lamps and lens dim the corners)."""
    h, w = level.shape
    step = max(1, h // 80)
    some = np.ascontiguousarray(level[::step, ::step])
    y, x = (_powers(size, step) for size in (h, w))
    fit = _fitted(some, y, x, np.array([_mode(some.ravel()), 0, 0, 0, 0, 0], dtype=float))
    if fit.share < _PLAIN_BED:
        # light from one side: the commonest level is that of a part of the bed only
        steeper = _fitted(some, y, x, _tilted(some, y, x))
        if steeper.share > _MORE_BED * fit.share:
            fit = steeper
    surface = _surface_of(fit.coefficients, _powers(h, 1), _powers(w, 1))
    return np.subtract(level, surface, out=surface), fit.noise


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A surface through the bed: its noise, and the part of the photograph that is near to it."""

    coefficients: FloatArray
    noise: float
    share: float


def _fitted(some: FloatArray, y: FloatArray, x: FloatArray, first: FloatArray) -> _Fit:
    """Fit a quadratic surface to the bed, from a first one on, in ever narrower bands."""
    coefficients = first
    width = noise = 0.35
    rest = some - _surface_of(first, y, x) if first[1:].any() else some - first[0]
    for _ in range(4):
        bed = np.abs(rest) < width
        if np.count_nonzero(bed) < 50:
            break
        weight = bed.astype(np.float64)
        # all sums of products of powers of x and y at once, as rows and columns can be taken apart
        gram = (y @ weight @ x.T)[_Y_BY_Y, _X_BY_X] + _RIDGE
        weight *= some
        right = (y[:3] @ weight @ x[:3].T)[_OF_Y, _OF_X]
        coefficients = np.asarray(np.linalg.solve(gram, right), dtype=np.float64)
        np.subtract(some, _surface_of(coefficients, y, x), out=rest)
        noise = _spread(rest[bed])
        width = min(width, max(3 * noise, _NARROWEST))
    share = np.count_nonzero(np.abs(rest) < _NARROWEST) / rest.size
    return _Fit(coefficients, noise, share)


def _tilted(some: FloatArray, y: FloatArray, x: FloatArray) -> FloatArray:
    """Return a plane as steep as most of a photograph is, at the commonest level above it.

    Edges of mice go up as often as down, so that the median of differences is the light's.
    """
    plane = np.zeros(6)
    for term, at, axis in ((1, x, 1), (2, y, 0)):
        lag = some.shape[axis] // 10
        there, here = np.arange(lag, some.shape[axis]), np.arange(some.shape[axis] - lag)
        change = some.take(there, axis=axis) - some.take(here, axis=axis)
        plane[term] = median(change.ravel()) / (at[1, lag] - at[1, 0])
    plane[0] = _mode((some - _surface_of(plane, y, x)).ravel())
    return plane


def _spread(values: FloatArray) -> float:
    """Return the robust standard deviation of some values, at least 0.01."""
    return max(1.4826 * median(np.abs(values - median(values))), 0.01)


_OF_X, _OF_Y = np.array([0, 1, 0, 2, 1, 0]), np.array([0, 0, 1, 0, 1, 2])
"""Powers of x and y in the terms of a quadratic surface: 1, x, y, x², xy, y²."""
_X_BY_X, _Y_BY_Y = _OF_X[:, None] + _OF_X, _OF_Y[:, None] + _OF_Y
"""Those in the products of two terms."""
_RIDGE = 1e-6 * np.eye(6)


def _surface_of(c: FloatArray, y: FloatArray, x: FloatArray) -> FloatArray:
    """Return the quadratic surface of these coefficients over a grid, from powers of y and x."""
    by_power = np.array([[c[0], c[1], c[3]], [c[2], c[4], 0.0], [c[5], 0.0, 0.0]])
    return np.asarray(y[:3].T @ (by_power @ x[:3]))


@lru_cache(maxsize=16)
def _powers(size: int, step: int) -> FloatArray:
    """Return the powers 0 to 4 of every `step`th place from -0.5 to 0.5, shape (5, k)."""
    at = np.arange(0, size, step) / size - 0.5
    powers = np.asarray(at ** np.arange(5)[:, None], dtype=np.float64)
    powers.flags.writeable = False
    return powers


_OVEREXPOSED = 0.02
"""Where more of a photograph than this shares its highest level, the camera could tell no more."""


def _mode(values: FloatArray) -> float:
    """Return the commonest value, from a smoothed histogram."""
    low, high = percentile(values, 0.5), percentile(values, 99.5)
    if high - low < 1e-9:
        return float(low)
    inside = values[(values >= low) & (values <= high)]
    overexposed = values >= values.max()
    if _OVEREXPOSED < np.count_nonzero(overexposed) / len(values) < 0.5:
        # what is as light as the camera can tell is one level, however common, and no bed
        inside = inside[inside < high]
    counts, middles = histogram(inside, low, high, 120)
    smooth = np.convolve(counts, np.ones(5), mode="same")
    return float(middles[int(smooth.argmax())])


def histogram(
    values: FloatArray, low: float, high: float, bins: int
) -> tuple[NDArray[np.intp], FloatArray]:
    """Return counts and centres of even bins, as `numpy.histogram`'s at a third of the cost."""
    width = (high - low) / bins
    at = ((values - low) * (1 / width)).astype(np.uint8)
    counts = np.bincount(at.ravel(), minlength=bins + 1)
    counts[bins - 1] += counts[bins]  # the last bin holds its upper edge
    return counts[:bins], np.asarray(low + width * (np.arange(bins) + 0.5), dtype=np.float64)


def surface_through(level: FloatArray, where: BoolArray) -> FloatArray:
    """Return the quadratic surface through the levels of some pixels."""
    h, w = level.shape
    y, x = (np.linspace(-0.5, 0.5, size) ** np.arange(3)[:, None] for size in (h, w))
    some = np.flatnonzero(where)[::7]
    rows = some // w
    terms = y[:, rows][_OF_Y] * x[:, some - rows * w][_OF_X]
    fit = np.linalg.solve(terms @ terms.T + _RIDGE, terms @ level.take(some))
    return _surface_of(fit, y, x)
