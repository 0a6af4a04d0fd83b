"""How often a true null hypothesis is rejected at 5 %: the test chosen by default, and log-rank.

The simulation is that of ``benchmarks/validate_type1.py``, which also draws the figure.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lumicohort.survival.analysis import Options, _chosen_test
from lumicohort.survival.data import SurvivalData

DRAWS = 20_000


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "validate_type1.py"
    spec = importlib.util.spec_from_file_location("validate_type1", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("per_arm", [6, 8, 10])
def test_the_simulated_test_is_the_default_one(per_arm: int) -> None:
    time = np.arange(2.0 * per_arm)
    data = SurvivalData.from_arrays(time, time > 0, ["v"] * per_arm + ["d"] * per_arm)
    assert _chosen_test(data, Options()) == "logrank_permutation"


@pytest.mark.slow
@pytest.mark.parametrize("per_arm", [6, 8, 10])
def test_default_test_holds_five_percent(simulation: ModuleType, per_arm: int) -> None:
    default, asymptotic = simulation.rates(per_arm, DRAWS)
    print(f"{per_arm} per arm: default {default:.4f}, asymptotic log-rank {asymptotic:.4f}")
    assert default <= simulation.allowed(DRAWS)
    assert asymptotic > simulation.allowed(DRAWS)  # why the default is not the asymptotic test


def test_default_test_holds_five_percent_in_few_draws(simulation: ModuleType) -> None:
    default, _ = simulation.rates(6, 400)
    assert default <= simulation.allowed(400)
