"""A plan in words and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.planning.assumptions import Assumptions
from lumicohort.planning.power import Answer, Design, Power, monte_carlo_error, wilson_interval

if TYPE_CHECKING:
    import pandas as pd

TESTS = {
    "logrank": "log-rank test",
    "logrank_permutation": "log-rank test by permutation",
}


def table(answer: Answer, names: list[str]) -> pd.DataFrame:
    """Return the plan's table, one row per number of animals and comparison.

    Parameters
    ----------
    answer : Answer
        The plan.
    names : list of str
        The arms, the reference first.

    Returns
    -------
    pandas.DataFrame
        arm, reference, n, n_reference, animals (of all arms), mean_deaths, test, power,
        standard_error and 95 % limits (Monte Carlo), power_schoenfeld, power_any and power_all
        (of several comparisons), simulations, chosen.
    """
    import pandas as pd

    rows = []
    for step in answer.curve:
        for arm, power in enumerate(step.power, start=1):
            lower, upper = wilson_interval(power, step.simulations)
            rows.append(
                {
                    "arm": names[arm],
                    "reference": names[0],
                    "n": step.sizes[arm],
                    "n_reference": step.sizes[0],
                    "animals": sum(step.sizes),
                    "mean_deaths": round(step.events, 2),
                    "test": step.test,
                    "power": power,
                    "standard_error": monte_carlo_error(power, step.simulations),
                    "lower_95": lower,
                    "upper_95": upper,
                    "power_schoenfeld": step.schoenfeld[arm - 1],
                    "power_any": step.at_least_one,
                    "power_all": step.all_of_them,
                    "simulations": step.simulations,
                    "chosen": step is answer.chosen,
                }
            )
    return pd.DataFrame(rows)


def describe(
    plan: Assumptions, design: Design, answer: Answer, names: list[str], asked: bool
) -> list[str]:
    """Return the answer and what it rests on, in sentences.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Its analysis.
    answer : Answer
        The plan.
    names : list of str
        The arms, the reference first.
    asked : bool
        Whether the number of animals was given.

    Returns
    -------
    list of str
        The first says how many animals; the others what is assumed and how sure it is.
    """
    chosen = answer.chosen
    pairs = len(chosen.power)
    weakest = chosen.power.index(chosen.least)
    error = 100 * monte_carlo_error(chosen.least, chosen.simulations)
    of = "" if pairs == 1 else f" for {names[weakest + 1]}, the weakest of {pairs} comparisons"
    power = f"{100 * chosen.least:.1f} % (Monte-Carlo standard error {error:.1f})"
    groups = _groups(chosen, names)
    if asked:
        first = f"With {groups} the power is {power}{of}."
    else:
        first = (
            f"{groups[:1].upper()}{groups[1:]}: the smallest number that reaches "
            f"{100 * design.power:g} % power; simulated power {power}{of}."
        )
    medians = ", ".join(
        f"{name} {plan.median_of(arm):.3g} days"
        + (f" (hazard ratio {plan.hazard_ratios[arm - 1]:.3g})" if arm else "")
        for arm, name in enumerate(names)
    )
    end = "until every animal has died"
    if plan.study_days is not None:
        end = f"until day {plan.study_days:g}, animals then alive censored"
    lost = f"; {100 * plan.lost:g} % removed for other reasons" if plan.lost else ""
    level = f"two-sided at {design.alpha:g}" + (
        f", Holm-adjusted over {pairs} comparisons" if pairs > 1 else ""
    )
    every = "every day" if plan.check_every_days == 1 else f"every {plan.check_every_days} days"
    lines = [
        first,
        f"Assumed median survival: {medians}; Weibull shape {plan.shape:g}, proportional hazards; "
        f"followed {end}{lost}; deaths seen {every}, so times are tied.",
        f"Test: {TESTS[chosen.test]}, {level}. On average {chosen.events:.1f} deaths in "
        f"{sum(chosen.sizes)} animals. Schoenfeld's formula says "
        f"{100 * chosen.schoenfeld[weakest]:.0f} % for the same study"
        + (": too much for groups so small." if _optimistic(chosen, weakest) else "."),
        f"Without any effect the test is significant in {100 * answer.size_of_test:.1f} % of the "
        f"simulated studies (at most {100 * design.alpha:g} % is right; Monte-Carlo error "
        f"{100 * monte_carlo_error(design.alpha, chosen.simulations):.1f}).",
    ]
    if answer.other_shapes:
        others = " and ".join(
            f"{100 * power:.0f} % at shape {shape:.3g}"
            for shape, power in answer.other_shapes.items()
        )
        lines.append(
            f"With the same medians but deaths more or less spread, power would be {others}: take "
            "the shape from your own vehicle animals where you can."
        )
    if pairs > 1:
        lines.append(
            f"Some comparison is significant in {100 * chosen.at_least_one:.1f} %, every one in "
            f"{100 * chosen.all_of_them:.1f} % of the studies."
        )
    lines.append(f"{chosen.simulations} simulated studies for each number, seed {design.seed}.")
    return lines


def _groups(power: Power, names: list[str]) -> str:
    """Return the arms' sizes in words."""
    if len(set(power.sizes)) == 1:
        return f"{power.sizes[0]} animals per arm ({sum(power.sizes)} in all)"
    listed = ", ".join(f"{n} {name}" for n, name in zip(power.sizes, names, strict=True))
    return f"{listed} animals ({sum(power.sizes)} in all)"


def _optimistic(power: Power, comparison: int) -> bool:
    """Return whether the formula promises clearly more than the simulation finds."""
    error = monte_carlo_error(power.power[comparison], power.simulations)
    return power.schoenfeld[comparison] - power.power[comparison] > max(0.02, 3 * error)
