"""Endpoint burden adjusted for baseline, against R's lm."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lumicohort.burden.ancova import ancova

END = {
    "A": np.array([7.41, 6.97, 7.10, 7.25, 6.88]),
    "B": np.array([6.70, 6.52, 6.95, 6.40, 6.61, 6.83]),
}
START = {
    "A": np.array([5.98, 5.89, 5.91, 6.02, 5.85]),
    "B": np.array([5.93, 5.80, 6.05, 5.84, 5.95, 5.97]),
}


def cohort(study):
    animals = [study.animal(f"{a}{i}", a) for a in "AB" for i in range(len(END[a]))]
    images = [
        study.image(f"{a}{i}", a, day, 10 ** values[a][i])
        for day, values in ((7, START), (21, END))
        for a in "AB"
        for i in range(len(END[a]))
    ]
    return images, animals


def test_equals_lm():
    """R 4.2.2: summary(lm(y ~ a + x)), confint, anova(m, lm(y ~ a * x)) on the same values."""
    result = ancova(END["B"], END["A"], START["B"], START["A"])
    assert result.difference == pytest.approx(-0.43877383592, rel=1e-10)
    assert result.se == pytest.approx(0.0625796652614, rel=1e-10)
    assert result.statistic == pytest.approx(-7.01144427806, rel=1e-10)
    assert (result.df, result.reason) == (8, "")
    assert result.p_value == pytest.approx(0.000111360001689, rel=1e-9)
    limits = (result.lower, result.upper)
    assert limits == pytest.approx((-0.583082802793, -0.294464869048), rel=1e-10)
    assert result.slope == pytest.approx(2.23392461197, rel=1e-10)
    limits = (result.slope_lower, result.slope_upper)
    assert limits == pytest.approx((1.263051005038, 3.204798218909), rel=1e-10)
    assert result.p_unequal_slopes == pytest.approx(0.463854516401, rel=1e-9)


def test_the_table_holds_the_ratio(study):
    tables = study.analyse(*cohort(study))
    row = study.primary(tables["burden_ancova"])
    assert (row["baseline_day"], row["day"], row["n"], row["n_reference"]) == ("7", "21", "6", "5")
    assert float(row["ratio"]) == pytest.approx(10**-0.43877383592)
    assert float(row["ratio_lower_95"]) == pytest.approx(10**-0.583082802793)
    assert float(row["ratio_upper_95"]) == pytest.approx(10**-0.294464869048)
    assert float(row["p_adjusted"]) == pytest.approx(0.000111360001689)
    assert row["note"] == "" and "day 21 is the last" in row["options"]


def test_an_arm_whose_baselines_are_all_one_has_no_slope_of_its_own():
    """In R: the slope of that arm is NA in lm(end ~ arm * baseline), as its means may round."""
    one = np.full(6, math.log10(3.1e5))  # their mean is not quite that number
    result = ancova(END["B"], END["A"], one, START["A"])
    assert result.reason == "" and math.isfinite(result.p_value)
    assert math.isnan(result.p_unequal_slopes)


def test_an_animal_without_baseline_is_left_out_and_named(study):
    images, animals = cohort(study)
    images = [i for i in images if (i["animal_id"], i["day"]) != ("B2", 7)]
    row = study.primary(study.analyse(images, animals)["burden_ancova"])
    keep = np.arange(6) != 2
    expected = ancova(END["B"][keep], END["A"], START["B"][keep], START["A"])
    assert row["n"] == "5" and float(row["ratio"]) == pytest.approx(10**expected.difference)
    assert "without baseline and endpoint: B2" in row["note"]


@pytest.mark.parametrize(
    ("ends", "starts", "reason"),
    [
        (([1.0], [2.0, 3.0]), ([1.0], [1.0, 2.0]), "there are 1 and 2"),
        (([1.0, 2, 4], [2.0, 3, 1]), ([5.0, 5, 5], [6.0, 6, 6]), "do not vary within the arms"),
        (([1.0, 2, 3], [5.0, 6, 7]), ([0.0, 1, 2], [1.0, 2, 3]), "nothing varies"),
    ],
)
def test_what_cannot_be_estimated_says_why(ends, starts, reason):
    result = ancova(*(np.array(v) for v in (*ends, *starts)))
    assert reason in result.reason and math.isnan(result.p_value)


def test_one_imaging_day_one_arm_or_no_detected_value(study):
    images, animals = cohort(study)
    once = study.primary(
        study.analyse([i for i in images if i["day"] == 7], animals)["burden_ancova"]
    )
    assert once["ratio"] == "NA"
    # Every animal has both, which are one day: none is named as lacking them.
    assert once["note"] == "the endpoint (day 7) is not after the baseline"
    dark = [{**i, "below_lod": "true"} for i in images]
    row = study.primary(study.analyse(dark, animals)["burden_ancova"])
    assert row["p_value"] == "NA" and "every value is below the LOD" in row["note"]
    single = study.analyse(images[:5], animals[:5], arms={"A": {}})["burden_ancova"].iloc[0]
    assert (single["arm"], single["ratio"]) == ("NA", "NA")
    assert "one arm (`A`): nothing to compare" in single["note"]
    none = study.primary(study.analyse([], [])["burden_ancova"])
    assert none["ratio"] == none["day"] == "NA" and "no animal of `B`" in none["note"]
