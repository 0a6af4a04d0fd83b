"""ROIs that someone drew in Living Image, as regions of a click's animals.

Their coordinates live in Living Image's own, warped frame: at the outer mice they are two or
three binned pixels off the raw image. They are used as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.living_image.rois import RoiLine
from lumicohort.regions.drawn import NOT_FOUND, Drawn, as_regions
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.region import Region, cropped
from lumicohort.study.config.imaging import Regions

_SAME_SCALE = 0.02
"""Living Image prints a pixel's size to ten digits; fields of view differ by more than this."""


def drawn_regions(
    click: Click,
    n: int,
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    config: Regions | None = None,
    without_mice: str = NOT_FOUND,
) -> list[Region]:
    """Return the measurement ROIs that were drawn in Living Image as regions of its animals.

    Each ROI belongs to the animal that Living Image links it to (`Subject ID`, its own or that of
    its `Subject ROI`); else to the mouse in the photograph that it, or its subject ROI, lies on;
    else, where there are as many ROIs as animals, they belong to them from left to right.

    Parameters
    ----------
    click : Click
        The click.
    n : int
        Pixels along a side of the luminescent image.
    mice : sequence of Mouse or None
        Mice in the photograph, left to right; None where they could not be found.
    animals : sequence of str
        Animals, left to right.
    config : Regions, optional
        The config of regions.
    without_mice : str, optional
        The flag that says why there are no mice.

    Returns
    -------
    list of Region
        Named by the ROIs' labels, ordered by animal.

    Raises
    ------
    InputError
        Where no measurement ROI was drawn, its shape cannot be measured, or which animal it
        belongs to cannot be told.
    """
    file = click.file("AnalyzedClickInfo.txt") or click.folder
    lines = click.roi_lines
    measured = [line for line in lines if line.roi_type.casefold().startswith("measurement")]
    if not measured:
        raise InputError(
            Problem(
                "no measurement ROI was drawn in Living Image on this click.",
                file,
                hint="Draw one per animal and save the click, or use the `anatomy` method.",
            )
        )
    full_cm = click.fov_cm / (n * click.binning)
    masks = _masks(measured, (n, n), click.binning)
    backgrounds = _backgrounds(lines, (n, n), click.binning)
    subjects = {line.label: line for line in lines if line.roi_type.casefold() == "subject"}
    rois = []
    for line, mask in zip(measured, masks, strict=True):
        background, flags = _background(line, backgrounds)
        subject = subjects.get(line.subject_roi)
        animal = line.subject_id or (subject.subject_id if subject is not None else "")
        centre = subject if subject is not None else line
        if _angle_matters(line, mask, click.binning):
            flags = (*flags, "roi_angle_sense_assumed")
        if line.cm_per_px is not None and abs(line.cm_per_px / full_cm - 1) > _SAME_SCALE:
            flags = (*flags, "roi_scale_disagrees")
        if not line.within((n, n), click.binning):
            flags = (*flags, "roi_cut_by_image_edge")
        rois.append(
            Drawn(
                line.label,
                line.label,
                cropped(0, line.label, mask),
                _centre(centre, full_cm),
                list(animals).index(animal) + 1 if animal in animals else None,
                line.where,
                flags,
                background,
            )
        )
    words = f"{line.shape} of Living Image" if len(rois) == 1 else "as drawn in Living Image"
    return as_regions(rois, mice, animals, str(file), config, words, without_mice)


def _masks(lines: Sequence[RoiLine], shape: tuple[int, int], binning: int) -> list[BoolArray]:
    """Return the ROIs' pixels, or refuse all that cannot be measured at once."""
    masks: list[BoolArray] = []
    problems: list[Problem] = []
    for line in lines:
        try:
            mask = line.mask(shape, binning)
        except InputError as error:
            problems += error.problems
            continue
        if not mask.any():
            problems.append(
                Problem(f"the ROI `{line.label}` covers no pixel of the image.", line.where)
            )
        masks.append(mask)
    if problems:
        raise InputError(problems)
    return masks


def _backgrounds(
    lines: Sequence[RoiLine], shape: tuple[int, int], binning: int
) -> dict[str, Region]:
    kinds = ("background", "bkg")
    found = [line for line in lines if any(k in line.roi_type.casefold() for k in kinds)]
    masks = _masks(found, shape, binning)
    return {
        line.label: cropped(0, line.label, mask) for line, mask in zip(found, masks, strict=True)
    }


def _background(
    line: RoiLine, backgrounds: dict[str, Region]
) -> tuple[Region | None, tuple[str, ...]]:
    """Return the background ROI of a ROI: the linked one, else the only one there is."""
    if line.bkg_roi in backgrounds:
        return backgrounds[line.bkg_roi], ()
    if line.bkg_roi:
        return None, ("bkg_roi_not_found",)
    if len(backgrounds) == 1:
        return next(iter(backgrounds.values())), ("bkg_roi_not_linked",)
    return None, ()


def _angle_matters(line: RoiLine, mask: BoolArray, binning: int) -> bool:
    """Return whether the ROI would hold other pixels if its angle were meant the other way."""
    if line.polygon_px or line.angle_deg % 180 == 0:
        return False
    other = replace(line, angle_deg=-line.angle_deg).mask((mask.shape[0], mask.shape[1]), binning)
    return bool((other != mask).any())


def _centre(line: RoiLine, full_cm: float) -> tuple[float, float]:
    """Return the centre of a ROI of Living Image, cm."""
    if line.polygon_px:
        x, y = np.mean(line.polygon_px, axis=0)
        return float(x) * full_cm, float(y) * full_cm
    return line.xc_px * full_cm, line.yc_px * full_cm
