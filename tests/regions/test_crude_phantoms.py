"""Phantoms drawn as plainly as can be: even shapes on an even bed, in any range of values."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray
from scipy.ndimage import gaussian_filter

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound

FOV_CM = 22.4
LENGTH_CM, WIDTH_CM = 8.0, 2.6
AREA_CM2 = np.pi / 4 * LENGTH_CM * WIDTH_CM
PIXEL_CM = FOV_CM / 480
PLACES_CM = (-8.96, -4.48, 0.0, 4.48, 8.96)


def drawn(
    shape: str,
    low: float,
    high: float,
    dtype: DTypeLike = np.uint16,
    width_cm: float = WIDTH_CM,
) -> NDArray[np.generic]:
    """Return a photograph of five bodies side by side, as wide before as behind."""
    at = (np.arange(480) + 0.5) * PIXEL_CM - FOV_CM / 2
    out = np.full((480, 480), low)
    for place in PLACES_CM:
        x, y = np.meshgrid((at - place) / (width_cm / 2), at / (LENGTH_CM / 2))
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
    assert [m.area_cm2 for m in mice] == pytest.approx([AREA_CM2] * 5, rel=0.05)
    centres = [m.centre[0] - FOV_CM / 2 for m in mice]
    assert centres == pytest.approx(PLACES_CM, abs=0.1)


def test_blur_on_a_black_bed_is_no_mouse() -> None:
    """Between the mice a hundredth of their brightness is left, many times the bed's."""
    sharp = drawn("ellipse", 0, 234, np.float64, width_cm=3.0)
    mice = find_mice(gaussian_filter(sharp, 0.38 / PIXEL_CM).astype(np.uint8), FOV_CM, 5)
    assert [m.length_cm for m in mice] == pytest.approx([LENGTH_CM] * 5, abs=1.0)
    assert [m.centre[0] - FOV_CM / 2 for m in mice] == pytest.approx(PLACES_CM, abs=0.15)


@pytest.mark.parametrize("sd", [5.0, 20.0, 40.0])
def test_noise_on_a_black_bed_is_no_mouse(sd: float) -> None:
    """Cut off at 0, noise differs from place to place by more than half of its mean."""
    photograph = drawn("ellipse", 0, 225, np.float64)
    photograph += np.random.default_rng(7).normal(0, sd, photograph.shape)
    mice = find_mice(photograph.clip(0, 255).astype(np.uint8), FOV_CM, 5)
    assert [m.area_cm2 for m in mice] == pytest.approx([AREA_CM2] * 5, rel=0.08)
    assert [m.centre[0] - FOV_CM / 2 for m in mice] == pytest.approx(PLACES_CM, abs=0.1)


@pytest.mark.parametrize("outside", [0.0, 20.0])
def test_dark_corners_around_a_round_stage_are_no_mice(outside: float) -> None:
    photograph = drawn("ellipse", 300, 2000, np.float64)
    at = (np.arange(480) + 0.5) * PIXEL_CM - FOV_CM / 2
    photograph[np.hypot(*np.meshgrid(at, at)) > 11.5] = outside
    photograph += np.random.default_rng(8).normal(0, 5, photograph.shape)
    mice = find_mice(photograph.clip(0).astype(np.uint16), FOV_CM, 5)
    assert [m.area_cm2 for m in mice] == pytest.approx([AREA_CM2] * 5, rel=0.05)
    assert [m.centre[0] - FOV_CM / 2 for m in mice] == pytest.approx(PLACES_CM, abs=0.1)


def test_a_black_photograph_shows_no_mouse() -> None:
    with pytest.raises(MiceNotFound, match="found no mice"):
        find_mice(np.zeros((480, 480), np.uint16), FOV_CM, 5)


@pytest.mark.parametrize(
    ("half_cm", "level", "flagged"), [(0.9, 2000, True), (0.7, 2000, True), (0.7, 6000, False)]
)
def test_a_nose_cone_as_light_as_the_coat_is_flagged(
    half_cm: float, level: float, flagged: bool
) -> None:
    photograph = drawn("ellipse", 200, 2000).astype(float)
    at = (np.arange(480) + 0.5) * PIXEL_CM - FOV_CM / 2
    x, y = np.meshgrid(at, at)
    for place in PLACES_CM:
        mouth = -LENGTH_CM / 2 + 0.3
        photograph[(abs(x - place) < half_cm) & (y < mouth) & (y > mouth - 1.0)] = level
        tail = (abs(x - place + 0.3 * np.sin(y)) < 0.15) & (y > 3.6) & (y < LENGTH_CM / 2 + 5)
        photograph[tail] = 2000
    mice = find_mice(photograph, FOV_CM, 5)
    noses_cm = np.array([m.axis[0][1] for m in mice]) - (FOV_CM - LENGTH_CM) / 2
    told = ["straight front, as of a nose cone: check the head end" in m.reasons for m in mice]
    assert told == [flagged] * 5
    if flagged:
        assert noses_cm.max() < -0.6
        assert all(m.suspicion >= SUSPICIOUS for m in mice)
    else:
        assert np.abs(noses_cm).max() < 0.5
