"""Table 1: median survival, benefit over the reference arm, p."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.survival.entry import entry_part
from lumicohort.survival.other_deaths import other_deaths, others_in_words
from lumicohort.tables.format import (
    NA,
    NOT_REACHED,
    format_benefit,
    format_days,
    format_interval,
    format_p,
    format_ratio,
)
from lumicohort.tables.labels import with_labels
from lumicohort.tables.model import Cell, Column, PrintedTable
from lumicohort.tables.sources import (
    NO_COMPARISON,
    arms_there,
    count,
    hazard_interval,
    hazard_words,
    na_note,
    names,
    no_hazard,
    number,
    p_note,
    primary,
    published_note,
    read_statistics,
    records,
    test_words,
    warnings_of,
)

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig


def survival_table(config: StudyConfig, results: Path) -> PrintedTable:
    """Build Table 1 from the survival statistics.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    PrintedTable
        The table; medians in days.

    Raises
    ------
    InputError
        Where a statistics table is missing.
    """
    arms = read_statistics(
        results,
        "survival_arms",
        "model arm n events median_days median_lower_95 median_upper_95",
    )
    tests = primary(
        read_statistics(results, "survival_tests", "model arm reference test p_value p_adjusted")
    )
    ratios = primary(
        read_statistics(results, "hazard_ratios", "model arm reference method hr p_value")
    )
    arms, tests, ratios = (with_labels(config, table) for table in (arms, tests, ratios))
    reference, smallest = config.reference_arm, config.tables.smallest_p
    many = len(config.arms) > 2
    rows: list[dict[str, Cell]] = []
    notes: list[str] = []
    used: list[tuple[str, str]] = []
    there = arms_there(results)
    for model, settings in config.models.items():
        label = config.model_label(model)
        found = {r["arm"]: r for r in records(arms[arms["model"] == model])}
        base = number(found.get(reference), "median_days")
        published = settings.published
        theirs = published.arms if published else {}
        theirs_base = theirs[reference].median_days if reference in theirs else None
        for arm in config.arms:
            row = found.get(arm)
            if row is None and (model, arm) not in there:
                continue
            median, name = number(row, "median_days"), config.arm_label(arm)
            test = _of(tests, model, arm) if arm != reference else None
            p = number(test, "p_adjusted" if many else "p_value")
            if test and p is not None:
                used.append((label, test_words(test)))
            notes += _notes(row, median, test, p, f"{label}, {name}")
            other = theirs[arm].median_days if arm in theirs else None
            compared = arm != reference
            rows.append(
                {
                    "model": names(label),
                    "group": names(name),
                    "n": count(number(row, "n") if row else 0),  # all of them left out
                    "events": count(number(row, "events") if row else 0),
                    "median_survival_days": _median(row, median),
                    "median_95ci_days": Cell(_interval(row)),
                    "survival_benefit": Cell(
                        format_benefit(median, base) if compared else NO_COMPARISON
                    ),
                    "p_value": Cell(format_p(p, smallest) if compared else NO_COMPARISON),
                    "p_value_exact": Cell(
                        (f"{p:.6g}" if p is not None else NA) if compared else NO_COMPARISON, p
                    ),
                    "test": Cell(test["test"] if test else NO_COMPARISON if not compared else NA),
                    "published_median_days": Cell(format_days(other), other),
                    "published_benefit": Cell(
                        format_benefit(other, theirs_base) if compared else NO_COMPARISON
                    ),
                    "published_p_value": Cell(
                        ((published.survival_p if published and other else None) or NA)
                        if compared
                        else NO_COMPARISON,
                        own=False,
                    ),
                }
            )
    has_published = any(r["published_median_days"].value is not None for r in rows)
    if used:
        notes.insert(0, p_note(used, many, config.analysis.survival.p_adjust))
    ci = config.analysis.survival.ci_type
    notes.insert(
        0,
        "Medians are Kaplan–Meier estimates; 95% CI by Brookmeyer and Crowley from the "
        f"{ci} band. {na_note(has_published)}",
    )
    notes += _hazard_notes(config, ratios)
    if has_published:
        notes += published_note({config.model_label(m): v.published for m, v in _models(config)})
    versus = f"vs {config.arm_label(reference)}"
    return PrintedTable(
        name="table1_survival",
        number="1",
        title="Median survival by group",
        columns=[
            Column("model", "Model"),
            Column("group", "Group"),
            Column("n", "n", "right", number_format="0"),
            Column("events", "Events", "right", printed=False, number_format="0"),
            Column("median_survival_days", "Median survival (days)", "centre"),
            Column("median_95ci_days", "95% CI (days)", "centre"),
            Column("survival_benefit", f"Survival benefit {versus}", "centre"),
            Column("p_value", "P value", "centre"),
            Column("p_value_exact", "P value, all digits", "right", printed=False),
            Column("test", "Test", printed=False),
            Column(
                "published_median_days", "Published median (days)", "centre", printed=has_published
            ),
            Column("published_benefit", "Published benefit", "centre", printed=False),
            Column("published_p_value", "Published P value", "centre", printed=has_published),
        ],
        rows=rows,
        notes=list(dict.fromkeys([*notes, *filter(None, [config.blinding_note])])),
        simulated=config.simulated,
    )


def _models(config: StudyConfig) -> list[tuple[str, Any]]:
    return list(config.models.items())


def _of(table: Any, model: str, arm: str) -> dict[str, Any] | None:
    """Return the row of one comparison."""
    found = table[(table["model"] == model) & (table["arm"] == arm)]
    return dict(found.iloc[0]) if len(found) else None


def _median(row: dict[str, Any] | None, median: float | None) -> Cell:
    """Return the cell of a median: not reached is said, no animal is NA."""
    if median is not None:
        return Cell(format_days(median), median)
    return Cell(NOT_REACHED if row and (number(row, "n") or 0) > 0 else NA)


def _interval(row: dict[str, Any] | None) -> str:
    return format_interval(number(row, "median_lower_95"), number(row, "median_upper_95"))


def _notes(
    row: dict[str, Any] | None,
    median: float | None,
    test: dict[str, Any] | None,
    p: float | None,
    who: str,
) -> list[str]:
    """Say why a median or a p is missing, and what the test warns of."""
    notes = []
    others = other_deaths((row or {}).get("note"))
    if row is None or not number(row, "n"):
        notes.append(f"{who}: no animal is analysed.")
    elif median is None:
        events = number(row, "events") or 0
        died = f"{events:.0f} of {number(row, 'n'):.0f} died"
        if others:
            died = f"{events:.0f} of {number(row, 'n'):.0f} with the event"
        elif not events:
            died = "no animal died"
        notes.append(f"{who}: median survival not reached ({died}).")
    if others:
        notes.append(f"{who}: {others_in_words(others)}.")
    if late := entry_part(str((row or {}).get("note") or "")):
        notes.append(f"{who}: {late}.")
    if test is not None and p is None:
        notes.append(f"{who}: no p-value ({test['note'] or 'not estimable'}).")
    elif test is not None and test["note"]:
        notes.append(f"{who}, P value: {test['note']}.")
    return notes


def _hazard_notes(config: StudyConfig, ratios: Any) -> list[str]:
    """Give each comparison's hazard ratio, named, and what the ratios of a model warn of."""
    notes = []
    for model in config.models:
        warned: dict[str, list[str]] = {}
        for arm in config.arms:
            row = _of(ratios, model, arm) if arm != config.reference_arm else None
            if row is None:
                continue
            hazard = number(row, "hr")
            who = (
                f"{config.arm_label(arm)} vs {config.arm_label(config.reference_arm)}, "
                f"{config.model_label(model)}"
            )
            if hazard is None:
                notes += [f"{who}: {why}." for why in [no_hazard(row)] if why]
                continue
            notes.append(
                f"Hazard ratio {who}: "
                f"{format_ratio(hazard)} ({hazard_interval(row)}; {hazard_words(row)})."
            )
            if warnings := "; ".join(warnings_of(row)):
                warned.setdefault(warnings, []).append(config.arm_label(arm))
        for text, arms in warned.items():
            whose = f"of {', '.join(arms)}, " if len(warned) > 1 else "of "
            notes.append(f"Hazard ratios {whose}{config.model_label(model)}: {text}.")
    return notes
