"""Each correction alone, on numbers worked out by hand or on frames of known content."""

from __future__ import annotations

import math

import numpy as np
import pytest
from synthetic_click import FLAT, response

from lumicohort.errors import InputError
from lumicohort.living_image.texts import parse_info
from lumicohort.radiometry.coefficients import (
    absolute_coefficient,
    flat_field_coefficients,
    saturation_level,
    unlike_others,
)
from lumicohort.radiometry.dark_level import estimate_dark_level
from lumicohort.radiometry.noise import NoiseModel, estimate_noise, noise_sd
from lumicohort.radiometry.steps import (
    bias_structure,
    clips_below,
    counts_to_radiance,
    dark_charge,
    flat_field,
    saturated_pixels,
    subtract_bias,
)

CAMERA = """*** Camera System Info:\t
CCD Saturation Level:\t61000
Shelf Position A FOV:\t4
Shelf Position D FOV:\t22.4
Coef C-ccd at FOV 22.4, f1:\t7.223E+05
Coef C-ccd at FOV 4, f1:\t7.249E+05
Coef C-ccd at FOV 12.5, f2:\t2.9E+06
Shelf Position A FF5 f/1 Coefs:\t1.02,-0.18,0.29,-0.18,0.02,-0.04,0.13
Shelf Position D FF5 f/1 Coefs:\t0.99,0.001,-0.005,0.0005,-0.00002,-0.01,0.6
Shelf Position D FF4 f/2 Coefs:\t0.99,0.001,-0.005,0.0005,-0.00002,-0.01,0.6
"""


def camera(text: str = CAMERA):
    return parse_info(text.encode(), "XX1/ClickInfo.txt")


def test_bias_level_and_structure():
    counts = np.array([[500, 510], [490, 700]], dtype=np.uint16)
    net = subtract_bias(counts, 496.5)
    np.testing.assert_allclose(net, [[3.5, 13.5], [-6.5, 203.5]])
    frame = np.array([[4950.0, 4970.0], [4950.0, 4970.0]]) / 10
    structure = bias_structure(frame)
    np.testing.assert_allclose(structure, [[-1, 1], [-1, 1]])
    np.testing.assert_allclose((net - structure)[0], [4.5, 12.5])


def test_smoothed_structure_keeps_a_slope_and_loses_the_noise():
    n = 240
    slope = np.linspace(-0.5, 0.5, n)[None, :] * np.ones((n, 1))
    noise = np.random.default_rng(3).normal(0, 0.95, (n, n))
    smooth = bias_structure(496 + slope + noise, 20)
    inner = (slice(30, -30), slice(30, -30))
    assert np.abs((smooth - slope)[inner]).max() < 0.15
    assert (smooth - slope)[inner].std() < 0.04


def test_dark_charge_from_frames_and_from_a_level():
    bias = np.full((2, 2), 496.0)
    frame = np.array([[4990, 5000], [5010, 4960]], dtype=np.uint16)
    np.testing.assert_allclose(dark_charge(frame, bias, 10), [[3, 4], [5, 0]])
    np.testing.assert_allclose(dark_charge(frame, 497.0, 10), [[2, 3], [4, -1]])


def test_flat_field_by_the_formula_pixel_by_pixel():
    made = flat_field(60, 22.4, FLAT)
    np.testing.assert_allclose(made, response(60), rtol=1e-12)
    assert made is flat_field(60, 22.4, FLAT)
    with pytest.raises(ValueError, match="read-only"):
        made[0, 0] = 1


def test_flat_field_is_centred_where_the_coefficients_say():
    """Rows count downwards: y0 > 0 puts the brightest pixel below the middle."""
    made = flat_field(224, 22.4, (1.0, 0.0, -0.001, 0.0, 0.0, -3.0, 2.0))
    row, column = np.unravel_index(made.argmax(), made.shape)
    assert (row, column) in {(131, 81), (132, 82), (131, 82), (132, 81)}


def test_flat_field_of_another_field_of_view_is_refused():
    with pytest.raises(ValueError, match=r"falls|runs from -"):
        flat_field(60, 22.4, (1.0, 0.0, -0.05, 0.0, 0.0, 0.0, 0.0))


def test_counts_to_radiance_by_hand():
    # 1000 counts, C 7.223e5, binning 8, 40 s, response 0.8: 1000*7.223e5/(64*40*0.8)
    value = counts_to_radiance(np.array([[1000.0]]), 7.223e5, 8, 40.0, np.array([[0.8]]))
    assert value[0, 0] == pytest.approx(352685.546875, rel=1e-12)


