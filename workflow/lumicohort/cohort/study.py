"""The cohort step: from sheets to `cohort/`, `survival.csv` and `protocol_deviations.csv`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

from lumicohort.cohort.animals import ALIVE, Animal, Check, Dose, Weight, ended_in, read_imaged
from lumicohort.cohort.balance import CAGES, cage_by_arm
from lumicohort.cohort.batches import list_batches, list_clicks
from lumicohort.cohort.cohort import Cohort
from lumicohort.cohort.doubts import DOUBTS, doubts
from lumicohort.cohort.events import write_events
from lumicohort.cohort.exclusions import Exclusion, days_of_images, excluded_images
from lumicohort.cohort.imaged import by_batch, check_imaged
from lumicohort.cohort.measurements import Flux, Volume
from lumicohort.cohort.problems_book import read_or_mark
from lumicohort.cohort.protocol import Deviation, Life, deviations
from lumicohort.cohort.sightings import Sighting
from lumicohort.errors import InputError
from lumicohort.files import harmless, write_rows
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig

__all__ = [
    "batch_positions",
    "list_batches",
    "list_clicks",
    "lives",
    "write_cohort",
    "write_tables",
]

ANIMALS = [
    "animal_id",
    "model",
    "arm",
    "sex",
    "cage",
    "strain",
    "birth_date",
    "inoculation_date",
    "cells_injected",
    "weight_g",
    "end_date",
    "end_reason",
    "included",
    "reason",
    "file",
    "row",
]
SURVIVAL = [
    "animal_id",
    "model",
    "arm",
    "time_days",
    "event",
    "end_reason",
    "included",
    "reason",
    "sex",
    "cage",
    "strain",
]
EXCLUSIONS = [field.name for field in fields(Exclusion)]
DEVIATIONS = [field.name for field in fields(Deviation)]

MEASURED = {
    "flux": ["animal_id", "date", "day", "region", "total_flux_p_s", "lod_p_s", "file", "row"],
    "volumes": ["animal_id", "date", "day", "volume_mm3", "file", "row"],
}
"""Columns of `cohort/flux.csv` and `cohort/volumes.csv`."""
IMAGES = ["animal_id", "click", "day", "date", "reason", "file", "row"]
"""Columns of `cohort/image_exclusions.csv`."""

NO_END = (
    "alive, and no date after inoculation is known (no weight, treatment, measurement or image)"
)
"""Why an animal cannot be in the survival analysis."""


def batch_positions(config: StudyConfig) -> dict[str, list[Position]]:
    """Return which animal lies where, by imaging batch.

    Light: reads the imaging sheet alone.

    Parameters
    ----------
    config : StudyConfig
        The study.

    Returns
    -------
    dict
        Batch to its rows of the imaging sheet, ordered by click and position; empty where the
        study has no imaging sheet.

    Raises
    ------
    InputError
        With every problem of the imaging sheet.
    """
    imaged = read_imaged(config)
    problems = [*imaged.problems, *check_imaged(imaged)]
    if problems:
        raise InputError(problems)
    return by_batch(imaged.rows)


def lives(cohort: Cohort) -> list[Life]:
    """Return what is known of each animal, in the order of the cohort sheet.

    An animal without an end date is alive. It counts as seen alive until the latest day, after
    its inoculation, on which it was imaged, measured, weighed, checked or treated; no other day
    is assumed.

    Parameters
    ----------
    cohort : Cohort
        The sheets.

    Returns
    -------
    list of Life
        One per animal.
    """
    seen = cohort.seen
    measured: defaultdict[str, list[date]] = defaultdict(list)
    for flux in cohort.flux:
        if flux.total_flux_p_s is not None:
            measured[flux.animal_id].append(flux.date)
    for volume in cohort.volumes:
        if volume.volume_mm3 is not None:
            measured[volume.animal_id].append(volume.date)
    weighed: defaultdict[str, list[Weight]] = defaultdict(list)
    treated: defaultdict[str, list[Dose]] = defaultdict(list)
    checked: defaultdict[str, list[Check]] = defaultdict(list)
    for weight in cohort.weights:
        weighed[weight.animal_id].append(weight)
    for dose in cohort.doses:
        treated[dose.animal_id].append(dose)
    for check in cohort.checks:
        checked[check.animal_id].append(check)
        measured[check.animal_id].append(check.date)
    found = []
    for animal in cohort.animals:
        weights, doses = weighed[animal.animal_id], treated[animal.animal_id]
        images = seen.get(animal.animal_id, [])
        days = measured[animal.animal_id]
        until = animal.end_date or _last_known(animal, weights, doses, images, days)
        found.append(Life(animal, until, weights, doses, images, checked[animal.animal_id]))
    return found


def _last_known(
    animal: Animal,
    weights: Sequence[Weight],
    doses: Sequence[Dose],
    seen: Sequence[Sighting],
    measured: Sequence[date],
) -> date | None:
    """Return the latest day on which an animal without an end was alive, or None."""
    days = [*measured, *(weight.date for weight in weights if weight.weight_g is not None)]
    days += [dose.date for dose in doses]
    days += [sighting.day for sighting in seen]
    later = [day for day in days if day > animal.inoculation_date]
    return max(later, default=None)


def write_cohort(config: StudyConfig, results: Path) -> None:
    """Check the study's sheets and write what follows from them.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder: `cohort/animals.csv`, `cohort/exclusions.csv`,
        `cohort/image_exclusions.csv`, `cohort/{events,notes}.csv`, `survival.csv` and
        `protocol_deviations.csv` are written,
        and `cohort/flux.csv` and `cohort/volumes.csv` where the study has such sheets.

    Raises
    ------
    InputError
        With every problem of every sheet; nothing is written then.
    """
    results = Path(results)
    write_tables(config, read_or_mark(config, results=results), results)


def deviation_rows(
    config: StudyConfig, cohort: Cohort, known: Sequence[Life]
) -> list[dict[str, Any]]:
    """Return the rows of `protocol_deviations.csv`, animal by animal.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        Its sheets.
    known : sequence of Life
        What :func:`lives` says of its animals.
    """
    # A sheet that nobody has filled in (the template's) does not say that all was missed.
    kept = [name for name in ("doses", "checks") if getattr(cohort, name)]
    undated = {a.animal_id: a for a in cohort.animals if not a.dated}
    return [_text_date(d, undated) for life in known for d in deviations(config, life, kept)]


def write_tables(config: StudyConfig, cohort: Cohort, results: Path) -> None:
    """Write what follows from the sheets of a study that were read; see :func:`write_cohort`."""
    known = lives(cohort)
    excluded = dict(cohort.excluded)
    for life in known:
        animal = life.animal
        if life.until is None and animal.animal_id not in excluded:
            excluded[animal.animal_id] = Exclusion(
                "animal", animal.animal_id, animal.file, str(int(animal.row)), NO_END, "no_last_day"
            )
    order = {animal.animal_id: i for i, animal in enumerate(cohort.animals)}
    listed = sorted(excluded.values(), key=lambda e: order[e.id])
    # A click missing in a batch is listed where that batch is measured.
    listed += [e for e in cohort.unseen if e.what == "batch"]
    days = days_of_images(cohort.animals, cohort.seen, cohort.flux)
    listed += excluded_images(cohort.images_left_out, cohort.clicks, days)
    extra = list(_extra_columns(cohort.animals[0])) if cohort.animals else []
    write_rows(
        (_animal_row(a, cohort.excluded) for a in cohort.animals),
        ANIMALS + extra,
        results / "cohort" / "animals.csv",
    )
    write_rows((asdict(e) for e in listed), EXCLUSIONS, results / "cohort" / "exclusions.csv")
    write_rows(
        (_survival_row(config, life, excluded) for life in known),
        SURVIVAL + extra,
        results / "survival.csv",
    )
    found = deviation_rows(config, cohort, known)
    write_rows(found, DEVIATIONS, results / "protocol_deviations.csv")
    write_events(config, known, set(excluded), results / "cohort" / "events.csv")
    notes = [{"note": line} for line in doubts(cohort)]
    write_rows(notes, DOUBTS, results / "cohort" / "notes.csv")
    write_measurements(config, cohort, results / "cohort")
    cages = [asdict(count) for count in cage_by_arm(config, cohort.animals)]
    write_rows(cages, CAGES, results / "cohort" / "cage_by_arm.csv")


def _animal_row(animal: Animal, excluded: Mapping[str, Exclusion]) -> dict[str, Any]:
    """Return an animal's row of `cohort/animals.csv`."""
    row = {name: getattr(animal, name) for name in ANIMALS if hasattr(animal, name)}
    for name in ("sex", "cage", "strain", "end_reason"):
        row[name] = row[name] or ""
    for name in ("birth_date", "inoculation_date", "end_date"):
        known = row[name] and (animal.dated or name == "birth_date")
        row[name] = row[name].isoformat() if known else ""
    row["row"] = int(animal.row)
    exclusion = excluded.get(animal.animal_id)
    row["included"] = exclusion is None
    row["reason"] = exclusion.reason if exclusion else ""
    return {**_extra_columns(animal), **row}


