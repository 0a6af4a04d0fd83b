"""Headings of exported Measurements tables: which column is which, and in which unit.

Living Image's headings change with version and unit, and are cut or re-encoded on the way; they
are matched by how they begin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lumicohort.errors import Problem

_OF_LIGHT = {
    short: tuple(
        f"{short}{between}{what}"
        for between in ("", " ", ". ", "-", "_")
        for what in ("filter", "wl", "wavelength")
    )
    for short in ("ex", "em")
}
"""Short headings of the filters, as `ExWL` and `Em. Filter`."""

PREFIXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("image_number", ("image number", "imagenumber", "click number", "clicknumber")),
    ("label", ("roi label",)),
    ("layer", ("image layer",)),
    ("total_flux", ("total flux",)),
    ("avg_radiance", ("avg radiance", "average radiance", "mean radiance")),
    ("stdev_radiance", ("stdev radiance", "std dev radiance", "stddev radiance", "std radiance")),
    ("min_radiance", ("min radiance", "minimum radiance")),
    ("max_radiance", ("max radiance", "maximum radiance")),
    ("x", ("xc",)),
    ("y", ("yc",)),
    ("when", ("date and time", "date & time", "date/time", "datetime", "acquisition date")),
    ("subject", ("subject id",)),
    ("excitation", ("excitation", *_OF_LIGHT["ex"])),
    ("emission", ("emission filter", "emission wavelength", "emission band", *_OF_LIGHT["em"])),
    (
        "efficiency",
        (
            "total radiant efficiency",
            "avg radiant efficiency",
            "average radiant efficiency",
            "total efficiency",
            "avg efficiency",
            "average efficiency",
        ),
    ),
    ("counts", ("total counts", "avg counts", "average counts")),
)
"""Our name of a column to how its heading begins, in lower case."""

_WHOLE = {
    "roi": "roi;roi #;roi no;roi no.;roi number",
    "image_number": "image no;image no.;image #",
    "roi_type": "roi type",
    "experiment": "experiment",
    "view": "view",
    "emission": "emission;emission [nm];emission (nm)",
    "bkg_roi": "bkg roi;bkgroi;background roi;avg bkg roi;average bkg roi;average background roi",
}
"""Headings that are matched whole, since others begin alike."""

REQUIRED = ("image_number", "roi", "total_flux")
"""Columns without which a table is not read."""

NAMES = {
    "image_number": "Image Number",
    "roi": "ROI",
    "total_flux": "Total Flux [p/s]",
}
"""Living Image's headings of the columns that are required."""

