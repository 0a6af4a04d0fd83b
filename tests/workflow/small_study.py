"""A study small enough to be run many times: a few animals, two models, a click each a session."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from lumicohort.simulate.study import make_study
from lumicohort.study.config import parse_config

CONFIG: dict[str, Any] = {
    "study": "small",
    "models": {"MDA231-LeptoM": None, "PC9-LeptoM": None},
    "arms": {"vehicle": {"colour": "#4D4D4D"}, "DFO": {"colour": "#0072B2"}},
    "reference_arm": "vehicle",
    "data": {
        "cohort": {"file": "cohort.csv"},
        "imaging_sheet": {"file": "imaging.csv"},
        "weights": {"file": "weights.csv"},
        "doses": {"file": "doses.csv"},
    },
    "analysis": {"survival": {"bootstrap_samples": 999}},
    "figures": {
        "show": [
            {"name": "survival", "kind": "survival"},
            {"name": "montage", "kind": "montage"},
        ]
    },
}
ANIMALS_PER_ARM = 2
LATER = "2020-02-19_PC9-LeptoM_day14"
"""A batch that is not in the study yet: it lies in `later/`, its rows in the imaging sheet."""
CONFIG_FILE = "small.yaml"


def make(folder: Path) -> list[str]:
    """Write the data and the config of the small study, as a lab's own, and name its batches."""
    simulated = {**CONFIG, "simulate": {"seed": 1, "animals_per_arm": ANIMALS_PER_ARM}}
    data = folder / "data" / "small"
    make_study(parse_config(simulated), data)
    (data / "SIMULATED.txt").unlink()
    shutil.rmtree(data / "truth")
    for batch in (data / "imaging").iterdir():
        if not batch.name.endswith(("day07", "day14")):
            shutil.rmtree(batch)
    batches = sorted(batch.name for batch in (data / "imaging").iterdir())
    sheet = data / "imaging.csv"
    head, *rows = sheet.read_text(encoding="utf-8").splitlines()
    kept = [row for row in rows if row.split(",")[0] in batches]
    sheet.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    (folder / "later").mkdir()
    shutil.move(data / "imaging" / LATER, folder / "later" / LATER)
    write_config(folder, CONFIG)
    return [batch for batch in batches if batch != LATER]


def write_config(folder: Path, config: dict[str, Any]) -> None:
    """Write the study's config."""
    text = yaml.safe_dump(config, sort_keys=False)
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def copy_of(study: Path, to: Path) -> Path:
    """Copy a study's folder with its results and Snakemake's notes, times and all."""
    shutil.copytree(study, to, symlinks=True)
    return to


def tables_of(study: Path) -> dict[str, bytes]:
    """Return the content of every result that must not depend on how often a run was broken.

    Logs, benchmarks, hidden files, and the times in `provenance/` are excepted.
    """
    results = study / "results" / "small"
    out = {}
    for path in sorted(results.rglob("*")):
        parts = path.relative_to(results).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and parts[0] not in ("logs", "provenance"):
            out["/".join(parts)] = path.read_bytes()
    return out
