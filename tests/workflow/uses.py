"""What a step really touches, compared with what its job counts as its own.

The study was run with a spy in every step (`spy/sitecustomize.py`); its notes and the workflow's
own are compared with what `study.steps` says: no stale result can hide.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

from running import before_all

from lumicohort.files import sha256
from lumicohort.study.config import StudyConfig
from lumicohort.study.plan import figure_settings_keys, uses_of
from lumicohort.study.steps import STEPS, libraries_of, modules_of

WHERE = {"study", "data.folder", "data.imaging"}
"""Keys that say where files lie, which the workflow's paths tell."""

ROWS = ("data.imaging_sheet", "data.roi_review")
"""Where a batch's own rows come from: the rows themselves are parameters of its job."""

RUNNING = (
    "cli",
    "commands",
    "imaging",
    "imaging.positions",
    "study",
    "study.contents",
    "study.imports",
    "study.known",
    "study.libraries",
    "study.manifests",
    "study.of_batch",
    "study.plan",
    "study.planned",
    "study.record",
    "study.running",
    "study.typed",
    "study.seen",
    "study.steps",
    "study.warm",
    "threads",
)
"""Modules that run a step, and take no part in what it computes."""

FOR_ROWS = ("cohort", "imaging.corrections", "imaging.geometry", "nouns", "study.template_rows")
"""Modules that read a batch's rows and tell of them."""

NO_RESULT = {
    "annotated-types",
    "charset-normalizer",
    "interface-meta",
    "lazy-loader",
    "lumicohort",
    "lxml",
    "narwhals",
    "packaging",
    "pydantic",
    "pydantic-core",
    "pytz",
    "pyyaml",
    "setuptools",
    "typing-extensions",
    "typing-inspection",
}
"""Libraries that only read and check the config, or that others load and we ask nothing of."""


SPY = Path(__file__).parent / "spy"


def spying(notes: Path) -> dict[str, str]:
    """Return the environment variables with which a run's steps are spied on."""
    notes.mkdir()
    return {"PYTHONPATH": before_all(SPY), "LUMICOHORT_SPY": str(notes)}


