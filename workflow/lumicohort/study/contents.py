"""The tables that follow from the sheets, known while the workflow is planned.

They depend on every sheet and, for who was imaged when, on the images; each of the steps that read
them uses a few. So planning works out all of them, and a small file named for the content of each
stands for it in the workflow: another row of the imaging sheet then renews what it alters, and
survival statistics only where `survival.csv` comes out otherwise.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem
from lumicohort.files import put, sha256, write_json
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.cohort.cohort import Cohort

TABLES: dict[str, tuple[str, ...]] = {
    "cohort": (
        "cohort/animals.csv",
        "cohort/cage_by_arm.csv",
        "cohort/flux.csv",
        "cohort/volumes.csv",
        "survival.csv",
    ),
    "left_out": ("cohort/exclusions.csv", "cohort/image_exclusions.csv"),
    "protocol": ("cohort/events.csv", "cohort/notes.csv", "protocol_deviations.csv"),
}
"""Step to the tables that it writes, below the results folder: those that change together."""


def tables_of(study: StudyConfig, step: str) -> list[str]:
    """Return the tables that one of the steps writes in this study."""
    absent = {f"cohort/{name}.csv" for name in ("flux", "volumes") if not getattr(study.data, name)}
    return [table for table in TABLES[step] if table not in absent]


def contents_of(study: StudyConfig, cohort: Cohort) -> dict[str, str]:
    """Return what the steps would write of sheets that were read.

    Parameters
    ----------
    study : StudyConfig
        The config.
    cohort : Cohort
        Its sheets.

    Returns
    -------
    dict
        Each table to the SHA-256 of its content.
    """
    from lumicohort.cohort.study import write_tables

    with tempfile.TemporaryDirectory() as folder:
        write_tables(study, cohort, Path(folder))
        tables = [table for step in TABLES for table in tables_of(study, step)]
        return {table: sha256(Path(folder) / table) for table in tables}


def refresh_contents(study: StudyConfig, contents: Mapping[str, str]) -> dict[str, str]:
    """Have a file for the content of each table, and return their paths.

    A file is named for the content that it stands for, so that planning a second run changes
    nothing of a first one that is under way. Its time is when that content was planned after
    another: results of a content that went and came back are known to be older even where the
    workflow's notes are lost.

    Parameters
    ----------
    study : StudyConfig
        The config.
    contents : mapping
        What :func:`contents_of` returned.

    Returns
    -------
    dict
        Each table to the path of its file.
    """
    place = study.results_folder / "provenance" / "cohort"
    paths = {}
    for table, digest in contents.items():
        stem = Path(table).stem
        path = place / f"{stem}.{digest[:16]}.json"
        if not path.is_file():
            write_json({table: digest}, path)
        elif any(_time(p) > _time(path) for p in place.glob(f"{stem}.*.json")):
            os.utime(path)
        paths[table] = str(path)
    return paths


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def write_step(study: StudyConfig, step: str, planned: Mapping[str, str]) -> None:
    """Read and check the sheets, and write one step's tables.

    Parameters
    ----------
    study : StudyConfig
        The config.
    step : str
        One of :data:`TABLES`.
    planned : mapping
        What :func:`contents_of` returned when the run was planned; tables that do not stand in it
        may have any content.

    Raises
    ------
    InputError
        With every problem of every sheet, or naming each table that comes out otherwise than
        planned: the steps that read it were chosen by that. Nothing is written then.
    """
    from lumicohort.cohort.problems_book import read_or_mark
    from lumicohort.cohort.study import write_tables

    results = study.results_folder
    results.mkdir(parents=True, exist_ok=True)
    for leftover in results.glob(f".{step}.*"):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{step}.", dir=results) as folder:
        place = Path(folder)
        write_tables(study, read_or_mark(study), place)
        tables = tables_of(study, step)
        problems = [
            Problem(
                "the table comes out otherwise than when the run was planned.",
                results / table,
                hint="A sheet, or what lies in the imaging folder, changed meanwhile. Nothing was "
                "written; run the same command again.",
            )
            for table in tables
            if table in planned and planned[table] != sha256(place / table)
        ]
        if problems:
            raise InputError(problems)
        for table in tables:
            (results / table).parent.mkdir(exist_ok=True)
            put(place / table, results / table)
    for table in {*TABLES[step]} - {*tables}:
        (results / table).unlink(missing_ok=True)  # of an earlier config
