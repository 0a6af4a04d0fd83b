"""Flux against truth: mice of every coat and pose, at fluxes over five decades."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lumicohort.errors import InputError
from lumicohort.imaging.click import MeasuredClick
from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import DarkFrame
from lumicohort.simulate.draw import abdominal_glow, bed_for, draw_body, lie, meningeal_tumour
from lumicohort.simulate.hard import COATS
from lumicohort.simulate.lighting import draw_lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.scene import Glowing, Scene
from validation.clicks import left_to_right, measured, scratch, written

_DEEPER_CM = 1.0  # a spine seen from the belly


@dataclass(frozen=True)
class FluxRow:
    """A region of a mouse: measured, and true.

    Parameters
    ----------
    click, place : int
        Which click, and which mouse of it.
    region, coat, pose, dark : str
        Region, coat, pose, and the state of the click's dark frame.
    fov_cm, exposure_s : float
        Of the click.
    binning : int
        Of the click.
    true_p_s, measured_p_s, se_p_s, lod_p_s : float
        Total flux of the region as it truly is; as measured; its standard error; the LOD.
    true_net_p_s : float
        The truth without the stray light.
    seen_p_s : float
        True flux inside the region as it was measured (NaN where its mask is not kept): what is
        left between it and the measured flux is noise and calibration, not placing.
    saturated, suspicious, refused : bool
        Whether pixels are full; whether the mouse is flagged; whether the click was left out.
    """

    click: int
    place: int
    region: str
    coat: str
    pose: str
    dark: str
    fov_cm: float
    exposure_s: float
    binning: int
    true_p_s: float
    measured_p_s: float
    se_p_s: float
    lod_p_s: float
    true_net_p_s: float
    seen_p_s: float
    saturated: bool
    suspicious: bool
    refused: bool

    @property
    def error(self) -> float:
        """Relative error."""
        return self.measured_p_s / self.true_p_s - 1

    @property
    def z(self) -> float:
        """Error against the truth inside the measured region, in standard errors."""
        return (self.measured_p_s - self.seen_p_s) / self.se_p_s

    @property
    def judged(self) -> bool:
        """Whether it counts for the accuracy above 10 × LOD: by its truth, not by what came out."""
        return not self.refused and not self.saturated and self.true_net_p_s > 10 * self.lod_p_s


def drawn(number: int, seed: int) -> tuple[Scene, float | None, DarkFrame, str]:
    """Draw a scene, its exposure (None: the longest that fills no pixel), dark frame and pose."""
    rng = np.random.default_rng([seed, 3, number])
    fov, f_number = [(22.4, 1.0), (22.4, 1.0), (22.4, 2.0), (22.4, 4.0), (13.2, 1.0)][number % 5]
    camera = Camera(
        fov_cm=fov, f_number=f_number, binning=int(rng.choice([4, 8, 8, 16])), photo_binning=4
    )
    bed = bed_for(camera, 5 if fov > 20 else 3)
    pose = ("dorsal", "ventral", "bent", "rotated")[number // 5 % 4]
    coat = COATS[number // 20 % 4] if number >= 20 else COATS[number % 4]
    mice = []
    for x in bed.cones_x_cm:
        mouse = Mouse(**lie(x, bed, rng, float(rng.uniform(1, 1.6))), **draw_body(rng), coat=coat)
        if pose == "ventral":
            mouse = replace(mouse, view="ventral")
        if pose == "bent":
            mouse = replace(mouse, bend_cm=float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.8)))
        tumour = meningeal_tumour(rng, _DEEPER_CM if pose == "ventral" else 0.0)
        mice.append(
            Glowing(
                mouse,
                tumour,
                float(10 ** rng.uniform(4, 9)),
                abdominal_glow(rng),
                float(10 ** rng.uniform(4, 6)),
            )
        )
    scene = Scene(
        camera,
        tuple(mice),
        bed,
        float(rng.choice([180.0, 15.0, -20.0])) if pose == "rotated" else 0.0,
        stray_p_s_cm2_sr=float(rng.uniform(0, 150)),
        stray_slope_per_cm=float(rng.normal(0, 0.01)),
        skin_glow=float(rng.choice([0.0, 1.0])),
        lighting=draw_lighting(rng),
    )
    exposure = None if rng.random() < 0.7 else float(rng.choice([1, 5, 20, 60, 180]))
    darks: tuple[DarkFrame, ...] = ("good", "constant", "absent")
    dark = darks[int(rng.choice(3, p=[0.84, 0.08, 0.08]))]
    return scene, exposure, dark, pose


def rows(case: tuple[int, int]) -> list[FluxRow]:
    """Simulate and measure the click of (number, seed)."""
    number, seed = case
    scene, exposure, dark, pose = drawn(number, seed)
    order = left_to_right(scene)
    with scratch() as folder:
        truth = written(
            Path(folder) / "click",
            scene,
            np.random.default_rng([seed, 4, number]),
            exposure,
            dark,
        )
        done: MeasuredClick | None = None
        try:
            done = measured(Path(folder) / "click", len(order))
        except InputError as error:
            print(f"flux click {number} is left out: {error}")
    seen = (
        scene.camera.seen(scene.radiance) * 4 * np.pi * (scene.camera.fov_cm / scene.camera.n) ** 2
    )
    out = []
    for place, k in enumerate(order, start=1):
        for region, flux in truth.mice[k].flux_p_s.items():
            base = (number, place, region, scene.mice[k].mouse.coat, pose, dark)
            taken = (scene.camera.fov_cm, truth.exposure_s, scene.camera.binning, flux)
            if done is None or done.mice is None:
                nan = float("nan")
                out.append(FluxRow(*base, *taken, nan, nan, nan, nan, nan, False, True, True))
                continue
            (row,) = (r for r in done.rows if r.place == place and r.region == region)
            masks = {"whole_body": done.labels, "neuraxis": done.neuraxis}
            inside = float(seen[masks[region] == place].sum()) if region in masks else float("nan")
            stray = 4 * np.pi * scene.stray_p_s_cm2_sr * row.area_cm2
            out.append(
                FluxRow(
                    *base,
                    *taken,
                    row.total_flux_p_s,
                    row.total_flux_se_p_s,
                    row.lod_p_s,
                    flux - stray,
                    inside,
                    row.n_saturated > 0,
                    done.mice[place - 1].suspicion >= SUSPICIOUS,
                    False,
                )
            )
    return out
