"""Hard clicks that mouse finding once got wrong; each is drawn again from its number."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound
from lumicohort.simulate.hard import KINDS, HardClick


def drawn(kind: str, seed: int, number: int) -> tuple[HardClick, np.ndarray]:
    click = KINDS[kind](np.random.default_rng([seed, 1, number]))
    return click, click.scene.photograph(np.random.default_rng([seed, 5, number]))


def check(click: HardClick, photograph: np.ndarray, area: float, nose_cm: float) -> None:
    """Compare the mice found, left to right, with those drawn."""
    scene = click.scene
    fov = scene.camera.fov_cm
    mice = find_mice(photograph, fov, click.named)
    truths = sorted(scene.truth, key=lambda t: t.nose_cm[0] + t.tail_base_cm[0])
    assert len(mice) == len(truths)
    for mouse, truth in zip(mice, truths, strict=True):
        assert mouse.area_cm2 == pytest.approx(truth.area_cm2, rel=area)
        nose, base = (np.array(e) + fov / 2 for e in (truth.nose_cm, truth.tail_base_cm))
        assert np.hypot(*(mouse.axis[0] - nose)) < nose_cm
        assert np.hypot(*(mouse.axis[-1] - base)) < 1.5


@pytest.mark.parametrize(("seed", "number"), [(11, 197), (12, 92)])
def test_touching_mice_are_parted_lengthwise_not_front_from_rear(seed: int, number: int) -> None:
    check(*drawn("touching flanks", seed, number), area=0.2, nose_cm=1.0)


@pytest.mark.parametrize(
    ("kind", "seed", "number"),
    [
        ("black coat", 11, 150),
        ("agouti coat", 11, 275),
    ],
)
def test_mice_as_dark_as_the_bed_are_found_from_tail_to_cone(
    kind: str, seed: int, number: int
) -> None:
    check(*drawn(kind, seed, number), area=0.35, nose_cm=0.8)


def test_fewer_than_there_are_small_mice_is_refused() -> None:
    click, photograph = drawn("six to ten mice", 1, 49)
    with pytest.raises(MiceNotFound, match=r"found 9 mice .* where 8 are expected"):
        find_mice(photograph, click.scene.camera.fov_cm, 8)


def test_a_sheet_that_names_the_light_mice_only_is_refused() -> None:
    click, photograph = drawn("coats mixed on a click", 11, 88)  # two of five are black
    with pytest.raises(MiceNotFound, match=r"found 5 mice .* where 3 are expected"):
        find_mice(photograph, click.scene.camera.fov_cm, 3)


def test_a_mouse_that_the_edge_cuts_off_keeps_its_tail_base() -> None:
    check(*drawn("bed turned by 10 to 45°", 11, 182), area=0.2, nose_cm=1.0)
