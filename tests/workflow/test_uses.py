"""What a step really touches is what its job counts as its own: no stale result can hide.

The small study was run with a spy in every step (`spy/sitecustomize.py`); its notes and the
workflow's own are compared with what `study.steps` says.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import small_study
from test_step_imports import third_party_imports

from lumicohort.study.config import StudyConfig, load_config
from lumicohort.study.plan import figure_settings_keys
from lumicohort.study.steps import LIBRARIES, STEPS, libraries_of, modules_of

WHERE = {"study", "data.folder", "data.imaging"}
"""Keys that say where files lie, which the workflow's paths tell."""

ROWS = ("data.imaging_sheet", "data.roi_review")
"""Where a batch's own rows come from: the rows themselves are parameters of its job."""

RUNNING = ("cli", "commands", "study", "study.manifests", "study.plan", "study.record")
"""Modules that run a step, and take no part in what it computes."""

FOR_ROWS = ("cohort", "imaging.corrections", "imaging.geometry", "study.template_rows")
"""Modules that read a batch's rows."""

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


def notes(small: Path) -> dict[str, dict[str, list[str]]]:
    found = {path.stem: json.loads(path.read_text()) for path in (small / "spied").glob("*.json")}
    assert {name.split(".")[0] for name in found} == set(STEPS) - {"simulate"}
    return found


@pytest.fixture(scope="module")
def study(small: Path) -> StudyConfig:
    return load_config(small / small_study.CONFIG_FILE)


def kinds(study: StudyConfig, label: str) -> list[str]:
    return [kind for f in study.figures.show if f.name == label for kind in f.kinds]


def declared(key: str, keys: tuple[str, ...]) -> bool:
    """Return whether a key that was read is among those declared, or leads to one."""
    for other in keys:
        bare = other.replace(".*", "")
        below = key.startswith(f"{bare}.") and not other.endswith("*")
        if key == bare or below or bare.startswith(f"{key}."):
            return True
    return False


def test_every_config_key_that_a_step_reads_is_its_own(small: Path, study: StudyConfig) -> None:
    problems = []
    for name, note in notes(small).items():
        step, _, label = name.partition(".")
        keys = STEPS[step].settings
        if not keys:
            continue  # the whole config
        if step == "figure":
            keys = (*keys, *figure_settings_keys(study, label), "figures")
        if step == "measure_batch":
            keys = (*keys, *ROWS)
        for places in note["config"]:
            alternatives = set(places.split("|"))
            if alternatives & WHERE or any(declared(place, keys) for place in alternatives):
                continue
            problems.append(f"{name} reads {places}")
    assert not problems


def test_every_module_that_a_step_loads_is_in_its_hash(small: Path, study: StudyConfig) -> None:
    problems = []
    for name, note in notes(small).items():
        step, _, label = name.partition(".")
        hashed = set(modules_of(step, kinds(study, label)))
        for module in sorted(set(note["modules"]) - hashed - {"lumicohort"}):
            bare = module.removeprefix("lumicohort.")
            beside = (*RUNNING, "figures.sources", "figures", "study.steps")
            if step == "measure_batch":
                beside += FOR_ROWS
            if bare in beside or bare.startswith(("commands.", "study.config")):
                continue
            if step == "measure_batch" and bare.startswith("cohort."):
                continue
            problems.append(f"{name} loads {bare}")
    assert not problems


def test_every_library_that_a_step_loads_counts(small: Path, study: StudyConfig) -> None:
    names = metadata.packages_distributions()
    problems = []
    for name, note in notes(small).items():
        step, _, label = name.partition(".")
        counted = set(libraries_of(step, kinds(study, label)))
        loaded = {
            re.sub(r"[-_.]+", "-", distribution).lower()
            for module in note["libraries"]
            if module not in sys.stdlib_module_names
            for distribution in names.get(module, ())
        }
        problems += [f"{name} loads {library}" for library in sorted(loaded - counted - NO_RESULT)]
    assert not problems


