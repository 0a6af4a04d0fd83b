"""The statistics that the report lists besides Tables 1 and 2, each as a table of texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.files import read_csv
from lumicohort.tables.format import (
    MINUS,
    NA,
    format_days,
    format_interval,
    format_p,
    format_ratio,
    is_missing,
)
from lumicohort.tables.sources import TEST_WORDS, hazard_words, strata_words

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading, and whether its cells are numbers (set to the right)."""

    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class ReportList:
    """A table of texts in the report.

    Parameters
    ----------
    title : str
        Its heading.
    columns : sequence of Heading
        Columns from left to right.
    rows : sequence of list of str
        Cells as printed.
    note : str
        A sentence below the heading.
    """

    title: str
    columns: Sequence[Heading]
    rows: Sequence[list[str]]
    note: str = ""


Cell = Callable[["StudyConfig", Row], str]


@dataclass(frozen=True, slots=True)
class _Spec:
    """A statistics table and how its rows are printed."""

    file: str
    title: str
    columns: dict[str, Cell]
    note: str = ""
    wanted: Callable[[Row], bool] = lambda row: True


def statistics_lists(config: StudyConfig, results: Path) -> list[ReportList]:
    """Return the lists of all statistics of the analysed region; those without rows are left out.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    """
    out = []
    for spec in _SPECS:
        path = results / "statistics" / f"{spec.file}.csv"
        if not path.is_file():
            continue
        rows = [
            {str(key): value for key, value in row.items()}
            for row in read_csv(path, text=_TEXT).to_dict("records")
        ]
        region = config.analysis.burden.region
        rows = [r for r in rows if r.get("region", region) == region and spec.wanted(r)]
        if rows:
            cells = {name: [cell(config, r) for r in rows] for name, cell in spec.columns.items()}
            told = {name: column for name, column in cells.items() if any(column)}
            headings = [Heading(name, _is_number(name)) for name in told]
            texts = [list(row) for row in zip(*told.values(), strict=True)]
            note = " ".join(filter(None, [spec.note, _unadjusted(config, spec)]))
            out.append(ReportList(spec.title, headings, texts, note))
    return out


def _unadjusted(config: StudyConfig, spec: _Spec) -> str:
    """Say that p-values of a list are not adjusted, where several arms have one each."""
    per_arm = "P value" in spec.columns and {"Group", "Against"} & set(spec.columns)
    if len(config.arms) <= 2 or not per_arm or "Adjusted" in spec.columns:
        return ""
    return "P values here are not adjusted for the several comparisons."


_TEXT = (
    *("note", "method", "options", "test", "analysis", "measure", "quantity", "end_reason"),
    *("configured_as", "counted_as", "hr_method", "transform", "stratified_by", "term"),
    *("adjusted_for", "clustered_by"),
)
_WORDS = frozenset(
    (
        *("Model", "Group", "Against", "Test", "Method", "Measure", "Analysis", "Coding", "Note"),
        *("Printed", "Quantity", "Of"),
    )
)


def _is_number(heading: str) -> bool:
    return heading not in _WORDS


def _known(value: Any) -> str:
    text = "" if value is None else str(value)
    return "" if text in (NA, "nan") else text


def _model(config: StudyConfig, row: Row) -> str:
    name = _known(row["model"])
    return config.model_label(name) if name in config.models else name or "–"


def _arm(key: str) -> Cell:
    def cell(config: StudyConfig, row: Row) -> str:
        name = _known(row[key])
        return config.arm_label(name) if name in config.arms else name or "–"

    return cell


def _against(config: StudyConfig, row: Row) -> str:
    """Name the arm compared with; a test of all arms at once has none."""
    return _arm("reference")(config, row) if _known(row["arm"]) in config.arms else "–"


def _text(key: str, words: dict[str, str] | None = None) -> Cell:
    return lambda config, row: (words or {}).get(_known(row.get(key)), _known(row.get(key)))


def _p(key: str = "p_value") -> Cell:
    return lambda config, row: format_p(float(row[key]), config.tables.smallest_p)


def _number(key: str, form: Callable[[float | None], str]) -> Cell:
    return lambda config, row: form(float(row[key]))


def _interval(form: Callable[[float | None], str], stem: str = "") -> Cell:
    return lambda config, row: format_interval(
        float(row[f"{stem}lower_95"]), float(row[f"{stem}upper_95"]), form
    )


