"""Clicks that are no luminescence image of mice, and texts that belong to another click."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.texts import InfoText

_DARK_FILTERS = ("block", "open", "")
_LAMP = ("fluor", "lamp", "excitation lamp")
_LAMP_OFF = ("", "0", "off", "none", "inactive", "n/a")
_UNMIXED = re.compile(r"_UMX\d*(_|$)", re.IGNORECASE)
"""How folders of images that Living Image computed by spectral unmixing are named."""
_IMAGE = " image"
_FRAMES = ("readbias", "darkcharge")


class NotLuminescent(InputError):
    """A click that is no luminescence image: it is left out, not broken."""


def refuse_other_kinds(folder: Path, info: InfoText, files: Collection[str]) -> None:
    """Refuse what is not luminescence.

    Parameters
    ----------
    folder : Path
        The click folder.
    info : InfoText
        Its `ClickInfo.txt`.
    files : collection of str
        Names of its files, case-folded.

    Raises
    ------
    NotLuminescent
        By name and with the reason.
    """
    reason = _background(folder) or _fluorescent(info) or _computed(folder, info)
    if reason := reason or _without_light(info, files):
        raise NotLuminescent(Problem(f"not a luminescence click: {reason}.", folder))


def is_unmixed(name: str) -> bool:
    """Tell whether a click's name says that it was computed by spectral unmixing."""
    return _UNMIXED.search(name) is not None


def refuse_foreign_analysis(info: InfoText, analysis: InfoText) -> None:
    """Refuse an `AnalyzedClickInfo.txt` that lies beside another click's image.

    Its labels would name other animals, and its ROIs lie elsewhere. Both texts repeat the click's
    number and when the luminescent image was taken; a copy under another name keeps the time, and
    a text whose clock was set right keeps the number.

    Parameters
    ----------
    info, analysis : InfoText
        `ClickInfo.txt` and `AnalyzedClickInfo.txt`.

    Raises
    ------
    InputError
        Where they tell two times, and not the same click number.
    """
    key = "Acquisition Seconds"
    sections = [text.find("luminescent image") for text in (info, analysis)]
    if sections[0] is None or sections[1] is None:
        return
    own, other = (section.get(key) for section in sections if section is not None)
    if own is None or other is None or own == other:
        return
    first, second = (text.find("ClickNumber") for text in (info, analysis))
    if first is not None and second is not None and first.value == second.value:
        return
    raise sections[1].problem(
        key,
        f"the image was taken at {other} s, that of ClickInfo.txt at {own} s: this text, with its "
        "labels and ROIs, belongs to another click.",
        "Copy the click's own AnalyzedClickInfo.txt from the instrument, or move this one away.",
    )


def _background(folder: Path) -> str:
    is_one = folder.name.upper().startswith("BKG")
    return "it is a background click (BKG…): no mice" if is_one else ""


def _fluorescent(info: InfoText) -> str:
    """Return why a click is fluorescence; empty where nothing says so."""
    section = info.find("luminescent image")
    if info.find("fluorescent image") is not None:
        return "its text has a fluorescent image"
    excitation = section.get("Excitation filter") if section is not None else None
    if (excitation or "").casefold() not in _DARK_FILTERS:
        return f"its Excitation filter is `{excitation}`, not Block or Open"
    if excitation is None and info.find("fluorescent reference image") is not None:
        return "its text has a fluorescent reference image"
    for where in (section, info.find("ClickNumber")) if section is not None else ():
        if where is None:
            continue
        # all lines at once first: no click of luminescence has these words
        words = "\n".join(where.lines).casefold()
        if "fluor" not in words and "lamp" not in words:
            continue
        for key, value in where.entries:
            if "type" in key.casefold() and "fluor" in value.casefold():
                return f"its {key} is `{value}`"
            lamp = key.casefold().startswith(_LAMP) and key.casefold().endswith("level")
            if excitation is None and lamp and value.casefold() not in _LAMP_OFF:
                return f"its {key} is `{value}`, and no Excitation filter blocks the lamp"
    return ""


def _computed(folder: Path, info: InfoText) -> str:
    """Return why an image was computed from others and not taken; empty where it was taken."""
    number = info.find("ClickNumber")
    names = (folder.name, number.value if number is not None else "")
    if name := next((name for name in names if is_unmixed(name)), ""):
        return f"`{name}` was computed by spectral unmixing"
    return ""


def _without_light(info: InfoText, files: Collection[str]) -> str:
    """Return why a whole click has no luminescent image: a photograph or an X-ray alone.

    A click that lacks either the section or the image only is broken, as is a text cut off.
    """
    light = info.find("luminescent image") is not None or info.cut
    if light or any(name.startswith("luminescent") for name in files):
        return ""
    names = [section.name for section in info.sections if section.name.endswith(_IMAGE)]
    taken = [name for name in names if not name.startswith(_FRAMES)]
    return f"only a {' and a '.join(taken)} was taken" if taken else ""
