"""Midlines of mice that hide one another's flanks, and flags where a photograph does not tell."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import WHITE, Animal, draw

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.anatomy import anatomy_regions, body_map
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.overlaps import HOLDS_ANOTHER, INTO_ANOTHER, OVERLAP
from lumicohort.study.config.imaging import Regions


def four(apart_cm: float, angle: float, lower_cm: float = 0.3) -> tuple[list[Mouse], list[float]]:
    """Return four mice, the second upon the first; and how far their tail bases are off, cm."""
    common = {"length": 7.5, "width": 3.1, "coat": WHITE}
    second = Animal(5 + apart_cm, 8 + lower_cm, angle=angle, **common)
    animals = [Animal(5, 8, **common), second, *(Animal(x, 8, **common) for x in (12, 16.5))]
    scene = draw(animals, seed=3, dividers=False)
    mice = find_mice(scene.photograph, scene.fov_cm, 4)
    ends = [
        float(np.hypot(*(mouse.axis[-1] - axis[-1])))
        for mouse, axis in zip(mice, scene.axes, strict=True)
    ]
    return mice, ends


@pytest.mark.parametrize(("apart_cm", "angle"), [(2.7, -6), (2.5, -6)])
def test_a_hidden_flank_does_not_push_the_midline_aside(apart_cm: float, angle: float) -> None:
    # the middle of what is seen ends 0.5 cm and more beside the tail base
    mice, ends = four(apart_cm, angle)
    assert all("touches a neighbour" in m.reasons for m in mice[:2])
    assert max(ends) < 0.35
    assert not any(m.flags for m in mice)


def test_mice_that_lie_across_one_another_are_flagged_and_no_others() -> None:
    mice, _ = four(3.5, 50, lower_cm=0)
    assert [m.flags for m in mice] == [(OVERLAP,), (OVERLAP,), (), ()]
    told = {reason for m in mice[:2] for reason in m.reasons}
    assert {INTO_ANOTHER, HOLDS_ANOTHER} <= told
    assert all((m.suspicion >= SUSPICIOUS) == bool(m.flags) for m in mice)
    config = Regions()
    regions = anatomy_regions(mice, body_map(mice, 240, 22.4, config.margin_cm), config)
    assert {r.place for r in regions if OVERLAP in r.flags} == {1, 2}
    assert sum(OVERLAP in r.flags for r in regions) == 8
