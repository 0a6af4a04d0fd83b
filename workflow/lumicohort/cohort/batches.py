"""Imaging batches and their clicks, by the names of their folders.

A batch is a folder of the study's imaging folder; it holds click folders
(``<UID><YYYYMMDDhhmmss>``) or sequences (``<UID><YYYYMMDDhhmmss>_SEQ``) of numbered clicks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.living_image.measurements.results import RoiResult

_STAMP = re.compile(r"(\d{14})(?:_\d+|_SEQ)?$", re.IGNORECASE)
# What paths, wildcards of the workflow and shells all take as it is.
_SAFE = re.compile(r"\w(?:[\w .,+=@()-]*[\w)+])?")


@dataclass(frozen=True, slots=True)
class Click:
    """A click folder.

    Parameters
    ----------
    batch : str
        Name of its batch.
    name : str
        Name of its folder.
    path : Path
        The folder.
    acquired : datetime or None
        Local date and time that the name ends with, if it does.
    """

    batch: str
    name: str
    path: Path
    acquired: datetime | None
    animals: tuple[str, ...] = ()
    """For an image that only an exported table has (`path` is the table): whom its labels name."""
    quantities: tuple[str, ...] = ()
    """For such an image: what its fluxes are, `total_flux_p_s` or `net_flux_p_s`."""

    @property
    def only_exported(self) -> bool:
        """Whether only an exported Measurements table has this image."""
        return self.path.is_file()

    def number(self) -> str:
        """Return what Living Image calls the click; its folder's name where that is not read."""
        from lumicohort.living_image.texts import read_info

        if self.only_exported:
            return self.name
        for path in self.path.iterdir():
            if path.name.casefold() == "clickinfo.txt":
                try:
                    section = read_info(path).find("ClickNumber")
                except InputError:  # measuring the click reports it
                    return self.name
                return (section.value if section else "") or self.name
        return self.name


def list_batches(config: StudyConfig) -> list[str]:
    """Return the names of the study's imaging batches.

    Parameters
    ----------
    config : StudyConfig
        The study.

    Returns
    -------
    list of str
        Names of the folders in the imaging folder, sorted; hidden folders and background clicks
        (``BKG…``) are not batches. Empty where there is no imaging folder.

    Raises
    ------
    InputError
        If a name cannot be part of a path of the results, if a click lies where a batch is
        expected, or if a click stands in two batches.
    """
    problems = []
    names = []
    for folder in _folders(config.imaging_folder):
        if _holds_click_files(folder) or (
            _STAMP.search(folder.name) and folder.name.upper().endswith("_SEQ")
        ):
            problems.append(
                Problem(
                    "this is a click, and a folder of an imaging session is expected here.",
                    folder,
                    hint="Move the session's clicks into one folder, named for the session.",
                )
            )
        elif not _SAFE.fullmatch(folder.name) or ".." in folder.name:
            problems.append(
                Problem(
                    "the name of this folder cannot be used in paths of the results.",
                    folder,
                    hint="Rename it: letters, digits, spaces and . , _ - + = @ ( ) are allowed, "
                    "and the first must be a letter or digit.",
                )
            )
        else:
            names.append(folder.name)
    clicks: list[Click] = []
    for name in names:
        try:
            clicks += list_clicks(config, name)
        except InputError as error:
            problems += error.problems
    problems += _in_two_batches(clicks)
    if problems:
        raise InputError(problems)
    return names


def list_clicks(config: StudyConfig, batch: str) -> list[Click]:
    """Return the clicks of a batch.

    Parameters
    ----------
    config : StudyConfig
        The study.
    batch : str
        Name of the batch.

    Returns
    -------
    list of Click
        Click folders in order of their names, those inside sequences included; background
        clicks (``BKG…``) and hidden folders are left out. Images that only exported Measurements
        tables have follow, where the config uses those.

    Raises
    ------
    InputError
        If an exported table that the config uses cannot be read, or does not tell whether its
        fluxes are net of a background ROI.
    """
    from lumicohort.living_image.folders import survey

    folder = config.imaging_folder / batch
    if not folder.is_dir():
        return []
    found = survey(folder).clicks
    clicks = [Click(batch, path.name, path, acquired_at(path.name)) for path in found]
    return clicks + _exported_images(config, batch, clicks)


