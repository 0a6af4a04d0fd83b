"""What planning keeps from run to run, and when it is found out anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from lumicohort.study import planned
from lumicohort.study.config import StudyConfig, parse_config

OLD = 1_600_000_000
CONFIG = {
    "study": "s",
    "models": {"m": {}},
    "arms": {"a": {}, "b": {}},
    "reference_arm": "a",
    "data": {"cohort": {"file": "cohort.csv"}},
}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.chdir(tmp_path)
    # times of entries are always young here: what is told apart are contents' times
    monkeypatch.setattr(planned, "SETTLED_S", -1e9)
    click = tmp_path / "data" / "s" / "imaging" / "day7" / "click"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_text("x", encoding="utf-8")
    (tmp_path / "data" / "s" / "cohort.csv").write_text("animal_id\n", encoding="utf-8")
    return parse_config(CONFIG)


@pytest.fixture
def find(study: StudyConfig) -> Callable[..., int]:
    """Return a function that says how often the work was done so far."""
    done: list[None] = []

    def work() -> int:
        done.append(None)
        return len(done)

    def find(config: StudyConfig = study, *, images: bool = False) -> int:
        sheet = config.data_folder / "cohort.csv"
        return int(planned.remembered(config, "times", [sheet], work, images=images))

    return find


def test_work_is_done_once_while_nothing_changes(find: Callable[..., int]) -> None:
    assert [find(), find(), find()] == [1, 1, 1]


def test_a_changed_sheet_or_config_is_read_again(
    study: StudyConfig, find: Callable[..., int]
) -> None:
    assert find() == 1
    sheet = study.data_folder / "cohort.csv"
    sheet.write_text("animal_id\n1\n", encoding="utf-8")
    assert [find(), find()] == [2, 2]
    sheet.touch()
    os.utime(sheet, (OLD, OLD))
    assert find() == 3
    assert find(parse_config({**CONFIG, "title": "Another"})) == 4


def test_images_count_only_where_they_are_used(
    study: StudyConfig, find: Callable[..., int]
) -> None:
    assert find() == 1
    new = study.imaging_folder / "day7" / "click2"
    new.mkdir()
    assert find() == 1
    assert [find(images=True), find(images=True)] == [2, 2]
    (new / "ClickInfo.txt").write_text("x", encoding="utf-8")
    assert find(images=True) == 3


def test_young_files_are_not_trusted(
    find: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "SETTLED_S", 3600)
    assert [find(), find()] == [1, 2]


def test_what_is_kept_may_be_damaged_or_unwritable(
    study: StudyConfig, find: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find() == 1
    kept = study.results_folder / "provenance" / ".planned-times.json"
    kept.write_text("{", encoding="utf-8")
    assert find() == 2

    def refuse(path: Path) -> None:
        raise PermissionError(13, "read-only", str(path))

    kept.unlink()
    monkeypatch.setattr(planned, "whole_file", refuse)
    assert [find(), find()] == [3, 4]


def test_a_refusal_is_told_each_time(study: StudyConfig) -> None:
    def refuse() -> None:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            planned.remembered(study, "refused", [], refuse)


IMAGING = """\
batch,click,position,animal_id
day7,ABC20250107100000,1,M1
day7,ABC20250107100000,2,M2
day14,ABC20250114100000,1,M1
day "7",ABC20250121100000,1,M2
"""


@pytest.fixture
def imaged(study: StudyConfig) -> StudyConfig:
    (study.data_folder / "imaging.csv").write_text(
        IMAGING.replace('day "7"', '"day ""7"""'), encoding="utf-8"
    )
    sheet = {"file": "imaging.csv"}
    return parse_config({**CONFIG, "data": {"cohort": {"file": "c.csv"}, "imaging_sheet": sheet}})


def test_a_job_reads_its_own_rows_of_what_was_kept(
    imaged: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_rows = planned.positions_by_batch(imaged)
    assert {
        batch: [(row["animal_id"], row["row"]) for row in own] for batch, own in all_rows.items()
    } == {
        "day7": [("M1", 2), ("M2", 3)],
        "day14": [("M1", 4)],
        'day "7"': [("M2", 5)],
    }

    def refuse(_: StudyConfig) -> None:
        raise AssertionError("the sheet was read again")

    monkeypatch.setattr("lumicohort.cohort.study.batch_positions", refuse)
    assert planned.positions_by_batch(imaged) == all_rows
    for batch, own in all_rows.items():
        assert [asdict(row) for row in planned.batch_rows(imaged, batch)] == own
    assert planned.batch_rows(imaged, "day") == []


@pytest.mark.parametrize("kept", ["", "{\n", "[]\n", '{"key": 1}\n["day7", []]\n'])
def test_what_is_kept_of_the_imaging_sheet_may_be_damaged(imaged: StudyConfig, kept: str) -> None:
    file = imaged.results_folder / "provenance" / ".planned-positions.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text(kept, encoding="utf-8")
    assert [row.animal_id for row in planned.batch_rows(imaged, "day7")] == ["M1", "M2"]
    assert len(planned.positions_by_batch(imaged)) == 3


def test_a_job_reads_a_sheet_that_changed_since(imaged: StudyConfig) -> None:
    planned.positions_by_batch(imaged)
    sheet = imaged.data_folder / "imaging.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("M2", "M3"), encoding="utf-8")
    os.utime(sheet, (OLD, OLD))
    assert [row.animal_id for row in planned.batch_rows(imaged, "day7")] == ["M1", "M3"]


def test_the_first_job_keeps_what_the_others_read(
    imaged: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = planned.batch_rows(imaged, "day7")
    monkeypatch.delattr("lumicohort.cohort.study.batch_positions")
    assert planned.batch_rows(imaged, "day7") == first
    assert [row.animal_id for row in planned.batch_rows(imaged, "day14")] == ["M1"]
