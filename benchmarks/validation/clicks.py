"""A simulated click on disk, measured as the pipeline measures it, beside its truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from lumicohort.imaging.click import Animal, MeasuredClick, measure_click
from lumicohort.living_image import read_click
from lumicohort.simulate.click import ClickTruth, DarkFrame, write_click
from lumicohort.simulate.scene import Scene
from lumicohort.study.config.imaging import Imaging

Case = TypeVar("Case")
Result = TypeVar("Result")

REGIONS = ("whole_body", "cranial", "spinal", "neuraxis")
WHEN = datetime(2020, 1, 13, 15, 12, 40, tzinfo=UTC)


def written(
    folder: Path,
    scene: Scene,
    rng: np.random.Generator,
    exposure_s: float | None = None,
    dark: DarkFrame = "good",
) -> ClickTruth:
    """Write a scene as a click folder and return its truth."""
    return write_click(folder, scene, WHEN, {}, rng, exposure_s, dark=dark)


def measured(folder: Path, count: int, config: Imaging | None = None) -> MeasuredClick:
    """Read and measure a click folder on which a sheet names so many animals."""
    animals = [Animal(str(k), k) for k in range(1, count + 1)]
    return measure_click(read_click(folder), animals, config or Imaging(), "the imaging sheet")


def left_to_right(scene: Scene) -> list[int]:
    """Return the mice of a scene in the order of their bodies' centres on the image."""
    x, _ = scene.camera.grid(scene.camera.fine)
    centres = [float(x[shape.body].mean()) for shape in scene.silhouettes]
    return [int(k) for k in np.argsort(centres)]


def each(
    run: Callable[[Case], Result], cases: Sequence[Case], jobs: int, said: str = ""
) -> list[Result]:
    """Run every case, on several processes where asked for; the order and results are the same."""
    if jobs <= 1:
        return _counted(map(run, cases), len(cases), said)
    with ProcessPoolExecutor(jobs) as pool:
        return _counted(pool.map(run, cases, chunksize=1), len(cases), said)


def _counted(results: Iterable[Result], count: int, said: str) -> list[Result]:
    out = []
    for done, result in enumerate(results, start=1):
        out.append(result)
        if said and (done % 100 == 0 or done == count):
            print(f"{said}: {done} of {count}", flush=True)
    return out


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes away again."""
    return tempfile.TemporaryDirectory(prefix="lumicohort_validate_")
