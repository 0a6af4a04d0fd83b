"""What finding mice tells of each."""

from __future__ import annotations

from dataclasses import dataclass

from lumicohort.errors import InputError
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polyline import FloatArray


class MiceNotFound(InputError):
    """The photograph does not show the mice that are named."""


@dataclass(frozen=True, slots=True, eq=False)
class Mouse:
    """A mouse found in the photograph.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        Silhouette without tail (ears and feet included), at working resolution.
    pixel_cm : float
        Pixel size of `mask`.
    axis : ndarray, shape (m, 2)
        Midline (x, y) in cm from the image's upper left, from the visible front of the head
        (s = 0) to the tail base (s = 1), at even arc length.
    length_cm : float
        Length of the midline.
    width_cm : float
        Mean width: area over length.
    area_cm2 : float
        Area of the body.
    centre : tuple of float
        Centroid (x, y), cm.
    suspicion : float
        0 (all as usual) to 1 (surely something is wrong); the QC page sorts by it.
    reasons : tuple of str
        What raised the suspicion.
    flags : tuple of str
        Flags that all regions of the mouse bear.
    """

    mask: BoolArray
    pixel_cm: float
    axis: FloatArray
    length_cm: float
    width_cm: float
    area_cm2: float
    centre: tuple[float, float]
    suspicion: float
    reasons: tuple[str, ...]
    flags: tuple[str, ...] = ()
