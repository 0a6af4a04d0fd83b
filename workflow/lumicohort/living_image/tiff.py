"""Reading the images of a click folder: the one place that opens TIFF files.

Damaged files are refused with one line that names the file; nothing is ever computed from a
file whose pixels are not all there.
"""

from __future__ import annotations

import logging
import stat
import struct
from pathlib import Path
from typing import Any

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.plain_tiff import read_plain
from lumicohort.nouns import counted, is_or_are

MAX_SIDE = 8192
"""No camera of this family has more pixels along a side; a larger image is a damaged header."""

_AGAIN = "Copy the click folder again from the instrument."
_ORIGINAL = "Take the camera's own file from the instrument, not one that a program saved again."
_ORIENTATION = 274  # TIFF Revision 6.0 (Adobe, 1992); 1: rows from the top, columns from the left
_READABLE = (1, 8, 32946, 32773)  # none, deflate (two numbers), PackBits: without loss
_DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    NotImplementedError,
    ImportError,
    MemoryError,
    RecursionError,
    struct.error,
)  # what tifffile raises on damaged files, found by cutting and flipping bytes of real ones


def read_image(path: str | Path, *, integer: bool = False, counts: bool = False) -> np.ndarray:
    """Read a TIFF of one grey image.

    Parameters
    ----------
    path : str or Path
        The file.
    integer : bool, optional
        Refuse images of floating-point numbers (camera counts are whole numbers).
    counts : bool, optional
        The image holds a camera's counts: refuse one with holes (:func:`lost_pixels`).

    Returns
    -------
    numpy.ndarray, shape (rows, columns)
        The pixels in the machine's byte order: unsigned integers (also where the file calls them
        signed and none is negative), float32 or float64.

    Raises
    ------
    InputError
        When the file is missing, empty, cut off, holds several images or colours, has pixels of
        another kind, swapped bytes, rows that were never written, or values that are not finite.
    """
    path = path if isinstance(path, Path) else Path(path)  # to take one apart again is slow
    array = _read(path, pixels=True)
    _refuse_kind(array.dtype, path, integer)
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if array.dtype.kind == "i":
        array = _unsigned(array, path)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise _bad(path, "some pixels are not finite numbers.", _AGAIN)
    if array.dtype == np.uint16 and looks_byte_swapped(array):
        raise _bad(path, "the two bytes of every pixel are swapped.", _AGAIN)
    lost = 0 if array.dtype.kind == "f" else lost_rows(array)
    if lost:
        raise _bad(
            path,
            f"{lost} of {len(array)} rows of pixels are 0 throughout: that part of the file was "
            "never written, as after a copy that was broken off.",
            _AGAIN,
        )
    holes = lost_pixels(array) if counts else 0
    if holes:
        raise _bad(
            path,
            f"{counted(holes, 'pixel')} {is_or_are(holes)} 0, and all others stand on the camera's "
            "bias: that part of the file was lost, as after a copy that was broken off.",
            _AGAIN,
        )
    return array


def image_shape(path: str | Path) -> tuple[int, int]:
    """Return rows and columns of a TIFF of one grey image without reading its pixels.

    Raises
    ------
    InputError
        As :func:`read_image`, as far as the header and the file's size tell.
    """
    rows, columns = _read(Path(path), pixels=False)
    return rows, columns


