"""One click: what its texts say, and its images on demand."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.camera import (
    RANGES,
    Camera,
    emission_filter_of,
    filters_disagree,
    read_camera,
    read_settings,
)
from lumicohort.living_image.exposure import KEY as EXPOSURE
from lumicohort.living_image.exposure import exposure_seconds
from lumicohort.living_image.kinds import (
    NotLuminescent,
    refuse_foreign_analysis,
    refuse_other_kinds,
)
from lumicohort.living_image.labels import read_labels
from lumicohort.living_image.rois import RoiLine, roi_lines
from lumicohort.living_image.texts import InfoText, Section, read_info
from lumicohort.living_image.tiff import image_shape, read_image
from lumicohort.living_image.times import acquisition_time

__all__ = ["Click", "NotLuminescent", "read_click"]

_FOV = "Field of View"
_SAME_FOV = 0.005  # one text may round what another does not; shelves lie much farther apart
_COPY = "Copy the click folder again from the instrument."


@dataclass(frozen=True)
class Click:
    """One acquisition of a Living Image system; its images are read on demand.

    Parameters
    ----------
    folder : Path
        The click folder.
    name : str
        The folder's name.
    uid : str
        `ClickNumber` as Living Image wrote it (the folder's name where it is missing).
    acquired_at : datetime
        Start of the luminescent exposure, local time with its UTC offset.
    labels : dict of str to str
        Labels typed by the user, those of `AnalyzedClickInfo.txt` where filled.
    animal_numbers : tuple of str
        Ids of the label `Animal Number`, left to right, as text.
    exposure_s, binning, f_number, fov_cm : float or int
        Luminescent exposure (s), binning factor, f-number and field of view (cm).
    read_bias_level : float
        Read bias of the luminescent image (counts).
    camera : Camera
        The camera.
    info : InfoText
        `ClickInfo.txt`.
    analysis : InfoText or None
        `AnalyzedClickInfo.txt`, where there is one.
    flags : tuple of str
        What a reader of the numbers should know.
    """

    folder: Path
    name: str
    uid: str
    acquired_at: datetime
    labels: dict[str, str]
    animal_numbers: tuple[str, ...]
    exposure_s: float
    binning: int
    f_number: float
    fov_cm: float
    read_bias_level: float
    camera: Camera
    info: InfoText
    analysis: InfoText | None
    flags: tuple[str, ...]
    files: dict[str, Path] = field(repr=False)

    @property
    def view(self) -> str:
        """The label `View` (`Dorsal`, `Ventral`); empty where none was typed."""
        return self.labels.get("View", "")

    @property
    def emission_filter(self) -> str:
        """The filter before the lens (`Open`, `620`); empty where the text tells none."""
        return emission_filter_of(self.info, self.luminescent_section)

    @property
    def luminescent_section(self) -> Section:
        """The text's section on the luminescent image."""
        return self.info.section("luminescent image")

    @cached_property
    def roi_lines(self) -> tuple[RoiLine, ...]:
        """ROIs drawn in Living Image; empty where none were drawn.

        Raises
        ------
        InputError
            Naming every ROI line that cannot be read.
        """
        return roi_lines(self.analysis) if self.analysis is not None else ()

    def file(self, name: str) -> Path | None:
        """Return the path of one of the click's files, its name's case ignored, or None."""
        return self.files.get(name.casefold())

    def luminescent(self) -> np.ndarray:
        """Return the luminescent image, shape (n, n): camera counts as stored."""
        return self._square(self._required("luminescent.TIF"), counts=True)

    def photograph(self) -> np.ndarray:
        """Return the photograph, shape (m, m): camera counts as stored.

        Raises
        ------
        InputError
            When it is damaged, or shows another field of view than the luminescent image.
        """
        section = self.info.find("photographic image")
        if section is not None and section.get(_FOV) is not None:
            fov = section.number(_FOV, between=RANGES[_FOV])
            if not math.isclose(fov, self.fov_cm, rel_tol=_SAME_FOV):
                raise section.problem(
                    _FOV,
                    f"the photograph shows {fov:g} cm, the luminescent image {self.fov_cm:g} cm: "
                    "mice found on the one do not lie there on the other.",
                    "Use the photograph that was taken with this image, or draw ROIs and measure "
                    "them with `lumicohort measure --no-photograph`.",
                )
        return self._square(self._required("photograph.TIF"))

    @cached_property
    def photograph_shape(self) -> tuple[int, int]:
        """The photograph's rows and columns, read without its pixels."""
        return image_shape(self._required("photograph.TIF"))

    def read_bias_frame(self) -> np.ndarray | None:
        """Return `readbias.TIF` as stored (times its Data Multiplier), or None."""
        return self._optional("readbias.TIF", counts=True)

    def dark_frame(self) -> np.ndarray | None:
        """Return `background.TIF` as stored (bias and dark charge, times Data Multiplier)."""
        return self._optional("background.TIF", counts=True)

    def corrected(self) -> np.ndarray | None:
        """Return `luminescentFloatCorrected.TIF`, Living Image's radiance, or None."""
        return self._optional("luminescentFloatCorrected.TIF")

    def _required(self, name: str) -> Path:
        path = self.file(name)
        if path is None:
            raise _missing(self.folder, name)
        return path

    def _optional(self, name: str, counts: bool = False) -> np.ndarray | None:
        path = self.file(name)
        return None if path is None else read_image(path, counts=counts)

    def _square(self, path: Path, counts: bool = False) -> np.ndarray:
        image = read_image(path, counts=counts)
        if image.shape[0] != image.shape[1]:
            raise InputError(
                Problem(
                    f"the image has {image.shape[1]} x {image.shape[0]} pixels; these cameras "
                    "make square images.",
                    path,
                    None,
                    _COPY,
                )
            )
        return image


def read_click(folder: str | Path, *, photograph: bool = True) -> Click:
    """Read a click folder's texts and check that its images are there.

    Parameters
    ----------
    folder : str or Path
        The click folder.
    photograph : bool, optional
        Whether the click must have its photograph.

    Returns
    -------
    Click
        The click; its images are read when asked for.

    Raises
    ------
    NotLuminescent
        When the click is fluorescence, a background click, an image that was computed, or a
        photograph or X-ray alone.
    InputError
        Listing every file that is missing and every key that is missing or wrong; also where
        `AnalyzedClickInfo.txt` belongs to another click.
    """
    folder = Path(folder)
    files = _files(folder)
    if "clickinfo.txt" not in files:
        raise _missing(folder, "ClickInfo.txt")
    info = read_info(files["clickinfo.txt"])
    analysis = None
    if "analyzedclickinfo.txt" in files:
        analysis = read_info(files["analyzedclickinfo.txt"])
    refuse_other_kinds(folder, info, files)

    problems: list[Problem | str] = []
    if analysis is not None:
        try:
            refuse_foreign_analysis(info, analysis)
        except InputError as error:
            problems.extend(error.problems)
    for name in ("luminescent.TIF", "photograph.TIF") if photograph else ("luminescent.TIF",):
        if name.casefold() not in files:
            problems.extend(_missing(folder, name).problems)
    values: dict[str, float] = {}
    section: Section | None = None
    try:
        section = info.section("luminescent image")
        values = read_settings(section)
    except InputError as error:
        problems.extend(error.problems)
    if problems or section is None:
        raise InputError(problems)

    acquired_at, flags = acquisition_time(section)
    labels, label_flags = read_labels(info, analysis)
    exposure_s, unit_flag = exposure_seconds(info, section, values[EXPOSURE])
    flags += label_flags + ((unit_flag,) if unit_flag else ()) + _notes(section, info, analysis)
    numbers = labels.get("Animal Number", "")
    number_section = info.find("ClickNumber")
    return Click(
        folder=folder,
        name=folder.name or folder.resolve().name,
        uid=(number_section.value if number_section else "") or folder.resolve().name,
        acquired_at=acquired_at,
        labels=labels,
        animal_numbers=tuple(p.strip() for p in re.split("[,;]", numbers) if p.strip()),
        exposure_s=exposure_s,
        binning=int(values["Binning Factor"]),
        f_number=values["f Number"],
        fov_cm=values["Field of View"],
        read_bias_level=values["Read Bias Level"],
        camera=read_camera(info),
        info=info,
        analysis=analysis,
        flags=flags,
        files=files,
    )


def _files(folder: Path) -> dict[str, Path]:
    """Return the folder's files by case-folded name."""
    if not folder.is_dir():
        raise InputError(Problem("there is no such click folder.", folder))
    files: dict[str, Path] = {}
    try:
        children = sorted(folder.iterdir(), key=attrgetter("name"))
    except OSError as error:
        raise InputError(
            Problem(f"the folder cannot be listed: {error.strerror}.", folder)
        ) from None
    for path in children:
        name = path.name.casefold()
        if name in files:
            raise InputError(
                Problem(
                    f"`{files[name].name}` and `{path.name}` differ only in case; which of them "
                    "is the camera's?",
                    folder,
                    None,
                    "Move one of them away.",
                )
            )
        files[name] = path
    return files


def _missing(folder: Path, name: str) -> InputError:
    return InputError(
        Problem(
            "the file is missing from the click folder.",
            folder / name,
            None,
            "It may still be being copied; else copy the click folder again.",
        )
    )


def _notes(section: Section, info: InfoText, analysis: InfoText | None) -> tuple[str, ...]:
    """Return flags on the state of the texts and of the camera."""
    flags: list[str] = []
    if info.cut:
        flags.append("clickinfo_cut_off")
    if analysis is not None and analysis.cut:
        flags.append("analyzedclickinfo_cut_off")
    wave = section.get("Error Wave")
    if wave is not None and wave.casefold() != "no error":
        flags.append("camera_error")
    demand, measured = section.get("Demand Temperature"), section.get("Measured Temperature")
    if demand is not None and measured is not None:
        off = section.number("Measured Temperature") - section.number("Demand Temperature")
        if abs(off) > 3:  # "Temperature lock range: 3" of the camera's own text
            flags.append("ccd_temperature_not_locked")
    if emission_filter_of(info, section).casefold() not in ("open", ""):
        flags.append("emission_filter_in_place")
    if filters_disagree(info, section):
        flags.append("filter_unlike_its_position")
    units = {section.get(key) for key in ("Image Units", "Intensity Calibration")} - {None}
    if len({str(unit).casefold().startswith("count") for unit in units}) > 1:
        flags.append("units_disagree")
    drawn_on = analysis.find(section.name) if analysis is not None else None
    for text in (section, drawn_on):
        if text is not None and text.get("Saturated") not in (None, "0"):
            flags.append("living_image_says_saturated")
            break
    return tuple(flags)
