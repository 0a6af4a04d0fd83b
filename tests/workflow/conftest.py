"""Fixtures of the tests that run the workflow whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_study
from running import snakemake


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo study was run from nothing, once for all tests."""
    folder = tmp_path_factory.mktemp("demo_run")
    run = snakemake(folder)
    assert run.code == 0, run.text
    return folder


SPY = Path(__file__).parent / "spy"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the small study, run once; `spied/` says what its steps touched.

    Tests must not change it: they copy it (`small_study.copy_of`).
    """
    folder = tmp_path_factory.mktemp("small")
    small_study.make(folder)
    (folder / "spied").mkdir()
    spy = {"PYTHONPATH": str(SPY), "LUMICOHORT_SPY": str(folder / "spied")}
    run = snakemake(folder, "--configfile", small_study.CONFIG_FILE, variables=spy)
    assert run.code == 0, run.text
    return folder
