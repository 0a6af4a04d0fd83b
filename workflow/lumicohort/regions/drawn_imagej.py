"""Areas that someone drew in ImageJ, as regions of a click's animals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.regions.drawn import NOT_FOUND, Drawn, as_regions
from lumicohort.regions.imagej import ImagejArea, image_of, named_for, read_areas
from lumicohort.regions.imagej_files import roi_files
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.region import Region
from lumicohort.study.config.imaging import Regions

UNNAMED = "roi"
"""Region of a ROI without a name."""


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
    return as_regions(rois, mice, animals, str(file), config, words, without_mice)


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
    return tuple(as_regions(rois, None, animals, str(file), config, words, without_mice))


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
