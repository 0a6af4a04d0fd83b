"""Which statistics the report lists besides Tables 1 and 2, and with which columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lumicohort.report.list_cells import (
    Cell,
    Row,
    against,
    arm,
    coding,
    count,
    difference,
    difference_interval,
    digits,
    hazard_method,
    interval,
    known,
    model,
    number,
    of_term,
    p_value,
    survival_test,
    text,
    weekly,
    yes,
)
from lumicohort.tables.format import format_days, format_ratio

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
    "Model": model,
    "Group": arm("arm"),
    "Against": against,
}


@dataclass(frozen=True, slots=True)
class Spec:
    """A statistics table and how its rows are printed."""

    file: str
    title: str
    columns: dict[str, Cell]
    note: str = ""
    wanted: Callable[[Row], bool] = lambda row: True

    @property
    def of_flux(self) -> bool:
        """Whether it is about flux; the others are about survival."""
        return self.file.startswith(("burden", "growth", "baseline"))


SPECS = (
    Spec(
        "survival_sensitivity",
        "If an end reason had been coded the other way",
        {
            "Model": model,
            "Coding": coding,
            "Group": arm("arm"),
            "Median (days)": number("median_days", format_days),
            "Against": arm("reference"),
            "Its median (days)": number("median_reference_days", format_days),
            "P value": p_value(),
            "Hazard ratio": number("hr", format_ratio),
            "95% CI": interval(format_ratio),
        },
    ),
    Spec(
        "survival_differences",
        "Differences in survival time",
        {
            **_COMPARED,
            "Measure": text("measure", _MEASURES),
            "Estimate": difference,
            "95% CI": difference_interval,
            "P value": p_value(),
            "Method": text("method"),
            "Note": text("note"),
        },
    ),
    Spec(
        "survival_tests",
        "Survival tests",
        {
            **_COMPARED,
            "Test": survival_test,
            "P value": p_value(),
            "Adjusted": p_value("p_adjusted"),
            "Printed": yes("primary"),
            "Note": text("note"),
        },
    ),
    Spec(
        "hazard_ratios",
        "Hazard ratios",
        {
            **_COMPARED,
            "Method": hazard_method,
            "Hazard ratio": number("hr", format_ratio),
            "95% CI": interval(format_ratio),
            "Printed": yes("primary"),
            "Note": text("note"),
        },
    ),
    Spec(
        "survival_ph",
        "Whether hazards are proportional",
        {
            "Model": model,
            "Of": of_term,
            "χ²": number("statistic", digits),
            "df": number("df", count),
            "P value": p_value(),
            "Note": text("note"),
        },
        "Score test of the Cox model (Grambsch and Therneau, as cox.zph). A small P says "
        "that the hazard ratio changes over time: go by the difference in restricted mean "
        "survival then.",
    ),
    Spec(
        "competing_tests",
        "Cumulative incidence with competing deaths",
        {
            **_COMPARED,
            "Of": text("cause", _CAUSES),
            "Test": text("test", _OTHER_TESTS),
            "P value": p_value(),
            "Adjusted": p_value("p_adjusted"),
            "Note": text("note"),
        },
    ),
    Spec(
        "burden_global",
        "Burden, all groups at once",
        {
            "Model": model,
            "Quantity": text("quantity", _QUANTITIES),
            "Day": number("day", format_days),
            "Animals": number("n", count),
            "Test": text("test", _OTHER_TESTS),
            "P value": p_value(),
            "Note": text("note"),
        },
    ),
    Spec(
        "growth",
        "Growth of the tumours",
        {
            "Model": model,
            "Group": arm("arm"),
            "Animals": number("n_animals", count),
            "Images": number("n_images", count),
            "Below LOD": number("n_below_lod", count),
            "Slope (log10 per day)": weekly("slope_log10_per_day"),
            "95% CI": interval(digits),
            "Doubling time (days)": number("doubling_days", format_days),
            "P value": p_value("p_value_vs_reference"),
            "Method": text("method"),
            "Note": text("note"),
        },
    ),
    Spec(
        "growth_differences",
        "Growth against the reference",
        {
            **_COMPARED,
            "Measure": text("measure", _MEASURES),
            "Estimate": number("estimate", digits),
            "95% CI": interval(digits),
            "P value": p_value(),
            "Note": text("note"),
        },
    ),
    Spec(
        "growth_sensitivity",
        "Growth, other analyses",
        {
            "Model": model,
            "Analysis": lambda config, row: known(row["analysis"]).replace("_", " "),
            "Group": arm("arm"),
            "Slope (log10 per day)": weekly("slope_log10_per_day"),
            "95% CI": interval(digits),
            "Difference": number("slope_difference", digits),
            "P value": p_value("p_value_vs_reference"),
            "Note": text("note"),
        },
    ),
    Spec(
        "burden_sensitivity",
        "Endpoint burden, other analyses",
        {
            **_COMPARED,
            "Day": number("day", format_days),
            "Analysis": lambda config, row: known(row["analysis"]).replace("_", " "),
            "Geometric ratio": number("geometric_ratio", format_ratio),
            "95% CI": interval(format_ratio, "geometric_ratio_"),
            "P value": p_value(),
            "Note": text("note"),
        },
    ),
    Spec(
        "burden_ancova",
        "Endpoint burden at equal baseline",
        {
            **_COMPARED,
            "Days": lambda config, row: (
                f"{format_days(row['baseline_day'])} to {format_days(row['day'])}"
            ),
            "Ratio": number("ratio", format_ratio),
            "95% CI": interval(format_ratio, "ratio_"),
            "P value": p_value(),
            "Unequal slopes, P": p_value("p_value_unequal_slopes"),
            "Note": text("note"),
        },
    ),
    Spec(
        "burden_auc",
        "Area under the curve of burden",
        {
            **_COMPARED,
            "Measure": text("measure", _MEASURES),
            "Days": lambda config, row: (
                f"{format_days(row['from_day'])} to {format_days(row['to_day'])}"
            ),
            "Estimate": number("estimate", digits),
            "95% CI": interval(digits),
            "P value": p_value(),
            "Note": text("note"),
        },
    ),
    Spec(
        "baseline_balance",
        "Balance at baseline",
        {
            **_COMPARED,
            "Quantity": text("quantity", _QUANTITIES),
            "Animals": number("n", count),
            "Mean": number("mean", digits),
            "Its mean": number("mean_reference", digits),
            "Standardised difference": number("standardised_difference", digits),
            "Note": text("note"),
        },
        "No test: if animals were allocated at random, any difference at baseline is chance. "
        "Chance alone makes standardised differences of about √(1/n₁ + 1/n₂), which is 0.45 for "
        "10 animals a group.",
    ),
    Spec(
        "baseline_effect",
        "Burden and later survival",
        {
            "Model": model,
            "Quantity": text("quantity", _QUANTITIES),
            "Day": number("day", format_days),
            "Hazard ratio per SD": number("hr_per_sd", format_ratio),
            "95% CI": interval(format_ratio, "hr_per_sd_"),
            "P value": p_value(),
            "Note": text("note"),
        },
    ),
)
