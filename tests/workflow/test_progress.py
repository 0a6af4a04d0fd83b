"""What is said about the run under way: to its owner, and to one who starts a second."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import small_study

from lumicohort.files import write_json
from lumicohort.study import running
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.study.manifests import paths_of


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.chdir(tmp_path)
    config = parse_config(small_study.CONFIG)
    for batch, clicks in (("one", 10), ("two", 30)):
        files = {f"C{n}/{name}": "x" for n in range(clicks) for name in ("luminescent.TIF", "a")}
        write_json(files, paths_of(config, batch)[0])
    return config


def lock() -> None:
    running.LOCKS.mkdir(parents=True)
    (running.LOCKS / "0.input.lock").write_text("")


def finish(study: StudyConfig, batch: str, when: datetime) -> None:
    path = study.results_folder / running.FOLDER / f"measure_batch.{batch}.json"
    write_json({}, path)
    os.utime(path, (when.timestamp(), when.timestamp()))


def test_progress_counts_batches_and_clicks_of_this_run(study: StudyConfig) -> None:
    assert running.progress(study) == ""
    now = datetime.now().astimezone()
    finish(study, "one", now - timedelta(hours=1))  # in another run
    running.begin(study, ["one", "two"])
    assert running.progress(study) == "0 of 2 batches, 0 of 40 clicks"
    finish(study, "one", now + timedelta(minutes=2))
    later = datetime.fromisoformat(_note(study)["started"]) + timedelta(minutes=4)
    assert running.progress(study, later) == (
        "1 of 2 batches, 10 of 40 clicks; about 12 min left for measuring"
    )
    finish(study, "two", now + timedelta(minutes=9))
    assert running.progress(study, later) == "2 of 2 batches, 40 of 40 clicks"


def _note(study: StudyConfig) -> dict[str, str]:
    path = study.results_folder / "provenance" / ".running.json"
    note = json.loads(path.read_text())
    assert isinstance(note, dict)
    return note


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (40, "40 s"),
        (89, "89 s"),
        (90, "2 min"),
        (5340, "89 min"),
        (12000, "3 h 20 min"),
    ],
)
def test_a_length_of_time_in_words(seconds: float, words: str) -> None:
    assert running.in_words(timedelta(seconds=seconds)) == words


def test_nothing_is_said_where_nothing_runs(study: StudyConfig) -> None:
    assert running.notice(study) == ""
    running.begin(study)
    assert running.notice(study) == "", "no lock: that run is over"
    lock()
    running.end(study)
    assert running.notice(study) == "", "the lock is another study's"


def test_a_run_under_way_is_named(study: StudyConfig) -> None:
    running.begin(study)
    lock()
    said = running.notice(study)
    assert f"A run of study `small` is under way (process {os.getpid()} on this machine" in said


def test_a_run_that_was_cut_off_is_told_from_one_under_way(study: StudyConfig) -> None:
    lock()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    running.begin(study)
    write_json({**_note(study), "process": dead.pid}, running._note(study))
    said = running.notice(study)
    assert "was cut off" in said
    assert "snakemake --unlock" in said


def test_of_another_machine_both_are_said(study: StudyConfig) -> None:
    lock()
    running.begin(study)
    other = f"not-{socket.gethostname()}"
    write_json({**_note(study), "machine": other}, running._note(study))
    said = running.notice(study)
    assert f"on `{other}`" in said
    assert "is under way" in said
    assert "If that machine stopped" in said


def test_lines_go_to_the_log_and_to_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "screen").open("wb") as screen:
        monkeypatch.setenv(running.SCREEN_VARIABLE, str(screen.fileno()))
        tell = running.telling("day07")
        tell(1, 50, "A")
        monkeypatch.setattr(running, "SAY_EVERY_S", 0.0)
        tell(2, 50, "B")
        running.say("done")
    text = "batch day07: click 2 of 50, B\ndone\n"
    assert (tmp_path / "screen").read_text() == text
    assert capsys.readouterr().out == f"batch day07: click 1 of 50, A\n{text}"
    monkeypatch.setenv(running.SCREEN_VARIABLE, "987")
    running.say("no such screen")
    assert capsys.readouterr().out == "no such screen\n"


def test_the_end_of_a_run_says_what_to_open_what_was_left_out_and_what_is_old(
    study: StudyConfig,
) -> None:
    assert running.outcome(study) == ""
    results = study.results_folder
    (results / "figures").mkdir(parents=True)
    (results / "imaging" / "gone").mkdir(parents=True)
    for name in ("survival.pdf", "survival.txt", "old name.pdf", "old name.svg"):
        (results / "figures" / name).write_text("")
    (results / "report.html").write_text("")
    (results / "exclusions.csv").write_text('what,reason\nanimal,"two\nlines"\nimage,x\n')
    lines = running.outcome(study).splitlines()
    assert lines[0] == ""
    assert lines[1].startswith(f"Open {results / 'report.html'};")
    assert lines[2] == (
        f"What was left out: 2 rows say it, with reasons, in {results / 'exclusions.csv'}"
    )
    assert lines[3:] == [
        f"{results / 'figures'} also holds figures that the config no longer names, as they once "
        "were: old name.",
        f"{results / 'imaging'} also holds results of batches that are no longer there, as they "
        "once were: gone.",
    ]
