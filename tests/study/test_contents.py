"""The tables that follow from the sheets, known before any job runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lumicohort.cohort.cohort import read_cohort
from lumicohort.errors import InputError
from lumicohort.files import sha256
from lumicohort.study import plan
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.study.contents import TABLES, contents_of, refresh_contents, tables_of, write_step

CONFIG = {
    "study": "s",
    "models": {"m": {}},
    "arms": {"a": {}, "b": {}},
    "reference_arm": "a",
    "data": {
        "cohort": {"file": "cohort.csv"},
        "weights": {"file": "weights.csv"},
        "imaging_sheet": {"file": "imaging.csv"},
    },
    "end_reasons": {"found dead": "event"},
}
COHORT = """animal_id,model,arm,inoculation_date,end_date,end_reason
A1,m,a,2024-01-01,2024-01-20,found dead
B1,m,b,2024-01-01,,
"""
WEIGHTS = "animal_id,date,weight_g\nA1,2024-01-02,20\nB1,2024-01-08,21\n"
IMAGING = """batch,click,position,animal_id
day7,X20240108120000,1,A1
day7,X20240108120000,2,B1
day14,X20240115120000,1,A1
day14,X20240115120000,2,B1
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.chdir(tmp_path)
    study = parse_config(CONFIG)
    for batch, click in (("day7", "X20240108120000"), ("day14", "X20240115120000")):
        folder = study.imaging_folder / batch / click
        folder.mkdir(parents=True)
        (folder / "luminescent.TIF").write_bytes(b"II")
    for name, text in (("cohort", COHORT), ("weights", WEIGHTS), ("imaging", IMAGING)):
        (study.data_folder / f"{name}.csv").write_text(text)
    return study


def edit(study: StudyConfig, sheet: str, before: str, after: str) -> None:
    path = study.data_folder / f"{sheet}.csv"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def contents(study: StudyConfig) -> dict[str, str]:
    return contents_of(study, read_cohort(study))


def changed(study: StudyConfig, before: dict[str, str]) -> set[str]:
    now = contents(study)
    assert now.keys() == before.keys()
    return {Path(table).stem for table in now if now[table] != before[table]}


def test_what_is_planned_is_what_the_steps_write(study: StudyConfig) -> None:
    planned = contents(study)
    for step in TABLES:
        write_step(study, step, planned)
    assert planned == {
        table: sha256(study.results_folder / table)
        for step in TABLES
        for table in tables_of(study, step)
    }
    left = [path for path in study.results_folder.rglob("*") if path.name.startswith(".")]
    assert left == []


@pytest.mark.parametrize(
    ("sheet", "before", "after", "tables"),
    [
        ("weights", "A1,2024-01-02,20", "A1,2024-01-02,22", {"events"}),
        ("cohort", "2024-01-20", "2024-01-21", {"animals", "events", "survival"}),
        # B1 is alive: the last day on which it was seen censors it
        ("weights", "B1,2024-01-08", "B1,2024-01-30", {"events", "survival"}),
        ("imaging", "day14,X20240115120000,2,B1\n", "", {"events", "survival"}),
        ("imaging", "position,animal_id\n", "position,animal_id\n,,,\n", set()),
    ],
)
def test_another_row_alters_only_what_follows_from_it(
    sheet: str, before: str, after: str, tables: set[str], study: StudyConfig
) -> None:
    was = contents(study)
    edit(study, sheet, before, after)
    assert changed(study, was) - {"protocol_deviations"} == tables


def test_a_batch_that_comes_or_goes_alters_what_is_left_out(study: StudyConfig) -> None:
    was = contents(study)
    folder = study.imaging_folder / "day7"
    folder.rename(study.data_folder / "day7")
    found = changed(study, was)
    assert "exclusions" in found
    assert not found & {"animals", "survival", "events", "cage_by_arm"}


def test_a_table_that_was_not_planned_is_refused_and_not_written(study: StudyConfig) -> None:
    planned = contents(study)
    write_step(study, "cohort", planned)
    before = (study.results_folder / "survival.csv").read_bytes()
    edit(study, "cohort", "2024-01-20", "2024-01-21")
    with pytest.raises(InputError, match=r"survival\.csv: the table comes out otherwise") as error:
        write_step(study, "cohort", planned)
    assert "run the same command again" in str(error.value)
    assert "cage_by_arm" not in str(error.value)
    assert (study.results_folder / "survival.csv").read_bytes() == before
    assert not list(study.results_folder.glob(".cohort.*"))
    write_step(study, "left_out", planned)  # those come out as planned


def test_a_table_of_a_sheet_that_went_is_taken_away(study: StudyConfig) -> None:
    stale = study.results_folder / "cohort" / "flux.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("animal_id\n")
    write_step(study, "cohort", {})
    assert not stale.exists()
    assert (study.results_folder / "cohort" / "animals.csv").is_file()


def test_leftovers_of_a_killed_job_are_removed(study: StudyConfig) -> None:
    leftover = study.results_folder / ".cohort.abc"
    leftover.mkdir(parents=True)
    write_step(study, "cohort", {})
    assert not leftover.exists()


def test_a_content_has_a_file_of_its_own_and_the_newest_is_the_one_planned_last(
    study: StudyConfig,
) -> None:
    one = refresh_contents(study, {"survival.csv": "1" * 64})["survival.csv"]
    assert json.loads(Path(one).read_text()) == {"survival.csv": "1" * 64}
    os.utime(one, ns=(10**18, 10**18))
    assert refresh_contents(study, {"survival.csv": "1" * 64})["survival.csv"] == one
    assert Path(one).stat().st_mtime_ns == 10**18, "planned again as it was"
    two = refresh_contents(study, {"survival.csv": "2" * 64})["survival.csv"]
    assert Path(one).stat().st_mtime_ns == 10**18, "another run may be using it"
    os.utime(two, ns=(2 * 10**18, 2 * 10**18))
    assert refresh_contents(study, {"survival.csv": "1" * 64})["survival.csv"] == one
    assert Path(one).stat().st_mtime_ns != 10**18, "it counts as new: the other came between"


@pytest.fixture
def listed(study: StudyConfig) -> StudyConfig:
    for batch in ("day7", "day14"):
        plan.refresh_manifest(study, batch)
    return study


def test_where_a_row_of_the_imaging_sheet_stands_is_no_part_of_its_batch(
    listed: StudyConfig,
) -> None:
    before = [plan.positions(listed, batch) for batch in ("day7", "day14")]
    assert '"row"' not in before[0]
    edit(listed, "imaging", "animal_id\n", "animal_id\n,,,\nday0,X20240101120000,1,A1\n")
    assert [plan.positions(listed, batch) for batch in ("day7", "day14")] == before
    edit(listed, "imaging", "day14,X20240115120000,1,A1", "day14,X20240115120000,3,A1")
    assert plan.positions(listed, "day7") == before[0]
    assert plan.positions(listed, "day14") != before[1]


def test_rows_of_clicks_that_are_not_there_count_with_their_place(listed: StudyConfig) -> None:
    edit(listed, "imaging", "day14,X20240115120000,2,B1", "day14,X20240115999999,2,B1")
    here, missing = json.loads(plan.positions(listed, "day14"))
    assert "row" not in here
    assert (missing["row"], missing["file"]) == (5, "data/s/imaging.csv")
    edit(listed, "imaging", "animal_id\n", "animal_id\n,,,\n")
    assert json.loads(plan.positions(listed, "day14"))[1]["row"] == 6
