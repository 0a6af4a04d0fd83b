"""What may be a mouse: pieces of foreground taken apart, traced and scored."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from lumicohort.ranks import median
from lumicohort.regions import body as bodies
from lumicohort.regions import shapes
from lumicohort.regions.cones import Cone, find_cones
from lumicohort.regions.disks import dilated, opened, without_small_holes
from lumicohort.regions.foregrounds import Foreground
from lumicohort.regions.heads import shape_evidence, tail_evidence
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, beside, grouped, pixels_of
from lumicohort.regions.polyline import FloatArray, project
from lumicohort.regions.territories import labelled, territories_of, trunks_of
from lumicohort.regions.trace import Traced, traces

LIMB_RADIUS_CM = 0.42
"""Opening radius that removes tails (0.4 cm wide), feet and dividers, and keeps snouts."""
TRUNK_RADIUS_CM = 0.80
"""Opening radius that leaves trunks only: nose cones and their joints are narrower."""
LEAST_TRUNK_CM2 = 4.0
MOST_TRUNKS_CM2 = 400.0
"""A larger piece is bed."""


RIVAL = 3.0
"""Ways to take a piece apart whose trunks' penalties differ by less are told by whole bodies."""
CALM = 5.0
"""A penalty below this needs no second opinion from another threshold."""
LEAST_SLICES = 10
"""A body of fewer slices is none."""
NO_BODY = 10.0
"""Penalty for that."""
SHADOW = 0.5
"""What differs from the bed by less than this part of a dark coat's contrast is shade beside it."""
ROOT_CM = 0.2
"""Bare skin as near as this to a faint coat's outline hangs on it."""
FAINT_NUMBER = -1
"""Number of the foreground for coats nearly as dark as the bed."""


@dataclass(eq=False)
class Candidate:
    """What may be a mouse: where it lies, read from its head, and what is known of its ends."""

    territory: Pixels
    along_cm: FloatArray  # of the territory's pixels, on the trace's axis
    trace: bodies.Profile
    front: Cone | None
    back: Cone | None
    foreground: Foreground
    number: int
    head_evidence: float
    reasons: tuple[str, ...] = ()
    # set by place_ends
    profile: bodies.Profile = field(init=False)
    body: Pixels = field(init=False)
    area: float = field(init=False)
    penalty: float = field(init=False)

    def turn(self) -> None:
        """Read it from the other end."""
        self.along_cm = self.trace.axis_cm - self.along_cm
        self.trace = self.trace.turned()
        self.front, self.back = self.back, self.front


def candidates(
    photo: WorkingPhotograph,
    foreground: Foreground,
    number: int,
    most: int,
    worst: float = shapes.WORST_PENALTY,
) -> list[Candidate]:
    """Return what may be mice in a foreground.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    foreground : Foreground
        Animals told from bed.
    number : int
        Which of the foregrounds it is.
    most : int
        Greatest number of touching mice to take apart.
    worst : float, optional
        Greatest penalty of what is returned.

    Returns
    -------
    list of Candidate
        In no order; none for what is surely no mouse.
    """
    found, _ = _best(photo, foreground, _pieces(photo, foreground), number, most)
    return [c for c in found if c.penalty < worst]


def candidates_and_whole(
    photo: WorkingPhotograph, foreground: Foreground, number: int, most: int, worst: float
) -> tuple[list[Candidate], list[Candidate]]:
    """Return what may be mice as :func:`candidates` does, and as if none of them touched.

    The second is empty where it would be the same.
    """
    pieces = _pieces(photo, foreground)
    found, apart = _best(photo, foreground, pieces, number, most)
    whole = _best(photo, foreground, pieces, number, 1)[0] if apart else []
    first, second = ([c for c in some if c.penalty < worst] for some in (found, whole))
    return first, second


def _pieces(photo: WorkingPhotograph, foreground: Foreground) -> tuple[BoolArray, list[Pixels]]:
    """Return a foreground without limbs, and the pieces of it that are as wide as trunks."""
    pixel = photo.pixel_cm
    area = pixel**2
    mask = without_small_holes(foreground.mask, int(0.1 / area))
    limbless = opened(mask, LIMB_RADIUS_CM / pixel)
    cores = opened(limbless, TRUNK_RADIUS_CM / pixel)
    flat = np.flatnonzero(cores)
    pieces = labelled(cores, flat)
    found = grouped(flat, pieces.take(flat), cores.shape, pixel)
    return limbless, [
        where for _, where in found if LEAST_TRUNK_CM2 <= len(where) * area <= MOST_TRUNKS_CM2
    ]


