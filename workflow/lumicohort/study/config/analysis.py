"""Config of the statistics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lumicohort.study.config.base import Section

SurvivalTest = Literal[
    "logrank",
    "gehan_breslow_wilcoxon",
    "tarone_ware",
    "peto_peto",
    "peto_peto_modified",
    "fleming_harrington",
    "logrank_permutation",
]
_Exponent = Annotated[float, Field(ge=0, allow_inf_nan=False)]
HazardRatio = Literal[
    "cox_efron", "cox_breslow", "cox_exact", "cox_firth", "mantel_haenszel", "logrank_oe"
]


class Survival(Section):
    """Survival statistics."""

    ci_type: Literal["log-log", "log", "plain"] = "log-log"
    """Transformation of the survival curve's confidence band (Prism and SAS: log-log; R: log)."""
    test: SurvivalTest | Literal["auto"] = "auto"
    """The test whose p stands in Table 1: `auto` is the log-rank test, by exact or Monte-Carlo
    permutation where an arm has fewer than `permutation_below` animals."""
    permutation_below: int = Field(default=20, ge=0)
    """Where an arm of a model is smaller than this, `test: auto` is the permutation log-rank
    test."""
    permutation_draws: int = Field(default=100_000, ge=1000)
    """Random arrangements where all of them are too many to count."""
    bootstrap_samples: int = Field(default=9_999, ge=999)
    """Bootstrap samples for the interval of the difference in medians."""
    seed: int = Field(default=20201111, ge=0)
    """Seed of the random arrangements and bootstrap samples."""
    fleming_harrington: tuple[_Exponent, _Exponent] = (0.0, 1.0)
    """rho and gamma of the Fleming-Harrington test."""
    stratify_by: str | None = None
    """Column of the cohort sheet for stratified tests and Cox models (cage, experiment)."""
    entry: str | None = None
    """Column of the cohort sheet with the day, since inoculation, on which an animal came under
    observation (delayed entry, left truncation; 0: from the start): it is at risk after that day
    only. `test: auto` is then the log-rank test."""
    hazard_ratio: HazardRatio | Literal["auto"] = "auto"
    """The hazard ratio that is printed first: `auto` is Cox (Efron), or Firth's for all arms of a
    model in which any arm separates from the others."""
    rmst_tau_days: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Horizon of the restricted mean survival time; the largest common time where none given."""
    covariates: list[str] = []
    """Columns of the cohort sheet for which Cox models are adjusted besides (sex, weight_g):
    further rows of hazard_ratios.csv, told apart by `adjusted_for`."""
    cluster_by: str | None = None
    """Column of the cohort sheet (cage) within which animals may be alike: further rows of
    hazard_ratios.csv with Lin-Wei sandwich errors, told apart by `clustered_by`."""
    print_adjusted: bool = False
    """Print the hazard ratio that is adjusted for `covariates` and clustered by `cluster_by`
    instead of the plain one. Decide before the data are seen."""
    p_adjust: Literal["holm", "hochberg", "bh", "none"] = "holm"
    """Adjustment of p-values over several arms."""


class Burden(Section):
    """Tumour-burden statistics, on log10 flux."""

    region: Literal["neuraxis", "whole_body", "cranial", "spinal"] = "neuraxis"
    """The region analysed (`analysis_region` of the design)."""
    quantity: Literal["total_flux_p_s", "net_flux_p_s"] = "total_flux_p_s"
    """Living Image's total flux, or flux with the background taken off."""
    endpoint_day: int | Literal["last_common"] = "last_common"
    """Day of the endpoint comparison: `last_common` is the last scheduled imaging day on which
    every animal of both arms was alive; those gone before the first imaging are told, and
    do not count."""
    test: Literal["welch_t_log10", "mann_whitney", "permutation_log10"] = "welch_t_log10"
    """Test whose p stands in Table 2."""
    p_adjust: Literal["holm", "hochberg", "bh", "none"] = "holm"
    """Adjustment of p-values where several arms are compared with the reference."""
    below_lod: Literal["lod_over_sqrt2", "half_lod", "lod", "measured"] = "lod_over_sqrt2"
    """Value given to fluxes below the limit of detection: LOD/√2, LOD/2, the LOD, or as measured.
    The result with the measured values is noted beside it."""
    growth: Literal["mixed_model", "welch_slopes"] = "mixed_model"
    """Growth rates by a linear mixed model (REML, Satterthwaite), or by Welch's t on the slope of
    each animal."""
    permutation_draws: int = Field(default=100_000, ge=1000)
    """Random arrangements of a permutation test with more than 36 animals (exact below that)."""
    seed: int = Field(default=20201111, ge=0)
    """Seed of random arrangements."""


class Analysis(Section):
    """Statistics."""

    survival: Survival = Survival()
    """Survival statistics."""
    burden: Burden = Burden()
    """Tumour-burden statistics."""
