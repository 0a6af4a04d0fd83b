"""Background and limit of detection on images whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from images import radiance_image
from scipy.stats import binom, norm

from lumicohort.regions.background import Background, drawn_background, measure_background
from lumicohort.regions.detection import _first_as_rare, detection_limit
from lumicohort.regions.region import cropped
from lumicohort.student import cumulative, quantile

N, SD = 240, 500.0


def distances() -> np.ndarray:
    """Return distances to a body of 7 by 3 cm in the middle."""
    y, x = (np.indices((N, N)) + 0.5) * 0.1 - 12.0
    outside = np.hypot(np.maximum(np.abs(x) - 1.5, 0), np.maximum(np.abs(y) - 3.5, 0))
    return np.where(outside > 1.5, np.inf, outside).astype(np.float32)


def test_background_of_pure_noise() -> None:
    rng = np.random.default_rng(1)
    image = radiance_image(300.0 + rng.normal(0, SD, (N, N)), SD)
    found = measure_background(image, distances())
    assert abs(found.radiance - 300.0) < 4 * found.se
    # pixel noise alone gives SD / sqrt(n); unevenness between places is nearly nil
    assert found.se == pytest.approx(SD / np.sqrt(found.n_pixels), rel=0.6)
    assert found.place_sd < 15
    assert found.pixel_variance == pytest.approx(SD**2)
    assert found.flags == ()


def test_the_animal_and_the_light_beside_it_are_no_background() -> None:
    rng = np.random.default_rng(2)
    distance = distances()
    light = np.where(np.isfinite(distance), 1e6 * np.exp(-distance / 0.3), 0)
    y, x = (np.indices((N, N)) + 0.5) * 0.1 - 12.0
    spill = 2e4 * np.exp(-np.hypot(x, y - 3) / 1.0)  # reaches centimetres beyond the body
    image = radiance_image(300.0 + light + spill + rng.normal(0, SD, (N, N)), SD)
    assert image.radiance.mean() > 2000
    assert measure_background(image, distance).radiance == pytest.approx(300, abs=25)


def test_unevenness_is_seen_and_raises_the_limit() -> None:
    rng = np.random.default_rng(3)
    patches = np.kron(rng.normal(0, 100.0, (8, 8)), np.ones((30, 30)))
    image = radiance_image(patches + rng.normal(0, SD, (N, N)), SD)
    found = measure_background(image, distances())
    assert found.place_sd == pytest.approx(90, abs=35)
    even = Background(0, found.se, 0.0, SD**2, found.n_pixels, found.df)
    assert detection_limit(found, 1000, 0.1, 0.99) > 3 * detection_limit(even, 1000, 0.1, 0.99)


def test_detection_limit_in_closed_form() -> None:
    background = Background(0.0, 3.0, 4.0, SD**2, 40000, 10**9)
    expected = 4 * np.pi * 0.01 * norm.ppf(0.99) * np.sqrt(900 * SD**2 + 900**2 * (9 + 16))
    assert detection_limit(background, 900, 0.1, 0.99) == pytest.approx(expected, rel=1e-6)
    scaled = 4 * np.pi * 0.01 * norm.ppf(0.95) * np.sqrt(1.3 * 900 * SD**2 + 900**2 * 25)
    assert detection_limit(background, 900, 0.1, 0.95, 1.3) == pytest.approx(scaled, rel=1e-6)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_empty_regions_exceed_the_limit_no_more_often_than_said(level: float) -> None:
    rng = np.random.default_rng(4)
    body = np.zeros((N, N), dtype=bool)
    body[85:155, 105:135] = True
    region = cropped(1, "whole_body", body)
    draws, above = 150, 0
    distance = distances()
    for _ in range(draws):
        # noise, and a background that drifts over the field
        drift = rng.normal(0, 10) * np.linspace(-1, 1, N)[:, None]
        image = radiance_image(200 + drift + rng.normal(0, SD, (N, N)), SD)
        background = measure_background(image, distance)
        k = 4 * np.pi * image.pixel_cm**2
        net = k * (region.of(image.radiance).sum() - region.n_pixels * background.radiance)
        above += net > detection_limit(background, region.n_pixels, image.pixel_cm, level)
    assert above <= binom.ppf(0.999, draws, 1 - level)
    # and it is a limit, not a wall: at the lower level some do exceed it
    assert level == 0.99 or above > 0


def test_what_the_background_does_not_take_off_raises_the_limit() -> None:
    background = Background(0.0, 3.0, 4.0, SD**2, 40000, 10**9)
    expected = 4 * np.pi * 0.01 * norm.ppf(0.99) * np.sqrt(900 * SD**2 + 900**2 * (9 + 16 + 49))
    assert detection_limit(background, 900, 0.1, 0.99, 1.0, -7.0) == pytest.approx(expected)


def test_the_error_shared_by_all_pixels_is_measured_where_the_background_is() -> None:
    image = radiance_image(np.random.default_rng(6).normal(0, SD, (N, N)), SD)
    image.common_se[:] = np.linspace(1, 3, N)[:, None]
    assert measure_background(image, distances()).common_se == pytest.approx(2.0, abs=0.05)


def test_spots_on_the_bed_raise_the_limit_to_where_they_are_as_rare() -> None:
    """By drawing: noise, and Poisson many of the bed's spots."""
    spots = (4e4, 9e4)
    background = Background(0.0, 3.0, 4.0, SD**2, 40000, 10**9, (), 0.0, spots, 40000)
    plain = detection_limit(Background(0.0, 3.0, 4.0, SD**2, 40000, 10**9), 4000, 0.1, 0.99)
    raised = detection_limit(background, 4000, 0.1, 0.99)
    rng = np.random.default_rng(7)
    draws = 400_000
    noise = rng.normal(0, np.sqrt(4000 * SD**2 + 4000**2 * 25), draws)
    hit = rng.poisson(0.1, (draws, 2)) @ np.array(spots)  # 4000 of 40,000 pixels
    net = 4 * np.pi * 0.01 * (noise + hit)
    assert (net > plain).mean() > 0.05
    assert (net > raised).mean() == pytest.approx(0.01, abs=0.002)
    # spots far below the noise change nothing
    dim = Background(0.0, 3.0, 4.0, SD**2, 40000, 10**9, (), 0.0, (100.0,), 40000)
    assert detection_limit(dim, 4000, 0.1, 0.99) == plain


