"""A thing in the place of an animal that the sheet names: refused or flagged, never passed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scenes import WHITE, Animal, draw

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound, Mouse
from lumicohort.simulate.hard import KINDS, POSES, HardClick, thing_in_place
from lumicohort.simulate.objects import SHAPES, Shape

BARE = "neither tail nor ears or feet: may be an object"
FLAT = "flat, and no tail: may be an object"
OTHER = "unlike the others in shade, and no tail: may be an object"
STRAIGHT = "straight flanks: may be an object"
EVEN = "no narrower at the head: may be an object"
LIES_ON = "lies against something else"
BED = "holds some of the bed: check the outline"
SHIFTED = "another outline may be an object: check who is who"
SIGNS = {BARE, FLAT, OTHER, STRAIGHT, EVEN, LIES_ON, BED}


def found(click: HardClick, seed: int) -> list[Mouse]:
    picture = click.scene.photograph(np.random.default_rng([9, seed]))
    return find_mice(picture, click.scene.camera.fov_cm, click.named)


def in_place(click: HardClick, mice: list[Mouse]) -> list[Mouse]:
    """Return what was found on the thing that lies in a mouse's place."""
    half = click.scene.camera.fov_cm / 2
    (thing,) = click.scene.things
    out = []
    for mouse in mice:
        at = (np.argwhere(mouse.mask)[:, ::-1] + 0.5) * mouse.pixel_cm - half
        if (thing.depth_cm(at[:, 0], at[:, 1]) > 0).mean() > 0.5:
            out.append(mouse)
    return out


def thing(shape: Shape, seed: int) -> HardClick:
    return thing_in_place(shape, np.random.default_rng([9, seed]))


@pytest.mark.parametrize(
    ("shape", "seed", "signs"),
    [
        ("bar", 0, {BARE, STRAIGHT, EVEN, OTHER}),
        ("rounded bar", 1, {BARE, STRAIGHT, OTHER}),
        ("wedge", 0, {BARE, EVEN, OTHER}),
        ("sheet", 2, {LIES_ON, OTHER}),
        ("glove", 2, {FLAT, LIES_ON, OTHER}),
        ("tube", 4, {BARE, STRAIGHT, EVEN}),
        ("syringe", 4, {STRAIGHT}),  # its needle is a tail, its flange ears
    ],
)
def test_what_is_no_mouse_is_flagged_for_what_it_lacks(
    shape: Shape, seed: int, signs: set[str]
) -> None:
    click = thing(shape, seed)
    mice = found(click, seed)
    (taken,) = in_place(click, mice)
    assert taken.suspicion >= SUSPICIOUS
    assert SIGNS & set(taken.reasons) == signs
    rest = [m for m in mice if m is not taken]
    assert len(rest) == len(click.scene.mice)
    assert not any(SIGNS & set(m.reasons) for m in rest)
    # which mouse is missing, nothing tells: the others may bear each other's names
    assert all(SHIFTED in m.reasons and m.suspicion >= SUSPICIOUS for m in rest)


def test_too_many_mice_are_refused_with_the_place_of_what_may_be_none() -> None:
    click = thing("bar", 0)
    (taken,) = in_place(click, found(click, 0))
    picture = click.scene.photograph(np.random.default_rng([9, 0]))
    with pytest.raises(MiceNotFound) as refused:
        find_mice(picture, click.scene.camera.fov_cm, click.named - 1)
    x, y = taken.centre
    place = f"perhaps what lies {x:.0f} cm from the left and {y:.0f} cm from the top is no mouse"
    assert f"{click.named - 1} are expected; {place}." in str(refused.value)


def labelled(named: int) -> list[Mouse]:
    """Return what is found where four mice lie, and a white label below them."""
    mice = [Animal(x, 7.5, coat=WHITE, tail_bend=0) for x in (4, 8, 12, 16)]
    scene = draw(mice, dividers=False, seed=4)
    picture, pixel = scene.photograph.astype(float), scene.fov_cm / len(scene.photograph)
    left, top = int(18 / pixel), int(19 / pixel)
    label = picture[top : top + int(1.7 / pixel), left : left + int(3.6 / pixel)]
    label[:] = 1500 + np.random.default_rng(0).normal(0, 30, label.shape)
    return find_mice(picture, scene.fov_cm, named)


def test_a_label_beside_as_many_mice_as_are_named_is_passed_over_and_told() -> None:
    mice = labelled(4)
    assert [round(m.axis[0, 0]) for m in mice] == [4, 8, 12, 16]
    for mouse in mice:
        (told,) = (r for r in mouse.reasons if "passed over" in r)
        assert "20 cm from the left and 20 cm from the top" in told
        assert mouse.suspicion >= SUSPICIOUS


def test_neither_label_nor_mouse_is_passed_over_where_another_number_is_named() -> None:
    for named in (1, 2, 3, 6):
        with pytest.raises(MiceNotFound, match="found 5 mice"):
            labelled(named)
    (label,) = (m for m in labelled(5) if m.centre[1] > 15)
    assert {BARE, STRAIGHT, EVEN} <= set(label.reasons)


@pytest.mark.parametrize("kind", list(POSES))
def test_curled_pregnant_and_tailless_mice_are_mice(kind: str) -> None:
    for mouse in found(POSES[kind](np.random.default_rng([9, 1])), 1):
        assert mouse.suspicion < SUSPICIOUS
        assert not SIGNS & set(mouse.reasons)


def test_an_outline_that_holds_the_bed_beside_a_mouse_is_flagged() -> None:
    click = KINDS["different sizes"](np.random.default_rng([7, 12, 1541]))
    laid = list(click.scene.mice)
    pup = replace(laid[2].mouse, length_cm=4.2, tail_cm=4.7, girth=0.85)
    laid[2] = replace(laid[2], mouse=pup)
    scene = replace(click.scene, mice=tuple(laid))
    mice = find_mice(scene.photograph(np.random.default_rng([8, 12])), scene.camera.fov_cm, 5)
    truths = [t.area_cm2 for t in scene.truth]
    wrong = [m.area_cm2 / true > 1.3 for m, true in zip(mice, truths, strict=True)]
    assert wrong == [False, False, True, False, False]
    assert [BED in m.reasons for m in mice] == wrong
    assert mice[2].suspicion >= SUSPICIOUS


@pytest.mark.slow
def test_hardly_anything_in_a_mouses_place_passes() -> None:
    passed, taken = [], 0
    for shape in SHAPES:
        for seed in range(30):
            click = thing(shape, 1000 + seed)
            try:
                mice = found(click, seed)
            except MiceNotFound:
                continue
            wrong = in_place(click, mice)
            taken += len(wrong)
            passed += [(shape, seed) for m in wrong if m.suspicion < SUSPICIOUS]
    print(f"{taken} things taken for mice, unflagged: {passed}")
    assert taken > 150
    assert len(passed) <= 0.03 * taken
