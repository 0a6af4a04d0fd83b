"""The options of `lumicohort measure`, and the config that they say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem

if TYPE_CHECKING:
    from lumicohort.study.config.imaging import Imaging

METHODS = ("anatomy", "fixed", "contour", "living_image", "imagej")
SOURCES = ("auto", "living_image", "raw")
COSMIC = ("off", "isolated", "living_image")
REGIONS = ("whole_body", "cranial", "spinal", "neuraxis")


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
        "the photograph; fixed: one size for all mice, laid along the body axis (--size, --shape, "
        "--region); contour: what exceeds a fraction of each mouse's brightest pixel (--fraction, "
        "--region); living_image: the ROIs drawn in Living Image; imagej: areas drawn in ImageJ "
        "(--rois)",
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
        "--animals",
        metavar="IDS",
        help="the animals on every click given, left to right: `3466,3467,3468`; goes before the "
        "clicks' Animal Number",
    )
    parser.add_argument(
        "--rois",
        type=Path,
        metavar="FILE_OR_FOLDER",
        help="for imagej: a .zip or .roi, or a folder of <click>.zip or <click>.roi; else they are "
        "looked for in and beside each click folder. ROIs are named for animals (`3466`, "
        "`3466 cranial`), or belong to the mice from left to right",
    )
    parser.add_argument(
        "--roi-pixels",
        choices=("luminescent", "photograph"),
        default="luminescent",
        help="for imagej: the image that the ROIs were drawn on (default: luminescent)",
    )
    parser.add_argument(
        "--no-photograph",
        action="store_true",
        help="for imagej and living_image: do not look for the mice, which is faster; the "
        "background is then what lies away from the ROIs (keep them as large as the bodies), no "
        "light of neighbours is predicted, and rows are flagged photograph_not_used",
    )
    parser.add_argument(
        "--size",
        metavar="LENGTHxWIDTH",
        help="for fixed: size along and across the body axis in cm (default: 8x2.5)",
    )
    parser.add_argument(
        "--shape",
        choices=("ellipse", "rectangle"),
        help="for fixed: the shape (default: ellipse)",
    )
    parser.add_argument(
        "--fraction",
        metavar="F",
        help="for contour: threshold as a fraction of the brightest pixel (default: 0.05)",
    )
    parser.add_argument(
        "--region",
        choices=REGIONS,
        help="for fixed: what the region stands for, which says where on the axis it is centred; "
        "for contour: where the brightest pixel is looked for (default: neuraxis)",
    )
    parser.add_argument(
        "--review",
        type=Path,
        metavar="ROI_REVIEW.CSV",
        help="a reviewer's corrections, which win over the method (see docs/measuring.md)",
    )
    parser.add_argument(
        "--masks",
        type=Path,
        metavar="DIR",
        help="also write what was measured, for Fiji and napari: DIR/<click>.zip (ImageJ ROIs) and "
        "DIR/<click>_labels.tif",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="write the clicks that could be measured even if others could not",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="processes at a time (default: one per CPU from 40 clicks on)",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="ROIS.csv", help="the table to write"
    )


_OPTIONS = {
    "rois": ("imagej",),
    "size": ("fixed",),
    "shape": ("fixed",),
    "fraction": ("contour",),
    "region": ("fixed", "contour"),
}
"""Options that only some methods use."""


def config_of(arguments: argparse.Namespace) -> Imaging:
    """Return the config that the options say, or refuse all that do not fit.

    Raises
    ------
    InputError
        Naming every option that does not fit.
    """
    from lumicohort.study.config.imaging import Calibration, Contour, Fixed, Imaging, Regions

    method = arguments.roi_method
    problems: list[Problem | str] = [
        f"--{name} is for --roi-method {' and '.join(methods)}; the method is {method}."
        for name, methods in _OPTIONS.items()
        if getattr(arguments, name) is not None and method not in methods
    ]
    if arguments.roi_pixels != "luminescent" and method != "imagej":
        problems.append(f"--roi-pixels is for --roi-method imagej; the method is {method}.")
    if arguments.no_photograph and method not in ("imagej", "living_image"):
        problems.append(
            f"--no-photograph is for --roi-method imagej and living_image; the method is {method}."
        )
    fixed: dict[str, Any] = {}
    if arguments.size is not None:
        try:
            sizes = [float(part) for part in arguments.size.casefold().split("x")]
        except ValueError:
            sizes = []
        if len(sizes) != 2 or not all(0 < size <= 30 for size in sizes):
            problems.append(
                f"--size {arguments.size}: write length x width in cm, such as 2.6x2.6 (each above "
                "0 and at most 30)."
            )
        else:
            fixed |= {"length_cm": sizes[0], "width_cm": sizes[1]}
    contour: dict[str, Any] = {}
    if arguments.fraction is not None:
        try:
            contour["fraction"] = float(arguments.fraction)
        except ValueError:
            contour["fraction"] = -1.0
        if not 0 < contour["fraction"] < 1:
            problems.append(
                f"--fraction {arguments.fraction}: write a number between 0 and 1, such as 0.05."
            )
    if arguments.shape is not None:
        fixed["shape"] = arguments.shape
    if arguments.region is not None:
        fixed["region"] = contour["region"] = arguments.region
    if problems:
        raise InputError(problems)
    return Imaging(
        calibration=Calibration(source=arguments.source, cosmic=arguments.cosmic),
        regions=Regions(
            method=method,
            fixed=Fixed(**fixed),
            contour=Contour(**contour),
            imagej_pixels=arguments.roi_pixels,
        ),
    )
