"""Bias and dark frames that many clicks hold copies of are worked out once, and never mixed up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from lumicohort.errors import InputError
from lumicohort.radiometry.stored_frames import _MOST_PIXELS, StoredFrame, _kept, stored_frame


def frame(seed: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(4000, 6000, (side, side)).astype(np.uint16)


def written(path: Path, pixels: np.ndarray) -> Path:
    tifffile.imwrite(path, pixels, photometric="minisblack", metadata=None)
    return path


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    _kept.clear()


def test_a_copy_is_the_same_frame_and_one_other_pixel_is_not(tmp_path: Path) -> None:
    first = stored_frame(written(tmp_path / "a.TIF", frame(1)))
    assert stored_frame(written(tmp_path / "b.TIF", frame(1))) is first
    other = frame(1)
    other[0, 0] += 1  # the pixels by which frames are looked up are the same
    changed = stored_frame(written(tmp_path / "a.TIF", other))
    np.testing.assert_array_equal(changed.pixels, other)
    with pytest.raises(ValueError, match="read-only"):
        first.pixels[0, 0] = 7


def test_a_damaged_or_missing_file_is_refused_each_time(tmp_path: Path) -> None:
    path = written(tmp_path / "a.TIF", frame(1))
    whole = path.read_bytes()
    for _ in range(2):
        path.write_bytes(whole[:-9])
        with pytest.raises(InputError, match=r"a\.TIF"):
            stored_frame(path)
        path.unlink()
        with pytest.raises(InputError, match="no such file"):
            stored_frame(path)
        path.write_bytes(whole)
        assert stored_frame(path).pixels.shape == (32, 32)


def test_what_is_worked_out_is_kept_by_all_that_it_depends_on(tmp_path: Path) -> None:
    found = stored_frame(written(tmp_path / "a.TIF", frame(2)))
    calls = []

    def mean(multiplier: float) -> np.ndarray:
        calls.append(multiplier)
        return found.pixels / multiplier

    tenth = found.once(("counts", 10.0), lambda: mean(10.0))
    assert found.once(("counts", 10.0), lambda: mean(10.0)) is tenth
    np.testing.assert_array_equal(found.once(("counts", 1.0), lambda: mean(1.0)), found.pixels)
    assert calls == [10.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        tenth += 1


def test_kept_frames_stay_within_bounds(tmp_path: Path) -> None:
    for seed in range(20):
        stored_frame(written(tmp_path / "a.TIF", frame(seed)))
    assert len(_kept) == 12
    side = 1100
    for seed in range(3):
        stored_frame(written(tmp_path / "a.TIF", frame(seed, side)))
    assert sum(f.pixels.size for f in _kept.values()) <= _MOST_PIXELS
    assert len(_kept) == 2


def test_noise_and_constancy_are_of_the_pixels() -> None:
    flat = StoredFrame(np.full((32, 32), 65534, dtype=np.uint16), b"")
    assert flat.is_constant
    assert flat.noise_sd == 0
    noisy = np.random.default_rng(3).normal(5000, 20, (400, 400)).round().astype(np.uint16)
    assert not StoredFrame(noisy, b"").is_constant
    assert StoredFrame(noisy, b"").noise_sd == pytest.approx(20, rel=0.03)
