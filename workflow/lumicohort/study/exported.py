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
    from lumicohort.cohort.cohort import Cohort

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
            problems.append(_strange(file, list(fits)))
    if problems:
        raise InputError(problems)
    return out


def _strange(file: str, labels: Sequence[str]) -> Problem:
    """Return the problem of a table none of whose labels is an animal of the study."""
    shown = ", ".join(f"`{label}`" for label in labels[:5])
    return Problem(
        f"none of its {len(labels)} ROI labels ({shown}) is an animal of the cohort sheet.",
        file or None,
        None,
        "The table may be another study's; or name the animals of its images in the imaging sheet.",
    )


def check_labels(config: StudyConfig, cohort: Cohort) -> None:
    """Refuse, before anything is measured, tables whose ROIs cannot be the study's animals'.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        Its sheets, and the images that only exported tables have.

    Raises
    ------
    InputError
        As measuring them would: an ROI whose animal or region is in doubt, and a table of which
        no ROI fits any animal.
    """
    from lumicohort.imaging.exported import read_exported
    from lumicohort.imaging.exported_click import ClickText
    from lumicohort.imaging.exported_image import TableImage
    from lumicohort.imaging.exported_unmatched import Unmatched

    known = {loose(animal.animal_id) for animal in cohort.animals}
    images: defaultdict[str, set[str]] = defaultdict(set)
    for click in cohort.clicks:
        if click.only_exported:
            images[click.batch].add(click.name)
    problems: list[Problem] = []
    for batch, names in images.items():
        tables = read_exported(config, config.imaging_folder / batch, has_clicks=True).images
        unmatched = Unmatched()
        labels: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for name in sorted(names & tables.keys()):
            rows = cohort.positions.get(batch, [])
            try:
                image = TableImage.of(config, batch, name, tables[name], rows, None, ClickText())
            except InputError as error:
                problems += error.problems
                continue
            problems += unmatched.sort_out(image, counts=True)
            for owned in image.owned:
                found = loose(owned.animal_id) in known
                labels[str(owned.roi.file)][owned.animal_id] = found
        problems += unmatched.of_strange_tables()
        if not known:  # a template that is still to be filled in
            continue
        problems += [
            _strange(f, list(fits)) for f, fits in labels.items() if not any(fits.values())
        ]
    if problems:
        raise InputError(problems)


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
