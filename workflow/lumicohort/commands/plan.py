"""How many animals: power of a survival study by simulation.

Give the medians, or a hazard ratio. Every simulated study is tested as the analysis will test
it: by permutation log-rank (exact for small groups) where an arm has fewer than 20 animals, by
the asymptotic log-rank test above; several arms are each compared with the reference and
adjusted by Holm. Writes plan.csv, plan.txt and the figure plan.pdf, .svg, .png into --out.

For example:
  lumicohort plan --median-vehicle 23 --median-treated 35
  lumicohort plan --hazard-ratio 0.3 --animals 8
  lumicohort plan --median-vehicle 23 --median-treated 30 --median-treated 35 --study-days 60
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem

if TYPE_CHECKING:
    from lumicohort.planning.assumptions import Assumptions

HELP = "animals per arm: power by simulation with the log-rank test"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    effect = parser.add_argument_group("effect")
    effect.add_argument(
        "--median-vehicle",
        type=float,
        metavar="DAYS",
        help="median survival of the reference arm in days (default 28 with --hazard-ratio)",
    )
    effect.add_argument(
        "--median-treated",
        type=float,
        action="append",
        default=[],
        metavar="DAYS",
        help="median survival of a treated arm; once for each treated arm",
    )
    effect.add_argument(
        "--hazard-ratio",
        type=float,
        action="append",
        default=[],
        metavar="HR",
        help="instead: hazard ratio of a treated arm; once for each treated arm",
    )
    effect.add_argument(
        "--shape",
        type=float,
        metavar="K",
        help="Weibull shape of survival: 1 is exponential, larger means deaths nearer the median "
        "(default 5, from published mouse tumour studies; docs/planning.md)",
    )
    study = parser.add_argument_group("study")
    study.add_argument(
        "--study-days", type=float, metavar="DAYS", help="end of study; default: until all died"
    )
    study.add_argument(
        "--lost-percent",
        type=float,
        default=0.0,
        metavar="P",
        help="animals removed for other reasons, in percent (default 0)",
    )
    study.add_argument(
        "--check-every",
        type=int,
        default=1,
        metavar="DAYS",
        help="days between checks for deaths and endpoints (default 1)",
    )
    study.add_argument(
        "--ratio", type=float, default=1.0, help="treated animals per vehicle animal (default 1)"
    )
    study.add_argument(
        "--animals", type=int, metavar="N", help="say the power of N animals in the reference arm"
    )
    test = parser.add_argument_group("test")
    test.add_argument("--power", type=float, default=0.8, help="power aimed at (default 0.8)")
    test.add_argument("--alpha", type=float, default=0.05, help="two-sided level (default 0.05)")
    test.add_argument(
        "--test",
        choices=("auto", "logrank", "logrank_permutation"),
        default="auto",
        help="default auto: as the analysis chooses",
    )
    test.add_argument(
        "--simulations", type=int, default=5000, metavar="N", help="studies a number (default 5000)"
    )
    test.add_argument("--seed", type=int, default=20201111, help="seed of the simulation")
    parser.add_argument(
        "--out", type=Path, default=Path("plan"), metavar="DIR", help="folder to write (plan)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Find the number of animals and write everything; return 0."""
    _check(arguments)
    from lumicohort.files import whole_file, write_csv
    from lumicohort.planning.plan_figure import draw_plan
    from lumicohort.planning.plan_text import describe, table
    from lumicohort.planning.power import Design
    from lumicohort.planning.search import animals_needed, power_at

    plan = _assumptions(arguments)
    design = Design(
        alpha=arguments.alpha,
        power=arguments.power,
        ratio=arguments.ratio,
        test=arguments.test,
        simulations=arguments.simulations,
        seed=arguments.seed,
    )
    asked = arguments.animals is not None
    answer = power_at(plan, design, arguments.animals) if asked else animals_needed(plan, design)
    several = len(plan.hazard_ratios) > 1
    names = ["vehicle"]
    names += [f"treated {i + 1}" if several else "treated" for i in range(len(plan.hazard_ratios))]
    lines = describe(plan, design, answer, names, asked)
    if arguments.median_vehicle is None:
        lines.append(
            f"No --median-vehicle was given: {plan.median_days:g} days are assumed, which matter "
            "only for how many deaths fall on one day."
        )
    out = arguments.out
    write_csv(table(answer, names), out / "plan.csv")
    with whole_file(out / "plan.txt") as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw_plan(plan, design, answer, names, out)
    print("\n".join(lines))
    print(f"Written to {out}.")
    return 0


