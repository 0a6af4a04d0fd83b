"""A real photograph of five mice, changed: what is found changes as the photograph does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter, map_coordinates

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound, Mouse

FOV = 22.4
Image = NDArray[np.float64]
Matrix = NDArray[np.float64]


@pytest.fixture(scope="module")
def photograph(real_click: Path) -> Image:
    return np.asarray(tifffile.imread(real_click / "photograph.TIF"), dtype=np.float64)


@pytest.fixture(scope="module")
def untouched(photograph: Image) -> list[Mouse]:
    return find_mice(counts(photograph), FOV, 5)


def counts(image: Image) -> NDArray[np.uint16]:
    return np.clip(np.rint(image), 0, 65535).astype(np.uint16)


def turned(degrees: float) -> Matrix:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s], [s, c]])


def moved(image: Image, matrix: Matrix, shift: tuple[float, float], fov: float) -> Image:
    """Return the image with places (x, y) about its middle times a matrix and shifted, cm."""
    n = round(len(image) * fov / FOV)
    back = np.linalg.inv(matrix)[::-1, ::-1]  # of rows and columns
    pixel = FOV / len(image)
    offset = (len(image) - 1) / 2 - back @ ((n - 1) / 2 + np.array(shift[::-1]) / pixel)
    return affine_transform(image, back, offset, (n, n), order=1, mode="nearest")


def overlap(
    found: Mouse, was: Mouse, matrix: Matrix, shift: tuple[float, float], fov: float
) -> float:
    """Return the intersection over union of an outline and the one moved from the untouched."""
    h, w = found.mask.shape
    y, x = np.indices((h, w))
    places = (np.stack([x, y]).reshape(2, -1) + 0.5) * found.pixel_cm
    places -= fov / 2 + np.array(shift)[:, None]
    back = np.linalg.inv(matrix) @ places + FOV / 2
    at = (back / was.pixel_cm - 0.5)[::-1]
    expected = map_coordinates(was.mask.astype(float), at, order=1).reshape(h, w) > 0.5
    return float((found.mask & expected).sum() / (found.mask | expected).sum())


def agree(
    mice: list[Mouse],
    untouched: list[Mouse],
    least: float,
    matrix: Matrix | None = None,
    shift: tuple[float, float] = (0.0, 0.0),
    fov: float = FOV,
) -> None:
    """Check outlines, head ends and axes against those of the untouched photograph, moved."""
    matrix = np.eye(2) if matrix is None else matrix
    for mouse in mice:
        by = [overlap(mouse, was, matrix, shift, fov) for was in untouched]
        assert max(by) > least
        was = untouched[int(np.argmax(by))].axis
        axis = (was - FOV / 2) @ matrix.T + fov / 2 + np.array(shift)
        assert np.hypot(*(mouse.axis[0] - axis[0])) < 0.7
        assert np.hypot(*(mouse.axis[-1] - axis[-1])) < 0.7


@pytest.mark.parametrize(
    ("matrix", "shift", "fov"),
    [
        (turned(-9), (0, 0), FOV),
        (turned(35), (0, 0), FOV),
        (turned(90), (0, 0), FOV),
        (np.diag([1.0, -1.0]), (0, 0), FOV),
        (np.eye(2), (0.4, 1.4), FOV),
        (np.eye(2), (0.3, -2.5), FOV),
        (np.eye(2), (0.5, 0.8), 25.0),
        (0.75 * np.eye(2), (0, 0), FOV),
        (1.2 * np.eye(2), (1.1, 0), 26.0),
    ],
    ids=[
        *("turned-9", "turned35", "turned90", "upside-down"),
        *("shifted", "without-manifold", "wide-field", "small", "large"),
    ],
)
def test_a_photograph_moved(
    photograph: Image,
    untouched: list[Mouse],
    matrix: Matrix,
    shift: tuple[float, float],
    fov: float,
) -> None:
    mice = find_mice(counts(moved(photograph, matrix, shift, fov)), fov, 5)
    agree(mice, untouched, 0.9, matrix, shift, fov)


def lit_from_one_side(image: Image) -> Image:
    return image * np.exp(np.linspace(-0.65, 0.65, len(image)))


def lit_from_the_corner(image: Image) -> Image:
    ramp = np.linspace(-0.35, 0.35, len(image))
    return image * np.exp(ramp + ramp[:, None])


def overexposed(image: Image) -> Image:
    return np.minimum(image, 900.0) * 60


def in_eight_bits(image: Image) -> Image:
    return np.minimum(np.rint(image / 8), 255)


def noisy(image: Image) -> Image:
    return np.random.default_rng(1).poisson(image / 5) * 5.0


@pytest.mark.parametrize(
    "change", [lit_from_one_side, lit_from_the_corner, overexposed, in_eight_bits, noisy]
)
def test_a_photograph_taken_in_another_way(
    photograph: Image, untouched: list[Mouse], change: Callable[[Image], Image]
) -> None:
    agree(find_mice(counts(change(photograph)), FOV, 5), untouched, 0.85)


def without(image: Image, taken: list[Mouse]) -> Image:
    """Paint bed over mice, up to their nose cones, and over their tails."""
    out, pixel = image.copy(), FOV / len(image)
    bed = image[620:900].ravel()
    bed = bed[bed < 1.2 * np.median(bed)]  # without tails
    noise = np.random.default_rng(2).choice(bed, image.shape)
    for mouse in taken:
        columns = mouse.mask.any(axis=0).nonzero()[0] * mouse.pixel_cm / pixel
        here = np.s_[round(3.9 / pixel) :, max(0, int(columns[0]) - 8) : int(columns[-1]) + 12]
        out[here] = noise[here]
    return out


@pytest.mark.parametrize("left", [(1, 2, 3), (4,)])
def test_mice_taken_out(photograph: Image, untouched: list[Mouse], left: tuple[int, ...]) -> None:
    picture = without(photograph, [m for k, m in enumerate(untouched) if k not in left])
    mice = find_mice(counts(picture), FOV, len(left))
    agree(mice, [untouched[k] for k in left], 0.85)
    with pytest.raises(MiceNotFound):
        find_mice(counts(picture), FOV, len(left) + 1)


def test_black_coats(photograph: Image, untouched: list[Mouse]) -> None:
    coats = np.kron(np.any([m.mask for m in untouched], axis=0), np.ones((4, 4)))
    picture = photograph * np.exp(np.log(0.12) * gaussian_filter(coats, 2.5))
    agree(find_mice(counts(picture), FOV, 5), untouched, 0.77)


@pytest.mark.parametrize("shift", [(-2.0, 0.0), (0.0, -6.0)])
def test_what_the_image_cuts_off_is_flagged(
    photograph: Image, untouched: list[Mouse], shift: tuple[float, float]
) -> None:
    picture = counts(moved(photograph, np.eye(2), shift, FOV))
    for mouse in find_mice(picture, FOV, 5):
        axis = min(
            (was.axis + shift for was in untouched),
            key=lambda axis: abs(axis[:, 0].mean() - mouse.axis[:, 0].mean()),
        )
        cut = axis.min() < 0 or axis.max() > FOV
        assert (mouse.suspicion >= SUSPICIOUS) >= cut
        assert ("cut off by the image's edge" in mouse.reasons) >= cut
