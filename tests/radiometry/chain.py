"""The whole chain on a synthetic click, for tests."""

from __future__ import annotations

import numpy as np
from synthetic_click import Recipe, make_click

from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate
from lumicohort.study.config.imaging import Calibration

PLAIN = Calibration(cosmic="off")


def run(tmp_path, recipe: Recipe | None = None, options: Calibration = PLAIN):
    made = make_click(tmp_path, recipe)
    return made, calibrate(read_click(made.folder), options)


def centre(n: int = 60, radius: float = 14) -> np.ndarray:
    y, x = np.mgrid[:n, :n]
    return (y - n / 2) ** 2 + (x - n / 2) ** 2 <= radius**2
