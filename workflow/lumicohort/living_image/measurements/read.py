"""Reader of the Measurements tables that users export from Living Image.

Comma, semicolon or tab; UTF-8, UTF-16 or Windows text; decimal point or comma; several tables
in one file; the visible worksheets of a workbook. What cannot be read safely is refused by row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.measurements import numbers
from lumicohort.living_image.measurements.headings import Columns, find_columns, header_problems
from lumicohort.living_image.measurements.kinds import BACKGROUND, is_fluorescent, kind_of
from lumicohort.living_image.measurements.results import (
    APART,
    CountsTable,
    MeasurementsTable,
    RoiResult,
    fit_each_other,
    image_name,
    row_name,
)
from lumicohort.living_image.measurements.segments import Row, is_summary, segments
from lumicohort.living_image.measurements.workbook import (
    FEW_DIGITS,
    cell_text,
    is_workbook,
    workbook_tables,
)
from lumicohort.plausible import MOST_P_S, NO_MOUSE

_LARGEST_BYTES = 64 * 1024 * 1024
_NUMBERS = (
    "total_flux",
    "avg_radiance",
    "stdev_radiance",
    "min_radiance",
    "max_radiance",
    "x",
    "y",
)


def read_measurements(path: str | Path) -> MeasurementsTable:
    """Read an exported Measurements table.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    MeasurementsTable
        Every ROI of it with its photons/s.

    Raises
    ------
    InputError
        Naming every row and column that cannot be read: a missing or repeated column, another
        unit, a row that is cut off, a value that is no number or not finite, a number
        that can be read in two ways, an average outside its own minimum and maximum.
    """
    path = Path(path)
    stat = path.stat()
    if stat.st_size > _LARGEST_BYTES:
        raise InputError(Problem("the file is larger than 64 MB: no exported table is.", path))
    return _read(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1024)  # the plan of a workflow asks for the same tables many times
def _read(path: Path, _size: int, _time: int) -> MeasurementsTable:
    sheets = [(name, found) for name, rows in _sheets_of(path) if (found := list(segments(rows)))]
    if not sheets:
        raise InputError(
            Problem("no header of a Measurements table (`Image Number`, `ROI`, …) is here.", path)
        )
    left, rois = _Left(), []
    for name, found in sheets:
        of_sheet, own = _of_sheet(path, found)
        sheet = name if len(sheets) > 1 else ""
        left.take(of_sheet, sheet)
        rois += [replace(roi, sheet=sheet) for roi in own]
    if not (rois or left.problems or left.fluorescence or left.counts):
        left.problems.append(Problem("the table has a header and no rows.", path))
    if left.problems:
        raise InputError(list(dict.fromkeys(left.problems)))
    return MeasurementsTable(
        tuple(rois), tuple(left.fluorescence), tuple(left.summaries), tuple(left.counts)
    )


def _of_sheet(
    path: Path, found: Sequence[tuple[int, Columns, list[Row]]]
) -> tuple[_Left, list[RoiResult]]:
    """Read the tables of one worksheet, or of a text file."""
    left = _Left()
    rois: list[RoiResult] = []
    for header, columns, rows in found:
        if columns.kind == "fluorescence":
            left.fluorescence.append(header)
            continue
        wrong = header_problems(path, header, columns)
        if columns.kind == "counts":
            left.counts.append(CountsTable(header, _images(columns, rows), wrong[0]))
            continue
        left.problems += wrong
        if not wrong:
            rois += _Reader(path, columns, rows, left).read()
    return left, rois


def _images(columns: Columns, rows: Sequence[Row]) -> frozenset[str]:
    at = columns.at.get("image_number", 0)
    numbers = (cells[at] for _, cells in rows if at < len(cells) and not is_summary(columns, cells))
    texts = (cell_text(cell, number=False) for cell in numbers if cell is not None)
    return frozenset(image_name(text) for text in texts)


@dataclass(slots=True)
class _Left:
    """What of a file gives no result."""

    problems: list[Problem] = field(default_factory=list)
    fluorescence: list[int | str] = field(default_factory=list)
    summaries: list[int | str] = field(default_factory=list)
    counts: list[CountsTable] = field(default_factory=list)

    def take(self, other: _Left, sheet: str) -> None:
        """Add what another worksheet leaves, with its name before every row."""

        def named(problem: Problem) -> Problem:
            where = ", ".join(filter(None, [sheet and f"worksheet {sheet}", problem.where]))
            return replace(problem, where=where or None)

        self.problems += [named(problem) for problem in other.problems]
        self.fluorescence += [row_name(sheet, row) for row in other.fluorescence]
        self.summaries += [row_name(sheet, row) for row in other.summaries]
        self.counts += [
            replace(found, row=row_name(sheet, found.row), problem=named(found.problem))
            for found in other.counts
        ]


def _sheets_of(path: Path) -> list[tuple[str, list[list[object]]]]:
    """Return the cells of a file: texts, and numbers and dates of a workbook's worksheets."""
    if is_workbook(path):
        return workbook_tables(path)
    from lumicohort.cohort.delimited import read_delimited
    from lumicohort.cohort.grid import Broken

    # Only what is asked for must have a value: a ruler of ##### below the table need not.
    rows = read_delimited(path, _score).rows
    return [("", [[c.shown if isinstance(c, Broken) else c for c in row] for row in rows])]


