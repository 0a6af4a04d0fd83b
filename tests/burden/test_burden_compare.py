"""Endpoint tests and ratios against R's documented examples, scipy and closed forms."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from lumicohort.burden import permutation
from lumicohort.burden.compare import arithmetic_ratio, compare, geometric_mean, geometric_ratio
from lumicohort.burden.permutation import permutation_test
from lumicohort.draws import affordable_draws, fewer_words

# R's `sleep`: t.test(extra ~ group)
SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
# R's example of wilcox.test: permeability constants of the placental membrane
TERM = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
EARLY = np.array([1.15, 0.88, 0.90, 0.74, 1.21])


def test_welch_equals_r():
    result = compare("welch_t_log10", SLEEP_1, SLEEP_2)
    assert result.statistic == pytest.approx(-1.8608, abs=5e-5)  # R: t = -1.8608
    assert result.df == pytest.approx(17.776, abs=5e-4)  # R: df = 17.776
    assert result.p_value == pytest.approx(0.07939, abs=5e-6)  # R: p-value = 0.07939


def test_mann_whitney_equals_r():
    result = compare("mann_whitney", TERM, EARLY)
    assert result.statistic == 35  # R: W = 35
    assert result.p_value == pytest.approx(2 * 0.1272, abs=1e-4)  # R, one-sided: 0.1272
    assert "exact" in result.method


def test_mann_whitney_with_ties_is_exact_and_says_so():
    first, second = np.array([1.0, 2, 2, 3]), np.array([2.0, 4, 5, 6])
    result = compare("mann_whitney", first, second)
    assert "exact with midranks for ties, over 70 arrangements" in result.method
    ranks = stats.rankdata([*first, *second])
    assert result.statistic == ranks[:4].sum() - 10  # R: W
    # As coin::wilcox_test: all arrangements, counted here one by one.
    assert result.p_value == pytest.approx(_brute(ranks[:4], ranks[4:])[0], rel=1e-12)


def test_three_against_three_never_fall_below_a_tenth():
    """R's wilcox.test says 0.047, with a warning, where an arm is one value below the LOD."""
    result = compare("mann_whitney", np.array([1.0, 1, 1]), np.array([2.0, 3, 4]))
    assert result.p_value == pytest.approx(0.1)


def test_mann_whitney_of_many_with_ties_is_approximate_and_says_so():
    first, second = np.arange(20) % 7 + 1.0, np.arange(20) % 9 + 1.5
    second[:5] = 3.0
    result = compare("mann_whitney", first, second)
    assert "ties" in result.method and "exact" not in result.method
    # R's wilcox.test: correction (W - mn/2 + 0.5) / sigma with ties
    pooled = np.concatenate([first, second])
    u = stats.rankdata(pooled)[:20].sum() - 210
    ties = sum(float(n) ** 3 - n for n in np.unique(pooled, return_counts=True)[1])
    sigma = math.sqrt(400 / 12 * (41 - ties / (40 * 39)))
    z = (abs(u - 200) - 0.5) / sigma
    assert result.p_value == pytest.approx(2 * stats.norm.sf(z))


def _brute(first, second):
    pooled = np.concatenate([first, second])
    everyone = set(range(len(pooled)))
    gaps = [
        pooled[list(c)].mean() - pooled[list(everyone - set(c))].mean()
        for c in combinations(range(len(pooled)), len(first))
    ]
    observed = first.mean() - second.mean()
    return np.mean(np.abs(gaps) >= abs(observed) - 1e-12), len(gaps)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 5), (6, 4), (7, 7), (2, 9)])
def test_permutation_counts_every_arrangement(sizes):
    rng = np.random.default_rng(sum(sizes))
    first, second = rng.normal(0, 1, sizes[0]), rng.normal(0.8, 1, sizes[1])
    p, total = _brute(first, second)
    result = permutation_test(first, second)
    assert result.exact and result.arrangements == total
    assert result.p_value == pytest.approx(p, abs=1e-15)


def test_permutation_with_ties_counts_the_observed():
    first, second = np.array([1.0, 1, 2, 2]), np.array([2.0, 3, 3, 3])
    assert permutation_test(first, second).p_value == pytest.approx(_brute(first, second)[0])
    # Complete separation of 5 and 5: the two extreme arrangements of 252.
    low, high = np.arange(5.0), np.arange(5.0) + 10
    assert permutation_test(low, high).p_value == pytest.approx(2 / 252)


def test_permutation_by_drawing_adds_one_and_repeats():
    rng = np.random.default_rng(2)
    first, second = rng.normal(0, 1, 25), rng.normal(0.6, 1, 25)
    result = permutation_test(first, second, draws=20_000, seed=3)
    assert not result.exact
    assert result == permutation_test(first, second, draws=20_000, seed=3)
    expected = stats.ttest_ind(first, second).pvalue  # near the permutation p at this size
    assert result.p_value == pytest.approx(expected, abs=0.01)
    far = permutation_test(first, second + 100, draws=5000, seed=3)
    assert far.p_value == 1 / 5001


def test_permutation_by_drawing_is_the_same_in_smaller_blocks(monkeypatch):
    first, second = np.arange(30.0), np.arange(30.0) + 7
    whole = permutation_test(first, second, draws=2_000, seed=4)
    monkeypatch.setattr(permutation, "NUMBERS_AT_ONCE", 60 * 7)
    assert permutation_test(first, second, draws=2_000, seed=4) == whole
    assert not whole.exact and 0.0005 < whole.p_value < 0.1


def test_permutation_of_an_empty_arm_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        permutation_test(np.array([]), np.array([1.0]))


