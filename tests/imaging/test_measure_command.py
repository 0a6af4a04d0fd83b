"""`lumicohort measure`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from mice_clicks import circle, make_click

from lumicohort.commands import measure
from lumicohort.errors import InputError
from lumicohort.files import read_csv
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
