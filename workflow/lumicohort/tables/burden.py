"""Table 2: endpoint tumour burden, reduction against the reference arm, p."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.tables.format import (
    MINUS,
    NA,
    format_days,
    format_flux,
    format_interval,
    format_p,
    format_percent,
)
from lumicohort.tables.labels import with_labels
from lumicohort.tables.model import Cell, Column, PrintedTable
from lumicohort.tables.sources import (
    NO_COMPARISON,
    arms_there,
    count,
    na_note,
    names,
    number,
    p_note,
    primary,
    published_note,
    read_statistics,
    records,
    test_words,
)

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Published

_COLUMNS = (
    "model region day arm reference n n_reference mean_p_s mean_reference_p_s reduction_percent "
    "reduction_lower_95 reduction_upper_95 geometric_ratio geometric_ratio_lower_95 "
    "geometric_ratio_upper_95 test p_value p_adjusted primary"
)


_PRINTED = ("reduction", "geometric_reduction", "geometric_reduction_95ci")
_REDUCTIONS = (*_PRINTED, "reduction_95ci")


def burden_table(config: StudyConfig, results: Path) -> PrintedTable:
    """Build Table 2 from the endpoint statistics.

    The reference arm has a row for each day on which an arm is compared with it. The confidence
    interval in print is that of the geometric means: the tests are of log10 flux, and an interval
    of the arithmetic means (Fieller's, in CSV and Excel only) can hold 0 where P is small.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    PrintedTable
        The table; burdens are arithmetic means in photons/s.

    Raises
    ------
    InputError
        Where the statistics table is missing.
    """
    table = with_labels(config, primary(read_statistics(results, "burden_endpoint", _COLUMNS)))
    many = len(config.arms) > 2
    rows: list[dict[str, Cell]] = []
    notes: list[str] = []
    used: list[tuple[str, str]] = []
    there = arms_there(results)
    for model, settings in config.models.items():
        label = config.model_label(model)
        shown_days: set[float | None] = set()
        for row in records(table[table["model"] == model]):
            day = number(row, "day")
            if day not in shown_days and (model, row["reference"]) in there:
                shown_days.add(day)
                rows.append(_reference_row(config, model, row, settings.published))
            if row["arm"] in config.arms and (model, row["arm"]) not in there:
                continue
            if row["arm"] in config.arms:
                rows.append(_arm_row(config, model, row, settings.published, many))
                if number(row, "p_value") is not None:
                    used.append((label, test_words(row)))
            notes += _notes(config, label, row)
    has_published = any(r["published_burden_p_s"].value is not None for r in rows)
    region = config.analysis.burden.region.replace("_", " ")
    versus = f"vs {config.arm_label(config.reference_arm)}"
    quantity = (
        "total flux"
        if config.analysis.burden.quantity == "total_flux_p_s"
        else "net flux (background taken off)"
    )
    opening = [
        f"Burden: arithmetic mean of the {quantity} of the {region} region at the day given. "
        f"Reduction {versus}: 1 − ratio of these means. Reduction of geometric means: 1 − their "
        "ratio, 95% CI by Welch's t on log10 flux; read P together with this interval, not with "
        f"the reduction of arithmetic means. {na_note(has_published)}"
    ]
    if any(r[key].text.startswith(MINUS) for r in rows for key in _PRINTED):
        opening[0] += " A negative reduction is an increase."
    if used:
        opening.append(p_note(used, many, config.analysis.burden.p_adjust))
    notes = opening + notes
    if has_published:
        notes += published_note({config.model_label(m): v.published for m, v in _models(config)})
    return PrintedTable(
        name="table2_burden",
        number="2",
        title="Endpoint tumour burden by group",
        columns=[
            Column("model", "Model"),
            Column("group", "Group"),
            Column("n", "n", "right", number_format="0"),
            Column("day", "Day", "right", number_format="0"),
            Column("region", "Region", printed=False),
            Column("endpoint_burden", "Endpoint tumour burden (photons/s)", "centre"),
            Column(
                "endpoint_burden_p_s", "Mean, photons/s", "right", False, number_format="0.00E+00"
            ),
            Column("reduction", f"Reduction {versus}", "centre"),
            Column("reduction_95ci", "Reduction, 95% CI by Fieller's method", printed=False),
            Column("geometric_reduction", "Reduction of geometric means", "centre"),
            Column("geometric_reduction_95ci", "95% CI", "centre"),
            Column("p_value", "P value", "centre"),
            Column("p_value_exact", "P value, all digits", "right", printed=False),
            Column("test", "Test", printed=False),
            Column(
                "published_burden",
                "Published burden (photons/s)",
                "centre",
                printed=has_published,
            ),
            Column(
                "published_burden_p_s",
                "Published burden, photons/s",
                "right",
                False,
                number_format="0.00E+00",
            ),
            Column("published_reduction", "Published reduction", "centre", printed=has_published),
            Column("published_p_value", "Published P value", "centre", printed=has_published),
        ],
        rows=rows,
        notes=list(dict.fromkeys([*notes, *filter(None, [config.blinding_note])])),
        simulated=config.simulated,
    )


def _models(config: StudyConfig) -> list[tuple[str, Any]]:
    return list(config.models.items())


def _flux(value: float | None) -> Cell:
    return Cell(NA if value is None else f"{value:.6g}", value)


def _reduction(ratio: float | None) -> float | None:
    """Return a ratio of burdens as a reduction in percent."""
    return None if ratio is None else 100 * (1 - ratio)


def _interval(lower: float | None, upper: float | None) -> Cell:
    return Cell(format_interval(lower, upper, format_percent))


def _theirs(published: Published | None, arm: str) -> float | None:
    return published.arms[arm].burden_p_s if published and arm in published.arms else None


def _shared(
    config: StudyConfig, model: str, arm: str, row: dict[str, Any], published: Published | None
) -> dict[str, Cell]:
    """Return the cells that all rows have."""
    day, other = number(row, "day"), _theirs(published, arm)
    return {
        "model": names(config.model_label(model)),
        "group": names(config.arm_label(arm)),
        "day": Cell(format_days(day), day),
        "region": Cell(row["region"]),
        "published_burden": Cell(format_flux(other)),
        "published_burden_p_s": _flux(other),
    }


def _reference_row(
    config: StudyConfig, model: str, row: dict[str, Any], published: Published | None
) -> dict[str, Cell]:
    """Return the reference arm's row on the day of a comparison."""
    mean = number(row, "mean_reference_p_s")
    empty = (*_REDUCTIONS, "p_value", "p_value_exact", "test", "published_reduction")
    return {
        **_shared(config, model, config.reference_arm, row, published),
        "n": count(number(row, "n_reference")),
        "endpoint_burden": Cell(format_flux(mean)),
        "endpoint_burden_p_s": _flux(mean),
        **{key: Cell(NO_COMPARISON) for key in (*empty, "published_p_value")},
    }


def _arm_row(
    config: StudyConfig, model: str, row: dict[str, Any], published: Published | None, many: bool
) -> dict[str, Cell]:
    """Return the row of an arm that is compared with the reference."""
    mean, p = number(row, "mean_p_s"), number(row, "p_adjusted" if many else "p_value")
    other = _theirs(published, row["arm"])
    base = _theirs(published, config.reference_arm)
    theirs = 100 * (1 - other / base) if other is not None and base else None
    return {
        **_shared(config, model, row["arm"], row, published),
        "n": count(number(row, "n")),
        "endpoint_burden": Cell(format_flux(mean)),
        "endpoint_burden_p_s": _flux(mean),
        "reduction": Cell(format_percent(number(row, "reduction_percent"))),
        "reduction_95ci": _interval(
            number(row, "reduction_lower_95"), number(row, "reduction_upper_95")
        ),
        "geometric_reduction": Cell(format_percent(_reduction(number(row, "geometric_ratio")))),
        "geometric_reduction_95ci": _interval(
            _reduction(number(row, "geometric_ratio_upper_95")),
            _reduction(number(row, "geometric_ratio_lower_95")),
        ),
        "p_value": Cell(format_p(p, config.tables.smallest_p)),
        "p_value_exact": Cell(NA if p is None else f"{p:.6g}", p),
        "test": Cell(row["test"]),
        "published_reduction": Cell(format_percent(theirs)),
        "published_p_value": Cell(
            (published.burden_p if published and other is not None else None) or NA, own=False
        ),
    }


def _notes(config: StudyConfig, label: str, row: dict[str, Any]) -> list[str]:
    """Say how the day was chosen and what the statistics note."""
    who = label
    if row["arm"] in config.arms and len(config.arms) > 2:
        who = f"{label}, {config.arm_label(row['arm'])}"
    rule = row.get("day_rule") or ""
    texts = [text for text in (rule, row["note"]) if text]
    return [f"{who}: {'; '.join(texts)}."] if texts else []
