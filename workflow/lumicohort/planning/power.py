"""Power by simulation, and how many animals it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lumicohort.planning.assumptions import Assumptions, draw
from lumicohort.planning.batch_tests import logrank_p_values, permutation_p_values
from lumicohort.survival.multiplicity import adjust

Test = Literal["auto", "logrank", "logrank_permutation"]

MOST_ANIMALS = 2_000
"""Animals of the reference arm beyond which no plan is sought."""

_BATCH_NUMBERS = 2_000_000
"""Animals simulated at a time."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the study will be analysed, and how well power is to be known.

    Parameters
    ----------
    alpha : float
        Two-sided level, held over all comparisons with the reference (Holm).
    power : float
        Power aimed at.
    ratio : float
        Animals of every other arm for one of the reference arm.
    test : {'auto', 'logrank', 'logrank_permutation'}
        `auto` is the permutation log-rank test where an arm has fewer than `permutation_below`
        animals, else the asymptotic one: as the analysis chooses.
    permutation_below : int
        See `test`.
    simulations : int
        Simulated studies for each number of animals.
    seed : int
        Seed of every draw.
    """

    alpha: float = 0.05
    power: float = 0.8
    ratio: float = 1.0
    test: Test = "auto"
    permutation_below: int = 20
    simulations: int = 5_000
    seed: int = 20201111

    def sizes(self, reference: int, arms: int) -> tuple[int, ...]:
        """Return the animals of each arm, given those of the reference and how many arms."""
        other = max(1, math.floor(reference * self.ratio + 0.5))
        return (reference, *[other] * (arms - 1))

    def test_of(self, sizes: tuple[int, ...]) -> str:
        """Return the test that the analysis will use at these sizes."""
        if self.test != "auto":
            return self.test
        return "logrank_permutation" if min(sizes) < self.permutation_below else "logrank"


@dataclass(frozen=True, slots=True)
class Power:
    """Simulated power at one number of animals.

    Parameters
    ----------
    sizes : tuple of int
        Animals of each arm, the reference first.
    test : str
        The test.
    power : tuple of float
        Share of studies in which each comparison with the reference is significant (adjusted
        by Holm where there are several).
    at_least_one, all_of_them : float
        Share in which any, and in which every comparison is.
    events : float
        Mean number of deaths in a study.
    schoenfeld : tuple of float
        Power of each comparison by Schoenfeld's formula, at alpha over the number of comparisons.
    simulations : int
        Studies simulated.
    """

    sizes: tuple[int, ...]
    test: str
    power: tuple[float, ...]
    at_least_one: float
    all_of_them: float
    events: float
    schoenfeld: tuple[float, ...]
    simulations: int

    @property
    def least(self) -> float:
        """Power of the comparison that has least."""
        return min(self.power)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plan comes to.

    Parameters
    ----------
    chosen : Power
        At the smallest number of animals that reaches the power aimed at, or at the number asked.
    curve : list of Power
        All numbers simulated, ascending.
    size_of_test : float
        Share of studies without any effect in which some comparison is significant, at the chosen
        number: it must not exceed alpha.
    other_shapes : dict of float to float
        Least power at the chosen number were survival of another Weibull shape, the medians kept.
    """

    chosen: Power
    curve: list[Power]
    size_of_test: float
    other_shapes: dict[float, float] = field(default_factory=dict)


def monte_carlo_error(share: float, simulations: int) -> float:
    """Return the standard error of a simulated share."""
    return math.sqrt(share * (1 - share) / simulations)


