"""ROIs that someone drew, in Living Image or in ImageJ, and whose animal each is.

Living Image's ROI coordinates live in its own, warped frame: at the outer mice they are two or
three binned pixels off the raw image. They are used as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.living_image.rois import RoiLine
from lumicohort.regions.imagej import ImagejArea, image_of, named_for, read_areas
from lumicohort.regions.imagej_files import roi_files
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.region import Region, cropped
from lumicohort.study.config.imaging import Regions

FAR_CM = 1.0
"""A ROI whose centre lies farther from its animal's body than this is flagged."""
NOT_FOUND = "mice_not_found_in_photograph"
NOT_LOOKED_FOR = "photograph_not_used"
"""Flags that say why no mice stand beside drawn ROIs."""
UNNAMED = "roi"
"""Region of a ROI without a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A ROI as it was drawn.

    Parameters
    ----------
    label : str
        Its label.
    region : str
        The region that its label names; the label where that is no more than a label.
    pixels : Region
        Its pixels, as a region of no animal yet.
    centre_cm : (float, float)
        Its centre, cm from the image's upper left.
    place : int or None
        Place of the animal that it is linked to or named for.
    where : str
        File and place in it, for messages.
    flags : tuple of str
        What a reader should know.
    background : Region or None
        The background ROI that belongs to it.
    """

    label: str
    region: str
    pixels: Region
    centre_cm: tuple[float, float]
    place: int | None
    where: str
    flags: tuple[str, ...] = ()
    background: Region | None = None


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
    return _as_regions(rois, mice, animals, str(file), config, words, without_mice)


def imagej_regions(
    click: Click,
    n: int,
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    config: Regions,
    folder: Path | None = None,
    without_mice: str = NOT_FOUND,
) -> list[Region]:
    """Return the areas that were drawn in ImageJ as regions of a click's animals.

    A ROI belongs to the animal that it is named for (`3466`, `3466 cranial`); one without an
    animal's name to the mouse in the photograph that it lies on, or, where there are as many ROIs
    as animals and none is named, to the animals from left to right.

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
    config : Regions
        The config of regions.
    folder : Path, optional
        Folder (or file) of the ROIs; else they are looked for in and beside the click folder.
    without_mice : str, optional
        The flag that says why there are no mice.

    Returns
    -------
    list of Region
        Ordered by animal.

    Raises
    ------
    InputError
        Where there are no ROIs, some are damaged, no areas or outside the image, or whose a ROI
        is cannot be told.
    """
    files = roi_files(click.folder, click.name, folder)
    areas = read_areas(files)
    needed = config.imagej_pixels == "photograph" or click.file("photograph.TIF") is not None
    photograph = click.photograph_shape if needed else (0, 0)
    scale = image_of(areas, config.imagej_pixels, n, photograph)
    pixel_cm, file = click.fov_cm / n, files[0]
    if mice is None:  # the next click, whose areas are often the same, then has the same regions
        return list(
            _of_areas(tuple(areas), file, n, scale, pixel_cm, tuple(animals), config, without_mice)
        )
    rois = _rois_of(areas, n, scale, pixel_cm, animals)
    words = f"as drawn in ImageJ ({file.name})"
    return _as_regions(rois, mice, animals, str(file), config, words, without_mice)


@lru_cache(maxsize=4)
def _of_areas(
    areas: tuple[ImagejArea, ...],
    file: Path,
    n: int,
    scale: float,
    pixel_cm: float,
    animals: tuple[str, ...],
    config: Regions,
    without_mice: str,
) -> tuple[Region, ...]:
    """Return areas as regions of animals that were not found in a photograph."""
    rois = _rois_of(areas, n, scale, pixel_cm, animals)
    words = f"as drawn in ImageJ ({file.name})"
    return tuple(_as_regions(rois, None, animals, str(file), config, words, without_mice))


