"""A made-up study for tests of figures and report: every number invented, none measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from made_up_courses import write_courses

from lumicohort.burden import animals as burden_animals
from lumicohort.burden import days as burden_days
from lumicohort.burden import endpoint as burden_endpoint
from lumicohort.burden.values import load_burden
from lumicohort.files import write_csv
from lumicohort.study.config import StudyConfig, parse_config

FOV_CM = 22.4
PIXELS = 120
PIXEL_CM = FOV_CM / PIXELS
LOD = 4e4
REGIONS = {"neuraxis": 1.0, "cranial": 0.7, "spinal": 0.3, "whole_body": 1.3}
"""Each region's share of the neuraxis' flux."""
DIFFERENCES = {"median_difference_days": 12.0, "rmst_difference_days": 8.0}


def made_up_config(
    models: Sequence[str] = ("MDA231-LeptoM", "PC9-LeptoM"),
    arms: Sequence[str] = ("vehicle", "DFO"),
    labels: dict[str, str] | None = None,
    simulated: bool = True,
    arm_options: dict[str, dict[str, Any]] | None = None,
    **more: Any,
) -> StudyConfig:
    """Return a config of a study of these models and arms."""
    options = arm_options or {}
    raw: dict[str, Any] = {
        "study": "made_up",
        "title": "A made-up study",
        "models": {model: {} for model in models},
        "arms": {arm: {"label": (labels or {}).get(arm), **options.get(arm, {})} for arm in arms},
        "reference_arm": arms[0],
        **more,
    }
    if simulated:
        raw["simulate"] = {"seed": 1}
    return parse_config(raw)


def kaplan_meier(times: np.ndarray, events: np.ndarray) -> pd.DataFrame:
    """Return the curve of one arm by the product formula, with a plain 95% band."""
    rows = []
    survival, variance = 1.0, 0.0
    for time in np.unique(times):
        at_risk = int((times >= time).sum())
        died = int(((times == time) & events).sum())
        survival *= 1 - died / at_risk
        variance += died / (at_risk * (at_risk - died)) if at_risk > died else np.nan
        half = 1.96 * survival * np.sqrt(variance)
        rows.append(
            {
                "time_days": time,
                "at_risk": at_risk,
                "events": died,
                "censored": int(((times == time) & ~events).sum()),
                "survival": survival,
                "lower_95": max(survival - half, 0) if survival > 0 else np.nan,
                "upper_95": min(survival + half, 1) if survival > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def write_made_up(
    config: StudyConfig,
    results: Path,
    animals_per_arm: int = 10,
    days: Sequence[int] = (7, 14, 21, 28),
    all_censored: bool = False,
    below_lod: bool = False,
    previews: bool = True,
    sheets: bool = True,
    alone: str = "",
    seed: int = 7,
) -> Path:
    """Write a results folder of invented numbers as the steps before figures would."""
    random = np.random.default_rng(seed)
    survival, flux, curves, arm_rows, tests, ratios = [], [], [], [], [], []
    number = 0
    arms = list(config.arms)
    for m, model in enumerate(config.models):
        times_of: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for a, arm in enumerate(arms):
            size = 1 if arm == alone else animals_per_arm
            times = np.round(23 + 12 * (a > 0) + 2 * a - 2 * m + random.normal(0, 2.5, size))
            events = np.ones(size, bool)
            if all_censored:
                times, events = np.full(size, 40.0), np.zeros(size, bool)
            elif size > 3:
                events[random.integers(size)] = False
            times_of[arm] = times, events
            for time, event in zip(times, events, strict=True):
                number += 1
                animal = f"M{number:03d}"
                survival.append(
                    {
                        "animal_id": animal,
                        "model": model,
                        "arm": arm,
                        "time_days": time,
                        "event": bool(event),
                        "end_reason": "humane endpoint" if event else "end of study",
                        "included": True,
                        "reason": "",
                    }
                )
                slope = 0.09 - 0.035 * (a > 0) + random.normal(0, 0.01)
                for d, day in enumerate(days):
                    if day > time:
                        continue
                    value = 10 ** (5.4 + slope * day + random.normal(0, 0.1))
                    if below_lod:
                        value = LOD * random.uniform(0.1, 0.9)
                    for region, part in REGIONS.items():
                        flux.append(
                            {
                                "animal_id": animal,
                                "model": model,
                                "arm": arm,
                                "batch": f"2024-01-{d + 1:02d}_day{day}",
                                "click": f"click{(number - 1) // 5:02d}",
                                "date": "2024-01-01",
                                "day": float(day),
                                "scheduled_day": day,
                                "region": region,
                                "total_flux_p_s": value * part,
                                "total_flux_se_p_s": value * 0.01,
                                "net_flux_p_s": value * part * 0.95,
                                "lod_p_s": LOD,
                                "below_lod": value * part < LOD,
                                "included": True,
                                "reason": "",
                                "roi_method": "anatomy",
                                "source": "raw",
                            }
                        )
            curve = kaplan_meier(times, events)
            curves.append(curve.assign(model=model, arm=arm))
            half = curve[curve["survival"] <= 0.5]
            arm_rows.append(
                {
                    "model": model,
                    "arm": arm,
                    "n": size,
                    "events": int(events.sum()),
                    "censored": int((~events).sum()),
                    "median_days": half["time_days"].iloc[0] if len(half) else np.nan,
                    "median_lower_95": half["time_days"].iloc[0] - 2 if len(half) else np.nan,
                    "median_upper_95": np.nan,
                    "rmst_days": 20.0,
                    "rmst_se": 1.0,
                    "rmst_tau_days": 30.0,
                    "note": "",
                }
            )
        for arm in arms[1:]:
            p = np.nan if all_censored else 0.0032 * 10.0 ** -arms.index(arm)
            tests.append(
                {
                    "model": model,
                    "arm": arm,
                    "reference": arms[0],
                    "test": "logrank_permutation",
                    "stratified_by": "NA",
                    "statistic": 7.0,
                    "df": 1,
                    "p_value": p,
                    "p_adjusted": min(1.0, p * (len(arms) - 1)) if not np.isnan(p) else p,
                    "primary": True,
                    "note": "",
                }
            )
            ratios.append(
                {
                    "model": model,
                    "arm": arm,
                    "reference": arms[0],
                    "method": "cox_firth",
                    "hr": np.nan if all_censored else 0.11,
                    "lower_95": np.nan if all_censored else 0.03,
                    "upper_95": np.nan if all_censored else 0.41,
                    "p_value": p,
                    "primary": True,
                    "note": "",
                }
            )
    statistics = results / "statistics"
    _write(survival, results / "survival.csv")
    _write(flux, results / "flux.csv", columns=FLUX_COLUMNS)
    write_csv(pd.concat(curves, ignore_index=True), statistics / "survival_curves.csv")
    _write(arm_rows, statistics / "survival_arms.csv")
    _write(tests, statistics / "survival_tests.csv", columns=TEST_COLUMNS)
    _write(ratios, statistics / "hazard_ratios.csv", columns=RATIO_COLUMNS)
    _write(
        [
            {
                "model": row["model"],
                "arm": row["arm"],
                "reference": row["reference"],
                "measure": measure,
                "estimate": np.nan if all_censored else estimate,
                "lower_95": np.nan if all_censored else estimate - 3,
                "upper_95": np.nan if all_censored else estimate + 3,
                "p_value": np.nan,
                "method": "made up",
                "primary": True,
                "note": "",
            }
            for row in tests
            for measure, estimate in (
                ("median_difference_days", 12.0),
                ("rmst_difference_days", 8.0),
            )
        ],
        statistics / "survival_differences.csv",
        columns=DIFFERENCE_COLUMNS,
    )
    write_burden(config, results)
    write_courses(config, results, sheets=sheets)
    if previews:
        write_previews(pd.DataFrame(flux), results / "imaging", random)
    write_lists(results)
    return results


FLUX_COLUMNS = """animal_id model arm batch click date day scheduled_day region total_flux_p_s
total_flux_se_p_s net_flux_p_s lod_p_s below_lod included reason roi_method source"""
TEST_COLUMNS = """model arm reference test stratified_by statistic df p_value p_adjusted primary
note"""
RATIO_COLUMNS = "model arm reference method hr lower_95 upper_95 p_value primary note"
DIFFERENCE_COLUMNS = """model arm reference measure estimate lower_95 upper_95 p_value method
primary note"""


def write_burden(config: StudyConfig, results: Path) -> None:
    """Write the burden statistics that figures read."""
    data, measured = load_burden(config, results), load_burden(config, results, "measured")
    for name, rows, columns in (
        (
            "burden_endpoint",
            burden_endpoint.endpoint_rows(config, data, measured),
            burden_endpoint.COLUMNS,
        ),
        ("burden_days", burden_days.day_rows(config, data), burden_days.COLUMNS),
        ("burden_animals", burden_animals.animal_rows(config, data), burden_animals.COLUMNS),
    ):
        table = pd.DataFrame(rows, columns=list(columns))
        write_csv(table, results / "statistics" / f"{name}.csv")


def _write(rows: list[dict[str, Any]], path: Path, columns: str = "") -> None:
    table = pd.DataFrame(rows, columns=None if rows else columns.split())
    write_csv(table, path)


def write_previews(flux: pd.DataFrame, imaging: Path, random: np.random.Generator) -> None:
    """Write previews of invented mice: bright ellipses with a spot of light."""
    region = flux[flux["region"] == "neuraxis"]
    y, x = np.mgrid[0:PIXELS, 0:PIXELS]
    for batch, rows in region.groupby("batch"):
        arrays: dict[str, np.ndarray] = {}
        clicks, rois = [], []
        for click, mice in rows.groupby("click"):
            photograph = np.full((PIXELS, PIXELS), 18.0)
            radiance = random.normal(0, 150, (PIXELS, PIXELS))
            animals = np.zeros((PIXELS, PIXELS), np.uint8)
            ids = sorted(mice["animal_id"])
            for place, animal in enumerate(ids):
                cx, cy = 14 + 23 * place, 58 + random.uniform(-6, 6)
                inside = ((x - cx) / 8.5) ** 2 + ((y - cy) / 24) ** 2 < 1
                photograph[inside] = 205 - 1.2 * np.hypot(x - cx, (y - cy) / 2)[inside]
                animals[inside] = place + 1
                value = float(mice.loc[mice["animal_id"] == animal, "total_flux_p_s"].iloc[0])
                for dy, share in ((-17, 0.7), (4, 0.3)):
                    spot = np.exp(-((x - cx) ** 2 + (y - cy - dy) ** 2) / (2 * 3.2**2))
                    radiance += share * value / (4 * np.pi * PIXEL_CM**2) * spot / spot.sum()
                rois.append({"batch": batch, "click": click, "animal_id": animal})
            meta = {"pixel_cm": PIXEL_CM, "animal_ids": ids, "flags": []}
            arrays[f"{click}/photograph"] = photograph.clip(0, 255).astype(np.uint8)
            arrays[f"{click}/radiance"] = radiance.astype(np.float32)
            arrays[f"{click}/animals"] = animals
            arrays[f"{click}/neuraxis"] = animals
            arrays[f"{click}/meta"] = np.array(json.dumps(meta))
            clicks.append(
                {
                    "batch": batch,
                    "click": click,
                    "acquired_at": "2024-01-08T10:00:00+01:00",
                    "view": "Dorsal",
                    "exposure_s": 60.0,
                    "binning": 8,
                    "f_number": 1.0,
                    "fov_cm": FOV_CM,
                    "source": "raw",
                    "n_expected": len(ids),
                    "n_found": len(ids),
                    "saturated": False,
                    "flags": "dark_refused" if click == "click00" else "",
                }
            )
        folder = imaging / str(batch)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "previews.npz", **arrays)  # type: ignore[arg-type]
        write_csv(pd.DataFrame(clicks), folder / "clicks.csv")
        everything = flux[flux["batch"] == batch]
        write_csv(
            everything.assign(
                roi_method="anatomy",
                source="raw",
                n_pixels=400,
                area_cm2=3.5,
                avg_radiance_p_s_cm2_sr=1e4,
                max_radiance_p_s_cm2_sr=1e5,
                background_radiance_p_s_cm2_sr=100.0,
                n_saturated=0,
                n_cosmic=1,
                flags=["near_lod" if b else "" for b in everything["below_lod"]],
            ),
            folder / "rois.csv",
        )
        write_csv(
            pd.DataFrame(columns=["what", "id", "file", "row", "reason", "rule"]),
            folder / "exclusions.csv",
        )


def write_lists(results: Path) -> None:
    """Write one exclusion and a few deviations, invented too."""
    write_csv(
        pd.DataFrame(
            [
                {
                    "what": "animal",
                    "id": "M999",
                    "file": "cohort.csv",
                    "row": "12",
                    "reason": "no tumour at necropsy",
                    "rule": "exclusions.rules",
                }
            ]
        ),
        results / "exclusions.csv",
    )
    write_csv(
        pd.DataFrame(
            [
                {
                    "animal_id": f"M{i:03d}",
                    "date": "2024-01-15",
                    "check": "dose" if i % 2 else "imaging_day",
                    "expected": "50 ug",
                    "found": "40 ug",
                }
                for i in range(1, 6)
            ]
        ),
        results / "protocol_deviations.csv",
    )
    notes = pd.DataFrame({"note": ["cohort.csv, row 7: the row is hidden; it is read."]})
    write_csv(notes, results / "cohort" / "notes.csv")
