"""From measured batches and the cohort to `flux.csv` and `exclusions.csv`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from sys import intern
from typing import Any

from lumicohort.cohort.external import external_flux, leave_out_images
from lumicohort.cohort.flow import write_flow
from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv, write_rows
from lumicohort.imaging.exported import SOURCE
from lumicohort.plausible import MOST_P_S, NO_MOUSE
from lumicohort.study.choose import Row, choose_clicks, scheduled_days
from lumicohort.study.config import StudyConfig
from lumicohort.study.exported import check_analysed, flag_mixed_sources, name_animals
from lumicohort.study.views import view_name

FLUX = [
    "animal_id",
    "model",
    "arm",
    "batch",
    "click",
    "date",
    "day",
    "region",
    "total_flux_p_s",
    "total_flux_se_p_s",
    "net_flux_p_s",
    "lod_p_s",
    "below_lod",
    "included",
    "reason",
    "scheduled_day",
    "acquired_at",
    "avg_radiance_p_s_cm2_sr",
    "n_saturated",
    "roi_method",
    "source",
    "flags",
    "net_flux_se_p_s",
    "luciferin_minutes",
    "view",
    "chosen_by",
    "n_other_clicks",
    "summed_with",
]
"""Columns of `flux.csv`; the first fifteen are the results contract's."""

EXCLUSIONS = ["what", "id", "file", "row", "reason", "rule"]
REGIONS = ("whole_body", "cranial", "spinal", "neuraxis")
_DATES = ("inoculation_date", "end_date", "birth_date")
_SOURCE_TEXT = ("roi", "roi_label", "other_source")
_NOT_USED = frozenset(
    (
        "n_pixels",
        "area_cm2",
        "max_radiance_p_s_cm2_sr",
        "background_radiance_p_s_cm2_sr",
        "n_cosmic",
        "spill_p_s",
        "luciferin_mg_per_kg",
        "mouse_length_cm",
        "mouse_width_cm",
        "suspicion",
        "doubts",
        "roi_x_cm",
        "roi_y_cm",
        "roi_placed",
        "calibration",
        "animal_ids",
        "luminescent_sha256",
        "folder",
    )
)
"""Columns of `rois.csv` and `clicks.csv` that nothing here reads: archives have many rows."""


def assemble_flux(config: StudyConfig, batch_folders: Sequence[Path], results: Path) -> None:
    """Join all measured batches with the cohort.

    Parameters
    ----------
    config : StudyConfig
        The study.
    batch_folders : sequence of Path
        One folder of results per batch, with `clicks.csv`, `rois.csv` and `exclusions.csv`.
    results : Path
        The study's results folder: reads `cohort/`, writes `flux.csv` (a row per animal, day and
        region, in the order of the cohort sheet) and `exclusions.csv`.

    Raises
    ------
    InputError
        If an animal was imaged after its end, a click stands in two batches, (config `strict`)
        an animal was imaged that the cohort sheet does not know; if a label of an exported table
        fits two animals, none of a table fits any, or the analysis needs what tables do not
        give.
    """
    results = Path(results)
    animals = {row["animal_id"]: row for row in _read(results / "cohort" / "animals.csv", _DATES)}
    listed = _read(results / "cohort" / "exclusions.csv")
    clicks: list[Row] = []
    rois: list[Row] = []
    sources: list[Row] = []
    for folder in batch_folders:
        _require(Path(folder))
        clicks += _read(Path(folder) / "clicks.csv", leave=_NOT_USED)
        rois += _read(Path(folder) / "rois.csv", leave=_NOT_USED)
        listed += _read(Path(folder) / "exclusions.csv")
        if (Path(folder) / "sources.csv").is_file():
            sources += _read(Path(folder) / "sources.csv", _SOURCE_TEXT)
    rois = name_animals(rois, sources, animals)
    _check_clicks(clicks, rois)
    of_click = {(click["batch"], click["click"]): click for click in clicks}
    known, unknown = _known(config, rois, animals)
    flux = [
        _flux_row(config, roi, of_click[roi["batch"], roi["click"]], animals[roi["animal_id"]])
        for roi in known
    ]
    seen = {row["animal_id"] for row in rois}
    del rois, known  # of a large archive they are as large as what is made of them
    _check_ends(flux, animals)
    _check_sizes(flux)
    check_analysed(config, flux)
    leave_out_images(flux, results)  # before the choice: another click of that day may count
    flux, others = choose_clicks(config, _in_order(flux, animals))
    flag_mixed_sources(flux)
    given = external_flux(results, animals, flux)
    flux = _in_order([*flux, *given], animals) if given else flux
    leave_out_images(flux, results)
    for row, day in zip(flux, scheduled_days(config, flux), strict=True):
        row["scheduled_day"] = day
    seen |= {row["animal_id"] for row in given}
    listed += unknown + others
    imaged = bool(batch_folders) or config.data.flux is not None
    if imaged:  # where a study has no imaging, nobody lacks it
        listed += _never_imaged(animals, seen)
    write_rows(_once(listed), EXCLUSIONS, results / "exclusions.csv")
    write_rows(flux, FLUX, results / "flux.csv")
    del flux
    write_flow(config, results, imaged)


