"""The data folder of a simulated study, as files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from lumicohort.cli import main
from lumicohort.files import read_csv
from lumicohort.simulate.guard import MARKS
from lumicohort.simulate.study import make_study
from lumicohort.study.config import StudyConfig, load_config, parse_config

COLUMNS = {
    "cohort.csv": "animal_id,model,arm,sex,cage,birth_date,strain,inoculation_date,"
    "cells_injected,weight_g,end_date,end_reason",
    "imaging.csv": "batch,click,position,animal_id,luciferin_time,luciferin_mg_per_kg",
    "weights.csv": "animal_id,date,weight_g",
    "doses.csv": "animal_id,date,agent,dose_ug,volume_ul,route",
    "truth/truth.csv": "batch,click,animal_id,day,region,total_flux_p_s",
}


def small_config(root: Path) -> dict[str, object]:
    raw = yaml.safe_load((root / "config" / "config.yaml").read_text(encoding="utf-8"))
    raw["simulate"] = {"seed": 5, "animals_per_arm": 1}
    # Few sessions: the first, and the endpoint day of one model.
    raw["schedule"] = {"imaging_first_day": 7, "imaging_every_days": 14}
    return dict(raw)


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small") / "data"
    make_study(parse_config(small_config(root)), folder)
    yield folder


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_sheets_have_the_columns_of_the_design(small: Path) -> None:
    for name, columns in COLUMNS.items():
        assert (small / name).read_text(encoding="utf-8").splitlines()[0] == columns
    assert (small / MARKS[0]).read_text(encoding="utf-8").startswith("SIMULATED DATA")


def test_every_animal_imaged_was_alive_and_has_its_truth(small: Path) -> None:
    cohort = read_csv(small / "cohort.csv").set_index("animal_id")
    imaging, truth = read_csv(small / "imaging.csv"), read_csv(small / "truth" / "truth.csv")
    assert set(truth["region"]) == {"whole_body", "cranial", "spinal", "neuraxis"}
    assert len(truth) == 4 * len(imaging)
    for row in truth.itertuples():
        animal = cohort.loc[row.animal_id]
        start = pd.Timestamp(animal.inoculation_date)
        assert start + pd.Timedelta(days=row.day) < pd.Timestamp(animal.end_date)
        assert row.batch == f"{start + pd.Timedelta(days=row.day):%Y-%m-%d}_{animal.model}" + (
            f"_day{row.day:02d}"
        )
        assert (small / "imaging" / row.batch / row.click / "luminescent.TIF").is_file()
    wide = truth.pivot(index=["click", "animal_id"], columns="region", values="total_flux_p_s")
    assert wide["neuraxis"].to_numpy() == pytest.approx(wide["cranial"] + wide["spinal"], rel=1e-6)
    assert (wide["whole_body"] > wide["cranial"]).all()


def test_mean_burden_is_exact_on_the_endpoint_day(small: Path) -> None:
    truth = read_csv(small / "truth" / "truth.csv").merge(read_csv(small / "cohort.csv"))
    rows = truth[(truth["day"] == 21) & (truth["region"] == "neuraxis")]
    means = rows[rows["model"] == "MDA231-LeptoM"].groupby("arm")["total_flux_p_s"].mean()
    assert means["vehicle"] == pytest.approx(1.5e7, rel=1e-6)
    assert means["DFO"] == pytest.approx(0.5e7, rel=1e-6)


def test_doses_follow_the_protocol(small: Path) -> None:
    cohort = read_csv(small / "cohort.csv").set_index("animal_id")
    doses = read_csv(small / "doses.csv")
    start = pd.to_datetime(doses["animal_id"].map(cohort["inoculation_date"]))
    days = (pd.to_datetime(doses["date"]) - start).dt.days
    assert days.min() == 7
    assert set(days % 3) == {1}
    vehicle = doses["animal_id"].map(cohort["arm"]) == "vehicle"
    assert (doses.loc[vehicle, "dose_ug"] == 0).all()
    assert doses.loc[~vehicle, "dose_ug"].between(35, 55).all()  # 2 mg/kg of 19 to 27 g
    assert (doses["volume_ul"] == 10).all()


def test_command_makes_data_and_leaves_others_alone(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "study.yaml"
    raw = small_config(root)
    raw["schedule"] = {"imaging_first_day": 21, "imaging_every_days": 60}
    config.write_text(yaml.safe_dump(raw), encoding="utf-8")
    out = tmp_path / "data"
    assert main(["simulate", str(config), "--out", str(out)]) == 0
    before = digest(out)
    assert main(["simulate", str(config), "--out", str(out)]) == 0
    assert digest(out) == before  # the same bytes, and a simulated folder may be made again
    for mark in MARKS:
        (out / mark).unlink()
    assert main(["simulate", str(config), "--out", str(out)]) == 2
    assert "not simulated" in capsys.readouterr().err
    assert {k: v for k, v in before.items() if k not in MARKS} == digest(out)


@pytest.mark.slow
def test_whole_demo(root: Path, tmp_path: Path) -> None:
    config: StudyConfig = load_config(root / "config" / "config.yaml")
    for name in ("a", "b"):
        make_study(config, tmp_path / name)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    size = sum(p.stat().st_size for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert size < 150e6
    truth = read_csv(tmp_path / "a" / "truth" / "truth.csv").merge(
        read_csv(tmp_path / "a" / "cohort.csv")
    )
    for model, day, vehicle, treated in (
        ("MDA231-LeptoM", 21, 1.5e7, 0.5e7),
        ("PC9-LeptoM", 14, 3.0e6, 1.0e6),
    ):
        rows = truth[(truth["day"] == day) & (truth["model"] == model)]
        arms = rows[rows["region"] == "neuraxis"].groupby("arm")["total_flux_p_s"]
        assert arms.count().to_dict() == {"vehicle": 10, "DFO": 10}
        assert arms.mean()["vehicle"] == pytest.approx(vehicle, rel=1e-6)
        assert arms.mean()["DFO"] == pytest.approx(treated, rel=1e-6)
        for _, flux in arms:
            assert 0.15 < np.std(np.log10(flux), ddof=1) < 0.3
