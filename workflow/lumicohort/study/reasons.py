"""Why a job of the workflow runs, in the words of the study: batches, sheets, keys of the config.

Snakemake names every file of every job, hundreds of paths for the report alone. What stands here
turns its text into a line that a person reads, with the help of the records that lie beside the
results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lumicohort.study.config import StudyConfig
from lumicohort.study.contents import TABLES
from lumicohort.study.manifests import read_json
from lumicohort.study.plan import positions, uses_of
from lumicohort.study.record import FOLDER

_PARTS = {
    "forced": re.compile(r"^Forced execution"),
    "missing": re.compile(r"Missing output files: (.*?)(?=; [A-Z]|$)"),
    "cut off": re.compile(r"Incomplete output files: (.*?)(?=; [A-Z]|$)"),
    "updated": re.compile(r"Updated input files: (.*?)(?=; [A-Z]|$)"),
    "renewed": re.compile(r"Input files updated by another job: (.*?)(?=; [A-Z]|$)"),
    "others": re.compile(r"Set of input files has changed"),
    "settings": re.compile(r"Params have changed since last execution"),
}
"""What Snakemake's text says of a job, in the order in which it is told here."""

_SHOWN = 3
"""How many names are told of many."""


def why(study: StudyConfig, step: str, label: str, text: str) -> str:
    """Return why a step's job runs.

    Parameters
    ----------
    study : StudyConfig
        The config.
    step : str
        One of :data:`lumicohort.study.steps.STEPS`.
    label : str
        Its batch or figure; blank of other steps.
    text : str
        Snakemake's reasons.

    Returns
    -------
    str
        One line; Snakemake's text where it says nothing that is known here.
    """
    parts = {name: found for name, by in _PARTS.items() if (found := by.search(text))}
    files = {name: found[1].split(", ") for name, found in parts.items() if found.re.groups}
    name = f"{step}.{label}" if label else step
    record = read_json(study.results_folder / FOLDER / f"{name}.json")
    said = []
    if "forced" in parts:
        said.append("asked for")
    if "cut off" in parts:
        said.append("cut off when it was made last")
    if "missing" in parts:
        if not record:
            return "not made yet"
        said.append(f"no longer there: {some(Path(file).name for file in files['missing'])}")
    if "settings" in parts:
        said += _settings(study, step, label, record)
    if "updated" in parts:
        said += _updated(study, step, label, record, files["updated"])
    if "others" in parts:
        said.append("batches or sheets were added or taken away")
    if "renewed" in parts:
        said.append(f"what it reads is made anew: {some(_groups(study, files['renewed']))}")
    return "; ".join(said) or text


def some(words: Iterable[str]) -> str:
    """Return the first words of a list, each once, and how many more there are."""
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def changed_keys(before: Any, now: Any, key: str = "") -> list[str]:
    """Return the keys of a config whose values differ, as deep as both have them.

    Parameters
    ----------
    before, now : object
        What a config's key held and holds.
    key : str, optional
        The key itself, with its dots.

    Returns
    -------
    list of str
        Dotted keys. Where only the order differs, which is that of figures and tables, the key
        of what is in another order.
    """
    if json.dumps(before) == json.dumps(now):
        return []
    if isinstance(before, dict) and isinstance(now, dict):
        below = [
            found
            for name in dict.fromkeys([*before, *now])
            for found in changed_keys(
                before.get(name), now.get(name), f"{key}.{name}" if key else str(name)
            )
        ]
        return below or [key]
    return [key]


