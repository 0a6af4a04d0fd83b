"""What is measured in a region, against sums done by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from images import radiance_image
from scipy.special import stdtrit
from test_anatomy import box_mouse

from lumicohort.radiometry.steps import flat_field, flat_field_rounding
from lumicohort.regions.anatomy import anatomy_regions, body_map
from lumicohort.regions.background import Background, measure_background
from lumicohort.regions.measure import measure_regions
from lumicohort.regions.region import Region, cropped
from lumicohort.regions.spill import predict_spill
from lumicohort.study.config.imaging import Detection, Regions

N = 240
K = 4 * np.pi * 0.1**2
QUIET = Background(10.0, 0.5, 0.2, 4.0, 20000, 10**9)


def square(side: int = 20, name: str = "head") -> Region:
    mask = np.zeros((N, N), dtype=bool)
    mask[50 : 50 + side, 60 : 60 + side] = True
    return cropped(1, name, mask)


def test_flux_background_and_errors_by_hand() -> None:
    image = radiance_image(np.full((N, N), 100.0), 2.0)
    image.radiance[55, 65] = 900.0
    image.common_se[:] = 0.3
    background = replace(QUIET, common_se=0.1)
    (row,) = measure_regions(image, [square()], background, Detection())
    assert row.n_pixels == 400
    assert row.area_cm2 == pytest.approx(4.0)
    assert row.total_flux_p_s == pytest.approx(K * (400 * 100 + 800))
    assert row.net_flux_p_s == pytest.approx(K * (400 * 90 + 800))
    assert row.avg_radiance_p_s_cm2_sr == pytest.approx(102.0)
    assert row.max_radiance_p_s_cm2_sr == 900.0
    assert row.background_radiance_p_s_cm2_sr == 10.0
    own, place = 400 * 4.0, (400 * 0.2) ** 2
    assert row.total_flux_se_p_s == pytest.approx(K * np.sqrt(own + place + (400 * 0.3) ** 2))
    # the background takes 0.1 of the 0.3 off that all pixels share
    left = (400 * 0.5) ** 2 + (400 * 0.2) ** 2
    assert row.net_flux_se_p_s == pytest.approx(K * np.sqrt(own + place + left))
    spread = K * stdtrit(1e9, 0.99) * np.sqrt(own + place + left)
    assert row.lod_p_s == pytest.approx(spread, rel=1e-6)
    assert not row.below_lod
    assert row.flags == ()


def test_regions_side_by_side_are_measured_as_each_alone() -> None:
    rng = np.random.default_rng(4)
    image = radiance_image(rng.normal(100.0, 30.0, (N, N)), 2.0)
    image.variance[:] = rng.uniform(1.0, 9.0, (N, N))
    image.cosmic[52, 63] = image.saturated[70:72, 70] = True
    empty = cropped(1, "nothing", np.zeros((N, N), dtype=bool))
    regions = [square(30), empty, square(20, "face"), replace(square(5), place=2), empty]
    together = measure_regions(image, regions, QUIET, Detection())
    for region, row in zip(regions, together, strict=True):
        inside = region.full((N, N))
        assert row.n_pixels == inside.sum()
        assert row.total_flux_p_s == pytest.approx(K * image.radiance[inside].sum(), rel=1e-12)
        noise = image.variance[inside].sum() + (0.2 * inside.sum()) ** 2
        assert row.total_flux_se_p_s == pytest.approx(K * np.sqrt(noise), rel=1e-12)
        assert (row.n_cosmic, row.n_saturated) == (
            image.cosmic[inside].sum(),
            image.saturated[inside].sum(),
        )
        if inside.any():
            assert row == measure_regions(image, [region], QUIET, Detection())[0]
            assert row.max_radiance_p_s_cm2_sr == image.radiance[inside].max()
            x, y = region.centre_cm(0.1)
            rows, columns = np.nonzero(inside)
            assert (x, y) == pytest.approx((0.1 * columns.mean() + 0.05, 0.1 * rows.mean() + 0.05))
        else:
            assert np.isnan(row.max_radiance_p_s_cm2_sr) and np.isnan(row.avg_radiance_p_s_cm2_sr)


def test_the_flat_fields_last_digit_stands_in_the_standard_error() -> None:
    """A coefficient printed with six decimals is off by 1e-6 / sqrt(12), times r^i."""
    coefs = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    image = replace(radiance_image(np.zeros((N, N)), 2.0), applied={"flat_field": coefs})
    image.radiance[20, 20] = 1e9  # 9.95 cm from the middle, each way
    mask = np.zeros((N, N), dtype=bool)
    mask[20, 20] = True
    (row,) = measure_regions(image, [cropped(1, "spot", mask)], QUIET, Detection())
    r = 9.95 * np.sqrt(2)
    digits = 1e-6 / np.sqrt(12) * np.sqrt(sum(r ** (2 * i) for i in range(5)))
    assert digits == pytest.approx(0.0113, abs=1e-4)
    assert row.total_flux_se_p_s == pytest.approx(K * 1e9 * digits, rel=1e-6)
    assert row.net_flux_se_p_s == pytest.approx(row.total_flux_se_p_s, rel=1e-6)
    # and rounding the coefficients does what is said
    rng = np.random.default_rng(3)
    drawn = [flat_field(24, 24.0, (*off, 0.0, 0.0))[2, 2] for off in _rounded(rng, 400)]
    assert np.std(drawn) == pytest.approx(flat_field_rounding(24, 24.0, coefs)[2, 2], rel=0.1)


def _rounded(rng: np.random.Generator, draws: int) -> list[tuple[float, ...]]:
    """Return coefficients of an even response, each off by up to half a digit."""
    off = rng.uniform(-0.5e-6, 0.5e-6, (draws, 5))
    return [(1 + a, b, c, d, e) for a, b, c, d, e in off.tolist()]


def test_negative_radiance_stays() -> None:
    image = radiance_image(np.full((N, N), -7.0), 2.0)
    (row,) = measure_regions(image, [square()], QUIET, Detection())
    assert row.total_flux_p_s == pytest.approx(-7 * 400 * K)
    assert row.below_lod


@pytest.mark.parametrize(
    ("excess", "below", "near"), [(0.9, True, False), (1.5, False, True), (4.0, False, False)]
)
def test_the_net_flux_is_what_the_limit_is_compared_with(
    excess: float, below: bool, near: bool
) -> None:
    image = radiance_image(np.full((N, N), 10.0), 2.0)
    (empty,) = measure_regions(image, [square()], QUIET, Detection())
    assert empty.net_flux_p_s == pytest.approx(0.0, abs=1e-9)
    assert empty.total_flux_p_s == pytest.approx(K * 4000)
    image.radiance[50:70, 60:80] += excess * empty.lod_p_s / K / 400
    (row,) = measure_regions(image, [square()], QUIET, Detection())
    assert row.below_lod is below
    assert ("near_lod" in row.flags) is near


def test_saturated_and_cosmic_pixels_are_counted_and_flagged() -> None:
    image = radiance_image(np.full((N, N), 1000.0), 2.0)
    image.saturated[52, 62:65] = True
    image.radiance[60, 70] = 5000.0
    image.cosmic[61, 71] = True
    image.cosmic[0, 0] = True
    (row,) = measure_regions(image, [square()], QUIET, Detection())
    assert (row.n_saturated, row.n_cosmic) == (3, 1)
    assert set(row.flags) == {"saturated", "cosmic_at_peak"}


def test_a_replaced_spot_brighter_than_a_particle_is_flagged_where_it_lies() -> None:
    spots = np.zeros((N, N), dtype=bool)
    spots[52, 62:64] = True
    image = replace(radiance_image(np.full((N, N), 1000.0), 2.0), bright_spots=spots)
    here, away = measure_regions(
        image, [square(), replace(square(5, "face"), place=2)], QUIET, Detection()
    )
    inside = square(5, "face").full((N, N))
    assert "bright_spot_replaced" in here.flags
    assert ("bright_spot_replaced" in away.flags) is bool(spots[inside].any())
    (none,) = measure_regions(replace(image, bright_spots=None), [square()], QUIET, Detection())
    assert "bright_spot_replaced" not in none.flags


def test_a_drawn_background_goes_before_the_clicks() -> None:
    image = radiance_image(np.full((N, N), 100.0), 2.0)
    image.radiance[:20, :20] = 60.0
    mask = np.zeros((N, N), dtype=bool)
    mask[:20, :20] = True
    base = square()
    drawn = cropped(0, "BKG", mask)
    region = Region(1, "ROI 1", base.window, base.mask, (), drawn)
    (row,) = measure_regions(image, [region], QUIET, Detection())
    assert row.background_radiance_p_s_cm2_sr == 60.0
    assert row.net_flux_p_s == pytest.approx(K * 400 * 40)
    assert "bkg_roi" in row.flags


def glowing(mice: list, glow: list[float], halo: float) -> tuple:
    """Return two animals that glow evenly and throw a known part of their light around."""
    config = Regions()
    where = body_map(mice, N, 24.0, config.margin_cm)
    owner = where.dilated(config.margin_cm)
    true = np.zeros((N, N))
    for place, light in enumerate(glow, start=1):
        true[owner == place] = light
    y, x = (np.indices((61, 61)) - 30) * 0.1
    kernel = np.exp(-np.hypot(x, y) / 1.5)
    from scipy.signal import fftconvolve

    spread = halo * fftconvolve(true, kernel / kernel.sum(), mode="same")
    noise = np.random.default_rng(0).normal(0, 50, (N, N))
    image = radiance_image(true + spread + noise, 50.0)
    return image, where, config, owner, true, spread


def test_spill_of_a_bright_neighbour_is_predicted_and_flagged() -> None:
    mice = [box_mouse(5.5, 6), box_mouse(9.2, 6), box_mouse(16.0, 6)]
    image, where, config, owner, true, _ = glowing(mice, [2e6, 3e3, 2e5], 0.05)
    background = measure_background(image, where.distance_cm)
    spill = predict_spill(image, where, background, config.margin_cm)
    assert spill is not None
    regions = anatomy_regions(mice, where, config)
    rows = measure_regions(image, regions, background, Detection(), where, spill, config.margin_cm)
    bodies = {row.place: row for row in rows if row.region == "whole_body"}
    truth = K * true[owner == 2].sum()
    excess = bodies[2].net_flux_p_s - truth
    assert bodies[2].spill_p_s == pytest.approx(excess, rel=0.35)
    assert "spill_from_neighbour" in bodies[2].flags
    assert "spill_from_neighbour" not in bodies[1].flags
    assert "spill_from_neighbour" not in bodies[3].flags
    assert all("touches_neighbour" not in row.flags for row in rows)


@pytest.mark.parametrize(("share", "flagged"), [(0.05, False), (0.5, True)])
def test_spill_is_flagged_below_the_limit_too(share: float, flagged: bool) -> None:
    """There the LOD stands for the flux, and neighbours' light may be most of it."""
    image = radiance_image(np.full((N, N), 10.0), 2.0)
    (empty,) = measure_regions(image, [square()], QUIET, Detection())
    spill = np.full((N, N), share * empty.lod_p_s / K / 400, dtype=np.float32)
    (row,) = measure_regions(image, [square()], QUIET, Detection(), spill=spill)
    assert row.below_lod
    assert row.spill_p_s == pytest.approx(share * empty.lod_p_s, rel=1e-5)
    assert ("spill_from_neighbour" in row.flags) is flagged


