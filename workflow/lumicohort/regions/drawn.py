"""ROIs that someone drew, in Living Image or in ImageJ, and which animal each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.region import Region
from lumicohort.study.config.imaging import Regions

FAR_CM = 1.0
"""A ROI whose centre lies farther from its animal's body than this is flagged."""
_MUCH = 0.1
"""Part of another body that a drawn ROI may hold: mice lie close, and circles graze ears."""
ON_ANOTHER = "roi_lies_on_another_animal"
NOT_FOUND = "mice_not_found_in_photograph"
NOT_LOOKED_FOR = "photograph_not_used"
"""Flags that say why no mice stand beside drawn ROIs."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A ROI as it was drawn.

    Parameters
    ----------
    label : str
        Its label.
    region : str
        The region that its label names; the label where that is no more than a label.
    pixels : Region
        Its pixels, as a region of no animal yet.
    centre_cm : (float, float)
        Its centre, cm from the image's upper left.
    place : int or None
        Place of the animal that it is linked to or named for.
    where : str
        File and place in it, for messages.
    flags : tuple of str
        What a reader should know.
    background : Region or None
        The background ROI that belongs to it.
    """

    label: str
    region: str
    pixels: Region
    centre_cm: tuple[float, float]
    place: int | None
    where: str
    flags: tuple[str, ...] = ()
    background: Region | None = None


def as_regions(
    rois: Sequence[Drawn],
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    file: str,
    config: Regions | None,
    words: str,
    without_mice: str = NOT_FOUND,
) -> list[Region]:
    """Give every ROI to its animal.

    Parameters
    ----------
    rois : sequence of Drawn
        The ROIs.
    mice : sequence of Mouse or None
        Mice in the photograph, left to right; None where they could not be found.
    animals : sequence of str
        Animals, left to right.
    file : str
        Where the ROIs stand, for messages.
    config : Regions or None
        The config of regions.
    words : str
        How the regions were placed, in words.
    without_mice : str, optional
        The flag that says why there are no mice.

    Returns
    -------
    list of Region
        Ordered by animal.

    Raises
    ------
    InputError
        Where it cannot be told whose a ROI is, or two are the same region of one animal.
    """
    places = _places(rois, mice, animals, file, without_mice)
    count = {place: sum(p == place for p, _ in places) for place, _ in places}
    known_as = config.drawn_as if config is not None else None
    out = []
    problems = []
    seen: dict[tuple[int, str], Drawn] = {}
    for roi, (place, flags) in zip(rois, places, strict=True):
        name = known_as if known_as and count[place] == 1 else roi.region
        first = seen.setdefault((place, name), roi)
        if first is not roi:
            problems.append(
                Problem(
                    f"the ROIs `{first.label}` and `{roi.label}` are both the region `{name}` of "
                    f"animal `{animals[place - 1]}`.",
                    roi.where,
                    hint="Give each its own name, or delete one.",
                )
            )
        placed = f"{words}: {roi.label}" if roi.label else words
        out.append(
            roi.pixels.like(
                place=place, name=name, flags=flags, background=roi.background, placed=placed
            )
        )
    if problems:
        raise InputError(problems)
    return sorted(out, key=lambda region: region.place)


def covering_others(regions: Sequence[Region], bodies: np.ndarray) -> list[Region]:
    """Flag drawn regions that hold much of another mouse's body, and so its light.

    Parameters
    ----------
    regions : sequence of Region
        Drawn regions.
    bodies : ndarray of uint8, shape (n, n)
        Which mouse (1, 2, … left to right) each pixel of the bodies belongs to; 0 is none.

    Returns
    -------
    list of Region
        The same regions; `roi_covers_another_animal` is added where it holds.
    """
    limits = _MUCH * np.bincount(bodies.ravel(), minlength=2)
    out = []
    for region in regions:
        held = np.bincount(region.of(bodies), minlength=len(limits))
        held[[0, region.place]] = 0
        if (held > limits).any() and ON_ANOTHER not in region.flags:
            region = region.like(flags=(*region.flags, "roi_covers_another_animal"))
        out.append(region)
    return out


def _places(
    rois: Sequence[Drawn],
    mice: Sequence[Mouse] | None,
    animals: Sequence[str],
    file: str,
    without_mice: str,
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the place of the animal that each ROI belongs to, with flags."""
    by_order: dict[int, int] = {}
    if len(rois) == len(animals):
        order = sorted(range(len(rois)), key=lambda i: rois[i].centre_cm[0])
        by_order = {i: k for k, i in enumerate(order, start=1)}
    out: list[tuple[int, tuple[str, ...]]] = []
    problems = []
    for i, roi in enumerate(rois):
        flags = list(roi.flags)
        if mice is None:
            flags.append(without_mice)
        on, distance = _nearest(mice, roi.centre_cm) if mice else (None, 0.0)
        if roi.place is not None:
            place = roi.place
        elif on is not None and distance < FAR_CM:
            place = on
            if by_order.get(i, place) != place:
                flags.append("rois_not_one_per_animal")
        elif i in by_order:
            place = by_order[i]
        else:
            lies = "lies on none of the mice found in the photograph" if mice else "names no animal"
            problems.append(
                Problem(
                    f"{len(rois)} measurement ROIs for {len(animals)} animals, and the ROI "
                    f"`{roi.label}` {lies}: whose it is cannot be told.",
                    file,
                    hint="Draw one ROI per animal, or link each to its subject (in ImageJ: name "
                    "each for its animal).",
                )
            )
            continue
        if on is not None and on != place:
            flags.append(ON_ANOTHER)
        elif on is not None and distance > FAR_CM:
            flags.append("roi_away_from_animal")
        out.append((place, tuple(flags)))
    if problems:
        raise InputError(problems)
    return out


def _nearest(mice: Sequence[Mouse], centre: tuple[float, float]) -> tuple[int, float]:
    """Return the place of the mouse nearest to a point, and the distance to its body."""
    from lumicohort.regions.body import centres_cm

    distances = [float(np.hypot(*(centres_cm(m.mask, m.pixel_cm) - centre).T).min()) for m in mice]
    best = int(np.argmin(distances))
    return best + 1, distances[best]
