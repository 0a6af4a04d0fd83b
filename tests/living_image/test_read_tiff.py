"""Reading images: every damage is one line that names the file, never a number."""

from __future__ import annotations

import logging
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from synthetic_click import write_image

from lumicohort.errors import InputError
from lumicohort.living_image.tiff import image_shape, looks_byte_swapped, read_image


def noise_image(n: int = 40, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(500, 3, (n, n)).round().astype(np.uint16)


def refused(path: Path, **options: bool) -> str:
    with pytest.raises(InputError) as error:
        read_image(path, **options)
    message = str(error.value)
    assert str(path) in message
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_both_byte_orders_give_the_same_pixels(tmp_path, order, kind):
    image = noise_image().astype(kind)
    write_image(tmp_path / "a.TIF", image, byteorder=order)
    read = read_image(tmp_path / "a.TIF")
    assert read.dtype == np.dtype(kind)
    np.testing.assert_array_equal(read, image)
    assert image_shape(tmp_path / "a.TIF") == (40, 40)


def test_every_truncation_is_refused_and_logs_nothing(tmp_path, caplog):
    write_image(tmp_path / "whole.TIF", noise_image(), rowsperstrip=7)
    whole = (tmp_path / "whole.TIF").read_bytes()
    path = tmp_path / "cut.TIF"
    with caplog.at_level(logging.DEBUG):
        for length in [*range(0, 400, 3), *range(400, len(whole), 97), len(whole) - 1]:
            path.write_bytes(whole[:length])
            refused(path)
    assert caplog.records == []


def test_flipped_bytes_of_the_header_never_give_a_traceback(tmp_path):
    write_image(tmp_path / "whole.TIF", noise_image())
    whole = (tmp_path / "whole.TIF").read_bytes()
    rng = np.random.default_rng(5)
    path = tmp_path / "flipped.TIF"
    outcomes = set()
    for _ in range(400):
        data = bytearray(whole)
        data[rng.integers(0, 300)] = rng.integers(0, 256)
        path.write_bytes(data)
        try:
            outcomes.add(read_image(path).ndim)
        except InputError as error:
            assert str(path) in str(error)
            outcomes.add("refused")
    assert outcomes == {2, "refused"}


def test_swapped_byte_order_mark(tmp_path):
    path = tmp_path / "a.TIF"
    write_image(path, noise_image(), byteorder="<")
    data = path.read_bytes()
    assert data[:2] == b"II"
    path.write_bytes(b"MM" + data[2:])
    refused(path)


def test_swapped_pixel_bytes_under_a_good_header(tmp_path):
    image = noise_image()
    assert not looks_byte_swapped(image)
    write_image(tmp_path / "a.TIF", image.byteswap())
    assert "swapped" in refused(tmp_path / "a.TIF")


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((8, 8, 3), np.uint16), "one grey plane"),
        (np.zeros((3, 8, 8), np.uint16), "3 images"),
        (np.full((8, 8), -1, np.int16), "int16 and some are negative"),
        (np.full((8, 8), 32767, np.int16), "cut off"),
        (np.zeros((8, 8), np.int8), "int8"),
        (np.full((8, 8), np.nan, np.float32), "not finite"),
    ],
)
def test_other_kinds_of_images(tmp_path, image, says):
    photometric = "rgb" if image.shape[-1] == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.TIF", image, photometric=photometric, metadata=None)
    assert says in refused(tmp_path / "a.TIF")


@pytest.mark.parametrize("turned", [0, 1, 2, 3, 6, 8])
def test_a_turned_or_mirrored_image_is_refused(tmp_path, turned):
    """Programs differ in whether they follow the tag: the mice would bear each other's names."""
    path = tmp_path / "a.TIF"
    image = np.random.default_rng(1).integers(450, 550, (40, 40)).astype(np.uint16)
    tag = (274, "H", 1, turned, True)
    tifffile.imwrite(path, image, photometric="minisblack", metadata=None, extratags=[tag])
    if turned in (0, 1):
        np.testing.assert_array_equal(read_image(path), image)
        return
    with pytest.raises(InputError, match=rf"turned or mirrored .*Orientation is {turned}"):
        read_image(path)


def test_compressed_pixels_name_the_compression(tmp_path):
    path = tmp_path / "a.TIF"
    image = np.random.default_rng(1).integers(450, 550, (40, 40)).astype(np.uint16)
    Image.fromarray(image).save(path, compression="tiff_lzw")
    with pytest.raises(InputError, match=r"compressed \(`LZW`\).*save it as a plain TIFF"):
        read_image(path)
    for kept in ("tiff_adobe_deflate", "packbits"):
        Image.fromarray(image).save(path, compression=kept)
        np.testing.assert_array_equal(read_image(path), image)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [np.int16, np.int32])
