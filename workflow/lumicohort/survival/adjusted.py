"""Hazard ratios adjusted for covariates, and with errors robust to animals sharing a cage.

They stand beside the plain ones and never replace them unless the config says so: in a
randomised study of a few animals an arm, every covariate costs precision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lumicohort.nouns import counted, listed_first, marked
from lumicohort.survival.animal_likelihood import AnimalLikelihood, animal_likelihood, sandwich
from lumicohort.survival.covariates import Adjustment, Column, complete, covariate_columns
from lumicohort.survival.cox import CoxFit, HazardRatio, exp_or_nan, fit_choices, profile, two_sided
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.firth import fit_firth
from lumicohort.survival.maximise import NotConverged
from lumicohort.survival.partial_likelihood import Choices, Ties, TooManyTies, evaluate
from lumicohort.survival.proportional_hazards import (
    TRANSFORMS,
    ProportionalHazards,
    term_tests,
)
from lumicohort.survival.tests import no_test_reason
from lumicohort.warned import warned

FEW_EVENTS = 5
"""Fewer events than this for each coefficient: said (Vittinghoff & McCulloch 2007)."""

TOO_MANY = "too many animals and deaths for this model with covariates"

FEW_CLUSTERS = 20
"""Fewer clusters than this: said. The sandwich is too small then (Bell & McCaffrey 2002)."""


@dataclass(frozen=True)
class AdjustedRatio:
    """A hazard ratio and what its model held besides the arm."""

    result: HazardRatio
    term: str
    adjusted_for: str
    clustered_by: str


@dataclass(frozen=True, eq=False)
class _Design:
    """The animals that a model uses, its columns and likelihood."""

    data: SurvivalData
    columns: list[Column]
    likelihood: AnimalLikelihood | None
    used: NDArray[np.bool_]
    note: str

    @property
    def choices(self) -> Choices:
        """The likelihood's factors; a design without a likelihood has none."""
        if self.likelihood is None:
            raise TooManyTies
        return self.likelihood.choices

    @property
    def scale(self) -> NDArray[np.float64]:
        return np.array([c.scale for c in self.columns])


