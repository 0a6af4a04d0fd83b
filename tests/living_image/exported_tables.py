"""Exported Measurements tables for tests, written as the ways of exporting and saving differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from lumicohort.errors import InputError
from lumicohort.living_image.measurements.read import read_measurements

HEADINGS = (
    "Image Number",
    "ROI",
    "Image Layer",
    "Total Flux [p/s]",
    "Avg Radiance [p/s/cm²/sr]",
    "Stdev Radiance",
    "Min Radiance",
    "Max Radiance",
    "ROI Label",
    "Experiment",
)

IMAGE = "AA20220105114235"


def cells(
    label: str = "007",
    flux: str = "1.26E+06",
    roi: str = "ROI 1",
    image: str = IMAGE,
    average: str = "2.28E+03",
    more: Sequence[str] = (),
) -> list[str]:
    """Return a row of a table."""
    radiance = [average, "1.92E+03", "-3.16E+03", "1.23E+04"]
    return [image, roi, "Overlay", flux, *radiance, label, "study", *more]


def write_table(
    path: Path,
    *rows: Sequence[str],
    headings: Sequence[str] = HEADINGS,
    delimiter: str = ",",
    mark: str = ".",
    encoding: str = "cp1252",
    titles: Sequence[str] = (),
) -> Path:
    """Write a table and return its path."""
    lines = [*titles, delimiter.join(headings)]
    lines += [delimiter.join(cell.replace(".", mark) for cell in row) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
    return path


def refused(path: Path) -> str:
    """Return what is said of a table that cannot be read."""
    with pytest.raises(InputError) as caught:
        read_measurements(path)
    return str(caught.value)
