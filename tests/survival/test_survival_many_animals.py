"""Adjusted Cox models of more animals than the project's own fit holds: fitted by lifelines."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from covariate_tables import BOTH, adjustment, made_up, survival

from lumicohort.survival.adjusted import adjusted_hazard_ratios, adjusted_proportional_hazards
from lumicohort.survival.data import SurvivalData

ROUGHLY = "lumicohort.survival.animal_likelihood.MOST_NUMBERS"


@pytest.fixture
def table() -> pd.DataFrame:
    return made_up()


@pytest.mark.parametrize("stratum", [None, "sex"])
@pytest.mark.parametrize("late", [False, True])
def test_more_animals_than_our_own_fit_holds_get_the_same_ratios(
    table: pd.DataFrame, stratum: str | None, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    table["entry"] = np.where(table.index % 3 == 0, table["time"].min() - 1, 0) * late
    table.loc[table.index[0], "entry"] = table["time"].median() * late  # a day of deaths
    table.loc[table.index[0], "time"] = table["time"].max()
    data = SurvivalData.from_frame(
        table, time="time", event="status", group="group", stratum=stratum, entry="entry"
    )
    covariates = ["weight_g"] if stratum else BOTH
    own = adjusted_hazard_ratios(data, adjustment(table, covariates))
    monkeypatch.setattr(ROUGHLY, 10)
    large = adjusted_hazard_ratios(data, adjustment(table, covariates))
    assert [(r.term, r.result.arm, r.result.method) for r in large] == [
        (r.term, r.result.arm, r.result.method) for r in own
    ]
    for ours, theirs in zip(own, large, strict=True):
        if ours.result.method == "cox_firth":
            assert math.isnan(theirs.result.hr) and "too many animals" in theirs.result.note
            continue
        assert "no profile intervals" in theirs.result.note
        assert "lifelines" in theirs.result.options
        for name in ("hr", "lower", "upper", "p_value", "se_log"):
            expected = getattr(ours.result, name)
            assert getattr(theirs.result, name) == pytest.approx(expected, rel=1e-6)


def test_more_animals_than_our_own_fit_holds_and_what_that_costs(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ROUGHLY, 10)
    absorbed = adjusted_hazard_ratios(survival(table, "sex"), adjustment(table, ["sex"]))
    assert all(math.isnan(r.result.hr) for r in absorbed)
    assert "tell all arms and covariates apart" in absorbed[0].result.note
    for test in adjusted_proportional_hazards(survival(table), adjustment(table, BOTH)):
        assert math.isnan(test.p_value) and "too many animals" in test.note
    breslow = adjusted_hazard_ratios(survival(table), adjustment(table, BOTH), ties="breslow")
    clustered = adjusted_hazard_ratios(survival(table), adjustment(table, [], "cage"))
    for ratio in (*breslow, *clustered):
        assert math.isnan(ratio.result.hr) and "too many animals" in ratio.result.note
    separated = table[["sex"]].assign(sex=np.where(table["status"] == 1, "f", "m"))
    table["sex"] = separated["sex"]
    found = adjusted_hazard_ratios(survival(table), adjustment(table, ["sex"]))
    of_sex = next(r.result for r in found if r.term == "sex")
    assert math.isnan(of_sex.hr) and "the data separate" in of_sex.note
