"""Strips of mice that the image's edge cuts off and the sheet does not name."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import WHITE, Animal, draw

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import CUT_OFF, find_mice

FOV_CM = 22.4
NAMED = [Animal(x, 8.5, coat=WHITE, tail_bend=0) for x in (6, 10, 14)]


def photograph(*others: Animal) -> np.ndarray:
    """Return three mice in the middle, and others."""
    return draw([*NAMED, *others], dividers=False, seed=2).photograph


@pytest.mark.parametrize("x_cm", [-0.7, FOV_CM + 0.7])
def test_a_strip_of_an_unnamed_mouse_is_told_on_all_mice(x_cm: float) -> None:
    mice = find_mice(photograph(Animal(x_cm, 8.5, coat=WHITE)), FOV_CM, 3)
    assert [round(m.axis[0, 0]) for m in mice] == [6, 10, 14]
    assert all(CUT_OFF in m.reasons and m.suspicion >= SUSPICIOUS for m in mice)


def test_nothing_a_tail_and_a_rim_at_the_edge_are_no_mouse() -> None:
    plain = photograph()
    tail = photograph(Animal(18, 17.5, coat=WHITE, tail=8, tail_bend=0))
    rim = plain.copy()
    rim[:, :20] = np.median(plain[330:400, 250:265])  # a tube along the whole edge
    for image, count in ((plain, 3), (tail, 4), (rim, 3)):
        mice = find_mice(image, FOV_CM, count)
        assert not any(CUT_OFF in m.reasons for m in mice)
