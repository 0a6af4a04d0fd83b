"""Time of measuring a batch of clicks, beside merely reading the same files.

    python benchmarks/bench_measure.py [--clicks 200] [--distinct 40] [--photo-binning 2]

Simulated clicks of five mice lie in one batch; those beyond the distinct ones are hard links of
them under names of their own. In one process, on one core and with one thread, the same run

- reads every TIFF with `tifffile.imread` and every text, nothing more (*plain*),
- reads the same files with the project's checking reader (*reader*),
- measures the batch: calibrated flux of every region of every mouse, tables and previews written.

Printed are clicks per second of each, what measuring costs as a multiple of reading, where the
time goes, and the greatest memory that the measuring process ever held. The time of
`measure_batch` includes everything from a folder to its tables. Processor time is counted, so
that other work on the machine does not.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIRST = datetime(2024, 5, 3, 9, 0, tzinfo=timezone(timedelta(hours=-5)))
LABELS = {"Animal Number": "M1, M2, M3, M4, M5"}

STEPS = {
    "read texts": [("lumicohort.living_image.click", "read_info")],
    "read images": [
        ("lumicohort.living_image.click", "read_image"),
        ("lumicohort.living_image.click", "image_shape"),
    ],
    "calibrate": [("lumicohort.radiometry", "calibrate")],
    "find mice": [("lumicohort.regions.mice", "find_mice")],
    "lay regions": [
        ("lumicohort.regions.anatomy", "body_map"),
        ("lumicohort.regions.anatomy", "anatomy_regions"),
    ],
    "background": [("lumicohort.regions.background", "measure_background")],
    "spill": [("lumicohort.regions.spill", "predict_spill")],
    "measure regions": [("lumicohort.regions.measure", "measure_regions")],
    "previews": [("lumicohort.imaging.previews", "PreviewsFile.add")],
    "write tables": [("lumicohort.imaging.batch", "_write")],
}
"""Where the time goes; a step's time is without that of the steps within it."""


@dataclass
class Stopwatch:
    """Time of steps, each without the steps that it calls."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    inner: list[float] = field(default_factory=list)

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and adds to a step's time."""

        @wraps(work)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self.inner.append(0.0)
            start = time.process_time()
            try:
                return work(*args, **kwargs)
            finally:
                took = time.process_time() - start
                self.seconds[name] += took - self.inner.pop()
                if self.inner:
                    self.inner[-1] += took

        return timed


@contextmanager
def watched(stopwatch: Stopwatch) -> Iterator[None]:
    """Time the steps while a batch is measured."""
    before = []
    for step, places in STEPS.items():
        for module, path in places:
            holder: Any = import_module(module)
            *outer, name = path.split(".")
            for part in outer:
                holder = getattr(holder, part)
            before.append((holder, name, getattr(holder, name)))
            setattr(holder, name, stopwatch.around(step, getattr(holder, name)))
    try:
        yield
    finally:
        for holder, name, work in before:
            setattr(holder, name, work)


def make_batch(folder: Path, clicks: int, distinct: int, photo_binning: int) -> None:
    """Write a batch of simulated clicks; those beyond the distinct ones are hard links."""
    import numpy as np

    from lumicohort.simulate.camera import BackgroundClick, Camera
    from lumicohort.simulate.click import click_name, write_click
    from lumicohort.simulate.draw import Draw, draw_scene

    camera = Camera(photo_binning=photo_binning)
    # As on a camera, clicks hold copies of the bias and dark frames of one night.
    nights: dict[float, BackgroundClick] = {}
    written: list[Path] = []
    for number in range(clicks):
        when = FIRST + number * timedelta(minutes=5)
        target = folder / click_name(when)
        if number < distinct:
            rng = np.random.default_rng([2024, number])
            scene = draw_scene(rng, camera, 5, Draw())
            exposure = scene.exposure_s()
            if exposure not in nights:
                nights[exposure] = camera.background_click(exposure, rng)
            write_click(target, scene, when, LABELS, rng, exposure, background=nights[exposure])
            written.append(target)
            continue
        target.mkdir()
        for file in written[number % distinct].iterdir():
            os.link(file, target / file.name)