def _yes(key: str) -> Cell:
    return lambda config, row: "yes" if str(row.get(key, "")).lower() == "true" else ""


def _digits(value: float | None) -> str:
    """Print three significant digits."""
    return NA if value is None or is_missing(value) else f"{value:.3g}".replace("-", MINUS)


def _count(value: float | None) -> str:
    return NA if value is None or is_missing(value) else f"{value:.0f}"


def _difference(config: StudyConfig, row: Row) -> str:
    ratio = str(row["measure"]).endswith("ratio")
    return format_ratio(row["estimate"]) if ratio else format_days(row["estimate"], signed=True)


def _difference_interval(config: StudyConfig, row: Row) -> str:
    form = format_ratio if str(row["measure"]).endswith("ratio") else format_days
    return format_interval(row["lower_95"], row["upper_95"], form)


def _coding(config: StudyConfig, row: Row) -> str:
    reason = _known(row["end_reason"])
    return f"{reason} counted as {_known(row['counted_as'])}" if reason else "as configured"


def _of_term(config: StudyConfig, row: Row) -> str:
    """Name what a test of proportional hazards is about, and its transformation of time."""
    term = _known(row.get("term")) or _known(row.get("arm")) or "groups"
    transform = _known(row.get("transform"))
    return f"{term} ({transform})" if transform else term


def _hazard_method(config: StudyConfig, row: Row) -> str:
    return hazard_words(row)


def _survival_test(config: StudyConfig, row: Row) -> str:
    """Name a test, and what it is stratified by: the plain one stands beside it."""
    name = _known(row["test"])
    return TEST_WORDS.get(name, name) + strata_words(row)


def _weekly(key: str) -> Cell:
    """Print a slope in tenfolds a day."""
    return _number(key, _digits)


_MEASURES = {
    "median_difference_days": "difference of medians (days)",
    "median_ratio": "ratio of medians",
    "rmst_difference_days": "difference of restricted means (days)",
    "rmst_ratio": "ratio of restricted means",
    "slope_difference_log10_per_day": "difference of slopes (log10 per day)",
    "doubling_difference_days": "difference of doubling times (days)",
    "doubling_ratio": "ratio of doubling times",
    "auc_flux_ratio": "ratio of areas under the flux curve",
    "auc_log10_difference_days": "difference of areas under the log10 curve (days)",
}
_QUANTITIES = {
    "baseline_log10_p_s": "log10 flux at baseline (p/s)",
    "endpoint_log10_p_s": "log10 flux at the endpoint day (p/s)",
    "weight_g": "weight (g)",
    "age_days": "age (days)",
    "auc_log10_p_s_days": "area under the log10 curve",
    "slope_log10_per_day": "slope of each animal (log10 per day)",
}
_CAUSES = {"event": "the event", "competing": "competing deaths"}
_OTHER_TESTS = {"gray": "Gray’s test", "welch_anova": "Welch’s analysis of variance"}

_COMPARED: dict[str, Cell] = {
    "Model": _model,
    "Group": _arm("arm"),
    "Against": _against,
}

