"""Bodies as profiles along their midlines, several at once as one by one."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.body import AXIS_POINTS, Profile, Slices, midlines
from lumicohort.regions.candidates import NO_BODY, _raggedness
from lumicohort.regions.cones import Cone, find_cones, straight_front
from lumicohort.regions.heads import shape_evidence
from lumicohort.regions.polyline import arc_length
from lumicohort.regions.trace import _body_runs

PIXEL = 0.095


def profile(
    width: np.ndarray, level: np.ndarray | None = None, bend: float = 0.0, vertices: int = 19
) -> Profile:
    """Return a body of so wide slices that starts 1 cm behind its axis' start."""
    x = np.linspace(0, len(width) * PIXEL + 2, vertices)
    axis = np.stack([x, 5 + bend * np.sin(x / 3)], axis=1)
    count = int(arc_length(axis)[-1] / PIXEL) + 1
    along = (np.arange(count) + 0.5) * PIXEL
    first = int(np.searchsorted(along, 1.0))
    widths, levels = np.zeros(count), np.zeros(count)
    widths[first : first + len(width)] = width
    levels[first : first + len(width)] = 1.0 if level is None else level
    return Profile(axis, along, widths, levels, 1.0, 1.0 + len(width) * PIXEL)


def trunk(slices: int = 60) -> np.ndarray:
    """Return the widths of a body that is widest behind its middle."""
    s = (np.arange(slices) + 0.5) / slices
    return 2.6 * np.sin(np.pi * s**1.3) ** 0.5


def test_midlines_at_once_are_those_one_by_one() -> None:
    bodies = [profile(trunk(n), bend=b) for n, b in ((60, 0.0), (55, 0.6), (70, -0.9))]
    alone = [p.between(p.start_cm, p.end_cm).midline for p in bodies]
    together = midlines(bodies)
    assert together.shape == (3, AXIS_POINTS, 2)
    assert together == pytest.approx(np.stack(alone), abs=1e-12)
    assert bodies[1].midline is not alone[1]
    assert bodies[1].midline == pytest.approx(together[1], abs=0)  # kept for later
    # with one that is known, and one whose axis has other vertices
    others = [bodies[0], profile(trunk(), bend=0.3, vertices=25), profile(trunk(), bend=0.2)]
    alone = [p.between(p.start_cm, p.end_cm).midline for p in others]
    assert midlines(others) == pytest.approx(np.stack(alone), abs=1e-12)


def test_a_midline_that_ends_with_its_axis_ends_at_the_last_vertex() -> None:
    whole = [p.between(0.0, p.axis_cm) for p in (profile(trunk(), bend=0.5), profile(trunk(50)))]
    for line, own in zip(midlines(whole), whole, strict=True):
        assert line[[0, -1]] == pytest.approx(own.axis[[0, -1]], abs=1e-12)


def test_a_turned_body_has_the_same_midline_from_the_other_end() -> None:
    one = profile(trunk(), bend=0.7)
    fresh = one.turned().midline
    assert fresh[::-1] == pytest.approx(one.midline, abs=1e-12)
    assert one.turned().midline == pytest.approx(fresh, abs=1e-12)


def test_slices_are_those_between_a_bodys_ends() -> None:
    bodies = [profile(trunk(60)), profile(trunk(40))]
    slices = Slices.of(bodies)
    assert slices.counts.tolist() == [60, 40]
    assert slices.there.sum(axis=1).tolist() == [60, 40]
    assert slices.width_cm[1, :40] == pytest.approx(trunk(40), abs=0)
    assert not slices.width_cm[1, 40:].any()
    assert (slices.along_cm[0] > bodies[0].start_cm).all()
    assert slices.along_cm[0, -1] < bodies[0].end_cm < slices.along_cm[0, -1] + PIXEL
    empty = bodies[0].between(3.0, 3.0)
    assert Slices.of([empty]).counts.tolist() == [0]


