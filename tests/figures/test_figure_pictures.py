"""Every kind of figure as a picture: against approved baselines, and its texts on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from inspection import clipped, overlapping, texts
from made_up import made_up_config, write_made_up
from matplotlib.figure import Figure
from pictures import BASELINE, FONT, KINDS, STRESS, draw, hard_study, picture
from PIL import Image

from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.draw import make_figure
from lumicohort.figures.style import get_style
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.output import Figure as Entry

FAST_KINDS = tuple(kind for kind in KINDS if kind not in ("montage", "growth_diagnostics"))


@pytest.fixture(scope="session")
def drawn(study: StudyConfig, results: Path, tables: StudyTables) -> Callable[[str], Figure]:
    """Return a function that draws a kind of figure, each once."""
    made: dict[str, Figure] = {}

    def of(kind: str) -> Figure:
        if kind not in made:
            style = get_style("science", font=FONT)
            with style.context():
                made[kind] = draw(kind, study, tables, results, style)
        return made[kind]

    return of


def differing(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that differ by more than anti-aliasing and a palette do."""
    if one.size != other.size:
        return 1.0
    a, b = (np.asarray(image, dtype=int) for image in (one, other))
    return float((np.abs(a - b).max(axis=2) > 72).mean())


TOLERATED = 0.0015
"""Of a page of 357 x 200 pixels: 107 pixels, less than a line of its smallest type."""


@pytest.mark.parametrize("kind", [*KINDS, "composite"])
def test_picture_is_the_approved_one(kind: str, drawn: Callable[[str], Figure]) -> None:
    with get_style("science", font=FONT).context():
        image = picture(drawn(kind))
    approved = Image.open(BASELINE / f"{kind}.png").convert("RGB")
    assert image.size == approved.size
    assert differing(image, approved) <= TOLERATED


def test_comparison_sees_a_moved_line_another_colour_and_another_size(
    drawn: Callable[[str], Figure],
) -> None:
    approved = Image.open(BASELINE / "survival.png").convert("RGB")
    moved = Image.fromarray(np.roll(np.asarray(approved), 1, axis=0))
    assert differing(approved, moved) > TOLERATED
    pixels = np.asarray(approved).copy()
    blue = (pixels[..., 2] > 150) & (pixels[..., 0] < 80)
    assert blue.sum() > 100
    pixels[blue] = (213, 94, 0)
    assert differing(approved, Image.fromarray(pixels)) > TOLERATED
    assert differing(approved, approved.crop((0, 0, 300, 200))) == 1.0


@pytest.mark.parametrize("kind", [*KINDS, "composite"])
def test_no_text_overlaps_is_cut_or_is_small(kind: str, drawn: Callable[[str], Figure]) -> None:
    figure = drawn(kind)
    with get_style("science", font=FONT).context():
        check_texts(figure)


def check_texts(figure: Figure) -> None:
    shown = texts(figure)
    assert overlapping(shown) == []
    assert clipped(figure, shown) == []
    assert min(t.size for t in shown) >= 5
    # As high as a page of the style at most, to the rounding of points.
    assert figure.get_size_inches()[1] * 2.54 <= 22.55


