"""Exported Measurements tables that stand alone in a batch: whose each ROI is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from exported_tables import HEADINGS, IMAGE, cells, write_table
from measured_tables import IDS, TWO, Measured, config, place, refused

from lumicohort.imaging.batch import FILES


def test_a_batch_of_one_table_alone(batch: Path) -> None:
    write_table(batch / "export.txt", *TWO, cells("", "1E+04", "Bkg 1"), delimiter="\t", mark=",")
    got = Measured(batch, config(background_roi="not_subtracted"))
    assert set(FILES) <= {p.name for p in got.out.iterdir()}
    assert got.animals() == {("007", "whole_body"): 1.26e6, ("008", "whole_body"): 9.7e5}
    row = got.rois.iloc[0]
    assert (row["source"], row["roi_method"], row["flags"]) == (
        "measurements",
        "living_image",
        "rounded_to_3_digits",
    )
    assert (row["avg_radiance_p_s_cm2_sr"], row["max_radiance_p_s_cm2_sr"]) == (2280, 12300)
    unknown = ["total_flux_se_p_s", "net_flux_p_s", "lod_p_s", "below_lod", "n_saturated"]
    assert got.rois[unknown].isna().all(axis=None)
    click = got.clicks.iloc[0]
    assert (click["click"], click["acquired_at"]) == (IMAGE, "2022-01-05T11:42:35")
    assert (click["n_expected"], click["n_found"], click["source"]) == (2, 2, "measurements")
    assert got.exclusions["rule"].tolist() == ["background_roi"]
    assert got.sources[["animal_id", "roi_label", "row"]].values.tolist() == [
        ["007", "007", "2"],
        ["008", "008", "3"],
    ]


@pytest.mark.parametrize(
    "heading", ["Emission Filter", "EmFilter", "EmWL", "Em. WL", "Emission Wavelength", "Emission"]
)
def test_rows_of_another_emission_filter_are_left_out(batch: Path, heading: str) -> None:
    rows = [
        cells("007", more=["Open"]),
        cells("008", "9E+05", "ROI 2", more=["620"]),
        cells("009", "8E+05", "ROI 3", more=["N/A"]),
    ]
    write_table(batch / "a.csv", *rows, headings=[*HEADINGS, heading])
    got = Measured(batch, config())
    assert got.animals() == {("007", "whole_body"): 1.26e6, ("009", "whole_body"): 8e5}
    assert got.exclusions[["id", "row", "rule"]].values.tolist() == [
        ["008", "3", "emission_filter"]
    ]


@pytest.mark.parametrize("heading", ["Excitation Filter", "ExFilter", "ExWL", "ex_wavelength"])
def test_rows_of_excited_light_are_left_out(batch: Path, heading: str) -> None:
    rows = [cells("007", more=["Block"]), cells("008", "9E+05", "ROI 2", more=["465"])]
    write_table(batch / "a.csv", *rows, headings=[*HEADINGS, heading])
    got = Measured(batch, config())
    assert got.animals() == {("007", "whole_body"): 1.26e6}
    assert got.exclusions[["row", "rule"]].values.tolist() == [["3", "fluorescence_table"]]


def test_columns_that_begin_alike_name_no_filter(batch: Path) -> None:
    own = ["Experimenter", "Emily", "Example", "Emission date", "Extra", "Viewed by"]
    more = ["620"] * len(own) + ["240", "2.8"]
    headings = [*HEADINGS, *own, "Xc (pixels)", "Xc (cm)"]
    write_table(batch / "a.csv", cells("007", more=more), headings=headings)
    assert Measured(batch, config()).animals() == {("007", "whole_body"): 1.26e6}


def test_rows_of_unmixed_images_are_left_out(batch: Path) -> None:
    unmixed = cells("007", "9E+05", image=f"{IMAGE}_SEQ_UMX1")
    write_table(batch / "a.csv", cells("007"), unmixed)
    got = Measured(batch, config())
    assert got.animals() == {("007", "whole_body"): 1.26e6}
    assert got.exclusions[["row", "rule"]].values.tolist() == [["3", "not_luminescent"]]


def test_without_a_region_nothing_is_taken_silently(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO)
    text = refused(batch, config(region=None))
    assert text.startswith(f"{batch / 'a.csv'}: the config does not say which region")
    assert "imaging.measurements.region" in text


def test_labels_fit_without_case_and_spaces_the_exact_one_first(batch: Path) -> None:
    rows = [cells(" m 1"), cells("m1", "2E+05", "ROI 2"), cells("X-9 head", "3E+05", "ROI 3")]
    write_table(batch / "a.csv", *rows)
    sheet = [place("M1", 1), place("m1", 2), place("X-9", 3)]
    text = refused(batch, config(suffixes={"head": "cranial"}), sheet)
    assert f"{batch / 'a.csv'}, row 2: the label `m 1` fits `M1` and `m1` on image" in text
    write_table(batch / "a.csv", cells("M 1"), *rows[2:])
    got = Measured(batch, config(suffixes={"head": "cranial"}), [place("m1", 1), place("X-9", 3)])
    assert got.animals() == {("m1", "whole_body"): 1.26e6, ("X-9", "cranial"): 3e5}
    assert got.rois["position"].tolist() == [1, 3]


def test_regions_by_the_end_of_the_label(batch: Path) -> None:
    rows = [cells("3466 whole body"), cells("3466_HEAD", "2E+05", "ROI 2"), cells("head")]
    write_table(batch / "a.csv", *rows[:2])
    got = Measured(batch, config(region=None, suffixes={"head": "cranial"}))
    assert got.animals() == {("3466", "whole_body"): 1.26e6, ("3466", "cranial"): 2e5}
    shutil.rmtree(got.out)
    write_table(batch / "a.csv", *rows)
    text = refused(batch, config(region=None, suffixes={"head": "cranial"}))
    assert "row 4: the region of the label `head` is not known" in text


def test_places_from_left_to_right_where_labels_name_nobody(batch: Path) -> None:
    headings = [*HEADINGS, "Xc (pixels)"]
    rows = [
        cells("", "1E+05", "ROI 1", more=["900"]),
        cells("ROI 2", "2E+05", "ROI 2", more=["150.5"]),
        cells("3", "3E+05", "ROI 3", more=["400"]),
    ]
    sheet = [place("A", 1), place("B", 2), place("C", 4)]
    write_table(batch / "a.csv", *rows, headings=headings)
    got = Measured(batch, None, sheet)
    assert got.animals() == {
        ("A", "whole_body"): 2e5,
        ("B", "whole_body"): 3e5,
        ("C", "whole_body"): 1e5,
    }
    assert got.rois["position"].tolist() == [1, 2, 4]
    assert "animal_by_position" in got.flags()
    shutil.rmtree(batch.parent / "results")
    assert "has 3 ROIs whose labels name no animal, and 2 animals" in refused(
        batch, config(strict=True), sheet[:2]
    )
    listed = Measured(batch, None, sheet[:2])
    assert listed.rois.empty
    assert listed.exclusions["rule"].tolist() == ["roi_without_animal", "no_roi", "no_roi"]
    shutil.rmtree(listed.out)
    write_table(batch / "a.csv", *rows[:2], headings=headings)
    assert "names no animal, and neither the imaging sheet" in refused(batch, config())
    write_table(batch / "a.csv", *[row[:10] for row in rows])
    assert "not every ROI has `Xc (pixels)`" in refused(batch, config(), sheet)
    numbered = Measured(batch, config(order="roi_number"), sheet)
    assert numbered.animals()["A", "whole_body"] == 1e5
    assert "animal_by_roi_number" in numbered.flags()


def test_what_is_ambiguous_is_refused_by_file_and_row(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO, cells("007", "5E+05", "ROI 3"))
    text = refused(batch, config())
    assert "row 4: the whole_body of animal `007` stands twice" in text
    assert "in a.csv, row 2" in text


@pytest.mark.parametrize("label", ["4001", "phantom", "ROI 3", ""])
def test_an_roi_that_fits_nobody_is_listed_and_the_others_count(batch: Path, label: str) -> None:
    table = write_table(batch / "a.csv", *TWO, cells(label, "5E+05", "ROI 3"))
    sheet = [place("007", 1), place("008", 2)]
    got = Measured(batch, config(), sheet)
    assert got.animals() == {("007", "whole_body"): 1.26e6, ("008", "whole_body"): 9.7e5}
    rows = got.exclusions[["what", "id", "file", "row", "rule"]].values.tolist()
    assert rows == [["roi", IMAGE, str(table), "4", "roi_without_animal"]]
    assert got.exclusions["reason"][0].startswith(
        f"the label `{label or 'ROI 3'}` is none of the animals on image `{IMAGE}` (`007`, `008`)"
    )
    shutil.rmtree(got.out)
    assert f"{table}, row 4: the label" in refused(batch, config(strict=True), sheet)


@pytest.mark.parametrize("label", ["00 9x", "phantom", "ROI 3"])
def test_a_stray_roi_beside_an_animal_without_one_is_asked_about(batch: Path, label: str) -> None:
    """A mistyped label would else cost the animal its value."""
    table = write_table(batch / "a.csv", *TWO, cells(label, "5E+05", "ROI 3"))
    sheet = [place("007", 1), place("008", 2), place("009", 3)]
    text = refused(batch, config(), sheet)
    assert f"{table}, row 4: the label `{label}` is none of the animals" in text
    assert "`009` of that image has no ROI: if this one is meant, correct the label" in text


def test_a_named_stray_leaves_unnamed_rois_their_order(batch: Path) -> None:
    headings = [*HEADINGS, "Xc (pixels)"]
    rows = [
        cells("", "1E+05", "ROI 1", more=["900"]),
        cells("lamp", "9E+06", "ROI 2", more=["20"]),
        cells("", "2E+05", "ROI 3", more=["150"]),
    ]
    write_table(batch / "a.csv", *rows, headings=headings)
    got = Measured(batch, config(), [place("A", 1), place("B", 2)])
    assert got.animals() == {("A", "whole_body"): 2e5, ("B", "whole_body"): 1e5}
    assert got.exclusions[["row", "rule"]].values.tolist() == [["3", "roi_without_animal"]]


def test_a_table_of_which_nothing_fits_stops_the_study(batch: Path) -> None:
    """One image too many of a table is listed; another study's table is not used in silence."""
    other = [cells("X1", image="BB20220105120000"), cells("X2", "1E+05", "ROI 2", image=IMAGE)]
    sheet = [place("007", 1), place("008", 2), place("C", 1, "BB20220105120000")]
    write_table(batch / "a.csv", *TWO)
    write_table(batch / "b.csv", *other)
    text = refused(batch, config(), sheet)
    assert "b.csv, row 2: the label `X1` is none of the animals" in text
    assert "b.csv, row 3: the label `X2` is none of the animals" in text
    assert "a.csv" not in text
    (batch / "b.csv").unlink()
    write_table(batch / "a.csv", *TWO, *other)
    got = Measured(batch, config(), sheet)
    assert len(got.rois) == 2
    assert got.exclusions["rule"].tolist().count("roi_without_animal") == 2
    assert got.clicks.set_index("click")["n_found"].to_dict() == {IMAGE: 2, "BB20220105120000": 0}


