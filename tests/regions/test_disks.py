"""Fast morphology, order statistics, hulls and shrinking against the libraries' slower ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import (
    binary_dilation,
    binary_opening,
    distance_transform_edt,
    gaussian_filter,
    label,
)
from scipy.spatial.distance import cdist
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import convex_hull_image, isotropic_opening, remove_small_holes

from lumicohort.ranks import median, percentile
from lumicohort.regions.disks import (
    box_of,
    dilated,
    dilated_by_square,
    hanging_on,
    nearest_label,
    nearest_within,
    opened,
    opened_by_square,
    without_small_holes,
)
from lumicohort.regions.doubts import LEAST_SOLIDITY, _solidity, _surely_solid
from lumicohort.regions.foregrounds import hysteresis
from lumicohort.regions.photograph import block_means, shrunk
from lumicohort.regions.pixels import Pixels, grouped, pixels_of


def blobs(seed: int, shape: tuple[int, int] = (90, 117)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return gaussian_filter(rng.normal(size=shape), 4) > 0.02


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("radius", [0.5, 1.0, 2.9, 4.42, 8.42])
def test_disks_are_cut_euclidean_distances(seed: int, radius: float) -> None:
    mask = blobs(seed)
    assert (dilated(mask, radius) == (distance_transform_edt(~mask) <= radius)).all()
    padded = np.pad(mask, 2, mode="edge")
    expected = np.asarray(isotropic_opening(padded, radius))[2:-2, 2:-2]
    assert (opened(mask, radius) == expected).all()


@pytest.mark.parametrize("seed", range(3))
def test_squares_and_holes(seed: int) -> None:
    mask = blobs(seed) & (np.random.default_rng(seed).random((90, 117)) > 0.1)
    assert (opened_by_square(mask) == binary_opening(mask, np.ones((2, 2)))).all()
    expected = remove_small_holes(mask, max_size=5)
    assert (without_small_holes(mask, 5) == expected).all()
    assert without_small_holes(mask, 5).sum() > mask.sum()


@pytest.mark.parametrize("largest", [0, 3, 11, 30])
def test_holes_of_any_shape_by_their_number_of_pixels(largest: int) -> None:
    rng = np.random.default_rng(largest)
    mask = gaussian_filter(rng.normal(size=(90, 117)), 1.2) > -0.05
    holes, count = label(~mask)
    small = np.bincount(holes.ravel(), minlength=count + 1) <= largest
    assert largest == 0 or (small.any() and not small.all())
    assert (without_small_holes(mask, largest) == (mask | (small[holes] & ~mask))).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_hangs_on_a_seed_has_its_label(seed: int) -> None:
    mask = blobs(seed)
    labels = (mask * (1 + np.arange(117) // 9 % 3)).astype(np.uint8)
    seeds = mask & (np.random.default_rng(seed).random(mask.shape) < 0.004)
    expected = np.zeros_like(mask)
    for k in (1, 2, 3):
        parts, _ = label(labels == k)
        expected |= np.isin(parts, np.unique(parts[seeds & (labels == k)])) & (parts > 0)
    assert seeds.sum() < expected.sum() < mask.sum()
    assert (hanging_on(labels, seeds) == expected).all()


@pytest.mark.parametrize("reach", [0.5, 1.0, 6.3, 17.9, 200.0])
def test_distances_to_the_nearest_label(reach: float) -> None:
    labels = np.zeros((60, 70), dtype=np.uint8)
    labels[10:30, 5:20], labels[25:50, 30:40], labels[58, 69] = 1, 2, 7
    box, squared, nearest = nearest_within(labels, reach)
    true = distance_transform_edt(labels == 0)
    whole = np.full(labels.shape, -1)
    whole[box] = nearest
    assert ((whole > 0) == (true <= reach)).all()
    near = nearest > 0
    assert squared[near] == pytest.approx(true[box][near] ** 2)
    for k in (1, 2, 7):
        own = distance_transform_edt(labels != k)[box]
        assert own[nearest == k] == pytest.approx(true[box][nearest == k])


def test_pixels_label_by_label() -> None:
    labels = np.random.default_rng(0).choice([0, 0, 2, 3, 300], size=(20, 30))
    flat = np.flatnonzero(labels >= 0)
    found = grouped(flat, labels.ravel(), labels.shape, 0.5)
    assert [k for k, _ in found] == [2, 3, 300]
    for k, pixels in found:
        rows, columns = np.nonzero(labels == k)
        assert (pixels.rows == rows).all() and (pixels.columns == columns).all()
        assert (pixels.flat == rows * 30 + columns).all()
        assert pixels.box(1) == pixels_of(labels == k, 0.5).box(1)
        assert pixels.centre == pytest.approx(pixels.points.mean(axis=0))
    assert grouped(flat[:0], labels.ravel()[:0], labels.shape, 0.5) == []


def test_nearest_label_by_all_distances() -> None:
    labels = np.zeros((60, 70), dtype=np.int32)
    labels[10:30, 5:20], labels[25:50, 30:40], labels[5:9, 60:66] = 1, 2, 3
    where = (labels == 0) & (np.random.default_rng(0).random(labels.shape) < 0.4)
    found = nearest_label(labels, where, 12.0)
    distance = cdist(np.argwhere(where), np.argwhere(labels > 0))
    best = distance.min(axis=1)
    assert (found[best > 12.0] == 0).all()
    each = np.stack(
        [cdist(np.argwhere(where), np.argwhere(labels == k)).min(axis=1) for k in (1, 2, 3)]
    )
    near = best <= 12.0
    assert near.any() and not near.all()
    assert (found[near] > 0).all()
    # of two labels equally near, either will do
    assert (each[found[near] - 1, np.flatnonzero(near)] == best[near]).all()


def test_nearest_label_of_nothing() -> None:
    labels = np.zeros((9, 9), dtype=np.int32)
    assert nearest_label(labels, labels == 0, 3.0).tolist() == [0] * 81
    labels[4, 4] = 1
    assert nearest_label(labels, labels < 0, 3.0).tolist() == []
    assert box_of(labels > 0, 2) == (slice(2, 7), slice(2, 7))
    assert box_of(labels > 5) == (slice(0, 0), slice(0, 0))


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 1000, 5001])
def test_order_statistics_are_numpys(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    assert median(values) == np.median(values)
    for percent in (0, 0.5, 33.3, 80, 99.5, 100):
        assert percentile(values, percent) == pytest.approx(np.percentile(values, percent))


@pytest.mark.parametrize("seed", range(6))
def test_solidity_is_that_of_the_convex_hull_image(seed: int) -> None:
    from skimage.measure import label

    parts = label(blobs(seed))
    checked = 0
    for k in range(1, parts.max() + 1):
        mask = parts == k
        if mask.sum() < 60:
            continue
        box = mask[box_of(mask)]
        expected = box.sum() / convex_hull_image(box).sum()
        assert _solidity(pixels_of(mask, 0.1)) == pytest.approx(expected, abs=1e-12)
        checked += 1
    assert checked > 2


def test_bodies_that_are_surely_solid() -> None:
    from skimage.measure import label

    bodies = []
    for seed in range(6):
        parts = label(blobs(seed))
        bodies += [pixels_of(parts == k, 0.1) for k in range(1, parts.max() + 1)]
    y, x = np.mgrid[:100, :60]
    bodies.append(pixels_of(((x - 30) / 14) ** 2 + ((y - 50) / 40) ** 2 < 1, 0.1))
    bodies = [body for body in bodies if len(body) > 60]
    solid = _surely_solid(bodies)
    assert solid[-1] and not solid.all()
    assert min(_solidity(b) for b, sure in zip(bodies, solid, strict=True) if sure) > LEAST_SOLIDITY
    assert solid.tolist() == [bool(_surely_solid([body])[0]) for body in bodies]


def test_solidity_of_a_line() -> None:
    for mask in (np.ones((1, 9), dtype=bool), np.ones((9, 1), dtype=bool)):
        assert _solidity(pixels_of(mask, 0.1)) == 1.0


def test_pixels() -> None:
    mask = np.zeros((5, 7), dtype=bool)
    mask[1:3, 2:6] = True
    pixels = pixels_of(mask, 0.5)
    assert len(pixels) == 8
    assert pixels.points[0].tolist() == [1.25, 0.75]
    assert (pixels.mask == mask).all()
    assert pixels.box(1) == (slice(0, 4), slice(1, 7))
    same = pixels_of(mask, 0.5, (slice(1, 3), slice(2, 6)))
    assert (same.rows == pixels.rows).all() and (same.columns == pixels.columns).all()
    left = pixels.where(pixels.columns < 4)
    for some in (pixels, same, left):
        assert some.flat.tolist() == [
            7 * r + c for r, c in zip(some.rows, some.columns, strict=True)
        ]
    assert (len(left), left.overlap(pixels), pixels.overlap(left)) == (4, 1.0, 1.0)
    apart = Pixels(np.array([4]), np.array([0]), (5, 7), 0.5)
    assert apart.overlap(pixels) == 0.0
    assert not apart.near(pixels, 1) and apart.near(pixels, 2)


@pytest.mark.parametrize("brightest", [2**16 // 3 - 1, 2**16 - 1])
@pytest.mark.parametrize("kind", [np.uint16, np.float64])
def test_shrunk_blocks_are_means(brightest: int, kind: type) -> None:
    image = np.random.default_rng(3).integers(0, brightest + 1, (31, 25)).astype(kind)
    image[:9] = brightest
    blocks = image[:30, :24].astype(float).reshape(10, 3, 8, 3).mean(axis=(1, 3))
    assert shrunk(image, 3) == pytest.approx(blocks, rel=1e-12)


def test_an_image_shrunk_strip_by_strip_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(4).integers(0, 2**16, (50, 37)).astype(np.uint16)
    image[:20] //= 8  # strips whose sums fit the camera's own kind of number, and others
    whole = block_means(image, 3)
    assert whole.shape == (16, 12)
    monkeypatch.setattr("lumicohort.regions.photograph._STRIP", 5 * 3 * 36 * 2)
    assert (block_means(image, 3) == whole).all()


@pytest.mark.parametrize("reach", [0, 1, 2, 3, 6])
def test_dilating_by_a_square_is_that_of_the_library(reach: int) -> None:
    mask = np.random.default_rng(reach).random((23, 31)) > 0.97
    mask[0, 0] = mask[-1, -1] = mask[5, -1] = True
    square = np.ones((2 * reach + 1, 2 * reach + 1))
    assert (dilated_by_square(mask, reach) == binary_dilation(mask, square)).all()


def test_what_hangs_on_a_high_level_is_that_of_the_library() -> None:
    level = gaussian_filter(np.random.default_rng(5).normal(size=(80, 90)), 2)
    found = hysteresis(level, 0.05, 0.25)
    assert (found == apply_hysteresis_threshold(level, 0.05, 0.25)).all()
    assert 0 < (level > 0.25).sum() < found.sum() < (level > 0.05).sum()
    assert not hysteresis(level, 0.05, level.max()).any()
