"""Batches and clicks by the names of their folders."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sheet_files import study

from lumicohort.cohort.batches import acquired_at, click_dates, list_batches, list_clicks
from lumicohort.cohort.sightings import named_clicks
from lumicohort.errors import InputError
from lumicohort.imaging.positions import Position


def click(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "ClickInfo.txt").write_text("")


def test_batches_and_clicks(tmp_path: Path) -> None:
    config = study(tmp_path)
    assert list_batches(config) == []
    images = tmp_path / "imaging"
    click(images / "day 14" / "AB20200115101112")
    click(images / "day 07" / "AB20200108101112_SEQ" / "AB20200108101112_001")
    click(images / "day 07" / "AB20200108101112_SEQ" / "AB20200108101112_002")
    click(images / "day 07" / "BKG20200108090000")
    click(images / ".hidden" / "AB20200101101112")
    click(images / "BKG20200108090001")
    (images / "Thumbs.db").write_text("")
    assert list_batches(config) == ["day 07", "day 14"]
    assert [c.name for c in list_clicks(config, "day 07")] == [
        "AB20200108101112_001",
        "AB20200108101112_002",
    ]
    assert click_dates(config) == {
        "day 07": {"AB20200108101112_001": "2020-01-08", "AB20200108101112_002": "2020-01-08"},
        "day 14": {"AB20200115101112": "2020-01-15"},
    }


@pytest.mark.parametrize(
    ("sheet", "folder", "meant"),
    [
        ("AB20200108101112_001", "AB20200108101112_001", True),
        ("AB20200108101112", "AB20200108101112_001", True),
        ("AB20200108101112_SEQ", "AB20200108101112_001", True),
        ("AB20200108101112_002", "AB20200108101112_001", False),
        ("AB2020010810111", "AB20200108101112", False),
        ("ab20200108101112", "AB20200108101112", True),
        ("XY7", "renamed", True),
    ],
)
def test_sheet_names_of_clicks(sheet: str, folder: str, meant: bool, tmp_path: Path) -> None:
    click(tmp_path / "imaging" / "b" / folder)
    text = "*** ClickNumber:\tXY7\n*** luminescent image:\tluminescent.TIF\n"
    (tmp_path / "imaging" / "b" / folder / "ClickInfo.txt").write_text(text)
    row = Position(sheet, 1, "A1")
    named, unknown = named_clicks(list_clicks(study(tmp_path), "b"), [row])
    assert (named, unknown) == (({folder: [row]}, []) if meant else ({}, [row]))


def test_a_click_in_two_batches_is_refused(tmp_path: Path) -> None:
    for batch in ("b1", "b2"):
        click(tmp_path / "imaging" / batch / "AB20200108101112")
    with pytest.raises(InputError) as caught:
        list_batches(study(tmp_path))
    text = str(caught.value)
    assert "the click `AB20200108101112` lies in more than one place" in text
    assert str(Path("b1") / "AB20200108101112") in text
    assert str(Path("b2") / "AB20200108101112") in text


def test_a_click_in_place_of_a_batch_is_refused(tmp_path: Path) -> None:
    click(tmp_path / "imaging" / "AB20200108101112")
    with pytest.raises(InputError, match="this is a click"):
        list_batches(study(tmp_path))


@pytest.mark.parametrize("name", ["-rf", "a;b", "a{b}", "$(x)", "a'b", "a..b", "a\nb", "end "])
def test_names_that_paths_cannot_bear_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "imaging" / name).mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be used in paths"):
        list_batches(study(tmp_path))


def test_times_in_names() -> None:
    assert acquired_at("DG20220105114235") == datetime(2022, 1, 5, 11, 42, 35)
    assert acquired_at("DG20220105114235_SEQ") == datetime(2022, 1, 5, 11, 42, 35)
    assert acquired_at("DG20221305114235") is None
    assert acquired_at("mouse 7") is None
