"""Values below the limit of detection as censored, against R's survreg and Student's t."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from lumicohort.burden.tobit import tobit

A = np.array([7.1, 6.6, 6.9, 7.4, 5.2, 6.2])
B = np.array([5.6, 5.1, 5.2, 6.0, 5.15, 5.9, 5.1])
A_BELOW = np.array([0, 0, 0, 0, 1, 0], dtype=bool)
B_BELOW = np.array([0, 1, 1, 0, 1, 0, 1], dtype=bool)


def test_equals_survreg():
    """R survival 3.5-3: survreg(Surv(y, d, type = "left") ~ a, dist = "gaussian")."""
    result = tobit(B, A, B_BELOW, A_BELOW)
    assert result.difference == pytest.approx(-1.464873872208, rel=1e-9)
    assert result.se == pytest.approx(0.495970873998, rel=1e-9)
    assert result.sd == pytest.approx(0.814065596193, rel=1e-9)
    assert result.log_likelihood == pytest.approx(-13.583564230315, rel=1e-10)
    assert result.p_value_lrt == pytest.approx(0.00847884308519, rel=1e-8)
    wide = result.se * math.sqrt(13 / 11)
    assert result.p_value == pytest.approx(2 * stats.t.sf(1.464873872208 / wide, 11), rel=1e-8)
    half = stats.t.ppf(0.975, 11) * wide
    assert (result.lower, result.upper) == pytest.approx(
        (result.difference - half, result.difference + half)
    )


def test_without_censoring_it_is_students_t():
    none = np.zeros(7, dtype=bool)
    result = tobit(B, A, none, none[:6])
    expected = stats.ttest_ind(B, A)
    assert result.statistic == pytest.approx(expected.statistic)
    assert result.p_value == pytest.approx(expected.pvalue)
    assert (result.lower, result.upper) == pytest.approx(tuple(expected.confidence_interval()))


@pytest.mark.parametrize(
    ("arm", "below", "reason"),
    [
        ([5.0], [False], "there are 1 and 6"),
        ([5.0, 5.1, 5.0], [True] * 3, "every value of an arm is below"),
    ],
)
def test_what_cannot_be_estimated_says_why(arm, below, reason):
    result = tobit(np.array(arm), A, np.array(below), A_BELOW)
    assert reason in result.reason and math.isnan(result.p_value)
    flat = np.array([6.0, 6.0, 5.0])
    shown = tobit(flat, flat, flat < 5.5, flat < 5.5)
    assert "do not vary" in shown.reason


@pytest.mark.slow
def test_it_holds_its_level():
    """A third of the values censored, 10 an arm: no more than 5 % beyond Monte-Carlo error."""
    rng, rejected, draws = np.random.default_rng(3), 0, 2000
    for _ in range(draws):
        values = rng.normal(0, 1, (2, 10))
        below = values < -0.5
        both = np.maximum(values, -0.5)
        rejected += tobit(both[0], both[1], below[0], below[1]).p_value < 0.05
    assert rejected <= stats.binom.ppf(0.99, draws, 0.05)


def cohort(study, below=True):
    animals = [study.animal(f"{a}{i}", a) for a, v in (("A", A), ("B", B)) for i in range(len(v))]
    images = [
        # The LOD of the total flux is that of the net flux (lod_p_s) plus the background of 1e4.
        study.image(
            f"{arm}{i}",
            arm,
            21,
            10 ** values[i] / (3 if low[i] else 1),
            below=bool(low[i]),
            lod_p_s=10 ** values[i] - 1e4,
        )
        for arm, values, low in (("A", A, A_BELOW & below), ("B", B, B_BELOW & below))
        for i in range(len(values))
    ]
    return images, animals


@pytest.mark.parametrize("rule", ["lod_over_sqrt2", "measured"])
def test_the_table_holds_every_treatment(study, rule):
    tables = study.analyse(*cohort(study), burden={"below_lod": rule})
    table = tables["burden_sensitivity"].set_index("analysis")
    censored = table.loc["tobit_log10"]
    assert float(censored["log10_difference"]) == pytest.approx(-1.464873872208, rel=1e-6)
    assert float(censored["geometric_ratio"]) == pytest.approx(10**-1.464873872208, rel=1e-6)
    assert (censored["n_below_lod"], censored["n_below_lod_reference"]) == ("4", "1")
    for name, factor in (("lod", 1), ("half_lod", 2), ("lod_over_sqrt2", 2**0.5), ("measured", 3)):
        ours, theirs = (v - b * math.log10(factor) for v, b in ((B, B_BELOW), (A, A_BELOW)))
        expected = stats.ttest_ind(ours, theirs, equal_var=False)
        assert float(table.loc[name, "p_value"]) == pytest.approx(expected.pvalue)
        assert ("the analysis of" in table.loc[name, "note"]) == (name == rule)
    printed = study.primary(tables["burden_endpoint"])
    assert printed["p_value"] == table.loc[rule, "p_value"]


def test_nothing_below_everything_below_and_one_arm(study):
    images, animals = cohort(study, below=False)
    table = study.analyse(images, animals)["burden_sensitivity"]
    assert list(table["analysis"]) == ["tobit_log10"]
    assert "no value is known to lie below the LOD" in table.iloc[0]["note"]
    dark = study.analyse([{**i, "below_lod": "true"} for i in images], animals)
    rows = dark["burden_sensitivity"].set_index("analysis")
    assert rows.loc["tobit_log10", "p_value"] == rows.loc["lod", "p_value"] == "NA"
    assert "every value is below the LOD" in rows.loc["tobit_log10", "note"]
    one = study.analyse(images[:6], animals[:6], arms={"A": {}})["burden_sensitivity"].iloc[0]
    assert (one["arm"], one["p_value"]) == ("NA", "NA") and "one arm" in one["note"]
