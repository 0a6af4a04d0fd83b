"""Forest plots of hazard ratios and of differences in restricted mean survival, all models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.forest import Estimate, ForestData

_MARKS = "*†‡§¶"
"""Of the methods of hazard ratios but the first."""

READS = ("hazard_ratios", "survival_differences", "survival_arms")


def page(request: Request) -> Page:
    """Return two panels: hazard ratios, and differences of restricted means."""
    from lumicohort.figures.forest import forest_panel

    style = request.style
    panels = [forest_panel(data, style) for data in (_hazards(request), _means(request))]
    wide = request.width_cm or style.widths_cm[-1]
    return Page(panels, layout=(wide, 2 if wide >= style.widths_cm[1] else 1))


def _hazards(request: Request) -> ForestData:
    from lumicohort.figures.forest import ForestData
    from lumicohort.figures.texts import STUCK
    from lumicohort.tables.format import format_interval, format_ratio
    from lumicohort.tables.sources import hazard_words, primary

    rows, methods = [], []
    for model in request.models:
        table = primary(request.tables.of("hazard_ratios", model))
        for arm in _compared(request, table):
            row = table[table["arm"] == arm].iloc[0].to_dict()
            value, low, high = (_number(row[key]) for key in ("hr", "lower_95", "upper_95"))
            text = f"{format_ratio(value)} ({format_interval(low, high, format_ratio)})"
            methods.append(hazard_words(row))
            rows.append(_estimate(request, model, arm, value, low, high, text))
    # Each row tells its method where they differ, by a mark that stands before the method's name.
    others = list(dict.fromkeys(methods))[1:]
    marks = dict.fromkeys(methods[:1], "")
    marks |= {m: _MARKS[i % len(_MARKS)] * (i // len(_MARKS) + 1) for i, m in enumerate(others)}
    rows = [
        replace(row, text=row.text + marks[method])
        for row, method in zip(rows, methods, strict=True)
    ]
    how = "; ".join(f"{mark}{method}" for method, mark in marks.items()) or "no estimate"
    reference = request.config.arm_label(request.config.reference_arm)
    return ForestData(
        rows,
        f"Hazard ratio against {reference}",
        f"{how}; 95%{STUCK}CI",
        "Hazard ratio (log scale)",
        True,
        ("longer survival", "shorter"),
    )


def _means(request: Request) -> ForestData:
    from lumicohort.figures.forest import ForestData
    from lumicohort.tables.format import format_days, format_interval

    rows, horizons = [], []
    for model in request.models:
        table = request.tables.of("survival_differences", model)
        table = table[table["measure"] == "rmst_difference_days"]
        horizons += _horizons(request, model)
        for arm in _compared(request, table):
            row = table[table["arm"] == arm].iloc[0].to_dict()
            value, low, high = (_number(row[key]) for key in ("estimate", "lower_95", "upper_95"))
            text = f"{format_days(value, signed=True)} ({format_interval(low, high)})"
            rows.append(_estimate(request, model, arm, value, low, high, text))
    reference = request.config.arm_label(request.config.reference_arm)
    return ForestData(
        rows,
        f"Restricted mean survival against {reference}",
        f"Difference up to {'; '.join(horizons) or 'no day'}; 95% CI (Wald)",
        "Days gained",
        False,
        ("shorter", "longer survival"),
    )


def _horizons(request: Request, model: str) -> list[str]:
    from lumicohort.tables.format import format_days

    taus = request.tables.of("survival_arms", model)["rmst_tau_days"].dropna()
    days = " and ".join(format_days(t) for t in sorted(set(taus.astype(float))))
    return [f"day {days} ({request.config.model_label(model)})"] if days else []


def _compared(request: Request, table: pd.DataFrame) -> list[str]:
    """Return the arms that the table compares with the reference, in the figure's order."""
    there = set(table["arm"].astype(str)) - {request.config.reference_arm}
    return [arm for arm in request.config.arms if arm in there]


def _number(value: Any) -> float:
    number = float(value)
    return number if not math.isnan(number) else math.nan


def _estimate(
    request: Request, model: str, arm: str, value: float, low: float, high: float, text: str
) -> Estimate:
    from lumicohort.figures.forest import Estimate

    look = next(look for look in request.looks if look.arm == arm)
    label = request.config.model_label(model)
    if math.isnan(value):
        text = "not estimable"
    if math.isnan(value) or (math.isnan(low) and math.isnan(high)):
        return Estimate(label, look.label, look, value, math.nan, math.nan, text)
    # A limit that is not estimable leaves that side open.
    low, high = (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
    return Estimate(label, look.label, look, value, low, high, text)


def caption(request: Request) -> Caption:
    """Say what is estimated and how, with every estimate in words."""
    from lumicohort.figures.words import uncapital

    hazards, means = _hazards(request), _means(request)
    told = [
        f"{data.title}, {row.model}, {row.arm}: {row.text}{unit}."
        for data, days in ((hazards, ""), (means, " days"))
        for row in data.rows
        for unit in (days if row.value == row.value else "",)
    ]
    return Caption(
        f"Effect on survival: {request.letters([hazards.title, means.title])}.",
        [
            f"Hazard ratios by {hazards.how}. {means.title}: {uncapital(means.how)}. "
            "Arrow heads: the interval goes on, or is open. Dotted: no effect."
        ],
        tests=[*told, *_notes(request)],
    )


def _notes(request: Request) -> list[str]:
    """Return what the statistics say of the estimates that are drawn, as sentences."""
    from lumicohort.figures.words import capital
    from lumicohort.tables.sources import primary

    said: dict[str, list[str]] = {}
    for model in request.models:
        means = request.tables.of("survival_differences", model)
        means = means[means["measure"] == "rmst_difference_days"]
        for table in (primary(request.tables.of("hazard_ratios", model)), means):
            if "note" not in table.columns:
                continue
            of_arms = table[table["arm"].isin(_compared(request, table))]
            for note in dict.fromkeys(of_arms["note"].astype(str)):
                if note not in ("", "nan", "NA"):
                    said.setdefault(note, []).append(request.config.model_label(model))
    return [f"{capital(note)} ({', '.join(models)})." for note, models in said.items()]
