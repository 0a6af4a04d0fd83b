"""Cosmic hits: what each rule replaces, and what it must leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from lumicohort.radiometry.cosmic import isolated_hits, living_image_hits, narrowest_wings
from lumicohort.radiometry.noise import NoiseModel

NOISE = NoiseModel(read_noise=2.9, slope=1.0)
PIXELS_CM = (0.0466, 0.0933, 0.187)  # FOV 22.4 cm at binning 4, 8, 16 of 1920 pixels


def point_under_skin(pixel_cm: float, depth_cm: float, row: float, column: float) -> np.ndarray:
    """Light of a point source under the skin, on 41 x 41 pixels, its brightest pixel 1."""
    n, s = 41, 9
    at = (np.arange(n * s) + 0.5) / s - n / 2
    y, x = (at - row)[:, None] * pixel_cm, (at - column)[None, :] * pixel_cm
    surface = (x**2 + y**2 + depth_cm**2) ** -1.5
    pixels = surface.reshape(n, s, n, s).sum((1, 3))
    return pixels / pixels.max()


def mask_of(image, found):
    """Return where hits are as a mask, and what replaces them, which is in the mask's order."""
    at, values = found
    hits = np.zeros(image.shape, dtype=bool)
    hits.ravel()[at] = True
    assert (np.diff(at) > 0).all()
    assert len(values) == len(at)
    return hits, values


@pytest.mark.parametrize("pixel_cm", PIXELS_CM)
def test_no_point_source_under_skin_is_touched(pixel_cm):
    rng = np.random.default_rng(21)
    touched = 0
    for depth in (0.05, 0.1, 0.2):
        for peak in (20, 60, 200, 1000, 10_000, 50_000):
            for _ in range(4):
                row, column = rng.uniform(-0.5, 0.5, 2)
                light = rng.poisson(peak * point_under_skin(pixel_cm, depth, row, column))
                image = light + rng.normal(0, 2.9, light.shape)
                touched += len(isolated_hits(image, NOISE, pixel_cm)[0])
    assert touched == 0


def test_no_pixel_of_pure_noise_is_touched():
    image = np.random.default_rng(5).normal(0, 2.9, (960, 960))
    assert len(isolated_hits(image, NOISE, 0.0466)[0]) == 0


TRACKS = {
    "one": [(0, 0)],
    "row": [(0, 0), (0, 1), (0, 2), (0, 3)],
    "diagonal": [(0, 0), (1, 1), (2, 2)],
    "corner": [(0, 0), (0, 1), (1, 1)],
    "real": [(0, 0), (-1, 0), (0, 1)],  # 12600 counts with 290 and 200 beside it
}


@pytest.mark.parametrize("pixel_cm", PIXELS_CM)
@pytest.mark.parametrize("track", TRACKS)
def test_hits_and_short_tracks_are_replaced(pixel_cm, track):
    rng = np.random.default_rng(9)
    heights = [3000, 2500, 2000, 1500]
    if track == "real":
        heights = [12_600, 290, 200]
    for _ in range(10):
        image = rng.normal(0, 2.9, (50, 50))
        clean = image.copy()
        row, column = rng.integers(8, 40, 2)
        places = [(row + i, column + j) for i, j in TRACKS[track]]
        for place, height in zip(places, heights, strict=False):
            image[place] += height
        hits, values = mask_of(image, isolated_hits(image, NOISE, pixel_cm))
        found = {tuple(map(int, p)) for p in np.argwhere(hits)}
        bright = {tuple(map(int, p)) for p, h in zip(places, heights, strict=False) if h > 1000}
        assert bright <= found <= {tuple(map(int, p)) for p in places}
        assert np.abs(values).max() < 12
        assert (clean == image)[~hits].sum() >= image.size - len(places)


@pytest.mark.parametrize(("pixel_cm", "counts"), [(0.0466, 30), (0.0933, 60), (0.187, 150)])
def test_a_weak_hit_on_one_pixel_is_found(pixel_cm, counts):
    """All eight neighbours are dark: more than a wide pixel's corners alone can tell."""
    rng = np.random.default_rng(4)
    image = rng.normal(0, 2.9, (200, 200))
    places = rng.permutation(np.argwhere(np.ones((19, 19))) * 10 + 10)[:200]
    image[tuple(places.T)] += counts
    hits, _ = mask_of(image, isolated_hits(image, NOISE, pixel_cm))
    assert hits[tuple(places.T)].mean() > 0.9
    assert hits.sum() == hits[tuple(places.T)].sum()


