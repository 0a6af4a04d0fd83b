"""Delayed entry (left truncation) beside R 4.2.2 with survival 3.5-3.

The data are made up; ``data/made_entry.R`` is the R code that wrote ``data/made_entry_r.csv``.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lumicohort.commands import survival as command
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.survival.adjusted import adjusted_hazard_ratios, adjusted_proportional_hazards
from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.competing import cumulative_incidence, gray_test
from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.cox import cox_hazard_ratios, fit_cox
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import describe
from lumicohort.survival.differences import _weighted_medians, median_differences
from lumicohort.survival.frames import frames
from lumicohort.survival.kaplan_meier import (
    CI_TYPES,
    follow_up,
    kaplan_meier,
    largest_common_time,
    quantile,
    restricted_mean,
)
from lumicohort.survival.partial_likelihood import TIES
from lumicohort.survival.permutation import logrank_scores, permutation_test
from lumicohort.survival.permutation_chi_squared import permutation_test_chi_squared
from lumicohort.survival.proportional_hazards import TRANSFORMS, proportional_hazards_test
from lumicohort.survival.risk_table import risk_table
from lumicohort.survival.tests import logrank_test, trend_test, weighted_scores

DATA = Path(__file__).parent / "data"
TABLE = pd.read_csv(DATA / "made_entry.csv")
SETS = list(TABLE["set"].unique())
R = pd.read_csv(DATA / "made_entry_r.csv")
OF_SET = {name: TABLE[TABLE["set"] == name].reset_index(drop=True) for name in SETS}


def survival(name: str, stratified: bool = False) -> SurvivalData:
    return SurvivalData.from_frame(
        OF_SET[name],
        time="time",
        event="event",
        group="group",
        entry="entry",
        stratum="stratum" if stratified else None,
    )


def in_r(name: str, key: str) -> np.ndarray:
    rows = R[(R["set"] == name) & (R["key"] == key)].sort_values("place")
    assert len(rows), f"R has no {key} of {name}"
    return rows["value"].to_numpy(float)


def agree(ours: Any, theirs: np.ndarray, relative: float = 1e-9) -> None:
    np.testing.assert_allclose(np.ravel(ours), theirs, rtol=relative, atol=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_curves_quantiles_and_restricted_means(name: str) -> None:
    data = survival(name)
    for arm in data.arms:
        mine = data.of_arms(arm)
        for ci_type in CI_TYPES:
            curve = kaplan_meier(mine, ci_type)
            found = [quantile(curve, p) for p in (0.25, 0.5, 0.75)]
            ours = [[getattr(q, k) for q in found] for k in ("estimate", "lower", "upper")]
            agree(ours, in_r(name, f"quantiles {arm} {ci_type}"))
        curve = kaplan_meier(mine)
        for key in ("time", "survival", "at_risk", "lower", "upper"):
            agree(getattr(curve, key), in_r(name, f"{key} {arm}"))
        agree(curve.number_at_risk(curve.time), in_r(name, f"at_risk {arm}"))
        mean = restricted_mean(curve, largest_common_time(data))
        agree([mean.estimate, mean.se], in_r(name, f"restricted_mean {arm}"))
        agree(follow_up(curve), in_r(name, f"follow_up {arm}"))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("layer", ["plain", "stratified"])
def test_models_and_log_rank(name: str, layer: str) -> None:
    data = survival(name, layer == "stratified")
    if layer == "stratified" and not data.stratified:
        pytest.skip("one stratum")
    for ties in TIES:
        fit = fit_cox(data, ties)
        if not fit.maximum.finite.all():
            assert abs(in_r(name, f"cox {layer} {ties}")).max() > 15  # R stopped somewhere
            continue
        agree(fit.log_hr, in_r(name, f"cox {layer} {ties}"), 1e-6)
        agree(fit.se, in_r(name, f"se {layer} {ties}"), 1e-6)
        agree(fit.score_chi2, in_r(name, f"score {layer} {ties}"), 1e-8)
        for transform in TRANSFORMS if ties != "exact" else ():
            test = proportional_hazards_test(data, fit, transform)
            theirs = in_r(name, f"zph {layer} {ties} {transform}")
            agree([test.chi2, test.p_value], theirs, 1e-6)
    agree(logrank_test(data).statistic, in_r(name, f"score {layer} exact"), 1e-8)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    "weight", ["gehan_breslow_wilcoxon", "tarone_ware", "peto_peto", "peto_peto_modified"]
)
def test_weighted_tests(name: str, weight: Any) -> None:
    agree(logrank_test(survival(name), weight).statistic, in_r(name, weight))


@pytest.mark.parametrize("name", SETS)
def test_covariates_clusters_and_their_proportional_hazards(name: str) -> None:
    data, table = survival(name), OF_SET[name]
    adjustment = Adjustment.from_columns(
        {"x": table["x"].tolist()}, "stratum", table["stratum"].tolist()
    )
    rows = [
        r
        for r in adjusted_hazard_ratios(data, adjustment)
        if r.adjusted_for and r.result.method == "cox_efron"
    ]
    plain = [r.result for r in rows if not r.clustered_by]
    if any(r.separated for r in plain):
        assert abs(in_r(name, "adjusted")).max() > 15  # R stopped somewhere
        return
    agree([math.log(r.hr) for r in plain], in_r(name, "adjusted"), 1e-6)
    found = adjusted_proportional_hazards(data, adjustment)
    agree([t.chi2 for t in found if t.transform == "km"], in_r(name, "adjusted_zph"), 1e-6)


@pytest.mark.parametrize("name", SETS)
def test_cumulative_incidence(name: str) -> None:
    data = survival(name)
    mine = data.group == 0
    outcome = in_r(name, "outcome").astype(np.intp)
    found = cumulative_incidence(data.time[mine], outcome[mine], since=data.since[mine])
    agree(found.time, in_r(name, "incidence_time"))
    agree(found.incidence, in_r(name, "incidence"))
    gray = gray_test(data, outcome)
    assert math.isnan(gray.p_value) and "no accepted form for delayed entry" in gray.note


def test_where_all_at_risk_have_died_the_curve_stays_at_zero_and_that_is_said() -> None:
    data = survival("emptied_early")
    curve = kaplan_meier(data.of_arms("vehicle"))
    assert curve.survival.tolist() == [0, 0, 0, 0] and curve.emptied == 6
    assert curve.at_risk.tolist() == [1, 3, 2, 1]
    analysis = analyse(data, Options(bootstrap_samples=999))
    tables = frames(analysis)
    arm = tables["survival_arms"].iloc[0]
    assert arm["median_days"] == 6
    assert "all animals then at risk had died by day 6" in arm["note"]
    # the differences of medians and means rest on these few, and so does what is said of them
    said = "in `vehicle` all animals then at risk had died by day 6, before others entered"
    assert all(said in note for note in tables["survival_differences"]["note"])
    assert describe(analysis).count(said) == 2
    test = logrank_test(data, "fleming_harrington", 0, 1)
    assert not math.isnan(test.p_value)  # in both arms together somebody was left
    alone = SurvivalData.from_arrays([3, 8, 9, 9.5], [1, 1, 1, 1], list("abab"), entry=[0, 5, 5, 5])
    test = logrank_test(alone, "fleming_harrington", 0, 1)
    assert math.isnan(test.p_value) and "falls to 0 before others entered" in test.note


def test_a_risk_set_that_empties_before_later_animals_enter() -> None:
    """R 4.2.2, survival 3.5-3, with g = a, b: ``survfit(Surv(entry, t, e) ~ g, conf.type =
    "log-log")``, its ``quantile(0.5)``, ``coxph(Surv(entry, t, e) ~ g)`` and its ``cox.zph``.
    """
    data = SurvivalData.from_arrays(
        [2, 3, 4, 9, 10, 12, 5, 6, 9, 11, 8, 14],
        [1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1],
        ["a"] * 6 + ["b"] * 6,
        entry=[0, 0, 2, 5, 6, 7, 0, 0, 1, 3, 4, 8],
    )
    a, b = (kaplan_meier(data.of_arms(arm), "log-log") for arm in "ab")
    np.testing.assert_allclose(a.at([2, 3, 4, 9, 10, 12]), [0.5, 0.25, 0, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(b.at([5, 8, 9, 11]), [0.8, 8 / 15, 16 / 45, 8 / 45], rtol=1e-12)
    np.testing.assert_allclose(a.lower[:2], [0.00598308763914576, 0.00334628501104715], rtol=1e-9)
    median_a, median_b = quantile(a), quantile(b)
    assert (median_a.estimate, median_a.lower) == (2.5, 2)
    assert (median_b.estimate, median_b.lower) == (9, 5)
    assert math.isnan(median_a.upper)
    assert math.isnan(median_b.upper)
    fit = fit_cox(data)
    (ratio,) = cox_hazard_ratios(data)
    assert math.log(ratio.hr) == pytest.approx(-0.889627108534878, rel=1e-7)
    assert ratio.se_log == pytest.approx(0.749491243721656, rel=1e-7)
    assert fit.score_chi2 == pytest.approx(1.49164677804296, rel=1e-9)
    test = proportional_hazards_test(data, fit, "km")
    assert test.chi2 == pytest.approx(2.31991278315217, rel=1e-7)


def test_scores_add_up_to_observed_minus_expected() -> None:
    for name in SETS:
        data = survival(name, True)
        sums = np.bincount(data.group, logrank_scores(data), minlength=len(data.arms))
        np.testing.assert_allclose(sums, weighted_scores(risk_table(data)).difference, atol=1e-12)


def test_labels_move_only_among_animals_that_entered_together() -> None:
    """Three animals from day 0 and three from day 5: 3 x 3 arrangements, counted by hand."""
    time, entry = [4, 9, 12, 7, 10, 15], [0, 0, 0, 5, 5, 5]
    data = SurvivalData.from_arrays(time, [1] * 6, list("abbabb"), entry=entry)
    scores = logrank_scores(data)
    sums = np.array([scores[i] + scores[j] for i in (0, 1, 2) for j in (3, 4, 5)])
    observed = scores[0] + scores[3]
    extreme = np.abs(sums - sums.mean()) >= abs(observed - sums.mean()) - 1e-9
    found = permutation_test(data)
    assert found.p_value == pytest.approx(extreme.mean(), abs=1e-12)
    assert found.options == "exact, all 9 arrangements; labels permuted within times of entry"
    drawn = permutation_test(data, draws=20_000, exact=False)
    assert drawn.p_value == pytest.approx(found.p_value, abs=0.02)
    apart = SurvivalData.from_arrays([4, 9, 12], [1, 1, 1], list("aba"), entry=[1, 2, 3])
    none = permutation_test(apart)
    assert math.isnan(none.p_value) and "within a time of entry" in none.note
    with pytest.raises(ValueError, match="from the start"):
        permutation_test_chi_squared(data)


def test_bootstrap_medians_are_those_of_the_curves() -> None:
    data = survival("some_late")
    medians = [quantile(kaplan_meier(data.of_arms(a))).estimate for a in data.arms]
    assert median_differences(data, 999)[0].estimate == medians[1] - medians[0]
    mine = data.of_arms("DFO")
    assert mine.entry is not None
    weight = np.random.default_rng(1).multinomial(len(mine), np.full(len(mine), 0.1), size=50)
    found = _weighted_medians(mine, weight.astype(float))
    for times, median in zip(weight, found, strict=True):
        again = np.repeat(np.arange(len(mine)), times)
        drawn = SurvivalData.from_arrays(
            mine.time[again], mine.event[again], entry=mine.entry[again]
        )
        expected = quantile(kaplan_meier(drawn)).estimate
        assert median == (math.inf if math.isnan(expected) else pytest.approx(expected))


def test_an_entry_of_zero_is_none() -> None:
    time, event, group = [0, 5, 9, 12], [1, 1, 0, 1], list("abab")
    plain = SurvivalData.from_arrays(time, event, group)
    assert SurvivalData.from_arrays(time, event, group, entry=[0] * 4).entry is None
    # Nobody of arm a entered late, and its animal that died at once counts as ever.
    late = SurvivalData.from_arrays(time, event, group, entry=[0, 2, 0, 3])
    assert late.of_arms("a").entry is None
    assert risk_table(late).at_risk.tolist() == [[2, 0], [1, 2], [0, 1]]
    assert risk_table(plain).at_risk.tolist() == [[2, 2], [1, 2], [0, 1]]


def test_chosen_test_and_what_is_said() -> None:
    analysis = analyse(survival("some_late"), Options(bootstrap_samples=999))
    made = frames(analysis)
    printed = made["survival_tests"][made["survival_tests"]["primary"]].iloc[0]
    assert printed["test"] == "logrank" and printed["options"] == "risk sets after late entry"
    assert printed["note"] == "asymptotic (right for large arms only): the smallest has 10 animals"
    for name, column in (("survival_arms", "method"), ("hazard_ratios", "options")):
        assert made[name][column].str.contains("risk sets after late entry").all(), name
    assert "lifelines" not in made["survival_arms"]["software"].iloc[0]
    assert "came under observation after day 0" in describe(analysis)
    assert not math.isnan(trend_test(survival("three_arms_ties")).p_value)
    curves = made["survival_curves"]
    late = OF_SET["some_late"]["entry"].gt(0).sum()
    assert curves["entered"].sum() == late > 0


# survfit(Surv(c(0, 0, 2, 3, 5, 0.5, 6), c(4, 6, 8, 9, 10, 1, 12), c(0, 1, 1, 0, 1, 0, 1)) ~ 1,
#         conf.type = ...); limits from day 1 on; summary(fit, times = 0) before
BANDS: dict[str, tuple[list[float], list[float]]] = {
    "log": ([1, 1, 0.42593227, 0.25270914, 0.25270914, 0.05676614, math.nan], [1] * 6),
    "plain": ([1, 1, 0.3256553, 0.1124145, 0.1124145, 0, math.nan], [1] * 5 + [0.7313355]),
    "log-log": (
        [math.nan, math.nan, 0.12794692, 0.09910352, 0.09910352, 0.01134451, math.nan],
        [math.nan, math.nan, 0.9605486, 0.8665717, 0.8665717, 0.6981947],
    ),
}


@pytest.mark.parametrize("ci_type", list(BANDS))
def test_bands_are_those_of_r_before_the_first_event_and_before_the_first_leaving(
    ci_type: Any,
) -> None:
    entry, time = [0, 0, 2, 3, 5, 0.5, 6], [4, 6, 8, 9, 10, 1, 12]
    data = SurvivalData.from_arrays(time, [0, 1, 1, 0, 1, 0, 1], entry=entry)
    curves = frames(analyse(data, Options(ci_type=ci_type)))["survival_curves"]
    first = curves.iloc[0]
    assert (first["time_days"], first["survival"], first["entered"]) == (0.5, 1, 1)
    assert (first["lower_95"], first["upper_95"]) == (1, 1)
    left = curves[curves["time_days"].isin(time)]
    lower, upper = BANDS[ci_type]
    np.testing.assert_allclose(left["lower_95"], lower, atol=5e-9 if ci_type == "log" else 5e-8)
    np.testing.assert_allclose(left["upper_95"], [*upper, math.nan], atol=5e-8)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (["0", ""], "row 2, column entry: the time of entry is missing. Write 0"),
        (["0", "x"], "the time of entry `x` is not a finite number"),
        (["0", "-1"], "the time of entry `-1` is negative"),
        (["0", "9"], "the animal entered at `9` and left at `9`: it was never under observation"),
        (["11", "0"], "row 1, column entry: the animal entered at `11` and left at `7`"),
    ],
)
def test_refuses(entry: list[str], said: str) -> None:
    with pytest.raises(InputError) as error:
        SurvivalData.from_arrays([7, 9], [1, 1], ["a", "b"], entry=entry)
    assert said in str(error.value)


def test_times_within_floating_point_noise_of_an_entry_are_tied_with_it() -> None:
    """At 0.3 the animal that entered at 0.1 + 0.2 is not yet at risk."""
    data = SurvivalData.from_arrays([0.3, 0.5, 0.6], [1, 1, 1], entry=[0, 0.1 + 0.2, 0])
    assert risk_table(data).at_risk.ravel().tolist() == [2, 2, 1]


def test_command_line(tmp_path: Path) -> None:
    sheet = tmp_path / "late.csv"
    OF_SET["some_late"].to_csv(sheet, index=False)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    columns = ["--time", "time", "--event", "event", "--group", "group"]
    with pytest.raises(InputError, match=r"column entry: .*Name it \(--entry\)"):
        command.run(parser.parse_args([str(sheet), *columns, "--out", str(tmp_path / "no")]))
    out = tmp_path / "out"
    columns += ["--entry", "entry", "--out", str(out)]
    assert command.run(parser.parse_args([str(sheet), *columns])) == 0
    tests = read_csv(out / "survival_tests.csv", ["note", "options"]).set_index("test")
    agree(tests.loc["logrank", "statistic"], in_r("some_late", "score plain exact"), 1e-8)
    assert "Delayed entry (left truncation)" in (out / "summary.txt").read_text(encoding="utf-8")
