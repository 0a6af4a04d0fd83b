"""Exported Measurements tables as a source of flux: alone, or laid beside the batch's clicks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import TEXT_COLUMNS
from lumicohort.imaging.assign import by_click, minutes_after
from lumicohort.imaging.exported import SOURCE, Exported, Listed, left_out
from lumicohort.imaging.exported_animals import OwnedRoi, is_background, own
from lumicohort.imaging.positions import Position
from lumicohort.imaging.rows import CLICK_COLUMNS, ROI_COLUMNS
from lumicohort.imaging.sources import source_row
from lumicohort.living_image.measurements import RoiResult
from lumicohort.living_image.measurements_times import image_time
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
        Naming every ROI whose animal, region or date cannot be settled, by file and row.
    """
    joined = Joined(list(clicks), list(rois), [], [*exclusions, *exported.listed])
    measured = {row["click"]: row for row in joined.clicks}
    failed = {row["id"]: row["rule"] for row in exclusions if row["what"] == "click"}
    tables_count = config.imaging.calibration.source == SOURCE
    problems: list[Problem] = []
    covered: set[str] = set()
    for name, found in _by_name(exported, clicks_of_images).items():
        if failed.get(name) in ("not_luminescent", "background_click"):
            joined.exclusions.append(
                left_out(
                    "roi",
                    name,
                    found[0].file,
                    found[0].row,
                    f"the table has results of `{name}`, which is no luminescence click of mice.",
                    "not_luminescent",
                )
            )
            continue
        try:
            labels = _animal_numbers(folders[name]) if name in failed and name in folders else []
            image = _Image.of(config, batch, name, found, positions, measured.get(name), labels)
        except InputError as error:
            problems += error.problems
            continue
        problems += image.problems
        covered.add(name)
        joined.exclusions.extend(
            row
            for row in image.listed
            if row["rule"] != "no_roi" or tables_count or name not in measured
        )
        if image.problems:
            continue
        if name in measured:
            _lay_beside(config, joined, image, measured[name], tables_count)
        else:
            rows = [image.row(owned, name in failed) for owned in image.owned]
            joined.rois.extend(rows)
            joined.clicks.append(image.click_row())
            joined.sources.extend(
                source_row(
                    row, "", math.nan, config.imaging.compare, same_roi=False, **_place(owned.roi)
                )
                for row, owned in zip(rows, image.owned, strict=True)
            )
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    if tables_count:
        _leave_uncovered(joined, [n for n in measured if n not in covered], folders)
    return joined


def _animal_numbers(folder: Path) -> list[str]:
    """Return the animals that the label of a click names that could not be measured."""
    from lumicohort.living_image import read_click

    try:
        return list(dict.fromkeys(read_click(folder).animal_numbers))
    except InputError:  # listed where it was measured
        return []


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
        "row": str(roi.row),
    }


@dataclass(slots=True)
class _Image:
    """One image of the tables with its animals."""

    batch: str
    name: str
    owned: list[OwnedRoi]
    sheet: list[Position]
    acquired: datetime
    flags: tuple[str, ...]
    view: str
    expected: int
    listed: list[Listed]
    problems: list[Problem]

    @classmethod
    def of(
        cls,
        config: StudyConfig,
        batch: str,
        name: str,
        rois: Sequence[RoiResult],
        positions: Sequence[Position],
        click: dict[str, Any] | None,
        labels: Sequence[str],
    ) -> _Image:
        sheet = by_click(positions, {name: name})[0].get(name, [])
        animals = [p.animal_id for p in sheet if p.animal_id] or list(labels) or None
        if click is not None:
            animals = [a for a in str(click["animal_ids"]).split(";") if a]
            acquired = datetime.fromisoformat(click["acquired_at"])
            flags: tuple[str, ...] = ()
        else:
            acquired, flags = _time_of(config, batch, rois)
        light = [roi for roi in rois if not is_background(roi, animals or ())]
        owned, problems = own(light, animals, config.imaging.measurements)
        listed = [
            left_out(
                "roi",
                r.label or r.roi,
                r.file,
                r.row,
                "a background ROI, no animal.",
                "background_roi",
            )
            for r in rois
            if is_background(r, animals or ())
        ]
        present = {o.animal_id for o in owned}
        if not problems:
            reason = f"no ROI of the exported table is of `{{}}`, which lies on image `{name}`."
            listed += [
                left_out("image", a, rois[0].file, "", reason.format(a), "no_roi")
                for a in animals or ()
                if a not in present
            ]
        view = (
            str(click["view"]) if click is not None else next((r.view for r in rois if r.view), "")
        )
        expected = len(animals) if animals is not None else len(present)
        return cls(batch, name, owned, sheet, acquired, flags, view, expected, listed, problems)

    def row(self, owned: OwnedRoi, click_failed: bool = False) -> dict[str, Any]:
        """Return an ROI's row of `rois.csv`: what a table cannot give is missing."""
        roi = owned.roi
        flags = [*roi.flags, *self.flags]
        if click_failed:
            flags.append("click_not_measured")
        if roi.total_flux_p_s <= 0:
            flags.append("flux_not_positive")
        if owned.by != "label":
            flags.append(f"animal_by_{owned.by}")
        place = next((p for p in self.sheet if p.animal_id == owned.animal_id), None)
        minutes = None
        if place is not None and self.acquired.time() != time():
            minutes = minutes_after(self.acquired, place.luciferin_time, place.file, place.row)
        dose = place.luciferin_mg_per_kg if place is not None else None
        return {
            **_blank(ROI_COLUMNS),
            "batch": self.batch,
            "click": self.name,
            "animal_id": owned.animal_id,
            "region": owned.region,
            "roi_method": "living_image",
            "source": SOURCE,
            "total_flux_p_s": roi.total_flux_p_s,
            "avg_radiance_p_s_cm2_sr": roi.avg_radiance,
            "max_radiance_p_s_cm2_sr": roi.max_radiance,
            "below_lod": None,
            "flags": ";".join(dict.fromkeys(flags)),
            "position": place.position if place is not None else owned.place,
            "luciferin_minutes": math.nan if minutes is None else minutes,
            "luciferin_mg_per_kg": math.nan if dose is None else dose,
            "doubts": "",
        }

    def click_row(self) -> dict[str, Any]:
        """Return the image's row of `clicks.csv` where there is no click."""
        animals = list(dict.fromkeys(o.animal_id for o in self.owned))
        flags = ("only_in_exported_table", "utc_offset_unknown", *self.flags)
        texts = ("camera_id", "camera_calibrated", "luminescent_sha256")
        return {
            **_blank(CLICK_COLUMNS),
            **{name: "" for name in texts if name in CLICK_COLUMNS},
            "batch": self.batch,
            "click": self.name,
            "acquired_at": self.acquired.isoformat(),
            "view": self.view,
            "source": SOURCE,
            "n_expected": self.expected,
            "n_found": len(animals),
            "saturated": None,
            "flags": ";".join(flags),
            "animal_ids": ";".join(animals),
            "folder": "",
        }