@pytest.mark.parametrize("pixel_cm", PIXELS_CM)
@pytest.mark.parametrize("peak", [30, 60, 100, 200, 1000])
def test_the_narrowest_spots_stay_whatever_their_height(pixel_cm, peak):
    """A source as shallow as skin, under a pixel's centre, is the spot most like a hit."""
    rng = np.random.default_rng(5)
    spot = peak * point_under_skin(pixel_cm, 0.05, 0, 0)[8:33, 8:33]
    image = rng.poisson(np.tile(spot, (10, 10))) + rng.normal(0, 2.9, (250, 250))
    assert len(isolated_hits(image, NOISE, pixel_cm)[0]) == 0


def test_a_hit_on_a_glowing_slope_is_replaced_and_the_slope_stays():
    rng = np.random.default_rng(13)
    y, x = np.mgrid[:80, :80]
    light = 4000 * np.exp(-((y - 40) ** 2 + (x - 40) ** 2) / (2 * 10**2))
    image = rng.poisson(light).astype(float)
    image[30, 45] += 3000
    hits, values = mask_of(image, isolated_hits(image, NOISE, 0.0933))
    assert np.argwhere(hits).tolist() == [[30, 45]]
    assert values[0] == pytest.approx(light[30, 45], rel=0.1)


def test_hits_at_the_edge():
    image = np.random.default_rng(1).normal(0, 2.9, (30, 30))
    for place in ((0, 0), (0, 12), (29, 29), (1, 20), (15, 28)):
        image[place] += 5000
    hits, _ = mask_of(image, isolated_hits(image, NOISE, 0.0933))
    assert np.argwhere(hits).tolist() == [[0, 0], [0, 12], [1, 20], [15, 28], [29, 29]]


def test_corners_of_a_sharp_edge_are_not_hits():
    """A bright flank cut off by a nose cone has corners, but no isolated pixels."""
    image = np.random.default_rng(1).normal(0, 2.9, (40, 40))
    image[:20, :20] += 2000
    image[30:33, 30:] += 800
    assert len(isolated_hits(image, NOISE, 0.0933)[0]) == 0


def test_the_wing_grows_as_pixels_shrink():
    wings = np.array([narrowest_wings(p) for p in (0.02, 0.0466, 0.0933, 0.187)])
    assert (np.diff(wings, axis=0) < 0).all()
    assert (np.diff(wings, axis=1) > 0).all()
    assert wings[2] == pytest.approx([0.070, 0.113, 0.135], abs=0.002)


@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_living_image_rule_equals_a_plain_median_filter(seed, n):
    image = np.random.default_rng(seed).integers(400, 1200, (n, n)).astype(np.uint16)
    hits, values = living_image_hits(image)
    median = median_filter(image.astype(float), 3, mode="nearest")
    np.testing.assert_array_equal(hits, image > 1.3 * median)
    np.testing.assert_array_equal(values, median[hits])


def test_real_click_isolated_finds_the_hits_outside_the_mice_only(real_click):
    from lumicohort.living_image import read_click
    from lumicohort.radiometry import calibrate
    from lumicohort.study.config.imaging import Calibration

    click = read_click(real_click)
    isolated = calibrate(click, Calibration(cosmic="isolated")).cosmic
    clipped = calibrate(click, Calibration(cosmic="living_image")).cosmic
    bright = [[23, 238], [31, 232], [39, 233], [185, 67], [186, 67], [186, 68]]
    faint = [[31, 233], [185, 68]]  # what hits leave beside them: 28 of 2300 counts, 60 of 12,600
    hits = sorted(bright + faint)
    assert np.argwhere(isolated).tolist() == hits
    tumour = [[48, 77], [48, 78], [49, 77], [49, 78], [51, 120]]
    assert sorted(np.argwhere(clipped).tolist()) == sorted(bright + tumour)


def test_real_ratios_either_side_of_the_cut_are_of_raw_counts(real_click):
    """1.277 and 1.333, between which Living Image cuts, are neighbours among raw ratios."""
    from lumicohort.living_image import read_click

    counts = read_click(real_click).luminescent().astype(float)
    ratios = np.sort((counts / median_filter(counts, 3)).ravel())
    below = ratios[ratios < 1.3].max()
    above = ratios[ratios > 1.3].min()
    assert (round(below, 3), round(above, 3)) == (1.277, 1.333)
