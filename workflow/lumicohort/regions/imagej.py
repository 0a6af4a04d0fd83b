"""Regions of interest drawn in ImageJ or Fiji: `.roi` files and `.zip` archives of them.

ImageJ's coordinates are those of :mod:`lumicohort.regions.polygons`: the pixel in column c covers
[c, c + 1), and a pixel belongs to an area when its centre lies inside. Rotated ellipses and
rectangles are measured by the corners that ImageJ stored for them.
"""

from __future__ import annotations

import logging
import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.regions.photograph import BoolArray
from lumicohort.regions.polygons import ellipse_points, polygon_mask, rectangle_points
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.region import Region, cropped

if TYPE_CHECKING:
    from roifile import ImagejRoi

MOST_ROIS = 1000
"""A click of ten mice with all its regions has 40; more than this is some other file."""
MOST_BYTES = 4_000_000
"""Size of a ROI that no outline on a camera image reaches."""

_AUTO_NAME = re.compile(r"(?:\d{4,6}-){1,2}\d{4,6}(?:-\d+)?$")
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)  # what roifile, zipfile and zlib raise on damaged files
_AREAS = ("POLYGON", "RECT", "OVAL", "FREEHAND", "TRACED")
_DRAW = "Draw an area: rectangle, oval, ellipse, polygon or freehand."


