"""An analysis in plain English, with every number that the reader needs to judge it."""

from __future__ import annotations

import math
from collections.abc import Collection

from lumicohort.survival.analysis import (
    ArmSurvival,
    Comparison,
    Ratio,
    SurvivalAnalysis,
)
from lumicohort.survival.cox import HazardRatio
from lumicohort.survival.differences import Difference
from lumicohort.survival.tests import TestResult
from lumicohort.warned import WARNING, warnings_in

TESTS = {
    "logrank": "log-rank test",
    "gehan_breslow_wilcoxon": "Gehan–Breslow–Wilcoxon test",
    "tarone_ware": "Tarone–Ware test",
    "peto_peto": "Peto–Peto test",
    "peto_peto_modified": "modified Peto–Peto test",
    "fleming_harrington": "Fleming–Harrington test",
    "logrank_permutation": "log-rank test by permutation",
    "logrank_trend": "log-rank test for trend",
}
RATIOS = {
    "cox_efron": "Cox model, Efron ties",
    "cox_breslow": "Cox model, Breslow ties",
    "cox_exact": "Cox model, exact ties",
    "cox_firth": "Cox model with Firth's penalty, profile-likelihood interval",
    "mantel_haenszel": "Mantel–Haenszel",
    "logrank_oe": "log-rank O/E",
}
ADJUSTMENTS = {"holm": "Holm", "hochberg": "Hochberg", "bh": "Benjamini–Hochberg", "none": ""}


def describe(analysis: SurvivalAnalysis, unit: str = "days", besides: Collection[str] = ()) -> str:
    """Describe an analysis in a few paragraphs.

    Parameters
    ----------
    analysis : SurvivalAnalysis
        The results.
    unit : str
        Unit of the times.
    besides : collection of str
        Tests to tell besides the printed one.

    Returns
    -------
    str
        Plain text: the arms, the comparisons, what to be careful about.
    """
    parts = [" ".join(_arm(a, analysis.options.ci_type, unit) for a in analysis.arms)]
    parts.append(analysis.delayed_entry)
    pairs = [t for t in analysis.tests if t.primary]
    for test in pairs:
        parts.append(_comparison(analysis, test, unit, several=len(pairs) > 1))
    layer = pairs[0].stratified_by if pairs else ""
    asked = [
        f"{t.arm} compared with {t.reference}: {_tested(analysis, t, several=len(pairs) > 1)}"
        for t in analysis.tests
        if t.result.test in besides and t.comparison == "pair" and t.reference and not t.primary
        if t.stratified_by == layer
    ]
    parts.append(" ".join(["Besides:", *asked]) if asked else "")
    overall = [t for t in analysis.tests if t.comparison != "pair"]
    if overall:
        # The pairs' test first: asymptotic for all arms beside exact for pairs would mislead.
        wanted = {t.result.test for t in pairs} | {"logrank_trend", *besides}
        shown = [t for t in overall if t.result.test in wanted]
        parts.append(" ".join(_overall(t) for t in shown))
    globally = [
        h for _, h in analysis.proportional_hazards if h.transform == "km" and h.term == "global"
    ]
    # The printed layer is the last one without covariates.
    hazards = [h for h in globally if not h.adjusted_for][-1:]
    hazards += [h for h in globally if h.adjusted_for]
    for hazard in hazards:
        model = f" of the model adjusted for {_listed(hazard.adjusted_for)}"
        model = model if hazard.adjusted_for else ""
        if not math.isnan(hazard.p_value):
            verdict = (
                "hazards look not proportional, so the hazard ratio is an average over time and "
                "the difference in restricted means leads"
                if hazard.p_value < 0.05
                else "no sign against proportional hazards (few events show little)"
            )
            parts.append(
                f"Proportional hazards{model} (score test, Kaplan–Meier time scale): chi-squared "
                f"{_n(hazard.chi2)} on {hazard.df} degree(s) of freedom, {p_text(hazard.p_value)}: "
                f"{verdict}."
            )
    if analysis.dropped:
        parts.append(f"{analysis.dropped[:1].upper()}{analysis.dropped[1:]}.")
    parts += [f"Warning: {w}" for w in analysis.warnings]
    return "\n\n".join(p for p in parts if p) + "\n"