def test_saturation_counts_from_the_level_on():
    counts = np.array([[60999, 61000], [65535, 0]], dtype=np.uint16)
    assert saturated_pixels(counts, 61000).tolist() == [[False, True], [True, False]]


def spots(seed: int, peak: float, gain: float = 1.0, width: float = 12.0) -> np.ndarray:
    """Return raw counts of three glowing spots on the bias, with read and photon noise."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((240, 240))
    light = sum(
        peak * part * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
        for row, column, part in ((60, 60, 1.0), (120, 180, 0.9), (200, 90, 0.2))
    )
    return (496.6 + rng.poisson(light / gain) * gain + rng.normal(0, 2.9, light.shape)).round()


@pytest.mark.parametrize("peak", [0, 20, 150, 300, 1500, 30_000])
@pytest.mark.parametrize(("gain", "width"), [(1.0, 12.0), (0.2, 40.0), (4.0, 2.0)])
def test_noise_never_looks_cut_off(peak, gain, width):
    for seed in range(20):
        counts = spots(seed, peak, gain, width).astype(np.uint16)
        assert not clips_below(counts, 496.6)


@pytest.mark.parametrize("top", [1023, 4095, 16_383, 32_767, 58_000])
def test_counts_cut_off_at_one_value_are_seen(top):
    for seed in range(10):
        counts = spots(seed, 1.3 * (top - 496)).clip(max=top).astype(np.uint16)
        assert clips_below(counts, 496.6)


def test_a_drawn_image_has_areas_of_one_value():
    counts = np.full((240, 240), 500, dtype=np.uint16)
    counts[100:140, 50:90] = 5000
    assert not clips_below(counts, 496.6)


@pytest.mark.parametrize(
    ("fov", "f", "c"), [(22.4, 1, 7.223e5), (4.0, 1, 7.249e5), (12.50, 2, 2.9e6)]
)
def test_c_is_matched_by_numbers(fov, f, c):
    assert absolute_coefficient(camera(), fov, f) == c


def test_unknown_combinations_list_what_the_file_has():
    with pytest.raises(InputError) as error:
        absolute_coefficient(camera(), 13.2, 4)
    message = str(error.value)
    assert "no calibration coefficient C for FOV 13.2 cm at f/4" in message
    assert "FOV 4 cm f/1; FOV 12.5 cm f/2; FOV 22.4 cm f/1" in message
    assert "ClickInfo.txt" in message
    with pytest.raises(InputError, match=r"no flat field .* FOV 22.4 cm at f/2.*FOV 4 cm f/1"):
        flat_field_coefficients(camera(), 22.4, 2)


def test_lines_that_mean_the_same_but_differ_are_refused():
    more = "Coef C-ccd at FOV 22.40, f1.0:\t{}\n"
    known = absolute_coefficient(camera(), 22.4, 1)
    assert absolute_coefficient(camera(CAMERA + more.format(known)), 22.4, 1) == known
    with pytest.raises(InputError, match=r"key Coef.*stands for the same as `Coef.*another value"):
        absolute_coefficient(camera(CAMERA + more.format(known * 2)), 22.4, 1)
    shelf = "Shelf Position E FOV:\t22.4\nShelf Position E FF5 f/1 Coefs:\t1,0,0,0,0,0,{}\n"
    with pytest.raises(InputError, match=r"`Shelf Position E FF5 f/1 Coefs`, with another value"):
        flat_field_coefficients(camera(CAMERA + shelf.format(0)), 22.4, 1)


@pytest.mark.parametrize(("f", "c"), [(1, "1"), (1, "1000"), (8, "200000"), (1, "0"), (1, "7E+10")])
def test_a_c_that_no_camera_can_have_is_refused(f, c):
    """As of one that was never calibrated; C grows as f²."""
    text = f"*** Camera System Info:\t\nCoef C-ccd at FOV 13.2, f{f}:\t{c}\n"
    with pytest.raises(InputError, match=rf"key Coef C-ccd at FOV 13.2, f{f}: C is .*not calibrat"):
        absolute_coefficient(camera(text), 13.2, f)
    real = {1: 7.234e5, 8: 4.549e7}[f]  # of a real camera
    assert absolute_coefficient(camera(text.replace(c + "\n", f"{real}\n")), 13.2, f) == real


@pytest.mark.parametrize(
    ("written", "instead"),
    [(", f", ", F"), ("22.4, ", "22.4 cm, "), (", f", ", F/"), ("Coef C", "COEF C")],
)
def test_coefficients_whose_key_is_written_otherwise_are_found(written, instead):
    text = CAMERA.replace(written, instead)
    assert absolute_coefficient(camera(text), 22.4, 1) == 7.223e5
    assert not unlike_others(camera(text), 22.4, 1)
    shelf = CAMERA.replace("FF5 f/", "ff5 F/").replace(
        "Shelf Position D FOV", "shelf position d FOV"
    )
    assert flat_field_coefficients(camera(shelf), 22.4, 1)[:2] == (0.99, 0.001)


def test_a_camera_without_coefficients():
    with pytest.raises(InputError, match="The file has none at all"):
        absolute_coefficient(camera("*** Camera System Info:\t\nA:\t1\n"), 22.4, 1)
    with pytest.raises(InputError, match="section Camera System Info: this section is missing"):
        absolute_coefficient(camera("*** other:\t\nA:\t1\n"), 22.4, 1)


def test_flat_field_coefficients_of_the_shelf_with_that_view():
    assert flat_field_coefficients(camera(), 22.4, 1)[-1] == 0.6
    assert flat_field_coefficients(camera(), 4, 1)[0] == 1.02
    damaged = CAMERA.replace("0.0005,-0.00002,-0.01,0.6", "0.0005,-0.00002,-0.01")
    with pytest.raises(InputError, match=r"key Shelf Position D FF5 f/1 Coefs: expected seven"):
        flat_field_coefficients(camera(damaged), 22.4, 1)


def test_another_unit_of_c_is_refused():
    text = CAMERA + "C-ccd Calibration units:\tW/cm2\n"
    with pytest.raises(InputError, match="`W/cm2`"):
        absolute_coefficient(camera(text), 22.4, 1)


def test_saturation_level():
    assert saturation_level(camera()) == 61000
    assert saturation_level(camera("*** Camera System Info:\t\nA:\t1\n")) is None


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("spread", [15, 35])
def test_read_noise_and_gain_are_found(gain, spread):
    rng = np.random.default_rng(11)
    y, x = np.mgrid[:240, :240]
    light = 1500 * np.exp(-((y - 120) ** 2 + (x - 120) ** 2) / (2 * spread**2))
    counts = rng.poisson(light * gain) / gain + rng.normal(0, 3.0, light.shape)
    noise = estimate_noise(counts.round())
    assert noise.measured_slope
    assert noise.slope == pytest.approx(1 / gain, rel=0.2)
    for signal in (0.0, 20.0, 300.0) if spread == 15 else (20.0, 300.0):
        expected = 9.0 + signal / gain
        assert noise.variance(np.array(signal)) == pytest.approx(expected, rel=0.2)
    if spread == 15:  # half of the image is dark
        assert noise.read_noise == pytest.approx(3.0, rel=0.06)


def test_noise_of_an_empty_image_keeps_the_default_gain():
    noise = estimate_noise(np.random.default_rng(2).normal(1.0, 2.9, (120, 120)))
    assert not noise.measured_slope
    assert noise.slope == 1.0
    assert noise.read_noise == pytest.approx(2.9, rel=0.05)


def test_noise_of_a_stored_frame():
    frame = np.random.default_rng(2).normal(4962, 9.5, (240, 240)).round().astype(np.uint16)
    assert noise_sd(frame) == pytest.approx(9.5, rel=0.05)


def test_summed_variance_of_a_region_is_unbiased():
    model = NoiseModel(read_noise=3.0, slope=1.0, level=1.0)
    rng = np.random.default_rng(4)
    truth = np.full(200_000, 4.0)
    counts = rng.poisson(truth) + rng.normal(0, math.sqrt(9 - 1), truth.size)
    assert model.variance(counts).mean() == pytest.approx(9 + 3, rel=0.01)


@pytest.mark.parametrize("level", [0.0, 1.1, 4.0])
def test_the_dark_level_is_found_beside_light_seen_through_the_lens(level):
    """Animal light is confined by the lens's response; the level is the same in every corner."""
    n, pixel_cm = 240, 22.4 / 240
    coefs = (0.993171, 0.001630, -0.005467, 0.000520, -0.000023, -0.013469, 0.602904)
    lens = flat_field(n, 22.4, coefs)
    y, x = np.mgrid[:n, :n]
    light = 3000 * np.exp(-((y - 90) ** 2 + (x - 120) ** 2) / (2 * 12**2)) * lens
    rng = np.random.default_rng(8)
    net = level + light + rng.normal(0, 2.9, lens.shape)
    found = estimate_dark_level(net, lens, NoiseModel(2.9, 1.0), pixel_cm)
    assert found is not None
    assert found.counts == pytest.approx(level, abs=0.12)
    assert abs(found.counts - level) < 4 * found.se_counts
    assert 0.01 < found.se_counts < 0.3


