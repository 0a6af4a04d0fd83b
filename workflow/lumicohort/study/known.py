"""What follows from a config alone, and is asked for again and again while a run is planned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumicohort.study.config import StudyConfig
from lumicohort.study.config.sheets import Data, sheets_by_key


def sheet_files(study: StudyConfig) -> list[str]:
    """Return the paths of the study's sheets, each once."""
    return sheets_of(study.data_folder, study.data)


def sheets_of(folder: Path, data: Data) -> list[str]:
    """Return the paths of the sheets that a config's data section names, each once."""
    sheets = sheets_by_key(data).values()
    paths = [str(folder / part.file) for sheet in sheets for part in sheet.parts()]
    return list(dict.fromkeys(paths))


@dataclass(frozen=True, slots=True)
class Known:
    """What planning asks a config for again and again."""

    study: StudyConfig
    text: str
    dump: dict[str, Any]
    sheets: list[str]


_KNOWN: dict[int, Known] = {}


def known(study: StudyConfig) -> Known:
    """Return what follows from a config alone: none is changed once it was read."""
    if id(study) not in _KNOWN:
        dump = study.model_dump(mode="json")
        _KNOWN[id(study)] = Known(study, study.model_dump_json(), dump, sheet_files(study))
    return _KNOWN[id(study)]


def text_of(study: StudyConfig) -> str:
    """Return the config as text."""
    return known(study).text
