"""The report's headline: each model's answer in two sentences with numbers."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.cohort.animals import ALIVE
from lumicohort.figures.comparison import reduction
from lumicohort.figures.cutouts import selection_days
from lumicohort.figures.survival import comparisons
from lumicohort.figures.words import REGIONS
from lumicohort.nouns import counted
from lumicohort.survival.other_deaths import other_deaths, others_in_words
from lumicohort.tables.format import (
    NA,
    format_benefit,
    format_days,
    format_flux,
    format_interval,
    format_p_equation,
    format_percent,
    format_ratio,
)
from lumicohort.tables.sources import (
    ADJUSTMENT_WORDS,
    hazard_interval,
    hazard_words,
    no_hazard,
    primary,
    strata_words,
    test_name,
    warnings_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.data import StudyTables
    from lumicohort.study.config import StudyConfig

SIGNIFICANT = 0.05
"""A p-value that could not fall below it is told with that reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer.

    Parameters
    ----------
    model : str
        The model's name.
    survival, burden : list of str
        Sentences on survival and on tumour burden, one a comparison.
    """

    model: str
    survival: list[str]
    burden: list[str]


def answers(config: StudyConfig, tables: StudyTables) -> list[Answer]:
    """Return the answer of every model, in the config's order.

    Parameters
    ----------
    config : StudyConfig
        The study.
    tables : StudyTables
        The study's tables.
    """
    return [
        Answer(
            config.model_label(model),
            _survival(config, model, tables),
            _burden(config, model, tables),
        )
        for model in config.models
    ]


def _survival(config: StudyConfig, model: str, tables: StudyTables) -> list[str]:
    arms = tables.of("survival_arms", model)
    by_arm = {str(row["arm"]): row for row in arms.to_dict("records")}
    present = [arm for arm in config.arms if arm in by_arm]
    if not present:
        return ["No animal of this model has a survival time."]
    n, events = int(arms["n"].sum()), int(arms["events"].sum())
    interim = _interim(model, tables)
    if events == 0:
        subject = "The one animal is" if n == 1 else f"All {n} animals are"
        others = sum(map(other_deaths, arms["note"]))
        died = f" ({others} died of another cause)" if others else ""
        return [
            *interim,
            f"{subject} censored{died}: no event has been recorded, so no median survival can be "
            "given and nothing can be tested.",
        ]
    pairs = comparisons(tables.of("survival_tests", model), present)
    if pairs.empty:
        return [
            *interim,
            ". ".join(_median(config, arm, by_arm[arm]) for arm in present)
            + f". {_not_compared(config, present)}",
        ]
    out = interim
    adjusted = len(pairs) > 1
    for _, row in pairs.iterrows():
        arm, reference = str(row["arm"]), str(row["reference"])
        gain = format_benefit(
            _float(by_arm[arm]["median_days"]), _float(by_arm[reference]["median_days"])
        )
        sentence = (
            f"{_median(config, arm, by_arm[arm])} against "
            f"{_median(config, reference, by_arm[reference], short=True)}"
        )
        if gain != "NA":
            sentence += f": {gain}{_difference(model, arm, reference, tables)}"
        p = _float(row["p_adjusted"] if adjusted else row["p_value"])
        name = test_name(row.to_dict())
        if math.isnan(p):
            why = str(row.get("note", ""))
            sentence += "; the arms could not be tested"
            sentence += f" ({why})" if why not in ("", "nan", NA) else ""
        else:
            how = f", {_adjustment(config.analysis.survival.p_adjust)}" if adjusted else ""
            p_text = format_p_equation(p, config.tables.smallest_p)
            sentence += f" ({name}{strata_words(row.to_dict())}{how}, {p_text}{_floor(row, p)})"
        out.append(sentence + _hazard(config, model, arm, reference, tables) + ".")
    return out


def _interim(model: str, tables: StudyTables) -> list[str]:
    """Say how many animals are still alive: the study is under way, and its numbers will change."""
    animals = tables.survival
    animals = animals[(animals["model"] == model) & animals["included"]]
    alive = animals[animals["end_reason"].astype(str).str.casefold() == ALIVE]
    if alive.empty:
        return []
    last = alive["time_days"].max()
    seen = "" if math.isnan(last) else f" (the latest on day {format_days(last)})"
    verb, counts = ("is", "counts") if len(alive) == 1 else ("are", "count")
    return [
        f"Interim: {len(alive)} of {len(animals)} animals {verb} still under study and {counts} as "
        f"censored when last known alive{seen}; the numbers below may change."
    ]


def _not_compared(config: StudyConfig, present: list[str]) -> str:
    """Say why there is nothing to compare."""
    if len(present) > 1 and config.reference_arm not in present:
        reference = config.arm_label(config.reference_arm)
        return f"No animal of this model is in the arm to compare with ({reference})."
    return "There is no other arm to compare with."


def _floor(row: pd.Series, p: float) -> str:
    """Return the note of a test that could not have given a small p, whatever had happened."""
    note = str(row.get("note", ""))
    return f"; {note}" if note.startswith("with so few ") and p >= SIGNIFICANT else ""


def _adjustment(adjust: str) -> str:
    return f"{ADJUSTMENT_WORDS[adjust]}-adjusted" if adjust in ADJUSTMENT_WORDS else "unadjusted"


def _float(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def _median(config: StudyConfig, arm: str, row: dict, short: bool = False) -> str:
    label = config.arm_label(arm)
    n = f"n = {int(row['n'])}"
    others = other_deaths(row.get("note"))
    of_others = f", {others_in_words(others)}" if others else ""
    median = _float(row["median_days"])
    start = "" if short else "Median survival "
    if math.isnan(median):
        events = int(row["events"])
        was = f"not reached with {label} ({n}, {counted(events, 'event')}{of_others})"
        return f"a median {was}" if short else f"Median survival was {was}"
    interval = format_interval(_float(row["median_lower_95"]), _float(row["median_upper_95"]))
    ci = f"95% CI {interval}" + ("" if short else f", {config.analysis.survival.ci_type}")
    ci = "no 95% CI" if interval == NA else ci
    was = "" if short else "was "
    return f"{start}{was}{format_days(median)} days with {label} ({ci}; {n}{of_others})"


def _difference(model: str, arm: str, reference: str, tables: StudyTables) -> str:
    """Return the confidence interval of the difference in medians, where there is one."""
    rows = tables.of("survival_differences", model)
    rows = rows[
        (rows["arm"] == arm)
        & (rows["reference"] == reference)
        & (rows["measure"] == "median_difference_days")
    ]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    interval = format_interval(_float(row["lower_95"]), _float(row["upper_95"]))
    if interval == NA:
        return ""
    note = str(row.get("note", ""))
    warning = f" ({note})" if "too narrow" in note else ""
    return f", 95% CI of the difference {interval} days{warning}"


def _hazard(config: StudyConfig, model: str, arm: str, reference: str, tables: StudyTables) -> str:
    rows = primary(tables.of("hazard_ratios", model))
    rows = rows[(rows["arm"] == arm) & (rows["reference"] == reference)]
    if rows.empty:
        return ""
    row = rows.iloc[0].to_dict()
    if math.isnan(_float(row["hr"])):
        why = no_hazard(row)
        return f"; {why}" if why else ""
    told = "; ".join([hazard_interval(row), hazard_words(row), *warnings_of(row)])
    return f"; hazard ratio {format_ratio(_float(row['hr']))} ({told})"


def _burden(config: StudyConfig, model: str, tables: StudyTables) -> list[str]:
    burden = config.analysis.burden
    rows = primary(tables.of("burden_endpoint", model, burden.region))
    rows = rows[rows["arm"].isin(list(config.arms))]
    there = rows[~rows["arm"].isin(tables.absent_arms(model))]
    if len(rows) and there.empty:
        measured = "; ".join(_means(config, model, tables)) or "no flux was measured"
        return [f"Tumour burden: {measured}. There is no other arm to compare with."]
    rows = _with_animals(there)
    rows = rows[rows["day"].notna()] if len(rows) else rows
    if rows.empty:
        return [f"Tumour burden: {_why_not(config, model, tables)}."]
    adjusted = len(rows) > 1 and "p_adjusted" in rows.columns
    out = []
    for _, row in rows.iterrows():
        missing = _without(config, row)
        if missing:
            out.append(f"Tumour burden: nothing was compared ({missing}).")
            continue
        arm, reference = config.arm_label(row["arm"]), config.arm_label(row["reference"])
        region = REGIONS.get(burden.region, burden.region)
        when = _when(config, model, tables, _float(row["day"]), (row["arm"], row["reference"]))
        sentence = (
            f"On {when} mean {region} flux was "
            f"{format_flux(_float(row['mean_p_s']))} p/s with {arm} (n = {_count(row['n'])}) "
            f"against {format_flux(_float(row['mean_reference_p_s']))} p/s with {reference} "
            f"(n = {_count(row['n_reference'])})"
        )
        percent = _float(row["reduction_percent"])
        if not math.isnan(percent):
            sentence += f", {_change(percent)}"
        sentence += _below_lod(config, row)
        p = _float(row["p_adjusted"] if adjusted else row["p_value"])
        tested = []
        if not math.isnan(p):
            how = f", {_adjustment(burden.p_adjust)}" if adjusted else ""
            name = test_name(row.to_dict())
            tested = [f"{name}{how}, {format_p_equation(p, config.tables.smallest_p)}"]
        # the interval that goes with P is that of log10 flux: see tables.burden
        percent, low, high = reduction(row, "geometric")
        if not math.isnan(percent):
            inside = "; ".join([_change_interval(percent, low, high), *tested])
            sentence += f"; the geometric mean was {_change(percent)} ({inside})"
        elif tested:
            sentence += f" ({tested[0]})"
        if not tested:
            sentence += "; the arms could not be tested"
        out.append(". Warning: ".join([sentence, *warnings_of(row.to_dict())]) + ".")
    return list(dict.fromkeys(out))  # arms that lack the same are told once


def _with_animals(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons with arms that the model has; all of them where it has none."""
    there = rows[rows["n_animals"].map(_float) > 0] if len(rows) else rows
    return there if len(there) else rows


