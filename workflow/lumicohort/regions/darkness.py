"""What is too dark in a photograph to tell anything: black beds, what the lens does not show."""

from __future__ import annotations

import numpy as np

from lumicohort.ranks import median, percentile
from lumicohort.regions.polyline import FloatArray

_RANGE = 255.0
"""By what factor a photograph's lightest level exceeds the darkest told from black, at least."""
_GRAIN = 0.3
"""Neighbouring pixels of a bed that a camera saw differ by less than this, relative to it."""
_BLACK = 30.0
"""On a bed that is black or mere noise, what is darker than light coats by this factor is bed."""
_UNSEEN = -2.0
"""Level of what the lens or a round stage does not show; the darkest coats lie above it mostly."""


def darkest_told(small: FloatArray) -> float:
    """Return the level below which a photograph tells nothing.

    One count is dark for a camera, whose beds have hundreds; pictures with a range of 0 to 1, or of
    few levels, have their own. Where the bed is black, and so a count of noise or of blur is many
    times as light as the bed, the light coats say what is dark.

    Parameters
    ----------
    small : ndarray, shape (h, w)
        The photograph at working resolution, counts.
    """
    darkest = min(1.0, float(small.max()) / _RANGE) or 1.0
    some = small[::4]  # tells both as well
    usual = median(some)
    grain = median(np.abs(some[:, 1:] - some[:, :-1]))
    if usual > darkest and grain < _GRAIN * usual:
        return darkest
    light = percentile(small, 99.0)
    return max(darkest, min(max(light / _BLACK, usual + 2 * grain), light / 4))


def level_corners(level: FloatArray) -> None:
    """Set what is dark out to all corners of a photograph to the bed's level.

    Parameters
    ----------
    level : ndarray, shape (h, w)
        Logarithm of how much lighter than the bed each pixel is; changed in place.
    """
    if level[[0, 0, -1, -1], [0, -1, 0, -1]].max() >= _UNSEEN:  # nearly every photograph
        return
    from scipy.ndimage import label

    pieces, _ = label(level < _UNSEEN)
    level[np.isin(pieces, pieces[[0, 0, -1, -1], [0, -1, 0, -1]])] = 0.0
