"""Measure clicks: flux of every animal and region, without a study.

Give click folders, _SEQ folders, or folders that hold them. Animals are taken from each click's
Animal Number, left to right. What cannot be measured is named, and the exit code is 2; nothing
is written then, unless --keep-going is given.

  lumicohort measure imaging/2024-05-03 --out rois.csv
  lumicohort measure DG20220105114235 --roi-method living_image --source raw --out rois.csv
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lumicohort.errors import InputError, Problem

HELP = "flux of every animal and region of one or more clicks, no study needed"

METHODS = ("anatomy", "living_image")
SOURCES = ("auto", "living_image", "raw")
COSMIC = ("off", "isolated", "living_image")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "clicks", nargs="+", metavar="CLICK", type=Path, help="click, _SEQ or batch folders"
    )
    parser.add_argument(
        "--roi-method",
        choices=METHODS,
        default="anatomy",
        help="anatomy (default): whole_body, cranial, spinal and neuraxis of the mice found in "
        "the photograph; living_image: the ROIs drawn in Living Image",
    )
    parser.add_argument(
        "--source",
        choices=SOURCES,
        default="auto",
        help="where radiance comes from: auto (default) takes the image that Living Image "
        "corrected and saved where there is one, else the raw counts",
    )
    parser.add_argument(
        "--cosmic",
        choices=COSMIC,
        default="isolated",
        help="how cosmic-ray hits in raw counts are replaced: isolated (default) replaces only "
        "what no lens could make; living_image follows Living Image's rule",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="write the clicks that could be measured even if others could not",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="ROIS.csv", help="the table to write"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure the clicks and write the table.

    Parameters
    ----------
    arguments : argparse.Namespace
        What :func:`add_arguments` parsed.

    Returns
    -------
    int
        0; 2 where some clicks could not be measured and `--keep-going` was given.

    Raises
    ------
    InputError
        Naming every click that cannot be measured.
    """
    import pandas as pd

    from lumicohort.files import write_csv
    from lumicohort.imaging.assign import animals_of
    from lumicohort.imaging.click import measure_click
    from lumicohort.imaging.rows import ROI_COLUMNS, roi_rows
    from lumicohort.living_image import NotLuminescent, find_clicks, read_click
    from lumicohort.study.config.imaging import Calibration, Imaging, Regions

    config = Imaging(
        calibration=Calibration(source=arguments.source, cosmic=arguments.cosmic),
        regions=Regions(method=arguments.roi_method),
    )
    problems: list[Problem] = []
    folders: dict[Path, Path] = {}
    for given in arguments.clicks:
        try:
            folders.update((folder.resolve(), folder) for folder in find_clicks(given))
        except InputError as error:
            problems += error.problems
    rows = []
    for folder in folders.values():
        try:
            click = read_click(folder)
            animals, named_by, flags = animals_of(click, (), False)
            measured = measure_click(click, animals, config, named_by, flags)
        except NotLuminescent as error:
            print(f"lumicohort: left out: {error}", file=sys.stderr)
            continue
        except InputError as error:
            problems += error.problems
            continue
        rows += roi_rows(measured, _batch_of(folder), config.detection.luciferin_minutes)
    if problems and not (arguments.keep_going and rows):
        raise InputError(problems)
    if not rows:
        raise InputError(Problem("none of these folders holds a luminescence click of mice."))
    write_csv(pd.DataFrame(rows, columns=ROI_COLUMNS), arguments.out)
    if problems:
        print(f"lumicohort: {InputError(problems)}", file=sys.stderr)
    clicks = len({row["click"] for row in rows})
    print(f"{len(rows)} rows of {clicks} click{'s' if clicks > 1 else ''} in {arguments.out}")
    return 2 if problems else 0


def _batch_of(folder: Path) -> str:
    """Return the name of the folder that holds a click (or the sequence that it is part of)."""
    parent = folder.resolve().parent
    return parent.parent.name if parent.name.upper().endswith("_SEQ") else parent.name
