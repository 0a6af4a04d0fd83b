"""The burden step on small studies."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_cohort import N, cohort, flux

from lumicohort.burden.endpoint import _percent
from lumicohort.burden.endpoint_day import choose_day
from lumicohort.burden.growth import growth_by_arm
from lumicohort.burden.values import load_burden
from lumicohort.errors import InputError


def logs(arm, day, leave=()):
    return np.log10([flux(arm, i, day) for i in range(N) if i not in leave])


def test_endpoint_numbers(study):
    tables = study.analyse(*cohort(study, ends={"A0": 25.0}))
    row = study.primary(tables["burden_endpoint"])
    assert (row["day"], row["n"], row["n_reference"], row["test"]) == (
        "21",
        "6",
        "6",
        "welch_t_log10",
    )
    arm, reference = logs("B", 21), logs("A", 21)
    assert float(row["mean_p_s"]) == pytest.approx((10**arm).mean())
    assert float(row["geometric_mean_reference_p_s"]) == pytest.approx(10 ** reference.mean())
    reduction = 100 * (1 - (10**arm).mean() / (10**reference).mean())
    assert float(row["reduction_percent"]) == pytest.approx(reduction)
    assert float(row["reduction_lower_95"]) < reduction < float(row["reduction_upper_95"])
    assert float(row["p_value"]) == pytest.approx(
        stats.ttest_ind(arm, reference, equal_var=False).pvalue
    )
    others = tables["burden_endpoint"].set_index("test")["p_value"].astype(float)
    assert others["mann_whitney"] == pytest.approx(stats.mannwhitneyu(arm, reference).pvalue)
    exact = stats.permutation_test(
        (arm, reference), lambda a, b, axis: a.mean(axis) - b.mean(axis), n_resamples=np.inf
    )
    assert others["permutation_log10"] == pytest.approx(exact.pvalue)
    assert "the death of A0 on day 25 (humane endpoint)" in row["day_rule"]
    assert "scipy" in row["software"]


def test_death_on_an_imaging_day(study):
    # Imaged on day 21 and dead that day: alive at the imaging. Not imaged: not alive.
    images, animals = cohort(study, ends={"A0": 21.0})
    assert study.primary(study.analyse(images, animals)["burden_endpoint"])["day"] == "21"
    images = [i for i in images if not (i["animal_id"] == "A0" and i["day"] == 21)]
    assert study.primary(study.analyse(images, animals)["burden_endpoint"])["day"] == "14"


def test_a_lost_image_does_not_move_the_day(study):
    images, animals = cohort(study)
    images = [i for i in images if not (i["animal_id"] == "B2" and i["day"] == 28)]
    for one in images:
        if one["animal_id"] == "A1" and one["day"] == 28:
            one.update(included="false", reason="saturated")
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    assert (row["day"], row["n"], row["n_reference"]) == ("28", "5", "5")
    assert "no value on day 28: A1 (saturated), B2 (no image)" in row["note"]
    assert float(row["mean_p_s"]) == pytest.approx((10 ** logs("B", 28, leave=(2,))).mean())


def test_images_count_for_their_scheduled_day_nearest_first(study):
    images, animals = cohort(study)
    for one in images:
        if one["animal_id"] == "B0" and one["day"] == 28:
            one.update(day=29, total_flux_p_s=3e8)
    images.append(study.image("B0", "B", 27, 1e3, scheduled=28))  # as near, and earlier
    images.append(study.image("B0", "B", 26, 9e9, scheduled=28))
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    expected = [1e3, *(flux("B", i, 28) for i in range(1, N))]
    assert (row["day"], row["n"]) == ("28", "6")
    assert float(row["mean_p_s"]) == pytest.approx(np.mean(expected))


def test_images_of_other_days_than_the_scheduled_one_are_told(study):
    images, animals = cohort(study)
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    assert row["day_rule"].startswith("day 28 is the last")
    for one in images:
        if one["day"] == 28:
            one.update(day=27, scheduled_day=28)
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    assert row["day"] == "28"
    assert row["day_rule"].startswith("day 28 (imaged on day 27) is the last scheduled")
    images[[one["day"] for one in images].index(27)]["day"] = 29
    row = study.primary(
        study.analyse(images, animals, burden={"endpoint_day": 28})["burden_endpoint"]
    )
    assert row["day_rule"] == "day 28 (imaged on days 27 to 29) is fixed in the config"


def test_fixed_day_after_a_death_warns_and_counts(study):
    tables = study.analyse(*cohort(study, ends={"A0": 15.0}), burden={"endpoint_day": 28})
    row = study.primary(tables["burden_endpoint"])
    assert (row["day"], row["n_reference"], row["n_animals_reference"]) == ("28", "5", "6")
    assert "warning: 1 of 12 animals had died by day 28" in row["note"]
    assert "A0 (died on day 15)" in row["note"]
    days = tables["burden_days"]
    late = days[(days["arm"] == "A") & (days["day"] == "28")].iloc[0]
    assert (late["n"], late["n_missing"], late["after_first_death"]) == ("5", "1", "true")
    assert "1 of 6 animals had died" in late["note"]


def test_excluded_animals_do_not_count(study):
    images, animals = cohort(study)
    animals[0].update(included="false", time_days=2.0, event="true")
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    assert (row["day"], row["n_reference"], row["n_animals_reference"]) == ("28", "5", "5")


@pytest.mark.parametrize(
    ("rule", "value"),
    # The LOD of the total flux: 2e4 for the net flux, and the background of 1e4 below it.
    [("lod_over_sqrt2", 3e4 / 2**0.5), ("half_lod", 1.5e4), ("lod", 3e4), ("measured", 1.6e4)],
)
def test_values_below_the_lod(study, rule, value):
    images, animals = cohort(study)
    for one in images:
        if one["animal_id"] == "B0" and one["day"] == 28:
            one.update(total_flux_p_s=1.6e4, net_flux_p_s=0.6e4, below_lod="true")
    row = study.primary(
        study.analyse(images, animals, burden={"below_lod": rule})["burden_endpoint"]
    )
    expected = [value, *(flux("B", i, 28) for i in range(1, N))]
    assert float(row["mean_p_s"]) == pytest.approx(np.mean(expected))
    assert row["n_below_lod"] == "1"
    assert "1 of 12 values below the LOD" in row["note"]
    assert ("as measured instead" in row["note"]) == (rule != "measured")


def test_sensitivity_note_holds_the_other_p(study):
    images, animals = cohort(study)
    for one in images:
        if one["animal_id"] == "B0" and one["day"] == 28:
            one.update(total_flux_p_s=5e3, net_flux_p_s=-5e3, below_lod="true")
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    arm = np.append(logs("B", 28, leave=(0,)), np.log10(5e3))
    p = stats.ttest_ind(arm, logs("A", 28), equal_var=False).pvalue
    assert float(row["p_value"]) != pytest.approx(p)
    assert f"as measured instead: p = {p:.2g}, not {float(row['p_value']):.2g}" in row["note"]


def test_sensitivity_note_lays_unadjusted_p_beside_unadjusted_p(study):
    """What an adjustment does is not what the rule for values below the LOD does."""
    images, animals = cohort(study)
    for one in images:
        if one["animal_id"] == "B0" and one["day"] == 28:
            one.update(total_flux_p_s=5e3, net_flux_p_s=-5e3, below_lod="true")
    for i in range(N):
        animals.append(study.animal(f"C{i}", "C"))
        images += [study.image(f"C{i}", "C", d, flux("A", i, d) * 0.9) for d in (7, 14, 21, 28)]
    table = study.analyse(images, animals, arms={"A": {}, "B": {}, "C": {}})["burden_endpoint"]
    row = table[(table["primary"] == "true") & (table["arm"] == "B")].iloc[0]
    assert float(row["p_adjusted"]) != pytest.approx(float(row["p_value"]))
    assert f"not {float(row['p_value']):.2g} (both before adjustment)" in row["note"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(99.7, "99.7%"), (99.96, "99.96%"), (100.0, "100%"), (84.4, "84%"), (-12.3, "−12%")],
)
def test_a_reduction_that_is_not_whole_is_not_rounded_to_100(value, shown):
    assert _percent(value) == shown


def test_everything_below_the_lod_is_not_compared(study):
    images, animals = cohort(study)
    for one in images:
        one.update(below_lod="true")
    tables = study.analyse(images, animals)
    row = study.primary(tables["burden_endpoint"])
    assert row["p_value"] == row["reduction_percent"] == "NA"
    assert "every value is below the LOD" in row["note"]
    assert set(tables["growth"]["slope_log10_per_day"]) == {"NA"}
    assert all("all values are below the LOD" in note for note in tables["growth"]["note"])


def test_flux_without_a_logarithm_is_listed(study):
    images, animals = cohort(study)
    images[3].update(net_flux_p_s=-5.0, lod_p_s=None)
    tables = study.analyse(images, animals, burden={"quantity": "net_flux_p_s"})
    row = study.primary(tables["burden_endpoint"])
    assert row["n_reference"] == "5"
    assert "A0 (flux not positive)" in row["note"] in row["note"]
    assert (
        "warning: 1 of 12 values (A0) has no logarithm and is left out of means, interval and "
        "test alike: the smallest" in row["note"]
    )


def test_a_flux_of_zero_is_in_no_test_also_of_ranks(study):
    """One n for means, interval and every test: the animal without a logarithm is in none."""
    images, animals = cohort(study)
    images[3].update(total_flux_p_s=0.0, lod_p_s=None)
    tables = study.analyse(images, animals, burden={"test": "mann_whitney"})
    rows = tables["burden_endpoint"]
    rows = rows[rows["region"] == "neuraxis"]
    assert set(rows["test"]) == {"welch_t_log10", "mann_whitney", "permutation_log10"}
    assert set(rows["n_reference"]) == {"5"} and set(rows["n"]) == {"6"}
    ranked = study.primary(rows)
    arm, reference = logs("B", 14), np.delete(logs("A", 14), 0)
    expected = stats.mannwhitneyu(arm, reference, method="exact").pvalue
    assert float(ranked["p_value"]) == pytest.approx(expected)


def test_days_table(study):
    days = study.analyse(*cohort(study))["burden_days"]
    row = days[(days["arm"] == "B") & (days["day"] == "14")].iloc[0]
    values = 10 ** logs("B", 14)
    assert float(row["mean_p_s"]) == pytest.approx(values.mean())
    assert float(row["sem_p_s"]) == pytest.approx(stats.sem(values))
    low, high = stats.t.interval(0.95, N - 1, logs("B", 14).mean(), stats.sem(logs("B", 14)))
    limits = [float(row[f"geometric_{side}_95_p_s"]) for side in ("lower", "upper")]
    assert limits == pytest.approx([10**low, 10**high])
    assert len(days) == 8


def test_growth_is_the_t_test_on_slopes_where_days_are_equal(study):
    growth = study.analyse(*cohort(study))["growth"].set_index("arm")
    days = (7, 14, 21, 28)
    values = {arm: np.array([logs(arm, d) for d in days]) for arm in "AB"}
    slopes = {arm: np.polyfit(days, values[arm], 1)[0] for arm in "AB"}
    for arm in "AB":
        assert float(growth.loc[arm, "slope_log10_per_day"]) == pytest.approx(np.mean(slopes[arm]))
        assert float(growth.loc[arm, "doubling_days"]) == pytest.approx(
            math.log10(2) / np.mean(slopes[arm])
        )
    expected = stats.ttest_ind(slopes["B"], slopes["A"])
    assert "random intercept and slope per animal" in growth.loc["B", "method"]
    assert float(growth.loc["B", "p_value_vs_reference"]) == pytest.approx(
        expected.pvalue, rel=1e-3
    )
    assert growth.loc["A", "p_value_vs_reference"] == "NA"


def test_growth_by_welch_on_slopes_equals_r(shared):
    """R: t.test on per-animal slopes of nlme's Orthodont."""
    table = pd.read_csv(shared / "reference" / "mixed" / "orthodont_long.csv")
    images = pd.DataFrame(
        {
            "animal_id": table["id"],
            "arm": table["group"],
            "day": table["t"],
            "log10": table["y"],
            "below_lod": False,
            "why_missing": "",
        }
    )
    slopes = growth_by_arm(images, ["Male", "Female"], "Male", "welch_slopes")
    assert slopes["Male"].estimate == pytest.approx(0.784375)
    assert slopes["Female"].estimate == pytest.approx(0.479545454545454)
    assert slopes["Female"].p_value == pytest.approx(0.0190582307276451)


