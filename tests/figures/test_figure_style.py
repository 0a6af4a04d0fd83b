from __future__ import annotations

import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from made_up import made_up_config

from lumicohort.figures.style import (
    LEAST_CONTRAST,
    arm_looks,
    contrast_to_white,
    get_style,
)
from lumicohort.palette import PALETTE, REFERENCE_COLOUR


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


# What the colour-blind see of linear RGB: the matrices of severity 1.0 in Machado, Oliveira and
# Fernandes, IEEE Transactions on Visualization and Computer Graphics 15:1291 (2009), table 1.
DEFICIENCIES: dict[str, list[list[float]]] = {
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def least_difference(colours: list[str], deficiency: str) -> float:
    """Return the smallest CIEDE2000 difference between colours as seen (1 is just noticeable)."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    rgb = np.array([matplotlib.colors.to_rgb(c) for c in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (linear @ np.array(DEFICIENCIES[deficiency]).T).clip(0, 1)
    encoded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    lab = rgb2lab(encoded[None])[0]
    return min(float(deltaE_ciede2000(a, b)) for a, b in itertools.combinations(lab, 2))


def test_the_simulation_tells_red_from_green_only_for_those_who_can() -> None:
    pair = ["#C05040", "#708030"]
    assert least_difference(pair, "none") > 40
    assert least_difference(pair, "deuteranopia") < 20


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize(("arms", "least"), [(2, 24), (4, 19), (6, 10)])
def test_colours_of_arms_stay_apart_for_the_colour_blind(
    arms: int, least: float, deficiency: str
) -> None:
    colours = [REFERENCE_COLOUR, *PALETTE[: arms - 1]]
    assert least_difference(colours, deficiency) > least


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


def test_contrast_to_white_is_that_of_the_accessibility_guidelines() -> None:
    assert contrast_to_white("#FFFFFF") == pytest.approx(1)
    assert contrast_to_white("#000000") == pytest.approx(21)
    # 4.54, the grey that the guidelines' tools name as the lightest for small text
    assert contrast_to_white("#767676") == pytest.approx(4.54, abs=0.005)
    assert min(map(contrast_to_white, (REFERENCE_COLOUR, *PALETTE))) > 1.4 * LEAST_CONTRAST