def _read(path: Path, text: Sequence[str] = (), leave: frozenset[str] = frozenset()) -> list[Row]:
    """Return a table's rows without some columns; equal words stand in memory once."""
    table = read_csv(path, text=text)
    table = table[[name for name in table.columns if name not in leave]]
    names = [str(name) for name in table.columns]
    columns = [
        [intern(value) if type(value) is str else value for value in table[name].tolist()]
        for name in table.columns
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return exclusions in order, equal ones once."""
    return list({tuple(row.get(name, "") for name in EXCLUSIONS): row for row in rows}.values())


def _require(folder: Path) -> None:
    """Refuse a batch whose tables are not all there."""
    paths = [folder / f"{name}.csv" for name in ("clicks", "rois", "exclusions")]
    problems = [
        Problem("this table of a measured batch is missing.", path)
        for path in paths
        if not path.is_file()
    ]
    if problems:
        raise InputError(problems)


def _check_clicks(clicks: Sequence[Row], rois: Sequence[Row]) -> None:
    """Refuse clicks that stand in two batches, and regions that stand twice on a click."""
    problems = []
    batches: dict[tuple[str, str], list[str]] = {}
    # an exported table prints no offset, so images of tables are known by their number alone
    exported = {c["click"].casefold() for c in clicks if c.get("source") == SOURCE}
    for click in clicks:
        when = "" if click["click"].casefold() in exported else click["acquired_at"]
        name = click["click"] if when else click["click"].casefold()
        batches.setdefault((name, when), []).append(click["batch"])
    for (name, _), found in sorted(batches.items()):
        if len(found) > 1:
            shown = " and ".join(f"`{batch}`" for batch in found)
            problems.append(Problem(f"the click `{name}` stands in the batches {shown}."))
    keys = {(click["batch"], click["click"]) for click in clicks}
    for batch, name in sorted({(roi["batch"], roi["click"]) for roi in rois} - keys):
        problems.append(
            Problem(f"the click `{name}` of batch `{batch}` is measured, and not in clicks.csv.")
        )
    key = ("batch", "click", "animal_id", "region")
    counts = Counter(tuple(roi[k] for k in key) for roi in rois if roi["animal_id"])
    for (batch, name, animal_id, region), count in sorted(counts.items()):
        if count > 1:
            problems.append(
                Problem(
                    f"the region {region} of animal `{animal_id}` stands {count} times on click "
                    f"`{name}` of batch `{batch}`."
                )
            )
    if problems:
        raise InputError(problems)


def _exclusion(what: str, id_: str, file: str, row: str, reason: str, rule: str) -> Row:
    return dict(zip(EXCLUSIONS, (what, id_, file, row, reason, rule), strict=True))


def _known(
    config: StudyConfig, rois: Sequence[Row], animals: Mapping[str, Row]
) -> tuple[list[Row], list[Row]]:
    """Return the measured regions of animals of the cohort, and what is listed of the others."""
    from lumicohort.cohort.crosschecks import nearest_id

    order: dict[tuple[str, str], dict[str, int]] = {}
    for roi in rois:
        on_click = order.setdefault((roi["batch"], roi["click"]), {})
        position = roi.get("position", float("nan"))
        known_place = position == position  # not NaN: drawn regions may have no position
        on_click.setdefault(roi["animal_id"], int(position) if known_place else len(on_click) + 1)
    listed = []
    for (batch, click), on_click in sorted(order.items()):
        for animal_id, position in on_click.items():
            if animal_id in animals:
                continue
            where = f"at position {position} on click `{click}` of batch `{batch}`"
            if animal_id == "":
                what, reason, rule = "image", f"{where} has no animal_id.", "no_animal"
            else:
                what, rule = "animal", "unknown_animal"
                reason = (
                    f"`{animal_id}`, {where}, does not stand in the cohort sheet"
                    f"{nearest_id(animal_id, animals)}."
                )
            place = str(config.imaging_folder / batch / click)
            listed.append(_exclusion(what, animal_id, place, "", reason, rule))
    if listed and config.strict:
        raise InputError([Problem(row["reason"], row["file"]) for row in listed])
    return [roi for roi in rois if roi["animal_id"] in animals], listed


def _flux_row(config: StudyConfig, roi: Row, click: Row, animal: Row) -> Row:
    """Add to a measured region what the cohort says of its animal, and return it."""
    acquired = str(click["acquired_at"])
    day = date.fromisoformat(acquired[:10])
    reason = _reason(config, roi, animal)
    roi |= {
        "model": animal["model"],
        "arm": animal["arm"],
        "date": day.isoformat(),
        "day": (day - date.fromisoformat(animal["inoculation_date"])).days,
        "included": reason == "",
        "reason": reason,
        "acquired_at": acquired,
        "exposure_s": click.get("exposure_s"),
        "view": view_name(click.get("view")),
        "summed_with": "",
    }
    return roi


def _reason(config: StudyConfig, roi: Row, animal: Row) -> str:
    """Return why a region is left out of the statistics; blank where it is not."""
    if not animal["included"]:
        return str(animal["reason"])
    if roi.get("reason", "") not in ("", "NA"):  # a reviewer rejected it
        return str(roi["reason"])
    if math.isnan(roi["total_flux_p_s"]) and math.isnan(roi["net_flux_p_s"]):
        return "no flux could be measured"
    if roi["n_saturated"] > 0 and config.imaging.detection.exclude_saturated:
        return f"saturated ({int(roi['n_saturated'])} pixels): the flux is a lower bound"
    return ""


def _check_sizes(flux: Sequence[Row]) -> None:
    """Refuse measured flux that no animal can give: a calibration or an image must be damaged."""
    problems = []
    for row in flux:
        for name in ("total_flux_p_s", "net_flux_p_s", "lod_p_s"):
            if abs(row.get(name, 0.0)) > MOST_P_S:
                problems.append(
                    Problem(
                        f"{name} of `{row['animal_id']}`, region {row['region']} (click "
                        f"`{row['click']}` of batch `{row['batch']}`), is {row[name]:g}, "
                        f"{NO_MOUSE}.",
                        hint="Look at the click's calibration and image, or leave it out (config "
                        "key data.exclusions).",
                    )
                )
    if problems:
        raise InputError(problems)


def _check_ends(flux: Sequence[Row], animals: Mapping[str, Row]) -> None:
    """Refuse images of animals that had ended before."""
    problems = []
    seen = {(row["animal_id"], row["date"], row["batch"], row["click"]) for row in flux}
    for animal_id, day, batch, click in sorted(seen):
        animal: Mapping[str, Any] = animals[animal_id]
        if animal["end_date"] and day > animal["end_date"]:
            problems.append(
                Problem(
                    f"`{animal_id}` was imaged on {day} (click `{click}` of batch `{batch}`), "
                    f"after its end on {animal['end_date']}.",
                    animal["file"],
                    f"row {animal['row']}",
                    "Correct the end date, or which animal lay on the click.",
                )
            )
    if problems:
        raise InputError(problems)


def _in_order(flux: Sequence[Row], animals: Mapping[str, Row]) -> list[Row]:
    """Return the rows by animal (as in the sheet), time, click and region."""
    place = {animal_id: i for i, animal_id in enumerate(animals)}
    regions = {name: i for i, name in enumerate(REGIONS)}

    def key(row: Row) -> tuple[Any, ...]:
        region = regions.get(row["region"], len(regions))
        when = (row["date"], row["acquired_at"], row["batch"], row["click"])
        return (place[row["animal_id"]], *when, region, row["region"])

    return sorted(flux, key=key)


def _never_imaged(animals: Mapping[str, Row], seen: set[str]) -> list[Row]:
    """Return what is listed of animals of the sheet that no click shows."""
    return [
        _exclusion(
            "animal",
            animal_id,
            animal["file"],
            animal["row"],
            f"`{animal_id}` stands in the cohort sheet, and no image of it was measured; it "
            "counts for survival, not for tumour burden.",
            "never_imaged",
        )
        for animal_id, animal in animals.items()
        if animal_id not in seen and animal["included"]
    ]
