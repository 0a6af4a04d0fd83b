"""Fixtures of the tests that run the workflow whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_study
from running import snakemake
from uses import spying

from lumicohort.study import warm


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo study was run from nothing, once for all tests.

    Its `spied/` says what each step touched.
    """
    folder = tmp_path_factory.mktemp("demo_run")
    # A fork of the process that draws all figures has loaded what any of them needs.
    run = snakemake(folder, variables={**spying(folder / "spied"), warm.VARIABLE: "off"})
    assert run.code == 0, run.text
    return folder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small study, run once.

    Tests must not change it: they copy it (`small_study.copy_of`).
    """
    folder = tmp_path_factory.mktemp("small")
    small_study.make(folder)
    run = snakemake(folder, "--configfile", small_study.CONFIG_FILE)
    assert run.code == 0, run.text
    return folder
