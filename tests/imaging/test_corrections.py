"""Reading `roi_review.csv`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumicohort.errors import InputError
from lumicohort.imaging.corrections import (
    REQUIRED,
    batch_corrections,
    corrections_by_click,
    read_review,
)
from lumicohort.imaging.geometry import parse_polygon
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.study.config.imaging import Imaging, Regions
from lumicohort.study.plan import corrections

SHA = "ab" * 32
HEADER = ",".join(REQUIRED)


def line(**more: str) -> str:
    cells = {
        "click": "AA1",
        "animal_id": "007",
        "region": "cranial",
        "action": "reject",
        "geometry": "",
        "reason": "a reflection",
        "reviewer": "kim",
        "time": "2024-05-03T14:20",
        "sha256": SHA,
    } | more
    return ",".join(f'"{cells[name]}"' for name in REQUIRED)


def sheet(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "roi_review.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


TRIANGLE = ((1.0, 2.0), (3.5, 2.0), (2.0, 4.0))


@pytest.mark.parametrize(
    "text",
    [
        "1 2; 3.5 2; 2 4",
        "1,2;3.5,2;2,4;",
        "1 2; 3.5 2; 2 4; 1 2",
        "(1, 2); (3.5, 2); (2, 4)",
        "[[1, 2], [3.5, 2], [2, 4]]",
        "POLYGON ((1 2, 3.5 2, 2 4, 1 2))",
    ],
)
def test_polygons_may_be_written_in_several_ways(text: str) -> None:
    assert parse_polygon(text) == TRIANGLE


@pytest.mark.parametrize("text", ["", "x", "1 2 3; 4 5 6", "[[1]]", "[1, 2", "1.5.2 3; 1 2; 3 4"])
def test_other_texts_are_none(text: str) -> None:
    assert parse_polygon(text) is None


def test_a_sheet_is_read(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        line(),
        "",
        line(animal_id="008", action="Replace", geometry="1 2; 3.5 2; 2 4", sha256=SHA.upper()),
        line(animal_id="009", action="accept", region="all", reason="", geometry="1 2; 3 4"),
        line(animal_id="010", action="reassign", region="", geometry="011"),
    )
    (_, reject), (_, replace), (_, accept), (_, reassign) = read_review(path)
    assert (reject.animal_id, reject.region, reject.action) == ("007", "cranial", "reject")
    assert (reject.file, reject.row) == (str(path), 2)
    assert (replace.geometry, replace.row, replace.sha256) == (TRIANGLE, 4, SHA)
    assert (accept.region, accept.geometry) == ("", ())
    assert reassign.new_animal_id == "011"


def test_spreadsheets_of_other_countries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "roi_review.csv"
    text = sheet(tmp_path, line(action="replace", geometry="1 2; 3.5 2; 2 4")).read_text()
    rows = text.replace(",", ";").replace("kim", "Jörg")
    path.write_bytes(rows.encode("cp1252"))
    ((_, only),) = read_review(path)
    assert (only.geometry, only.reviewer) == (TRIANGLE, "Jörg")


def test_all_problems_are_told_with_row_and_column(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        line(action="rejct"),
        line(sha256="abc", time="yesterday", reviewer=""),
        line(action="replace", region=""),
        line(action="replace", geometry="1 1; 2 2"),
        line(action="replace", geometry="1 1; 2 2; 1 2; 2 1"),
        line(action="replace", geometry="1 1; 2 2; 3 3"),
        line(action="replace", geometry="-5 1; 2 2; 3 1"),
        line(action="replace", geometry="1 1; 2 nan; 3 1"),
        line(action="replace", geometry="[[1, 1], [NaN, 2], [3, 1]]"),
        line(action="reassign", animal_id="7"),
        line(action="reassign", animal_id="7", geometry="7"),
        line(reason=""),
        line() + ",1,2",
    )
    with pytest.raises(InputError) as caught:
        read_review(path)
    found = [str(p).removeprefix(f"{path}, ") for p in caught.value.problems]
    expected = [
        "row 2, column action: `rejct` is no action — did you mean `reject`?",
        "row 3, column sha256: `abc` is no SHA-256",
        "row 3, column reviewer: the cell is blank",
        "row 3, column time: `yesterday` is no date and time",
        "row 4, column geometry: the polygon that replaces the region is missing",
        "row 4, column region: a polygon replaces one region, and none is named",
        "row 5, column geometry: the polygon has 2 corners; it needs three",
        "row 6, column geometry: the polygon crosses or touches itself",
        "row 7, column geometry: the polygon encloses no area",
        "row 8, column geometry: the corner (-5, 1) lies outside any image",
        "row 9, column geometry: `1 1; 2 nan; 3 1` is no list of points",
        "row 10, column geometry: some of the polygon's corners are no finite numbers",
        "row 11, column geometry: whose region it is instead is not said",
        "row 12, column geometry: `7` is the animal that it already belongs to",
        "row 13, column reason: the cell is blank",
        "row 14: the row has 11 cells, and the header has 9",
    ]
    assert len(found) == len(expected)
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start)


def test_rows_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    square = "1 1; 2 1; 2 2; 1 2"
    path = sheet(
        tmp_path,
        line(action="accept", region=""),
        line(action="replace", geometry=square),
        line(),
        line(action="replace", geometry="1 1; 2 1; 2 3"),
        line(animal_id="8", action="reassign", region="", geometry="9"),
        line(animal_id="8", action="reassign", region="", geometry="10"),
        line(animal_id="8", region="spinal"),
        line(animal_id="8", region="cranial"),
        line(click="BB1", region="spinal"),
    )
    with pytest.raises(InputError) as caught:
        read_review(path)
    assert [str(p.where) for p in caught.value.problems] == [
        "row 4, column action",  # reject against accept
        "row 4, column action",  # reject against replace
        "row 5, column action",  # another polygon
        "row 5, column action",  # replace against reject
        "row 7, column action",  # another animal
    ]
    assert "row 2 says `accept` of all of `007`" in str(caught.value.problems[0])


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    assert len(read_review(sheet(tmp_path, line(), line(time="2024-05-04")))) == 1


def test_a_header_that_lacks_columns_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_review(sheet(tmp_path, header=HEADER.replace("sha256", "sha").replace("click,", "")))
    text = str(caught.value)
    assert "the column `sha256` is missing — did you mean `sha`?" in text
    assert "the column `click` is missing" in text


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02", b"\xff\xfe\x00"])
def test_what_is_no_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roi_review.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_review(path)
    assert str(path) in str(caught.value)


def test_clicks_that_are_not_there_are_told(tmp_path: Path) -> None:
    found = read_review(sheet(tmp_path, line(click="aa1"), line(click="AB1"), line(click="001")))
    clicks = {("one", "AA1"): "AA1", ("one", "001"): "001", ("two", "001"): "001"}
    with pytest.raises(InputError) as caught:
        corrections_by_click(found, clicks)
    assert [str(p.where) for p in caught.value.problems] == [
        "row 3, column click",
        "row 4, column click",
    ]
    assert "no click `AB1` — did you mean `AA1`?" in str(caught.value)
    assert "in the batches `one` and `two`" in str(caught.value)
    assert list(corrections_by_click(found[:1], clicks)) == [("one", "AA1")]


def study(folder: Path) -> StudyConfig:
    raw = {"study": "s", "models": {"m": {}}, "arms": {"a": {}}, "reference_arm": "a"}
    return parse_config(raw | {"data": {"folder": str(folder)}})


def test_a_batch_is_given_its_own_rows_only(tmp_path: Path) -> None:
    for batch, click in (("one", "AA1"), ("two", "BB1")):
        folder = tmp_path / "imaging" / batch / click
        folder.mkdir(parents=True)
        (folder / "ClickInfo.txt").touch()
    config = study(tmp_path)
    none = {batch: corrections(config, batch) for batch in ("one", "two")}
    assert batch_corrections(config) == {}
    sheet(tmp_path, line())
    assert [c.animal_id for c in batch_corrections(config)["one"]] == ["007"]
    first = {batch: corrections(config, batch) for batch in ("one", "two")}
    assert first["one"] != none["one"]
    assert first["two"] == none["two"]
    sheet(tmp_path, line(), line(click="BB1"))
    second = {batch: corrections(config, batch) for batch in ("one", "two")}
    assert second["one"] == first["one"]
    assert second["two"] != first["two"]


def test_imagej_rois_of_a_named_folder_belong_to_their_batch(tmp_path: Path) -> None:
    for batch, click in (("one", "AA1"), ("two", "BB1")):
        folder = tmp_path / "imaging" / batch / click
        folder.mkdir(parents=True)
        (folder / "ClickInfo.txt").touch()
    regions = Regions(method="imagej", imagej_folder="rois")
    config = study(tmp_path).model_copy(update={"imaging": Imaging(regions=regions)})
    before = {batch: corrections(config, batch) for batch in ("one", "two")}
    (tmp_path / "rois").mkdir()
    (tmp_path / "rois" / "BB1.zip").write_bytes(b"new")
    assert corrections(config, "one") == before["one"]
    assert corrections(config, "two") != before["two"]
