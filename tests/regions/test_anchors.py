"""Tails and nose cones as marks of where a body hidden in the bed lies."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.anchors import anchored
from lumicohort.regions.photograph import WorkingPhotograph

PIXEL = 0.095


def photograph(cut_cm: float = 0.0, cone: bool = True) -> tuple[WorkingPhotograph, np.ndarray]:
    """Return a bed with a tail from (8, 12) down to (8, 18) cm, and a cone's glints at (8, 3)."""
    y, x = (np.mgrid[:236, :236] + 0.5) * PIXEL
    level = np.zeros((236, 236))
    tail = (np.abs(x - 8) < 0.2) & (y > 12) & (y < 18)
    tail &= np.abs(y - 13.5) > cut_cm / 2
    level[tail] = 0.8
    metal = (np.hypot(x - 8, y - 3) < 0.3) & cone
    level[metal] = 3.0
    level += np.random.default_rng(1).normal(0, 0.05, level.shape)
    return WorkingPhotograph(level, PIXEL, 0.05), metal


def test_a_body_is_expected_between_a_tail_and_the_cone_ahead_of_it() -> None:
    photo, metal = photograph()
    first, *others = anchored(photo, metal)
    # smoothing takes an end of a ridge in by about its scale
    assert first.base == pytest.approx([8, 12.2], abs=0.2)
    assert first.way == pytest.approx([0, -1], abs=0.03)
    assert first.cone == pytest.approx([8, 3], abs=0.05)
    assert not first.shifted
    # the tail's other end has no cone ahead; should a mark have cut it, the base lies further on
    assert all(o.shifted and o.way[1] < -0.99 for o in others)
    assert [float(first.base[1] - o.base[1]) for o in others] == pytest.approx([1, 2], abs=0.01)


def test_the_rear_is_the_rump_and_the_middle_of_the_trunk() -> None:
    photo, metal = photograph()
    rear = anchored(photo, metal)[0].rear(photo)
    low, high = rear.points.min(axis=0), rear.points.max(axis=0)
    assert [*low, *high] == pytest.approx([6.8, 8.2, 9.2, 12.2], abs=0.25)


def test_a_mark_of_ink_does_not_cut_a_tail() -> None:
    photo, metal = photograph(cut_cm=0.25)
    bases = {round(float(a.base[1]), 1) for a in anchored(photo, metal) if not a.shifted}
    assert len(bases) == 1 and bases.pop() == pytest.approx(12.2, abs=0.2)


def test_without_cones_either_end_of_a_tail_may_be_its_base() -> None:
    photo, metal = photograph(cone=False)
    found = anchored(photo, metal)
    assert sorted(round(float(a.base[1])) for a in found) == [12, 18]
    assert all(a.cone is None for a in found)
    assert all(a.way[1] == pytest.approx(-1 if a.base[1] < 15 else 1, abs=0.02) for a in found)


def test_a_bed_without_tails_has_no_anchors() -> None:
    noise = np.random.default_rng(2).normal(0, 0.05, (236, 236))
    nothing = np.zeros((236, 236), dtype=bool)
    assert anchored(WorkingPhotograph(noise, PIXEL, 0.05), nothing) == []
