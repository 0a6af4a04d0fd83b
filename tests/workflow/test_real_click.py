"""A study of one real click whose five animals are all alive runs through to its report."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import as_text, snakemake

from lumicohort.files import read_csv

ANIMALS = ["3466", "3467", "3468", "3469", "3470"]


@pytest.fixture(scope="session")
def study(real_click: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real_study")
    batch = folder / "data" / "brain" / "imaging" / "2022-01-05"
    batch.mkdir(parents=True)
    # The click is linked, not copied: the workflow must leave it as it is.
    (batch / real_click.name).symlink_to(real_click, target_is_directory=True)
    (folder / "data" / "brain" / "cohort.csv").write_text(
        as_text(
            ["Mouse #;Line;Group;Inoculated;End;Why"]
            + [f"{animal};Brain tumor;untreated;2021-12-15;;" for animal in ANIMALS]
        )
    )
    (folder / "brain.yaml").write_text(
        as_text(
            [
                "study: brain",
                "models: { Brain tumor: {} }",
                "arms: { untreated: {} }",
                "reference_arm: untreated",
                "data:",
                "  cohort:",
                "    file: cohort.csv",
                "    columns: { animal_id: 'Mouse #', model: Line, arm: Group,",
                "               inoculation_date: Inoculated, end_date: End, end_reason: Why }",
            ]
        )
    )
    before = {p.name: p.stat().st_mtime_ns for p in real_click.iterdir()}
    run = snakemake(folder, "--configfile", "brain.yaml")
    assert run.code == 0, run.text
    assert {p.name: p.stat().st_mtime_ns for p in real_click.iterdir()} == before
    return folder / "results" / "brain"


def test_five_mice_are_found_and_named_left_to_right(study: Path) -> None:
    clicks = read_csv(study / "imaging" / "2022-01-05" / "clicks.csv")
    assert clicks["n_expected"].tolist() == [5]
    assert clicks["n_found"].tolist() == [5]
    assert "dark" in clicks["flags"][0]
    rois = read_csv(study / "imaging" / "2022-01-05" / "rois.csv")
    body = rois[rois["region"] == "whole_body"]
    assert body["animal_id"].tolist() == ANIMALS
    # The two bright heads are those of the second and third mouse.
    head = rois[rois["region"] == "cranial"].set_index("animal_id")["total_flux_p_s"]
    assert set(head.nlargest(2).index) == {"3467", "3468"}
    assert head["3467"] > 10 * head["3466"]


def test_flux_of_five_mice(study: Path) -> None:
    flux = read_csv(study / "flux.csv")
    body = flux[flux["region"] == "whole_body"]
    assert body["animal_id"].tolist() == ANIMALS
    assert body["day"].tolist() == [21] * 5
    assert (body["total_flux_p_s"] > 1e5).all()
    assert body["included"].all()


def test_all_are_censored_and_no_median_is_claimed(study: Path) -> None:
    survival = read_csv(study / "survival.csv")
    assert survival["animal_id"].tolist() == ANIMALS
    assert survival["event"].tolist() == [0] * 5
    assert survival["time_days"].tolist() == [21] * 5
    arms = read_csv(study / "statistics" / "survival_arms.csv")
    assert arms["n"].tolist() == [5]
    assert arms["events"].tolist() == [0]
    assert arms["median_days"].isna().all()
    tests = read_csv(study / "statistics" / "survival_tests.csv")
    assert tests["p_value"].isna().all()
    assert set(tests["note"]) == {"only one arm"}


def test_figures_and_report_exist_and_claim_nothing_simulated(study: Path) -> None:
    for name in (
        "survival",
        "flux_over_time",
        "endpoint_burden",
        "montage",
        "growth_diagnostics",
    ):
        for ending in ("pdf", "svg", "png"):
            assert (study / "figures" / f"{name}.{ending}").stat().st_size > 1000
    report = (study / "report.html").read_text(encoding="utf-8")
    assert "simulated" not in report.lower()
    for animal in ANIMALS:
        assert animal in (study / "qc" / "index.html").read_text(encoding="utf-8")
    assert (study / "tables" / "table1_survival.docx").stat().st_size > 1000
