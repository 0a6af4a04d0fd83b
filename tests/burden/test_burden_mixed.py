"""The mixed model against R (lme4, lmerTest) and closed forms."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lumicohort.burden import mixed
from lumicohort.burden.mixed import fit_mixed
from lumicohort.burden.restricted import FULL, INTERCEPT, NotEstimableError, structure_words


def _treatment_design(table, time, levels):
    groups = [(table["group"] == level).to_numpy(float) for level in levels[1:]]
    columns = [np.ones(len(table)), time, *groups, *(time * g for g in groups)]
    return np.column_stack(columns)


def _fit(folder, file, time_column, levels, structure=FULL):
    table = pd.read_csv(folder / file)
    time = table[time_column].to_numpy(float)
    design = _treatment_design(table, time, levels)
    return fit_mixed(table["y"].to_numpy(), design, time, table["id"].astype(str), structure)


def _tests(fit):
    return [fit.contrast(unit) for unit in np.eye(len(fit.coefficients))]


@pytest.mark.parametrize("name", ["prostate_bli", "melanoma1"])
def test_agrees_with_lme4_on_real_tumour_data(shared, name):
    folder = shared / "reference" / "mixed"
    expected = json.loads((folder / "mixed_centred_reference.json").read_text())[name]
    levels = json.loads((folder / "mixed_reference.json").read_text())[name]["levels"]
    fit = _fit(folder, expected["file"], "w", levels)
    assert fit.reml_loglik == pytest.approx(expected["reml_loglik"], abs=1e-6)
    np.testing.assert_allclose(fit.coefficients, expected["coef"], rtol=1e-5)
    np.testing.assert_allclose(fit.standard_errors, expected["se"], rtol=1e-5)
    tests = _tests(fit)
    np.testing.assert_allclose([t.df for t in tests], expected["satt_df"], rtol=1e-4)
    np.testing.assert_allclose([t.p_value for t in tests], expected["satt_p"], rtol=1e-2)
    components = [row["vcov"] for row in expected["varcomp"]]
    ours = [*fit.random_covariance[[0, 1, 0], [0, 1, 1]], fit.residual_variance]
    np.testing.assert_allclose(ours, components, rtol=1e-4)


@pytest.mark.parametrize("name", ["prostate_bli", "melanoma1", "orthodont"])
@pytest.mark.parametrize(
    ("key", "structure"), [("random_slope", FULL), ("random_intercept", INTERCEPT)]
)
def test_agrees_with_lme4_in_days(shared, name, key, structure):
    folder = shared / "reference" / "mixed"
    reference = json.loads((folder / "mixed_reference.json").read_text())[name]
    expected = reference[key]
    fit = _fit(folder, f"{name}_long.csv", "t", reference["levels"], structure)
    # lme4 itself stops slightly short here ("failed to converge"), hence 1e-3 and 1 %.
    assert fit.reml_loglik == pytest.approx(expected["reml_loglik"], abs=1e-4)
    np.testing.assert_allclose(fit.coefficients, list(expected["fixef"].values()), rtol=1e-3)
    np.testing.assert_allclose(fit.standard_errors, list(expected["se"].values()), rtol=1e-2)
    np.testing.assert_allclose(
        [t.df for t in _tests(fit)], list(expected["satt_df"].values()), rtol=1e-2
    )


def _balanced(seed, n=6, slope_sd=0.2, intercept_sd=0.3, noise=0.1):
    rng = np.random.default_rng(seed)
    time = np.array([-1.5, -0.5, 0.5, 1.5])
    rows = []
    for arm in (0, 1):
        for i in range(n):
            a, b = rng.normal(0, intercept_sd), rng.normal(0.5 - 0.2 * arm, slope_sd)
            for t in time:
                rows.append((f"{arm}-{i}", arm, t, 6 + a + b * t + rng.normal(0, noise)))
    return pd.DataFrame(rows, columns=["animal", "arm", "time", "y"])


def _cell_design(table):
    arms = [(table["arm"] == a).to_numpy(float) for a in (0, 1)]
    time = table["time"].to_numpy()
    return np.column_stack([*arms, *(a * time for a in arms)]), time


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_balanced_random_slopes_equal_the_t_test_on_slopes(seed):
    """With equal imaging days REML's slope test is Student's t on the animals' slopes."""
    table = _balanced(seed)
    design, time = _cell_design(table)
    fit = fit_mixed(table["y"].to_numpy(), design, time, table["animal"])
    assert fit.structure == FULL
    gap = fit.contrast([0, 0, -1, 1])
    slopes = {
        arm: [np.polyfit(g["time"], g["y"], 1)[0] for _, g in part.groupby("animal")]
        for arm, part in table.groupby("arm")
    }
    expected = stats.ttest_ind(slopes[1], slopes[0])
    assert gap.estimate / gap.se == pytest.approx(expected.statistic, rel=1e-6)
    assert gap.df == pytest.approx(10, rel=1e-4)
    assert gap.p_value == pytest.approx(expected.pvalue, rel=1e-4)
    lower, upper = expected.confidence_interval()
    assert gap.interval() == pytest.approx((lower, upper), rel=1e-4)


