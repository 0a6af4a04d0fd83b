"""Everything that is said about the survival of the arms of one model, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lumicohort.nouns import marked
from lumicohort.survival.adjusted import adjusted_proportional_hazards
from lumicohort.survival.constant import drop_constant
from lumicohort.survival.covariates import Adjustment as Covariates
from lumicohort.survival.cox import fit_cox
from lumicohort.survival.data import TIE_TOLERANCE, SurvivalData, coding_warning
from lumicohort.survival.differences import (
    Difference,
    compare_restricted_means,
    median_differences,
)
from lumicohort.survival.entry import describe_entry, early_end, entry_notes
from lumicohort.survival.kaplan_meier import (
    CIType,
    Curve,
    Engine,
    Quantile,
    RestrictedMean,
    follow_up,
    kaplan_meier,
    largest_common_time,
    quantile,
    restricted_mean,
)
from lumicohort.survival.multiplicity import Adjustment, adjust
from lumicohort.survival.permutation import permutation_test
from lumicohort.survival.proportional_hazards import (
    TRANSFORMS,
    ProportionalHazards,
    proportional_hazards_test,
)
from lumicohort.survival.ratios import (
    Ratio,
    adjusted_ratios,
    hazard_ratios,
    mark_ratios,
    warn_of_change,
)
from lumicohort.survival.small_arms import note_least, note_small
from lumicohort.survival.strata import strata_of_one_arm
from lumicohort.survival.tests import WEIGHTS, TestResult, logrank_test, no_test_reason, trend_test

ALL_ARMS = "all arms"
"""What stands as `arm` where a test compares all arms at once."""


@dataclass(frozen=True)
class Options:
    """What the statistician chooses; keys as in the config's ``analysis.survival``.

    Attributes
    ----------
    ci_type : str
        Scale of the confidence band and so of the intervals of medians.
    test, hazard_ratio : str
        The test and hazard ratio that are printed; ``auto`` chooses.
    permutation_below : int
        Under ``auto``, arms smaller than this get the permutation log-rank test.
    permutation_draws, bootstrap_samples, seed : int
        Random draws.
    fleming_harrington : (float, float)
        rho and gamma.
    rmst_tau_days : float or None
        Horizon of restricted means; the largest common time where None.
    p_adjust : str
        Adjustment over arms.
    stratified_by : str
        Name of what the strata are; empty where there are none.
    order : str
        Why the arms stand in their order, where nobody gave it: a note at the test for trend.
    engine : str
        What multiplies the Kaplan–Meier curves: ``lifelines``, or ``numpy`` for many studies in
        one process (the same numbers, faster).
    """

    ci_type: CIType = "log-log"
    test: str = "auto"
    hazard_ratio: str = "auto"
    permutation_below: int = 20
    permutation_draws: int = 100_000
    bootstrap_samples: int = 9_999
    seed: int = 20201111
    fleming_harrington: tuple[float, float] = (0.0, 1.0)
    rmst_tau_days: float | None = None
    p_adjust: Adjustment = "holm"
    stratified_by: str = ""
    order: str = ""
    engine: Engine = "lifelines"


@dataclass(frozen=True, eq=False)
class ArmSurvival:
    """Survival of one arm."""

    arm: str
    n: int
    events: int
    curve: Curve
    median: Quantile
    lower_quartile: Quantile
    upper_quartile: Quantile
    restricted_mean: RestrictedMean
    follow_up: float
    note: str


@dataclass(frozen=True)
class Comparison:
    """A test of an arm against the reference, or of all arms (``comparison`` says which)."""

    arm: str
    reference: str
    comparison: str
    result: TestResult
    stratified_by: str = ""
    p_adjusted: float = np.nan
    primary: bool = False


@dataclass(frozen=True, eq=False)
class SurvivalAnalysis:
    """All results for one model.

    Attributes
    ----------
    reference : str
        The reference arm.
    arms : tuple of ArmSurvival
        The arms that have animals.
    tests : tuple of Comparison
        Every test of the contract, unstratified and stratified.
    hazard_ratios : tuple of Ratio
        Every method.
    differences : tuple of Difference
        Medians and restricted means.
    proportional_hazards : tuple of (str, ProportionalHazards)
        What it was stratified by, and the test.
    options : Options
        What was chosen.
    warnings : tuple of str
        What looks wrong in the data.
    delayed_entry : str
        Who came under observation late, in plain English; empty where nobody did.
    dropped : str
        Which covariates dropped out and why; empty where none did.
    """

    reference: str
    arms: tuple[ArmSurvival, ...]
    tests: tuple[Comparison, ...]
    hazard_ratios: tuple[Ratio, ...]
    differences: tuple[Difference, ...]
    proportional_hazards: tuple[tuple[str, ProportionalHazards], ...]
    options: Options
    warnings: tuple[str, ...] = field(default=())
    delayed_entry: str = ""
    dropped: str = ""


def analyse(
    data: SurvivalData,
    options: Options | None = None,
    reference: str | None = None,
    every_test: bool = True,
    covariates: Covariates | None = None,
) -> SurvivalAnalysis:
    """Analyse the survival of the arms of one model.

    Parameters
    ----------
    data : SurvivalData
        The animals; strata, where there are any, make stratified tests and models besides.
    options : Options, optional
        What the statistician chooses.
    reference : str, optional
        The reference arm; the data's first where none is given. It may have no animal here:
        then nothing is compared with it, and that is said.
    every_test : bool
        All tests and hazard ratios; otherwise only those that are printed, and no differences.
    covariates : Adjustment, optional
        Covariates and clusters of the animals, for hazard ratios besides.

    Returns
    -------
    SurvivalAnalysis
        The results, with NaN and the reason wherever there is no meaningful number.
    """
    options = options or Options()
    reference = data.reference if reference is None else reference
    tau = options.rmst_tau_days or largest_common_time(data)
    arms = tuple(_arm(data.of_arms(a), a, options, tau) for a in data.arms)
    warning = coding_warning(data)
    others = [a for a in data.arms if a != reference]
    layers = [("", data.unstratified())]
    if data.stratified and options.stratified_by:
        layers.append((options.stratified_by, data))
    printed_layer = layers[-1][0]
    tests: list[Comparison] = []
    ratios: list[Ratio] = []
    hazards: list[tuple[str, ProportionalHazards]] = []
    chosen_test = _chosen_test(data, options)
    for name, layer in layers:
        if not every_test and name != printed_layer:
            continue
        wanted = None if every_test else {chosen_test}
        printed = chosen_test if name == printed_layer else ""
        tests += _tests(layer, reference, others, options, name, wanted, printed)
        ratios += hazard_ratios(layer, reference, others, name, every_test, options.hazard_ratio)
        if every_test and not no_test_reason(layer):
            fit = fit_cox(layer)
            for transform in TRANSFORMS:
                hazards.append((name, proportional_hazards_test(layer, fit, transform)))
    tests = [
        replace(
            t,
            primary=t.comparison == "pair"
            and t.result.test == chosen_test
            and t.stratified_by == printed_layer,
        )
        for t in tests
    ]
    if covariates is not None and reference in data.arms and len(data.arms) > 1:
        layered = dict(layers)[printed_layer].of_arms(reference, *others)
        covariates = drop_constant(covariates, layered)
        ratios += adjusted_ratios(
            layered, covariates, options.hazard_ratio, printed_layer, every_test
        )
        if every_test:
            tested = adjusted_proportional_hazards(layered, covariates)
            hazards += [(printed_layer, test) for test in tested]
    ratios = mark_ratios(ratios, options.hazard_ratio, printed_layer, covariates)
    ratios = warn_of_change(ratios, [test for layer, test in hazards if layer == printed_layer])
    differences: list[Difference] = []
    if every_test and reference in data.arms:
        means = {a.arm: a.restricted_mean for a in arms}
        for arm in others:
            pair = data.of_arms(reference, arm)
            found = median_differences(pair, options.bootstrap_samples, options.seed)
            found += compare_restricted_means(arm, reference, means[arm], means[reference])
            emptied = [
                f"in {marked(a.arm)} {early_end(a.curve)}"
                for a in arms
                if a.arm in (arm, reference) and a.curve.emptied is not None
            ]
            differences += [
                replace(d, note="; ".join(filter(None, (d.note, *emptied)))) for d in found
            ]
    return SurvivalAnalysis(
        reference,
        arms,
        tuple(tests),
        tuple(ratios),
        tuple(differences),
        tuple(hazards),
        options,
        (warning,) if warning else (),
        describe_entry(data),
        covariates.dropped if covariates is not None else "",
    )


def _arm(data: SurvivalData, arm: str, options: Options, tau: float) -> ArmSurvival:
    """Describe one arm."""
    curve = kaplan_meier(data, options.ci_type, engine=options.engine)
    middle = quantile(curve, 0.5)
    mean = restricted_mean(curve, tau)
    n, events = len(data), int(data.event.sum())
    notes = []
    if events == 0:
        notes.append("all animals censored: no median")
    elif np.isnan(middle.estimate):
        notes.append(f"median not reached ({events} of {n} had the event)")
    elif n == 1:
        notes.append("one animal: no interval")
    elif abs(curve.survival[-1] - 0.5) < TIE_TOLERANCE:
        notes.append(
            "the curve ends exactly at one half: the median is the middle of its last interval, "
            "and has no upper limit"
        )
    elif np.isnan(middle.upper):
        notes.append("upper limit of the median not reached")
    if mean.note:
        notes.append(f"restricted mean: {mean.note}")
    notes += entry_notes(data, curve)
    return ArmSurvival(
        arm,
        n,
        events,
        curve,
        middle,
        quantile(curve, 0.25),
        quantile(curve, 0.75),
        mean,
        follow_up(curve),
        "; ".join(notes),
    )


def _chosen_test(data: SurvivalData, options: Options) -> str:
    """Return the test that is printed: by the size of the model's smallest arm under `auto`.

    With late entries it is the log-rank test, whatever the size.
    """
    if options.test != "auto":
        return options.test
    if data.entry is not None:
        return "logrank"  # labels could only move among animals that entered together
    smallest = int(np.bincount(data.group).min())
    return "logrank_permutation" if smallest < options.permutation_below else "logrank"


def _battery(options: Options, printed: str) -> dict[str, Callable[[SurvivalData], TestResult]]:
    """Return every test by its name; one of them is printed."""
    rho, gamma = options.fleming_harrington
    battery: dict[str, Callable[[SurvivalData], TestResult]] = {
        weight: lambda d, w=weight: logrank_test(d, w, rho, gamma)  # type: ignore[misc]
        for weight in WEIGHTS
    }
    battery["logrank_permutation"] = lambda d: permutation_test(
        d, options.permutation_draws, options.seed, printed=printed == "logrank_permutation"
    )
    return battery


def _tests(
    data: SurvivalData,
    reference: str,
    others: Sequence[str],
    options: Options,
    stratified_by: str,
    wanted: set[str] | None,
    printed: str,
) -> list[Comparison]:
    """Return all tests of one layer: all arms where there are more than two, then pairs."""
    out = []
    every = _battery(options, printed)
    battery = {n: t for n, t in every.items() if wanted is None or n in wanted}
    if len(data.arms) > 2 and wanted is None:
        trend = trend_test(data)
        if options.order:
            trend = replace(trend, note="; ".join(filter(None, (trend.note, options.order))))
        results = [test(data) for test in battery.values()] + [trend]
        for result in results:
            kind = "trend" if result.test == "logrank_trend" else "all"
            p = result.p_value
            out.append(Comparison(ALL_ARMS, reference, kind, result, stratified_by, p))
    compared = others or [reference]
    for name, test in battery.items():
        results = []
        for arm in compared:
            if reference not in data.arms:
                note = f"the reference {marked(reference)} has no animal"
                results.append(TestResult(name, np.nan, None, np.nan, "", note))
            else:
                pair = data.of_arms(reference, arm) if others else data
                result = test(pair)
                if pair.entry is not None or result.test == printed:
                    result = note_small(result, pair)
                if not np.isnan(result.p_value):
                    alone = strata_of_one_arm(pair, stratified_by)
                    result = replace(result, note="; ".join(filter(None, (result.note, alone))))
                results.append(result)
        adjusted = adjust([r.p_value for r in results], options.p_adjust)
        results = note_least(results, options.p_adjust)
        for arm, result, p in zip(compared, results, adjusted, strict=True):
            against = reference if others else ""
            out.append(Comparison(arm, against, "pair", result, stratified_by, p))
    return out