def test_counts_are_no_flux_and_no_harm_beside_photons(batch: Path) -> None:
    headings = ["Total Counts" if h.startswith("Total") else h for h in HEADINGS]
    counts = write_table(batch / "counts.csv", *TWO, headings=headings)
    assert refused(batch, config()).startswith(f"{counts}, row 1: the table gives counts")
    write_table(batch / "photons.csv", cells(image="ZZ20220105120000"))
    assert "the table gives counts" in refused(batch, config())
    write_table(batch / "photons.csv", *TWO)
    got = Measured(batch, config(strict=True))
    assert got.rois["total_flux_p_s"].tolist() == [1.26e6, 9.7e5]
    assert got.exclusions[["rule", "file"]].values.tolist() == [["counts_table", str(counts)]]


def test_tables_of_other_programs_are_listed(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO)
    other = batch / "aura" / "export.csv"
    other.parent.mkdir()
    other.write_text("Filename,ROI,Total Emission (photons/s)\nx,1,2\n")
    (batch / "notes.txt").write_text("ROI drawn by hand, flux high, see book\na,b\n")
    (batch / "weights.csv").write_text("animal_id,weight_g,date\n007,21,2022-01-05\n")
    got = Measured(batch, config(strict=True))
    assert len(got.rois) == 2
    listed = got.exclusions[got.exclusions["rule"] == "unknown_table"]
    assert listed["file"].tolist() == [str(other)]
    assert "`Filename,ROI,Total Emission (photons/s)`" in listed["reason"].tolist()[0]