def _exported_images(config: StudyConfig, batch: str, clicks: list[Click]) -> list[Click]:
    """Return the images of a batch that only exported tables have."""
    if not config.imaging.measurements.used:
        return []
    from lumicohort.imaging.exported import match_images, read_exported
    from lumicohort.imaging.exported_animals import own
    from lumicohort.imaging.exported_background import basis_of, kinds_of, open_problems
    from lumicohort.imaging.exported_click import ClickText
    from lumicohort.living_image.measurements.times import image_time

    settings, no_click = config.imaging.measurements, ClickText()
    images = read_exported(config, config.imaging_folder / batch, bool(clicks)).images
    matched = match_images(images, {click.name: click.name for click in clicks})
    if len(matched) < len(images):
        matched = match_images(images, {click.name: click.number() for click in clicks})
    out = []
    open_ones: list[RoiResult] = []
    for image, rois in images.items():
        if image in matched:
            continue
        when, _ = image_time(rois[0], batch, settings.date_from, config.data.date_format)
        ours = kinds_of(rois, (), no_click)
        owned, _ = own(ours.light, None, settings)
        animals = tuple(dict.fromkeys(o.animal_id for o in owned))
        bases = [basis_of(roi, ours.backgrounds, settings, no_click).quantity for roi in ours.light]
        open_ones += [roi for roi, basis in zip(ours.light, bases, strict=True) if not basis]
        out.append(Click(batch, image, rois[0].file, when, animals, tuple(dict.fromkeys(bases))))
    if problems := open_problems(open_ones):
        raise InputError(problems)
    return out


def acquired_at(name: str) -> datetime | None:
    """Return the local date and time that a click folder's name ends with, or None."""
    match = _STAMP.search(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S")
    except ValueError:
        return None


def click_dates(config: StudyConfig) -> dict[str, dict[str, str]]:
    """Return when clicks were taken, as far as folder names tell.

    Parameters
    ----------
    config : StudyConfig
        The study.

    Returns
    -------
    dict
        Batch to click to date (``2020-12-31``; blank where the name has none).
    """
    return {
        batch: {
            click.name: click.acquired.date().isoformat() if click.acquired else ""
            for click in list_clicks(config, batch)
        }
        for batch in list_batches(config)
    }


def _in_two_batches(clicks: list[Click]) -> list[Problem]:
    """Return a problem for every folder whose clicks lie in another one as well."""
    places: defaultdict[str, list[Click]] = defaultdict(list)
    for click in clicks:
        # Names inside a sequence carry its UID and time, so equal names are equal clicks; a
        # bare number (`001`) does not.
        if _STAMP.search(click.name):
            places[click.name.casefold()].append(click)
    pairs: defaultdict[tuple[Path, ...], list[Click]] = defaultdict(list)
    for found in places.values():
        if len(found) > 1:
            pairs[tuple(click.path.parent for click in found)].append(found[0])
    problems = []
    for folders, copied in pairs.items():
        name = copied[0].name
        if len(copied) == 1:
            text = f"the click `{name}` lies"
            where = " and ".join(str(click.path) for click in places[name.casefold()])
        else:
            text = f"{len(copied)} clicks (`{name}`, …) lie"
            where = " and ".join(str(folder) for folder in folders)
        problems.append(
            Problem(
                f"{text} in more than one place: {where}.",
                hint="Keep one; the other would be measured as a second image of the same animals.",
            )
        )
    return problems


def _folders(folder: Path) -> list[Path]:
    """Return the sub-folders that may hold images, sorted by name."""
    if not folder.is_dir():
        return []
    return sorted(
        (
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.name.startswith(".") and path.name[:3].upper() != "BKG"
        ),
        key=lambda path: path.name,
    )


def _holds_click_files(folder: Path) -> bool:
    from lumicohort.living_image.folders import MARKS

    return any(path.name.casefold() in MARKS for path in folder.iterdir())
