"""How old the results of a study are, told by the records that lie with them.

Needs nothing of the workflow's own notes: config, code, libraries and the files themselves are
compared with `provenance/steps/`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lumicohort.cohort.batches import list_clicks
from lumicohort.errors import InputError
from lumicohort.files import sha256
from lumicohort.study.config import StudyConfig
from lumicohort.study.contents import TABLES, contents_of, tables_of
from lumicohort.study.manifests import read_json
from lumicohort.study.plan import corrections, own_rows, uses_of
from lumicohort.study.planned import imaging_sheet
from lumicohort.study.reasons import outdated_by, some
from lumicohort.study.record import FOLDER
from lumicohort.study.steps import STEPS
from lumicohort.study.typed import typed


@dataclass(frozen=True, slots=True)
class Status:
    """How one step's results stand.

    Parameters
    ----------
    name : str
        The step, with its batch or figure after a dot.
    finished : str
        When it ended (UTC), blank where it never did.
    reasons : tuple of str
        Why its results are outdated; none where they are up to date.
    """

    name: str
    finished: str
    reasons: tuple[str, ...]


def status_of(study: StudyConfig, batches: list[str]) -> list[Status]:
    """Return how the results of each step stand.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batches : list of str
        The study's imaging batches.

    Returns
    -------
    list of Status
        In the order of the workflow. A step is outdated where its settings, code or libraries
        are others now, where a file that it read or wrote has another content, or where it read
        what an outdated step wrote.
    """
    wanted: list[tuple[str, str | None]] = []
    for step in STEPS:
        if step == "measure_batch":
            wanted += [(step, batch) for batch in batches]
        elif step == "figure":
            wanted += [(step, figure.name) for figure in study.figures.show]
        elif step != "simulate" or study.simulates:
            wanted.append((step, None))
    place = study.results_folder / FOLDER
    contents, rows = _contents(study), _rows(study)
    found = []
    outdated: set[str] = set()
    for step, label in wanted:
        name = f"{step}.{label}" if label else step
        record = read_json(place / f"{name}.json")
        if not record:
            found.append(Status(name, "", ("never finished",)))
            continue
        uses = uses_of(study, step, label if step == "figure" else None)
        of_sheets = step in TABLES and not study.simulates
        if of_sheets:  # whichever keys changed, the same tables may follow
            uses = {**uses, "settings": record["settings"]}
        reasons = outdated_by(record, uses)
        if of_sheets:
            reasons += _sheets(record, contents, tables_of(study, step))
        else:
            counted_by_rows = step == "measure_batch" and rows is not None
            reasons += _files(record, study, batches, counted_by_rows)
        if step == "measure_batch" and label is not None:
            reasons += _batch(record, study, label, rows)
        earlier = sorted(outdated & set(record["read"]))
        if earlier:
            reasons.append(f"it read results that are outdated: {some(earlier)}")
        if reasons:
            outdated |= set(record["wrote"])
        found.append(Status(name, record["finished"], tuple(reasons)))
    return found


def _contents(study: StudyConfig) -> dict[str, str] | None:
    """Return what the tables that follow from the sheets would be; None of faulty sheets."""
    if study.simulates:
        return {}
    from lumicohort.cohort.cohort import read_cohort

    try:
        return contents_of(study, read_cohort(study))
    except InputError:
        return None


def _rows(study: StudyConfig) -> dict[str, list[dict[str, Any]]] | None:
    """Return the rows of the imaging sheet by batch; None of a faulty sheet."""
    from lumicohort.cohort.study import batch_positions

    try:
        found = batch_positions(study)
    except InputError:
        return None  # told of the tables that follow from the sheets
    return {batch: [asdict(row) for row in own] for batch, own in found.items()}


def _batch(
    record: Mapping[str, Any],
    study: StudyConfig,
    batch: str,
    rows: Mapping[str, list[dict[str, Any]]] | None,
) -> list[str]:
    """Return what of a batch's rows and clicks differs from its record."""
    reasons = []
    if rows is not None and record.get("rows") != own_rows(study, batch, rows.get(batch, [])):
        reasons.append("its rows of the imaging sheet changed")
    if record.get("corrections") != json.loads(corrections(study, batch)):
        reasons.append("its rows of the reviewer's corrections, or its ImageJ ROIs, changed")
    read = {Path(path) for path in record["read"]}
    read |= {parent for path in read for parent in path.parents}
    new = [f"`{c.name}`" for c in list_clicks(study, batch) if _relative(c.path) not in read]
    if new:
        reasons.append(f"clicks it did not read: {some(new)}")
    return reasons


def _relative(path: Path) -> Path:
    return Path(os.path.relpath(path))


def _sheets(
    record: Mapping[str, Any], contents: Mapping[str, str] | None, tables: list[str]
) -> list[str]:
    """Return what speaks against tables that follow from the sheets.

    Other sheets do not, as long as the same tables follow from them.
    """
    if contents is None:
        return [f"the sheets have faults: `{typed('lumicohort')} check` lists them"]
    wrote: Mapping[str, str] = record["wrote"]
    other = [
        path
        for path in wrote
        for table in tables
        if path.endswith(f"/{table}") and contents[table] != wrote[path]
    ]
    reasons = [f"the sheets or images give another table now: {some(other)}"] if other else []
    for kind, paths in _differing(wrote).items():
        reasons.append(f"a file it wrote {kind}: {some(paths)}")
    return reasons


def _files(
    record: Mapping[str, Any], study: StudyConfig, batches: list[str], counted_by_rows: bool
) -> list[str]:
    """Return what of the files that a step read and wrote differs from its record.

    Of the imaging sheet, which a batch's job may have read itself, its own rows count.
    """
    reasons = []
    sheets = {_relative(path) for path in imaging_sheet(study)} if counted_by_rows else set()
    was_read = {path: of for path, of in record["read"].items() if Path(path) not in sheets}
    for word, files in (("read", was_read), ("wrote", record["wrote"])):
        for kind, paths in _differing(files).items():
            reasons.append(f"a file it {word} {kind}: {some(paths)}")
    if record["step"] == "flux":
        read = {Path(path).parent.name for path in record["read"]}
        new = [f"`{batch}`" for batch in batches if batch not in read]
        if new:
            reasons.append(f"batches it did not read: {some(new)}")
        gone = [
            f"`{name}`"
            for name in sorted(read - {*batches, "cohort"})
            if not (study.imaging_folder / name).is_dir()
        ]
        if gone:
            reasons.append(f"batches it read that are gone: {some(gone)}")
    return reasons


def _differing(files: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the files that are missing or other ones now, by what happened to them."""
    out: dict[str, list[str]] = {}
    for path, digest in files.items():
        if not Path(path).is_file():
            out.setdefault("is gone", []).append(path)
        elif sha256(path) != digest:
            out.setdefault("changed", []).append(path)
    return out
