"""What the workflow must know before any job runs: paths, batches, and what each step uses.

Light enough to be called while the Snakefile is read: nothing heavier than pydantic is imported.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import sha256, write_json
from lumicohort.study.config import StudyConfig, load_config, parse_config
from lumicohort.study.config.output import Figure
from lumicohort.study.config.sheets import Data, data_folder, sheets_by_key

PACKAGE = Path(__file__).resolve().parents[1]

SHARED_MODULES = ("errors.py", "files.py", "study/config", "commands/step.py")
"""Modules that every step uses."""

VERSIONS_OF = (
    "lumicohort",
    "snakemake",
    "numpy",
    "scipy",
    "pandas",
    "lifelines",
    "scikit-image",
    "tifffile",
    "matplotlib",
    "seaborn",
    "pydantic",
)
"""Packages whose versions the report names."""


def read_study(config: Mapping[str, Any], files: Sequence[str | Path]) -> StudyConfig:
    """Check the config that Snakemake read.

    Parameters
    ----------
    config : mapping
        The config as Snakemake merged it from files and the command line.
    files : sequence of path
        The config files that it came from.

    Returns
    -------
    StudyConfig
        The checked config.

    Raises
    ------
    InputError
        With every problem of the config and every sheet and folder that is missing.
    """
    file = files[0] if len(files) == 1 else (", ".join(str(f) for f in files) or None)
    problems: list[Problem] = []
    study = None
    try:
        if len(files) == 1 and dict(config) == _plain_yaml(Path(files[0])):
            study = load_config(files[0])  # names lines, and refuses keys written twice
        else:
            study = parse_config(dict(config), file)
    except InputError as error:
        problems += error.problems
    problems += _missing_data(config, file)
    if problems or study is None:
        raise InputError(problems)
    return study


def _plain_yaml(path: Path) -> Any:
    """Return the file's content as plain YAML."""
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8-sig"))


def _missing_data(config: Mapping[str, Any], file: str | Path | None) -> list[Problem]:
    """Return a problem for every sheet and folder of the study that is not there.

    Works on the config as read, so that missing files are named together with its other faults.
    """
    from pydantic import ValidationError

    if config.get("simulate") is not None or not isinstance(config.get("study"), str):
        return []
    try:
        data = Data.model_validate(config.get("data") or {})
    except ValidationError:
        return []  # the faults of this section are told, and its paths are not known
    folder = data_folder(config["study"], data)
    problems = [
        Problem(
            f"the config's sheet `{path}` does not exist.",
            file,
            "section data",
            "Copy the sheet there or correct its name; paths count from the study's data folder.",
        )
        for path in sheets_of(folder, data)
        if not Path(path).is_file()
    ]
    imaging = folder / data.imaging
    if not imaging.is_dir() and data.flux is None:
        problems.append(
            Problem(
                f"the imaging folder `{imaging}` does not exist.",
                file,
                "key data.imaging",
                "Make it and copy one folder per imaging session into it.",
            )
        )
    return problems


def sheet_files(study: StudyConfig) -> list[str]:
    """Return the paths of the study's sheets, each once."""
    return sheets_of(study.data_folder, study.data)


def sheets_of(folder: Path, data: Data) -> list[str]:
    """Return the paths of the sheets that a config's data section names, each once."""
    sheets = sheets_by_key(data).values()
    paths = [str(folder / part.file) for sheet in sheets for part in sheet.parts()]
    return list(dict.fromkeys(paths))


def write_resolved_config(study: StudyConfig) -> str:
    """Write the config with all its defaults, which the jobs read, and return its path.

    It is written only when it changed, so that its time tells the results' age.
    """
    path = study.results_folder / "provenance" / "config.json"
    content = study.model_dump(mode="json")
    # Compared as text: the order of arms and models is the order of figures and tables.
    if json.dumps(_read_json(path)) != json.dumps(content):
        write_json(content, path)
    return str(path)


def settings(study: StudyConfig, *keys: str) -> str:
    """Return a part of the config as text.

    Parameters
    ----------
    study : StudyConfig
        The config.
    *keys : str
        Dotted keys (`analysis.survival`); the whole config where none are given.

    Returns
    -------
    str
        JSON, in the config's order (which is that of figures and tables).
    """
    whole = study.model_dump(mode="json")
    if not keys:
        return json.dumps(whole)
    part = {}
    for key in keys:
        value: Any = whole
        for name in key.split("."):
            value = value[name]
        part[key] = value
    return json.dumps(part)


def figure_settings(study: StudyConfig, name: str) -> str:
    """Return the part of the config that one figure uses, as text."""
    whole = study.figures.model_dump(mode="json")
    whole["show"] = [figure for figure in whole["show"] if figure["name"] == name]
    keys = ("models", "arms", "reference_arm", "analysis", "schedule", "simulate", "tables")
    return json.dumps(whole) + settings(study, *keys)


def figure_reads(figure: Figure) -> list[str]:
    """Return the names of what a figure reads; see :mod:`lumicohort.figures.sources`."""
    from lumicohort.figures.kinds import reads_of

    return reads_of(list(figure.kinds))


@lru_cache
def code_hash(*packages: str) -> str:
    """Return a hash of the content of modules of this package.

    Parameters
    ----------
    *packages : str
        Sub-packages or modules (`survival`, `tables/format.py`) that a step uses, besides those
        that all steps use.

    Returns
    -------
    str
        Hexadecimal digits that change exactly when the modules' content does.
    """
    digest = hashlib.sha256()
    for name in sorted({*packages, *SHARED_MODULES}):
        place = PACKAGE / name
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in paths:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.relative_to(PACKAGE).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def versions() -> dict[str, str]:
    """Return the versions of the packages that make the results."""
    found = {}
    for name in VERSIONS_OF:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            if name == "lumicohort":
                from lumicohort import __version__

                found[name] = __version__
    return found


