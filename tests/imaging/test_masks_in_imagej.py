"""Masks that `lumicohort measure --masks` writes, opened in ImageJ itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from mice_clicks import make_click
from test_measure_command import run

from lumicohort.files import read_csv

MACRO = Path(__file__).with_name("masks.ijm")
ABSENT = [name for name in ("imagej", "xvfb-run") if shutil.which(name) is None]


@pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {' and '.join(ABSENT)}")
def test_imagej_sees_the_names_and_pixels_that_were_measured(tmp_path: Path) -> None:
    click, *_ = make_click(tmp_path / "day1", "AA20220105114235", ["1", "a b"], [1e4, 2e4])
    out, masks, seen = tmp_path / "rois.csv", tmp_path / "masks", tmp_path / "seen.csv"
    assert run(click, "--masks", masks, "--out", out) == 0
    labels, zipped = masks / f"{click.name}_labels.tif", masks / f"{click.name}.zip"
    subprocess.run(
        ["xvfb-run", "-a", "imagej", "-b", str(MACRO), f"{labels}|{zipped}|{seen}"],
        env={**os.environ, "HOME": str(tmp_path)},
        timeout=60,
        check=False,  # Debian's script ends with 1 whatever happened; the table tells
    )
    measured, found = read_csv(out), read_csv(seen, text=["name"])
    names = measured["animal_id"].astype(str) + " " + measured["region"]
    rois = found[found["what"] == "roi"]
    assert dict(zip(rois["name"], rois["n_pixels"], strict=True)) == dict(
        zip(names, measured["n_pixels"], strict=True)
    )
    bodies = measured.loc[measured["region"] == "whole_body", "n_pixels"]
    assert found.loc[found["what"] == "label", "n_pixels"].tolist() == bodies.tolist()
