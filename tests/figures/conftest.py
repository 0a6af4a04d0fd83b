"""Made-up results, shared by the tests of figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up import made_up_config, write_made_up

from lumicohort.figures.data import StudyTables, load
from lumicohort.study.config import StudyConfig


@pytest.fixture(scope="session")
def study() -> StudyConfig:
    return made_up_config()


@pytest.fixture(scope="session")
def results(study: StudyConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_made_up(study, tmp_path_factory.mktemp("made_up"))


@pytest.fixture(scope="session")
def tables(study: StudyConfig, results: Path) -> StudyTables:
    return load(study, results)