def test_signed_pixels_of_which_none_is_negative_are_counts(tmp_path, kind, order):
    image = noise_image()
    write_image(tmp_path / "a.TIF", image.astype(kind), byteorder=order)
    read = read_image(tmp_path / "a.TIF")
    assert read.dtype.kind == "u"
    np.testing.assert_array_equal(read, image)


def test_floats_are_no_counts(tmp_path):
    write_image(tmp_path / "a.TIF", noise_image().astype(np.float32))
    assert "float32" in refused(tmp_path / "a.TIF", integer=True)


def test_missing_empty_folder_and_text(tmp_path):
    assert "no such file" in refused(tmp_path / "none.TIF")
    (tmp_path / "empty.TIF").write_bytes(b"")
    assert "empty" in refused(tmp_path / "empty.TIF")
    (tmp_path / "folder.TIF").mkdir()
    assert "no file" in refused(tmp_path / "folder.TIF")
    (tmp_path / "text.TIF").write_text("*** ClickNumber:\tno image")
    refused(tmp_path / "text.TIF")


def test_a_header_that_claims_a_huge_image_reads_nothing(tmp_path):
    path = tmp_path / "a.TIF"
    write_image(path, noise_image())
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack("<HHI", 256, 4, 1)) + 8  # ImageWidth, LONG, one value
    data[at : at + 4] = struct.pack("<I", 60000)
    path.write_bytes(data)
    assert "60000 x 40 pixels" in refused(path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path):
    write_image(tmp_path / "a.TIF", noise_image())
    (tmp_path / "a.TIF").chmod(0)
    refused(tmp_path / "a.TIF")


@pytest.mark.parametrize("rows", [slice(30, None), slice(10, 12), slice(0, 1)])
def test_rows_that_were_never_written_are_refused(tmp_path, rows):
    image = noise_image()
    image[rows] = 0
    image.ravel()[rows.start * 40 - 7 : rows.start * 40] = 0  # broken off in the middle of a row
    write_image(tmp_path / "a.TIF", image)
    lost = len(range(40)[rows])
    assert f"{lost} of 40 rows of pixels are 0 throughout" in refused(tmp_path / "a.TIF")


@pytest.mark.parametrize("lost", [4, 256])
def test_pixels_of_a_lost_sector_are_refused(tmp_path, lost):
    """A sector of 512 bytes at no row's start: no row is 0 throughout."""
    image = np.random.default_rng(1).normal(497, 3, (240, 240)).astype(np.uint16)
    image[100:110, 100:110] += 20_000
    image.ravel()[105 * 240 + 100 : 105 * 240 + 100 + lost] = 0
    tifffile.imwrite(tmp_path / "a.TIF", image)
    with pytest.raises(InputError, match=f"{lost} pixels are 0, and all others stand on the cam"):
        read_image(tmp_path / "a.TIF", counts=True)
    assert read_image(tmp_path / "a.TIF").shape == (240, 240)  # a photograph may be black


def test_zeros_of_counts_without_a_bias_are_counts(tmp_path):
    draw = np.random.default_rng(1)
    for image in (
        draw.poisson(3, (60, 60)),
        np.maximum(draw.normal(60, 30, (60, 60)), 0),
        np.pad(np.full((20, 20), 900), 20),
    ):
        tifffile.imwrite(tmp_path / "a.TIF", image.astype(np.uint16))
        assert (read_image(tmp_path / "a.TIF", counts=True) == image.astype(np.uint16)).all()


def test_black_of_a_drawn_image_is_no_lost_row(tmp_path):
    drawn = noise_image()
    drawn[25:] = 0
    drawn[:, :4] = 0  # black beside what is drawn, too
    corrected = noise_image().astype(np.float32)
    corrected[38:] = 0  # an image that was warped may have no pixels at its edge
    for image in (drawn, corrected, np.zeros((40, 40), np.uint16)):
        write_image(tmp_path / "a.TIF", image)
        np.testing.assert_array_equal(read_image(tmp_path / "a.TIF"), image)


def test_real_images(real_click):
    assert read_image(real_click / "luminescent.TIF", integer=True).shape == (240, 240)
    background = read_image(real_click / "background.TIF")
    assert (background == 65534).all()
    assert image_shape(real_click / "photograph.TIF") == (960, 960)
