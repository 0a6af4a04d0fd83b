"""`lumicohort new`: what it makes passes the check, and nothing is ever overwritten."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from lumicohort.cli import main
from lumicohort.cohort.cohort import read_cohort
from lumicohort.errors import InputError
from lumicohort.study.config import load_config
from lumicohort.study.template import new_study
from lumicohort.study.template_rows import EXAMPLE_ID
from lumicohort.study.template_workbook import SHEETS

ODD = 'PC9, "Lepto": 1E5'


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder in which the study `x` was just made."""
    monkeypatch.chdir(tmp_path)
    names = [
        "--model",
        "MDA231",
        "--model",
        ODD,
        "--arm",
        "vehicle",
        "--arm",
        "=DFO",
        "--arm",
        "no",
    ]
    assert main(["new", "x", *names]) == 0
    return tmp_path


def test_the_template_passes_the_check_as_it_is(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["check", "config/x.yaml"]) == 0
    said = capsys.readouterr().out
    assert "No animal stands in data/x/cohort.xlsx yet" in said
    assert f"the row of the animal `{EXAMPLE_ID}` is the template's example" in said
    cohort = read_cohort(load_config(Path("config/x.yaml")), template_ok=True)
    assert any(EXAMPLE_ID in note.message for note in cohort.notes)
    assert not any(EXAMPLE_ID in note.message for note in cohort.doubts)
    assert sorted(p.relative_to(made).as_posix() for p in made.rglob("*")) == [
        "config",
        "config/x.yaml",
        "data",
        "data/x",
        "data/x/cohort.xlsx",
        "data/x/imaging",
    ]


def test_names_reach_the_config_as_they_are(made: Path) -> None:
    config = load_config("config/x.yaml")
    assert list(config.models) == ["MDA231", ODD]
    assert list(config.arms) == ["vehicle", "=DFO", "no"]
    assert config.reference_arm == "vehicle"
    # What the template writes out is what the defaults are.
    fresh = type(config).model_fields["end_reasons"].default
    assert config.end_reasons == fresh
    assert config.schedule == type(config).model_fields["schedule"].default
    assert len(Path("config/x.yaml").read_text().splitlines()) < 50


def test_an_untouched_template_is_not_analysed(made: Path) -> None:
    with pytest.raises(InputError, match="a header and no animals"):
        read_cohort(load_config("config/x.yaml"))


def drop_downs(path: Path) -> dict[str, list[object]]:
    """Return the values that each column with a drop-down list of the cohort sheet offers."""
    book = openpyxl.load_workbook(path)
    sheet = book["cohort"]
    found: dict[str, list[object]] = {}
    for rule in sheet.data_validations.dataValidation:
        assert rule.type == "list"
        area = next(iter(rule.sqref.ranges))
        assert (area.min_row, area.max_row) == (2, 501)
        name, _, cells = rule.formula1.lstrip("=").partition("!")
        heading = sheet.cell(1, area.min_col).value
        values = book[name.strip("'$")][cells.replace("$", "")]
        found[str(heading)] = [row[0].value for row in values]
    assert book["lists"].sheet_state == "hidden"
    return found


CHOICES = {
    "model": ["MDA231", ODD],
    "arm": ["vehicle", "=DFO", "no"],
    "sex": ["female", "male"],
    "end_reason": ["humane endpoint", "found dead", "end of study", "removed: technical", "lost"],
}


def test_drop_downs_notes_formats_and_the_example(made: Path) -> None:
    path = made / "data" / "x" / "cohort.xlsx"
    assert drop_downs(path) == CHOICES
    book = openpyxl.load_workbook(path)
    for name, headings in SHEETS.items():
        if name not in book.sheetnames:
            continue
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == [heading.name for heading in headings]
        assert all(cell.comment and len(cell.comment.text) > 5 for cell in sheet[1])
        assert EXAMPLE_ID in [cell.value for cell in sheet[2]]
        assert all(cell.data_type != "f" for row in sheet for cell in row)
    sheet = book["cohort"]
    by_name = {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}
    assert by_name["inoculation_date"].is_date
    assert by_name["inoculation_date"].number_format == "yyyy-mm-dd"
    assert by_name["animal_id"].number_format == "@"


