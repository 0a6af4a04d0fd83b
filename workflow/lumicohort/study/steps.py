"""What each step of the workflow uses: config, code of this package, and libraries.

A job runs again when one of them changes. The code is found by following imports from the module
that does the step, so a new module counts without being listed anywhere; the config is listed
here, and `tests/workflow/test_demo.py` runs every step and compares what it really touched.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lumicohort.study.imports import PACKAGE, imports_of, name_of, path_of
from lumicohort.study.libraries import LIBRARIES, with_requirements


@dataclass(frozen=True, slots=True)
class Step:
    """What a step uses.

    Parameters
    ----------
    modules : tuple of str
        Where its work is done; their imports, and those of what they import, are its code.
    settings : tuple of str
        Dotted keys of the config (`analysis.survival`); none stands for the whole config. A star
        stands for every arm or model: `arms.*.label` for their labels, `arms.*` for their names.
    shallow : tuple of str
        Modules of which the step uses only what stands at their top: imports inside their
        functions are not followed.
    """

    modules: tuple[str, ...]
    settings: tuple[str, ...] = ()
    shallow: tuple[str, ...] = ()


_FOLDERS = ("data.folder", "data.imaging")
"""Where the images lie: lists of what was left out name it, and a folder may be simulated."""

# The tables that follow from the sheets: all come of the same reading. Of a study's own data it
# is known beforehand which of them a key alters (study/contents.py), and these alone are renewed.
_OF_SHEETS = Step(
    ("study.contents", "cohort.study"),
    (
        "models.*",
        "arms.*.animals_planned",
        "arms.*.dose_mg_per_kg",
        "reference_arm",
        "data",
        "end_reasons",
        "schedule",
        "exclusions",
        "strict",
        "imaging.detection",
        "imaging.measurements",
        "blinding",
        "analysis.survival.covariates",
        "analysis.survival.stratify_by",
        "analysis.survival.cluster_by",
        "analysis.survival.entry",
        "analysis.burden.region",
    ),
    shallow=("imaging.click", "living_image.tiff", "living_image.rois"),
)


STEPS: dict[str, Step] = {
    "simulate": Step(
        ("simulate.study",),
        (
            "study",
            "title",
            "models.*",
            "arms.*.dose_mg_per_kg",
            "reference_arm",
            "data",
            "schedule",
            "simulate",
            "blinding",
        ),
    ),
    "measure_batch": Step(
        ("imaging.batch",),
        (
            "imaging.calibration",
            "imaging.regions",
            "imaging.detection",
            "imaging.measurements",
            "imaging.compare",
            "imaging.export_masks",
            "imaging.emission_filter",
            *_FOLDERS,
            "data.date_format",
            "strict",
        ),
    ),
    "cohort": _OF_SHEETS,
    "left_out": _OF_SHEETS,
    "protocol": _OF_SHEETS,
    "flux": Step(
        ("study.assemble", "cohort.batches"),
        (
            "study",
            *_FOLDERS,
            "data.date_format",
            "imaging.detection.exclude_saturated",
            "imaging.measurements",
            "imaging.choose",
            "imaging.choose_minutes",
            "imaging.view",
            "imaging.views",
            "schedule.imaging_first_day",
            "schedule.imaging_every_days",
            "schedule.imaging_tolerance_days",
            "strict",
            "arms.*",
            "models.*",
            "analysis.burden.region",
            "analysis.burden.quantity",
        ),
        shallow=("imaging.click", "living_image.tiff", "living_image.rois"),
    ),
    "survival": Step(
        ("survival.study",),
        ("models.*", "arms.*", "reference_arm", "analysis.survival", "end_reasons"),
    ),
    "burden": Step(
        ("burden.study",),
        (
            "models.*",
            "arms.*",
            "reference_arm",
            "analysis.burden",
            "analysis.survival.entry",
            "schedule.treatment_first_day",
        ),
    ),
    "tables": Step(
        ("tables.study",),
        (
            "models",
            "arms.*.label",
            "reference_arm",
            "analysis",
            "end_reasons",
            "tables",
            "simulate",
            *_FOLDERS,
            "blinding",
        ),
    ),
    # Further keys follow from what a figure reads and from its kinds; see `plan.settings`.
    "figure": Step(
        ("figures.draw",),
        (
            "models.*.label",
            "arms.*.label",
            "arms.*.colour",
            "reference_arm",
            "tables.rounding",
            "tables.smallest_p",
            "simulate",
            *_FOLDERS,
            "blinding",
        ),
    ),
    "qc": Step(
        ("report.qc",),
        (
            "study",
            "title",
            *_FOLDERS,
            "data.date_format",
            "imaging.measurements",
            "analysis.burden.region",
            "analysis.burden.quantity",
            "simulate",
            "tables.rounding",
            "blinding",
        ),
        shallow=("imaging.click",),
    ),
    "report": Step(("report.report",), (), shallow=("imaging.click",)),
    "versions": Step(("study.libraries",), ()),
}
"""The steps by name, in the order in which the workflow runs them."""

EVERY_STEP = ("lumicohort.errors", "lumicohort.commands.step", "lumicohort.plain")
"""Modules behind every step. So is the config's package, whose objects all steps ask."""

