"""Rows of exported tables among the study's: their labels as animals, and what they cannot give."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.exported import SOURCE
from lumicohort.imaging.exported_animals import loose
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.cohort.batches import Click

Row = dict[str, Any]


def name_animals(
    rois: Sequence[Row], sources: Sequence[Row], animals: Mapping[str, Row]
) -> list[Row]:
    """Give rows of exported tables the ids of the cohort sheet.

    A label counts as written, else without regard to case and spaces.

    Parameters
    ----------
    rois : sequence of dict
        Measured regions of all batches.
    sources : sequence of dict
        Rows of `sources.csv`: which row of which table each is.
    animals : mapping of str to dict
        The cohort.

    Returns
    -------
    list of dict
        The regions; those of exported tables renamed where the cohort writes the id otherwise.

    Raises
    ------
    InputError
        Where a label fits two animals, or none of a table's labels fits any: it is another
        study's, or its labels are no animal ids.
    """
    places = {
        (s["batch"], s["click"], s["animal_id"], s["region"]): (s["file"], s["row"])
        for s in sources
        if s["source"] == SOURCE
    }
    known: defaultdict[str, list[str]] = defaultdict(list)
    for animal_id in animals:
        known[loose(animal_id)].append(animal_id)
    problems: list[Problem] = []
    labels: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    out = []
    for roi in rois:
        animal_id = roi["animal_id"]
        if roi["source"] == SOURCE:
            key = (roi["batch"], roi["click"], animal_id, roi["region"])
            file, row = places.get(key, ("", ""))
            found = [animal_id] if animal_id in animals else known.get(loose(animal_id), [])
            labels[file][animal_id] = bool(found)
            if len(found) > 1:
                both = " and ".join(f"`{a}`" for a in found)
                message = f"the label `{animal_id}` fits {both} of the cohort sheet."
                hint = "Name the animals of this image in the imaging sheet."
                problems.append(Problem(message, file or None, f"row {row}" if row else None, hint))
            elif found:
                roi = {**roi, "animal_id": found[0]}
        out.append(roi)
    for file, fits in labels.items():
        if not any(fits.values()):
            shown = ", ".join(f"`{label}`" for label in list(fits)[:5])
            message = (
                f"none of its {len(fits)} ROI labels ({shown}) is an animal of the cohort sheet."
            )
            hint = (
                "The table may be another study's; or name the animals of its images in the "
                "imaging sheet."
            )
            problems.append(Problem(message, file or None, None, hint))
    if problems:
        raise InputError(problems)
    return out


def check_config(config: StudyConfig, images: Sequence[Click]) -> None:
    """Refuse, before anything is measured, an analysis that no exported table can serve.

    Parameters
    ----------
    config : StudyConfig
        The study.
    images : sequence of Click
        Its clicks and the images that only exported tables have.

    Raises
    ------
    InputError
        Where all images are those of exported tables, and what is analysed is not in them.
    """
    if not images or not all(image.only_exported for image in images):
        return
    settings = config.imaging.measurements
    regions = [settings.region, *settings.suffixes.values()]
    check_analysed(
        config,
        [
            {
                "source": SOURCE,
                "included": True,
                "region": region,
                **{name: 1.0 if name in image.quantities else math.nan for name in _QUANTITIES},
                "batch": image.batch,
                "click": image.name,
            }
            for image in images
            for region in regions
            if region is not None
        ],
    )


_QUANTITIES = ("total_flux_p_s", "net_flux_p_s")
_WHY = {
    "net_flux_p_s": "which have no background to take off",
    "total_flux_p_s": "which Living Image had corrected for a background ROI",
}


def check_analysed(config: StudyConfig, flux: Sequence[Row]) -> None:
    """Refuse an analysis of what exported tables do not give.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : sequence of dict
        Measured regions of the cohort's animals.

    Raises
    ------
    InputError
        Where the analysed quantity is the net flux, and exported rows are total flux, or the other
        way round; or the analysed region stands in none of the rows of a study with exported
        tables.
    """
    exported = [row for row in flux if row["source"] == SOURCE and row["included"]]
    if not exported:
        return
    burden = config.analysis.burden
    problems = []
    quantity = burden.quantity
    other = next(name for name in _QUANTITIES if name != quantity)
    only_other = {
        (row["batch"], row["click"])
        for row in exported
        if _missing(row[quantity]) and not _missing(row[other])
    }
    if only_other:
        both = any(not _missing(row[quantity]) for row in exported)
        hint = f"Analyse `{other}`"
        if both:
            hint = "Export all tables in one way: every ROI linked to a background ROI, or none"
        problems.append(
            Problem(
                f"config key analysis.burden.quantity is `{quantity}`, and the flux of "
                f"{len(only_other)} images is from exported tables, {_WHY[quantity]}.",
                hint=f"{hint} (config key imaging.measurements.background_roi says what their "
                "fluxes are).",
            )
        )
    if not any(row["region"] == burden.region for row in flux):
        regions = ", ".join(f"`{r}`" for r in sorted({row["region"] for row in flux}))
        problems.append(
            Problem(
                f"config key analysis.burden.region is `{burden.region}`, and the study's flux, "
                f"from exported tables, is of {regions} alone.",
                hint="Set analysis.burden.region to what was measured.",
            )
        )
    if problems:
        raise InputError(problems)


MIXED = "source_changes_over_time"
"""Flag of flux that is from an exported table on some of an animal's days, and not on others."""


def flag_mixed_sources(flux: Sequence[Row]) -> None:
    """Flag animals whose flux is from exported tables on some days and from images on others.

    An ROI drawn by hand and a region found in the photograph differ in outline, so such a step
    between two days may be none of the tumour's.

    Parameters
    ----------
    flux : sequence of dict
        Rows of `flux.csv`; their `flags` may grow.
    """
    sources: defaultdict[tuple[str, str], set[bool]] = defaultdict(set)
    for row in flux:
        sources[row["animal_id"], row["region"]].add(row["source"] == SOURCE)
    for row in flux:
        if len(sources[row["animal_id"], row["region"]]) > 1:
            row["flags"] = ";".join(filter(None, [row["flags"], MIXED]))


def _missing(value: Any) -> bool:
    return value is None or math.isnan(float(value))