def _score(rows: Sequence[Sequence[object]]) -> int:
    """Return how many known headings the best row holds: what tells the delimiter."""
    found = (find_columns(row) for row in rows)
    return max((len(columns.at) for columns in found if columns is not None), default=0)


class _Reader:
    """Reads the rows of one table and collects what is wrong with them."""

    def __init__(self, path: Path, columns: Columns, rows: Sequence[Row], left: _Left) -> None:
        self.path, self.columns, self.left = path, columns, left
        summaries = [number for number, cells in rows if is_summary(columns, cells)]
        left.summaries += summaries
        self.rows = [row for row in rows if row[0] not in summaries]
        self.problems = left.problems
        self.mark = "."
        # Of what a background was taken off, the average may lie below the minimum
        self.corrected = columns.corrected
        self.net = self.corrected or any(
            _link(self._text(cells, "bkg_roi")) or BACKGROUND.match(self._text(cells, "roi"))
            for _, cells in self.rows
        )

    def read(self) -> list[RoiResult]:
        whole = [row for row in self.rows if self._whole(*row)]
        if not self._settle_mark(whole):
            return []
        found = [roi for row in whole if (roi := self._roi(*row)) is not None]
        if not found:
            return []
        digits = max(
            (
                numbers.significant_digits(self._text(cells, "total_flux"), self.mark)
                for _, cells in whole
                if self._text(cells, "total_flux")
                and not numbers.is_missing(self._text(cells, "total_flux"))
            ),
            default=FEW_DIGITS + 1,
        )
        flags: tuple[str, ...] = (f"rounded_to_{digits}_digits",) if digits <= FEW_DIGITS else ()
        if self.columns.unit("total_flux") is None:
            flags += ("flux_unit_not_stated",)
        return [replace(roi, flags=(*flags, *roi.flags)) for roi in found]

    def _text(self, cells: Sequence[object], name: str) -> str:
        at = self.columns.at.get(name)
        cell = cells[at] if at is not None and at < len(cells) else None
        return cell_text(cell, number=name in _NUMBERS)

    def _refuse(self, number: int, name: str, message: str, hint: str | None = None) -> None:
        heading = self.columns.headings[self.columns.at[name]]
        self.problems.append(Problem(message, self.path, f"row {number}, column {heading}", hint))

    def _whole(self, number: int, cells: Sequence[object]) -> bool:
        """Tell whether a row has as many cells as the header; complain where it has not."""
        width = self.columns.width
        if len(cells) < width:
            message = f"the row has {len(cells)} cells, the header {width}: it is cut off."
            hint = "Export the table again; a file that is still being copied ends like this too."
        elif any(cell is not None for cell in cells[width:]):
            message = f"the row has {len(cells)} cells, the header {width}."
            hint = (
                "Commas inside numbers look like this in a file whose cells are separated by "
                "commas: save it again with tabs or semicolons."
            )
        else:
            return True
        self.problems.append(Problem(message, self.path, f"row {number}", hint))
        return False

    def _settle_mark(self, rows: Sequence[Row]) -> bool:
        """Find the table's decimal mark; complain where cells disagree or none tells."""
        cells = [
            (number, name, text)
            for number, row in rows
            for name in _NUMBERS
            if name in self.columns.at and not numbers.is_missing(text := self._text(row, name))
        ]
        proof = numbers.decimal_marks(text for _, _, text in cells)
        if len(proof) == 2:
            first = [f"`{text}`" for text in proof.values()]
            message = f"the decimal mark is a point in some cells and a comma in others: {first[0]}"
            self.problems.append(
                Problem(f"{message}, {first[1]}.", self.path, None, "Export again.")
            )
            return False
        self.mark = next(iter(proof), ".")
        unsure = [c for c in cells if numbers.is_unsure(c[2])]
        if unsure and not proof:
            number, name, text = unsure[0]
            self._refuse(
                number,
                name,
                f"`{text}` can be read with a decimal mark or a thousands separator, and nothing "
                "in the table settles which.",
                "Export numbers in the scientific format (1.23E+06).",
            )
            return False
        return True

    def _number(self, row: int, cells: Sequence[object], name: str) -> float | None:
        """Return a cell's number, NaN where it says that there is none, None where it is wrong."""
        text = self._text(cells, name)
        if name not in self.columns.at or numbers.is_missing(text):
            return math.nan
        value = numbers.number(text, self.mark)
        if value is None:
            self._refuse(row, name, f"`{text[:60]}` is not a finite number.")
        elif abs(value) > MOST_P_S:
            self._refuse(row, name, f"`{text[:60]}` is {NO_MOUSE}.", "Export the table again.")
            return None
        return value

    def _roi(self, row: int, cells: Sequence[object]) -> RoiResult | None:
        """Return a row's result; None where it has none to give or is refused."""
        layer = self._text(cells, "layer").casefold()
        if "photograph" in layer:
            return None  # the same ROI on the photograph has no light
        if is_fluorescent(layer, self._text(cells, "excitation")):
            self.left.fluorescence.append(row)
            return None
        image = image_name(self._text(cells, "image_number"))
        roi, label = self._text(cells, "roi"), self._text(cells, "label")
        if not image:
            self._refuse(row, "image_number", "the cell is blank, so the image is not known.")
        values = {name: self._number(row, cells, name) for name in _NUMBERS}
        if not image or any(value is None for value in values.values()):
            return None
        flux = values["total_flux"]
        average, low, high = (values[f"{n}_radiance"] for n in ("avg", "min", "max"))
        assert flux is not None and average is not None and low is not None and high is not None
        # three printed digits each: half a unit of the third, on either side
        slack = 0.01 * max(abs(v) for v in (average, low, high, 0.0) if v == v)
        if average > high + slack or (average < low - slack and not self.net):
            self._refuse(
                row,
                "avg_radiance",
                f"the average {average:g} lies outside the minimum {low:g} and maximum {high:g}: "
                "these cells do not belong together.",
                "Were columns sorted or pasted on their own? Export the table again.",
            )
            return None
        if flux * average < 0 and not self.net:
            message = f"the total flux {flux:g} and the average {average:g} differ in sign."
            self._refuse(row, "total_flux", message, "Export the table again.")
            return None
        x, emission = values["x"], self._text(cells, "emission")
        text = self._text(cells, "total_flux")
        return RoiResult(
            file=self.path,
            row=row,
            image_number=image,
            roi=roi,
            label=label,
            total_flux_p_s=flux,
            avg_radiance=average,
            min_radiance=low,
            max_radiance=high,
            rounding_p_s=0.0 if math.isnan(flux) else numbers.rounding_p_s(text, self.mark),
            x=math.nan if x is None else x,
            when=self._text(cells, "when"),
            experiment=self._text(cells, "experiment"),
            view=self._text(cells, "view"),
            subject=self._text(cells, "subject"),
            kind=kind_of(self._text(cells, "roi_type")),
            bkg_roi=_link(self._text(cells, "bkg_roi")) if "bkg_roi" in self.columns.at else None,
            corrected=self.corrected,
            emission_filter="" if numbers.is_missing(emission) else emission,
            flags=() if self.net or fit_each_other(flux, average) else (APART,),
        )


def _link(text: str) -> str:
    """Return the name of a linked ROI, blank where a cell says that there is none."""
    return "" if numbers.is_missing(text.strip("_")) else text
