"""Exported tables with background ROIs beside clicks: whose text tells what is net."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exported_tables import IMAGE, cells, write_table
from measured_tables import BKG, Measured, config, fluxes, refused
from mice_clicks import circle, make_click

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate, total_flux_p_s
from lumicohort.study.config.imaging import Calibration

IDS = ["007", "008"]
ROIS = (
    circle("ROI 1", 9.2, 9.0, **{"Bkg ROI": "Bkg 1", "Subject ID": "007"})
    + circle("ROI 2", 13.1, 9.0, **{"Subject ID": "008"})
    + circle("Bkg 1", 8.0, 9.0, **{"ROI Type": "Average Background"}).replace("ROI 1:", "Bkg 1:")
)


@pytest.fixture(scope="module")
def click(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clicks")
    return make_click(folder, IMAGE, IDS, [2e4, 8e4], rois=ROIS)[0]


@pytest.fixture(scope="module")
def truth(click: Path) -> dict[str, float]:
    """The drawn ROIs' fluxes, from their masks alone."""
    read = read_click(click)
    image = calibrate(read, Calibration(source="raw"))
    masks = {x.label: x.mask((image.n, image.n), read.binning) for x in read.roi_lines}
    one, two, bkg = (masks[name] for name in ("ROI 1", "ROI 2", "Bkg 1"))
    off = 4 * np.pi * image.pixel_cm**2 * one.sum() * image.radiance[bkg].mean()
    total = total_flux_p_s(image, one)
    return {"total": total, "net": total - off, "two": total_flux_p_s(image, two)}


def compared(got: Measured, animal: str, same_roi: bool) -> dict[str, object]:
    rows = got.sources
    rows = rows[(rows["animal_id"] == animal) & (rows["same_roi"] == same_roi)]
    assert len(rows) == 1
    return dict(rows.iloc[0])


def rows_of(one: float, two: float) -> list[list[str]]:
    return [cells("007", f"{one:.2E}", "ROI 1"), cells("008", f"{two:.2E}", "ROI 2")]


def test_the_clicks_link_makes_the_table_net(both: Path, truth: dict[str, float]) -> None:
    """The click's text says that ROI 1 has a background ROI, and ROI 2 none."""
    assert 0.3 < truth["net"] / truth["total"] < 0.7  # else the test could not tell
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]), BKG)
    got = Measured(both)
    assert set(got.rois["source"]) == {"raw"}
    one, two = compared(got, "007", True), compared(got, "008", True)
    assert one["net_flux_p_s"] == pytest.approx(truth["net"], rel=1e-9)
    assert one["other_net_flux_p_s"] == float(f"{truth['net']:.2E}")
    assert math.isnan(one["total_flux_p_s"]) and math.isnan(one["other_total_flux_p_s"])
    assert two["total_flux_p_s"] == pytest.approx(truth["two"], rel=1e-9)
    assert math.isnan(two["net_flux_p_s"])
    assert [row["disagree"] for row in (one, two)] == [False, False]
    assert [row["limit_percent"] for row in (one, two)] == [5, 5]
    assert "as drawn in Living Image" in one["note"] and "fits" not in one["note"]


def test_a_table_that_was_exported_before_the_link_is_found_out(
    both: Path, truth: dict[str, float]
) -> None:
    write_table(both / "a.csv", *rows_of(truth["total"], truth["two"] * 1.2), BKG)
    got = Measured(both)
    one, two = compared(got, "007", True), compared(got, "008", True)
    assert [row["disagree"] for row in (one, two)] == [True, True]
    assert "fits a background ROI that was not taken off" in one["note"]
    assert "fits" not in two["note"]
    regions = got.rois[got.rois["region"] == "whole_body"].set_index("animal_id")["flags"]
    doubted = regions.str.contains("bkg_roi_disagrees_with_flux")
    assert doubted.tolist() == [True, False]
    assert all("sources_disagree" in regions[animal].split(";") for animal in IDS)
    told = Measured(both, config(background_roi="not_subtracted"))
    one = compared(told, "007", True)
    assert one["other_total_flux_p_s"] == float(f"{truth['total']:.2E}")
    assert one["disagree"] == False  # noqa: E712 (numpy's)
    assert "bkg_roi_disagrees_with_flux" not in told.flags()
    counts = Measured(both, config(source="measurements"))
    assert counts.rois["flags"].str.contains("bkg_roi_disagrees_with_flux").tolist() == [
        True,
        False,
    ]
    by_region = compared(told, "007", False)
    assert by_region["note"] == "bkg_roi_overruled"


