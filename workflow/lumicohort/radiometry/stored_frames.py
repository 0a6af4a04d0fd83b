"""What a bias or dark frame says, worked out once for all clicks that hold a copy of it.

Living Image takes both with a click of their own, mostly at night, names it in the text
(`Background Click: BKG…`) and puts copies of them into every click folder of the same
exposure and binning *(seen)*: a batch has one or two pairs, and a click of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from lumicohort.living_image.tiff import read_image
from lumicohort.radiometry.noise import noise_sd

_MOST_FRAMES = 12  # a bias and a dark frame of each exposure of a bracket
_MOST_PIXELS = 3_000_000  # of frames kept; what is worked out takes another 26 bytes a pixel

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class StoredFrame:
    """A frame as stored, and what has been worked out of it.

    Parameters
    ----------
    pixels : numpy.ndarray, shape (n, n)
        The frame, times its Data Multiplier; read-only.
    stored : bytes
        The file that it was read from.
    """

    pixels: np.ndarray
    stored: bytes
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


_kept: dict[tuple[int, bytes], StoredFrame] = {}


def stored_frame(path: Path) -> StoredFrame:
    """Return the frame in a file: one of the last few where it is the very same, byte for byte.

    Parameters
    ----------
    path : Path
        `readbias.TIF` or `background.TIF`.

    Raises
    ------
    InputError
        When it cannot be read, or is damaged; see :func:`~lumicohort.living_image.read_image`.
    """
    stored = _bytes_of(path)
    # noise tells two frames apart by a few pixels; whether they are the same, all bytes say
    middle = len(stored) // 2
    key = len(stored), stored[middle : middle + 64]
    frame = _kept.get(key)
    if frame is not None and frame.stored == stored:
        _kept[key] = _kept.pop(key)  # those used last stay longest
        return frame
    pixels = read_image(path, counts=True)
    pixels.flags.writeable = False
    frame = StoredFrame(pixels, stored)
    if _bytes_of(path) != stored:
        return frame  # it is being replaced
    _kept.pop(key, None)
    _kept[key] = frame
    while len(_kept) > 2 and (
        len(_kept) > _MOST_FRAMES or sum(f.pixels.size for f in _kept.values()) > _MOST_PIXELS
    ):
        del _kept[next(iter(_kept))]
    return frame


def _bytes_of(path: Path) -> bytes:
    """Return what a file holds; nothing where it cannot be read, which its reader then refuses."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
