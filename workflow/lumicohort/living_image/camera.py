"""The camera that took a click, and the settings that a click's text must have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.exposure import KEY as EXPOSURE
from lumicohort.living_image.texts import InfoText, Section

EMISSION_FILTER = "Emission filter"
"""Key of the filter before the lens; a part of the spectrum is seen unless it is `Open`."""

RANGES: dict[str, tuple[float, float]] = {
    EXPOSURE: (0.001, 100_000),
    "Binning Factor": (1, 64),
    "f Number": (0.5, 64),
    "Field of View": (1, 100),
    "Read Bias Level": (0, 65_535),
}
"""Keys without which counts mean nothing, and the widest range that a camera can have."""

_FILTER_POSITION = "Filter Position"
_OPEN_POSITIONS = ("1", "24")
"""Places of the wheel that a camera's text says must always be `Open`."""

_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4}|[A-Z][a-z]{2}-\d{2}-\d{4}")


@dataclass(frozen=True)
class Camera:
    """The camera that took a click.

    Parameters
    ----------
    system_id : str
        `Camera System ID`; empty where the file has none.
    serial_number : str
        `Camera Serial Number`; empty where the file has none.
    configuration : str
        `System Configuration`, the instrument's model.
    calibrated : str
        Date of the absolute calibration as written in the file; empty where none was found.
    """

    system_id: str
    serial_number: str
    configuration: str
    calibrated: str


def read_camera(info: InfoText) -> Camera:
    """Return which camera it was and when it was calibrated, as far as `ClickInfo.txt` tells."""
    section = info.find("Camera System Info")
    if section is None:
        return Camera("", "", "", "")
    calibrated = ""
    for line in section.odd_lines:
        if "absolute light intensity calibration" in line.casefold():
            found = _DATE.search(line)
            calibrated = found.group() if found else ""
            break
    return Camera(
        system_id=section.get("Camera System ID") or "",
        serial_number=section.get("Camera Serial Number") or "",
        configuration=section.get("System Configuration") or "",
        calibrated=calibrated,
    )


def emission_filter_of(info: InfoText, section: Section) -> str:
    """Return the filter before the lens.

    Parameters
    ----------
    info : InfoText
        `ClickInfo.txt`.
    section : Section
        Its section on the luminescent image.

    Returns
    -------
    str
        `Emission filter` (`Open`, `620`). Where the text lacks it, the label that the camera's
        section gives to the place in the filter wheel, or `position 5` where it gives none; empty
        where nothing is said.
    """
    named = section.get(EMISSION_FILTER)
    position = section.get(_FILTER_POSITION)
    if named is not None or position is None:
        return named or ""
    label = _label_of(info, position)
    return label or ("Open" if position in _OPEN_POSITIONS else f"position {position}")


def filters_disagree(info: InfoText, section: Section) -> bool:
    """Return whether the filter that is named is not the one at its place in the wheel.

    Parameters
    ----------
    info : InfoText
        `ClickInfo.txt`.
    section : Section
        Its section on the luminescent image.
    """
    named, position = section.get(EMISSION_FILTER), section.get(_FILTER_POSITION)
    label = _label_of(info, position) if named is not None and position is not None else None
    if named is None or label is None:
        return False
    one, other = (text.casefold().removesuffix("nm").strip() for text in (named, label))
    return one != other and not {one, other} <= _NO_FILTER


_NO_FILTER = frozenset({"open", "empty", "none", "no filter"})


def _label_of(info: InfoText, position: str) -> str | None:
    """Return the label that the camera's section gives to a place in the filter wheel."""
    camera = info.find("Camera System Info")
    for key in (f"EM Filter Position {position} label", f"Filter Position {position} label"):
        label = camera.get(key) if camera is not None else None
        if label is not None:
            return label
    return None


def read_settings(section: Section) -> dict[str, float]:
    """Return the settings with which an image was taken.

    Parameters
    ----------
    section : Section
        The text's section on the image.

    Returns
    -------
    dict of str to float
        A number for each key of :data:`RANGES`.

    Raises
    ------
    InputError
        Listing every key that is missing or wrong.
    """
    values: dict[str, float] = {}
    problems: list[Problem | str] = []
    for key, between in RANGES.items():
        try:
            read = section.integer if key == "Binning Factor" else section.number
            values[key] = read(key, between=between)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return values