def test_the_clicks_text_tells_kinds_where_names_do_not(both: Path) -> None:
    text = both / IMAGE / "AnalyzedClickInfo.txt"
    changed = text.read_text(encoding="utf-8").replace("Label=Bkg 1;", "Label=floor;")
    folder = both / "changed"
    shutil.copytree(both / IMAGE, folder / IMAGE)
    (both / IMAGE).unlink()
    (folder / IMAGE / "AnalyzedClickInfo.txt").write_text(
        changed.replace("Bkg ROI=Bkg 1", "Bkg ROI=_none_"), encoding="utf-8"
    )
    rows = [*rows_of(1e6, 1e6), cells("floor", "1.00E+04", "ROI 3")]
    write_table(both / "a.csv", *rows)
    got = Measured(both, config(source="measurements"))
    assert got.rois["total_flux_p_s"].tolist() == [1e6, 1e6]  # the text says: not linked
    assert got.exclusions[["id", "rule"]].values.tolist() == [["floor", "background_roi"]]


def test_tables_that_count_are_compared_with_the_roi_as_drawn(
    both: Path, truth: dict[str, float]
) -> None:
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]), BKG)
    got = Measured(both, config(source="measurements"))
    one, two = fluxes(got)
    assert math.isnan(one[0]) and one[1] == float(f"{truth['net']:.2E}")
    assert two[0] == float(f"{truth['two']:.2E}") and math.isnan(two[1])
    assert got.sources["same_roi"].tolist() == [True, True]
    assert got.sources["disagree"].tolist() == [False, False]
    assert got.sources["other_source"].tolist() == ["raw", "raw"]
    assert got.sources["other_net_flux_p_s"].tolist()[0] == pytest.approx(truth["net"], rel=1e-9)


def test_drawn_regions_are_compared_net_with_net(both: Path, truth: dict[str, float]) -> None:
    """With the method `living_image` the region of the click is the drawn ROI itself."""
    study = config()
    regions = replace(study.imaging.regions, method="living_image")
    imaging = replace(study.imaging, regions=regions)
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]), BKG)
    got = Measured(both, study.model_copy(update={"imaging": imaging}))
    assert len(got.sources) == 2
    assert got.sources["same_roi"].tolist() == [True, True]
    assert got.sources["disagree"].tolist() == [False, False]
    assert got.sources["other_net_flux_p_s"].tolist()[0] == float(f"{truth['net']:.2E}")


def test_a_click_that_counts_lets_an_open_table_pass(both: Path) -> None:
    """ROI lines that are not the table's: nothing tells, and nothing of the table is used."""
    rows = [cells("007", "1.26E+06", "ROI 8"), cells("008", "1E+05", "ROI 9")]
    write_table(both / "a.csv", *rows, BKG)
    got = Measured(both)
    assert set(got.rois["source"]) == {"raw"}
    assert got.sources["note"].str.contains("does not tell").all()
    shutil.rmtree(got.out)
    assert "nothing tells whether it was taken off" in refused(both, config(source="measurements"))


def with_text(both: Path, *changes: tuple[str, str]) -> Path:
    """Replace the link to the click by a copy whose analysis is changed."""
    folder = both / "changed" / IMAGE
    shutil.copytree(both / IMAGE, folder)
    (both / IMAGE).unlink()
    text = folder / "AnalyzedClickInfo.txt"
    content = text.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    text.write_text(content, encoding="utf-8")
    return folder


