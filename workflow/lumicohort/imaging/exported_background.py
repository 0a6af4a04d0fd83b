"""Is the flux of an exported table net of a background ROI?

In Living Image an average background ROI is linked to measurement ROIs (`Bkg ROI` of their lines
in AnalyzedClickInfo), whose measurements then are background-corrected. An exported number does
not show it. So it is asked of whoever may know, the most explicit first: the config, the heading
and the columns of the table, the click. A number that stays open is never taken for either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lumicohort.errors import Problem
from lumicohort.imaging.exported_animals import is_background, is_subject
from lumicohort.imaging.exported_click import ClickText
from lumicohort.living_image.measurements.kinds import BACKGROUND, kind_of
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.study.config.imaging import Measurements

TOTAL, NET = "total_flux_p_s", "net_flux_p_s"
NET_FLAG = "net_of_bkg_roi"
UNKNOWN_LINK = "bkg_roi_link_unknown"

_NUMBERED = re.compile(r"\s*((avg|average)\.?\s*)?(bkg|background)\s*(roi)?\s*#?\d+\s*", re.I)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the flux of an exported row is.

    Parameters
    ----------
    quantity : str
        `total_flux_p_s` or `net_flux_p_s`; blank where nothing tells.
    flags : tuple of str
        `net_of_bkg_roi`; `bkg_roi_overruled` where the config says otherwise than table or click;
        `bkg_roi_disagrees_with_click`; `bkg_roi_by_hand` where an ROI that was only labelled as
        background lies on the image; `bkg_roi_link_unknown` where the click's text, the only one
        that could tell, cannot be read or has several ROIs of that label.
    background : float
        Average radiance (p/s/cm²/sr) of the background ROI where the table has it; else NaN.
    """

    quantity: str
    flags: tuple[str, ...] = ()
    background: float = float("nan")


def open_problems(rois: Iterable[RoiResult]) -> list[Problem]:
    """Return a problem for each table with rows of which nothing tells what their flux is.

    Parameters
    ----------
    rois : iterable of RoiResult
        Those rows.
    """
    tables: dict[Path, list[RoiResult]] = {}
    for roi in rois:
        tables.setdefault(roi.file, []).append(roi)
    problems = []
    for found in tables.values():
        images = list(dict.fromkeys(roi.image_number for roi in found))
        shown = f"image `{images[0]}` has" if len(images) == 1 else f"{len(images)} images have"
        message = (
            f"{shown} a background ROI, and nothing tells whether it was taken off the flux: the "
            "table has no column `Bkg ROI`, and there is no click whose AnalyzedClickInfo links "
            "the ROI."
        )
        hint = (
            "Set config key imaging.measurements.background_roi to `subtracted` if measurement "
            "ROIs were linked to it in Living Image, else to `not_subtracted`."
        )
        problems.append(found[0].problem(message, hint))
    return problems


@dataclass(frozen=True, slots=True)
class Kinds:
    """The ROIs of one image by kind: what measures an animal, background ROIs, subject ROIs."""

    light: tuple[RoiResult, ...]
    backgrounds: tuple[RoiResult, ...]
    subjects: tuple[RoiResult, ...]


def kinds_of(image: Sequence[RoiResult], animals: Sequence[str], text: ClickText) -> Kinds:
    """Tell the kinds of an image's ROIs.

    Parameters
    ----------
    image : sequence of RoiResult
        Its rows.
    animals : sequence of str
        The animals on it, as far as known: one may be called `Bkg 1`.
    text : ClickText
        What the text of its click tells.

    Returns
    -------
    Kinds
        By the table's column, by what other rows are linked to, by the click's text, by name.
    """
    links = {roi.bkg_roi.strip().casefold() for roi in image if roi.bkg_roi}
    found: dict[str, list[RoiResult]] = {"": [], "background": [], "subject": []}
    for roi in image:
        line = text.line_of(roi)
        by_click = "" if line is None else kind_of(line.roi_type)
        if not roi.kind and {roi.roi.strip().casefold(), roi.label.strip().casefold()} & links:
            kind = "background"
        elif not roi.kind and by_click in ("background", "subject"):
            kind = by_click
        elif is_background(roi, animals):
            kind = "background"
        else:
            kind = "subject" if is_subject(roi, animals) else ""
        found[kind].append(roi)
    return Kinds(tuple(found[""]), tuple(found["background"]), tuple(found["subject"]))


def basis_of(
    roi: RoiResult,
    backgrounds: Sequence[RoiResult],
    settings: Measurements,
    text: ClickText,
) -> Basis:
    """Tell whether a row's flux is total or net.

    Parameters
    ----------
    roi : RoiResult
        The row.
    backgrounds : sequence of RoiResult
        The background ROIs of its image.
    settings : Measurements
        What the config says.
    text : ClickText
        What the text of its click tells.

    Returns
    -------
    Basis
        Its quantity, blank where nothing tells, and flags.
    """
    line = text.line_of(roi)
    by_table = roi.bkg_roi if not roi.corrected else roi.bkg_roi or "the heading"
    by_click = None if line is None else line.bkg_roi
    said = [bool(link) for link in (by_table, by_click) if link is not None]
    flags: tuple[str, ...] = ()
    if settings.background_roi is not None:
        net = settings.background_roi == "subtracted"
        flags = ("bkg_roi_overruled",) if (not net) in said else ()
    elif said:
        net = said[0]
        flags = ("bkg_roi_disagrees_with_click",) if (not net) in said else ()
    elif any(_of_living_image(r, text) for r in backgrounds):
        return Basis("")
    else:
        net = False
        flags = ("bkg_roi_by_hand",) if backgrounds else ()
        if text.doubt_of(roi):
            flags += (UNKNOWN_LINK,)
    if not net:
        return Basis(TOTAL, flags)
    link = (roi.bkg_roi or by_click or "").strip().casefold()
    named = [r for r in backgrounds if link in {r.roi.casefold(), r.label.casefold()}]
    used = named or ([] if link else list(backgrounds))
    radiance = used[0].avg_radiance if len(used) == 1 else float("nan")
    return Basis(NET, (NET_FLAG, *flags), radiance)


def _of_living_image(roi: RoiResult, text: ClickText) -> bool:
    """Tell a background ROI of Living Image from a measurement ROI that somebody labelled so."""
    line = text.line_of(roi)
    if line is not None:
        return kind_of(line.roi_type) == "background"
    named = BACKGROUND.match(roi.roi) is not None or _NUMBERED.fullmatch(roi.label) is not None
    return roi.kind == "background" or (not roi.kind and named)
