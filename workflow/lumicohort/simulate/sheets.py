"""Sheets of the simulated study: cohort, imaging, weights and doses."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np

from lumicohort.simulate import parameters as p
from lumicohort.simulate.cohort import Animal
from lumicohort.study.config import StudyConfig


def write_sheets(
    animals: Sequence[Animal],
    imaging: Iterable[Mapping[str, object]],
    config: StudyConfig,
    seed: int,
    folder: Path,
) -> None:
    """Write the sheets that the study's config names.

    Parameters
    ----------
    animals : sequence of Animal
        The animals.
    imaging : iterable of mapping
        Rows of the imaging sheet.
    config : StudyConfig
        The study.
    seed : int
        Seed of the scales' noise.
    folder : Path
        The data folder.
    """
    data, schedule = config.data, config.schedule
    rng = np.random.default_rng([seed, 999])
    cohort, weights, doses = [], [], []
    for a in animals:
        cohort.append(
            {
                "animal_id": a.animal_id,
                "model": a.model,
                "arm": a.arm,
                "sex": a.sex,
                "cage": a.cage,
                "birth_date": a.born.isoformat(),
                "strain": "athymic nude (simulated)",
                "inoculation_date": a.inoculated.isoformat(),
                "cells_injected": 100000,
                "weight_g": a.weight_g,
                "end_date": (a.inoculated + timedelta(days=a.end_day)).isoformat(),
                "end_reason": a.end_reason,
            }
        )
        for day in sorted({*range(0, a.end_day, 3), a.end_day}):
            measured = a.weight_on(day) + rng.normal(0, 0.15)
            on = (a.inoculated + timedelta(days=day)).isoformat()
            weights.append(
                {"animal_id": a.animal_id, "date": on, "weight_g": f"{max(measured, 10):.1f}"}
            )
        first, every = schedule.treatment_first_day, schedule.treatment_every_days
        for day in range(first, a.end_day, every):
            if p.MISSED_TREATMENTS.get(a.animal_id) == day:
                continue
            treated = a.arm != config.reference_arm
            target = config.arms[a.arm].dose_mg_per_kg or schedule.dose_mg_per_kg
            dose = target * a.weight_on(day) if treated else 0.0
            wrong_day, factor = p.WRONG_DOSES.get(a.animal_id, (None, 1.0))
            if wrong_day == day:
                dose *= factor
            doses.append(
                {
                    "animal_id": a.animal_id,
                    "date": (a.inoculated + timedelta(days=day)).isoformat(),
                    "agent": a.arm,
                    "dose_ug": f"{dose:.0f}",
                    "volume_ul": 10,
                    "route": "intrathecal",
                }
            )
    sheets = (
        (data.cohort, cohort),
        (data.imaging_sheet, imaging),
        (data.weights, weights),
        (data.doses, doses),
    )
    for sheet, rows in sheets:
        if sheet is not None:
            write_rows(folder / sheet.file, list(rows))


def write_rows(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
