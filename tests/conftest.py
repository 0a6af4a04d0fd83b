"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that run whole workflows: they take longest, the others fill in."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real clicks, sheets and R results, or skip."""
    folder = os.environ.get("LUMICOHORT_SHARED")
    if not folder or not Path(folder).is_dir():
        pytest.skip("LUMICOHORT_SHARED is not set: no real clicks, sheets and R results here")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def real_click(shared: Path) -> Path:
    """Return the real click folder of five mice."""
    return shared / "real" / "ivis" / "DG20220105114235"


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's root folder."""
    return Path(__file__).resolve().parents[1]
