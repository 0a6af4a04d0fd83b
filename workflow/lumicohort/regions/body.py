"""One body: profiles along its midline, its smooth outline, where its tail begins."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.pixels import Pixels, pixels_of
from lumicohort.regions.polyline import FloatArray, arc_length, cut, project, project_sets

AXIS_POINTS = 33
"""Vertices of a midline."""


@dataclass(frozen=True, eq=False)
class Profile:
    """Width and brightness along a midline.

    Parameters
    ----------
    axis : ndarray, shape (m, 2)
        Midline, cm; longer than the body.
    along_cm, width_cm, level : ndarray, shape (k,)
        Arc length of each slice's middle, its width, and the mean level of its inner half.
    start_cm, end_cm : float
        Arc length at which the body starts and ends.
    """

    axis: FloatArray
    along_cm: FloatArray
    width_cm: FloatArray
    level: FloatArray
    start_cm: float
    end_cm: float

    @property
    def length_cm(self) -> float:
        """Length of the body along its midline."""
        return self.end_cm - self.start_cm

    def turned(self) -> Profile:
        """Return the same body read from its other end."""
        total = self.axis_cm
        out = Profile(
            self.axis[::-1].copy(),
            total - self.along_cm[::-1],
            self.width_cm[::-1],
            self.level[::-1],
            total - self.end_cm,
            total - self.start_cm,
        )
        if "midline" in self.__dict__:  # what the property would compute again
            out.__dict__["midline"] = self.midline[::-1].copy()
        return out

    @cached_property
    def axis_cm(self) -> float:
        """Length of `axis`."""
        return float(arc_length(self.axis)[-1])

    @cached_property
    def body(self) -> slice:
        """Which slices are the body's: those whose middles lie between its start and its end."""
        first = int(self.along_cm.searchsorted(self.start_cm, side="right"))
        return slice(first, max(first, int(self.along_cm.searchsorted(self.end_cm))))

    def between(self, start_cm: float, end_cm: float) -> Profile:
        """Return the profile with the body's ends elsewhere."""
        return replace(self, start_cm=start_cm, end_cm=end_cm)

    @cached_property
    def midline(self) -> FloatArray:
        """The midline from the body's start to its end, shape (AXIS_POINTS, 2), cm."""
        return cut(self.axis, self.start_cm, self.end_cm, AXIS_POINTS)


def midlines(profiles: Sequence[Profile]) -> FloatArray:
    """Return the midlines of several bodies, shape (m, AXIS_POINTS, 2), cm.

    Those not yet known are cut from their axes at once, as :func:`polyline.cut` does one by one.
    """
    new = [p for p in profiles if "midline" not in p.__dict__]
    # bodies traced in one go have axes of one number of vertices
    if len(new) > 1 and len({len(p.axis) for p in new}) == 1:
        axes = np.stack([p.axis for p in new])
        step = axes[:, 1:] - axes[:, :-1]
        lengths = np.sqrt((step * step).sum(axis=2))
        at = np.zeros(axes.shape[:2])
        lengths.cumsum(axis=1, out=at[:, 1:])
        start, end = np.array([(p.start_cm, p.end_cm) for p in new]).T[:, :, None]
        wanted = start + np.arange(AXIS_POINTS) * ((end - start) / (AXIS_POINTS - 1))
        # the segment that each point lies on; those beyond an end lie on its vertex
        segment = (wanted[:, :, None] >= at[:, None, 1:-1]).sum(axis=2)
        wanted = np.minimum(np.maximum(wanted, 0.0), at[:, -1:])
        segment += np.arange(len(new))[:, None] * axes.shape[1]
        slopes = np.zeros(axes.shape)
        np.divide(step, lengths[:, :, None], out=slopes[:, :-1])
        beyond = (wanted - at.take(segment))[:, :, None]
        lines = slopes.reshape(-1, 2).take(segment, axis=0) * beyond
        lines += axes.reshape(-1, 2).take(segment, axis=0)
        for profile, line in zip(new, lines, strict=True):
            profile.__dict__["midline"] = line  # what the property would compute again
    return np.array([profile.midline for profile in profiles])


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The slices of several bodies from start to end, one body a row, 0 behind the last one.

    Parameters
    ----------
    table : ndarray, shape (3, m, k)
        Arc length, width and level, as in :class:`Profile`.
    counts : ndarray of int, shape (m,)
        How many slices each body has.
    """

    table: FloatArray
    counts: NDArray[np.intp]

    @classmethod
    def of(cls, profiles: Sequence[Profile]) -> Slices:
        """Return the slices of some bodies."""
        runs = [profile.body for profile in profiles]
        counts = [run.stop - run.start for run in runs]
        table = np.zeros((3, len(counts), max(counts, default=0)))
        for k, (profile, run, count) in enumerate(zip(profiles, runs, counts, strict=True)):
            table[0, k, :count] = profile.along_cm[run]
            table[1, k, :count] = profile.width_cm[run]
            table[2, k, :count] = profile.level[run]
        return cls(table, np.array(counts, dtype=np.intp))

    @property
    def along_cm(self) -> FloatArray:
        """Arc length of each slice's middle, shape (m, k)."""
        return np.asarray(self.table[0])

    @property
    def width_cm(self) -> FloatArray:
        """Width of each slice, shape (m, k)."""
        return np.asarray(self.table[1])

    @property
    def there(self) -> BoolArray:
        """Where a row holds a slice, shape (m, k)."""
        return np.asarray(np.arange(self.table.shape[2]) < self.counts[:, None])


