"""Flux measured elsewhere, and images that the sheet of exclusions leaves out, in `flux.csv`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv

Row = dict[str, Any]

SOURCE = "sheet"
"""The `source` of a flux that a sheet gives, in `flux.csv`."""


class ExternalFlux:
    """The flux that the sheet `data.flux` gives, by animal.

    Parameters
    ----------
    results : Path
        The study's results folder, with `cohort/flux.csv` where the study has such a sheet.
    """

    def __init__(self, results: Path) -> None:
        self._records = _by_animal(results / "cohort" / "flux.csv")
        self._problems: list[Problem] = []

    def animals(self) -> Collection[str]:
        """Return the ids of the animals that have a flux in the sheet."""
        return self._records.keys()

    def rows(self, animal: Row, images: Iterable[Row]) -> list[Row]:
        """Return an animal's rows of `flux.csv` that come from the sheet.

        Parameters
        ----------
        animal : dict
            Its row of `cohort/animals.csv`.
        images : iterable of dict
            Its rows that come from images.

        Returns
        -------
        list of dict
            One per measurement, by day. Standard error, net flux and saturation are not known;
            the flux is below the LOD where the sheet gives an LOD above it.
        """
        records = self._records.get(animal["animal_id"], [])
        taken = {(row["day"], row["region"]): row for row in images} if records else {}
        for record in records:
            image = taken.get((record["day"], record["region"]))
            if image is not None:
                self._problems.append(_twice(record, image))
        return [_external_row(record, animal) for record in records]

    def refuse(self) -> None:
        """Refuse what was found in the animals so far.

        Raises
        ------
        InputError
            If the same region of an animal was measured on a day by an image and in the sheet.
        """
        if self._problems:
            raise InputError(self._problems)


def _twice(record: Row, image: Row) -> Problem:
    return Problem(
        f"the {record['region']} of `{record['animal_id']}` on day {record['day']} is "
        f"given here, and measured on click `{image['click']}` too.",
        record["file"],
        f"row {record['row']}",
        "Keep one of them.",
    )


def _external_row(record: Row, animal: Row) -> Row:
    flux, lod = record["total_flux_p_s"], record["lod_p_s"]
    known, has_lod = flux == flux, lod == lod  # not NaN
    reason = str(animal["reason"]) if not animal["included"] else ""
    if not known and not reason:
        reason = "no flux could be measured"
    return {
        "animal_id": record["animal_id"],
        "model": animal["model"],
        "arm": animal["arm"],
        "batch": "",
        "click": "",
        "date": record["date"],
        "day": record["day"],
        "region": record["region"],
        "total_flux_p_s": flux,
        "lod_p_s": lod,
        "below_lod": bool(known and has_lod and flux < lod),
        "included": reason == "",
        "reason": reason,
        "acquired_at": "",
        "roi_method": SOURCE,
        "source": SOURCE,
        "flags": "",
        "view": "",
        "summed_with": "",
    }


class LeftOut:
    """The images that the sheet of exclusions names, by animal.

    Parameters
    ----------
    results : Path
        The study's results folder, with `cohort/image_exclusions.csv`.
    """

    def __init__(self, results: Path) -> None:
        self._records = _by_animal(results / "cohort" / "image_exclusions.csv")

    def mark(self, flux: Iterable[Row]) -> None:
        """Mark images as not included.

        Parameters
        ----------
        flux : iterable of dict
            Rows of `flux.csv`; those named get `included` false and the sheet's reason.
        """
        for row in flux:
            for record in self._records.get(row["animal_id"], ()):
                click, day = str(record["click"]), record["day"]
                this_click = not click or row["click"].casefold() == click.casefold()
                this_day = day != day or row["day"] == day
                if row["included"] and this_click and this_day:
                    row["included"], row["reason"] = False, record["reason"]


def _by_animal(path: Path) -> dict[str, list[Row]]:
    """Return a table's rows by animal; none where there is no such table."""
    rows: dict[str, list[Row]] = {}
    if path.is_file():
        for record in read_csv(path).to_dict("records"):
            named = {str(name): value for name, value in record.items()}
            rows.setdefault(named["animal_id"], []).append(named)
    return rows
