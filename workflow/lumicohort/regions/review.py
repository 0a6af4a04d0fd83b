"""A reviewer's corrections of regions; they win over whatever method made them.

A correction is tied to the very image that the reviewer saw, by the SHA-256 of `luminescent.TIF`:
where that differs, it is not applied, and the click says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lumicohort.regions.anatomy import NAMES
from lumicohort.regions.polygons import polygon_mask
from lumicohort.regions.region import Region, cropped, overlapping

ACTIONS = ("accept", "reject", "replace", "reassign")
"""What a reviewer can say of a region."""
FLAGS = {"accept": "review_accepted", "reject": "review_rejected", "reassign": "review_reassigned"}
"""Flags of corrected regions."""
METHOD = "review"
"""`roi_method` of a region that a reviewer drew."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of `roi_review.csv`.

    Parameters
    ----------
    click : str
        The click's folder.
    animal_id : str
        The animal, as the click names it before any correction.
    region : str
        The region; blank for all of the animal's.
    action : str
        One of :data:`ACTIONS`.
    geometry : tuple of (float, float)
        For `replace`: corners (x, y), cm from the image's upper left.
    new_animal_id : str
        For `reassign`: whose region it is.
    reason, reviewer, time : str
        Why, who, and when.
    sha256 : str
        SHA-256 of the luminescent image that was looked at.
    file : str
        The sheet, for messages.
    row : int
        Its row.
    """

    click: str
    animal_id: str
    region: str
    action: str
    geometry: tuple[tuple[float, float], ...]
    new_animal_id: str
    reason: str
    reviewer: str
    time: str
    sha256: str
    file: str
    row: int

    def of(self, region: Region, animals: Sequence[str]) -> bool:
        """Return whether it speaks of a region."""
        return animals[region.place - 1] == self.animal_id and self.region in ("", region.name)

    def words(self) -> str:
        """Return it for the reader of a table: who said so and why."""
        return f"{self.reviewer}: {self.reason}" if self.reason else self.reviewer


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A correction that could not be applied, and why."""

    correction: Correction
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """Regions after a reviewer's corrections.

    Parameters
    ----------
    regions : tuple of Region
        The regions.
    not_applied : tuple of NotApplied
        Corrections that could not be applied.
    """

    regions: tuple[Region, ...]
    not_applied: tuple[NotApplied, ...]


def usable(
    corrections: Sequence[Correction], animals: Sequence[str], sha256: str, fov_cm: float
) -> tuple[list[Correction], list[NotApplied]]:
    """Tell the corrections that fit a click from those that do not.

    Parameters
    ----------
    corrections : sequence of Correction
        The click's corrections.
    animals : sequence of str
        Its animals, left to right.
    sha256 : str
        SHA-256 of its luminescent image.
    fov_cm : float
        Width of its field of view.

    Returns
    -------
    list of Correction, list of NotApplied
        Those that fit, and the others with the reason.
    """
    fit, others = [], []
    for c in corrections:
        if c.sha256 != sha256:
            why = (
                "the luminescent image is not the one that was reviewed (its SHA-256 is "
                f"{sha256[:12]}…, the correction's {c.sha256[:12]}…); look at it again."
            )
        elif c.animal_id not in animals:
            named = ", ".join(f"`{animal}`" for animal in animals)
            why = f"animal `{c.animal_id}` is not on this click ({named})."
        elif c.action == "replace" and not _inside(c.geometry, fov_cm):
            why = f"the polygon does not lie within the image, which is {fov_cm:g} cm wide."
        else:
            fit.append(c)
            continue
        others.append(NotApplied(c, why))
    return fit, others


def _inside(points: Sequence[tuple[float, float]], fov_cm: float) -> bool:
    """Return whether a polygon lies within the image, but for half a millimetre of drawing."""
    corners = np.asarray(points)
    return bool(corners.min() >= -0.05 and corners.max() <= fov_cm + 0.05)


def replaces_all(corrections: Sequence[Correction], animals: Sequence[str]) -> bool:
    """Return whether a reviewer drew a region for every animal of a click."""
    return {c.animal_id for c in corrections if c.action == "replace"} >= set(animals)