def notes_of(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return the spy's notes by step, with its batch or figure after a dot."""
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


def _kinds(study: StudyConfig, label: str) -> list[str]:
    return [kind for f in study.figures.show if f.name == label for kind in f.kinds]


def _declared(key: str, keys: tuple[str, ...]) -> bool:
    """Return whether a key that was read is among those declared, or leads to one."""
    for other in keys:
        bare = other.replace(".*", "")
        below = key.startswith(f"{bare}.") and not other.endswith("*")
        if key == bare or below or bare.startswith(f"{key}."):
            return True
    return False


def read_sheets(note: dict[str, list[str]]) -> bool:
    """Return whether a batch's job read the sheets itself, as planning does.

    So does one that starts within seconds of a sheet's last change: planning keeps nothing of so
    young a file. What the sheets then tell it, its own rows, is a parameter of its job.
    """
    return "lumicohort.cohort.study" in note["modules"]


def config_problems(notes: dict[str, dict[str, list[str]]], study: StudyConfig) -> list[str]:
    """Return the keys of the config that steps read and that are not theirs."""
    problems = []
    for name, note in notes.items():
        step, _, label = name.partition(".")
        keys = STEPS[step].settings
        if not keys:
            continue  # the whole config
        if step == "figure":
            keys = (*keys, *figure_settings_keys(study, label), "figures")
        if step == "measure_batch":
            keys = (*keys, *ROWS)
            if read_sheets(note):
                keys = (*keys, *STEPS["cohort"].settings)
        for places in note["config"]:
            alternatives = set(places.split("|"))
            if not (alternatives & WHERE or any(_declared(p, keys) for p in alternatives)):
                problems.append(f"{name} reads {places}")
    return problems


def module_problems(notes: dict[str, dict[str, list[str]]], study: StudyConfig) -> list[str]:
    """Return the modules that steps load and that are not in their hash."""
    problems = []
    for name, note in notes.items():
        step, _, label = name.partition(".")
        hashed = set(modules_of(step, _kinds(study, label)))
        for module in sorted(set(note["modules"]) - hashed - {"lumicohort"}):
            bare = module.removeprefix("lumicohort.")
            beside = (*RUNNING, "figures.sources", "figures", "figures.style")
            if step == "measure_batch":
                beside += FOR_ROWS
            if bare in beside or bare.startswith(("commands.", "study.config")):
                continue
            if step == "measure_batch" and bare.startswith("cohort."):
                continue
            problems.append(f"{name} loads {bare}")
    return problems


def library_problems(notes: dict[str, dict[str, list[str]]], study: StudyConfig) -> list[str]:
    """Return the libraries that steps load and whose versions do not count for them."""
    names = metadata.packages_distributions()
    problems = []
    for name, note in notes.items():
        step, _, label = name.partition(".")
        counted = set(libraries_of(step, _kinds(study, label)))
        loaded = {
            re.sub(r"[-_.]+", "-", distribution).lower()
            for module in note["libraries"]
            if module not in sys.stdlib_module_names
            for distribution in names.get(module, ())
        }
        problems += [f"{name} loads {library}" for library in sorted(loaded - counted - NO_RESULT)]
    return problems


def _snakemake_s_notes(folder: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the inputs and the outputs of every job that ran, by its log file."""
    inputs: dict[str, set[str]] = defaultdict(set)
    outputs: dict[str, set[str]] = defaultdict(set)
    place = folder / ".snakemake" / "metadata"
    for path in place.rglob("*"):
        if not path.is_file():
            continue
        note = json.loads(path.read_text())
        encoded = path.relative_to(place).as_posix().replace("@", "").replace("/", "")
        (log,) = note["log"]
        inputs[log] |= set(note["input"])
        outputs[log].add(base64.b64decode(encoded, altchars=b"-_").decode())
    return inputs, outputs


def records_of(results: Path) -> dict[str, Any]:
    """Return the records of steps that lie with a study's results."""
    place = results / "provenance" / "steps"
    return {path.stem: json.loads(path.read_text()) for path in sorted(place.glob("*.json"))}


def file_problems(folder: Path, study: StudyConfig) -> list[str]:
    """Return the files that steps read or write and that their rules do not know."""
    inputs, outputs = _snakemake_s_notes(folder)
    data, results = study.data_folder.as_posix(), study.results_folder.as_posix()
    problems = []
    for name, record in records_of(folder / results).items():
        step, _, label = name.partition(".")
        if step == "simulate":
            continue  # its clicks are represented by its marker
        part = {"measure_batch": "imaging/", "figure": "figures/"}.get(step, "")
        log = f"{results}/logs/{part}{label or step}.log"
        rows = f"{data}/imaging.csv"
        for path in record["read"]:
            own = step == "measure_batch" and (
                path == rows or path.startswith(f"{data}/imaging/{label}/")
            )
            if path not in inputs[log] and not own:
                problems.append(f"{name} reads {path}")
        problems += [f"{name} writes {p}" for p in record["wrote"] if p not in outputs[log]]
        problems += [f"{name} wrote nothing"] * (not record["wrote"])
    return problems


def record_problems(folder: Path, study: StudyConfig) -> list[str]:
    """Return what the records say otherwise than it is."""
    problems = []
    for name, record in records_of(folder / study.results_folder).items():
        step, _, label = name.partition(".")
        expected = uses_of(study, step, label if step == "figure" else None)
        problems += [f"{name}: {key}" for key in expected if record[key] != expected[key]]
        problems += [f"{name}: times"] * (record["finished"] < record["started"])
        for path, digest in {**record["read"], **record["wrote"]}.items():
            if sha256(folder / path) != digest:
                problems.append(f"{name}: {path}")
    return problems