@pytest.mark.parametrize("test", ["welch_t_log10", "mann_whitney", "permutation_log10"])
def test_one_animal_or_no_spread_is_not_estimable_with_reason(test):
    one = compare(test, np.array([1.0]), np.array([2.0, 3.0]))
    assert math.isnan(one.p_value) and "two animals in each arm" in one.reason
    same = compare(test, np.array([2.0, 2.0]), np.array([2.0, 2.0]))
    assert math.isnan(same.p_value) and "same" in same.reason


def test_fieller_limits_are_the_ratios_that_a_welch_test_just_rejects():
    rng = np.random.default_rng(5)
    arm, reference = rng.lognormal(1, 0.5, 9), rng.lognormal(2, 0.6, 11)
    ratio = arithmetic_ratio(arm, reference)
    assert ratio.estimate == arm.mean() / reference.mean()
    parts = arm.var(ddof=1) / 9, ratio.estimate**2 * reference.var(ddof=1) / 11
    df = sum(parts) ** 2 / (parts[0] ** 2 / 8 + parts[1] ** 2 / 10)
    for limit in (ratio.lower, ratio.upper):
        gap = arm.mean() - limit * reference.mean()
        se = math.sqrt(parts[0] + limit**2 * reference.var(ddof=1) / 11)
        assert abs(gap / se) == pytest.approx(stats.t.ppf(0.975, df))
    assert ratio.lower < ratio.estimate < ratio.upper


def test_fieller_without_an_end_and_below_zero():
    wild = arithmetic_ratio(np.array([1.0, 2.0]), np.array([1.0, 100.0]))
    assert math.isnan(wild.lower) and math.isnan(wild.upper) and wild.estimate > 0
    capped = arithmetic_ratio(np.array([0.1, 9.0, 0.1]), np.linspace(9, 11, 10))
    assert capped.lower == 0


def test_geometric_ratio_is_welch_on_logs():
    rng = np.random.default_rng(6)
    arm, reference = rng.normal(6, 0.2, 8), rng.normal(6.5, 0.4, 10)
    ratio = geometric_ratio(arm, reference)
    test = stats.ttest_ind(arm, reference, equal_var=False)
    lower, upper = test.confidence_interval()
    assert ratio.estimate == pytest.approx(10 ** (arm.mean() - reference.mean()))
    assert (ratio.lower, ratio.upper) == pytest.approx((10**lower, 10**upper))


def test_geometric_mean_of_known_values():
    result = geometric_mean(np.array([5.0, 6.0, 7.0]))
    assert result.estimate == pytest.approx(1e6)
    half = stats.t.ppf(0.975, 2) / math.sqrt(3)
    assert result.upper == pytest.approx(10 ** (6 + half))
    assert math.isnan(geometric_mean(np.array([5.0])).lower)
    # R: t.test(rep(log10(3.1e5), 6)) stops: "data are essentially constant".
    level = geometric_mean(np.full(6, math.log10(3.1e5)))
    assert level.estimate == pytest.approx(3.1e5)
    assert math.isnan(level.lower) and math.isnan(level.upper)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "sd"), [(6, 0.25), (10, 0.25), (10, 0.4)])
def test_fieller_covers(n, sd):
    rng = np.random.default_rng(8)
    inside = ended = 0
    for _ in range(4000):
        arm, reference = 10 ** rng.normal(0, sd, n), 10 ** rng.normal(0.5, sd, n)
        ratio = arithmetic_ratio(arm, reference)
        ended += not math.isnan(ratio.lower)
        inside += ratio.lower <= 10**-0.5 <= ratio.upper
    assert 0.94 <= inside / ended <= 0.985


@pytest.mark.parametrize(("ours", "theirs"), [(1e7, 1e-200), (1e-200, 1e7), (1e-160, 1e-160)])
def test_a_ratio_beyond_what_a_number_holds_has_no_interval(ours: float, theirs: float) -> None:
    spread = np.array([1.0, 1.5, 2.5])
    ratio = arithmetic_ratio(ours * spread, theirs * spread)
    assert ratio.estimate == pytest.approx(ours / theirs)
    assert math.isnan(ratio.lower) or ratio.lower <= ratio.estimate <= ratio.upper


def test_a_ratio_that_is_no_number_is_none() -> None:
    assert math.isnan(arithmetic_ratio(np.array([1e10, 2e10]), np.full(2, 1e-305)).estimate)


def test_many_animals_of_an_unprinted_test_draw_fewer_arrangements_and_say_so(monkeypatch):
    monkeypatch.setattr("lumicohort.draws.MOST_NUMBERS", 10_000_000)
    rng = np.random.default_rng(3)
    arm, reference = rng.normal(0.1, 1, 500), rng.normal(0, 1, 500)
    result = compare("permutation_log10", arm, reference, printed=False)
    assert "10000 random arrangements (not 100000: many animals, and not the test of" in (
        result.method
    )
    welch = stats.ttest_ind(arm, reference, equal_var=False).pvalue
    assert result.p_value == pytest.approx(welch, abs=0.02)
    few = [rng.normal(size=40), rng.normal(0.3, 1, 40)]
    printed, unprinted = (
        compare("permutation_log10", *few, printed=which) for which in (True, False)
    )
    # as text: not a number equals no other
    assert repr(printed) == repr(unprinted) and "100000 random" in printed.method


def test_draws_are_bounded_by_the_animals():
    assert affordable_draws(100_000, 1000) == 100_000
    assert affordable_draws(100_000, 20_000) == 5000
    assert affordable_draws(100_000, 10**9) == 1000
    assert affordable_draws(1000, 10) == 1000
    assert fewer_words(1000, 1000) == ""
