"""Regions of one size, and by a fraction of the peak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from images import radiance_image

from lumicohort.regions.anatomy import BodyMap, anatomy_regions, body_map
from lumicohort.regions.background import Background
from lumicohort.regions.contour import contour_regions
from lumicohort.regions.fixed import fixed_regions
from lumicohort.regions.mouse import Mouse
from lumicohort.study.config.imaging import Contour, Fixed, Regions

N, FOV = 240, 24.0
PIXEL = FOV / N


def mouse(x: float, y: float, angle: float = 0.0, length: float = 8.0, width: float = 3.0) -> Mouse:
    """Return an elliptical mouse; its head points up, turned clockwise by `angle` degrees."""
    turn = np.deg2rad(angle)
    way = np.array([-np.sin(turn), np.cos(turn)])  # from nose to tail
    row, column = (np.mgrid[0:N, 0:N] + 0.5) * PIXEL
    along = (column - x) * way[0] + (row - y) * way[1]
    across = (column - x) * way[1] - (row - y) * way[0]
    mask = (along / (length / 2)) ** 2 + (across / (width / 2)) ** 2 < 1
    axis = np.array([x, y]) + np.linspace(-length / 2, length / 2, 60)[:, None] * way
    area = mask.sum() * PIXEL**2
    return Mouse(mask, PIXEL, axis, length, area / length, area, (x, y), 0.0, ())


def mapped(*mice: Mouse) -> BodyMap:
    return body_map(mice, N, FOV, 0.15)


@pytest.mark.parametrize(("shape", "area"), [("ellipse", np.pi * 6 * 2 / 4), ("rectangle", 12.0)])
def test_every_mouse_gets_the_same_area(shape: str, area: float) -> None:
    mice = [mouse(4, 8), mouse(9, 9, 10, 7), mouse(16, 8, -25, 9, 4)]
    config = Regions(method="fixed", fixed=Fixed(shape=shape, length_cm=6, width_cm=2))
    for region in fixed_regions(mice, mapped(*mice), config):
        assert region.n_pixels * PIXEL**2 == pytest.approx(area, rel=0.01)
        assert region.name == "neuraxis"
        assert region.flags == ()


def test_it_lies_along_the_axis() -> None:
    mice = [mouse(12, 12, 30)]
    fixed = Fixed(region="cranial", length_cm=3, width_cm=1)
    (region,) = fixed_regions(mice, mapped(*mice), Regions(cranial=(0.1, 0.3), fixed=fixed))
    # centre at 20 % of an axis of 8 cm: 2.4 cm from the middle towards the nose
    x, y = region.centre_cm(PIXEL)
    assert x == pytest.approx(12 + 2.4 * np.sin(np.pi / 6), abs=0.03)
    assert y == pytest.approx(12 - 2.4 * np.cos(np.pi / 6), abs=0.03)
    rows, columns = np.nonzero(region.full((N, N)))
    spread = np.linalg.eigh(np.cov(columns, rows))[1][:, 1]
    assert abs(spread @ [np.sin(np.pi / 6), -np.cos(np.pi / 6)]) == pytest.approx(1, abs=1e-3)
    assert "turned 30.0 degrees" in region.placed
    assert "3 x 1 cm" in region.placed
    upright = Regions(fixed=replace(fixed, turned=False))
    (region,) = fixed_regions(mice, mapped(*mice), upright)
    assert np.ptp(np.nonzero(region.mask)[0]) > 2.5 * np.ptp(np.nonzero(region.mask)[1])


def test_what_lies_beyond_the_image_and_what_overlaps_is_flagged() -> None:
    mice = [mouse(1.2, 12), mouse(12, 12), mouse(14, 12, width=2)]
    config = Regions(fixed=Fixed(length_cm=6, width_cm=4))
    one, two, three = fixed_regions(mice, mapped(*mice), config)
    assert one.flags == ("roi_cut_by_image_edge",)
    assert one.n_pixels < 0.9 * two.n_pixels
    assert two.flags == three.flags == ("touches_neighbour", "overlaps_another_animal")


def light(*spots: tuple[float, float, float, float], noise: float = 1e3) -> np.ndarray:
    """Return radiance with spots (x, y, peak, sigma in cm)."""
    row, column = (np.mgrid[0:N, 0:N] + 0.5) * PIXEL
    out = np.zeros((N, N))
    for x, y, peak, sigma in spots:
        out += peak * np.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * sigma**2))
    return out


BACKGROUND = Background(0.0, 0.0, 0.0, 1e6, 20_000, 5)


def contours(radiance: np.ndarray, mice: list[Mouse], **more: object) -> list:
    image = radiance_image(radiance, 1e3, FOV)
    config = Regions(method="contour", contour=Contour(**{"region": "whole_body"} | more))
    territories = anatomy_regions(mice, mapped(*mice), config)
    return contour_regions(image, territories, BACKGROUND, config)


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.5])
def test_a_spot_is_enclosed_at_its_fraction(fraction: float) -> None:
    # on a pixel's centre, so that the peak pixel holds the peak
    (region,) = contours(light((12.05, 10.05, 1e6, 0.3)), [mouse(12, 12)], fraction=fraction)
    # a Gaussian falls to a fraction f at sigma · sqrt(-2 ln f)
    radius = 0.3 * np.sqrt(-2 * np.log(fraction))
    row, column = (np.mgrid[0:N, 0:N] + 0.5) * PIXEL
    assert (region.full((N, N)) == (np.hypot(column - 12.05, row - 10.05) < radius)).all()
    assert region.centre_cm(PIXEL) == pytest.approx((12.05, 10.05), abs=1e-6)
    assert region.name == "whole_body"
    assert f"{100 * fraction:g} % of the peak 1e+06" in region.placed


def test_only_the_part_around_the_peak_counts_unless_all_are_asked_for() -> None:
    radiance = light((12.05, 9.05, 1e6, 0.2), (12.05, 14.05, 5e5, 0.2))
    (peak,) = contours(radiance, [mouse(12, 12)], fraction=0.1)
    (both,) = contours(radiance, [mouse(12, 12)], fraction=0.1, parts="all")
    assert peak.centre_cm(PIXEL)[1] == pytest.approx(9.05, abs=0.01)
    assert both.n_pixels > 1.5 * peak.n_pixels
    assert both.centre_cm(PIXEL)[1] > 10


def test_holes_are_enclosed() -> None:
    radiance = light((12.05, 12.05, 1e6, 0.5)) - light((12.05, 12.05, 0.995e6, 0.15))
    (region,) = contours(radiance, [mouse(12, 12)], fraction=0.2)
    assert region.full((N, N))[120, 120]
    assert radiance[120, 120] < 0.2 * radiance.max()


def test_each_animal_has_its_own_peak_in_its_own_territory() -> None:
    mice = [mouse(10, 12), mouse(13.4, 12)]
    shape = (N, N)
    one, two = contours(light((10.05, 12.05, 1e6, 0.8), (13.55, 12.05, 5e5, 0.2)), mice)
    assert one.centre_cm(PIXEL)[0] == pytest.approx(10.05, abs=0.05)
    assert "contour_cut_by_territory" in one.flags  # 5 % is 1.96 cm from the spot
    assert "(13.55, 12.05)" in two.placed
    assert not (one.full(shape) & two.full(shape)).any()
    # a neighbour so bright that its light is the other's brightest
    one, two = contours(light((10.05, 12.05, 1e7, 0.8), (13.55, 12.05, 1e4, 0.2)), mice)
    assert "peak_beyond_territory" not in one.flags
    assert "peak_beyond_territory" in two.flags


def test_without_a_peak_it_is_the_whole_region() -> None:
    rng = np.random.default_rng(2)
    (region,) = contours(rng.normal(0, 1e3, (N, N)), [mouse(12, 12)], region="cranial")
    (whole, cranial, *_) = anatomy_regions([mouse(12, 12)], mapped(mouse(12, 12)), Regions())
    assert region.flags == ("no_peak_above_noise",)
    assert region.n_pixels == cranial.n_pixels < whole.n_pixels


def test_a_threshold_within_the_noise_is_flagged() -> None:
    (region,) = contours(light((12.05, 12.05, 2e4, 0.3)), [mouse(12, 12)], fraction=0.05)
    assert "contour_in_noise" in region.flags
