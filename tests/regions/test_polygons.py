"""Polygons to pixels and back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.draw import polygon2mask

from lumicohort.regions.polygons import (
    crosses_itself,
    ellipse_points,
    outlines,
    polygon_area,
    polygon_mask,
    rectangle_points,
)


def test_a_pixel_is_inside_when_its_centre_is() -> None:
    mask = polygon_mask([(1, 1), (3, 1), (3, 2), (1, 2)], (4, 5))
    assert np.argwhere(mask).tolist() == [[1, 1], [1, 2]]
    # the left edge passes right of the centre of column 1, the lower one below that of row 2
    mask = polygon_mask([(1.6, 1), (3, 1), (3, 2.6), (1.6, 2.6)], (4, 5))
    assert np.argwhere(mask).tolist() == [[1, 2], [2, 2]]


def test_polygons_that_share_an_edge_share_no_pixel() -> None:
    left = polygon_mask([(0, 0), (2.5, 0), (3.5, 8), (0, 8)], (8, 8))
    right = polygon_mask([(2.5, 0), (8, 0), (8, 8), (3.5, 8)], (8, 8))
    assert not (left & right).any()
    assert (left | right).all()


def test_polygons_are_those_of_scikit_image() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        corners = rng.uniform(-10, 50, (int(rng.integers(3, 9)), 2))
        expected = polygon2mask((40, 40), corners[:, ::-1] - 0.5)
        assert (polygon_mask(corners, (40, 40)) == expected).all()


def test_what_lies_beyond_the_image_is_cut_off() -> None:
    assert polygon_mask([(-9, -9), (99, -9), (99, 99), (-9, 99)], (5, 6)).all()
    assert not polygon_mask([(20, 0), (30, 0), (30, 9)], (5, 6)).any()


@pytest.mark.parametrize("sigma", [0.0, 0.8, 2.0])
def test_outlines_give_the_mask_back(sigma: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        mask = gaussian_filter(rng.normal(size=(30, 25)), sigma) > 0.05
        again = np.zeros((40, 40), dtype=bool)
        for path in outlines(mask, origin=(4, 7)):
            again ^= polygon_mask(path, again.shape)
        assert (again[7:37, 4:29] == mask).all()
        assert again.sum() == mask.sum()


def test_outlines_run_along_pixel_edges() -> None:
    ring = np.ones((3, 3), dtype=bool)
    ring[1, 1] = False
    outer, hole = outlines(ring)
    assert outer.tolist() == [[0, 0], [3, 0], [3, 3], [0, 3]]
    assert hole.tolist() == [[1, 2], [2, 2], [2, 1], [1, 1]]  # the other way round
    corners = outlines(np.eye(2, dtype=bool))
    assert [path.tolist() for path in corners] == [
        [[0, 0], [1, 0], [1, 1], [0, 1]],
        [[1, 1], [2, 1], [2, 2], [1, 2]],
    ]


def test_ellipses_and_rectangles_have_their_size_and_turn() -> None:
    turned = ellipse_points((30, 20), 20, 10, np.pi / 2, 720)
    assert polygon_area(turned) == pytest.approx(np.pi * 50, rel=1e-4)
    assert np.ptp(turned, axis=0) == pytest.approx([10, 20])
    box = rectangle_points((0, 0), 4, 2, np.pi / 4)
    assert polygon_area(box) == pytest.approx(8)
    # the long side runs from the upper left to the lower right
    assert box[1] - box[0] == pytest.approx([4 / np.sqrt(2)] * 2)


@pytest.mark.parametrize(
    ("corners", "crosses"),
    [
        ([(0, 0), (1, 0), (1, 1), (0, 1)], False),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], True),
        ([(0, 0), (1, 0), (0, 1)], False),
        ([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)], True),  # touches an edge
        ([(0, 0), (5, 0), (5, 5), (3, 5), (3, 2), (2, 2), (2, 5), (0, 5)], False),
    ],
)
def test_self_crossing(corners: list[tuple[float, float]], crosses: bool) -> None:
    assert crosses_itself(corners) is crosses