def _survival_row(
    config: StudyConfig, life: Life, excluded: Mapping[str, Exclusion]
) -> dict[str, Any]:
    """Return an animal's row of `survival.csv`."""
    animal = life.animal
    ended = ended_in(config, animal)
    exclusion = excluded.get(animal.animal_id)
    return {
        **_extra_columns(animal),
        "animal_id": animal.animal_id,
        "model": animal.model,
        "arm": animal.arm,
        "time_days": animal.time_days if animal.time_days is not None else _days(life),
        "event": int(ended == "event"),
        "end_reason": animal.end_reason or ended or ALIVE,
        "included": exclusion is None,
        "reason": exclusion.reason if exclusion else "",
        "sex": animal.sex or "",
        "cage": animal.cage or "",
        "strain": animal.strain or "",
    }


def _days(life: Life) -> int | None:
    return life.day_of(life.until) if life.until else None


def _extra_columns(animal: Animal) -> dict[str, str]:
    """Return the lab's further columns under names that cannot be taken for ours or a formula."""
    ours = {*ANIMALS, *SURVIVAL}
    return {
        harmless(f"{name} (sheet)" if name in ours else name): value
        for name, value in animal.extra.items()
    }


def _text_date(deviation: Deviation, undated: Mapping[str, Animal]) -> dict[str, Any]:
    """Return a deviation's row; its day instead of a date where only days are known."""
    animal = undated.get(deviation.animal_id)
    day = deviation.date.isoformat()
    if animal is not None:
        day = f"day {(deviation.date - animal.inoculation_date).days}"
    return {**asdict(deviation), "date": day}


