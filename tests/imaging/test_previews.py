"""What is kept of a click for figures, and what was applied to it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mice_clicks import make_click
from synthetic_click import C

from lumicohort.files import read_csv
from lumicohort.imaging.batch import measure_batch
from lumicohort.imaging.previews import for_display
from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.imaging import Calibration

STUDY = {"study": "s", "arms": {"a": {}}, "models": {"m": {}}, "reference_arm": "a"}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("previews")
    click, _, _ = make_click(folder / "batch", "K1", ["1", "2", "3"], [4e4, 8e4, 2e4])
    measure_batch(StudyConfig.model_validate(STUDY), folder / "batch", (), folder / "out")
    return click, folder / "out"


def test_radiance_is_kept_as_measured(measured: tuple[Path, Path]) -> None:
    click, out = measured
    radiance = calibrate(read_click(click), Calibration()).radiance
    with np.load(out / "previews.npz") as previews:
        kept = previews["K1/radiance"]
        assert kept.dtype == np.float32
        assert (kept == radiance.astype(np.float32)).all()
        assert previews["K1/photograph"].dtype == np.uint8
        assert set(np.unique(previews["K1/animals"])) == {0, 1, 2, 3}
        assert json.loads(str(previews["K1/meta"]))["animal_ids"] == ["1", "2", "3"]


def test_previews_are_the_same_bytes_again(measured: tuple[Path, Path], tmp_path: Path) -> None:
    click, out = measured
    measure_batch(StudyConfig.model_validate(STUDY), click.parent, (), tmp_path)
    assert (tmp_path / "previews.npz").read_bytes() == (out / "previews.npz").read_bytes()


def test_arrays_are_stored_as_numpy_stores_them(
    measured: tuple[Path, Path], tmp_path: Path
) -> None:
    with zipfile.ZipFile(measured[1] / "previews.npz") as archive:
        stored = {name: archive.read(name) for name in archive.namelist()}
    assert len(stored) == 5
    for name, bytes_ in stored.items():
        array = np.load(io.BytesIO(bytes_))
        np.save(tmp_path / "again.npy", array)
        assert (tmp_path / "again.npy").read_bytes() == bytes_, name


def test_every_correction_stands_in_the_clicks_row(measured: tuple[Path, Path]) -> None:
    row = read_csv(measured[1] / "clicks.csv").iloc[0]
    applied = json.loads(row["calibration"])
    assert applied["absolute"] == pytest.approx(C)
    assert applied["flat_field"] == [1, 0, 0, 0, 0, 0, 0]
    assert applied["bias"] == {"level_counts": 496.628, "structure": "readbias.TIF"}
    assert applied["dark"]["dark_frame"] == "background.TIF"
    assert applied["dark"]["dark_bias"] == "readbias.TIF"
    assert applied["cosmic"] == "isolated"
    assert applied["saturation"] == {"level_counts": 61000}
    assert 2 < applied["noise"]["read_noise_counts"] < 4


@pytest.mark.parametrize("side", [60, 120, 90])
def test_display_keeps_the_order_of_greys(side: int) -> None:
    ramp = np.tile(np.linspace(500, 40000, side), (side, 1)).astype(np.uint16)
    grey = for_display(ramp, 30)
    assert grey.shape == (30, 30) and grey.dtype == np.uint8
    assert grey[0, 0] == 0
    assert (np.diff(grey.astype(int), axis=1) >= 0).all()
    # bright coats stay below white: metal may be brighter
    assert 190 < grey.max() < 255
