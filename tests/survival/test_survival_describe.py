"""What an analysis says in words is true of its numbers."""

from __future__ import annotations

import pytest

from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import describe, p_text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0321, "p = 0.032"),
        (0.0496, "p = 0.0496"),
        (0.049996, "p = 0.049996"),
        (0.0504, "p = 0.0504"),
        (0.05, "p = 0.05"),
        (0.0996, "p = 0.1"),
        (0.403, "p = 0.40"),
        (0.00003, "p < 0.0001"),
        (float("nan"), "p not available"),
    ],
)
def test_p_says_on_which_side_of_0_05_it_lies(p: float, text: str) -> None:
    assert p_text(p) == text


def three_arms(n: int) -> SurvivalData:
    time = [10 + i % 17 + 2 * arm for arm in range(3) for i in range(n)]
    return SurvivalData.from_arrays(time, [1] * (3 * n), [a for a in "abc" for _ in range(n)])


def test_all_arms_are_told_by_the_test_of_the_pairs() -> None:
    """Asymptotic for all arms beside exact for pairs would seem to contradict."""
    options = Options(permutation_draws=500, bootstrap_samples=99)
    few = describe(analyse(three_arms(4), options))
    assert "All arms, log-rank test by permutation: sum of (O - E)²/n = " in few
    assert "All arms, log-rank test: chi-squared" not in few
    many = describe(analyse(three_arms(20), options))
    assert "All arms, log-rank test: chi-squared" in many
    assert "All arms, log-rank test by permutation" not in many
    for text in (few, many):
        assert "All arms, log-rank test for trend: chi-squared" in text


def test_many_events_are_not_called_few() -> None:
    text = describe(analyse(three_arms(40), Options(permutation_draws=99, bootstrap_samples=99)))
    assert "which few events could not show" not in text
    assert "no sign against proportional hazards (few events show little)" in text
