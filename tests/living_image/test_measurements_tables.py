"""Exported Measurements tables: every way of writing them, and what is refused."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from exported_tables import HEADINGS, IMAGE, cells, refused, write_table

from lumicohort.living_image.measurements import numbers
from lumicohort.living_image.measurements.find import find_tables, is_measurements
from lumicohort.living_image.measurements.read import read_measurements


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("delimiter", "mark"), [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")]
)
def test_every_way_of_writing_gives_the_same_numbers(
    delimiter: str, encoding: str, mark: str, tmp_path: Path
) -> None:
    path = write_table(
        tmp_path / "no_particular_name.txt",
        cells("007", "1.26E+06"),
        cells("008", "9.70E+05", "ROI 2"),
        delimiter=delimiter,
        encoding=encoding,
        mark=mark,
        titles=["Living Image measurements", ""],
    )
    assert find_tables(tmp_path) == [path]
    first, second = read_measurements(path).rois
    assert (first.image_number, first.roi, first.label) == (IMAGE, "ROI 1", "007")
    assert (first.total_flux_p_s, second.total_flux_p_s) == (1.26e6, 9.7e5)
    assert (first.avg_radiance, first.min_radiance, first.max_radiance) == (2280, -3160, 12300)
    # half a unit of the third digit
    assert (first.rounding_p_s, second.rounding_p_s) == (pytest.approx(5e3), pytest.approx(500))
    assert first.flags == ("rounded_to_3_digits",)
    assert (first.row, second.row) == (4, 5)
    assert math.isnan(first.x)


def test_optional_columns_are_found_wherever_they_stand(tmp_path: Path) -> None:
    headings = ["Date and Time", *HEADINGS, "Xc (pixels)", "Yc (pixels)", "View", "Area (pixels)"]
    row = ["1/5/2022 11:42", *cells(more=["512.5", "90.0", "Dorsal", "700"])]
    (roi,) = read_measurements(write_table(tmp_path / "a.csv", row, headings=headings)).rois
    assert (roi.x, roi.view, roi.when) == (512.5, "Dorsal", "1/5/2022 11:42")


def test_several_tables_titles_and_repeated_headers_in_one_file(tmp_path: Path) -> None:
    again = [",".join(HEADINGS), ",".join(cells("009", roi="ROI 3"))]
    path = write_table(
        tmp_path / "a.csv",
        cells("007"),
        [""],
        ["Second session"],
        list(HEADINGS),
        cells("008", roi="ROI 2"),
        *([line] for line in again),
        [""],
        ["exported by hand"],
    )
    assert [(r.label, r.row) for r in read_measurements(path).rois] == [
        ("007", 2),
        ("008", 6),
        ("009", 8),
    ]


def test_fluorescence_is_left_out_and_other_units_are_refused(tmp_path: Path) -> None:
    glow = list(HEADINGS)
    glow[3], glow[4] = "Total Radiant Efficiency [p/s] / [µW/cm²]", "Avg Radiant Efficiency"
    both = write_table(tmp_path / "both.csv", cells(), [""], glow, cells("008"))
    table = read_measurements(both)
    assert [r.label for r in table.rois] == ["007"]
    assert table.fluorescence == (4,)
    assert read_measurements(write_table(tmp_path / "f.csv", cells(), headings=glow)).rois == ()
    counts = list(HEADINGS)
    counts[3], counts[4] = "Total Counts", "Avg Counts"
    path = write_table(tmp_path / "counts.csv", cells(), headings=counts)
    (found,) = read_measurements(path).counts
    assert str(found.problem).startswith(f"{path}, row 1: the table gives counts")
    assert (found.row, found.images) == (1, {IMAGE})
    counts[3] = "Total Flux [counts]"
    path = write_table(tmp_path / "unit.csv", cells(), headings=counts)
    assert "the unit of `Total Flux [counts]` is not photons/s" in refused(path)
    assert "Radiance (Photons)" in refused(path)


def test_a_heading_without_its_unit_is_read_and_flagged(tmp_path: Path) -> None:
    cut = ["Image Number", "ROI", "Image Layer", "Total Flux", "Avg Radiance [p", *HEADINGS[5:]]
    (roi,) = read_measurements(write_table(tmp_path / "a.csv", cells(), headings=cut)).rois
    assert roi.flags == ("rounded_to_3_digits", "flux_unit_not_stated")


@pytest.mark.parametrize("text", ["N/A", "", "NaN", "-"])
def test_no_value_stays_missing(text: str, tmp_path: Path) -> None:
    first, second = read_measurements(
        write_table(tmp_path / "a.csv", cells(flux=text), cells("008", roi="ROI 2"))
    ).rois
    assert math.isnan(first.total_flux_p_s)
    assert second.total_flux_p_s == 1.26e6


def test_the_photographs_rows_are_no_light(tmp_path: Path) -> None:
    row = cells(flux="N/A", average="N/A")
    row[2] = "Photograph"
    path = write_table(tmp_path / "a.csv", row, cells("008"))
    assert [r.label for r in read_measurements(path).rois] == ["008"]


def test_negative_flux_of_an_empty_mouse_stays(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", cells(flux="-4.10E+03", average="-7.20E+00"))
    assert read_measurements(path).rois[0].total_flux_p_s == -4100


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (("flux", "inf"), "row 3, column Total Flux [p/s]", "`inf` is not a finite number"),
        (("flux", "1.2E+255"), "row 3, column Total Flux [p/s]", "`1.2E+255` is more than 1e+20"),
        (("flux", "1e999"), "row 3, column Total Flux [p/s]", "not a finite number"),
        (("flux", "saturated"), "row 3, column Total Flux [p/s]", "`saturated` is not"),
        (("image", ""), "row 3, column Image Number", "the cell is blank"),
        (("average", "9.9E+06"), "row 3, column Avg Radiance", "lies outside"),
        (("flux", "-1.26E+06"), "row 3, column Total Flux [p/s]", "differ in sign"),
    ],
)
def test_wrong_values_are_refused_by_row_and_column(
    change: tuple[str, str], where: str, words: str, tmp_path: Path
) -> None:
    bad = cells("008", roi="ROI 2", **{change[0]: change[1]} if change[0] != "flux" else {})
    if change[0] == "flux":
        bad = cells("008", change[1], "ROI 2")
    path = write_table(tmp_path / "a.csv", cells(), bad)
    text = refused(path)
    assert text.startswith(f"{path}, {where}")
    assert words in text


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", cells(flux="x"), cells(flux="y"), cells()[:6])
    assert refused(path).startswith("3 problems:")
    assert "row 4: the row has 6 cells, the header 10: it is cut off" in refused(path)


def test_decimal_commas_between_commas_are_explained(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", cells(), mark=",")
    assert "row 2: the row has 15 cells, the header 10" in refused(path)
    assert "tabs or semicolons" in refused(path)


@pytest.mark.parametrize("missing", ["Image Number", "ROI", "Total Flux [p/s]"])
def test_a_missing_column_is_named(missing: str, tmp_path: Path) -> None:
    at = HEADINGS.index(missing)
    headings = [h for h in HEADINGS if h != missing]
    row = [c for i, c in enumerate(cells()) if i != at]
    path = write_table(tmp_path / "a.csv", row, headings=headings)
    assert is_measurements(path)
    assert f"the column `{missing}` is missing" in refused(path)


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "a.csv", cells(more=["9E+06"]), headings=[*HEADINGS, "Total Flux [p/s]"]
    )
    assert "`Total Flux [p/s]` stands more than once" in refused(path)


def test_thousands_separators_are_read_where_the_table_settles_them(tmp_path: Path) -> None:
    rows = [cells(flux="1,234,567"), cells("008", "1,234", "ROI 2", average="2.21")]
    read = read_measurements(write_table(tmp_path / "a.csv", *rows, delimiter=";")).rois
    assert [r.total_flux_p_s for r in read] == [1234567, 1234]
    plain = ["2", "1", "0", "9"]
    alone = cells(flux="1,234")
    alone[4:8] = plain
    path = write_table(tmp_path / "b.csv", alone, delimiter=";")
    assert "row 2, column Total Flux [p/s]: `1,234` can be read" in refused(path)
    both = [cells(flux="1.26E+06"), cells("008", "1,26E+06", "ROI 2")]
    path = write_table(tmp_path / "c.csv", *both, delimiter=";")
    assert "point in some cells and a comma in others" in refused(path)


@pytest.mark.parametrize(
    ("text", "mark", "value", "digits", "rounding"),
    [
        ("1.26E+06", ".", 1.26e6, 3, 5e3),
        ("1,26e+06", ",", 1.26e6, 3, 5e3),
        ("1 234 567.8", ".", 1234567.8, 8, 0.05),
        ("1.234.567,8", ",", 1234567.8, 8, 0.05),
        ("1500", ".", 1500.0, 2, 0.5),
        ("9.70E+05", ".", 9.7e5, 3, 500),
        ("\u22124.1E+03", ".", -4100.0, 2, 50),
        ("0.00126", ".", 0.00126, 3, 5e-6),
    ],
)
def test_numbers(text: str, mark: str, value: float, digits: int, rounding: float) -> None:
    assert numbers.number(text, mark) == pytest.approx(value)
    assert numbers.significant_digits(text, mark) == digits
    assert numbers.rounding_p_s(text, mark) == pytest.approx(rounding)


def test_other_files_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("ROI, Total Flux\n1, 2\n")
    (tmp_path / "cohort.csv").write_text("animal_id,model,arm\nA,B,C\n")
    (tmp_path / "picture.TIF").write_bytes(b"II*\0" + bytes(100))
    click = tmp_path / "AA20220105114235"
    click.mkdir()
    write_table(click / "inside.csv", cells())
    (click / "ClickInfo.txt").write_text("")
    inside = write_table(tmp_path / "tables" / "x", cells())
    assert find_tables(tmp_path) == [inside]


def test_binary_and_empty_files_with_a_tables_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 20)
    assert find_tables(tmp_path) == []
    assert "no header" in refused(tmp_path / "a.csv")


def test_real_tables(shared: Path) -> None:
    paths = find_tables(shared / "real" / "sheets")
    assert [re.sub(r"\D", "", p.stem) for p in paths] == ["20240216", "20240222", "20240301"]
    tables = [read_measurements(path).rois for path in paths]
    assert [len(rois) for rois in tables] == [25, 25, 25]
    assert [rois[0].total_flux_p_s for rois in tables] == [1.26e6, 1.48e6, 1.36e7]
    assert {r.flags for rois in tables for r in rois} == {("rounded_to_3_digits",)}
    assert [r.label for r in tables[2]][4] == "2"


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("D:\\IVIS\\max\\AA20220105114235", "AA20220105114235"),
        ("/data/AA20220105114235_SEQ/AA20220105114235_001", "AA20220105114235_001"),
        ("/data/AA20220105114235/ClickInfo.txt", "AA20220105114235"),
        ("AA20220105114235/luminescent.TIF", "AA20220105114235"),
        ("\\\\server\\ivis\\phantom", "phantom"),
        ("cage 1/2", "cage 1/2"),
        ("AA20220105114235", "AA20220105114235"),
    ],
)
def test_paths_before_an_image_number(tmp_path: Path, written: str, image: str) -> None:
    table = write_table(tmp_path / "a.txt", cells(image=written), delimiter="\t")
    (roi,) = read_measurements(table).rois
    assert roi.image_number == image


@pytest.mark.parametrize(
    "heading",
    [
        "Total Flux [p/s] (x10^6)",
        "Total Flux [p/s] log10",
        "Total Flux [p/s], normalised to day 0",
        "Total Flux [p/s] fold change",
        "Total Flux x1E6 [p/s]",
    ],
)
def test_scaled_columns_are_no_flux(tmp_path: Path, heading: str) -> None:
    headings = [heading if h.startswith("Total") else h for h in HEADINGS]
    message = refused(write_table(tmp_path / "a.txt", cells(), headings=headings, delimiter="\t"))
    assert f"row 1: `{heading}` is not the flux or radiance itself" in message


def test_a_flux_that_does_not_fit_its_radiance_is_flagged(tmp_path: Path) -> None:
    """1.26e6 / (4 pi 2280) is 44 cm2; a millionth of it no ROI's area."""
    rows = [cells("1"), cells("2", "1.26E+00"), cells("3", "6.10E+00", average="N/A")]
    rois = read_measurements(write_table(tmp_path / "a.csv", *rows)).rois
    apart = ["flux_and_radiance_disagree" in roi.flags for roi in rois]
    assert apart == [False, True, False]
