"""Whether outlines lie at a coat's edge; and small mice among large ones, where that decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lumicohort.regions.candidates import candidates
from lumicohort.regions.edges import contrast, is_whole, looks_like_mouse
from lumicohort.regions.foregrounds import foregrounds
from lumicohort.regions.mice import find_mice
from lumicohort.regions.photograph import prepare
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.draw import bed_for
from lumicohort.simulate.hard import KINDS
from lumicohort.simulate.mouse import Coat, Mouse
from lumicohort.simulate.scene import Glowing, Scene


def scene(sizes: list[float], coat: Coat, bed: float = 355.0) -> Scene:
    """Lay mice of some sizes, relative to a grown one, side by side."""
    camera = Camera(fov_cm=22.4, photo_binning=4)
    cones = bed_for(camera)
    mice = [
        Mouse(x, cones.front_y_cm, length_cm=7.6 * size, tail_cm=8.5 * size, coat=coat)
        for x, size in zip(cones.cones_x_cm, sizes, strict=False)
    ]
    drawn = Scene(camera, tuple(Glowing(m, (), 0.0) for m in mice), cones)
    return replace(drawn, lighting=replace(drawn.lighting, bed=bed))


def overlaps(drawn: Scene, seed: int | list[int] = 3) -> list[float]:
    """Return intersection over union of every mouse found with the one that lies there."""
    photograph = drawn.photograph(np.random.default_rng(seed))
    found = find_mice(photograph, drawn.camera.fov_cm, len(drawn.mice))
    labels = drawn.labels(found[0].mask.shape[0])
    return [
        float((m.mask & (labels == k)).sum() / (m.mask | (labels == k)).sum())
        for k, m in enumerate(found, start=1)
    ]


@pytest.mark.parametrize(
    ("sizes", "coat", "bed"),
    [
        # light beds: a nude coat is no longer much lighter, as that of an agouti mouse is not
        ([1.0, 0.72, 1.05, 0.7, 0.95], "nude", 440.0),
        ([1.05, 0.7, 1.0], "agouti", 355.0),
        # of large mice, the lightest part alone is more like a usual mouse
        ([0.68, 1.15, 1.12], "nude", 355.0),
    ],
)
def test_outlines_of_small_mice_among_large_ones_are_their_own(
    sizes: list[float], coat: Coat, bed: float
) -> None:
    assert min(overlaps(scene(sizes, coat, bed))) > 0.88


def test_ten_small_mice_are_not_outlined_with_the_bed_beside_them() -> None:
    kind = "six to ten mice"
    click = KINDS[kind](np.random.default_rng([601, 4, sum(map(ord, kind))]))
    assert min(overlaps(click.scene, [602, 4])) > 0.85


def test_edges_are_told_from_cuts_through_a_coat_and_from_bed() -> None:
    drawn = scene([1.0, 1.0], "white")
    photo = prepare(drawn.photograph(np.random.default_rng(1)), drawn.camera.fov_cm)
    first = next(iter(foregrounds(photo)))
    mouse, other = candidates(photo, first, 0, 3)
    assert is_whole(photo, mouse)
    assert is_whole(photo, other)
    assert contrast(photo, mouse) > 1.0
    # the inner part of the same mouse has coat on both sides of its outline
    middle = mouse.body.points.mean(axis=0)
    inner = np.hypot(*(mouse.body.points - middle).T) < 0.8
    mouse.body = mouse.body.where(inner)
    assert not is_whole(photo, mouse)


def test_a_coat_cut_up_as_metal_is_not_whole() -> None:
    drawn = scene([1.0], "white")
    photo = prepare(drawn.photograph(np.random.default_rng(1)), drawn.camera.fov_cm)
    (mouse,) = candidates(photo, next(iter(foregrounds(photo))), 0, 2)
    assert is_whole(photo, mouse)
    # far lighter than the others of its photograph, its lightest tenth was left out
    level = mouse.body.of(photo.level)
    light = level > np.percentile(level, 90)
    mouse.foreground.metal.ravel()[mouse.body.flat[light]] = True
    mouse.body = mouse.body.where(~light)
    assert not is_whole(photo, mouse)


def test_smaller_than_usual_is_a_mouse_only_with_a_tail_and_whole() -> None:
    drawn = scene([0.62], "white")
    photo = prepare(drawn.photograph(np.random.default_rng(1)), drawn.camera.fov_cm)
    (mouse,) = candidates(photo, next(iter(foregrounds(photo))), 0, 2)
    assert mouse.penalty > 5.0
    assert looks_like_mouse(photo, mouse)
    mouse.head_evidence = 2.0
    assert not looks_like_mouse(photo, mouse)
