"""Does growth hang on the animals that died early, on late images or on the method?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lumicohort.burden.animals import find_span
from lumicohort.burden.comparisons import adjust_within
from lumicohort.burden.growth import Slope, growth_by_arm
from lumicohort.burden.growth_table import Fits, images_of
from lumicohort.burden.values import BELOW_LOD, BurdenData

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "analysis",
    "arm",
    "slope_log10_per_day",
    "se",
    "lower_95",
    "upper_95",
    "df",
    "doubling_days",
    "reference",
    "slope_difference",
    "slope_difference_lower_95",
    "slope_difference_upper_95",
    "p_value_vs_reference",
    "p_adjusted",
    "n_animals",
    "n_images",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `growth_sensitivity.csv`."""

_HALF = "the {} of two halves of each arm by survival, as even as ties of days allow"
_NO_HALF = "no growth rate: all animals of the arm lived equally long, so none is shorter-lived"
ANALYSES = {
    "all_images": "as growth.csv",
    "last_common_day": "images up to {}",
    "early_half": _HALF.format("shorter-lived"),
    "late_half": _HALF.format("longer-lived"),
    "pattern_mixture": "mean of early_half and late_half, weighted by the animals of each arm",
    "welch_slopes": "one slope for each animal, each with the same weight",
    "mixed_model": "mixed model instead of one slope for each animal",
    "censored": "values below the LOD left-censored at the LOD",
}
"""Analysis -> what it takes. Besides them every rule for values below the LOD. `censored` takes
seconds and is made for the region analysed only."""


