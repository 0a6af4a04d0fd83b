"""The report as PDF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up import made_up_config

from lumicohort.report import pdf
from lumicohort.report.content import gather
from lumicohort.report.lists import Heading, ReportList
from lumicohort.report.pdf import _data

CONFIG = made_up_config(figures={"formats": ["svg"]})


def test_the_pdf_says_what_the_page_says(reported: Path, tmp_path: Path) -> None:
    made = (reported / "report.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    content = gather(CONFIG, reported)
    said = json.dumps(_data(content, tmp_path), ensure_ascii=False)
    for sentence in (*content.answers[0].survival, *content.answers[1].burden):
        assert sentence in said
    assert [f["number"] for f in json.loads(said)["figures"]] == list(
        range(1, len(CONFIG.figures.show) + 1)
    )
    assert "no tumour at necropsy" in said and "Simulated data" in said


def test_the_pdf_shows_a_large_figure_as_pdf_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: tmp_path / f"f.{name}" for name in ("png", "pdf", "svg")}
    for path in files.values():
        path.write_bytes(b"123")
    assert pdf._picture(files) == files["svg"]
    monkeypatch.setattr(pdf, "LARGE_SVG", 2)
    assert pdf._picture(files) == files["pdf"]
    assert pdf._picture({"svg": files["svg"], "png": files["png"]}) == files["svg"]
    assert pdf._picture({"png": files["png"]}) == files["png"]
    assert pdf._picture({"tiff": tmp_path / "f.tiff"}) is None


def test_the_pdf_cuts_what_nobody_prints_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_ROWS", 3)
    rows = [[f"M{k}"] for k in range(5)]
    cut = pdf._listed(ReportList("Deviations", [Heading("Animal")], rows, "By day."))
    assert cut["rows"] == rows[:3]
    assert cut["note"] == "The first 3 of 5 rows; report.html has all. By day."
    whole = pdf._listed(ReportList("Deviations", [Heading("Animal")], rows[:3]))
    assert (whole["rows"], whole["note"]) == (rows[:3], "")
