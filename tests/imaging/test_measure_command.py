"""`lumicohort measure`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
import tifffile
from mice_clicks import BINNING, EXPOSURE, FOV, C, circle, make_click

from lumicohort.commands import measure
from lumicohort.commands.measure_options import METHODS
from lumicohort.errors import InputError
from lumicohort.files import read_csv, sha256
from lumicohort.imaging.rows import ROI_COLUMNS


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    measure.add_arguments(parser)
    return measure.run(parser.parse_args([str(a) for a in arguments]))


def test_clicks_and_sequences_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    one, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1", "2"], [1e4, 2e4])
    make_click(tmp_path / "day2" / "BB_SEQ", "BB_001", ["3"], [1e4], seed=1)
    make_click(tmp_path / "day2" / "BB_SEQ", "BB_002", ["3"], [1e4], seed=2)
    out = tmp_path / "rois.csv"
    # a click that is named twice counts once
    assert run(one, tmp_path / "day2" / "BB_SEQ", one, "--out", out) == 0
    table = read_csv(out)
    assert table.columns.tolist() == ROI_COLUMNS
    found = table[["batch", "click", "animal_id"]].drop_duplicates().values.tolist()
    assert found == [
        ["day1", "AA20220105114235", "1"],
        ["day1", "AA20220105114235", "2"],
        ["day2", "BB_001", "3"],
        ["day2", "BB_002", "3"],
    ]
    assert "16 rows of 3 clicks" in capsys.readouterr().out


def test_options_reach_the_measurement(tmp_path: Path) -> None:
    rois = circle("head 1", 11.2, 9.0)
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1"], [1e4], rois=rois)
    out = tmp_path / "rois.csv"
    run(click, "--roi-method", "living_image", "--source", "raw", "--cosmic", "off", "--out", out)
    table = read_csv(out)
    assert table["region"].tolist() == ["head 1"]
    assert table["source"].tolist() == ["raw"]
    np.testing.assert_allclose(table["avg_radiance_p_s_cm2_sr"], 1e4, rtol=0.1)
    assert table["n_cosmic"].tolist() == [0]


def test_a_phantom_on_an_empty_stage_without_photograph(tmp_path: Path) -> None:
    rois = circle("lamp 1", 11.2, 9.0) + circle("edge 2", 21.9, 9.0)
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", [], [], animals=[], rois=rois)
    (click / "photograph.TIF").unlink()
    counts = tifffile.imread(click / "luminescent.TIF")
    counts[48, 59:61] += 30_000
    tifffile.imwrite(click / "luminescent.TIF", counts, photometric="minisblack", metadata=None)
    asked = (click, "--roi-method", "living_image", "--animals", "lamp, none", "--no-photograph")
    light = 2 * 30_000 * C / (BINNING**2 * EXPOSURE) * 4 * np.pi * (FOV / 120) ** 2
    tables = {}
    for mode in ("off", "isolated"):
        out = tmp_path / f"{mode}.csv"
        assert run(*asked, "--cosmic", mode, "--out", out) == 0
        tables[mode] = read_csv(out)
    lamp, edge = tables["off"].to_dict("records")
    assert lamp["total_flux_p_s"] == pytest.approx(light, rel=0.01)
    assert {"photograph_not_used", "binning_unchecked"} <= set(lamp["flags"].split(";"))
    assert "roi_cut_by_image_edge" in edge["flags"]
    assert "roi_cut_by_image_edge" not in lamp["flags"]
    # sharper than any light through skin: taken for a cosmic hit, and said to be very bright
    lost, _ = tables["isolated"].to_dict("records")
    assert lost["total_flux_p_s"] < light / 100
    assert (lost["n_cosmic"], "bright_spot_replaced" in lost["flags"]) == (2, True)


@pytest.mark.parametrize(("factor", "flagged"), [(1.0, False), (0.5, True)])
def test_a_corrected_image_that_its_counts_contradict_is_flagged(
    tmp_path: Path, factor: float, flagged: bool
) -> None:
    click, *_ = make_click(tmp_path, "AA20220105114235", ["1", "2"], [1e6, 2e6])
    counts = tifffile.imread(click / "luminescent.TIF").astype(np.float32)
    radiance = (counts - 498.628) * C / (BINNING**2 * EXPOSURE) * factor
    saved = click / "luminescentFloatCorrected.TIF"
    tifffile.imwrite(saved, radiance, photometric="minisblack", metadata=None)
    run(click, "--out", tmp_path / "rois.csv")
    table = read_csv(tmp_path / "rois.csv")
    assert set(table["source"]) == {"living_image"}
    assert (table["flags"].str.contains("sources_disagree") == flagged).all()


def test_light_off_all_animals_is_flagged(tmp_path: Path) -> None:
    click, *_ = make_click(tmp_path, "AA20220105114235", ["1", "2"], [1e6, 2e6])
    own = tifffile.imread(click / "luminescent.TIF")
    lit = own.copy()
    lit[110:114, 10:14] += np.uint16(2 * (own.max() - 498))
    hit = own.copy()
    hit[110, 10:14] = 60_000  # a track of a particle
    flagged = []
    for image in (own, lit, hit, np.roll(own, 60, axis=0)):
        tifffile.imwrite(click / "luminescent.TIF", image, photometric="minisblack", metadata=None)
        assert run(click, "--out", tmp_path / "rois.csv") == 0
        flags = read_csv(tmp_path / "rois.csv")["flags"].str.contains("brightest_light_off_animals")
        assert flags.nunique() == 1
        flagged.append(bool(flags[0]))
    assert flagged == [False, True, False, True]  # the last: half an image lower


def test_all_problems_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    good, *_ = make_click(tmp_path, "AA20220105114235", ["1"], [1e4])
    bad, *_ = make_click(tmp_path, "BB20220105114235", ["1"], [1e4])
    (bad / "photograph.TIF").unlink()
    out = tmp_path / "rois.csv"
    with pytest.raises(InputError) as caught:
        run(good, bad, tmp_path / "nowhere", "--out", out)
    text = str(caught.value)
    assert "2 problems" in text
    assert str(bad / "photograph.TIF") in text
    assert str(tmp_path / "nowhere") in text
    assert not out.exists()
    assert run(good, bad, "--keep-going", "--out", out) == 2
    assert len(read_csv(out)) == 4


def test_the_real_click_by_its_own_rois(real_click: Path, tmp_path: Path) -> None:
    out = tmp_path / "rois.csv"
    arguments = ["--roi-method", "living_image", "--source", "raw", "--cosmic", "living_image"]
    run(real_click, *arguments, "--out", out)
    table = read_csv(out)
    assert table["animal_id"].tolist() == ["3466", "3467", "3468", "3469", "3470"]
    assert table["region"].tolist() == [f"ROI {k}" for k in range(1, 6)]
    assert table["n_cosmic"].tolist()[1:3] == [4, 1]  # this rule clips the bright peaks
    assert table["flags"].str.contains("dark").all()


def test_masks_measured_again_give_the_same_numbers(tmp_path: Path) -> None:
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1", "a b"], [1e4, 2e4])
    first, second, masks = tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "masks"
    assert run(click, "--masks", masks, "--out", first) == 0
    assert run(click, "--roi-method", "imagej", "--rois", masks, "--out", second) == 0
    keys = ["animal_id", "region"]
    one, two = (read_csv(path).set_index(keys).sort_index() for path in (first, second))
    assert one.index.tolist() == two.index.tolist()
    for column in ("n_pixels", "total_flux_p_s", "net_flux_p_s", "lod_p_s"):
        assert one[column].tolist() == two[column].tolist()


def test_sizes_fractions_and_animals_are_options(tmp_path: Path) -> None:
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1", "2"], [1e4, 2e4])
    out = tmp_path / "rois.csv"
    fixed = ["--roi-method", "fixed", "--size", "3x2", "--shape", "rectangle", "--region"]
    assert run(click, *fixed, "whole_body", "--animals", "x, y", "--out", out) == 0
    table = read_csv(out)
    assert table["animal_id"].tolist() == ["x", "y"]
    assert set(table["region"]) == {"whole_body"}
    assert set(table["roi_method"]) == {"fixed"}
    np.testing.assert_allclose(table["area_cm2"], 6.0, rtol=0.07)
    assert table["flags"].str.contains("animal_number_disagrees_with_option").all()
    contour = ["--roi-method", "contour", "--fraction", "0.4", "--region", "cranial"]
    assert run(click, *contour, "--out", out) == 0
    table = read_csv(out, text=["roi_placed"])
    assert table["roi_placed"].str.startswith("40 % of the peak").all()


def test_a_review_is_applied(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1", "2"], [1e4, 2e4])
    review = tmp_path / "roi_review.csv"
    header = "click,animal_id,region,action,geometry,reason,reviewer,time,sha256"
    digest = sha256(click / "luminescent.TIF")
    review.write_text(
        f"{header}\n{click.name},1,,reject,,blurred,kim,2024-05-03,{digest}\n"
        f"{click.name},2,,reject,,blurred,kim,2024-05-03,{'0' * 64}\n"
    )
    out = tmp_path / "rois.csv"
    assert run(click, "--review", review, "--out", out) == 0
    table = read_csv(out)
    rejected = table["reason"] == "rejected by kim: blurred"
    assert table[rejected]["animal_id"].unique().tolist() == ["1"]
    assert f"correction not applied: {review}, row 3" in capsys.readouterr().err
    review.write_text(f"{header}\nnowhere,1,,reject,,blurred,kim,2024-05-03,{digest}\n")
    with pytest.raises(InputError, match="there is no click `nowhere`"):
        run(click, "--review", review, "--out", out)


def test_options_that_do_not_fit_are_told_together(tmp_path: Path) -> None:
    out = tmp_path / "rois.csv"
    with pytest.raises(InputError) as caught:
        run(tmp_path, "--size", "3", "--fraction", "2", "--rois", "x", "--out", out)
    text = str(caught.value)
    assert "--size is for --roi-method fixed; the method is anatomy" in text
    assert "--fraction is for --roi-method contour" in text
    assert "--rois is for --roi-method imagej" in text
    assert "--size 3: write length x width in cm" in text
    assert "--fraction 2: write a number between 0 and 1" in text
    for wrong in ("1,,2", "1,1"):
        click, *_ = make_click(tmp_path / wrong, "AA20220105114235", ["1", "2"], [1e4, 2e4])
        with pytest.raises(InputError, match="write each animal's id once"):
            run(click, "--animals", wrong, "--out", out)


def test_help_names_every_method_and_option() -> None:
    parser = argparse.ArgumentParser()
    measure.add_arguments(parser)
    text = " ".join(parser.format_help().split())
    options = (
        "--roi-method --source --cosmic --animals --rois --roi-pixels --size --shape --fraction"
    )
    for word in [*METHODS, *options.split(), "--region", "--review", "--masks", "--out"]:
        assert word in text
    assert "Exit codes" in (measure.__doc__ or "")
