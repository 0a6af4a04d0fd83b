"""After each change exactly the jobs run that it touches: no stale result, no needless job."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest
import small_study
from changes import CHANGES, Change
from changing import Study
from running import ROOT, jobs_of_dry_run, snakemake

ARGUMENTS = ("--configfile", small_study.CONFIG_FILE)


def jobs_after(change: Change, small: Path, folder: Path) -> tuple[int, set[str]]:
    """Return how many batches would be measured after a change, and the other jobs."""
    study = Study(small_study.copy_of(small, folder))
    change.do(study)
    jobs = jobs_of_dry_run(
        study.folder, *ARGUMENTS, project=study.project, variables=study.variables
    )
    measured = jobs.pop("measure_batch", 0)
    jobs.pop("default", None)
    jobs.pop("all", None)
    assert set(jobs.values()) <= {1}
    return measured, set(jobs)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
def test_exactly_what_a_change_touches_runs_again(
    change: Change, small: Path, tmp_path: Path
) -> None:
    measured, jobs = jobs_after(change, small, tmp_path / "study")
    assert (measured, sorted(jobs)) == (change.measured, sorted(change.jobs))


def test_the_table_in_the_docs_is_the_one_tested_here() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "tools" / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    written = (ROOT / "docs" / "reruns.md").read_text(encoding="utf-8")
    assert written == generate.GENERATED["docs/reruns.md"](), "run `make docs` to renew it"


def run(study: Study) -> str:
    done = snakemake(study.folder, *ARGUMENTS, project=study.project, variables=study.variables)
    assert done.code == 0, done.text
    assert sum(jobs_of_dry_run(study.folder, *ARGUMENTS, project=study.project).values()) == 0
    return done.text


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.slow
def test_a_new_batch_gives_what_one_go_gives(small: Path, tmp_path: Path) -> None:
    study = Study(small_study.copy_of(small, tmp_path / "study"))
    shutil.move(study.folder / "later" / small_study.LATER, study.data / "imaging")
    text = run(study)
    assert text.count("Measuring the clicks of batch") == 1
    one_go = Study(small_study.copy_of(study.folder, tmp_path / "one_go"))
    shutil.rmtree(one_go.folder / "results")
    shutil.rmtree(one_go.folder / ".snakemake")
    run(one_go)
    assert not changed(small_study.tables_of(study.folder), small_study.tables_of(one_go.folder))


@pytest.mark.slow
def test_a_change_taken_back_gives_the_old_results(small: Path, tmp_path: Path) -> None:
    study = Study(small_study.copy_of(small, tmp_path / "study"))
    before = small_study.tables_of(study.folder)
    study.edit("cohort.csv", "2020-01-30", "2020-02-09")
    study.set("arms.DFO", {"colour": "#D55E00"})
    run(study)
    between = changed(before, small_study.tables_of(study.folder))
    assert {"survival.csv", "tables/table1_survival.csv", "figures/survival.svg"} <= between
    assert not any(name.startswith("imaging/") for name in between)
    study.edit("cohort.csv", "2020-02-09", "2020-01-30")
    small_study.write_config(study.folder, small_study.CONFIG)
    run(study)
    assert not changed(before, small_study.tables_of(study.folder))


@pytest.mark.slow
def test_a_colour_changes_figures_and_report_alone(small: Path, tmp_path: Path) -> None:
    study = Study(small_study.copy_of(small, tmp_path / "study"))
    before = small_study.tables_of(study.folder)
    study.set("arms.DFO", {"colour": "#D55E00"})
    text = run(study)
    assert "Measuring" not in text
    found = changed(before, small_study.tables_of(study.folder))
    assert "figures/survival.svg" in found
    assert {name.split("/")[0] for name in found} <= {"figures", "report.html", "report.pdf"}


@pytest.mark.slow
def test_a_removed_batch_leaves_no_number_behind(small: Path, tmp_path: Path) -> None:
    study = Study(small_study.copy_of(small, tmp_path / "study"))
    gone, click = study.batch.name, study.click.name
    shutil.rmtree(study.batch)
    run(study)
    results = study.folder / "results" / "small"
    assert gone not in (results / "flux.csv").read_text()
    assert click not in (results / "qc" / "index.html").read_text()
    # the imaging sheet still names it, and that is told
    assert f"batch,{gone}," in (results / "exclusions.csv").read_text()
