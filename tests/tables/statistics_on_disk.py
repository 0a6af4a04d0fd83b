"""Statistics of a small study as they stand on disk, for tests of the tables made of them."""

from __future__ import annotations

import csv

import pandas as pd

from lumicohort.study.config import parse_config

ARMS = ["model", "arm", "n", "events", "median_days", "median_lower_95", "median_upper_95"]
TESTS = [
    *["model", "arm", "reference", "test", "p_value", "p_adjusted", "primary", "note", "options"]
]
RATIOS = ["model", "arm", "reference", "method", "hr", "lower_95", "upper_95", "p_value", "primary"]
BURDEN = [
    *("model", "region", "day", "arm", "reference", "n", "n_reference", "mean_p_s"),
    *("mean_reference_p_s", "reduction_percent", "reduction_lower_95", "reduction_upper_95"),
    *("geometric_ratio", "geometric_ratio_lower_95", "geometric_ratio_upper_95"),
    *("test", "p_value", "p_adjusted", "primary", "day_rule", "note"),
]
ANIMALS = [
    *("animal_id", "model", "arm", "time_days", "event", "end_reason", "included", "reason"),
    *("sex", "cage"),
]
CURVES = [
    *("animal_id", "model", "arm", "region", "baseline_day", "baseline_p_s", "baseline_below_lod"),
    *("endpoint_day", "endpoint_p_s", "endpoint_below_lod", "fold_change", "doubling_days"),
    *("n_images", "n_below_lod", "primary"),
]


def write_animals(folder, animals, curves=()):
    pd.DataFrame(animals, columns=ANIMALS).to_csv(folder / "survival.csv", index=False, na_rep="NA")
    path = folder / "statistics" / "burden_animals.csv"
    pd.DataFrame(curves, columns=CURVES).to_csv(path, index=False, na_rep="NA")


def write_statistics(folder, arms, tests, burden, ratios=()):
    out = folder / "statistics"
    out.mkdir(parents=True, exist_ok=True)
    for name, rows, columns in (
        ("survival_arms", arms, ARMS),
        ("survival_tests", tests, TESTS),
        ("hazard_ratios", ratios, RATIOS),
        ("burden_endpoint", burden, BURDEN),
    ):
        pd.DataFrame(rows, columns=columns).to_csv(out / f"{name}.csv", index=False, na_rep="NA")
    write_animals(
        folder,
        [
            (f"{row[0]}-{row[1]}", row[0], row[1], 20, 1, "found dead", "true", "", "F", "c1")
            for row in arms
        ],
    )


def config(**raw):
    published = {
        "source": "Someone et al.",
        "arms": {
            "vehicle": {"median_days": 22, "burden_p_s": 1.5e7},
            "DFO": {"median_days": 34, "burden_p_s": 0.5e7},
        },
        "survival_p": "<0.0001",
        "burden_p": "<0.001",
    }
    base = {
        "study": "small",
        "models": {"M1": {"published": published}, "M2": {"label": "Model two"}},
        "arms": {"vehicle": {"label": "Vehicle"}, "DFO": {}},
        "reference_arm": "vehicle",
    }
    return parse_config(base | raw)


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
