"""The Measurements tables of a batch that were exported from Living Image."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.filters import other_filter
from lumicohort.living_image.kinds import is_unmixed
from lumicohort.living_image.measurements.find import find_lookalikes, find_tables, find_unreadable
from lumicohort.living_image.measurements.read import read_measurements
from lumicohort.living_image.measurements.results import CountsTable, RoiResult
from lumicohort.study.config import StudyConfig

SOURCE = "measurements"
"""`source` of a row whose flux is that of an exported table."""

HARMLESS_RULES = frozenset(
    {
        "background_roi",
        "subject_roi",
        "unknown_table",
        "summary_row",
        "counts_table",
        "click_counts",
        "fluorescence_table",
        "same_roi_twice",
        "measurements_not_used",
    }
)
"""Rules that leave out what is no flux of an animal, or stands elsewhere: no error if strict."""

Listed = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """What the exported tables of one batch hold.

    Parameters
    ----------
    images : dict of str to list of RoiResult
        Image number to its ROIs, in the order of the tables.
    listed : list of dict
        Rows of `exclusions.csv` for what was left out.
    """

    images: dict[str, list[RoiResult]] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)

    def has_tables_in(self, folder: Path) -> bool:
        """Tell whether one of the tables lies in a folder or below it."""
        files = {roi.file for rois in self.images.values() for roi in rois}
        files |= {Path(row["file"]) for row in self.listed if row["file"]}
        return any(folder in file.parents for file in files)


def left_out(what: str, name: str, file: object, row: object, reason: str, rule: str) -> Listed:
    """Return a row of `exclusions.csv`."""
    columns = ("what", "id", "file", "row", "reason", "rule")
    return dict(zip(columns, (what, name, str(file), str(row), reason, rule), strict=True))


def unknown_tables(batch_folder: Path) -> list[Listed]:
    """Return rows of `exclusions.csv` for files that seem to be tables of light, and are not read.

    Parameters
    ----------
    batch_folder : Path
        The batch.
    """
    reason = (
        "its headings (`{}`) are not those of a Measurements table of Living Image "
        "(`Image Number`, `ROI`, `Total Flux [p/s]`), so it is not read. Fluxes of other programs "
        "are read from a sheet (config key data.flux)."
    )
    return [
        left_out("table", path.name, path, "", reason.format(line), "unknown_table")
        for path, line in find_lookalikes(batch_folder)
    ]


def read_exported(config: StudyConfig, batch_folder: Path, has_clicks: bool) -> Exported:
    """Read all exported Measurements tables of a batch.

    Parameters
    ----------
    config : StudyConfig
        The study.
    batch_folder : Path
        The batch.
    has_clicks : bool
        Whether it holds clicks: then tables that the config does not use are only listed.

    Returns
    -------
    Exported
        Their ROIs by image.

    Raises
    ------
    InputError
        Naming every table, row and column that cannot be read; an ROI that stands in two tables
        with different values; and, in a batch without clicks, tables that the config does not
        use because it does not say what their ROIs stand for.
    """
    paths = find_tables(batch_folder)
    hint = (
        "Set config key imaging.measurements.region to the region that the ROIs stand for "
        "(whole_body, cranial, spinal or neuraxis), and analysis.burden.region to the same."
    )
    if not config.imaging.measurements.used:
        reason = "the config does not say which region the ROIs of this exported table stand for."
        if paths and not has_clicks:
            raise InputError([Problem(reason, path, None, hint) for path in paths])
        return Exported(
            listed=[
                left_out("table", p.name, p, "", f"{reason} {hint}", "measurements_not_used")
                for p in paths
            ]
        )
    problems: list[Problem] = []
    exported = Exported()
    seen: dict[tuple[str, str, str], RoiResult] = {}
    counts: list[tuple[Path, CountsTable]] = []
    for path, why in find_unreadable(batch_folder):
        reason = f"{why} If it holds an exported table, that is not used."
        exported.listed.append(left_out("table", path.name, path, "", reason, "unreadable_table"))
    for path in paths:
        try:
            table = read_measurements(path)
        except InputError as error:
            problems += error.problems
            continue
        counts += [(path, found) for found in table.counts]
        for rows, reason, rule in (
            (table.fluorescence, "fluorescence, not luminescence.", "fluorescence_table"),
            (table.summaries, "a summary of other rows, no image.", "summary_row"),
        ):
            exported.listed.extend(
                left_out("table", path.name, path, row, reason, rule) for row in rows
            )
        for roi in table.rois:
            wanted = config.imaging.emission_filter
            if is_unmixed(roi.image_number):
                reason = f"`{roi.image_number}` was computed by spectral unmixing: no total flux."
                name, row = roi.label or roi.roi, roi.row_name
                exported.listed.append(left_out("roi", name, path, row, reason, "not_luminescent"))
                continue
            if roi.emission_filter and (reason := other_filter(roi.emission_filter, wanted)):
                name, row = roi.label or roi.roi, roi.row_name
                exported.listed.append(left_out("roi", name, path, row, reason, "emission_filter"))
                continue
            key = (roi.image_number.casefold(), roi.roi.casefold(), roi.label.casefold())
            first = seen.setdefault(key, roi)
            if first is roi:
                exported.images.setdefault(roi.image_number, []).append(roi)
                continue
            where = f"{first.file.name}, {first.where}"
            if _same(first, roi):
                reason = f"the same ROI of `{roi.image_number}` stands in {where}."
                exported.listed.append(
                    left_out(
                        "roi", roi.label or roi.roi, path, roi.row_name, reason, "same_roi_twice"
                    )
                )
            else:
                problems.append(
                    roi.problem(
                        f"`{roi.roi}` (label `{roi.label}`) of image `{roi.image_number}` is "
                        f"{roi.total_flux_p_s:g} p/s here and {first.total_flux_p_s:g} p/s in "
                        f"{where}.",
                        "Keep the table that counts in the batch folder, and move the other away.",
                    )
                )
    for path, found in counts:
        if found.images <= exported.images.keys():
            reason = "counts, of images that stand in a table of photons/s too."
            exported.listed.append(
                left_out("table", path.name, path, found.row, reason, "counts_table")
            )
        else:
            problems.append(found.problem)
    if problems:
        raise InputError(problems)
    return exported


def _same(one: RoiResult, other: RoiResult) -> bool:
    """Tell whether two rows print the same flux, each rounded in its own way."""
    a, b = one.total_flux_p_s, other.total_flux_p_s
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return abs(a - b) <= max(one.rounding_p_s, other.rounding_p_s) * (1 + 1e-9)


_NUMBERED = re.compile(r"_\d+$")
_LETTER = re.compile(r"(_\d+)[a-z]$")
_SEQUENCE = re.compile(r"(?<=\d)_?seq(?=_\d+$)")


def match_images(images: Iterable[str], clicks: Mapping[str, str]) -> dict[str, str]:
    """Return the click of each image number.

    Parameters
    ----------
    images : iterable of str
        Image numbers of exported tables.
    clicks : mapping of str to str
        The batch's clicks: folder names, and what Living Image calls them.

    Returns
    -------
    dict
        Image number to folder name; images without a click are missing. Case does not matter,
        nor a letter after the number within a sequence (`…_001A`), nor that number where the
        folder is of a single click, nor the word in `…_SEQ_001`.
    """
    known: dict[str, str] = {}
    for folder, uid in clicks.items():
        for name in (folder, uid):
            known.setdefault(name.casefold(), folder)
    found = {}
    for image in images:
        whole = image.strip().casefold()
        short = _LETTER.sub(r"\1", whole)
        for name in (whole, short, _SEQUENCE.sub("", short), _NUMBERED.sub("", short)):
            if name in known:
                found[image] = known[name]
                break
    return found
