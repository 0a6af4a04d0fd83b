"""A thousand damaged click folders: a reason in one line, or a number that is right or flagged."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import tifffile
from synthetic_click import Recipe, make_click, write_image

from lumicohort.errors import InputError
from lumicohort.living_image import read_click
from lumicohort.radiometry import calibrate, total_flux_p_s
from lumicohort.study.config.imaging import Calibration

IMAGES = ("luminescent.TIF", "photograph.TIF", "readbias.TIF", "background.TIF")
TEXTS = ("ClickInfo.txt", "AnalyzedClickInfo.txt")


def cut(path, rng):
    data = path.read_bytes()
    path.write_bytes(data[: rng.integers(0, len(data))])


def empty(path, rng):
    path.write_bytes(b"")


def remove(path, rng):
    path.unlink()


def noise(path, rng):
    path.write_bytes(rng.bytes(int(rng.integers(1, 3000))))


def swap_mark(path, rng):
    data = path.read_bytes()
    path.write_bytes(b"MM" + data[2:])


def swap_pixels(path, rng):
    write_image(path, tifffile.imread(path).byteswap())


def constant(path, rng):
    write_image(path, np.full_like(tifffile.imread(path), rng.choice([0, 496, 65534])))


def as_float(path, rng):
    write_image(path, tifffile.imread(path).astype(np.float32))


def crop(path, rng):
    write_image(path, tifffile.imread(path)[: rng.integers(1, 40), : rng.integers(1, 40)])


def pages(path, rng):
    image = tifffile.imread(path)
    tifffile.imwrite(path, np.stack([image] * 3), photometric="minisblack", metadata=None)


def colours(path, rng):
    image = tifffile.imread(path)
    tifffile.imwrite(path, np.stack([image] * 3, -1), photometric="rgb", metadata=None)


def nuls(path, rng):
    data = path.read_bytes()
    at = rng.integers(0, len(data))
    path.write_bytes(data[:at] + b"\0" * 64 + data[at + 64 :])


def drop_line(path, rng):
    lines = path.read_bytes().split(b"\n")
    del lines[rng.integers(0, len(lines))]
    path.write_bytes(b"\n".join(lines))


def spoil_number(path, rng):
    """Make one of the numbers that count a NaN, 0, negative, huge, or a word."""
    text = path.read_text()
    keys = [
        "Luminescent Exposure (Seconds)",
        "f Number",
        "Field of View",
        "Read Bias Level",
        "Coef C-ccd at FOV 22.4, f1",
        "Shelf Position D FOV",
        "Data Multiplier",
        "Acquisition Seconds",
    ]
    key = keys[rng.integers(0, len(keys))]
    value = ["nan", "inf", "0", "-40", "1e300", "1e-300", "n/a", ""][rng.integers(0, 8)]
    head, found, tail = text.rpartition(f"{key}:\t")
    assert found
    path.write_text(f"{head}{found}{value}\n{tail.partition(chr(10))[2]}")


def wrong_binning(path, rng):
    text = path.read_text()
    value = rng.choice([1, 2, 4, 16, 3])
    path.write_text(text.replace("counts\nBinning Factor:\t8", f"counts\nBinning Factor:\t{value}"))


ON_IMAGES = (cut, cut, cut, empty, remove, noise, swap_mark, swap_pixels, constant, as_float)
ON_IMAGES += (crop, pages, colours)
ON_TEXTS = (cut, cut, cut, empty, remove, noise, nuls, drop_line, drop_line, drop_line)
ON_CLICKINFO = (spoil_number, spoil_number, spoil_number, wrong_binning)


def test_a_thousand_damaged_clicks(tmp_path):
    whole = make_click(tmp_path / "whole", Recipe(read_noise=2.9, photon_noise=True)).folder
    mask = np.zeros((60, 60), dtype=bool)
    mask[15:45, 15:45] = True
    options = Calibration(cosmic="living_image")
    truth = total_flux_p_s(calibrate(read_click(whole), options), mask)
    rng = np.random.default_rng(77)
    folder = tmp_path / "damaged" / whole.name
    outcome = {"refused": 0, "same": 0, "flagged": 0}
    for _ in range(1000):
        shutil.copytree(whole, folder)
        name = (IMAGES + TEXTS + ("ClickInfo.txt",))[rng.integers(0, 7)]
        damages = ON_IMAGES if name in IMAGES else ON_TEXTS
        if name == "ClickInfo.txt":
            damages += ON_CLICKINFO
        damage = damages[rng.integers(0, len(damages))]
        damage(folder / name, rng)
        what = f"{damage.__name__} on {name}"
        try:
            click = read_click(folder)
            click.photograph()
            image = calibrate(click, options)
            flux = total_flux_p_s(image, mask)
        except InputError as error:
            for problem in error.problems:
                message = str(problem)
                assert str(folder) in message, what
                assert len(message.splitlines()) == 1, what
            outcome["refused"] += 1
        else:
            assert np.isfinite(image.radiance).all(), what
            assert np.isfinite(image.variance).all(), what
            if image.flags:
                outcome["flagged"] += 1
            else:
                assert flux == pytest.approx(truth, rel=1e-6), what
                outcome["same"] += 1
        shutil.rmtree(folder)
    assert outcome["refused"] > 500
    assert outcome["flagged"] > 100
    assert outcome["same"] > 20
