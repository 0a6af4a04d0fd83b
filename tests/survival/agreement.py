"""Our numbers beside R's, one row per data set and quantity; nothing is left out.

Run as a program it writes the table of the documentation:
``python tests/survival/agreement.py SHARED/reference/survival > docs/survival_agreement.md``
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lumicohort.survival.cox import cox_hazard_ratios, fit_cox
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.differences import median_differences, rmst_differences
from lumicohort.survival.firth import firth_hazard_ratios
from lumicohort.survival.hazard_ratio import logrank_oe, mantel_haenszel
from lumicohort.survival.kaplan_meier import (
    CI_TYPES,
    follow_up,
    kaplan_meier,
    largest_common_time,
    quantile,
    restricted_mean,
)
from lumicohort.survival.multiplicity import adjust
from lumicohort.survival.partial_likelihood import TIES
from lumicohort.survival.permutation import permutation_test
from lumicohort.survival.permutation_chi_squared import permutation_test_chi_squared
from lumicohort.survival.proportional_hazards import TRANSFORMS, proportional_hazards_test
from lumicohort.survival.risk_table import risk_table
from lumicohort.survival.tests import logrank_test, no_test_reason, trend_test, weighted_scores

# Times print as 62.4 and are 62.39999999999999858 in the sheet: equal to 15 digits.
EXACT, CLOSED, ITERATED = 1e-12, 1e-6, 1e-4
"""Relative tolerances: read off the data, closed formulas, iterated fits."""

FAMILY = {
    "logrank": ("logrank", 0, 0),
    "gehan": ("gehan_breslow_wilcoxon", 0, 0),
    "tarone": ("tarone_ware", 0, 0),
    "peto_peto": ("peto_peto", 0, 0),
    "peto_peto_modified": ("peto_peto_modified", 0, 0),
    "fh_1_0": ("fleming_harrington", 1, 0),
    "fh_0_1": ("fleming_harrington", 0, 1),
    "fh_1_1": ("fleming_harrington", 1, 1),
    "fh_0.5_0.5": ("fleming_harrington", 0.5, 0.5),
}


@dataclass(frozen=True)
class Row:
    """One quantity of one data set: ours, R's, and whether they agree."""

    data_set: str
    quantity: str
    ours: np.ndarray
    theirs: np.ndarray
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether all values agree, NA being equal to NA."""
        if self.ours.shape != self.theirs.shape:
            return False
        both = np.isnan(self.ours) & np.isnan(self.theirs)
        with np.errstate(invalid="ignore"):
            near = np.abs(self.ours - self.theirs) <= self.tolerance * np.abs(self.theirs) + 1e-12
        return bool(np.all(both | near))

    @property
    def ours_is_na(self) -> bool:
        """Whether we state NA wherever the two disagree."""
        return self.ours.shape == self.theirs.shape and bool(
            np.all(np.isnan(self.ours) | (self.ours == self.theirs))
        )


@dataclass(frozen=True)
class Case:
    """One data set with R's results."""

    name: str
    data: SurvivalData
    reference: dict[str, Any]


def read_case(name: str, sheet: Path, results: Path) -> Case:
    """Read one data set and R's results on it."""
    with sheet.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    stratum = [r["stratum"] for r in rows] if "stratum" in rows[0] else None
    data = SurvivalData.from_arrays(
        [float(r["time"]) for r in rows],
        [r["status"] for r in rows],
        [r["group"] for r in rows],
        stratum=stratum,
        ids=[r["id"] for r in rows],
    )
    return Case(name, data, json.loads(results.read_text()))


def numbers(value: Any) -> np.ndarray:
    """Return R's values as an array; null, an empty list and errors are NA."""
    if isinstance(value, list) and value:
        return np.concatenate([numbers(v) for v in value])
    if value is None or value == [] or value == "NA" or isinstance(value, dict):
        return np.array([math.nan])
    return np.array([float(value)])


def compare(case: Case) -> Iterator[Row]:
    """Yield every quantity that R has a result for."""

    def row(quantity: str, ours: Any, theirs: Any, tolerance: float) -> Row:
        mine = np.atleast_1d(np.asarray(ours, dtype=float))
        return Row(case.name, quantity, mine, numbers(theirs), tolerance)

    data, r = case.data.unstratified(), case.reference
    for arm, of_arm in r["km"].items():
        yield from _one_arm(row, data, arm, of_arm)
    if len(data.arms) < 2:
        return
    yield from _family(row, case, data)
    yield from _permutation(row, data, r)
    yield from _cox(row, case, data)
    if len(data.arms) == 2:
        yield from _two_arms(row, data, r)
    if "pairwise" in r:
        yield from _pairs(row, data, r["pairwise"])