def _blank(columns: Sequence[str]) -> dict[str, Any]:
    """Return a row without values: blank text, missing numbers."""
    return {name: "" if name in TEXT_COLUMNS else math.nan for name in columns}


def _time_of(
    config: StudyConfig, batch: str, rois: Sequence[RoiResult]
) -> tuple[datetime, tuple[str, ...]]:
    """Return when an image was taken; refuse rows of one image with different times."""
    date_from = config.imaging.measurements.date_from
    times = [image_time(roi, batch, date_from, config.data.date_format) for roi in rois]
    first, flags = times[0]
    for roi, (when, _) in zip(rois, times, strict=True):
        if when != first:
            raise InputError(
                roi.problem(
                    f"image `{roi.image_number}` was taken at {when} here and at {first} in row "
                    f"{rois[0].row} of {rois[0].file.name}."
                )
            )
    return first, flags


def _lay_beside(
    config: StudyConfig,
    joined: Joined,
    image: _Image,
    click: dict[str, Any],
    tables_count: bool,
) -> None:
    """Compare a click's regions with its ROIs in the tables; the source of the config counts."""
    mine = [row for row in joined.rois if row["click"] == image.name]
    limits = config.imaging.compare
    replaced: list[dict[str, Any]] = []
    for owned in image.owned:
        roi = owned.roi
        drawn = [
            row
            for row in mine
            if row["animal_id"] == owned.animal_id
            and row["roi_method"] == "living_image"
            and str(row["region"]).casefold() in {roi.label.casefold(), roi.roi.casefold()}
        ]
        of_region = [
            row
            for row in mine
            if row["animal_id"] == owned.animal_id and row["region"] == owned.region
        ]
        twin = next(iter([*drawn, *of_region]), None)
        same_roi = twin is not None and twin["roi_method"] == "living_image"
        facts: dict[str, Any] = {
            "same_roi": same_roi,
            "rounding": roi.rounding_p_s,
            "se": math.nan if twin is None else float(twin["total_flux_se_p_s"]),
            **_place(roi),
        }
        if tables_count:
            row = _with_what_the_click_tells(image.row(owned), mine, twin)
            other = "" if twin is None else str(twin["source"])
            flux = math.nan if twin is None else float(twin["total_flux_p_s"])
            replaced.append(row)
            joined.sources.append(source_row(row, other, flux, limits, **facts))
        elif twin is not None:
            joined.sources.append(source_row(twin, SOURCE, roi.total_flux_p_s, limits, **facts))
        else:
            reason = (
                f"the click `{image.name}` counts, and it has no region {owned.region} of "
                f"`{owned.animal_id}` to compare with."
            )
            joined.exclusions.append(
                left_out("roi", roi.label or roi.roi, roi.file, roi.row, reason, "click_counts")
            )
    if tables_count:
        joined.rois[:] = [row for row in joined.rois if row["click"] != image.name] + replaced
        click["source"] = SOURCE


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
