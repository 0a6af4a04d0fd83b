"""Covariates in which no animals differ drop out of every model alike, and that is said.

Numbers are R 4.2.2's with survival 3.5-3, whose ``coxph`` gives such a covariate NA and the others
what they have without it; the data are those of ``test_survival_adjusted.py``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lumicohort.survival.analysis import Options, SurvivalAnalysis, analyse
from lumicohort.survival.constant import drop_constant
from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import describe
from lumicohort.warned import warnings_in

DATA = Path(__file__).parent / "data"
SAME = "not adjusted for strain: it is the same in all animals"


@pytest.fixture
def table() -> pd.DataFrame:
    found = pd.read_csv(DATA / "made_covariates.csv")
    found["strain"] = "FVB"
    return found


def survival(table: pd.DataFrame, stratum: str | None = None) -> SurvivalData:
    return SurvivalData.from_frame(
        table, time="time", event="status", group="group", stratum=stratum, id="animal_id"
    )


def analysed(
    table: pd.DataFrame, names: list[str], cluster: str = "", stratum: str = "", **how: Any
) -> SurvivalAnalysis:
    cells = {name: table[name].tolist() for name in names}
    clusters = table[cluster].tolist() if cluster else ()
    covariates = Adjustment.from_columns(cells, cluster, clusters, **how)
    options = Options(bootstrap_samples=99, permutation_draws=99, stratified_by=stratum)
    return analyse(survival(table, stratum or None), options, covariates=covariates)


def test_firth_and_the_test_of_hazards_are_those_without_it(table: pd.DataFrame) -> None:
    """coxph(Surv(time, status) ~ group + sex + k) with k = 25; cox.zph of it."""
    table["weight_g"] = 25.0
    found = analysed(table, ["sex", "weight_g", "strain"])
    rows = [r for r in found.hazard_ratios if r.adjusted_for]
    assert {r.adjusted_for for r in rows} == {"sex"}
    cox = [r.result for r in rows if r.result.method == "cox_efron"]
    b, se = [math.log(r.hr) for r in cox], [r.se_log for r in cox]
    np.testing.assert_allclose(b, [-0.433730197968, -0.227510903240, 1.667659622481], rtol=1e-9)
    np.testing.assert_allclose(se, [0.451719054319, 0.485768946888, 0.479330337601], rtol=1e-9)
    firth = [r.result for r in rows if r.result.method == "cox_firth"]
    alone = analysed(table, ["sex"])
    plain = [r.result for r in alone.hazard_ratios if r.adjusted_for]
    plain = [r for r in plain if r.method == "cox_firth"]
    assert [r.hr for r in firth] == [r.hr for r in plain] and len(firth) == 3
    hazards = [h for _, h in found.proportional_hazards if h.adjusted_for and h.transform == "km"]
    assert [h.term for h in hazards] == ["arm", "sex", "global"]
    chi2 = [2.012219795929, 0.242688906616, 2.207454092038]
    np.testing.assert_allclose([h.chi2 for h in hazards], chi2, rtol=1e-9)
    both = f"not adjusted for weight_g: it is the same in all animals, {SAME}"
    for note in [r.result.note for r in rows] + [h.note for h in hazards]:
        assert warnings_in(note)[0] == both


def test_what_strata_absorb_drops_out(table: pd.DataFrame) -> None:
    """coxph(Surv(time, status) ~ group + sex + weight_g + strata(sex)); cox.zph without sex."""
    found = analysed(table, ["sex", "weight_g"], stratum="sex")
    rows = [r.result for r in found.hazard_ratios if r.adjusted_for == "weight_g"]
    cox = [math.log(r.hr) for r in rows if r.method == "cox_efron"]
    np.testing.assert_allclose(
        cox, [-0.4435032997442, -0.2616531319027, -0.0135644819484], rtol=1e-8
    )
    hazards = [h for _, h in found.proportional_hazards if h.adjusted_for and h.transform == "km"]
    chi2 = [2.06529860152, 1.07122095484, 2.39001632651]
    np.testing.assert_allclose([h.chi2 for h in hazards], chi2, rtol=1e-9)
    why = "not adjusted for sex: no animals of one stratum that were at risk at one event differ"
    assert warnings_in(rows[0].note)[0] == f"{why} in it"


def test_a_covariate_that_only_the_lost_differ_in_drops_out() -> None:
    """The only male was censored before the first death, and came under observation at 0."""
    cells = {"sex": list("MFFFFF"), "age": [8, 8, 9, 8, 9, 9]}
    data = SurvivalData.from_arrays(
        [3, 5, 6, 7, 8, 9], [0, 1, 1, 1, 1, 1], [*list("abab"), "a", "b"]
    )
    kept = drop_constant(Adjustment.from_columns(cells), data)
    assert kept.order == ("age",)
    assert kept.dropped == (
        "not adjusted for sex: no animals that were at risk at one event differ in it"
    )


def test_the_missing_of_a_dropped_covariate_lose_no_animal(table: pd.DataFrame) -> None:
    table.loc[[2, 19], "strain"] = ""
    found = analysed(table, ["strain", "sex"], printed=True)
    printed = [r for r in found.hazard_ratios if r.primary]
    assert {r.adjusted_for for r in printed} == {"sex"}
    assert all(warnings_in(r.result.note) == [SAME] for r in printed)


@pytest.mark.parametrize("cluster", ["", "cage"])
def test_where_none_is_left_the_printed_ratio_says_so(table: pd.DataFrame, cluster: str) -> None:
    found = analysed(table, ["strain"], cluster, printed=True)
    printed = [r for r in found.hazard_ratios if r.primary]
    assert [r.result.arm for r in printed] == ["low", "high"]
    assert {(r.adjusted_for, r.clustered_by) for r in printed} == {("", cluster)}
    assert all(warnings_in(r.result.note)[0] == SAME for r in printed)
    assert not [r for r in found.hazard_ratios if r.adjusted_for]
    text = describe(found)
    assert f"; {SAME}" in text and "adjusted for strain:" in text
    assert "ties, adjusted for" not in text and "model adjusted for" not in text


def test_where_none_was_to_be_printed_it_is_no_warning(table: pd.DataFrame) -> None:
    found = analysed(table, ["strain"])
    printed = [r.result.note for r in found.hazard_ratios if r.primary]
    assert printed == [SAME, SAME]
    assert f"\n\nN{SAME[1:]}.\n" in describe(found)  # who asked for it reads what became of it
