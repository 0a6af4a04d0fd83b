"""Kinds of ROIs in exported tables: measurements, background and subject ROIs; fluorescence.

Living Image knows measurement, average background and subject ROIs (`ROI Type` of
AnalyzedClickInfo), and numbers each kind on its own: `ROI 1`, `Bkg 1`, `Subject 1`.
"""

from __future__ import annotations

import re

from lumicohort.living_image.measurements.numbers import is_missing

BACKGROUND = re.compile(
    r"\s*((avg|average)\.?\s*)?((bkg|bckg|bgd|bkgd|background)(roi)?(?![a-z])|bg\s*$)",
    re.IGNORECASE,
)
"""How the name or the label of a background ROI begins."""
SUBJECT = re.compile(r"\s*subject\s*(roi)?\s*#?\s*\d*\s*", re.IGNORECASE)
"""The name that Living Image gives to a subject ROI."""
GENERIC = re.compile(
    r"\s*(auto\w*\s*)?roi\s*#?\s*(\d*)\s*(\(.*\)|auto\w*(\s*\d+)?)?\s*", re.IGNORECASE
)
"""A name that Living Image gives to a measurement ROI: `ROI 1`, `ROI 1 (auto)`."""

_DARK = ("block", "open", "close", "none", "off", "0")


def kind_of(roi_type: str) -> str:
    """Return `measurement`, `background` or `subject` for a cell of `ROI Type`; else blank."""
    text = roi_type.casefold()
    if "background" in text or "bkg" in text:
        return "background"
    return next((kind for kind in ("measurement", "subject") if kind in text), "")


def is_fluorescent(layer: str, excitation: str) -> bool:
    """Tell whether a row is of fluorescence: by its layer, or by light that excites.

    Parameters
    ----------
    layer : str
        `Image Layer`.
    excitation : str
        `Excitation Filter`: `Block`, `Open` or blank where there is none, else a wavelength.
    """
    excited = not is_missing(excitation) and not excitation.casefold().startswith(_DARK)
    return excited or "fluoresc" in layer.casefold()