def coned(bright: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return widths and levels of a body in a nose cone of 20 slices."""
    width = np.concatenate([np.full(20, 1.0), 1.0 + trunk(50)])
    return width, np.where(np.arange(70) < 20, 1.8 if bright else 1.0, 1.0)


@pytest.mark.parametrize(("bright", "by"), [(True, "brightness"), (False, "straight sides")])
def test_a_cone_is_found_at_the_end_it_is_at(bright: bool, by: str) -> None:
    width, level = coned(bright)
    ahead, behind = profile(width, level), profile(width, level).turned()
    plain, stub = profile(trunk()), profile(trunk(20))
    bodies = [plain, ahead, stub, behind]
    (none, front, short, back) = find_cones(bodies, Slices.of(bodies))
    assert none == short == (None, None)
    assert front[1] is None
    assert back[0] is None
    assert front[0] is not None
    assert back[1] is not None
    assert front[0].by == back[1].by == by
    assert front[0].start_cm == pytest.approx(1.0 + 20 * PIXEL, abs=1.5 * PIXEL)
    # counted from the end of the axis that the cone is at
    alone = find_cones([behind.turned()], Slices.of([behind.turned()]))[0][0]
    assert isinstance(alone, Cone)
    assert back[1].start_cm == pytest.approx(alone.start_cm, abs=1e-9)


def test_the_wider_half_is_the_rear() -> None:
    one = profile(trunk())
    bodies = [one, one.turned(), profile(np.full(60, 2.0))]
    towards_end, towards_start, even = shape_evidence(bodies, Slices.of(bodies))
    assert 0.3 < towards_end <= 1.0
    assert towards_start == pytest.approx(-towards_end, abs=1e-9)
    assert even == pytest.approx(0.0, abs=0.2)


def test_a_ragged_outline_is_penalised() -> None:
    rng = np.random.default_rng(2)
    rough = trunk() + rng.normal(0, 0.3, 60)
    smooth, jagged, short = _raggedness([profile(trunk()), profile(rough), profile(trunk(9))])
    inner = rough[3:-3] - np.convolve(rough, np.ones(7) / 7, mode="valid")
    assert jagged == pytest.approx(float(np.std(inner) / 0.15) ** 2, rel=1e-9)
    assert smooth < 0.2 < 2 < jagged
    assert short == NO_BODY
    assert _raggedness([profile(trunk(9))]) == [NO_BODY]


def test_the_run_of_filled_slices_ends_where_they_are_empty_or_too_wide() -> None:
    width = np.zeros((4, 80))
    width[0, 10:60] = 2.0
    width[0, 5:8] = 2.0  # beyond a gap
    width[1, :70] = 2.0
    width[1, 60:70] = 6.0  # several mice wide, smoothed over five slices
    width[2, :20] = 2.0
    width[3] = 2.0  # to the last slice of all
    first, last = _body_runs(width, np.array([70, 70, 60, 80]))
    assert first.tolist() == [10, 0, 0, 0]
    assert last.tolist() == [60, 59, 0, 80]


@pytest.mark.parametrize(
    ("sides", "straight"),
    [
        ([1.4] * 9 + [1.9] * 50, True),  # 0.9 cm, wider than 1.25 cm
        ([1.4] * 6 + [1.9] * 50, False),  # no longer than 0.6 cm
        ([1.0] * 9 + [1.9] * 50, False),  # narrower: longer than 1.1 cm it had to be
        ([1.0] * 12 + [1.9] * 50, True),
        ([0.7] * 20 + [1.9] * 50, False),  # no wider than 0.7 cm
        ([0.8, 1.1] + [1.3] * 9 + [1.9] * 50, True),  # behind rounded corners
        ([0.8, 1.0, 1.2, 1.4, 1.6, 1.8] + [1.9] * 50, False),
        ([1.4] * 24, False),  # too short a body to tell
        ([1.4] * 25, True),  # of one width all along
    ],
)
def test_a_front_of_one_width_may_be_a_cone(sides: list[float], straight: bool) -> None:
    assert straight_front(profile(np.array(sides))) == straight
