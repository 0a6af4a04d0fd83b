"""How near measured fluxes are to the truth, on simulated mice; writes docs/validation.md.

    python benchmarks/validate_flux.py [--scale 1.0] [--jobs 1] [--out docs]

Exit code 1 where a required number is missed. The same seed gives the same page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TypeVar

from validation import ablation, figures, finding, flux, leakage, limits, report, summary
from validation.clicks import each

from lumicohort.files import whole_file

Case = TypeVar("Case")
Row = TypeVar("Row")

FLUX_CLICKS, FINDING_CLICKS, LIMIT_BEDS, LEAK_CLICKS, ABLATION_CLICKS = 120, 1008, 56, 36, 18
EMPTY, FAINT = 6, 2
"""Clicks of each bed of the limit study without light (for each state of its frames: 2,016 empty
regions of a kind), and with a little."""


def study(scale: float, jobs: int, seed: int, said: bool = True) -> report.Results:
    """Run every study.

    Parameters
    ----------
    scale : float
        Size, relative to the whole study.
    jobs : int
        Processes.
    seed : int
        Seed of every draw.
    said : bool
        Whether progress is printed.

    Returns
    -------
    Results
        Rows of every study.
    """

    def cases(count: int, least: int = 3) -> list[tuple[int, int]]:
        return [(number, seed) for number in range(max(least, round(count * scale)))]

    def name(text: str) -> str:
        return text if said else ""

    def rows(run: Callable[[Case], list[Row]], given: list[Case], of: str) -> list[Row]:
        return list(chain.from_iterable(each(run, given, jobs, name(of))))

    beds = [(*case, EMPTY, FAINT) for case in cases(LIMIT_BEDS, 2)]
    return report.Results(
        flux=rows(flux.rows, cases(FLUX_CLICKS), "flux"),
        limits=rows(limits.rows, beds, "limits"),
        found=each(
            finding.outcome,
            finding.cases(max(6, round(FINDING_CLICKS * scale)), seed),
            jobs,
            name("finding"),
        ),
        leaks=rows(leakage.rows, cases(LEAK_CLICKS), "leakage"),
        ablation=rows(ablation.rows, cases(ABLATION_CLICKS), "ablation"),
    )


def write(results: report.Results, out: Path, command: str) -> None:
    """Write the report and its figures into a folder."""
    folder = out / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    figures.draw_flux(results.flux, folder)
    figures.draw_limits(results.limits, folder)
    figures.draw_finding(results.found, folder)
    figures.draw_leakage(results.leaks, folder)
    figures.draw_ablation(results.ablation, folder)
    with whole_file(out / "validation.md") as temporary:
        temporary.write_text(report.text(results, command), encoding="utf-8", newline="\n")


def main(arguments: list[str] | None = None) -> int:
    """Simulate, measure, write and print; 1 if a required number is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="size of the study; 1 is whole")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs"), help="where the report goes")
    given = parser.parse_args(arguments)
    results = study(given.scale, given.jobs, given.seed)
    command = "make validate" if given.scale == 1 else f"validate_flux.py --scale {given.scale:g}"
    write(results, given.out, command)
    verdicts = summary.verdicts(results.flux, results.limits, results.found)
    for verdict in verdicts:
        print(f"{'met   ' if verdict.met else 'MISSED'}  {verdict.what}: {verdict.found}")
    return int(not all(v.met for v in verdicts))


if __name__ == "__main__":
    sys.exit(main())
