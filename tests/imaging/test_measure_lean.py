"""`lumicohort measure` without the photograph, and with several processes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mice_clicks import FOV, N, make_click
from roifile import ROI_TYPE, ImagejRoi
from scenes import row

from lumicohort.cli import main
from lumicohort.files import read_csv

IDS = ["007", "008", "009"]
SAME = ["click", "animal_id", "region", "n_pixels", "total_flux_p_s", "max_radiance_p_s_cm2_sr"]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "2022-01-05"
    for k in range(3):
        make_click(folder, f"AA2022010511423{k}", IDS, [2e4, 8e4, 4e4], row(3, seed=3 + k))
    return folder


@pytest.fixture(scope="module")
def rois(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rois")
    pixel = FOV / N
    for animal, x in zip(IDS, (7.3, 11.2, 15.1), strict=True):
        left, top = round((x - 1.2) / pixel), round(7 / pixel)
        roi = ImagejRoi(
            roitype=ROI_TYPE.OVAL,
            left=left,
            top=top,
            right=left + round(2.4 / pixel),
            bottom=top + round(8 / pixel),
        )
        roi.name = animal
        for k in range(3):
            place = folder / f"AA2022010511423{k}"
            place.mkdir(exist_ok=True)
            (place / f"{animal}.roi").write_bytes(roi.tobytes())
    return folder


def measure(batch: Path, out: Path, *more: str) -> int:
    return main(["measure", str(batch), "--out", str(out), *more])


def test_drawn_rois_need_no_photograph(batch: Path, rois: Path, tmp_path: Path) -> None:
    drawn = ("--roi-method", "imagej", "--rois", str(rois))
    assert measure(batch, tmp_path / "with.csv", *drawn) == 0
    assert measure(batch, tmp_path / "without.csv", *drawn, "--no-photograph") == 0
    with_mice, without = (read_csv(tmp_path / f"{n}.csv") for n in ("with", "without"))
    assert len(without) == 9
    assert (without[SAME] == with_mice[SAME]).all(axis=None)
    assert without["flags"].str.split(";").map(lambda f: "photograph_not_used" in f).all()
    assert not with_mice["flags"].str.contains("photograph_not_used").any()
    assert not without["flags"].str.contains("mice_not_found_in_photograph").any()
    assert without["mouse_length_cm"].isna().all()
    assert with_mice["mouse_length_cm"].notna().all()
    assert (without["total_flux_se_p_s"] > 0).all()
    assert without["lod_p_s"].notna().all()


def test_drawn_rois_of_clicks_that_lack_their_photographs(
    batch: Path, rois: Path, tmp_path: Path
) -> None:
    drawn = ("--roi-method", "imagej", "--rois", str(rois), "--no-photograph")
    assert measure(batch, tmp_path / "with.csv", *drawn) == 0
    lost = tmp_path / "lost" / batch.name
    shutil.copytree(batch, lost, ignore=shutil.ignore_patterns("photograph.TIF"))
    assert measure(lost, tmp_path / "without.csv", *drawn) == 0
    kept, without = (read_csv(tmp_path / f"{n}.csv") for n in ("with", "without"))
    assert len(without) == 9
    assert (without[SAME] == kept[SAME]).all(axis=None)
    assert without["flags"].str.split(";").map(lambda f: "binning_unchecked" in f).all()
    assert not kept["flags"].str.contains("binning_unchecked").any()


def test_a_method_that_needs_mice_says_so(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(batch, tmp_path / "a.csv", "--no-photograph") == 2
    assert "--no-photograph is for --roi-method imagej and living_image" in capsys.readouterr().err
    assert not (tmp_path / "a.csv").exists()


def test_no_large_library_is_loaded(batch: Path, rois: Path, tmp_path: Path) -> None:
    """Each takes as long to load as dozens of clicks to measure."""
    code = (
        "import sys\nfrom lumicohort.cli import main\nassert main(sys.argv[1:]) == 0\n"
        "large = {'scipy', 'skimage', 'pandas', 'pydantic', 'matplotlib', 'lifelines'}\n"
        "print(sorted(large & set(sys.modules)), 'numpy' in sys.modules)\n"
    )
    command = ["measure", str(batch), "--roi-method", "imagej", "--rois", str(rois)]
    command += ["--out", str(tmp_path / "a.csv"), "--no-photograph"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[] True"


def test_several_processes_give_the_same_table(batch: Path, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        assert measure(batch, tmp_path / f"{jobs}.csv", "--jobs", jobs) == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_several_processes_tell_the_same_problems(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = []
    for jobs in ("1", "2"):
        out = tmp_path / "out.csv"
        assert measure(batch, out, "--jobs", jobs, "--animals", "1,2") == 2
        told.append(capsys.readouterr().err)
        assert not out.exists()
    assert told[0] == told[1]
    assert told[0].count("AA2022010511423") >= 3


def test_jobs_must_be_a_number_from_one_on(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(batch, tmp_path / "a.csv", "--jobs", "0") == 2
    assert "--jobs 0: write a whole number from 1 on" in capsys.readouterr().err
