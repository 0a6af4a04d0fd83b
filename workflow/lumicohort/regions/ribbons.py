"""Outlines of faint coats looked at again, all around.

A first outline says where a mouse lies. A ribbon along it, wide enough to hold the true one, is
laid out straight, and the cheapest path through it (dynamic programming; Amini, Weymouth & Jain,
IEEE Trans. Pattern Anal. Mach. Intell. 12:855, 1990) follows the shaded rim, with coat on its one
side and bed on the other. Bare skin and metal hide the rim: across ears, feet and the tail, the
path goes straight on.
"""

from __future__ import annotations

import numpy as np

from lumicohort.ranks import median
from lumicohort.regions.disks import dilated
from lumicohort.regions.foregrounds import FAINT, FAINT_BARE
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray, arc_length, lengthen, project, resample
from lumicohort.regions.rims import SHINES, cheapest

REACH_CM = 0.8
"""No farther than this from the first outline, on either side, the true one is looked for."""
ROUNDS = 3
"""How often that is done, each time from the outline found before."""
FIRST_SMOOTH_CM = 0.2
"""Standard deviation by which a first outline is made smooth."""
SMOOTH_CM = 0.06
"""Standard deviation of the smoothing that takes the felt's grain off: less than a rim's width."""
DARKEST = -0.8
"""Levels below this are as dark as this: the deepest shade."""
ASIDE_CM = 0.2
"""A rim is compared with what lies so far to its inner and to its outer side."""
INNER = 0.6
"""Weight of the inner side; the rest is the outer one's: a divider's shadow is as dark outside."""
REGION = 6.0
"""Weight of coat left out, and bed taken in, against the rim: per cm and level."""
EDGE = 0.4
"""Weight of the step from coat to bed against the rim: per level."""
SHADE_CM = 0.1
"""So near to the outline, light coats are as dark as what lies outside."""
MOST = 0.3
"""One pixel speaks for coat or bed by no more than this level."""
AHEAD_CM = 0.8
"""So far beyond the nose, the ribbon goes on straight ahead."""
AROUND_CM = (0.5, 1.1)
"""Between these distances from the first outline there is bed."""
LONGER_CM = 1.5
"""By so much the midline is made longer at both ends: what lies there is measured, too."""
NOSE_CM = 0.4
"""Over this length, the nose is as wide as on average."""
INNER_CM = 0.3
"""What lies deeper than this within an outline is coat."""
WEIGHT = 0.2
"""Of the distance from the first outline, squared, against the rim: per cm²."""


