"""Runs of Snakemake, with the memory and the times of every process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

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
