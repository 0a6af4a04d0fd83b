"""Where mice of faint coats begin and end: tails of bare skin, and nose cones ahead of them.

A coat as dark as the bed hides the body, but not the tail, which has hardly any fur. A tail says
where a body ends, and a nose cone in line with it where the body begins; what lies between the
two is followed by its rim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lumicohort.regions.disks import dilated
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray

RIDGE_CM = 0.17
"""Scale of the ridges looked for: about that of a tail 0.4 cm wide."""
RIDGES = (0.30, 0.22, 0.15)
"""Heights of ridges: tails lighter than the bed by 0.6 and more are above."""
INK_CM = 0.4
"""Width of marks of ink on a tail."""
METAL_RIM_CM = 0.15
LONGER_CM = 0.5
"""A ridge that is longer at a lower level by more than this may have been cut at the higher one."""
SHIFTS_CM = (0.0, 1.0, 2.0)
"""By how much a tail base may lie ahead of what is seen of the tail."""
TAIL_LENGTH_CM = 2.5
"""A shorter piece of bare skin is a foot or an ear."""
TAIL_WIDTH_CM = 0.75
"""A wider one is more than a tail."""
TAIL_END_CM = 1.2
"""Length over which a tail's end shows which way the body lies."""
BODY_CM = (5.0, 11.0)
"""From its tail base, a nose cone is no nearer and no farther than this."""
ASIDE = 1.0
"""Tangent of the angle by which a cone may lie aside of the tail's direction."""
MOST_CONES = 3
CONE_CM2 = 0.05
"""Area of metal that is a cone."""
CONE_RADIUS_CM = 0.6
"""Metal this far apart belongs to two cones."""
RUMP_CM = 1.5
RUMP_HALF_CM = 1.05
"""Length and half-width of a rump, rounded towards the tail."""
TRUNK_CM = 4.0
TRUNK_HALF_CM = 0.6
"""So far ahead of a tail base, and so far aside, there is trunk."""


@dataclass(frozen=True, slots=True, eq=False)
class Anchored:
    """Where a body may lie whose tail is seen.

    Parameters
    ----------
    tail : int
        Which tail it is.
    base : ndarray, shape (2,)
        Tail base, cm.
    way : ndarray, shape (2,)
        Unit vector from there to the head.
    cone : ndarray, shape (2,), optional
        Middle of the nose cone ahead, cm; None where there is none.
    shifted : bool
        Whether the base lies ahead of what is seen of the tail.
    """

    tail: int
    base: FloatArray
    way: FloatArray
    cone: FloatArray | None
    shifted: bool

    @property
    def line(self) -> FloatArray:
        """Midline of the rump from its front to the tail base, cm, shape (m, 2)."""
        return np.asarray(self.base + np.linspace(RUMP_CM, 0, 13)[:, None] * self.way)

    def rear(self, photo: WorkingPhotograph) -> Pixels:
        """Return what is the body's at its rear: the rump, and the middle of the trunk."""
        shape, pixel = photo.level.shape, photo.pixel_cm
        y = (np.arange(shape[0])[:, None] + 0.5) * pixel - self.base[1]
        x = (np.arange(shape[1])[None, :] + 0.5) * pixel - self.base[0]
        along = x * self.way[0] + y * self.way[1]
        aside = np.abs(x * self.way[1] - y * self.way[0])
        part = np.clip(1 - along / RUMP_CM, 0, 1)
        inside = (along > 0) & (along <= RUMP_CM)
        inside &= aside < RUMP_HALF_CM * np.sqrt(1 - part**2) + 0.15
        inside |= (along > RUMP_CM) & (along < TRUNK_CM) & (aside < TRUNK_HALF_CM)
        return pixels_of(inside, pixel)


def anchored(photo: WorkingPhotograph, metal: BoolArray) -> list[Anchored]:
    """Return where bodies may lie whose tails are seen.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    metal : ndarray of bool, shape (h, w)
        What shines as no coat does.

    Returns
    -------
    list of Anchored
        One for each tail's end and each cone ahead of it, then those further ahead, should a
        mark have cut the tail; where there is no cone ahead of any, one for each end, straight
        on.
    """
    pixel = photo.pixel_cm
    cones = _cones(metal, pixel)
    ends = [
        (number, base, way, _ahead(base, way, cones))
        for number, tail in _tails(photo.level, metal, pixel)
        for base, way in _ends(tail)
    ]
    if not any(ahead for _, _, _, ahead in ends):
        return [Anchored(number, base, way, None, False) for number, base, way, _ in ends]
    out = []
    for shift in SHIFTS_CM:
        for number, end, way, ahead in ends:
            base = end + shift * way
            for cone in ahead:
                far = float(np.hypot(*(cone - base)))
                if far >= BODY_CM[0]:
                    out.append(Anchored(number, base, (cone - base) / far, cone, shift > 0))
    return out


