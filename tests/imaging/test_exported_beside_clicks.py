"""Exported Measurements tables laid beside the clicks of their batch."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tifffile
from exported_tables import IMAGE, cells, write_table
from measured_tables import IDS, TWO, Measured, config, refused
from mice_clicks import make_click

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate
from lumicohort.study.config.imaging import Calibration


@pytest.fixture(scope="module")
def click(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clicks")
    return make_click(folder, IMAGE, IDS, [2e4, 8e4, 4e4])[0]


def test_click_and_table_are_compared(both: Path) -> None:
    alone = Measured(both).animals()
    flux = [alone[a, "whole_body"] for a in IDS]
    shutil.rmtree(both.parent / "results")
    printed = [f"{flux[0] * 1.1:.2E}", f"{flux[1] * 1.5:.2E}", f"{flux[2]:.2E}"]
    rows = [cells(a, f, f"ROI {i}") for i, (a, f) in enumerate(zip(IDS, printed, strict=True), 1)]
    other = cells("010", "1E+05", "ROI 1", image="ZZ20220105120000")
    write_table(both / "export.csv", *rows, other)
    got = Measured(both)
    # the click counts, the image that only the table has joins it
    assert got.animals() == alone | {("010", "whole_body"): 1e5}
    compared = got.sources[got.sources["other_source"] == "measurements"]
    assert compared["total_flux_p_s"].tolist() == pytest.approx(flux)
    assert compared["other_total_flux_p_s"].tolist() == [float(f) for f in printed]
    assert compared["difference_percent"].tolist() == pytest.approx([10, 50, 0], abs=0.5)
    assert compared["limit_percent"].tolist() == [25] * 3
    assert compared["disagree"].tolist() == [False, True, False]
    flagged = got.rois[got.rois["flags"].str.contains("sources_disagree")]
    assert flagged[["animal_id", "region"]].values.tolist() == [["008", "whole_body"]]
    assert got.exclusions.empty


def test_a_click_that_counts_needs_no_roi_for_every_animal(both: Path) -> None:
    write_table(both / "export.csv", cells("007"), cells("008 head", "2E+05", "ROI 2"))
    got = Measured(both, config(strict=True, suffixes={"head": "cranial", "foot": "spinal"}))
    assert set(got.rois["source"]) == {"raw"}
    assert got.sources[["animal_id", "region"]].values.tolist() == [
        ["007", "whole_body"],
        ["008", "cranial"],
    ]
    assert got.exclusions.empty


def test_a_table_that_is_only_compared_stops_nothing(both: Path) -> None:
    """Not even one of which nothing fits, or in which an animal stands twice."""
    write_table(both / "a.csv", cells("007"), cells("007", "2E+05", "ROI 2"), cells("lamp"))
    got = Measured(both)
    assert set(got.rois["source"]) == {"raw"} and set(got.rois["animal_id"]) == set(IDS)
    assert got.exclusions[["row", "rule"]].values.tolist() == [
        ["4", "roi_without_animal"],
        ["3", "roi_in_doubt"],
    ]
    assert "stands twice" in got.exclusions["reason"][1]
    assert len(got.sources) == 2  # both rows of 007 are compared: one of them may be right
    shutil.rmtree(got.out)
    write_table(both / "a.csv", cells("X1"), cells("X2", "2E+05", "ROI 2"))
    got = Measured(both)
    assert set(got.rois["source"]) == {"raw"}
    shutil.rmtree(got.out)
    text = refused(both, config(source="measurements"))
    assert "a.csv, row 2: the label `X1` is none of the animals" in text


def test_tables_count_where_the_config_says_so(both: Path) -> None:
    write_table(both / "export.csv", *TWO)
    got = Measured(both, config(source="measurements"))
    assert got.animals() == {("007", "whole_body"): 1.26e6, ("008", "whole_body"): 9.7e5}
    assert got.rois["n_saturated"].tolist() == [0, 0]
    assert got.clicks["source"].tolist() == ["measurements"]
    assert set(got.sources["other_source"]) == {"raw"}
    assert got.exclusions[["id", "rule"]].values.tolist() == [["009", "no_roi"]]
    shutil.rmtree(got.out)
    write_table(both / "export.csv", cells("010", image="ZZ20220105120000"))
    got = Measured(both, config(source="measurements"))
    assert list(got.animals()) == [("010", "whole_body")]
    assert "not_in_measurements" in set(got.exclusions["rule"])


def test_a_click_that_cannot_be_measured_leaves_its_table(batch: Path, click: Path) -> None:
    shutil.copytree(click, batch / IMAGE)
    (batch / IMAGE / "luminescent.TIF").write_bytes(b"II*\0")
    write_table(batch / "export.csv", *TWO)
    got = Measured(batch)
    assert got.animals() == {("007", "whole_body"): 1.26e6, ("008", "whole_body"): 9.7e5}
    assert "click_not_measured" in got.flags()
    assert set(got.exclusions["rule"]) == {"unmeasurable_click", "no_roi"}


def test_a_table_of_an_unused_kind_is_listed_beside_clicks(both: Path) -> None:
    write_table(both / "export.csv", *TWO)
    got = Measured(both, config(region=None))
    assert set(got.rois["source"]) == {"raw"}
    assert got.exclusions["rule"].tolist() == ["measurements_not_used"]


def test_living_images_own_image_is_compared_with_the_raw_counts(batch: Path, click: Path) -> None:
    shutil.copytree(click, batch / IMAGE)
    radiance = calibrate(read_click(click), Calibration(source="raw")).radiance
    text = (click / "ClickInfo.txt").read_text(encoding="utf-8")

    def save(factor: float) -> None:
        path = batch / IMAGE / "luminescentFloatCorrected.TIF"
        tifffile.imwrite(path, (radiance * factor).astype("float32"))

    assert "saved luminescent corrected image" not in text
    save(1.02)
    got = Measured(batch)
    assert set(got.sources["other_source"]) == {"living_image"}
    assert len(got.sources) == len(got.rois) == 12
    assert got.sources["difference_percent"].tolist() == pytest.approx([2.0] * 12, abs=0.01)
    assert not got.sources["disagree"].any()
    assert "sources_disagree" not in got.flags()
    save(0.85)  # as if the flat field had been left out
    got = Measured(batch)
    assert got.sources["difference_percent"].tolist() == pytest.approx([-15.0] * 12, abs=0.01)
    assert got.sources["disagree"].all()
    assert got.rois["flags"].str.contains("sources_disagree").all()
    (batch / IMAGE / "luminescentFloatCorrected.TIF").write_bytes(b"II*\0")
    got = Measured(batch)
    assert len(got.rois) == 12
    assert got.sources["note"].str.contains("could not be measured").tolist() == [True]


def test_a_path_before_the_image_number_finds_the_click(both: Path) -> None:
    """Else the click would count, and the table's image as another one beside it."""
    path = f"D:\\IVIS\\{IMAGE}"
    write_table(both / "a.txt", *[cells(a, image=path) for a in IDS], delimiter="\t")
    got = Measured(both)
    assert got.clicks["click"].tolist() == [IMAGE]
    assert set(got.rois["source"]) == {"raw"} and len(got.sources) == 3
