"""Regions as files for ImageJ and napari."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

from lumicohort.regions.export import write_labels, write_rois
from lumicohort.regions.imagej import read_areas
from lumicohort.regions.region import Region, cropped

N = 60


@pytest.fixture
def regions() -> list[Region]:
    """Overlapping regions: whole, with holes, in parts."""
    rng = np.random.default_rng(3)
    noise = gaussian_filter(rng.normal(size=(N, N)), 3)
    half = np.arange(N) < N // 2
    body = np.zeros((N, N), dtype=bool)
    body[10:50, 5:25] = True
    return [
        cropped(1, "whole_body", body),
        cropped(1, "cranial", body & (noise > 0)),
        cropped(2, "whole_body", ~half[None, :] & (noise > -0.02)),
        cropped(2, "odd/../name", ~half[None, :] & np.eye(N, dtype=bool)),
    ]


ANIMALS = ["007", "007", "a/b ü", "a/b ü"]


def test_rois_give_the_same_pixels_back(regions: list[Region], tmp_path: Path) -> None:
    path = tmp_path / "click.zip"
    write_rois(regions, ANIMALS, path)
    areas = read_areas([path])
    assert [area.name for area in areas] == [
        "007 whole_body",
        "007 cranial",
        "a/b ü whole_body",
        "a/b ü odd/../name",
    ]
    assert [len(area.parts) > 1 for area in areas] == [False, True, True, True]
    for area, region in zip(areas, regions, strict=True):
        assert (area.mask((N, N)) == region.full((N, N))).all()
    first = path.read_bytes()
    write_rois(regions, ANIMALS, path)
    assert path.read_bytes() == first


def test_entries_stay_in_their_archive(regions: list[Region], tmp_path: Path) -> None:
    import zipfile

    write_rois(regions, ANIMALS, tmp_path / "click.zip")
    names = zipfile.ZipFile(tmp_path / "click.zip").namelist()
    assert len(set(names)) == 4
    assert not any("/" in name or "\\" in name for name in names)


def test_the_label_image_says_what_it_shows(regions: list[Region], tmp_path: Path) -> None:
    path = tmp_path / "click_labels.tif"
    write_labels(regions, ANIMALS, N, 0.05, path)
    with tifffile.TiffFile(path) as tiff:
        series = tiff.series[0]
        assert series.axes == "CYX"
        stack = series.asarray()
        meta = tiff.imagej_metadata
        resolution = tiff.pages[0].tags["XResolution"].value
    assert stack.shape == (3, N, N)
    assert stack.dtype == np.uint8
    assert meta["unit"] == "cm"
    assert meta["Labels"] == ["whole_body", "cranial", "odd/../name"]
    assert resolution[0] / resolution[1] == pytest.approx(20)  # pixels per cm
    info = json.loads(meta["Info"])
    assert info["animals"] == {"1": "007", "2": "a/b ü"}
    assert ((stack[0] == 1) == regions[0].full((N, N))).all()
    assert ((stack[0] == 2) == regions[2].full((N, N))).all()
    assert ((stack[1] == 1) == regions[1].full((N, N))).all()
    assert ((stack[2] == 2) == regions[3].full((N, N))).all()
    assert not ((stack[1] == 2) | (stack[2] == 1)).any()
