"""How the workflow grows with the archive: first run, no-op, one more batch, memory of every job.

    python benchmarks/bench_scale.py [--batches 10 50 200] [--clicks 50] [--cores 2]
                                     [--figure docs/figures/scale.svg]

A facility's archive is made up: batches of clicks of five mice each, 250 new animals every five
batches, imaged weekly. The TIFFs are hard links of a few simulated clicks, the texts are each
click's own, and so are the rows of the cohort's and the imaging sheet. For every size

- the study is run from nothing,
- then again with nothing to do, and beside it a bare workflow of as many jobs with one input each,
- then with one more batch, and beside it a study of that batch alone; what the batch alone does not
  need, assembling and analysing the whole, is named by itself.

Every process of a job writes its greatest memory and its times when it ends.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
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

BARE = """\
JOBS = range({jobs})
rule all:
    input: expand("out/{{i}}", i=JOBS)
rule one:
    input: "in/{{i}}"
    output: "out/{{i}}"
    shell: "cp {{input}} {{output}}"
"""

# Read by every Python process of a run, since its folder is on PYTHONPATH.
WATCH = """\
import atexit, json, os, resource, sys, time
def _note(start=time.time(), argv=sys.argv):
    use = resource.getrusage(resource.RUSAGE_SELF)
    note = {"argv": getattr(sys, "argv", []), "peak_mb": use.ru_maxrss / 1024,
            "cpu_s": use.ru_utime + use.ru_stime, "wall_s": time.time() - start}
    with open(os.path.join(os.environ["SCALE_NOTES"], f"{os.getpid()}-{start}.json"), "w") as f:
        json.dump(note, f)
if "SCALE_NOTES" in os.environ:
    atexit.register(_note)
"""


@dataclass(frozen=True)
class Process:
    """A job's process: what it did, its greatest memory and its times."""

    step: str
    peak_mb: float
    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class Run:
    """A run of Snakemake."""

    wall_s: float
    main_cpu_s: float
    main_peak_mb: float
    jobs: tuple[Process, ...]

    @property
    def jobs_cpu_s(self) -> float:
        """Processor time of all jobs."""
        return sum(job.cpu_s for job in self.jobs)


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


def run(folder: Path, snakefile: Path, *arguments: str, cores: int) -> Run:
    """Run Snakemake in a folder; stop the benchmark where it fails."""
    notes = Path(tempfile.mkdtemp(prefix="notes.", dir=folder))
    (notes / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    environment = {**os.environ, "SCALE_NOTES": str(notes), "PYTHONPATH": str(notes)}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    command += ["--directory", str(folder), "--cores", str(cores), "--nocolor", *arguments]
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"the run failed:\n{(done.stdout + done.stderr)[-6000:]}")
    main, jobs = None, []
    for path in notes.glob("*.json"):
        note = json.loads(path.read_text(encoding="utf-8"))
        argv = note["argv"]
        if "step" in argv:
            name = argv[argv.index("step") + 1]
            if "--figure" in argv:
                name += f" {argv[argv.index('--figure') + 1]}"
            jobs.append(Process(name, note["peak_mb"], note["cpu_s"], note["wall_s"]))
        elif "--directory" in argv:
            main = note
    shutil.rmtree(notes)
    if main is None:
        raise SystemExit("the run left no note of its times")
    return Run(wall, main["cpu_s"], main["peak_mb"], tuple(jobs))


def quickest(folder: Path, snakefile: Path, *arguments: str, cores: int, times: int = 3) -> Run:
    """Return the quickest of some runs with nothing to do: other work on the machine only adds."""
    runs = [run(folder, snakefile, *arguments, cores=cores) for _ in range(times)]
    for one in runs:
        if one.jobs:
            raise SystemExit(f"jobs ran though nothing had changed: {one.jobs}")
    return min(runs, key=lambda one: one.wall_s)


def bare(folder: Path, jobs: int, cores: int) -> Run:
    """Return the no-op of a bare workflow: as many jobs, of one input each."""
    (folder / "in").mkdir(parents=True)
    for i in range(jobs):
        (folder / "in" / str(i)).write_text("x", encoding="utf-8")
    snakefile = folder / "Snakefile"
    snakefile.write_text(BARE.format(jobs=jobs), encoding="utf-8")
    run(folder, snakefile, "--quiet", cores=cores)
    return quickest(folder, snakefile, cores=cores)


