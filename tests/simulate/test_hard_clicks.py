"""What makes clicks hard: kinds, light of photographs, veils, touching mice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.hard import KINDS
from lumicohort.simulate.lighting import Lighting, Patch
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source

BED = Bed(cones_x_cm=(0.0,), front_y_cm=-5.0, manifold_y_cm=-7.0)
COARSE = Camera(binning=16, photo_binning=16)


def scene_of(*mice: Mouse, **changes: object) -> Scene:
    source = (Source(0.15, 0.0, 0.3, 1.0),)
    glowing = tuple(Glowing(m, source, 1e7) for m in mice)
    return replace(Scene(COARSE, glowing, BED), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_lies_in_the_field_of_view(kind: str) -> None:
    for seed in range(4):
        click = KINDS[kind](np.random.default_rng(seed))
        scene = click.scene
        assert click.kind == kind
        noses = [scene.on_image(*g.mouse.axis_cm[0]) for g in scene.mice]
        assert np.abs(noses).max() < scene.camera.fov_cm / 2
        wrong = {"removed, still in the sheet": 1, "there, not in the sheet": -1}
        assert click.named - len(scene.mice) == wrong.get(kind, 0)
        assert click.ordered == (kind != "bed turned by 90°")
        again = KINDS[kind](np.random.default_rng(seed)).scene
        assert again.mice == scene.mice


def test_regions_of_touching_mice_share_no_pixel() -> None:
    pair = [Mouse(x_cm=-1.78, y_cm=-5.0), Mouse(x_cm=1.78, y_cm=-5.0)]
    together = scene_of(*pair)
    one, other = (masks["whole_body"] for masks in together._regions)
    assert not (one & other).any()
    alone = [scene_of(m)._regions[0]["whole_body"] for m in pair]
    assert (alone[0] & alone[1]).any()
    assert ((one | other) == (alone[0] | alone[1])).all()
    # alike mice at equal distances from the middle share what lies between them evenly
    assert one.sum() == pytest.approx(other.sum(), rel=0.02)


def test_a_veil_scatters_its_part_by_the_cube_of_the_distance() -> None:
    camera = Camera(binning=16, veil=0.02, veil_cm=1.0, lens_blur_cm=0.01)
    light = np.zeros((120, 120))
    light[60, 60] = 1e9
    pixel = 22.4 / 120
    seen = camera.seen(light)
    for away in (10, 30, 50):
        expected = 0.02 * 1e9 * pixel**2 / (2 * np.pi * ((away * pixel) ** 2 + 1) ** 1.5)
        assert seen[60, 60 + away] == pytest.approx(expected, rel=1e-3)
    clear = Camera(binning=16, lens_blur_cm=0.01).seen(light)
    assert clear[60, 90] == 0
    # what a veil takes from the middle it gives to the rest: the stage holds most of it
    assert 0.985 < seen.sum() / clear.sum() < 1.0


def test_a_tail_that_turns_keeps_its_length() -> None:
    mouse = Mouse(x_cm=0, y_cm=-5, tail_cm=8.0, tail_bend_cm=0.0, tail_turn_deg=180.0)
    line = np.array([mouse.on_tail(float(t)) for t in np.linspace(0, 1, 400)])
    assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(8.0, rel=1e-3)
    # half a circle: the tip is as far down as the base, two radii aside
    assert line[-1, 1] == pytest.approx(line[0, 1], abs=1e-6)
    assert abs(line[-1, 0] - line[0, 0]) == pytest.approx(2 * 8.0 / np.pi, rel=1e-6)


def test_dark_skin_without_tumour_is_as_bright_as_the_stage() -> None:
    dark = scene_of(Mouse(x_cm=0, y_cm=-5), skin_glow=0.0, stray_slope_per_cm=0.01)
    dim = replace(dark, mice=tuple(replace(g, tumour_flux_p_s=0.0) for g in dark.mice))
    x, _ = dim.grid(dim.camera.fine)
    assert np.allclose(dim.radiance, 150.0 * (1 + 0.01 * x))
    assert dark.radiance.max() > 1e5


def test_light_of_the_photograph() -> None:
    still = Lighting(noise=0.0)
    plain = scene_of(Mouse(x_cm=0, y_cm=-5), lighting=still).photograph(np.random.default_rng(1))
    bright = scene_of(Mouse(x_cm=0, y_cm=-5), lighting=replace(still, exposure=2.0)).photograph(
        np.random.default_rng(1)
    )
    usual = plain < 30000
    assert np.allclose(bright[usual], 2.0 * plain[usual], atol=2)
    shine = Patch(6.0, 6.0, 1.0, 0.5, 0.0, 5000.0)
    shiny = scene_of(
        Mouse(x_cm=0, y_cm=-5), lighting=replace(still, reflections=(shine,))
    ).photograph(np.random.default_rng(1))
    row, column = np.unravel_index(np.argmax(shiny.astype(float) - plain), plain.shape)
    x, y = COARSE.grid(plain.shape[0])
    assert (x[row, column], y[row, column]) == pytest.approx((6.0, 6.0), abs=0.4)
    sloped = scene_of(
        Mouse(x_cm=0, y_cm=-5), lighting=replace(still, slope_per_cm=(0.02, 0.0))
    ).photograph(np.random.default_rng(1))
    ratio = sloped[100:, :].astype(float) / plain[100:, :]
    assert np.median(ratio[:, -10:]) - np.median(ratio[:, :10]) > 0.3


def test_coats_are_lighter_from_black_to_white() -> None:
    greys = []
    for coat in ("black", "agouti", "nude", "white"):
        scene = scene_of(Mouse(x_cm=0, y_cm=-5, coat=coat))  # type: ignore[arg-type]
        picture = scene.photograph(np.random.default_rng(1))
        greys.append(float(np.median(picture[scene.labels(picture.shape[0]) == 1])))
    assert greys == sorted(greys)
    assert len(set(greys)) == 4