@pytest.mark.parametrize("stray", [0.0, 1.0, 4.0])
def test_even_stray_light_is_not_taken_for_dark_charge(stray):
    """Light up to the corners falls off as the lens does; dark charge does not."""
    n, level = 240, 1.6
    coefs = (0.9952, 0.00121, -0.005213, 0.000487, -0.0000212, -0.031, 0.512)
    lens = flat_field(n, 22.4, coefs)
    rng = np.random.default_rng(9)
    found = [
        estimate_dark_level(
            level + stray * lens + rng.normal(0, 2.9, lens.shape),
            lens,
            NoiseModel(2.9, 1.0),
            22.4 / n,
        )
        for _ in range(20)
    ]
    z = np.array([(f.counts - level) / f.se_counts for f in found])
    # without light the slope is cut off at 0, which makes errors smaller than said
    assert abs(z.mean()) < 0.75
    assert np.sqrt((z**2).mean()) < 1.4
    assert stray == 0 or np.sqrt((z**2).mean()) > 0.6
    assert max(f.se_counts for f in found) < 0.3


def test_no_dark_level_where_everything_glows():
    n = 120
    light = np.random.default_rng(0).normal(500, 20, (n, n))
    light[:4] = 0
    assert estimate_dark_level(light, np.ones((n, n)), NoiseModel(2.9, 1.0), 0.1) is None


