"""What a lab can get wrong: each is an error or a listed exclusion that names file and row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from running import as_text

from lumicohort.cohort.batches import list_batches
from lumicohort.cohort.study import batch_positions, write_cohort
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.imaging.batch import measure_batch
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config import StudyConfig, parse_config

DAYS = (7, 14)
MICE = ("a1", "a2")


@pytest.fixture(scope="session")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one batch of one click of two mice on two days."""
    folder = tmp_path_factory.mktemp("clicks")
    bed = Bed()
    for day in DAYS:
        mice = tuple(
            Glowing(Mouse(x_cm=x, y_cm=bed.front_y_cm), (Source(0.15, 0.0, 0.3, 1.0),), 10**6.5)
            for x in bed.cones_x_cm[1:3]
        )
        when = datetime(2026, 3, 1, 10, tzinfo=UTC) + timedelta(days=day)
        labels = {"Animal Number": ", ".join(MICE), "View": "Dorsal"}
        name = f"SIM{when:%Y%m%d%H%M%S}"
        scene = Scene(Camera(), mice, bed)
        write_click(
            folder / f"day{day:02d}" / name, scene, when, labels, np.random.default_rng(day)
        )
    return folder


class Study:
    """A small study in a folder of its own, and the steps up to flux.csv."""

    def __init__(self, folder: Path, clicks: Path) -> None:
        self.folder = folder
        self.imaging = folder / "data" / "imaging"
        shutil.copytree(clicks, self.imaging)
        self.cohort = [
            "animal_id,model,arm,inoculation_date,end_date,end_reason",
            "a1,M,vehicle,2026-03-01,2026-03-20,humane endpoint",
            "a2,M,DFO,2026-03-01,2026-03-25,humane endpoint",
        ]
        self.positions: list[str] = []
        self.extra: dict[str, object] = {}

    def click(self, day: int) -> Path:
        return next((self.imaging / f"day{day:02d}").iterdir())

    def config(self) -> StudyConfig:
        data: dict[str, object] = {"folder": str(self.folder / "data")}
        (self.folder / "data" / "cohort.csv").write_text(as_text(self.cohort))
        if self.positions:
            (self.folder / "data" / "imaging.csv").write_text(as_text(self.positions))
            data["imaging_sheet"] = {"file": "imaging.csv"}
        return parse_config(
            {
                "study": "small",
                "models": {"M": {}},
                "arms": {"vehicle": {}, "DFO": {}},
                "reference_arm": "vehicle",
                "data": data,
                **self.extra,
            }
        )

    def run(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Run the steps; return flux.csv and exclusions.csv."""
        config, results = self.config(), self.folder / "results"
        write_cohort(config, results)
        folders = []
        for batch in list_batches(config):
            folders.append(results / "imaging" / batch)
            rows = batch_positions(config).get(batch, [])
            measure_batch(config, self.imaging / batch, rows, folders[-1])
        assemble_flux(config, folders, results)
        return read_csv(results / "flux.csv"), read_csv(results / "exclusions.csv")


@pytest.fixture
def study(tmp_path: Path, clicks: Path) -> Study:
    return Study(tmp_path, clicks)


def test_the_small_study_is_whole(study: Study) -> None:
    flux, exclusions = study.run()
    assert set(zip(flux["animal_id"], flux["day"], strict=True)) == {
        (a, d) for a in MICE for d in DAYS
    }
    assert len(exclusions) == 0


def remove(name: str) -> Callable[[Path], None]:
    return lambda click: (click / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def damage(click: Path) -> None:
        path = click / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])

    return damage


@pytest.mark.parametrize(
    ("damage", "file"),
    [
        (remove("luminescent.TIF"), "luminescent.TIF"),
        (remove("photograph.TIF"), "photograph.TIF"),
        (remove("ClickInfo.txt"), "ClickInfo.txt"),
        (cut("luminescent.TIF"), "luminescent.TIF"),
        (cut("photograph.TIF"), "photograph.TIF"),
        (cut("ClickInfo.txt"), "ClickInfo.txt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_click_is_listed_and_the_rest_goes_on(
    study: Study, damage: Callable[[Path], None], file: str
) -> None:
    damage(study.click(7))
    flux, exclusions = study.run()
    assert set(flux["day"]) == {14}
    row = exclusions[exclusions["what"] == "click"]
    assert row["id"].tolist() == [study.click(7).name]
    assert file in f"{row['file'].iloc[0]} {row['reason'].iloc[0]}"


def test_strict_makes_a_bad_click_an_error(study: Study) -> None:
    (study.click(7) / "luminescent.TIF").unlink()
    study.extra = {"strict": True}
    with pytest.raises(InputError, match=r"luminescent\.TIF"):
        study.run()
    assert not (study.folder / "results" / "flux.csv").exists()
    assert not list((study.folder / "results").glob("imaging/day07/*.csv"))


def test_an_animal_that_the_sheet_does_not_know_is_listed(study: Study) -> None:
    study.cohort = study.cohort[:2]  # a2 is not in the sheet
    flux, exclusions = study.run()
    assert set(flux["animal_id"]) == {"a1"}
    rows = exclusions[exclusions["id"] == "a2"]
    assert len(rows) >= 1
    assert rows["reason"].str.contains("cohort").any()


def test_an_animal_that_was_never_imaged_is_listed(study: Study) -> None:
    study.cohort.append("a3,M,DFO,2026-03-01,2026-03-25,humane endpoint")
    _, exclusions = study.run()
    row = exclusions[exclusions["id"] == "a3"].iloc[0]
    assert "no image of it was measured" in row["reason"]
    assert "cohort.csv" in row["file"]
    assert row["row"] == "4"


def test_two_animals_in_one_position(study: Study) -> None:
    click = study.click(7).name
    study.positions = [
        "batch,click,position,animal_id",
        f"day07,{click},1,a1",
        f"day07,{click},1,a2",
    ]
    with pytest.raises(InputError) as refused:
        study.run()
    text = str(refused.value)
    assert "imaging.csv" in text
    assert "row 3" in text
    assert "`a2`" in text and "position 1" in text
    assert not (study.folder / "results" / "flux.csv").exists()


def test_a_click_in_two_batches(study: Study) -> None:
    shutil.copytree(study.click(7), study.imaging / "day14" / study.click(7).name)
    with pytest.raises(InputError) as refused:
        study.run()
    assert study.click(7).name in str(refused.value)
    assert "day07" in str(refused.value) and "day14" in str(refused.value)


def test_the_imaging_sheet_wins_over_the_label(study: Study) -> None:
    click = study.click(7).name
    study.positions = [
        "batch,click,position,animal_id",
        f"day07,{click},1,a2",
        f"day07,{click},2,a1",
    ]
    flux, _ = study.run()
    rois = read_csv(study.folder / "results" / "imaging" / "day07" / "rois.csv")
    first = rois[(rois["region"] == "whole_body")].iloc[0]
    assert first["animal_id"] == "a2"
    assert "disagrees" in first["flags"]
    assert len(flux[flux["day"] == 7]) == 8


def test_an_image_after_the_animal_s_end_is_an_error(study: Study) -> None:
    study.cohort[1] = "a1,M,vehicle,2026-03-01,2026-03-10,humane endpoint"
    with pytest.raises(InputError) as refused:
        study.run()
    text = str(refused.value)
    assert "a1" in text
    assert "2026-03-10" in text


def test_raw_data_are_as_they_were(study: Study) -> None:
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in study.imaging.rglob("*.*")}
    study.run()
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in study.imaging.rglob("*.*")}
    assert before == after
