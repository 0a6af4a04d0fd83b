"""The limit of detection: how often empty animals exceed it, and how often faint ones do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.draw import bed_for, draw_body, lie
from lumicohort.simulate.lighting import draw_lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source
from validation.clicks import left_to_right, measured, scratch, written

FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""True net flux over the LOD at which the power is looked at."""
BEDS = 6
Frames = Literal["good", "no dark frame", "neither frame"]
FRAMES: tuple[Frames, ...] = ("good", "no dark frame", "neither frame")
"""Frames that a click keeps: all, the bias frame alone (the dark one destroyed), or none."""


@dataclass(frozen=True)
class Still(Scene):
    """A scene whose photograph is taken once: only the light of its mice changes."""

    picture: np.ndarray | None = None

    def photograph(self, rng: np.random.Generator) -> np.ndarray:
        """Return the photograph that was taken."""
        if self.picture is None:
            return super().photograph(rng)
        return self.picture

    def lit(self, fluxes_p_s: list[float]) -> Still:
        """Return the same scene with other tumour fluxes."""
        mice = tuple(
            replace(g, tumour_flux_p_s=f) for g, f in zip(self.mice, fluxes_p_s, strict=True)
        )
        out = replace(self, mice=mice)
        out.__dict__["silhouettes"] = self.silhouettes
        out.__dict__["_regions"] = self._regions
        return out


@dataclass(frozen=True)
class LimitRow:
    """A region of an animal without light, or with light near the LOD.

    Parameters
    ----------
    click : int
        The click; its regions share one background.
    region, frames : str
        Region, and which frames the click keeps.
    uneven : bool
        Whether the stray light is uneven.
    factor : float
        True net flux over the LOD; 0 for an empty animal.
    net_p_s, lod_p_s : float
        As measured.
    above : bool
        Whether it counts as seen.
    """

    click: int
    region: str
    frames: str
    uneven: bool
    factor: float
    net_p_s: float
    lod_p_s: float
    above: bool


def rows(case: tuple[int, int, int, int]) -> list[LimitRow]:
    """Measure one bed of mice (number, seed), so often empty and so often faintly lit.

    Empty as often for each kind of frames; lit with good frames only.
    """
    number, seed, empty, faint = case
    rng = np.random.default_rng([seed, 5, number])
    camera = Camera(binning=[4, 8, 16][number % 3], photo_binning=4)
    bed = bed_for(camera, BEDS)
    sources = (Source(0.15, 0.0, 0.3, 1.0), Source(0.6, 0.0, 0.25, 0.3))
    uneven = number % 2 == 1
    scene = Still(
        camera,
        tuple(
            Glowing(Mouse(**lie(x, bed, rng), **draw_body(rng)), sources, 0.0)
            for x in bed.cones_x_cm
        ),
        bed,
        stray_p_s_cm2_sr=float(rng.uniform(0, 150)),
        stray_slope_per_cm=float(rng.normal(0, 0.02)) if uneven else 0.0,
        skin_glow=0.0,
        lighting=draw_lighting(rng),
    )
    scene = replace(scene, picture=scene.photograph(rng))
    scene = scene.lit([0.0] * BEDS)
    exposure = [5.0, 30.0, 60.0, 180.0][number // 3 % 4]
    order = left_to_right(scene)
    limits: dict[int, float] = {}
    out: list[LimitRow] = []
    kept: list[Frames] = [frames for frames in FRAMES for _ in range(empty)]
    dark = len(kept)
    kept += ["good"] * faint
    with scratch() as folder:
        for repeat, frames in enumerate(kept):
            lit, factors = scene, [0.0] * BEDS
            if repeat >= dark:
                factors = [float(f) for f in rng.choice(FACTORS, BEDS)]
                wanted = [0.0] * BEDS
                for place, k in enumerate(order):
                    wanted[k] = factors[place] * limits[place + 1]
                lit = scene.lit(wanted)
            at = Path(folder) / str(repeat)
            written(at, lit, rng, exposure, "good" if frames == "good" else "constant")
            if frames == "neither frame":
                (at / "readbias.TIF").unlink()
            for row in measured(at, BEDS).rows:
                if repeat == 0 and row.region == "neuraxis":
                    limits[row.place] = row.lod_p_s
                if repeat >= dark and row.region != "neuraxis":
                    continue
                out.append(
                    LimitRow(
                        number * len(kept) + repeat,
                        row.region,
                        frames,
                        uneven,
                        factors[row.place - 1],
                        row.net_flux_p_s,
                        row.lod_p_s,
                        not row.below_lod,
                    )
                )
    return out
