"""Arc length and nearest points against closed forms and a dense search."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.polyline import (
    arc_length,
    cut,
    lengthen,
    project,
    project_sets,
    resample,
)

ARC = np.column_stack([5 * np.cos(np.linspace(0, 1.2, 200)), 5 * np.sin(np.linspace(0, 1.2, 200))])


def test_arc_length_of_a_circle() -> None:
    assert arc_length(ARC)[-1] == pytest.approx(5 * 1.2, rel=1e-5)
    assert arc_length(resample(ARC, 33))[-1] == pytest.approx(6.0, rel=1e-3)


def test_projection_agrees_with_a_dense_search() -> None:
    axis = resample(ARC, 33)
    points = np.random.default_rng(0).uniform([1, -1], [7, 6], (500, 2))
    found = project(points, axis)
    dense = resample(axis, 20001)
    distance = np.hypot(*(points[:, None] - dense[None]).transpose(2, 0, 1))
    np.testing.assert_allclose(found.distance_cm, distance.min(axis=1), atol=1e-3)
    along = arc_length(dense)[distance.argmin(axis=1)]
    # ties at corners apart, the place agrees as well
    assert (np.abs(found.along_cm - along) < 0.01).mean() > 0.98


def test_the_sign_tells_the_side() -> None:
    axis = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]])  # downwards in the image
    found = project(np.array([[-0.5, 1.0], [0.5, 1.0], [0.0, -1.0], [0.0, 3.0]]), axis)
    np.testing.assert_allclose(found.offset_cm[:2], [0.5, -0.5])
    np.testing.assert_allclose(found.along_cm, [1.0, 1.0, 0.0, 2.0])
    np.testing.assert_allclose(found.distance_cm, [0.5, 0.5, 1.0, 1.0])


def test_lengthen_and_cut_keep_straight_on() -> None:
    axis = np.column_stack([np.zeros(9), np.linspace(0, 4, 9)])
    longer = lengthen(axis, 1.0, 2.0)
    np.testing.assert_allclose(longer[[0, -1]], [[0, -1], [0, 6]])
    np.testing.assert_allclose(cut(longer, 2.0, 5.0, 4), [[0, 1], [0, 2], [0, 3], [0, 4]])


def test_sets_of_points_on_lines_of_any_number_of_vertices() -> None:
    rng = np.random.default_rng(3)
    lines = [np.stack([np.linspace(0, 6, n), np.sin(np.linspace(0, 1, n))], axis=1) for n in (9, 5)]
    sets = [rng.uniform(-1, 7, (30, 2)), rng.uniform(-1, 7, (20, 2))]
    x, y = np.concatenate(sets).T
    for used in (lines, [lines[0], lines[0]]):
        found = project_sets(x, y, [30, 20], used)
        apart = [project(points, line) for points, line in zip(sets, used, strict=True)]
        for name in ("along_cm", "distance_cm", "offset_cm"):
            expected = np.concatenate([getattr(one, name) for one in apart])
            assert getattr(found, name) == pytest.approx(expected, abs=1e-12)
