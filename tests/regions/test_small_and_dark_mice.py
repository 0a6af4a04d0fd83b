"""Mice that thresholds and lengths of grown mice do not show: small ones, and dark ones."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound
from lumicohort.simulate.hard import KINDS, HardClick


def drawn(kind: str, number: int) -> tuple[HardClick, np.ndarray]:
    click = KINDS[kind](np.random.default_rng([1, 1, number]))
    return click, click.scene.photograph(np.random.default_rng(number))


def test_nine_small_mice_are_found_at_their_own_size_and_flagged() -> None:
    click, photograph = drawn("six to ten mice", 49)
    fov = click.scene.camera.fov_cm
    mice = find_mice(photograph, fov, 9)
    for mouse, truth in zip(mice, click.scene.truth, strict=True):
        assert mouse.area_cm2 == pytest.approx(truth.area_cm2, rel=0.15)
        nose = np.array(truth.nose_cm) + fov / 2
        assert np.hypot(*(mouse.axis[0] - nose)) < 0.6
        assert "smaller than a grown mouse" in mouse.reasons
    with pytest.raises(MiceNotFound, match="10 are expected"):
        find_mice(photograph, fov, 10)


def test_black_mice_with_shaded_necks_are_found_by_their_rims() -> None:
    click, photograph = drawn("black coat", 213)
    fov = click.scene.camera.fov_cm
    mice = find_mice(photograph, fov, len(click.scene.mice))
    for mouse, truth in zip(mice, click.scene.truth, strict=True):
        assert mouse.area_cm2 == pytest.approx(truth.area_cm2, rel=0.3)
        nose = np.array(truth.nose_cm) + fov / 2
        assert np.hypot(*(mouse.axis[0] - nose)) < 1.0
        assert mouse.suspicion > 0.5


@pytest.mark.parametrize(("number", "place", "to"), [(0, 0, 0.3), (0, 2, 0.5), (2, 1, 0.6)])
def test_a_mouse_darker_than_the_bed_that_nobody_names_is_told(
    number: int, place: int, to: float
) -> None:
    """The photograph of light mice, one of which is dark, tail and all, by a factor of the bed."""
    click, photograph = drawn("white coat", number)
    fov, count = click.scene.camera.fov_cm, len(click.scene.mice)
    reason = "something dark may be another mouse: check who is who"
    assert not any(reason in m.reasons for m in find_mice(photograph, fov, count))
    skin = click.scene.silhouettes[place].skin
    at = ((np.arange(len(photograph)) + 0.5) / len(photograph) * len(skin)).astype(int)
    own = skin[np.ix_(at, at)]
    dark = photograph.astype(float)
    dark[own] *= to * np.median(dark) / np.median(dark[own])
    mice = find_mice(dark, fov, count - 1)
    assert all(reason in m.reasons and m.suspicion >= SUSPICIOUS for m in mice)
