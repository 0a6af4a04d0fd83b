"""Calibration coefficients of a camera, as its own ClickInfo.txt states them.

They stand in the section `Camera System Info`: the absolute calibration C by field of view and
f-number, and the lens's flat field by shelf position and f-number. Fields of view and f-numbers
are matched as numbers, because files write `22.4`, `4` and `12.5` alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.texts import InfoText, Section, parse_number
from lumicohort.ranks import median

SECTION = "Camera System Info"
UNITS = "p/sec/cm2/sr"
"""The unit in which C is stated; another one would need another formula."""


class UnknownCoefficient(InputError):
    """The text has no coefficient for this field of view and f-number."""


FlatFieldCoefs = tuple[float, float, float, float, float, float, float]
"""k0, k1, k2, k3, k4 (in powers of cm), x0 and y0 (cm at the stage)."""

_C_RANGE = (5e3, 5e9)
"""C / f² of any cooled CCD; 7e5 on a real IVIS Spectrum.

At the focus a pixel gets π / 4f² of the radiance times its area, so C = 4 f² g / (π A q). With
A = 2.5e-7 to 9e-6 cm² (sides of 5 to 30 µm), g = 0.05 to 50 electrons a count and q = 0.1 to 1 of
the light that lens and chip turn into electrons that is 7e3 to 3e9. A camera that was never
calibrated states 1.
"""
_FAR_OFF = 1.5  # ten times what real ones differ by
_C_KEY = re.compile(r"Coef C-ccd at FOV\s*([\d.]+)\s*(?:cm)?\s*,\s*f/?\s*([\d.]+)", re.IGNORECASE)
_SHELF_KEY = re.compile(r"Shelf Position (\S+) FOV", re.IGNORECASE)
_FLAT_KEY = re.compile(r"Shelf Position (\S+) FF(\d*) f/?\s*([\d.]+) Coefs", re.IGNORECASE)
_GAIN_KEY = re.compile(r"(EM|EMCCD|Electron Multiplication)[ -]?Gain\b.*", re.IGNORECASE)
_NO_GAIN = ("off", "none", "no", "disabled", "0", "1")


def absolute_coefficient(info: InfoText, fov_cm: float, f_number: float) -> float:
    """Return C, the radiance of one count per second per camera pixel.

    Parameters
    ----------
    info : InfoText
        The click's ClickInfo.txt.
    fov_cm : float
        Field of view (cm).
    f_number : float
        f-number of the luminescent exposure.

    Returns
    -------
    float
        C (p/s/cm²/sr per count/s of an unbinned pixel).

    Raises
    ------
    InputError
        When the camera has no C for them; the message lists those that it has. Also where the
        image was amplified, which no C of the text says anything about.
    """
    _refuse_gain(info)
    return _of_camera(_find_c, _camera(info), fov_cm, f_number)


def _find_c(section: Section, fov_cm: float, f_number: float) -> float:
    """Return C from the camera's section; see :func:`absolute_coefficient`."""
    units = section.get("C-ccd Calibration units")
    if units is not None and units.casefold() != UNITS:
        raise section.problem(
            "C-ccd Calibration units",
            f"the unit is `{units}`; only `{UNITS}` is known.",
            "Compare one region with Living Image's flux; if they agree, write that unit here.",
        )
    keys = _c_keys(section)
    known = [(fov, stop) for _, fov, stop in keys]
    fitting = [key for key, fov, stop in keys if _same(fov, fov_cm) and _same(stop, f_number)]
    values = {section.number(key) for key in fitting}
    if len(values) > 1:
        raise _ambiguous(section, fitting)
    if values:
        c = values.pop()
        if not _C_RANGE[0] <= c / f_number**2 <= _C_RANGE[1]:
            raise section.problem(
                fitting[0],
                f"C is {c:g} p/s/cm²/sr per count/s, which no camera with such a lens can have: "
                "this one was not calibrated, or the number is damaged.",
                "Compare with the ClickInfo.txt of other clicks of this camera; ask the "
                "instrument's service for its calibration.",
            )
        return c
    raise _unknown(section, "calibration coefficient C", known, fov_cm, f_number)


def _c_keys(section: Section) -> list[tuple[str, float, float]]:
    """Return the keys of all C, with their field of view (cm) and f-number."""
    found = (
        (key, _C_KEY.fullmatch(key)) for key, _ in section.entries if key[:4].lower() == "coef"
    )
    return [
        (key, _number(section, key, match[1]), _number(section, key, match[2]))
        for key, match in found
        if match is not None
    ]


def unlike_others(info: InfoText, fov_cm: float, f_number: float) -> bool:
    """Return whether C is far from what the camera's other coefficients foretell.

    A lens lets through light as 1 / f², so C / f² is nearly the same for all f-numbers and fields
    of view: on a real IVIS Spectrum all 16 lie within 4.5 % of one another.

    Parameters
    ----------
    info : InfoText
        The click's ClickInfo.txt, which has a C for this setting.
    fov_cm : float
        Field of view (cm).
    f_number : float
        f-number of the luminescent exposure.
    """
    return _of_camera(_is_unlike_others, _camera(info), fov_cm, f_number)


def _is_unlike_others(section: Section, fov_cm: float, f_number: float) -> bool:
    own = _find_c(section, fov_cm, f_number) / f_number**2
    stated = dict(section.entries)
    others = []
    for key, fov, stop in _c_keys(section):
        if stop == 0 or (_same(fov, fov_cm) and _same(stop, f_number)):
            continue
        try:
            others.append(parse_number(stated[key]) / stop**2)
        except ValueError:
            continue  # this click does without it
    if not others:
        return False
    usual = median(np.array(others))
    return not usual / _FAR_OFF < own < usual * _FAR_OFF


