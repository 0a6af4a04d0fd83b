"""Cuts the power at the n-th file that a step puts in place: kills it and the whole run.

Python imports this at its start where this folder is on PYTHONPATH; LUMICOHORT_CUT is
`<step>:<n>`.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

STEP, _, NUMBER = os.environ.get("LUMICOHORT_CUT", "").partition(":")


def cut() -> None:
    """Kill this process' group at the n-th renaming below `results/`."""
    count = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event != "os.rename":
            return
        parts = Path(str(arguments[1])).parts
        if "results" not in parts or any(part.startswith(".") for part in parts):
            return
        count += 1
        if count > int(NUMBER):
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(watch)


if STEP and "step" in sys.orig_argv and STEP in sys.orig_argv:
    cut()