def sensitivity_rows(
    config: StudyConfig, by_rule: Mapping[str, BurdenData], fits: Fits
) -> list[dict[str, Any]]:
    """Estimate growth again under every assumption that could be another.

    Parameters
    ----------
    config : StudyConfig
        The study.
    by_rule : mapping of str to BurdenData
        The values under every rule for those below the LOD.
    fits : dict
        The growth of `growth.csv`.

    Returns
    -------
    list of dict
        Rows of `growth_sensitivity.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    settings = config.analysis.burden
    rows = []
    for (model, region), growth in fits.items():
        ours = {"all_images": (growth.slopes, ANALYSES["all_images"])}
        ours |= _analyses(config, by_rule, model, region)
        for analysis, (slopes, options) in ours.items():
            for arm, slope in slopes.items():
                rows.append(
                    {
                        "model": model,
                        "region": region,
                        "analysis": analysis,
                        "arm": arm,
                        **_numbers(slope),
                        "reference": config.reference_arm,
                        "primary": region == settings.region and analysis == "all_images",
                        "options": options,
                    }
                )
    adjust_within(rows, ("model", "region", "analysis"), settings.p_adjust, "p_value_vs_reference")
    return rows


def _analyses(
    config: StudyConfig, by_rule: Mapping[str, BurdenData], model: str, region: str
) -> dict[str, tuple[dict[str, Slope], str]]:
    """Return growth by arm and the options of every other analysis."""
    settings, reference, arms = config.analysis.burden, config.reference_arm, list(config.arms)
    data = by_rule[settings.below_lod]
    images = images_of(data, model, region)

    def grow(some: pd.DataFrame, method: str, rule: str = settings.below_lod) -> dict[str, Slope]:
        return growth_by_arm(some, arms, reference, method, rule == "measured")

    end = find_span(config, data, model).end.day
    before = images[images["on_day"] <= (-math.inf if end is None else end)]
    until = "the last common day: there is none" if end is None else f"the endpoint day, {end:g}"
    out = {
        "last_common_day": (
            grow(before, settings.growth),
            ANALYSES["last_common_day"].format(until),
        )
    }
    is_early = images["animal_id"].isin(early_animals(data.animals_of(model, arms)))
    early, late = (grow(images[which], settings.growth) for which in (is_early, ~is_early))
    there, halved = set(images["arm"]), set(images.loc[is_early, "arm"])
    early |= {a: replace(early[a], note=_NO_HALF) for a in arms if a in there - halved}
    out["early_half"] = (early, ANALYSES["early_half"])
    out["late_half"] = (late, ANALYSES["late_half"])
    out["pattern_mixture"] = (_mixture(early, late, reference), ANALYSES["pattern_mixture"])
    other = "welch_slopes" if settings.growth == "mixed_model" else "mixed_model"
    out[other] = (grow(images, other), ANALYSES[other])
    if (images["below_lod"] & (images["why_missing"] == "")).any():
        if region == settings.region:
            limits = images_of(by_rule["lod"], model, region)
            out["censored"] = (grow(limits, "censored"), ANALYSES["censored"])
        for rule, values in by_rule.items():
            if rule != settings.below_lod:
                slopes = grow(images_of(values, model, region), settings.growth, rule)
                out[rule] = (slopes, f"values below the LOD {BELOW_LOD[rule]}")
    return out


def early_animals(animals: pd.DataFrame) -> set[str]:
    """Return the shorter-lived half of each arm.

    Parameters
    ----------
    animals : pandas.DataFrame
        Animals of one model; a missing time counts as longest (no end is recorded).

    Returns
    -------
    set of str
        Their names. Animals with one time are in one half; of two cuts equally far from even
        halves, the earlier. None of an arm whose animals all have one time.
    """
    time = animals["time_days"].astype(float).fillna(math.inf)
    early: set[str] = set()
    for _, ours in time.groupby(animals["arm"]):
        cuts = sorted(set(ours))[:-1]
        if cuts:
            cut = min(cuts, key=lambda c: abs(2 * int((ours <= c).sum()) - len(ours)))
            early |= set(animals.loc[ours.index[ours <= cut], "animal_id"])
    return early


def _mixture(early: dict[str, Slope], late: dict[str, Slope], reference: str) -> dict[str, Slope]:
    """Return each arm's slope averaged over the halves, and differences from the reference.

    The halves share no animal, nor do the arms, so variances add up; degrees of freedom by
    Satterthwaite (a pattern-mixture model: Little, J Am Stat Assoc 88(421), 1993).
    """
    out = {}
    for arm, first in early.items():
        second = late[arm]
        n = first.n_animals + second.n_animals
        images = first.n_images + second.n_images
        lacking = [w for w, s in (("early", first), ("late", second)) if not s.se > 0]
        if lacking:
            note = f"no slope with an interval in the {' and the '.join(lacking)} half"
            out[arm] = Slope(n_animals=n, n_images=images, note=note)
            continue
        shares = first.n_animals / n, second.n_animals / n
        parts = [(w * s.se, s.df) for w, s in zip(shares, (first, second), strict=True)]
        mean = shares[0] * first.estimate + shares[1] * second.estimate
        se, df, half = _sum(parts)
        method = f"pattern mixture of: {first.method}"
        out[arm] = Slope(
            mean, se, mean - half, mean + half, df, n_animals=n, n_images=images, method=method
        )
    base = out.get(reference, Slope())
    for arm, slope in out.items():
        if arm != reference and slope.se > 0 and base.se > 0:
            from scipy import stats

            se, df, half = _sum([(slope.se, slope.df), (base.se, base.df)])
            gap = slope.estimate - base.estimate
            out[arm] = replace(
                slope,
                difference=gap,
                difference_lower=gap - half,
                difference_upper=gap + half,
                p_value=float(2 * stats.t.sf(abs(gap) / se, df)),
            )
    return out


def _sum(parts: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return standard error, degrees of freedom and 95 % half-width of a sum of estimates."""
    from scipy import stats

    variance = sum(se**2 for se, _ in parts)
    df = variance**2 / sum(se**4 / df for se, df in parts)
    return math.sqrt(variance), df, float(stats.t.ppf(0.975, df)) * math.sqrt(variance)


def _numbers(slope: Slope) -> dict[str, Any]:
    """Return the columns of a slope."""
    return {
        "slope_log10_per_day": slope.estimate,
        "se": slope.se,
        "lower_95": slope.lower,
        "upper_95": slope.upper,
        "df": slope.df,
        "doubling_days": slope.doubling[0],
        "slope_difference": slope.difference,
        "slope_difference_lower_95": slope.difference_lower,
        "slope_difference_upper_95": slope.difference_upper,
        "p_value_vs_reference": slope.p_value,
        "n_animals": slope.n_animals,
        "n_images": slope.n_images,
        "method": slope.method,
        "note": slope.note,
    }