def fill_in(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["cohort"]
    for row, (name, arm) in enumerate((("007", "vehicle"), ("008", "=DFO")), start=3):
        for column, value in enumerate((name, "MDA231", arm, "female", "C1"), start=1):
            # Text that begins with = is text, as it is when typed into a cell of that format.
            sheet.cell(row, column).value = value
            sheet.cell(row, column).data_type = "s"
        sheet.cell(row, 8).value = "2026-02-01"
    book["weights"].append(["007", "2026-02-08", 24.5])
    book.save(path)


def test_filled_in_beside_the_example(made: Path) -> None:
    fill_in(made / "data" / "x" / "cohort.xlsx")
    cohort = read_cohort(load_config("config/x.yaml"))
    assert [(a.animal_id, a.arm, str(a.inoculation_date)) for a in cohort.animals] == [
        ("007", "vehicle", "2026-02-01"),
        ("008", "=DFO", "2026-02-01"),
    ]
    assert [(w.animal_id, w.weight_g) for w in cohort.weights] == [("007", 24.5)]
    assert EXAMPLE_ID not in {d.animal_id for d in cohort.doses}


@pytest.mark.slow
def test_saved_again_by_libreoffice(made: Path) -> None:
    office = shutil.which("libreoffice") or shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not on this machine")
    path = made / "data" / "x" / "cohort.xlsx"
    out = made / "saved"
    profile = f"-env:UserInstallation=file://{made / 'profile'}"
    for ending in ("xlsx", "ods"):
        command = [office, profile, "--headless", "--convert-to", ending, "--outdir", str(out)]
        subprocess.run([*command, str(path)], check=False, capture_output=True, timeout=180)
    if not (out / "cohort.xlsx").is_file():
        pytest.skip("this LibreOffice has no spreadsheet module")
    assert drop_downs(out / "cohort.xlsx") == CHOICES
    shutil.copy(out / "cohort.xlsx", path)
    assert main(["check", "config/x.yaml"]) == 0
    fill_in(path)
    assert [a.animal_id for a in read_cohort(load_config("config/x.yaml")).animals] == [
        "007",
        "008",
    ]
    text = Path("config/x.yaml").read_text().replace("cohort.xlsx", "cohort.ods")
    Path("config/x.yaml").write_text(text)
    shutil.copy(out / "cohort.ods", path.with_suffix(".ods"))
    assert main(["check", "config/x.yaml"]) == 0


def test_nothing_is_overwritten(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {p: p.read_bytes() for p in made.rglob("*") if p.is_file()}
    for name in ("x", "X"):
        assert main(["new", name]) == 2
        said = capsys.readouterr().err
        assert "config/x.yaml: this exists already" in said and "data/x: this exists" in said
    assert {p: p.read_bytes() for p in made.rglob("*") if p.is_file()} == before
    # Half of a study there is enough to refuse.
    (made / "data" / "y").mkdir()
    assert main(["new", "y"]) == 2
    assert not (made / "config" / "y.yaml").exists()


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "", ".x", "-x", "x.", "con", "NUL.x", "config", "ä", "a b", "x" * 61, "x\0"],
)
def test_unsafe_names(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be a study's name"):
        new_study(name, ["m"], ["a", "b"], None, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("models", "arms", "reference", "words"),
    [
        ([" "], ["a", "b"], None, "--model ` ` cannot be a name"),
        (["m"], ["a\nb"], None, "cannot be a name"),
        (["m"], ["a", "A"], None, "--arm names `A` twice"),
        (["m"], ["a", "b"], "c", "--reference c is not among the arms"),
        (["m" * 101], ["a"], None, "At most 100"),
    ],
)
def test_names_that_cannot_stand_in_a_sheet(
    models: list[str], arms: list[str], reference: str | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words):
        new_study("x", models, arms, reference, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["1e5", "0x1F", "null", "yes", "2026-01-01", "1.5", "~", "# x", "a: b"]
)
def test_names_that_yaml_would_take_for_something_else(name: str, tmp_path: Path) -> None:
    new_study("x", [name], [name, "b"], None, tmp_path)
    config = load_config(tmp_path / "config" / "x.yaml")
    assert list(config.models) == [name] and list(config.arms) == [name, "b"]


def test_programs_are_told_as_they_have_to_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "lumicohort", "snakemake"):
        (programs / name).write_text("")
        (programs / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["new", "y"]) == 0
    said = capsys.readouterr().out
    folder = Path(".venv") / "bin"
    assert f"{folder / 'lumicohort'} check config/y.yaml" in said
    assert f"{folder / 'snakemake'} --cores all --configfile config/y.yaml" in said
    assert "drop-down lists hold those of --model and --arm" in said
    monkeypatch.setenv("PATH", str(programs))
    assert main(["new", "z", "--model", "MDA", "--arm", "vehicle", "--arm", "DFO"]) == 0
    said = capsys.readouterr().out
    assert "  3. lumicohort check config/z.yaml" in said
    assert "drop-down" not in said
