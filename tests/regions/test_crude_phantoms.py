"""Phantoms drawn as plainly as can be: even shapes on an even bed, in any range of values."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound

FOV_CM = 22.4
LENGTH_CM, WIDTH_CM = 8.0, 2.6
PLACES_CM = (-8.96, -4.48, 0.0, 4.48, 8.96)


def drawn(shape: str, low: float, high: float, dtype: DTypeLike = np.uint16) -> NDArray[np.generic]:
    """Return a photograph of five bodies side by side, as wide before as behind."""
    at = (np.arange(480) + 0.5) * FOV_CM / 480 - FOV_CM / 2
    out = np.full((480, 480), low)
    for place in PLACES_CM:
        x, y = np.meshgrid((at - place) / (WIDTH_CM / 2), at / (LENGTH_CM / 2))
        inside = {
            "ellipse": x**2 + y**2 <= 1,
            "rectangle": (abs(x) <= 1) & (abs(y) <= 1),
        }[shape]
        out[inside] = high
    return out.astype(dtype)


@pytest.mark.parametrize("shape", ["ellipse", "rectangle"])
def test_where_nothing_tells_the_heads_all_lie_towards_the_upper_side(shape: str) -> None:
    mice = find_mice(drawn(shape, 200, 2000), FOV_CM, 5)
    headings = [m.axis[-1] - m.axis[0] for m in mice]
    assert all(down > 0.85 * LENGTH_CM and abs(across) < 0.2 for across, down in headings)
    assert all("head end uncertain" in m.reasons for m in mice)
    assert not any("heads in another direction" in m.reasons for m in mice)
    assert all(m.suspicion >= SUSPICIOUS for m in mice)


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [
        (0, 1, np.uint8),
        (0, 1, np.uint16),
        (0.1, 0.8, np.float32),
        (0.001, 0.01, np.float64),
        (0, 255, np.uint8),
        (0, 65535, np.uint16),
    ],
)
def test_mice_are_found_in_any_range_of_values(low: float, high: float, dtype: DTypeLike) -> None:
    mice = find_mice(drawn("ellipse", low, high, dtype), FOV_CM, 5)
    area = np.pi / 4 * LENGTH_CM * WIDTH_CM
    assert [m.area_cm2 for m in mice] == pytest.approx([area] * 5, rel=0.05)
    centres = [m.centre[0] - FOV_CM / 2 for m in mice]
    assert centres == pytest.approx(PLACES_CM, abs=0.1)


def test_a_black_photograph_shows_no_mouse() -> None:
    with pytest.raises(MiceNotFound, match="found no mice"):
        find_mice(np.zeros((480, 480), np.uint16), FOV_CM, 5)