def _best(
    photo: WorkingPhotograph,
    foreground: Foreground,
    pieces: tuple[BoolArray, Sequence[Pixels]],
    number: int,
    most: int,
) -> tuple[list[Candidate], bool]:
    """Return the bodies of pieces in the best way to take them apart; and whether any was."""
    area = photo.pixel_cm**2
    limbless, wholes = pieces
    parted: list[tuple[Pixels, shapes.Split]] = []
    rivals: list[tuple[int, shapes.Split]] = []
    for where in wholes:
        best, *others = sorted(shapes.splits(where.points, area, most), key=lambda o: o.penalty)
        close = [o for o in others if o.penalty < best.penalty + RIVAL]
        rivals += [(len(parted), other) for other in close]
        parted.append((where, best))
    if not parted:
        return [], False
    found = _of_pieces(photo, foreground, limbless, parted, number)
    unlike = [_unlike(of, split) for of, (_, split) in zip(found, parted, strict=True)]
    changed = False
    for k, other in rivals:
        plan = [*parted[:k], (parted[k][0], other), *parted[k + 1 :]]
        of_other = _unlike(_of_pieces(photo, foreground, limbless, plan, number, k)[k], other)
        if of_other < unlike[k]:
            unlike[k], parted, changed = of_other, plan, True
    if changed:
        found = _of_pieces(photo, foreground, limbless, parted, number)
    return [c for of in found for c in of], any(split.count > 1 for _, split in parted)


def _unlike(found: Sequence[Candidate], split: shapes.Split) -> float:
    """Return how unlike mice the bodies are, on average, that a piece was taken apart into."""
    most = shapes.WORST_PENALTY
    none = split.count - len(found)
    return (sum(min(c.penalty, most) for c in found) + none * most) / split.count


def _of_pieces(
    photo: WorkingPhotograph,
    foreground: Foreground,
    limbless: BoolArray,
    parted: Sequence[tuple[Pixels, shapes.Split]],
    number: int,
    only: int | None = None,
) -> list[list[Candidate]]:
    """Return the bodies of pieces taken apart, piece by piece; of one of them only if asked."""
    trunks: list[Pixels] = []
    ellipses: list[shapes.Ellipse] = []
    piece_of: list[int] = []
    for k, (where, split) in enumerate(parted):
        trunks += trunks_of(photo, where, split, foreground.light)
        ellipses += split.ellipses
        piece_of += [k] * split.count
    # limbs and heads go to the nearest trunk
    territories = territories_of(limbless, trunks)
    if only is not None:
        territories = [t for t in territories if piece_of[t[0] - 1] == only]
    out: list[list[Candidate]] = [[] for _ in parted]
    for label, candidate in _candidates(photo, foreground, territories, ellipses, number):
        out[piece_of[label - 1]].append(candidate)
    return out


def _candidates(
    photo: WorkingPhotograph,
    foreground: Foreground,
    territories: Sequence[tuple[int, Pixels, BoolArray]],
    ellipses: Sequence[shapes.Ellipse],
    number: int,
) -> list[tuple[int, Candidate]]:
    """Trace and read the bodies of several territories; each with its territory's label."""
    if not territories:
        return []
    # of each ellipse the long axis, as `Ellipse.direction` has it, all at once
    ways = list(np.linalg.eigh([ellipses[k - 1].covariance for k, _, _ in territories])[1][:, :, 1])
    found = traces(photo, [t for _, t, _ in territories], [t for _, _, t in territories], ways)
    kept: list[tuple[Pixels, FloatArray, bodies.Profile]] = []
    labels: list[int] = []
    for (k, territory, trunk), way, traced in zip(territories, ways, found, strict=True):
        if traced is None:
            continue
        labels.append(k)
        if number == FAINT_NUMBER:
            of_trunk = territory.where(trunk).mask
            territory = bodies.smoothed(territory.where(traced.even), traced.profile)
            (again,) = traces(photo, [territory], [territory.of(of_trunk)], [way])
            if again is not None:
                kept.append((territory, again.along_cm, again.profile))
            else:
                along = project(territory.points, traced.profile.axis).along_cm
                kept.append((territory, along, traced.profile))
        else:
            even, along = traced.even, traced.along_cm
            if not even.all():
                territory, along = territory.where(even), along[even]
            kept.append((territory, along, traced.profile))
    return list(zip(labels, _directed(photo, foreground, kept, number), strict=True))


def candidates_in(
    photo: WorkingPhotograph,
    foreground: Foreground,
    territories: Sequence[Pixels],
    trunks: Sequence[BoolArray],
    directions: Sequence[FloatArray],
) -> list[Candidate]:
    """Return the candidates whose territories are known.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    foreground : Foreground
        Where their tails and limbs are looked for.
    territories : sequence of Pixels
        What belongs to each.
    trunks : sequence of ndarray of bool, shape (n,)
        Which of that is surely trunk.
    directions : sequence of ndarray, shape (2,)
        Unit vectors along them.

    Returns
    -------
    list of Candidate
        None for a territory without a midline. They end at their noses, not in nose cones.
    """
    found = traces(photo, territories, trunks, directions)
    kept = [
        (own, traced.along_cm, traced.profile)
        for own, traced in zip(territories, found, strict=True)
        if traced is not None
    ]
    return _directed(photo, foreground, kept, FAINT_NUMBER, coned=False)


