"""What may be a mouse: pieces of foreground taken apart, traced and scored."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions import body as bodies
from lumicohort.regions import shapes
from lumicohort.regions.cones import Cone, find_cone
from lumicohort.regions.heads import shape_evidence, tail_evidence
from lumicohort.regions.photograph import BoolArray, Foreground, WorkingPhotograph
from lumicohort.regions.polyline import project

LIMB_RADIUS_CM = 0.42
"""Opening radius that removes tails (0.4 cm wide), feet and dividers, and keeps snouts."""
TRUNK_RADIUS_CM = 0.80
"""Opening radius that leaves trunks only: nose cones and their joints are narrower."""
LEAST_TRUNK_CM2 = 4.0
SURE = 1.2
"""Squared Mahalanobis distance within which a pixel surely belongs to an ellipse (4: its edge)."""


FAINT_NUMBER = -1
"""Number of the foreground for coats nearly as dark as the bed."""


@dataclass(eq=False)
class Candidate:
    """What may be a mouse: where it lies, read from its head, and what is known of its ends."""

    territory: BoolArray
    trace: bodies.Profile
    front: Cone | None
    back: Cone | None
    foreground: Foreground
    number: int
    head_evidence: float
    reasons: tuple[str, ...] = ()
    # set by place_ends
    profile: bodies.Profile = field(init=False)
    mask: BoolArray = field(init=False)
    area: float = field(init=False)
    penalty: float = field(init=False)

    def turn(self) -> None:
        """Read it from the other end."""
        self.trace = self.trace.turned()
        self.front, self.back = self.back, self.front


def _opened(mask: BoolArray, radius: float) -> BoolArray:
    from skimage.morphology import isotropic_opening

    return np.asarray(isotropic_opening(np.pad(mask, 2, mode="edge"), radius))[2:-2, 2:-2]


def candidates(
    photo: WorkingPhotograph, foreground: Foreground, number: int, most: int
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

    Returns
    -------
    list of Candidate
        In no order; none for what is surely no mouse.
    """
    from skimage.measure import label
    from skimage.morphology import remove_small_holes
    from skimage.segmentation import expand_labels

    pixel = photo.pixel_cm
    area = pixel**2
    mask = remove_small_holes(foreground.mask, max_size=int(0.1 / area))
    limbless = _opened(mask, LIMB_RADIUS_CM / pixel)
    pieces = label(_opened(limbless, TRUNK_RADIUS_CM / pixel))
    trunks = np.zeros(mask.shape, dtype=np.int32)
    ellipses: list[shapes.Ellipse] = []
    for piece in range(1, int(pieces.max()) + 1):
        where = pieces == piece
        if where.sum() * area < LEAST_TRUNK_CM2 or where.sum() * area > 400:
            continue
        options = shapes.splits(bodies.centres_cm(where, pixel), area, most)
        best = min(options, key=lambda o: o.penalty)
        trunks[where] = _parted(photo, where, best, foreground.light) + len(ellipses)
        ellipses += best.ellipses
    if not ellipses:
        return []
    # limbs and heads go to the nearest trunk
    territory = expand_labels(trunks, distance=4.0 / pixel) * limbless
    out = []
    for k, ellipse in enumerate(ellipses, start=1):
        candidate = _candidate(photo, foreground, territory == k, trunks == k, ellipse, number)
        if candidate is not None and candidate.penalty < shapes.WORST_PENALTY:
            out.append(candidate)
    return out