def test_real_c_is_nearly_independent_of_fov_and_scales_as_f_squared(real_click):
    from lumicohort.living_image import read_click

    info = read_click(real_click).info
    for f in (1, 2, 4, 8):
        values = [absolute_coefficient(info, fov, f) for fov in (22.4, 13.2, 6.6, 4)]
        assert max(values) / min(values) < 1.05
        ratio = absolute_coefficient(info, 22.4, f) / absolute_coefficient(info, 22.4, 1)
        assert ratio == pytest.approx(f**2, rel=0.02)
        for fov in (22.4, 13.2, 6.6, 4):
            coefs = flat_field_coefficients(info, fov, f)
            assert flat_field(240, fov, coefs)[120, 120] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("value", "unlike"),
    [
        ("2.9E+06", False),
        ("2.9E+07", True),
        ("2.9E+05", True),
        ("9.2E+06", True),
        ("3.3E+06", False),
    ],
)
def test_a_c_unlike_the_cameras_others_is_told(value: str, unlike: bool) -> None:
    text = (
        "*** Camera System Info:\n"
        "Coef C-ccd at FOV 22.4, f1:\t7.223E+05\n"
        "Coef C-ccd at FOV 4, f1:\t7.249E+05\n"
        "Coef C-ccd at FOV 4, f4:\tnot measured\n"
        f"Coef C-ccd at FOV 22.4, f2:\t{value}\n"
    )
    info = parse_info(text.encode(), "ClickInfo.txt")
    assert unlike_others(info, 22.4, 2) is unlike
    alone = parse_info(text.split("Coef")[0].encode() + b"Coef C-ccd at FOV 9, f2:\t1E6\n", "x")
    assert not unlike_others(alone, 9, 2)


def test_real_c_are_all_like_one_another(real_click):
    from lumicohort.living_image import read_click

    info = read_click(real_click).info
    for f in (1, 2, 4, 8):
        assert not any(unlike_others(info, fov, f) for fov in (22.4, 13.2, 6.6, 4))


def test_real_read_bias_frame_is_the_dark_section_level_times_its_multiplier(real_click):
    from lumicohort.living_image import read_click

    click = read_click(real_click)
    frame = click.read_bias_frame()
    level = click.info.section("darkcharge image").number("Read Bias Level")
    assert frame.mean() / 10 == pytest.approx(level, abs=0.001)
    assert click.read_bias_level == pytest.approx(level, abs=1.0)
    assert click.read_bias_level != level
