"""What a bias or dark frame says, worked out once for all clicks that hold a copy of it.

Living Image takes both with a click of their own, mostly at night, names it in the text
(`Background Click: BKG…`) and puts copies of them into every click folder of the same
exposure and binning *(seen)*: a batch has one or two pairs, and a click of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from lumicohort.radiometry.noise import noise_sd

_MOST_FRAMES = 12  # a bias and a dark frame of each exposure of a bracket
_MOST_PIXELS = 3_000_000  # of frames kept; what is worked out takes another 24 bytes a pixel

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class StoredFrame:
    """A frame as stored, and what has been worked out of it.

    Parameters
    ----------
    pixels : numpy.ndarray, shape (n, n)
        The frame, times its Data Multiplier; read-only.
    """

    pixels: np.ndarray
    _known: dict[Hashable, object] = field(default_factory=dict)

    @cached_property
    def is_constant(self) -> bool:
        """Whether every pixel is the same."""
        frame = self.pixels
        return bool(frame[0, 0] == frame[-1, -1] and frame.min() == frame.max())

    @cached_property
    def noise_sd(self) -> float:
        """Standard deviation of its pixels' noise, as stored."""
        return noise_sd(self.pixels)

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what `work` returned when it was asked for under this key first.

        Parameters
        ----------
        key : hashable
            All that the result depends on besides the frame.
        work : callable
            Works it out; an array is read-only from then on.
        """
        if key not in self._known:
            found = work()
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
            self._known[key] = found
        return self._known[key]  # type: ignore[return-value]


_kept: dict[Hashable, StoredFrame] = {}


def stored_frame(pixels: np.ndarray) -> StoredFrame:
    """Return the frame of these pixels: one of the last few where it is the very same.

    Parameters
    ----------
    pixels : numpy.ndarray, shape (n, n)
        As read; read-only from then on.
    """
    # noise tells two frames apart by any row; whether they are the same, all pixels say
    key = pixels.dtype.str, pixels.shape, pixels[len(pixels) // 2].tobytes()
    frame = _kept.pop(key, None)
    if frame is None or not np.array_equal(frame.pixels, pixels):
        pixels.flags.writeable = False
        frame = StoredFrame(pixels)
    _kept[key] = frame
    while len(_kept) > 2 and (
        len(_kept) > _MOST_FRAMES or sum(f.pixels.size for f in _kept.values()) > _MOST_PIXELS
    ):
        del _kept[next(iter(_kept))]
    return frame
