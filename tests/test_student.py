"""Student's t, beside SciPy's, which is another method (incomplete beta function)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from lumicohort.student import cumulative, quantile

DFS = (*range(1, 60), 99, 100, 999, 1000, 1001, 5000)
LEVELS = (0.5, 0.51, 0.9, 0.95, 0.99, 0.999, 0.99999)


@pytest.mark.parametrize("df", DFS)
def test_probabilities_are_those_of_scipy(df: int) -> None:
    t = np.concatenate([np.linspace(-60, 60, 241), [-1e6, 1e6]])
    assert cumulative(df, t) == pytest.approx(stdtr(df, t), abs=2e-14)
    assert cumulative(df, [[0.0, math.inf]]).tolist() == [[0.5, 1.0]]


@pytest.mark.parametrize("df", DFS)
def test_quantiles_are_those_of_scipy(df: int) -> None:
    ours = [quantile(df, level) for level in LEVELS]
    assert ours == pytest.approx([float(stdtrit(df, level)) for level in LEVELS], rel=2e-10, abs=0)


def test_quantiles_of_printed_tables() -> None:
    """Those of Fisher & Yates's table, by which anyone can check them."""
    found = [quantile(df, 0.99) for df in (1, 2, 5, 30, 120)]
    assert [round(t, 3) for t in found] == [31.821, 6.965, 3.365, 2.457, 2.358]


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        cumulative(0, 1.0)
    with pytest.raises(ValueError, match="not at 1"):
        quantile(5, 1.0)
