"""Which animals are on a click."""

from __future__ import annotations

from pathlib import Path

import pytest
from mice_clicks import make_click

from lumicohort.errors import InputError
from lumicohort.imaging.assign import (
    LABEL,
    SHEET,
    animals_of,
    by_click,
    check_positions,
    read_as_one,
)
from lumicohort.imaging.click import measure_click
from lumicohort.imaging.positions import Position
from lumicohort.living_image import Click, read_click
from lumicohort.study.config.imaging import Imaging


def place(click: str, position: int, animal: str, row: int, time: str | None = None) -> Position:
    return Position(click, position, animal, time, 150.0, "imaging.csv", row)


@pytest.fixture(scope="module")
def click(tmp_path_factory: pytest.TempPathFactory) -> Click:
    batch = tmp_path_factory.mktemp("batch")
    folder, *_ = make_click(batch, "AA20220105114235", ["7", "8"], [1e4, 1e4])
    return read_click(folder)  # exposed at 11:42:59


def test_the_sheet_goes_before_the_label(click: Click) -> None:
    rows = [place(click.name, 2, "b", 3), place(click.name, 1, "a", 2)]
    sorted_rows, unknown = by_click(rows, {click.name: click.uid})
    assert unknown == []
    animals, named_by, flags = animals_of(click, sorted_rows[click.name], True)
    assert [(a.animal_id, a.position) for a in animals] == [("a", 1), ("b", 2)]
    assert named_by == SHEET
    assert flags == ("animal_number_disagrees_with_sheet",)


def test_empty_beds_keep_the_order(click: Click) -> None:
    rows = [place(click.name, 1, "7", 2), place(click.name, 4, "8", 4)]
    rows.append(place(click.name, 2, "", 3))  # a row for the empty bed
    sorted_rows, _ = by_click(rows, {click.name: click.uid})
    animals, _, flags = animals_of(click, sorted_rows[click.name], True)
    assert [(a.animal_id, a.position) for a in animals] == [("7", 1), ("8", 4)]
    assert flags == ()


def test_the_label_stands_in_and_says_so(click: Click) -> None:
    animals, named_by, flags = animals_of(click, (), True)
    assert [a.animal_id for a in animals] == ["7", "8"]
    assert (named_by, flags) == (LABEL, ("click_not_in_imaging_sheet",))
    assert animals_of(click, (), False)[2] == ()


def test_without_sheet_and_label_the_message_says_what_to_fill_in(tmp_path: Path) -> None:
    folder, *_ = make_click(tmp_path, "AA20220105114235", ["7"], [1e4], label="")
    with pytest.raises(InputError) as caught:
        animals_of(read_click(folder), (), False)
    text = str(caught.value)
    assert str(folder) in text
    assert "position, animal_id" in text
    assert "Animal Number" in text


def test_a_label_that_names_an_animal_twice_is_refused(tmp_path: Path) -> None:
    folder, *_ = make_click(tmp_path, "AA20220105114235", ["7", "7"], [1e4, 1e4])
    with pytest.raises(InputError, match="Animal Number names `7` twice"):
        animals_of(read_click(folder), (), False)


@pytest.mark.parametrize(
    ("time", "minutes"),
    [
        ("11:30", 12.983),
        ("11:32:59", 10.0),
        ("11:30 AM", 12.983),
        ("2022-01-05 11:30:00", 12.983),
        ("2022-01-05T11:30", 12.983),
        ("23:50", 712.983),
        ("", None),
        (None, None),
    ],
)
def test_minutes_after_luciferin(click: Click, time: str | None, minutes: float | None) -> None:
    (animal,), *_ = animals_of(click, [place(click.name, 1, "7", 2, time)], True)
    if minutes is None:
        assert animal.luciferin_minutes is None
    else:
        assert animal.luciferin_minutes == pytest.approx(minutes, abs=0.001)


@pytest.mark.parametrize("time", ["soon", "25:10", "11:75", "5 min before"])
def test_a_time_that_is_none_names_file_and_row(click: Click, time: str) -> None:
    with pytest.raises(InputError) as caught:
        animals_of(click, [place(click.name, 1, "7", 14, time)], True)
    assert "imaging.csv, row 14, column luciferin_time" in str(caught.value)


def test_a_sequences_name_stands_for_its_clicks() -> None:
    clicks = {"AA2022_001": "AA2022_001", "AA2022_002": "AA2022_002", "BB2023": "BB2023"}
    rows = [place("aa2022_SEQ", 1, "a", 2), place("BB2023", 1, "b", 3), place("CC", 1, "c", 4)]
    found, unknown = by_click(rows, clicks)
    assert {k: [r.animal_id for r in v] for k, v in found.items()} == {
        "AA2022_001": ["a"],
        "AA2022_002": ["a"],
        "BB2023": ["b"],
    }
    assert [r.animal_id for r in unknown] == ["c"]


def test_two_in_one_position_and_one_twice_are_told_with_file_and_rows() -> None:
    rows = [
        place("A", 1, "x", 2),
        place("A", 1, "y", 3),
        place("A", 2, "x", 4),
        place("A", 0, "z", 5),
    ]
    problems = [str(p) for p in check_positions({"A": rows})]
    assert len(problems) == 3
    assert problems[0].startswith("imaging.csv, row 3: animal `y` stands in position 1")
    assert "row 2 has `x`" in problems[0]
    assert problems[1].startswith("imaging.csv, row 4: animal `x` stands twice on click `A`")
    assert "positions count from 1" in problems[2]
    assert check_positions({"A": [place("A", 1, "x", 2), place("A", 3, "y", 3)]}) == []


@pytest.mark.parametrize(
    "name", ["3466-3470", "M1–M5", "1 2 3", "1/2", "1 to 5", "1..5", "A & B", "M1 und M2", "1+2"]
)
def test_a_name_that_may_be_several_is_told(name: str) -> None:
    text = read_as_one(["7", name])
    assert text.startswith(f"`{name}` was read as one animal: where several are meant")


def test_a_name_of_one_animal_is_none(tmp_path: Path) -> None:
    assert read_as_one(["3466", "M1", "#5", "Tom", "1.2", "m_3"]) == ""
    folder, *_ = make_click(tmp_path, "AA20220105114235", ["1", "2"], [1e4, 1e4], label="1-2")
    click = read_click(folder)
    animals, named_by, _ = animals_of(click, (), False)
    with pytest.raises(InputError, match=r"names 1\. `1-2` was read as one animal"):
        measure_click(click, animals, Imaging(), named_by)
