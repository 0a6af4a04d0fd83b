"""Exported tables with background ROIs, alone: what is net is never called total."""

from __future__ import annotations

import math
from pathlib import Path

from exported_tables import HEADINGS, cells, write_table
from measured_tables import BKG, Measured, config, fluxes, place, refused

from lumicohort.imaging.exported_animals import own
from lumicohort.living_image.measurements.read import read_measurements
from lumicohort.study.config.imaging import Measurements

LINKED = [*HEADINGS, "Bkg ROI"]


def linked(label: str, flux: str, roi: str, link: str) -> list[str]:
    return cells(label, flux, roi, more=[link])


def test_a_linked_roi_is_net_and_an_unlinked_one_total(batch: Path) -> None:
    rows = [
        linked("007", "1.26E+06", "ROI 1", "Bkg 1"),
        linked("008", "9.70E+05", "ROI 2", "_none_"),
        [*BKG, "N/A"],
    ]
    write_table(batch / "a.csv", *rows, headings=LINKED)
    got = Measured(batch)
    first, second = fluxes(got)
    assert math.isnan(first[0]) and first[1] == 1.26e6
    assert second[0] == 9.7e5 and math.isnan(second[1])
    columns = ["avg_radiance_p_s_cm2_sr", "background_radiance_p_s_cm2_sr"]
    radiance = got.rois[columns].values.tolist()
    assert math.isnan(radiance[0][0]) and radiance[0][1] == 250
    assert radiance[1][0] == 2280 and math.isnan(radiance[1][1])
    flags = [text.split(";") for text in got.rois["flags"]]
    assert "net_of_bkg_roi" in flags[0] and "net_of_bkg_roi" not in flags[1]
    assert got.exclusions[["id", "rule"]].values.tolist() == [["Bkg 1", "background_roi"]]
    assert got.sources["net_flux_p_s"].tolist()[0] == 1.26e6
    assert math.isnan(got.sources["total_flux_p_s"].tolist()[0])


def test_where_nothing_tells_it_is_asked_and_the_config_answers(batch: Path) -> None:
    more = [cells("007", image=f"AA2022011{day}114235") for day in (2, 3)]
    beside = [[f"AA2022011{day}114235", *BKG[1:]] for day in (2, 3)]
    path = write_table(batch / "a.csv", cells("007"), BKG, *more, *beside)
    text = refused(batch, config())
    assert text.startswith(f"{path}, row 2: 3 images have a background ROI, and nothing tells")
    assert "config key imaging.measurements.background_roi to `subtracted`" in text
    got = Measured(batch, config(background_roi="subtracted"))
    assert got.rois["net_flux_p_s"].tolist() == [1.26e6] * 3
    assert got.rois["total_flux_p_s"].isna().all()
    assert got.flags() == {"rounded_to_3_digits", "net_of_bkg_roi"}
    got = Measured(batch, config(background_roi="not_subtracted"))
    assert got.rois["total_flux_p_s"].tolist() == [1.26e6] * 3
    assert got.rois["net_flux_p_s"].isna().all()
    assert got.flags() == {"rounded_to_3_digits"}


def test_the_config_overrules_the_table_and_says_so(batch: Path) -> None:
    row = linked("007", "1.26E+06", "ROI 1", "Bkg 1")
    write_table(batch / "a.csv", row, [*BKG, ""], headings=LINKED)
    got = Measured(batch, config(background_roi="not_subtracted"))
    assert got.rois["total_flux_p_s"].tolist() == [1.26e6]
    assert "bkg_roi_overruled" in got.flags()
    got = Measured(batch, config(background_roi="subtracted"))
    assert "bkg_roi_overruled" not in got.flags()


def test_a_heading_that_says_net(batch: Path) -> None:
    headings = [h.replace("Total Flux", "Total Flux (Bkg corrected)") for h in HEADINGS]
    write_table(batch / "a.csv", cells("007"), headings=headings)
    got = Measured(batch)
    assert got.rois["net_flux_p_s"].tolist() == [1.26e6]
    assert got.rois["total_flux_p_s"].isna().all()