@pytest.mark.parametrize("df", [3, 12, 57])
@pytest.mark.parametrize("spots", [(0.6,), (1.5, 4.0), (3.0, 20.0, 300.0)])
@pytest.mark.parametrize("per_region", [1e-3, 0.05, 0.6])
def test_the_raised_limit_is_the_first_step_as_rare(
    df: int, spots: tuple[float, ...], per_region: float
) -> None:
    """Beside every step asked one by one, from below."""
    limit, pairs = quantile(df, 0.99), np.add.outer(spots, spots).ravel()
    none = math.exp(-per_region)
    one, two = none * per_region, 1 - none * (1 + per_region)
    light = np.concatenate([[0.0], spots, pairs])
    weight = np.repeat([none, one / len(spots), two / len(pairs)], [1, len(spots), len(pairs)])

    def chance(step: int) -> float:
        return float(weight @ cumulative(df, light - limit * math.exp(1e-3 * step)))

    steps = math.ceil(math.log1p((pairs.max() + 1) / limit) / 1e-3)
    expected = next((k for k in range(steps) if chance(k) <= 0.01), steps)
    assert _first_as_rare(chance, 0.01, steps) == expected
    assert _first_as_rare(chance, 1.0, steps) == 0  # no more often from the start
    assert _first_as_rare(lambda step: 0.5, 0.01, steps) == steps  # never


def test_spots_are_told_from_spill_and_from_noise() -> None:
    rng = np.random.default_rng(8)
    image = radiance_image(rng.normal(100, SD, (N, N)), SD)
    assert measure_background(image, distances()).spots == ()
    image.radiance[30, 30:32] += 20 * SD
    image.radiance[200, 210] += 60 * SD
    found = measure_background(image, distances())
    assert sorted(found.spots) == pytest.approx([40 * SD, 60 * SD], abs=15 * SD)
    assert found.radiance == pytest.approx(100, abs=4 * found.se)
    image.radiance[10:40, 180:230] += 2 * SD  # as wide as what an animal throws on the bed
    assert len(measure_background(image, distances()).spots) == 2


def test_little_and_no_background_are_said() -> None:
    image = radiance_image(np.random.default_rng(5).normal(100, SD, (N, N)), SD)
    near = np.full((N, N), 0.5, dtype=np.float32)
    found = measure_background(image, near)
    assert found.flags == ("little_background",)
    assert found.radiance == pytest.approx(100, abs=20)
    nothing = measure_background(image, np.zeros((N, N), dtype=np.float32))
    assert nothing.flags == ("no_background",)
    assert nothing.radiance == 0.0


def test_cosmic_and_saturated_pixels_are_left_out() -> None:
    image = radiance_image(np.full((N, N), 50.0), 1.0)
    image.radiance[:40] = 51.0
    image.cosmic[:40] = True
    assert measure_background(image, distances()).radiance == pytest.approx(50.0)


def test_a_drawn_background_is_its_mean() -> None:
    image = radiance_image(np.arange(N * N, dtype=float).reshape(N, N), 2.0)
    mask = np.zeros((N, N), dtype=bool)
    mask[3, 10:14] = True
    found = drawn_background(image, cropped(0, "BKG 1", mask))
    assert found.radiance == pytest.approx(3 * N + 11.5)
    assert found.se == pytest.approx(1.0)
    assert found.flags == ("bkg_roi",)
