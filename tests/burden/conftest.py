"""Small studies for the burden tests."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lumicohort.study.config import parse_config

FLUX = [
    "animal_id",
    "model",
    "arm",
    "day",
    "scheduled_day",
    "region",
    "total_flux_p_s",
    "net_flux_p_s",
    "lod_p_s",
    "below_lod",
    "included",
    "reason",
]
SURVIVAL = ["animal_id", "model", "arm", "time_days", "event", "end_reason", "included"]


def image(animal, arm, day, flux, *, below=False, why="", scheduled=None, region="neuraxis", **k):
    return {
        "animal_id": animal,
        "model": "M",
        "arm": arm,
        "day": day,
        "scheduled_day": day if scheduled is None else scheduled,
        "region": region,
        "total_flux_p_s": flux,
        "net_flux_p_s": flux - 1e4,
        "lod_p_s": 2e4,
        "below_lod": "true" if below else "false",
        "included": "false" if why else "true",
        "reason": why,
        **k,
    }


def animal(name, arm, time=40.0, event=False, reason="end of study", included="true"):
    return {
        "animal_id": name,
        "model": "M",
        "arm": arm,
        "time_days": time,
        "event": "true" if event else "false",
        "end_reason": reason,
        "included": included,
    }


class Study:
    """A study on disk; `analyse` runs the step and returns its tables."""

    image = staticmethod(image)
    animal = staticmethod(animal)

    @staticmethod
    def primary(table):
        """Return the one row marked primary."""
        rows = table[table["primary"] == "true"]
        assert len(rows) == 1
        return rows.iloc[0]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def analyse(self, images, animals, **config):
        from lumicohort.burden.study import analyse_burden

        self.write(images, animals)
        analyse_burden(self.config(**config), self.folder)
        return {
            path.stem: pd.read_csv(path, keep_default_na=False, dtype=str)
            for path in (self.folder / "statistics").glob("*.csv")
        }

    def write(self, images, animals):
        pd.DataFrame(images, columns=FLUX).to_csv(
            self.folder / "flux.csv", index=False, na_rep="NA"
        )
        own = [name for name in (animals[0] if animals else ()) if name not in SURVIVAL]
        pd.DataFrame(animals, columns=[*SURVIVAL, *own]).to_csv(
            self.folder / "survival.csv", index=False, na_rep="NA"
        )

    def config(self, burden=None, **raw):
        base = {
            "study": "small",
            "models": {"M": {}},
            "arms": {"A": {}, "B": {}},
            "reference_arm": "A",
            "analysis": {"burden": burden or {}},
        }
        return parse_config(base | raw)


@pytest.fixture
def study(tmp_path):
    return Study(tmp_path)