def test_two_images_each_fall_back_to_a_random_intercept(study):
    tables = study.analyse(*cohort(study, days=(7, 14)))
    growth, differences = tables["growth"], tables["growth_differences"]
    assert all("random intercept per animal" in text for text in growth["method"])
    assert all("random slope not estimable" in text for text in growth["note"])
    # what holds for both arms is said once, without their names
    assert all(text.startswith("random slope not") for text in differences["note"])
    # Equal pairs of days: the random intercept's slope is the mean difference over 7 days.
    mean = np.mean((logs("A", 14) - logs("A", 7)) / 7)
    assert float(growth.iloc[0]["slope_log10_per_day"]) == pytest.approx(mean)


def test_perfect_lines_fall_back_to_slopes_without_ci(study):
    images = [
        study.image(f"{a}{i}", a, d, 10.0 ** (5 + 0.1 * d))
        for a in "AB"
        for i in range(3)
        for d in (7, 14, 21)
    ]
    animals = [study.animal(f"{a}{i}", a) for a in "AB" for i in range(3)]
    growth = study.analyse(images, animals)["growth"]
    assert [float(v) for v in growth["slope_log10_per_day"]] == pytest.approx([0.1, 0.1])
    assert set(growth["se"]) == {"NA"}
    assert all("nothing varies" in note for note in growth["note"])


