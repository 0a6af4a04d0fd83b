"""Helpers of the tests of regions serve here as well; a batch of exported tables and clicks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

for folder in ("regions", "living_image"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / folder))


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    return tmp_path / "2022-01-05"


@pytest.fixture
def both(click: Path, batch: Path) -> Path:
    """Return a batch that holds the module's `click`, for a table to be laid beside it."""
    from exported_tables import IMAGE

    batch.mkdir()
    (batch / IMAGE).symlink_to(click, target_is_directory=True)
    return batch
