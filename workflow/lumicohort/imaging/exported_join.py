"""Exported Measurements tables as a source of flux: alone, or laid beside the batch's clicks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.exported import SOURCE, Exported, Listed, left_out
from lumicohort.imaging.exported_background import NET, TOTAL, open_problems
from lumicohort.imaging.exported_click import click_text
from lumicohort.imaging.exported_drawn import NOT_AS_DRAWN, OTHER_FLAG, DrawnRois, drawn_fluxes
from lumicohort.imaging.exported_image import TableImage
from lumicohort.imaging.exported_unmatched import Unmatched
from lumicohort.imaging.positions import Position
from lumicohort.imaging.sources import source_row
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Joined:
    """A batch's tables once those exported from Living Image have joined them."""

    clicks: list[dict[str, Any]]
    rois: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    exclusions: list[Listed]


def join_exported(
    config: StudyConfig,
    batch: str,
    exported: Exported,
    clicks_of_images: Mapping[str, str],
    folders: Mapping[str, Path],
    positions: Sequence[Position],
    clicks: Sequence[dict[str, Any]],
    rois: Sequence[dict[str, Any]],
    exclusions: Sequence[Listed],
) -> Joined:
    """Join exported tables with what was measured on the batch's clicks.

    Where a click was measured, it counts unless `imaging.calibration.source` is `measurements`,
    and both numbers stand in `sources.csv`. Where there is no click, or it could not be measured,
    the table counts, and every such row says so (`source`, `click_not_measured`).

    Parameters
    ----------
    config : StudyConfig
        The study.
    batch : str
        Name of the batch.
    exported : Exported
        Its tables.
    clicks_of_images : mapping of str to str
        Image number to the name of its click's folder, as far as there is one.
    folders : mapping of str to Path
        The batch's clicks: a label Animal Number counts even where the images are damaged.
    positions : sequence of Position
        The batch's rows of the imaging sheet.
    clicks, rois, exclusions : sequence of dict
        What was measured: rows of `clicks.csv`, `rois.csv`, `exclusions.csv`.

    Returns
    -------
    Joined
        The tables with those rows joined.

    Raises
    ------
    InputError
        Naming every ROI that counts and whose animal, region or date is in doubt, by file and
        row, and the ROIs of a table of which none fits any animal.
    """
    joined = Joined(list(clicks), list(rois), [], [*exclusions, *exported.listed])
    measured = {row["click"]: row for row in joined.clicks}
    failed = {row["id"]: row["rule"] for row in exclusions if row["what"] == "click"}
    tables_count = config.imaging.calibration.source == SOURCE
    problems: list[Problem] = []
    unmatched = Unmatched()
    open_ones: list[RoiResult] = []
    covered: set[str] = set()
    for name, found in _by_name(exported, clicks_of_images).items():
        if reason := _NO_RESULTS.get(failed.get(name, "")):
            joined.exclusions.append(
                left_out(
                    "roi",
                    name,
                    found[0].file,
                    found[0].row_name,
                    f"the table has results of `{name}`, which {reason}.",
                    failed[name],
                )
            )
            continue
        try:
            text = click_text(folders.get(name), name in failed)
            image = TableImage.of(config, batch, name, found, positions, measured.get(name), text)
        except InputError as error:
            problems += error.problems
            continue
        counts = tables_count or name not in measured
        if counts:
            open_ones += [roi for roi, basis in image.basis.items() if not basis.quantity]
        refused = unmatched.sort_out(image, counts)
        problems += refused
        covered.add(name)
        joined.exclusions.extend(unmatched.listed(image, refused))
        joined.exclusions.extend(row for row in image.listed if row["rule"] != "no_roi" or counts)
        if refused or open_ones:
            continue
        if name in measured:
            drawn = drawn_fluxes(folders[name], image, config) if name in folders else DrawnRois()
            _lay_beside(config, joined, image, measured[name], tables_count, drawn)
        else:
            rows = [image.row(owned, name in failed) for owned in image.owned]
            joined.rois.extend(rows)
            joined.clicks.append(image.click_row())
            joined.sources.extend(
                source_row(
                    row,
                    "",
                    math.nan,
                    config.imaging.compare,
                    same_roi=False,
                    quantity=image.basis[owned.roi].quantity,
                    **_place(owned.roi),
                )
                for row, owned in zip(rows, image.owned, strict=True)
            )
    problems += [*unmatched.of_strange_tables(), *open_problems(open_ones)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    if tables_count:
        _leave_uncovered(joined, [n for n in measured if n not in covered], folders)
    return joined


_NO_RESULTS = {
    "not_luminescent": "is no luminescence click of mice",
    "background_click": "is no luminescence click of mice",
    "emission_filter": "was imaged through another emission filter than imaging.emission_filter",
}
"""Rules by which a click was left out whose results in a table do not count either, and why."""


def _by_name(exported: Exported, clicks: Mapping[str, str]) -> dict[str, list[RoiResult]]:
    """Return the ROIs by click, or by image number where there is no click."""
    found: dict[str, list[RoiResult]] = {}
    for image, rois in exported.images.items():
        found.setdefault(clicks.get(image, image), []).extend(rois)
    return found


def _place(roi: RoiResult) -> dict[str, Any]:
    return {
        "roi": roi.roi,
        "roi_label": roi.label,
        "file": str(roi.file),
        "row": roi.row_name,
    }


def _lay_beside(
    config: StudyConfig,
    joined: Joined,
    image: TableImage,
    click: dict[str, Any],
    tables_count: bool,
    drawn: DrawnRois,
) -> None:
    """Compare a click's regions with its ROIs in the tables; the source of the config counts."""
    mine = [row for row in joined.rois if row["click"] == image.name]
    limits = config.imaging.compare
    replaced: list[dict[str, Any]] = []
    for owned in image.owned:
        roi, basis = owned.roi, image.basis[owned.roi]
        quantity = basis.quantity or TOTAL
        twin = _twin(owned.animal_id, owned.region, roi, mine)
        same_roi = twin is not None and twin["roi_method"] == "living_image"
        if same_roi and twin is not None and quantity == NET:
            same_roi = "bkg_roi" in twin["flags"].split(";")  # and the same background
        as_drawn, why_not = drawn.of(roi, quantity)
        doubt = as_drawn.doubt(roi, quantity) if as_drawn is not None else ""
        of_click, why_not = (None, "") if same_roi else (as_drawn, why_not)
        said = [doubt, why_not and f"not compared with the ROI as drawn: {why_not}"]
        flags = [doubt and OTHER_FLAG, why_not and NOT_AS_DRAWN]
        facts: dict[str, Any] = {
            "rounding": roi.rounding_p_s,
            "quantity": quantity,
            **_place(roi),
        }
        note = "; ".join(filter(None, [*(basis.flags if basis.quantity else [_OPEN]), *said]))
        if tables_count:
            row = _with_what_the_click_tells(image.row(owned), mine, twin)
            replaced.append(row)
            _flag(row, *flags)
            if of_click is not None:
                other, flux, se = of_click.source, of_click.flux(quantity), of_click.se(quantity)
                same_roi, note = True, _as_drawn(doubt)
            elif twin is not None:
                other, flux, se = str(twin["source"]), float(twin[quantity]), _se(twin, quantity)
            else:
                other, flux, se = "", math.nan, math.nan
            joined.sources.append(
                source_row(row, other, flux, limits, same_roi=same_roi, se=se, note=note, **facts)
            )
            continue
        if twin is not None:
            _flag(twin, *flags)
            se, flux = _se(twin, quantity), roi.total_flux_p_s
            joined.sources.append(
                source_row(twin, SOURCE, flux, limits, same_roi=same_roi, se=se, note=note, **facts)
            )
        if of_click is not None:
            row = of_click.row(image, owned, quantity)
            facts |= {"note": _as_drawn(doubt), "se": of_click.se(quantity)}
            joined.sources.append(
                source_row(row, SOURCE, roi.total_flux_p_s, limits, same_roi=True, **facts)
            )
            if twin is not None:
                _flag(twin, row["flags"])
        elif twin is None:
            reason = (
                f"the click `{image.name}` counts, and it has no region {owned.region} of "
                f"`{owned.animal_id}` to compare with."
            )
            joined.exclusions.append(
                left_out(
                    "roi", roi.label or roi.roi, roi.file, roi.row_name, reason, "click_counts"
                )
            )
    if tables_count:
        joined.rois[:] = [row for row in joined.rois if row["click"] != image.name] + replaced
        click["source"] = SOURCE


def _twin(
    animal_id: str, region: str, roi: RoiResult, mine: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the click's region that is an exported ROI: as drawn, else of its region's name."""
    of_animal = [row for row in mine if row["animal_id"] == animal_id]
    names = {roi.label.casefold(), roi.roi.casefold()}
    drawn = [
        row
        for row in of_animal
        if row["roi_method"] == "living_image" and str(row["region"]).casefold() in names
    ]
    return next(iter([*drawn, *(row for row in of_animal if row["region"] == region)]), None)


def _flag(row: dict[str, Any], *flags: str) -> None:
    """Add flags to a row; blank ones add nothing."""
    row["flags"] = ";".join(dict.fromkeys(filter(None, [*row["flags"].split(";"), *flags])))


def _se(row: dict[str, Any], quantity: str) -> float:
    """Return the standard error of a measured flux."""
    return float(row[quantity.replace("flux", "flux_se")])


_OPEN = "the table does not tell whether its background ROI was taken off; compared as total flux"


def _as_drawn(doubt: str) -> str:
    return "; ".join(
        filter(None, ["the ROI as drawn in Living Image, measured here on the click", doubt])
    )


def _with_what_the_click_tells(
    row: dict[str, Any], mine: Sequence[dict[str, Any]], twin: dict[str, Any] | None
) -> dict[str, Any]:
    """Add what the click knows and a table cannot: saturation, luciferin, doubts."""
    own_rows = [r for r in mine if r["animal_id"] == row["animal_id"]]
    nearest = twin or next(iter(own_rows), None)
    if nearest is None:
        return row
    saturated = [r for r in ([twin] if twin else own_rows) if r["n_saturated"] > 0]
    kept = ("position", "luciferin_minutes", "luciferin_mg_per_kg", "suspicion", "doubts")
    row |= {name: nearest[name] for name in kept if name in nearest}
    row["n_saturated"] = max((r["n_saturated"] for r in saturated), default=0)
    if saturated:
        row["flags"] = ";".join(filter(None, [row["flags"], "saturated"]))
    return row


def _leave_uncovered(joined: Joined, names: Sequence[str], folders: Mapping[str, Path]) -> None:
    """Leave out clicks that no table covers, where only tables count."""
    for name in names:
        joined.rois[:] = [row for row in joined.rois if row["click"] != name]
        reason = (
            "no exported table has this click, and imaging.calibration.source is `measurements`."
        )
        joined.exclusions.append(
            left_out("click", name, folders[name], "", reason, "not_in_measurements")
        )