def test_an_image_in_two_tables(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO)
    second = write_table(batch / "b.csv", cells(flux="1.262E+06"), cells("009", roi="ROI 3"))
    got = Measured(batch)
    assert len(got.rois) == 3
    assert got.exclusions[["rule", "file", "row"]].values.tolist() == [
        ["same_roi_twice", str(second), "2"]
    ]
    shutil.rmtree(got.out)
    write_table(batch / "b.csv", cells(flux="1.27E+06"))
    text = refused(batch, config())
    assert text.startswith(f"{second}, row 2: `ROI 1` (label `007`)")
    assert "is 1.27e+06 p/s here and 1.26e+06 p/s in a.csv, row 2" in text


def test_animals_of_the_sheet_without_roi_are_listed(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO)
    sheet = [place(a, i, time="11:30") for i, a in enumerate(IDS, start=1)]
    got = Measured(batch, None, sheet)
    assert got.exclusions[["id", "rule"]].values.tolist() == [["009", "no_roi"]]
    assert got.clicks["n_expected"].tolist() == [3]
    assert got.rois["luciferin_minutes"].tolist() == pytest.approx([12 + 35 / 60] * 2)
    shutil.rmtree(got.out)
    assert "no ROI of the exported table is of `009`" in refused(batch, config(strict=True), sheet)


