"""A results folder tells its age, without the workflow's own notes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import small_study

from lumicohort.cli import main

pytestmark = pytest.mark.slow

FROM_LEFT_OUT = {"flux", "burden", "tables", "figure.montage", "qc", "report"}


@pytest.fixture
def copied(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the study without Snakemake's notes."""
    folder = small_study.copy_of(small, tmp_path / "study")
    shutil.rmtree(folder / ".snakemake")
    monkeypatch.chdir(folder)
    return folder


def status(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Return the exit code, and the reasons by step; none where it is up to date."""
    code = main(["status", small_study.CONFIG_FILE])
    reasons: dict[str, str] = {}
    name = ""
    for line in capsys.readouterr().out.splitlines()[:-1]:
        if line.startswith(" "):
            reasons[name] += line.strip() + "\n"
        else:
            name = line[12:].split(" (")[0]
            reasons[name] = ""
            assert line.startswith("up to date" if "outdated" not in line else "outdated")
    return code, reasons


def outdated(reasons: dict[str, str]) -> set[str]:
    return {name for name, text in reasons.items() if text}


def test_results_just_made_are_up_to_date(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, reasons = status(capsys)
    assert outdated(reasons) == set()
    assert code == 0
    assert len(reasons) == 15
    assert "measure_batch.2020-01-13_MDA231-LeptoM_day07" in reasons


def test_each_kind_of_change_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {
        **small_study.CONFIG,
        "analysis": {"survival": {"bootstrap_samples": 999, "ci_type": "log"}},
    }
    small_study.write_config(copied, config)
    code, reasons = status(capsys)
    assert code == 3
    assert outdated(reasons) == {"survival", "tables", "figure.survival", "report", "versions"}
    assert "the config changed: `analysis.survival.ci_type`" in reasons["survival"]
    assert "it read results that are outdated" in reasons["tables"]

    small_study.write_config(copied, small_study.CONFIG)
    table = copied / "results" / "small" / "tables" / "table1_survival.csv"
    table.write_text(table.read_text().replace("<0.05", "<0.01") + "\n")
    assert outdated(status(capsys)[1]) == {"tables"}

    shutil.move(copied / "later" / small_study.LATER, copied / "data" / "small" / "imaging")
    _, reasons = status(capsys)
    assert reasons[f"measure_batch.{small_study.LATER}"] == "never finished\n"
    assert f"batches it did not read: `{small_study.LATER}`" in reasons["flux"]
    assert reasons["survival"] == ""


def test_other_code_and_libraries_are_named(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    path = copied / "results" / "small" / "provenance" / "steps" / "burden.json"
    record = json.loads(path.read_text())
    record["code"] = "0" * 16
    record["libraries"]["lifelines"] = "0.1"
    path.write_text(json.dumps(record))
    _, reasons = status(capsys)
    assert "the package's code changed" in reasons["burden"]
    assert "libraries changed: lifelines 0.1 → 0." in reasons["burden"]
    assert reasons["survival"] == ""


def test_other_sheets_count_by_what_follows_from_them(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = copied / "data" / "small" / "imaging.csv"
    text = sheet.read_text()
    sheet.write_text(text.replace("10:02", "10:03"))
    _, reasons = status(capsys)
    batch = "measure_batch.2020-01-13_MDA231-LeptoM_day07"
    assert reasons[batch] == "its rows of the imaging sheet changed\n"
    assert not outdated(reasons) & {"cohort", "left_out", "protocol", "survival"}
    head, rest = text.split("\n", 1)
    sheet.write_text(f"{head}\n,,,,,\n{rest}")
    assert outdated(status(capsys)[1]) == {"left_out"} | FROM_LEFT_OUT
    sheet.write_text(text)
    click = next((copied / "data" / "small" / "imaging" / batch.split(".")[1]).iterdir())
    shutil.copytree(click, click.with_name("SIM20200113101241"))
    assert status(capsys)[1][batch] == "clicks it did not read: `SIM20200113101241`\n"
    shutil.rmtree(click.with_name("SIM20200113101241"))
    weights = copied / "data" / "small" / "weights.csv"
    weights.write_text(re.sub(r"\.\d$", ".75", weights.read_text(), count=1, flags=re.MULTILINE))
    _, reasons = status(capsys)
    assert outdated(reasons) == {"protocol", "report"}
    assert "the sheets or images give another table now" in reasons["protocol"]
    before = sorted(copied.rglob("*"))
    weights.write_text("no sheet of weights\n")
    _, reasons = status(capsys)
    assert reasons["cohort"] == "the sheets have faults: `lumicohort check` lists them\n"
    assert sorted(copied.rglob("*")) == before, "nothing is written"