def test_one_arm_imaged_once(study):
    images = [study.image(f"m{i}", "A", 53, 1e6 * (i + 1)) for i in range(5)]
    for one in images:
        one["scheduled_day"] = None
    animals = [study.animal(f"m{i}", "A", 53) for i in range(5)]
    tables = study.analyse(images, animals, arms={"A": {}})
    row = study.primary(tables["burden_endpoint"])
    assert (row["arm"], row["n"], row["n_reference"], row["p_value"]) == ("NA", "NA", "5", "NA")
    assert float(row["mean_reference_p_s"]) == 3e6
    assert "one arm (`A`): nothing to compare" in row["note"]
    assert "images on one day only (day 53)" in tables["growth"].iloc[0]["note"]


@pytest.mark.parametrize(
    ("images", "animals", "reason"),
    [
        ([], [], "there is no animal"),
        ([], [("a", "A"), ("b", "B")], "no image of these animals was measured"),
        ([("a", "A", 7), ("b", "B", 14)], [("a", "A"), ("b", "B")], "no usable image of"),
    ],
)
def test_nothing_to_compare_is_said(study, images, animals, reason):
    tables = study.analyse(
        [study.image(*one, 1e6) for one in images], [study.animal(*one) for one in animals]
    )
    row = study.primary(tables["burden_endpoint"])
    assert row["p_value"] == row["day"] == "NA"
    assert reason in row["day_rule"]
    assert all(note for note in tables["growth"]["note"])


