"""Begin a study: a config, sheets to fill in, and folders.

Writes config/STUDY.yaml (short, commented), data/STUDY/cohort.xlsx (worksheets for animals,
imaging, weights, doses, exclusions, with drop-down lists, notes on the headings and an example row
that is never read) and data/STUDY/imaging/. Nothing that exists is ever overwritten.

For example:
  lumicohort new my_study --model MDA231 --model PC9 --arm vehicle --arm DFO
  lumicohort check config/my_study.yaml
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "begin a study: config, sheets to fill in, folders"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("study", metavar="STUDY", help="short name: letters, digits, _ - .")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="a tumour model (cell line), once for each (default: model_1)",
    )
    parser.add_argument(
        "--arm",
        action="append",
        default=[],
        metavar="NAME",
        help="an arm, once for each (default: vehicle and treated)",
    )
    parser.add_argument(
        "--reference", metavar="ARM", help="the arm compared with (default: the first)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the study; return 0."""
    from lumicohort.study.template import new_study
    from lumicohort.study.typed import typed

    study = arguments.study
    made = new_study(
        study,
        arguments.model or ["model_1"],
        arguments.arm or ["vehicle", "treated"],
        arguments.reference,
        Path(),
    )
    print("\n".join(f"made {path}" for path in made))
    named = arguments.model and arguments.arm
    lists = (
        "the protocol"
        if named
        else "models, arms, protocol; drop-down lists hold those of --model and --arm"
    )
    print(f"""
Next:
  1. edit config/{study}.yaml ({lists})
  2. fill in data/{study}/cohort.xlsx; the grey EXAMPLE rows are never read
  3. {typed("lumicohort")} check config/{study}.yaml
  4. copy each imaging session as a folder into data/{study}/imaging/
  5. {typed("snakemake")} --cores all --configfile config/{study}.yaml""")
    return 0
