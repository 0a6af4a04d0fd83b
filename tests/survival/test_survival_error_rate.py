"""How often a true null hypothesis is rejected at 5 %: the test chosen by default, and log-rank."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lumicohort.survival.analysis import Options, _chosen_test
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.permutation import permutation_test
from lumicohort.survival.tests import logrank_test

DRAWS = 20_000


def rates(per_arm: int, draws: int, seed: int = 1) -> tuple[float, float]:
    """Return rejection rates of the default test and of the asymptotic log-rank test.

    Both arms die by one Weibull law with medians near 28 days, seen on whole days (so with
    ties), the study ending on day 60.
    """
    rng = np.random.default_rng(seed)
    group = ["v"] * per_arm + ["d"] * per_arm
    default = asymptotic = 0
    for _ in range(draws):
        time = np.ceil(30 * rng.weibull(4, 2 * per_arm))
        data = SurvivalData.from_arrays(np.minimum(time, 60), time <= 60, group)
        assert _chosen_test(data, Options()) == "logrank_permutation"
        default += permutation_test(data).p_value <= 0.05
        asymptotic += logrank_test(data).p_value <= 0.05
    return default / draws, asymptotic / draws


@pytest.mark.slow
@pytest.mark.parametrize("per_arm", [6, 8, 10])
def test_default_test_holds_five_percent(per_arm: int) -> None:
    default, asymptotic = rates(per_arm, DRAWS)
    error = math.sqrt(0.05 * 0.95 / DRAWS)
    print(f"{per_arm} per arm: default {default:.4f}, asymptotic log-rank {asymptotic:.4f}")
    assert default <= 0.05 + 3 * error
    assert asymptotic > 0.05 + 3 * error  # why the default is not the asymptotic test


def test_default_test_holds_five_percent_in_few_draws() -> None:
    default, _ = rates(6, 400)
    assert default <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
