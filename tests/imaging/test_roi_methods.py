"""Every source of regions, and a reviewer's corrections, on clicks whose light is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from mice_clicks import BINNING, FOV, N, circle, make_click
from roifile import ROI_TYPE, ImagejRoi
from scenes import row

from lumicohort.errors import InputError
from lumicohort.files import read_csv, sha256
from lumicohort.imaging.batch import FILES, measure_batch
from lumicohort.regions.imagej import read_areas
from lumicohort.regions.review import Correction
from lumicohort.study.config import StudyConfig, parse_config

IDS = ["007", "008", "009"]
GLOW = [2e4, 8e4, 4e4]
NAME = "AA20220105114235"
X_CM = (7.3, 11.2, 15.1)
"""Where the middles of three drawn mice lie."""


def config(method: str = "anatomy", **regions: object) -> StudyConfig:
    raw = {"study": "s", "models": {"m": {}}, "arms": {"a": {}}, "reference_arm": "a"}
    imaging = {"regions": {"method": method, **regions}, "export_masks": True}
    named = regions.get(method, {})
    region = named.get("region", "neuraxis") if isinstance(named, dict) else "neuraxis"
    burden = {"burden": {"region": region}}
    return parse_config(raw | {"imaging": imaging, "analysis": burden})


def test_the_analysed_region_must_be_one_that_is_made() -> None:
    raw = {"study": "s", "models": {"m": {}}, "arms": {"a": {}}, "reference_arm": "a"}
    regions = {"method": "fixed", "fixed": {"region": "cranial"}}
    with pytest.raises(InputError) as caught:
        parse_config(raw | {"imaging": {"regions": regions}})
    assert "key analysis.burden.region: `neuraxis` is analysed" in str(caught.value)
    assert "are `cranial` (imaging.regions.fixed.region)" in str(caught.value)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "2022-01-05"
    make_click(folder, NAME, IDS, GLOW, row(3, seed=3))
    return folder


def measured(
    batch: Path, out: Path, study: StudyConfig, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    measure_batch(study, batch, [], out, corrections)
    return read_csv(out / "rois.csv", text=["roi_placed"])


def left_out(out: Path) -> dict[str, str]:
    table = read_csv(out / "exclusions.csv")
    return dict(zip(table["rule"], table["reason"], strict=True))


@pytest.fixture(scope="module")
def anatomy(batch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("anatomy") / batch.name
    measured(batch, out, config())
    return out


def test_masks_are_written_beside_the_tables(anatomy: Path) -> None:
    assert sorted(p.name for p in (anatomy / "rois").iterdir()) == [
        f"{NAME}.zip",
        f"{NAME}_labels.tif",
    ]
    assert {p.name for p in anatomy.iterdir()} == {*FILES, "rois"}
    rois = read_csv(anatomy / "rois.csv")
    labels = tifffile.imread(anatomy / "rois" / f"{NAME}_labels.tif")
    areas = read_areas([anatomy / "rois" / f"{NAME}.zip"])
    assert labels.shape == (4, N, N)
    for area, line in zip(areas, rois.to_dict("records"), strict=True):
        assert area.name == f"{line['animal_id']} {line['region']}"
        assert area.mask((N, N)).sum() == line["n_pixels"]
        x, y = np.argwhere(area.mask((N, N))).mean(axis=0)[::-1] + 0.5
        assert (line["roi_x_cm"], line["roi_y_cm"]) == pytest.approx((x * FOV / N, y * FOV / N))


def test_masks_are_no_longer_there_when_switched_off(batch: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    measured(batch, out, config("fixed"))
    assert (out / "rois").is_dir()
    imaging = replace(config("fixed").imaging, export_masks=False)
    measured(batch, out, config("fixed").model_copy(update={"imaging": imaging}))
    assert sorted(p.name for p in out.iterdir()) == sorted(FILES)


def test_exported_masks_measured_again_give_the_same_flux(
    batch: Path, anatomy: Path, tmp_path: Path
) -> None:
    again = measured(
        batch, tmp_path / "out", config("imagej", imagej_folder=str(anatomy / "rois"))
    ).set_index(["animal_id", "region"])
    before = read_csv(anatomy / "rois.csv").set_index(["animal_id", "region"])
    assert sorted(again.index) == sorted(before.index)
    again = again.loc[before.index]
    assert set(again["roi_method"]) == {"imagej"}
    for column in ("n_pixels", "total_flux_p_s", "net_flux_p_s", "lod_p_s", "total_flux_se_p_s"):
        assert again[column].tolist() == before[column].tolist(), column


def test_fixed_regions_are_of_one_size(batch: Path, tmp_path: Path) -> None:
    table = measured(
        batch,
        tmp_path / "out",
        config("fixed", fixed={"region": "whole_body", "length_cm": 4, "width_cm": 1.5}),
    )
    assert table["animal_id"].tolist() == IDS
    assert set(table["region"]) == {"whole_body"}
    np.testing.assert_allclose(table["area_cm2"], np.pi * 4 * 1.5 / 4, rtol=0.03)
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW, rtol=0.03)
    assert table["roi_placed"].str.startswith("ellipse 4 x 1.5 cm, centre at 50 %").all()


def test_contours_of_even_bodies_are_the_bodies(batch: Path, tmp_path: Path) -> None:
    table = measured(
        batch,
        tmp_path / "out",
        config("contour", contour={"fraction": 0.5, "region": "whole_body"}),
    )
    assert table["animal_id"].tolist() == IDS
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW, rtol=0.05)
    assert table["roi_placed"].str.startswith("50 % of the peak").all()
    before = measured(batch, tmp_path / "anatomy", config())
    body = before[before["region"] == "whole_body"]["area_cm2"].to_numpy()
    assert (table["area_cm2"].to_numpy() < body).all()
    assert (table["area_cm2"].to_numpy() > 0.75 * body).all()


def oval(name: str, x_cm: float, y_cm: float, size_cm: float = 2.0) -> bytes:
    pixel = FOV / N
    sides = np.round(np.array([x_cm - size_cm / 2, y_cm - size_cm / 2]) / pixel).astype(int)
    left, top = (int(k) for k in sides)
    size = round(size_cm / pixel)
    roi = ImagejRoi(
        roitype=ROI_TYPE.OVAL, name=name, left=left, top=top, right=left + size, bottom=top + size
    )
    return roi.tobytes()


def with_rois(tmp_path: Path, rois: dict[str, bytes], ids: list[str] = IDS) -> Path:
    folder, *_ = make_click(tmp_path / "batch", NAME, ids, GLOW, row(3, seed=3), ", ".join(ids))
    for name, data in rois.items():
        (folder / name).write_bytes(data)
    return tmp_path / "batch"


def test_unnamed_imagej_rois_go_from_left_to_right(tmp_path: Path) -> None:
    rois = {f"{k}.roi": oval("", x, 9) for k, x in zip("cab", X_CM, strict=True)}
    table = measured(with_rois(tmp_path, rois), tmp_path / "out", config("imagej"))
    assert table["animal_id"].tolist() == IDS
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW, rtol=0.1)
    drawn = round(2.0 * N / FOV) * FOV / N  # ImageJ's ovals lie on whole pixels
    np.testing.assert_allclose(table["area_cm2"], np.pi * drawn**2 / 4, rtol=0.03)
    again = measured(tmp_path / "batch", tmp_path / "2", config("imagej", drawn_as="cranial"))
    assert set(again["region"]) == {"cranial"}


def test_names_go_before_places(tmp_path: Path) -> None:
    names = ["009", "008 head", "007"]
    rois = {f"{k}.roi": oval(n, x, 9) for k, n, x in zip("abc", names, X_CM, strict=True)}
    table = measured(with_rois(tmp_path, rois), tmp_path / "out", config("imagej"))
    assert table["animal_id"].tolist() == IDS
    assert table["region"].tolist() == ["roi", "head", "roi"]
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW[::-1], rtol=0.1)
    flags = table["flags"].str.contains("roi_lies_on_another_animal").tolist()
    assert flags == [True, False, True]


def test_missing_damaged_and_surplus_rois_leave_the_click_out_with_the_reason(
    tmp_path: Path,
) -> None:
    batch = with_rois(tmp_path, {})
    assert len(measured(batch, tmp_path / "1", config("imagej"))) == 0
    assert "no ImageJ ROIs of this click" in left_out(tmp_path / "1")["unmeasurable_click"]
    click = batch / NAME
    (click / "a.roi").write_bytes(b"Iout")
    measured(batch, tmp_path / "2", config("imagej"))
    assert "no readable ImageJ ROI" in left_out(tmp_path / "2")["unmeasurable_click"]
    for k, x in enumerate([*X_CM, 20.5]):
        (click / f"{'abcd'[k]}.roi").write_bytes(oval("", x, 9))
    measured(batch, tmp_path / "3", config("imagej"))
    assert "4 measurement ROIs for 3 animals" in left_out(tmp_path / "3")["unmeasurable_click"]
    (click / "d.roi").write_bytes(oval("008 again", X_CM[1], 8))
    for name, x in zip("abc", X_CM, strict=True):
        (click / f"{name}.roi").write_bytes(oval("008 again" if name == "b" else "", x, 9))
    measured(batch, tmp_path / "4", config("imagej"))
    reason = left_out(tmp_path / "4")["unmeasurable_click"]
    assert "are both the region `again` of animal `008`" in reason


def test_an_animal_without_a_roi_is_listed(tmp_path: Path) -> None:
    rois = {"a.roi": oval("007", X_CM[0], 9), "b.roi": oval("009", X_CM[2], 9)}
    table = measured(with_rois(tmp_path, rois), tmp_path / "out", config("imagej"))
    assert table["animal_id"].tolist() == ["007", "009"]
    assert left_out(tmp_path / "out") == {"no_roi": f"no region of `008` on click `{NAME}`."}
    clicks = read_csv(tmp_path / "out" / "clicks.csv")
    assert "animal_without_roi" in clicks["flags"][0]


def living_image(tmp_path: Path, rois: str, **more: object) -> pd.DataFrame:
    make_click(tmp_path / "batch", NAME, IDS, GLOW, row(3, seed=3), rois=rois)
    return measured(tmp_path / "batch", tmp_path / "out", config("living_image", **more))


def test_living_images_shapes(tmp_path: Path) -> None:
    full = N * BINNING / FOV
    corners = [(14.1, 8.0), (16.1, 8.0), (16.1, 10.0), (14.1, 10.0)]
    points = " ".join(f"{x * full:.2f},{y * full:.2f}" for x, y in corners)
    rois = (
        circle("ROI 1", X_CM[0], 9, Shape="Ellipse", Width=f"{full:.2f}", Angle="0")
        + circle("ROI 2", X_CM[1], 9, Shape="Rectangle", Height=f"{full:.2f}", Angle="90")
        + circle("ROI 3", 0, 0, Shape="Contour", Points=points)
    )
    table = living_image(tmp_path, rois)
    np.testing.assert_allclose(table["area_cm2"], [np.pi / 2, 2, 4], rtol=0.16)
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW, rtol=0.1)
    assert not table["flags"].str.contains("roi_angle").any()  # 90 degrees either way


def test_an_angle_whose_sense_matters_is_flagged(tmp_path: Path) -> None:
    flat = {"Shape": "Square", "Height": "60", "Angle": "20"}
    rois = "".join(circle(f"ROI {k}", x, 9, **flat) for k, x in enumerate(X_CM, start=1))
    assert living_image(tmp_path, rois)["flags"].str.contains("roi_angle_sense_assumed").all()


def test_what_holds_other_mice_or_is_of_another_scale_is_flagged(tmp_path: Path) -> None:
    full = N * BINNING / FOV
    wide = {"Shape": "Rectangle", "Width": f"{12 * full:.2f}", "Height": f"{4 * full:.2f}"}
    scale = {"cm per pixel": f"{2 / full:.12f}"}
    rois = circle("1", X_CM[0], 9, **{"cm per pixel": f"{1 / full:.12f}"})
    rois += circle("2", X_CM[1], 9, **wide) + circle("3", X_CM[2], 9, **scale)
    flags = living_image(tmp_path, rois)["flags"]
    covers = flags.str.contains("roi_covers_another_animal")
    assert covers.tolist() == [False, True, False]
    assert flags.str.contains("roi_scale_disagrees").tolist() == [False, False, True]


def test_all_shapes_that_cannot_be_measured_are_named(tmp_path: Path) -> None:
    rois = circle("ROI 1", 7.3, 9, Shape="Grid") + circle("ROI 2", 11.2, 9, Shape="Contour")
    assert len(living_image(tmp_path, rois + circle("ROI 3", 15.1, 9))) == 0
    reason = left_out(tmp_path / "out")["unmeasurable_click"]
    assert "`ROI 1` is a grid" in reason
    assert "`ROI 2` is free-form" in reason


def test_subjects_and_backgrounds_are_followed(tmp_path: Path) -> None:
    rois = (
        circle("ROI 1", 4.0, 20, **{"Subject ROI": "SUB 1"})  # far from its subject
        + circle("ROI 2", 4.0, 16, **{"Subject ROI": "SUB 2", "Bkg ROI": "gone"})
        + circle("SUB 1", X_CM[1], 9, **{"ROI Type": "Subject"})
        + circle("SUB 2", 20, 20, **{"ROI Type": "Subject", "Subject ID": "009"})
        + circle("BKG 1", 20.0, 20.0, **{"ROI Type": "Average Background"})
    )
    table = living_image(tmp_path, rois)
    owners = dict(zip(table["region"], table["animal_id"], strict=True))
    assert owners == {"ROI 1": "008", "ROI 2": "009"}
    flags = table.set_index("region")["flags"]
    assert "bkg_roi_not_linked" in flags["ROI 1"]
    assert "bkg_roi_not_found" in flags["ROI 2"]


def said(batch: Path, action: str, animal: str = "007", **more: object) -> Correction:
    values: dict = {
        "region": "",
        "geometry": (),
        "new_animal_id": "",
        "sha256": sha256(batch / NAME / "luminescent.TIF"),
        "row": 2,
    } | more
    return Correction(
        NAME, animal, action=action, reason="why", reviewer="kim", time="t", file="r.csv", **values
    )


def square(x_cm: float, y_cm: float, size_cm: float = 1.0) -> tuple[tuple[float, float], ...]:
    h = size_cm / 2
    return ((x_cm - h, y_cm - h), (x_cm + h, y_cm - h), (x_cm + h, y_cm + h), (x_cm - h, y_cm + h))


def test_corrections_win_over_the_method(batch: Path, anatomy: Path, tmp_path: Path) -> None:
    corrections = [
        said(batch, "replace", region="cranial", geometry=square(X_CM[0], 9)),
        said(batch, "reject", "008", region="neuraxis"),
        said(batch, "accept", "009"),
    ]
    table = measured(batch, tmp_path / "out", config(), corrections).set_index(
        ["animal_id", "region"]
    )
    before = read_csv(anatomy / "rois.csv").set_index(["animal_id", "region"])
    new = table.loc["007", "cranial"]
    assert new["roi_method"] == "review"
    assert new["area_cm2"] == pytest.approx(1, rel=0.15)
    assert new["avg_radiance_p_s_cm2_sr"] == pytest.approx(GLOW[0], rel=0.1)
    assert table.loc[("007", "neuraxis"), "roi_method"] == "review"
    rejected = table.loc["008", "neuraxis"]
    assert rejected["total_flux_p_s"] == before.loc[("008", "neuraxis"), "total_flux_p_s"]
    assert rejected["reason"] == "rejected by kim: why"
    assert "review_rejected" in rejected["flags"]
    accepted = table.loc["009", "whole_body"]
    assert accepted["suspicion"] == 0
    assert "review_accepted" in accepted["flags"]
    assert "suspicious_mouse" not in accepted["flags"]
    same = before.loc[("008", "cranial"), "total_flux_p_s"]
    assert table.loc[("008", "cranial"), "total_flux_p_s"] == same
    assert left_out(tmp_path / "out") == {
        "review_rejected": f"region neuraxis of `008` on click `{NAME}`: rejected by kim: why"
    }
    clicks = read_csv(tmp_path / "out" / "clicks.csv")
    assert clicks["luminescent_sha256"][0] == corrections[0].sha256


def test_two_animals_that_lay_the_other_way_round(
    batch: Path, anatomy: Path, tmp_path: Path
) -> None:
    exchange = [
        said(batch, "reassign", "007", new_animal_id="009"),
        said(batch, "reassign", "009", new_animal_id="007"),
    ]
    table = measured(batch, tmp_path / "out", config(), exchange)
    before = read_csv(anatomy / "rois.csv")
    body, old = (t[t["region"] == "whole_body"] for t in (table, before))
    assert body["animal_id"].tolist() == ["009", "008", "007"]
    assert body["total_flux_p_s"].tolist() == old["total_flux_p_s"].tolist()
    clicks = read_csv(tmp_path / "out" / "clicks.csv", text=["animal_ids"])
    assert clicks["animal_ids"].tolist() == ["009;008;007"]


def test_a_correction_of_another_image_is_not_applied_and_says_so(
    batch: Path, anatomy: Path, tmp_path: Path
) -> None:
    stale = [said(batch, "reject", sha256="0" * 64, row=7)]
    table = measured(batch, tmp_path / "out", config(), stale)
    assert (
        table["total_flux_p_s"].tolist()
        == read_csv(anatomy / "rois.csv")["total_flux_p_s"].tolist()
    )
    assert (table["reason"] == "").all()
    assert table["flags"].str.contains("correction_not_applied").all()
    listed = read_csv(tmp_path / "out" / "exclusions.csv").iloc[0]
    assert (listed["file"], listed["row"], listed["id"]) == ("r.csv", "7", "007")
    assert "is not the one that was reviewed" in listed["reason"]
    strict = config().model_copy(update={"strict": True})
    with pytest.raises(InputError, match="is not the one that was reviewed"):
        measured(batch, tmp_path / "strict", strict, stale)


def test_a_reviewer_can_draw_what_the_photograph_does_not_show(tmp_path: Path) -> None:
    ids = ["a", "b"]  # three mice are seen
    batch = with_rois(tmp_path, {}, ids)
    assert len(measured(batch, tmp_path / "1", config())) == 0
    drawn = [
        said(batch, "replace", animal, region="neuraxis", geometry=square(x, 9))
        for animal, x in zip(ids, X_CM[:2], strict=True)
    ]
    assert len(measured(batch, tmp_path / "2", config(), drawn[:1])) == 0
    table = measured(batch, tmp_path / "3", config(), drawn)
    assert table["animal_id"].tolist() == ids
    assert set(table["roi_method"]) == {"review"}
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW[:2], rtol=0.1)
    assert table["flags"].str.contains("mice_not_found_in_photograph").all()
