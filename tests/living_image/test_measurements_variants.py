"""Exported tables as versions, units, languages and people write them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from exported_tables import HEADINGS, IMAGE, cells, refused, write_table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicohort.errors import InputError
from lumicohort.living_image.measurements import numbers
from lumicohort.living_image.measurements.find import is_measurements
from lumicohort.living_image.measurements.kinds import BACKGROUND, GENERIC, is_fluorescent, kind_of
from lumicohort.living_image.measurements.read import read_measurements


def headings(**changes: str) -> list[str]:
    return [changes.get(h.split(" [")[0].replace(" ", "_"), h) for h in HEADINGS]


@pytest.mark.parametrize(
    ("heading", "flags"),
    [
        ("Total Flux (p/s)", ()),
        ("Total Flux p/s", ()),
        ("TOTAL FLUX [photons/sec]", ()),
        ("Total Flux [ph/s]", ()),
        ("Total Flux (Bkg corrected) [p/s]", ()),
        ("Net Total Flux [p/s]", ()),
        ("Total Flux [p", ("flux_unit_not_stated",)),
        ("Total Flux", ("flux_unit_not_stated",)),
        ("Total Flux (background subtracted)", ("flux_unit_not_stated",)),
    ],
)
def test_headings_of_photons(heading: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", cells(), headings=headings(Total_Flux=heading))
    (roi,) = read_measurements(path).rois
    assert roi.total_flux_p_s == 1.26e6
    assert roi.flags == ("rounded_to_3_digits", *flags)
    assert roi.corrected == any(word in heading.casefold() for word in ("corr", "net", "subtr"))


@pytest.mark.parametrize(
    "heading",
    ["Total Flux in counts", "Total Flux [10^6 p/s]", "Total Flux [p/s/cm^2/sr]", "Total Flux (W)"],
)
def test_other_units_of_flux_are_refused(heading: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", cells(), headings=headings(Total_Flux=heading))
    assert f"row 1: the unit of `{heading}` is not photons/s" in refused(path)


@pytest.mark.parametrize("square", ["²", "2", "^2", "?", "_", "Â²", "©÷"])
def test_the_unit_of_radiance_survives_its_encoding(square: str, tmp_path: Path) -> None:
    heading = f"Avg Radiance [p/s/cm{square}/sr]"
    path = write_table(tmp_path / "a.csv", cells(), headings=headings(Avg_Radiance=heading))
    assert read_measurements(path).rois[0].avg_radiance == 2280


@pytest.mark.parametrize("unit", ["p/s/mm²/sr", "µW/cm²/sr", "counts"])
def test_other_units_of_radiance_are_refused(unit: str, tmp_path: Path) -> None:
    heading = f"Avg Radiance [{unit}]"
    path = write_table(tmp_path / "a.csv", cells(), headings=headings(Avg_Radiance=heading))
    assert f"the unit of `{heading}` is not p/s/cm²/sr" in refused(path)


def test_few_columns_are_enough(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "a.csv",
        [IMAGE, "Mouse 3", "1.26E+06"],
        headings=["Image Number", "ROI", "Total Flux [p/s]"],
    )
    (roi,) = read_measurements(path).rois
    assert (roi.roi, roi.label, roi.total_flux_p_s) == ("Mouse 3", "", 1.26e6)
    assert math.isnan(roi.avg_radiance)


def test_fluorescence_is_left_out_row_by_row_too(tmp_path: Path) -> None:
    rows = [
        cells(more=["Block"]),
        cells("008", "9E+08", "ROI 2", more=["465"]),
        cells("009", roi="ROI 3", more=[""]),
        cells("010", roi="ROI 4", more=["Open"]),
    ]
    rows[3][2] = "Fluorescence"
    path = write_table(tmp_path / "a.csv", *rows, headings=[*HEADINGS, "Excitation Filter"])
    table = read_measurements(path)
    assert [roi.label for roi in table.rois] == ["007", "009"]
    assert table.fluorescence == (3, 5)
    old = headings(Total_Flux="Total Efficiency", Avg_Radiance="Avg Efficiency")
    table = read_measurements(write_table(tmp_path / "b.csv", cells(), headings=old))
    assert (table.rois, table.fluorescence) == ((), (1,))


def test_summaries_are_no_images(tmp_path: Path) -> None:
    blank = [""] * 3
    path = write_table(
        tmp_path / "a.csv",
        cells(),
        cells("Mean", roi="ROI 2"),  # somebody's label: this row has an image
        ["Mean", *blank[:2], "1.1E+06", "2E+03"],
        ["St Dev:", *blank[:2], "1.1E+05", "2E+02"],
        [*blank[:2], "Average", "1.1E+06", "2E+03", *blank, *blank[:2]],
        delimiter="\t",
    )
    table = read_measurements(path)
    assert [roi.row for roi in table.rois] == [2, 3]
    assert table.summaries == (4, 5, 6)
    nameless = write_table(tmp_path / "b.csv", cells(), ["", "", "", "1.1E+06", *blank, *blank])
    assert "row 3, column Image Number: the cell is blank" in refused(nameless)


def test_background_and_subject_rois_and_their_links(tmp_path: Path) -> None:
    more = ["ROI Type", "Bkg ROI", "Subject ID"]
    path = write_table(
        tmp_path / "a.csv",
        cells("head", more=["Measurement", "Bkg 1", "3466"]),
        cells("tail", roi="ROI 2", more=["Measurement", "_none_", "3466"]),
        cells("Bkg 1", roi="Bkg 1", more=["Average Background", "N/A", ""]),
        headings=[*HEADINGS, *more],
    )
    rois = read_measurements(path).rois
    assert [(r.kind, r.bkg_roi, r.subject) for r in rois] == [
        ("measurement", "Bkg 1", "3466"),
        ("measurement", "", "3466"),
        ("background", "", ""),
    ]
    (plain,) = read_measurements(write_table(tmp_path / "b.csv", cells())).rois
    assert (plain.kind, plain.bkg_roi, plain.subject) == ("", None, "")


def test_a_net_average_may_lie_below_the_minimum(tmp_path: Path) -> None:
    low = cells(flux="-1.2E+04", average="-4.1E+03")
    assert "lies outside the minimum" in refused(write_table(tmp_path / "a.csv", low))
    beside = write_table(tmp_path / "a.csv", low, cells("", "3E+03", "Bkg 1"))
    assert read_measurements(beside).rois[0].avg_radiance == -4100
    high = cells(flux="1.2E+04", average="9.1E+06")
    beside = write_table(tmp_path / "a.csv", high, cells("", "3E+03", "Bkg 1"))
    assert "lies outside the minimum" in refused(beside)


def test_utf16_that_does_not_say_so_is_found_and_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.txt", cells(), delimiter="\t", encoding="utf-16-le")
    assert is_measurements(path)
    assert "NUL character" in refused(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.26 x 10^6", 1.26e6),
        ("1.26×10⁶", 1.26e6),
        ("1.26*10^-2", 0.0126),
        ("1.26E+006", 1.26e6),
        ("1'260'000", 1.26e6),
        ("1210", 1210.0),
        ("10^6", None),
        ("x10^6", None),
        ("1.26E+06 p/s", None),
        ("1.#INF", None),
        ("<1E+04", None),
    ],
)
def test_powers_of_ten(text: str, value: float | None) -> None:
    found = numbers.number(text, ".")
    assert found is None if value is None else found == pytest.approx(value)


@pytest.mark.parametrize("text", ["-1.#IND", "1.#QNAN", "-nan(ind)", "n.a.", "—", "null"])
def test_no_value(text: str) -> None:
    assert numbers.is_missing(text)


def test_kinds_by_name() -> None:
    yes = ("Bkg 1", "BkgROI 2", "Avg Bkg 1", "Average Background", "background", "bg", " BKG-3")
    assert all(BACKGROUND.match(text) for text in yes)
    assert not any(BACKGROUND.match(text) for text in ("BG12", "Backgrounds", "Bkgx", "M1 bkg"))
    generic = ("ROI 1", "roi#3", "ROI 1 (auto)", "Auto ROI 2", "ROI 4 auto 2", "ROI")
    assert all(GENERIC.fullmatch(text) for text in generic)
    assert not any(GENERIC.fullmatch(text) for text in ("Mouse 3", "ROI head", "3", "autopsy 3"))
    assert [kind_of(t) for t in ("Avg Bkg", "Subject", "Measurement ROI", "")] == [
        "background",
        "subject",
        "measurement",
        "",
    ]
    assert is_fluorescent("Overlay", "GFP") and is_fluorescent("Fluorescent image", "")
    assert not is_fluorescent("Overlay", "Block") and not is_fluorescent("Luminescence", "N/A")


# -- any table that is written in a sensible way gives its numbers ---------------------------------

_labels = st.text(
    st.characters(codec="cp1252", exclude_characters='"\r\n\x00=', categories=("L", "N", "P")),
    min_size=1,
    max_size=8,
).filter(lambda text: not text.startswith("'"))
_fluxes = st.one_of(st.none(), st.floats(-1e5, 1e11).map(lambda v: float(f"{v:.2E}")))


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, float]]]:
    """Return a file's bytes, and the label and flux of each of its rows."""
    delimiter, mark = draw(
        st.sampled_from([(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")])
    )
    encoding = draw(st.sampled_from(["cp1252", "utf-8", "utf-8-sig", "utf-16"]))
    quoted = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n"]))
    rows = draw(st.lists(st.tuples(_labels, _fluxes), min_size=1, max_size=6))

    def line(row: list[str]) -> str:
        bare = [cell if not set(cell) & {delimiter, '"'} else f'"{cell}"' for cell in row]
        return delimiter.join(
            f'"{cell}"' if quoted else b for cell, b in zip(row, bare, strict=True)
        )

    lines = [line(list(HEADINGS))]
    for number, (label, flux) in enumerate(rows, start=1):
        row = cells(label, "N/A", f"ROI {number}", average="N/A")
        row[3] = "N/A" if flux is None else f"{flux:.2E}".replace(".", mark)
        row[5:8] = ["N/A"] * 3
        lines.append(line(row))
        if draw(st.booleans()):
            lines.append("")
        if draw(st.booleans()):
            lines.append(line(list(HEADINGS)))
    if draw(st.booleans()):
        lines.append(line(["Mean", "", "", "1E+00", *[""] * 6]))
    expected = [(label, math.nan if flux is None else flux) for label, flux in rows]
    return (end.join(lines) + end).encode(encoding), expected


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables())
def test_any_table_gives_its_numbers(
    tmp_path: Path, table: tuple[bytes, list[tuple[str, float]]]
) -> None:
    content, expected = table
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    assert is_measurements(path)
    read_measurements.__globals__["_read"].cache_clear()  # files of one name, size and moment
    found = [(roi.label, roi.total_flux_p_s) for roi in read_measurements(path).rois]
    assert repr(found) == repr([(" ".join(label.split()), flux) for label, flux in expected])


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.lists(st.text(max_size=12) | st.sampled_from([*HEADINGS, *cells()]), max_size=12),
        max_size=6,
    )
)
def test_no_cell_ends_in_anything_but_numbers_or_a_refusal(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    path = tmp_path / "t.txt"
    lines = ["\t".join(HEADINGS), *("\t".join(row) for row in rows)]
    path.write_bytes("\n".join(lines).encode("utf-8", errors="replace"))
    read_measurements.__globals__["_read"].cache_clear()
    try:
        rois = read_measurements(path).rois
    except InputError as error:
        assert all(problem.file == path for problem in error.problems)
    else:
        assert all(not math.isinf(roi.total_flux_p_s) for roi in rois)


@pytest.mark.parametrize("shown", ["#PYTHON!", "#REF!", "#####", "Err:502"])
def test_errors_of_spreadsheets_in_a_text_are_told_as_they_stand(
    shown: str, tmp_path: Path
) -> None:
    """As a label they are one that no animal has; as a flux they are no number."""
    path = tmp_path / "table.csv"
    heading = (
        "Image Number,ROI,Image Layer,Total Flux [p/s],Avg Radiance [p/s/cm\u00b2/sr],ROI Label\n"
    )
    path.write_text(f"{heading}AA20220105114235,ROI 1,Overlay,1.23E+06,4.56E+04,{shown}\n", "utf-8")
    assert [roi.label for roi in read_measurements(path).rois] == [shown]
    path.write_text(f"{heading}AA20220105114235,ROI 1,Overlay,{shown},4.56E+04,101\n", "utf-8")
    with pytest.raises(InputError) as refused:
        read_measurements(path)
    assert f"`{shown}`" in str(refused.value)
    assert "Broken" not in str(refused.value)
