"""The demo study: published medians and burdens, from the images; re-runs; nothing leaks."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import uses
import yaml
from running import ROOT, as_text, jobs_of_dry_run, snakemake

from lumicohort.files import read_csv
from lumicohort.simulate.guard import refuse_real_data
from lumicohort.study.config import StudyConfig, load_config, parse_config
from lumicohort.study.plan import libraries_of_due_figures
from lumicohort.study.steps import STEPS


@pytest.fixture(scope="session")
def results(demo: Path) -> Path:
    return demo / "results" / "demo"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_medians_are_the_published_ones(results: Path) -> None:
    arms = read_csv(results / "statistics" / "survival_arms.csv").set_index(["model", "arm"])
    assert arms["n"].tolist() == [10] * 4
    assert arms.loc[("MDA231-LeptoM", "vehicle"), "median_days"] == 23
    assert arms.loc[("MDA231-LeptoM", "DFO"), "median_days"] == 35
    assert arms.loc[("PC9-LeptoM", "vehicle"), "median_days"] == 21
    assert arms.loc[("PC9-LeptoM", "DFO"), "median_days"] == 33


def test_table_1_reads_as_published(results: Path) -> None:
    text = (results / "tables" / "table1_survival.csv").read_text(encoding="utf-8")
    assert "+12 days (+52%)" in text
    assert "+12 days (+57%)" in text
    assert text.count("<0.0001") >= 2
    assert "simulated" in text


def test_burden_comes_from_the_images_and_is_near_the_published_one(results: Path) -> None:
    endpoint = read_csv(results / "statistics" / "burden_endpoint.csv")
    row = endpoint[
        (endpoint["model"] == "MDA231-LeptoM")
        & (endpoint["region"] == "neuraxis")
        & endpoint["primary"]
    ]
    assert len(row) == 1
    assert row["day"].iloc[0] == 21
    assert row["mean_p_s"].iloc[0] == pytest.approx(0.5e7, rel=0.10)
    assert row["mean_reference_p_s"].iloc[0] == pytest.approx(1.5e7, rel=0.10)
    assert row["p_value"].iloc[0] < 0.001
    pc9 = endpoint[(endpoint["model"] == "PC9-LeptoM") & endpoint["primary"]]
    assert pc9["day"].tolist() == [14]


def test_flux_agrees_with_the_simulation_s_truth(demo: Path, results: Path) -> None:
    truth = read_csv(demo / "data" / "demo" / "truth" / "truth.csv")
    flux = read_csv(results / "flux.csv")
    keys = ["batch", "click", "animal_id", "region"]
    both = flux.merge(truth, on=keys, suffixes=("", "_true"), validate="one_to_one")
    assert len(both) == len(flux)
    bright = both[both["total_flux_p_s_true"] > 10 * both["lod_p_s"]]
    error = (bright["total_flux_p_s"] / bright["total_flux_p_s_true"] - 1).abs()
    for region in ("whole_body", "neuraxis"):
        of_region = error[bright["region"] == region]
        assert len(of_region) > 50
        assert of_region.median() < 0.05
    # A mouse taken for its neighbour would be off by a factor, not by per cent.
    assert error[bright["region"].isin(["whole_body", "neuraxis"])].max() < 0.5


def test_every_animal_and_image_is_accounted_for(demo: Path, results: Path) -> None:
    survival = read_csv(results / "survival.csv")
    assert len(survival) == 40
    assert survival["included"].all()
    truth = read_csv(demo / "data" / "demo" / "truth" / "truth.csv")
    flux = read_csv(results / "flux.csv")
    assert set(zip(truth["click"], truth["animal_id"], strict=True)) == set(
        zip(flux["click"], flux["animal_id"], strict=True)
    )
    assert set(flux["region"]) == {"whole_body", "cranial", "spinal", "neuraxis"}


def test_all_outputs_say_simulated(results: Path) -> None:
    assert "simulated" in (results / "report.html").read_text(encoding="utf-8").lower()
    assert "simulated" in (results / "qc" / "index.html").read_text(encoding="utf-8").lower()
    for figure in (results / "figures").glob("*.svg"):
        assert "simulated" in figure.read_text(encoding="utf-8").lower(), figure.name
    for name in ("table1_survival", "table2_burden"):
        for ending in ("csv", "html"):
            text = (results / "tables" / f"{name}.{ending}").read_text(encoding="utf-8")
            assert "simulated" in text.lower()


@pytest.fixture(scope="session")
def study() -> StudyConfig:
    return load_config(ROOT / "config" / "config.yaml")


def test_every_config_key_that_a_step_reads_is_its_own(demo: Path, study: StudyConfig) -> None:
    notes = uses.notes_of(demo / "spied")
    assert {name.split(".")[0] for name in notes} == set(STEPS)
    batches = [note for name, note in notes.items() if name.startswith("measure_batch.")]
    assert not all(map(uses.read_sheets, batches))  # of these, only a batch's own keys are allowed
    assert uses.config_problems(notes, study) == []


def test_all_code_and_libraries_that_a_step_loads_are_its_own(
    demo: Path, study: StudyConfig
) -> None:
    notes = uses.notes_of(demo / "spied")
    assert uses.module_problems(notes, study) == []
    assert uses.library_problems(notes, study) == []


def test_every_file_that_a_step_reads_and_writes_is_known_to_its_rule(
    demo: Path, study: StudyConfig
) -> None:
    assert uses.file_problems(demo, study) == []


def test_records_tell_what_made_the_results(demo: Path, results: Path, study: StudyConfig) -> None:
    assert uses.record_problems(demo, study) == []
    records = uses.records_of(results)
    assert {name.split(".")[0] for name in records} == set(STEPS)
    measured = next(record for name, record in records.items() if name.startswith("measure_batch"))
    assert any(path.endswith("luminescent.TIF") for path in measured["read"])
    assert measured["settings"]["imaging.regions"]["method"] == "anatomy"
    assert "analysis" not in str(list(measured["settings"]))


def test_a_second_run_has_nothing_to_do(demo: Path) -> None:
    run = snakemake(demo)
    assert run.code == 0
    assert "Nothing to be done" in run.text


def test_snakemake_s_own_report_names_every_result(
    demo: Path, study: StudyConfig, tmp_path: Path
) -> None:
    run = snakemake(demo, "--report", str(tmp_path / "all.html"))
    assert run.code == 0, run.text
    assert "WARNING" not in run.text  # of captions that are no valid markup
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    for name in (figure.name for figure in study.figures.show):
        assert page.count(f'"labels": {{"figure": "{name}"}}') == 3, name
    for category in ("Data", "Figures", "Quality control", "Statistical results", "Tables"):
        assert f'"{category}"' in page, category


def test_a_figure_is_the_same_bytes_drawn_in_a_fork_and_alone(demo: Path, tmp_path: Path) -> None:
    shutil.copytree(demo / "results", tmp_path / "results")
    (tmp_path / "data").symlink_to(demo / "data")
    figures = tmp_path / "results" / "demo" / "figures"
    alone = {path.name: path.read_bytes() for path in figures.glob("survival.*")}
    assert {"survival.pdf", "survival.svg", "survival.png", "survival.txt"} == set(alone)
    for name in alone:
        (figures / name).unlink()
    config = next((tmp_path / "results" / "demo" / "provenance" / "configs").glob("*.json"))
    step = ["step", "figure", "--figure", "survival", "--config", str(config)]
    code = "from lumicohort.study import warm; warm.start(due=['matplotlib', 'seaborn']); "
    code += f"print(warm.ask({step!r}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.stdout == "0\n", run.stderr
    assert {path.name: path.read_bytes() for path in figures.glob("survival.*")} == alone


def test_what_draws_the_figures_gets_ready_only_where_several_are_due(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo)
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert libraries_of_due_figures(parse_config(config)) == set()
    config["figures"]["show"][0]["caption"] = "Another caption."
    assert libraries_of_due_figures(parse_config(config)) == set()  # one figure
    config["arms"]["DFO"]["colour"] = "#000000"
    study = parse_config(config)
    assert {"matplotlib", "seaborn"} <= libraries_of_due_figures(study)
    monkeypatch.chdir(tmp_path)
    assert libraries_of_due_figures(study) == set()  # a first run has other work before


def test_another_seed_simulates_anew(demo: Path) -> None:
    """Snakemake removes the outputs that it knows first; the data stay known as simulated."""
    jobs = jobs_of_dry_run(demo, "--config", "simulate={seed: 1, animals_per_arm: 10}")
    assert jobs["simulate"] == 1
    (demo / "data" / "demo" / "SIMULATED.txt").rename(demo / "marker")
    try:
        config = load_config(ROOT / "config" / "config.yaml")
        refuse_real_data(demo / "data" / "demo", config.data.imaging)
    finally:
        (demo / "marker").rename(demo / "data" / "demo" / "SIMULATED.txt")


def test_analysis_runs_with_read_only_data_and_a_new_batch_costs_only_itself(
    demo: Path, tmp_path: Path
) -> None:
    """The demo's data as a lab's own study: first without its last batch, then with it."""
    data = tmp_path / "data" / "mine"
    shutil.copytree(demo / "data" / "demo", data)
    # As a lab's own: nothing tells that they were simulated.
    shutil.rmtree(data / "truth")
    (data / "SIMULATED.txt").unlink()
    sheet = (data / "cohort.csv").read_text(encoding="utf-8")  # its strain says so
    (data / "cohort.csv").write_text(sheet.replace(" (simulated)", ""), encoding="utf-8")
    batches = sorted(p.name for p in (data / "imaging").iterdir())
    last = batches[-1]
    shutil.move(data / "imaging" / last, tmp_path / last)
    config = (ROOT / "config" / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("study: demo", "study: mine").split("\nfigures:")[0]
    config += "\nfigures: { formats: [svg], show: [{ name: survival, kind: survival }] }\n"
    (tmp_path / "mine.yaml").write_text(config, encoding="utf-8")
    arguments = ("--configfile", "mine.yaml")
    writable = [p for p in data.rglob("*") if not p.is_symlink()]
    modes = {p: p.stat().st_mode for p in writable}
    for path in [*writable, data]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    first = snakemake(tmp_path, *arguments)
    for path in [data, *writable]:
        path.chmod(modes.get(path, 0o755))
    assert first.code == 0, first.text
    assert not (tmp_path / "data" / "demo").exists(), "the demo's config leaked into the study"
    report = (tmp_path / "results" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "simulated" not in report.lower()

    assert sum(jobs_of_dry_run(tmp_path, *arguments).values()) == 0

    # Touching a file changes no content: nothing is measured again.
    some_image = next((data / "imaging" / batches[0]).rglob("luminescent.TIF"))
    os.utime(some_image)
    assert jobs_of_dry_run(tmp_path, *arguments)["measure_batch"] == 0

    shutil.move(tmp_path / last, data / "imaging" / last)
    jobs = jobs_of_dry_run(tmp_path, *arguments)
    assert jobs["measure_batch"] == 1
    assert jobs["flux"] == 1
    assert jobs["survival"] == 0, "no animal's survival changed"
    second = snakemake(tmp_path, *arguments)
    assert second.code == 0, second.text
    assert second.text.count("Measuring the clicks of batch") == 1
    assert f"Measuring the clicks of batch {last}" in second.text
    # The same study analysed in one go has the same tables, to the byte.
    for name in ("flux.csv", "survival.csv"):
        one_go = (demo / "results" / "demo" / name).read_bytes().replace(b" (simulated)", b"")
        assert (tmp_path / "results" / "mine" / name).read_bytes() == one_go, name


def test_another_study_s_config_is_not_mixed_with_the_demo_s(tmp_path: Path) -> None:
    (tmp_path / "data" / "other" / "imaging").mkdir(parents=True)
    (tmp_path / "data" / "other" / "cohort.csv").write_text(
        "animal_id,model,arm,inoculation_date\n1,X,control,2026-03-01\n"
    )
    (tmp_path / "other.yaml").write_text(
        as_text(["study: other", "models: {X: }", "arms: {control: }", "reference_arm: control"])
    )
    run = snakemake(tmp_path, "--configfile", "other.yaml", "--dry-run")
    assert run.code == 0, run.text
    (path,) = (tmp_path / "results" / "other" / "provenance" / "configs").iterdir()
    resolved = path.read_text(encoding="utf-8")
    assert "LeptoM" not in resolved
    assert "DFO" not in resolved


def test_config_faults_end_the_run_with_one_message(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        as_text(["study: bad", "models: {X: }", "arms: {a: }", "reference_arm: b", "imging: 1"])
    )
    run = snakemake(tmp_path, "--configfile", "bad.yaml")
    assert run.code != 0
    assert "key reference_arm: `b` is not among `arms` (`a`)" in run.text
    assert "key imging: unknown key — did you mean `imaging`?" in run.text
    assert "`data/bad/cohort.csv` does not exist" in run.text
    assert "Traceback" not in run.text
    assert not (tmp_path / "results").exists()


def test_missing_sheet_and_imaging_folder_are_named_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        as_text(["study: s", "models: {X: }", "arms: {a: }", "reference_arm: a"])
    )
    run = snakemake(tmp_path, "--configfile", "s.yaml")
    assert run.code != 0
    assert "`data/s/cohort.csv` does not exist" in run.text
    assert "`data/s/imaging` does not exist" in run.text
    assert "Traceback" not in run.text


def test_faults_of_a_sheet_end_the_run_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "data" / "s" / "imaging" / "day07").mkdir(parents=True)
    (tmp_path / "data" / "s" / "cohort.csv").write_text(
        as_text(
            [
                "animal_id,model,arm,inoculation_date,end_date,end_reason",
                "m1,X,a,2026-03-01,2026-02-01,humane endpoint",
                "m1,X,A1,2026-03-01,,",
            ]
        )
    )
    (tmp_path / "s.yaml").write_text(
        as_text(["study: s", "models: {X: }", "arms: {a: , b: }", "reference_arm: a"])
    )
    run = snakemake(tmp_path, "--configfile", "s.yaml")
    assert run.code != 0
    assert "Traceback" not in run.text
    for words in ("row 2", "row 3", "2026-02-01", "`A1`", "cohort.csv"):
        assert words in run.text, words
    assert not (tmp_path / "results" / "s" / "cohort").exists()


def test_a_lab_s_data_survive_a_config_that_still_asks_for_simulation(tmp_path: Path) -> None:
    """A copy of the demo's config with its `simulate` section left in, and real sheets."""
    (tmp_path / "data" / "mine" / "imaging" / "day07").mkdir(parents=True)
    sheet = tmp_path / "data" / "mine" / "cohort.csv"
    sheet.write_text("animal_id,model\n")
    config = (ROOT / "config" / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(config.replace("study: demo", "study: mine"))
    run = snakemake(tmp_path, "--configfile", "mine.yaml")
    assert run.code != 0
    assert "not simulated (cohort.csv" in run.text
    assert "Traceback" not in run.text
    assert sheet.read_text() == "animal_id,model\n"
    assert sorted(p.name for p in sheet.parent.iterdir()) == ["cohort.csv", "imaging"]