_FILES = "lumicohort.files"
"""What every step writes with; what it imports is followed."""

_CONFIG = "lumicohort.study.config"


def modules_of(step: str, kinds: Iterable[str] = ()) -> list[str]:
    """Return the modules of this package that a step uses.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds, whose modules it uses as well.

    Returns
    -------
    list of str
        Dotted names, sorted; those of every step among them.
    """
    return _modules(step, tuple(sorted(kinds)))


@lru_cache
def _modules(step: str, kinds: tuple[str, ...]) -> list[str]:
    config = [name_of(p) for p in (PACKAGE / "study/config").rglob("*.py") if p.stem != "__init__"]
    return sorted({*_reached(step, kinds), *EVERY_STEP, _CONFIG, *config})


def _reached(step: str, kinds: tuple[str, ...]) -> set[str]:
    """Return the modules that a step's own modules import, and those that these import.

    What the config's checks import is no part of them: the checked config's values are settings.
    """
    uses = STEPS[step]
    todo = [_FILES, *(f"lumicohort.{module}" for module in uses.modules)]
    todo += [f"lumicohort.figures.kinds.{kind}" for kind in kinds]
    shallow = {f"lumicohort.{module}" for module in uses.shallow}
    seen: set[str] = set()
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        if module.startswith(_CONFIG):
            continue
        inner = module not in shallow
        todo += [name for name, inside in imports_of(module).ours if inner or not inside]
    return seen


def libraries_of(step: str, kinds: Iterable[str] = ()) -> dict[str, str]:
    """Return the libraries that determine a step's results, with their versions.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds.

    Returns
    -------
    dict
        Names as installed, sorted, to versions: what the step's modules import and what that
        requires in turn. Python counts with its minor version.
    """
    return versions_of(imported_by(step, kinds))


def versions_of(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of libraries, of what they require, and of Python, as `libraries_of`."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, **dict(sorted(with_requirements(names).items()))}


def imported_by(step: str, kinds: Iterable[str] = ()) -> list[str]:
    """Return the libraries that a step's modules import themselves, as `libraries_of`."""
    return list(_imported_by(step, tuple(sorted(kinds))))


@lru_cache
def _imported_by(step: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    shallow = {f"lumicohort.{module}" for module in STEPS[step].shallow}
    names = {
        LIBRARIES[name]
        for module in _reached(step, kinds)
        if not module.startswith(_CONFIG)
        for name, inside in imports_of(module).others
        if name in LIBRARIES and not (inside and module in shallow)
    }
    return tuple(sorted(names))


def code_hash(step: str, kinds: Iterable[str] = ()) -> str:
    """Return a hash of the code that a step uses.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds.

    Returns
    -------
    str
        Hexadecimal digits that change exactly when the content of one of the step's modules
        does, or of a template beside them.
    """
    return _code_hash(step, tuple(sorted(kinds)))


@lru_cache
def _code_hash(step: str, kinds: tuple[str, ...]) -> str:
    paths = {path_of(module) for module in _modules(step, kinds)}
    for folder in {path.parent for path in paths} - {PACKAGE}:
        paths |= {p for p in _data_files() if folder in p.parents}
    digest = hashlib.sha256()
    for path in sorted(p for p in paths if p is not None):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(_hash_of(path))
    return digest.hexdigest()[:16]


@lru_cache(None)
def _hash_of(path: Path) -> bytes:
    """Return the hash of a file of the package, which many steps use."""
    return hashlib.sha256(path.read_bytes()).digest()


@lru_cache
def _data_files() -> list[Path]:
    """Return the package's templates and other files that are not code."""
    code = (".py", ".pyc", ".pyo")
    return [p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in code]
