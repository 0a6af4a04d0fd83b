"""Growth: differences between arms, sensitivity to drop-out and method, diagnostics."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lumicohort.burden.global_test import welch_anova
from lumicohort.burden.growth import Slope, growth_by_arm
from lumicohort.burden.growth_diagnostics import normal_quantiles
from lumicohort.burden.growth_differences import doubling_difference, doubling_ratio
from lumicohort.burden.growth_sensitivity import early_animals
from lumicohort.burden.mixed import fit_mixed

CURVES = {
    "a": [5.9, 6.5, 7.2, 7.9],
    "b": [6.1, 6.4, 7.0, 7.3],
    "c": [5.7, 6.6, 7.1, 8.0],
    "d": [6.0, 6.2, 6.6, 6.7],
    "e": [5.8, 6.2, 6.3, 6.9],
    "f": [6.2, 6.3, 6.5, 6.6],
}
ARM = dict(zip("abcdef", "AAABBB", strict=True))
DAYS = (7, 14, 21, 28)
WEEKS = np.array([-1.5, -0.5, 0.5, 1.5])
# R, lme4 1.1-31: ranef(lmer(y ~ 0 + arm + arm:w + (1 + w | id), REML = TRUE))
RANEF = {
    "a": (0.040324501638, 0.059700300215),
    "b": (-0.078123785616, -0.177854088055),
    "c": (0.037799283977, 0.118153787840),
    "d": (0.008946308252, 0.007642093053),
    "e": (-0.014970711806, 0.078127615122),
    "f": (0.006024403554, -0.085769708175),
}


def cohort(study, ends=None):
    ends = ends or {}
    animals = [study.animal(a, ARM[a], ends.get(a, 40), a in ends) for a in CURVES]
    images = [
        study.image(a, ARM[a], day, 10**value)
        for a, values in CURVES.items()
        for day, value in zip(DAYS, values, strict=True)
        if day <= ends.get(a, 99)
    ]
    return images, animals


def slopes_of(arm, days=DAYS, animals=CURVES):
    n = len(days)
    return [np.polyfit(days, CURVES[a][:n], 1)[0] for a in animals if ARM[a] == arm]


def test_an_arm_that_does_not_grow_has_no_doubling_time(study):
    """Its slope is 0 but for rounding: 10^16 days are no doubling time."""
    images, animals = cohort(study)
    level = [i | {"total_flux_p_s": 1e6} if i["arm"] == "B" else i for i in images]
    table = study.analyse(level, animals)["growth"]
    row = table[(table["arm"] == "B") & (table["region"] == "neuraxis")].iloc[0]
    assert (row["slope_log10_per_day"], row["doubling_days"]) == ("0", "NA")
    assert "no doubling time: the slope is not above 0" in row["note"]
    assert float(row["slope_difference"]) == pytest.approx(-np.mean(slopes_of("A")))


def test_an_arm_called_none_is_analysed(study):
    images, animals = cohort(study)
    rename = {"A": "none", "B": "null"}
    for row in (*images, *animals):
        row["arm"] = rename[row["arm"]]
    tables = study.analyse(
        images,
        [a | {"event": "true", "time_days": 30 + i} for i, a in enumerate(animals)],
        arms={"none": {}, "null": {}},
        reference_arm="none",
    )
    assert (study.primary(tables["burden_endpoint"])[["n", "n_reference"]] == "3").all()
    assert study.primary(tables["baseline_effect"])["n"] == "6"


def test_random_effects_equal_lme4():
    animal = np.repeat(list(CURVES), 4)
    arms = [np.isin(animal, list(names)).astype(float) for names in ("abc", "def")]
    time = np.tile(WEEKS, 6)
    design = np.column_stack([*arms, *(a * time for a in arms)])
    fit = fit_mixed(np.concatenate(list(CURVES.values())), design, time, animal)
    assert fit.animals == tuple("abcdef")
    np.testing.assert_allclose(fit.random_effects, [RANEF[a] for a in "abcdef"], atol=2e-5)


def test_diagnostics_equal_lme4_and_qqnorm(study):
    table = study.analyse(*cohort(study))["growth_diagnostics"]
    assert table.groupby("kind").size().to_dict() == {
        "residual": 24,
        "random_intercept": 6,
        "random_slope": 6,
    }
    own = table[table["kind"] != "residual"].set_index(["kind", "animal_id"])
    for name, (intercept, slope) in RANEF.items():
        assert float(own.loc[("random_intercept", name), "value"]) == pytest.approx(
            intercept, abs=2e-5
        )
        assert float(own.loc[("random_slope", name), "value"]) == pytest.approx(slope / 7, abs=1e-5)
    rest = table[table["kind"] == "residual"].set_index(["animal_id", "day"])
    # R: residuals(m)[c(1, 12, 24)], sigma(m)
    for key, value in (
        (("a", "7"), 0.0558926153509),
        (("c", "28"), 0.0616367009286),
        (("f", "28"), -0.0007031746251),
    ):
        assert float(rest.loc[key, "value"]) == pytest.approx(value, abs=2e-5)
        assert float(rest.loc[key, "standardised"]) == pytest.approx(value / 0.0966085113, abs=2e-4)
    fitted = float(rest.loc[("a", "7"), "fitted_log10"])
    assert fitted == pytest.approx(CURVES["a"][0] - 0.0558926153509, abs=2e-5)


def test_normal_quantiles_equal_qqnorm():
    """R: qqnorm(c(3, 1, 2, 5, 4, 9, 8, 7, 6, 0, 11))$x; qqnorm(1:3)$x."""
    ours = normal_quantiles(np.array([3.0, 1, 2, 5, 4, 9, 8, 7, 6, 0, 11]))
    assert ours[[0, 3, 9, 10]] == pytest.approx([-0.4727891210, 0, -1.6906216296, 1.6906216296])
    # Three values: (1 - 3/8) / (3 + 1/4) below the lowest.
    assert normal_quantiles(np.array([1.0, 2, 3]))[0] == pytest.approx(stats.norm.ppf(0.625 / 3.25))


def test_doubling_ratio_is_fiellers():
    arm, reference = Slope(0.05, lower=0.03, upper=0.07), Slope(0.10, lower=0.09, upper=0.11)
    ratio, lower, upper = doubling_ratio(arm, reference)
    assert ratio == pytest.approx(2)
    for limit in (lower, upper):
        assert (0.10 - limit * 0.05) ** 2 == pytest.approx(0.01**2 + (limit * 0.02) ** 2)
    assert lower < ratio < upper
    unclear = doubling_ratio(Slope(0.05, lower=-0.01, upper=0.11), reference)
    assert unclear[0] == pytest.approx(2) and math.isnan(unclear[1])
    assert all(math.isnan(v) for v in doubling_ratio(Slope(-0.01, lower=-0.02, upper=0), reference))


def test_doubling_difference_by_hand():
    k = math.log10(2)
    # Doubling times 10 (8 to 14) and 4 (3.5 to 5).
    arm = Slope(k / 10, lower=k / 14, upper=k / 8)
    reference = Slope(k / 4, lower=k / 5, upper=k / 3.5)
    gap, lower, upper = doubling_difference(arm, reference)
    assert gap == pytest.approx(6)
    assert lower == pytest.approx(6 - math.sqrt(2**2 + 1**2))
    assert upper == pytest.approx(6 + math.sqrt(4**2 + 0.5**2))
    assert math.isnan(doubling_difference(Slope(k / 9, lower=-1, upper=1), reference)[2])


@pytest.mark.slow
def test_doubling_intervals_cover():
    rng, inside, draws = np.random.default_rng(4), np.zeros(2), 4000
    truth = (0.05, 0.09)
    for _ in range(draws):
        found = []
        for rate in truth:
            x = rng.normal(rate, 0.012, 8)
            half = stats.t.ppf(0.975, 7) * x.std(ddof=1) / math.sqrt(8)
            found.append(Slope(x.mean(), lower=x.mean() - half, upper=x.mean() + half))
        k = math.log10(2)
        for i, (function, value) in enumerate(
            ((doubling_difference, k / 0.05 - k / 0.09), (doubling_ratio, 0.09 / 0.05))
        ):
            _, lower, upper = function(*found)
            inside[i] += lower <= value <= upper
    assert (inside / draws >= 0.94).all() and (inside / draws <= 0.98).all()


def test_the_differences_table(study):
    tables = study.analyse(*cohort(study))
    table = tables["growth_differences"].set_index("measure")
    growth = tables["growth"].set_index("arm")
    row = table.loc["slope_difference_log10_per_day"]
    assert float(row["estimate"]) == pytest.approx(
        np.mean(slopes_of("B")) - np.mean(slopes_of("A"))
    )
    assert row["lower_95"] == growth.loc["B", "slope_difference_lower_95"]
    assert row["primary"] == "true" and "REML" in row["options"]
    ratio = table.loc["doubling_ratio"]
    assert float(ratio["estimate"]) == pytest.approx(
        float(growth.loc["B", "doubling_days"]) / float(growth.loc["A", "doubling_days"])
    )
    assert ratio["p_value"] == row["p_value"]


def test_last_common_day_leaves_out_later_images(study):
    images, animals = cohort(study, ends={"a": 25.0, "c": 23.0})
    table = study.analyse(images, animals)["growth_sensitivity"]
    rows = table[table["analysis"] == "last_common_day"].set_index("arm")
    assert "the endpoint day, 21" in rows.loc["A", "options"]
    for arm in "AB":
        expected = np.mean(slopes_of(arm, DAYS[:3]))
        assert float(rows.loc[arm, "slope_log10_per_day"]) == pytest.approx(expected)
        assert rows.loc[arm, "n_images"] == "9"
    every = table[(table["analysis"] == "all_images") & (table["arm"] == "B")].iloc[0]
    assert every["n_images"] == "12" and every["primary"] == "true"


def test_halves_by_survival():
    animals = pd.DataFrame(
        {
            "animal_id": list("abcdefghij"),
            "arm": list("AAAAABBBCC"),
            "time_days": [20, 23, 23, 30, np.nan, 23, 23, 23, 9, 8],
        }
    )
    # A: after 20 one of five is early, after 23 three: as far from even, and the earlier cut is
    # not; B has one time only.
    assert early_animals(animals) == {"a", "b", "c", "j"}


def test_pattern_mixture_weighs_the_halves():
    from lumicohort.burden.growth_sensitivity import _mixture

    early = {
        "A": Slope(0.10, 0.01, df=4.0, n_animals=3, n_images=9, method="m"),
        "B": Slope(0.06, 0.02, df=4.0, n_animals=2, n_images=6, method="m"),
    }
    late = {
        "A": Slope(0.08, 0.02, df=6.0, n_animals=1, n_images=4, method="m"),
        "B": Slope(0.02, 0.01, df=6.0, n_animals=2, n_images=8, method="m"),
    }
    found = _mixture(early, late, "A")
    assert found["A"].estimate == pytest.approx(0.75 * 0.10 + 0.25 * 0.08)
    assert found["A"].se == pytest.approx(math.hypot(0.0075, 0.005))
    assert found["B"].difference == pytest.approx(0.04 - 0.095)
    variances = [0.01**2, 0.005**2]
    df = sum(variances) ** 2 / (variances[0] ** 2 / 4 + variances[1] ** 2 / 6)
    assert found["B"].df == pytest.approx(df)
    lone = _mixture(early, {**late, "B": Slope(n_animals=1, n_images=2)}, "A")["B"]
    assert math.isnan(lone.estimate) and "in the late half" in lone.note


def test_other_methods_and_substitutions_stand_beside(study):
    images, animals = cohort(study)
    images[0].update(below_lod="true")
    table = study.analyse(images, animals)["growth_sensitivity"]
    assert set(table["analysis"]) == {
        *("all_images", "last_common_day", "early_half", "late_half", "pattern_mixture"),
        *("welch_slopes", "half_lod", "lod", "measured", "censored"),
    }
    measured = table[(table["analysis"] == "measured") & (table["arm"] == "A")].iloc[0]
    assert float(measured["slope_log10_per_day"]) == pytest.approx(np.mean(slopes_of("A")))
    early = table[(table["analysis"] == "early_half") & (table["arm"] == "A")].iloc[0]
    assert (
        early["slope_log10_per_day"] == "NA"
        and "all animals of the arm lived equally long" in early["note"]
    )
    swapped = study.analyse(images, animals, burden={"growth": "welch_slopes"})
    assert "mixed_model" in set(swapped["growth_sensitivity"]["analysis"])
    assert len(swapped["growth_diagnostics"]) == 0


def test_welch_anova_equals_r():
    """R: oneway.test(v ~ g)."""
    samples = [
        np.array([6.1, 6.4, 5.9, 6.6, 6.2]),
        np.array([5.2, 5.9, 5.5, 5.1]),
        np.array([6.0, 5.7, 6.3, 5.9, 5.8, 6.1]),
    ]
    result = welch_anova(samples)
    assert result.statistic == pytest.approx(6.43475434858, rel=1e-10)
    assert (result.df, result.df_within) == pytest.approx((2, 6.51414402916), rel=1e-10)
    assert result.p_value == pytest.approx(0.0286761927129, rel=1e-9)
    pair = welch_anova(samples[:2])
    welch = stats.ttest_ind(*samples[:2], equal_var=False)
    assert pair.p_value == pytest.approx(welch.pvalue)
    assert "there are 5, 1" in welch_anova([samples[0], np.array([1.0])]).reason
    assert "no spread" in welch_anova([samples[0], np.array([1.0, 1.0])]).reason
    # Slopes of parallel curves: they differ by rounding only, which is no variance to weigh by.
    level = np.array([0.05, 0.05 + 7e-18, 0.05 - 7e-18])
    assert np.ptp(level) > 0 and "no spread" in welch_anova([samples[0], level]).reason


def test_global_test_only_with_more_than_two_arms(study):
    images, animals = cohort(study)
    assert len(study.analyse(images, animals)["burden_global"]) == 0
    for name, shift in (("g", 0.1), ("h", 0.3), ("i", -0.2)):
        animals.append(study.animal(name, "C"))
        images += [study.image(name, "C", d, 10 ** (5.8 + shift + shift * d / 70)) for d in DAYS]
    table = study.analyse(images, animals, arms={"A": {}, "B": {}, "C": {}})["burden_global"]
    row = table[table["quantity"] == "endpoint_log10_p_s"].iloc[0]
    ends = [[CURVES[a][3] for a in "abc"], [CURVES[a][3] for a in "def"]]
    ends.append([5.8 + s * 1.4 for s in (0.1, 0.3, -0.2)])
    expected = stats.f_oneway(*(np.array(e) for e in ends), equal_var=False)
    assert float(row["p_value"]) == pytest.approx(expected.pvalue)
    assert (row["day"], row["arms"], row["n"], row["primary"]) == ("28", "A; B; C", "9", "true")
    assert set(table["quantity"]) == {
        "endpoint_log10_p_s",
        "auc_log10_p_s_days",
        "slope_log10_per_day",
    }


def test_one_animal_one_arm_and_nothing_run_through(study):
    images, animals = cohort(study)
    for some, arms in ((4, ("A",)), (4, ("A", "B")), (0, ("A", "B"))):
        kept = animals[: bool(some)]
        tables = study.analyse(images[:some], kept, arms={arm: {} for arm in arms})
        row = tables["growth_differences"].iloc[0]
        assert row["estimate"] == row["p_value"] == "NA" and row["note"]
        assert set(tables["growth_sensitivity"]["slope_log10_per_day"]) == {"NA"}
        assert all(tables["growth_sensitivity"]["note"])
        assert len(tables["growth_diagnostics"]) == 0
        assert len(tables["burden_animals"]) == len(kept)
        assert len(tables) == 13


def test_slopes_need_no_mixed_model():
    images = pd.DataFrame(
        [
            (a, ARM[a], day, value, False, "")
            for a, values in CURVES.items()
            for day, value in zip(DAYS, values, strict=True)
        ],
        columns=["animal_id", "arm", "day", "log10", "below_lod", "why_missing"],
    )
    slopes = growth_by_arm(images, ["A", "B"], "A", "welch_slopes")
    assert slopes["B"].p_value == pytest.approx(
        stats.ttest_ind(slopes_of("B"), slopes_of("A"), equal_var=False).pvalue
    )