@pytest.mark.parametrize("case", ["arm_of_one", "all_below_lod"])
def test_hard_studies_are_drawn_or_say_why_not(case: str, tmp_path: Path) -> None:
    check_hard(case, tmp_path, FAST_KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("case", STRESS)
def test_hard_studies_of_every_kind(case: str, tmp_path: Path) -> None:
    check_hard(case, tmp_path, KINDS)


def check_hard(case: str, folder: Path, kinds: tuple[str, ...]) -> None:
    config, tables = hard_study(case, folder)
    style = get_style("science", font=FONT)
    faults = {}
    for kind in kinds:
        with style.context():
            figure = draw(kind, config, tables, folder, style)
            try:
                check_texts(figure)
            except AssertionError as error:
                faults[kind] = f"{figure.get_size_inches()}: {error}"[:600]
    assert faults == {}


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["nature", "cell", "slide"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_presets_fit_too(
    preset: str, kind: str, study: StudyConfig, results: Path, tables: StudyTables
) -> None:
    style = get_style(preset, font=FONT)
    with style.context():
        figure = draw(kind, study, tables, results, style)
        shown = texts(figure)
    assert overlapping(shown) == []
    assert clipped(figure, shown) == []


def test_a_row_too_narrow_for_its_words_becomes_rows_of_one_kind(
    study: StudyConfig, results: Path, tables: StudyTables
) -> None:
    """Two models' curves and two forests in a row: "shorter" would lie on "longer survival"."""
    style = get_style("science", font=FONT)
    rows = [[{"kind": "survival"}, {"kind": "forest"}]]
    entry = Entry(name="both", kind="composite", rows=rows)
    with style.context():
        figure = make_figure(study, entry, tables, results, style)
        shown = texts(figure)
    assert overlapping(shown) == []
    assert clipped(figure, shown) == []
    boxes = [ax.get_position() for ax in figure.axes if ax.get_xlabel()]
    curves, forests = boxes[:2], boxes[2:]
    assert min(box.y0 for box in curves) > max(box.y1 for box in forests)


@pytest.mark.parametrize(
    ("kinds", "width_cm", "in_rows"),
    [
        (("survival", "flux_over_time", "endpoint_burden"), 18.4, [2, 4]),
        (("survival",), 8.5, [1, 1]),
        (("survival",), 18.4, [2]),
    ],
)
def test_curves_keep_the_width_that_names_and_numbers_at_risk_need(
    kinds: tuple[str, ...], width_cm: float, in_rows: list[int], tmp_path: Path
) -> None:
    """Two models' curves beside four other panels: names would be cut and two times be left."""
    config = made_up_config(labels={"DFO": "Deferoxamine, 2 mg/kg"})
    tables = load(config, write_made_up(config, tmp_path, previews=False))
    style = get_style("science", font=FONT)
    rows = [[{"kind": kind} for kind in kinds]]
    entry = Entry(name="all", kind="composite", rows=rows, width_cm=width_cm)
    with style.context():
        figure = make_figure(config, entry, tables, tmp_path, style)
        shown = texts(figure)
    assert overlapping(shown) == []
    assert clipped(figure, shown) == []
    axes = [ax for ax in figure.axes if ax.get_ylabel()]
    feet = [round(ax.get_position().y0, 6) for ax in axes]
    assert [feet.count(y) for y in dict.fromkeys(feet)] == in_rows
    curves = [ax for ax in axes if ax.get_ylabel() == "Survival (%)"]
    for ax in curves:
        words = [text.get_text() for text in ax.texts]
        assert "Deferoxamine, 2 mg/kg" in words and not any("…" in word for word in words)
        assert len(ax.get_xticks()) >= 4
    assert len(curves) == 2


_KINDS_IN_ROWS = {
    "answer": [["flux_over_time", "endpoint_burden"], ["survival", "forest"]],
    "courses": [["survival", "weights"], ["spider", "waterfall"], ["swimmer", "regions"]],
}


@pytest.mark.parametrize("rows", _KINDS_IN_ROWS)
@pytest.mark.parametrize("case", ["nothing_optional", "forty_animals", "six_arms"])
def test_composites_of_hard_studies_on_a_narrow_page_have_room_for_their_words(
    case: str, rows: str, tmp_path: Path
) -> None:
    """Numbers of animals of six arms, labels of axes and names of swimmers lay on each other."""
    config, tables = hard_study(case, tmp_path)
    style = get_style("nature", font=FONT)
    places = [[{"kind": kind} for kind in row] for row in _KINDS_IN_ROWS[rows]]
    entry = Entry(name="all", kind="composite", rows=places, width_cm=12.0)
    with style.context():
        figure = make_figure(config, entry, tables, tmp_path, style)
        shown = texts(figure)
    assert overlapping(shown) == []
    assert clipped(figure, shown) == []


def test_a_page_that_is_too_high_is_told(
    study: StudyConfig, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from lumicohort.figures.draw import draw_figure

    rows = [[{"kind": "flow"}]] * 6
    show = [{"name": "high", "kind": "composite", "rows": rows, "formats": ["svg"]}]
    figures = study.figures.model_validate({"show": show})
    draw_figure(study.model_copy(update={"figures": figures}), "high", results)
    said = capsys.readouterr().err
    assert re.search(r"Figure `high` is \d\d\.\d cm high; a page .* holds 22.5 cm", said)


def test_the_documentation_shows_every_kind(root: Path) -> None:
    text = (root / "docs" / "figures.md").read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"| `{kind}` | " in text
        assert f"figures/gallery/{kind}.png" in text
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (root / "docs" / target).is_file(), target
