"""Batches of exported tables, measured, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from exported_tables import IMAGE, cells

from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.imaging.batch import measure_batch
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig, parse_config

IDS = ["007", "008", "009"]
TWO = [cells("007"), cells("008", "9.70E+05", "ROI 2")]
BKG = cells("", "1.00E+04", "Bkg 1", average="2.50E+02")


def config(strict: bool = False, source: str = "raw", **measurements: Any) -> StudyConfig:
    return parse_config(
        {
            "study": "s",
            "models": {"m": {}},
            "arms": {"a": {}},
            "reference_arm": "a",
            "strict": strict,
            "imaging": {
                "calibration": {"source": source},
                "measurements": {"region": "whole_body", **measurements},
            },
        }
    )


def place(animal: str, position: int, click: str = IMAGE, time: str | None = None) -> Position:
    return Position(click, position, animal, time, 150.0, "imaging.csv", position + 1)


class Measured:
    """A measured batch's tables."""

    def __init__(
        self, batch: Path, study: StudyConfig | None = None, positions: list[Position] | None = None
    ) -> None:
        self.out = batch.parent / "results"
        measure_batch(study or config(), batch, positions or [], self.out)
        for name in ("clicks", "rois", "sources", "exclusions"):
            setattr(self, name, read_csv(self.out / f"{name}.csv"))

    clicks: pd.DataFrame
    rois: pd.DataFrame
    sources: pd.DataFrame
    exclusions: pd.DataFrame

    def animals(self) -> dict[tuple[str, str], float]:
        keys = zip(self.rois["animal_id"], self.rois["region"], strict=True)
        return dict(zip(keys, self.rois["total_flux_p_s"], strict=True))

    def flags(self) -> set[str]:
        return {flag for text in self.rois["flags"] for flag in text.split(";")}


def refused(batch: Path, study: StudyConfig, positions: list[Position] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        measure_batch(study, batch, positions or [], batch.parent / "results")
    assert not list((batch.parent / "results").glob("*.csv"))
    return str(caught.value)


def fluxes(got: Measured) -> list[list[float]]:
    return got.rois[["total_flux_p_s", "net_flux_p_s"]].values.tolist()
