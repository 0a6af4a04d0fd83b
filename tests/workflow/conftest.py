"""Fixtures of the tests that run the workflow whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import snakemake


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the demo study was run from nothing, once for all tests."""
    folder = tmp_path_factory.mktemp("demo_run")
    run = snakemake(folder)
    assert run.code == 0, run.text
    return folder
