"""More of the made-up study: what happened to each animal, its flow, rarer statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lumicohort.burden import growth_diagnostics
from lumicohort.cohort.events import EVENTS
from lumicohort.cohort.flow import FLOW, STAGES
from lumicohort.files import read_csv, write_csv
from lumicohort.study.config import StudyConfig
from lumicohort.survival.competing_frames import INCIDENCE, TESTS


def write_courses(config: StudyConfig, results: Path, *, sheets: bool = True) -> None:
    """Write events, the flow of animals, cumulative incidences and the growth model's residuals.

    Parameters
    ----------
    config, results
        The study, and its results folder with `survival.csv`, `flux.csv` and curves.
    sheets : bool
        Whether the study has sheets of weights and treatments.
    """
    survival = read_csv(results / "survival.csv")
    random = np.random.default_rng(3)
    events = [
        event for row in survival.to_dict("records") for event in _events(config, row, random)
    ]
    if not sheets:
        events = [event for event in events if event["what"] in ("inoculated", "ended")]
    write_csv(pd.DataFrame(events, columns=EVENTS), results / "cohort" / "events.csv")
    _write_flow(config, survival, results)
    statistics = results / "statistics"
    curves = read_csv(statistics / "survival_curves.csv")
    curves = curves[curves["events"].groupby([curves["model"], curves["arm"]]).transform("sum") > 0]
    incidence = curves.assign(
        cause="event",
        other_deaths=0,
        incidence=1 - curves["survival"],
        lower_95=1 - curves["upper_95"],
        upper_95=1 - curves["lower_95"],
    )
    write_csv(
        incidence.reindex(columns=["model", *INCIDENCE]), statistics / "cumulative_incidence.csv"
    )
    write_csv(pd.DataFrame(columns=["model", *TESTS]), statistics / "competing_tests.csv")
    _write_diagnostics(config, survival, results, random)


def _events(
    config: StudyConfig, row: dict[Any, Any], random: np.random.Generator
) -> list[dict[str, Any]]:
    last = int(row["time_days"])
    start = pd.Timestamp("2024-01-01")

    def event(what: str, day: int, value: float = np.nan, unit: str = "", detail: str = "") -> dict:
        return {
            "animal_id": row["animal_id"],
            "model": row["model"],
            "arm": row["arm"],
            "included": True,
            "day": day,
            "date": str((start + pd.Timedelta(days=day)).date()),
            "what": what,
            "value": value,
            "unit": unit,
            "detail": detail,
        }

    grams = 22 + random.normal(0, 1)
    weights = [
        grams + 0.05 * day - 4.5 * max(0.0, 1 - (last - day) / 6) + random.normal(0, 0.15)
        for day in range(0, last + 1, 3)
    ]
    agent = "vehicle" if row["arm"] == config.reference_arm else row["arm"]
    return [
        event("inoculated", 0, 1e5, "cells"),
        *(event("weighed", 3 * i, round(w, 1), "g") for i, w in enumerate(weights)),
        *(event("treated", d, 48.0, "ug", f"{agent}; i.t.") for d in range(7, last, 3)),
        event("ended", last, detail=row["end_reason"]),
    ]


def _write_flow(config: StudyConfig, survival: pd.DataFrame, results: Path) -> None:
    rows: list[list[Any]] = []
    for model in config.models:
        for arm in config.arms:
            n = int(((survival["model"] == model) & (survival["arm"] == arm)).sum())
            for stage in STAGES if n else ():
                lost = int(stage == "analysed_burden" and n > 3 and arm != config.reference_arm)
                reason = "no image that can be analysed (1)" if lost else ""
                rows.append([model, arm, stage, n - lost, lost, reason])
    write_csv(pd.DataFrame(rows, columns=FLOW), results / "cohort" / "flow.csv")


def _write_diagnostics(
    config: StudyConfig, survival: pd.DataFrame, results: Path, random: np.random.Generator
) -> None:
    """Write residuals of a growth model that was never fitted, where animals are enough for one."""
    flux = read_csv(results / "flux.csv")
    flux = flux[flux["region"] == config.analysis.burden.region]
    enough = flux["day"].nunique() > 1 and len(survival) >= 8
    rows = []
    for model in config.models if enough else ():
        for kind, table in (
            ("residual", flux),
            ("random_intercept", survival),
            ("random_slope", survival),
        ):
            mine = table[table["model"] == model]
            order = pd.Series(random.normal(size=len(mine))).sort_values()
            places = (np.arange(len(mine)) + 0.5) / max(len(mine), 1)
            for i, (animal, arm) in enumerate(zip(mine["animal_id"], mine["arm"], strict=True)):
                rows.append(
                    {
                        "model": model,
                        "region": config.analysis.burden.region,
                        "kind": kind,
                        "animal_id": animal,
                        "arm": arm,
                        "fitted_log10": 5.5 + 2 * i / len(mine),
                        "standardised": order.iloc[i] if kind != "residual" else order[i],
                        "normal_quantile": 2.4 * (places[i] - 0.5) * 2,
                        "primary": True,
                    }
                )
    table = pd.DataFrame(rows, columns=growth_diagnostics.COLUMNS)
    write_csv(table, results / "statistics" / "growth_diagnostics.csv")
