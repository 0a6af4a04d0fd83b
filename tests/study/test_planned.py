"""What planning keeps from run to run, and when it is found out anew."""

from __future__ import annotations

import os
from collections.abc import Callable
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