def p_text(p: float) -> str:
    """Return ``p = 0.0032`` or ``p < 0.0001``."""
    if math.isnan(p):
        return "p not available"
    if p < 0.0001:
        return "p < 0.0001"
    if p >= 0.1:
        return f"p = {p:.2f}"
    for digits in range(2, 15):
        text = f"{p:.{digits}g}"
        if text != "0.05" or p == 0.05:
            break  # else more digits: a reader asks on which side of 0.05 it lies
    return f"p = {text}"


def _n(value: float) -> str:
    """Return a number with four significant digits, NA where there is none."""
    return "NA" if math.isnan(value) else f"{value:.4g}"


def _arm(arm: ArmSurvival, ci_type: str, unit: str) -> str:
    animals = "animal" if arm.n == 1 else "animals"
    text = (
        f"{arm.arm}: {arm.n} {animals}, {arm.events} with the event, {arm.n - arm.events} "
        "censored; "
    )
    if math.isnan(arm.median.estimate):
        text += "median survival not reached (NA)"
    else:
        text += (
            f"median survival {_n(arm.median.estimate)} {unit} (95% CI {_n(arm.median.lower)} to "
            f"{_n(arm.median.upper)}, Brookmeyer–Crowley, {ci_type})"
        )
    mean = arm.restricted_mean
    if math.isnan(mean.estimate):
        return f"{text}; restricted mean not available ({mean.note})."
    return (
        f"{text}; restricted mean to {unit[:-1]} {_n(mean.tau)}: {_n(mean.estimate)} {unit} "
        f"(SE {_n(mean.se)})."
    )


def _comparison(analysis: SurvivalAnalysis, test: Comparison, unit: str, several: bool) -> str:
    if not test.reference:
        return f"There is only one arm ({test.arm}): nothing is compared."
    text = f"{test.arm} compared with {test.reference}: {_tested(analysis, test, several)}"
    ratio = next(
        (r for r in analysis.hazard_ratios if r.primary and r.result.arm == test.arm), None
    )
    differences = {d.measure: d for d in analysis.differences if d.arm == test.arm}
    text += _hazard(analysis, ratio) + _besides(analysis, test.arm)
    for measure, name in (
        ("median_difference_days", "Difference in medians"),
        ("rmst_difference_days", "Difference in restricted means"),
    ):
        if measure in differences:
            text += " " + _difference(differences[measure], name, unit)
    return text


def _tested(analysis: SurvivalAnalysis, test: Comparison, several: bool) -> str:
    """Return a test's name, statistic and p, adjusted besides where arms are several."""
    result = test.result
    if math.isnan(result.p_value):
        return f"no test ({result.note})."
    by = f", stratified by {test.stratified_by}" if test.stratified_by else ""
    text = f"{TESTS[result.test]}{by} ({_how(result)}), {p_text(result.p_value)}"
    adjustment = ADJUSTMENTS[analysis.options.p_adjust]
    if several and adjustment:
        text += f" ({p_text(test.p_adjusted)} after {adjustment}'s adjustment)"
    return f"{text}; {result.note}." if result.note else f"{text}."


def _how(result: TestResult, all_arms: bool = False) -> str:
    """Return statistic and options of a test, of two arms or of all."""
    if result.test == "logrank_permutation":
        statistic = "sum of (O - E)²/n" if all_arms else "|O - E|"
        return f"{statistic} = {_n(result.statistic)}; {result.options}"
    options = f"; {result.options}" if result.options else ""
    return f"chi-squared {_n(result.statistic)} on {result.df} degree(s) of freedom{options}"