_BY_WHOLE = {text: name for name, texts in _WHOLE.items() for text in texts.split(";")}
_MAY_REPEAT = ("efficiency", "counts", "x", "y")
"""Columns of which the first counts: a place in pixels and in cm orders ROIs alike."""
_MARKS = frozenset({"image_number", "roi", "label", "layer", "total_flux", "avg_radiance"})
_PHOTONS = re.compile(r"(p|ph|photons?)(/|per)(s|sec|seconds?)")
_RADIANCE = re.compile(r"(p|ph|photons?)/(s|sec|seconds?)/cm[^/]{0,6}/sr")
"""What stands for ² differs with the encoding: cm², cm2, cm^2, cm?, cm_."""
_UNIT = re.compile(r"\[[^\]]*\]?|\([^()]*(/|per )[^()]*\)|cm.?2")
_SCALED = re.compile(
    r"\d|\blog|\bln\b|norm|\bfold\b|%|percent|\bratio\b|relative|change|million", re.IGNORECASE
)
_CORRECTED = re.compile(
    r"\b(net|(bkg|bgd|bg|background)[ -]*(corrected|subtracted|removed)|minus (bkg|background))\b"
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
            return "photons" if unit is None or _PHOTONS.fullmatch(unit) else "unknown"
        if "efficiency" in self.at:
            return "fluorescence"
        return "counts" if "counts" in self.at else "unknown"

    @property
    def scaled(self) -> str | None:
        """The heading of a flux or radiance that is no longer in its unit, else None.

        `Total Flux [p/s] (x10^6)`, `log10`, `normalised`, `fold change`: columns that somebody
        worked out beside the exported ones.
        """
        for name in ("total_flux", "avg_radiance"):
            if name in self.at and _SCALED.search(_UNIT.sub("", self.headings[self.at[name]])):
                return self.headings[self.at[name]]
        return None

    @property
    def corrected(self) -> bool:
        """Whether the heading of the flux says that a background was taken off."""
        return _CORRECTED.search(self.headings[self.at["total_flux"]].casefold()) is not None

    @property
    def strange_radiance(self) -> str | None:
        """The heading of the average radiance where its unit is not p/s/cm²/sr, else None."""
        if "avg_radiance" not in self.at:
            return None
        unit = self.unit("avg_radiance")
        cut = unit is not None and "p/s/cm²/sr".startswith(unit)  # headings are cut on the way
        right = unit is None or cut or _RADIANCE.fullmatch(unit)
        return None if right else self.headings[self.at["avg_radiance"]]

    def unit(self, name: str) -> str | None:
        """Return a heading's unit in lower case, or None where it states none (or is cut off)."""
        heading = self.headings[self.at[name]].strip("\"' ").casefold()
        bare = _CORRECTED.sub("", heading).replace("()", "").strip()
        found = re.search(r"\[([^\]]*)(\]?)", heading)
        if found is None:
            found = re.search(r"\(([^()]*)(\)?)\s*$", bare)
        if found is not None:
            unit = re.sub(r"\s+", "", found[1])
            return None if not unit or (not found[2] and "p/s".startswith(unit)) else unit
        prefix = next(p for p in dict(PREFIXES)[name] if bare.startswith(p))
        rest = re.sub(r"[\s,;:_()-]+|\bin\b", "", bare.removeprefix(prefix))
        return rest or None


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
        if name in at and name not in _MAY_REPEAT:
            twice.append(name)
        at.setdefault(name, index)
    if len(_MARKS & set(at)) + ("efficiency" in at) + ("counts" in at) < 3:
        return None
    return Columns(at, headings, tuple(dict.fromkeys(twice)))


def _name(heading: str) -> str | None:
    text = heading.strip("\"' ").casefold()
    if text in _BY_WHOLE:
        return _BY_WHOLE[text]
    if "total flux" in text:  # `Net Total Flux`
        text = _CORRECTED.sub("", text).strip()
    for name, prefixes in PREFIXES:
        if text.startswith(prefixes):
            return name
    return None


_PHOTONS_HINT = (
    "Export it again from Living Image with the units set to Radiance (Photons), so that it has "
    "the column `Total Flux [p/s]`."
)


def header_problems(path: Path, header: int, columns: Columns) -> list[Problem]:
    """Return what is wrong with a header: a unit, a column that is missing or stands twice.

    Parameters
    ----------
    path : Path
        The file.
    header : int
        The header's row.
    columns : Columns
        What it says.
    """
    where = f"row {header}"
    shown = ", ".join(f"`{h}`" for h in columns.headings if h)
    if columns.kind == "counts":
        message = "the table gives counts, which depend on exposure and binning, not photons/s."
        return [Problem(message, path, where, _PHOTONS_HINT)]
    if "total_flux" in columns.at and columns.kind == "unknown":
        heading = columns.headings[columns.at["total_flux"]]
        message = f"the unit of `{heading}` is not photons/s."
        return [Problem(message, path, where, _PHOTONS_HINT)]
    if (strange := columns.strange_radiance) is not None:
        message = f"the unit of `{strange}` is not p/s/cm²/sr."
        return [Problem(message, path, where, _PHOTONS_HINT)]
    if (scaled := columns.scaled) is not None:
        message = f"`{scaled}` is not the flux or radiance itself: it seems to be scaled."
        return [Problem(message, path, where, _PHOTONS_HINT)]
    problems = [
        Problem(
            f"the column `{columns.headings[columns.at[name]]}` stands more than once.",
            path,
            where,
            "Delete the one that does not count.",
        )
        for name in columns.twice
    ]
    return problems + [
        Problem(
            f"the column `{NAMES[name]}` is missing. Headings found: {shown}.",
            path,
            where,
            "Export the table again with that column.",
        )
        for name in columns.missing
    ]
