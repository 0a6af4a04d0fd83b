"""What may be a mouse: pieces of foreground taken apart, traced and scored."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions import body as bodies
from lumicohort.regions import shapes
from lumicohort.regions.cones import Cone, find_cone
from lumicohort.regions.disks import nearest_label, opened, without_small_holes
from lumicohort.regions.heads import BEYOND_CM, shape_evidence, tail_evidence
from lumicohort.regions.order import median
from lumicohort.regions.photograph import BoolArray, Foreground, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray, project

LIMB_RADIUS_CM = 0.42
"""Opening radius that removes tails (0.4 cm wide), feet and dividers, and keeps snouts."""
TRUNK_RADIUS_CM = 0.80
"""Opening radius that leaves trunks only: nose cones and their joints are narrower."""
LEAST_TRUNK_CM2 = 4.0
HEAD_CM = 4.0
"""How far from its trunk a mouse's head or limb reaches at most."""
SURE = 1.2
"""Squared Mahalanobis distance within which a pixel surely belongs to an ellipse (4: its edge)."""


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
    from scipy.ndimage import find_objects, label

    pixel = photo.pixel_cm
    area = pixel**2
    mask = without_small_holes(foreground.mask, int(0.1 / area))
    limbless = opened(mask, LIMB_RADIUS_CM / pixel)
    pieces, _ = label(opened(limbless, TRUNK_RADIUS_CM / pixel), _EIGHT)
    trunks = np.zeros(mask.shape, dtype=np.int32)
    ellipses: list[shapes.Ellipse] = []
    for piece, box in enumerate(find_objects(pieces), start=1):
        where = pixels_of(pieces == piece, pixel, box)
        if not LEAST_TRUNK_CM2 <= len(where) * area <= 400:
            continue
        options = shapes.splits(where.points, area, most)
        best = min(options, key=lambda o: o.penalty)
        parts = _parted(photo, where, best, foreground.light)
        trunks[where.rows, where.columns] = parts + len(ellipses)
        ellipses += best.ellipses
    if not ellipses:
        return []
    # limbs and heads go to the nearest trunk
    territory = trunks.copy()
    limbs = limbless & (trunks == 0)
    territory[limbs] = nearest_label(trunks, limbs, HEAD_CM / pixel)
    out = []
    boxes = find_objects(territory, max_label=len(ellipses))
    for k, (ellipse, box) in enumerate(zip(ellipses, boxes, strict=True), start=1):
        own = _around_trunk(territory, trunks, k, box, pixel)
        candidate = None if own is None else _candidate(photo, foreground, *own, ellipse, number)
        if candidate is not None and candidate.penalty < shapes.WORST_PENALTY:
            out.append(candidate)
    return out


_EIGHT = np.ones((3, 3), dtype=bool)
"""Pixels that meet at a corner hang together."""


def _around_trunk(
    territory: NDArray[np.int32],
    trunks: NDArray[np.int32],
    k: int,
    box: tuple[slice, slice] | None,
    pixel: float,
) -> tuple[Pixels, BoolArray] | None:
    """Return the part of a territory that hangs on its trunk, and which of it is trunk."""
    from scipy.ndimage import label

    if box is None:
        return None
    mine = territory[box] == k
    trunk = trunks[box] == k
    parts, count = label(mine, _EIGHT)
    if count > 1:
        mine = parts == np.bincount(parts[trunk]).argmax()
    rows, columns = np.nonzero(mine)
    shape = (territory.shape[0], territory.shape[1])
    pixels = Pixels(rows + box[0].start, columns + box[1].start, shape, pixel)
    return pixels, np.asarray(trunk[rows, columns])


def _parted(
    photo: WorkingPhotograph, piece: Pixels, split: shapes.Split, light: bool
) -> NDArray[np.intp]:
    """Return which trunk (1, 2, …) each pixel of a piece belongs to.

    The middle of each fitted ellipse is sure; from there trunks grow towards each other and meet
    where the piece is narrow and where light coats have a shaded crease (a watershed).
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from skimage.segmentation import watershed

    if split.count == 1:
        return np.ones(len(piece), dtype=np.intp)
    box = piece.box(1)
    part = piece.mask[box]
    points = piece.points
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
        usual = median(level[part])
        height += np.clip(level - usual, -0.5, 0.1)
    return np.asarray(watershed(-height, markers, mask=part)[part], dtype=np.intp)


def _candidate(
    photo: WorkingPhotograph,
    foreground: Foreground,
    territory: Pixels,
    trunk: BoolArray,
    ellipse: shapes.Ellipse,
    number: int,
) -> Candidate | None:
    traced = bodies.trace(photo, territory, trunk, ellipse.direction)
    if traced is None:
        return None
    profile = traced.profile
    keep = bodies.evened(photo.pixel_cm, traced)
    if number == FAINT_NUMBER:
        of_trunk = territory.where(trunk).mask
        territory = bodies.smoothed(territory.where(keep), profile)
        again = bodies.trace(photo, territory, territory.of(of_trunk), ellipse.direction)
        profile = again.profile if again else profile
        along = (again.where if again else project(territory.points, profile.axis)).along_cm
    else:
        territory, along = territory.where(keep), traced.where.along_cm[keep]
    around = territory.box(int(BEYOND_CM / photo.pixel_cm) + 2)
    rest = bodies.beside(foreground.thin, territory, around)
    metal = pixels_of(foreground.metal, photo.pixel_cm, around).points
    evidence = tail_evidence(rest, metal, profile, photo.pixel_cm)
    front, back = find_cone(profile), find_cone(profile.turned())
    evidence += 2.0 * ((front is not None) - (back is not None))
    evidence += shape_evidence(profile)
    candidate = Candidate(territory, along, profile, front, back, foreground, number, abs(evidence))
    if evidence < 0:
        candidate.turn()
    # the photograph's upper side is where nose cones are; it decides only what nothing else does
    line = candidate.trace.midline
    candidate.head_evidence += 0.3 * float(np.sign(line[-1, 1] - line[0, 1]))
    place_ends(photo, candidate)
    return candidate


def place_ends(photo: WorkingPhotograph, candidate: Candidate) -> None:
    """Cut the territory to the body's two ends and score it."""
    profile, along = candidate.trace, candidate.along_cm
    if candidate.front is not None:
        profile = profile.between(candidate.front.start_cm, profile.end_cm)
    candidate.profile = profile
    candidate.body = candidate.territory.where(
        (along >= profile.start_cm) & (along <= profile.end_cm)
    )
    candidate.area = len(candidate.body) * photo.pixel_cm**2
    length = max(profile.length_cm, 1e-6)
    candidate.penalty = (
        shapes.z(candidate.area, shapes.AREA_CM2) ** 2
        + shapes.z(length, shapes.LENGTH_CM) ** 2
        + shapes.z(candidate.area / length, shapes.MEAN_WIDTH_CM) ** 2
        + _raggedness(profile)
    )


def _raggedness(profile: bodies.Profile) -> float:
    """Return a penalty for widths that jump along the body, as hardware's do."""
    width = profile.width_cm[profile.body]
    if len(width) < 10:
        return 10.0
    smooth = np.convolve(width, np.ones(7) / 7, mode="valid")
    rough = float(np.std(width[3:-3] - smooth))
    return (rough / 0.15) ** 2
