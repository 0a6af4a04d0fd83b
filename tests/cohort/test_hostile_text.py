"""Hostile ids, names and reasons come out harmless in every file that a study's run writes."""

from __future__ import annotations

import csv
import random
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from lumicohort.burden.study import analyse_burden
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.problems_book import write_problems
from lumicohort.cohort.study import write_cohort
from lumicohort.errors import InputError
from lumicohort.figures.draw import draw_figure
from lumicohort.report.qc import write_qc
from lumicohort.report.report import write_report
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.survival.study import analyse_survival
from lumicohort.tables.study import write_tables

SCRIPT = "<script>alert('pwned')</script>"
FORMULA = "=cmd|' /C calc'!A0"
MODEL = "../../evil"
IDS = [
    "@SUM(1+1)*pwned",
    "+1+pwned",
    "-1+pwned",
    "=1+1+pwned",
    "<img src=x onerror=alert(1)>",
    "../../../tmp/pwned",
    "a&b<c>\"d'pwned",
    "{{ 7*7 }}{% raw %}pwned",
    "\\input{/etc/passwd}$pwned_",
    "p" * 200,
    "\u2067pwned" if "\u2067".isprintable() else "M\u00fcller pwned",
    "]]>pwned<!--",
]
REASON = '=HYPERLINK("http://pwned","x")'
STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_sheets(folder: Path) -> None:
    """Write sheets of animals with hostile names, six in each arm."""
    draw = random.Random(5)
    cohort, flux = [], []
    for i, name in enumerate(IDS):
        arm, faster = (SCRIPT, 1.0) if i % 2 else (FORMULA, 0.6)
        cage = [FORMULA, SCRIPT, "@x"][i % 3]
        cohort.append([name, MODEL, arm, str(20 + i), str(int(i < 10)), cage, "-2+3", REASON])
        base = draw.uniform(4.5, 5)
        for day in (7, 14):
            value = 10 ** (base + faster * day / 14 + draw.gauss(0, 0.1))
            flux.append([name, str(day), f"{value:.0f}"])
    headings = ["animal_id", "model", "arm", "time_days", "event", "cage", "strain", "=note"]
    for file, header, rows in (
        ("cohort.csv", headings, cohort),
        ("flux.csv", ["animal_id", "day", "total_flux_p_s"], flux),
        ("out.csv", ["animal_id", "reason", "day"], [[IDS[0], REASON, ""], [IDS[1], SCRIPT, "7"]]),
    ):
        with (folder / file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])


def config(folder: Path) -> StudyConfig:
    return parse_config(
        {
            "study": "hostile",
            "title": SCRIPT,
            "models": {MODEL: {}},
            "arms": {FORMULA: {}, SCRIPT: {"label": "<b>@label</b>"}},
            "reference_arm": FORMULA,
            "data": {
                "folder": str(folder),
                "flux": {"file": "flux.csv"},
                "exclusions": {"file": "out.csv"},
            },
            "figures": {
                "formats": ["svg"],
                "show": [
                    {"name": "survival", "kind": "survival"},
                    {"name": "flux", "kind": "flux_over_time"},
                ],
            },
        }
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a run of every step over the hostile study."""
    folder = tmp_path_factory.mktemp("hostile")
    data, out = folder / "data", folder / "results"
    data.mkdir()
    write_sheets(data)
    study = config(data)
    write_cohort(study, out)
    assemble_flux(study, [], out)
    analyse_survival(study, out)
    analyse_burden(study, out)
    write_tables(study, out)
    for figure in study.figures.show:
        draw_figure(study, figure.name, out)
    write_qc(study, out)
    write_report(study, out)
    return out


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    found = [p for p in sorted(folder.rglob("*")) if p.suffix in suffixes]
    assert found
    yield from found


def test_every_animal_arrives_under_its_own_name(results: Path) -> None:
    from lumicohort.files import read_csv

    table = read_csv(results / "survival.csv")
    assert table["animal_id"].tolist() == IDS
    assert table["arm"].tolist() == [FORMULA, SCRIPT] * 6
    assert table["reason"].tolist()[0] == REASON
    assert len(read_csv(results / "flux.csv")) == 2 * len(IDS)


def test_no_cell_of_a_csv_is_a_formula(results: Path) -> None:
    for path in files(results, ".csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            cells = {cell for row in csv.reader(stream) for cell in row}
        for cell in cells:
            if (cell.startswith(STARTS) and "pwned" in cell) or cell.startswith(("=", "@")):
                raise AssertionError(f"{path.name}: {cell}")
            assert "\0" not in cell


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(results: Path) -> None:
    for path in files(results, ".xlsx"):
        for page in openpyxl.load_workbook(path):
            for row in page.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (path.name, cell.coordinate)
                    assert cell.hyperlink is None


class Tags(HTMLParser):
    """Collects tags, and attributes that run code or leave the page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or (value or "").lower().startswith("javascript:"):
                self.bad.append(f"{tag} {name}={value}")
            if "pwned" in (value or "") and name in ("src", "href"):
                self.bad.append(f"{tag} {name}={value}")
        if tag in ("script", "iframe", "object") or (
            tag == "img" and dict(attrs).get("src") == "x"
        ):
            self.bad.append(tag)


def test_no_markup_of_a_cell_lives_in_a_page_or_a_picture(results: Path) -> None:
    for path in files(results, ".html", ".svg"):
        text = path.read_text(encoding="utf-8")
        tags = Tags()
        tags.feed(text)
        assert not tags.bad, (path.name, tags.bad)
        assert "49{% raw" not in text
        if path.suffix == ".svg":
            ElementTree.fromstring(text)


def test_documents_are_sound_xml(results: Path) -> None:
    for path in files(results, ".docx", ".xlsx"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(archive.read(name))


def test_nothing_is_written_outside_the_results_or_named_by_a_cell(results: Path) -> None:
    study = results.parent
    assert sorted(p.name for p in study.iterdir()) == ["data", "results"]
    assert sorted(p.name for p in (study / "data").iterdir()) == [
        *("cohort.csv", "flux.csv", "out.csv")
    ]
    for path in results.rglob("*"):
        assert "pwned" not in path.name and "evil" not in path.name and len(path.name) < 60


def test_the_marked_copy_of_hostile_sheets_holds_text_only(tmp_path: Path) -> None:
    write_sheets(tmp_path)
    study = config(tmp_path).model_copy(update={"arms": config(tmp_path).arms})
    text = (tmp_path / "cohort.csv").read_text().replace(SCRIPT, REASON.replace('"', ""), 2)
    (tmp_path / "cohort.csv").write_text(text + "x" * 10_000 + ",a,b,c,d,e,f,g\n")
    with pytest.raises(InputError) as caught:
        read_cohort(study)
    path = tmp_path / "problems.xlsx"
    write_problems(study, caught.value.problems, path)
    for page in openpyxl.load_workbook(path):
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None or cell.hyperlink.target is None
