"""Student's t and root finding against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.student_t import below, meeting, quantile


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 30, 55, 120, 200, 201, 2.5])
def test_distribution_is_scipys(df: float) -> None:
    from scipy.special import stdtr

    values = np.linspace(-40.0, 40.0, 33)
    np.testing.assert_allclose(below(values, df), stdtr(df, values), rtol=0, atol=2e-15)


def test_distribution_of_many_values_is_that_of_few() -> None:
    values = np.linspace(-8.0, 8.0, 1000)
    one_by_one = [float(below(values[k : k + 1], 60.0)[0]) for k in range(1000)]
    np.testing.assert_allclose(below(values, 60.0), one_by_one, rtol=0, atol=2e-15)


@pytest.mark.parametrize("df", [1, 2, 3, 17, 54, 120, 200, 201, 2.5])
@pytest.mark.parametrize("level", [0.6, 0.9, 0.95, 0.99, 0.999])
def test_quantile_is_scipys(df: float, level: float) -> None:
    from scipy.special import stdtrit

    assert quantile(df, level) == pytest.approx(float(stdtrit(df, level)), rel=1e-12)


def test_quantiles_of_closed_form() -> None:
    # 1 degree of freedom: Cauchy's distribution; 2: t = (2p - 1) sqrt(2 / (4 p (1 - p)))
    assert quantile(1.0, 0.99) == pytest.approx(np.tan(0.49 * np.pi), rel=1e-13)
    assert quantile(2.0, 0.99) == pytest.approx(0.98 * np.sqrt(2 / (4 * 0.99 * 0.01)), rel=1e-13)
    assert quantile(7.0, 0.5) == 0.0


def test_the_same_places_are_asked_as_by_scipy() -> None:
    from scipy.optimize import brentq

    rng = np.random.default_rng(12)
    for _ in range(200):
        centre, width = rng.uniform(-3, 3), rng.uniform(0.05, 4)
        power = int(rng.choice([1, 3, 5]))

        asked: list[float] = []

        def of(x: float, centre: float = centre, width: float = width, power: int = power) -> float:
            asked.append(x)  # noqa: B023
            return float(np.arctan((centre - x) / width) ** power + 0.1 * (centre - x))

        low, high = centre - rng.uniform(0.1, 9), centre + rng.uniform(0.1, 90)
        found, ours = meeting(of, low, high, rtol=1e-4), len(asked)
        expected = brentq(of, low, high, rtol=1e-4)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        assert len(asked) == 2 * ours


def test_roots_at_the_ends_and_none() -> None:
    assert meeting(lambda x: x - 2.0, 2.0, 5.0, rtol=1e-9) == 2.0
    assert meeting(lambda x: x - 5.0, 2.0, 5.0, rtol=1e-9) == 5.0
    with pytest.raises(ValueError, match="one sign"):
        meeting(lambda x: x * x + 1.0, -1.0, 1.0, rtol=1e-9)
