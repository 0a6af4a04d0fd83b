"""The whole study config, and reading it with all its problems at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from lumicohort.errors import InputError, Problem
from lumicohort.study.config.analysis import Analysis
from lumicohort.study.config.base import Section
from lumicohort.study.config.blinding import NOTE, Blinding, blinded, is_blinded, problems_of
from lumicohort.study.config.checks import disagreements
from lumicohort.study.config.imaging import Imaging
from lumicohort.study.config.marks import MARKS
from lumicohort.study.config.names import plain_names
from lumicohort.study.config.output import Figures, Published, Tables
from lumicohort.study.config.sheets import Data, Exclusions, Schedule, data_folder
from lumicohort.study.config.simulate import Simulate
from lumicohort.study.config.text import config_text
from lumicohort.study.config.wording import problems_in_words, yaml_hint

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class Arm(Section):
    """An arm of the study."""

    label: str | None = None
    """How figures and tables name the arm; its key where none is given."""
    colour: str | None = Field(default=None, pattern=r"^#[0-9A-Fa-f]{6}$")
    """Colour in figures, `#RRGGBB`; a colour-blind-safe palette in order where none is given."""
    animals_planned: int | None = Field(default=None, ge=1)
    """Animals planned for this arm of each model; `lumicohort check` notes other numbers."""
    dose_mg_per_kg: float | None = Field(default=None, gt=0)
    """Dose of the treatment in this arm, where it is not that of the schedule."""


class Model(Section):
    """A tumour model (cell line) of the study."""

    label: str | None = None
    """How figures and tables name the model; its key where none is given."""
    published: Published | None = None
    """Published values to lay beside ours."""


class StudyConfig(Section):
    """A study: everything that turns its raw data into tables, figures and a report."""

    study: str = Field(pattern=NAME, max_length=60)
    """Short name of the study; its data lie in `data/<study>`, its results in `results/<study>`."""
    title: str = ""
    """Title of the report."""
    models: dict[str, Model] = Field(min_length=1)
    """Tumour models by the name that stands in the cohort sheet."""
    arms: dict[str, Arm] = Field(min_length=1)
    """Arms by the name that stands in the cohort sheet, in the order of figures and tables."""
    reference_arm: str
    """The arm that the others are compared with."""
    data: Data = Data()
    """Where the raw data lie."""
    end_reasons: dict[str, Literal["event", "competing", "censored"]] = {
        "humane endpoint": "event",
        "found dead": "event",
        "end of study": "censored",
        "removed: technical": "censored",
        "lost": "censored",
    }
    """What each `end_reason` of the cohort sheet means for survival: the `event`; a `competing`
    death (censored in survival.csv, analysed by cumulative incidence besides); `censored`."""
    strict: bool = False
    """Make a click that cannot be measured, or an exported ROI that fits no animal, an error;
    otherwise it is listed and left out."""
    schedule: Schedule = Schedule()
    """The protocol, for checks."""
    exclusions: Exclusions = Exclusions()
    """Animals left out."""
    imaging: Imaging = Imaging()
    """From click folders to flux."""
    analysis: Analysis = Analysis()
    """Survival and tumour-burden statistics."""
    figures: Figures = Figures()
    """Which figures are drawn, and how they look."""
    tables: Tables = Tables()
    """How tables are written."""
    blinding: Blinding | None = None
    """Optional: arms under codes in every result, until unblinded (docs/planning.md)."""
    simulate: Simulate | None = None
    """Only for simulated studies: make the data first."""

    @field_validator("models", "arms", mode="before")
    @classmethod
    def _nothing_said_is_all_defaults(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: {} if options is None else options for name, options in value.items()}
        return value

    @property
    def simulates(self) -> bool:
        """Whether the workflow makes the study's data by simulation."""
        return self.simulate is not None

    @property
    def simulated(self) -> bool:
        """Whether the study's data are simulated, to be said wherever they appear.

        Also where they were simulated for another study, as the demo's, or by hand: a folder of
        simulated data is marked as such.
        """
        if self.simulates:
            return True
        folders = {self.data_folder, self.imaging_folder, self.imaging_folder.parent}
        return any((folder / mark).is_file() for folder in folders for mark in MARKS)

    @property
    def blinded(self) -> bool:
        """Whether the arms are codes, to be said wherever they appear."""
        return is_blinded(self)

    @property
    def blinding_note(self) -> str:
        """What is said beside blinded results; empty where the arms have their names."""
        return NOTE if self.blinded else ""

    @property
    def sheet_arms(self) -> dict[str, str]:
        """Return the arms as the cohort sheet names them, each with our name for it."""
        if self.blinding is not None and self.blinded:
            return dict(self.blinding.key)
        return {arm: arm for arm in self.arms}

    @property
    def control_arm(self) -> str:
        """Return the config's reference arm, also where a code stands for it."""
        if self.blinding is not None and self.blinded:
            return self.blinding.control or self.reference_arm
        return self.reference_arm

    @property
    def data_folder(self) -> Path:
        """The study's data folder."""
        return data_folder(self.study, self.data)

    @property
    def imaging_folder(self) -> Path:
        """The folder that holds one folder per imaging batch."""
        return self.data_folder / self.data.imaging

    @property
    def results_folder(self) -> Path:
        """Where everything that is made lies."""
        return Path("results") / self.study

    def arm_label(self, arm: str) -> str:
        """Return the arm's name for figures and tables."""
        return self.arms[arm].label or arm

    def model_label(self, model: str) -> str:
        """Return the model's name for figures and tables."""
        return self.models[model].label or model


