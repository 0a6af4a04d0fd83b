"""A new study: its config, its sheets to fill in, and its folders."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from lumicohort.errors import InputError, Problem
from lumicohort.files import whole_file, whole_folder
from lumicohort.study.config import parse_config
from lumicohort.study.config.sheets import Data
from lumicohort.study.config.study import NAME
from lumicohort.study.template_workbook import SHEETS, write_workbook

RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10)))
)
"""File names that Windows keeps for devices, with any ending."""

_KEYS = {"imaging": "imaging_sheet"}
"""Config keys of worksheets whose names differ."""


def new_study(
    study: str, models: Sequence[str], arms: Sequence[str], reference: str | None, root: Path
) -> list[Path]:
    """Make a new study's config, sheets and folders. Nothing that exists is ever touched.

    Parameters
    ----------
    study : str
        Its short name.
    models, arms : sequence of str
        Tumour models and arms.
    reference : str, optional
        The arm that the others are compared with; the first where None.
    root : Path
        The project's folder; `config/` and `data/` are in it or made.

    Returns
    -------
    list of Path
        What was made: the config, the workbook and the imaging folder.

    Raises
    ------
    InputError
        For a name that is no safe file name, an arm or model that cannot stand in a sheet, and
        everything of that name that exists already.
    """
    config_file = root / "config" / f"{study}.yaml"
    folder = root / "data" / study
    problems = [*_unsafe(study), *_names("--model", models), *_names("--arm", arms)]
    if reference is not None and reference not in arms:
        listed = ", ".join(arms)
        problems.append(Problem(f"--reference {reference} is not among the arms ({listed})."))
    if not problems:
        problems = [
            Problem("this exists already, and is left as it is.", path, hint="Choose another name.")
            for path in _there(config_file, folder)
        ]
    if problems:
        raise InputError(problems)
    sheets = [name for name in SHEETS if name == "cohort" or _key(name) in Data.model_fields]
    text = config_text(study, models, arms, reference or arms[0], sheets)
    config = parse_config(yaml.safe_load(text), config_file)
    with whole_folder(folder) as temporary:
        (temporary / "imaging").mkdir()
        write_workbook(config, sheets, temporary / "cohort.xlsx")
    try:
        with whole_file(config_file) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        shutil.rmtree(folder)  # made a moment ago, by us
        raise
    return [config_file, folder / "cohort.xlsx", folder / "imaging"]


def config_text(
    study: str, models: Sequence[str], arms: Sequence[str], reference: str, sheets: Sequence[str]
) -> str:
    """Return the new study's config: short, commented, valid.

    Parameters
    ----------
    study : str
        Its name.
    models, arms : sequence of str
        Its models and arms.
    reference : str
        The arm that the others are compared with.
    sheets : sequence of str
        Worksheets of its workbook.

    Returns
    -------
    str
        YAML.
    """
    lines = [
        f"# The study {study}. Every key is explained in config/README.md; what is not said here",
        "# takes the default that stands there. Check it with:",
        f"#   lumicohort check config/{study}.yaml",
        "",
        f"study: {_scalar(study)}",
        'title: ""  # title of the report',
        "",
        "models:  # as they stand in the cohort sheet",
        *(f"  {_scalar(model)}: {{}}" for model in models),
        "",
        "arms:  # as they stand in the cohort sheet, in the order of figures and tables",
        *(f'  {_scalar(arm)}: {{}}  # label: …, colour: "#0072B2"' for arm in arms),
        f"reference_arm: {_scalar(reference)}  # the others are compared with it",
        "",
        f"data:  # in data/{study}; take out the sheets that you do not keep",
        *(f"  {_key(name)}: {{ file: cohort.xlsx, sheet: {name} }}" for name in sheets),
        "",
        "end_reasons:  # what an end_reason of the sheet means; fixed before the analysis",
        "  humane endpoint: event",
        "  found dead: event",
        "  end of study: censored",
        '  "removed: technical": censored',
        "  lost: censored",
        "",
        "schedule:  # the protocol, in days since inoculation",
        "  imaging_first_day: 7",
        "  imaging_every_days: 7",
        "  treatment_first_day: 7",
        "  treatment_every_days: 3",
        "  dose_mg_per_kg: 2  # of an arm with another: arms: {that arm: {dose_mg_per_kg: 10}}",
    ]
    return "\n".join(lines) + "\n"


def _key(sheet: str) -> str:
    """Return the config key of a worksheet."""
    return _KEYS.get(sheet, sheet)


def _scalar(text: str) -> str:
    """Return a name as YAML writes it: plain where it reads back as itself, else quoted."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .+-]*", text) and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _there(config_file: Path, folder: Path) -> list[Path]:
    """Return what exists already, also under a name that differs in capitals only."""
    found = []
    for path in (config_file, folder):
        names = (
            {p.name.casefold(): p for p in path.parent.glob("*")} if path.parent.is_dir() else {}
        )
        if path.name.casefold() in names:
            found.append(names[path.name.casefold()])
        elif path.parent.exists() and not path.parent.is_dir():
            found.append(path.parent)
    return found


def _unsafe(study: str) -> list[Problem]:
    """Return why a name cannot be a study's."""
    rule = "Use letters, digits, `_`, `-` and `.`, at most 60, beginning with a letter or digit."
    if not re.fullmatch(NAME, study) or len(study) > 60 or study.endswith("."):
        return [Problem(f"`{_shown(study)}` cannot be a study's name.", hint=rule)]
    if study.casefold().partition(".")[0] in RESERVED or study.casefold() in ("config", "readme"):
        return [Problem(f"`{study}` cannot be a study's name: it is taken.", hint=rule)]
    return []


def _names(option: str, names: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the names of models or arms."""
    problems = []
    for i, name in enumerate(names):
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > 100:
            text = f"{option} `{_shown(name)}` cannot be a name in a sheet."
            problems.append(
                Problem(text, hint="At most 100 printable characters, no outer spaces.")
            )
        elif name.casefold() in [other.casefold() for other in names[:i]]:
            problems.append(Problem(f"{option} names `{name}` twice."))
    return problems


def _shown(text: str) -> str:
    """Return a text as a message can show it."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= 60 else text[:57] + "…"
