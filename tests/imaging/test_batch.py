"""A batch: from click folders to its tables and previews."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mice_clicks import FOV, N, circle, make_click
from scenes import row

from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.imaging.batch import FILES, measure_batch
from lumicohort.imaging.positions import Position
from lumicohort.imaging.rows import CLICK_COLUMNS, ROI_COLUMNS
from lumicohort.study.config import StudyConfig, parse_config


def config(**more: object) -> StudyConfig:
    raw = {"study": "s", "models": {"m": {}}, "arms": {"a": {}}, "reference_arm": "a"}
    return parse_config(raw | more)


def place(click: str, position: int, animal: str, row: int, time: str | None = None) -> Position:
    return Position(click, position, animal, time, 150.0, "imaging.csv", row)


GLOW = [2e4, 8e4, 4e4]
IDS = ["007", "008", "009"]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "2022-01-05"
    make_click(folder, "AA20220105114235", IDS, GLOW)
    make_click(folder, "BB20220105120000", ["010", "011"], [1e4, 0.0], seed=1)
    (folder / "BKG20220105025931").mkdir()
    broken = folder / "CC20220105130000"
    make_click(folder, broken.name, ["012"], [1e4], seed=2)
    data = (broken / "luminescent.TIF").read_bytes()
    (broken / "luminescent.TIF").write_bytes(data[: len(data) // 2])
    make_click(folder, "DD20220105140000", ["013", "014", "015"], [1e4, 1e4], row(2, seed=3))
    return folder


@pytest.fixture(scope="module")
def results(batch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / batch.name
    measure_batch(config(), batch, [], out)
    return out


def test_exactly_the_promised_files_are_there(results: Path) -> None:
    assert sorted(p.name for p in results.iterdir()) == sorted(FILES)


def test_flux_of_every_animal_is_what_it_glows(results: Path, tmp_path: Path) -> None:
    rois = read_csv(results / "rois.csv")
    assert rois.columns.tolist() == ROI_COLUMNS
    assert set(rois["batch"]) == {"2022-01-05"}
    first = rois[rois["click"] == "AA20220105114235"]
    assert first["animal_id"].drop_duplicates().tolist() == IDS
    assert first["region"].tolist() == ["whole_body", "cranial", "spinal", "neuraxis"] * 3
    _, scene, _ = make_click(tmp_path, "same", IDS, GLOW)
    body = first[first["region"] == "whole_body"].set_index("animal_id")
    order = np.argsort([axis[len(axis) // 2, 0] for axis in scene.axes])
    for value, animal, drawn_as in zip(GLOW, IDS, order, strict=True):
        truth = 4 * np.pi * value * scene.areas[drawn_as]
        assert body.loc[animal, "total_flux_p_s"] == pytest.approx(truth, rel=0.03)
        assert body.loc[animal, "avg_radiance_p_s_cm2_sr"] < value
    neuraxis = first[first["region"] == "neuraxis"].set_index("animal_id")
    # evenly glowing bodies: flux goes with area
    ratio = neuraxis["net_flux_p_s"] / body["net_flux_p_s"]
    np.testing.assert_allclose(ratio, neuraxis["n_pixels"] / body["n_pixels"], rtol=0.15)
    assert not first["below_lod"].any()


def test_an_animal_without_light_is_below_the_limit(results: Path) -> None:
    rois = read_csv(results / "rois.csv")
    dark = rois[(rois["animal_id"] == "011") & (rois["region"] == "whole_body")].iloc[0]
    assert dark["below_lod"]
    assert abs(dark["net_flux_p_s"]) < dark["lod_p_s"]
    assert dark["total_flux_se_p_s"] > 0


def test_clicks_are_described(results: Path) -> None:
    clicks = read_csv(results / "clicks.csv")
    assert clicks.columns.tolist() == CLICK_COLUMNS
    assert clicks["click"].tolist() == ["AA20220105114235", "BB20220105120000"]
    assert clicks["n_expected"].tolist() == clicks["n_found"].tolist() == [3, 2]
    first = clicks.iloc[0]
    assert first["acquired_at"].startswith("2022-01-05T11:42:59")
    assert (first["view"], first["exposure_s"], first["binning"]) == ("Dorsal", 40, 16)
    assert (first["f_number"], first["fov_cm"], first["source"]) == (1, 22.4, "raw")
    assert not first["saturated"]
    assert first["animal_ids"] == "007;008;009"


def test_what_cannot_be_measured_is_listed_with_file_and_reason(results: Path) -> None:
    table = read_csv(results / "exclusions.csv").set_index("id")
    assert table.columns.tolist() == ["what", "file", "row", "reason", "rule"]
    assert table["rule"].to_dict() == {
        "BKG20220105025931": "background_click",
        "CC20220105130000": "unmeasurable_click",
        "DD20220105140000": "mouse_count",
    }
    assert table.loc["CC20220105130000", "file"].endswith("CC20220105130000/luminescent.TIF")
    count = table.loc["DD20220105140000"]
    assert count["file"].endswith("photograph.TIF")
    assert count["reason"].startswith("found 2 mice in the photograph where its Animal Number")


def test_of_a_spectral_series_only_clicks_of_the_filter_that_counts_are_measured(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "2022-01-05"
    texts = {"AA_001": None, "AA_002": "620", "AA_003": "640 nm", "AA_004": "640"}
    for name, filter_name in texts.items():
        click, _, _ = make_click(folder, name, ["007"], [2e4])
        text = (click / "ClickInfo.txt").read_text(encoding="utf-8")
        assert "Emission filter:\tOpen" in text
        if filter_name:
            text = text.replace("Emission filter:\tOpen", f"Emission filter:\t{filter_name}")
            (click / "ClickInfo.txt").write_text(text, encoding="utf-8")

    def measured(**imaging: object) -> tuple[list[str], dict[str, str]]:
        out = tmp_path / "out"
        measure_batch(config(imaging=imaging, strict=True), folder, [], out)
        left = read_csv(out / "exclusions.csv").set_index("id")
        assert set(left["rule"]) <= {"emission_filter"}
        return read_csv(out / "clicks.csv")["click"].tolist(), left["reason"].to_dict()

    clicks, reasons = measured()
    assert clicks == ["AA_001"]
    assert reasons["AA_002"] == (
        "imaged through the emission filter `620`; clicks of `open` count "
        "(imaging.emission_filter)."
    )
    assert measured(emission_filter=640)[0] == ["AA_003", "AA_004"]
    assert measured(emission_filter="any") == (list(texts), {})
    assert "emission_filter_in_place" in read_csv(tmp_path / "out" / "clicks.csv")["flags"][3]


def test_previews_hold_every_measured_click(results: Path) -> None:
    with np.load(results / "previews.npz") as previews:
        names = {name.split("/")[0] for name in previews.files}
        assert names == {"AA20220105114235", "BB20220105120000"}
        click = {k: previews[f"AA20220105114235/{k}"] for k in ("photograph", "radiance")}
        animals = previews["AA20220105114235/animals"]
        neuraxis = previews["AA20220105114235/neuraxis"]
        meta = json.loads(str(previews["AA20220105114235/meta"]))
    assert click["photograph"].dtype == np.uint8
    assert click["radiance"].dtype == np.float32
    assert click["photograph"].shape == click["radiance"].shape == animals.shape == (N, N)
    assert set(np.unique(animals)) == {0, 1, 2, 3}
    assert ((neuraxis == animals) | (neuraxis == 0)).all()
    assert meta["animal_ids"] == IDS
    assert meta["pixel_cm"] == pytest.approx(FOV / N)
    assert np.nonzero(animals == 1)[1].mean() < np.nonzero(animals == 2)[1].mean()


def test_the_same_batch_gives_the_same_bytes(batch: Path, results: Path, tmp_path: Path) -> None:
    measure_batch(config(), batch, [], tmp_path / "again")
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (results / name).read_bytes(), name


def test_the_sheet_decides_who_is_who(batch: Path, tmp_path: Path) -> None:
    click = "AA20220105114235"
    sheet = [
        place(click, 3, "z", 4, "11:30"),
        place(click, 1, "x", 2, "10:00"),
        place(click, 2, "y", 3),
        place("EE20220105150000", 1, "q", 9),
    ]
    measure_batch(config(), batch, sheet, tmp_path / "out")
    rois = read_csv(tmp_path / "out" / "rois.csv")
    body = rois[(rois["click"] == click) & (rois["region"] == "whole_body")]
    assert body["animal_id"].tolist() == ["x", "y", "z"]
    assert body["net_flux_p_s"].rank().tolist() == [1, 3, 2]
    minutes = body["luciferin_minutes"].tolist()
    assert minutes[0] == pytest.approx(102.98, abs=0.01)
    assert np.isnan(minutes[1])
    late = body["flags"].str.contains("luciferin_minutes_outside_window").tolist()
    assert late == [True, False, False]
    others = rois[rois["click"] == "BB20220105120000"]
    assert others["flags"].str.contains("click_not_in_imaging_sheet").all()
    table = read_csv(tmp_path / "out" / "exclusions.csv").set_index("id")
    missing = table.loc["EE20220105150000"]
    assert (missing["file"], missing["row"], missing["rule"]) == (
        "imaging.csv",
        "9",
        "missing_click",
    )


def test_a_wrong_sheet_is_an_error_and_writes_nothing(batch: Path, tmp_path: Path) -> None:
    click = "AA20220105114235"
    sheet = [place(click, 1, "x", 2), place(click, 1, "y", 3), place(click, 3, "x", 4)]
    with pytest.raises(InputError) as caught:
        measure_batch(config(), batch, sheet, tmp_path / "out")
    assert "imaging.csv, row 3" in str(caught.value)
    assert "imaging.csv, row 4" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_strict_makes_a_bad_click_an_error(batch: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        measure_batch(config(strict=True), batch, [], tmp_path / "out")
    assert len(caught.value.problems) == 2
    assert all("`strict: false` in the config" in p.hint for p in caught.value.problems)
    assert list((tmp_path / "out").glob("*")) == []


def test_an_empty_batch_gives_headers_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    measure_batch(config(), tmp_path / "empty", [], tmp_path / "out")
    assert read_csv(tmp_path / "out" / "rois.csv").columns.tolist() == ROI_COLUMNS
    assert len(read_csv(tmp_path / "out" / "clicks.csv")) == 0
    assert read_csv(tmp_path / "out" / "exclusions.csv")["rule"].tolist() == ["no_click"]
    with np.load(tmp_path / "out" / "previews.npz") as previews:
        assert previews.files == []


def test_a_missing_batch_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        measure_batch(config(), tmp_path / "nowhere", [], tmp_path / "out")


def test_one_click_copied_twice_is_an_error(tmp_path: Path) -> None:
    for place_ in ("one", "two"):
        make_click(tmp_path / "batch" / place_, "AA20220105114235", ["1"], [1e4])
    with pytest.raises(InputError, match="is there 2 times"):
        measure_batch(config(), tmp_path / "batch", [], tmp_path / "out")


def drawn(tmp_path: Path, rois: str, ids: list[str] | None = None) -> pd.DataFrame:
    ids = ids or IDS
    make_click(tmp_path / "batch", "AA20220105114235", ids, GLOW, row(3, seed=3), rois=rois)
    living_image = config(imaging={"regions": {"method": "living_image"}})
    measure_batch(living_image, tmp_path / "batch", [], tmp_path / "out")
    return read_csv(tmp_path / "out" / "rois.csv", text=["region"])


def test_drawn_rois_belong_to_the_animals_left_to_right(tmp_path: Path) -> None:
    rois = circle("ROI 3", 15.1, 9) + circle("ROI 1", 7.3, 9) + circle("ROI 2", 11.2, 9)
    table = drawn(tmp_path, rois)
    assert table["animal_id"].tolist() == IDS
    assert table["region"].tolist() == ["ROI 1", "ROI 2", "ROI 3"]
    assert set(table["roi_method"]) == {"living_image"}
    # circles of 2 cm lie well within the evenly glowing bodies
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], GLOW, rtol=0.1)
    np.testing.assert_allclose(table["area_cm2"], np.pi, rtol=0.1)


def test_links_to_subjects_and_backgrounds_are_followed(tmp_path: Path) -> None:
    rois = (
        circle("ROI 1", 7.3, 8, **{"Bkg ROI": "BKG 9"})
        + circle("ROI 2", 7.3, 10)
        + circle("ROI 3", 15.1, 9, **{"Subject ID": "009"})
        + circle("BKG 9", 4.0, 20.0, **{"ROI Type": "Average Background"})
    )
    table = drawn(tmp_path, rois)
    owners = dict(zip(table["region"], table["animal_id"], strict=True))
    assert owners == {"ROI 1": "007", "ROI 2": "007", "ROI 3": "009"}
    two = table.set_index("region").loc["ROI 2", "flags"]
    assert "rois_not_one_per_animal" in two  # three ROIs of three animals, but not one each
    assert table["flags"].str.contains("bkg_roi").all()


def test_a_photograph_that_shows_other_mice_leaves_the_order(tmp_path: Path) -> None:
    rois = circle("ROI 2", 15.1, 9) + circle("ROI 1", 7.3, 9)
    make_click(
        tmp_path / "batch", "AA20220105114235", ["a", "b"], GLOW, row(3, seed=3), "a, b", rois
    )
    living_image = config(imaging={"regions": {"method": "living_image"}})
    measure_batch(living_image, tmp_path / "batch", [], tmp_path / "out")
    table = read_csv(tmp_path / "out" / "rois.csv")
    assert table[["region", "animal_id"]].values.tolist() == [["ROI 1", "a"], ["ROI 2", "b"]]
    assert table["flags"].str.contains("mice_not_found_in_photograph").all()
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], [GLOW[0], GLOW[2]], rtol=0.1)


def test_no_drawn_roi_is_told(tmp_path: Path) -> None:
    assert len(drawn(tmp_path, "")) == 0
    table = read_csv(tmp_path / "out" / "exclusions.csv")
    assert "no measurement ROI was drawn" in table["reason"][0]
    assert table["file"][0].endswith("AnalyzedClickInfo.txt")


def test_the_real_click(real_click: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    (batch / real_click.name).symlink_to(real_click, target_is_directory=True)
    measure_batch(config(), batch, [], tmp_path / "out")
    rois = read_csv(tmp_path / "out" / "rois.csv")
    body = rois[rois["region"] == "whole_body"]
    assert body["animal_id"].tolist() == ["3466", "3467", "3468", "3469", "3470"]
    head = rois[rois["region"] == "cranial"].set_index("animal_id")["net_flux_p_s"]
    # seen in the image: two bright heads, a dim one, a dimmer one, and none
    assert head.sort_values(ascending=False).index.tolist() == [
        "3467",
        "3468",
        "3469",
        "3466",
        "3470",
    ]
    assert head["3467"] > 20 * head["3469"]
    spots = rois[rois["flags"].str.contains("brightest_spot_outside_neuraxis")]
    # the abdomens of these three outshine their heads
    assert spots["animal_id"].tolist() == ["3466", "3469", "3470"]


def test_a_copied_click_is_flagged_on_both(batch: Path, results: Path, tmp_path: Path) -> None:
    folder = tmp_path / batch.name
    for name in ("AA20220105114235", "BB20220105120000"):
        shutil.copytree(batch / name, folder / name)
    shutil.copytree(folder / "AA20220105114235", folder / "AA20220105114235 - Copy")
    measure_batch(config(), folder, [], tmp_path / "out")
    clicks = read_csv(tmp_path / "out" / "clicks.csv", text=("flags",)).set_index("click")
    flagged = clicks["flags"].str.split(";").map(lambda flags: "image_of_another_click" in flags)
    assert set(flagged.index[flagged]) == {"AA20220105114235", "AA20220105114235 - Copy"}
    before = read_csv(results / "clicks.csv", text=("flags",))
    assert not before["flags"].str.contains("image_of_another_click").any()
