"""One image of the exported tables: its animals, what its fluxes are, its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import TEXT_COLUMNS
from lumicohort.imaging.assign import by_click, minutes_after
from lumicohort.imaging.exported import SOURCE, Listed, left_out
from lumicohort.imaging.exported_animals import NoAnimal, OwnedRoi, own
from lumicohort.imaging.exported_background import TOTAL, Basis, basis_of, kinds_of
from lumicohort.imaging.exported_click import ClickText
from lumicohort.imaging.positions import Position
from lumicohort.imaging.rows import CLICK_COLUMNS, ROI_COLUMNS
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.living_image.measurements.times import image_time
from lumicohort.study.config import StudyConfig


@dataclass(slots=True)
class TableImage:
    """One image of the tables with its animals.

    Parameters
    ----------
    batch, name : str
        Its batch; its click's name, else its number.
    owned : list of OwnedRoi
        Its ROIs with animal and region.
    sheet : list of Position
        What the imaging sheet says of it.
    acquired : datetime
        When it was taken.
    flags : tuple of str
        What a reader of its numbers should know.
    view : str
        Its view as labelled.
    expected : int
        Animals on it, as far as known.
    without_roi : list of str
        Those of them that no ROI is of.
    listed : list of dict
        Rows of `exclusions.csv`.
    problems : list of Problem
        What cannot be settled.
    basis : dict of RoiResult to Basis
        Whether the flux of each ROI is total or net.
    text : ClickText
        What its click's text tells.
    """

    batch: str
    name: str
    owned: list[OwnedRoi]
    sheet: list[Position]
    acquired: datetime
    flags: tuple[str, ...]
    view: str
    expected: int
    without_roi: list[str]
    listed: list[Listed]
    problems: list[Problem]
    basis: dict[RoiResult, Basis]
    text: ClickText

    @classmethod
    def of(
        cls,
        config: StudyConfig,
        batch: str,
        name: str,
        rois: Sequence[RoiResult],
        positions: Sequence[Position],
        click: dict[str, Any] | None,
        text: ClickText,
    ) -> TableImage:
        """Return an image of the tables.

        Parameters
        ----------
        config : StudyConfig
            The study.
        batch, name : str
            Its batch; its click's name, else its number.
        rois : sequence of RoiResult
            Its rows.
        positions : sequence of Position
            The batch's rows of the imaging sheet.
        click : dict or None
            Its click's row of `clicks.csv`, where that was measured.
        text : ClickText
            What its click's text tells.

        Raises
        ------
        InputError
            Where its date is not known, or its rows tell two times.
        """
        sheet = by_click(positions, {name: name})[0].get(name, [])
        animals = [p.animal_id for p in sheet if p.animal_id] or list(text.animals) or None
        if click is not None:
            animals = [a for a in str(click["animal_ids"]).split(";") if a]
            acquired = datetime.fromisoformat(click["acquired_at"])
            flags: tuple[str, ...] = ()
        else:
            acquired, flags = _time_of(config, batch, rois)
        settings, known = config.imaging.measurements, animals or ()
        kinds = kinds_of(rois, known, text)
        listed = [
            left_out("roi", roi.label or roi.roi, roi.file, roi.row_name, what, rule)
            for found, what, rule in (
                (kinds.backgrounds, "a background ROI, no animal.", "background_roi"),
                (kinds.subjects, "a subject ROI, which measures nothing.", "subject_roi"),
            )
            for roi in found
        ]
        owned, problems = own(kinds.light, animals, settings)
        basis = {o.roi: basis_of(o.roi, kinds.backgrounds, settings, text) for o in owned}
        present = {o.animal_id for o in owned}
        without_roi = [a for a in animals or () if a not in present]
        if all(isinstance(problem, NoAnimal) for problem in problems):
            reason = f"no ROI of the exported table is of `{{}}`, which lies on image `{name}`."
            listed += [
                left_out("image", a, rois[0].file, "", reason.format(a), "no_roi")
                for a in without_roi
            ]
        view = (
            str(click["view"]) if click is not None else next((r.view for r in rois if r.view), "")
        )
        expected = len(animals) if animals is not None else len(present)
        return cls(
            batch=batch,
            name=name,
            owned=owned,
            sheet=sheet,
            acquired=acquired,
            flags=flags,
            view=view,
            expected=expected,
            without_roi=without_roi,
            listed=listed,
            problems=problems,
            basis=basis,
            text=text,
        )

    def row(self, owned: OwnedRoi, click_failed: bool = False) -> dict[str, Any]:
        """Return an ROI's row of `rois.csv`: what a table cannot give is missing."""
        roi, basis = owned.roi, self.basis[owned.roi]
        flags = [*roi.flags, *basis.flags, *self.flags]
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
            basis.quantity: roi.total_flux_p_s,
            **(
                {
                    "avg_radiance_p_s_cm2_sr": roi.avg_radiance,
                    "max_radiance_p_s_cm2_sr": roi.max_radiance,
                }
                if basis.quantity == TOTAL  # else nothing tells whether these are net as well
                else {"background_radiance_p_s_cm2_sr": basis.background}
            ),
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
                    f"image `{roi.image_number}` was taken at {when} here and at {first} in "
                    f"{rois[0].where} of {rois[0].file.name}."
                )
            )
    return first, flags