def refined(
    photo: WorkingPhotograph,
    body: Pixels,
    line: FloatArray,
    metal: BoolArray,
    others: BoolArray,
) -> Pixels:
    """Return the pixels within the rim that is nearest to a first outline.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    body : Pixels
        Pixels within the first outline.
    line : ndarray, shape (m, 2)
        Midline, cm, from the nose to the tail base.
    metal : ndarray of bool, shape (h, w)
        What shines as no coat does.
    others : ndarray of bool, shape (h, w)
        Other mice.

    Returns
    -------
    Pixels
        None of them ahead of the nose; the first ones where no outline is found.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.draw import polygon2mask
    from skimage.measure import find_contours

    pixel = photo.pixel_cm
    box = body.box(int((REACH_CM + AROUND_CM[1]) / pixel))
    own, taken = body.mask[box], others[box]
    corner = np.array([box[1].start, box[0].start]) * pixel
    everywhere = pixels_of(np.ones(own.shape, dtype=bool), pixel)
    where = project(everywhere.points, lengthen(line - corner, LONGER_CM, LONGER_CM))
    along = where.along_cm.reshape(own.shape) - LONGER_CM
    aside = where.distance_cm.reshape(own.shape)
    level = photo.level[box]
    bare = max(FAINT_BARE, median(body.of(photo.level)) + SHINES)
    seen = ~(dilated(metal[box] | (level > bare), 1.0) | taken | (along < 0))
    # smoothing leaves out what hides the rim (normalised convolution)
    weight = gaussian_filter(seen.astype(np.float64), SMOOTH_CM / pixel)
    smooth = gaussian_filter(np.clip(level, DARKEST, bare) * seen, SMOOTH_CM / pixel)
    smooth /= np.maximum(weight, 1e-3)
    for _ in range(ROUNDS):
        front = own & (along >= 0) & (along < NOSE_CM)
        half = np.count_nonzero(front) * pixel**2 / NOSE_CM / 2
        # straight on ahead, so that the outline is that of the flanks up to the nose
        ahead = (along < 0) & (along > -AHEAD_CM) & (aside < half)
        first = gaussian_filter((own | ahead).astype(np.float64), FIRST_SMOOTH_CM / pixel)
        contours = find_contours(np.pad(first, 1), 0.5)
        if not contours:
            return body
        contour = max(contours, key=len)[:, ::-1] - 0.5  # in pixels, of the box
        outline = _followed(
            contour * pixel, smooth, weight, _levels(smooth, seen, own, pixel), pixel
        )
        own = polygon2mask(own.shape, outline[:, ::-1] / pixel - 0.5) & (along >= 0) & ~taken
    mask = np.zeros(photo.level.shape, dtype=bool)
    mask[box] = own
    return pixels_of(mask, pixel, box)


def _levels(
    smooth: FloatArray, seen: BoolArray, own: BoolArray, pixel: float
) -> tuple[float, float]:
    """Return the level of the coat and that of the bed around it."""
    inside = own & seen & ~dilated(~own, INNER_CM / pixel)
    near, far = (dilated(own, reach / pixel) for reach in AROUND_CM)
    around = far & ~near & seen
    if not (inside.any() and around.any()):
        return 0.0, 0.0
    return median(smooth[inside]), median(smooth[around])


def _followed(
    contour: FloatArray,
    smooth: FloatArray,
    weight: FloatArray,
    levels: tuple[float, float],
    pixel: float,
) -> FloatArray:
    """Return a closed outline along the rim nearest to a first one, cm, shape (n, 2)."""
    from scipy.ndimage import gaussian_filter1d, map_coordinates

    step = pixel / 2
    count = max(16, int(arc_length(contour)[-1] / pixel))
    line = resample(contour, count + 1)[:-1]
    before, behind = np.roll(line, 1, axis=0), np.roll(line, -1, axis=0)
    way = gaussian_filter1d(behind - before, 2, axis=0, mode="wrap")
    way /= np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    turn = np.sign(float((line[:, 0] * behind[:, 1] - line[:, 1] * behind[:, 0]).sum()))
    outward = turn * np.stack([way[:, 1], -way[:, 0]], axis=1)
    reach, aside = int(REACH_CM / step), max(1, round(ASIDE_CM / step))
    offsets = step * np.arange(-reach - aside, reach + aside + 1)
    points = line[:, None, :] + offsets[None, :, None] * outward[:, None, :]
    at = [points[..., 1] / pixel - 0.5, points[..., 0] / pixel - 0.5]
    across = map_coordinates(smooth, at, order=1, mode="nearest")
    known = np.clip(map_coordinates(weight, at, order=1, mode="constant"), 0.0, 1.0)
    offsets = offsets[aside:-aside]
    costs = _costs(across, known, levels, aside, step) + WEIGHT * offsets**2
    # a quarter more before and after: where the path begins and ends, does not matter
    some = count // 4
    path = cheapest(np.concatenate([costs[-some:], costs, costs[:some]])[None])[0]
    return np.asarray(line + offsets[path[some : some + count]][:, None] * outward)


def _costs(
    across: FloatArray, known: FloatArray, levels: tuple[float, float], aside: int, step: float
) -> FloatArray:
    """Return how little every place across an outline looks as if it were on the true one.

    Parameters
    ----------
    across : ndarray, shape (n, m)
        Levels from the inside to the outside of n places on the first outline.
    known : ndarray, shape (n, m)
        How far these are known: 0 to 1.
    levels : (float, float)
        Of the coat and of the bed.
    aside : int
        Columns that serve for comparison only, on either side.
    step : float
        From one column to the next, cm.

    Returns
    -------
    ndarray, shape (n, m - 2 * aside)
    """
    coat, bed = levels

    def farther(columns: int, values: FloatArray = across) -> FloatArray:
        """Return the values so many columns farther out than each place."""
        return values[:, aside + columns : values.shape[1] - aside + columns]

    rim = farther(0) - INNER * farther(-aside) - (1 - INNER) * farther(aside)
    # the darkest line of a coat unlike the bed lies beside the step from the one to the other
    near = min(2, aside)
    rim -= EDGE * min(max(coat - bed, -FAINT), FAINT) * (farther(-near) - farther(near))
    rim *= farther(0, known)
    # what is nearer to the bed's level than to the coat's lies outside; it says the more, the more
    # these differ (the logarithm of the ratio of two normal densities)
    contrast = min(max(coat - bed, -MOST), MOST)
    bedlike = contrast * np.clip((coat + bed) / 2 - across, -MOST, MOST) * known
    shade = min(round(SHADE_CM / step), aside) if contrast > 0 else 0
    return np.asarray(rim + REGION * step * farther(-shade, bedlike.cumsum(axis=1)))
