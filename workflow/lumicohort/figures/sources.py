"""The files of a study's results that figures read, by name."""

from __future__ import annotations

PREVIEWS = "previews"
"""The name that stands for the previews of every batch."""

_STATISTICS = (
    "survival_arms",
    "survival_curves",
    "survival_tests",
    "survival_differences",
    "hazard_ratios",
    "cumulative_incidence",
    "competing_tests",
    "burden_endpoint",
    "burden_days",
    "burden_animals",
    "growth_diagnostics",
)

SOURCES: dict[str, str] = {
    **{name: f"statistics/{name}.csv" for name in _STATISTICS},
    "flux": "flux.csv",
    "survival": "survival.csv",
}
"""Name to path below the study's results folder."""