@pytest.mark.parametrize("animals", [1, 5])
def test_animals_summed_some_at_a_time_give_the_same(animals, monkeypatch):
    table = _balanced(4)
    design, time = _cell_design(table)

    def gap():
        fit = fit_mixed(table["y"].to_numpy(), design, time, table["animal"])
        return fit.contrast([0, 0, -1, 1])

    whole = gap()
    monkeypatch.setattr(mixed, "_ANIMALS_AT_ONCE", animals)
    for name in ("estimate", "se", "df", "p_value"):
        assert getattr(gap(), name) == pytest.approx(getattr(whole, name), rel=1e-9)


def test_random_intercept_equals_the_analysis_of_variance():
    """Balanced one-way layout: sigma^2 is the mean square within, the rest between (Searle)."""
    rng = np.random.default_rng(4)
    y = rng.normal(0, 1, (8, 5)) + rng.normal(0, 2, (8, 1))
    animal = np.repeat(np.arange(8), 5)
    fit = fit_mixed(y.ravel(), np.ones((40, 1)), np.zeros(40), animal.astype(str), INTERCEPT)
    within = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum() / 32
    between = 5 * y.mean(axis=1).var(ddof=1)
    assert fit.residual_variance == pytest.approx(within, rel=1e-6)
    assert fit.random_covariance[0, 0] == pytest.approx((between - within) / 5, rel=1e-5)
    mean = fit.contrast([1])
    assert mean.se == pytest.approx(np.sqrt(between / 40), rel=1e-6)
    assert mean.df == pytest.approx(7, rel=1e-4)


def test_no_variation_between_animals_is_ordinary_regression():
    # Residuals that sum to zero within every animal and have no slope leave nothing between.
    time = np.tile([-1.0, -0.5, 0.5, 1.0], 6)
    wiggle = np.tile([1.0, -2.0, 2.0, -1.0], 6) * np.repeat([1, -1, 2, -2, 1, -1], 4)
    y = 2 + 3 * time + wiggle - np.polyval(np.polyfit(time, wiggle, 1), time)
    animal = np.repeat(list("abcdef"), 4)
    design = np.column_stack([np.ones(24), time])
    fit = fit_mixed(y, design, time, animal)
    assert fit.structure == "no variation between animals"
    assert structure_words(fit.structure) == "no variation between animals"
    words = structure_words("random intercept and slope, perfectly correlated")
    assert words == "random intercept and slope per animal, perfectly correlated"
    expected = stats.linregress(time, y)
    slope = fit.contrast([0, 1])
    assert slope.estimate == pytest.approx(expected.slope)
    assert slope.se == pytest.approx(expected.stderr)
    assert slope.df == pytest.approx(22, rel=1e-6)


