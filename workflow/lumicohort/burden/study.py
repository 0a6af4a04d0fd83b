"""The step `burden`: flux and survival tables in, burden statistics out."""

from __future__ import annotations

import math
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort import __version__
from lumicohort.burden import days, endpoint
from lumicohort.burden.growth import growth_by_arm
from lumicohort.burden.values import BELOW_LOD, BurdenData, load_burden
from lumicohort.files import NOT_ESTIMABLE, write_csv
from lumicohort.survival.multiplicity import adjust

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

GROWTH_COLUMNS = [
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
    "note",
    "software",
]
"""Columns of `growth.csv`; slopes and their differences are log10 flux per day."""


def analyse_burden(config: StudyConfig, results: Path) -> None:
    """Write the tumour-burden statistics of a study.

    Reads `flux.csv` and `survival.csv`; writes `statistics/burden_endpoint.csv` (every region,
    comparison and test; `primary` marks the row that Table 2 prints), `burden_days.csv` and
    `growth.csv`. What cannot be estimated is NA with the reason in `note`.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Raises
    ------
    InputError
        Where a table or one of its columns is missing.
    """
    import pandas as pd

    results = Path(results)
    data = load_burden(config, results)
    measured = load_burden(config, results, "measured")
    tables = {
        "burden_endpoint": (endpoint.endpoint_rows(config, data, measured), endpoint.COLUMNS),
        "burden_days": (days.day_rows(config, data), days.COLUMNS),
        "growth": (growth_rows(config, data, measured), GROWTH_COLUMNS),
    }
    software = _software()
    for name, (rows, columns) in tables.items():
        for row in rows:
            row["software"] = software
        write_csv(pd.DataFrame(rows, columns=columns), results / "statistics" / f"{name}.csv")


def growth_rows(
    config: StudyConfig, data: BurdenData, measured: BurdenData
) -> list[dict[str, Any]]:
    """Return the rows of `growth.csv`.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data, measured : BurdenData
        The values analysed, and the same with values below the LOD as measured.

    Returns
    -------
    list of dict
        One row per model × region × arm, with :data:`GROWTH_COLUMNS`; `software` is left out.
    """
    settings, reference = config.analysis.burden, config.reference_arm
    rows: list[dict[str, Any]] = []
    for model in config.models:
        for region in dict.fromkeys([*data.regions, settings.region]):
            images = _images(data, model, region)
            arms, raw = list(config.arms), data.below_lod == "measured"
            slopes = growth_by_arm(images, arms, reference, settings.growth, raw)
            below = images[images["below_lod"] & (images["why_missing"] == "")]
            other = {}
            if len(below) and not raw:
                theirs = _images(measured, model, region)
                other = growth_by_arm(theirs, arms, reference, settings.growth, True)
            ours: list[dict[str, Any]] = []
            for arm, slope in slopes.items():
                n_below = int((below["arm"] == arm).sum())
                doubling = slope.doubling
                notes = [slope.note]
                if n_below:
                    notes.append(f"{n_below} values below the LOD, {BELOW_LOD[data.below_lod]}")
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
                        "note": "; ".join(dict.fromkeys(n for n in notes if n)),
                    }
                )
            adjusted = adjust([row["p_value_vs_reference"] for row in ours], settings.p_adjust)
            for row, p in zip(ours, adjusted, strict=True):
                row["p_adjusted"] = p
            rows += ours
    return rows


def _images(data: BurdenData, model: str, region: str) -> Any:
    """Return the images of one model and region."""
    images = data.images
    return images[(images["model"] == model) & (images["region"] == region)]


def _shown(slope: float) -> str:
    return NOT_ESTIMABLE if math.isnan(slope) else f"{slope:.3g}"


def _software() -> str:
    """Name what computed a row, with versions."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return f"lumicohort {__version__}, {libraries}, Python {platform.python_version()}"
