from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_survival_tests import made

from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.cox import cox_hazard_ratios, fit_cox
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.firth import firth_hazard_ratios
from lumicohort.survival.hazard_ratio import logrank_oe, mantel_haenszel
from lumicohort.survival.proportional_hazards import proportional_hazards_test
from lumicohort.survival.tests import logrank_test, no_test_reason


def test_cox_in_closed_form() -> None:
    """Deaths a, b, a with 2+1, 1+1 and 1+0 at risk: the score vanishes at exp(b) = √2.

    log L = b - log(2 + e^b) - log(1 + e^b), so its slope is 1 - t/(2+t) - t/(1+t), t = e^b,
    which is 0 at t² = 2.
    """
    data = SurvivalData.from_arrays([1, 2, 3], [1, 1, 1], ["a", "b", "a"])
    (found,) = cox_hazard_ratios(data)
    assert found.hr == pytest.approx(math.sqrt(2), rel=1e-9)
    t = math.sqrt(2)
    information = 2 * t / (2 + t) ** 2 + t / (1 + t) ** 2
    assert found.se_log == pytest.approx(1 / math.sqrt(information), rel=1e-9)


def test_one_animal_each_by_firth_in_closed_form() -> None:
    """log L* = -log(1+t) + log(t)/2 - log(1+t), whose maximum is t = 1/3."""
    data = SurvivalData.from_arrays([12, 20], [1, 1], ["a", "b"])
    (found,) = firth_hazard_ratios(data)
    assert found.hr == pytest.approx(1 / 3, rel=1e-9)
    assert found.separated
    (cox,) = cox_hazard_ratios(data)
    assert math.isnan(cox.hr) and "arms separate" in cox.note


@pytest.mark.parametrize("seed", range(3))
def test_lifelines_agrees(seed: int) -> None:
    import pandas as pd
    from lifelines import CoxPHFitter

    data = made(seed, n=40)
    table = pd.DataFrame({"t": data.time, "e": data.event, "x": data.group})
    theirs = CoxPHFitter().fit(table, "t", "e", fit_options={"precision": 1e-10})
    (ours,) = cox_hazard_ratios(data)
    assert ours.hr == pytest.approx(float(theirs.hazard_ratios_["x"]), rel=1e-6)
    assert ours.se_log == pytest.approx(float(theirs.standard_errors_["x"]), rel=1e-6)
    assert ours.p_value == pytest.approx(float(theirs.summary.loc["x", "p"]), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["efron", "breslow", "exact"]))
