"""The workflow as `snakemake --lint` sees it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from running import ROOT


def test_lint_finds_only_the_missing_conda_directives(tmp_path: Path) -> None:
    """Jobs run the Python that runs Snakemake, whose environment `environment.yml` describes.

    A `conda:` directive would be ignored without `--sdm conda`, and with it would call another
    Python than the one that is pinned: so none is there, and that one finding is accepted.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    done = subprocess.run(
        [*command, "--directory", str(tmp_path), "--lint"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = set(re.findall(r"^    \* (.+):$", done.stderr, re.M))
    assert found == {"Specify a conda environment or container for each rule."}, done.stderr
