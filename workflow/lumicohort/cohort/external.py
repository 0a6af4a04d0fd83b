"""Flux measured elsewhere, and images that the sheet of exclusions leaves out, in `flux.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv

Row = dict[str, Any]

SOURCE = "sheet"
"""The `source` of a flux that a sheet gives, in `flux.csv`."""


def external_flux(results: Path, animals: Mapping[str, Row], images: Sequence[Row]) -> list[Row]:
    """Return the rows of `flux.csv` that come from the sheet `data.flux`.

    Parameters
    ----------
    results : Path
        The study's results folder, with `cohort/flux.csv` where the study has such a sheet.
    animals : mapping
        animal_id to its row of `cohort/animals.csv`.
    images : sequence of dict
        The rows that come from images.

    Returns
    -------
    list of dict
        One per measurement, by animal and day. Standard error, net flux and saturation are not
        known; the flux is below the LOD where the sheet gives an LOD above it.

    Raises
    ------
    InputError
        If the same region of an animal was measured on a day by an image and in the sheet.
    """
    path = results / "cohort" / "flux.csv"
    if not path.is_file():
        return []
    taken = {(row["animal_id"], row["day"], row["region"]): row for row in images}
    rows: list[Row] = []
    problems = []
    for record in read_csv(path).to_dict("records"):
        animal = animals[record["animal_id"]]
        flux, lod = record["total_flux_p_s"], record["lod_p_s"]
        known, has_lod = flux == flux, lod == lod  # not NaN
        reason = str(animal["reason"]) if not animal["included"] else ""
        if not known and not reason:
            reason = "no flux could be measured"
        image = taken.get((record["animal_id"], record["day"], record["region"]))
        if image is not None:
            problems.append(
                Problem(
                    f"the {record['region']} of `{record['animal_id']}` on day {record['day']} is "
                    f"given here, and measured on click `{image['click']}` too.",
                    record["file"],
                    f"row {record['row']}",
                    "Keep one of them.",
                )
            )
        rows.append(
            {
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
        )
    if problems:
        raise InputError(problems)
    return rows


def leave_out_images(flux: Sequence[Row], results: Path) -> None:
    """Mark the images that the sheet of exclusions names as not included.

    Parameters
    ----------
    flux : sequence of dict
        Rows of `flux.csv`; those named get `included` false and the sheet's reason.
    results : Path
        The study's results folder, with `cohort/image_exclusions.csv`.
    """
    path = results / "cohort" / "image_exclusions.csv"
    if not path.is_file():
        return
    for record in read_csv(path).to_dict("records"):
        for row in flux:
            if row["animal_id"] != record["animal_id"] or not row["included"]:
                continue
            click, day = str(record["click"]), record["day"]
            this_click = not click or row["click"].casefold() == click.casefold()
            this_day = day != day or row["day"] == day
            if this_click and this_day:
                row["included"], row["reason"] = False, record["reason"]
