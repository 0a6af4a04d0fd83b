"""Light spread over blocks: by Fourier transform as by adding up every pair."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.spill import (
    LENGTHS_CM,
    _block_ids,
    _by_block,
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