def _directed(
    photo: WorkingPhotograph,
    foreground: Foreground,
    kept: Sequence[tuple[Pixels, FloatArray, bodies.Profile]],
    number: int,
    coned: bool = True,
) -> list[Candidate]:
    """Return bodies, maybe with nose cones, each read from the end that is likelier its head."""
    if not kept:
        return []
    pixel = photo.pixel_cm
    profiles = [profile for _, _, profile in kept]
    rest = beside(foreground.thin, [territory for territory, _, _ in kept])
    metal = pixels_of(foreground.metal, pixel).points.T
    slices = bodies.Slices.of(profiles)
    evidences = tail_evidence(rest, metal, profiles, pixel) + shape_evidence(profiles, slices)
    cones = find_cones(profiles, slices) if coned else [(None, None)] * len(profiles)
    out = []
    for (territory, along, profile), seen, (front, back) in zip(
        kept, evidences.tolist(), cones, strict=True
    ):
        evidence = seen + 2.0 * ((front is not None) - (back is not None))
        candidate = Candidate(
            territory, along, profile, front, back, foreground, number, abs(evidence)
        )
        if evidence < 0:
            candidate.turn()
        # the photograph's upper side is where nose cones are; it decides only what nothing else
        # does
        line = candidate.trace.midline
        candidate.head_evidence += 0.3 * float(np.sign(line[-1, 1] - line[0, 1]))
        out.append(candidate)
    place_ends(photo, out)
    return out


def place_ends(photo: WorkingPhotograph, found: Sequence[Candidate]) -> None:
    """Cut the territories of candidates to the bodies' two ends and score them."""
    for candidate in found:
        profile, along = candidate.trace, candidate.along_cm
        if candidate.front is not None:
            profile = profile.between(candidate.front.start_cm, profile.end_cm)
        candidate.profile = profile
        candidate.body = candidate.territory.where(
            (along >= profile.start_cm) & (along <= profile.end_cm)
        )
        candidate.area = len(candidate.body) * photo.pixel_cm**2
    for candidate, ragged in zip(found, _raggedness([c.profile for c in found]), strict=True):
        length = max(candidate.profile.length_cm, 1e-6)
        candidate.penalty = (
            shapes.z(candidate.area, shapes.AREA_CM2) ** 2
            + shapes.z(length, shapes.LENGTH_CM) ** 2
            + shapes.z(candidate.area / length, shapes.MEAN_WIDTH_CM) ** 2
            + ragged
        )


def _raggedness(profiles: Sequence[bodies.Profile]) -> list[float]:
    """Return penalties for widths that jump along the body, as hardware's do."""
    slices = bodies.Slices.of(profiles)
    width, counts = slices.width_cm, slices.counts
    if width.shape[1] < LEAST_SLICES:
        return [NO_BODY] * len(profiles)
    inner = width[:, 3:-3]
    smooth = sum((width[:, k : k + inner.shape[1]] for k in range(7)), np.zeros(inner.shape)) / 7
    rough = inner - smooth
    rough *= slices.there[:, 6:]  # means of seven slices
    number = np.maximum(counts - 6, 1)
    mean = rough.sum(axis=1) / number
    variance = np.maximum((rough * rough).sum(axis=1) / number - mean * mean, 0.0)
    return np.where(counts < LEAST_SLICES, NO_BODY, variance / 0.15**2).tolist()


def retraced(photo: WorkingPhotograph, candidate: Candidate, territory: Pixels) -> Candidate:
    """Return a candidate with another territory, which ends at its nose, read from the same end.

    It is the same one where the territory has no midline.
    """
    line = candidate.profile.midline
    way = line[0] - line[-1]
    trunk = np.asarray(project(territory.points, line).distance_cm < TRUNK_RADIUS_CM)
    (traced,) = traces(photo, [territory], [trunk], [way / np.hypot(*way)])
    return candidate if traced is None else along_trace(photo, candidate, territory, traced)


def along_trace(
    photo: WorkingPhotograph, candidate: Candidate, territory: Pixels, traced: Traced
) -> Candidate:
    """Return a candidate with another trace of a territory that ends at its nose.

    It is read from the same end.
    """
    line = candidate.profile.midline
    way = line[0] - line[-1]
    out = copy(candidate)
    if candidate.front is not None:
        out.reasons += (f"nose cone cut off by {candidate.front.by}",)
    out.territory, out.along_cm = territory, traced.along_cm
    out.trace, out.front, out.back = traced.profile, None, None
    ends = traced.profile.midline
    if float((ends[0] - ends[-1]) @ way) < 0:
        out.turn()
    place_ends(photo, [out])
    return out


def where_limbs(photo: WorkingPhotograph, candidate: Candidate) -> BoolArray:
    """Return where a mouse's ears and feet are looked for.

    Next to a coat darker than the bed, shadows of dividers and of the mouse are lighter than it.
    """
    thin = candidate.foreground.thin
    if candidate.number == FAINT_NUMBER:
        # the flank's shaded rim lies between it and its ears and feet
        reach = ROOT_CM / photo.pixel_cm
        return thin | (dilated(thin, reach) & dilated(candidate.body.mask, reach))
    if candidate.foreground.light:
        return thin
    return thin & (photo.level < SHADOW * median(candidate.body.of(photo.level)))