class _UniqueKeys(yaml.SafeLoader):
    """A YAML loader that refuses a key written twice."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, (str, int, float, bool)) and key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key `{key}` is written twice", key_node.start_mark
            )
        seen.add(key) if isinstance(key, (str, int, float, bool)) else None
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


class _WrittenTwice(Exception):
    """A key that a JSON object holds twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _WrittenTwice(key)
        seen[key] = value
    return seen


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_config(path: str | Path) -> StudyConfig:
    """Read and check a study config.

    Parameters
    ----------
    path : str or Path
        The YAML file.

    Returns
    -------
    StudyConfig
        The checked config.

    Raises
    ------
    InputError
        Naming every unknown key, wrong type and disagreement, each with its key's path.
    """
    path = Path(path)
    text = config_text(path)
    try:
        # JSON is YAML as well; the jobs' resolved config is read much faster as what it is.
        if path.suffix == ".json":
            raw = json.loads(text, object_pairs_hook=_unique)
        else:
            raw = yaml.load(text, Loader=_UniqueKeys)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(Problem(f"not valid JSON: {error.msg}.", path, place)) from error
    except _WrittenTwice as error:
        raise InputError(Problem(f"the key `{error}` is written twice.", path)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else None
        what = getattr(error, "problem", None) or str(error)
        hint = yaml_hint(what, getattr(error, "context_mark", None))
        raise InputError(Problem(f"not valid YAML: {what}.", path, where, hint)) from error
    if not isinstance(raw, dict):
        raise InputError(Problem("the config must be a mapping of keys to values.", path))
    return parse_config(raw, path)


def parse_config(raw: dict[str, Any], file: str | Path | None = None) -> StudyConfig:
    """Check a config that is already a mapping (as Snakemake hands it over).

    Parameters
    ----------
    raw : dict
        Keys and values as read from YAML.
    file : str or Path, optional
        The file they came from, for messages.

    Returns
    -------
    StudyConfig
        The checked config.

    Raises
    ------
    InputError
        Naming every problem with its key's path and what is allowed.
    """
    raw, unseen = plain_names(raw)
    problems = [Problem(message, file, f"key {key}") for key, message in unseen]
    study = None
    try:
        study = StudyConfig.model_validate(raw)
    except ValidationError as error:
        problems += problems_in_words(map(dict, error.errors()), StudyConfig, file)
    problems += disagreements(raw, file)
    arms = raw.get("arms")
    problems += [
        Problem(message, file, f"key {key}")
        for key, message in problems_of(raw.get("blinding"), list(arms) if arms else [])
    ]
    if problems or study is None:
        raise InputError(problems)
    return blinded(study)
