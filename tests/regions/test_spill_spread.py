"""Light spread over blocks: by Fourier transform as by adding up every pair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from lumicohort.regions.spill import (
    LENGTHS_CM,
    _block_ids,
    _by_block,
    _fitted,
    _kernels,
    _spread,
)


def test_convolution_adds_up_every_pair() -> None:
    across, cell = 13, 0.8
    source = np.random.default_rng(0).lognormal(0, 3, (across, across))
    source[::3] = -1.0  # no light comes from less than nothing
    found = _spread(source, _kernels(across, cell))
    y, x = np.nonzero(source > 0)
    for k, length in enumerate(LENGTHS_CM):
        expected = np.zeros_like(source)
        for i, j in np.ndindex(across, across):
            distance = np.hypot(y - i, x - j) * cell
            falls = np.exp(-distance / length) / (2 * np.pi * length**2)
            expected[i, j] = (falls * source[y, x]).sum() * cell**2
        assert found[k] == pytest.approx(expected, rel=1e-9, abs=1e-12 * expected.max())


def test_blocks_leave_rows_over() -> None:
    image = np.arange(49.0).reshape(7, 7)
    assert _by_block(image, 3, np.add).tolist() == [
        [image[:3, :3].sum(), image[:3, 3:6].sum()],
        [image[3:6, :3].sum(), image[3:6, 3:6].sum()],
    ]
    assert (_block_ids(7, 3)[6] == 4).all() and (_block_ids(7, 3)[:, 6] == 4).all()


def test_weights_that_are_not_negative_are_scipys() -> None:
    rng = np.random.default_rng(1)
    zeros = np.zeros(4, dtype=int)
    for _ in range(200):
        distance = rng.uniform(0.4, 5.0, size=rng.integers(20, 300))
        terms = np.stack([np.exp(-distance / c) / (2 * np.pi * c**2) for c in LENGTHS_CM], axis=1)
        value = terms @ (rng.uniform(0, 1, 3) * (rng.random(3) < 0.6))
        value += rng.normal(size=len(value)) * rng.choice([1e-4, 1e-2])
        found, expected = _fitted(1e6 * terms, 1e6 * value), nnls(terms, value)[0]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)
        zeros[np.count_nonzero(found == 0)] += 1
    assert (zeros[:3] > 10).all()  # of all kinds


def test_terms_that_say_the_same_count_once() -> None:
    term = np.array([3.0, 2.0, 1.0])
    found = _fitted(np.stack([term, term, 0 * term], axis=1), 4 * term)
    assert found.sum() == pytest.approx(4.0)
    assert found.min() == 0.0
    assert (_fitted(np.stack([term, term], axis=1), -term) == 0).all()