def write_measurements(config: StudyConfig, cohort: Cohort, folder: Path) -> None:
    """Write what the sheets hold besides images: flux, volumes, images left out.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        Its sheets.
    folder : Path
        Gets `image_exclusions.csv`, and `flux.csv` and `volumes.csv` where the study has such
        sheets (removed where it has none).
    """
    animals = {animal.animal_id: animal for animal in cohort.animals}
    region = config.analysis.burden.region
    order = {animal_id: i for i, animal_id in enumerate(animals)}
    tables: dict[str, tuple[Sequence[Flux | Volume], bool]] = {
        "flux": (cohort.flux, config.data.flux is not None),
        "volumes": (cohort.volumes, config.data.volumes is not None),
    }
    for name, (records, given) in tables.items():
        columns = MEASURED[name]
        rows = []
        for record in sorted(records, key=lambda r: (order[r.animal_id], r.date)):
            animal = animals[record.animal_id]
            row = {k: getattr(record, k) for k in columns if hasattr(record, k)}
            row["date"] = record.date.isoformat() if animal.dated else ""
            row["day"] = (record.date - animal.inoculation_date).days
            row["row"] = int(record.row)
            if "region" in columns:
                row["region"] = row["region"] or region
            rows.append(row)
        if given:
            write_rows(rows, columns, folder / f"{name}.csv")
        else:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    images = [
        {**asdict(r), "date": r.date.isoformat() if r.date else "", "row": int(r.row)}
        for r in cohort.images_left_out
    ]
    for image in images:
        image["click"] = image["click"] or ""
    write_rows(images, IMAGES, folder / "image_exclusions.csv")
