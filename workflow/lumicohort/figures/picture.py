"""An animal cut out of a click: what montages show and their colour scale is made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Picture:
    """An animal cut out of a click.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (rows, columns)
        The photograph.
    radiance : ndarray of float, shape (rows, columns)
        Radiance in p/s/cm²/sr.
    own : ndarray of bool, shape (rows, columns)
        Pixels that are nearer to this animal than to any other.
    pixel_cm : float
        Size of a pixel at the stage.
    """

    photograph: np.ndarray
    radiance: np.ndarray
    own: np.ndarray
    pixel_cm: float