def shell_step(config: str) -> str:
    """Return the shell function `step`, with which the rules run a step of the package.

    Jobs run the very Python that runs the workflow (`python` alone is whatever PATH says), find
    this package there, and keep to one thread each, since the workflow runs them side by side.

    Parameters
    ----------
    config : str
        Path of the study's resolved config.

    Returns
    -------
    str
        Shell code to put before a job's command.
    """
    python, package = shlex.quote(sys.executable), shlex.quote(str(PACKAGE.parent))
    threads = " ".join(
        f"{name}_NUM_THREADS=${{{name}_NUM_THREADS:-1}}" for name in ("OMP", "OPENBLAS", "MKL")
    )
    return (
        f"step() {{ PYTHONPATH={package}${{PYTHONPATH:+:$PYTHONPATH}} {threads} "
        f'{python} -m lumicohort.cli step "$@" --config {shlex.quote(config)}; }}; '
    )


def batches(study: StudyConfig) -> list[str]:
    """Return the names of the study's imaging batches; see :mod:`lumicohort.cohort.batches`."""
    from lumicohort.cohort.batches import list_batches

    return list_batches(study)


def positions(study: StudyConfig, batch: str) -> str:
    """Return a batch's own rows of the imaging sheet as text."""
    from dataclasses import asdict

    found = _all_positions(study.model_dump_json(), _stamp(study)).get(batch, [])
    return json.dumps([asdict(position) for position in found], sort_keys=True)


def corrections(study: StudyConfig, batch: str) -> str:
    """Return a batch's own rows of the reviewer's corrections, and its ImageJ ROIs, as text.

    Corrections of other batches do not stand in it, so that they measure nothing here again; ROIs
    that lie in the batch's folder are part of its manifest.
    """
    from dataclasses import asdict

    path = study.data_folder / study.data.roi_review
    found: list[Any] = []
    if path.is_file():
        stat = path.stat()
        stamp = repr((stat.st_size, stat.st_mtime_ns))
        found = _all_corrections(study.model_dump_json(), stamp).get(batch, [])
    rows = [asdict(c) for c in found]
    hashes: dict[str, str] = {}
    named = study.imaging.regions.imagej_folder
    if named and study.imaging.regions.method == "imagej":
        folder = study.data_folder / named
        known = {click.name for click in _clicks(study, batch)}
        for file in sorted(p for p in folder.rglob("*") if p.suffix.casefold() in (".roi", ".zip")):
            if any(name.casefold() in str(file.relative_to(folder)).casefold() for name in known):
                hashes[file.relative_to(folder).as_posix()] = sha256(file)
    return json.dumps({"corrections": rows, "rois": hashes}, sort_keys=True)


def _clicks(study: StudyConfig, batch: str) -> list[Any]:
    from lumicohort.cohort.batches import list_clicks

    return list_clicks(study, batch)


@lru_cache
def _all_corrections(config_json: str, _stamp: str) -> dict[str, Any]:
    """Read the reviewer's corrections once per state of their file."""
    from lumicohort.imaging.corrections import batch_corrections

    return dict(batch_corrections(StudyConfig.model_validate_json(config_json)))


def last_seen(study: StudyConfig) -> str:
    """Return until when each animal without an end was last seen alive, as text.

    A new image of an animal still alive moves its censoring; one of any other animal does not,
    and then its new batch need not go through the cohort's sheets again.
    """
    return _last_seen(study.model_dump_json(), _stamp(study))


@lru_cache
def _last_seen(config_json: str, _stamp: str) -> str:
    from lumicohort.cohort.problems_book import read_or_mark
    from lumicohort.cohort.study import lives

    known = lives(read_or_mark(StudyConfig.model_validate_json(config_json)))
    alive = {x.animal.animal_id: str(x.until) for x in known if x.animal.end_date is None}
    return json.dumps(alive, sort_keys=True)


@lru_cache
def _all_positions(config_json: str, _stamp: str) -> dict[str, list[Any]]:
    """Read the imaging sheet once per state of its file."""
    from lumicohort.cohort.study import batch_positions

    return dict(batch_positions(StudyConfig.model_validate_json(config_json)))


def _stamp(study: StudyConfig) -> str:
    """Return sizes and times of the sheets: a new stamp means that they are read again."""
    stats = [Path(p).stat() for p in sheet_files(study)]
    return repr([(s.st_size, s.st_mtime_ns) for s in stats])


def refresh_manifest(study: StudyConfig, batch: str) -> str:
    """List the files of a batch with their hashes, and return the list's path.

    The list stands for the batch's files in the workflow: it is rewritten only when a content
    changed, so touching a file measures nothing again. Files whose size and time are as they
    were are not read again.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.

    Returns
    -------
    str
        Path of the list (JSON: relative path to SHA-256).
    """
    folder = study.imaging_folder / batch
    place = study.results_folder / "provenance" / "batches"
    manifest, stats_path = place / f"{batch}.json", place / f".{batch}.stat.json"
    known = _read_json(stats_path)
    before = _read_json(manifest)
    stats: dict[str, list[int]] = {}
    hashes: dict[str, str] = {}
    for directory, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(directory) / name
            relative = path.relative_to(folder).as_posix()
            stat = path.stat()
            stats[relative] = [stat.st_size, stat.st_mtime_ns]
            unchanged = known.get(relative) == stats[relative] and relative in before
            hashes[relative] = before[relative] if unchanged else sha256(path)
    if hashes != before or not manifest.is_file():
        write_json(hashes, manifest)
    if stats != known:
        write_json(stats, stats_path)
    return str(manifest)


def _read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file's mapping, or an empty one where there is none to be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
