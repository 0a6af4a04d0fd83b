"""What the workflow must know before any job runs: paths, batches, and what each step uses.

Light enough to be called while the Snakefile is read: nothing heavier than pydantic is imported.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.figures.sources import CLICKS, PREVIEWS
from lumicohort.files import write_json
from lumicohort.study.config import StudyConfig, load_config, parse_config
from lumicohort.study.config.output import Figure
from lumicohort.study.config.sheets import Data, data_folder
from lumicohort.study.contents import contents_of, refresh_contents, tables_of
from lumicohort.study.imports import PACKAGE
from lumicohort.study.known import known, sheet_files, sheets_of, text_of
from lumicohort.study.libraries import versions
from lumicohort.study.manifests import read_json, refresh_manifest
from lumicohort.study.of_batch import batches, corrections, own_rows, positions, rows
from lumicohort.study.planned import remembered
from lumicohort.study.record import FOLDER as RECORDS
from lumicohort.study.running import SCREEN_VARIABLE
from lumicohort.study.seen import Seen, look
from lumicohort.study.steps import STEPS, code_hash, imported_by, versions_of

__all__ = [
    "batches",
    "corrections",
    "look",
    "own_rows",
    "positions",
    "refresh_contents",
    "refresh_manifest",
    "rows",
    "tables_of",
    "versions",
]


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
    return problems + missing_imaging(folder, data, file)


def missing_imaging(folder: Path, data: Data, file: str | Path | None = None) -> list[Problem]:
    """Return a problem where the imaging folder is not there.

    A study without images has an empty one: a shared drive that is gone must not pass for that.

    Parameters
    ----------
    folder : Path
        The study's data folder.
    data : Data
        The config's section `data`.
    file : str or Path, optional
        The config, to be named.
    """
    imaging = folder / data.imaging
    if imaging.is_dir() or data.flux is not None:
        return []
    return [
        Problem(
            f"the imaging folder `{imaging}` does not exist.",
            file,
            "key data.imaging",
            "Make it and copy one folder per imaging session into it; where nothing is imaged, "
            "leave it empty.",
        )
    ]


def write_resolved_config(study: StudyConfig) -> str:
    """Write the config with all its defaults, which the jobs read, and return its path.

    Its name is that of its content: a second run that is started with another config while one
    is under way must not change what the first one's jobs read.
    """
    # Compared as text: the order of arms and models is the order of figures and tables.
    content = study.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
    path = study.results_folder / "provenance" / "configs" / f"{digest}.json"
    if read_json(path) != content:
        write_json(content, path)
    return str(path)


def settings(study: StudyConfig, step: str, figure: str | None = None) -> str:
    """Return the part of the config that a step uses, as text.

    Parameters
    ----------
    study : StudyConfig
        The config.
    step : str
        The step; :data:`lumicohort.study.steps.STEPS` lists its keys.
    figure : str, optional
        For a figure's step: the figure, whose own entry of `figures.show` alone counts.

    Returns
    -------
    str
        JSON, in the config's order (which is that of figures and tables).
    """
    whole = known(study).dump
    keys = STEPS[step].settings
    if not keys:
        return json.dumps(whole)
    if figure is not None:
        keys = (*keys, *figure_settings_keys(study, figure))
    part = {key: _part(whole, key.split(".")) for key in keys}
    if figure is not None:
        part["figures"] = _own_looks(study, figure, whole["figures"])
    return json.dumps(part)


def _own_looks(study: StudyConfig, name: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the config's figures one of them uses: its entry, and what it leaves out."""
    (figure,) = (figure for figure in study.figures.show if figure.name == name)
    return {
        "preset": study.figures.preset_of(figure),
        "formats": study.figures.formats_of(figure),
        "dpi": study.figures.dpi,  # of pictures in PDF and SVG as well
        "show": [entry for entry in figures["show"] if entry["name"] == name],
    }


def _part(value: Any, names: Sequence[str]) -> Any:
    """Return the part of a config that a key with its dots and stars stands for."""
    if not names:
        return value
    if names[0] == "*":
        return {key: _part(v, names[1:]) if names[1:] else None for key, v in value.items()}
    return _part(value[names[0]], names[1:])


