"""The whole chain on clicks of which everything is known, and on the real click."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from chain import PLAIN, centre, run
from synthetic_click import BINNING, EXPOSURE_S, C, Recipe, make_click, response, write_image

from lumicohort.errors import InputError
from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate, total_flux_p_s, total_flux_se_p_s
from lumicohort.study.config.imaging import Calibration


def test_truth_comes_back_pixel_by_pixel(tmp_path):
    made, image = run(tmp_path, Recipe(dark_counts=30, bias_slope=5))
    # Only rounding to whole counts is left: half a count, and a twentieth in each frame.
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    assert np.abs((image.radiance - made.radiance) / one_count).max() < 0.75
    assert image.flags == ()
    assert (image.n, image.fov_cm, image.source) == (60, 22.4, "raw")
    assert image.pixel_cm == pytest.approx(22.4 / 60)
    assert not image.saturated.any()
    assert not image.cosmic.any()
    assert (image.common_se == 0).all()


def test_total_flux_is_four_pi_times_area_times_sum(tmp_path):
    made, image = run(tmp_path)
    mask = centre()
    by_hand = 4 * np.pi * (22.4 / 60) ** 2 * made.radiance[mask].sum()
    assert total_flux_p_s(image, mask) == pytest.approx(by_hand, rel=1e-3)


@pytest.mark.parametrize(
    ("switch", "shift_counts"),
    [("bias", 496.628), ("dark", 3.0)],
)
def test_each_subtraction_can_be_switched_off(tmp_path, switch, shift_counts):
    made, image = run(tmp_path, None, Calibration(cosmic="off", **{switch: False}))
    counts = (image.radiance - made.radiance) * response() * BINNING**2 * EXPOSURE_S / C
    assert counts.mean() == pytest.approx(shift_counts, abs=0.06)  # whole counts
    assert f"{switch}_off" in image.flags
    assert image.applied[switch] is False


def test_flat_field_switched_off_leaves_the_response_in(tmp_path):
    made, image = run(tmp_path, None, Calibration(cosmic="off", flat_field=False))
    mask = made.radiance > 1e5
    np.testing.assert_allclose((image.radiance / made.radiance)[mask], response()[mask], rtol=0.01)
    assert "flat_field_off" in image.flags


@pytest.mark.parametrize("mode", ["isolated", "living_image"])
def test_cosmic_hits_are_taken_out_and_counted(tmp_path, mode):
    hits = {(5, 8): 4000.0, (50, 50): 9000.0}
    recipe = Recipe(hits=hits, read_noise=2.9, photon_noise=True)
    made, image = run(tmp_path, recipe, Calibration(cosmic=mode))
    assert {tuple(map(int, p)) for p in np.argwhere(image.cosmic)} >= set(hits)
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    for place in hits:
        assert abs(image.radiance[place] - made.radiance[place]) < 12 * one_count[place]
    _, uncorrected = run(tmp_path / "off", recipe, PLAIN)
    excess = (uncorrected.radiance - image.radiance)[5, 8] / one_count[5, 8]
    assert excess == pytest.approx(4000, abs=12)


def test_standard_error_covers_the_truth(tmp_path):
    mask, scores = centre(), []
    for seed in range(40):
        recipe = Recipe(read_noise=2.9, photon_noise=True, seed=seed, peak=3e4)
        made, image = run(tmp_path / str(seed), recipe)
        truth = 4 * np.pi * image.pixel_cm**2 * made.radiance[mask].sum()
        scores.append((total_flux_p_s(image, mask) - truth) / total_flux_se_p_s(image, mask))
    assert 0.7 < np.std(scores) < 1.35  # 40 draws of a standard normal: SE of the SD is 0.11
    assert abs(np.mean(scores)) < 0.6


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("Background Corrected:\t0", "dark"),
        ("Flat Field Corrected:\t0", "flat_field"),
        ("Cosmic Corrected:\t0", "cosmic"),
    ],
)
def test_nothing_is_corrected_twice(tmp_path, key, step):
    recipe = Recipe(text={key: key.replace("0", "1")}, hits={(5, 8): 4000.0})
    made = make_click(tmp_path, recipe)
    counts = tifffile.imread(made.folder / "luminescent.TIF").astype(np.float32)
    if step == "dark":
        write_image(made.folder / "luminescent.TIF", counts - 496.628 - made.dark.astype("f4"))
    if step == "flat_field":
        net = (counts - 496.628 - made.dark) / response() + 496.628 + made.dark
        write_image(made.folder / "luminescent.TIF", net.round().astype(np.uint16))
    image = calibrate(read_click(made.folder), Calibration(cosmic="living_image"))
    assert image.applied[step] == "already done"
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    error = (image.radiance - made.radiance) / one_count
    error[5, 8] -= 4000.0 if step == "cosmic" else 0.0
    assert np.abs(error).max() < (1.0 if step == "cosmic" else 30)
    assert np.abs(np.median(error)) < 0.5


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("part", [0.0, 0.4])
def test_raw_counts_stored_as_floats_are_raw_counts(tmp_path, kind, part):
    made = make_click(tmp_path)
    path = made.folder / "luminescent.TIF"
    truth = calibrate(read_click(made.folder), PLAIN)
    write_image(path, (tifffile.imread(path) + part).astype(kind))
    image = calibrate(read_click(made.folder), PLAIN)
    assert "counts_stored_as_floats" in image.flags
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    np.testing.assert_allclose((image.radiance - truth.radiance) / one_count, part, atol=0.003)


@pytest.mark.parametrize(
    "changed",
    [
        lambda counts: counts - 496.628,  # the bias taken off
        lambda counts: (counts - 496.628).clip(min=0.0),
        lambda counts: counts * 27.3,  # some calibration
        lambda counts: counts / 65535,
        lambda counts: (counts - 496.628) * 200 + 496.628,  # radiance beside a likely level
    ],
)
def test_floats_that_do_not_stand_on_the_bias_are_refused(tmp_path, changed):
    made = make_click(tmp_path, Recipe(n=240, read_noise=2.9))
    path = made.folder / "luminescent.TIF"
    write_image(path, changed(tifffile.imread(path)).astype(np.float32))
    with pytest.raises(InputError, match="the pixels are float32, but the text calls them raw"):
        calibrate(read_click(made.folder), PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        {"Background Corrected:\t0": "Background Corrected:\t1"},
        {"Calibration:\tcounts": "Calibration:\tphotons"},
    ],
)
def test_raw_counts_that_the_text_calls_corrected_are_refused(tmp_path, text):
    made = make_click(tmp_path, Recipe(text=text))
    with pytest.raises(InputError, match=r"darkest lie at 499, where raw counts do"):
        calibrate(read_click(made.folder), PLAIN)


@pytest.mark.parametrize(
    ("lines", "counts", "flagged"),
    [
        (np.s_[:, 12], 0, False),
        (np.s_[:, 12], 5, True),
        (np.s_[:200, 12:14], -20, True),  # not on all rows; two columns of one fault
        (np.s_[40], 5, True),
        (np.s_[:, 30:], 1, False),  # no line of its own
    ],
)
def test_a_faulty_line_of_the_sensor_is_flagged(tmp_path, lines, counts, flagged):
    made = make_click(tmp_path, Recipe(read_noise=2.9, photon_noise=True, n=240))
    path = made.folder / "luminescent.TIF"
    image = tifffile.imread(path)
    image[lines] += np.array(counts).astype(np.uint16)  # wraps around as it should
    write_image(path, image)
    flags = calibrate(read_click(made.folder), PLAIN).flags
    assert ("sensor_line_stands_out" in flags) == flagged


def test_an_image_that_is_radiance_already_is_left_as_it_is(tmp_path):
    text = {
        "Background Corrected:\t0": "Background Corrected:\t1",
        "Flat Field Corrected:\t0": "Flat Field Corrected:\t1",
        "Cosmic Corrected:\t0": "Cosmic Corrected:\t1",
        "Calibration:\tcounts": "Calibration:\tRadiance (Photons)",
    }
    made = make_click(tmp_path, Recipe(text=text))
    truth = made.radiance.astype(np.float32)
    write_image(made.folder / "luminescent.TIF", truth)
    image = calibrate(read_click(made.folder), Calibration())
    np.testing.assert_allclose(image.radiance, truth, rtol=1e-6, atol=1e-3)
    assert {"bias_already_done", "dark_already_done", "saturation_unknown"} <= set(image.flags)


@pytest.mark.parametrize("value", ["2", "yes"])
def test_an_unknown_flag_is_refused(tmp_path, value):
    recipe = Recipe(text={"Flat Field Corrected:\t0": f"Flat Field Corrected:\t{value}"})
    with pytest.raises(InputError, match=f"key Flat Field Corrected: `{value}` is neither"):
        run(tmp_path, recipe)


def test_saturated_pixels(tmp_path):
    made = make_click(tmp_path, Recipe())
    path = made.folder / "luminescent.TIF"
    counts = tifffile.imread(path)
    counts[10, 12:14] = (60999, 61000)
    write_image(path, counts)
    image = calibrate(read_click(made.folder), PLAIN)
    assert np.argwhere(image.saturated).tolist() == [[10, 13]]
    assert "click_saturated" in image.flags


def test_living_image_says_saturated_but_no_pixel_reaches_the_level(tmp_path):
    text = {"Error Wave:\tNo Error": "Error Wave:\tNo Error\nSaturated:\t1"}
    made = make_click(tmp_path, Recipe(text=text))
    path = made.folder / "luminescent.TIF"
    counts = tifffile.imread(path)
    counts[10, 12:16] = (40000, 39000, 38000, 37000)  # 95 % of the light is 38,025 counts
    write_image(path, counts)
    image = calibrate(read_click(made.folder), PLAIN)
    assert np.argwhere(image.saturated).tolist() == [[10, 12], [10, 13]]
    assert {"click_saturated", "saturation_level_unreached"} <= set(image.flags)
    counts[40, 40] = 61000  # a pixel that reaches the stated level: that level holds
    write_image(path, counts)
    image = calibrate(read_click(made.folder), PLAIN)
    assert np.argwhere(image.saturated).tolist() == [[40, 40]]
    assert "saturation_level_unreached" not in image.flags


def test_counts_cut_off_below_the_stated_level_count_as_full(tmp_path):
    recipe = Recipe(read_noise=2.9, photon_noise=True)
    made = make_click(tmp_path, recipe)
    path = made.folder / "luminescent.TIF"
    counts = tifffile.imread(path)
    counts[10:13, 12:16] = 16_383
    counts[10, 11] = 16_000
    write_image(path, counts)
    image = calibrate(read_click(made.folder), PLAIN)
    assert np.argwhere(image.saturated).tolist() == [
        [r, c] for r in (10, 11, 12) for c in range(12, 16)
    ]
    assert {"click_saturated", "clipped_below_saturation"} <= set(image.flags)
    counts[10:13, 12:16] += np.arange(12, dtype=np.uint16).reshape(3, 4)
    write_image(path, counts)
    image = calibrate(read_click(made.folder), PLAIN)
    assert not image.saturated.any()


@pytest.mark.parametrize(("height", "bright"), [(7_000.0, False), (14_000.0, True)])
def test_a_spot_brighter_than_a_particle_is_marked(tmp_path, height, bright):
    hits = {(10, 10): height, (10, 11): height, (50, 50): 19_000.0}  # two spots
    recipe = Recipe(hits=hits, read_noise=2.9, photon_noise=True)
    _, image = run(tmp_path, recipe, Calibration(cosmic="isolated"))
    assert all(image.cosmic[place] for place in hits)
    if bright:
        assert np.argwhere(image.bright_spots).tolist() == [[10, 10], [10, 11]]
    else:
        assert image.bright_spots is None


@pytest.mark.parametrize(
    ("middles", "flagged"),
    [((238, 251), False), ((300, 310), True), ((120, 118), True), (("n/a", 120), False)],
)
@pytest.mark.parametrize("without", [(), ("photograph.TIF",)])
def test_images_smaller_or_larger_than_the_sensor_are_flagged(tmp_path, middles, flagged, without):
    """As where all files of a click were cropped, or all binnings are wrong alike."""
    lines = "".join(
        f"{axis} grid center CCD pixel FOV D:\t{middle}\n"
        for axis, middle in zip("XY", middles, strict=True)
    )
    key = "*** Camera System Info:\t\n"
    made = make_click(tmp_path, Recipe(text={key: key + lines}, leave_out=without))
    image = calibrate(read_click(made.folder, photograph=not without), PLAIN)
    assert ("images_unlike_sensor" in image.flags) == flagged


def test_a_click_without_photograph_is_measured_unchecked(tmp_path):
    made = make_click(tmp_path, Recipe(leave_out=("photograph.TIF",)))
    image = calibrate(read_click(made.folder, photograph=False), PLAIN)
    assert "binning_unchecked" in image.flags
    np.testing.assert_allclose(image.radiance[30, 30], made.radiance[30, 30], rtol=0.01)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ({"counts\nBinning Factor:\t8": "counts\nBinning Factor:\t4"}, "key Binning Factor"),
        ({"Read Bias Level:\t496.628": "Read Bias Level:\t4966.28"}, "do not belong together"),
        (
            {"Read Bias Level:\t496.628": "Read Bias Level:\t4.96"},
            "section states 496.2",
        ),
        ({"f1:\t7.0E+05": "f4:\t7.0E+05"}, "no calibration coefficient C for FOV 22.4 cm at f/1"),
        ({"D FF5 f/1": "D FF5 f/8"}, "no flat field"),
        ({"0.0005,-0.00002,0.1": "0.0005,-0.2,0.1"}, "its coefficients do not belong to it"),
        ({"Units:\tsec": "Units:\tsec\nData Multiplier:\t10"}, "stored times 10"),
        ({"Units:\tsec": "Units:\tsec\nEM Gain:\tHigh"}, "key EM Gain: the image was amplified"),
    ],
)
def test_text_and_images_that_do_not_fit_are_refused(tmp_path, text, says):
    made = make_click(tmp_path, Recipe(text=text))
    with pytest.raises(InputError, match=says) as error:
        calibrate(read_click(made.folder), PLAIN)
    assert "ClickInfo.txt" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        {"Units:\tsec": "Units:\tsec\nData Multiplier:\t1\nEM Gain:\tOff"},
        {"Shelf Position D": "Shelf Position XFOV-24"},
        {"D FF5 f/1": "D FF5 f/ 1.0", "22.4, f1:": "22.40, f/1.0:"},
    ],
)
def test_what_other_cameras_write_changes_no_number(tmp_path, text):
    _, image = run(tmp_path / "a", Recipe(text=text))
    _, plain = run(tmp_path / "b")
    assert plain.radiance.max() > 1e5
    np.testing.assert_array_equal(image.radiance, plain.radiance)


# What the raw chain gives for the real click's own five ROIs; its dark frame is destroyed, the
# level comes from the image (1.1 ± 0.2 counts). A change of these is a change for users.
REAL_TOTAL_FLUX = {
    "off": (2.336e5, 9.850e6, 8.005e6, 4.471e5, 6.96e4),
    "isolated": (2.339e5, 9.850e6, 8.005e6, 4.473e5, 6.98e4),
    "living_image": (2.339e5, 9.390e6, 7.928e6, 4.473e5, 6.98e4),
}


@pytest.mark.parametrize("mode", REAL_TOTAL_FLUX)
def test_real_click_total_flux_of_its_own_rois(real_click, mode):
    click = read_click(real_click)
    image = calibrate(click, Calibration(cosmic=mode))
    masks = [roi.mask(image.radiance.shape, click.binning) for roi in click.roi_lines]
    fluxes = [total_flux_p_s(image, mask) for mask in masks]
    assert fluxes == pytest.approx(REAL_TOTAL_FLUX[mode], rel=0.01)
    assert image.flags == ("dark_refused_constant", "dark_estimated_from_image")
    assert image.applied["dark"]["level_counts"] == pytest.approx(1.1, abs=0.05)
    assert 0.10 < total_flux_se_p_s(image, masks[4]) / fluxes[4] < 0.13
    assert [int(image.cosmic[m].sum()) for m in masks] == (
        [0, 4, 1, 0, 0] if mode == "living_image" else [0] * 5
    )


def test_real_click_without_flat_field_is_12_percent_low_or_more(real_click):
    click = read_click(real_click)
    full = calibrate(click, Calibration())
    without = calibrate(click, Calibration(flat_field=False))
    for roi in click.roi_lines[1:3]:
        mask = roi.mask(full.radiance.shape, click.binning)
        assert 0.77 < total_flux_p_s(without, mask) / total_flux_p_s(full, mask) < 0.89


def test_real_bias_structure_is_in_the_luminescent_image(real_click):
    """Far from the animals the image follows the bias frame's structure one to one."""
    from scipy.ndimage import gaussian_filter

    click = read_click(real_click)
    net = click.luminescent() - click.read_bias_level
    frame = gaussian_filter(click.read_bias_frame() / 10, 8)
    far = np.zeros(net.shape, dtype=bool)
    far[160:] = True
    far &= np.abs(net - np.median(net[far])) < 12
    columns = np.stack([np.ones(far.sum()), frame[far] - frame.mean()], axis=1)
    slope = np.linalg.lstsq(columns, net[far], rcond=None)[0][1]
    assert slope == pytest.approx(1.0, abs=0.3)


def test_a_coefficient_unlike_the_others_is_flagged_not_changed(tmp_path):
    made, usual = run(tmp_path)
    text = made.folder / "ClickInfo.txt"
    stated = text.read_bytes().decode("cp1252")
    text.write_bytes(stated.replace("f1:\t7.0E+05", "f1:\t7.0E+06").encode("cp1252"))
    image = calibrate(read_click(made.folder), PLAIN)
    assert set(image.flags) - set(usual.flags) == {"coefficient_unlike_others"}
    np.testing.assert_allclose(image.radiance, 10 * usual.radiance)
