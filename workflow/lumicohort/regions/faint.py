"""Mice with coats nearly as dark as the bed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lumicohort.ranks import median
from lumicohort.regions import shapes
from lumicohort.regions.anchors import Anchored, anchored
from lumicohort.regions.candidates import (
    CALM,
    FAINT_NUMBER,
    LEAST_TRUNK_CM2,
    LIMB_RADIUS_CM,
    TRUNK_RADIUS_CM,
    Candidate,
    candidates_and_whole,
    candidates_in,
    retraced,
)
from lumicohort.regions.disks import dilated, opened
from lumicohort.regions.edges import LIGHT, TAILED, contrast, is_whole
from lumicohort.regions.foregrounds import (
    FAINT,
    FAINT_BARE,
    FAINT_LEAST,
    FAINT_SURE,
    Foreground,
    faint_foreground,
)
from lumicohort.regions.manifold import ahead_of
from lumicohort.regions.photograph import WorkingPhotograph, block_means
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.ribbons import refined
from lumicohort.regions.rims import by_rim, smoothed_level

SEED_PENALTY = 60.0
"""What may be a part of a mouse can look as little like a whole one as this."""
RIMMED = 4.0
"""A rim all around is worth as much in penalty: no patch of the bed has one."""
DARK = 0.45
"""Coats lighter than this need no rim to be told from the bed."""
LEAST_RIM = 0.15
"""A rim less deep than this, from a tail on, may be the bed's."""
CLEAR_RIM = 0.2
"""From a rim as deep as this on, no other way from the tail is tried."""
RIM_WEIGHT = 40.0
"""Of a rim's depth against penalties: a rim of the bed is less deep by a tenth or more."""
IN_CONE_CM = 2.2
"""A nose is no farther from the middle of its cone than this."""
SAME = 0.5
"""Candidates that have this part of the smaller one in common are about the same mouse."""
APART = 0.15
"""Candidates that have less than this in common are two mice."""
WITHIN = 0.7
"""So much of a part that is clearly seen lies within the whole mouse."""
ONE_NOSE_CM = 1.2
"""Noses nearer to each other than this are one mouse's: a cone holds one."""
AT_TAIL_CM = 2.0
"""Tail bases of one mouse, found in two ways, are no farther apart."""
BLOCK_CM = 0.38
"""Size of the blocks in which patches are looked for."""
DARK = -0.25
"""Level of a coat that is darker than the bed without doubt: shadows beside mice lie above."""
AT_BASE_CM = 1.0
"""And a body's end no farther from its tail base than this."""
AROUND_CM = 0.35
"""What is so near to a mouse already found is its own."""


def is_faint(photo: WorkingPhotograph, candidate: Candidate, shortest_cm: float) -> bool:
    """Return whether a coat is nearly as dark as the bed, or not light and too short a body.

    Of a coat that is not much lighter than the bed, a threshold may show a part only; a small
    mouse has a tail, and its edge all around.
    """
    coat = contrast(photo, candidate)
    part = candidate.penalty > CALM or candidate.profile.length_cm < shortest_cm
    if coat < FAINT or not part or coat >= LIGHT:
        return coat < FAINT
    return candidate.head_evidence < TAILED or not is_whole(photo, candidate)


def contradicts(photo: WorkingPhotograph, candidate: Candidate, part: Candidate) -> bool:
    """Return whether a candidate contradicts a part of a mouse that is clearly seen.

    A coat that differs from the bed can lose its head to a threshold, but not its tail base; and
    the part lies within the whole.
    """
    common = candidate.body.overlap(part.body)
    if common < APART or contrast(photo, part) < FAINT:
        return False
    apart = candidate.profile.midline[-1] - part.profile.midline[-1]
    tailed = part.head_evidence >= TAILED
    return common < WITHIN or (tailed and float(np.hypot(*apart)) > AT_TAIL_CM)