def read_plainly(click: Path) -> None:
    """Read every file of a click, nothing more."""
    import tifffile

    for file in click.iterdir():
        if file.suffix == ".TIF":
            tifffile.imread(file)
        else:
            file.read_text(encoding="cp1252")


def read_checked(click: Path) -> None:
    """Read every file of a click with the project's reader."""
    from lumicohort.living_image import read_click

    read = read_click(click)
    for image in (read.luminescent, read.photograph, read.dark_frame, read.read_bias_frame):
        image()


def measure(batch: Path, out: Path) -> None:
    """Measure the batch."""
    from lumicohort.imaging.batch import measure_batch
    from lumicohort.study.config import load_config

    measure_batch(load_config(ROOT / "config" / "config.yaml"), batch, (), out)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that it took."""
    start = time.process_time()
    work()
    return time.process_time() - start


def benchmark(batch: Path, out: Path) -> dict[str, Any]:
    """Read and measure a batch on one core and return the times, per click in milliseconds."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    clicks = sorted(batch.iterdir())
    for click in clicks[:3]:  # imports, and tables that are kept for the next click
        read_plainly(click)
        read_checked(click)
    per_click = 1000 / len(clicks)
    plain = [timed(lambda: [read_plainly(c) for c in clicks])]
    reader = [timed(lambda: [read_checked(c) for c in clicks])]
    stopwatch = Stopwatch()
    with watched(stopwatch):
        whole = timed(lambda: measure(batch, out))
    # once more behind it, as other work on the machine comes and goes
    plain.append(timed(lambda: [read_plainly(c) for c in clicks]))
    reader.append(timed(lambda: [read_checked(c) for c in clicks]))
    steps = {name: stopwatch.seconds[name] * per_click for name in STEPS}
    steps["the rest"] = whole * per_click - sum(steps.values())
    with (out / "rois.csv").open(encoding="utf-8") as table:
        rows = sum(1 for _ in table) - 1
    return {
        "clicks": len(clicks),
        "rows": rows,
        "plain": sum(plain) / 2 * per_click,
        "reader": sum(reader) / 2 * per_click,
        "measure": whole * per_click,
        "steps": steps,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """Return the greatest memory that this process held (MB).

    Linux counts what its parent held before into `ru_maxrss`: here, simulating the clicks.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--clicks", type=int, default=200)
    parser.add_argument("--distinct", type=int, default=40, help="clicks that are simulated")
    parser.add_argument(
        "--photo-binning", type=int, default=2, help="2: 960 x 960 pixels, as a real click has"
    )
    parser.add_argument("--batch", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.batch:
        print(json.dumps(benchmark(arguments.batch, arguments.out)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        batch = Path(temporary) / "batch"
        batch.mkdir()
        distinct = min(arguments.distinct, arguments.clicks)
        make_batch(batch, arguments.clicks, distinct, arguments.photo_binning)
        # a process of its own: its memory is that of measuring alone
        command = [sys.executable, __file__, "--batch", str(batch)]
        from lumicohort import threads

        threads.keep_to_one()  # one core: plain reading gets no more
        found = subprocess.run(
            [*command, "--out", str(Path(temporary) / "results")],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    show(json.loads(found.stdout), distinct)


def show(found: dict[str, Any], distinct: int) -> None:
    """Print what was found."""
    print(f"{found['clicks']} simulated clicks of five mice ({distinct} distinct), one core")
    print(f"{found['rows']} rows in rois.csv\n")
    for name, what in (
        ("plain", "read plainly"),
        ("reader", "read, checked"),
        ("measure", "measure"),
    ):
        took = found[name]
        print(f"{what:16s}{took:8.2f} ms per click {1000 / took:8.1f} clicks per second")
    print(
        f"\nmeasuring costs {found['measure'] / found['plain']:.1f} times reading plainly, "
        f"{found['measure'] / found['reader']:.1f} times reading with the checking reader\n"
    )
    for name, took in found["steps"].items():
        print(f"  {name:16s}{took:8.2f} ms {100 * took / found['measure']:5.1f} %")
    print(f"\ngreatest memory of the measuring process: {found['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
