"""Finding and replacing cosmic-ray hits.

Two rules besides `off`:

`living_image`
    Living Image's own: a pixel whose raw counts (bias included) exceed the median of its 3 x 3
    neighbourhood by more than a factor of about 1.3 becomes that median. On a real click the
    cut lies between the ratios 1.277 and 1.333; these two are neighbours in the sorted list of
    ratios of *raw* counts, and of bias-subtracted counts they are not. The rule also clips
    sharp tumour peaks: it takes 4.7 % of the brightest region there.

`isolated`
    Only what no light can be. Light from an animal left it through skin: its spot on the stage
    is never narrower than that of a point source under the thinnest skin, so the darkest
    neighbours of a peak hold at least a known fraction of it (:func:`narrowest_wings`). A cosmic
    particle hits one pixel or a short track and leaves the others dark. A pixel is replaced when
    it stands out of the noise, its spot covers few pixels, and its darkest neighbours are darker
    than that fraction by a margin of noise: the darkest four of the eight (all that a track may
    leave dark), the darkest six, or all eight (which tell a single pixel from less). A hit too
    weak to be told from a faint spot stays.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lumicohort.radiometry.noise import NoiseModel
from lumicohort.ranks import median

RATIO = 1.3
"""Living Image's cut of counts / 3 x 3 median, between 1.277 and 1.333 *(seen)*."""

SKIN_CM = 0.05
"""Depth taken for the shallowest source: about the thickness of a mouse's skin. An assumption on
the safe side: tumours of the brain and the spine lie under bone as well."""

_SIGNIFICANT = 6.0  # SDs above the surroundings before a pixel is looked at: 1e-9 per pixel
_MARGIN = 3.0  # SDs by which the darkest neighbours must fall short of a spot's wing
_SAFETY = 0.7  # part of the theoretical wing that is asked for: lens, pixel shape, skin vary
_TRACK_PAIRS = 4  # pairs of opposite pixels of the 5 x 5 surroundings that a track may light
_LIT = 0.10  # part of the peak from which a pixel counts as lit
_PASSES = 3  # a hit beside a brighter hit shows once that one is gone
_LOWEST = np.array([2, 3, 4])  # pairs, darkest first, that are held against a spot's wing
_LOWEST_AT = slice(1, 4)  # where their sums stand among the sums of 1, 2, 3 and 4 pairs
# The mean of the lowest 2, 3 or 4 of four means of two independent normal values, less the median
# of 16 values: mean and SD, in one value's SD (by simulation of 10^6 draws).
_LOWEST_MEAN = np.array([-0.470, -0.243, 0.0])
_LOWEST_SD = np.array([0.508, 0.479, 0.464])

