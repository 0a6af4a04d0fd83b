"""Cumulative incidence and Gray's test beside cmprsk 2.2-11 of R 4.2.2.

The data are made up: 0 censored, 1 the event, 2 a competing death. In R::

    d <- read.csv("made_competing.csv")
    f <- cuminc(d$time, d$outcome, d$group)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lumicohort.survival.competing import (
    CAUSES,
    COMPETING,
    EVENT,
    cumulative_incidence,
    gray_test,
    outcome_codes,
)
from lumicohort.survival.competing_frames import competing_frames
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.kaplan_meier import kaplan_meier

DATA = Path(__file__).parent / "data"


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.read_csv(DATA / "made_competing.csv")


def survival(table: pd.DataFrame) -> SurvivalData:
    return SurvivalData.from_arrays(table["time"], (table["outcome"] == 1), table["group"])


# f <- cuminc(s$time, s$outcome, s$group) with s the animals of these arms; f$Tests
TESTS: list[tuple[list[str], int, float, float, int]] = [
    (["vehicle", "low"], 1, 1.60446397764840, 0.2052717455193, 1),
    (["vehicle", "low"], 2, 0.07968738248635, 0.7777215080329, 1),
    (["vehicle", "high"], 1, 2.5402902583312, 0.1109743840706, 1),
    (["vehicle", "high"], 2, 0.6167410259221, 0.4322609254959, 1),
    (["low", "high"], 1, 0.04695961781292, 0.8284408392074, 1),
    (["low", "high"], 2, 0.95772116328895, 0.3277616976438, 1),
    (["vehicle", "low", "high"], 1, 3.110836232773, 0.2111010993571, 2),
    (["vehicle", "low", "high"], 2, 1.066375007833, 0.5867317760243, 2),
]


@pytest.mark.parametrize(("arms", "cause", "statistic", "p", "df"), TESTS)
def test_gray_agrees_with_r(
    table: pd.DataFrame, arms: list[str], cause: int, statistic: float, p: float, df: int
) -> None:
    part = table[table["group"].isin(arms)]
    found = gray_test(survival(part), part["outcome"].to_numpy(), cause)
    assert found.statistic == pytest.approx(statistic, rel=1e-10)
    assert found.p_value == pytest.approx(p, rel=1e-10)
    assert found.df == df


# cuminc(d$time, d$outcome, d$group, c("A", "B", "C")[seq_len(nrow(d)) %% 3 + 1])$Tests
STRATIFIED: list[tuple[int, float, float]] = [
    (1, 2.4336417399901, 0.29617023551441),
    (2, 0.99777336470958, 0.60720629702814),
]


@pytest.mark.parametrize(("cause", "statistic", "p"), STRATIFIED)
def test_stratified_gray_agrees_with_r(
    table: pd.DataFrame, cause: int, statistic: float, p: float
) -> None:
    strata = ["ABC"[i % 3] for i in range(1, len(table) + 1)]
    data = SurvivalData.from_arrays(
        table["time"], (table["outcome"] == 1), table["group"], stratum=strata
    )
    found = gray_test(data, table["outcome"].to_numpy(), cause)
    assert found.statistic == pytest.approx(statistic, rel=1e-10)
    assert found.p_value == pytest.approx(p, rel=1e-10)
    made = competing_frames(data, (table["outcome"] == 2).to_numpy(), "vehicle", "holm", "week")
    tests = made["competing_tests"]
    tests = tests[(tests["comparison"] == "all") & (tests["cause"] == CAUSES[cause])]
    assert tests["stratified_by"].tolist() == ["", "week"]
    assert tests["statistic"].tolist()[1] == found.statistic


# timepoints(f["vehicle 1"], c(10, 20, 25))$est, $var, and so on
INCIDENCES: list[tuple[str, int, list[float], list[float]]] = [
    (
        "vehicle",
        1,
        [0.07142857142857, 0.3571428571429, 0.5714285714286],
        [0.005132230406956, 0.01834861647641, 0.02069640462458],
    ),
    (
        "vehicle",
        2,
        [0.1428571428571, 0.2142857142857, 0.2142857142857],
        [0.009484772705927, 0.01322727586297, 0.01322727586297],
    ),
    (
        "low",
        1,
        [0.09090909090909, 0.1818181818182, 0.3636363636364],
        [0.008264462809917, 0.01535586747708, 0.02501639774367],
    ),
    ("low", 2, [0, 0.3636363636364, 0.3636363636364], [0, 0.02411517775154, 0.02411517775154]),
    (
        "high",
        1,
        [0.07692307692308, 0.1538461538462, 0.2307692307692],
        [0.006007153297363, 0.0110700333078, 0.01518937054485],
    ),
]


@pytest.mark.parametrize(("arm", "cause", "estimate", "variance"), INCIDENCES)
def test_incidence_agrees_with_r(
    table: pd.DataFrame, arm: str, cause: int, estimate: list[float], variance: list[float]
) -> None:
    part = table[table["group"] == arm]
    times = part["time"].to_numpy(float)
    found = cumulative_incidence(times, part["outcome"].to_numpy(), cause)
    at = np.searchsorted(found.time, [10, 20, 25], side="right") - 1
    np.testing.assert_allclose(found.incidence[at], estimate, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(found.se[at] ** 2, variance, rtol=1e-11, atol=1e-14)


def test_limits_in_closed_form() -> None:
    """One of four animals has died: F = 1/4, variance 1/4²; limits F^exp(±z se/(F ln F))."""
    found = cumulative_incidence(np.array([1.0, 2, 3, 4]), np.array([1, 0, 0, 0]))
    f, se = 0.25, 0.25
    assert found.se[0] == pytest.approx(se)
    stretch = np.exp(1.959963984540054 * se / (f * np.log(f)))
    assert found.upper[0] == pytest.approx(f**stretch)
    assert found.lower[0] == pytest.approx(f ** (1 / stretch))
    assert found.lower[0] < f < found.upper[0]


def test_without_competing_deaths_it_is_one_minus_kaplan_meier(table: pd.DataFrame) -> None:
    part = table[table["outcome"] != 2]
    data = survival(part).of_arms("vehicle")
    found = cumulative_incidence(data.time, data.event.astype(np.intp))
    np.testing.assert_allclose(1 - found.incidence, kaplan_meier(data).survival, atol=1e-14)


def test_incidences_and_survival_add_up_to_one(table: pd.DataFrame) -> None:
    times, outcome = table["time"].to_numpy(float), table["outcome"].to_numpy()
    own = cumulative_incidence(times, outcome, EVENT)
    other = cumulative_incidence(times, outcome, COMPETING)
    anything = SurvivalData.from_arrays(times, outcome > 0)
    together = own.incidence + other.incidence + kaplan_meier(anything).survival
    np.testing.assert_allclose(together, 1, atol=1e-12)


@pytest.mark.parametrize(
    ("time", "outcome", "group", "said"),
    [
        ([1, 2, 3], [1, 2, 0], ["a"] * 3, "only one arm"),
        ([1, 2, 3], [2, 2, 0], ["a", "b", "b"], "no death of this cause"),
        ([5, 5, 9, 9], [1, 1, 0, 0], ["a", "a", "b", "b"], ""),
        ([1, 1, 5, 9], [0, 0, 1, 2], ["a", "a", "b", "b"], "could the arms have differed"),
    ],
)
def test_gray_without_meaning(time: Any, outcome: Any, group: Any, said: str) -> None:
    codes = np.array(outcome)
    found = gray_test(SurvivalData.from_arrays(time, codes == 1, group), codes)
    if said:
        assert np.isnan(found.statistic) and np.isnan(found.p_value) and said in found.note
    else:
        assert 0 < found.p_value < 1


def test_tables_say_which_cause_and_adjust(table: pd.DataFrame) -> None:
    data = survival(table)
    made = competing_frames(data, (table["outcome"] == 2).to_numpy(), "vehicle")
    tests = made["competing_tests"]
    assert tests["arm"].tolist() == ["all arms", "low", "high"] * 2
    assert tests["cause"].tolist() == ["event"] * 3 + ["competing"] * 3
    high = tests[(tests["arm"] == "high") & (tests["cause"] == "event")].iloc[0]
    assert high["p_adjusted"] == pytest.approx(2 * 0.1109743840706)
    last = made["cumulative_incidence"].groupby(["arm", "cause"])[["events"]].sum()
    assert last.loc[("vehicle", "event"), "events"] == 9
    assert last.loc[("low", "competing"), "events"] == 4


def test_without_competing_deaths_the_tables_are_empty(table: pd.DataFrame) -> None:
    data = survival(table)
    made = competing_frames(data, np.zeros(len(data), dtype=bool), "vehicle")
    assert [len(t) for t in made.values()] == [0, 0]
    assert "incidence" in made["cumulative_incidence"].columns


def test_an_animal_dies_once() -> None:
    data = SurvivalData.from_arrays([1, 2], [1, 0], ["a", "b"])
    with pytest.raises(ValueError, match="both"):
        outcome_codes(data, np.array([True, False]))
