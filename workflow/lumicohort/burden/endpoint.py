"""Endpoint burden: every comparison with the reference arm, by each test, in every region."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lumicohort.burden.compare import (
    GEOMETRIC_METHOD,
    NO_RATIO,
    RATIO_METHOD,
    TESTS,
    Ratio,
    TestResult,
    arithmetic_ratio,
    compare,
    geometric_mean,
    geometric_ratio,
    not_made,
)
from lumicohort.burden.comparisons import Comparison, adjust_within, comparisons
from lumicohort.burden.doubts import endpoint_doubts
from lumicohort.burden.endpoint_day import EndpointDay
from lumicohort.burden.endpoint_warnings import few_animals_warning, undetected_warning
from lumicohort.burden.implausible import Doubt, doubted
from lumicohort.burden.values import BELOW_LOD, NOT_POSITIVE, BurdenData, why_absent
from lumicohort.files import NOT_ESTIMABLE
from lumicohort.nouns import counted, is_or_are, listed_first, marked

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

COLUMNS = [
    "model",
    "region",
    "day",
    "arm",
    "reference",
    "n",
    "n_reference",
    "mean_p_s",
    "mean_reference_p_s",
    "geometric_mean_p_s",
    "geometric_mean_reference_p_s",
    "reduction_percent",
    "reduction_lower_95",
    "reduction_upper_95",
    "geometric_ratio",
    "geometric_ratio_lower_95",
    "geometric_ratio_upper_95",
    "test",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "primary",
    "n_animals",
    "n_animals_reference",
    "n_below_lod",
    "n_below_lod_reference",
    "day_rule",
    "method",
    "reduction_method",
    "options",
    "note",
    "software",
]
"""Columns of `burden_endpoint.csv`."""


def endpoint_rows(config: StudyConfig, data: BurdenData, measured: BurdenData) -> list[dict]:
    """Compare every arm with the reference on its endpoint day.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values analysed.
    measured : BurdenData
        The same with values below the LOD as measured, for the sensitivity note.

    Returns
    -------
    list of dict
        Rows of `burden_endpoint.csv`, with :data:`COLUMNS`; `software` is left to the caller.
    """
    settings = config.analysis.burden
    rows: list[dict[str, Any]] = []
    every = comparisons(config, data)
    for region in data.regions_with(settings.region):
        odd = doubted(data.images[data.images["region"] == region])
        for one in every:
            rows += _comparison(config, data, measured, one, region, odd)
    adjust_within(rows, ("model", "region", "test"), settings.p_adjust)
    order = {model: i for i, model in enumerate(config.models)}
    return sorted(rows, key=lambda row: order[row["model"]])


def _comparison(
    config: StudyConfig,
    data: BurdenData,
    measured: BurdenData,
    compared: Comparison,
    region: str,
    odd: list[Doubt],
) -> list[dict[str, Any]]:
    """Return the rows of one comparison in one region, one for each test."""
    model, arm, day = compared.model, compared.arm, compared.day
    settings, reference = config.analysis.burden, config.reference_arm
    images, animals = data.of(model, (arm, reference), region)
    images = images[images["on_day"] == day.day] if day.day is not None else images.iloc[:0]
    used = images[images["why_missing"] == ""]
    sides = {a: used[used["arm"] == a] for a in (arm, reference)}
    flux = {a: t["value_p_s"].to_numpy() for a, t in sides.items()}
    logs = {a: t["log10"].to_numpy() for a, t in sides.items()}
    counts = {a: int((animals["arm"] == a).sum()) for a in (arm, reference)}
    ratio = arithmetic_ratio(flux[arm], flux[reference])
    geometric = geometric_ratio(logs[arm], logs[reference])
    notes = [day.warning, compared.early]
    if not arm:
        notes.append(f"the study has one arm ({marked(reference)}): nothing to compare")
    else:
        notes += [
            f"no animal of {marked(a)} in {marked(model)}" for a, n in counts.items() if not n
        ]
    if day.day is not None:
        notes.append(_missing(images, animals, day.day, settings.quantity))
    of_model = [doubt for doubt in odd if doubt.model == model]
    notes += endpoint_doubts(of_model, (arm, reference), day.day)
    undetected = len(used) > 0 and bool(used["below_lod"].all()) and data.below_lod != "measured"
    if undetected:
        ratio = geometric = NO_RATIO
        notes.append("every value is below the LOD: nothing to compare")
    else:
        notes.append(few_animals_warning(len(flux[arm]), len(flux[reference])))
        if data.below_lod != "measured":
            notes += [undetected_warning(a, side) for a, side in sides.items()]
    notes.append(_unbounded(ratio, flux[arm], flux[reference]))
    shared: dict[str, Any] = {
        "model": model,
        "region": region,
        "day": math.nan if day.day is None else day.day,
        "arm": arm or NOT_ESTIMABLE,
        "reference": reference,
        "n": len(flux[arm]) if arm else math.nan,
        "n_reference": len(flux[reference]),
        "mean_p_s": _mean(flux[arm]),
        "mean_reference_p_s": _mean(flux[reference]),
        "geometric_mean_p_s": geometric_mean(logs[arm]).estimate,
        "geometric_mean_reference_p_s": geometric_mean(logs[reference]).estimate,
        "reduction_percent": 100 * (1 - ratio.estimate),
        "reduction_lower_95": 100 * (1 - ratio.upper),
        "reduction_upper_95": 100 * (1 - ratio.lower),
        "geometric_ratio": geometric.estimate,
        "geometric_ratio_lower_95": geometric.lower,
        "geometric_ratio_upper_95": geometric.upper,
        "n_animals": counts[arm] if arm else math.nan,
        "n_animals_reference": counts[reference],
        "n_below_lod": int(sides[arm]["below_lod"].sum()) if arm else math.nan,
        "n_below_lod_reference": int(sides[reference]["below_lod"].sum()),
        "day_rule": day.rule,
        "reduction_method": f"{RATIO_METHOD}; {GEOMETRIC_METHOD}",
        "options": f"{settings.quantity}; values below the LOD {BELOW_LOD[data.below_lod]}; "
        f"p adjusted: {settings.p_adjust}",
    }
    rows = []
    for test in TESTS:
        primary = region == settings.region and test == settings.test
        made = bool(arm) and not undetected  # else the note says why
        result = (
            _test(test, config, logs[arm], logs[reference], primary) if made else not_made(test)
        )
        lod = _lod_note(
            test, config, data, measured, model, region, arm, day, used, primary, result.p_value
        )
        rows.append(
            {
                **shared,
                "test": test,
                "statistic": result.statistic,
                "df": result.df,
                "p_value": result.p_value,
                "primary": primary,
                "method": result.method,
                "note": _joined([*notes, result.reason, lod]),
            }
        )
    return rows


def _test(test: str, config: StudyConfig, arm: Any, reference: Any, printed: bool) -> TestResult:
    settings = config.analysis.burden
    return compare(test, arm, reference, settings.permutation_draws, settings.seed, printed)


def _lod_note(
    test: str,
    config: StudyConfig,
    data: BurdenData,
    measured: BurdenData,
    model: str,
    region: str,
    arm: str,
    day: EndpointDay,
    used: pd.DataFrame,
    printed: bool,
    p_value: float,
) -> str:
    """Say how values below the LOD were treated, and what the other treatment gives."""
    below = int(used["below_lod"].sum())
    if not below:
        return ""
    text = f"{below} of {counted(len(used), 'value')} below the LOD, {BELOW_LOD[data.below_lod]}"
    if data.below_lod == "measured" or not arm:
        return text
    images, _ = measured.of(model, (arm, config.reference_arm), region)
    images = images[(images["on_day"] == day.day) & (images["why_missing"] == "")]
    ours, theirs = (images[images["arm"] == a] for a in (arm, config.reference_arm))
    logs = [side["log10"].to_numpy() for side in (ours, theirs)]
    result = _test(test, config, logs[0], logs[1], printed)
    ratio = arithmetic_ratio(ours["value_p_s"].to_numpy(), theirs["value_p_s"].to_numpy())
    p = f"p {_p_text(result.p_value)}, not {_p_text(p_value).lstrip('= ')}"
    if len(config.arms) > 2 and config.analysis.burden.p_adjust != "none":
        p += " (both before adjustment)"
    lost = len(used) - len(images)
    without = f", {lost} without a positive value" if lost else ""
    return (
        f"{text} (as measured instead{without}: {p}, "
        f"reduction of arithmetic means {_percent(100 * (1 - ratio.estimate))})"
    )


_SMALLEST_P = 1e-4


def _p_text(p: float) -> str:
    """Return a p with its sign: `= 0.012`, `< 0.0001`."""
    if math.isnan(p):
        return f"= {NOT_ESTIMABLE}"
    return f"< {_SMALLEST_P:g}" if p < _SMALLEST_P else f"= {p:.2g}"


def _percent(value: float) -> str:
    """Return a reduction; one that is not whole is never rounded to 100%."""
    if math.isnan(value):
        return NOT_ESTIMABLE
    digits = next((d for d in range(6) if value >= 100 or round(value, d) < 100), 6)
    return f"{value:.{digits}f}%".replace("-", "−")


def _missing(images: pd.DataFrame, animals: pd.DataFrame, day: float, quantity: str) -> str:
    """List the animals without a value that day, each with its reason."""
    texts = []
    why = images.set_index("animal_id")["why_missing"].to_dict()
    for animal in animals.to_dict("records"):
        reason = why_absent(animal, why, day)
        if reason:
            texts.append(f"{animal['animal_id']} ({reason})")
    text = f"no value on day {day:g}: {', '.join(texts)}" if texts else ""
    without = [name for name, reason in why.items() if reason == NOT_POSITIVE]
    if lost := len(without):
        net = quantity == "net_flux_p_s"
        advice = "analyse total_flux_p_s" if net else "give their limits of detection"
        text += (
            f"; warning: {lost} of {counted(len(animals), 'value')} ({listed_first(without)}) "
            f"{'has' if lost == 1 else 'have'} no logarithm and {is_or_are(lost)} left out of "
            "means, interval and test alike: the smallest burdens, so the comparison is biased "
            f"({advice})"
        )
    return text


def _unbounded(ratio: Ratio, arm: Any, reference: Any) -> str:
    """Say why a reduction has no confidence interval."""
    if math.isnan(ratio.estimate) or not math.isnan(ratio.lower):
        return ""
    if min(len(arm), len(reference)) < 2:
        return "no CI: it needs two animals in each arm"
    if arm.min() == arm.max() and reference.min() == reference.max():
        return "no CI: neither arm has any spread"
    return (
        "no CI of the reduction of arithmetic means: the reference's mean is not clearly above 0 "
        "(Fieller)"
    )


def _mean(values: Any) -> float:
    return float(values.mean()) if len(values) else math.nan


def _joined(notes: Iterable[str]) -> str:
    """Join notes, leaving out the empty ones."""
    return "; ".join(note for note in notes if note)