def _tails(level: FloatArray, metal: BoolArray, pixel: float) -> Iterator[tuple[int, FloatArray]]:
    """Yield the pixels of each ridge that is as long and as thin as a tail, cm, (n, 2) each.

    Where a tail joins the rump, the light rims of flanks and feet do, too, but lower ones. So a
    tail may be yielded at several levels; each comes with the tail's number.
    """
    from scipy.ndimage import label

    height = np.where(dilated(metal, METAL_RIM_CM / pixel), 0.0, _ridges(level, pixel))
    tails: list[tuple[float, BoolArray]] = []
    for least in RIDGES:  # from the highest
        pieces, count = label(height > least, np.ones((3, 3)))
        sizes = np.bincount(pieces.ravel(), minlength=count + 1) * pixel**2
        for k in np.flatnonzero(sizes > 0.2 * TAIL_LENGTH_CM).tolist():
            if k == 0:
                continue
            piece = pieces == k
            points = pixels_of(piece, pixel).points
            length = float(np.ptp(points @ _direction(points)))
            if length < TAIL_LENGTH_CM or sizes[k] / length > TAIL_WIDTH_CM:
                continue
            parts = [n for n, (_, part) in enumerate(tails) if (piece & part).any()]
            if not parts:
                parts = [len(tails)]
                tails.append((length, piece))
            elif length < LONGER_CM + sum(tails[n][0] for n in parts):
                continue
            yield parts[0], points


def _ridges(level: FloatArray, pixel: float) -> FloatArray:
    """Return how high ridges as wide as a tail are (second derivative across, scaled).

    The smaller eigenvalue of the Hessian at the scale of a tail (Lindeberg, Int. J. Comput. Vis.
    30:117, 1998).
    """
    from scipy.ndimage import gaussian_filter, grey_closing

    sigma = RIDGE_CM / pixel
    # marks of ink on a tail do not cut it
    clipped = grey_closing(np.clip(level, -0.3, 1.2), 2 * round(INK_CM / pixel / 2) + 1)
    yy, xy, xx = (gaussian_filter(clipped, sigma, order=o) for o in ((2, 0), (1, 1), (0, 2)))
    return np.asarray((np.hypot((yy - xx) / 2, xy) - (yy + xx) / 2) * sigma**2)


def _direction(points: FloatArray) -> FloatArray:
    """Return the unit vector along which points spread most."""
    rest = points - points.mean(axis=0)
    return np.asarray(np.linalg.eigh(rest.T @ rest)[1][:, 1])


def _ends(tail: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield both ends of a tail and the unit vectors pointing on from there."""
    along = tail @ _direction(tail)
    for sign in (1.0, -1.0):
        from_end = (sign * along).max() - sign * along
        end = tail[from_end < TAIL_END_CM]
        tip = tail[from_end < 0.2].mean(axis=0)
        way = tip - end.mean(axis=0)
        yield tip, way / max(float(np.hypot(*way)), 1e-9)


def _cones(metal: BoolArray, pixel: float) -> list[FloatArray]:
    """Return the middles of nose cones: metal that lies together."""
    from scipy.ndimage import label

    pieces, count = label(dilated(metal, CONE_RADIUS_CM / 2 / pixel))
    points = pixels_of(metal, pixel)
    which = points.of(pieces)
    least = CONE_CM2 / pixel**2
    own = [points.points[which == k] for k in range(1, count + 1)]
    return [p.mean(axis=0) for p in own if len(p) >= least]


def _ahead(base: FloatArray, way: FloatArray, cones: Sequence[FloatArray]) -> list[FloatArray]:
    """Return the cones ahead of a tail, those nearest to its direction first."""
    found = []
    for cone in cones:
        rest = cone - base
        along, aside = float(rest @ way), abs(float(rest[0] * way[1] - rest[1] * way[0]))
        if BODY_CM[0] <= float(np.hypot(*rest)) <= BODY_CM[1] and aside < ASIDE * along:
            found.append((aside / along, cone))
    return [cone for _, cone in sorted(found, key=lambda pair: pair[0])[:MOST_CONES]]