def review_regions(
    regions: Sequence[Region],
    corrections: Sequence[Correction],
    animals: Sequence[str],
    n: int,
    pixel_cm: float,
) -> Reviewed:
    """Apply a reviewer's corrections to a click's regions.

    A replaced cranial or spinal region changes the neuraxis, which is their union; a region that
    the method does not make is added. Corrections name animals as they were before any of them.

    Parameters
    ----------
    regions : sequence of Region
        Regions as the method made them.
    corrections : sequence of Correction
        Corrections that fit the click (:func:`usable`).
    animals : sequence of str
        Animals, left to right.
    n : int
        Pixels along a side of the luminescent image.
    pixel_cm : float
        Pixel size.

    Returns
    -------
    Reviewed
        The regions, and corrections that no region answers to.
    """
    out = list(regions)
    failed: list[NotApplied] = []
    order = {"replace": 0, "accept": 1, "reject": 2, "reassign": 3}
    for c in sorted(corrections, key=lambda c: order[c.action]):
        if c.action == "replace":
            mask = polygon_mask(np.asarray(c.geometry) / pixel_cm, (n, n))
            if mask.any():
                out = _replaced(out, c, animals, mask)
            else:
                failed.append(NotApplied(c, "the polygon holds no pixel of the image."))
            continue
        spoken_of = [i for i, region in enumerate(out) if c.of(region, animals)]
        if not spoken_of:
            had = ", ".join(r.name for r in out if animals[r.place - 1] == c.animal_id) or "none"
            why = f"animal `{c.animal_id}` has no region `{c.region}` on this click ({had})."
            failed.append(NotApplied(c, why))
        for i in spoken_of:
            out[i] = _said(out[i], c)
    out = [_part_rejected(region, out) for region in out]
    kept = _unless_twice(out, corrections, animals, failed)
    if any(c.action == "replace" for c in corrections):
        kept = overlapping(kept, (n, n))
    return Reviewed(tuple(kept), tuple(failed))


def _said(region: Region, c: Correction) -> Region:
    flags = tuple(dict.fromkeys((*region.flags, FLAGS[c.action])))
    if c.action == "accept":
        return replace(region, accepted=True, flags=flags)
    if c.action == "reject":
        return replace(region, rejected=f"rejected by {c.words()}", flags=flags)
    return replace(region, animal_id=c.new_animal_id, flags=flags)


def _replaced(
    regions: Sequence[Region], c: Correction, animals: Sequence[str], mask: np.ndarray
) -> list[Region]:
    """Return the regions with one redrawn, and the neuraxis with it."""
    place = list(animals).index(c.animal_id) + 1
    placed = f"polygon of {len(c.geometry)} corners by {c.words()}, {c.time}"
    old = next((r for r in regions if c.of(r, animals)), None)
    new = cropped(
        place,
        c.region,
        mask,
        flags=("review_replaced",),
        background=old.background if old is not None else None,
        method=METHOD,
        placed=placed,
    )
    out = [new if c.of(r, animals) else r for r in regions]
    if old is None:
        out.append(new)
        names = {name: i for i, name in enumerate(NAMES)}
        # sorted() keeps the order of drawn regions, whose names have no rank
        out = sorted(out, key=lambda r: (r.place, names.get(r.name, len(names))))
    if c.region not in ("cranial", "spinal"):
        return out
    own = {r.name: r for r in out if r.place == place}
    union = own.get("neuraxis")
    if union is None or union.placed.startswith("polygon of"):
        return out
    both = np.zeros_like(mask)
    for name in ("cranial", "spinal"):
        if name in own:
            both[own[name].window] |= own[name].mask
    redrawn = cropped(
        place,
        "neuraxis",
        both,
        flags=("review_replaced",),
        background=union.background,
        method=METHOD,
        placed=f"union with the {c.region} region: {placed}",
    )
    return [redrawn if r is union else r for r in out]


def _part_rejected(region: Region, regions: Sequence[Region]) -> Region:
    """Flag a neuraxis of which a part was rejected, though not itself."""
    if region.name != "neuraxis" or region.rejected:
        return region
    parts = [r for r in regions if r.place == region.place and r.name in ("cranial", "spinal")]
    if not any(part.rejected for part in parts):
        return region
    return replace(region, flags=(*region.flags, "review_part_rejected"))


def _unless_twice(
    reviewed: Sequence[Region],
    corrections: Sequence[Correction],
    animals: Sequence[str],
    failed: list[NotApplied],
) -> list[Region]:
    """Undo reassignments that would give one animal the same region twice."""
    out = list(reviewed)
    while True:
        keys = [(r.animal_id or animals[r.place - 1], r.name) for r in out]
        twice = {animal for animal, name in keys if keys.count((animal, name)) > 1}
        # regions that were this animal's from the start stay; those given to it go back
        undone = twice & {r.animal_id for r in out if r.animal_id}
        if not undone:
            return out
        failed += [
            NotApplied(
                c,
                f"animal `{c.new_animal_id}` would stand twice on this click; to exchange two "
                "animals, reassign both.",
            )
            for c in corrections
            if c.action == "reassign" and c.new_animal_id in undone
        ]
        back = FLAGS["reassign"]
        out = [
            replace(r, animal_id="", flags=tuple(f for f in r.flags if f != back))
            if r.animal_id in undone
            else r
            for r in out
        ]