def _without(config: StudyConfig, row: pd.Series) -> str:
    """Name the arms of a comparison that have no value on its day; empty where both have."""
    sides = (("arm", "n"), ("reference", "n_reference"))
    none = [config.arm_label(row[arm]) for arm, n in sides if not _float(row[n]) > 0]
    day = format_days(_float(row["day"]))
    return f"no flux with {' or '.join(none)} on day {day}" if none else ""


def _when(
    config: StudyConfig, model: str, tables: StudyTables, day: float, arms: Collection[str]
) -> str:
    """Name a scheduled day, with the days on which these arms were imaged where on others."""
    from lumicohort.burden.endpoint_day import imaged_on

    flux = tables.flux(config.analysis.burden.region)
    flux = flux[(flux["model"] == model) & flux["arm"].isin(list(arms))]
    return f"day {format_days(day)}{imaged_on(flux, day)}"


def _change(percent: float) -> str:
    """Return a reduction in words: ``55% lower``, ``124% higher``."""
    return f"{format_percent(abs(percent))} {'higher' if percent < 0 else 'lower'}"


def _change_interval(percent: float, low: float, high: float) -> str:
    """Return a reduction's interval; limits on either side of no difference are named as such."""
    if math.isnan(low) and math.isnan(high):
        return "no 95% CI"
    if low < 0 < high:
        return f"95% CI {_change(low)} to {_change(high)}"
    ends = (-high, -low) if percent < 0 else (low, high)
    return f"95% CI {format_interval(*ends, format_percent)}"


