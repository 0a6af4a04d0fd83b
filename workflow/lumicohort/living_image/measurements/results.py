"""What an exported Measurements table holds: its ROIs, and what of it gives no flux."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from lumicohort.errors import Problem

APART = "flux_and_radiance_disagree"
_SMALLEST_CM2, _LARGEST_CM2 = 1e-4, 1e4
"""Areas of ROIs: nobody draws fewer than tens of pixels, which of the smallest are 4e-6 cm²; the
widest field of view is 25 cm, that is 625 cm². The rest is left for coarsely rounded numbers."""
_FILE = re.compile(r"\.(txt|tiff?|png)$", re.IGNORECASE)
_STAMPED = re.compile(r"\d{14}(_\w+)?$")


@dataclass(frozen=True, slots=True)
class RoiResult:
    """One measured ROI of an exported table.

    Parameters
    ----------
    file : Path
        The table.
    row : int
        Its row, as spreadsheet programs number it.
    image_number : str
        The image, as Living Image calls it.
    roi, label : str
        `ROI 1`, and what the user wrote beside it (may be blank).
    total_flux_p_s, avg_radiance, min_radiance, max_radiance : float
        As printed: photons/s, and p/s/cm²/sr; NaN where the table says `N/A`. Whether a
        background is taken off already is settled elsewhere.
    rounding_p_s : float
        Half a unit of the total flux's last written digit.
    x : float
        Place of the ROI's centre from the left, in whatever unit; NaN where not exported.
    when, experiment, view : str
        `Date and Time`, `Experiment` and `View` as written; blank where not exported.
    flags : tuple of str
        `rounded_to_3_digits` and the like, `flux_unit_not_stated`.
    subject : str
        `Subject ID`; blank where not exported.
    kind : str
        `measurement`, `background` or `subject`, as a column says; blank where none does.
    bkg_roi : str or None
        The background ROI that a column links it to, blank where it says that there is none;
        None where no column says anything.
    corrected : bool
        Whether the heading says that a background was taken off.
    emission_filter : str
        The filter before the lens; blank where not exported.
    sheet : str
        The worksheet, where several of a workbook have tables; else blank.
    """

    file: Path
    row: int
    image_number: str
    roi: str
    label: str
    total_flux_p_s: float
    avg_radiance: float
    min_radiance: float
    max_radiance: float
    rounding_p_s: float
    x: float
    when: str
    experiment: str
    view: str
    flags: tuple[str, ...] = ()
    subject: str = ""
    kind: str = ""
    bkg_roi: str | None = None
    corrected: bool = False
    emission_filter: str = ""
    sheet: str = ""

    @property
    def where(self) -> str:
        """The row, for messages."""
        return f"worksheet {self.sheet}, row {self.row}" if self.sheet else f"row {self.row}"

    @property
    def row_name(self) -> str:
        """The row as a table names it: `12`, or `day 7!12`."""
        return str(row_name(self.sheet, self.row))

    def problem(self, message: str, hint: str | None = None) -> Problem:
        """Return a problem with this row."""
        return Problem(message, self.file, self.where, hint)


def row_name(sheet: str, row: int | str) -> int | str:
    """Return a row as spreadsheet programs write it, with its worksheet if one is given."""
    return f"{sheet}!{row}" if sheet else row


@dataclass(frozen=True, slots=True)
class CountsTable:
    """A table of counts: harmless beside one of the same images in photons, else a problem.

    Parameters
    ----------
    row : int or str
        Row of its header; `data!5` where several worksheets of a workbook have tables.
    images : frozenset of str
        Its images.
    problem : Problem
        What is wrong where no table has them in photons.
    """

    row: int | str
    images: frozenset[str]
    problem: Problem


@dataclass(frozen=True, slots=True)
class MeasurementsTable:
    """What a file of exported measurements holds.

    Parameters
    ----------
    rois : tuple of RoiResult
        Its luminescence results, in the order of the file.
    fluorescence : tuple of int or str
        Rows of fluorescence, and of the headers of tables of it, which are left out.
    summaries : tuple of int or str
        Rows of means, standard deviations and the like, which are left out.
    counts : tuple of CountsTable
        Tables of counts, which say nothing of flux.
    """

    rois: tuple[RoiResult, ...]
    fluorescence: tuple[int | str, ...] = ()
    summaries: tuple[int | str, ...] = ()
    counts: tuple[CountsTable, ...] = ()


def image_name(text: str) -> str:
    r"""Return an image's number without the path that somebody wrote before it.

    `D:\IVIS\DG20240308101010` and `/data/DG20240308101010/ClickInfo.txt` are the same image.
    """
    parts = [part for part in re.split(r"[\\/]", text) if part.strip()]
    if len(parts) > 1 and _FILE.search(parts[-1]):
        parts.pop()
    is_path = bool(parts) and (_STAMPED.search(parts[-1]) or re.match(r"[A-Za-z]:|[\\/]", text))
    return parts[-1].strip() if is_path else text


def fit_each_other(flux: float, average: float) -> bool:
    """Tell whether a total flux and an average radiance can be those of one ROI.

    Total flux is 4π · area · average radiance, so the two tell the area (cm²). Where it is no
    ROI's, one of the columns was scaled (x10^6, log10) or belongs to other rows.
    """
    if not (flux and average and math.isfinite(flux) and math.isfinite(average)):
        return True
    return _SMALLEST_CM2 <= abs(flux / (4 * math.pi * average)) <= _LARGEST_CM2