def measure(size: int, clicks: int, stock: Path, place: Path, cores: int) -> dict[str, Any]:
    """Run a study of a size through all its stages."""
    study = Archive(place / f"study{size}", stock, clicks)
    study.add(range(size))
    arguments = ("--configfile", "config.yaml")
    snakefile = ROOT / "Snakefile"
    say(f"{size} batches: first run")
    first = run(study.folder, snakefile, *arguments, cores=cores)
    say(f"{size} batches: nothing to do")
    nothing = quickest(study.folder, snakefile, *arguments, cores=cores)
    beside = bare(place / f"bare{size}", len(first.jobs), cores)
    say(f"{size} batches: one more")
    study.add([size])
    more = run(study.folder, snakefile, *arguments, cores=cores)
    shutil.rmtree(place / f"bare{size}")
    results = study.folder / "results" / "archive"
    sizes = {
        name: (results / name).stat().st_size / 2**20
        for name in ("flux.csv", "qc/index.html", "report.html")
    }
    alone = Archive(place / f"alone{size}", stock, clicks)
    alone.add([size])
    say(f"{size} batches: that batch alone")
    single = run(alone.folder, snakefile, *arguments, cores=cores)
    for folder in (study.folder, alone.folder):
        shutil.rmtree(folder)
    return {
        "batches": size,
        "clicks": size * clicks,
        "first": asdict(first),
        "noop": asdict(nothing),
        "bare": asdict(beside),
        "more": asdict(more),
        "alone": asdict(single),
        "size_mb": sizes,
    }


def say(what: str) -> None:
    """Say where the benchmark is."""
    print(f"[{datetime.now():%H:%M:%S}] {what}", file=sys.stderr, flush=True)