# Opposite neighbours in pairs: the mean of a pair is free of any slope of the surroundings.
_NEAR = ((0, 1), (1, 0), (1, 1), (1, -1))
_OPPOSITE = tuple((-i, -j) for i, j in _NEAR)
_RING = ((0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (2, -1), (2, -2), (1, -2))
_FARTHER = tuple((-i, -j) for i, j in _RING)


PARTICLE_COUNTS = 20_000.0
"""Counts that a particle hardly leaves in one spot: about 80 electrons per micrometre of silicon
(Groom, *Experimental Astronomy* 14, 45-55, 2002), so this many along 0.25 mm, more than two binned
pixels across. What holds more may be a lamp or a phantom, whose light did not pass through skin."""


def beyond_particles(hits: np.ndarray, removed: np.ndarray) -> np.ndarray | None:
    """Return the hits of spots that held more than a particle leaves, or None.

    Parameters
    ----------
    hits : numpy.ndarray of bool, shape (n, n)
        Pixels replaced.
    removed : numpy.ndarray, shape (hits.sum(),)
        Counts taken away there, row by row.

    Returns
    -------
    numpy.ndarray of bool, shape (n, n), or None
        Hits that touch one another are one spot. None where no spot holds so much.
    """
    if removed.sum() <= PARTICLE_COUNTS:
        return None
    from scipy.ndimage import label

    spots, count = label(hits, np.ones((3, 3)))
    light = np.bincount(spots[hits], removed, count + 1)
    bright = light > PARTICLE_COUNTS
    return bright[spots] if bright.any() else None


@lru_cache(maxsize=64)
def narrowest_wings(pixel_cm: float, depth_cm: float = SKIN_CM) -> tuple[float, float, float]:
    """Return how bright, at least, the darker neighbours of a light peak are.

    Parameters
    ----------
    pixel_cm : float
        Side of a binned pixel at the stage (cm).
    depth_cm : float, optional
        Depth of the source below the surface (cm).

    Returns
    -------
    tuple of three floats
        Mean of the darkest two, three and four pairs of opposite neighbours over the pixel
        itself, all above the median of the ring two pixels away, for a point source under the
        pixel's centre (where this is least). Scattering is left out: unscattered, the light
        through the surface goes as depth / (ρ² + depth²)^(3/2); scattering and the lens only
        widen the spot.
    """
    x = (np.arange(-2.5, 2.5, 1 / 15) + 1 / 30) * pixel_cm
    surface = depth_cm / (x[:, None] ** 2 + x[None, :] ** 2 + depth_cm**2) ** 1.5
    cells = surface.reshape(5, 15, 5, 15).sum((1, 3))
    base = median(np.array([cells[2 + i, 2 + j] for i, j in _RING]))
    pairs = np.sort([cells[2 + i, 2 + j] - base for i, j in _NEAR])  # opposite ones are equal
    two, three, four = (float(pairs[:k].mean() / (cells[2, 2] - base)) for k in _LOWEST)
    return two, three, four


def living_image_hits(counts: np.ndarray, ratio: float = RATIO) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels that Living Image would replace, and what it would put there.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n, n)
        Raw counts, bias included.
    ratio : float, optional
        Cut of counts over 3 x 3 median.

    Returns
    -------
    hits : numpy.ndarray of bool, shape (n, n)
    values : numpy.ndarray, shape (hits.sum(),)
        The medians, in the order of `counts[hits]`.
    """
    counts = np.asarray(counts, dtype=np.float64)
    padded = np.pad(counts, 1, mode="edge")
    suspects = np.flatnonzero(_exceeds_some_side(padded, counts, ratio))
    rows, columns = np.divmod(suspects, counts.shape[1])
    at = (rows + 1) * padded.shape[1] + columns + 1
    medians = np.sort(_around(padded, at, ((0, 0), *_NEAR, *_OPPOSITE)), axis=1)[:, 4]
    over = counts.take(suspects) > ratio * medians
    hits = np.zeros(counts.shape, dtype=bool)
    hits.ravel()[suspects[over]] = True
    return hits, medians[over]


def _exceeds_some_side(padded: np.ndarray, counts: np.ndarray, ratio: float) -> np.ndarray:
    """Return the pixels that may exceed `ratio` times their median, a superset at little cost.

    A pixel that exceeds `ratio` times the median of nine values exceeds `ratio` times at least
    five of its eight neighbours, so at least one of the four pairs of opposite ones lies wholly
    below.
    """
    cut = counts / ratio
    n, m = counts.shape
    found = np.zeros(counts.shape, dtype=bool)
    for i, j in ((0, 0), (0, 1), (0, 2), (1, 0)):
        one = padded[i : i + n, j : j + m]
        other = padded[2 - i : 2 - i + n, 2 - j : 2 - j + m]
        found |= (one < cut) & (other < cut)
    return found


def isolated_hits(
    net: np.ndarray, noise: NoiseModel, pixel_cm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels that no light from an animal can make, and their replacements.

    Parameters
    ----------
    net : numpy.ndarray, shape (n, n)
        Counts above the read bias.
    noise : NoiseModel
        Noise of these counts.
    pixel_cm : float
        Side of a binned pixel at the stage (cm).

    Returns
    -------
    at : numpy.ndarray of int, shape (hits,)
        Where they are in the image read row by row; rising.
    values : numpy.ndarray, shape (hits,)
        Median of the neighbours that are no hits.
    """
    wings = _SAFETY * np.array(narrowest_wings(round(pixel_cm, 6)))
    clean = _reflected(net)
    flat = clean.ravel()  # places are counted row by row: fewer steps
    suspects = _stand_out(clean, noise)
    is_hit = np.zeros(clean.size, dtype=bool)
    inner, beside = _inner(clean.shape).ravel(), _away((*_NEAR, *_OPPOSITE), clean.shape[1])
    hits = np.empty(0, dtype=np.intp)
    for _ in range(_PASSES):
        found = _no_light(clean, suspects, noise, wings)
        if not found.any():
            break
        new = suspects[found]
        flat[new] = np.nan
        flat[new] = _medians(clean, new)
        is_hit[new] = True
        hits = np.concatenate([hits, new])
        # what did not show yet, and the neighbours of new hits
        suspects = np.concatenate([suspects, (new[:, None] + beside).ravel()])
        suspects = _again(is_hit, inner, suspects)
    hits.sort()
    rows, columns = np.divmod(hits, clean.shape[1])
    return (rows - 2) * net.shape[1] + columns - 2, flat.take(hits)


def _reflected(net: np.ndarray) -> np.ndarray:
    """Return counts with two more pixels on every side, the image mirrored at its edge."""
    n, m = net.shape
    out = np.empty((n + 4, m + 4))
    out[2:-2, 2:-2] = net
    for outside, inside in ((0, 4), (1, 3), (-1, -5), (-2, -4)):
        out[outside] = out[inside]
    for outside, inside in ((0, 4), (1, 3), (-1, -5), (-2, -4)):
        out[:, outside] = out[:, inside]
    return out


