"""From measured batches and the cohort to `flux.csv` and `exclusions.csv`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lumicohort.cohort.external import ExternalFlux, LeftOut
from lumicohort.cohort.flow import write_flow
from lumicohort.errors import InputError, Problem
from lumicohort.files import write_rows
from lumicohort.plausible import MOST_P_S, NO_MOUSE
from lumicohort.study.choose import Row, choose_clicks, scheduled_days
from lumicohort.study.config import StudyConfig
from lumicohort.study.exported import Analysed, flag_mixed_sources
from lumicohort.study.sessions import Click, Sessions, Stranger, read_rows
from lumicohort.study.views import Views, view_name

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
_ANIMAL = (
    "animal_id",
    "model",
    "arm",
    "inoculation_date",
    "end_date",
    "included",
    "reason",
    "file",
    "row",
)
"""What is read of an animal."""


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
    listed = read_rows(results / "cohort" / "exclusions.csv")
    animals = {
        row["animal_id"]: row
        for row in read_rows(results / "cohort" / "animals.csv", columns=_ANIMAL)
    }
    sessions = Sessions(animals, [Path(folder) for folder in batch_folders])
    unknown = _unknown(config, sessions.strangers, animals)
    external = ExternalFlux(results)
    joined = _Joined(config, sessions, animals, external, LeftOut(results))
    write_rows(joined.rows(), FLUX, results / "flux.csv")
    # other views of all animals first, then other clicks of the same view
    others = sorted(joined.others, key=lambda row: bool(row["rule"] != "view"))
    listed += sessions.exclusions + unknown + others
    imaged = bool(batch_folders) or config.data.flux is not None
    if imaged:  # where a study has no imaging, nobody lacks it
        seen = {*sessions.regions.animals(), *external.animals()}
        listed += _never_imaged(animals, seen)
    write_rows(_once(listed), EXCLUSIONS, results / "exclusions.csv")
    del sessions, joined, listed, others  # the memory serves what follows
    write_flow(config, results, imaged)


class _Joined:
    """Measured regions with what the cohort says of their animals, one animal at a time.

    Only one animal's rows stand in memory in full.
    """

    def __init__(
        self,
        config: StudyConfig,
        sessions: Sessions,
        animals: Mapping[str, Row],
        external: ExternalFlux,
        left_out: LeftOut,
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._animals = animals
        self._external = external
        self._left_out = left_out
        self.others: list[Row] = []
        """What is listed of the clicks that do not count, once all rows were yielded."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows of `flux.csv`, and after the last refuse what is wrong with any."""
        ends, sizes = _Ends(), _Sizes()
        analysed, views = Analysed(self._config), Views(self._config)
        problems: list[Problem] = []
        for animal in self._animals.values():
            flux = self._measured(animal)
            ends.see(flux, animal)
            sizes.see(flux)
            analysed.see(flux)
            views.see(flux)
            try:
                counts = self._choose(flux, animal)
            except InputError as error:
                problems += error.problems
            else:
                yield from counts
        ends.refuse()
        sizes.refuse()
        analysed.refuse()
        views.refuse()
        if problems:
            raise InputError(problems)
        self._external.refuse()

    def _measured(self, animal: Row) -> list[Row]:
        """Return all measured regions of an animal, in order."""
        clicks = self._sessions.clicks
        return sorted(
            (
                _flux_row(self._config, roi, clicks[roi["batch"], roi["click"]], animal)
                for roi in self._sessions.regions.of(animal["animal_id"])
            ),
            key=_place,
        )

    def _choose(self, flux: Sequence[Row], animal: Row) -> list[Row]:
        """Return an animal's rows that count, with its flux measured elsewhere, in order."""
        self._left_out.mark(flux)  # before the choice: another click of that day may count
        flux, others = choose_clicks(self._config, flux)
        self.others += others
        flag_mixed_sources(flux)
        flux = sorted([*flux, *self._external.rows(animal, flux)], key=_place)
        self._left_out.mark(flux)
        for row, day in zip(flux, scheduled_days(self._config, flux), strict=True):
            row["scheduled_day"] = day
        return flux


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return exclusions in order, equal ones once."""
    return list({tuple(row.get(name, "") for name in EXCLUSIONS): row for row in rows}.values())


def _exclusion(what: str, id_: str, file: str, row: str, reason: str, rule: str) -> Row:
    return dict(zip(EXCLUSIONS, (what, id_, file, row, reason, rule), strict=True))


def _unknown(
    config: StudyConfig, strangers: Iterable[Stranger], animals: Mapping[str, Row]
) -> list[Row]:
    """Return what is listed of animals that the cohort sheet does not have, or refuse them."""
    from lumicohort.cohort.crosschecks import nearest_id, stopped

    listed = []
    for batch, click, animal_id, position, file, row in strangers:
        where = f"at position {position} on click `{click}` of batch `{batch}`"
        if file:
            where = f"the label of an ROI of image `{click}` of batch `{batch}`"
        if animal_id == "":
            what, reason, rule = "image", f"{where} has no animal_id.", "no_animal"
        else:
            what, rule = "animal", "unknown_animal"
            reason = stopped(
                f"`{animal_id}`, {where}, does not stand in the cohort sheet"
                f"{nearest_id(animal_id, animals)}"
            )
        place = file or str(config.imaging_folder / batch / click)
        listed.append(_exclusion(what, animal_id, place, row, reason, rule))
    if listed and config.strict:
        raise InputError(
            Problem(e["reason"], e["file"], f"row {e['row']}" if e["row"] else None) for e in listed
        )
    return listed


def _flux_row(config: StudyConfig, roi: Row, click: Click, animal: Row) -> Row:
    """Add to a measured region what the cohort says of its animal, and return it."""
    acquired = str(click.acquired_at)
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
        "exposure_s": click.exposure_s,
        "view": view_name(click.view),
        "summed_with": "",
    }
    return roi


def _reason(config: StudyConfig, roi: Row, animal: Row) -> str:
    """Return why a region is left out of the statistics; blank where it is not."""
    if not animal["included"]:
        return str(animal["reason"])
    if roi["reason"] not in (None, "", "NA"):  # a reviewer rejected it
        return str(roi["reason"])
    if math.isnan(roi["total_flux_p_s"]) and math.isnan(roi["net_flux_p_s"]):
        return "no flux could be measured"
    if roi["n_saturated"] > 0 and config.imaging.detection.exclude_saturated:
        return f"saturated ({int(roi['n_saturated'])} pixels): the flux is a lower bound"
    return ""


class _Ends:
    """Images of animals that had ended before."""

    def __init__(self) -> None:
        self._late: dict[tuple[str, str, str, str], Row] = {}

    def see(self, flux: Iterable[Row], animal: Row) -> None:
        """Look at an animal's measured regions."""
        if end := animal["end_date"]:
            self._late |= {
                (row["animal_id"], row["date"], row["batch"], row["click"]): animal
                for row in flux
                if row["date"] > end
            }

    def refuse(self) -> None:
        """Refuse such images."""
        problems = [
            Problem(
                f"`{animal_id}` was imaged on {day} (click `{click}` of batch `{batch}`), "
                f"after its end on {animal['end_date']}.",
                animal["file"],
                f"row {animal['row']}",
                "Correct the end date, or which animal lay on the click.",
            )
            for (animal_id, day, batch, click), animal in sorted(
                self._late.items(), key=lambda late: late[0]
            )
        ]
        if problems:
            raise InputError(problems)


class _Sizes:
    """Measured flux that no animal can give: a calibration or an image must be damaged."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def see(self, flux: Iterable[Row]) -> None:
        """Look at an animal's measured regions."""
        self._problems += [
            Problem(
                f"{name} of `{row['animal_id']}`, region {row['region']} (click "
                f"`{row['click']}` of batch `{row['batch']}`), is {row[name]:g}, {NO_MOUSE}.",
                hint="Look at the click's calibration and image, or leave it out (config "
                "key data.exclusions).",
            )
            for row in flux
            for name in ("total_flux_p_s", "net_flux_p_s", "lod_p_s")
            if abs(row.get(name, 0.0)) > MOST_P_S
        ]

    def refuse(self) -> None:
        """Refuse such flux."""
        if self._problems:
            raise InputError(self._problems)


_REGIONS = {name: i for i, name in enumerate(REGIONS)}


def _place(row: Row) -> tuple[Any, ...]:
    """Return by what an animal's rows are ordered: time, click and region."""
    region = _REGIONS.get(row["region"], len(_REGIONS))
    when = (row["date"], row["acquired_at"], row["batch"], row["click"])
    return (*when, region, row["region"])


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