@dataclass(frozen=True, slots=True, eq=False)
class ImagejArea:
    """One area drawn in ImageJ.

    Parameters
    ----------
    name : str
        Its name; blank where ImageJ made one up of its position.
    parts : tuple of ndarray, shape (k, 2)
        Outlines (x, y) in the pixels of the image that it was drawn on. A pixel is inside where
        an odd number of them enclose its centre.
    where : str
        File, and its name in the archive, for messages.
    """

    name: str
    parts: tuple[FloatArray, ...]
    where: str

    def mask(self, shape: tuple[int, int], scale: float = 1.0) -> BoolArray:
        """Return the pixels whose centre lies inside.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image that is measured.
        scale : float, optional
            Pixels of that image per pixel of the one that was drawn on.
        """
        return self.region(shape, scale).full(shape)

    def region(self, shape: tuple[int, int], scale: float = 1.0) -> Region:
        """Return those pixels as a region of no animal, to be made :meth:`Region.like`."""
        return _inside(self, shape, scale)

    def box(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom, in pixels of the image that was drawn on."""
        return _extent(self)


@lru_cache(maxsize=40)
def _inside(area: ImagejArea, shape: tuple[int, int], scale: float) -> Region:
    """Return an area's pixels; kept for the next clicks, which often share the area."""
    inside = np.zeros(shape, dtype=bool)
    for part in area.parts:
        inside ^= polygon_mask(part * scale, shape)
    region = cropped(0, area.name, inside)
    region = region.like(mask=region.mask.copy())  # instead of a view that holds all of the image
    region.mask.flags.writeable = False
    region.flat(shape[1]), region.centre_cm(1.0)  # worked out here, they are kept as well
    return region


@lru_cache(maxsize=40)
def _extent(area: ImagejArea) -> tuple[float, float, float, float]:
    points = np.concatenate(area.parts)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def read_areas(paths: Sequence[Path]) -> list[ImagejArea]:
    """Read areas from `.roi` files and `.zip` archives.

    Parameters
    ----------
    paths : sequence of Path
        The files.

    Returns
    -------
    list of ImagejArea
        In the order of the files and of the archives' entries.

    Raises
    ------
    InputError
        Naming every file and entry that is damaged, and every ROI that is no area.
    """
    areas: list[ImagejArea] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            areas += _areas_of(path, _stamp(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return areas


def _stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; empty where it cannot be read."""
    try:
        stat = path.stat()
    except OSError:
        return ()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@lru_cache(maxsize=4)
def _areas_of(path: Path, _stamp: tuple[int, ...]) -> tuple[ImagejArea, ...]:
    """Read one file; kept for the next clicks, which often share it."""
    areas: list[ImagejArea] = []
    problems: list[Problem] = []
    for name, data in _entries(path):
        where = f"{path}, {name}" if name else str(path)
        try:
            areas.append(_area(data, name or path.name, where))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(areas)


def _entries(path: Path) -> list[tuple[str, bytes]]:
    """Return the ROIs of a file as bytes, with their names in an archive; nothing is unpacked."""
    try:
        if path.suffix.casefold() != ".zip":
            if path.stat().st_size > MOST_BYTES:
                raise _damaged(path, f"it has {path.stat().st_size} bytes")
            return [("", path.read_bytes())]
        with zipfile.ZipFile(path) as archive:
            infos = [
                info
                for info in archive.infolist()
                if info.filename.casefold().endswith(".roi")
                and not info.filename.startswith("__MACOSX/")
            ]
            if not infos:
                raise InputError(
                    Problem(
                        "the archive holds no ROI (.roi).",
                        path,
                        hint="Save the ROIs from ImageJ's ROI Manager: More, Save.",
                    )
                )
            if len(infos) > MOST_ROIS:
                raise InputError(
                    Problem(f"the archive holds {len(infos)} ROIs; at most {MOST_ROIS}.", path)
                )
            large = next((info for info in infos if info.file_size > MOST_BYTES), None)
            if large is not None:
                name = _shown(large.filename)
                raise _damaged(path, f"its entry {name} has {large.file_size} bytes")
            return [(_shown(info.filename), archive.read(info)) for info in infos]
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.strerror:
            raise InputError(Problem(f"the file cannot be read: {error.strerror}.", path)) from None
        raise _damaged(path, str(error)) from None


def _shown(name: str) -> str:
    """Return an entry's name fit for a message."""
    return "".join(c if c.isprintable() else "?" for c in name)[:120]


def _damaged(path: Path | str, reason: str) -> InputError:
    kind = "archive" if str(path).casefold().endswith(".zip") else "ROI"
    first = (reason.splitlines() or ["damaged"])[0][:120]
    return InputError(
        Problem(f"no readable ImageJ {kind} ({first}).", path, hint="Save it from ImageJ again.")
    )


def _area(data: bytes, file_name: str, where: str) -> ImagejArea:
    """Return the area that a ROI's bytes describe."""
    from roifile import ImagejRoi

    logger = logging.getLogger("roifile")  # it reports damage there instead of raising
    was_disabled, logger.disabled = logger.disabled, True
    try:
        _check_whole(data)
        roi = ImagejRoi.frombytes(data)
        name = roi.name.strip() or Path(file_name.replace("\\", "/")).stem.strip()
        parts = _parts(roi, name, where)
    except InputError:
        raise
    except _DAMAGE as error:
        raise _damaged(where, str(error)) from None
    finally:
        logger.disabled = was_disabled
    if not parts or not all(np.isfinite(part).all() and len(part) >= 3 for part in parts):
        raise _damaged(where, "its outline has fewer than three points, or some are not numbers")
    return ImagejArea("" if _AUTO_NAME.match(name) else _shown(name), tuple(parts), where)


def _check_whole(data: bytes) -> None:
    """Refuse a ROI whose second header or name lies beyond its end.

    Offsets are those of ImageJ's ROI format: the second header's place stands at byte 60, in it
    the name's place at byte 16 and length (characters of two bytes) at byte 20.
    """
    if len(data) < 64 or data[:4] != b"Iout":
        raise ValueError("it does not start as a ROI does")
    header2 = struct.unpack(">i", data[60:64])[0]
    if header2 == 0:
        return
    if header2 < 64 or header2 + 52 > len(data):
        raise ValueError("it is cut off")
    start, length = struct.unpack(">ii", data[header2 + 16 : header2 + 24])
    if start > 0 and length > 0 and start + 2 * length > len(data):
        raise ValueError("it is cut off")


def _parts(roi: ImagejRoi, name: str, where: str) -> list[FloatArray]:
    """Return the outlines of a ROI that is an area."""
    kind = roi.roitype.name
    if roi.composite:
        parts = roi.coordinates(multi=True)
        return [np.asarray(part, dtype=np.float64) for part in parts if len(part) >= 3]
    if kind not in _AREAS or roi.subtype.name in ("TEXT", "ARROW", "IMAGE"):
        what = roi.subtype.name if roi.subtype.name in ("TEXT", "ARROW", "IMAGE") else kind
        raise InputError(
            Problem(
                f"the ROI `{_shown(name)}` is of the kind {what.lower()}, which encloses no area.",
                where,
                hint=_DRAW,
            )
        )
    if kind in ("RECT", "OVAL"):
        return [_box(roi, kind)]
    return [np.asarray(roi.coordinates(), dtype=np.float64)]


def _box(roi: ImagejRoi, kind: str) -> FloatArray:
    """Return the corners of a rectangle or an upright oval."""
    x, y = float(roi.left), float(roi.top)
    width, height = float(roi.right - roi.left), float(roi.bottom - roi.top)
    if roi.subpixelrect and roi.widthd > 0 and roi.heightd > 0:
        x, y, width, height = roi.xd, roi.yd, roi.widthd, roi.heightd
    if width <= 0 or height <= 0:
        raise ValueError("it has no width or height")
    centre = (x + width / 2, y + height / 2)
    if kind == "RECT":
        return rectangle_points(centre, width, height, 0.0)
    # corners on the ellipse itself enclose less than it; 2000 of them less than any pixel
    return ellipse_points(centre, width, height, 0.0, 2000)


def named_for(name: str, animals: Sequence[str]) -> tuple[int, str] | None:
    """Return which animal a ROI is named for, and which region.

    A name is an animal's id, or that and a region before or behind it: `3466`, `3466 cranial`,
    `3466_neuraxis`, `cranial 3466`. Of several ids that fit, the longest counts.

    Parameters
    ----------
    name : str
        The ROI's name.
    animals : sequence of str
        Animals of the click, left to right.

    Returns
    -------
    (int, str) or None
        The animal's place, from 1, and the region (blank where the name has none); None where no
        animal is named.
    """
    folded = " ".join(name.split()).casefold()
    best: tuple[int, int, str] | None = None
    for place, animal in enumerate(animals, start=1):
        own = " ".join(animal.split()).casefold()
        if not own:
            continue
        rest: str | None = None
        if folded == own:
            rest = ""
        elif folded.startswith(own) and folded[len(own)] in _SEPARATORS:
            rest = folded[len(own) :]
        elif folded.endswith(own) and folded[-len(own) - 1] in _SEPARATORS:
            rest = folded[: -len(own)]
        if rest is not None and (best is None or len(own) > best[0]):
            best = len(own), place, rest
    return None if best is None else (best[1], region_name(best[2]))


_SEPARATORS = " _-:.,;/|"


def region_name(text: str) -> str:
    """Return a region's name as tables write it: `Whole body` is `whole_body`."""
    return re.sub(r"[\s_\-]+", "_", text.strip(_SEPARATORS).strip())


def image_of(areas: Sequence[ImagejArea], pixels: str, n: int, photograph: Any) -> float:
    """Return by how much outlines are scaled to the luminescent image.

    Parameters
    ----------
    areas : sequence of ImagejArea
        The areas.
    pixels : str
        `luminescent` or `photograph`: the image that they were drawn on.
    n : int
        Pixels along a side of the luminescent image.
    photograph : (int, int)
        Rows and columns of the photograph.

    Returns
    -------
    float
        Luminescent pixels per pixel of that image.

    Raises
    ------
    InputError
        Naming every area that lies outside the image.
    """
    side = n if pixels == "luminescent" else int(photograph[1])
    outside = []
    for area in areas:
        left, top, right, bottom = area.box()
        x, y = (left + right) / 2, (top + bottom) / 2
        if not (0 <= x <= side and 0 <= y <= side):
            outside.append((area, x, y))
    if not outside:
        return n / side
    hint = "Draw it again on this click's image."
    if pixels == "luminescent" and all(max(a.box()[2:]) <= photograph[1] for a in areas):
        hint = (
            f"It fits the photograph ({photograph[1]} pixels): if it was drawn there, say so with "
            "`imaging.regions.imagej_pixels: photograph` (`--roi-pixels photograph`)."
        )
    raise InputError(
        [
            Problem(
                f"the centre of the ROI `{area.name}` ({x:.0f}, {y:.0f}) lies outside the {pixels} "
                f"image, which has {side} x {side} pixels.",
                area.where,
                hint=hint,
            )
            for area, x, y in outside
        ]
    )