def wilson_interval(share: float, simulations: int) -> tuple[float, float]:
    """Return the 95 % interval of a simulated share (Wilson 1927)."""
    z = 1.959963984540054
    centre = share + z * z / (2 * simulations)
    half = z * math.sqrt(share * (1 - share) / simulations + (z / (2 * simulations)) ** 2)
    scale = 1 + z * z / simulations
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def schoenfeld_power(hazard_ratio: float, deaths: float, share: float, alpha: float) -> float:
    """Return the log-rank test's power by Schoenfeld's formula.

    Parameters
    ----------
    hazard_ratio : float
        True hazard ratio.
    deaths : float
        Expected deaths in both arms.
    share : float
        Share of the animals that is in one of them.
    alpha : float
        Two-sided level.

    Returns
    -------
    float
        Phi(|ln HR| sqrt(d p (1 - p)) - z) (Schoenfeld, Biometrika 68:316, 1981).
    """
    from scipy.special import ndtr, ndtri

    drift = abs(math.log(hazard_ratio)) * math.sqrt(deaths * share * (1 - share))
    return float(ndtr(drift - ndtri(1 - alpha / 2)))


def schoenfeld_animals(plan: Assumptions, design: Design) -> int:
    """Return the animals of the reference arm that Schoenfeld's formula asks for.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Level, power and ratio; alpha is divided by the number of comparisons.

    Returns
    -------
    int
        At least 2; the largest over the comparisons.
    """
    from scipy.special import ndtri

    alpha = design.alpha / len(plan.hazard_ratios)
    z = float(ndtri(1 - alpha / 2) + ndtri(design.power))
    share = 1 / (1 + design.ratio)
    needed = [2.0]
    for arm, ratio in enumerate(plan.hazard_ratios, start=1):
        deaths = z * z / (share * (1 - share) * math.log(ratio) ** 2)
        per_animal = plan.expected_event_share(0) + design.ratio * plan.expected_event_share(arm)
        needed.append(deaths / max(per_animal, 1e-9))
    return math.ceil(min(max(needed), 10.0 * MOST_ANIMALS))


def simulate(plan: Assumptions, design: Design, reference: int, stream: int = 0) -> Power:
    """Simulate the power of a study of given size.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Its analysis.
    reference : int
        Animals of the reference arm.
    stream : int
        Number of the stream of chance, so that further questions get further draws.

    Returns
    -------
    Power
        The power.
    """
    arms = 1 + len(plan.hazard_ratios)
    sizes = design.sizes(reference, arms)
    test = design.test_of(sizes)
    rng = np.random.default_rng([design.seed, reference, stream])
    p_values, deaths = [], np.zeros(arms)
    step = max(1, _BATCH_NUMBERS // sum(sizes))
    for start in range(0, design.simulations, step):
        time, event = draw(plan, sizes, min(step, design.simulations - start), rng)
        p_values.append(_pairs(time, event, sizes, test, rng))
        edges = np.concatenate(([0], np.cumsum(sizes)))
        deaths += [event[:, edges[a] : edges[a + 1]].sum() for a in range(arms)]
    p = np.concatenate(p_values)
    if p.shape[1] > 1:
        p = np.array([adjust(row, "holm") for row in p.tolist()])
    significant = p <= design.alpha
    mean_deaths = deaths / design.simulations
    formula = tuple(
        schoenfeld_power(
            ratio,
            float(mean_deaths[0] + mean_deaths[arm]),
            sizes[0] / (sizes[0] + sizes[arm]),
            design.alpha / len(plan.hazard_ratios),
        )
        for arm, ratio in enumerate(plan.hazard_ratios, start=1)
    )
    return Power(
        sizes,
        test,
        tuple(float(v) for v in significant.mean(axis=0)),
        float(significant.any(axis=1).mean()),
        float(significant.all(axis=1).mean()),
        float(mean_deaths.sum()),
        formula,
        design.simulations,
    )


def _pairs(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    sizes: tuple[int, ...],
    test: str,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the p-value of each arm against the reference, shape (studies, arms - 1)."""
    edges = np.concatenate(([0], np.cumsum(sizes)))
    columns = []
    for arm in range(1, len(sizes)):
        pair = np.r_[0 : sizes[0], edges[arm] : edges[arm + 1]]
        if test == "logrank":
            columns.append(logrank_p_values(time[:, pair], event[:, pair], sizes[0]))
        else:
            columns.append(permutation_p_values(time[:, pair], event[:, pair], sizes[0], rng))
    return np.column_stack(columns)
