"""What a mouse's outline can look like, and taking touching mice apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.polyline import FloatArray

# Outlines from above of mice of 15 to 40 g without tail, cm: logarithmic mean and spread. The
# spreads are wide on purpose: they tell mice from hardware, not one mouse from another.
AREA_CM2 = (15.5, 0.45)
LENGTH_CM = (6.6, 0.25)
MEAN_WIDTH_CM = (2.4, 0.25)
CORE_AREA_CM2 = (13.5, 0.45)
CORE_ASPECT = (2.1, 0.28)
CORE_WIDTH_CM = (2.9, 0.25)
LENGTHS_CM = (5.5, 11.0)
"""Shortest and longest body without tail of a grown mouse as it lies under anaesthesia."""

WORST_PENALTY = 14.0
"""A shape whose penalty (sum of squared z-scores of three measures) exceeds this is no mouse."""

_EYE = np.eye(2)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The ellipse of the same moments as a set of pixels."""

    centre: FloatArray
    covariance: FloatArray
    area_cm2: float

    @property
    def axes_cm(self) -> tuple[float, float]:
        """Full lengths of the long and the short axis, cm."""
        (xx, xy), (_, yy) = self.covariance.tolist()
        middle, half = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
        return 4 * math.sqrt(middle + half), 4 * math.sqrt(max(middle - half, 1e-9))

    @property
    def direction(self) -> FloatArray:
        """Unit vector along the long axis."""
        return np.asarray(np.linalg.eigh(self.covariance)[1][:, 1])

    @property
    def fill(self) -> float:
        """Area over that of the ellipse: 1 for a full ellipse, less where there are gaps."""
        long, short = self.axes_cm
        return self.area_cm2 / (np.pi / 4 * long * short)


def ellipse_of(points: FloatArray, pixel_area: float) -> Ellipse:
    """Return the ellipse of the same moments as pixels at `points` (n, 2), cm."""
    centre = points.mean(axis=0)
    rest = points - centre
    covariance = rest.T @ rest / len(points) + _EYE * pixel_area / 12
    return Ellipse(centre, covariance, len(points) * pixel_area)


def z(value: float, expected: tuple[float, float]) -> float:
    """Return the z-score of a positive value on the logarithmic scale."""
    return math.log(max(value, 1e-9) / expected[0]) / expected[1]


def core_penalty(ellipse: Ellipse) -> float:
    """Return how unlike the trunk of one mouse a set of pixels is (0: exactly like one)."""
    long, short = ellipse.axes_cm
    gaps = max(0.0, 0.93 - ellipse.fill) / 0.05
    return (
        z(ellipse.area_cm2, CORE_AREA_CM2) ** 2
        + z(long / short, CORE_ASPECT) ** 2
        + z(short, CORE_WIDTH_CM) ** 2
        + gaps**2
    )


@dataclass(frozen=True, slots=True)
class Split:
    """One way to take a piece of foreground apart into trunks."""

    labels: NDArray[np.intp]
    ellipses: tuple[Ellipse, ...]
    penalty: float

    @property
    def count(self) -> int:
        """Number of trunks."""
        return len(self.ellipses)


def splits(points: FloatArray, pixel_area: float, most: int) -> list[Split]:
    """Return the best way to take pixels apart into 1, 2, … trunks.

    Ellipses are fitted by alternating between assigning pixels to the likeliest Gaussian and
    refitting (classification EM; Celeux & Govaert 1992), from several starts; the start whose
    trunks look most like mice wins.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Pixels, cm.
    pixel_area : float
        Area of a pixel, cm².
    most : int
        Greatest number of trunks to try.

    Returns
    -------
    list of Split
        One for each number of trunks that could be fitted.
    """
    whole = ellipse_of(points, pixel_area)
    single = Split(np.zeros(len(points), dtype=np.intp), (whole,), core_penalty(whole))
    found = [single]
    area = len(points) * pixel_area
    # no trunk is larger than about 35 cm² or smaller than 5 cm²
    upper = min(most, int(area / 5.0))
    if upper < 2 or (single.penalty < 4.0 and area < 30.0):
        return found
    stride = max(1, len(points) // 900)
    sample = points[::stride]
    for count in range(2, upper + 1):
        if area / count > 35.0:
            continue
        tries = [
            t for start in _starts(sample, whole, count) if (t := _fit(sample, start)) is not None
        ]
        best: Split | None = None
        for centres, covariances in tries:
            labels = _assign(points, centres, covariances)
            if len(np.unique(labels)) < count:
                continue
            ellipses = tuple(ellipse_of(points[labels == k], pixel_area) for k in range(count))
            penalty = float(np.mean([core_penalty(e) for e in ellipses]))
            if best is None or penalty < best.penalty:
                best = Split(labels, ellipses, penalty)
        if best is not None:
            found.append(best)
    return found


def _starts(points: FloatArray, whole: Ellipse, count: int) -> list[NDArray[np.intp]]:
    """Return first assignments: slices across the image, and along either axis of the piece."""
    long = whole.direction
    ways = (np.array([1.0, 0.0]), long, np.array([-long[1], long[0]]))
    starts: list[NDArray[np.intp]] = []
    for way in ways:
        value = points @ way
        edges = np.quantile(value, np.linspace(0, 1, count + 1)[1:-1])
        start = np.searchsorted(edges, value).astype(np.intp)
        if not any((start == s).all() for s in starts):
            starts.append(start)
    return starts


def _fit(
    points: FloatArray, labels: NDArray[np.intp], rounds: int = 25
) -> tuple[FloatArray, FloatArray] | None:
    count = int(labels.max()) + 1
    x, y = points.T
    terms = np.column_stack([x, y, x * x, x * y, y * y])
    centres, covariances = np.empty((count, 2)), np.empty((count, 2, 2))
    for _ in range(rounds):
        number = np.bincount(labels, minlength=count)
        if number.min() < 8:
            return None
        member = (labels == np.arange(count)[:, None]).astype(np.float64)
        moments = member @ terms / number[:, None]
        centres = moments[:, :2]
        xx = moments[:, 2] - centres[:, 0] ** 2 + 1e-3
        xy = moments[:, 3] - centres[:, 0] * centres[:, 1]
        yy = moments[:, 4] - centres[:, 1] ** 2 + 1e-3
        covariances = np.stack([xx, xy, xy, yy], axis=1).reshape(count, 2, 2)
        new = _assign(points, centres, covariances)
        if (new == labels).all():
            break
        labels = new
    return centres, covariances


def _assign(points: FloatArray, centres: FloatArray, covariances: FloatArray) -> NDArray[np.intp]:
    rest = points[None, :, :] - centres[:, None, :]
    inverse = np.linalg.inv(covariances)
    scaled = (
        rest[..., 0] ** 2 * inverse[:, 0, 0, None]
        + 2 * rest[..., 0] * rest[..., 1] * inverse[:, 0, 1, None]
        + rest[..., 1] ** 2 * inverse[:, 1, 1, None]
    )
    return np.asarray((scaled + np.log(np.linalg.det(covariances))[:, None]).argmin(axis=0))
