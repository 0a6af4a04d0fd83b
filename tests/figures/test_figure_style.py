from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from made_up import made_up_config

from lumicohort.figures.style import PALETTE, REFERENCE_COLOUR, arm_looks, get_style


@pytest.mark.parametrize("preset", ["science", "nature", "cell", "slide"])
def test_no_type_under_five_points_and_no_line_under_half(preset: str) -> None:
    style = get_style(preset)
    assert min(style.base, style.small, style.smallest) >= 5
    assert min(style.line, style.thin) >= 0.5


def test_science_has_the_journals_widths_and_letters() -> None:
    style = get_style("science")
    assert style.widths_cm == (5.7, 12.1, 18.4)
    assert (style.base, style.letter) == (7, 10)
    assert [style.letters(i) for i in (0, 1, 25, 26)] == ["A", "B", "Z", "AA"]
    assert get_style("nature").letters(1) == "b"


def test_context_changes_nothing_outside() -> None:
    before = matplotlib.rcParams["font.size"]
    with get_style("science").context():
        assert matplotlib.rcParams["font.size"] == 7
        assert matplotlib.rcParams["pdf.fonttype"] == 42
        assert matplotlib.rcParams["svg.fonttype"] == "none"
    assert matplotlib.rcParams["font.size"] == before


def test_a_font_that_is_not_there_is_no_failure() -> None:
    style = get_style("science", font="No Such Font Anywhere")
    assert style.rc()["font.family"][-1]  # something that is there


def test_reference_is_grey_and_arms_differ_by_more_than_colour() -> None:
    config = made_up_config(arms=("vehicle", "DFO", "c", "d", "e", "f"))
    looks = arm_looks(config)
    assert looks[0].colour == REFERENCE_COLOUR
    assert looks[0].line_style == "-"
    assert looks[1].colour == "#0072B2"
    assert len({look.colour for look in looks}) == 6
    assert len({look.marker for look in looks}) == 6
    assert all(a.line_style != b.line_style for a, b in itertools.pairwise(looks))


# Machado, Oliveira & Fernandes, IEEE TVCG 15:1291 (2009), severity 1.0, on linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
def test_colours_of_up_to_four_arms_stay_apart_for_the_colour_blind(matrix: np.ndarray) -> None:
    from skimage.color import rgb2lab

    colours = [REFERENCE_COLOUR, *PALETTE[:3]]
    rgb = np.array([matplotlib.colors.to_rgb(c) for c in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (linear @ matrix.T).clip(0, 1)
    encoded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = rgb2lab(encoded[None])[0]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(lab) for b in lab[i + 1 :]]
    assert min(distances) > 20  # CIE76; about 2 is just noticeable


def test_importing_draws_in_neither_pyplot_nor_seaborn() -> None:
    code = (
        "import sys, lumicohort.figures.draw, lumicohort.figures.survival, lumicohort.figures.flux,"
        "lumicohort.figures.endpoint, lumicohort.figures.montage, lumicohort.figures.cutouts,"
        "lumicohort.figures.captions, lumicohort.figures.scale, lumicohort.report.report,"
        "lumicohort.report.qc\n"
        "print([m for m in ('matplotlib', 'seaborn', 'pandas', 'snakemake') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
