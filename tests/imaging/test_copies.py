"""Images that lie in two click folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np

from lumicohort.imaging.copies import same_images


def clicks(folder: Path, *names: str) -> dict[str, Path]:
    """Make click folders, each with an image of its own."""
    for k, name in enumerate(names):
        (folder / name).mkdir()
        noise = np.random.default_rng(k).integers(0, 256, 9000).astype(np.uint8)
        (folder / name / "luminescent.TIF").write_bytes(noise.tobytes())
    return {name: folder / name for name in names}


def test_copied_folders_and_images_are_found(tmp_path: Path) -> None:
    found = clicks(tmp_path, "a", "b", "c", "d", "e")
    assert same_images(found.values()) == set()
    shutil.copytree(found["a"], tmp_path / "a - Copy")
    shutil.copy(found["c"] / "luminescent.TIF", found["d"] / "luminescent.TIF")
    every = [*found.values(), tmp_path / "a - Copy"]
    assert {path.name for path in same_images(every)} == {"a", "a - Copy", "c", "d"}


def test_images_that_differ_in_one_byte_are_two(tmp_path: Path) -> None:
    found = clicks(tmp_path, "a", "b")
    pixels = bytearray((found["a"] / "luminescent.TIF").read_bytes())
    pixels[3] ^= 1  # not among the bytes that are compared first
    (found["b"] / "luminescent.TIF").write_bytes(pixels)
    assert same_images(found.values()) == set()


def test_hard_links_and_what_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    found = clicks(tmp_path, "a", "b")
    (found["b"] / "luminescent.TIF").unlink()
    os.link(found["a"] / "luminescent.TIF", found["b"] / "luminescent.TIF")
    (tmp_path / "c" / "luminescent.TIF").mkdir(parents=True)
    gone = tmp_path / "gone"
    assert same_images([*found.values(), tmp_path / "c", gone]) == set()
