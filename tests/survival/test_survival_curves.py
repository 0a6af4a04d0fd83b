"""Closed forms, and lifelines where it agrees with R."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicohort.survival.data import SurvivalData
from lumicohort.survival.differences import median_differences, rmst_differences
from lumicohort.survival.kaplan_meier import (
    kaplan_meier,
    largest_common_time,
    median,
    quantile,
    restricted_mean,
)


def one(time: list[float], event: list[int]) -> SurvivalData:
    return SurvivalData.from_arrays(time, event)


def test_at_risk_is_counted_before_the_events() -> None:
    curve = kaplan_meier(one([5, 5, 8, 9], [1, 0, 1, 0]))
    assert curve.at_risk.tolist() == [4, 2, 1]
    assert curve.number_at_risk(np.array([0, 5, 5.1, 9, 10])).tolist() == [4, 4, 2, 1, 0]
    assert curve.at(np.array([4.9, 5, 8])) == pytest.approx([1, 0.75, 0.375])


@pytest.mark.parametrize("n", [2, 4, 10, 22, 50])
def test_median_of_an_even_number_is_the_midpoint(n: int) -> None:
    """S is exactly one half between two deaths: R, SAS and Prism print the midpoint."""
    times = [10.0 * (i + 1) for i in range(n)]
    assert median(kaplan_meier(one(times, [1] * n))).estimate == 10 * (n / 2) + 5


def test_a_flat_end_at_the_level_reaches_to_the_last_time() -> None:
    curve = kaplan_meier(one([10, 20, 60, 60], [1, 1, 0, 0]))
    assert quantile(curve, 0.5).estimate == 40  # half way from day 20 to day 60


def test_not_reached_is_nan_never_infinity() -> None:
    found = median(kaplan_meier(one([30, 60, 60], [1, 0, 0])))
    assert math.isnan(found.estimate) and math.isnan(found.upper)


def test_restricted_mean_without_censoring_is_the_mean() -> None:
    """Without censoring: the mean of min(T, tau), with the standard deviation / √n (n, not n-1)."""
    times = np.array([3.0, 5, 8, 13, 21, 34])
    found = restricted_mean(kaplan_meier(one(times.tolist(), [1] * 6)), 20)
    cut = np.minimum(times, 20)
    assert found.estimate == pytest.approx(cut.mean(), rel=1e-12)
    assert found.se == pytest.approx(cut.std() / math.sqrt(6), rel=1e-12)


def test_restricted_mean_is_refused_beyond_the_last_censoring() -> None:
    curve = kaplan_meier(one([10, 20], [1, 0]))
    found = restricted_mean(curve, 30)
    assert math.isnan(found.estimate)
    assert "not followed to day 30: the last animal was censored on day 20" in found.note
    assert restricted_mean(kaplan_meier(one([10, 20], [1, 1])), 30).estimate == pytest.approx(15)


def test_differences_of_two_arms() -> None:
    data = SurvivalData.from_arrays(
        [20, 22, 24, 26, 28, 30, 32, 34, 36, 38], [1] * 10, ["v"] * 5 + ["d"] * 5
    )
    days, ratio = median_differences(data)
    assert (days.estimate, ratio.estimate) == (10, 34 / 24)
    assert 2 < days.lower < 10 < days.upper < 18  # within the most that samples can differ
    again = median_differences(data)[0]
    assert repr(again) == repr(days)  # the same seed, the same interval
    assert "seed 20201111" in days.method and "bootstrap percentile" in days.method
    of_means, _ = rmst_differences(data)
    assert largest_common_time(data) == 28
    assert of_means.estimate == pytest.approx(28 - 24)


def test_bootstrap_interval_is_that_of_an_exhaustive_bootstrap() -> None:
    """Three animals against one value each: 27 samples have known medians."""
    data = SurvivalData.from_arrays([1, 2, 4, 10, 10, 10], [1] * 6, ["a"] * 3 + ["b"] * 3)
    days, _ = median_differences(data, samples=9_999)
    # P(median of a = 1) = P(= 4) = 7/27 > 2.5 %, so the interval spans both.
    assert (days.lower, days.upper) == (6, 9)


def test_over_a_median_that_samples_do_not_reach_the_ratio_has_no_lower_limit() -> None:
    """It is small there, not 0: both measures say NA below, and both have an upper limit."""
    data = SurvivalData.from_arrays(
        [20, 25, 30, 60, 60, 60, 10, 11, 12, 13, 14, 15],
        [1] * 3 + [0] * 3 + [1] * 6,
        ["v"] * 6 + ["d"] * 6,
    )
    days, ratio = median_differences(data)
    assert math.isnan(days.lower) and math.isnan(ratio.lower)
    assert days.upper < 0 and 0 < ratio.upper < 1
    assert "not reached in that share of the samples" in ratio.note


def test_an_arm_without_spread_makes_the_interval_too_narrow_and_that_is_said() -> None:
    """The interval of R's survRM2 would be the same, without a word."""
    data = SurvivalData.from_arrays(
        [10, 20, 30, 40, 40, 40], [1, 1, 1, 0, 0, 0], ["v"] * 3 + ["d"] * 3
    )
    days, ratio = rmst_differences(data)
    # To day 30: 30 - 20; the SE is that of 10, 20, 30 alone, sqrt(2 * 100 / 3 / 3).
    half = 1.959963984540054 * math.sqrt(200 / 9)
    assert (days.estimate, days.lower) == pytest.approx((10, 10 - half))
    for one_of_them in (days, ratio):
        assert "no spread was seen in `d` before day 30" in one_of_them.note
        assert "too narrow" in one_of_them.note


