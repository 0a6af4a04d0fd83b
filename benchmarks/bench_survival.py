"""Time of the survival statistics over many small studies in one process, beside R's.

    python benchmarks/bench_survival.py [--studies 1000]

Each study has two arms of 20 animals: curves with bands, medians with limits, restricted means
with standard errors, the log-rank test and the Cox model. R's ``survival`` does the same on the
same studies in the same run where Rscript and the package are there, and the results are
compared.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lumicohort.survival.analysis import Options, SurvivalAnalysis, analyse
from lumicohort.survival.cox import cox_hazard_ratios, fit_cox
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.kaplan_meier import kaplan_meier, quantile, restricted_mean
from lumicohort.survival.tests import logrank_test

TAU = 30.0  # days; some animal of every arm has died by then, or R refuses the restricted mean
ARMS = ("a", "b")


def make_studies(count: int, seed: int = 1) -> list[SurvivalData]:
    """Return studies of two arms of 20: whole days, a few censored."""
    rng = np.random.default_rng(seed)
    group = [ARMS[0]] * 20 + [ARMS[1]] * 20
    out = []
    for _ in range(count):
        life = np.ceil(28 * rng.weibull(4, 40) * np.repeat([1.0, 1.3], 20))
        event = (life <= 45) & (rng.random(40) < 0.95)
        out.append(SurvivalData.from_arrays(np.minimum(life, 45), event, group))
    return out


def timed(work: Callable[[SurvivalData], object], studies: list[SurvivalData]) -> float:
    """Return milliseconds per study, after one study to warm up."""
    work(studies[0])
    start = time.perf_counter()
    for study in studies:
        work(study)
    return 1000 * (time.perf_counter() - start) / len(studies)


def printed(study: SurvivalData, engine: str) -> SurvivalAnalysis:
    """Return the printed results of a study."""
    options = Options(rmst_tau_days=TAU, engine=engine)  # type: ignore[arg-type]
    return analyse(study, options, every_test=False)


def curves(study: SurvivalData) -> None:
    """Make curves, medians and restricted means of both arms."""
    for arm in study.arms:
        curve = kaplan_meier(study.of_arms(arm), engine="numpy")
        for probability in (0.25, 0.5, 0.75):
            quantile(curve, probability)
        restricted_mean(curve, TAU)


def run_r(studies: list[SurvivalData]) -> tuple[dict[str, float], np.ndarray] | None:
    """Return R's milliseconds per study by part, and its results; None where there is no R."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    there = subprocess.run(
        [program, "-e", "quit(status = !requireNamespace('survival', quietly = TRUE))"],
        capture_output=True,
    )
    if there.returncode:
        return None
    with tempfile.TemporaryDirectory() as folder:
        sheet, found = Path(folder, "studies.csv"), Path(folder, "results.csv")
        with sheet.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["study", "time", "status", "group"])
            for i, study in enumerate(studies):
                for t, e, g in zip(study.time, study.event, study.group, strict=True):
                    writer.writerow([i, repr(float(t)), int(e), ARMS[g]])
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            [program, "--vanilla", str(script), str(sheet), str(found), str(TAU)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"R failed:\n{done.stderr}")
        times = {}
        for line in done.stdout.splitlines():
            name, _, value = line.partition("\t")
            times[name] = float(value)
        return times, np.genfromtxt(found, delimiter=",", skip_header=1)


def results(studies: list[SurvivalData]) -> np.ndarray:
    """Return what is compared with R: medians, restricted means and SE, chi-squared, HR, SE."""
    rows = []
    for study in studies:
        found = printed(study, "numpy")
        ratio = next(r.result for r in found.hazard_ratios if r.primary)
        test = next(t.result for t in found.tests if t.primary)
        arms = [
            (a.median.estimate, a.restricted_mean.estimate, a.restricted_mean.se)
            for a in found.arms
        ]
        # A separated study has no Cox estimate to compare.
        cox = (ratio.hr, ratio.se_log) if ratio.method == "cox_efron" else (np.nan, np.nan)
        rows.append((*arms[0], *arms[1], test.statistic, *cox))
    return np.array(rows)


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--studies", type=int, default=1000)
    studies = make_studies(parser.parse_args().studies)
    print(f"{len(studies)} studies of 40 animals, one process, milliseconds per study\n")
    ours = timed(lambda s: printed(s, "numpy"), studies)
    slow = timed(lambda s: printed(s, "lifelines"), studies[: max(1, len(studies) // 10)])
    rows = [
        ("printed results, curves by numpy", ours),
        ("printed results, curves by lifelines", slow),
        ("  curves, quartiles, restricted means", timed(curves, studies)),
        ("  log-rank test", timed(logrank_test, studies)),
        ("  Cox model with its Wald interval", timed(fit_cox, studies)),
        ("  the same with the profile interval", timed(cox_hazard_ratios, studies)),
    ]
    for name, value in rows:
        print(f"{name:42s}{value:8.2f}")
    r = run_r(studies)
    if r is None:
        print("\nR with its package survival is not installed here: nothing to compare with.")
        return 0
    times, theirs = r
    print()
    for name, value in times.items():
        print(f"{'R: ' + name:42s}{value:8.2f}")
    print(f"\nours / R: {ours / times['all']:.2f} (numpy), {slow / times['all']:.2f} (lifelines)")
    mine = results(studies)
    both = ~np.isnan(mine) & ~np.isnan(theirs)
    apart = np.abs(mine - theirs)[both] / np.maximum(np.abs(theirs[both]), 1e-12)
    print(f"largest relative difference of {both.sum()} numbers from R's: {apart.max():.1e}")
    return int(apart.max() > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
