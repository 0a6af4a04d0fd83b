"""Two sources of one flux laid side by side: `sources.csv`, and the flag where they disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from lumicohort.errors import InputError
from lumicohort.study.config.imaging import Compare, Imaging

if TYPE_CHECKING:
    from lumicohort.imaging.click import Animal, MeasuredClick

COLUMNS = [
    "batch",
    "click",
    "animal_id",
    "region",
    "source",
    "total_flux_p_s",
    "other_source",
    "other_total_flux_p_s",
    "net_flux_p_s",
    "other_net_flux_p_s",
    "difference_percent",
    "limit_percent",
    "disagree",
    "same_roi",
    "roi",
    "roi_label",
    "file",
    "row",
    "note",
]
"""Columns of `sources.csv`: the flux that counts, the other source's, and how far it is off."""

_FLUXES = [name for name in COLUMNS if name.endswith("flux_p_s")]

FLAG = "sources_disagree"

_STANDARD_ERRORS = 3
"""Differences within so many standard errors are noise, however large in per cent."""


def source_row(
    counted: dict[str, Any],
    other_source: str,
    other_flux: float,
    limits: Compare,
    *,
    same_roi: bool,
    se: float = math.nan,
    rounding: float = 0.0,
    quantity: str = "total_flux_p_s",
    **more: object,
) -> dict[str, Any]:
    """Return a row of `sources.csv`, and flag the measured row where the sources disagree.

    Parameters
    ----------
    counted : dict
        The row of `rois.csv` that counts; its `flags` may grow.
    other_source : str
        The other source; blank where there is none.
    other_flux : float
        Its flux (p/s).
    limits : Compare
        How far they may be apart.
    same_roi : bool
        Whether both are of the very same region.
    se : float
        Standard error of the measured one (p/s); NaN where not known.
    rounding : float
        By how much the printing of either may be off (p/s).
    quantity : str, optional
        What the two are: `total_flux_p_s`, or `net_flux_p_s` where a background is taken off.
    **more : object
        Further columns.

    Returns
    -------
    dict
        Columns of :data:`COLUMNS`. `difference_percent` is the other source's against the one
        that counts; the limit is relative to the larger of the two.
    """
    flux = float(counted[quantity])
    limit = limits.images_percent if same_roi else limits.rois_percent
    compared = bool(other_source) and math.isfinite(flux) and math.isfinite(other_flux)
    apart = abs(other_flux - flux) - rounding
    disagree = compared and apart > limit / 100 * max(abs(flux), abs(other_flux))
    if disagree and math.isfinite(se):
        disagree = apart > _STANDARD_ERRORS * se
    if disagree:
        counted["flags"] = ";".join(
            dict.fromkeys([*filter(None, counted["flags"].split(";")), FLAG])
        )
    return {
        **dict.fromkeys(COLUMNS, ""),
        **{name: counted[name] for name in ("batch", "click", "animal_id", "region", "source")},
        **dict.fromkeys(_FLUXES, math.nan),
        quantity: flux,
        "other_source": other_source,
        f"other_{quantity}": other_flux if other_source else math.nan,
        "difference_percent": 100 * (other_flux - flux) / abs(flux)
        if compared and flux
        else math.nan,
        "limit_percent": limit if other_source else math.nan,
        "disagree": disagree if compared else None,
        "same_roi": same_roi if other_source else None,
        **more,
    }


def compare_images(
    measured: MeasuredClick,
    animals: Sequence[Animal],
    config: Imaging,
    named_by: str,
    rows: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Measure the same regions on a click's other image, where it has two.

    Parameters
    ----------
    measured : MeasuredClick
        The click, measured on the source that counts.
    animals : sequence of Animal
        The animals on it.
    config : Imaging
        The study's.
    named_by : str
        What names the animals, for messages.
    rows : sequence of dict
        Its rows of `rois.csv`, in the order of `measured.rows`; flagged where sources disagree.

    Returns
    -------
    list of dict
        Rows of `sources.csv`; empty where Living Image saved no corrected image.
    """
    from lumicohort.imaging.click import measure_again
    from lumicohort.radiometry.corrected import CORRECTED

    click = measured.click
    corrected = click.file(CORRECTED)
    if corrected is None:
        return []
    other: Literal["living_image", "raw"]
    other = "living_image" if measured.image.source == "raw" else "raw"
    calibration = replace(config.calibration, source=other)
    file = corrected if other == "living_image" else click.file("luminescent.TIF")
    try:
        again = measure_again(measured, replace(config, calibration=calibration))
    except InputError as error:
        first = {**rows[0], "animal_id": "", "region": ""}
        note = f"the other image could not be measured: {error.problems[0]}"
        return [
            source_row(first, "", math.nan, config.compare, same_roi=True)
            | {"total_flux_p_s": math.nan, "other_source": other, "note": note, "file": str(file)}
        ]
    found = {(row.place, row.region): row for row in again}
    out = []
    for own, row in zip(measured.rows, rows, strict=True):
        twin = found.get((own.place, own.region))
        if twin is not None:
            out.append(
                source_row(
                    row,
                    other,
                    twin.total_flux_p_s,
                    config.compare,
                    same_roi=True,
                    se=own.total_flux_se_p_s,
                    file=str(file),
                )
            )
    return out
