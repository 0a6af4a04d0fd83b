"""Power by simulation against formulas, against the package's own tests, and by its meaning."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lumicohort.errors import InputError
from lumicohort.planning.assumptions import Assumptions, draw, hazard_ratio_of_medians
from lumicohort.planning.batch_tests import (
    logrank_p_values,
    logrank_scores,
    permutation_p_values,
)
from lumicohort.planning.power import (
    Design,
    Power,
    monte_carlo_error,
    schoenfeld_animals,
    schoenfeld_power,
    simulate,
    wilson_interval,
)
from lumicohort.planning.search import animals_needed, power_at
from lumicohort.survival import permutation
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.tests import logrank_test

FAST = Design(simulations=1000, seed=7)


def studies(sizes: tuple[int, ...], count: int, **more: float) -> tuple[np.ndarray, np.ndarray]:
    plan = Assumptions(9.0, (0.4,), shape=2.0, study_days=12, lost=0.2, **more)
    return draw(plan, sizes, count, np.random.default_rng(3))


def one(time: np.ndarray, event: np.ndarray, first: int) -> SurvivalData:
    group = ["a"] * first + ["b"] * (len(time) - first)
    return SurvivalData.from_arrays(time, event, group)


def test_scores_and_p_values_are_those_of_the_survival_package() -> None:
    time, event = studies((5, 7), 40)
    scores = logrank_scores(time, event)
    asymptotic = logrank_p_values(time, event, 5)
    exact = permutation_p_values(time, event, 5, np.random.default_rng(1))
    for i in range(len(time)):
        data = one(time[i], event[i], 5)
        np.testing.assert_allclose(scores[i], permutation.logrank_scores(data), atol=1e-12)
        assert asymptotic[i] == pytest.approx(logrank_test(data).p_value, rel=1e-9)
        assert exact[i] == pytest.approx(
            permutation.permutation_test(data, exact=True).p_value, rel=1e-12
        )


def test_drawn_arrangements_come_near_the_exact_p_value() -> None:
    time, event = studies((12, 12), 6)
    drawn = permutation_p_values(time, event, 12, np.random.default_rng(1))
    for i in range(len(time)):
        exact = permutation.permutation_test(one(time[i], event[i], 12), exact=True).p_value
        # Five standard errors of a share of 4,999.
        assert abs(drawn[i] - exact) < 5 * math.sqrt(exact * (1 - exact) / 4_999) + 1e-4


def test_no_deaths_are_no_significance() -> None:
    time, event = np.full((3, 8), 10.0), np.zeros((3, 8), dtype=bool)
    assert np.isnan(logrank_p_values(time, event, 4)).all()
    assert permutation_p_values(time, event, 4, np.random.default_rng(1)).tolist() == [1, 1, 1]


def test_drawn_medians_losses_and_checks_are_as_assumed() -> None:
    plan = Assumptions(23.0, (0.2,), shape=4.0)
    time, event = draw(plan, (1, 1), 40_000, np.random.default_rng(1))
    # In whole days, half of the animals die by the median, if that is a whole day.
    assert np.mean(time[:, 0] <= 23) == pytest.approx(0.5, abs=0.01)
    treated = 23 * 0.2 ** (-1 / 4)
    assert plan.median_of(1) == pytest.approx(treated)
    below = 1 - 0.5 ** ((34 / treated) ** 4)
    assert np.mean(time[:, 1] <= 34) == pytest.approx(below, abs=0.01)
    assert event.all() and (time == np.round(time)).all()
    lossy = replace(plan, lost=0.3, study_days=30, check_every_days=3)
    time, event = draw(lossy, (1, 1), 40_000, np.random.default_rng(1))
    ended_early = ~event[:, 0] & (time[:, 0] < 30)
    # Lost uniformly before their death, in steps of 3 days; a few meet death at the same check.
    assert 0.24 < ended_early.mean() < 0.3
    assert time.max() == 30 and set(np.unique(time % 3)) == {0}


def test_medians_and_hazard_ratio_agree() -> None:
    assert hazard_ratio_of_medians(23, 35, 1) == pytest.approx(23 / 35)
    ratio = hazard_ratio_of_medians(23, 35, 5)
    assert ratio == pytest.approx(0.12254, abs=1e-4)
    assert Assumptions(23, (ratio,), 5).median_of(1) == pytest.approx(35)


def test_schoenfeld_by_hand() -> None:
    # 88 deaths show HR 0.55 with 80 %: (1.96 + 0.8416)^2 / (0.25 ln(0.55)^2) = 87.84.
    design = Design(power=0.8)
    assert schoenfeld_animals(Assumptions(30, (0.55,)), design) == 44
    assert schoenfeld_power(0.55, 87.84, 0.5, 0.05) == pytest.approx(0.8, abs=1e-3)
    # HR 0.3 with 8 per arm, all dead.
    assert schoenfeld_power(0.3, 16, 0.5, 0.05) == pytest.approx(0.67, abs=0.005)


def test_many_animals_have_the_power_of_the_formula() -> None:
    plan = Assumptions(300.0, (0.75,), shape=1.0)
    found = simulate(plan, replace(FAST, simulations=4000), 190)
    assert found.test == "logrank"
    assert found.schoenfeld[0] == pytest.approx(0.8, abs=0.01)
    assert found.least == pytest.approx(found.schoenfeld[0], abs=0.025)


def test_few_animals_have_less_power_than_the_formula_says() -> None:
    # 8 per arm, HR 0.3: 0.67 by Schoenfeld, 0.59 for the asymptotic test by simulation, and less
    # for the exact test, which keeps its level.
    plan, design = Assumptions(3000.0, (0.3,), shape=1.0), replace(FAST, simulations=4000)
    asymptotic = simulate(plan, replace(design, test="logrank"), 8)
    exact = simulate(plan, design, 8)
    assert asymptotic.least == pytest.approx(0.59, abs=0.025)
    assert exact.test == "logrank_permutation"
    assert 0.49 < exact.least < asymptotic.least - 0.03


@pytest.mark.parametrize(("animals", "arms"), [(5, 1), (12, 1), (30, 1), (6, 2)])
def test_without_effect_the_level_is_held(animals: int, arms: int) -> None:
    plan = Assumptions(25.0, (1.0,) * arms)
    found = simulate(plan, replace(FAST, simulations=2000), animals)
    # 5 % and three standard errors; the asymptotic test is a little above its level.
    assert found.at_least_one < 0.05 + 3 * 0.0049
    assert found.at_least_one > 0.01


def test_power_rises_with_animals_and_effect_and_shape_does_not_matter_for_a_ratio() -> None:
    weak, strong = Assumptions(25.0, (0.5,)), Assumptions(25.0, (0.25,))
    assert simulate(weak, FAST, 10).least < simulate(weak, FAST, 18).least - 0.1
    assert simulate(weak, FAST, 10).least < simulate(strong, FAST, 10).least - 0.2
    one_shape = simulate(replace(weak, median_days=3000), FAST, 10).least
    other = simulate(replace(weak, median_days=3000, shape=1.0), FAST, 10).least
    assert one_shape == pytest.approx(other, abs=0.055)


def test_holm_over_several_arms_and_ratio() -> None:
    plan = Assumptions(25.0, (0.3, 0.3))
    found = simulate(plan, replace(FAST, ratio=2), 9)
    assert found.sizes == (9, 18, 18)
    assert found.all_of_them < found.least <= found.at_least_one
    alone = simulate(replace(plan, hazard_ratios=(0.3,)), replace(FAST, ratio=2), 9)
    assert found.least < alone.least + 0.03


def test_the_smallest_number_is_the_one_from_which_on_power_suffices() -> None:
    plan = Assumptions(23.0, (hazard_ratio_of_medians(23, 35, 5),))
    answer = animals_needed(plan, FAST)
    numbers = {step.sizes[0]: step.least for step in answer.curve}
    chosen = answer.chosen.sizes[0]
    assert chosen == 7
    assert numbers[chosen] >= 0.8 and numbers[chosen - 1] < 0.8
    assert all(power >= 0.8 for n, power in numbers.items() if n >= chosen)
    assert answer.other_shapes[3.0] < 0.6 < 0.95 < answer.other_shapes[8.0]
    # The seed decides everything.
    assert simulate(plan, FAST, 7) == answer.chosen


def test_large_numbers_are_bracketed() -> None:
    plan = Assumptions(300.0, (0.6,))
    answer = animals_needed(plan, replace(FAST, simulations=1000))
    assert schoenfeld_animals(plan, FAST) == 61
    assert abs(answer.chosen.sizes[0] - 61) <= 6
    numbers = {step.sizes[0]: step.least for step in answer.curve}
    assert numbers[answer.chosen.sizes[0] - 1] < 0.8


def test_power_at_a_given_number() -> None:
    answer = power_at(Assumptions(28.0, (0.3,)), replace(FAST, simulations=200), 8)
    assert answer.chosen.sizes == (8, 8)
    assert [step.sizes[0] for step in answer.curve] == [3, 5, 6, 8, 10, 11, 13]


def test_too_small_an_effect_is_refused() -> None:
    with pytest.raises(InputError, match="more than 2000 animals"):
        animals_needed(Assumptions(28.0, (0.95,)), FAST)
    with pytest.raises(InputError, match="more than 2000 animals"):
        animals_needed(Assumptions(60.0, (0.3,), study_days=10), FAST)


def test_monte_carlo_error_and_interval() -> None:
    assert monte_carlo_error(0.8, 10_000) == pytest.approx(0.004)
    # R: prop.test(80, 100, correct = FALSE)
    lower, upper = wilson_interval(0.8, 100)
    assert (lower, upper) == pytest.approx((0.7111708, 0.8666331), abs=1e-6)
    assert wilson_interval(1.0, 50)[1] == 1.0


def test_sizes_round_half_up_and_test_follows_the_smallest_arm() -> None:
    design = Design(ratio=0.5)
    assert design.sizes(5, 2) == (5, 3)
    assert design.test_of((30, 15)) == "logrank_permutation"
    assert design.test_of((20, 20)) == "logrank"
    assert isinstance(simulate(Assumptions(28.0, (0.3,)), FAST, 4), Power)