def _one_arm(row: Any, data: SurvivalData, arm: str, r: dict[str, Any]) -> Iterator[Row]:
    mine = data.of_arms(arm)
    for ci_type in CI_TYPES:
        curve, theirs = kaplan_meier(mine, ci_type), r[ci_type]
        for name, p, want in (
            ("median", 0.5, [theirs["median"], theirs["median_lower"], theirs["median_upper"]]),
            ("25 % quantile", 0.25, [theirs["q25"][k] for k in ("est", "lower", "upper")]),
            ("75 % quantile", 0.75, [theirs["q75"][k] for k in ("est", "lower", "upper")]),
        ):
            q = quantile(curve, p)
            yield row(f"{name} and CI ({ci_type})", [q.estimate, q.lower, q.upper], want, EXACT)
        times = numbers(theirs["times"])
        index = np.searchsorted(curve.time, times + 1e-9, side="right")
        for name, values in (("lower", curve.lower), ("upper", curve.upper)):
            at_times = np.concatenate(([1.0], values))[index]
            yield row(f"band at times ({ci_type})", at_times, theirs[name], CLOSED)
        yield row("survival at times", curve.at(times), theirs["surv"], CLOSED)
        yield row("numbers at risk", curve.number_at_risk(times), theirs["n_risk"], EXACT)
    curve, theirs = kaplan_meier(mine, "log-log"), r["curve"]
    yield row("curve: times", curve.time, theirs["time"], 1e-8)
    for name, values in (
        ("n_risk", curve.at_risk),
        ("n_event", curve.events),
        ("n_censor", curve.censored),
    ):
        yield row("curve: counts", values, theirs[name], EXACT)
    yield row("curve: survival", curve.survival, theirs["surv"], CLOSED)
    yield row("curve: standard error", curve.se_log, theirs["std_err_cumhaz"], CLOSED)
    yield row("curve: band", curve.lower, theirs["lower"], CLOSED)
    yield row("curve: band", curve.upper, theirs["upper"], CLOSED)
    mean, want = restricted_mean(curve, largest_common_time(data)), r["rmst"]
    yield row(
        "restricted mean and horizon",
        [mean.tau, mean.estimate],
        [want["tau"], want["rmst"]],
        CLOSED,
    )
    yield row("restricted mean: SE", mean.se, want["se"], CLOSED)
    yield row("median follow-up", follow_up(curve), r["reverse_km_median_followup"], EXACT)


def _family(row: Any, case: Case, data: SurvivalData) -> Iterator[Row]:
    r = case.reference["weighted"]
    for key, (weight, rho, gamma) in FAMILY.items():
        test = logrank_test(data, weight, rho, gamma)
        yield row(
            f"{key}: chi-squared, p",
            [test.statistic, test.p_value],
            [r[key]["chisq"], r[key]["p"]],
            CLOSED,
        )
    if data.event.any():
        scores = weighted_scores(risk_table(data))
        yield row("logrank: observed", scores.observed, r["logrank"]["obs"], EXACT)
        yield row("logrank: expected", scores.expected, r["logrank"]["exp"], CLOSED)
    trend = trend_test(data)
    want = [r["logrank"]["trend_chisq"], r["logrank"]["trend_p"]]
    yield row("trend: chi-squared, p", [trend.statistic, trend.p_value], want, CLOSED)
    for key, weight in (
        ("stratified_logrank", "logrank"),
        ("stratified_gehan", "gehan_breslow_wilcoxon"),
    ):
        if key in r:
            test = logrank_test(case.data, weight)
            yield row(
                f"{key}: chi-squared, p",
                [test.statistic, test.p_value],
                [r[key]["chisq"], r[key]["p"]],
                CLOSED,
            )


def _permutation(row: Any, data: SurvivalData, r: dict[str, Any]) -> Iterator[Row]:
    want = r.get("permutation")
    if want and want["p_abs_U"] is not None:
        yield row("permutation p, |O - E|", permutation_test(data).p_value, want["p_abs_U"], 1e-9)
        p = permutation_test_chi_squared(data).p_value
        yield row("permutation p, chi-squared", p, want["p_chisq"], 1e-9)


