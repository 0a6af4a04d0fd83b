"""Random draws do not depend on how the rows of a sheet are sorted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lumicohort.burden.permutation import permutation_test as burden_test
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.differences import median_differences
from lumicohort.survival.permutation import permutation_test
from lumicohort.survival.permutation_chi_squared import permutation_test_chi_squared

DRAWS = 500


def animals(n: int, arms: int, *, strata: bool = False, entry: bool = False) -> dict[str, list]:
    """Return columns of animals, several of whom die on one day."""
    rng = np.random.default_rng(11)
    time = np.ceil(rng.exponential(20, n)) + 2
    return {
        "time": time.tolist(),
        "event": rng.choice([0, 1], n, p=[0.2, 0.8]).tolist(),
        "group": [f"arm {k % arms}" for k in range(n)],
        "stratum": [f"cage {k * 3 // n}" for k in range(n)] if strata else None,
        "entry": np.where(rng.random(n) < 0.3, 2, 0).tolist() if entry else None,
        "ids": [f"m{k}" for k in range(n)],
    }


def data_of(columns: dict[str, list], order: np.ndarray) -> SurvivalData:
    """Return the animals with their rows in that order, the arms as they were."""
    moved = {
        name: [values[k] for k in order] if values is not None else None
        for name, values in columns.items()
    }
    return SurvivalData.from_arrays(**moved, arms=sorted(set(columns["group"])))


@pytest.mark.parametrize(
    ("columns", "numbers"),
    [
        pytest.param(
            animals(30, 2),
            lambda d: [x for m in median_differences(d, 299) for x in (m.lower, m.upper)],
            id="bootstrap of medians",
        ),
        pytest.param(
            animals(30, 2, entry=True),
            lambda d: [x for m in median_differences(d, 299) for x in (m.lower, m.upper)],
            id="bootstrap of medians, delayed entry",
        ),
        pytest.param(
            animals(30, 2),
            lambda d: [permutation_test(d, DRAWS, exact=False).p_value],
            id="log-rank",
        ),
        pytest.param(
            animals(45, 3, strata=True),
            lambda d: [permutation_test(d, DRAWS, exact=False).p_value],
            id="log-rank, three arms in strata",
        ),
        pytest.param(
            animals(40, 2, entry=True),
            lambda d: [permutation_test(d, DRAWS, exact=False).p_value],
            id="log-rank, delayed entry",
        ),
        pytest.param(
            animals(40, 2),
            lambda d: [permutation_test_chi_squared(d, DRAWS).p_value],
            id="log-rank chi-squared",
        ),
    ],
)
def test_rows_sorted_anew_give_the_same_draws(
    columns: dict[str, list], numbers: Callable[[SurvivalData], list[float]]
) -> None:
    n = len(columns["time"])
    as_written = numbers(data_of(columns, np.arange(n)))
    assert np.isfinite(as_written).all()
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(n)
        assert numbers(data_of(columns, order)) == as_written


def test_burden_in_another_order_gives_the_same_draws() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(6.2, 0.5, 22), rng.normal(5.9, 0.5, 20)
    as_written = burden_test(first, second, DRAWS, 9)
    assert not as_written.exact
    for seed in range(5):
        mix = np.random.default_rng(seed)
        again = burden_test(mix.permutation(first), mix.permutation(second), DRAWS, 9)
        assert again.p_value == as_written.p_value


def test_intervals_of_medians_turn_round_with_the_arms() -> None:
    columns = animals(30, 2)
    there = SurvivalData.from_arrays(**columns, arms=["arm 0", "arm 1"])
    back = SurvivalData.from_arrays(**columns, arms=["arm 1", "arm 0"])
    days, ratio = median_differences(there, 299)
    days_back, ratio_back = median_differences(back, 299)
    assert (days.lower, days.upper) == (-days_back.upper, -days_back.lower)
    assert [ratio.lower, ratio.upper] == pytest.approx([1 / ratio_back.upper, 1 / ratio_back.lower])
    assert days.lower < days.estimate < days.upper


def test_arms_in_another_order_give_the_same_draws() -> None:
    columns = animals(46, 3, strata=True)
    p_values = {
        permutation_test(
            SurvivalData.from_arrays(**columns, arms=[f"arm {k}" for k in order]),
            DRAWS,
            exact=False,
        ).p_value
        for order in ((0, 1, 2), (2, 0, 1), (1, 0, 2))
    }
    assert len(p_values) == 1
