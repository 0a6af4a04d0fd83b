"""Emission filters: which clicks of a spectral series count.

Behind a filter the camera sees a band of the spectrum only. Such a click's flux is no total flux,
and of the same mouse a fraction of it that depends on the tumour's depth.
"""

from __future__ import annotations

from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.camera import emission_filter_of
from lumicohort.living_image.kinds import refuse_other_kinds
from lumicohort.living_image.texts import parse_number, read_info

ANY = "any"
"""Config value that lets clicks of every filter count."""


class OtherFilter(InputError):
    """What was imaged through another emission filter than the one that counts."""


def refuse_other_filter(found: str, wanted: str, file: object) -> None:
    """Refuse a click of another emission filter than the study's.

    Parameters
    ----------
    found : str
        `Emission filter` of the click; empty where its text has none.
    wanted : str
        `imaging.emission_filter`.
    file : Path
        The click folder, for the message.

    Raises
    ------
    OtherFilter
        Where the two differ.
    """
    if reason := other_filter(found or "Open", wanted):
        raise OtherFilter(Problem(reason, str(file)))


def filter_of(folder: Path) -> str:
    """Return a luminescence click's emission filter; empty where its text tells none."""
    files = {path.name.casefold(): path for path in folder.iterdir()}
    if "clickinfo.txt" not in files:
        return ""
    try:
        info = read_info(files["clickinfo.txt"])
        refuse_other_kinds(folder, info, files)
        section = info.find("luminescent image")
        return "" if section is None else emission_filter_of(info, section)
    except InputError:  # measuring the click reports it
        return ""


def other_filter(found: str, wanted: str) -> str:
    """Return why what was imaged through a filter does not count; empty where it does."""
    if wanted.casefold() == ANY or _same(found, wanted):
        return ""
    return (
        f"imaged through the emission filter `{found}`; clicks of `{wanted}` count "
        "(imaging.emission_filter)."
    )


def _same(one: str, other: str) -> bool:
    """Tell whether two texts name one filter: `620`, `620.0` and `620 nm` do."""
    try:
        return parse_number(_bare(one)) == parse_number(_bare(other))
    except ValueError:
        return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return text.casefold().strip().removesuffix("nm").strip()