def flat_field_coefficients(info: InfoText, fov_cm: float, f_number: float) -> FlatFieldCoefs:
    """Return the flat-field coefficients of the shelf whose field of view this is.

    Parameters
    ----------
    info : InfoText
        The click's ClickInfo.txt.
    fov_cm : float
        Field of view (cm).
    f_number : float
        f-number of the luminescent exposure.

    Returns
    -------
    tuple of seven floats
        k0, k1, k2, k3, k4, x0, y0.

    Raises
    ------
    InputError
        When there are none for them (the message lists those that the file has), or they are
        not seven numbers.
    """
    return _of_camera(_find_flat_field, _camera(info), fov_cm, f_number)


def _find_flat_field(section: Section, fov_cm: float, f_number: float) -> FlatFieldCoefs:
    """Return them from the camera's section; see :func:`flat_field_coefficients`."""
    entries = [key for key, _ in section.entries if key[:5].lower() == "shelf"]
    shelves: dict[str, float] = {}
    for key in entries:
        match = _SHELF_KEY.fullmatch(key)
        if match is not None:
            shelves[match[1].upper()] = section.number(key, between=(1, 100))
    known: list[tuple[float, float]] = []
    fitting: list[str] = []
    for key in entries:
        match = _FLAT_KEY.fullmatch(key)
        if match is None or match[1].upper() not in shelves:
            continue
        fov, stop = shelves[match[1].upper()], _number(section, key, match[3])
        if match[2] != "5":
            continue  # the formula of section `Flat-field Correction` is that of FF5
        if _same(fov, fov_cm) and _same(stop, f_number):
            fitting.append(key)
        known.append((fov, stop))
    values = {_seven(section, key) for key in fitting}
    if len(values) > 1:
        raise _ambiguous(section, fitting)
    if values:
        return values.pop()
    off = (
        " Without it (`imaging.calibration.flat_field: false`) fluxes come out low off the middle."
    )
    raise _unknown(section, "flat field (FF5)", known, fov_cm, f_number, off)


T = TypeVar("T")
_Find = Callable[[Section, float, float], T]


def _of_camera(find: _Find[T], section: Section, fov_cm: float, f_number: float) -> T:
    """Return a coefficient; kept for the next clicks, whose camera says the same of itself."""
    try:
        return _found(find, section.lines, section.cut, fov_cm, f_number)
    except InputError:
        return find(section, fov_cm, f_number)  # which refuses, and names the file


@lru_cache(maxsize=16)
def _found(find: _Find[T], lines: tuple[str, ...], cut: bool, fov_cm: float, f_number: float) -> T:
    return find(Section(Path(), SECTION, "", lines, cut), fov_cm, f_number)


def saturation_level(info: InfoText) -> float | None:
    """Return `CCD Saturation Level` (counts of a binned pixel), or None where it is missing."""
    section = info.find(SECTION)
    if section is None or section.get("CCD Saturation Level") is None:
        return None
    return section.number("CCD Saturation Level", between=(1, 65_535))


def _refuse_gain(info: InfoText) -> None:
    """Refuse an image that an electron-multiplying camera amplified: its counts are not C's."""
    section = info.find("luminescent image")
    # all lines at once first: most cameras have no such thing
    if section is None or "gain" not in "\n".join(section.lines).casefold():
        return
    for key, value in section.entries:
        if _GAIN_KEY.fullmatch(key) and value and value.casefold() not in _NO_GAIN:
            error = section.problem(
                key,
                f"the image was amplified (`{value[:40]}`), and no coefficient of the text says by "
                "how much.",
                "Save the corrected image in Living Image and set `source: living_image`, or take "
                "images without the gain.",
            )
            raise UnknownCoefficient(list(error.problems))


def _camera(info: InfoText) -> Section:
    try:
        return info.section(SECTION)
    except InputError as error:
        raise UnknownCoefficient(list(error.problems)) from None


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6)


def _number(section: Section, key: str, text: str) -> float:
    try:
        return parse_number(text)
    except ValueError:
        raise section.problem(key, f"`{text}` in this key is not a number.") from None


def _seven(section: Section, key: str) -> FlatFieldCoefs:
    value = section.text(key).partition("#")[0]
    try:
        numbers = [parse_number(part) for part in value.split(",")]
        k0, k1, k2, k3, k4, x0, y0 = numbers
    except ValueError:
        raise section.problem(
            key, f"expected seven numbers k0,k1,k2,k3,k4,x0,y0, found `{value[:80]}`."
        ) from None
    return (k0, k1, k2, k3, k4, x0, y0)


def _ambiguous(section: Section, keys: list[str]) -> InputError:
    """Return the error where keys that mean the same, as `FOV 10` and `FOV 10.0`, differ."""
    return section.problem(
        keys[0],
        f"it stands for the same as {', '.join(f'`{key}`' for key in dict.fromkeys(keys[1:]))}, "
        "with another value.",
        "Ask the instrument's service which of them holds, and take the other line away.",
    )


def _unknown(
    section: Section,
    what: str,
    known: list[tuple[float, float]],
    fov_cm: float,
    f_number: float,
    more: str = "",
) -> UnknownCoefficient:
    listed = "; ".join(f"FOV {fov:g} cm f/{stop:g}" for fov, stop in sorted(set(known)))
    return UnknownCoefficient(
        Problem(
            f"there is no {what} for FOV {fov_cm:g} cm at f/{f_number:g}.",
            section.file,
            f"section {section.name}",
            f"{f'The file has: {listed}' if listed else 'The file has none at all'}; "
            f"copy ClickInfo.txt again from the instrument, whose calibration it holds.{more}",
        )
    )
