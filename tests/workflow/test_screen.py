"""What a run says on the screen: why each job runs, and what failed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import small_study
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from lumicohort.files import write_json
from lumicohort.study import reasons
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.study.plan import uses_of
from lumicohort.study.reasons import changed_keys, why
from lumicohort.study.record import FOLDER
from lumicohort.study.screen import LAST_LINES, Screen, last_lines, shorten

RESULTS = "results/small"
BATCH = "day 07; part, 2"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.chdir(tmp_path)
    return parse_config(small_study.CONFIG)


def record(study: StudyConfig, name: str, **more: Any) -> None:
    """Write the record of a step that was done with the present config."""
    step, _, label = name.partition(".")
    uses = uses_of(study, step, label if step == "figure" else None)
    note = {"read": {}, "wrote": {}, **uses, **more}
    write_json(note, study.results_folder / FOLDER / f"{name}.json")


def with_key(**keys: Any) -> StudyConfig:
    return parse_config({**small_study.CONFIG, **keys})


def test_what_was_never_made_needs_no_list_of_its_files(study: StudyConfig) -> None:
    text = f"Missing output files: {RESULTS}/flux.csv; Input files updated by another job: a, b"
    assert why(study, "flux", "", text) == "not made yet"


def test_a_deleted_result_is_named(study: StudyConfig) -> None:
    record(study, "flux")
    text = f"Missing output files: {RESULTS}/flux.csv, {RESULTS}/exclusions.csv"
    assert why(study, "flux", "", text) == "no longer there: flux.csv, exclusions.csv"


def test_results_made_anew_are_told_by_what_they_are_together(study: StudyConfig) -> None:
    record(study, "report")
    files = [f"{RESULTS}/statistics/{name}.csv" for name in "abc"]
    files += [f"{RESULTS}/imaging/{batch}/rois.csv" for batch in ("one", "two")]
    text = f"Input files updated by another job: {', '.join([*files, f'{RESULTS}/flux.csv'])}"
    said = why(study, "report", "", text)
    assert said == "what it reads is made anew: 2 batches, flux.csv, statistics"
    text = f"Input files updated by another job: {RESULTS}/imaging/one/rois.csv"
    assert why(study, "flux", "", text) == "what it reads is made anew: batch one"


def test_the_key_that_changed_is_named_as_deep_as_it_lies(study: StudyConfig) -> None:
    record(study, "figure.montage")
    text = "Params have changed since last execution: before: 'arms: …' now: 'arms: …'"
    arms = {"vehicle": {"colour": "#4D4D4D"}, "DFO": {"colour": "#D55E00"}}
    said = why(with_key(arms=arms), "figure", "montage", text)
    assert said == "the config changed: `arms.DFO.colour`"
    arms = {"DFO": {"colour": "#0072B2"}, "vehicle": {"colour": "#4D4D4D"}}
    said = why(with_key(arms=arms), "figure", "montage", text)
    assert said == "the config changed: `arms`", "in another order"


def test_tables_of_the_sheets_are_named_where_they_come_out_otherwise(study: StudyConfig) -> None:
    record(study, "protocol")
    text = f"Updated input files: {RESULTS}/provenance/cohort/events.0123456789abcdef.json; "
    text += "Params have changed since last execution: before: x now: y"
    said = why(with_key(strict=True), "protocol", "", text)
    assert said == "sheets, images or config now give another events.csv"


def test_images_that_are_new_changed_or_gone_are_named(study: StudyConfig) -> None:
    folder = f"data/small/imaging/{BATCH}"
    names = ("A/luminescent.TIF", "B/luminescent.TIF")
    record(study, f"measure_batch.{BATCH}", read={f"{folder}/{name}": "x" for name in names})
    listed = Path(f"{RESULTS}/provenance/batches/{BATCH}.json")
    write_json({"A/luminescent.TIF": "y", "C/luminescent.TIF": "z"}, listed)
    said = reasons._images(study, BATCH, _record(study, BATCH), str(listed))
    assert said == [
        "files of the batch: new C/luminescent.TIF; changed A/luminescent.TIF; "
        "gone B/luminescent.TIF"
    ]
    write_json(dict.fromkeys(names, "x"), listed)
    assert reasons._images(study, BATCH, _record(study, BATCH), str(listed)) == []


def _record(study: StudyConfig, batch: str) -> dict[str, Any]:
    return reasons.read_json(study.results_folder / FOLDER / f"measure_batch.{batch}.json")


def test_unknown_reasons_are_said_as_they_are(study: StudyConfig) -> None:
    assert why(study, "flux", "", "Something new") == "Something new"
    assert why(study, "flux", "", "Forced execution") == "asked for"


def test_changed_keys() -> None:
    before = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert changed_keys(before, before) == []
    assert changed_keys(before, {"a": {"x": 2, "y": [1]}, "b": 1}) == ["a.x", "a.y"]
    assert changed_keys(before, {"b": 1, "a": before["a"]}, "arms") == ["arms"]
    assert changed_keys(None, {"x": 1}, "blinding") == ["blinding"]


def said(screen: logging.Formatter, text: str, event: LogEvent | None = None, **more: Any) -> str:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, text, None, None)
    made.__dict__.update({"event": event, **more})
    return screen.format(made)


@pytest.fixture
def screen(study: StudyConfig) -> Screen:
    return Screen(study, DefaultFormatter())


def job(**more: Any) -> dict[str, Any]:
    return {"event": LogEvent.JOB_INFO, "jobid": 4, "rule_name": "flux", "wildcards": {}, **more}


def test_a_job_is_told_with_its_reason_in_short(screen: Screen) -> None:
    text = said(screen, "", **job(rule_msg="Assembling", reason="Missing output files: a, b"))
    assert text.splitlines()[1:] == ["Job 4: Assembling", "Reason: not made yet"]
    assert said(screen, "", **job(rule_name="default", rule_msg="All", reason="x")) == ""


def test_a_failed_job_shows_the_last_lines_of_its_log(screen: Screen, tmp_path: Path) -> None:
    log = tmp_path / "flux.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)) + "lumicohort: a, row 3: no\n")
    said(screen, "", **job(rule_msg="Assembling", reason=""))
    files = {"input": ["a"] * 99, "output": ["b"] * 99, "log": [str(log)]}
    error = {**job(**files), "event": LogEvent.JOB_ERROR, "aux": {"external_jobid": 7}}
    lines = said(screen, "Error in rule", **error).splitlines()
    assert lines[:3] == ["Failed: Assembling", "  external_jobid: 7", f"  log file: {log}"]
    assert lines[3] == f"  | ({101 - LAST_LINES} lines above)"
    assert lines[-1] == "  | lumicohort: a, row 3: no"
    assert len(lines) == 4 + LAST_LINES
    assert last_lines(tmp_path / "none.log") == ["(the job wrote no log)"]


def test_what_says_nothing_to_a_person_is_left_out(screen: Screen) -> None:
    assert said(screen, "Select jobs to execute...") == ""
    assert said(screen, "Execute 2 jobs...", LogEvent.JOB_STARTED, jobs=[1]) == ""
    assert said(screen, "Finished jobid: 1", LogEvent.JOB_FINISHED, job_id=1) == ""
    assert said(screen, "RuleException:\nCalledProcessError in file x, line 3:\nCommand") == ""
    assert said(screen, "Job stats:\njob", LogEvent.RUN_INFO) == "Job stats:\njob"
    assert said(screen, "Job stats:\njob", LogEvent.RUN_INFO) == "", "a dry run says it twice"
    assert said(screen, "", LogEvent.PROGRESS, done=1, total=4) == "1 of 4 steps (25%) done"
    assert (
        said(screen, "Nothing to be done (all is there).") == "Nothing to be done (all is there)."
    )


def test_refused_input_is_told_without_the_place_in_our_rules() -> None:
    text = 'WorkflowError in file "/a b/common.smk", line 25:\n2 problems:\n  1. cohort.csv: x\n'
    text += (
        '  2. y\n  File "/a b/common.smk", line 157, in <module>\n  File "c", line 2, in _refusing'
    )
    told = said(Screen(None, DefaultFormatter()), text, LogEvent.ERROR)
    assert told == "Lumicohort stops:\n2 problems:\n  1. cohort.csv: x\n  2. y"


def test_only_the_screen_is_shortened(study: StudyConfig) -> None:
    handlers: list[logging.Handler] = [logging.StreamHandler(), logging.StreamHandler()]
    for handler, name in zip(handlers, ("DefaultStreamHandler", "Another"), strict=True):
        handler.name = name
        handler.setFormatter(DefaultFormatter())
    shorten(handlers)
    shorten(handlers, study)
    assert isinstance(handlers[0].formatter, Screen)
    assert isinstance(handlers[0].formatter.inner, DefaultFormatter)
    assert isinstance(handlers[1].formatter, DefaultFormatter)
