"""Adjusted and clustered Cox models beside R 4.2.2 with survival 3.5-3.

The data are made up. In R, for all of them::

    d <- read.csv("made_covariates.csv")
    d$group <- factor(d$group, levels = c("vehicle", "low", "high"))
    control <- coxph.control(eps = 1e-12, iter.max = 100)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from covariate_tables import BOTH, adjustment, made_up, survival

from lumicohort.survival.adjusted import (
    AdjustedRatio,
    adjusted_hazard_ratios,
    adjusted_proportional_hazards,
)
from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.animal_likelihood import animal_likelihood, score_residuals
from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.cox import cox_hazard_ratios
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import describe
from lumicohort.survival.frames import frames
from lumicohort.warned import warnings_in


@pytest.fixture
def table() -> pd.DataFrame:
    return made_up()


def test_a_covariate_that_strata_absorb_is_not_called_separation(table: pd.DataFrame) -> None:
    """R: coxph(... + strata(sex) + sex) has NA for sex, and the arms do not separate."""
    tests = adjusted_proportional_hazards(survival(table, "sex"), adjustment(table, ["sex"]))
    notes = {test.note for test in tests}
    assert all("(not all terms can be estimated)" in note for note in notes), notes


def fitted(
    table: pd.DataFrame,
    covariates: list[str],
    cluster: str = "",
    stratum: str | None = None,
    ties: Any = "efron",
) -> list[AdjustedRatio]:
    """Return the rows of the ordinary fit with all covariates (and clusters, where given)."""
    data = survival(table, stratum)
    rows = adjusted_hazard_ratios(data, adjustment(table, covariates, cluster), ties)
    wanted = ("; ".join(covariates), cluster)
    return [
        r
        for r in rows
        if (r.adjusted_for, r.clustered_by) == wanted and r.result.method == f"cox_{ties}"
    ]


CASES: list[tuple[list[str], str, str | None, str, list[tuple[float, float, float]]]] = [
    # coxph(Surv(time, status) ~ group + sex + weight_g, d, control = control)
    (
        BOTH,
        "",
        None,
        "efron",
        [
            (-0.43006602505112, 0.454263018405, 0.343774586758108),
            (-0.22759318077240, 0.485728476781, 0.639383812744957),
            (1.67090171576777, 0.481173335074, 0.000515525994785),
            (-0.00902884853749, 0.118171520771, 0.939097204907894),
        ],
    ),
    # coxph(Surv(time, status) ~ group + sex + weight_g, d, ties = "breslow", control = control)
    (
        BOTH,
        "",
        None,
        "breslow",
        [
            (-0.3829604302594, 0.452626881248, 0.397505801911123),
            (-0.2035808486833, 0.485369835177, 0.674898623023637),
            (1.6180942648389, 0.478764197475, 0.000725567702168),
            (-0.0115985248224, 0.117762660514, 0.921542670172111),
        ],
    ),
    # coxph(Surv(time, status) ~ group + sex + weight_g + strata(experiment), d, control = control)
    (
        BOTH,
        "",
        "experiment",
        "efron",
        [
            (-0.4745846239935, 0.492041361688, 0.334784380019346),
            (-0.2866951693080, 0.516181079542, 0.578610232178773),
            (1.7299325299289, 0.490817791696, 0.000424135283261),
            (0.0261755315651, 0.120742025232, 0.828372858056881),
        ],
    ),
    # coxph(Surv(time, status) ~ group, d, cluster = cage, control = control)
    (
        [],
        "cage",
        None,
        "efron",
        [
            (-0.556434214175, 0.338197360251, 0.0999091194591),
            (-0.717073708155, 0.386279514569, 0.0634023106628),
        ],
    ),
    # coxph(Surv(time, status) ~ group + sex + weight_g, d, cluster = cage, control = control)
    (
        BOTH,
        "cage",
        None,
        "efron",
        [
            (-0.43006602505112, 0.343116617699, 2.10056295235e-01),
            (-0.22759318077240, 0.353777620315, 5.20014717186e-01),
            (1.67090171576777, 0.353260828525, 2.24588730861e-06),
            (-0.00902884853749, 0.121126143721, 9.40580019387e-01),
        ],
    ),
    # coxph(Surv(time, status) ~ group + sex + weight_g + strata(experiment), d, cluster = cage,
    #       ties = "breslow", control = control)
    (
        BOTH,
        "cage",
        "experiment",
        "breslow",
        [
            (-0.4559591211833, 0.394347703814, 2.47584524794e-01),
            (-0.2751540871279, 0.331563095161, 4.06612592864e-01),
            (1.7131986722328, 0.265014535786, 1.01603349225e-10),
            (0.0199066334761, 0.139628114164, 8.86630622090e-01),
        ],
    ),
]


@pytest.mark.parametrize(("covariates", "cluster", "stratum", "ties", "expected"), CASES)
def test_agrees_with_r(
    table: pd.DataFrame,
    covariates: list[str],
    cluster: str,
    stratum: str | None,
    ties: str,
    expected: list[tuple[float, float, float]],
) -> None:
    rows = fitted(table, covariates, cluster, stratum, ties)
    found = [(math.log(r.result.hr), r.result.se_log, r.result.p_value) for r in rows]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)
    for row in (r.result for r in rows):
        half = 1.959963984540054 * row.se_log
        assert row.lower == pytest.approx(row.hr * math.exp(-half), rel=1e-12)
        assert row.upper == pytest.approx(row.hr * math.exp(half), rel=1e-12)


# cox.zph(coxph(Surv(time, status) ~ group + sex + weight_g, d, control = control), transform)
CONSTANT: list[tuple[str | None, str, list[float]]] = [
    (None, "km", [2.0290392860528, 0.2419199325408, 0.9990010099545, 2.5122271720531]),
    (None, "identity", [2.4562855631534, 0.2622450543263, 1.1473445246780, 2.9818755531295]),
    (None, "rank", [2.1768439471699, 0.2211010175275, 0.7057083645940, 2.5195178073831]),
    (None, "log", [3.0528495580647, 0.5047086916611, 0.8848456385438, 3.7644070774469]),
    # the same with + strata(experiment)
    ("experiment", "km", [2.7393917117895, 0.3273474286488, 1.1557868519131, 3.4186097303239]),
]


@pytest.mark.parametrize(("stratum", "transform", "expected"), CONSTANT)
def test_proportional_hazards_of_each_term(
    table: pd.DataFrame, stratum: str | None, transform: str, expected: list[float]
) -> None:
    found = [
        test
        for test in adjusted_proportional_hazards(survival(table, stratum), adjustment(table, BOTH))
        if test.transform == transform
    ]
    assert [test.term for test in found] == ["arm", "sex", "weight_g", "global"]
    assert [test.df for test in found] == [2, 1, 1, 4]
    np.testing.assert_allclose([test.chi2 for test in found], expected, rtol=1e-9)


# Firth's penalty written out in R, from coxph's own likelihood and information at b:
#   penalised <- function(b, ties, f) {
#     m <- coxph(f, d, ties = ties, init = b, control = coxph.control(iter.max = 0))
#     m$loglik[2] - 0.5 * determinant(m$var)$modulus
#   }
# maximised by optim(method = "BFGS", reltol = 1e-15); limits where the maximum over the other
# coefficients lies qchisq(0.95, 1) / 2 lower, by uniroot; its gradients are differences, so the
# numbers hold to about 2e-6.
PENALISED: list[tuple[str | None, str, list[float]]] = [
    (None, "efron", [-0.4363372234, -0.2503632687, 1.6355447895, -0.0137499212]),
    (None, "breslow", [-0.3897171970, -0.2261938812, 1.5827225727, -0.0160913383]),
    ("experiment", "efron", [-0.4786378304, -0.3036850982, 1.6703530709, 0.0217602361]),
]


@pytest.mark.parametrize(("stratum", "ties", "expected"), PENALISED)
def test_firth_is_the_maximum_of_the_penalised_likelihood(
    table: pd.DataFrame, stratum: str | None, ties: Any, expected: list[float]
) -> None:
    rows = adjusted_hazard_ratios(survival(table, stratum), adjustment(table, BOTH), ties)
    firth = [r.result for r in rows if r.result.method == "cox_firth"]
    np.testing.assert_allclose([math.log(r.hr) for r in firth], expected, atol=2e-6)


def test_firth_limits_and_p(table: pd.DataFrame) -> None:
    rows = adjusted_hazard_ratios(survival(table), adjustment(table, BOTH))
    low, high = [r.result for r in rows if r.result.method == "cox_firth"][:2]
    found = [[math.log(r.lower), math.log(r.upper), r.p_value] for r in (low, high)]
    expected = [
        [-1.317019439, 0.437945698, 0.324706776],
        [-1.189639533, 0.689644911, 0.598704837],
    ]
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_rows_say_what_they_compare(table: pd.DataFrame) -> None:
    rows = fitted(table, BOTH)
    assert [(r.term, r.result.arm, r.result.reference) for r in rows] == [
        ("arm", "low", "vehicle"),
        ("arm", "high", "vehicle"),
        ("sex", "sex=M", "sex=F"),
        ("weight_g", "weight_g+1", "weight_g"),
    ]


def test_animals_with_a_missing_value_are_left_out_and_named(table: pd.DataFrame) -> None:
    """R: d$weight_g[c(3, 20)] <- NA; coxph(Surv(time, status) ~ group + weight_g, cluster=cage)."""
    table.loc[[2, 19], "weight_g"] = np.nan
    rows = fitted(table, ["weight_g"], "cage")
    found = [(math.log(r.result.hr), r.result.se_log) for r in rows]
    expected = [
        (-0.6486270593133, 0.352185568988),
        (-0.7134052390186, 0.409059787832),
        (0.0107325841595, 0.074216873718),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    assert warnings_in(rows[0].result.note) == [
        "fitted to 34 of 36 animals (no weight_g: m3, m20)",
        "only 9 clusters: a sandwich error is too small with few",
    ]


def test_without_covariates_animals_and_arms_give_the_same_fit(table: pd.DataFrame) -> None:
    data = survival(table)
    z = np.column_stack([data.group == 1, data.group == 2]).astype(float)
    likelihood = animal_likelihood(data, z)
    plain = cox_hazard_ratios(data)
    b = np.log([r.hr for r in plain])
    # The score vanishes at the maximum, and every animal has its part of it.
    np.testing.assert_allclose(score_residuals(likelihood, b).sum(axis=0), 0, atol=1e-9)


def test_units_of_a_covariate_only_change_its_unit(table: pd.DataFrame) -> None:
    grams = fitted(table, ["weight_g"])
    table["weight_kg"] = table["weight_g"] / 1000
    kilograms = fitted(table, ["weight_kg"])
    assert kilograms[0].result.hr == pytest.approx(grams[0].result.hr, rel=1e-9)
    a, b = grams[2].result, kilograms[2].result
    assert math.log(b.hr) == pytest.approx(1000 * math.log(a.hr), rel=1e-6)
    assert b.p_value == pytest.approx(a.p_value, rel=1e-6)


def test_a_covariate_that_is_the_arm_cannot_be_told_from_it(table: pd.DataFrame) -> None:
    table["batch"] = table["group"]
    rows = fitted(table, ["batch", "sex"])
    for row in rows[:4]:
        assert math.isnan(row.result.hr)
        assert "do not tell it apart from the other terms" in row.result.note
    assert rows[4].term == "sex" and rows[4].result.hr > 1


def test_a_constant_covariate_changes_nothing(table: pd.DataFrame) -> None:
    table["weight_g"] = 25.0
    rows = fitted(table, ["weight_g"])
    plain = cox_hazard_ratios(survival(table))
    assert rows[0].result.hr == pytest.approx(plain[0].hr, rel=1e-8)
    assert math.isnan(rows[2].result.hr)


def test_one_cage_per_arm_gives_no_robust_error(table: pd.DataFrame) -> None:
    table["cage"] = table["group"]
    rows = fitted(table, [], "cage")
    for row in (r.result for r in rows):
        assert row.hr > 0
        assert math.isnan(row.se_log) and math.isnan(row.p_value) and math.isnan(row.lower)
        assert "all animals of `vehicle` are in one cluster" in row.note


def test_separation_is_said_and_firth_stands_beside() -> None:
    """Every animal of the vehicle dies before the first of the other arm."""
    time, group = [10, 11, 12, 13, 20, 21, 22, 23], ["v"] * 4 + ["d"] * 4
    data = SurvivalData.from_arrays(time, [1] * 8, group)
    cells = {"weight_g": [24, 26, 23, 25, 25, 24, 26, 27]}
    rows = adjusted_hazard_ratios(data, Adjustment.from_columns(cells, "cage", list("aabbccdd")))
    plain = [r.result for r in rows if not r.clustered_by and r.term == "arm"]
    cox, firth = plain
    assert cox.separated and math.isnan(cox.hr) and "the data separate" in cox.note
    assert cox.profile_lower == 0
    assert firth.method == "cox_firth" and 0 < firth.hr < 0.2 and firth.lower < firth.hr
    clustered = [r.result for r in rows if r.clustered_by and r.term == "arm"]
    assert all(math.isnan(r.hr) and r.separated for r in clustered)


def test_printed_only_if_asked(table: pd.DataFrame) -> None:
    data = survival(table)
    options = Options(bootstrap_samples=999, permutation_draws=1000)
    plain = frames(analyse(data, options, covariates=adjustment(table, BOTH, "cage")))
    ratios = plain["hazard_ratios"]
    printed = ratios[ratios["primary"]]
    assert printed["adjusted_for"].tolist() == ["", ""]
    assert printed["clustered_by"].tolist() == ["", ""]
    assert len(ratios[ratios["adjusted_for"] == "sex; weight_g"]) == 12
    asked = analyse(data, options, covariates=adjustment(table, BOTH, "cage", printed=True))
    printed = frames(asked)["hazard_ratios"]
    printed = printed[printed["primary"]]
    assert printed["arm"].tolist() == ["low", "high"]
    assert set(printed["adjusted_for"]) == {"sex; weight_g"}
    assert set(printed["clustered_by"]) == {"cage"}
    few = "only 9 clusters: a sandwich error is too small with few"
    assert f"adjusted for sex and weight_g, errors robust within cage; {few})" in describe(asked)
    short = analyse(data, options, None, False, adjustment(table, BOTH, "cage", printed=True))
    assert [r.result.hr for r in short.hazard_ratios if r.primary] == printed["hr"].tolist()


def test_arms_in_another_order_keep_their_animals(table: pd.DataFrame) -> None:
    """The reference named is not the first in the file; covariates stay with their animals."""
    data = survival(table)
    found = analyse(
        data,
        Options(bootstrap_samples=999, permutation_draws=1000),
        "low",
        covariates=adjustment(table, BOTH),
    )
    rows = {
        r.result.arm: r.result
        for r in found.hazard_ratios
        if r.adjusted_for and r.result.method == "cox_efron"
    }
    assert math.log(rows["vehicle"].hr) == pytest.approx(0.43006602505112, rel=1e-9)
    assert math.log(rows["sex=M"].hr) == pytest.approx(1.67090171576777, rel=1e-9)
