"""Plain TIFFs are read as tifffile reads them, and all others are left to it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from lumicohort.living_image.plain_tiff import read_plain


def write(path: Path, array: np.ndarray, **options: Any) -> bytes:
    options = {"photometric": "minisblack", "metadata": None, "software": False, **options}
    tifffile.imwrite(path, array, **options)
    return path.read_bytes()


def read(path: Path, *, pixels: bool = True) -> Any:
    return read_plain(path, path.stat().st_size, pixels=pixels)


@pytest.mark.parametrize("kind", ["u1", "u2", "u4"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("strip", [None, 4])
def test_pixels_are_those_of_tifffile(
    tmp_path: Path, kind: str, order: str, strip: int | None
) -> None:
    path = tmp_path / "a.TIF"
    array = np.random.default_rng(1).integers(0, 250, (30, 21)).astype(kind)
    write(path, array, byteorder=order, rowsperstrip=strip)
    found = read(path)
    assert found is not None
    assert (found == tifffile.imread(path)).all()
    assert found.flags.writeable
    assert read(path, pixels=False) == (30, 21)


@pytest.mark.parametrize(
    ("shape", "kind", "options"),
    [
        ((2, 30, 21), "u2", {}),  # two images
        ((30, 21, 3), "u1", {"photometric": "rgb"}),
        ((30, 21), "f4", {}),
        ((30, 21), "i2", {}),
        ((30, 21), "u2", {"compression": "zlib"}),
        ((32, 32), "u2", {"tile": (16, 16)}),
        ((30, 21), "u2", {"description": "ImageJ=1.53"}),
    ],
)
def test_what_is_not_plain_is_left_to_tifffile(
    tmp_path: Path, shape: tuple[int, ...], kind: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "a.TIF"
    write(path, np.ones(shape, dtype=kind), **options)
    assert read(path) is None
    assert read(path, pixels=False) is None


def test_notes_of_programs_do_not_matter_and_descriptions_do(tmp_path: Path) -> None:
    array = np.arange(30 * 21, dtype=np.uint16).reshape(30, 21)
    path = tmp_path / "a.TIF"
    xmp = (700, "B", 5, b"<xmp>", True)
    tifffile.imwrite(path, array, metadata=None, software="Viewer", datetime=True, extratags=[xmp])
    found = read(path)
    assert found is not None and (found == array).all()
    tifffile.imwrite(path, array, metadata=None, description="ImageJ=1.54\nimages=2")
    assert read(path) is None


def test_no_damage_passes_for_a_plain_image(tmp_path: Path) -> None:
    path = tmp_path / "a.TIF"
    array = np.arange(30 * 21, dtype=np.uint16).reshape(30, 21)
    whole = write(path, array)
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert read(path) is None
    head = len(whole) - array.nbytes
    rng = np.random.default_rng(2)
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[rng.integers(head)] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        shape, found = read(path, pixels=False), read(path)
        assert shape == (None if found is None else found.shape)
        if found is not None:  # then tifffile must see the very same image
            expected = tifffile.imread(path)
            assert expected.shape == found.shape
            assert (expected == found).all()


def test_the_shape_of_a_file_of_the_same_size_is_its_own(tmp_path: Path) -> None:
    """Also where only its beginning is read, and where its tags stand behind the pixels."""
    path = tmp_path / "a.TIF"
    for _ in range(2):
        for shape in ((80, 60), (60, 80)):
            whole = write(path, np.full(shape, 7, dtype=np.uint16))
            assert read(path, pixels=False) == shape
            assert read(path).shape == shape
            head = len(whole) - 2 * 80 * 60
            directory = bytearray(whole[8:head])
            (count,) = struct.unpack("<H", directory[:2])
            for k in range(count):  # the pixels begin at 8
                at = 2 + 12 * k
                if struct.unpack("<H", directory[at : at + 2]) == (273,):
                    directory[at + 8 : at + 12] = struct.pack("<I", 8)
            behind = whole[:4] + struct.pack("<I", 8 + 2 * 80 * 60) + whole[head:] + directory
            path.write_bytes(behind)
            assert (tifffile.imread(path) == 7).all()
            assert read(path, pixels=False) == shape
            assert read(path).shape == shape


@pytest.mark.parametrize("strips", [False, True])
def test_files_of_one_size_are_told_apart_by_their_tags(tmp_path: Path, strips: bool) -> None:
    """What is kept of a file holds for the next one only where all but the pixels agrees."""
    rng = np.random.default_rng(4)
    images = [
        rng.integers(0, 60000, shape).astype(kind)
        for shape, kind in (
            ((12, 20), "<u2"),
            ((12, 20), "<u2"),
            ((20, 12), "<u2"),
            ((12, 20), ">u2"),
            ((12, 20), "<u2"),
        )
    ]
    for k, image in enumerate(images):
        path = tmp_path / f"{k}.tif"
        order = ">" if image.dtype.byteorder == ">" else "<"
        rows: dict[str, Any] = {"rowsperstrip": 5} if strips else {}
        tifffile.imwrite(path, image, byteorder=order, metadata=None, software=False, **rows)
        size = path.stat().st_size
        for _ in range(2):
            found = read_plain(path, size, pixels=True)
            assert found.shape == image.shape
            assert (found == image).all()