def _hazard(analysis: SurvivalAnalysis, ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    r = ratio.result
    if math.isnan(r.hr):
        return f" No hazard ratio ({r.note})."
    by = f", stratified by {ratio.stratified_by}" if ratio.stratified_by else ""
    by += _model_words(ratio)
    told = "".join(f"; {warning}" for warning in warnings_in(r.note))
    text = f" Hazard ratio {_n(r.hr)} ({_interval(r)}; {RATIOS[r.method]}{by}{told})."
    if r.separated:
        mh = next(
            (
                x.result
                for x in analysis.hazard_ratios
                if x.result.method == "mantel_haenszel"
                and x.result.arm == r.arm
                and x.stratified_by == ratio.stratified_by
            ),
            None,
        )
        text += " The arms separate, so an ordinary Cox model has no finite estimate"
        if mh is not None and not math.isnan(mh.hr):
            text += (
                f"; Mantel–Haenszel, which Prism prints, gives {_n(mh.hr)} ({_n(mh.lower)} to "
                f"{_n(mh.upper)})"
            )
        text += "."
    return text


def _model_words(ratio: Ratio) -> str:
    """Say what the model held besides the arm."""
    adjusted = f", adjusted for {_listed(ratio.adjusted_for)}" if ratio.adjusted_for else ""
    clustered = f", errors robust within {ratio.clustered_by}" if ratio.clustered_by else ""
    return adjusted + clustered


def _listed(names: str) -> str:
    """Return covariates as they stand in the tables as words: ``sex, cage and weight_g``."""
    *first, last = names.split("; ")
    return f"{', '.join(first)} and {last}" if first else last


def _besides(analysis: SurvivalAnalysis, arm: str) -> str:
    """Give the adjusted and clustered hazard ratios that are not the printed one."""
    text = ""
    for ratio in analysis.hazard_ratios:
        r = ratio.result
        besides = ratio.adjusted_for or ratio.clustered_by
        if ratio.primary or not besides or ratio.term != "arm" or r.arm != arm:
            continue
        if r.method == "cox_firth" and not r.separated:
            continue
        words = f"{RATIOS[r.method]}{_model_words(ratio)}"
        if math.isnan(r.hr):
            text += f" {words}: no hazard ratio ({r.note})."
            continue
        note = f"; {r.note.replace(WARNING, '')}" if r.note else ""
        p = "" if math.isnan(r.p_value) else f", {p_text(r.p_value)}"
        text += f" {words}: hazard ratio {_n(r.hr)} ({_interval(r)}{p}{note})."
    return text


def _interval(ratio: HazardRatio) -> str:
    """Return the confidence interval of a hazard ratio, or that there is none."""
    if math.isnan(ratio.lower) and math.isnan(ratio.upper):
        return "no 95% CI"
    return f"95% CI {_n(ratio.lower)} to {_n(ratio.upper)}"


def _difference(difference: Difference, name: str, unit: str) -> str:
    d = difference
    if math.isnan(d.estimate):
        return f"{name}: NA ({d.note})."
    text = f"{name}: {d.estimate:+.4g} {unit}"
    if math.isnan(d.lower) and math.isnan(d.upper):
        return f"{text} ({d.note})." if d.note else f"{text}."
    p = "" if math.isnan(d.p_value) else f", {p_text(d.p_value)}"
    note = f"; {d.note}" if d.note else ""
    return f"{text} (95% CI {_n(d.lower)} to {_n(d.upper)}{p}; {d.method}{note})."


def _overall(test: Comparison) -> str:
    by = f", stratified by {test.stratified_by}" if test.stratified_by else ""
    name = TESTS[test.result.test]
    if math.isnan(test.result.p_value):
        return f"All arms, {name}{by}: no test ({test.result.note})."
    return f"All arms, {name}{by}: {_how(test.result, True)}, {p_text(test.result.p_value)}."
