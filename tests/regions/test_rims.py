"""Rims followed as cheapest paths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from lumicohort.regions.rims import cheapest


def spent(costs: np.ndarray, path: tuple[int, ...]) -> float:
    """Return what a path costs; infinite where it bends by more than two columns."""
    bends = np.abs(np.diff(path))
    if bends.max() > 2:
        return float("inf")
    return float(costs[np.arange(len(path)), path].sum() + 0.02 * bends.sum())


def test_thecheapest_paths_are_those_of_all_tried() -> None:
    costs = np.random.default_rng(8).random((3, 5, 6)) * [[[0.1]], [[1.0]], [[1.0]]]
    costs[2, :, 3:] = np.inf  # a part that a path may not enter
    costs[1, 1] = [9, 9, 9, 9, 9, 0]
    found = cheapest(costs)
    assert found.shape == (3, 5)
    for table, path in zip(costs, found, strict=True):
        least = min(spent(table, tried) for tried in product(range(6), repeat=5))
        assert spent(table, tuple(path.tolist())) == pytest.approx(least, abs=1e-12)
    assert found[1, 1] == 5
    assert (found[2] < 3).all()