def _below_lod(config: StudyConfig, row: pd.Series) -> str:
    """Say how many of the values compared were not detected, and what stands for them."""
    from lumicohort.burden.values import BELOW_LOD

    below = [_float(row.get(key)) for key in ("n_below_lod", "n_below_lod_reference")]
    counts = [_float(row["n"]), _float(row["n_reference"])]
    if not any(number > 0 for number in below):
        return ""
    rule = BELOW_LOD[config.analysis.burden.below_lod]
    if below == counts:
        return f"; every value is below the limit of detection, {rule}"
    told = f"{below[0]:.0f} of {counts[0]:.0f} and {below[1]:.0f} of {counts[1]:.0f} values"
    return f"; {told} are below the limit of detection, {rule}"


def _count(value: object) -> str:
    number = _float(value)
    return "NA" if math.isnan(number) else f"{number:.0f}"


def _why_not(config: StudyConfig, model: str, tables: StudyTables) -> str:
    """Say why there is no endpoint comparison, and what was measured instead."""
    burden = config.analysis.burden
    rows = primary(tables.of("burden_endpoint", model, burden.region))
    flux = tables.flux(burden.region)
    if not (flux["model"] == model).any():
        return "no flux was measured"
    reasons = _reasons(_with_animals(rows))
    measured = "; ".join(_means(config, model, tables))
    return f"{measured}. Nothing was compared" + (f" ({reasons})" if reasons else "")


def _means(config: StudyConfig, model: str, tables: StudyTables) -> list[str]:
    """Return each arm's mean flux on the day on which its figures show it."""
    region = config.analysis.burden.region
    days = tables.of("burden_days", model, region)
    out = []
    for arm, day in selection_days(tables, model, region, list(config.arms)).items():
        rows = days[(days["arm"] == arm) & (days["day"].astype(float) == day)]
        if len(rows):
            row = rows.iloc[0]
            out.append(
                f"mean {REGIONS.get(region, region)} flux {format_flux(_float(row['mean_p_s']))} "
                f"p/s with {config.arm_label(arm)} on {_when(config, model, tables, day, [arm])} "
                f"(n = {_count(row['n'])})"
            )
    return out or ["no flux that can be averaged"]


def _reasons(rows: pd.DataFrame) -> str:
    words = []
    for column in ("day_rule", "note"):
        if column in rows.columns:
            words += [str(w) for w in rows[column] if str(w) not in ("", "nan", "NA")]
    return "; ".join(dict.fromkeys(words))
