from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicohort.survival import permutation as module
from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.multiplicity import Adjustment, adjust
from lumicohort.survival.permutation import logrank_scores, permutation_test
from lumicohort.survival.permutation_chi_squared import permutation_test_chi_squared
from lumicohort.survival.risk_table import risk_table
from lumicohort.survival.tests import WEIGHTS, logrank_test, trend_test, weighted_scores


def made(seed: int, n: int = 12, arms: int = 2, strata: int = 1) -> SurvivalData:
    rng = np.random.default_rng(seed)
    return SurvivalData.from_arrays(
        rng.integers(1, 12, n),
        rng.random(n) < 0.8,
        [f"arm{i % arms}" for i in range(n)],
        stratum=[f"s{i}" for i in rng.integers(0, strata, n)] if strata > 1 else None,
        arms=[f"arm{i}" for i in range(arms)],
    )


def test_strata_of_one_arm_are_named() -> None:
    """Cage c has b alone: R's survdiff(... + strata(cage)) is that of the other cages."""
    cage, arm = list("aaaabbbbcc"), list("ababababbb")
    data = SurvivalData.from_arrays(
        [1, 5, 3, 4, 2, 7, 6, 8, 3, 9], [1] * 10, arm, stratum=cage, arms=["a", "b"]
    )
    tests = analyse(data, Options(stratified_by="cage")).tests
    notes = {(t.stratified_by, t.result.test): t.result.note for t in tests}
    said = "2 of 10 animals are compared with none: cage c has one arm only"
    assert notes["cage", "logrank_permutation"].endswith(said)
    assert notes["cage", "logrank"].endswith(said)
    assert said not in notes["", "logrank"]
    both = SurvivalData.from_arrays(
        data.time[:8], data.event[:8], arm[:8], stratum=cage[:8], arms=["a", "b"]
    )
    assert logrank_test(data).p_value == pytest.approx(logrank_test(both).p_value)
    plain = {
        (t.stratified_by, t.result.test): t.result.note
        for t in analyse(both, Options(stratified_by="cage")).tests
    }
    assert "compared with none" not in plain["cage", "logrank"]


