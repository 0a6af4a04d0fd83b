"""Rows of exported tables among the study's: their labels as animals, and what they cannot give."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.exported import SOURCE
from lumicohort.imaging.exported_animals import loose
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.cohort.batches import Click
    from lumicohort.cohort.cohort import Cohort

Row = dict[str, Any]


class Labels:
    """Labels of exported tables as animals of the cohort sheet, batch after batch.

    A label counts as written, else without regard to case and spaces.

    Parameters
    ----------
    animals : collection of str
        The ids of the cohort sheet.

    Attributes
    ----------
    unknown : dict
        Batch, image and label of those that fit no animal, to the file and row of the first.
    """

    def __init__(self, animals: Collection[str]) -> None:
        self._animals = animals
        self.unknown: dict[tuple[str, str, str], tuple[str, str]] = {}
        self._known: defaultdict[str, list[str]] = defaultdict(list)
        for animal_id in animals:
            self._known[loose(animal_id)].append(animal_id)
        self._problems: list[Problem] = []
        self._fits: defaultdict[str, dict[str, bool]] = defaultdict(dict)

    def name_animals(self, rois: Sequence[Row], sources: Sequence[Row]) -> list[Row]:
        """Give rows of a batch's exported tables the ids of the cohort sheet.

        Parameters
        ----------
        rois : sequence of dict
            The batch's measured regions.
        sources : sequence of dict
            Rows of its `sources.csv`: which row of which table each is.

        Returns
        -------
        list of dict
            The regions; those of exported tables renamed where the cohort writes the id otherwise.
        """
        places = {
            (s["batch"], s["click"], s["animal_id"], s["region"]): (s["file"], s["row"])
            for s in sources
            if s["source"] == SOURCE
        }
        out = []
        for roi in rois:
            if roi["source"] == SOURCE:
                key = (roi["batch"], roi["click"], roi["animal_id"], roi["region"])
                place = places.get(key, ("", ""))
                found = self._found(roi["animal_id"], *place)
                if not found:
                    self.unknown.setdefault(key[:3], place)
                if len(found) == 1:
                    roi = {**roi, "animal_id": found[0]}
            out.append(roi)
        return out

    def _found(self, label: str, file: str, row: str) -> list[str]:
        """Return the animals that a label fits."""
        found = [label] if label in self._animals else self._known.get(loose(label), [])
        self._fits[file][label] = bool(found)
        if len(found) > 1:
            both = " and ".join(f"`{a}`" for a in found)
            message = f"the label `{label}` fits {both} of the cohort sheet."
            hint = "Name the animals of this image in the imaging sheet."
            place = f"row {row}" if row else None
            self._problems.append(Problem(message, file or None, place, hint))
        return found

    def refuse(self) -> None:
        """Refuse what was found in all batches.

        Raises
        ------
        InputError
            Where a label fits two animals, or none of a table's labels fits any: it is another
            study's, or its labels are no animal ids.
        """
        problems = list(self._problems)
        for file, fits in self._fits.items():
            if not any(fits.values()):
                problems.append(_strange(file, list(fits)))
        if problems:
            raise InputError(problems)


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
    analysed = Analysed(config)
    analysed.see(
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
    )
    analysed.refuse()


_QUANTITIES = ("total_flux_p_s", "net_flux_p_s")
_WHY = {
    "net_flux_p_s": "which have no background to take off",
    "total_flux_p_s": "which Living Image had corrected for a background ROI",
}


class Analysed:
    """Whether exported tables give what is analysed.

    Parameters
    ----------
    config : StudyConfig
        The study.
    """

    def __init__(self, config: StudyConfig) -> None:
        burden = config.analysis.burden
        self._quantity, self._region = burden.quantity, burden.region
        self._other = next(name for name in _QUANTITIES if name != burden.quantity)
        self._regions: set[str] = set()
        self._exported = self._given = False
        self._only_other: set[tuple[str, str]] = set()

    def see(self, flux: Iterable[Row]) -> None:
        """Look at measured regions of the cohort's animals."""
        for row in flux:
            self._regions.add(row["region"])
            if row["source"] != SOURCE or not row["included"]:
                continue
            self._exported = True
            if not _missing(row[self._quantity]):
                self._given = True
            elif not _missing(row[self._other]):
                self._only_other.add((row["batch"], row["click"]))

    def refuse(self) -> None:
        """Refuse an analysis of what exported tables do not give.

        Raises
        ------
        InputError
            Where the analysed quantity is the net flux, and exported rows are total flux, or the
            other way round; or the analysed region stands in none of the rows of a study with
            exported tables.
        """
        if not self._exported:
            return
        problems = []
        if self._only_other:
            hint = f"Analyse `{self._other}`"
            if self._given:
                hint = "Export all tables in one way: every ROI linked to a background ROI, or none"
            problems.append(
                Problem(
                    f"config key analysis.burden.quantity is `{self._quantity}`, and the flux of "
                    f"{len(self._only_other)} images is from exported tables, "
                    f"{_WHY[self._quantity]}.",
                    hint=f"{hint} (config key imaging.measurements.background_roi says what their "
                    "fluxes are).",
                )
            )
        if self._region not in self._regions:
            regions = ", ".join(f"`{r}`" for r in sorted(self._regions))
            problems.append(
                Problem(
                    f"config key analysis.burden.region is `{self._region}`, and the study's flux, "
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