def by_step(jobs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return number, greatest memory and times of jobs by step."""
    found: dict[str, dict[str, float]] = defaultdict(
        lambda: {"n": 0, "peak_mb": 0.0, "cpu_s": 0.0, "wall_s": 0.0}
    )
    for job in jobs:
        step = found[job["step"]]
        step["n"] += 1
        step["peak_mb"] = max(step["peak_mb"], job["peak_mb"])
        step["cpu_s"] += job["cpu_s"]
        step["wall_s"] += job["wall_s"]
    return dict(found)


def seconds(run: dict[str, Any], *, of_batches: bool | None = None) -> float:
    """Return processor seconds of a run's jobs: all, or those of batches or of the whole study."""
    return sum(
        job["cpu_s"]
        for job in run["jobs"]
        if of_batches is None or (job["step"] == "measure_batch") == of_batches
    )


def show(found: Sequence[dict[str, Any]]) -> None:
    """Print the tables."""
    print("\nbatches clicks | first run       per click | no-op     bare   ratio | one more  alone")
    print("                | wall s   CPU s    CPU ms | wall s  wall s         |  wall s  wall s")
    for one in found:
        first, more, alone = one["first"], one["more"], one["alone"]
        cpu = first["main_cpu_s"] + seconds(first)
        print(
            f"{one['batches']:7d} {one['clicks']:6d} | {first['wall_s']:7.1f} {cpu:7.1f} "
            f"{1000 * cpu / one['clicks']:9.1f} | {one['noop']['wall_s']:6.2f} "
            f"{one['bare']['wall_s']:7.2f} {one['noop']['wall_s'] / one['bare']['wall_s']:7.2f} "
            f"| {more['wall_s']:7.1f} {alone['wall_s']:7.1f}"
        )
    last = found[-1]
    more, alone = last["more"], last["alone"]
    whole = seconds(more, of_batches=False)
    budget = 2 * (alone["main_cpu_s"] + seconds(alone)) + whole
    took = more["main_cpu_s"] + seconds(more)
    print(
        f"\none more batch at {last['batches']}: {took:.1f} s of CPU, of which {whole:.1f} s "
        "assemble and analyse the whole; twice the batch alone plus that assembly: "
        f"{budget:.1f} s"
    )
    sizes = ", ".join(f"{name} {size:.1f} MB" for name, size in last["size_mb"].items())
    print(f"results at {last['batches']} batches: {sizes}")
    print("\njobs of the first run: greatest memory (MB), CPU seconds")
    steps = [by_step(one["first"]["jobs"]) for one in found]
    names = sorted({name for step in steps for name in step})
    print(f"{'':28s}" + "".join(f"{one['batches']:>9d} batches " for one in found))
    for name in names:
        cells = [
            f"{s[name]['peak_mb']:7.0f} {s[name]['cpu_s']:9.1f}" if name in s else " " * 17
            for s in steps
        ]
        print(f"{name:28s}" + " ".join(cells))
    cells = [f"{o['first']['main_peak_mb']:7.0f} {o['first']['main_cpu_s']:9.1f}" for o in found]
    print(f"{'(Snakemake itself)':28s}" + " ".join(cells))
    peak = max((job["peak_mb"], job["step"]) for one in found for job in one["first"]["jobs"])
    print(f"\ngreatest memory of any job: {peak[0]:.0f} MB ({peak[1]})")


def draw(found: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the growth curve."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scale", "font.size": 7})
    clicks = [one["clicks"] for one in found]
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.3, 3.2), layout="constrained")
    lines = (
        ("first run", [o["first"]["main_cpu_s"] + seconds(o["first"]) for o in found], "o-"),
        ("one more batch", [o["more"]["main_cpu_s"] + seconds(o["more"]) for o in found], "s--"),
        ("nothing to do", [o["noop"]["main_cpu_s"] for o in found], "^-."),
        ("nothing to do, bare workflow", [o["bare"]["main_cpu_s"] for o in found], "v:"),
    )
    colours = ("#0072B2", "#D55E00", "#000000", "#7F7F7F")
    for (name, values, look), colour in zip(lines, colours, strict=True):
        left.plot(clicks, values, look, color=colour, label=name, linewidth=1, markersize=3.5)
    linear = [lines[0][1][0] * c / clicks[0] for c in clicks]
    left.plot(clicks, linear, color="#0072B2", linewidth=0.5, label="proportional to clicks")
    left.set(xscale="log", yscale="log", xlabel="Clicks", ylabel="Processor time (s)")
    peaks: dict[str, list[float]] = defaultdict(list)
    for one in found:
        steps = by_step(one["first"]["jobs"])
        groups: dict[str, float] = defaultdict(float)
        for name, step in steps.items():
            group = name.split()[0]
            groups[group] = max(groups[group], step["peak_mb"])
        for group, peak in groups.items():
            peaks[group].append(peak)
    shown = sorted(peaks, key=lambda name: -peaks[name][-1])[:6]
    looks = ("o-", "s--", "^-.", "v:", "D-", "P--")
    palette = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2")
    for name, look, colour in zip(shown, looks, palette, strict=False):
        label = name.replace("_", " ")
        right.plot(
            clicks, peaks[name], look, color=colour, label=label, linewidth=1, markersize=3.5
        )
    right.set(xscale="log", xlabel="Clicks", ylabel="Greatest memory of a job (MB)")
    right.set_ylim(0, None)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xticks(clicks, [f"{c:,}" for c in clicks])
        ax.minorticks_off()
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.22)}
        ax.legend(frameon=False, fontsize=6, ncols=2, **below)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--clicks", type=int, default=50, help="in a batch")
    parser.add_argument("--distinct", type=int, default=20, help="clicks that are simulated")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--figure", type=Path, help="where to draw the growth curve")
    parser.add_argument("--json", type=Path, help="where to write all that was measured")
    parser.add_argument("--place", type=Path, help="where to work (default: a temporary folder)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from bench_measure import make_batch

    with tempfile.TemporaryDirectory(dir=arguments.place) as temporary:
        place = Path(temporary)
        stock = place / "stock"
        stock.mkdir()
        say(f"simulating {arguments.distinct} clicks")
        make_batch(stock, arguments.distinct, arguments.distinct, 2)
        found = []
        for size in arguments.batches:
            found.append(measure(size, arguments.clicks, stock, place, arguments.cores))
            if arguments.json:
                arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    show(found)
    if arguments.figure:
        draw(found, arguments.figure)


if __name__ == "__main__":
    main()
