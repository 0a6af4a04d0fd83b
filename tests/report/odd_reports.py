"""Reports of studies that are not the usual one: changed tables, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from made_up import made_up_config

from lumicohort.figures.data import load
from lumicohort.files import read_csv, write_csv
from lumicohort.report.answer import answers
from lumicohort.report.content import READS
from lumicohort.report.measured import measured
from lumicohort.report.methods import methods
from lumicohort.study.config import StudyConfig

ONE = made_up_config(models=["PC9"], simulated=False)


def changed(results: Path, table: str, change: Callable[[pd.DataFrame], Any]) -> None:
    """Rewrite a table of the results."""
    path = results / f"{table}.csv"
    rows = read_csv(path)
    change(rows)
    write_csv(rows, path)


def told(config: StudyConfig, results: Path) -> str:
    """Return the answers in one text."""
    found = answers(config, load(config, results, READS))
    return " ".join(s for answer in found for s in (*answer.survival, *answer.burden))


def told_methods(config: StudyConfig, results: Path) -> str:
    return " ".join(text for _, text in methods(config, measured(results)))
