"""`lumicohort check`: all problems at once, or what would be analysed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lumicohort

CONFIG = """study: mice
models: {MDA: {}}
arms: {vehicle: {}, DFO: {}}
reference_arm: vehicle
data: {folder: data}
exclusions: {animals: {"007": no tumour}}
"""
COHORT = """animal_id,model,arm,inoculation_date,end_date,end_reason
007,MDA,vehicle,2020-01-01,2020-01-22,found dead
1E5,MDA,DFO,2020-01-01,,
A3,MDA,DFO,2020-01-01,2020-02-01,end of study
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(CONFIG)
    click = tmp_path / "data" / "imaging" / "week 1" / "AB20200108101500"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_text("")
    (tmp_path / "data" / "cohort.csv").write_text(COHORT)
    return tmp_path


def check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import argparse, sys; from lumicohort.commands import check;"
        "from lumicohort.errors import InputError\n"
        "parser = argparse.ArgumentParser(); check.add_arguments(parser)\n"
        "try: sys.exit(check.run(parser.parse_args()))\n"
        "except InputError as error: print(error, file=sys.stderr); sys.exit(2)"
    )
    return subprocess.run(
        [sys.executable, *options, "-c", code, "study.yaml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(lumicohort.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_flux_of_a_sheet_that_is_hard_to_believe_is_told_with_its_row(folder: Path) -> None:
    config = CONFIG.replace("folder: data", "folder: data, flux: {file: flux.csv}")
    (folder / "study.yaml").write_text(config)
    ids = [f"m{i}" for i in range(6)]
    animals = [f"{a},MDA,{'DFO' if i % 2 else 'vehicle'},2020-01-01,," for i, a in enumerate(ids)]
    (folder / "data" / "cohort.csv").write_text("\n".join([COHORT.rstrip(), *animals, ""]))
    # the schedule's tolerance makes one day of days 7 and 8
    rows = [f"{a},{7 * w + i % 2},{w}.{i}e6" for i, a in enumerate(ids) for w in (1, 2, 3)]
    flux = folder / "data" / "flux.csv"
    flux.write_text("\n".join(["animal_id,day,total_flux_p_s", *rows, ""]))
    assert "hard to believe" not in check(folder).stdout
    flux.write_text(flux.read_text().replace("m3,15,2.3e6", "m3,15,2.3e12"))
    told = [line for line in check(folder).stdout.split("\n") if "hard to believe" in line]
    assert len(told) == 1
    assert "flux.csv, row 12, column total_flux_p_s: 2.3e+12 p/s of `m3` on day 15 is" in told[0]
    assert "Check value, unit and animal." in told[0]


def test_summary_of_a_sound_study(folder: Path) -> None:
    done = check(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Study mice: nothing wrong found.\n\n"
        "Animals per model and arm (events / alive or censored):\n"
        "  MDA, vehicle:   1 (1 / 0), 1 of them left out\n"
        "  MDA, DFO:   2 (0 / 2)\n"
        "  Without an end, and never seen after inoculation, so not in the survival analysis: "
        "`1E5`.\n"
        "  Who was seen alive later gets that day as end_date, with an end_reason that censors.\n\n"
        "Imaging batches:\n"
        "  week 1: 1 click\n\n"
        "Animals left out:\n"
        "  007: no tumour (exclusions.animals)\n\n"
        "Worth a look:\n"
        "  data/imaging/week 1/AB20200108101500: nobody is named on this click: no row of the "
        "imaging sheet, and no label Animal Number. Such images are left out. Say in the imaging "
        "sheet who lay there.\n"
    )
    assert sorted(p.name for p in folder.iterdir()) == ["data", "study.yaml"]


def test_it_starts_without_heavy_libraries(folder: Path) -> None:
    done = check(folder, "-X", "importtime")
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "lumicohort" in loaded
    assert not loaded & {"matplotlib", "scipy", "skimage", "lifelines", "seaborn", "snakemake"}


def test_clicks_behind_an_emission_filter_are_told(folder: Path) -> None:
    click = folder / "data" / "imaging" / "week 1" / "AB20200108101500"
    text = "*** luminescent image:\tluminescent.TIF\nEmission filter:\t620\n"
    (click / "ClickInfo.txt").write_text(text)
    said = check(folder).stdout
    assert "AB20200108101500: this click of the emission filter `620`, where those of" in said
    with (folder / "study.yaml").open("a") as config:
        config.write("imaging: {emission_filter: 620}\n")
    assert "emission filter" not in check(folder).stdout


def test_the_filter_of_a_fluorescence_click_is_no_advice(folder: Path) -> None:
    """Such a click is left out whatever the config says."""
    click = folder / "data" / "imaging" / "week 1" / "AB20200108101500"
    text = "*** luminescent image:\tluminescent.TIF\nEmission filter:\t520\n"
    (click / "ClickInfo.txt").write_text(f"{text}Excitation filter:\t465\n")
    assert "emission filter" not in check(folder).stdout


def test_all_problems_at_once(folder: Path) -> None:
    text = COHORT.replace("DFO", "DFo").replace("2020-01-22", "22")
    (folder / "data" / "cohort.csv").write_text(text)
    done = check(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("3 problems:\n")
    assert "data/cohort.csv, row 2, column end_date (E2): `22` is not a date" in done.stderr
    assert done.stderr.count("did you mean `DFO`?") == 2


def test_missing_sheet_and_config(folder: Path) -> None:
    (folder / "data" / "cohort.csv").unlink()
    done = check(folder)
    assert done.returncode == 2 and "data/cohort.csv: there is no such file" in done.stderr
    (folder / "study.yaml").unlink()
    assert check(folder).returncode == 2


def test_another_config_of_the_same_study_name_is_told(folder: Path) -> None:
    (folder / "copy.yml").write_text('\ufeff# a copy\r\nstudy: "Mice"  # to do\r\n', "utf-8")
    (folder / "other.yaml").write_text("study: mice_2\ntitle: study: mice\n")
    (folder / "notes.yaml").write_bytes(b"\xff\xfe\x00")
    done = check(folder)
    assert done.returncode == 0
    assert done.stdout.endswith(
        "\nThe same study name stands in copy.yml: a run with one config writes over the results "
        "of the other (results/mice). Give each study a name of its own (key study).\n"
    )
    (folder / "copy.yml").unlink()
    assert "same study name" not in check(folder).stdout