def _cox(row: Any, case: Case, data: SurvivalData) -> Iterator[Row]:
    r = case.reference
    testable = not no_test_reason(data)
    for prefix, layer in (("", data), ("stratified_", case.data)):
        for ties in TIES:
            want = r["cox"].get(prefix + ties)
            if want is None:
                continue
            found = cox_hazard_ratios(layer, ties)
            name = f"Cox {prefix}{ties}".replace("_", " ")
            for what, key, attribute in (
                ("HR", "hr", "hr"),
                ("CI", "lower", "lower"),
                ("CI", "upper", "upper"),
                ("p", "p", "p_value"),
                ("SE", "se", "se_log"),
            ):
                ours = [getattr(h, attribute) for h in found]
                yield row(f"{name}: {what}", ours, want[key], ITERATED)
            if testable:
                fit = fit_cox(layer, ties)
                yield row(f"{name}: likelihood ratio", fit.lr_chi2, want["lrt"], ITERATED)
                yield row(f"{name}: score test", fit.score_chi2, want["score"], CLOSED)
    for transform in TRANSFORMS if testable else ():
        want = r["cox_zph"][transform]
        test = proportional_hazards_test(data, fit_cox(data), transform)
        theirs = [want.get("chisq"), want.get("p")]
        yield row(f"cox.zph ({transform})", [test.chi2, test.p_value], theirs, ITERATED)
    for ties in ("efron", "breslow") if r.get("profile_firth") else ():
        want = r["profile_firth"][ties]
        found, firth = cox_hazard_ratios(data, ties)[0], firth_hazard_ratios(data, ties)[0]
        yield row(
            f"profile likelihood, {ties}: HR, CI, p",
            [found.hr, found.profile_lower, found.profile_upper, found.p_value_lrt],
            [want["hr_mle"], want["profile_lower_hr"], want["profile_upper_hr"], want["lrt_p"]],
            ITERATED,
        )
        yield row(
            f"Firth, {ties}: HR, CI, p",
            [firth.hr, firth.lower, firth.upper, firth.p_value],
            [want[f"firth_{k}"] for k in ("hr", "lower_hr", "upper_hr", "p")],
            ITERATED,
        )


def _two_arms(row: Any, data: SurvivalData, r: dict[str, Any]) -> Iterator[Row]:
    want = r["hr_prism_style"]
    for name, function, keys in (
        (
            "Mantel–Haenszel: HR, CI",
            mantel_haenszel,
            ("mantel_haenszel_hr", "mh_lower", "mh_upper"),
        ),
        ("log-rank O/E: HR, CI", logrank_oe, ("logrank_hr", "logrank_lower", "logrank_upper")),
    ):
        found = function(data)
        yield row(name, [found.hr, found.lower, found.upper], [want[k] for k in keys], CLOSED)
    ratio = median_differences(data, samples=999)[1]
    yield row("ratio of medians", ratio.estimate, r["median_ratio"]["ratio"], EXACT)
    difference, of_means = rmst_differences(data)
    want = r["rmst_diff"]
    yield row("difference of restricted means", difference.estimate, want["diff"], CLOSED)
    yield row(
        "difference of restricted means: CI, p",
        [difference.lower, difference.upper, difference.p_value],
        [want["lower"], want["upper"], want["p"]],
        CLOSED,
    )
    yield row("ratio of restricted means", of_means.estimate, want["ratio"], CLOSED)
    ours = [of_means.lower, of_means.upper]
    yield row(
        "ratio of restricted means: CI", ours, [want["ratio_lower"], want["ratio_upper"]], CLOSED
    )


def _pairs(row: Any, data: SurvivalData, pairs: Sequence[dict[str, Any]]) -> Iterator[Row]:
    ours = [logrank_test(data.of_arms(p["a"], p["b"])).p_value for p in pairs]
    yield row("pairwise log-rank p", ours, [p["p"] for p in pairs], CLOSED)
    for method, key in (("holm", "holm"), ("hochberg", "hochberg"), ("bh", "BH")):
        yield row(f"pairwise p, {method}", adjust(ours, method), [p[key] for p in pairs], CLOSED)


