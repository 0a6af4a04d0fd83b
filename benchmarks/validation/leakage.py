"""Light that is counted in a region where it does not glow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.draw import abdominal_glow, bed_for, draw_body, lie
from lumicohort.simulate.lighting import draw_lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source
from validation.clicks import left_to_right, measured, scratch, written

VEILS = (0.0, 0.01, 0.03)
"""Parts of the light that lens and air scatter far."""
NEIGHBOUR_P_S = (1e7, 1e8, 1e9)
FAINT_P_S = 1e5


@dataclass(frozen=True)
class LeakRow:
    """Light where it does not glow.

    Parameters
    ----------
    what : str
        `abdomen in neuraxis`, `head in spinal`, or `neighbour in neuraxis`.
    level : str
        For neighbours: the veil; else empty.
    neighbour_p_s : float
        Flux of the brightest neighbour.
    true_share, measured_share : float
        Part of the whole body's light in the region (for neighbours: their light over the
        animal's own).
    flagged : bool
        Whether the row says `spill_from_neighbour`, or that it is below its LOD.
    predicted_share : float
        Predicted light of neighbours over the animal's own.
    """

    what: str
    level: str
    neighbour_p_s: float
    true_share: float
    measured_share: float
    flagged: bool
    predicted_share: float


def rows(case: tuple[int, int]) -> list[LeakRow]:
    """Simulate and measure the click of (number, seed): kinds take turns."""
    number, seed = case
    rng = np.random.default_rng([seed, 6, number])
    if number % 3 < 2:
        return _inside(rng, "abdomen" if number % 3 == 0 else "head")
    return _beside(rng, VEILS[number // 3 % 3])


def _mice(camera: Camera, rng: np.random.Generator) -> list[Mouse]:
    bed = bed_for(camera)
    return [Mouse(**lie(x, bed, rng), **draw_body(rng)) for x in bed.cones_x_cm]


def _inside(rng: np.random.Generator, where: str) -> list[LeakRow]:
    camera = Camera(binning=int(rng.choice([4, 8])))
    glowing = []
    for mouse in _mice(camera, rng):
        if where == "abdomen":
            glowing.append(Glowing(mouse, (), 0.0, abdominal_glow(rng), 1e7))
        else:
            head = tuple(
                Source(float(s), float(rng.normal(0, 0.15)), 0.3, 1.0)
                for s in rng.uniform(0.06, 0.2, 3)
            )
            glowing.append(Glowing(mouse, head, 1e7))
    scene = Scene(
        camera,
        tuple(glowing),
        bed_for(camera),
        stray_p_s_cm2_sr=0.0,
        skin_glow=0.0,
        lighting=draw_lighting(rng),
    )
    region = "neuraxis" if where == "abdomen" else "spinal"
    with scratch() as folder:
        truth = written(Path(folder) / "click", scene, rng)
        done = measured(Path(folder) / "click", len(glowing))
    flux = {(r.place, r.region): r.net_flux_p_s for r in done.rows}
    out = []
    for place, k in enumerate(left_to_right(scene), start=1):
        true = truth.mice[k].flux_p_s
        out.append(
            LeakRow(
                f"{where} in {region}",
                "",
                0.0,
                true[region] / true["whole_body"],
                flux[place, region] / flux[place, "whole_body"],
                False,
                0.0,
            )
        )
    return out


def _beside(rng: np.random.Generator, veil: float) -> list[LeakRow]:
    """Faint animals in beds 2 and 4 beside bright ones in beds 1, 3 and 5."""
    camera = Camera(veil=veil)
    bright = float(rng.choice(NEIGHBOUR_P_S))
    sources = (Source(0.15, 0.0, 0.3, 1.0), Source(0.6, 0.0, 0.25, 0.3))
    glowing = [
        Glowing(mouse, sources, bright if k % 2 == 0 else FAINT_P_S)
        for k, mouse in enumerate(_mice(camera, rng))
    ]
    scene = Scene(camera, tuple(glowing), bed_for(camera), lighting=draw_lighting(rng))
    with scratch() as folder:
        written(Path(folder) / "click", scene, rng)
        done = measured(Path(folder) / "click", len(glowing))
    pixel = 4 * np.pi * (camera.fov_cm / camera.n) ** 2
    out = []
    for place, k in enumerate(left_to_right(scene), start=1):
        if scene.mice[k].tumour_flux_p_s == bright:
            continue
        alone = Scene(camera, (scene.mice[k],), scene.bed, stray_p_s_cm2_sr=scene.stray_p_s_cm2_sr)
        mask = done.neuraxis == place
        own = float(camera.seen(alone.radiance)[mask].sum()) * pixel
        together = float(camera.seen(scene.radiance)[mask].sum()) * pixel
        (row,) = (r for r in done.rows if r.place == place and r.region == "neuraxis")
        out.append(
            LeakRow(
                "neighbour in neuraxis",
                f"{100 * veil:g} %",
                bright,
                together / own - 1,
                row.total_flux_p_s / own - 1,
                row.below_lod or "spill_from_neighbour" in row.flags,
                row.spill_p_s / own,
            )
        )
    return out
