"""Pixels with a high dark charge: in the image and in the dark frame alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click
from lumicohort.simulate.scene import Scene
from lumicohort.study.config.imaging import Calibration


@pytest.mark.parametrize("cosmic", ["off", "isolated", "living_image"])
def test_the_charge_of_a_hot_pixel_is_taken_off_once(tmp_path: Path, cosmic: str) -> None:
    """An empty stage holds no light, whatever the chip adds of its own."""
    camera = Camera(hot_pixel_rate=3e-3, cosmic_hits_per_s=0.0, binning=16)
    scene = Scene(camera, (), stray_p_s_cm2_sr=0.0)
    when = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)
    folder = tmp_path / "SIM20200113151240"
    write_click(folder, scene, when, {}, np.random.default_rng(4), 180.0)
    frames = [
        tifffile.imread(folder / f"{f}.TIF").astype(float) for f in ("background", "readbias")
    ]
    hot = (frames[0] - frames[1]) / 10 > 100
    assert hot.sum() > 20
    image = calibrate(read_click(folder), Calibration(cosmic=cosmic))  # type: ignore[arg-type]
    counts = image.radiance / np.sqrt(image.variance) * camera.read_noise_counts
    # the charge is 100 to 1000 counts; its own noise is the root of that
    assert abs(counts[hot]).max() < 100
    assert abs(counts[hot].mean()) < 15


@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_dark_frame_alone_holds_is_not_taken_off(tmp_path: Path, seed: int) -> None:
    """Hits while it was taken, and a part of its file that was lost; hot pixels are in both."""
    camera = Camera(hot_pixel_rate=3e-3, cosmic_hits_per_s=0.0)
    scene = Scene(camera, ())
    when = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)
    folder = tmp_path / "SIM20200113151240"
    write_click(folder, scene, when, {}, np.random.default_rng(seed), 60.0)
    plain = Calibration(cosmic="off")
    truth = calibrate(read_click(folder), plain)
    assert "dark_outliers_replaced" not in truth.flags
    path = folder / "background.TIF"
    frame = tifffile.imread(path)
    damaged = frame.copy()
    damaged[100, 20:220] = 65535
    damaged[(30, 31, 200), (40, 41, 7)] += np.array([700, 5000, 55000], dtype=np.uint16)
    tifffile.imwrite(path, damaged)
    image = calibrate(read_click(folder), plain)
    assert "dark_outliers_replaced" in image.flags
    one_count = np.sqrt(truth.variance.min()) / camera.read_noise_counts
    off = (image.radiance - truth.radiance)[damaged != frame] / one_count
    # by what the usual charge differs from their own, noise of the frame and of its whole counts
    assert np.sort(np.abs(off))[:-5].max() < 5
    assert (image.radiance == truth.radiance)[damaged == frame].all()
    frame[:5] = 65535  # 2 %
    tifffile.imwrite(path, frame)
    assert "dark_refused_outliers" in calibrate(read_click(folder), plain).flags


@pytest.mark.parametrize("where", [(slice(None), 60), (70, slice(None)), (0, 0), (239, 7)])
def test_hot_columns_rows_and_corners_keep_their_charge(tmp_path: Path, where: object) -> None:
    """Their neighbours are as hot, or beyond the edge."""
    camera = Camera(hot_pixel_rate=0.0, cosmic_hits_per_s=0.0)
    when = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)
    folder = tmp_path / "SIM20200113151240"
    write_click(folder, Scene(camera, ()), when, {}, np.random.default_rng(3), 60.0)
    plain = Calibration(cosmic="off")
    truth = calibrate(read_click(folder), plain)
    for name, times in (("luminescent", 1), ("background", 10)):
        path = folder / f"{name}.TIF"
        pixels = tifffile.imread(path)
        pixels[where] += np.uint16(120 * times)
        tifffile.imwrite(path, pixels)
    image = calibrate(read_click(folder), plain)
    assert "dark_outliers_replaced" not in image.flags
    np.testing.assert_allclose(image.radiance, truth.radiance, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("hit", [600.0, 5500.0])
def test_a_hit_of_the_dark_frame_shows_under_a_bright_spot_as_well(
    tmp_path: Path, hit: float
) -> None:
    """There the image holds more than the hit."""
    camera = Camera(hot_pixel_rate=0.0, cosmic_hits_per_s=0.0)
    when = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)
    folder = tmp_path / "SIM20200113151240"
    write_click(folder, Scene(camera, ()), when, {}, np.random.default_rng(6), 60.0)
    path = folder / "luminescent.TIF"
    counts = tifffile.imread(path).astype(np.float64)
    y, x = np.indices(counts.shape)
    spot = 9000 * np.exp(-((y - 100) ** 2 + (x - 120) ** 2) / (2 * 6.0**2))
    tifffile.imwrite(path, (counts + spot).round().astype(np.uint16))
    plain = Calibration(cosmic="off")
    truth = calibrate(read_click(folder), plain)
    path = folder / "background.TIF"
    frame = tifffile.imread(path)
    frame[101, 119] += np.uint16(10 * hit)
    tifffile.imwrite(path, frame)
    image = calibrate(read_click(folder), plain)
    assert image.applied["dark"]["dark_outliers"] == 1  # type: ignore[index]
    one_count = np.sqrt(truth.variance.min()) / camera.read_noise_counts
    assert abs((image.radiance - truth.radiance)[101, 119]) / one_count < 5
