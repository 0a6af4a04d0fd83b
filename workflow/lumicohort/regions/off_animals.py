"""Light where no animal lies: brighter than all of them, it asks for a look."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lumicohort.regions.polyline import FloatArray

if TYPE_CHECKING:
    from lumicohort.radiometry.radiance import RadianceImage
    from lumicohort.regions.anatomy import BodyMap
    from lumicohort.regions.background import Background

FLAG = "brightest_light_off_animals"
AWAY_CM = 1.0
"""Light nearer to a body may be its own: noses in cones, feet, the base of a tail."""
_CLEAR = 5.0  # standard deviations above the background, of each of nine pixels


def brightest_off_animals(image: RadianceImage, background: Background, where: BodyMap) -> bool:
    """Return whether a click's brightest spot lies away from all animals.

    So it does where the luminescent image and the photograph are not of one moment or one way
    round, where an animal was moved, and where luciferin or a glowing thing lies on the bed.

    Parameters
    ----------
    image : RadianceImage
        The calibrated click.
    background : Background
        Its background.
    where : BodyMap
        Where the bodies lie.
    """
    far = where.distance_cm[1:-1, 1:-1] > AWAY_CM
    if far.all() or not far.any():
        return False
    spots = _least_of_nine(image.radiance)  # a particle's hit lights fewer pixels
    off = np.where(far, spots, -np.inf)
    at = int(off.argmax())
    brightest = float(off.flat[at])
    row, column = divmod(at, off.shape[1])
    sd = math.sqrt(image.variance[row + 1, column + 1])
    on = float(spots[~far].max())
    return brightest > on and brightest > background.radiance + _CLEAR * sd


def _least_of_nine(image: FloatArray) -> FloatArray:
    """Return the least of 3 x 3 pixels around each that is not at the edge."""
    rows = np.minimum(image[:-2], image[1:-1])
    np.minimum(rows, image[2:], out=rows)
    least = np.minimum(rows[:, :-2], rows[:, 1:-1])
    return np.minimum(least, rows[:, 2:], out=least)
