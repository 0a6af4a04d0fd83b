"""What is recorded of a step, and refused while its input changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lumicohort.errors import InputError
from lumicohort.files import sha256, whole_file, write_csv
from lumicohort.study.record import FOLDER, refuse_changed, traced, write_record


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("data/a.csv", "data/.hidden", "results/b.csv", "elsewhere/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")
    return tmp_path


def test_what_is_opened_is_what_is_recorded(place: Path) -> None:
    import pandas as pd

    with traced(place / "data", place / "results") as trace:
        table = pd.read_csv("data/a.csv")
        Path("elsewhere/c.csv").read_text()
        Path("data/.hidden").read_text()
        os.close(os.open("results/b.csv", os.O_RDONLY))
        write_csv(table, "results/out/d.csv")
        Path("results/out/d.csv").read_text()
    Path("results/b.csv").read_text()  # after the step
    refuse_changed(trace)
    write_record(
        place / "results", "flux", {"code": "abc"}, 0.0, trace, {place / "data/a.csv": "known"}
    )
    record = json.loads((place / "results" / FOLDER / "flux.json").read_text())
    assert record["step"] == "flux"
    assert record["code"] == "abc"
    assert record["started"] == "1970-01-01T00:00:00+00:00"
    assert record["read"] == {"data/a.csv": "known", "results/b.csv": sha256("results/b.csv")}
    assert record["wrote"] == {"results/out/d.csv": sha256("results/out/d.csv")}


def test_a_file_that_changes_after_it_was_opened_is_refused(place: Path) -> None:
    with traced(place / "data") as trace:
        Path("data/a.csv").read_text()
        Path("data/a.csv").write_text("x\n22\n")
        with pytest.raises(InputError, match=r"a\.csv: the file changed while it was read"):
            refuse_changed(trace)


def test_a_file_that_went_is_refused_too(place: Path) -> None:
    with traced(place / "data") as trace:
        Path("data/a.csv").read_text()
        Path("data/a.csv").unlink()
        with pytest.raises(InputError, match="changed while it was read"):
            refuse_changed(trace)


def test_what_a_step_writes_itself_may_change(place: Path) -> None:
    with traced(place / "results") as trace:
        for text in ("one", "three"):
            with whole_file("results/own.csv") as temporary:
                temporary.write_text(text)
            Path("results/own.csv").read_text()
    refuse_changed(trace)
    assert [path.name for path in trace.wrote] == ["own.csv", "own.csv"]
    assert not trace.read


def test_leftovers_of_killed_processes_go_and_others_stay(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.abcdefgh.csv", tmp_path / ".a.12345678.csv"
    other = tmp_path / ".a.b.abcdefgh.csv"
    for path in (old, young, other):
        path.write_text("half")
    for path in (old, other):
        os.utime(path, (0, 0))
    with whole_file(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([young.name, other.name, "a.csv"])


def test_content_is_on_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        events.append("content")
        sync(handle)

    def renamed(path: Path, target: Path) -> Path:
        events.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    with whole_file(tmp_path / "a.csv") as temporary:
        temporary.write_text("whole")
    assert events == ["content", "name"]