def _parted(
    photo: WorkingPhotograph, piece: BoolArray, split: shapes.Split, light: bool
) -> NDArray[np.intp]:
    """Return which trunk (1, 2, …) each pixel of a piece belongs to.

    The middle of each fitted ellipse is sure; from there trunks grow towards each other and meet
    where the piece is narrow and where light coats have a shaded crease (a watershed).
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from skimage.segmentation import watershed

    if split.count == 1:
        return np.ones(int(piece.sum()), dtype=np.intp)
    box = tuple(slice(max(0, int(i.min()) - 1), int(i.max()) + 2) for i in np.nonzero(piece))
    part = piece[box]
    points = bodies.centres_cm(piece, photo.pixel_cm)
    markers = np.zeros(part.shape, dtype=np.int32)
    inner = np.zeros(len(points), dtype=np.int32)
    for k, ellipse in enumerate(split.ellipses):
        rest = points - ellipse.centre
        scaled = ((rest @ np.linalg.inv(ellipse.covariance)) * rest).sum(axis=1)
        inner[(scaled < SURE) & (split.labels == k)] = k + 1
    markers[part] = inner
    height = 0.3 * distance_transform_edt(part) * photo.pixel_cm
    if light:
        level = gaussian_filter(photo.level[box], 0.7)
        usual = float(np.median(level[part]))
        height += np.clip(level - usual, -0.5, 0.1)
    return np.asarray(watershed(-height, markers, mask=part)[part], dtype=np.intp)


def _candidate(
    photo: WorkingPhotograph,
    foreground: Foreground,
    territory: BoolArray,
    trunk: BoolArray,
    ellipse: shapes.Ellipse,
    number: int,
) -> Candidate | None:
    from skimage.measure import label

    parts = label(territory)
    inside = parts[trunk & territory]
    if inside.size == 0:
        return None
    territory = parts == np.bincount(inside).argmax()
    profile = bodies.trace(photo, territory, trunk, ellipse.direction)
    if profile is None:
        return None
    territory = bodies.evened(photo, territory, profile)
    if number == FAINT_NUMBER:
        territory = bodies.smoothed(photo, territory, profile)
        again = bodies.trace(photo, territory, trunk, ellipse.direction)
        profile = again or profile
    rest = bodies.centres_cm(foreground.thin & ~territory, photo.pixel_cm)
    metal = bodies.centres_cm(foreground.metal, photo.pixel_cm)
    evidence = tail_evidence(rest, metal, profile, photo.pixel_cm)
    front, back = find_cone(profile), find_cone(profile.turned())
    evidence += 2.0 * ((front is not None) - (back is not None))
    evidence += shape_evidence(profile)
    candidate = Candidate(territory, profile, front, back, foreground, number, abs(evidence))
    if evidence < 0:
        candidate.turn()
    # the photograph's upper side is where nose cones are; it decides only what nothing else does
    line = candidate.trace.midline()
    candidate.head_evidence += 0.3 * float(np.sign(line[-1, 1] - line[0, 1]))
    place_ends(photo, candidate)
    return candidate


def place_ends(photo: WorkingPhotograph, candidate: Candidate) -> None:
    """Cut the territory to the body's two ends and score it."""
    profile, pixel = candidate.trace, photo.pixel_cm
    if candidate.front is not None:
        profile = profile.between(candidate.front.start_cm, profile.end_cm)
    candidate.profile = profile
    points = bodies.centres_cm(candidate.territory, pixel)
    along = project(points, profile.axis).along_cm
    keep = (along >= profile.start_cm) & (along <= profile.end_cm)
    candidate.mask = np.zeros_like(candidate.territory)
    candidate.mask[candidate.territory] = keep
    candidate.area = float(keep.sum()) * pixel**2
    length = max(profile.length_cm, 1e-6)
    candidate.penalty = (
        shapes.z(candidate.area, shapes.AREA_CM2) ** 2
        + shapes.z(length, shapes.LENGTH_CM) ** 2
        + shapes.z(candidate.area / length, shapes.MEAN_WIDTH_CM) ** 2
        + _raggedness(profile)
    )


def _raggedness(profile: bodies.Profile) -> float:
    """Return a penalty for widths that jump along the body, as hardware's do."""
    inside = (profile.along_cm > profile.start_cm) & (profile.along_cm < profile.end_cm)
    width = profile.width_cm[inside]
    if len(width) < 10:
        return 10.0
    smooth = np.convolve(width, np.ones(7) / 7, mode="valid")
    rough = float(np.std(width[3:-3] - smooth))
    return (rough / 0.15) ** 2
