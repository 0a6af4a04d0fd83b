"""ROIs that were drawn in Living Image, and whose animal each is.

Living Image's ROI coordinates live in its own, warped frame: at the outer mice they are two or
three binned pixels off the raw image. They are used as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.click import Click
from lumicohort.living_image.rois import RoiLine
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.region import Region, cropped

FAR_CM = 1.0
"""A ROI whose centre lies farther from its animal's body than this is flagged."""


def drawn_regions(
    click: Click, n: int, mice: Sequence[Mouse] | None, animals: Sequence[str]
) -> list[Region]:
    """Return the measurement ROIs of a click as regions of its animals.

    Each ROI belongs to the animal that Living Image links it to (`Subject ID`); else to the mouse
    in the photograph that it lies on; else, where there are as many ROIs as animals, they belong
    to them from left to right.

    Parameters
    ----------
    click : Click
        The click.
    n : int
        Pixels along a side of the luminescent image.
    mice : sequence of Mouse or None
        Mice in the photograph, left to right; None where they could not be found.
    animals : sequence of str
        Animals, left to right.

    Returns
    -------
    list of Region
        Named by the ROIs' labels, ordered by animal.

    Raises
    ------
    InputError
        Where no measurement ROI was drawn, or which animal it belongs to cannot be told.
    """
    file = click.file("AnalyzedClickInfo.txt") or click.folder
    lines = click.roi_lines
    measured = [line for line in lines if line.roi_type.casefold().startswith("measurement")]
    if not measured:
        raise InputError(
            Problem(
                "no measurement ROI was drawn in Living Image on this click.",
                file,
                hint="Draw one per animal and save the click, or use the `anatomy` method.",
            )
        )
    backgrounds = {line.label: line for line in lines if "background" in line.roi_type.casefold()}
    full_cm = click.fov_cm / (n * click.binning)
    places = _places(measured, mice, animals, full_cm, str(file))
    shape = (n, n)
    made: dict[str, Region] = {}
    for label, line in backgrounds.items():
        made[label] = cropped(0, label, line.mask(shape, click.binning))
    default = next(iter(made.values())) if len(made) == 1 else None
    out = []
    for line, (place, flags) in zip(measured, places, strict=True):
        background = made.get(line.bkg_roi, default)
        if line.bkg_roi and line.bkg_roi not in made:
            flags = (*flags, "bkg_roi_not_found")
        mask = line.mask(shape, click.binning)
        if not mask.any():
            raise InputError(
                Problem(f"the ROI `{line.label}` covers no pixel of the image.", line.where)
            )
        out.append(cropped(place, line.label, mask, flags=flags, background=background))
    return sorted(out, key=lambda region: region.place)


def _places(
    lines: Sequence[RoiLine],
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    full_cm: float,
    file: str,
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the place of the animal that each ROI belongs to, with flags."""
    order = sorted(range(len(lines)), key=lambda i: lines[i].xc_px)
    by_order = {i: k for k, i in enumerate(order, start=1)} if len(lines) == len(animals) else {}
    out: list[tuple[int, tuple[str, ...]]] = []
    for i, line in enumerate(lines):
        flags: list[str] = [] if mice is not None else ["mice_not_found_in_photograph"]
        centre = np.array([line.xc_px, line.yc_px]) * full_cm
        if line.polygon_px:
            centre = np.mean(line.polygon_px, axis=0) * full_cm
        on, distance = _nearest(mice, centre) if mice else (None, 0.0)
        if line.subject_id and line.subject_id in animals:
            place = list(animals).index(line.subject_id) + 1
        elif on is not None and distance < FAR_CM:
            place = on
            if by_order.get(i, place) != place:
                flags.append("rois_not_one_per_animal")
        elif i in by_order:
            place = by_order[i]
        else:
            raise InputError(
                Problem(
                    f"{len(lines)} measurement ROIs for {len(animals)} animals, and the ROI "
                    f"`{line.label}` lies on none of the mice found in the photograph: whose "
                    "it is cannot be told.",
                    file,
                    hint="Draw one ROI per animal, or link each to its subject.",
                )
            )
        if on is not None and on != place:
            flags.append("roi_lies_on_another_animal")
        elif on is not None and distance > FAR_CM:
            flags.append("roi_away_from_animal")
        out.append((place, tuple(flags)))
    return out


def _nearest(mice: Sequence[Mouse], centre: np.ndarray) -> tuple[int, float]:
    """Return the place of the mouse nearest to a point, and the distance to its midline's area."""
    from lumicohort.regions.body import centres_cm

    distances = [float(np.hypot(*(centres_cm(m.mask, m.pixel_cm) - centre).T).min()) for m in mice]
    best = int(np.argmin(distances))
    return best + 1, distances[best]
