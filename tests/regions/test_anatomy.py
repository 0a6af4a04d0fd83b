"""Regions along the axis of rectangular mice, whose areas are known in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lumicohort.regions.anatomy import NAMES, anatomy_regions, body_map
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.region import find_centres
from lumicohort.study.config.imaging import Regions

FOV, PIXEL = 24.0, 0.1


def box_mouse(left: float, top: float, width: float = 3.0, length: float = 7.0) -> Mouse:
    """Return a mouse that is a rectangle, nose at the top."""
    mask = np.zeros((240, 240), dtype=bool)
    rows = slice(round(top / PIXEL), round((top + length) / PIXEL))
    mask[rows, round(left / PIXEL) : round((left + width) / PIXEL)] = True
    x = left + width / 2
    axis = np.column_stack([np.full(29, x), np.linspace(top, top + length, 29)])
    centre = (x, top + length / 2)
    return Mouse(mask, PIXEL, axis, length, width, width * length, centre, 0.0, ())


def areas(mice: list[Mouse], n: int, config: Regions) -> dict[tuple[int, str], float]:
    where = body_map(mice, n, FOV, config.margin_cm)
    regions = anatomy_regions(mice, where, config)
    return {(r.place, r.name): r.n_pixels * (FOV / n) ** 2 for r in regions}


@pytest.mark.parametrize("n", [120, 240, 480])
def test_areas_of_a_rectangle_without_margin(n: int) -> None:
    config = Regions(cranial=(0, 0.3), spinal=(0.3, 1), spinal_width=0.4, margin_cm=0)
    found = areas([box_mouse(10, 5)], n, config)
    assert [name for _, name in found] == list(NAMES)
    pixel = FOV / n
    assert found[1, "whole_body"] == pytest.approx(21.0, abs=20 * pixel * 0.6)
    assert found[1, "cranial"] == pytest.approx(0.3 * 21, abs=5 * pixel)
    # 70 % of 7 cm times 40 % of 3 cm
    assert found[1, "spinal"] == pytest.approx(4.9 * 1.2, abs=9.8 * pixel / 2 + 1.2 * pixel)
    assert found[1, "neuraxis"] == pytest.approx(found[1, "cranial"] + found[1, "spinal"])


def test_margin_dilates_the_body_and_the_nose_belongs_to_the_head() -> None:
    config = Regions(cranial=(0, 0.3), spinal=(0.3, 1), spinal_width=0.4, margin_cm=0.5)
    found = areas([box_mouse(10, 5)], 480, config)
    # rectangle, four sides of 0.5 cm, four quarter discs
    assert found[1, "whole_body"] == pytest.approx(21 + 20 * 0.5 + np.pi * 0.25, rel=0.02)
    head = 0.3 * 7 * (3 + 2 * 0.5) + 3 * 0.5 + np.pi * 0.25 / 2
    assert found[1, "cranial"] == pytest.approx(head, rel=0.02)
    # beyond the tail base s is 1: the strip goes on into the margin
    assert found[1, "spinal"] == pytest.approx(1.2 * (4.9 + 0.5), rel=0.05)


def test_regions_of_one_animal_are_disjoint_parts_of_its_body() -> None:
    config = Regions()
    mice = [box_mouse(8, 5), box_mouse(12, 6)]
    where = body_map(mice, 240, FOV, config.margin_cm)
    regions = {(r.place, r.name): r for r in anatomy_regions(mice, where, config)}
    for place in (1, 2):
        body, cranial, spinal, neuraxis = (regions[place, name].mask for name in NAMES)
        assert not (cranial & spinal).any()
        assert ((cranial | spinal) == neuraxis).all()
        assert not (neuraxis & ~body).any()


@pytest.mark.parametrize("n", [120, 240])
def test_what_anatomy_tells_of_its_regions_is_what_their_masks_say(n: int) -> None:
    config = Regions(margin_cm=0.5)
    mice = [box_mouse(0, 0), box_mouse(8, 5), box_mouse(11.4, 6), box_mouse(21, 17)]
    where = body_map(mice, n, FOV, config.margin_cm)
    regions = anatomy_regions(mice, where, config)
    assert [r.place for r in regions] == [k for k in (1, 2, 3, 4) for _ in NAMES]
    told = {(r.place, r.name): (r.n_pixels, r.flat(n), r.centre_cm(FOV / n)) for r in regions}
    found = [replace(r) for r in regions]  # which forgets what they were told
    find_centres(found, n)
    for region in found:
        full = region.full((n, n))
        count, flat, centre = told[region.place, region.name]
        np.testing.assert_array_equal(flat, np.flatnonzero(full))
        np.testing.assert_array_equal(region.flat(n), flat)
        assert region.n_pixels == count == full.sum()
        y, x = (np.argwhere(full).mean(axis=0) + 0.5) * FOV / n
        assert centre == region.centre_cm(FOV / n) == pytest.approx((x, y), rel=1e-12)
    bodies = where.dilated(config.margin_cm)
    for place in (1, 2, 3, 4):
        own = next(r for r in regions if (r.place, r.name) == (place, "whole_body"))
        np.testing.assert_array_equal(own.full((n, n)), bodies == place)


def test_a_pixel_belongs_to_the_nearest_body_only() -> None:
    config = Regions(margin_cm=0.5)
    mice = [box_mouse(8.0, 5), box_mouse(11.4, 5)]  # 0.4 cm apart
    where = body_map(mice, 240, FOV, config.margin_cm)
    regions = [r for r in anatomy_regions(mice, where, config) if r.name == "whole_body"]
    first, second = (r.full((240, 240)) for r in regions)
    assert not (first & second).any()
    columns = np.nonzero(first[80])[0].max(), np.nonzero(second[80])[0].min()
    assert columns == (111, 112)  # the border is half-way, at 11.2 cm
    assert where.touching == {1, 2}
    assert all("touches_neighbour" in r.flags for r in regions)


def test_mice_apart_do_not_touch() -> None:
    where = body_map([box_mouse(6, 5), box_mouse(12, 5)], 240, FOV, 0.15)
    assert where.touching == frozenset()


def test_the_axis_is_followed_round_a_bend() -> None:
    """A quarter ring: the regions are sectors of it."""
    n, radius, width = 240, 5.0, 2.4
    y, x = (np.indices((n, n)) + 0.5) * PIXEL
    r = np.hypot(x - 5, y - 5)
    turn = np.arctan2(y - 5, x - 5)
    mask = (np.abs(r - radius) <= width / 2) & (turn >= 0) & (turn <= np.pi / 2)
    angle = np.linspace(0, np.pi / 2, 33)
    axis = np.column_stack([5 + radius * np.cos(angle), 5 + radius * np.sin(angle)])
    length = radius * np.pi / 2
    mouse = Mouse(mask, PIXEL, axis, length, width, width * length, (8.0, 8.0), 0.0, ())
    config = Regions(cranial=(0, 0.3), spinal=(0.3, 1), spinal_width=0.5, margin_cm=0)
    found = areas([mouse], n, config)
    assert found[1, "cranial"] == pytest.approx(0.3 * width * length, rel=0.03)
    assert found[1, "spinal"] == pytest.approx(0.7 * length * width / 2, rel=0.05)
