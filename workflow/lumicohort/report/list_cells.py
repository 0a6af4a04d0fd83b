"""How cells of the report's lists of statistics are printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lumicohort.tables.format import (
    MINUS,
    NA,
    format_days,
    format_flux,
    format_interval,
    format_p,
    format_ratio,
    is_missing,
)
from lumicohort.tables.sources import hazard_words, strata_words, test_name

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

Row = dict[str, Any]
Cell = Callable[["StudyConfig", Row], str]
"""What prints a cell of a row of a statistics table."""


def known(value: Any) -> str:
    """Return a value as text, empty where there is none."""
    text = "" if value is None else str(value)
    return "" if text in (NA, "nan") else text


def model(config: StudyConfig, row: Row) -> str:
    """Print a model by its label."""
    name = known(row["model"])
    return config.model_label(name) if name in config.models else name or "–"


def arm(key: str) -> Cell:
    """Print an arm by its label."""

    def cell(config: StudyConfig, row: Row) -> str:
        name = known(row[key])
        return config.arm_label(name) if name in config.arms else name or "–"

    return cell


def against(config: StudyConfig, row: Row) -> str:
    """Name the arm compared with; a test of all arms at once has none."""
    return arm("reference")(config, row) if known(row["arm"]) in config.arms else "–"


def text(key: str, words: dict[str, str] | None = None) -> Cell:
    """Print a text, in other words where they are given."""
    return lambda config, row: (words or {}).get(known(row.get(key)), known(row.get(key)))


def p_value(key: str = "p_value") -> Cell:
    """Print a p-value."""
    return lambda config, row: format_p(float(row[key]), config.tables.smallest_p)


def number(key: str, form: Callable[[float | None], str]) -> Cell:
    """Print a number in a given form."""
    return lambda config, row: form(float(row[key]))


def interval(form: Callable[[float | None], str], stem: str = "") -> Cell:
    """Print a confidence interval in a given form."""
    return lambda config, row: format_interval(
        float(row[f"{stem}lower_95"]), float(row[f"{stem}upper_95"]), form
    )


def yes(key: str) -> Cell:
    """Print `yes` where a value is true."""
    return lambda config, row: "yes" if str(row.get(key, "")).lower() == "true" else ""


def digits(value: float | None) -> str:
    """Print three significant digits: ``1600``, ``0.0194``, ``2.65 × 10⁻⁵``, not ``1.6e+03``."""
    if value is None or is_missing(value):
        return NA
    if value and not 1e-4 <= abs(value) < 1e6:
        return format_flux(value, 2)
    return f"{float(f'{value:.3g}'):g}".replace("-", MINUS)


def count(value: float | None) -> str:
    """Print a whole number."""
    return NA if value is None or is_missing(value) else f"{value:.0f}"


def difference(config: StudyConfig, row: Row) -> str:
    """Print a difference in days, or a ratio."""
    ratio = str(row["measure"]).endswith("ratio")
    return format_ratio(row["estimate"]) if ratio else format_days(row["estimate"], signed=True)


def difference_interval(config: StudyConfig, row: Row) -> str:
    """Print the confidence interval of a difference in days, or of a ratio."""
    form = format_ratio if str(row["measure"]).endswith("ratio") else format_days
    return format_interval(row["lower_95"], row["upper_95"], form)


def coding(config: StudyConfig, row: Row) -> str:
    """Say how an end reason was counted."""
    reason = known(row["end_reason"])
    return f"{reason} counted as {known(row['counted_as'])}" if reason else "as configured"


_MODELS = {"stratified_by": "stratified by", "adjusted_for": "adjusted for"}
"""Column that tells one Cox model from another -> its words."""


def of_term(config: StudyConfig, row: Row) -> str:
    """Name what a test of proportional hazards is about, and its transformation of time."""
    term = known(row.get("term")) or known(row.get("arm")) or "groups"
    transform = known(row.get("transform"))
    words = [transform] if transform else []
    words += [f"{of} {known(row.get(key))}" for key, of in _MODELS.items() if known(row.get(key))]
    return f"{term} ({'; '.join(words)})" if words else term


def hazard_method(config: StudyConfig, row: Row) -> str:
    """Name the method of a hazard ratio."""
    return hazard_words(row)


def survival_test(config: StudyConfig, row: Row) -> str:
    """Name a test, and what it is stratified by: the plain one stands beside it."""
    return test_name(row) + strata_words(row)


def weekly(key: str) -> Cell:
    """Print a slope in tenfolds a day."""
    return number(key, digits)
