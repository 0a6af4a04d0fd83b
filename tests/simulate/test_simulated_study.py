"""The simulated cohort: published medians and burdens, and deaths that burden drives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from scipy.stats import spearmanr, ttest_ind

from lumicohort.errors import InputError
from lumicohort.simulate import parameters
from lumicohort.simulate.cohort import Animal, days_of_death, simulate_cohort
from lumicohort.simulate.study import make_study
from lumicohort.study.config import load_config, parse_config


@pytest.fixture(scope="module")
def animals(root: Path) -> list[Animal]:
    simulate = load_config(root / "config" / "config.yaml").simulate
    assert simulate is not None
    return simulate_cohort(simulate.seed, simulate.animals_per_arm)


def arm_of(animals: list[Animal], model: str, arm: str) -> list[Animal]:
    return [a for a in animals if a.model == model and a.arm == arm]


@pytest.mark.parametrize(
    ("model", "arm", "median"),
    [
        ("MDA231-LeptoM", "vehicle", 23),
        ("MDA231-LeptoM", "DFO", 35),
        ("PC9-LeptoM", "vehicle", 21),
        ("PC9-LeptoM", "DFO", 33),
    ],
)
def test_medians(animals: list[Animal], model: str, arm: str, median: float) -> None:
    days = sorted(a.end_day for a in arm_of(animals, model, arm))
    assert len(days) == 10
    assert (days[4] + days[5]) / 2 == median


@pytest.mark.parametrize("model", list(parameters.MODELS))
def test_no_animal_dies_before_the_last_common_imaging_day(
    animals: list[Animal], model: str
) -> None:
    first = min(a.end_day for a in animals if a.model == model)
    assert parameters.MODELS[model].alive_until < first <= parameters.MODELS[model].alive_until + 7


@pytest.mark.parametrize("model", list(parameters.MODELS))
def test_arms_differ_as_published(animals: list[Animal], model: str) -> None:
    one, other = (arm_of(animals, model, arm) for arm in ("vehicle", "DFO"))
    events = [[a.end_reason != "end of study" for a in group] for group in (one, other)]
    p = logrank_test([a.end_day for a in one], [a.end_day for a in other], *events).p_value
    assert p < 0.0001
    assert (
        ttest_ind([a.endpoint for a in one], [a.endpoint for a in other], equal_var=False).pvalue
        < 0.001
    )
    for group in (one, other):
        spread = np.std([a.endpoint for a in group], ddof=1)
        assert spread == pytest.approx(0.25, rel=1e-6)


@pytest.mark.parametrize("model", list(parameters.MODELS))
@pytest.mark.parametrize("arm", ["vehicle", "DFO"])
def test_burden_drives_death(animals: list[Animal], model: str, arm: str) -> None:
    group = arm_of(animals, model, arm)
    assert spearmanr([a.endpoint for a in group], [a.end_day for a in group]).statistic < -0.4


def test_every_cage_holds_both_arms(animals: list[Animal]) -> None:
    for cage in {a.cage for a in animals}:
        assert {a.arm for a in animals if a.cage == cage} == {"vehicle", "DFO"}


def test_data_that_are_not_simulated_are_left_alone(root: Path, tmp_path: Path) -> None:
    config = load_config(root / "config" / "config.yaml")
    (tmp_path / "imaging").mkdir()
    (tmp_path / "imaging" / "mine.txt").write_text("real")
    with pytest.raises(InputError, match="not simulated"):
        make_study(config, tmp_path)
    assert (tmp_path / "imaging" / "mine.txt").read_text() == "real"


def test_only_a_config_that_asks_for_it_is_simulated(tmp_path: Path) -> None:
    study = parse_config(
        {"study": "s", "models": {"M": {}}, "arms": {"a": {}}, "reference_arm": "a"}
    )
    with pytest.raises(InputError, match="no `simulate` section"):
        make_study(study, tmp_path / "data")
    assert not (tmp_path / "data").exists()


@given(
    st.lists(st.floats(0.01, 100), min_size=1, max_size=40),
    st.integers(0, 30),
    st.integers(1, 60),
)
def test_days_of_death_have_exactly_the_median(lasting: list[float], first: int, more: int) -> None:
    values = np.array(lasting)
    days = days_of_death(values, first, first + more)
    assert np.median(days) == first + more
    assert days.min() > first
    order = np.argsort(values, kind="stable")
    assert (np.diff(days[order]) >= 0).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_any_seed_gives_the_published_medians(seed: int) -> None:
    animals = simulate_cohort(seed, 10)
    for model, truth in parameters.MODELS.items():
        for arm, arm_truth in truth.arms.items():
            days = [a.end_day for a in arm_of(animals, model, arm)]
            assert np.median(days) == arm_truth.median_days


def test_most_animals_end_at_more_than_20_percent_weight_loss(animals: list[Animal]) -> None:
    humane = [a for a in animals if a.end_reason == "humane endpoint"]
    lost = [1 - a.weight_on(a.end_day) / a.weight_g for a in humane]
    assert np.mean(np.array(lost) > 0.20) > 0.7
    # Nobody was left alive beyond the limit.
    assert max(1 - a.weight_on(a.end_day - 2) / a.weight_g for a in animals) < 0.20
    alive = [a for a in animals if a.end_reason == "end of study"]
    assert alive
    assert all(a.weight_on(a.end_day) > a.weight_g for a in alive)


def test_animals_are_6_to_8_weeks_old(animals: list[Animal]) -> None:
    assert all(42 <= (a.inoculated - a.born).days <= 56 for a in animals)


def test_a_batch_added_to_simulated_data_is_not_lost(root: Path, tmp_path: Path) -> None:
    config = load_config(root / "config" / "config.yaml")
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "truth.csv").write_text("batch,click\n2020-01-13_day07,SIM1\n")
    for name in ("2020-01-13_day07", "mine"):
        (tmp_path / "imaging" / name).mkdir(parents=True)
    with pytest.raises(InputError, match=r"not simulated \(mine\)"):
        make_study(config, tmp_path)
    assert (tmp_path / "imaging" / "mine").is_dir()
