"""Every step of the calibration switched off in turn: what it costs at the mice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.draw import bed_for, draw_body, lie, meningeal_tumour
from lumicohort.simulate.lighting import draw_lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.study.config.imaging import Calibration, Imaging
from validation.clicks import left_to_right, measured, scratch, written

STEPS = {
    "all steps": Calibration(),
    "no read bias": Calibration(bias=False),
    "no dark charge": Calibration(dark=False),
    "no flat field": Calibration(flat_field=False),
    "no cosmic test": Calibration(cosmic="off"),
    "cosmic by Living Image's rule": Calibration(cosmic="living_image"),
}
FLUXES_P_S = (1e5, 1e6, 1e8)


@dataclass(frozen=True)
class AblationRow:
    """An animal measured without one step.

    Parameters
    ----------
    step : str
        One of :data:`STEPS`.
    flux_p_s : float
        Tumour flux of the click's animals.
    outer : bool
        Whether it lies in the first or last bed.
    error : float
        Relative error of the neuraxis flux against the truth.
    """

    step: str
    flux_p_s: float
    outer: bool
    error: float


def rows(case: tuple[int, int]) -> list[AblationRow]:
    """Simulate the click of (number, seed) and measure it with every set of steps."""
    number, seed = case
    rng = np.random.default_rng([seed, 7, number])
    camera, flux = Camera(), FLUXES_P_S[number % 3]
    bed = bed_for(camera)
    mice = tuple(
        Glowing(Mouse(**lie(x, bed, rng), **draw_body(rng)), meningeal_tumour(rng), flux)
        for x in bed.cones_x_cm
    )
    # skin and stray light off, so that the animal's flux is what the column says
    scene = Scene(
        camera, mice, bed, stray_p_s_cm2_sr=0.0, skin_glow=0.0, lighting=draw_lighting(rng)
    )
    order = left_to_right(scene)
    out = []
    with scratch() as folder:
        truth = written(Path(folder) / "click", scene, rng)
        for step, calibration in STEPS.items():
            done = measured(Path(folder) / "click", len(order), Imaging(calibration=calibration))
            for row in done.rows:
                if row.region == "neuraxis":
                    true = truth.mice[order[row.place - 1]].flux_p_s["neuraxis"]
                    outer = row.place in (1, len(order))
                    out.append(AblationRow(step, flux, outer, row.total_flux_p_s / true - 1))
    return out
