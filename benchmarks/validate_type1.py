"""How often the survival tests err: share of true null hypotheses rejected at 5 %.

    python benchmarks/validate_type1.py [--draws 20000] [--figure docs/figures/type1_error.svg]

Both arms die by one Weibull law with medians near 28 days, seen on whole days (so with ties),
the study ending on day 60. The test chosen by default for such arms (log-rank by permutation)
and the asymptotic log-rank test judge the same studies.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np

from lumicohort.survival.data import SurvivalData
from lumicohort.survival.permutation import permutation_test
from lumicohort.survival.tests import logrank_test

LEVEL = 0.05
SIZES = (6, 8, 10)


def rates(per_arm: int, draws: int, seed: int = 1) -> tuple[float, float]:
    """Return the shares rejected by the default test and by the asymptotic log-rank test.

    Parameters
    ----------
    per_arm : int
        Animals in each of two arms.
    draws : int
        Simulated studies.
    seed : int
        Seed of the studies.

    Returns
    -------
    default, asymptotic : float
        Shares.
    """
    rng = np.random.default_rng(seed)
    group = ["v"] * per_arm + ["d"] * per_arm
    default = asymptotic = 0
    for _ in range(draws):
        time = np.ceil(30 * rng.weibull(4, 2 * per_arm))
        data = SurvivalData.from_arrays(np.minimum(time, 60), time <= 60, group)
        default += permutation_test(data).p_value <= LEVEL
        asymptotic += logrank_test(data).p_value <= LEVEL
    return default / draws, asymptotic / draws


def allowed(draws: int) -> float:
    """Return the largest share that Monte-Carlo error (three SE) explains at the level."""
    return LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / draws)


def draw(found: dict[int, tuple[float, float]], draws: int, path: Path) -> None:
    """Draw the shares with their 95 % Monte-Carlo intervals."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "type1",
            "font.size": 8,
            "font.family": "sans-serif",
        }
    )
    import matplotlib.pyplot as plt

    from lumicohort.files import whole_file

    figure, axes = plt.subplots(figsize=(4.2, 2.8), layout="constrained")
    looks = (
        ("default: log-rank by permutation", "#0072B2", "o", -0.12),
        ("asymptotic log-rank", "#D55E00", "s", 0.12),
    )
    for i, (label, colour, marker, shift) in enumerate(looks):
        x = np.array(list(found), dtype=float) + shift
        y = np.array([rate[i] for rate in found.values()])
        error = 1.96 * np.sqrt(y * (1 - y) / draws)
        axes.errorbar(
            x, 100 * y, 100 * error, fmt=marker, color=colour, capsize=2, ms=5, label=label
        )
    axes.axhline(100 * LEVEL, color="black", lw=0.8, ls="--")
    axes.annotate(
        "nominal 5 %",
        (min(found) + 1.0, 100 * LEVEL),
        (0, 3),
        textcoords="offset points",
        ha="center",
    )
    axes.set(
        xlabel="Animals per arm",
        ylabel="True nulls rejected at 5 % (%)",
        xticks=list(found),
        xlim=(min(found) - 0.6, max(found) + 0.6),
        ylim=(0, 8),
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower left")
    with whole_file(path) as temporary:
        figure.savefig(temporary, metadata={"Date": None})
    plt.close(figure)


def main() -> int:
    """Simulate, print and draw; 1 if the default test errs too often."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--draws", type=int, default=20_000)
    parser.add_argument("--figure", type=Path, help="where to draw (.svg)")
    arguments = parser.parse_args()
    found = {n: rates(n, arguments.draws) for n in SIZES}
    print(
        f"{arguments.draws} studies each; Monte-Carlo limit {100 * allowed(arguments.draws):.2f} %"
    )
    for n, (default, asymptotic) in found.items():
        print(f"{n:3d} per arm: default {100 * default:.2f} %, asymptotic {100 * asymptotic:.2f} %")
    if arguments.figure:
        draw(found, arguments.draws, arguments.figure)
    return int(any(default > allowed(arguments.draws) for default, _ in found.values()))


if __name__ == "__main__":
    sys.exit(main())
