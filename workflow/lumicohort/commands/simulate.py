"""Make the raw data of a simulated study: click folders, sheets, and the truth beside them.

The config must have a `simulate` section. Data that were not simulated are never replaced.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "make a simulated study's raw data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("config", type=Path, help="the study's config")
    parser.add_argument("--out", type=Path, help="the folder to make (default: the study's own)")


def run(arguments: argparse.Namespace) -> int:
    """Make the data."""
    from lumicohort.simulate.study import make_study
    from lumicohort.study.config import load_config

    study = load_config(arguments.config)
    folder = arguments.out or study.data_folder
    make_study(study, folder)
    print(f"Simulated data of the study `{study.study}` are in {folder}")
    return 0