def adjusted_hazard_ratios(
    data: SurvivalData,
    adjustment: Adjustment,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> list[AdjustedRatio]:
    """Return hazard ratios of arms and covariates from Cox models with covariates or clusters.

    Parameters
    ----------
    data : SurvivalData
        The animals; the first arm is the reference; with several strata the model is stratified.
    adjustment : Adjustment
        Covariates and clusters, in the order of the animals.
    ties : {"efron", "breslow"}
        How tied deaths are treated.
    confidence : float
        Level of the intervals.

    Returns
    -------
    list of AdjustedRatio
        With covariates: Cox and Firth, every coefficient a row (in R: ``coxph(Surv(time, event)
        ~ group + sex + weight)``). With clusters: Cox with and without the covariates, with
        sandwich errors (in R: ``coxph(..., cluster = cage)``). Animals with a missing value are
        left out of the models that need it, which the note says.
    """
    method = f"cox_{ties}"
    out: list[AdjustedRatio] = []
    # Beside an adjusted model the plain one has dropped nothing.
    dropped = "" if adjustment.order else adjustment.dropped
    none = replace(adjustment, numbers={}, words={}, order=(), dropped=dropped)
    models = [(adjustment, False)] if adjustment.order else []
    if adjustment.cluster_by:
        models += [(none, True)]
        models += [(adjustment, True)] if adjustment.order else []
    for model, clustered in models:
        by = adjustment.cluster_by if clustered else ""
        design = _design(data, model, clustered, ties)
        if isinstance(design, str):
            out += [
                AdjustedRatio(
                    HazardRatio(arm, data.reference, name, note=design), "arm", model.name, by
                )
                for name in ((method,) if clustered else (method, "cox_firth"))
                for arm in data.arms[1:]
            ]
            continue
        if design.likelihood is None:
            found = _large(design, clustered, ties, confidence, method)
        else:
            found = _cox(design, model, by, ties, confidence, method)
            if not clustered:
                found += _firth(design, ties, confidence)
        terms = [c.term for c in design.columns] * 2
        out += [AdjustedRatio(r, t, model.name, by) for r, t in zip(found, terms, strict=False)]
    return out


def adjusted_proportional_hazards(
    data: SurvivalData, adjustment: Adjustment, ties: Ties = "efron"
) -> list[ProportionalHazards]:
    """Test the arms and each covariate of the adjusted Cox model for a constant hazard ratio.

    Parameters
    ----------
    data, adjustment, ties
        As for :func:`adjusted_hazard_ratios`.

    Returns
    -------
    list of ProportionalHazards
        On each time scale one per term (``arm``, each covariate), and the global test; none
        without covariates. In R: ``cox.zph(coxph(Surv(time, event) ~ group + sex + weight))``.
    """
    if not adjustment.order:
        return []
    design = _design(data, adjustment, False, ties)
    fit = None
    if not isinstance(design, str) and design.likelihood is None:
        design = TOO_MANY
    if not isinstance(design, str):
        labels = (design.data.reference, *(c.arm for c in design.columns))
        try:
            fit = fit_choices(design.choices, labels, ties)
        except NotConverged:
            design = "the fit did not converge"
    out: list[ProportionalHazards] = []
    for transform in TRANSFORMS:
        if isinstance(design, str) or fit is None:
            df = len(data.arms) - 1
            out.append(ProportionalHazards(transform, np.nan, df, np.nan, str(design)))
            continue
        out += [
            replace(test, note="; ".join(filter(None, (test.note, design.note))))
            for test in term_tests(design.data, fit, transform, [c.term for c in design.columns])
        ]
    return [replace(test, adjusted_for=adjustment.name) for test in out]


def _design(
    data: SurvivalData, adjustment: Adjustment, clustered: bool, ties: Ties
) -> _Design | str:
    """Return the columns of the model, or why there can be none."""
    used = complete(adjustment, len(data), clustered)
    if not used.any():
        return "no animal has all covariates"
    kept = data.keep(used)
    lost = [a for a in data.arms if a not in kept.arms]
    if lost:
        return f"no animal of {', '.join(map(marked, lost))} has all covariates"
    reason = no_test_reason(kept)
    if reason:
        return reason
    columns = [
        Column("arm", arm, kept.reference, (kept.group == j + 1).astype(float))
        for j, arm in enumerate(kept.arms[1:])
    ]
    columns += covariate_columns(adjustment, used)
    likelihood: AnimalLikelihood | None
    try:
        z = np.column_stack([c.values for c in columns])
        likelihood = animal_likelihood(kept, z, ties)
    except TooManyTies:
        likelihood = None
    notes = [adjustment.dropped, _left_out(data, adjustment, clustered, used)]
    events = int(kept.event.sum())
    if adjustment.order and events < FEW_EVENTS * len(columns):
        of = counted(len(columns), "coefficient")
        notes.append(f"{counted(events, 'event')} for {of}: too few to trust")
    told = "; ".join(warned(note) for note in notes if note)
    return _Design(kept, columns, likelihood, used, told)


def _left_out(
    data: SurvivalData, adjustment: Adjustment, clustered: bool, used: NDArray[np.bool_]
) -> str:
    """Say of how many animals a model is, and what the others lack; empty where it is of all."""
    missing = [i for i, u in zip(data.ids, used, strict=True) if not u]
    if not missing:
        return ""
    lacking = " or ".join(adjustment.lacking(clustered))
    return f"fitted to {used.sum()} of {len(data)} animals (no {lacking}: {listed_first(missing)})"


def _large(
    design: _Design, clustered: bool, ties: Ties, confidence: float, method: str
) -> list[HazardRatio]:
    """Return the coefficients of a design without a likelihood, and why some are absent."""
    from lumicohort.survival.adjusted_large import fit_large

    def absent(name: str) -> list[HazardRatio]:
        return [HazardRatio(c.arm, c.reference, name, note=TOO_MANY) for c in design.columns]

    if clustered:
        return absent(method)
    if ties != "efron":
        return absent(method) + absent("cox_firth")
    notes = "; ".join(filter(None, ("no profile intervals: many animals and deaths", design.note)))
    return fit_large(design.data, design.columns, confidence, notes) + absent("cox_firth")


def _cox(
    design: _Design,
    adjustment: Adjustment,
    cluster_by: str,
    ties: Ties,
    confidence: float,
    method: str,
) -> list[HazardRatio]:
    """Return every coefficient of the ordinary fit, with sandwich errors where clustered."""
    labels = (design.data.reference, *(c.arm for c in design.columns))
    try:
        fit = fit_choices(design.choices, labels, ties)
    except NotConverged:
        return [
            HazardRatio(c.arm, c.reference, method, note="the fit did not converge")
            for c in design.columns
        ]
    robust, why = (np.full(len(design.columns), np.nan), "")
    options = "Wald interval; one model of all arms"
    if cluster_by:
        names = np.array(adjustment.cluster)[design.used]
        known, cluster = np.unique(names, return_inverse=True)
        options = f"Wald interval by Lin–Wei sandwich, {len(known)} clusters; one model of all arms"
        why = _no_sandwich(design, cluster, len(known))
        if not why and fit.maximum.finite.all() and design.likelihood is not None:
            information = evaluate(fit.choices, fit.log_hr).information
            covariance = np.asarray(np.linalg.inv(information), dtype=float)
            robust = np.sqrt(np.diag(sandwich(design.likelihood, fit.log_hr, covariance, cluster)))
    out = []
    for j, column in enumerate(design.columns):
        row = HazardRatio(column.arm, column.reference, method, options=options, note=design.note)
        out.append(_ratio(row, fit, j, column, robust if cluster_by else None, why, confidence))
    if cluster_by and not why and len(known) < FEW_CLUSTERS:
        few = warned(f"only {len(known)} clusters: a sandwich error is too small with few")
        out = [replace(r, note="; ".join(filter(None, (r.note, few)))) for r in out]
    return out


def _no_sandwich(design: _Design, cluster: NDArray[np.intp], count: int) -> str:
    """Return why the clusters can give no error, or an empty string."""
    for j, arm in enumerate(design.data.arms):
        if len(set(cluster[design.data.group == j].tolist())) < 2:
            return f"no robust error: all animals of {marked(arm)} are in one cluster"
    if count <= len(design.columns):
        of = counted(len(design.columns), "coefficient")
        return f"no robust error: {counted(count, 'cluster')} for {of}"
    return ""


def _ratio(
    row: HazardRatio,
    fit: CoxFit,
    j: int,
    column: Column,
    robust: NDArray[np.float64] | None,
    why: str,
    confidence: float,
) -> HazardRatio:
    """Return one coefficient as a hazard ratio per unit of its covariate."""

    def noted(*more: str) -> str:
        return "; ".join(filter(None, (*more, row.note)))

    side = int(fit.maximum.direction[j])
    if side == 2:
        what = "the data do not tell it apart from the other terms of the model"
        return replace(row, note=noted(what))
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    if robust is None:
        low, high, p_lrt = profile(fit, j, z)
        row = replace(
            row,
            profile_lower=exp_or_nan(low / column.scale),
            profile_upper=exp_or_nan(high / column.scale),
            p_value_lrt=p_lrt,
        )
    if side != 0:
        limit = "0" if side < 0 else "infinity"
        what = f"the data separate: the Cox estimate runs to {limit} and is not reported"
        more = " (use cox_firth)" if robust is None else ""
        return replace(row, separated=True, note=noted(what + more))
    b = float(fit.log_hr[j]) / column.scale
    row = replace(row, hr=exp_or_nan(b))
    if robust is not None:
        se = float(robust[j]) / column.scale
        if np.isnan(se) or se <= 1e-9 * max(1.0, abs(b)):
            reason = why or "no robust error: another coefficient of the model is not finite"
            return replace(row, note=noted(warned(reason)))
    else:
        se = float(fit.se[j]) / column.scale
    return replace(
        row,
        lower=exp_or_nan(b - z * se),
        upper=exp_or_nan(b + z * se),
        p_value=two_sided(b / se),
        se_log=se,
    )


def _firth(design: _Design, ties: Ties, confidence: float) -> list[HazardRatio]:
    """Return every coefficient of the penalised fit."""
    options = f"{ties} ties; profile penalised-likelihood interval; one model of all arms"
    compared = [(c.arm, c.reference) for c in design.columns]
    try:
        rows = fit_firth(design.choices, compared, confidence, options, design.scale)
    except NotConverged:
        rows = [
            HazardRatio(a, r, "cox_firth", options=options, note="the fit did not converge")
            for a, r in compared
        ]
    return [replace(r, note="; ".join(filter(None, (r.note, design.note)))) for r in rows]