def test_an_roi_that_somebody_labelled_as_background_takes_nothing_off(batch: Path) -> None:
    write_table(batch / "a.csv", cells("007"), cells("bg", "2E+04", "ROI 2"))
    got = Measured(batch)
    assert got.animals() == {("007", "whole_body"): 1.26e6}
    assert "bkg_roi_by_hand" in got.flags()
    assert got.exclusions["rule"].tolist() == ["background_roi"]


def test_types_tell_more_than_names(batch: Path) -> None:
    rows = [
        cells("Bkg 1", more=["Measurement", "_none_"]),  # an animal of that name
        cells("008", "2E+04", "ROI 2", more=["Avg Bkg", "_none_"]),
        cells("009", "3E+04", "ROI 3", more=["Subject", "_none_"]),
    ]
    write_table(batch / "a.csv", *rows, headings=[*HEADINGS, "ROI Type", "Bkg ROI"])
    got = Measured(batch)
    assert got.animals() == {("Bkg 1", "whole_body"): 1.26e6}
    assert got.exclusions["rule"].tolist() == ["background_roi", "subject_roi"]


def test_what_others_are_linked_to_is_a_background(batch: Path) -> None:
    rows = [
        linked("007", "1.26E+06", "ROI 1", "ROI 3"),
        linked("008", "9.70E+05", "ROI 2", "ROI 3"),
        linked("", "1.00E+04", "ROI 3", ""),
    ]
    write_table(batch / "a.csv", *rows, headings=LINKED)
    got = Measured(batch, config(), [place("007", 1), place("008", 2)])
    assert got.rois["net_flux_p_s"].tolist() == [1.26e6, 9.7e5]
    assert got.rois["background_radiance_p_s_cm2_sr"].tolist() == [2280, 2280]
    assert got.exclusions[["id", "rule"]].values.tolist() == [["ROI 3", "background_roi"]]


def test_subject_ids_and_roi_names_name_animals(batch: Path) -> None:
    headings = [*HEADINGS, "Subject ID"]
    rows = [
        cells("ROI 1 (auto)", more=["007"]),
        cells("head", "2E+05", "ROI 2", more=["007"]),
        cells("", "3E+05", "Mouse 8", more=[""]),
    ]
    write_table(batch / "a.csv", *rows, headings=headings)
    wanted = {
        ("007", "whole_body"): 1.26e6,
        ("007", "cranial"): 2e5,
        ("Mouse 8", "whole_body"): 3e5,
    }
    study = config(suffixes={"head": "cranial"})
    assert Measured(batch, study).animals() == wanted
    sheet = [place("007", 1), place("Mouse 8", 2)]
    got = Measured(batch, study, sheet)
    assert got.animals() == wanted
    assert got.flags() == {"rounded_to_3_digits"}


def test_automatic_rois_are_counted_by_number(tmp_path: Path) -> None:
    rows = [cells("", roi="ROI 2 (auto)"), cells("ROI 1 (auto)", "1E+05", "ROI 1 (auto)")]
    rois = read_measurements(write_table(tmp_path / "a.csv", *rows)).rois
    owned, problems = own(rois, ["A", "B"], Measurements(region="whole_body", order="roi_number"))
    assert problems == []
    assert [(o.animal_id, o.roi.roi) for o in owned] == [
        ("A", "ROI 1 (auto)"),
        ("B", "ROI 2 (auto)"),
    ]


def test_images_of_a_sequence_find_their_clicks() -> None:
    from lumicohort.imaging.exported import match_images

    clicks = {name: name for name in ("DG20220105114235_001", "DG20220105114235_002")}
    found = match_images(
        ["DG20220105114235_SEQ_001", "dg20220105114235seq_002", "DG20220105114235_SEQ_003"], clicks
    )
    assert found == {
        "DG20220105114235_SEQ_001": "DG20220105114235_001",
        "dg20220105114235seq_002": "DG20220105114235_002",
    }
