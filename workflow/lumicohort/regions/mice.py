"""Finding the mice in the photograph of a click.

How it works: the photograph is cut into light and dark at a fixed physical resolution; what is
wide enough to be a trunk is kept, so that tails, feet and dividers fall away; trunks that touch
are taken apart by fitting ellipses; each trunk's midline is followed to both ends; a nose cone
at the front is cut off; the tail says which end is the rear. Everything doubtful adds to the
mouse's suspicion, and a count that disagrees with the expected one is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import Problem
from lumicohort.regions import body as bodies
from lumicohort.regions import shapes
from lumicohort.regions.cones import Cone, find_cone
from lumicohort.regions.heads import shape_evidence, tail_evidence
from lumicohort.regions.limbs import with_limbs
from lumicohort.regions.mouse import MiceNotFound, Mouse
from lumicohort.regions.photograph import (
    BoolArray,
    Foreground,
    WorkingPhotograph,
    foregrounds,
    prepare,
)
from lumicohort.regions.polyline import FloatArray, project

LIMB_RADIUS_CM = 0.42
"""Opening radius that removes tails (0.4 cm wide), feet and dividers, and keeps snouts."""
TRUNK_RADIUS_CM = 0.80
"""Opening radius that leaves trunks only: nose cones and their joints are narrower."""
LEAST_TRUNK_CM2 = 4.0
SURE = 1.2
"""Squared Mahalanobis distance within which a pixel surely belongs to an ellipse (4: its edge)."""
CALM = 5.0
"""A penalty below this needs no second opinion from another threshold."""


@dataclass(eq=False)
class _Candidate:
    """What may be a mouse: where it lies, read from its head, and what is known of its ends."""

    territory: BoolArray
    trace: bodies.Profile
    front: Cone | None
    back: Cone | None
    foreground: Foreground
    number: int
    head_evidence: float
    reasons: tuple[str, ...] = ()
    # set by _place_ends
    profile: bodies.Profile = field(init=False)
    mask: BoolArray = field(init=False)
    area: float = field(init=False)
    penalty: float = field(init=False)

    def turn(self) -> None:
        """Read it from the other end."""
        self.trace = self.trace.turned()
        self.front, self.back = self.back, self.front


def find_mice(
    photograph: NDArray[np.generic],
    fov_cm: float,
    expected: int | None = None,
    *,
    file: str | Path | None = None,
    named_by: str = "",
) -> list[Mouse]:
    """Find the mice in a photograph, left to right.

    Parameters
    ----------
    photograph : ndarray, shape (n, m)
        Photographic image, counts.
    fov_cm : float
        Width of the field of view, cm.
    expected : int, optional
        How many mice there are, where it is known.
    file : str or Path, optional
        The photograph, for messages.
    named_by : str, optional
        What says how many there are (`the imaging sheet`), for messages.

    Returns
    -------
    list of Mouse
        From left to right by the body's centre.

    Raises
    ------
    MiceNotFound
        Where the number of mice found is not the one expected, or none is found.
    """
    photo = prepare(photograph, fov_cm)
    found = _search(photo, expected)
    if expected is not None and len(found) != expected:
        names = f"{named_by} names {expected}" if named_by else f"{expected} are expected"
        raise MiceNotFound(
            Problem(
                f"found {_mice(len(found))} in the photograph where {names}.",
                file,
                hint="Look at the photograph and correct the imaging sheet (or the click's Animal "
                "Number); if the sheet is right, draw the regions in Living Image and use the "
                "`living_image` method.",
            )
        )
    if not found:
        raise MiceNotFound(Problem("found no mouse in the photograph.", file))
    found.sort(key=lambda c: float(bodies.centres_cm(c.mask, photo.pixel_cm)[:, 0].mean()))
    _decide_heads(photo, found)
    return _finished(photo, found, expected)


def _mice(count: int) -> str:
    return "1 mouse" if count == 1 else f"{count or 'no'} mice"


def _search(photo: WorkingPhotograph, expected: int | None) -> list[_Candidate]:
    """Return non-overlapping candidates, the most mouse-like first.

    Thresholds are tried until all that was found so far looks like mice and is as many as
    expected. A mouse once seen is never dropped to meet the expected number, and what only a
    further threshold shows must look like a mouse without doubt.
    """
    pool: list[_Candidate] = []
    chosen: list[_Candidate] = []
    for number, foreground in enumerate(foregrounds(photo)):
        most = 12 if expected is None else max(expected, 2) + 1
        found = _candidates(photo, foreground, number, most)
        pool += found if not pool else [c for c in found if c.penalty < CALM]
        pool.sort(key=lambda c: c.penalty)
        chosen = []
        for candidate in pool:
            if all(_overlap(candidate.mask, other.mask) < 0.15 for other in chosen):
                chosen.append(candidate)
        if chosen and all(c.penalty < CALM for c in chosen) and expected in (None, len(chosen)):
            break
    return chosen


def _overlap(a: BoolArray, b: BoolArray) -> float:
    return float((a & b).sum() / max(1, min(a.sum(), b.sum())))


def _opened(mask: BoolArray, radius: float) -> BoolArray:
    from skimage.morphology import isotropic_opening

    return np.asarray(isotropic_opening(np.pad(mask, 2, mode="edge"), radius))[2:-2, 2:-2]


def _candidates(
    photo: WorkingPhotograph, foreground: Foreground, number: int, most: int
) -> list[_Candidate]:
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
) -> _Candidate | None:
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
    rest = bodies.centres_cm(foreground.mask & ~territory, photo.pixel_cm)
    metal = bodies.centres_cm(foreground.metal, photo.pixel_cm)
    evidence = tail_evidence(rest, metal, profile, photo.pixel_cm)
    front, back = find_cone(profile), find_cone(profile.turned())
    evidence += 2.0 * ((front is not None) - (back is not None))
    evidence += shape_evidence(profile)
    candidate = _Candidate(territory, profile, front, back, foreground, number, abs(evidence))
    if evidence < 0:
        candidate.turn()
    # the photograph's upper side is where nose cones are; it decides only what nothing else does
    line = candidate.trace.midline()
    candidate.head_evidence += 0.3 * float(np.sign(line[-1, 1] - line[0, 1]))
    _place_ends(photo, candidate)
    return candidate


def _place_ends(photo: WorkingPhotograph, candidate: _Candidate) -> None:
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


def _decide_heads(photo: WorkingPhotograph, found: Sequence[_Candidate]) -> None:
    """Turn mice of doubtful orientation the way of the others, whose heads share a manifold."""
    for candidate in found:
        if candidate.head_evidence >= 3.5:
            continue
        own = _heading(candidate)
        others = sum(
            c.head_evidence * float(own @ _heading(c)) for c in found if c is not candidate
        )
        upward = 0.0 if len(found) > 1 else -own[1]
        if candidate.head_evidence + 0.5 * np.clip(others, -6, 6) + 0.3 * upward < 0:
            candidate.turn()
            _place_ends(photo, candidate)
            candidate.reasons += ("head end taken from the other mice",)
        elif candidate.head_evidence < 1.0 and others <= 1.0:
            candidate.reasons += ("head end uncertain",)


def _heading(candidate: _Candidate) -> FloatArray:
    """Return the unit vector from tail base to nose."""
    line = candidate.profile.midline()
    way = line[0] - line[-1]
    return np.asarray(way / max(float(np.hypot(*way)), 1e-9))


def _finished(
    photo: WorkingPhotograph, found: Sequence[_Candidate], expected: int | None
) -> list[Mouse]:
    for c in found:
        rest = bodies.centres_cm(c.foreground.mask & ~c.mask, photo.pixel_cm)
        end = bodies.tail_base(rest, c.profile, photo.pixel_cm)
        c.profile = c.profile.between(c.profile.start_cm, end)
    silhouettes = with_limbs(
        [c.mask for c in found],
        [c.profile for c in found],
        [c.foreground.mask for c in found],
        photo.pixel_cm,
    )
    area = float(np.median([c.area for c in found]))
    length = float(np.median([c.profile.length_cm for c in found]))
    heading = np.mean([_heading(c) for c in found], axis=0)
    mice = []
    for c, mask in zip(found, silhouettes, strict=True):
        reasons = list(c.reasons)
        if c.front is not None:
            reasons.append(f"nose cone cut off by {c.front.by}")
        penalty = c.penalty / 2
        doubts = {
            "unusual size or outline": c.penalty > CALM,
            "much larger than the others": c.area > 1.6 * area,
            "much smaller than the others": c.area < area / 1.6,
            "much longer than the others": c.profile.length_cm > 1.3 * length,
            "much shorter than the others": c.profile.length_cm < length / 1.3,
            "heads in another direction": len(found) > 2 and float(_heading(c) @ heading) < 0.3,
            "cut off by the image's edge": _at_edge(c.mask),
            "coat unlike the others'": c.foreground.light != found[0].foreground.light,
            "number of mice not known": expected is None,
        }
        reasons += [text for text, doubt in doubts.items() if doubt]
        weights = 3.0 * len([t for t in reasons if not t.startswith("nose cone")])
        suspicion = 1.0 - float(np.exp(-(penalty + weights) / 10.0))
        points = bodies.centres_cm(mask, photo.pixel_cm)
        area_cm2 = len(points) * photo.pixel_cm**2
        centre = points.mean(axis=0)
        mice.append(
            Mouse(
                mask,
                photo.pixel_cm,
                c.profile.midline(),
                c.profile.length_cm,
                area_cm2 / c.profile.length_cm,
                area_cm2,
                (float(centre[0]), float(centre[1])),
                suspicion,
                tuple(reasons),
            )
        )
    return _flag_touching(mice)


def _at_edge(mask: BoolArray) -> bool:
    edge = mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()
    return bool(edge > 3)


def _flag_touching(mice: Sequence[Mouse]) -> list[Mouse]:
    """Flag mice that another mouse is within two pixels of."""
    owner = np.zeros(mice[0].mask.shape, dtype=np.int32)
    for place, mouse in enumerate(mice, start=1):
        owner[mouse.mask] = place
    touching: set[int] = set()
    h, w = mice[0].mask.shape
    for down, right in ((0, 1), (0, 2), (1, 0), (2, 0), (1, 1)):
        for here, there in (
            (owner[: h - down, : w - right], owner[down:, right:]),
            (owner[down:, : w - right], owner[: h - down, right:]),
        ):
            meet = (here > 0) & (there > 0) & (here != there)
            touching |= {int(k) for k in np.unique(here[meet])}
            touching |= {int(k) for k in np.unique(there[meet])}
    out = []
    for place, mouse in enumerate(mice, start=1):
        if place in touching:
            suspicion = 1 - (1 - mouse.suspicion) * 0.9
            reasons = (*mouse.reasons, "touches a neighbour")
            mouse = replace(mouse, suspicion=suspicion, reasons=reasons)
        out.append(mouse)
    return out