_SPECS = (
    _Spec(
        "survival_sensitivity",
        "If an end reason had been coded the other way",
        {
            "Model": _model,
            "Coding": _coding,
            "Group": _arm("arm"),
            "Median (days)": _number("median_days", format_days),
            "Against": _arm("reference"),
            "Its median (days)": _number("median_reference_days", format_days),
            "P value": _p(),
            "Hazard ratio": _number("hr", format_ratio),
            "95% CI": _interval(format_ratio),
        },
    ),
    _Spec(
        "survival_differences",
        "Differences in survival time",
        {
            **_COMPARED,
            "Measure": _text("measure", _MEASURES),
            "Estimate": _difference,
            "95% CI": _difference_interval,
            "P value": _p(),
            "Method": _text("method"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "survival_tests",
        "Survival tests",
        {
            **_COMPARED,
            "Test": _survival_test,
            "P value": _p(),
            "Adjusted": _p("p_adjusted"),
            "Printed": _yes("primary"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "hazard_ratios",
        "Hazard ratios",
        {
            **_COMPARED,
            "Method": _hazard_method,
            "Hazard ratio": _number("hr", format_ratio),
            "95% CI": _interval(format_ratio),
            "Printed": _yes("primary"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "survival_ph",
        "Whether hazards are proportional",
        {
            "Model": _model,
            "Of": _of_term,
            "χ²": _number("statistic", _digits),
            "df": _number("df", _count),
            "P value": _p(),
            "Note": _text("note"),
        },
        "Score test of the Cox model (Grambsch and Therneau, as cox.zph). A small P says "
        "that the hazard ratio changes over time: go by the difference in restricted mean "
        "survival then.",
    ),
    _Spec(
        "competing_tests",
        "Cumulative incidence with competing deaths",
        {
            **_COMPARED,
            "Of": _text("cause", _CAUSES),
            "Test": _text("test", _OTHER_TESTS),
            "P value": _p(),
            "Adjusted": _p("p_adjusted"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "burden_global",
        "Burden, all groups at once",
        {
            "Model": _model,
            "Quantity": _text("quantity", _QUANTITIES),
            "Day": _number("day", format_days),
            "Animals": _number("n", _count),
            "Test": _text("test", _OTHER_TESTS),
            "P value": _p(),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "growth",
        "Growth of the tumours",
        {
            "Model": _model,
            "Group": _arm("arm"),
            "Animals": _number("n_animals", _count),
            "Images": _number("n_images", _count),
            "Slope (log10 per day)": _weekly("slope_log10_per_day"),
            "95% CI": _interval(_digits),
            "Doubling time (days)": _number("doubling_days", format_days),
            "P value": _p("p_value_vs_reference"),
            "Method": _text("method"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "growth_differences",
        "Growth against the reference",
        {
            **_COMPARED,
            "Measure": _text("measure", _MEASURES),
            "Estimate": _number("estimate", _digits),
            "95% CI": _interval(_digits),
            "P value": _p(),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "growth_sensitivity",
        "Growth, other analyses",
        {
            "Model": _model,
            "Analysis": lambda config, row: _known(row["analysis"]).replace("_", " "),
            "Group": _arm("arm"),
            "Slope (log10 per day)": _weekly("slope_log10_per_day"),
            "95% CI": _interval(_digits),
            "Difference": _number("slope_difference", _digits),
            "P value": _p("p_value_vs_reference"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "burden_sensitivity",
        "Endpoint burden, other analyses",
        {
            **_COMPARED,
            "Day": _number("day", format_days),
            "Analysis": lambda config, row: _known(row["analysis"]).replace("_", " "),
            "Geometric ratio": _number("geometric_ratio", format_ratio),
            "95% CI": _interval(format_ratio, "geometric_ratio_"),
            "P value": _p(),
        },
    ),
    _Spec(
        "burden_ancova",
        "Endpoint burden at equal baseline",
        {
            **_COMPARED,
            "Days": lambda config, row: (
                f"{format_days(row['baseline_day'])} to {format_days(row['day'])}"
            ),
            "Ratio": _number("ratio", format_ratio),
            "95% CI": _interval(format_ratio, "ratio_"),
            "P value": _p(),
            "Unequal slopes, P": _p("p_value_unequal_slopes"),
            "Note": _text("note"),
        },
    ),
    _Spec(
        "burden_auc",
        "Area under the curve of burden",
        {
            **_COMPARED,
            "Measure": _text("measure", _MEASURES),
            "Days": lambda config, row: (
                f"{format_days(row['from_day'])} to {format_days(row['to_day'])}"
            ),
            "Estimate": _number("estimate", _digits),
            "95% CI": _interval(_digits),
            "P value": _p(),
        },
    ),
    _Spec(
        "baseline_balance",
        "Balance at baseline",
        {
            **_COMPARED,
            "Quantity": _text("quantity", _QUANTITIES),
            "Mean": _number("mean", _digits),
            "Its mean": _number("mean_reference", _digits),
            "Standardised difference": _number("standardised_difference", _digits),
        },
        "No test: any difference at baseline between randomised groups is chance.",
    ),
    _Spec(
        "baseline_effect",
        "Burden and later survival",
        {
            "Model": _model,
            "Quantity": _text("quantity", _QUANTITIES),
            "Day": _number("day", format_days),
            "Hazard ratio per SD": _number("hr_per_sd", format_ratio),
            "95% CI": _interval(format_ratio, "hr_per_sd_"),
            "P value": _p(),
            "Note": _text("note"),
        },
    ),
)
