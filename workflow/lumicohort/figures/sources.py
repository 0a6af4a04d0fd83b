"""The files of a study's results that figures read, by name."""

from __future__ import annotations

PREVIEWS = "previews"
CLICKS = "clicks"
OF_BATCHES: dict[str, str] = {PREVIEWS: "previews.npz", CLICKS: "clicks.csv"}
"""What every batch has of its own: name to file name in ``imaging/<batch>/``."""

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
    "events": "cohort/events.csv",
    "flow": "cohort/flow.csv",
}
"""Name to path below the study's results folder."""
