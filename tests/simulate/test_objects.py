"""Things on the bed that are no mice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.hard import POSES, thing_in_place
from lumicohort.simulate.lighting import Lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.objects import SHAPES, Thing, draw_thing
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Scene
from lumicohort.simulate.silhouette import silhouette

PIXEL = 0.04
X, Y = np.meshgrid(*2 * [np.arange(-12, 12, PIXEL) + PIXEL / 2])
BED = Bed(cones_x_cm=(0.0,), dividers=False, front_y_cm=-19.0, manifold_y_cm=-20.0)


def area(thing: Thing) -> float:
    return float((thing.depth_cm(X, Y) > 0).sum() * PIXEL**2)


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (Thing("bar", 1.0, -1.0, 7.0, 2.5, 30.0), 7.0 * 2.5),
        (Thing("rounded bar", 0.0, 0.0, 7.0, 2.5, 200.0), 4.5 * 2.5 + np.pi * 1.25**2),
        (Thing("ellipse", 0.0, 0.0, 7.0, 3.0, -40.0), np.pi * 3.5 * 1.5),
        (Thing("dish", 2.0, 0.0, 6.0, 6.0), np.pi * 9.0),
        (Thing("sheet", 0.0, 0.0, 8.0, 5.0, 12.0), 40.0),
    ],
)
def test_areas_of_plain_shapes(thing: Thing, expected: float) -> None:
    assert area(thing) == pytest.approx(expected, rel=0.01)


def test_a_ring_is_open_and_a_dish_is_not() -> None:
    for seed in range(5):
        ring = Thing("ring", 0.0, 0.0, 6.0, 6.0, seed=seed)
        assert 0.3 * np.pi * 9 < area(ring) < 0.92 * np.pi * 9
        assert ring.depth_cm(np.zeros(1), np.zeros(1))[0] < 0
        assert replace(ring, shape="dish").depth_cm(np.zeros(1), np.zeros(1))[0] == 3.0


def test_a_wedge_narrows_to_one_end() -> None:
    wedge = Thing("wedge", 0.0, 0.0, 8.0, 3.0)
    narrow, wide = (float((wedge.depth_cm(X[0], np.full_like(X[0], y)) > 0).sum()) for y in (-3, 3))
    assert 0.4 < narrow / wide < 0.8


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_drawn_again_from_its_seed_and_no_larger_than_it_says(shape: str) -> None:
    for seed in range(2):
        thing = draw_thing(shape, 0.0, 0.0, np.random.default_rng(seed))  # type: ignore[arg-type]
        assert thing == draw_thing(shape, 0.0, 0.0, np.random.default_rng(seed))  # type: ignore[arg-type]
        assert area(thing) > 0.2 * min(thing.length_cm * thing.width_cm, 40.0)
        if shape not in ("hand", "crumpled sheet", "glove", "manifold"):
            assert area(thing) <= 1.15 * thing.length_cm * thing.width_cm


def test_a_matt_thing_has_its_grey_and_a_furry_one_darker_flanks() -> None:
    light = Lighting(noise=0.0, falloff_per_cm2=0.0)
    camera = Camera(photo_binning=8)
    levels = {}
    for surface in ("matt", "fur"):
        thing = Thing("bar", 0.0, 0.0, 8.0, 3.0, grey=1000.0, surface=surface)  # type: ignore[arg-type]
        scene = Scene(camera, (), BED, lighting=light, things=(thing,))
        picture = scene.photograph(np.random.default_rng(1)).astype(float)
        depth = thing.depth_cm(*scene.grid(picture.shape[0]))
        levels[surface] = [
            float(np.median(picture[(depth > low) & (depth < low + 0.3)])) for low in (0.1, 1.1)
        ]
    assert levels["matt"] == pytest.approx([1030.0, 1030.0], rel=0.02)
    assert levels["fur"][0] < 0.85 * levels["fur"][1]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_thing_lies_in_the_place_of_one_animal_that_is_named(shape: str) -> None:
    for seed in range(4):
        click = thing_in_place(shape, np.random.default_rng(seed))  # type: ignore[arg-type]
        (thing,) = click.scene.things
        assert thing.shape == shape
        assert click.named == len(click.scene.mice) + 1
        assert all(abs(g.mouse.x_cm - thing.x_cm) > 2.0 for g in click.scene.mice)


def test_a_belly_widens_the_middle_only() -> None:
    lean, round_ = (Mouse(x_cm=0.0, y_cm=-4.0, belly_cm=b) for b in (0.0, 1.0))
    at = np.array([0.1, 0.58, 1.0])
    assert 2 * (round_.half_width_cm(at) - lean.half_width_cm(at)) == pytest.approx(
        [0.0, 1.0, 0.0], abs=0.002
    )
    x, y = np.meshgrid(*2 * [np.arange(-6, 8, 0.05)])
    grown = silhouette(round_, x, y).body.sum() - silhouette(lean, x, y).body.sum()
    # a bell curve of 1 cm, 0.16 of the length wide
    assert grown * 0.05**2 == pytest.approx(0.16 * np.sqrt(np.pi) * lean.length_cm, rel=0.05)


@pytest.mark.parametrize("kind", list(POSES))
def test_poses_are_what_they_say(kind: str) -> None:
    for seed in range(3):
        click = POSES[kind](np.random.default_rng(seed))
        assert click.kind == kind
        assert click.named == len(click.scene.mice)
        for glowing in click.scene.mice:
            mouse = glowing.mouse
            assert (abs(mouse.bend_cm) >= 1.0) == (kind == "curled")
            assert (mouse.belly_cm >= 0.3) == (kind == "pregnant")
            assert (mouse.tail_cm <= 1.5) == (kind == "tail hidden")