def outdated_by(record: Mapping[str, Any], uses: Mapping[str, Any]) -> list[str]:
    """Return what of a step's config, code and libraries differs from its record.

    Parameters
    ----------
    record : mapping
        What the step noted when it ran last.
    uses : mapping
        What it uses now, see :func:`lumicohort.study.plan.uses_of`.

    Returns
    -------
    list of str
        In words; none where nothing differs.
    """
    reasons = []
    before, now = record["settings"], uses["settings"]
    keys = [
        f"`{key.replace('*', name, 1) if '*' in key and name else _joined(key, name)}`"
        for key in dict.fromkeys([*before, *now])
        for name in changed_keys(before.get(key), now.get(key))
    ]
    if keys:
        reasons.append(f"the config changed: {some(keys)}")
    if record["code"] != uses["code"]:
        reasons.append("the package's code changed")
    was, is_now = record["libraries"], uses["libraries"]
    versions = [
        f"{name} {was.get(name, '(none)')} → {is_now.get(name, '(none)')}"
        for name in sorted({*was, *is_now})
        if was.get(name) != is_now.get(name)
    ]
    if versions:
        reasons.append(f"libraries changed: {some(versions)}")
    return reasons


def _joined(key: str, name: str) -> str:
    """Return a key and what lies below it; of a starred key in another order, the section."""
    key = key.partition(".*")[0]
    return f"{key}.{name}" if name else key


def _settings(study: StudyConfig, step: str, label: str, record: Mapping[str, Any]) -> list[str]:
    """Return which of a step's config, code, libraries and rows are others than in its record."""
    if not record:
        return []
    uses = uses_of(study, step, label if step == "figure" else None)
    if step in TABLES and not study.simulates:  # known by what comes out, see `_updated`
        uses["settings"] = record["settings"]
    said = outdated_by(record, uses)
    if step == "measure_batch":
        if record.get("rows") != json.loads(positions(study, label)):
            said.append("its rows of the imaging sheet changed")
        if not said:
            said.append("its rows of the reviewer's corrections, or its ImageJ ROIs, changed")
    return said


def _updated(
    study: StudyConfig, step: str, label: str, record: Mapping[str, Any], files: list[str]
) -> list[str]:
    """Return what changed outside of the workflow: images, sheets."""
    if step == "measure_batch" and record:
        return _images(study, label, record, files[0])
    tables = [
        f"{match[1]}.csv"
        for file in files
        if (match := re.search(r"/provenance/cohort/(\w+)\.[0-9a-f]+\.json", file))
    ]
    if tables:
        return [f"sheets, images or config now give another {some(sorted(tables))}"]
    return [f"changed: {some(Path(file).name for file in files)}"]


def _images(study: StudyConfig, batch: str, record: Mapping[str, Any], listed: str) -> list[str]:
    """Return which files of a batch are new, gone or others than when it was measured.

    None are where a file that had changed is as before, and the job between has failed.
    """
    folder = study.imaging_folder / batch
    then = {p: digest for p, digest in record["read"].items() if Path(p).is_relative_to(folder)}
    now = {(folder / p).as_posix(): digest for p, digest in read_json(Path(listed)).items()}
    gone = [p for p in then if p not in now]
    other = [p for p in then if p in now and now[p] != then[p]]
    clicks = {Path(p).relative_to(folder).parts[0] for p in then}
    new = [p for p in now if Path(p).relative_to(folder).parts[0] not in clicks]
    said = [
        f"{what} {some(Path(p).relative_to(folder).as_posix() for p in sorted(paths))}"
        for what, paths in (("new", new), ("changed", other), ("gone", gone))
        if paths
    ]
    return [f"files of the batch: {'; '.join(said)}"] if said else []


def _groups(study: StudyConfig, files: Iterable[str]) -> list[str]:
    """Return what files of the results are together: batches, statistics, figures, tables."""
    results = study.results_folder
    found: dict[str, None] = {}
    batches: set[str] = set()
    for file in files:
        path = Path(file)
        parts = path.relative_to(results).parts if path.is_relative_to(results) else path.parts
        if parts[0] == "imaging" and len(parts) > 2:
            batches.add(parts[1])
            continue
        found[parts[0] if len(parts) > 1 else path.name] = None
    told = [f"batch {min(batches)}"] if len(batches) == 1 else []
    told += [f"{len(batches)} batches"] if len(batches) > 1 else []
    return told + sorted(found)
