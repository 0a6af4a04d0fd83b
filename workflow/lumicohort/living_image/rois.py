"""ROI lines: the geometry of regions of interest that someone drew in Living Image.

Positions and sizes are in full-resolution pixels (unbinned camera pixels) of Living Image's
corrected image. The file stores geometry, never results.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.texts import InfoText, Section, parse_number

_ELLIPSES = ("circle", "ellipse", "oval")
_RECTANGLES = ("square", "rect")
_OUTLINES = ("contour", "free", "poly", "auto")
_POINT_LISTS = ("points", "vertices", "polygon", "contour", "outline")
_ROI_KEY = re.compile(r"ROI\b.*", re.IGNORECASE)
_WITHOUT_TAB = re.compile(r"(ROI\b[^:=;]*):\s*([^:;]*=.*)", re.IGNORECASE)
"""An ROI line without the tab behind its key, as scripts that place ROIs write it."""


@dataclass(frozen=True)
class RoiLine:
    """One ROI of `AnalyzedClickInfo.txt`.

    Parameters
    ----------
    label : str
        Its label, as Measurements tables print it.
    shape : str
        As written: `Circle`, `Square`, `Contour`, …
    xc_px, yc_px : float
        Centre, full-resolution pixels from the image's upper left corner, rows downwards.
    width_px, height_px : float
        Full axes, full-resolution pixels.
    angle_deg : float
        Rotation of the axes, degrees. Its sense is not documented; clockwise on the screen is
        assumed, and a circle does not depend on it.
    roi_type : str
        `Measurement`, `Average Background`, `Subject`, …
    subject_roi, subject_id, bkg_roi : str
        Links to other ROIs and to an animal; empty where none (`_none_`).
    where : str
        File, section and key, for messages.
    polygon_px : tuple of (float, float)
        Outline of a free-form ROI, (x, y) in full-resolution pixels; empty for other shapes.
    cm_per_px : float or None
        `cm per pixel`, the size of the pixels it is given in; None where the line has none.
    """

    label: str
    shape: str
    xc_px: float
    yc_px: float
    width_px: float
    height_px: float
    angle_deg: float = 0.0
    roi_type: str = "Measurement"
    subject_roi: str = ""
    subject_id: str = ""
    bkg_roi: str = ""
    where: str = ""
    polygon_px: tuple[tuple[float, float], ...] = ()
    cm_per_px: float | None = None

    def mask(self, shape: tuple[int, int], binning: int) -> np.ndarray:
        """Return the pixels whose centre lies inside the ROI.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the binned image.
        binning : int
            Camera pixels along a side of a binned pixel.

        Returns
        -------
        numpy.ndarray of bool, shape `shape`
            The centre of column c lies at (c + 0.5) · `binning`.

        Raises
        ------
        InputError
            For a shape that cannot be measured (a grid, an outline that the line lacks).
        """
        kind = self.shape.casefold()
        x = (np.arange(shape[1]) + 0.5) * binning
        y = (np.arange(shape[0]) + 0.5) * binning
        if self.polygon_px:
            from skimage.draw import polygon2mask

            rows_columns = [(py / binning - 0.5, px / binning - 0.5) for px, py in self.polygon_px]
            return np.asarray(polygon2mask(shape, rows_columns), dtype=bool)
        if not kind.startswith(_ELLIPSES + _RECTANGLES):
            raise InputError(Problem(self._unsupported(kind), self.where, None, _DRAW))
        if self.width_px <= 0 or self.height_px <= 0:
            raise InputError(Problem(f"the ROI `{self.label}` has no width or height.", self.where))
        turn = math.radians(self.angle_deg)
        dx, dy = x[None, :] - self.xc_px, y[:, None] - self.yc_px
        u = (dx * math.cos(turn) + dy * math.sin(turn)) / (self.width_px / 2)
        v = (dy * math.cos(turn) - dx * math.sin(turn)) / (self.height_px / 2)
        if kind.startswith(_ELLIPSES):
            return u * u + v * v <= 1.0
        return (np.abs(u) <= 1.0) & (np.abs(v) <= 1.0)

    def within(self, shape: tuple[int, int], binning: int) -> bool:
        """Return whether the ROI lies wholly within a binned image of `shape`, to half a pixel."""
        if self.polygon_px:
            xs, ys = zip(*self.polygon_px, strict=True)
            left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        else:
            turn = math.radians(self.angle_deg)
            cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
            a, b = self.width_px / 2, self.height_px / 2
            x, y = a * cos + b * sin, a * sin + b * cos
            if self.shape.casefold().startswith(_ELLIPSES):
                x, y = math.hypot(a * cos, b * sin), math.hypot(a * sin, b * cos)
            left, right = self.xc_px - x, self.xc_px + x
            top, bottom = self.yc_px - y, self.yc_px + y
        slack = binning / 2
        rows, columns = (side * binning + slack for side in shape)
        return min(left, top) >= -slack and right <= columns and bottom <= rows

    def _unsupported(self, kind: str) -> str:
        if kind.startswith("grid"):
            return f"the ROI `{self.label}` is a grid (a well plate), which is not measured."
        if kind.startswith(_OUTLINES):
            return f"the ROI `{self.label}` is free-form, but its outline is not in the line."
        return f"the ROI `{self.label}` has the unknown shape `{self.shape}`."


_COMMA = (
    "Copy the click folder again from the instrument: Living Image writes a decimal point, and a "
    "comma could stand for thousands. Or write the numbers of this line with a point."
)
_DRAW = "Draw a circle, ellipse, square or rectangle in Living Image, or use `anatomy` regions."


def roi_lines(info: InfoText) -> tuple[RoiLine, ...]:
    """Return the ROIs of a click's text in its order.

    Parameters
    ----------
    info : InfoText
        The parsed `AnalyzedClickInfo.txt`.

    Returns
    -------
    tuple of RoiLine
        Empty where the text has no ROIs.

    Raises
    ------
    InputError
        Naming every line whose geometry is missing, not a number or cut off.
    """
    section = info.find("ROIs")
    if section is None:
        return ()
    found: list[RoiLine] = []
    problems: list[Problem | str] = []
    untabbed = (_WITHOUT_TAB.fullmatch(line.strip()) for line in section.odd_lines)
    for key, value in [*section.entries, *(m.group(1, 2) for m in untabbed if m)]:
        # a background or subject ROI may be called otherwise, and says what it is
        if "=" not in value or not (_ROI_KEY.match(key) or "roi type=" in value.casefold()):
            continue
        try:
            found.append(_parse(section, key, value))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return tuple(found)


def _parse(section: Section, key: str, value: str) -> RoiLine:
    last = section.lines[-1].strip() if section.cut else ""
    if last.startswith(key) and last.endswith(value):
        raise section.problem(key, "this last line has no line end: the file may be cut off.")
    fields = _fields(value)
    shape = fields.get("shape", "")
    if not shape:
        raise section.problem(key, "the ROI line names no Shape.")
    polygon = _polygon(section, key, shape, fields)

    def number(name: str, default: float | None = None) -> float:
        text = fields.get(name.casefold(), "")
        if not text and default is not None:
            return default
        try:
            return parse_number(text)
        except ValueError:
            hint = _COMMA if "," in text else None
            raise section.problem(
                key, f"`{name}` of this ROI is `{text[:40]}`, which is not a number.", hint
            ) from None

    geometry = shape.casefold().startswith(_ELLIPSES + _RECTANGLES) and not polygon
    default = None if geometry else 0.0
    return RoiLine(
        label=fields.get("label", "") or key,
        shape=shape,
        xc_px=number("Xc", default),
        yc_px=number("Yc", default),
        width_px=number("Width", default),
        height_px=number("Height", default),
        angle_deg=number("Angle", 0.0),
        roi_type=fields.get("roi type", "Measurement"),
        subject_roi=_link(fields.get("subject roi", "")),
        subject_id=fields.get("subject id", ""),
        bkg_roi=_link(fields.get("bkg roi", "")),
        where=f"{section.file}, section {section.name}, key {key}",
        polygon_px=polygon,
        cm_per_px=number("cm per pixel") if fields.get("cm per pixel") else None,
    )


def _fields(value: str) -> dict[str, str]:
    """Split `Name=value;Name=value;`; a semicolon inside a label does not split it."""
    fields: dict[str, str] = {}
    last: str | None = None
    for part in value.split(";"):
        name, equals, text = part.partition("=")
        if equals:
            last = name.strip().casefold()
            fields.setdefault(last, text.strip())
        elif last is not None and part.strip():
            fields[last] = f"{fields[last]};{part.rstrip()}"
    return fields


def _link(text: str) -> str:
    return "" if text == "_none_" else text


def _polygon(
    section: Section, key: str, shape: str, fields: dict[str, str]
) -> tuple[tuple[float, float], ...]:
    """Return a free-form ROI's outline where the line holds a list of at least three points."""
    if not shape.casefold().startswith(_OUTLINES):
        return ()
    text = next((fields[name] for name in _POINT_LISTS if fields.get(name)), "")
    if not text:
        return ()
    try:
        numbers = [parse_number(part) for part in re.split(r"[\s,;()\[\]]+", text) if part]
    except ValueError:
        numbers = []
    if len(numbers) < 6 or len(numbers) % 2:
        raise section.problem(key, f"the outline of this {shape} is not a list of x,y points.")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))