def _rois_of(
    areas: Sequence[ImagejArea], n: int, scale: float, pixel_cm: float, animals: Sequence[str]
) -> list[Drawn]:
    """Return areas with the animals that they are named for, or refuse those without a pixel."""
    rois = []
    problems = []
    for area in areas:
        pixels = area.region((n, n), scale)
        left, top, right, bottom = (value * scale for value in area.box())
        if not pixels.n_pixels:
            problems.append(
                Problem(f"the ROI `{area.name}` covers no pixel of the image.", area.where)
            )
            continue
        flags: tuple[str, ...] = ()
        if left < 0 or top < 0 or right > n or bottom > n:
            flags = ("roi_cut_by_image_edge",)
        named = named_for(area.name, animals) if area.name else None
        if named is None:
            place, region = None, area.name or UNNAMED
        else:
            place, region = named[0], named[1] or UNNAMED
        centre = pixels.centre_cm(pixel_cm)
        rois.append(Drawn(area.name, region, pixels, centre, place, area.where, flags))
    if problems:
        raise InputError(problems)
    return rois


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


def _as_regions(
    rois: Sequence[Drawn],
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    file: str,
    config: Regions | None,
    words: str,
    without_mice: str = NOT_FOUND,
) -> list[Region]:
    """Give every ROI to its animal."""
    places = _places(rois, mice, animals, file, without_mice)
    count = {place: sum(p == place for p, _ in places) for place, _ in places}
    known_as = config.drawn_as if config is not None else None
    out = []
    problems = []
    seen: dict[tuple[int, str], Drawn] = {}
    for roi, (place, flags) in zip(rois, places, strict=True):
        name = known_as if known_as and count[place] == 1 else roi.region
        first = seen.setdefault((place, name), roi)
        if first is not roi:
            problems.append(
                Problem(
                    f"the ROIs `{first.label}` and `{roi.label}` are both the region `{name}` of "
                    f"animal `{animals[place - 1]}`.",
                    roi.where,
                    hint="Give each its own name, or delete one.",
                )
            )
        placed = f"{words}: {roi.label}" if roi.label else words
        out.append(
            roi.pixels.like(
                place=place, name=name, flags=flags, background=roi.background, placed=placed
            )
        )
    if problems:
        raise InputError(problems)
    return sorted(out, key=lambda region: region.place)


def _places(
    rois: Sequence[Drawn],
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    file: str,
    without_mice: str,
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the place of the animal that each ROI belongs to, with flags."""
    by_order: dict[int, int] = {}
    if len(rois) == len(animals):
        order = sorted(range(len(rois)), key=lambda i: rois[i].centre_cm[0])
        by_order = {i: k for k, i in enumerate(order, start=1)}
    out: list[tuple[int, tuple[str, ...]]] = []
    problems = []
    for i, roi in enumerate(rois):
        flags = list(roi.flags)
        if mice is None:
            flags.append(without_mice)
        on, distance = _nearest(mice, roi.centre_cm) if mice else (None, 0.0)
        if roi.place is not None:
            place = roi.place
        elif on is not None and distance < FAR_CM:
            place = on
            if by_order.get(i, place) != place:
                flags.append("rois_not_one_per_animal")
        elif i in by_order:
            place = by_order[i]
        else:
            lies = "lies on none of the mice found in the photograph" if mice else "names no animal"
            problems.append(
                Problem(
                    f"{len(rois)} measurement ROIs for {len(animals)} animals, and the ROI "
                    f"`{roi.label}` {lies}: whose it is cannot be told.",
                    file,
                    hint="Draw one ROI per animal, or link each to its subject (in ImageJ: name "
                    "each for its animal).",
                )
            )
            continue
        if on is not None and on != place:
            flags.append("roi_lies_on_another_animal")
        elif on is not None and distance > FAR_CM:
            flags.append("roi_away_from_animal")
        out.append((place, tuple(flags)))
    if problems:
        raise InputError(problems)
    return out


def _nearest(mice: Sequence[Mouse], centre: tuple[float, float]) -> tuple[int, float]:
    """Return the place of the mouse nearest to a point, and the distance to its body."""
    from lumicohort.regions.body import centres_cm

    distances = [float(np.hypot(*(centres_cm(m.mask, m.pixel_cm) - centre).T).min()) for m in mice]
    best = int(np.argmin(distances))
    return best + 1, distances[best]
