"""Growth rates: slope of log10 flux by arm, doubling times, differences from the reference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lumicohort.burden.compare import welch_test
from lumicohort.burden.curve import doubling_days, own_slope
from lumicohort.burden.mixed import MixedFit, fit_mixed
from lumicohort.burden.mixed_censored import CensoredFit, fit_censored
from lumicohort.burden.restricted import FULL, INTERCEPT, NotEstimableError, structure_words
from lumicohort.nouns import marked

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

USED = ("animal_id", "arm", "day", "log10", "below_lod")
"""Columns of the images that growth rests on."""

WEEK = 7.0
"""Days in the unit of time of the fit, so that intercept and slope vary on a like scale."""

_REML = "linear mixed model, REML"
_TOBIT = (
    "Tobit linear mixed model, likelihood adjusted for the fixed effects (Cox & Reid 1987; REML "
    "where nothing is censored)"
)
_ROUNDING = 1e-12  # log10 per day; smaller slopes are rounding of equal values


@dataclass(frozen=True, eq=False)
class MixedGrowth:
    """The mixed model behind the slopes, for its diagnostics.

    Attributes
    ----------
    fit : MixedFit
        The fit; time is in weeks about `centre`.
    used : pandas.DataFrame
        The images it rests on, in the order of `design` and `time`.
    design : array, shape (n, p)
        Fixed effects: the arms, then the arms × time.
    time : array, shape (n,)
        Weeks about the mean day of imaging.
    """

    fit: MixedFit
    used: pd.DataFrame
    design: Array
    time: Array


@dataclass(frozen=True, eq=False)
class Growth:
    """Growth of all arms of one model in one region.

    Attributes
    ----------
    slopes : dict of str to Slope
        Growth by arm.
    mixed : MixedGrowth or None
        The mixed model, where the slopes are of one.
    """

    slopes: dict[str, Slope]
    mixed: MixedGrowth | None = None


@dataclass(frozen=True)
class Slope:
    """Growth of one arm (NaN where not estimable, with the reason in `note`).

    Attributes
    ----------
    estimate, se, lower, upper : float
        Slope of log10 flux per day, its standard error and 95 % CI.
    df : float
        Degrees of freedom of its t.
    difference, difference_lower, difference_upper, p_value : float
        Slope minus the reference's with 95 % CI, and two-sided p that they are the same.
    n_animals, n_images : int
        What the slope rests on.
    method, note : str
        How it was found, and what to know about it.
    """

    estimate: float = math.nan
    se: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    df: float = math.nan
    difference: float = math.nan
    difference_lower: float = math.nan
    difference_upper: float = math.nan
    p_value: float = math.nan
    n_animals: int = 0
    n_images: int = 0
    method: str = "none"
    note: str = ""

    @property
    def doubling(self) -> tuple[float, float, float]:
        """Doubling time in days with its CI: log10(2) over the slope and its limits.

        NaN for a slope that is not above 0; the upper limit is NaN where the slope's lower limit
        is not above 0.
        """
        if not self.estimate > 0:
            return math.nan, math.nan, math.nan
        return doubling_days(self.estimate), doubling_days(self.upper), doubling_days(self.lower)


def growth_by_arm(
    images: pd.DataFrame,
    arms: list[str],
    reference: str,
    method: str = "mixed_model",
    keep_undetected: bool = False,
) -> dict[str, Slope]:
    """Estimate the growth of every arm: the slopes of :func:`fit_growth`.

    Parameters
    ----------
    images, arms, reference, method, keep_undetected
        As :func:`fit_growth`.

    Returns
    -------
    dict of str to Slope
        Growth by arm, for all of `arms`.
    """
    return fit_growth(images, arms, reference, method, keep_undetected).slopes


def fit_growth(
    images: pd.DataFrame,
    arms: list[str],
    reference: str,
    method: str = "mixed_model",
    keep_undetected: bool = False,
) -> Growth:
    """Estimate the growth of every arm of one model in one region.

    The mixed model is log10 flux on day × arm with random intercept and slope per animal, by
    REML, time centred and in weeks; tests with Satterthwaite's degrees of freedom. Where the
    random slope cannot be estimated a random intercept is fitted; where that fails too, the
    slopes of single animals are compared by Welch's t. What was done stands in `method`, why in
    `note`. An arm needs two animals with images on two days. `censored` is the mixed model with
    values below the LOD known only to lie below it; it is not replaced where it fails.

    Parameters
    ----------
    images : pandas.DataFrame
        Images of :class:`lumicohort.burden.values.BurdenData`, one model and region.
    arms : list of str
        The arms.
    reference : str
        The arm that the others are compared with.
    method : str
        `mixed_model`, `welch_slopes`, or `censored` (values below the LOD are then the LOD).
    keep_undetected : bool
        Estimate growth of an arm of which every value is below the LOD too; only sensible
        where such values are analysed as measured.

    Returns
    -------
    Growth
        Growth by arm, for all of `arms`, and the model.
    """
    # No other columns: the model keeps these rows, and an archive has many.
    used = images.loc[images["why_missing"] == "", list(USED)]
    out: dict[str, Slope] = {}
    able: list[str] = []
    for arm in arms:
        ours = used[used["arm"] == arm]
        followed = int((ours.groupby("animal_id")["day"].nunique() >= 2).sum())
        out[arm] = Slope(n_animals=ours["animal_id"].nunique(), n_images=len(ours))
        detected = not ours["below_lod"].all()
        if followed >= 2 and (detected or keep_undetected):
            able.append(arm)
            continue
        days = ours["day"].nunique()
        why = (
            "no usable image"
            if not len(ours)
            else f"images on one day only (day {ours['day'].iloc[0]:g})"
            if days == 1
            else "all values are below the LOD"
            if not detected
            else f"{followed} animal with images on two days; two are needed"
        )
        out[arm] = replace(out[arm], note=f"no growth rate: {why}")
    if not able:
        return Growth(out)
    used, failure = used[used["arm"].isin(able)], ""
    found: dict[str, Slope] = {}
    mixed = None
    if method == "mixed_model":
        try:
            found, failure, mixed = _mixed(used, able, reference)
        except (NotEstimableError, np.linalg.LinAlgError) as error:
            failure = f"no mixed model: {error}"
    elif method == "censored":
        try:
            found, failure = _censored(used, able, reference)
        except (NotEstimableError, np.linalg.LinAlgError) as error:
            failure = f"no censored mixed model: {error}; see the substitutions"
            found = {arm: Slope() for arm in able}
    if not found:
        found = _welch(used, able, reference)
    for arm, slope in found.items():
        notes = [slope.note, failure]
        if arm != reference and reference not in able:
            notes.append(f"no comparison: {marked(reference)} has no growth rate")
        if math.isnan(slope.estimate):
            pass  # the note says why
        elif slope.estimate <= 0:
            notes.append("no doubling time: the slope is not above 0")
        elif not slope.lower > 0:
            notes.append("the doubling time has no upper limit")
        out[arm] = replace(
            slope,
            n_animals=out[arm].n_animals,
            n_images=out[arm].n_images,
            note="; ".join(n for n in notes if n),
        )
    return Growth(out, mixed)


def _mixed(
    used: pd.DataFrame, arms: list[str], reference: str
) -> tuple[dict[str, Slope], str, MixedGrowth]:
    """Return slopes by the mixed model, what happened on the way, and the model."""
    time, member = _weeks(used), _members(used, arms)
    design = np.column_stack([member, member * time[:, None]])
    animal, response = used["animal_id"].tolist(), used["log10"].to_numpy()
    note = ""
    try:
        fit = fit_mixed(response, design, time, animal, FULL)
        slopes = _contrasts(fit, arms, reference)
    except (NotEstimableError, np.linalg.LinAlgError) as error:
        note = f"random slope not estimable ({error}): random intercept only"
        fit = fit_mixed(response, design, time, animal, INTERCEPT)
        slopes = _contrasts(fit, arms, reference)
    if not note and fit.structure != FULL:
        note = f"the fit lies on the boundary: {structure_words(fit.structure)}"
    return slopes, note, MixedGrowth(fit, used, design, time)


def _censored(used: pd.DataFrame, arms: list[str], reference: str) -> tuple[dict[str, Slope], str]:
    """Return slopes by the mixed model of censored values, and what happened on the way."""
    data = (
        used["log10"].to_numpy(dtype=float),
        used["below_lod"].to_numpy(dtype=bool),
        _weeks(used),
        used["animal_id"].tolist(),
        _members(used, arms).argmax(axis=1).tolist(),
    )
    notes = []
    try:
        fit = fit_censored(*data, FULL)
        slopes = _contrasts(fit, arms, reference)
    except (NotEstimableError, np.linalg.LinAlgError) as error:
        notes.append(f"random slope not estimable ({error}): random intercept only")
        fit = fit_censored(*data, INTERCEPT)
        slopes = _contrasts(fit, arms, reference)
    if not notes and fit.structure != FULL:
        notes.append(f"the fit lies on the boundary: {structure_words(fit.structure)}")
    notes.append(f"converged: slope of the deviance at most {fit.steepest:.0e}")
    return slopes, "; ".join(notes)


def _weeks(used: pd.DataFrame) -> Array:
    """Return the time of each image in weeks about the mean day of imaging."""
    return np.asarray((used["day"] - used["day"].mean()).to_numpy(dtype=float) / WEEK)


def _members(used: pd.DataFrame, arms: list[str]) -> Array:
    """Return which arm each image is of, shape (n, arms), as 0 and 1."""
    return np.column_stack([(used["arm"] == arm).to_numpy(dtype=float) for arm in arms])


def _contrasts(fit: MixedFit | CensoredFit, arms: list[str], reference: str) -> dict[str, Slope]:
    """Return the slopes and differences of a fit, per day."""
    kind = _REML if isinstance(fit, MixedFit) else _TOBIT
    method = f"{kind}, {structure_words(fit.structure)}; t with Satterthwaite df"
    slopes, k = {}, len(arms)
    for i, arm in enumerate(arms):
        weights = np.zeros(2 * k)
        weights[k + i] = 1 / WEEK
        own = fit.contrast(weights)
        estimate = 0.0 if abs(own.estimate) < _ROUNDING else own.estimate
        slope = Slope(estimate, own.se, *own.interval(), own.df, method=method)
        if arm != reference and reference in arms:
            weights[k + arms.index(reference)] = -1 / WEEK
            gap = fit.contrast(weights)
            lower, upper = gap.interval()
            slope = replace(
                slope,
                difference=gap.estimate,
                difference_lower=lower,
                difference_upper=upper,
                p_value=gap.p_value,
            )
        numbers = (slope.se, slope.df, slope.lower)
        if not all(math.isfinite(number) for number in numbers) or slope.se <= 0:
            raise NotEstimableError("standard errors could not be computed")
        slopes[arm] = slope
    return slopes


def _welch(used: pd.DataFrame, arms: list[str], reference: str) -> dict[str, Slope]:
    """Return mean slopes of single animals with Welch's t between arms."""
    from scipy import stats

    rates = {
        arm: np.array(
            [
                own_slope(one["day"], one["log10"])
                for _, one in used[used["arm"] == arm].groupby("animal_id")
                if one["day"].nunique() >= 2
            ]
        )
        for arm in arms
    }
    slopes = {}
    for arm, values in rates.items():
        n, mean = len(values), float(values.mean())
        mean = 0.0 if abs(mean) < _ROUNDING else mean
        slope = Slope(mean, method="mean of least-squares slopes of single animals; Welch's t")
        se = float(values.std(ddof=1)) / math.sqrt(n)
        if se <= _ROUNDING:
            slopes[arm] = replace(slope, note="no CI: the animals' slopes do not differ")
            continue
        half = float(stats.t.ppf(0.975, n - 1)) * se
        slope = replace(slope, se=se, lower=mean - half, upper=mean + half, df=float(n - 1))
        if arm != reference and reference in rates and np.ptp(rates[reference]) > _ROUNDING:
            test = welch_test(values, rates[reference])
            lower, upper = test.confidence_interval()
            slope = replace(
                slope,
                difference=mean - float(rates[reference].mean()),
                difference_lower=float(lower),
                difference_upper=float(upper),
                p_value=float(test.pvalue),
            )
        slopes[arm] = slope
    return slopes