def patch_left(photo: WorkingPhotograph, found: Sequence[Candidate], *, dark: bool = False) -> bool:
    """Return whether beside the mice found there is a patch as large as a mouse's trunk.

    On a coarse grid, at little cost: it says whether it is worth while to look. What lies ahead of
    all of them is what their nose cones are fixed to.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        Mice already found.
    dark : bool, optional
        Whether the patch is one that is darker than the bed, instead of lighter.

    Returns
    -------
    bool
    """
    size = max(1, round(BLOCK_CM / photo.pixel_cm))
    h, w = (n // size for n in photo.level.shape)
    area = (size * photo.pixel_cm) ** 2
    if dark:
        patch = block_means(np.clip(photo.level, 2 * DARK, FAINT), size) < DARK
    else:
        patch = block_means(np.clip(photo.level, -0.5, FAINT), size) > FAINT_LEAST[-1]
    own = np.zeros((h + 1, w + 1), dtype=bool)  # with what is left over of whole blocks
    rows = np.concatenate([candidate.territory.rows for candidate in found])
    columns = np.concatenate([candidate.territory.columns for candidate in found])
    own.ravel()[rows // size * (w + 1) + columns // size] = True
    patch &= ~dilated(own[:h, :w], 1.0)
    if front := ahead_of(found):  # the manifold of the nose cones is as wide as a trunk
        y, x = np.nonzero(patch)
        place = (np.stack([x, y], axis=1) + 0.5) * (size * photo.pixel_cm)
        patch[y, x] = ~front.holds(np.asarray(place, dtype=np.float64))
    # tails, feet and dividers are narrower than a trunk; opening takes them off, and adds nothing
    if np.count_nonzero(patch) * area <= LEAST_TRUNK_CM2:
        return False
    trunk = opened(patch, TRUNK_RADIUS_CM / (size * photo.pixel_cm))
    return bool(np.count_nonzero(trunk) * area > LEAST_TRUNK_CM2)


@dataclass(frozen=True, slots=True, eq=False)
class _Faint:
    """What may be faint coats at one level: the photograph levelled anew, and what rims need."""

    photo: WorkingPhotograph
    foreground: Foreground
    smooth: FloatArray
    metal: FloatArray


class FaintSearch:
    """Looking for coats nearly as dark as the bed beside mice already found.

    What one way of looking finds out about the photograph is kept for the next.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    sure : sequence of Candidate
        Mice already found.
    most : int
        Greatest number of touching mice to take apart.
    """

    def __init__(self, photo: WorkingPhotograph, sure: Sequence[Candidate], most: int) -> None:
        self._photo = photo
        self._others = _without(photo, sure)
        self._most = most
        self._levels: dict[float, _Faint] = {}
        self._scored: dict[float, list[tuple[float, Candidate]]] = {}

    def _at(self, least: float) -> _Faint:
        """Return what is a faint coat where it adjoins what surely is, from a level on."""
        if least not in self._levels:
            photo, foreground = faint_foreground(self._others, least)
            metal = pixels_of(foreground.metal, photo.pixel_cm).points
            self._levels[least] = _Faint(photo, foreground, smoothed_level(photo), metal)
        return self._levels[least]

    def mice(self, leasts: Sequence[float] = FAINT_LEAST) -> list[Candidate]:
        """Return mice with coats nearly as dark as the bed, the most mouse-like first.

        Parameters
        ----------
        leasts : sequence of float, optional
            Levels that are a faint coat where they adjoin what surely is.

        Returns
        -------
        list of Candidate
            Some of them overlap.
        """
        for least in leasts:
            if least not in self._scored:
                self._scored[least] = self._scored_at(least)
        scored = [pair for least in leasts for pair in self._scored[least]]
        return [c for _, c in sorted(scored, key=lambda pair: pair[0])]

    def _scored_at(self, least: float) -> list[tuple[float, Candidate]]:
        """Return candidates at a level, and how unlike a mouse each is."""
        at = self._at(least)
        seeds, whole = candidates_and_whole(
            at.photo, at.foreground, FAINT_NUMBER, self._most, SEED_PENALTY
        )
        seeds += [c for c in whole if not any(_same(c, seed) for seed in seeds)]
        scored = [
            (seed.penalty, seed)
            for seed in seeds
            if seed.penalty < shapes.WORST_PENALTY
            # less is a lighter patch of the bed
            and median(seed.body.of(at.photo.level)) > (FAINT_SURE if seed.penalty < CALM else DARK)
        ]
        return scored + [(c.penalty - RIMMED, c) for c in _rimmed(at, seeds)]

    def anchored(self) -> list[Candidate]:
        """Return mice with coats nearly as dark as the bed whose tails are seen, clearest first.

        Returns
        -------
        list of Candidate
            One for a tail at most.
        """
        at = self._at(FAINT_LEAST[0])
        best: dict[int, tuple[float, Candidate]] = {}
        clear: dict[int, Candidate] = {}
        for anchor in anchored(at.photo, at.foreground.metal):
            if anchor.tail in clear or (anchor.shifted and anchor.tail in best):
                continue
            if any(
                _holds(candidate.body, anchor.base + anchor.way) for candidate in clear.values()
            ):
                continue
            rimmed = by_rim(at.photo, at.smooth, at.metal, anchor.rear(self._photo), anchor.line)
            if rimmed is None or rimmed.rim < LEAST_RIM:
                continue
            for candidate in candidates_in(
                at.photo, at.foreground, [rimmed.territory], [rimmed.trunk], [rimmed.direction]
            ):
                score = candidate.penalty - RIM_WEIGHT * rimmed.rim
                if candidate.penalty >= CALM or not _between(candidate, anchor):
                    continue
                if anchor.tail not in best or score < best[anchor.tail][0]:
                    best[anchor.tail] = (score, candidate)
                if rimmed.rim >= CLEAR_RIM:
                    clear[anchor.tail] = candidate
        out: list[Candidate] = []
        for _, candidate in sorted(best.values(), key=lambda pair: pair[0]):
            nose = candidate.profile.midline[0]
            if all(np.hypot(*(nose - c.profile.midline[0])) > ONE_NOSE_CM for c in out):
                out.append(candidate)
        return out


def outlined_anew(photo: WorkingPhotograph, found: Sequence[Candidate]) -> list[Candidate]:
    """Return mice, the outlines of faint coats looked at again, all around.

    All of them stay as faint as the outlines of such coats must be to be flagged.
    """
    out = list(found)
    for k, candidate in enumerate(found):
        if candidate.number != FAINT_NUMBER or contrast(photo, candidate) >= FAINT:
            continue
        others = np.zeros(photo.level.shape, dtype=bool)
        for other in (*out[:k], *out[k + 1 :]):
            others |= other.body.mask
        line, metal = candidate.profile.midline, candidate.foreground.metal
        again = retraced(photo, candidate, refined(photo, candidate.body, line, metal, others))
        if again.penalty < shapes.WORST_PENALTY and contrast(photo, again) < FAINT:
            out[k] = again
    return out


def _holds(body: Pixels, point: FloatArray) -> bool:
    """Return whether a body holds a point, cm."""
    column, row = (point / body.pixel_cm).astype(int)
    return bool(((body.rows == row) & (body.columns == column)).any())


def _between(candidate: Candidate, anchor: Anchored) -> bool:
    """Return whether a body reaches from its tail to the cone ahead of that, if there is one."""
    ends = candidate.profile.midline[[0, -1]]
    if float(np.hypot(*(ends - anchor.base).T).min()) > AT_BASE_CM:
        return False
    cone = anchor.cone
    return cone is None or float(np.hypot(*(ends - cone).T).min()) < IN_CONE_CM


def _rimmed(at: _Faint, seeds: Sequence[Candidate]) -> list[Candidate]:
    """Return the mice whose parts are known, by their rims."""
    found = [
        rimmed
        for seed in seeds
        if median(seed.body.of(at.photo.level)) < DARK
        and (rimmed := by_rim(at.photo, at.smooth, at.metal, seed.body, seed.profile.midline))
    ]
    out = candidates_in(
        at.photo,
        at.foreground,
        [f.territory for f in found],
        [f.trunk for f in found],
        [f.direction for f in found],
    )
    return [c for c in out if c.penalty < CALM]


def _same(a: Candidate, b: Candidate) -> bool:
    """Return whether two candidates are about the same pixels."""
    return abs(np.log(len(a.body) / len(b.body))) < 0.1 and a.body.overlap(b.body) > 0.9


def _without(photo: WorkingPhotograph, found: Sequence[Candidate]) -> WorkingPhotograph:
    """Return the photograph with mice already found, and their tails, as bed."""
    from scipy.ndimage import label

    if not found:
        return photo
    own = np.zeros(photo.level.shape, dtype=bool)
    for candidate in found:
        own |= candidate.territory.mask
    bright = photo.level > FAINT_BARE
    thin = bright & ~opened(bright, LIMB_RADIUS_CM / photo.pixel_cm)
    pieces, _ = label(thin | own, np.ones((3, 3)))
    own = np.isin(pieces, np.unique(pieces[own]))
    own = dilated(own, AROUND_CM / photo.pixel_cm)
    level = photo.level.copy()
    level[own] = 0.0
    return replace(photo, level=level)