def looks_byte_swapped(array: np.ndarray) -> bool:
    """Return whether swapping the bytes of 16-bit pixels makes an image far smoother.

    Neighbouring pixels of a camera image differ by noise, a few counts; with the bytes swapped
    the noise lands in the high byte and they differ by hundreds.

    Parameters
    ----------
    array : numpy.ndarray of uint16, shape (rows, columns)
        The image.
    """
    rows = array[:: max(1, array.shape[0] // 12)]
    as_is = _roughness(rows)
    return as_is >= 128 and _roughness(rows.byteswap()) * 8 < as_is


_ON_BIAS = 50
"""Counts on which an image stands whose noise never reaches 0."""


def lost_pixels(array: np.ndarray) -> int:
    """Return how many pixels of a camera's frame were lost.

    Files lose sectors of 512 bytes, about a row of a small image. Every pixel of a camera stands
    on its bias, so that 0 among pixels none of which is near to it is none of the camera's.

    Parameters
    ----------
    array : numpy.ndarray, shape (rows, columns)
        Counts; those from which a bias was taken hold low values besides 0, and are left alone.
    """
    if array.min() > 0:
        return 0
    middle = float(np.median(array))
    seen = array[array != 0]
    if middle < _ON_BIAS or np.quantile(seen, 0.001) < middle / 4:
        return 0
    return int(array.size - seen.size)


def lost_rows(array: np.ndarray) -> int:
    """Return how many rows of an image were never written.

    A file that a copy has only made room for is of full size, and 0 from where the copy broke
    off. A camera's pixel stands on its bias and never is 0, so whole rows of it tell, unless other
    pixels are 0 as well: then 0 is a value of this image, as black is of a drawn one.

    Parameters
    ----------
    array : numpy.ndarray of unsigned integers, shape (rows, columns)
        The image.
    """
    empty = (array[:, 0] == 0) & (array[:, -1] == 0)
    if not empty.any():
        return 0
    empty[empty] = ~array[empty].any(axis=1)
    partly = np.zeros_like(empty)  # the copy may break off, or go on, in the middle of a row
    partly[1:] |= empty[:-1]
    partly[:-1] |= empty[1:]
    whole = array[~empty & ~partly]
    return int(empty.sum()) if whole.size and whole.all() else 0


def _roughness(rows: np.ndarray) -> float:
    """Return the mean absolute difference of horizontal neighbours."""
    if rows.shape[1] < 2:
        return 0.0
    left, right = rows[:, :-1], rows[:, 1:]
    away = np.maximum(left, right)  # whole numbers without a sign, which never fall below 0
    away -= np.minimum(left, right)
    return int(away.sum(dtype=np.uint64)) / away.size


def _bad(path: Path, message: str, hint: str | None = None) -> InputError:
    return InputError(Problem(message, path, None, hint))


def _refuse_kind(dtype: np.dtype[Any], path: Path, integer: bool) -> None:
    if dtype.kind == "u" and dtype.itemsize <= 4:
        return
    if dtype.kind == "i" and dtype.itemsize in (2, 4):
        return
    if dtype.kind == "f" and dtype.itemsize in (4, 8) and not integer:
        return
    wanted = "whole numbers" if integer else "whole numbers or 32/64-bit floats"
    raise _bad(path, f"the pixels are of the kind {dtype.name}; expected {wanted}.", _ORIGINAL)


def _unsigned(array: np.ndarray, path: Path) -> np.ndarray:
    """Return signed pixels as unsigned ones, unless their sign may have cost counts."""
    kind = array.dtype
    if array.min() < 0:
        raise _bad(
            path,
            f"the pixels are of the kind {kind.name} and some are negative: camera counts are not.",
            _ORIGINAL,
        )
    if array.max() == np.iinfo(kind).max:
        raise _bad(
            path,
            f"the pixels are of the kind {kind.name} and some are the greatest number that it "
            "holds: brighter ones may have been cut off.",
            _ORIGINAL,
        )
    return array.view(kind.str.replace("i", "u"))


def _read(path: Path, *, pixels: bool) -> Any:
    """Open the file, check that every pixel is there, return the pixels or the shape."""
    try:
        found = path.stat()
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise _bad(path, f"the image cannot be read: {reason}.", _AGAIN) from None
    size = found.st_size
    if not stat.S_ISREG(found.st_mode):
        raise _bad(path, "this is no file.")
    if size == 0:
        raise _bad(path, "the file is empty.", _AGAIN)
    plain = read_plain(path, size, pixels=pixels)
    if plain is not None:
        return plain
    import tifffile

    logger = logging.getLogger("tifffile")  # it reports damage there before it raises
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with tifffile.TiffFile(path) as tiff:
            page = _only_page(tiff, path, size)
            return page.asarray() if pixels else page.shape
    except _DAMAGE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise _bad(path, f"the file is no readable TIFF image ({reason}).", _AGAIN) from None
    finally:
        logger.disabled = was_disabled


def _only_page(tiff: Any, path: Path, size: int) -> Any:
    """Return the file's one page, checked to be a whole grey image."""
    pages = len(tiff.pages)
    if pages != 1:
        raise _bad(path, f"the file holds {pages} images; expected one.", _ORIGINAL)
    page = tiff.pages[0]
    shape = tuple(page.shape)
    if len(shape) != 2 or page.samplesperpixel != 1:
        raise _bad(path, f"the image has the shape {shape}; expected one grey plane.", _ORIGINAL)
    if not all(1 <= side <= MAX_SIDE for side in shape):
        raise _bad(path, f"the header claims {shape[1]} x {shape[0]} pixels.", _AGAIN)
    if page.compression not in _READABLE:
        raise _bad(
            path,
            f"its pixels are compressed (`{getattr(page.compression, 'name', page.compression)}`), "
            "which the camera never does.",
            f"{_ORIGINAL[:-1]}; or open it in Fiji and save it as a plain TIFF.",
        )
    orientation = page.tags.valueof(_ORIENTATION, 1)
    if orientation not in (0, 1):  # 0: a program did not know
        raise _bad(
            path,
            f"a program has turned or mirrored it (its tag Orientation is {orientation}), and "
            "others show it as it was: left and right of the mice cannot be told.",
            _ORIGINAL,
        )
    if page.dtype is None:
        raise _bad(path, "the header does not say what kind of pixels follow.", _AGAIN)
    ends = [o + c for o, c in zip(page.dataoffsets, page.databytecounts, strict=True)]
    needed = shape[0] * shape[1] * np.dtype(page.dtype).itemsize
    stored = sum(page.databytecounts)
    if not ends or max(ends) > size or (page.compression == 1 and stored < needed):
        raise _bad(path, "the file is cut off: not all of its pixels are there.", _AGAIN)
    return page
