"""Living Image's own radiance, where a click holds it."""

from __future__ import annotations

import numpy as np
import pytest
from chain import centre
from synthetic_click import Recipe, make_click, write_image

from lumicohort.errors import InputError
from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate, total_flux_p_s
from lumicohort.study.config.imaging import Calibration


def corrected_click(tmp_path, section="", text=None):
    made = make_click(tmp_path, Recipe(text=text or {}))
    truth = (made.radiance * 1.01 - 50).astype(np.float32)
    write_image(made.folder / "luminescentFloatCorrected.TIF", truth)
    if section:
        with (made.folder / "AnalyzedClickInfo.txt").open("a") as stream:
            stream.write(section)
    return made.folder, truth


SAVED = """*** saved luminescent corrected image:\tluminescentFloatCorrected.TIF
Background Corrected:\t1
Flat Field Corrected:\t1
Cosmic Corrected:\t1
Intensity Calibration:\tRadiance (Photons)

"""


@pytest.mark.parametrize("source", ["living_image", "auto"])
def test_living_images_own_radiance_is_exact(tmp_path, source):
    folder, truth = corrected_click(tmp_path, SAVED)
    image = calibrate(read_click(folder), Calibration(source=source))
    np.testing.assert_array_equal(image.radiance, truth.astype(float))
    assert image.source == "living_image"
    assert image.flags == ()
    by_hand = 4 * np.pi * (22.4 / 60) ** 2 * truth[centre()].sum(dtype=float)
    assert total_flux_p_s(image, centre()) == pytest.approx(by_hand, rel=1e-12)
    assert (image.variance > 0).all()


@pytest.mark.parametrize("lacks", ["Coef C-ccd", "FF5", "*** Camera System Info"])
def test_living_images_radiance_needs_no_coefficients(tmp_path, lacks):
    folder, truth = corrected_click(tmp_path, SAVED)
    known = calibrate(read_click(folder), Calibration(source="living_image"))
    text = (folder / "ClickInfo.txt").read_text(encoding="utf-8")
    assert lacks in text
    text = "".join(line for line in text.splitlines(keepends=True) if lacks not in line)
    (folder / "ClickInfo.txt").write_text(text, encoding="utf-8")
    image = calibrate(read_click(folder), Calibration(source="living_image"))
    np.testing.assert_array_equal(image.radiance, truth.astype(float))
    assert "noise_without_coefficients" in image.flags
    # the middle of the image, where the lens's response is nearly 1
    middle = (slice(25, 35), slice(25, 35))
    np.testing.assert_allclose(image.variance[middle], known.variance[middle], rtol=0.1)
    with pytest.raises(InputError, match="Camera System Info"):
        calibrate(read_click(folder), Calibration(source="raw"))


def test_an_amplified_image_counts_as_living_image_calibrated_it(tmp_path):
    folder, truth = corrected_click(tmp_path, SAVED, {"Units:\tsec": "Units:\tsec\nEM Gain:\tHigh"})
    image = calibrate(read_click(folder), Calibration(source="auto"))
    np.testing.assert_array_equal(image.radiance, truth.astype(float))
    assert "noise_without_coefficients" in image.flags


def test_raw_and_auto_without_a_corrected_image(tmp_path):
    folder, _ = corrected_click(tmp_path / "a", SAVED)
    assert calibrate(read_click(folder), Calibration(source="raw")).source == "raw"
    folder = make_click(tmp_path / "b").folder
    assert calibrate(read_click(folder), Calibration(source="auto")).source == "raw"
    with pytest.raises(InputError, match="no image corrected by Living Image"):
        calibrate(read_click(folder), Calibration(source="living_image"))


def test_extremes_of_the_corrected_image_are_compared_with_graph_controls(tmp_path):
    def flags(root, shift):
        folder, truth = corrected_click(root, SAVED)
        low, high = truth.min(), truth.max() + shift
        path = folder / "ClickInfo.txt"
        text = path.read_text().rstrip("\n")
        path.write_text(f"{text}\nRaw Color Table Min:\t{low:f}\nRaw Color Table Max:\t{high:f}\n")
        return calibrate(read_click(folder), Calibration(source="living_image")).flags

    assert flags(tmp_path / "same", 0) == ()
    assert flags(tmp_path / "other", 1000) == ("corrected_extremes_disagree",)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Radiance (Photons)", "counts", "key Intensity Calibration"),
        ("Flat Field Corrected:\t1", "Flat Field Corrected:\t0", "key Flat Field Corrected"),
    ],
)
def test_a_saved_image_that_is_not_fully_corrected_is_refused(tmp_path, old, new, says):
    folder, _ = corrected_click(tmp_path, SAVED.replace(old, new))
    with pytest.raises(InputError, match=says):
        calibrate(read_click(folder), Calibration(source="auto"))
