"""Dark and bias frames that are missing, damaged or of another exposure."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from chain import PLAIN, run
from synthetic_click import BINNING, EXPOSURE_S, C, Recipe, make_click, response, write_image

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate


def with_dark(tmp_path, change, text=None):
    """Return truth and radiance of a click whose dark frame was changed."""
    recipe = Recipe(n=240, read_noise=2.9, photon_noise=True, text=text or {})
    made = make_click(tmp_path, recipe)
    path = made.folder / "background.TIF"
    if change is not None:
        write_image(path, change(tifffile.imread(path)))
    return made, calibrate(read_click(made.folder), PLAIN)


CHANGES = {
    "constant": (lambda a: np.full_like(a, 65534), {}, "dark_refused_constant"),
    "shape": (lambda a: a[:120, :120], {}, "dark_refused_shape"),
    "negative": (lambda a: a - 60, {}, "dark_refused_negative"),
    "bright": (lambda a: a + 3000, {}, "dark_refused_brighter_than_image"),
    "binning": (
        None,
        {"Level:\t496.203\nBinning Factor:\t8": "Level:\t496.203\nBinning Factor:\t4"},
        "dark_refused_binning",
    ),
    "exposure": (None, {"(Seconds):\t40\n\n": "(Seconds):\t0\n\n"}, "dark_refused_exposure"),
    "multiplier": (
        None,
        {"Data Multiplier:\t10\nRead Bias": "Read Bias"},
        "dark_refused_multiplier",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_bad_dark_frame_is_refused_and_its_level_read_from_the_image(tmp_path, kind):
    change, text, flag = CHANGES[kind]
    made, image = with_dark(tmp_path, change, text)
    assert flag in image.flags
    assert "dark_estimated_from_image" in image.flags
    counts = (image.radiance - made.radiance) * response(240) * BINNING**2 * EXPOSURE_S / C
    # The dark charge made here runs from 2.4 to 3.6 counts; one level stands in for it.
    assert abs(counts.mean()) < 0.3
    assert (image.common_se > 0).all()


def test_an_unreadable_dark_frame_is_flagged(tmp_path):
    made = make_click(tmp_path, Recipe(n=240, read_noise=2.9))
    path = made.folder / "background.TIF"
    path.write_bytes(path.read_bytes()[:5000])
    image = calibrate(read_click(made.folder), PLAIN)
    assert {"dark_refused_unreadable", "dark_estimated_from_image"} <= set(image.flags)


def test_no_dark_frame_and_no_dark_corner(tmp_path):
    """Sixty pixels a side are too few to read a level from: nothing is subtracted, and said."""
    _, image = run(tmp_path, Recipe(leave_out=("background.TIF",)))
    assert {"dark_missing", "dark_not_subtracted"} <= set(image.flags)
    assert image.applied["dark"] is False
    assert (image.common_se > 0).all()


def test_without_a_bias_frame_the_level_of_the_dark_section_stands_in(tmp_path):
    made, image = run(tmp_path, Recipe(leave_out=("readbias.TIF",), bias_slope=2))
    assert {"readbias_missing", "dark_from_bias_level"} <= set(image.flags)
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    assert np.abs((image.radiance - made.radiance) / one_count).max() < 0.75


def test_a_dark_frame_of_another_exposure_is_scaled(tmp_path):
    made = make_click(tmp_path, Recipe(dark_counts=6))
    text = (made.folder / "ClickInfo.txt").read_text()
    text = text.replace("(Seconds):\t40\n\n*** readbias", "(Seconds):\t20\n\n*** readbias")
    (made.folder / "ClickInfo.txt").write_text(text)
    half = 10 * (496.203 + made.bias + made.dark / 2)
    write_image(made.folder / "background.TIF", half.round().astype(np.uint16))
    image = calibrate(read_click(made.folder), PLAIN)
    assert "dark_scaled_to_exposure" in image.flags
    one_count = C / (BINNING**2 * EXPOSURE_S) / response()
    assert np.abs((image.radiance - made.radiance) / one_count).max() < 0.8


def refilled(folder, bias_counts, dark_counts):
    """Fill both frames with one number each, as a simulation without noise would."""
    for name, counts in (("readbias", bias_counts), ("background", dark_counts)):
        path = folder / f"{name}.TIF"
        frame = np.full_like(tifffile.imread(path), round(10 * counts))
        write_image(path, frame)


NOISY = Recipe(n=240, read_noise=2.9, photon_noise=True)
"""Its dark charge is 3 counts; half of its image has 4 or less above the bias, with the light."""


@pytest.mark.parametrize("level", [496.2, 500.0, 510.0])
def test_constant_frames_that_fit_are_used(tmp_path, level):
    made = make_click(tmp_path, NOISY)
    refilled(made.folder, level, level + 3)
    image = calibrate(read_click(made.folder), PLAIN)
    assert image.flags == ("readbias_constant", "dark_constant")
    assert image.applied["dark"]["dark_frame"] == "background.TIF"
    counts = (image.radiance - made.radiance) * response(240) * BINNING**2 * EXPOSURE_S / C
    assert abs(counts.mean()) < 0.05
    assert (image.common_se == 0).all()


@pytest.mark.parametrize(
    ("bias", "dark", "flags"),
    [
        (6553.4, 499.2, {"readbias_refused_constant", "dark_from_bias_level", "dark_constant"}),
        (0, 0, {"readbias_refused_constant", "dark_from_bias_level", "dark_refused_constant"}),
        (496.2, 6553.4, {"readbias_constant", "dark_refused_constant"}),
        (496.2, 494.2, {"readbias_constant", "dark_refused_constant"}),
        (496.2, 502.2, {"readbias_constant", "dark_refused_constant"}),
    ],
)
def test_constant_frames_that_do_not_fit_are_refused(tmp_path, bias, dark, flags):
    made = make_click(tmp_path, NOISY)
    refilled(made.folder, bias, dark)
    image = calibrate(read_click(made.folder), PLAIN)
    estimated = {"dark_estimated_from_image"} if "dark_refused_constant" in flags else set()
    assert set(image.flags) == flags | estimated
    counts = (image.radiance - made.radiance) * response(240) * BINNING**2 * EXPOSURE_S / C
    assert abs(counts.mean()) < 0.3
