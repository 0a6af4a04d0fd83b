"""All hazard ratios of an analysis, and which of them is printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lumicohort.nouns import marked
from lumicohort.survival.adjusted import adjusted_hazard_ratios
from lumicohort.survival.covariates import Adjustment as Covariates
from lumicohort.survival.cox import HazardRatio, cox_hazard_ratios
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.firth import firth_hazard_ratios
from lumicohort.survival.hazard_ratio import logrank_oe, mantel_haenszel
from lumicohort.survival.partial_likelihood import Ties
from lumicohort.survival.proportional_hazards import ProportionalHazards
from lumicohort.warned import warned

RATIO_METHODS = (
    "cox_efron",
    "cox_breslow",
    "cox_exact",
    "cox_firth",
    "mantel_haenszel",
    "logrank_oe",
)


@dataclass(frozen=True)
class Ratio:
    """A hazard ratio with the strata it was made in, and what its model held besides the arm.

    `term` is ``arm``, or the covariate whose ratio it is.
    """

    result: HazardRatio
    stratified_by: str = ""
    primary: bool = False
    term: str = "arm"
    adjusted_for: str = ""
    clustered_by: str = ""


def hazard_ratios(
    data: SurvivalData,
    reference: str,
    others: Sequence[str],
    stratified_by: str,
    every: bool,
    chosen: str,
) -> list[Ratio]:
    """Return hazard ratios of one layer by every method, or only what may be printed.

    Parameters
    ----------
    data : SurvivalData
        The animals, of one layer.
    reference, others
        The arm that the others are compared with; the others.
    stratified_by : str
        What the layer is stratified by; empty where by nothing.
    every : bool
        Every method, or only the chosen one.
    chosen : str
        The printed method, or ``auto``.

    Returns
    -------
    list of Ratio
        None of them marked as printed.
    """
    compared = others or [reference]
    if reference not in data.arms:
        note = f"the reference {marked(reference)} has no animal"
        return [
            Ratio(HazardRatio(arm, reference, method, note=note), stratified_by)
            for method in RATIO_METHODS
            for arm in compared
        ]
    data = data.of_arms(reference, *others)
    wanted = RATIO_METHODS if every else ("cox_efron",) if chosen == "auto" else (chosen,)
    out: list[HazardRatio] = []
    if "cox_efron" in wanted:
        out += cox_hazard_ratios(data, "efron")
        if not every and chosen == "auto" and any(r.separated for r in out):
            wanted = (*wanted, "cox_firth")
    if "cox_breslow" in wanted:
        out += cox_hazard_ratios(data, "breslow")
    if "cox_exact" in wanted:
        out += cox_hazard_ratios(data, "exact")
    if "cox_firth" in wanted:
        out += firth_hazard_ratios(data)
    for name, method in (("mantel_haenszel", mantel_haenszel), ("logrank_oe", logrank_oe)):
        if name in wanted:
            out += [method(data.of_arms(reference, a) if others else data) for a in compared]
    return [Ratio(r, stratified_by) for r in out]


def adjusted_ratios(
    data: SurvivalData, covariates: Covariates, chosen: str, stratified_by: str, every: bool
) -> list[Ratio]:
    """Return hazard ratios with covariates or clusters, of one layer.

    Parameters
    ----------
    data : SurvivalData
        The animals, the reference first.
    covariates : Adjustment
        Their covariates and clusters.
    chosen : str
        The printed method: Breslow's ties where that is Breslow's, else Efron's.
    stratified_by : str
        What the layer is stratified by.
    every : bool
        Also where they are not printed.

    Returns
    -------
    list of Ratio
        None of them marked as printed.
    """
    if not every and not covariates.printed:
        return []
    ties: Ties = "breslow" if chosen == "cox_breslow" else "efron"
    return [
        Ratio(
            r.result,
            stratified_by,
            term=r.term,
            adjusted_for=r.adjusted_for,
            clustered_by=r.clustered_by,
        )
        for r in adjusted_hazard_ratios(data, covariates, ties)
    ]


def mark_ratios(
    ratios: Sequence[Ratio], chosen: str, layer: str, covariates: Covariates | None
) -> list[Ratio]:
    """Mark the hazard ratios that are printed.

    Parameters
    ----------
    ratios : sequence of Ratio
        Of all layers.
    chosen : str
        The printed method; ``auto`` is Cox (Efron), or Firth where any arm separates.
    layer : str
        The printed layer.
    covariates : Adjustment or None
        Whether the adjusted ratio is the printed one.

    Returns
    -------
    list of Ratio
        The same, one per arm marked.
    """
    adjusted_for = clustered_by = ""
    if covariates is not None and covariates.printed:
        adjusted_for, clustered_by = covariates.name, covariates.cluster_by
    candidates = [
        r
        for r in ratios
        if r.stratified_by == layer and r.term == "arm" and r.adjusted_for == adjusted_for
    ]
    if chosen == "auto":
        efron = [r.result for r in candidates if r.result.method == "cox_efron"]
        chosen = "cox_firth" if any(r.separated for r in efron) else "cox_efron"
    if chosen == "cox_firth":
        clustered_by = ""  # a penalised fit has no sandwich
    wanted = [r for r in candidates if r.result.method == chosen and r.clustered_by == clustered_by]
    marked = [replace(r, primary=any(r is w for w in wanted)) for r in ratios]
    if covariates is None or covariates.order or not covariates.dropped:
        return marked
    # No covariate is left, so no row of a model with them tells why.
    dropped = warned(covariates.dropped) if covariates.printed else covariates.dropped
    return [_noted(r, dropped) if r.primary else r for r in marked]


def warn_of_change(ratios: Sequence[Ratio], hazards: Sequence[ProportionalHazards]) -> list[Ratio]:
    """Warn beside the printed hazard ratios of a model whose hazards look not proportional.

    Parameters
    ----------
    ratios : sequence of Ratio
        Of all layers, the printed ones marked.
    hazards : sequence of ProportionalHazards
        The tests of the printed layer; that of all terms on the Kaplan–Meier time scale counts,
        R's default.

    Returns
    -------
    list of Ratio
        The same.
    """
    change = {
        test.adjusted_for: test.p_value
        for test in hazards
        if (test.transform, test.term) == ("km", "global") and test.p_value < 0.05
    }
    return [
        _noted(
            r,
            warned(
                "hazards look not proportional (p = "
                f"{change[r.adjusted_for]:.2g}), so that the ratio is an average over time: see "
                "the difference of restricted means"
            ),
        )
        if r.primary and r.adjusted_for in change and not math.isnan(r.result.hr)
        else r
        for r in ratios
    ]


def _noted(ratio: Ratio, note: str) -> Ratio:
    """Return a ratio with a note, unless it says so already."""
    said = ratio.result.note
    if note in said:
        return ratio
    return replace(ratio, result=replace(ratio.result, note="; ".join(filter(None, (said, note)))))
