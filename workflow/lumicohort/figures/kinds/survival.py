"""Survival: Kaplan-Meier curves with the extended table, a panel a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    from lumicohort.figures.survival import SurvivalData

READS = ("survival_curves", "survival_arms", "survival_tests", "survival")


def page(request: Request) -> Page:
    """Return a panel a model, all with one time axis."""
    from lumicohort.figures.survival import (
        has_bands,
        has_censored,
        has_late_entry,
        last_day,
        survival_panel,
    )

    config = request.config
    data = [survival_data(request, model) for model in request.models]
    last, died = last_day([d.curves for d in data])
    panels = [
        survival_panel(
            replace(d, last_day=last, last_died=died),
            request.looks,
            config.model_label(model),
            request.style,
        )
        for d, model in zip(data, request.models, strict=True)
    ]
    notes = ["Censored and events are counted before the day."]
    if any(has_censored(d, request.looks) for d in data):
        notes.insert(0, "Ticks on the curves: censored.")
    if any(has_bands(d, request.looks) for d in data):
        notes.insert(0, f"Bands: pointwise 95% CI ({config.analysis.survival.ci_type}).")
    if any(has_late_entry(d) for d in data):
        notes.append("Animals that came under observation late are at risk after that day.")
    return Page(panels, [" ".join(notes)])


def survival_data(request: Request, model: str) -> SurvivalData:
    """Return what a model's panel draws."""
    from lumicohort.figures.survival import SurvivalData
    from lumicohort.figures.time_axis import time_axis
    from lumicohort.tables.sources import printed_test

    config, tables = request.config, request.tables
    settings = config.analysis.survival
    return SurvivalData(
        curves=tables.of("survival_curves", model),
        arms=tables.of("survival_arms", model),
        tests=printed_test(tables.of("survival_tests", model), request.drawing.test),
        ci_type=settings.ci_type,
        smallest_p=config.tables.smallest_p,
        p_adjust=settings.p_adjust,
        bands=request.drawing.bands,
        time=time_axis(request.drawing),
    )


def caption(request: Request) -> Caption:
    """Say how many animals, the medians with their intervals, and the tests."""
    from lumicohort.figures.captions import counts, tests_in_words
    from lumicohort.figures.comparison import is_adjusted
    from lumicohort.figures.survival import comparisons, has_bands, has_censored, has_late_entry

    config = request.config
    settings = config.analysis.survival
    survival = request.tables.survival
    data = [survival_data(request, model) for model in request.models]
    drawn = ["Kaplan–Meier curves"]
    if any(has_censored(d, request.looks) for d in data):
        drawn.append("ticks mark censored animals")
    if any(has_bands(d, request.looks) for d in data):
        drawn.append(f"bands are pointwise 95% confidence intervals ({settings.ci_type})")
    late = " Animals that came under observation late (delayed entry) are at risk after that day."
    numbers = []
    for model in request.models:
        numbers += _medians(request, model)
    for one, model in zip(data, request.models, strict=True):
        pairs = comparisons(one.tests, list(config.arms))
        adjusted = is_adjusted(one.tests)
        numbers += tests_in_words(config, model, pairs, settings.p_adjust, adjusted)
    return Caption(
        f"Survival of {request.models_in_words()}.",
        [
            f"{'; '.join(drawn)}. "
            "Below each panel: animals at risk on that day (time not before it), and animals "
            "censored and dead before it."
            + late * any(has_late_entry(d) for d in data)
            + _otherwise(request)
        ],
        [counts(request, survival[survival["included"]])],
        numbers,
    )


def _otherwise(request: Request) -> str:
    """Say how many of the censored animals died of another cause, if any."""
    from lumicohort.nouns import counted

    table = request.tables.survival
    mine = table["model"].isin(request.models) & table["arm"].isin(list(request.config.arms))
    n = int((mine & table["included"] & table["died"] & ~table["event"]).sum())
    count = "counts" if n == 1 else "count"
    return f" {counted(n, 'animal')} that died of another cause {count} as censored." if n else ""


def _medians(request: Request, model: str) -> list[str]:
    from lumicohort.tables.format import format_days, format_interval, is_missing

    config = request.config
    arms = request.tables.of("survival_arms", model).set_index("arm")
    parts = []
    for arm in config.arms:
        if arm not in arms.index:
            continue
        row = arms.loc[[arm]].astype(object).iloc[0].to_dict()
        if is_missing(float(row["median_days"])):
            parts.append(f"{config.arm_label(arm)} not reached")
            continue
        interval = format_interval(row["median_lower_95"], row["median_upper_95"])
        days = format_days(float(row["median_days"]))
        parts.append(f"{config.arm_label(arm)} {days} days ({interval})")
    if not parts:
        return []
    ci = f"95% CI, {config.analysis.survival.ci_type}"
    return [f"Median survival, {config.model_label(model)} ({ci}): {'; '.join(parts)}."]
