"""Distances beside SciPy's exact transform."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from lumicohort.regions.nearness import distance_cm


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 40),
    columns=st.integers(1, 40),
    part=st.floats(0.0, 0.3),
    pixel_cm=st.sampled_from([0.05, 0.1, 0.098, 0.3, 2.5]),
)
def test_within_reach_distances_are_those_of_the_whole_transform(
    seed: int, rows: int, columns: int, part: float, pixel_cm: float
) -> None:
    outside = np.random.default_rng(seed).random((rows, columns)) >= part
    outside[rows // 2, columns // 2] = False
    whole = (distance_transform_edt(outside) * pixel_cm).astype(np.float32)
    found = distance_cm(outside, pixel_cm, 1.0)
    near = np.isfinite(found)
    assert (found[near] == whole[near]).all()
    assert (whole[~near] > 1.0).all()
    assert found.dtype == np.float32


def test_without_any_region_all_is_far() -> None:
    assert np.isinf(distance_cm(np.ones((5, 9), dtype=bool), 0.1, 1.0)).all()


def test_fine_images_give_the_same() -> None:
    """A pixel of 0.05 mm: the reach is 200 pixels, for which SciPy is asked."""
    outside = np.ones((300, 300), dtype=bool)
    outside[10, 20] = False
    found = distance_cm(outside, 0.005, 1.0)
    assert found[10, 200] == pytest.approx(0.9)
    assert found[13, 24] == pytest.approx(0.025)
    assert np.isinf(found[10, 221])
    assert found[10, 220] == pytest.approx(1.0)
