"""Exported Measurements tables that somebody saved as a workbook."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from exported_tables import HEADINGS, cells, refused, write_table
from openpyxl import Workbook, load_workbook

from lumicohort.living_image.measurements.find import find_tables, find_unreadable, is_measurements
from lumicohort.living_image.measurements.read import read_measurements
from lumicohort.living_image.measurements.times import image_time


def test_a_workbook_gives_the_numbers_of_the_text_it_was_made_of(tmp_path: Path) -> None:
    """As a spreadsheet program saves it: numbers, a date and time, a label that is a number."""
    headings = ["Date and Time", *HEADINGS]
    rows = [
        ["2022-01-05 11:42:35", *cells("3466", "1.26E+06")],
        ["2022-01-05 11:42:35", *cells("3467", "9.70E+05", "ROI 2")],
        ["2022-01-05 11:42:35", *cells("3468", "N/A", "ROI 3")],
    ]
    written = read_measurements(write_table(tmp_path / "a.txt", *rows, headings=headings)).rois
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Exported by Living Image"])
    sheet.append(headings)
    for when, *row in rows:
        typed = [float(c) if re.fullmatch(r"-?[0-9.]+E[+-][0-9]+|[0-9]{4}", c) else c for c in row]
        sheet.append([datetime.fromisoformat(when), *typed])
    path = tmp_path / "saved.xlsx"
    book.save(path)
    assert is_measurements(path)
    saved = read_measurements(path).rois
    assert len(saved) == len(written) == 3
    for text, cell in zip(written, saved, strict=True):
        same = replace(cell, file=text.file, row=text.row, rounding_p_s=text.rounding_p_s)
        assert repr(same) == repr(text)  # NaN is like NaN
        assert cell.row == text.row + 1
        assert cell.rounding_p_s == pytest.approx(text.rounding_p_s)
    assert saved[0].flags == ("rounded_to_3_digits",)
    assert image_time(saved[0], "b", "auto", None)[0] == datetime(2022, 1, 5, 11, 42, 35)


def test_a_workbook_with_errors_and_hidden_rows_is_refused_by_cell(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADINGS, cells("1"), cells("2", roi="ROI 2"), cells("3", "#REF!", "ROI 3")):
        sheet.append(list(row))
    sheet.row_dimensions[3].hidden = True
    path = tmp_path / "saved.xlsx"
    book.save(path)
    message = refused(path)
    assert "row 3: the row is hidden" in message and "Show it if it counts" in message
    assert "cell D4: the cell holds the formula error #REF!" in message


def test_other_and_unreadable_workbooks_are_no_tables(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["animal_id", "weight_g"])
    book.save(tmp_path / "weights.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    assert find_tables(tmp_path) == []


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_every_visible_worksheet_with_a_table_is_read(tmp_path: Path) -> None:
    mean = ["Mean", None, None, 1.1e6]
    path = workbook(
        tmp_path / "a.xlsx",
        notes=[["exported by Max"], ["#REF! is not looked at here"]],
        first=[list(HEADINGS), list(cells("007"))],
        second=[[], list(HEADINGS), list(cells("008", "9.70E+05", "ROI 2")), mean],
        hidden=[list(HEADINGS), list(cells("009", "1E+05", "ROI 3"))],
    )
    book = load_workbook(path)
    book["hidden"].sheet_state = "hidden"
    book.save(path)
    assert is_measurements(path)
    table = read_measurements(path)
    assert [(r.label, r.sheet, r.row, r.row_name, r.where) for r in table.rois] == [
        ("007", "first", 2, "first!2", "worksheet first, row 2"),
        ("008", "second", 3, "second!3", "worksheet second, row 3"),
    ]
    assert table.summaries == ("second!4",)
    bad = [list(HEADINGS), list(cells("008", "dim", "ROI 2"))]
    workbook(tmp_path / "b.xlsx", first=[list(HEADINGS), list(cells())], second=bad)
    assert (
        "worksheet second, row 2, column Total Flux [p/s]: `dim` is not a finite number"
        in refused(tmp_path / "b.xlsx")
    )
    alone = workbook(tmp_path / "c.xlsx", notes=[["Max"]], data=[list(HEADINGS), list(cells())])
    (roi,) = read_measurements(alone).rois
    assert (roi.sheet, roi.where) == ("", "row 2")


def test_workbooks_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    workbook(tmp_path / "weights.xlsx", a=[["animal_id", "weight_g"]])
    ((path, why),) = find_unreadable(tmp_path)
    assert path.name == "broken.xlsx" and why.startswith("the workbook is cut off or damaged")
