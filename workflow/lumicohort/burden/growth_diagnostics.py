"""Does the growth model fit? Residuals and random effects beside normal quantiles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.growth import WEEK, Growth, MixedGrowth
from lumicohort.burden.restricted import structure_words

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

Array = NDArray[np.float64]

COLUMNS = [
    "model",
    "region",
    "kind",
    "animal_id",
    "arm",
    "day",
    "fitted_log10",
    "value",
    "standardised",
    "normal_quantile",
    "primary",
    "method",
    "options",
    "note",
    "software",
]
"""Columns of `growth_diagnostics.csv`. `value` is in log10 flux (`residual`: measured minus
fitted; `random_intercept`: at the mean day of imaging) or log10 flux per day (`random_slope`)."""

_OPTIONS = {
    "residual": "conditional residual over the residual SD of the model",
    "random_intercept": "best linear unbiased prediction over its SD among the animals",
    "random_slope": "best linear unbiased prediction over its SD among the animals",
}


def normal_quantiles(values: Array) -> Array:
    """Return the normal quantile that belongs to each value's rank.

    Parameters
    ----------
    values : array, shape (n,)
        Values; equal ones share the middle of their ranks.

    Returns
    -------
    array, shape (n,)
        Quantiles at (rank - a) / (n + 1 - 2a), a = 3/8 for up to ten values, else 1/2. In R:
        ``qqnorm(values)$x``, ties aside.
    """
    from scipy import stats

    n = len(values)
    a = 3 / 8 if n <= 10 else 1 / 2
    return np.asarray(stats.norm.ppf((stats.rankdata(values) - a) / (n + 1 - 2 * a)))


def diagnostics_rows(
    config: StudyConfig, fits: Iterable[tuple[tuple[str, str], Growth]]
) -> Iterator[dict[str, Any]]:
    """Yield residuals and random effects of every mixed model.

    Parameters
    ----------
    config : StudyConfig
        The study.
    fits : iterable of tuple
        Model and region, and growth there; each is let go before the next is asked for.

    Yields
    ------
    dict
        Rows of `growth_diagnostics.csv`, with :data:`COLUMNS`; `software` is left to the caller.
        Models and regions without a mixed model have none.
    """
    for (model, region), growth in fits:
        if growth.mixed is None:
            continue
        method = f"linear mixed model, REML, {structure_words(growth.mixed.fit.structure)}"
        for row in _of(growth.mixed):
            yield row | {
                "model": model,
                "region": region,
                "primary": region == config.analysis.burden.region,
                "method": method,
                "options": _OPTIONS[row["kind"]],
            }
        del growth  # before the next is fitted


def _of(mixed: MixedGrowth) -> Iterator[dict[str, Any]]:
    """Yield the rows of one model."""
    fit, used = mixed.fit, mixed.used
    where = {name: i for i, name in enumerate(fit.animals)}
    effects = fit.random_effects
    own = effects[[where[str(name)] for name in used["animal_id"]]]
    fitted = mixed.design @ fit.coefficients + own[:, 0] + own[:, 1] * mixed.time
    residual = used["log10"].to_numpy(dtype=float) - fitted
    scaled = residual / math.sqrt(fit.residual_variance)
    below = used["below_lod"].to_numpy(dtype=bool)
    for i, quantile in enumerate(normal_quantiles(residual)):
        yield {
            "kind": "residual",
            "animal_id": str(used["animal_id"].iloc[i]),
            "arm": str(used["arm"].iloc[i]),
            "day": float(used["day"].iloc[i]),
            "fitted_log10": fitted[i],
            "value": residual[i],
            "standardised": scaled[i],
            "normal_quantile": quantile,
            "note": "below the LOD" if below[i] else "",
        }
    arm_of = used.drop_duplicates("animal_id").set_index("animal_id")["arm"]
    for j, (kind, unit) in enumerate((("random_intercept", 1.0), ("random_slope", WEEK))):
        spread = float(np.sqrt(fit.random_covariance[j, j]))
        if spread <= 0:
            continue
        for i, quantile in enumerate(normal_quantiles(effects[:, j])):
            yield {
                "kind": kind,
                "animal_id": fit.animals[i],
                "arm": str(arm_of[fit.animals[i]]),
                "day": math.nan,
                "fitted_log10": math.nan,
                "value": effects[i, j] / unit,
                "standardised": effects[i, j] / spread,
                "normal_quantile": quantile,
                "note": "",
            }
