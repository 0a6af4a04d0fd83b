"""Growth of every arm as a table, and the fits behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lumicohort.burden.growth import USED, Growth, fit_growth, growth_by_arm
from lumicohort.burden.values import BELOW_LOD, BurdenData
from lumicohort.files import NOT_ESTIMABLE
from lumicohort.nouns import counted
from lumicohort.survival.multiplicity import adjust

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

Fits = dict[tuple[str, str], Growth]
"""Model and region -> growth of its arms."""

COLUMNS = [
    "model",
    "region",
    "arm",
    "slope_log10_per_day",
    "se",
    "lower_95",
    "upper_95",
    "doubling_days",
    "doubling_lower_95_days",
    "doubling_upper_95_days",
    "df",
    "reference",
    "slope_difference",
    "slope_difference_lower_95",
    "slope_difference_upper_95",
    "p_value_vs_reference",
    "p_adjusted",
    "n_animals",
    "n_images",
    "n_below_lod",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `growth.csv`; slopes and their differences are log10 flux per day."""


def fit_each(config: StudyConfig, data: BurdenData) -> Iterator[tuple[tuple[str, str], Growth]]:
    """Estimate the growth of every arm in every model and region, one after another.

    A mixed model keeps its data: of an archive, no more than one should stand in memory.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values analysed.

    Yields
    ------
    tuple of str
        Model and region.
    Growth
        Growth of its arms.
    """
    settings, arms = config.analysis.burden, list(config.arms)
    for model in config.models:
        for region in data.regions_with(settings.region):
            yield (
                (model, region),
                fit_growth(
                    images_of(data, model, region),
                    arms,
                    config.reference_arm,
                    settings.growth,
                    data.below_lod == "measured",
                ),
            )


def growth_rows(
    config: StudyConfig, data: BurdenData, measured: BurdenData, fits: Fits
) -> list[dict[str, Any]]:
    """Return the rows of `growth.csv`.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data, measured : BurdenData
        The values analysed, and the same with values below the LOD as measured.
    fits : dict
        What :func:`fit_each` found in the values analysed.

    Returns
    -------
    list of dict
        One row per model × region × arm, with :data:`COLUMNS`; `software` is left out.
    """
    settings, reference = config.analysis.burden, config.reference_arm
    rows: list[dict[str, Any]] = []
    for model in config.models:
        for region in data.regions_with(settings.region):
            images = images_of(data, model, region)
            arms, raw = list(config.arms), data.below_lod == "measured"
            slopes = fits[model, region].slopes
            below = images[images["below_lod"] & (images["why_missing"] == "")]
            other = {}
            if len(below) and not raw:
                theirs = images_of(measured, model, region)
                other = growth_by_arm(theirs, arms, reference, settings.growth, True)
            ours: list[dict[str, Any]] = []
            for arm, slope in slopes.items():
                n_below = int((below["arm"] == arm).sum())
                doubling = slope.doubling
                notes = [slope.note]
                if n_below:
                    notes.append(
                        f"{counted(n_below, 'value')} below the LOD, {BELOW_LOD[data.below_lod]}"
                    )
                if arm in other:
                    notes.append(
                        "with values below the LOD as measured the slope is "
                        f"{_shown(other[arm].estimate)}"
                    )
                ours.append(
                    {
                        "model": model,
                        "region": region,
                        "arm": arm,
                        "slope_log10_per_day": slope.estimate,
                        "se": slope.se,
                        "lower_95": slope.lower,
                        "upper_95": slope.upper,
                        "doubling_days": doubling[0],
                        "doubling_lower_95_days": doubling[1],
                        "doubling_upper_95_days": doubling[2],
                        "df": slope.df,
                        "reference": reference,
                        "slope_difference": slope.difference,
                        "slope_difference_lower_95": slope.difference_lower,
                        "slope_difference_upper_95": slope.difference_upper,
                        "p_value_vs_reference": slope.p_value,
                        "n_animals": slope.n_animals,
                        "n_images": slope.n_images,
                        "n_below_lod": n_below,
                        "primary": region == settings.region,
                        "method": slope.method,
                        "options": f"growth: {settings.growth}; values below the LOD "
                        f"{BELOW_LOD[data.below_lod]}; p adjusted: {settings.p_adjust}",
                        "note": "; ".join(dict.fromkeys(n for n in notes if n)),
                    }
                )
            adjusted = adjust([row["p_value_vs_reference"] for row in ours], settings.p_adjust)
            for row, p in zip(ours, adjusted, strict=True):
                row["p_adjusted"] = p
            rows += ours
    return rows


def images_of(data: BurdenData, model: str, region: str) -> pd.DataFrame:
    """Return the images of one model and region, with what growth needs of them."""
    images = data.images
    ours = (images["model"] == model) & (images["region"] == region)
    return images.loc[ours, [*USED, "on_day", "why_missing"]]


def _shown(slope: float) -> str:
    return NOT_ESTIMABLE if math.isnan(slope) else f"{slope:.3g}"
