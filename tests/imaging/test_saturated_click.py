"""A click on which one animal fills pixels: from the camera's counts to the statistics."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from lumicohort.imaging.click import Animal, measure_click
from lumicohort.imaging.rows import click_row, roi_rows
from lumicohort.living_image import read_click
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click
from lumicohort.simulate.draw import bed_for, draw_body, lie
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source
from lumicohort.study.config.imaging import Imaging

WHEN = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)
HEAD = (Source(0.15, 0.0, 0.3, 1.0),)


def test_a_saturated_flux_is_a_lower_bound_and_says_so_for_its_own_animal(tmp_path: Path) -> None:
    rng = np.random.default_rng(31)
    camera = Camera(binning=8, photo_binning=4)
    bed = bed_for(camera, 3)
    fluxes = (1e7, 3e10, 1e7)
    mice = tuple(
        Glowing(Mouse(**lie(x, bed, rng), **draw_body(rng)), HEAD, flux)
        for x, flux in zip(bed.cones_x_cm, fluxes, strict=True)
    )
    truth = write_click(tmp_path / "click", Scene(camera, mice, bed), WHEN, {}, rng, 10.0)
    assert truth.saturated
    animals = [Animal(str(k), k) for k in (1, 2, 3)]
    measured = measure_click(read_click(tmp_path / "click"), animals, Imaging(), "the sheet")
    rows = {
        row["animal_id"]: row
        for row in roi_rows(measured, "b", (0, 60))
        if row["region"] == "neuraxis"
    }
    full = rows["2"]
    true = truth.mice[1].flux_p_s["neuraxis"]
    assert full["n_saturated"] > 20
    assert 0.05 * true < full["total_flux_p_s"] < true
    assert "saturated" in full["flags"].split(";")
    for other in ("1", "3"):
        assert rows[other]["n_saturated"] == 0
        flags = rows[other]["flags"].split(";")
        assert "saturated" not in flags
        assert "click_saturated" in flags
    assert click_row(measured, "b", "click")["saturated"] is True