@lru_cache(maxsize=16)
def _inner(shape: tuple[int, int]) -> np.ndarray:
    """Return which pixels of a reflected image are the image's own."""
    out = np.zeros(shape, dtype=bool)
    out[2:-2, 2:-2] = True
    out.flags.writeable = False
    return out


def _stand_out(padded: np.ndarray, noise: NoiseModel) -> np.ndarray:
    """Return the places of pixels that stand out against both neighbours beside or above.

    A first look with read noise alone, over all pixels; a second with photon noise, at few.
    """
    width = padded.shape[1]
    # all rows as one: where a row meets the next one there are none of the image's own pixels
    image = padded.ravel().astype(np.float32)
    cut = image[width:-width] - np.float32(_SIGNIFICANT * noise.read_noise)
    stands_out = image[width - 1 : -width - 1] < cut
    stands_out &= image[width + 1 : 1 - width] < cut
    above = image[: -2 * width] < cut
    above &= image[2 * width :] < cut
    stands_out |= above
    stands_out &= _inner(padded.shape).ravel()[width:-width]
    at = np.flatnonzero(stands_out) + width
    near = _around(padded, at, (*_NEAR, *_OPPOSITE))
    level = np.maximum(near[:, :4], near[:, 4:]).min(axis=1)
    return np.asarray(at[padded.take(at) - level > _SIGNIFICANT * np.sqrt(noise.variance(level))])


def _again(is_hit: np.ndarray, inner: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return places to look at next: once each, of the image itself, and no hits."""
    at = at[inner.take(at) & ~is_hit.take(at)]
    at.sort()
    return at[np.flatnonzero(np.diff(at, prepend=-1))]


def _no_light(
    image: np.ndarray, at: np.ndarray, noise: NoiseModel, wings: np.ndarray
) -> np.ndarray:
    """Return which suspects no light can make; see the module's text."""
    ring = _around(image, at, (*_RING, *_FARTHER))
    in_order = np.sort(ring, axis=1)  # for so few numbers faster than a median
    base = (in_order[:, len(_RING) - 1] + in_order[:, len(_RING)]) / 2
    peak = image.take(at) - base
    sd = np.sqrt(noise.variance(base))
    out = peak > _SIGNIFICANT * sd
    # of the neighbours of hits hardly any does, so that the rest is asked of those that do
    high = np.flatnonzero(out)
    if not high.size:
        return np.asarray(out)
    base, peak, sd = base.take(high)[:, None], peak.take(high)[:, None], sd.take(high)[:, None]
    near_pairs = _pairs(_around(image, at.take(high), (*_NEAR, *_OPPOSITE)))
    ring_pairs = _pairs(ring.take(high, axis=0))
    lit_cut = base + np.maximum(_LIT * peak / 2, 3 * sd / np.sqrt(2))
    lit = (near_pairs > lit_cut).sum(axis=1) + (ring_pairs > lit_cut).sum(axis=1)
    darkest_first = np.cumsum(np.sort(near_pairs, axis=1), axis=1)
    lowest = darkest_first[:, _LOWEST_AT] / _LOWEST - base
    # Where there is no light at all, `lowest` is (_LOWEST_MEAN ± _LOWEST_SD) sd; a real spot adds
    # its wing.
    short_by = wings * peak + _LOWEST_MEAN * sd - lowest
    dark = (short_by > _MARGIN * _LOWEST_SD * sd).any(axis=1)
    out[high] = (lit <= _TRACK_PAIRS) & dark
    return np.asarray(out)


def _pairs(values: np.ndarray) -> np.ndarray:
    """Return the means of opposite neighbours, of which the second half is opposite the first."""
    count = values.shape[1] // 2
    return np.asarray((values[:, :count] + values[:, count:]) / 2)


def _around(image: np.ndarray, at: np.ndarray, offsets: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return the values of an image at some offsets from places, shape (places, offsets)."""
    return np.asarray(image.take(at[:, None] + _away(offsets, image.shape[1])))


@lru_cache(maxsize=16)
def _away(offsets: tuple[tuple[int, int], ...], width: int) -> np.ndarray:
    """Return how far neighbours lie away in an image so wide, read row by row."""
    return np.array([i * width + j for i, j in offsets])


def _medians(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the median of each place's neighbours that are not NaN (5 x 5 where 3 x 3 are)."""
    values = _around(image, at, (*_NEAR, *_OPPOSITE))
    few = np.isnan(values).sum(axis=1) > 5
    if few.any():
        values = np.where(few[:, None], _around(image, at, _RING), values)
    values = np.sort(values, axis=1)  # NaN comes last
    count = np.maximum((~np.isnan(values)).sum(axis=1), 1)
    row = np.arange(len(values))
    return np.asarray((values[row, (count - 1) // 2] + values[row, count // 2]) / 2)
