"""Light that one animal throws on another's region.

How light falls off beyond a glowing animal (scatter in lens and air, glow of the bed) is learnt
from the click itself: radiance on the bed is fitted as the animals' flux spread by a sum of
exponentials of the distance with weights that cannot be negative. The same falling-off then
predicts what each animal adds to its neighbours' pixels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.radiometry import RadianceImage
from lumicohort.regions.anatomy import BodyMap
from lumicohort.regions.background import Background
from lumicohort.regions.polyline import FloatArray

BLOCK_CM = 0.8
"""Side of the blocks in which light is spread: a prediction of a few percent needs no more."""
LENGTHS_CM = (0.6, 1.5, 4.0)
"""Decay lengths of the exponentials."""
REACH_CM = 5.0
"""Bed farther from all animals than this teaches nothing about spill."""
WORTH_LOOKING = 3.0
"""Ratio of a neighbour's flux to a region's own from which spill could matter: closer animals
share less than a few percent of their light with each other on real clicks."""


def predict_spill(
    image: RadianceImage, where: BodyMap, background: Background, margin_cm: float
) -> NDArray[np.float32] | None:
    """Predict the radiance that each animal's pixels get from the other animals.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    where : BodyMap
        Where the bodies lie.
    background : Background
        The click's background.
    margin_cm : float
        Dilation of the bodies.

    Returns
    -------
    ndarray, shape (n, n), or None
        Radiance from the other animals (p/s/cm²/sr), zero outside the bodies; None where no
        animal outshines another enough to matter.
    """
    bodies, count = where.pixels(margin_cm), where.count
    if count < 2:
        return None
    net = image.radiance.take(bodies.flat) - background.radiance
    side = max(1, round(BLOCK_CM / image.pixel_cm))
    blocks, across = _block_ids(image.n, side), image.n // side
    # by animal and block; the last block holds rows and columns left over
    at = blocks.take(bodies.flat)
    at += np.repeat(np.arange(count) * (across**2 + 1), bodies.counts)
    light = np.bincount(at, net, minlength=count * (across**2 + 1)).reshape(count, -1)
    flux = light.sum(axis=1)
    if flux.max() < WORTH_LOOKING * max(float(flux.min()), 0.0):
        return None
    sources = light[:, :-1].reshape(count, across, across) / side**2
    kernels = _kernels(across, side * image.pixel_cm)
    total = sources.sum(axis=0)
    weights = _learn(image, where, background, total, side, kernels)
    if weights is None:
        return None
    # a library's product would start threads, which cost more than so small a sum
    kernel = (weights[:, None, None] * kernels).sum(axis=0)
    spread = np.zeros((count, across**2 + 1), dtype=np.float32)
    spread[:, :-1] = _spread(total - sources, kernel).reshape(count, -1)
    out = np.zeros((image.n, image.n), dtype=np.float32)
    out.ravel()[bodies.flat] = spread.ravel().take(at)
    return out


@lru_cache(maxsize=8)
def _block_ids(n: int, side: int) -> NDArray[np.intp]:
    """Return the number of the square block that each pixel lies in, shape (n, n)."""
    across = n // side
    block = np.arange(n) // side
    ids = block[:, None] * across + block[None, :]
    ids[block >= across] = across**2
    ids[:, block >= across] = across**2
    ids.flags.writeable = False
    return ids


def _by_block(image: NDArray[np.generic], side: int, of: np.ufunc) -> NDArray[Any]:
    """Reduce an image over its blocks, shape (n // side, n // side)."""
    across = image.shape[0] // side
    rows = of.reduce(image[: across * side].reshape(across, side, -1), axis=1)[:, : across * side]
    # turned round, as reducing short pieces of rows costs more than reducing rows
    turned = np.ascontiguousarray(rows.T).reshape(across, side, across)
    return np.asarray(of.reduce(turned, axis=1).T)


@lru_cache(maxsize=8)
def _kernels(across: int, cell: float) -> NDArray[np.complex128]:
    """Return the Fourier transforms of what one block throws on others, by decay length."""
    step = np.arange(2 * across)
    away = np.minimum(step, 2 * across - step) * cell  # distances to the left come last
    distance = np.hypot(away[:, None], away[None, :])
    kernels = [
        np.exp(-distance / length) / (2 * np.pi * length**2) * cell**2 for length in LENGTHS_CM
    ]
    return np.asarray(np.fft.rfft2(np.stack(kernels)))


def _spread(source: FloatArray, kernels: NDArray[np.complex128]) -> FloatArray:
    """Return what sources throw on all blocks, by kernel; a convolution by Fourier transform."""
    across = source.shape[-1]
    twice = (2 * across, 2 * across)
    light = np.fft.rfft2(np.maximum(source, 0), twice) * kernels
    # back along the columns, and along those rows only that are asked for
    rows = np.fft.ifft(light, axis=-2)[..., :across, :]
    return np.asarray(np.fft.irfft(rows, 2 * across)[..., :across])


def _learn(
    image: RadianceImage,
    where: BodyMap,
    background: Background,
    total: FloatArray,
    side: int,
    kernels: NDArray[np.complex128],
) -> FloatArray | None:
    """Fit the weights of the exponentials to the bed around the animals."""
    from scipy.optimize import nnls

    near = _by_block(where.distance_cm, side, np.minimum)
    clear = near > 0.4
    clear &= near <= REACH_CM
    if image.cosmic.any():
        clear &= ~_by_block(image.cosmic, side, np.logical_or)
    if np.count_nonzero(clear) < 20:
        return None
    sums = _by_block(image.radiance, side, np.add)
    value = sums[clear] / side**2 - background.radiance
    terms = _spread(total, kernels)[:, clear].T
    return np.asarray(nnls(terms, value)[0])