def test_roi_lines_that_cannot_be_read_are_a_witness_lost(
    both: Path, truth: dict[str, float]
) -> None:
    """Without the link the table's flux would pass for total, and say nothing."""
    with_text(both, ("Xc=", "Xc=?"))
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]))
    got = Measured(both, config(source="measurements"))
    assert got.rois["total_flux_p_s"].tolist() == [
        float(f"{truth[name]:.2E}") for name in ("net", "two")
    ]
    for flag in ("bkg_roi_link_unknown", "roi_not_compared_as_drawn"):
        assert got.rois["flags"].str.contains(flag).tolist() == [True, True]
    assert got.sources["same_roi"].tolist() == [False, False]
    assert got.sources["note"].str.contains("ROI lines could not be read").all()
    assert got.sources["note"].str.contains("`Xc` of this ROI is `?", regex=False).all()
    told = Measured(both, config(source="measurements", background_roi="subtracted"))
    assert "bkg_roi_link_unknown" not in told.flags()
    counts = Measured(both)  # the click's own regions are not doubted, the comparison is
    assert "bkg_roi_link_unknown" not in counts.flags()
    assert "roi_not_compared_as_drawn" in counts.flags()
    assert counts.sources["note"].str.startswith("bkg_roi_link_unknown; not compared").all()


def test_results_of_a_click_behind_another_filter_do_not_count_either(both: Path) -> None:
    text = with_text(both) / "ClickInfo.txt"
    content = text.read_text(encoding="utf-8")
    text.write_text(content.replace("filter:\tOpen", "filter:\t620"), encoding="utf-8")
    write_table(both / "a.csv", *rows_of(1e6, 1e6))
    got = Measured(both)
    assert got.rois.empty
    assert got.exclusions["rule"].tolist() == ["emission_filter"] * 2
    assert "through another emission filter" in got.exclusions["reason"][1]


def test_a_click_that_cannot_be_read_is_a_witness_lost(both: Path) -> None:
    folder = with_text(both)
    (folder / "ClickInfo.txt").write_text("", encoding="utf-8")
    write_table(both / "a.csv", *rows_of(1e6, 1e6))
    got = Measured(both)
    assert got.rois["source"].tolist() == ["measurements"] * 2
    assert got.rois["flags"].str.contains("click_not_measured").all()
    assert got.rois["flags"].str.contains("bkg_roi_link_unknown").all()


def test_roi_lines_of_one_label_tell_nothing_and_say_so(both: Path) -> None:
    with_text(both, ("Label=ROI 2", "Label=ROI 1"))
    write_table(both / "a.csv", *rows_of(1e6, 1e6))
    got = Measured(both, config(source="measurements"))
    assert got.rois["flags"].str.contains("bkg_roi_link_unknown").tolist() == [True, False]
    assert "several ROI lines of the click are labelled `roi 1`" in got.sources["note"][0]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Shape=Circle", "Shape=Grid", "`ROI 1` is a grid"),
        ("Shape=Circle", "Shape=Contour", "its outline is not in the line"),
        ("Shape=Circle;Xc=", "Shape=Circle;Xc=99", "`ROI 1` covers no pixel of the image"),
    ],
)
def test_a_drawn_roi_that_cannot_be_measured_is_told(
    both: Path, truth: dict[str, float], old: str, new: str, why: str
) -> None:
    with_text(both, (old, new))
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]))
    got = Measured(both)
    rows = got.sources.set_index("animal_id")
    assert rows.loc["007", "same_roi"] == False  # noqa: E712 (numpy's)
    assert rows.loc["007", "limit_percent"] == 25
    assert "not compared with the ROI as drawn: " in rows.loc["007", "note"]
    assert why in rows.loc["007", "note"]
    flags = got.rois[got.rois["region"] == "whole_body"].set_index("animal_id")["flags"]
    assert "roi_not_compared_as_drawn" in flags["007"]


def test_a_background_roi_that_is_not_there_leaves_no_net_flux(
    both: Path, truth: dict[str, float]
) -> None:
    with_text(both, ("Label=Bkg 1", "Label=floor"))
    write_table(both / "a.csv", *rows_of(truth["net"], truth["two"]))
    rows = Measured(both).sources
    one = rows[rows["animal_id"] == "007"]
    assert one["same_roi"].tolist() == [False]
    assert "background ROI `Bkg 1` is not (or not once)" in one["note"].iloc[0]
    assert math.isfinite(one["net_flux_p_s"].iloc[0])
    assert compared(Measured(both), "008", True)["disagree"] == False  # noqa: E712 (numpy's)