def test_exchanging_arms_inverts_the_ratio(seed: int, ties: str) -> None:
    data = made(seed, n=14, strata=2 if seed % 2 else 1)
    assume(not no_test_reason(data))
    turned = data.of_arms(*reversed(data.arms))
    for function in (
        lambda d: cox_hazard_ratios(d, ties)[0],
        lambda d: firth_hazard_ratios(d, ties)[0],
        mantel_haenszel,
        logrank_oe,
    ):
        a, b = function(data), function(turned)
        np.testing.assert_allclose(
            [b.hr, b.lower, b.upper], [1 / a.hr, 1 / a.upper, 1 / a.lower], rtol=1e-6
        )
        np.testing.assert_allclose(b.p_value, a.p_value, rtol=1e-6, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_score_test_of_exact_ties_is_the_logrank_test(seed: int) -> None:
    data = made(seed, n=16, arms=3)
    test = logrank_test(data)
    assume(not math.isnan(test.statistic) and test.df == 2)
    assert fit_cox(data, "exact").score_chi2 == pytest.approx(test.statistic, rel=1e-8)


def test_without_ties_all_treatments_are_one() -> None:
    rng = np.random.default_rng(1)
    data = SurvivalData.from_arrays(rng.random(30), rng.random(30) < 0.7, ["a", "b", "c"] * 10)
    fits = [fit_cox(data, ties).log_hr for ties in ("efron", "breslow", "exact")]
    np.testing.assert_allclose(fits[1], fits[0], rtol=1e-8)
    np.testing.assert_allclose(fits[2], fits[0], rtol=1e-8)


def test_direction_is_arm_over_reference() -> None:
    """Animals of the second arm die later: every ratio is below 1."""
    data = SurvivalData.from_arrays([1, 2, 3, 6, 4, 5, 7, 8], [1] * 8, ["v"] * 4 + ["d"] * 4)
    for found in (
        *cox_hazard_ratios(data),
        *firth_hazard_ratios(data),
        mantel_haenszel(data),
        logrank_oe(data),
    ):
        assert (found.arm, found.reference) == ("d", "v")
        assert found.hr < 1
        assert found.lower < found.hr < found.upper


def test_separation_is_said_and_bounded_on_one_side() -> None:
    data = SurvivalData.from_arrays(range(10, 30), [1] * 20, ["v"] * 10 + ["d"] * 10)
    (cox,) = cox_hazard_ratios(data)
    assert math.isnan(cox.hr) and math.isnan(cox.lower) and math.isnan(cox.p_value)
    assert cox.separated and cox.profile_lower == 0 and 0 < cox.profile_upper < 0.2
    assert cox.note.startswith(
        "arms separate: whenever both arms were at risk, only animals of `v`"
    )
    (turned,) = cox_hazard_ratios(data.of_arms("d", "v"))
    assert math.isnan(turned.profile_upper) and turned.profile_lower == pytest.approx(
        1 / cox.profile_upper, rel=1e-6
    )
    (firth,) = firth_hazard_ratios(data)
    assert firth.separated and 0 < firth.lower < firth.hr < firth.upper < 1
    zph = proportional_hazards_test(data, fit_cox(data))
    assert math.isnan(zph.p_value) and "arms separate" in zph.note


def test_an_arm_without_events_separates_and_leaves_the_others_their_estimate() -> None:
    time = [5, 8, 12, 20, 6, 9, 15, 25, 30, 30, 30, 30]
    event = [1] * 8 + [0] * 4
    group = ["v"] * 4 + ["a"] * 4 + ["b"] * 4
    data = SurvivalData.from_arrays(time, event, group)
    a, b = cox_hazard_ratios(data)
    (alone,) = cox_hazard_ratios(data.of_arms("v", "a"))
    assert b.separated and "`b` has no event" in b.note
    assert not a.separated
    # In the limit the arm without events leaves the risk sets.
    assert a.hr == pytest.approx(alone.hr, rel=1e-6)
    assert logrank_oe(data.of_arms("v", "b")).note.startswith("`b` has no event")
    assert mantel_haenszel(data.of_arms("v", "b")).hr < 1


def test_arms_that_never_meet_have_no_ratio() -> None:
    data = SurvivalData.from_arrays([1, 2, 5, 6], [0, 0, 1, 1], ["a", "a", "b", "b"])
    for found in (*cox_hazard_ratios(data), *firth_hazard_ratios(data), mantel_haenszel(data)):
        assert math.isnan(found.hr) and not found.separated
        assert "at no event time" in found.note


def test_stratified_by_pairs_is_the_ratio_of_wins() -> None:
    """Matched pairs: the stratified Cox estimate is losses over wins (McNemar)."""
    time = [1, 2, 1, 3, 2, 5, 9, 4, 3, 8]
    data = SurvivalData.from_arrays(
        time, [1] * 10, ["a", "b"] * 5, stratum=[i // 2 for i in range(10)]
    )
    (found,) = cox_hazard_ratios(data)
    assert found.hr == pytest.approx(1 / 4, rel=1e-8)


def test_an_arm_that_left_before_the_first_event_takes_no_other_arms_ratio_away() -> None:
    """Its animals are in no risk set of an event: B against A is that of A and B alone."""
    time, event = [5, 6, 7, 8, 9, 10, 11, 12, 2, 3, 1], [1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0]
    data = SurvivalData.from_arrays(time, event, list("AAAABBBBCCC"))
    b, c = firth_hazard_ratios(data)
    (alone,) = firth_hazard_ratios(data.of_arms("A", "B"))
    assert (b.arm, c.arm, c.reference) == ("B", "C", "A")
    assert (b.hr, b.lower, b.upper, b.p_value) == pytest.approx(
        (alone.hr, alone.lower, alone.upper, alone.p_value)
    )
    assert (b.hr, b.upper) == pytest.approx((0.0984, 1.04), rel=5e-3)
    assert math.isnan(c.hr) and c.note.endswith("tell this arm from the others")


@pytest.mark.parametrize("covariate", [None, [1, 2, 3, 4, 5, 6, 7, 8] * 4])
def test_hazards_that_cross_are_told_beside_the_printed_ratio(covariate) -> None:
    """One arm dies early and late, the other in between: the ratio changes over time."""
    crossing = [*range(1, 9), *range(41, 49)]
    between = [*range(20, 36)]
    arms = ["a"] * 16 + ["b"] * 16
    data = SurvivalData.from_arrays(crossing + between, [1] * 32, arms, reference="a")
    adjustment = None
    if covariate is not None:
        adjustment = Adjustment.from_columns({"weight": covariate}, printed=True)
    found = analyse(data, Options(), covariates=adjustment)
    test = next(
        h
        for _, h in found.proportional_hazards
        if (h.transform, h.term) == ("km", "global")
        and h.adjusted_for == ("weight" if covariate else "")
    )
    assert test.p_value < 0.05
    (printed,) = [r for r in found.hazard_ratios if r.primary]
    assert f"hazards look not proportional (p = {test.p_value:.2g})" in printed.result.note
    assert sum("not proportional" in r.result.note for r in found.hazard_ratios) == 1
    even = SurvivalData.from_arrays([*range(1, 33)], [1] * 32, ["a", "b"] * 16, reference="a")
    assert not any(
        "not proportional" in r.result.note for r in analyse(even, Options()).hazard_ratios
    )