def _assumptions(arguments: argparse.Namespace) -> Assumptions:
    """Return what is assumed."""
    from lumicohort.planning.assumptions import (
        MEDIAN_DAYS,
        SHAPE,
        Assumptions,
        hazard_ratio_of_medians,
    )

    shape = SHAPE if arguments.shape is None else arguments.shape
    median = MEDIAN_DAYS if arguments.median_vehicle is None else arguments.median_vehicle
    ratios = arguments.hazard_ratio or [
        hazard_ratio_of_medians(median, treated, shape) for treated in arguments.median_treated
    ]
    return Assumptions(
        median,
        tuple(ratios),
        shape,
        arguments.study_days,
        arguments.lost_percent / 100,
        arguments.check_every,
    )


def _check(arguments: argparse.Namespace) -> None:
    """Refuse arguments that cannot be meant, all at once."""
    problems = [
        Problem(f"{option} must be {allowed}, not {value:g}.")
        for option, value, good, allowed in _limits(arguments)
        if not (math.isfinite(value) and good)
    ]
    medians, ratios = arguments.median_treated, arguments.hazard_ratio
    if bool(medians) == bool(ratios):
        what = "both are given" if medians else "neither is given"
        problems.append(
            Problem(
                f"the effect is --median-treated or --hazard-ratio; {what}.",
                hint="Give one of them, once for each treated arm.",
            )
        )
    if medians and arguments.median_vehicle is None:
        problems.append(Problem("--median-treated needs --median-vehicle beside it."))
    if arguments.study_days is not None and arguments.median_vehicle is None:
        problems.append(Problem("--study-days needs --median-vehicle: how many die by then?"))
    if any(value == arguments.median_vehicle for value in medians) or 1 in ratios:
        problems.append(Problem("a treated arm has no effect: no number of animals shows one."))
    if len(medians) + len(ratios) > 9:
        problems.append(Problem("at most 9 treated arms can be planned."))
    if arguments.out.exists() and not arguments.out.is_dir():
        problems.append(Problem("--out is a file, not a folder.", arguments.out))
    if problems:
        raise InputError(problems)


def _limits(arguments: argparse.Namespace) -> list[tuple[str, float, bool, str]]:
    """Return each number given, whether it can be meant, and what is allowed."""
    given = [("--median-vehicle", arguments.median_vehicle), ("--study-days", arguments.study_days)]
    given += [("--median-treated", value) for value in arguments.median_treated]
    found = [
        (name, value, 0 < value <= 3650, "days from 0 to 3650")
        for name, value in given
        if value is not None
    ]
    found += [
        ("--hazard-ratio", value, 0.0001 <= value <= 10_000, "between 0.0001 and 10000")
        for value in arguments.hazard_ratio
    ]
    if arguments.shape is not None:
        value = arguments.shape
        found.append(("--shape", value, 0.2 <= value <= 50, "between 0.2 and 50"))
    a = arguments
    found += [
        ("--lost-percent", a.lost_percent, 0 <= a.lost_percent < 100, "0 or more and below 100"),
        ("--check-every", a.check_every, 1 <= a.check_every <= 60, "from 1 to 60 days"),
        ("--ratio", a.ratio, 0.1 <= a.ratio <= 10, "between 0.1 and 10"),
        ("--power", a.power, 0.05 < a.power <= 0.99, "above 0.05, at most 0.99"),
        ("--alpha", a.alpha, 0.0001 <= a.alpha <= 0.2, "between 0.0001 and 0.2"),
        ("--simulations", a.simulations, 100 <= a.simulations <= 1_000_000, "100 to 1000000"),
        ("--seed", a.seed, a.seed >= 0, "0 or more"),
    ]
    if a.animals is not None:
        found.append(("--animals", a.animals, 2 <= a.animals <= 2000, "from 2 to 2000"))
    return found
