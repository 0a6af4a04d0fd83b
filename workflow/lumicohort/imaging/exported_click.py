"""What a click's text tells of its rows in exported tables: its animals, and the ROIs drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lumicohort.errors import InputError
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.living_image.rois import RoiLine


@dataclass(frozen=True, slots=True)
class ClickText:
    """What the text of an image's click tells; nothing where there is no click.

    Parameters
    ----------
    animals : tuple of str
        Animals that its label names, asked for where the click could not be measured.
    lines : mapping of str to RoiLine
        Its ROI lines by label without regard to case; of equal labels none.
    shared : frozenset of str
        Labels that several of its ROI lines have.
    unread : str
        Why its ROI lines could not be read; blank where they could, or where there is no click.
    """

    animals: tuple[str, ...] = ()
    lines: Mapping[str, RoiLine] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    unread: str = ""

    def line_of(self, roi: RoiResult) -> RoiLine | None:
        """Return the ROI line that a row is of, by its label, else by its name; else None."""
        return next((self.lines[name] for name in _names(roi) if name in self.lines), None)

    def doubt_of(self, roi: RoiResult) -> str:
        """Say why the ROI line of a row is not known although there may be one; else blank."""
        if self.unread:
            return f"the click's ROI lines could not be read ({self.unread})"
        shared = [name for name in _names(roi) if name in self.shared]
        if shared and self.line_of(roi) is None:
            return f"several ROI lines of the click are labelled `{shared[0]}`"
        return ""


def click_text(folder: Path | None, failed: bool) -> ClickText:
    """Return what the text of a click tells.

    Parameters
    ----------
    folder : Path or None
        The click; None where there is none.
    failed : bool
        Whether it could not be measured: then its animals are asked for.
    """
    from lumicohort.living_image import read_click

    if folder is None:
        return ClickText()
    try:
        click = read_click(folder)
        animals = tuple(dict.fromkeys(click.animal_numbers)) if failed else ()
    except InputError as error:
        return ClickText(unread=_reason(error))
    try:
        return _with_lines(animals, click.roi_lines)
    except InputError as error:
        return ClickText(animals, unread=_reason(error))


def _with_lines(animals: tuple[str, ...], lines: Iterable[RoiLine]) -> ClickText:
    found: dict[str, list[RoiLine]] = {}
    for line in lines:
        found.setdefault(line.label.strip().casefold(), []).append(line)
    return ClickText(
        animals,
        {label: same[0] for label, same in found.items() if len(same) == 1},
        frozenset(label for label, same in found.items() if len(same) > 1),
    )


def _names(roi: RoiResult) -> tuple[str, str]:
    return roi.label.strip().casefold(), roi.roi.strip().casefold()


def _reason(error: InputError) -> str:
    """Return what is wrong in one line: the first problem's place and message."""
    first = error.problems[0]
    return ": ".join(filter(None, [first.where, first.message])).rstrip(".")
