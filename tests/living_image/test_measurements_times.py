"""When the image behind a row of an exported table was taken."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from exported_tables import HEADINGS, IMAGE, cells, write_table

from lumicohort.errors import InputError
from lumicohort.living_image.measurements.read import read_measurements
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.living_image.measurements.times import image_time, stamp


def roi(tmp_path: Path, when: str = "", image: str = IMAGE, experiment: str = "") -> RoiResult:
    row = cells(image=image, more=[when])
    row[9] = experiment
    path = write_table(
        tmp_path / "t.csv", row, headings=[*HEADINGS, "Date and Time"], delimiter=";"
    )
    return read_measurements(path).rois[0]


@pytest.mark.parametrize(
    "when",
    [
        "",
        "Wednesday, January 5, 2022 11:42:35",
        "2022-01-05 11:42:35",
        "2022-01-05T11:42:35",
        "1/5/2022 11:42:35 AM",
        "05.01.2022 11:42:35",
        "5-Jan-2022 11:42:35",
    ],
)
def test_when_an_image_was_taken(when: str, tmp_path: Path) -> None:
    found, flags = image_time(roi(tmp_path, when), "b", "auto", None)
    assert (found, flags) == (datetime(2022, 1, 5, 11, 42, 35), ())


def test_dates_that_can_mean_two_days_are_settled_or_refused(tmp_path: Path) -> None:
    row = roi(tmp_path, "1/5/2022 11:42", image="renamed")
    with pytest.raises(InputError, match=r"row 2: `1/5/2022 11:42` can mean 2022-01-05 or"):
        image_time(row, "b", "auto", None)
    assert image_time(row, "b", "auto", "day_first")[0] == datetime(2022, 5, 1, 11, 42)
    with pytest.raises(InputError, match="when the image `renamed` was taken is not known"):
        image_time(roi(tmp_path, "", image="renamed"), "b", "auto", None)
    with pytest.raises(InputError, match="is no date and time"):
        image_time(roi(tmp_path, "yesterday", image="renamed"), "b", "auto", None)


@pytest.mark.parametrize(
    ("when", "flags"),
    [
        ("2022年1月5日 11:42:35", ()),
        ("5 января 2022 11:42:35", ("date_of_image_number",)),
        ("2022-01-05 오전 11:42:35", ("date_of_image_number",)),
        ("yesterday", ("date_of_image_number",)),
    ],
)
def test_a_date_in_words_that_are_not_read_is_that_of_the_number(
    when: str, flags: tuple[str, ...], tmp_path: Path
) -> None:
    path = write_table(
        tmp_path / "t.csv",
        cells(more=[when]),
        headings=[*HEADINGS, "Date and Time"],
        encoding="utf-8",
    )
    found = image_time(read_measurements(path).rois[0], "b", "auto", None)
    assert found == (datetime(2022, 1, 5, 11, 42, 35), flags)


def test_dates_from_elsewhere_and_their_disagreement(tmp_path: Path) -> None:
    row = roi(tmp_path, experiment="2022-02-16")
    auto, flags = image_time(row, "b", "auto", None)
    assert (auto.date().isoformat(), flags) == ("2022-01-05", ("date_disagrees_with_experiment",))
    other, flags = image_time(row, "b", "experiment", None)
    assert other == datetime(2022, 2, 16)
    assert flags == ("date_disagrees_with_image_number",)
    day, _ = image_time(row, "2022-02-17_day07", "batch", None)
    assert day == datetime(2022, 2, 17)
    with pytest.raises(InputError, match="the folder is `week 1`, which is no date"):
        image_time(row, "week 1", "batch", None)


def test_image_numbers() -> None:
    assert stamp("MFM20231016090235_001A") == datetime(2023, 10, 16, 9, 2, 35)
    assert stamp("DG20220105114235_003") == datetime(2022, 1, 5, 11, 42, 35)
    assert stamp("Image 20221399999999") is None