def centres_cm(mask: BoolArray, pixel_cm: float) -> FloatArray:
    """Return the centres (x, y) of a mask's pixels, cm, shape (n, 2)."""
    return pixels_of(mask, pixel_cm).points


SMOOTH_CM = 1.2
"""Length over which the outline of a body that its rim does not show is smooth."""


def smoothed(territory: Pixels, profile: Profile) -> Pixels:
    """Return the territory with an outline as smooth as a body's.

    On either side of the midline, the half-width becomes the running median of half-widths, which
    takes patches of the bed off and fills notches.

    Parameters
    ----------
    territory : Pixels
        Pixels of one animal.
    profile : Profile
        Its midline.

    Returns
    -------
    Pixels
        Those within the smooth outline.
    """
    from scipy.ndimage import binary_dilation, median_filter

    pixel = territory.pixel_cm
    reach = int(0.6 / pixel)
    box = territory.box(reach + 1)
    wide = np.zeros(territory.shape, dtype=bool)
    wide[box] = binary_dilation(territory.mask[box], np.ones((3, 3)), iterations=reach)
    near = pixels_of(wide, pixel, box)
    where = project(near.points, profile.axis)
    inside = (where.along_cm >= profile.start_cm) & (where.along_cm <= profile.end_cm)
    bins = ((where.along_cm - profile.start_cm) / pixel).astype(int)
    count = int(profile.length_cm / pixel) + 1
    right = where.offset_cm > 0
    keep = np.zeros(len(bins), dtype=bool)
    for half in (right, ~right):
        own = inside & half & near.of(territory.mask)
        width = np.bincount(bins[own], minlength=count)[:count] * pixel
        width = median_filter(width, 2 * int(SMOOTH_CM / 2 / pixel) + 1, mode="nearest")
        these = inside & half
        keep[these] = where.distance_cm[these] <= width[np.minimum(bins[these], count - 1)]
    return near.where(keep)


TAIL_SEEN_CM = 2.5
"""How far from a body's end its tail is looked for."""
TAIL_BASE_REACH_CM = 0.45
"""How far behind a body's rounded end its tail base can lie."""


def tail_bases(rest: FloatArray, profiles: Sequence[Profile], pixel: float) -> list[float]:
    """Return the arc lengths at which bodies narrow to their tails.

    Opening rounds the rump off before that point.

    Parameters
    ----------
    rest : ndarray, shape (2, n)
        Foreground pixels beside the bodies (x, y), cm.
    profiles : sequence of Profile
        The bodies, read from their heads.
    pixel : float
        Pixel size, cm.

    Returns
    -------
    list of float
        For each the first slice behind the body that is no wider than the tail and a little more;
        the body's end where no tail is seen.
    """
    last = midlines(profiles)[:, -1]
    x, y = rest[0] - last[:, :1], rest[1] - last[:, 1:]
    x *= x
    y *= y
    x += y
    places = np.flatnonzero(x < TAIL_SEEN_CM**2)
    own = places // rest.shape[1]
    near = rest.take(places - own * rest.shape[1], axis=1)
    counts = np.bincount(own, minlength=len(profiles))
    where = project_sets(near[0], near[1], counts, [profile.axis for profile in profiles])
    ends = np.array([profile.end_cm for profile in profiles])
    beyond = where.along_cm - ends.take(own)
    behind = np.flatnonzero((where.distance_cm < 0.7) & (beyond > 0))
    slices = (beyond.take(behind) * (1 / pixel)).astype(np.intp)
    reach = int(TAIL_BASE_REACH_CM / pixel)
    count = reach + 7
    seen = slices < count
    at = own.take(behind[seen]) * count + slices[seen]
    widths = np.bincount(at, minlength=len(profiles) * count).reshape(-1, count) * pixel
    return [
        _narrows(width, end, reach, pixel)
        for width, end in zip(widths.tolist(), ends.tolist(), strict=True)
    ]


def _narrows(width: Sequence[float], end: float, reach: int, pixel: float) -> float:
    """Return the arc length at which a body narrows to its tail, from widths of slices behind."""
    tail = statistics.median(width[reach : reach + 7])
    if 0.1 < tail < 0.7:
        for k in range(reach + 1):
            if width[k] <= 1.3 * tail + 0.1:
                return end + k * pixel
    return end