def test_one_animal_an_arm(study):
    images, animals = cohort(study, n=1)
    tables = study.analyse(images, animals)
    row = study.primary(tables["burden_endpoint"])
    assert (row["n"], row["p_value"], row["reduction_lower_95"]) == ("1", "NA", "NA")
    assert "two animals in each arm" in row["note"]
    assert all("two are needed" in note for note in tables["growth"]["note"])


def test_several_arms_are_adjusted_and_have_days_of_their_own(study):
    images, animals = cohort(study, ends={"B0": 15.0})
    for i in range(N):
        animals.append(study.animal(f"C{i}", "C"))
        images += [study.image(f"C{i}", "C", d, flux("A", i, d) * 0.5) for d in (7, 14, 21, 28)]
    table = study.analyse(images, animals, arms={"A": {}, "B": {}, "C": {}})["burden_endpoint"]
    rows = table[table["primary"] == "true"].set_index("arm")
    assert list(rows["day"]) == ["14", "28"]
    p = rows["p_value"].astype(float)
    small, large = sorted(p)
    adjusted = sorted(rows["p_adjusted"].astype(float))
    assert adjusted == pytest.approx([2 * small, max(2 * small, large)])


def test_missing_tables_and_columns_are_named(study):
    from lumicohort.burden.study import analyse_burden

    with pytest.raises(InputError, match=r"flux\.csv.*missing"):
        analyse_burden(study.config(), study.folder)
    study.write([], [])
    (study.folder / "survival.csv").write_text("animal_id,model,arm,event,included\n")
    with pytest.raises(InputError, match="column time_days") as caught:
        analyse_burden(study.config(), study.folder)
    assert len(caught.value.problems) == 2


def test_second_run_gives_the_same_bytes(study):
    images, animals = cohort(study)
    study.analyse(images, animals)
    first = {p.name: p.read_bytes() for p in (study.folder / "statistics").iterdir()}
    study.analyse(images[::-1], animals[::-1])
    assert first == {p.name: p.read_bytes() for p in (study.folder / "statistics").iterdir()}


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        ("a", "on which the one animal of `a` was alive and under study"),
        ("ab", "on which both of 2 animals of `a` and `b` were alive and under study"),
        ("abcc", "on which all 4 animals of `a`, `b` and `c` were alive and under study"),
    ],
)
def test_who_was_alive_on_the_endpoint_day_is_told_in_english(study, arms, words):
    names = [f"{arm}{i}" for i, arm in enumerate(arms)]
    images = [study.image(n, n[0], day, 1e6) for n in names for day in (7, 14)]
    study.write(images, [study.animal(n, n[0]) for n in names])
    config = study.config(arms={"a": {}, "b": {}, "c": {}}, reference_arm="a")
    data = load_burden(config, study.folder)
    assert words in choose_day(*data.of("M", tuple("abc"))).rule