def test_a_median_that_samples_do_not_reach_has_an_open_interval() -> None:
    data = SurvivalData.from_arrays(
        [10, 11, 12, 13, 14, 15, 20, 25, 30, 60, 60, 60],
        [1] * 9 + [0] * 3,
        ["v"] * 6 + ["d"] * 6,
    )
    days, _ = median_differences(data)
    assert math.isnan(days.upper) and not math.isnan(days.lower)
    assert "not reached in that share of the samples" in days.note


animals = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=15)


@settings(max_examples=20, deadline=None)
@given(animals, st.randoms(use_true_random=False), st.sampled_from([0.25, 7.0, 24.0]))
def test_order_of_rows_and_scale_of_time_do_not_matter(rows, random, scale) -> None:  # type: ignore[no-untyped-def]
    mixed = list(rows)
    random.shuffle(mixed)
    a = kaplan_meier(one([t for t, _ in rows], [e for _, e in rows]))
    b = kaplan_meier(one([t * scale for t, _ in mixed], [e for _, e in mixed]))
    assert b.time == pytest.approx(a.time * scale)
    np.testing.assert_allclose(b.survival, a.survival, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(b.lower, a.lower, rtol=1e-9)
    for p in (0.25, 0.5, 0.75):
        q, scaled = quantile(a, p), quantile(b, p)
        np.testing.assert_allclose(
            [scaled.estimate, scaled.lower, scaled.upper],
            np.array([q.estimate, q.lower, q.upper]) * scale,
        )


@pytest.mark.parametrize("seed", range(5))
def test_both_engines_give_the_same_curve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.round(rng.weibull(2, 40) * 20, seed % 2)
    data = SurvivalData.from_arrays(time, rng.random(40) < 0.8)
    a, b = kaplan_meier(data, engine="lifelines"), kaplan_meier(data, engine="numpy")
    for name in ("time", "at_risk", "events", "censored"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for name in ("survival", "se_log", "lower", "upper"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-12, atol=1e-15)
    assert quantile(a) == quantile(b)


def test_an_arm_without_spread_before_the_horizon_is_named() -> None:
    time = [10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25]
    data = SurvivalData.from_arrays(time, [1] * 12, ["a"] * 6 + ["b"] * 6)
    difference, ratio = rmst_differences(data)
    assert difference.lower > 0  # as R says too: the interval of the first arm alone
    note = "no spread was seen in `b` before day 15: the interval is too narrow"
    assert (difference.note, ratio.note) == (note, note)
    usual, _ = rmst_differences(SurvivalData.from_arrays(time, [1] * 12, ["a", "b"] * 6))
    assert usual.note == ""


def test_a_ratio_of_medians_has_no_limit_where_the_reference_has_none() -> None:
    reference = [5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0]
    time, event = [*reference, 6, 7, 8, 9, 10, 11, 12], [1, 1, 1, 1, 0, 0, 0, *[1] * 7]
    data = SurvivalData.from_arrays(time, event, ["a"] * 7 + ["b"] * 7)
    difference, ratio = median_differences(data, samples=999)
    assert math.isnan(difference.lower) and math.isnan(ratio.lower)
    assert ratio.upper > 1
    assert "a limit is NA where the median was not reached" in ratio.note


def test_a_bootstrap_that_cannot_vary_gives_no_interval_of_no_width() -> None:
    """All of an arm died on one day: every sample says 7 days, which is not certain for that."""
    data = SurvivalData.from_arrays([21] * 7 + [28] * 7, [1] * 14, ["v"] * 7 + ["d"] * 7)
    days, ratio = median_differences(data)
    assert (days.estimate, ratio.estimate) == (7, pytest.approx(28 / 21))
    for one in (days, ratio):
        assert math.isnan(one.lower) and math.isnan(one.upper)
        assert one.note == "no interval: 95% of the samples or more gave the same value"
    # One animal of seven apart: the median of 98 % of the samples is still 28.
    data = SurvivalData.from_arrays([21] * 7 + [28] * 6 + [40], [1] * 14, ["v"] * 7 + ["d"] * 7)
    assert math.isnan(median_differences(data)[0].lower)


def test_a_bootstrap_of_one_arm_without_spread_is_said_to_be_too_narrow() -> None:
    data = SurvivalData.from_arrays(
        [21] * 7 + [24, 26, 28, 30, 33, 35, 40], [1] * 14, ["v"] * 7 + ["d"] * 7
    )
    days, _ = median_differences(data)
    assert 3 <= days.lower < 9 < days.upper <= 19
    assert days.note == "no spread was seen in `v`: the interval is too narrow"


def test_a_median_that_hardly_any_sample_reaches_has_no_interval() -> None:
    """Both limits are missing: no interval is called too narrow."""
    data = SurvivalData.from_arrays([12] * 4 + [9] * 4, [1, 1, 0, 0] * 2, ["v"] * 4 + ["d"] * 4)
    days, _ = median_differences(data)
    assert math.isnan(days.lower) and math.isnan(days.upper)
    assert days.note == "no interval: the median was not reached in too many of the samples"


def test_restricted_means_far_apart_have_a_small_p_and_none_of_zero() -> None:
    """R: 2 * pnorm(-z) and so math.erfc, which keeps its digits far out."""
    early, late = [5, 6, 6, 7, 7, 7, 8, 8, 9], [28, 29, 29, 30, 30, 30, 31, 31, 32]
    data = SurvivalData.from_arrays([*early, *late], [1] * 18, ["a"] * 9 + ["b"] * 9)
    days, ratio = rmst_differences(data, 30)
    se = (days.upper - days.lower) / 2 / 1.959963984540054
    assert days.estimate / se > 30
    assert days.p_value == pytest.approx(math.erfc(days.estimate / se / math.sqrt(2)), rel=1e-9)
    se = math.log(ratio.upper / ratio.lower) / 2 / 1.959963984540054
    z = math.log(ratio.estimate) / se
    assert 0 < ratio.p_value == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-9)
