"""What else a sheet or a file holds: a second table, headings again, another program's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_files import COHORT, HEADER, ROWS, study, write_xlsx

from lumicohort.cohort.cohort import Cohort, read_cohort
from lumicohort.errors import InputError

WEIGHTS = [["animal_id", "date", "weight_g"], ["007", "2020-01-08", 21.5]]
TABLE: list[list[Any]] = [HEADER.split(","), *[row.split(",") for row in ROWS]]


def read(folder: Path, rows: list[list[Any]], **sheets: Any) -> Cohort:
    write_xlsx(folder / "c.xlsx", rows)
    return read_cohort(
        study(folder, cohort={"file": "c.xlsx", **sheets.pop("cohort", {})}, **sheets)
    )


def refused(folder: Path, rows: list[list[Any]], **sheets: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, rows, **sheets)
    return str(caught.value)


@pytest.mark.parametrize("title", [[], [[None]], [[None], ["Weights in grams"]]])
def test_a_second_table_below_is_one_problem_that_says_where_the_first_ends(
    tmp_path: Path, title: list[list[Any]]
) -> None:
    row = 5 + len(title)
    text = refused(tmp_path, [*TABLE, *title, *WEIGHTS])
    assert text.count("c.xlsx") == 1
    assert f"row {row}, column animal_id (A{row}): the heading `animal_id` stands again" in text
    assert "config key data.cohort.last_row: 4." in text
    assert f"with header_row: {row}." in text


def test_both_tables_of_a_sheet_are_read_as_the_message_says(tmp_path: Path) -> None:
    cohort = read(
        tmp_path,
        [*TABLE, [None], *WEIGHTS],
        cohort={"last_row": 4},
        weights={"file": "c.xlsx", "header_row": 6},
    )
    assert [a.animal_id for a in cohort.animals] == ["007", "1E5", "3466"]
    assert [(w.animal_id, w.weight_g) for w in cohort.weights] == [("007", 21.5)]


def test_headings_that_stand_again_within_a_table_are_noted_and_not_read(tmp_path: Path) -> None:
    cohort = read(tmp_path, [*TABLE[:2], TABLE[0], *TABLE[2:]])
    assert [(a.animal_id, a.row) for a in cohort.animals] == [("007", 2), ("1E5", 4), ("3466", 5)]
    [note] = [str(n) for n in cohort.notes if "headings stand again" in str(n)]
    assert note.endswith(
        'sheet "mice", row 3: the headings stand again in this row; it is not read.'
    )


def test_an_animal_called_like_another_column_is_no_heading(tmp_path: Path) -> None:
    rows = [*TABLE[:2], ["arm", *TABLE[2][1:]], *TABLE[3:]]
    assert [a.animal_id for a in read(tmp_path, rows).animals] == ["007", "arm", "3466"]


def test_two_tables_side_by_side_are_told_apart_by_letters(tmp_path: Path) -> None:
    rows = [[*left, None, *right] for left, right in zip(TABLE, [*WEIGHTS, [], []], strict=True)]
    columns = {"animal_id": "column I", "weight_g": "column K"}
    weights = {"file": "c.xlsx", "columns": columns, "last_row": 2}
    text = refused(tmp_path, rows, weights=weights)
    assert "the heading `animal_id` stands twice, in columns A and I" in text
    assert "config key data.cohort.columns: {animal_id: column A}." in text
    letters = {"columns": {"animal_id": "column A", "weight_g": "column G"}}
    cohort = read(tmp_path, rows, cohort=letters, weights=weights)
    assert [(a.animal_id, a.weight_g) for a in cohort.animals] == [
        ("007", 22.5),
        ("1E5", 25),
        ("3466", 24.25),
    ]
    assert [(w.animal_id, w.weight_g) for w in cohort.weights] == [("007", 21.5)]


XLS = (Path(__file__).parent / "cohort_1900.xls").read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("c.xlsx", COHORT.encode(), "this is text under the ending .xlsx, not a workbook"),
        ("c.xls", COHORT.encode("utf-16"), "this is text under the ending .xls, not a workbook"),
        ("c.xls", b"\n<html><table><tr><td>1</td></tr></table></html>", "this is a web page"),
        ("c.xlsx", XLS, "this is a file of the old .xls format under the ending .xlsx"),
        ("c.xlsx", b"PK\3\4cut", "the workbook is cut off or damaged"),
        ("~$c.xlsx", b"\5me" + b" " * 50, "Name the workbook itself: `c.xlsx`"),
        ("c.xlsx", b"\0" * 600, "the workbook cannot be read"),
        ("c.numbers", b"PK", "In Numbers: File > Export To > Excel or CSV."),
        ("c.pzfx", b"<", "In Prism, on the table: File > Export > .csv."),
    ],
)
def test_files_that_are_no_workbooks_are_told_for_what_they_are(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_cohort(study(tmp_path, cohort={"file": name}))
    assert str(tmp_path / name) in str(caught.value)
    assert message in str(caught.value)


def test_a_tab_is_found_whatever_spaces_its_name_ends_in(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "c.xlsx", TABLE, sheet="Mice\u00a02024 ")
    named = {"file": "c.xlsx", "sheet": "Mice 2024"}
    assert len(read_cohort(study(tmp_path, cohort=named)).animals) == 3
    with pytest.raises(InputError, match=r"did you mean `Mice.2024 `\? The workbook has"):
        read_cohort(study(tmp_path, cohort={**named, "sheet": "Mice 2023"}))
