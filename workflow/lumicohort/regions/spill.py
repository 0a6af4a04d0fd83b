"""Light that one animal throws on another's region.

How light falls off beyond a glowing animal (scatter in lens and air, glow of the bed) is learnt
from the click itself: radiance on the bed is fitted as the animals' flux spread by a sum of
exponentials of the distance with weights that cannot be negative. The same falling-off then
predicts what each animal adds to its neighbours' pixels.
"""

from __future__ import annotations

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
    owner = where.dilated(margin_cm)
    count = len(where.windows)
    net = image.radiance - background.radiance
    flux = np.bincount(owner.ravel(), net.ravel(), minlength=count + 1)[1:]
    if count < 2 or flux.max() < WORTH_LOOKING * max(float(flux.min()), 0.0):
        return None
    side = max(1, round(BLOCK_CM / image.pixel_cm))
    sources = [_blocks_of(np.where(owner == k, net, 0.0), side) for k in range(1, count + 1)]
    cell = side * image.pixel_cm
    weights = _learn(image, where, net, sources, side, cell)
    if weights is None:
        return None
    spill = np.zeros_like(image.radiance, dtype=np.float32)
    n = image.n // side
    for k in range(1, count + 1):
        mine = _blocks_of((owner == k).astype(float), side) > 0
        rows, columns = np.nonzero(mine)
        others = np.sum([s for j, s in enumerate(sources, start=1) if j != k], axis=0)
        light = _spread(rows, columns, others, cell) @ weights
        coarse = np.zeros((n, n), dtype=np.float32)
        coarse[rows, columns] = light
        fine = np.repeat(np.repeat(coarse, side, axis=0), side, axis=1)
        window = (slice(0, fine.shape[0]), slice(0, fine.shape[1]))
        at = owner[window] == k
        spill[window][at] = fine[at]
    return spill


def _blocks_of(image: NDArray[np.floating], side: int) -> FloatArray:
    n = image.shape[0] // side
    cut = image[: n * side, : n * side].reshape(n, side, n, side)
    return np.asarray(cut.mean(axis=(1, 3)), dtype=np.float64)


def _spread(
    rows: NDArray[np.intp], columns: NDArray[np.intp], source: FloatArray, cell: float
) -> FloatArray:
    """Return what sources throw on blocks, for each decay length; shape (blocks, lengths)."""
    y, x = np.nonzero(source > 0)
    light = source[y, x]
    distance = np.hypot(rows[:, None] - y[None, :], columns[:, None] - x[None, :]) * cell
    out = [
        (np.exp(-distance / length) / (2 * np.pi * length**2)) @ light * cell**2
        for length in LENGTHS_CM
    ]
    return np.column_stack(out)


def _learn(
    image: RadianceImage,
    where: BodyMap,
    net: FloatArray,
    sources: list[FloatArray],
    side: int,
    cell: float,
) -> FloatArray | None:
    """Fit the weights of the exponentials to the bed around the animals."""
    from scipy.optimize import nnls

    clear = (where.distance_cm > 0.4) & ~image.cosmic
    part = _blocks_of(clear.astype(float), side)
    value = _blocks_of(np.where(clear, net, 0.0), side)
    near = _blocks_of((where.distance_cm <= REACH_CM).astype(float), side) > 0
    rows, columns = np.nonzero((part > 0.99) & near)
    if len(rows) < 20:
        return None
    terms = _spread(rows, columns, np.sum(sources, axis=0), cell)
    return np.asarray(nnls(terms, value[rows, columns])[0])
