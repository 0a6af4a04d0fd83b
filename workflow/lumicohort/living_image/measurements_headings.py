"""Headings of exported Measurements tables: which column is which, and in which unit.

Living Image's headings change with version and unit, and are cut or re-encoded on the way; they
are matched by how they begin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PREFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("image_number", ("image number", "imagenumber", "image no", "click number", "clicknumber")),
    ("label", ("roi label",)),
    ("layer", ("image layer",)),
    ("total_flux", ("total flux",)),
    ("avg_radiance", ("avg radiance", "average radiance", "mean radiance")),
    ("stdev_radiance", ("stdev radiance", "std dev radiance", "stddev radiance", "std radiance")),
    ("min_radiance", ("min radiance", "minimum radiance")),
    ("max_radiance", ("max radiance", "maximum radiance")),
    ("experiment", ("experiment",)),
    ("x", ("xc",)),
    ("y", ("yc",)),
    ("when", ("date and time", "date/time", "datetime", "acquisition date")),
    ("view", ("view",)),
    ("efficiency", ("total radiant efficiency", "avg radiant efficiency")),
    ("counts", ("total counts", "avg counts", "average counts")),
)
"""Our name of a column to how its heading begins, in lower case; `ROI` is matched whole."""

REQUIRED = ("image_number", "roi", "total_flux", "avg_radiance", "label")
"""Columns without which a table is not read."""

NAMES = {
    "image_number": "Image Number",
    "roi": "ROI",
    "total_flux": "Total Flux [p/s]",
    "avg_radiance": "Avg Radiance [p/s/cm²/sr]",
    "label": "ROI Label",
}
"""Living Image's headings of the columns that are required."""

_ROI = frozenset({"roi", "roi #", "roi no", "roi no.", "roi number"})
_MARKS = frozenset({"image_number", "roi", "label", "layer", "total_flux", "avg_radiance"})
_PHOTONS = frozenset(
    {"p/s", "p/sec", "ph/s", "photons/s", "photons/sec", "photon/s", "photons/second"}
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of one table stand.

    Parameters
    ----------
    at : dict of str to int
        Our name to the column's index.
    headings : tuple of str
        All headings, as written.
    twice : tuple of str
        Our names of columns that stand more than once.
    """

    at: dict[str, int]
    headings: tuple[str, ...]
    twice: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns up to the last one that has a heading."""
        return max((i + 1 for i, heading in enumerate(self.headings) if heading), default=0)

    @property
    def missing(self) -> list[str]:
        """Our names of required columns that are not there."""
        return [name for name in REQUIRED if name not in self.at]

    @property
    def kind(self) -> str:
        """What was measured: `photons`, `fluorescence`, `counts` or `unknown`."""
        if "total_flux" in self.at:
            unit = self.unit("total_flux")
            return "photons" if unit is None or unit in _PHOTONS else "unknown"
        if "efficiency" in self.at:
            return "fluorescence"
        return "counts" if "counts" in self.at else "unknown"

    def unit(self, name: str) -> str | None:
        """Return a heading's unit in lower case, or None where it states none."""
        heading = self.headings[self.at[name]]
        found = re.search(r"[\[(]([^\])]*)[\])]?", heading)
        return re.sub(r"\s+", "", found[1]).casefold() if found else None


def find_columns(row: Sequence[object]) -> Columns | None:
    """Return the columns of a header row, or None where a row is no header.

    Parameters
    ----------
    row : sequence
        A row's cells.

    Returns
    -------
    Columns or None
        A header holds at least three of Living Image's own headings.
    """
    headings = tuple("" if cell is None else " ".join(str(cell).split()) for cell in row)
    at: dict[str, int] = {}
    twice = []
    for index, heading in enumerate(headings):
        name = _name(heading)
        if name is None:
            continue
        if name in at and name not in ("efficiency", "counts"):
            twice.append(name)
        at.setdefault(name, index)
    if len(_MARKS & set(at)) + ("efficiency" in at) + ("counts" in at) < 3:
        return None
    return Columns(at, headings, tuple(dict.fromkeys(twice)))


def _name(heading: str) -> str | None:
    text = heading.strip("\"' ").casefold()
    if text in _ROI:
        return "roi"
    for name, prefixes in PREFIXES:
        if text.startswith(prefixes):
            return name
    return None
