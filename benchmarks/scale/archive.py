"""A made-up archive: a study folder to which batches are added."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

MICE = 5
SESSIONS = 5  # weekly sessions of each animal
FIRST = date(2020, 1, 6)
ZONE = timezone(timedelta(hours=-5))

CONFIG = """\
study: archive
title: A facility's archive, simulated
models: { SIM: {} }
arms:
  vehicle: { label: Vehicle }
  DFO: { label: DFO }
reference_arm: vehicle
data:
  cohort: { file: cohort.csv }
  imaging_sheet: { file: imaging.csv }
"""


class Archive:
    """A study folder to which batches are added.

    Parameters
    ----------
    folder : Path
        Where the study is.
    stock : Path
        Simulated clicks whose TIFFs are shared.
    clicks : int
        Clicks in a batch.
    """

    def __init__(self, folder: Path, stock: Path, clicks: int) -> None:
        self.folder, self.stock, self.clicks = folder, sorted(stock.iterdir()), clicks
        self.data = folder / "data" / "archive"
        (self.data / "imaging").mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
        self._cohort: list[dict[str, object]] = []
        self._imaging: list[dict[str, object]] = []

    def add(self, numbers: Iterable[int]) -> None:
        """Add batches and write the sheets."""
        for number in numbers:
            self._add(number)
        for name, rows in (("cohort", self._cohort), ("imaging", self._imaging)):
            with (self.data / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)

    def _add(self, number: int) -> None:
        from lumicohort.living_image import read_click
        from lumicohort.simulate import texts
        from lumicohort.simulate.camera import Camera
        from lumicohort.simulate.click import click_name

        group, session = divmod(number, SESSIONS)
        inoculated = FIRST + timedelta(days=7 * SESSIONS * group)
        day = inoculated + timedelta(days=7 * (session + 1))
        ids = [f"G{group:03d}-{k:03d}" for k in range(MICE * self.clicks)]
        if not self._cohort or self._cohort[-1]["cage"] != f"{group}-{len(ids) // MICE - 1}":
            self._cohort += [self._animal(k, animal, inoculated) for k, animal in enumerate(ids)]
            assert self._cohort[-1]["cage"] == f"{group}-{len(ids) // MICE - 1}"
        batch = self.data / "imaging" / f"{day.isoformat()}"
        start = datetime(day.year, day.month, day.day, 8, 0, tzinfo=ZONE)
        for k in range(self.clicks):
            when = start + k * timedelta(minutes=5)
            source = self.stock[(number * self.clicks + k) % len(self.stock)]
            like = read_click(source)
            folder = batch / click_name(when)
            folder.mkdir(parents=True)
            for file in source.glob("*.TIF"):
                os.link(file, folder / file.name)
            mice = ids[k * MICE : (k + 1) * MICE]
            camera = Camera(photo_binning=2)
            said = texts.Said(folder.name, when, camera, like.exposure_s, like.read_bias_level)
            labels = {"Comment1": "SIMULATED", "Animal Number": ", ".join(mice)}
            (folder / "ClickInfo.txt").write_bytes(texts.click_info(said).encode("cp1252"))
            (folder / "AnalyzedClickInfo.txt").write_bytes(
                texts.analyzed_click_info(said, labels, (), None).encode("cp1252")
            )
            self._imaging += [
                {
                    "batch": batch.name,
                    "click": folder.name,
                    "position": place,
                    "animal_id": animal,
                    "luciferin_time": f"{when - timedelta(minutes=10):%H:%M}",
                }
                for place, animal in enumerate(mice, start=1)
            ]

    def _animal(self, k: int, animal: str, inoculated: date) -> dict[str, object]:
        arm = ("vehicle", "DFO")[(k // MICE) % 2]
        life = 7 * SESSIONS + 1 + (k * 7) % 12 + (6 if arm == "DFO" else 0)
        return {
            "animal_id": animal,
            "model": "SIM",
            "arm": arm,
            "sex": "F",
            "cage": f"{int(animal[1:4])}-{k // MICE}",
            "birth_date": (inoculated - timedelta(days=49)).isoformat(),
            "inoculation_date": inoculated.isoformat(),
            "cells_injected": 100000,
            "weight_g": 20 + k % 3,
            "end_date": (inoculated + timedelta(days=life)).isoformat(),
            "end_reason": "humane endpoint",
        }