def test_equal_neighbours_need_no_prediction() -> None:
    mice = [box_mouse(5.5, 6), box_mouse(12.0, 6)]
    image, where, config, *_ = glowing(mice, [2e5, 3e5], 0.01)
    background = measure_background(image, where.distance_cm)
    assert predict_spill(image, where, background, config.margin_cm) is None


def test_light_outside_the_regions_is_flagged() -> None:
    mice = [box_mouse(10, 6)]
    config = Regions()
    where = body_map(mice, N, 24.0, config.margin_cm)
    image = radiance_image(np.full((N, N), 10.0), 2.0)
    # the abdomen glows beside the spine, and a spot lies just off the flank
    image.radiance[100:104, 103:107] += 4000.0
    image.radiance[110:118, 132:135] += 4000.0
    regions = anatomy_regions(mice, where, config)
    rows = measure_regions(image, regions, QUIET, Detection(), where, None, config.margin_cm)
    flags = {row.region: row.flags for row in rows}
    assert "signal_outside_roi" in flags["whole_body"]
    assert "brightest_spot_outside_neuraxis" in flags["neuraxis"]
    image.radiance[66:70, 113:117] += 9000.0  # a brighter spot in the head
    rows = measure_regions(image, regions, QUIET, Detection(), where, None, config.margin_cm)
    assert "brightest_spot_outside_neuraxis" not in {r.region: r.flags for r in rows}["neuraxis"]


@pytest.mark.parametrize("corner", [(0, 0), (0, N - 1), (N - 1, 0), (N - 1, N - 1)])
def test_a_spot_at_the_images_edge_counts_with_its_edge_twice(corner: tuple[int, int]) -> None:
    """Nine times 1e6 in the corner outshine nine pixels of 9.9e5 elsewhere in the body."""
    image = radiance_image(np.full((N, N), 10.0), 2.0)
    image.radiance[100:103, 100:103] = 9.9e5
    row, column = corner
    near = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
    image.radiance[near] = 1e6
    body = cropped(1, "whole_body", np.ones((N, N), dtype=bool))
    where = body_map([box_mouse(10, 6)], N, 24.0, 0.15)
    for mask, outside in ((image.radiance == 9.9e5, True), (image.radiance == 1e6, False)):
        axis = replace(body, name="neuraxis", mask=mask)
        rows = measure_regions(image, [body, axis], QUIET, Detection(), where, None, 0.15)
        assert ("brightest_spot_outside_neuraxis" in rows[1].flags) == outside
