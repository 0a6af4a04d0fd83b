"""The mixed model with values below the limit of detection, against integrals and lme4's REML."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_ndtr

from lumicohort.burden.mixed import fit_mixed
from lumicohort.burden.mixed_censored import fit_censored
from lumicohort.burden.restricted import STRUCTURES, NotEstimableError, RestrictedLikelihood
from lumicohort.burden.truncated import truncated_moments


def _lines(seed, n=5, days=5):
    """Return animal, arm, time and values of two arms with random lines."""
    rng, rows = np.random.default_rng(seed), []
    for arm in (0, 1):
        for i in range(n):
            own = rng.normal(0, [0.3, 0.15])
            for week in range(days - int(rng.integers(0, 3))):
                t = week - 2 + int(rng.integers(-1, 2)) / 7
                value = 6 + own[0] + (0.7 - 0.3 * arm + own[1]) * t + rng.normal(0, 0.12)
                rows.append((f"{arm}-{i}", arm, t, value))
    return tuple(map(np.array, zip(*rows, strict=True)))


def _design(arm, time):
    member = (arm[:, None] == np.arange(2)).astype(float)
    return np.hstack([member, member * time[:, None]])


# What the lattices of 32, 233 and 512 points are good for; a log-likelihood is wanted to 0.01.
@pytest.mark.parametrize(("count", "error"), [(1, 1e-9), (2, 1e-6), (3, 2e-4), (4, 5e-3)])
def test_probability_equals_a_sum_over_the_plane(count, error):
    """Limits on noisy points of a random line: a product of normal distribution functions."""
    rng = np.random.default_rng(count)
    z = np.column_stack([np.ones(count), -np.arange(count)])
    line, noise = np.array([[0.4, 0.0], [0.1, 0.2]]), 0.15
    limits = rng.normal(0, 0.4, count)
    factor = np.linalg.cholesky(z @ line @ line.T @ z.T + noise**2 * np.eye(count))
    ours = truncated_moments(limits[None], factor[None])
    grid = np.linspace(-8, 8, 801)
    first, second = np.meshgrid(grid, grid, indexing="ij")
    weight = stats.norm.logpdf(first) + stats.norm.logpdf(second) + 2 * np.log(grid[1] - grid[0])
    for row, limit in zip(z @ line, limits, strict=True):
        weight = weight + log_ndtr((limit - row[0] * first - row[1] * second) / noise)
    expected = np.logaddexp.reduce(weight.ravel())
    assert ours.log_probability[0] == pytest.approx(expected, abs=error)


def test_moments_of_one_entry_are_those_of_a_truncated_normal():
    ours = truncated_moments(np.array([[0.3]]), np.array([[[2.0]]]))
    expected = stats.truncnorm(-np.inf, 0.15)
    assert ours.log_probability[0] == pytest.approx(stats.norm.logcdf(0.15))
    assert ours.mean[0, 0] == pytest.approx(expected.mean())
    assert ours.second[0, 0, 0] == pytest.approx(expected.var() + expected.mean() ** 2)


@pytest.mark.parametrize("seed", [3, 4])
def test_nothing_below_the_limit_is_reml(seed):
    animal, arm, time, y = _lines(seed)
    reml = fit_mixed(y, _design(arm, time), time, animal)
    ours = fit_censored(y, np.zeros(len(y), dtype=bool), time, animal, arm)
    assert ours.structure == reml.structure
    assert ours.loglik == pytest.approx(reml.reml_loglik, abs=1e-6)
    np.testing.assert_allclose(ours.coefficients, reml.coefficients, rtol=1e-4)
    for weights in ([0, 0, 1, 0], [0, 0, -1, 1]):
        a, b = ours.contrast(weights), reml.contrast(weights)
        assert (a.se, a.df) == pytest.approx((b.se, b.df), rel=1e-3)


def test_likelihood_equals_integration_over_the_random_lines():
    animal, arm, time, y = _lines(3)
    limit = np.quantile(y, 0.3)
    below = y < limit
    y = np.where(below, limit, y)
    fit = fit_censored(y, below, time, animal, arm)
    factor = np.linalg.cholesky(fit.random_covariance + 1e-14 * np.eye(2))
    sigma = math.sqrt(fit.residual_variance)
    grid = np.linspace(-7, 7, 401)
    u, v = np.meshgrid(grid, grid, indexing="ij")
    prior = stats.norm.logpdf(u) + stats.norm.logpdf(v) + 2 * np.log(grid[1] - grid[0])
    total = 0.0
    for one in np.unique(animal):
        here, log = animal == one, prior
        k = arm[here][0]
        for value, t, hidden in zip(y[here], time[here], below[here], strict=True):
            mean = fit.coefficients[k] + fit.coefficients[2 + k] * t
            mean = mean + factor[0, 0] * u + t * (factor[1, 0] * u + factor[1, 1] * v)
            left = (value - mean) / sigma
            log = log + (log_ndtr(left) if hidden else stats.norm.logpdf(left) - np.log(sigma))
        total += np.logaddexp.reduce(log.ravel())
    free = STRUCTURES[fit.structure]
    information = fit._data.profile(fit._point[None], free)[2][0]
    adjusted = total - np.linalg.slogdet(information)[1] / 2 + 4 * np.log(2 * np.pi) / 2
    assert fit.loglik == pytest.approx(adjusted, abs=1e-3)
    assert fit.steepest < 1e-2


def test_an_arm_seen_on_one_day_only_is_refused():
    animal, arm, time, y = _lines(3)
    below = (arm == 1) & (time < time.max() - 0.01)
    with pytest.raises(NotEstimableError, match="fewer than two days"):
        fit_censored(y, below, time, animal, arm)


def test_the_table_holds_the_censored_growth(study):
    rng = np.random.default_rng(8)
    animals = [study.animal(f"{a}{i}", a) for a in "AB" for i in range(5)]
    images = []
    for one in animals:
        start, rate = rng.normal(4.3, 0.2), rng.normal(0.10, 0.01)
        for day in (7, 14, 21, 28):
            flux = 10 ** (start + rate * day + rng.normal(0, 0.1))
            low = flux < 3e5
            image = study.image(one["animal_id"], one["arm"], day, flux, below=low, lod_p_s=2.9e5)
            images.append(image)
    table = study.analyse(images, animals)["growth_sensitivity"]
    rows = table[table["analysis"] == "censored"].set_index("arm")
    assert all("Tobit linear mixed model" in text for text in rows["method"])
    assert all("converged" in text for text in rows["note"])
    assert all("left-censored at the LOD" in text for text in rows["options"])
    flat = table[(table["analysis"] == "lod") & (table["arm"] == "A")].iloc[0]
    ours = float(rows.loc["A", "slope_log10_per_day"])
    assert float(flat["slope_log10_per_day"]) < ours < 0.13


def test_no_descent_ends_where_a_further_variance_would_help():
    """Huge variances, tiny noise: c = 0 has no slope by c, and is left nevertheless."""
    rng = np.random.default_rng(24)
    for _ in range(10):
        rows = [
            (f"m{i}", w, 5 + own[0] + (0.5 + own[1]) * w + rng.normal(0, 0.05))
            for i in range(8)
            for own in [rng.normal(0, 1) * np.array([1.0, 3.0]) + rng.normal(0, 0.05, 2)]
            for w in rng.choice(np.arange(5.0) - 2, rng.integers(2, 5), replace=False)
        ]
        animal, time, y = map(np.array, zip(*rows, strict=True))
        design = np.column_stack([np.ones(len(y)), time])
        problem = RestrictedLikelihood.build(y, design, time, animal)
        fit = fit_mixed(y, design, time, animal)
        tried = [fit._theta + np.array([0, 0, c]) for c in (0.01, 0.1, 0.5, 1.0, 2.0)]
        assert -2 * fit.reml_loglik <= min(map(problem.deviance, tried)) + 1e-5