def test_logrank_by_hand() -> None:
    """Two against two, no ties: U = 1 - 1/2 + 1 - 1/3, V = 1/4 + 2/9."""
    data = SurvivalData.from_arrays([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    scores = weighted_scores(risk_table(data))
    assert scores.difference[0] == pytest.approx(1 - 1 / 2 + 1 - 1 / 3)
    assert scores.covariance[0, 0] == pytest.approx(1 / 4 + 2 / 9)
    assert logrank_test(data).statistic == pytest.approx((7 / 6) ** 2 / (17 / 36))


@pytest.mark.parametrize("weight", ["logrank", "gehan_breslow_wilcoxon", "tarone_ware"])
@pytest.mark.parametrize("seed", range(4))
def test_lifelines_agrees(weight: str, seed: int) -> None:
    from lifelines.statistics import multivariate_logrank_test

    names = {"logrank": None, "gehan_breslow_wilcoxon": "wilcoxon", "tarone_ware": "tarone-ware"}
    data = made(seed, n=30, arms=3)
    theirs = multivariate_logrank_test(data.time, data.group, data.event, weightings=names[weight])
    ours = logrank_test(data, weight)  # type: ignore[arg-type]
    assert ours.statistic == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(WEIGHTS))
def test_order_of_rows_and_arms_does_not_matter(seed: int, weight: str) -> None:
    data = made(seed, n=14)
    turned = data.of_arms(*reversed(data.arms))
    order = np.random.default_rng(seed).permutation(len(data))
    mixed = SurvivalData.from_arrays(
        data.time[order] * 7, data.event[order], [data.arms[g] for g in data.group[order]]
    )
    a = logrank_test(data, weight)  # type: ignore[arg-type]
    for other in (turned, mixed):
        b = logrank_test(other, weight)  # type: ignore[arg-type]
        # arms that are alike to rounding: (1e-17)² one way round, 0 the other
        np.testing.assert_allclose(b.statistic, a.statistic, rtol=1e-9, atol=1e-25)
        p, q = permutation_test(data).p_value, permutation_test(other).p_value
        np.testing.assert_allclose(p, q, rtol=1e-12)


def test_strata_of_their_own_change_nothing_when_alike() -> None:
    """The same data in two strata: U and V double, and so does chi-squared."""
    one = made(3, n=16)
    two = SurvivalData.from_arrays(
        np.tile(one.time, 2),
        np.tile(one.event, 2),
        np.tile([one.arms[g] for g in one.group], 2),
        stratum=["x"] * 16 + ["y"] * 16,
    )
    for weight in WEIGHTS:
        single, double = logrank_test(one, weight), logrank_test(two, weight)
        assert double.statistic == pytest.approx(2 * single.statistic, rel=1e-9)


def test_stratified_by_pairs_is_the_sign_test() -> None:
    """Matched pairs without ties: chi-squared is (wins - losses)² / pairs."""
    time = [1, 2, 1, 3, 2, 5, 9, 4, 3, 8]
    data = SurvivalData.from_arrays(
        time, [1] * 10, ["a", "b"] * 5, stratum=[i // 2 for i in range(10)]
    )
    assert logrank_test(data).statistic == pytest.approx((4 - 1) ** 2 / 5)
    exact = permutation_test(data)
    assert exact.p_value == pytest.approx(2 * (1 + 5) / 2**5)
    assert "all 32 arrangements" in exact.options and "within strata" in exact.options


def test_trend_of_two_arms_is_the_logrank_test() -> None:
    data = made(5, n=20)
    assert trend_test(data).statistic == pytest.approx(logrank_test(data).statistic, rel=1e-9)


def test_trend_does_not_depend_on_the_scale_of_doses() -> None:
    data = made(6, n=24, arms=3)
    a = trend_test(data, np.array([0.0, 1.0, 2.0]))
    assert trend_test(data).statistic == pytest.approx(a.statistic, rel=1e-9)
    assert trend_test(data, np.array([0.0, 1.0, 10.0])).statistic != pytest.approx(a.statistic)


@pytest.mark.parametrize(
    ("time", "event", "group", "why"),
    [
        ([5, 6], [1, 1], ["a", "a"], "only one arm"),
        ([5, 6], [0, 0], ["a", "b"], "all animals were censored"),
        ([5, 5, 5, 5], [1] * 4, ["a", "a", "b", "b"], "could the arms have differed"),
        ([1, 2, 5, 6], [0, 0, 1, 1], ["a", "a", "b", "b"], "before the first event"),
    ],
)
def test_no_test_says_why(time: list[int], event: list[int], group: list[str], why: str) -> None:
    found = logrank_test(SurvivalData.from_arrays(time, event, group))
    assert math.isnan(found.statistic) and math.isnan(found.p_value)
    assert why in found.note


def test_an_arm_gone_before_the_first_event_is_left_out() -> None:
    data = SurvivalData.from_arrays([1, 5, 6, 7, 8], [0, 1, 1, 1, 1], ["gone", "a", "a", "b", "b"])
    found = logrank_test(data)
    assert found.df == 1 and "without gone" in found.note
    assert found.statistic == pytest.approx(logrank_test(data.of_arms("a", "b")).statistic)


def brute_force(data: SurvivalData) -> float:
    """Return the exact two-sided p by listing every arrangement within strata."""
    scores = logrank_scores(data)
    parts = []
    for s in range(len(data.strata)):
        mine = scores[data.stratum == s]
        k = int(np.sum((data.stratum == s) & (data.group == 1)))
        parts.append([mine[list(c)].sum() for c in itertools.combinations(range(len(mine)), k)])
    sums = np.array([sum(choice) for choice in itertools.product(*parts)])
    observed = abs(scores[data.group == 1].sum())
    return float(np.mean(np.abs(sums) >= observed - 1e-9))


@pytest.mark.parametrize("strata", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_exact_p_is_that_of_all_arrangements(seed: int, strata: int) -> None:
    data = made(seed, n=11, strata=strata)
    assert permutation_test(data).p_value == pytest.approx(brute_force(data), rel=1e-12)


def test_scores_add_up_to_observed_minus_expected() -> None:
    data = made(8, n=20, strata=2)
    scores, wanted = logrank_scores(data), weighted_scores(risk_table(data)).difference
    assert [scores[data.group == g].sum() for g in (0, 1)] == pytest.approx(list(wanted))


def test_drawn_p_is_near_the_exact_one_and_never_zero() -> None:
    data = made(11, n=16)
    exact = permutation_test(data, exact=True)
    drawn = permutation_test(data, draws=20_000, exact=False)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * 0.5 / math.sqrt(20_000))
    assert "Monte Carlo, 20000 of" in drawn.options and "seed 20201111" in drawn.options
    apart = SurvivalData.from_arrays(range(1, 31), [1] * 30, ["a"] * 15 + ["b"] * 15)
    assert permutation_test(apart, draws=1000, exact=False).p_value == pytest.approx(1 / 1001)


def test_arrangements_of_tens_of_thousands_of_animals_are_counted_in_words() -> None:
    """More digits than Python writes out: 10 to the 6018 ways to choose 10,000 of 20,000."""
    assert module._counted(math.comb(20, 10)) == "184756"
    assert module._counted(10**15) == "about 10^15"
    # lchoose(20000, 10000) / log(10) in R is 6018.35
    assert module._counted(math.comb(20_000, 10_000)) == "about 10^6018"


def test_more_arrangements_than_a_float_holds_are_drawn() -> None:
    """Of 1,200 animals that died on two days, subset sums are few and their counts are not."""
    time = [1.0] * 290 + [2.0] * 310 + [1.0] * 320 + [2.0] * 280
    data = SurvivalData.from_arrays(time, [True] * 1200, ["a"] * 600 + ["b"] * 600)
    result = permutation_test(data, draws=5000)
    assert result.options.startswith("Monte Carlo, 5000 of about 10^359 arrangements")
    assert result.p_value == pytest.approx(logrank_test(data).p_value, abs=0.02)
    with pytest.raises(ValueError, match="too many to count"):
        permutation_test(data, exact=True)


def test_only_the_test_of_the_config_draws_all_arrangements_of_many_animals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lumicohort.draws.MOST_NUMBERS", 300_000)
    rng = np.random.default_rng(5)
    data = SurvivalData.from_arrays(
        rng.integers(1, 40, 200), rng.random(200) < 0.9, ["a", "b"] * 100
    )
    options = {
        test: next(
            t.result.options
            for t in analyse(
                data, Options(test=test, permutation_draws=2000, bootstrap_samples=999)
            ).tests
            if t.result.test == "logrank_permutation"
        )
        for test in ("logrank", "logrank_permutation")
    }
    assert "Monte Carlo, 1500 of" in options["logrank"]
    assert "(not 2000: many animals, and not the test of the config)" in options["logrank"]
    assert "Monte Carlo, 2000 of" in options["logrank_permutation"]


def test_twenty_against_twenty_is_counted_exactly() -> None:
    """138 billion arrangements; complete separation has two of them."""
    apart = SurvivalData.from_arrays(range(1, 41), [1] * 40, ["a"] * 20 + ["b"] * 20)
    found = permutation_test(apart)
    assert found.p_value == pytest.approx(2 / math.comb(40, 20), rel=1e-9)
    assert found.options == "exact, all 137846528820 arrangements"


def test_too_many_arrangements_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SUMS", 50)
    data = made(4, n=20)
    assert "Monte Carlo" in permutation_test(data, draws=1000).options
    with pytest.raises(ValueError, match="too many to count"):
        permutation_test(data, exact=True)


def test_three_arms_listed_and_drawn() -> None:
    data = made(2, n=9, arms=3)
    exact = permutation_test(data)
    assert exact.options == "exact, all 1680 arrangements"
    drawn = permutation_test(data, draws=20_000, exact=False)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.015)


def test_chi_squared_and_difference_rank_equal_arms_alike() -> None:
    """Without censoring or ties and with complete separation both have two extreme cases."""
    data = SurvivalData.from_arrays(range(1, 11), [1] * 10, ["a"] * 5 + ["b"] * 5)
    assert permutation_test(data).p_value == pytest.approx(2 / 252)
    assert permutation_test_chi_squared(data).p_value == pytest.approx(2 / 252)


def test_small_arms_say_how_small_p_can_get() -> None:
    data = SurvivalData.from_arrays([1, 2, 3, 4], [1] * 4, ["a", "a", "b", "b"])
    found = permutation_test(data)
    assert found.p_value == pytest.approx(2 / 6)
    assert found.note == "with so few animals p cannot fall below 0.33"


def test_few_events_keep_p_from_falling_as_well() -> None:
    """Beside every arrangement counted here."""
    for time, event, sizes in (
        ([5, 9, 9, 9, 9, 9], [1, 0, 0, 0, 0, 0], (3, 3)),  # any arrangement is as extreme
        ([5, 6, 9, 9, 9, 9, 9, 9], [1, 1, 0, 0, 0, 0, 0, 0], (5, 3)),
        ([3, 5, 9, 9, 9, 9, 9], [1, 1, 0, 0, 0, 0, 0], (4, 3)),
    ):
        n, labels = len(time), ["a"] * sizes[0] + ["b"] * sizes[1]
        found = permutation_test(SurvivalData.from_arrays(time, event, labels))
        scores = logrank_scores(SurvivalData.from_arrays(time, event, ["a"] * n))
        sums = [abs(scores[list(c)].sum()) for c in itertools.combinations(range(n), sizes[0])]
        least = np.mean(np.array(sums) >= max(sums) - 1e-9)
        assert least > 0.05
        assert found.note == f"with so few events p cannot fall below {least:.2g}"
        assert found.p_value >= least - 1e-12


@pytest.mark.parametrize(
    ("each", "method", "note"),
    [
        # 2 of 20 arrangements, times 3 comparisons
        (
            3,
            "holm",
            "with so few animals p cannot fall below 0.1; adjusted for 3 comparisons it cannot "
            "fall below 0.3",
        ),
        (3, "bh", "with so few animals p cannot fall below 0.1"),
        # 2 of 70: small enough alone
        (4, "holm", "with so few animals p adjusted for 3 comparisons cannot fall below 0.086"),
        (4, "hochberg", ""),
        # 2 of 252, 0.024 after adjustment
        (5, "holm", ""),
    ],
)
def test_adjusted_p_of_small_arms_say_how_small_they_can_get(
    each: int, method: Adjustment, note: str
) -> None:
    arms = ["a", "b", "c", "d"]
    days = [day for start in (0, 10, 20, 30) for day in range(start + 1, start + 1 + each)]
    data = SurvivalData.from_arrays(days, [1] * len(days), [a for a in arms for _ in range(each)])
    found = [
        test
        for test in analyse(data, Options(p_adjust=method), "a").tests
        if test.result.test == "logrank_permutation" and test.comparison == "pair"
    ]
    assert len(found) == 3
    least = 2 / math.comb(2 * each, each)
    # Complete separation is the most extreme arrangement, of all three comparisons.
    assert [t.result.p_value for t in found] == pytest.approx([least] * 3)
    assert min(t.p_adjusted for t in found) == pytest.approx(least * (3 if method == "holm" else 1))
    assert {t.result.note for t in found} == {note}


def test_adjustments_by_hand() -> None:
    p = [0.01, 0.04, math.nan, 0.03]
    assert adjust(p, "holm") == pytest.approx([0.03, 0.06, math.nan, 0.06], nan_ok=True)
    assert adjust(p, "hochberg") == pytest.approx([0.03, 0.04, math.nan, 0.04], nan_ok=True)
    assert adjust(p, "bh") == pytest.approx([0.03, 0.04, math.nan, 0.04], nan_ok=True)
    assert adjust(p, "none") == pytest.approx(p, nan_ok=True)


@pytest.mark.parametrize(
    ("time", "event", "group", "stratum", "why"),
    [
        ([9, 9, 9, 9], [1, 1, 1, 1], "aabb", None, "all animals had the same time and outcome"),
        # Everyone at risk died at each death, so every score is 0 whatever the times.
        ([35, 43, 4], [0, 1, 0], "aab", None, "all animals have the same log-rank score"),
        ([5, 9, 7, 8], [1, 1, 1, 1], "aabb", "1122", "each holds animals of one arm only"),
        ([5, 5, 7, 7], [1, 1, 1, 1], "abab", "1122", "in each of several arms all animals have"),
    ],
)
def test_why_no_label_can_matter_is_true_of_the_animals(
    time: list[int], event: list[int], group: str, stratum: str | None, why: str
) -> None:
    data = SurvivalData.from_arrays(
        time, event, list(group), stratum=None if stratum is None else list(stratum)
    )
    result = permutation_test(data)
    assert math.isnan(result.p_value)
    assert result.note.startswith("no arrangement differs from another: ")
    assert why in result.note


def test_an_arm_without_weight_is_left_out_of_a_weighted_test_and_that_is_said() -> None:
    """Arm C dies wholly on the first day, whose weight (1 - S) is 0: A and B are compared.

    From the formula written out in R: U = 0.834, V = 0.1187, chi-squared 5.8655.
    """
    time = [5, 6, 7, 8, 9, 9, 10, 11, 12, 13, 3, 3, 3]
    event = [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1]
    data = SurvivalData.from_arrays(time, event, list("AAAAABBBBBCCC"))
    found = logrank_test(data, "fleming_harrington", 0, 1)
    assert found.statistic == pytest.approx(5.8655, abs=5e-5) and found.df == 1
    assert found.note == "without C: the weights are 0 wherever its animals were at risk"
    pair = logrank_test(data.of_arms("A", "C"), "fleming_harrington", 0, 1)
    assert math.isnan(pair.p_value)