def test_measuring_and_statistics_do_not_wait_for_drawing_libraries() -> None:
    assert "matplotlib" not in libraries_of("measure_batch")
    assert "matplotlib" not in libraries_of("survival")
    assert "scikit-image" not in libraries_of("cohort")
    assert not any(m.startswith("lumicohort.regions") for m in modules_of("cohort"))
    assert not any(m.startswith("lumicohort.figures") for m in modules_of("measure_batch"))
    assert "lumicohort.figures.kinds.montage" not in modules_of("figure", ["survival"])


def test_every_library_that_the_package_imports_is_known() -> None:
    assert third_party_imports() <= set(LIBRARIES)


def snakemake_s_notes(study: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the inputs and the outputs of every job that ran, by its log file."""
    inputs: dict[str, set[str]] = defaultdict(set)
    outputs: dict[str, set[str]] = defaultdict(set)
    import base64

    folder = study / ".snakemake" / "metadata"
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        note = json.loads(path.read_text())
        encoded = path.relative_to(folder).as_posix().replace("@", "").replace("/", "")
        output = base64.b64decode(encoded, altchars=b"-_").decode()
        (log,) = note["log"] or [note["rule"]]
        inputs[log] |= set(note["input"])
        outputs[log].add(output)
    return inputs, outputs


def records(study: Path) -> dict[str, Any]:
    place = study / "results" / "small" / "provenance" / "steps"
    return {path.stem: json.loads(path.read_text()) for path in sorted(place.glob("*.json"))}


def log_of(name: str) -> str:
    step, _, label = name.partition(".")
    folder = {"measure_batch": "imaging/", "figure": "figures/"}.get(step, "")
    return f"results/small/logs/{folder}{label or step}.log"


def test_every_file_that_a_step_reads_and_writes_is_known_to_its_rule(small: Path) -> None:
    inputs, outputs = snakemake_s_notes(small)
    found = records(small)
    assert set(inputs) == {log_of(name) for name in found}
    problems = []
    for name, record in found.items():
        assert record["wrote"], name
        batch = name.partition(".")[2]
        for path in record["read"]:
            of_batch = path.startswith(f"data/small/imaging/{batch}/") and batch != ""
            rows = path == "data/small/imaging.csv" and name.startswith("measure_batch")
            if path not in inputs[log_of(name)] and not of_batch and not rows:
                problems.append(f"{name} reads {path}")
        for path in record["wrote"]:
            if path not in outputs[log_of(name)]:
                problems.append(f"{name} writes {path}")
    assert not problems


def test_no_rule_waits_for_a_file_that_its_step_never_opens(small: Path) -> None:
    """Every input is opened by the step, or is a table that another case of the step opens."""
    inputs, _ = snakemake_s_notes(small)
    found = records(small)
    for name in ("cohort", "flux", "survival", "burden", "qc", "figure.survival"):
        unread = inputs[log_of(name)] - set(found[name]["read"])
        allowed = {"survival": {"results/small/cohort/animals.csv"}}
        assert unread <= allowed.get(name, set()), name


def test_a_record_tells_what_made_a_result(small: Path) -> None:
    from lumicohort.files import sha256
    from lumicohort.study.plan import uses_of

    config = load_config(small / small_study.CONFIG_FILE)
    for name, record in records(small).items():
        step, _, label = name.partition(".")
        figure = label if step == "figure" else None
        expected = uses_of(config, step, figure)
        assert {key: record[key] for key in expected} == expected, name
        assert record["finished"] >= record["started"]
        for path, digest in {**record["read"], **record["wrote"]}.items():
            assert sha256(small / path) == digest, f"{name}: {path}"
    measured = records(small)["measure_batch.2020-01-13_MDA231-LeptoM_day07"]
    assert any(path.endswith("luminescent.TIF") for path in measured["read"])
    assert "survival" not in measured["settings"]
    assert measured["settings"]["imaging.regions"]["method"] == "anatomy"