def figure_settings_keys(study: StudyConfig, name: str) -> list[str]:
    """Return the keys that a figure uses besides those of all figures: by what it reads and is."""
    from lumicohort.figures.kinds import settings_of

    reads = [
        r for figure in study.figures.show if figure.name == name for r in figure_reads(figure)
    ]
    survival = ("survival_", "hazard_ratios", "cumulative_incidence", "competing_tests")
    burden = ("burden_", "growth", "flux", PREVIEWS, CLICKS)
    found = ["analysis.survival"] if any(r.startswith(survival) for r in reads) else []
    found += ["analysis.burden"] if any(r.startswith(burden) for r in reads) else []
    found += ["end_reasons"] if "survival" in reads else []  # who died of another cause
    found += settings_of(_kinds(study, name))
    composite = any(f.name == name and f.kind == "composite" for f in study.figures.show)
    return found + (["title"] if composite else [])  # its caption begins with the study's title


def code(study: StudyConfig, step: str, figure: str | None = None) -> str:
    """Return a hash of the package's code that a step, or one figure's, uses."""
    return _code_of(study, step, figure)[0]


def libraries(study: StudyConfig, step: str, figure: str | None = None) -> str:
    """Return the versions of the libraries that a step, or one figure's, uses, as text."""
    return json.dumps(versions_of(_code_of(study, step, figure)[1]))


def _code_of(study: StudyConfig, step: str, figure: str | None) -> tuple[str, list[str]]:
    """Return the hash of a step's, or a figure's, code, and the libraries that it imports.

    They are found out for all steps at once, and again only after the package's files changed.
    """
    digest, imported = _code_of_all(text_of(study))[_name(step, _kinds(study, figure))]
    return digest, imported


@lru_cache
def _code_of_all(config_json: str) -> dict[str, tuple[str, list[str]]]:
    study = StudyConfig.model_validate_json(config_json)
    steps: list[tuple[str, list[str]]] = [(step, []) for step in STEPS if step != "figure"]
    steps += [("figure", _kinds(study, figure.name)) for figure in study.figures.show]

    def find() -> dict[str, tuple[str, list[str]]]:
        return {_name(s, kinds): (code_hash(s, kinds), imported_by(s, kinds)) for s, kinds in steps}

    return dict(remembered(study, "code", [], find))


def _name(step: str, kinds: Sequence[str]) -> str:
    return " ".join((step, *sorted(kinds)))


def uses_of(study: StudyConfig, step: str, figure: str | None = None) -> dict[str, Any]:
    """Return a step's code hash, libraries and settings, for the record of its run."""
    return {
        "code": code(study, step, figure),
        "libraries": json.loads(libraries(study, step, figure)),
        "settings": json.loads(settings(study, step, figure)),
    }


def libraries_of_due_figures(study: StudyConfig) -> set[str]:
    """Return the libraries of the figures that were drawn with other settings or other code.

    Parameters
    ----------
    study : StudyConfig
        The config.

    Returns
    -------
    set of str
        Names as installed; none where fewer than two figures are due for that.
    """
    due = []
    for figure in study.figures.show:
        uses = uses_of(study, "figure", figure.name)
        record = read_json(study.results_folder / RECORDS / f"figure.{figure.name}.json")
        if record and any(record.get(key) != value for key, value in uses.items()):
            due.append(set(uses["libraries"]))
    return set().union(*due) if len(due) > 1 else set()


def _kinds(study: StudyConfig, figure: str | None) -> list[str]:
    return [k for f in study.figures.show if f.name == figure for k in f.kinds]


def figure_reads(figure: Figure) -> list[str]:
    """Return the names of what a figure reads; see :mod:`lumicohort.figures.sources`."""
    from lumicohort.figures.kinds import reads_of

    return reads_of(list(figure.kinds))


def shell_step(config: str) -> str:
    """Return the shell function `step`, with which the rules run a step of the package.

    Jobs run the very Python that runs the workflow (`python` alone is whatever PATH says) and
    find this package there.

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
    # Descriptor 3 is the screen: a step's own output goes to its log.
    return (
        f"exec 3>&2; step() {{ {SCREEN_VARIABLE}=3 "
        f"PYTHONPATH={package}${{PYTHONPATH:+:$PYTHONPATH}} "
        f'{python} -m lumicohort.cli step "$@" --config {shlex.quote(config)}; }}; '
    )


def cohort_contents(study: StudyConfig, seen: Seen | None = None) -> dict[str, str]:
    """Return the SHA-256 of each table that follows from the sheets as they are now.

    Parameters
    ----------
    study : StudyConfig
        The config.
    seen : Seen, optional
        What planning saw of the imaging folder.
    """

    def read() -> dict[str, str]:
        from lumicohort.cohort.problems_book import read_or_mark

        return contents_of(study, read_or_mark(study))

    files = sheet_files(study)
    return dict(remembered(study, "contents", files, read, images=True, seen=seen))
