"""Say which results of a study are up to date, and why the others are not.

Goes by the records in results/<study>/provenance/steps/, which lie with the results, and reads
every file that they name; so it also tells of a results folder that was copied from elsewhere,
and of a result that was edited by hand. Nothing is written.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "say which results are up to date, and why the others are not"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("config", type=Path, help="the study's config (config/my_study.yaml)")


def run(arguments: argparse.Namespace) -> int:
    """Print how each step's results stand; return 0 where all are up to date, else 3."""
    from lumicohort.cohort.batches import list_batches
    from lumicohort.study.config import load_config
    from lumicohort.study.left_over import left_over
    from lumicohort.study.status import status_of

    study = load_config(arguments.config)
    batches = list_batches(study)
    found = status_of(study, batches)
    outdated = [status for status in found if status.reasons]
    for status in found:
        when = f" ({status.finished[:16].replace('T', ' ')} UTC)" if status.finished else ""
        print(f"{'outdated  ' if status.reasons else 'up to date'}  {status.name}{when}")
        for reason in status.reasons:
            print(f"              {reason}")
    words = "all up to date" if not outdated else f"{len(outdated)} of {len(found)} outdated"
    print(f"{study.results_folder}: {words}.")
    for line in left_over(study, batches):
        print(f"{line} Delete them once nobody needs them.")
    return 3 if outdated else 0
