"""Programs as they are typed: by name where the shell finds them, else with their folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def typed(program: str) -> str:
    """Return how a program of this environment is called from here.

    Who works from `.venv/bin/` without activating it cannot type its bare name.

    Parameters
    ----------
    program : str
        `lumicohort` or `snakemake`.

    Returns
    -------
    str
        Its name, or its path below the present folder (whole where it lies elsewhere).
    """
    ours = Path(sys.executable).with_name(program)
    found = shutil.which(program)
    if not ours.exists() or (found and Path(found).resolve() == ours.resolve()):
        return program
    here = Path.cwd()
    return str(ours.relative_to(here) if ours.is_relative_to(here) else ours)
