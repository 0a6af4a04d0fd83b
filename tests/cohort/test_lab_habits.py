"""Sheets and folders as labs keep them: what is said of them, and what is taken as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_files import COHORT, HEADER, study

from lumicohort.cohort.batches import list_batches
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.missing import no_value
from lumicohort.cohort.seen_notes import notes_on_images
from lumicohort.cohort.study import write_cohort
from lumicohort.cohort.synonyms import looks_like
from lumicohort.commands.check import summary
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.study.config import StudyConfig, parse_config

LAB = """Mouse #,Cell line,Tx,Inj. date,Date of death,Cause,BW (g)
007,MDA,vehicle,2020-01-01,2020-01-22,found dead,22.5
008,MDA,DFO,2020-01-01,alive,-,-
009,PC9,DFO,2020-01-01,2020-02-03,humane endpoint,n/a
"""
OURS = {
    "animal_id": "Mouse #",
    "model": "Cell line",
    "arm": "Tx",
    "inoculation_date": "Inj. date",
    "end_date": "Date of death",
    "end_reason": "Cause",
    "weight_g": "BW (g)",
}


def said(folder: Path, text: str, **sheet: Any) -> str:
    """Return what is said against a cohort sheet."""
    (folder / "cohort.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_cohort(study(folder, cohort={"file": "cohort.csv", **sheet}))
    return str(caught.value)


def test_missing_columns_come_with_the_heading_that_they_seem_to_have(tmp_path: Path) -> None:
    text = said(tmp_path, LAB)
    for name in ("animal_id", "model", "arm", "inoculation_date"):
        assert f"the column `{name}` is missing — is it `{OURS[name]}`?" in text
        assert f'data.cohort.columns: {{{name}: "{OURS[name]}"}}' in text
    assert text.count("Headings found:") == 1


def test_headings_below_title_lines_of_several_cells_are_found_for_the_message(
    tmp_path: Path,
) -> None:
    title = "LM cohort 3,,,yellow = DFO,,,\nPI: Smith,room 7,,,,,\n\n"
    text = said(tmp_path, title + LAB)
    assert "the column `animal_id` is missing — is it `Mouse #`?" in text


def test_a_heading_cut_at_its_hash_is_to_be_quoted(tmp_path: Path) -> None:
    text = said(tmp_path, LAB, columns={**OURS, "animal_id": "Mouse"})
    assert 'Quote it in the config ("Mouse #")' in text


@pytest.mark.parametrize(
    ("name", "headings", "expected"),
    [
        ("arm", ["Treatment Group", "Cage"], "Treatment Group"),
        ("arm", ["Treatment", "Group"], None),
        ("animal_id", ["Tier-Nr.", "Käfig"], "Tier-Nr."),
        ("end_date", ["Todesdatum"], "Todesdatum"),
        ("weight_g", ["BW (g)", "BWA"], "BW (g)"),
        ("model", ["Mouse"], None),
    ],
)
def test_headings_that_labs_use(name: str, headings: list[str], expected: str | None) -> None:
    assert looks_like(name, headings) == expected


def test_columns_that_look_like_ours_and_are_not_read_are_noted(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(LAB.replace(",-,-", ",,"), encoding="utf-8")
    needed = {k: OURS[k] for k in ("animal_id", "model", "arm", "inoculation_date")}
    config = study(tmp_path, cohort={"file": "cohort.csv", "columns": needed})
    notes = [str(note) for note in read_cohort(config).notes]
    assert len(notes) == 1
    assert "columns that look like ours are not used (`BW (g)`, `Date" in notes[0]
    assert 'end_date: "Date of death", end_reason: "Cause"' in notes[0]
    whole = study(tmp_path, cohort={"file": "cohort.csv", "columns": OURS})
    assert read_cohort(whole).notes == []


def test_a_dash_and_alive_are_no_value(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(LAB, encoding="utf-8")
    config = study(tmp_path, cohort={"file": "cohort.csv", "columns": OURS})
    animals = read_cohort(config).animals
    assert [a.end_reason for a in animals] == ["found dead", None, "humane endpoint"]
    assert [a.end_date is None for a in animals] == [False, True, False]
    assert [a.weight_g for a in animals] == [22.5, None, None]


def test_a_dash_that_the_config_knows_is_a_value(tmp_path: Path) -> None:
    text = f"{HEADER}\nA,MDA,+,2020-01-01,2020-01-22,-,20\nB,MDA,-,2020-01-01,2020-01-23,-,-\n"
    (tmp_path / "cohort.csv").write_text(text, encoding="utf-8")
    config = parse_config(
        {
            "study": "test",
            "models": {"MDA": {}},
            "arms": {"+": {}, "-": {}},
            "reference_arm": "-",
            "data": {"folder": str(tmp_path), "cohort": {"file": "cohort.csv"}},
            "end_reasons": {"-": "event"},
        }
    )
    animals = read_cohort(config).animals
    assert [(a.arm, a.end_reason, a.weight_g) for a in animals] == [
        ("+", "-", 20.0),
        ("-", "-", None),
    ]
    assert not no_value("-", "arm")  # unknown there: a fault, not a blank


def test_a_dash_for_an_arm_is_refused_once(tmp_path: Path) -> None:
    text = said(tmp_path, COHORT.replace("1E5,MDA,DFO", "1E5,MDA,-"))
    assert "`-` is not among the config's arms" in text and "problems" not in text


@pytest.mark.parametrize("gap", ["", "\n", ",,,,,,\n"])
def test_a_legend_below_the_table_is_one_problem_with_its_key(tmp_path: Path, gap: str) -> None:
    legend = "Legend:,,,,,,\nyellow = DFO,,,,,,\nn =,3,,,,,\n"
    text = said(tmp_path, COHORT + gap + legend)
    first = 5 + bool(gap)
    assert "problems" not in text
    assert f"row {first}: the last rows, {first} to {first + 2} (`Legend:`), have nothing" in text
    assert "config key data.cohort.last_row: 4." in text
    config = study(tmp_path, cohort={"file": "cohort.csv", "last_row": 4})
    assert [a.animal_id for a in read_cohort(config).animals] == ["007", "1E5", "3466"]


def test_a_half_filled_row_within_the_table_is_told_cell_by_cell(tmp_path: Path) -> None:
    text = said(tmp_path, COHORT.replace("1E5,MDA,DFO", "1E5,,"))
    assert "2 problems" in text and "last_row" not in text


def test_the_same_fault_in_many_cells_is_one_line(tmp_path: Path) -> None:
    rows = [f"M{i},MDA,DFO,2020-01-01,2020-01-22,sick,20" for i in range(5)]
    text = said(tmp_path, "\n".join([HEADER, *rows]) + "\n")
    assert text.startswith("5 problems:") and text.count("`sick` is not among") == 1
    assert "column end_reason (F2)" in text
    assert "The same in F3 to F6 (5 times in all)." in text


def click(folder: Path, labels: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / "ClickInfo.txt").write_text(
        f"*** User Label Name Set:\tLiving Image Universal\nAnimal Number:\t{labels}\n"
    )


def test_a_session_copied_twice_is_one_problem(tmp_path: Path) -> None:
    for name in ("AB20200108101112", "AB20200108101312"):
        for batch in ("b", "b - copy"):
            click(tmp_path / "imaging" / batch / name)
    with pytest.raises(InputError) as caught:
        list_batches(study(tmp_path))
    assert len(caught.value.problems) == 1
    assert "2 clicks (`AB20200108101112`, …) lie in more than one place" in str(caught.value)
    assert str(Path("imaging") / "b - copy") in str(caught.value)


def noted(config: StudyConfig) -> list[str]:
    """Return the notes on who was imaged."""
    cohort = read_cohort(config)
    assert cohort.notes == []
    found = notes_on_images(config, cohort.animals, cohort.clicks, cohort.seen)
    return [str(note) for note in found]


def test_names_on_clicks_that_the_cohort_sheet_has_not_are_noted(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT, encoding="utf-8")
    click(tmp_path / "imaging" / "b" / "AB20200115101112", "7, X1, X2")
    config = study(tmp_path, cohort={"file": "cohort.csv"})
    notes = noted(config)
    assert len(notes) == 3
    assert "names `7`, and the cohort sheet does not — did you mean `007`?" in notes[0]
    assert "has names that the cohort sheet has not: `X1`, `X2`." in notes[1]
    assert notes[2] == "3 of 3 animals are on no click: `007`, `1E5`, `3466`."


def test_animals_on_no_click_and_imaged_before_inoculation_are_noted(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT, encoding="utf-8")
    click(tmp_path / "imaging" / "b" / "AB20191229101112", "007")
    config = study(tmp_path, cohort={"file": "cohort.csv"})
    notes = noted(config)
    assert notes[0] == "1 of 2 animals is on no click: `1E5`."  # of PC9 nobody was imaged yet
    assert "`007` was imaged on 2019-12-29, 3 days before its inoculation on 2020-01-01" in notes[1]
    assert len(notes) == 2


def test_what_bears_on_trust_in_the_data_is_written_for_the_report(tmp_path: Path) -> None:
    """Not what the report says elsewhere: names that fit nobody, animals on no click."""
    (tmp_path / "cohort.csv").write_text(COHORT, encoding="utf-8")
    (tmp_path / "weights.csv").write_text(
        "animal_id,date,weight_g\n007,2020-01-02,21\n007,2020-01-02,22\n"
    )
    click(tmp_path / "imaging" / "b" / "AB20191229101112", "007, X1")
    weights = {"file": "weights.csv", "same_day": "mean"}
    config = study(tmp_path, cohort={"file": "cohort.csv"}, weights=weights)
    write_cohort(config, tmp_path / "r")
    notes = read_csv(tmp_path / "r" / "cohort" / "notes.csv")["note"].tolist()
    assert len(notes) == 2
    assert "several values of one animal on one day (`007` on 2020-01-02): the mean" in notes[0]
    assert notes[1] == "1 animal was imaged before inoculation: `007` (3 days)."


def test_check_says_until_when_animals_without_an_end_count(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(
        COHORT.replace("2020-01-22,found dead", ",").replace("2020-02-03,humane endpoint", ","),
        encoding="utf-8",
    )
    click(tmp_path / "imaging" / "b" / "AB20200115101112", "007")
    config = study(tmp_path, cohort={"file": "cohort.csv"})
    text = "\n".join(summary(config, read_cohort(config)))
    assert "Without an end: 1, censored when last seen" in text and "1 until day 14." in text
    assert "so not in the survival analysis: `1E5`." in text
    # The end of 3466 is recorded: whoever kept the sheet saw the animals on that day.
    assert "1 of them was last seen before the latest end in the sheet (2020-02-20)" in text


def test_clicks_that_name_nobody_are_noted_unless_drawn_rois_may(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT, encoding="utf-8")
    for minute in (11, 12):
        click(tmp_path / "imaging" / "b" / f"AB202001151011{minute}")
    notes = noted(study(tmp_path, cohort={"file": "cohort.csv"}))
    assert [note.split(": ", 1)[1][:45] for note in notes] == [
        "nobody is named on 2 clicks (this one, …): no"
    ]
    drawn = study(tmp_path, imaging_rules={"regions": {"method": "living_image"}})
    assert noted(drawn) == []


@pytest.mark.parametrize(("rows", "missed"), [("", 0), ("007,2020-01-08,45\n", 4 + 9 + 8)])
def test_a_sheet_without_rows_says_not_that_all_treatments_were_missed(
    rows: str, missed: int, tmp_path: Path
) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT, encoding="utf-8")
    (tmp_path / "d.csv").write_text("animal_id,date,dose_ug\n" + rows, encoding="utf-8")
    config = study(tmp_path, cohort={"file": "cohort.csv"}, doses={"file": "d.csv"})
    write_cohort(config, tmp_path / "out")
    found = (tmp_path / "out" / "protocol_deviations.csv").read_text()
    assert found.count("treatment_missed") == missed