def shared_cases(folder: Path) -> Iterator[Case]:
    """Yield every data set of the shared reference folder."""
    profile = json.loads((folder / "profile_firth_reference.json").read_text())
    permutation = json.loads((folder / "permutation_logrank_reference.json").read_text())
    for sheet in sorted((folder / "inputs").glob("*.csv")):
        case = read_case(sheet.stem, sheet, folder / "outputs" / f"{sheet.stem}.json")
        case.reference["profile_firth"] = profile.get(sheet.stem, {})
        case.reference["permutation"] = permutation.get(sheet.stem)
        yield case


ARTEFACTS = (
    (
        "edge_all_censored",
        "difference of restricted means: CI, p",
        "no event: SE 0, R prints 0 to 0",
    ),
    ("edge_all_censored", "Cox", "no event: R prints SE 0 beside a coefficient that is NA"),
    ("edge_heavy_ties", "Cox exact", "separation under exact ties: R stopped at 3e-10"),
    ("edge_identical_times", "Cox exact", "flat likelihood: R ran out of iterations"),
    ("edge_n1_each", "Cox", "separation, one animal an arm: R stopped at 6e-10"),
    ("edge_n1_group", "Cox", "separation, one animal in an arm: R stopped at 3e-10"),
    ("edge_n1_group", "cox.zph", "on the unfinished fit R prints a negative chi-squared"),
    ("edge_separation", "Cox", "separation: R stopped at 2e-10"),
    ("edge_separation", "cox.zph", "on the unfinished fit"),
    ("edge_n1_each", "difference of restricted means: CI, p", "SE 0: R prints an interval 0 to 0"),
    ("edge_n1_group", "difference of restricted means: CI, p", "SE 0: R prints an interval 0 to 0"),
    ("edge_identical_times", "difference of restricted means: CI, p", "SE 0: R prints 0 to 0"),
    ("edge_all_censored", "ratio of restricted means: CI", "SE 0: R prints an interval 1 to 1"),
    ("edge_n1_each", "ratio of restricted means: CI", "SE 0: R prints an interval 1 to 1"),
    ("edge_n1_group", "ratio of restricted means: CI", "SE 0: R prints an interval 1 to 1"),
    ("edge_identical_times", "ratio of restricted means: CI", "SE 0: R prints an interval 1 to 1"),
)
"""Where R prints a number that is none, and we state NA: data set, start of quantity, why."""


def artefact(row: Row) -> str | None:
    """Return why R's number is none, where that is known."""
    for data_set, start, why in ARTEFACTS:
        if row.data_set == data_set and row.quantity.startswith(start):
            return why
    return None


def document(cases: Sequence[Case]) -> str:
    """Return the page of the documentation."""
    return (
        "# Survival statistics beside R's\n\n"
        "*Written by `python tests/survival/agreement.py SHARED/reference/survival`: every "
        "quantity of every data set, R 4.2.2 with survival 3.5-3. Tolerances: medians, quantiles "
        "and their limits exact; the rest 1e-6 relative, iterated fits 1e-4.*\n\n" + table(cases)
    )


def table(cases: Sequence[Case]) -> str:
    """Return the agreement of all data sets as a Markdown table."""
    lines = [
        "| data set | quantities compared | agree | NA where R's number is none | differ |",
        "|---|---|---|---|---|",
    ]
    apart = []
    for case in cases:
        rows = list(compare(case))
        values = sum(r.theirs.size for r in rows)
        agree = sum(r.agrees for r in rows)
        stated = [r for r in rows if not r.agrees and r.ours_is_na and artefact(r)]
        differ = [r for r in rows if not r.agrees and r not in stated]
        compared = f"{len(rows)} ({values} values)"
        lines.append(f"| {case.name} | {compared} | {agree} | {len(stated)} | {len(differ)} |")
        apart += [(r, artefact(r) or "") for r in (*stated, *differ)]
    lines += ["", "| data set | quantity | ours | R | why |", "|---|---|---|---|---|"]
    for r, why in apart:
        off = [i for i in range(r.theirs.size) if r.ours.size == r.theirs.size]
        ours = ", ".join(_shown(r.ours[i]) for i in off)
        theirs = ", ".join(_shown(r.theirs[i]) for i in off)
        lines.append(f"| {r.data_set} | {r.quantity} | {ours} | {theirs} | {why} |")
    return "\n".join(lines) + "\n"


def _shown(value: float) -> str:
    return "NA" if math.isnan(value) else f"{value:.4g}"


if __name__ == "__main__":
    import sys

    print(document(list(shared_cases(Path(sys.argv[1])))), end="")
