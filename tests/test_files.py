"""Writing whole or not at all, and cells that no spreadsheet can execute."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.files import (
    csv_tables,
    harmless,
    lines_of,
    read_csv,
    whole_file,
    whole_folder,
    write_csv,
    write_lines,
    write_rows,
    write_text,
)


def test_whole_file_leaves_the_old_file_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_whole_folder_replaces_only_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "old").write_text("1")
    with pytest.raises(RuntimeError), whole_folder(folder) as temporary:
        (temporary / "new").write_text("2")
        raise RuntimeError
    assert [p.name for p in folder.iterdir()] == ["old"]
    with whole_folder(folder) as temporary:
        (temporary / "new").write_text("2")
    assert [p.name for p in folder.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_csv_round_trip_keeps_ids_values_and_missing(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "animal_id": ["007", "1E5", "NA"],
            "total_flux_p_s": [1.5e7, float("nan"), 0.1],
            "included": [True, False, True],
            "reason": ["", "lost; sheet says \"x\", 'y'", "ü"],
        }
    )
    path = tmp_path / "t.csv"
    write_csv(table, path)
    again = read_csv(path)
    assert again["animal_id"].tolist() == ["007", "1E5", "NA"]
    assert again["total_flux_p_s"].isna().tolist() == [False, True, False]
    assert again["total_flux_p_s"][0] == 1.5e7
    assert again["included"].tolist() == [True, False, True]
    assert again["reason"].tolist() == table["reason"].tolist()
    assert path.read_text().splitlines()[2].split(",")[1:3] == ["NA", "false"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_formulas_from_cells_are_text(text: str, tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"animal_id": [text]}), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        cell = list(csv.reader(stream))[1][0]
    assert not cell.startswith(("=", "+", "-", "@", "\t"))
    assert text.strip() in cell


@pytest.mark.parametrize("text", ["-1.5", "+3", "abc", "3466", ""])
def test_numbers_and_plain_text_stay(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_no_text_is_a_live_formula_or_holds_control_characters(text: str) -> None:
    safe = harmless(text)
    assert "\0" not in safe
    if safe.startswith(("=", "+", "-", "@")):
        float(safe)


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "\u3000", " "])
def test_words_with_a_space_of_any_kind_between_them_stay_apart(space: str) -> None:
    assert harmless(f"DFO{space}2{space}mg/kg") == "DFO 2 mg/kg"


def test_a_formula_behind_a_no_break_space_is_none() -> None:
    assert harmless("\u00a0=1+1") == " =1+1"


def test_problem_says_place_message_and_hint() -> None:
    problem = Problem("`DFo` is no arm.", "cohort.csv", "row 3, column arm", "Write DFO.")
    assert str(problem) == "cohort.csv, row 3, column arm: `DFo` is no arm. Write DFO."
    both = InputError([problem, "two"])
    assert str(both).startswith("2 problems:\n  1. cohort.csv")


def test_did_you_mean() -> None:
    assert did_you_mean("DFo", ["vehicle", "DFO"]) == " — did you mean `DFO`?"
    assert did_you_mean("xyz", ["vehicle", "DFO"]) == ""


def test_reading_gives_back_what_was_made_harmless(tmp_path: Path) -> None:
    ids = ["=1+1", "+DFO", "'quoted", "-5", "'=x"]
    write_csv(pd.DataFrame({"animal_id": ids}), tmp_path / "t.csv")
    assert read_csv(tmp_path / "t.csv")["animal_id"].tolist() == ids


def test_rows_stand_as_a_table_of_them_would(tmp_path: Path) -> None:
    rows = [
        {"id": "=1+1", "n": 3, "x": 1 / 3, "ok": True, "text": 'a "b", c'},
        {"id": "007", "n": 4, "x": float("nan"), "ok": False, "text": ""},
    ]
    columns = ["id", "n", "x", "ok", "text"]
    write_csv(pd.DataFrame(rows, columns=columns), tmp_path / "table.csv")
    write_rows(rows, columns, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_bytes() == (tmp_path / "table.csv").read_bytes()
    write_rows([{"id": "x"}], columns, tmp_path / "missing.csv")
    assert (tmp_path / "missing.csv").read_text().splitlines()[1] == "x,NA,NA,NA,NA"


def test_a_long_table_is_written_in_order_and_only_once(tmp_path: Path) -> None:
    numbers = [float("nan") if k % 7 == 0 else k / 3 for k in range(2500)]
    rows = ({"k": k, "x": x, "same": "=a"} for k, x in enumerate(numbers))
    write_rows(rows, ["k", "x", "same"], tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines[0] == "k,x,same"
    assert lines[1:] == [
        f"{k},NA,'=a" if math.isnan(x) else f"{k},{x:.12g},'=a" for k, x in enumerate(numbers)
    ]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    table = pd.DataFrame({"animal_id": ["007", "'=1"], "day": [7, 14], "included": [True, False]})
    write_csv(table, path)
    some = read_csv(path, columns=("included", "animal_id", "not there"))
    assert list(some.columns) == ["animal_id", "included"]
    assert some["animal_id"].tolist() == ["007", "'=1"]
    assert some["included"].tolist() == [True, False]
    pd.testing.assert_frame_equal(some, read_csv(path)[["animal_id", "included"]])


def test_only_the_rows_of_a_value_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a table whose columns look of different kinds make the columns of the whole."""
    monkeypatch.setattr(csv_tables, "_ROWS_AT_ONCE", 2)
    path = tmp_path / "t.csv"
    path.write_text(
        "animal_id,region,day,lod_p_s,below_lod,total_flux_p_s\n"
        "007,neuraxis,7,NA,true,1\n"
        "008,cranial,7,2.5,NA,0.1\n"
        "'=1,neuraxis,14,1e3,NA,2\n"
        "008,spinal,14,NA,NA,3\n"
        "009,cranial,21.5,NA,false,4\n"
        "010,neuraxis,21,NA,false,NA\n"
    )
    whole = read_csv(path)
    for region in ("neuraxis", "cranial", "spinal", "none such"):
        some = read_csv(path, only=("region", region))
        pd.testing.assert_frame_equal(some, whole[whole["region"] == region])
    assert read_csv(path, only=("region", "neuraxis"))["animal_id"].tolist() == ["007", "=1", "010"]
    pd.testing.assert_frame_equal(read_csv(path, only=("view", "dorsal")), whole)
    path.write_text("region,day\n")
    empty = read_csv(path)
    assert empty["region"].dtype == object  # text, of which there is none
    pd.testing.assert_frame_equal(read_csv(path, only=("region", "neuraxis")), empty)


