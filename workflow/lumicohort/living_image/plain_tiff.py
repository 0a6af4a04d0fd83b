"""Plain TIFFs, as the camera writes them, read without tifffile's generality.

One uncompressed grey image of whole numbers in strips that follow one another: opening such a
file takes tifffile longer than reading its pixels. Whatever is not exactly that, damaged files
among it, is left to tifffile and its checks. Tags and types: *TIFF Revision 6.0* (Adobe, 1992).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {3: "H", 4: "I"}  # SHORT, LONG
_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS, _COUNTS = 273, 274, 277, 278, 279
_PLANAR, _FORMAT = 284, 339
_EXPECTED: dict[int, tuple[int, ...]] = {
    254: (0,),  # a whole image, no thumbnail
    _BITS: (8, 16, 32),
    _COMPRESSION: (1,),
    _PHOTOMETRIC: (0, 1),
    _ORIENTATION: (1,),
    _SAMPLES: (1,),
    _PLANAR: (1,),
    _FORMAT: (1,),
}
"""Values of tags that make an image a plain one."""
_ANY = (_WIDTH, _LENGTH, _OFFSETS, _ROWS, _COUNTS)
_IGNORED = frozenset((271, 272, 282, 283, 296, 305, 306, 315, 316, 700, 33432, 34377))
"""Tags that say nothing of the pixels: resolutions, and notes of programs that saved the image.

Its description is not among them: ImageJ tells there of further images behind the first.
"""
_LEAST = {_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _OFFSETS, _COUNTS}
_MAX_SIDE = 8192


def read_plain(path: Path, size: int, *, pixels: bool) -> Any:
    """Return a plain TIFF's pixels, or its rows and columns; None where it is not plain.

    Parameters
    ----------
    path : Path
        The file.
    size : int
        Its size in bytes.
    pixels : bool
        Whether pixels are wanted, or the shape alone.

    Returns
    -------
    numpy.ndarray of shape (rows, columns), (int, int) or None
        The pixels in the file's byte order, or the shape.
    """
    try:
        with path.open("rb", buffering=0) as stream:
            # the tags stand before the pixels or behind them
            head = np.empty(size if pixels else min(size, 4096), dtype=np.uint8)
            if stream.readinto(head.data) != len(head):
                return None
            found = _as_before(head, size)
            if found is None:
                tags, order, read = _tags(stream, head, size)
                layout = _layout(tags, size)
                if layout is None:
                    return None
                found = (*layout, order)
                _remember(head, size, found, read)
            shape, bits, offset, order = found
            if not pixels:
                return shape
            kind = np.dtype(f"{order}u{bits // 8}")
            return np.frombuffer(head, kind, shape[0] * shape[1], offset).reshape(shape)
    except (OSError, struct.error, ValueError):
        return None  # tifffile says what is wrong with it


_Found = tuple[tuple[int, int], int, int, str]
"""Shape, bits, where the pixels begin, and the byte order."""
_before: dict[int, tuple[bytes, bytes, _Found]] = {}
"""By the file's size: all that stands before and behind the pixels, and what it says.

The frames of a camera differ in nothing but their pixels.
"""
_MOST_KEPT = 16


def _as_before(head: NDArray[np.uint8], size: int) -> _Found | None:
    """Return what is known of a file of which all but the pixels is that of one before."""
    before, behind, found = _before.get(size, (b"", b"", None))
    if (
        found is None
        or (behind and len(head) < size)  # of such a file only its beginning was read
        or head[: len(before)].tobytes() != before
        or head[len(head) - len(behind) :].tobytes() != behind
    ):
        return None
    return found


def _remember(
    head: NDArray[np.uint8], size: int, found: _Found, read: list[tuple[int, int]]
) -> None:
    """Keep what a file says, unless its tags stand among the pixels, or where nothing was read."""
    (rows, columns), bits, start, _ = found
    end = start + rows * columns * bits // 8
    known = len(head) == size or (end == size and start <= len(head))
    if known and all(b <= start or a >= end for a, b in read):
        if len(_before) >= _MOST_KEPT:
            _before.clear()
        _before[size] = head[:start].tobytes(), head[end:].tobytes(), found


def _tags(
    stream: Any, head: NDArray[np.uint8], size: int
) -> tuple[dict[int, tuple[int, ...]], str, list[tuple[int, int]]]:
    """Return the only directory's tags, the byte order, and from where to where they were read.

    Raises where there is anything unusual.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4].tobytes(), "")
    if not order:
        raise ValueError("no classic TIFF")
    (start,) = struct.unpack(f"{order}I", head[4:8].tobytes())

    read = [(0, 8)]

    def at(offset: int, length: int) -> bytes:
        read.append((offset, offset + length))
        if offset + length > size:
            raise ValueError("beyond the end")
        if offset + length <= len(head):
            return head[offset : offset + length].tobytes()
        stream.seek(offset)
        return bytes(stream.read(length))

    (count,) = struct.unpack(f"{order}H", at(start, 2))
    body = at(start + 2, 12 * count + 4)
    if body[12 * count :] != b"\0\0\0\0":
        raise ValueError("several images")
    tags: dict[int, tuple[int, ...]] = {}
    for code, kind, number, value in struct.iter_unpack(f"{order}HHI4s", body[: 12 * count]):
        if code in _IGNORED:
            continue
        if code in tags or kind not in _TYPES or not (code in _EXPECTED or code in _ANY):
            raise ValueError("an unusual tag")
        form = f"{order}{number}{_TYPES[kind]}"
        length = struct.calcsize(form)
        data = value[:length] if length <= 4 else at(struct.unpack(f"{order}I", value)[0], length)
        tags[code] = struct.unpack(form, data)
    return tags, order, read


def _layout(tags: dict[int, tuple[int, ...]], size: int) -> tuple[tuple[int, int], int, int] | None:
    """Return shape, bits and where the pixels begin; None where the tags say anything unusual."""
    if not tags.keys() >= _LEAST:
        return None
    for code, allowed in _EXPECTED.items():
        if code in tags and (len(tags[code]) != 1 or tags[code][0] not in allowed):
            return None
    if any(len(tags[code]) != 1 for code in (_WIDTH, _LENGTH)):
        return None
    (columns,), (rows,), (bits,) = tags[_WIDTH], tags[_LENGTH], tags[_BITS]
    if not (1 <= rows <= _MAX_SIDE and 1 <= columns <= _MAX_SIDE):
        return None
    offsets, counts = tags[_OFFSETS], tags[_COUNTS]
    per_strip = tags.get(_ROWS, (rows,))
    if len(per_strip) != 1 or not per_strip[0] >= 1 or len(offsets) != len(counts):
        return None
    if len(offsets) != -(-rows // per_strip[0]):
        return None
    row = columns * bits // 8
    place = offsets[0]
    for k, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        here = min(per_strip[0], rows - k * per_strip[0]) * row
        if offset != place or count != here:
            return None
        place += count
    return ((rows, columns), bits, offsets[0]) if place <= size else None
