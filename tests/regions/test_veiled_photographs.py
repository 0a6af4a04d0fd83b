"""Photographs over which light lies: a camera's own offset, or stray light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound, Mouse
from lumicohort.regions.photograph import veil_over
from lumicohort.simulate.draw import Draw, draw_camera, draw_scene
from lumicohort.simulate.hard import COATS, KINDS, HardClick
from lumicohort.simulate.lighting import draw_lighting


def drawn(kind: str, number: int) -> tuple[HardClick, np.ndarray]:
    click = KINDS[kind](np.random.default_rng([1, 1, number]))
    return click, click.scene.photograph(np.random.default_rng(number)).astype(float)


def right(click: HardClick, mice: Sequence[Mouse]) -> int:
    """Count the mice whose area and nose are those that were drawn."""
    fov = click.scene.camera.fov_cm
    return sum(
        abs(m.area_cm2 / t.area_cm2 - 1) < 0.3
        and np.hypot(*(m.axis[0] - np.array(t.nose_cm) - fov / 2)) < 1.0
        for m, t in zip(mice, click.scene.truth, strict=True)
    )


@pytest.mark.parametrize(
    ("kind", "veil"),
    [
        ("white coat", 800),
        ("black coat", 200),
        ("black coat", 400),
        ("coats mixed on a click", 400),
        ("coats mixed on a click", 800),
    ],
)
def test_mice_are_found_through_a_veil(kind: str, veil: int) -> None:
    for number in range(2):
        click, photograph = drawn(kind, number)
        count = len(click.scene.mice)
        mice = find_mice(photograph + veil, click.scene.camera.fov_cm, count)
        wrong = count - right(click, mice)
        assert wrong <= sum(m.suspicion >= SUSPICIOUS for m in mice)
        assert wrong <= 1


def test_mice_that_nobody_sees_are_not_made_up() -> None:
    for number in range(2):
        click, photograph = drawn("white coat", number)
        fov, count = click.scene.camera.fov_cm, len(click.scene.mice)
        for named in (count - 1, count + 1):
            with pytest.raises(MiceNotFound, match=f"{named} are expected"):
                find_mice(photograph + 400, fov, named)


def test_the_veil_is_what_was_added_where_something_is_dark() -> None:
    """A bed of 100, its corners half as light: no veil; with 300 more, 300."""
    bed = np.full((240, 240), 100.0)
    bed[:30, :30] = 50.0
    assert veil_over(bed, 22.8) == 0.0
    assert veil_over(bed + 300, 22.8) == pytest.approx(300, rel=0.01)
    assert veil_over(2 * bed + 300, 22.8) == pytest.approx(300, rel=0.01)


@pytest.mark.parametrize("number", [137, 172])
def test_coats_about_as_dark_as_the_bed_are_not_cut(number: int) -> None:
    """What looks like a veil there is none: with more contrast, thresholds cut shaded coats."""
    rng = np.random.default_rng([1, 3, number])
    draw = Draw(coats=COATS, empty=0.1, log10_flux=(6, 8))
    camera = draw_camera(rng)
    scene = draw_scene(rng, camera, 3, draw)
    if scene.camera.fov_cm > 20:
        scene = draw_scene(rng, scene.camera, 5, draw)
    scene = replace(scene, lighting=draw_lighting(rng))
    photograph = scene.photograph(np.random.default_rng(4))
    fov = scene.camera.fov_cm
    assert veil_over(photograph, fov) > 0
    mice = find_mice(photograph, fov, len(scene.mice))
    for mouse, truth in zip(mice, scene.truth, strict=True):
        assert mouse.area_cm2 == pytest.approx(truth.area_cm2, rel=0.12)