def test_rows_put_into_words_piece_by_piece_make_the_same_table(tmp_path: Path) -> None:
    rows = [
        {"a": 1.0 / 3, "b": "=1+1", "c": None},
        {"a": float("nan"), "b": "x,y", "c": 7},
        {"a": np.float64(2), "b": "", "c": np.int64(3)},
    ]
    columns = ["b", "a", "c", "absent"]
    write_rows(rows, columns, tmp_path / "whole.csv")
    pieces = (lines_of(some, columns) for some in (rows[:2], [], rows[2:]))
    write_lines(pieces, columns, tmp_path / "pieces.csv")
    text = (tmp_path / "whole.csv").read_text(encoding="utf-8")
    assert (tmp_path / "pieces.csv").read_text(encoding="utf-8") == text
    assert text.splitlines() == [
        "b,a,c,absent",
        "'=1+1,0.333333333333,NA,NA",
        '"x,y",NA,7,NA',
        ",2,3,NA",
    ]


def test_a_text_is_written_piece_by_piece_and_whole_or_not_at_all(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    write_text((f"{i} µ\r\n" for i in range(3)), page)
    assert page.read_bytes() == "0 µ\r\n1 µ\r\n2 µ\r\n".encode()

    def failing() -> Iterator[str]:
        yield "half"
        raise ValueError

    with pytest.raises(ValueError):
        write_text(failing(), page)
    assert page.read_bytes().startswith(b"0 ")
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


def test_a_large_table_is_read_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of which column is what is told by the whole table, not by the rows read at once."""
    path = tmp_path / "t.csv"
    path.write_text(
        "animal_id,cage,litter,seen,weight,note\n"
        "007,1,2.50,true,1,\n"
        "008,2,7,false,2,'=x\n"
        "009,NA,NA,NA,NA,\n"
        "010,NA,NA,NA,2.5,NA\n"
        "011,A7,8,true,3,b\n"
        "012,B,x,NA,4,\n"
    )
    small = read_csv(path)
    assert small["cage"].tolist()[::4] == ["1", "A7"]
    for rows in (1, 2, 3, 4, 5):
        monkeypatch.setattr(csv_tables, "_ROWS_AT_ONCE", rows)
        pd.testing.assert_frame_equal(read_csv(path), small)
        some = read_csv(path, only=("animal_id", "011"))
        pd.testing.assert_frame_equal(some, small[small["animal_id"] == "011"], check_dtype=False)