def test_what_stands_behind_the_rois_own_name(batch: Path) -> None:
    rows = [cells("ROI 1_007"), cells("roi 2 - 008 head", "9.70E+05", "ROI 2")]
    write_table(batch / "a.csv", *rows)
    study = config(suffixes={"head": "cranial"})
    expected = {("007", "whole_body"): 1.26e6, ("008", "cranial"): 9.7e5}
    assert Measured(batch, study).animals() == expected
    assert Measured(batch, study, [place("007", 1), place("008", 2)]).animals() == expected


def test_a_workbook_that_cannot_be_read_is_listed(batch: Path) -> None:
    write_table(batch / "a.csv", *TWO)
    (batch / "week2.xlsx").write_bytes(b"PK no workbook")
    got = Measured(batch, config())
    assert len(got.rois) == 2
    assert got.exclusions[["id", "rule"]].values.tolist() == [["week2.xlsx", "unreadable_table"]]
    shutil.rmtree(got.out)
    assert "week2.xlsx: the workbook is cut off or damaged" in refused(batch, config(strict=True))


def test_one_unnamed_roi_of_one_animal_needs_no_place(batch: Path) -> None:
    write_table(batch / "a.csv", cells(""))
    got = Measured(batch, config(), [place("A", 1)])
    assert got.animals() == {("A", "whole_body"): 1.26e6}


def test_labels_that_are_roi_numbers_may_be_places(batch: Path) -> None:
    flag = "animal_by_label_that_is_roi_number"
    write_table(batch / "a.csv", cells("1"), cells("2", "9.70E+05", "ROI 2"))
    got = Measured(batch, config())
    assert set(got.animals()) == {("1", "whole_body"), ("2", "whole_body")}
    assert flag in got.flags()
    assert flag not in Measured(batch, config(), [place("1", 1), place("2", 2)]).flags()
    write_table(batch / "a.csv", cells("1"), cells("3", "9.70E+05", "ROI 2"))
    assert flag not in Measured(batch, config()).flags()
