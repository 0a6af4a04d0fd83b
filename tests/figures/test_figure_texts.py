"""Texts in figures: labels of decades, shortened names, letters and keys in their places."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from inspection import texts
from odd_studies import LOOK, STYLE
from pictures import FONT

from lumicohort.figures.compose import compose
from lumicohort.figures.flux_axis import decade_labels, decades
from lumicohort.figures.style import LINE_STYLES, MARKERS, get_style
from lumicohort.figures.swimmer import SwimmerData, swimmer_panel
from lumicohort.figures.texts import key_room, shorten, width


@pytest.mark.parametrize(("first", "last", "most"), [(-9, 1, 6), (-1, 7, 8), (-2, 2, 6), (0, 1, 8)])
def test_decades_hold_no_change_and_are_few(first: int, last: int, most: int) -> None:
    exponents = decades(first, last, most)
    assert 0 in exponents and 2 <= len(exponents) <= most
    assert first <= exponents[0] and exponents[-1] <= last
    assert len({b - a for a, b in pairwise(exponents)}) == 1


def test_labels_of_decades_are_of_one_kind() -> None:
    assert decade_labels([-1, 0, 3]) == ["0.1", "1", "1000"]
    assert decade_labels([-2, 0, 4]) == ["10⁻²", "10⁰", "10⁴"]


@pytest.mark.parametrize("room", [8, 20, 30, 40, 60])
def test_a_shortened_name_never_opens_mathematics(room: float) -> None:
    short = shorten("$a_1$ and $b_2$ and $c$", room, 6, FONT)
    assert short.replace(r"\$", "").count("$") == 0
    assert width(short, 6, False, FONT) <= room
    assert shorten(r"\$x\$", 100, 6, FONT) == shorten("$x$", 100, 6, FONT) == r"\$x\$"


def test_as_many_line_styles_as_markers() -> None:
    assert len(set(LINE_STYLES)) == len(LINE_STYLES) == len(set(MARKERS))


def test_a_letter_stands_beside_the_heading_of_a_swimmer_plot_without_names() -> None:
    animals = pd.DataFrame(
        {
            "animal_id": [f"m{i}" for i in range(120)],
            "arm": "DFO",
            "first_day": 0.0,
            "last_day": 20.0,
            "ended": "died",
        }
    )
    marks = pd.DataFrame({"animal_id": [], "day": [], "what": []})
    weights = pd.DataFrame({"animal_id": [], "day": [], "change_percent": []})
    data = SwimmerData(animals, marks, False, weights, 20.0)
    with STYLE.context():
        panels = [swimmer_panel(data, [LOOK], model, STYLE, 400) for model in ("P", "Q")]
        shown = texts(compose(panels, STYLE, 12.1, 2))
    letters = [s for s in shown if s.text in ("A", "B")]
    titles = [s for s in shown if s.text in ("P", "Q")]
    assert len(letters) == len(titles) == 2 and not any(s.text == "m0" for s in shown)
    for letter, title in zip(letters, titles, strict=True):
        assert title.box.x0 - letter.box.x1 >= 2


@pytest.mark.parametrize("preset", ["science", "slide"])
def test_a_name_stands_apart_from_its_sample_line(preset: str) -> None:
    style = get_style(preset, font=FONT)
    assert key_room(style) - 3 * style.small == pytest.approx(style.small / 2)
    animals = pd.DataFrame(
        {"animal_id": ["a"], "arm": "DFO", "first_day": 0.0, "last_day": 20.0, "ended": "died"}
    )
    none = pd.DataFrame({"animal_id": [], "day": [], "what": [], "change_percent": []})
    data = SwimmerData(animals, none, False, none, 20.0)
    with style.context():
        figure = compose([swimmer_panel(data, [LOOK], "P", style, 400)], style, 12.1, 1)
        name = next(s for s in texts(figure) if s.text.startswith("DFO"))
        axes = figure.axes[0]
        sample = next(a for a in axes.lines if a.get_linestyle() == LOOK.line_style)
        ends = sample.get_window_extent(figure.canvas.get_renderer()).x1 * 72 / figure.dpi
    assert name.box.x0 - ends >= 0.4 * style.small