def test_boundary_is_named_and_no_worse_than_a_grid():
    table = _balanced(7, n=4, slope_sd=0.02, intercept_sd=0.3, noise=0.2)
    design, time = _cell_design(table)
    fit = fit_mixed(table["y"].to_numpy(), design, time, table["animal"])
    problem = fit._problem
    grid = [
        problem.deviance(np.array([a, b, c]))
        for a in np.linspace(0, 4, 15)
        for b in np.linspace(-2, 2, 15)
        for c in np.linspace(0, 2, 15)
    ]
    assert -2 * fit.reml_loglik <= min(grid) + 1e-5


@pytest.mark.parametrize(
    ("y", "days", "animals", "match"),
    [
        ([1.0, 2.0, 3.0, 4.1], [0, 1, 0, 1], "aabb", "too few for 4 random effects"),
        ([1.0, 2.0, 3.0, 1.0, 2.0, 3.0], [0, 1, 2, 0, 1, 2], "aaabbb", "nothing varies"),
        ([1.0, 2.1, 3.0, 4.0], [1, 1, 1, 1], "aabb", "fixed effects"),
    ],
)
def test_says_why_it_cannot_be_estimated(y, days, animals, match):
    time = np.array(days, dtype=float)
    with pytest.raises(NotEstimableError, match=match):
        fit_mixed(np.array(y), np.column_stack([np.ones(len(y)), time]), time, list(animals))


@pytest.mark.slow
def test_growth_test_holds_its_level():
    """At 4 an arm, 600 null studies: at most 5 % rejected beyond Monte-Carlo error."""
    rng = np.random.default_rng(11)
    time, rejected, draws = np.array([-1.5, -0.5, 0.5, 1.5]), 0, 600
    arm = np.repeat([0, 1], 16)
    animal = np.repeat(np.arange(8), 4).astype(str)
    t = np.tile(time, 8)
    design = np.column_stack([arm == 0, arm == 1, (arm == 0) * t, (arm == 1) * t]).astype(float)
    for _ in range(draws):
        own = rng.normal(0, [0.2, 0.07], (8, 2))
        y = 6 + (own[:, :1] + (0.7 + own[:, 1:]) * time).ravel() + rng.normal(0, 0.15, 32)
        rejected += fit_mixed(y, design, t, animal).contrast([0, 0, -1, 1]).p_value < 0.05
    assert rejected <= stats.binom.ppf(0.99, draws, 0.05)


def test_satterthwaite_equals_the_formula_in_r():
    """R, lme4 1.1-31: its REML criterion in (theta, sigma), differentiated numerically.

    m <- lmer(y ~ 0 + arm + arm:t + (1 + t | id)); dev(v) the criterion at v = (theta, sigma),
    vc(v) = l' (X' V(v)^-1 X)^-1 l; A <- 2 * solve(hess(dev, v)); g <- grad(vc, v);
    df <- 2 * vc(v)^2 / (g' A g).
    """
    rows = [
        (
            f"m{i:02d}",
            i % 2,
            t,
            6 + 0.3 * np.sin(7 * i) + slope * t + 0.1 * np.sin(3 * i * i + 11 * t),
        )
        for i in range(1, 11)
        for slope in [0.6 - 0.2 * (i % 2) + 0.15 * np.cos(5 * i)]
        for t in np.arange(3 + i % 3) - 2 + ((i * 7) % 3 - 1) / 7
    ]
    table = pd.DataFrame(rows, columns=["animal", "arm", "time", "y"])
    design, time = _cell_design(table)
    fit = fit_mixed(table["y"].to_numpy(), design, time, table["animal"])
    assert fit.reml_loglik == pytest.approx(9.8838603533, abs=1e-8)
    expected = [6.0308428282, 6.0395947231, 0.5809356473, 0.4368169308]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-7)
    expected = [0.1075114969, 0.1084283999, 0.0487848999, 0.0498280887]
    np.testing.assert_allclose(fit.standard_errors, expected, rtol=1e-5)
    for weights, df in (
        ([0, 0, 1, 0], 7.80050105),
        ([0, 0, 0, 1], 8.44236503),
        ([0, 0, -1, 1], 8.11995094),
        ([1, 0, 0, 0], 7.73045245),
    ):
        assert fit.contrast(weights).df == pytest.approx(df, rel=1e-4)
