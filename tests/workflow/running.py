"""Running the workflow whole, in folders of its own: helpers of the tests beside this file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What a run of Snakemake said."""

    code: int
    text: str


def snakemake(
    folder: Path,
    *arguments: str,
    cores: int = 2,
    project: Path = ROOT,
    variables: Mapping[str, str] | None = None,
) -> Run:
    """Run Snakemake on the Snakefile of the project, or of a copy of it, in a folder."""
    command = command_of(folder, *arguments, cores=cores, project=project)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return Run(done.returncode, done.stdout + done.stderr)


def command_of(folder: Path, *arguments: str, cores: int = 2, project: Path = ROOT) -> list[str]:
    """Return the command line that runs Snakemake in a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(project / "Snakefile")]
    return [*command, "--directory", str(folder), "--cores", str(cores), "--nocolor", *arguments]


def before_all(folder: Path) -> str:
    """Return the folders that Python searches for modules, with one before all others."""
    others = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([str(folder), *([others] if others else [])])


def jobs_of_dry_run(
    folder: Path,
    *arguments: str,
    project: Path = ROOT,
    variables: Mapping[str, str] | None = None,
) -> Counter[str]:
    """Return the jobs that a run would start, by rule, without running any."""
    run = snakemake(folder, "--dry-run", *arguments, project=project, variables=variables)
    assert run.code == 0, run.text
    table: Counter[str] = Counter()
    inside = False
    for line in run.text.splitlines():
        if re.match(r"^job\s+count", line):
            inside = True
        elif inside and (found := re.match(r"^(\w+)\s+(\d+)\s*$", line)):
            if found[1] == "total":
                break
            table[found[1]] = int(found[2])
    return table


def as_text(lines: Sequence[str]) -> str:
    """Return lines as the text of a file."""
    return "\n".join(lines) + "\n"
