"""Regions as files that Fiji and napari open: ImageJ ROIs, and a label image.

The outlines run along the edges of the pixels, so that reading the ROIs back gives the very pixels
that were measured. Regions overlap (the neuraxis lies in the whole body), so the label image has a
page for each region, in which 1, 2, … are the animals from left to right.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lumicohort.files import whole_file
from lumicohort.regions.polygons import outlines
from lumicohort.regions.region import Region

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: the same bytes on every run
_UNSAFE = re.compile(r"[^\w .,+=@()-]")


def roi_bytes(region: Region, name: str) -> bytes:
    """Return a region as an ImageJ ROI.

    Parameters
    ----------
    region : Region
        The region.
    name : str
        The ROI's name.

    Returns
    -------
    bytes
        A traced ROI, or a composite one where the region has several outlines or holes.
    """
    from roifile import ROI_TYPE, ImagejRoi

    roi = ImagejRoi(name=name)
    rows, columns = region.window
    paths = outlines(region.mask, (columns.start, rows.start))
    points = np.concatenate(paths)
    left, top = (int(k) for k in points.min(axis=0))
    right, bottom = (int(k) for k in points.max(axis=0))
    roi.left, roi.top, roi.right, roi.bottom = left, top, right, bottom
    if len(paths) == 1:
        roi.roitype = ROI_TYPE.TRACED
        roi.n_coordinates = len(points)
        roi.integer_coordinates = (points - [left, top]).astype(np.int32)
        return roi.tobytes()
    # ImageJ's path commands: 0 moves to a point, 1 draws a line to it, 4 closes the outline
    commands: list[float] = []
    for path in paths:
        for k, (x, y) in enumerate(path.tolist()):
            commands += [1.0 if k else 0.0, float(x), float(y)]
        commands.append(4.0)
    roi.roitype = ROI_TYPE.RECT
    roi.shape_roi_size = len(commands)
    roi.multi_coordinates = np.asarray(commands, dtype=np.float32)
    return roi.tobytes()


def write_rois(regions: Sequence[Region], animals: Sequence[str], path: Path) -> None:
    """Write regions as an archive of ImageJ ROIs, named `<animal> <region>`.

    Parameters
    ----------
    regions : sequence of Region
        The regions.
    animals : sequence of str
        Each region's animal.
    path : Path
        The `.zip` to write.
    """
    taken: set[str] = set()
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for region, animal in zip(regions, animals, strict=True):
            name = f"{animal} {region.name}"
            entry = _UNSAFE.sub("_", name) or "roi"
            while f"{entry}.roi" in taken:
                entry += "_"
            taken.add(f"{entry}.roi")
            info = zipfile.ZipInfo(f"{entry}.roi", _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, roi_bytes(region, name))


def write_labels(
    regions: Sequence[Region], animals: Sequence[str], n: int, pixel_cm: float, path: Path
) -> None:
    """Write regions as a label image.

    Parameters
    ----------
    regions : sequence of Region
        The regions.
    animals : sequence of str
        Each region's animal.
    n : int
        Pixels along a side of the image.
    pixel_cm : float
        Pixel size.
    path : Path
        The `.tif` to write: an ImageJ hyperstack (axes CYX, uint8) with a channel per region,
        pixel size in cm, the regions' names as slice labels, and which label is which animal in
        the image's information.
    """
    import tifffile

    names = list(dict.fromkeys(region.name for region in regions))
    stack = np.zeros((len(names), n, n), dtype=np.uint8)
    labels: dict[str, str] = {}
    for region, animal in zip(regions, animals, strict=True):
        stack[names.index(region.name)][region.window][region.mask] = region.place
        labels.setdefault(str(region.place), animal)
    info = json.dumps({"regions": names, "animals": labels}, ensure_ascii=True)
    with whole_file(path) as temporary:
        tifffile.imwrite(
            temporary,
            stack,
            imagej=True,
            photometric="minisblack",
            resolution=(1 / pixel_cm, 1 / pixel_cm),
            metadata={
                "axes": "CYX",
                "unit": "cm",
                "mode": "grayscale",
                "min": 0.0,
                "max": float(max(1, int(stack.max()))),
                "Labels": names,
                "Info": info,
            },
        )
