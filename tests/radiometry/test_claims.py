"""What a text says was done to an image is held against the pixels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate
from lumicohort.radiometry.coefficients import flat_field_coefficients
from lumicohort.radiometry.steps import flat_field
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click
from lumicohort.simulate.draw import Draw, draw_scene
from lumicohort.study.config.imaging import Calibration


def claiming(folder: Path, seed: int, fov_cm: float, divided: bool) -> Path:
    """Write a click that calls its flat field corrected, which is true or not."""
    rng = np.random.default_rng(seed)
    scene = draw_scene(rng, Camera(fov_cm=fov_cm), 3, Draw())
    write_click(folder, scene, datetime(2024, 5, 3, 9, tzinfo=UTC), {}, rng, 60.0)
    text = folder / "ClickInfo.txt"
    said = text.read_text(encoding="utf-8")
    assert said.count("Flat Field Corrected:\t0") == 1
    text.write_text(said.replace("Flat Field Corrected:\t0", "Flat Field Corrected:\t1"))
    if divided:
        click, path = read_click(folder), folder / "luminescent.TIF"
        counts = tifffile.imread(path).astype(np.float64)
        dark = min(tifffile.imread(folder / "background.TIF").mean() / 10, counts.min())
        lens = flat_field(
            len(counts), fov_cm, flat_field_coefficients(click.info, fov_cm, click.f_number)
        )
        even = (counts - dark) / lens + dark
        tifffile.imwrite(path, np.clip(even, 0, 65535).round().astype(np.uint16))
    return folder


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("fov_cm", [22.4, 13.2])
def test_a_flat_field_that_is_said_to_be_corrected_shows_in_the_noise(
    tmp_path: Path, seed: int, fov_cm: float
) -> None:
    raw = calibrate(read_click(claiming(tmp_path / "a", seed, fov_cm, False)), Calibration())
    assert {"flat_field_already_done", "flat_field_looks_uncorrected"} <= set(raw.flags)
    image = calibrate(read_click(claiming(tmp_path / "b", seed, fov_cm, True)), Calibration())
    assert "flat_field_already_done" in image.flags
    assert "flat_field_looks_uncorrected" not in image.flags
