"""The limit of detection (LOD) of a region.

It is a one-sided prediction limit for the net flux of an empty region of its size:
t · sqrt(variance), where the variance sums the pixels' noise, the background's own standard error,
what the background varies by from place to place beyond that noise, as tiles of the empty bed show,
and the error of an estimated dark level, which the flat field makes larger towards the corners, so
that the background does not take all of it off. (Only about six body-sized empty regions fit beside
the mice, hence the noise model together with tiles instead of a mean + 3 SD over those.)

Cosmic hits too weak to be told from a faint spot show on the bed, where nothing glows: as many, and
as strong, may lie in the region, and the limit is raised until they exceed it no more often.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lumicohort.regions.background import Background
from lumicohort.student import cumulative, quantile

_STEP = 1e-4  # relative: a limit is told to three digits
_NO_CHANCE = 1e-14  # as exactly as chances are known


def detection_limit(
    background: Background,
    n_pixels: int,
    pixel_cm: float,
    level: float,
    noise_scale: float = 1.0,
    common_left: float = 0.0,
) -> float:
    """Return the LOD of a region: net flux (p/s) that an empty one of its size rarely exceeds.

    Parameters
    ----------
    background : Background
        The click's background.
    n_pixels : int
        Pixels of the region.
    pixel_cm : float
        Pixel size.
    level : float
        One-sided level, such as 0.99.
    noise_scale : float
        Mean of 1 / response² over the region: noise is larger towards the corners.
    common_left : float, optional
        Of the standard error that all pixels share: mean over the region less mean over the
        background, which is what stays in a net flux.

    Returns
    -------
    float
        4π · pixel area · t · sqrt(N·σ² + N²·(place² + se² + common_left²)); more where single
        spots on the bed tell of cosmic hits that were not replaced.
    """
    own = n_pixels * background.pixel_variance * noise_scale
    shared = n_pixels**2 * (background.place_sd**2 + background.se**2 + common_left**2)
    sd = math.sqrt(own + shared)
    limit = _beyond_spots(background, n_pixels, sd * quantile(background.df, level), sd, level)
    return 4 * math.pi * pixel_cm**2 * limit


def _beyond_spots(
    background: Background, n_pixels: int, limit: float, sd: float, level: float
) -> float:
    """Return the limit raised so that noise with spots of the bed in it exceeds it as rarely.

    A region of N pixels holds Poisson(λ = N · spots / searched) of them; none, one and two (or
    more) are reckoned with: P(exceed) = e^-λ Q(limit) + λ e^-λ mean of Q(limit - spot) + …
    """
    seen = [s for s in background.spots if s > sd / 2]  # less is lost in the noise
    if not seen or sd <= 0:
        return limit
    spots = np.array(seen)
    expected = n_pixels * len(spots) / background.searched
    none = math.exp(-expected)
    one, two = none * expected, 1 - none * (1 + expected)
    pairs = np.add.outer(spots, spots).ravel()
    light = np.concatenate([[0.0], spots, pairs]) / sd
    weight = np.repeat([none, one / len(spots), two / len(pairs)], [1, len(spots), len(pairs)])

    def exceeds(step: int) -> float:
        at = limit * math.exp(_STEP * step)
        return float((weight * cumulative(background.df, light - at / sd)).sum())

    steps = math.ceil(math.log1p((float(pairs.max()) + sd) / limit) / _STEP)
    return limit * math.exp(_STEP * _first_as_rare(exceeds, 1 - level, steps))


def _first_as_rare(chance: Callable[[int], float], wanted: float, steps: int) -> int:
    """Return the first step at which a falling chance is no more than wanted; `steps` if none is.

    By regula falsi (Illinois) between whole steps, of the chance's logarithm, which falls about
    evenly; to load scipy.optimize would take longer than all the rest.
    """

    def beyond(step: int) -> float:
        found = chance(step)
        above = math.log(max(found, _NO_CHANCE) / wanted)
        return max(above, _NO_CHANCE) if found > wanted else min(above, 0.0)

    low, high = 0, steps - 1
    at_low = beyond(low)
    if at_low <= 0:
        return low
    at_high = beyond(high)
    if at_high > 0:
        return steps
    moved = 0
    while high - low > 1:
        part = at_low / (at_low - at_high)
        step = min(max(low + round((high - low) * part), low + 1), high - 1)
        value = beyond(step)
        if value > 0:
            low, at_low, moved = step, value, min(moved, 0) - 1
            at_high /= 1 if moved == -1 else 2
        else:
            high, at_high, moved = step, value, max(moved, 0) + 1
            at_low /= 1 if moved == 1 else 2
    return high
