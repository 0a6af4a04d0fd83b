"""The demo's raw data: click folders, sheets, and the truth beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.files import whole_folder
from lumicohort.simulate import parameters as p
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import Glowing, Scene, write_click
from lumicohort.simulate.cohort import Animal, simulate_cohort
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.study.config import StudyConfig

MARKER = "SIMULATED.txt"
"""File that marks a data folder as simulated."""

_NOTE = """\
SIMULATED DATA

Every click and every sheet in this folder was made by Lumicohort's simulator. No animal was
involved. The study mirrors the design of Chi et al., Science 369, 276 (2020); truth/ holds the
true flux of every animal on every click, for tests.
"""


def make_study(config: StudyConfig, folder: str | Path) -> None:
    """Write the raw data of a simulated study, whole or not at all.

    Parameters
    ----------
    config : StudyConfig
        A config with a `simulate` section.
    folder : str or Path
        The data folder to make. A simulated one is replaced.

    Raises
    ------
    InputError
        When the config asks for no simulation, or the folder holds data that are not simulated.
    """
    folder = Path(folder)
    if config.simulate is None:
        raise InputError(f"the study `{config.study}` has no `simulate` section in its config.")
    unknown = [m for m in p.MODELS if m not in config.models]
    unknown += [a for m in p.MODELS.values() for a in m.arms if a not in config.arms]
    if unknown:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(unknown))
        raise InputError(f"the simulated study needs the models and arms {names} in its config.")
    marked = (folder / MARKER).is_file()
    if not marked and folder.is_dir() and any(f.is_file() for f in folder.rglob("*")):
        raise InputError(
            Problem(
                "the folder holds data that were not simulated, and is left as it is.",
                folder,
                None,
                "Give the study another name, or remove the `simulate` section.",
            )
        )
    animals = simulate_cohort(config.simulate.seed, config.simulate.animals_per_arm)
    with whole_folder(folder) as out:
        imaging, truth = _image_all(animals, config, out / config.data.imaging)
        _sheets(animals, imaging, config, out)
        (out / "truth").mkdir()
        _write(out / "truth" / "truth.csv", truth)
        (out / MARKER).write_text(_NOTE, encoding="utf-8")


def _image_all(
    animals: Sequence[Animal], config: StudyConfig, folder: Path
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Image every living animal on every imaging day; return the imaging sheet and the truth."""
    assert config.simulate is not None
    schedule, sheet, truth = config.schedule, [], []
    camera, bed = Camera(), Bed()
    for model_index, model in enumerate(p.MODELS):
        group = [a for a in animals if a.model == model]
        last = max(a.end_day for a in group)
        days = range(schedule.imaging_first_day, last, schedule.imaging_every_days)
        for day in days:
            when = _start(group[0], day)
            batch = f"{when:%Y-%m-%d}_{model}_day{day:02d}"
            for cage in sorted({a.cage for a in group}):
                alive = [a for a in group if a.cage == cage and a.alive_on(day)]
                if not alive:
                    continue
                rng = np.random.default_rng(
                    [config.simulate.seed, 100 + model_index, day, int(cage.rsplit("-", 1)[1])]
                )
                scene = Scene(camera, tuple(_posed(a, day, bed, rng) for a in alive), bed)
                name = f"SIM{when:%Y%m%d%H%M%S}"
                ids = [a.animal_id for a in alive]
                injected = when - timedelta(minutes=p.MINUTES_AFTER_LUCIFERIN)
                labels = {
                    "User": "SIMULATED",
                    "Group": cage,
                    "Experiment": model,
                    "Time Point": f"day {day}",
                    "Animal Number": ", ".join(ids),
                    "View": "Dorsal",
                    "Cell Line": model,
                    "Luc Injection Time": f"{injected:%H:%M}",
                }
                true = write_click(folder / batch / name, scene, when, labels, rng)
                for position, (animal, fluxes) in enumerate(zip(alive, true, strict=True), 1):
                    sheet.append(
                        {
                            "batch": batch,
                            "click": name,
                            "position": position,
                            "animal_id": animal.animal_id,
                            "luciferin_time": f"{injected:%H:%M}",
                            "luciferin_mg_per_kg": p.LUCIFERIN_MG_PER_KG,
                        }
                    )
                    truth += [
                        {
                            "batch": batch,
                            "click": name,
                            "animal_id": animal.animal_id,
                            "day": day,
                            "region": region,
                            "total_flux_p_s": f"{flux:.6g}",
                        }
                        for region, flux in fluxes.items()
                    ]
                when += timedelta(minutes=14, seconds=23)
    return sheet, truth


def _start(animal: Animal, day: int) -> datetime:
    """Return when the first click of a day's session is taken."""
    offset = timezone(timedelta(hours=p.UTC_OFFSET_HOURS))
    date = animal.inoculated + timedelta(days=day)
    return datetime(date.year, date.month, date.day, 10, 12, 40, tzinfo=offset)


def _posed(animal: Animal, day: int, bed: Bed, rng: np.random.Generator) -> Glowing:
    """Return an animal as it lies on one click."""
    mouse = Mouse(
        x_cm=bed.cones_x_cm[animal.bed] + float(rng.normal(0, 0.06)),
        y_cm=bed.front_y_cm,
        angle_deg=float(rng.normal(0, 2.0)),
        bend_cm=float(rng.normal(0, 0.12)),
        tail_bend_cm=float(rng.normal(0, 0.5)),
        length_cm=animal.body["length_cm"],
        girth=animal.body["girth"],
        tail_cm=animal.body["tail_cm"],
    )
    flux = 10 ** (animal.log10_flux(day) + rng.normal(0, p.SESSION_SPREAD))
    return Glowing(mouse, animal.tumour, float(flux), animal.other, animal.glow_p_s)


def _sheets(
    animals: Sequence[Animal],
    imaging: Iterable[Mapping[str, object]],
    config: StudyConfig,
    folder: Path,
) -> None:
    """Write the study's sheets."""
    data, schedule = config.data, config.schedule
    rng = np.random.default_rng([config.simulate.seed if config.simulate else 0, 999])
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
            dose = schedule.dose_mg_per_kg * a.weight_on(day) if treated else 0.0
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
            _write(folder / sheet.file, list(rows))


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
