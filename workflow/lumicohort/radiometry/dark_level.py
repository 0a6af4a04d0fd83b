"""The dark level of a click whose dark frame is lost, read from the image itself.

Dark charge collects in every pixel alike; light comes through the lens, whose response falls to
a fifth in the corners. So where the lens passes least and no animal is near, what stands above
the bias is dark charge, and light has the least part in it.

On the real click (dark frame destroyed; 40 s, binning 8) the level there is 1.1 counts whether
the lens passes 20, 40 or 60 % (1.2 ± 0.3, 1.1 ± 0.1, 1.1 ± 0.1): no light that the lens passed
could do that. Nearer to the animals the level rises to 1.6, which is light. The median outside
the animals (2.4 counts) would take half of the faintest region's light away as dark.

Elsewhere a bed, or a chamber that is not quite dark, may glow evenly up to the corners. Such light
falls off as the lens does, while dark charge does not: so the level is where a straight line of
counts on the lens's response, laid through the dim part of the image, meets a response of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lumicohort.radiometry.noise import NoiseModel
from lumicohort.ranks import median, percentile

_NEAR_CM = 1.0  # light spills this far from what visibly glows
_DIM = 1 / 3  # of the dark pixels, those that the lens passes least
_MIN_PIXELS = 400  # SE of the mean below 0.15 counts at a read noise of 3


@dataclass(frozen=True)
class DarkLevel:
    """A dark level with its uncertainty.

    Parameters
    ----------
    counts : float
        The level (counts); may be slightly negative where the bias level is off.
    se_counts : float
        Its standard error, shared by every pixel of the image: that of the straight line at a
        response of 0, the spread of the image's four quarters (light that is not even), and half
        of what the better-lit part of the dark pixels stands off the line (some of that light
        may be in the level too).
    n_pixels : int
        Pixels used.
    """

    counts: float
    se_counts: float
    n_pixels: int


def estimate_dark_level(
    net: np.ndarray, response: np.ndarray, noise: NoiseModel, pixel_cm: float
) -> DarkLevel | None:
    """Estimate the level of an image where no light falls.

    Parameters
    ----------
    net : numpy.ndarray, shape (n, n)
        Counts above the bias (its structure taken off), cosmic hits replaced or not.
    response : numpy.ndarray, shape (n, n)
        The flat field.
    noise : NoiseModel
        Noise of these counts.
    pixel_cm : float
        Side of a pixel (cm).

    Returns
    -------
    DarkLevel or None
        None where too little of the image is dark.
    """
    from scipy.ndimage import distance_transform_cdt, uniform_filter

    smooth = uniform_filter(np.asarray(net, dtype=np.float64), 5, mode="nearest")
    start = percentile(smooth, 10)
    glowing = smooth > start + 5 * noise.read_noise / 5 + noise.read_noise  # 5 x 5 mean: SD / 5
    if glowing.all():
        return None
    far = ~glowing
    if glowing.any():
        far = distance_transform_cdt(far, metric="chessboard") * pixel_cm > _NEAR_CM
    n_far = int(np.count_nonzero(far))
    if n_far * _DIM < _MIN_PIXELS:
        return None
    used = far & (response <= np.quantile(response[far], _DIM))
    values, passed = _unclipped(net[used], response[used], noise.read_noise)
    level, slope, se = _at_no_response(values, passed, noise.read_noise)
    quarters = [
        float((v - slope * r).mean())
        for v, r in (
            _unclipped(net[part][used[part]], response[part][used[part]], noise.read_noise)
            for part in _quarters(net.shape)
            if np.count_nonzero(used[part]) >= _MIN_PIXELS / 4
        )
    ]
    if len(quarters) > 1:
        spread = float(np.std(quarters, ddof=1)) / np.sqrt(len(quarters))
        # what noise alone spreads them by is in the line's error already
        se = float(np.hypot(se, np.sqrt(max(spread**2 - noise.read_noise**2 / values.size, 0.0))))
    brighter, theirs = _unclipped(net[far & ~used], response[far & ~used], noise.read_noise)
    off = float((brighter - slope * theirs).mean()) - level
    return DarkLevel(level, float(np.hypot(se, off / 2)), int(values.size))


def _at_no_response(
    values: np.ndarray, passed: np.ndarray, sd: float
) -> tuple[float, float, float]:
    """Return where counts over response meet no response, the slope, and the meeting's SE.

    Least squares; a slope below 0 would be less light than none, so then the mean stands.
    """
    middle = float(passed.mean())
    away = passed - middle
    squares = float((away * away).sum())
    slope = max(float((away * values).sum()) / squares, 0.0) if squares > 0 else 0.0
    se = sd * np.sqrt(1 / values.size + (middle**2 / squares if squares > 0 else 0.0))
    return float(values.mean()) - slope * middle, slope, float(se)


def _quarters(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    rows, columns = shape[0] // 2, shape[1] // 2
    return [
        (r, c)
        for r in (slice(0, rows), slice(rows, None))
        for c in (slice(0, columns), slice(columns, None))
    ]


def _unclipped(values: np.ndarray, beside: np.ndarray, sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the values within 4 SD of their median, and what stands beside them."""
    kept = np.abs(values - median(values)) <= 4 * sd
    return values[kept], beside[kept]
