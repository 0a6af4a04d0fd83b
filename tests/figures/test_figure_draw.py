from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from inspection import texts
from made_up import made_up_config, write_made_up

from lumicohort.errors import InputError
from lumicohort.figures.data import load
from lumicohort.figures.draw import draw_figure, find_figure, make_figure
from lumicohort.figures.style import get_style
from lumicohort.study.config import StudyConfig

KINDS = ("survival", "flux_over_time", "endpoint_burden", "montage")


@pytest.fixture(scope="module")
def drawn(study: StudyConfig, results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A copy: other tests draw into the shared results as well.
    folder = tmp_path_factory.mktemp("drawn") / "results"
    shutil.copytree(results, folder, ignore=shutil.ignore_patterns("figures"))
    for kind in KINDS:
        draw_figure(study, kind, folder)
    return folder / "figures"


def test_every_format_and_a_caption_are_written(drawn: Path) -> None:
    names = {path.name for path in drawn.iterdir()}
    assert names == {f"{k}.{e}" for k in KINDS for e in ("pdf", "svg", "png", "txt")}


def test_a_second_run_gives_the_same_bytes(study: StudyConfig, results: Path, drawn: Path) -> None:
    before = {path.name: path.read_bytes() for path in drawn.iterdir()}
    for kind in ("survival", "montage"):
        draw_figure(study, kind, results)
    after = {path.name: path.read_bytes() for path in drawn.iterdir()}
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_text_stays_text_and_no_font_is_type_3(drawn: Path, kind: str) -> None:
    svg = (drawn / f"{kind}.svg").read_text(encoding="utf-8")
    assert ">MDA231-LeptoM</text>" in svg
    assert ">Simulated data</text>" in svg
    assert "<dc:date>" not in svg
    pdf = (drawn / f"{kind}.pdf").read_bytes()
    assert b"/Type3" not in pdf
    assert b"/CIDFontType2" in pdf
    assert b"/CreationDate" not in pdf


@pytest.mark.parametrize("kind", KINDS)
def test_svg_text_falls_back_on_fonts_without_serifs(drawn: Path, kind: str) -> None:
    svg = (drawn / f"{kind}.svg").read_text(encoding="utf-8")
    families = re.findall(r"font-family: ([^;\"]+)", svg)
    assert families
    assert {family.split(", ")[-1] for family in families} == {"sans-serif"}
    assert all(family.count("sans-serif") == 1 for family in families)


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_small_in_the_svg(drawn: Path, kind: str) -> None:
    svg = (drawn / f"{kind}.svg").read_text(encoding="utf-8")
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", svg)]
    assert sizes
    assert min(sizes) >= 5


def test_page_has_the_journals_width(drawn: Path) -> None:
    from PIL import Image

    with Image.open(drawn / "survival.png") as image:
        assert image.width == pytest.approx(12.1 / 2.54 * 300, abs=1)


def test_captions_say_n_test_mean_and_interval(drawn: Path) -> None:
    survival = (drawn / "survival.txt").read_text(encoding="utf-8")
    assert "Simulated data." in survival
    assert "(log-log)" in survival
    assert "n = 10 vehicle and 10 DFO (MDA231-LeptoM)" in survival
    assert "DFO vs vehicle P = 0.00032" in survival
    endpoint = (drawn / "endpoint_burden.txt").read_text(encoding="utf-8")
    assert "geometric means with 95% confidence intervals" in endpoint
    assert "10 vehicle on day 21 and 10 DFO on day 21 (MDA231-LeptoM)" in endpoint
    montage = (drawn / "montage.txt").read_text(encoding="utf-8")
    assert "nearest to the arm’s median" in montage


def test_real_data_are_not_called_simulated(results: Path, tmp_path: Path) -> None:
    config = made_up_config(simulated=False)
    style = get_style("science")
    tables = load(config, results)
    with style.context():
        figure = make_figure(config, find_figure(config, "survival"), tables, results, style)
    assert "Simulated data" not in [t.text for t in texts(figure)]


def test_unknown_figure_model_and_colour_map_are_named(study: StudyConfig) -> None:
    with pytest.raises(InputError, match=r"there is no figure `survial`.*did you mean `survival`"):
        find_figure(study, "survial")
    show = [{"name": "m", "kind": "montage", "models": ["PC9-LeptM"]}]
    with pytest.raises(InputError, match="did you mean `PC9-LeptoM`"):
        find_figure(made_up_config(figures={"show": show}), "m")
    show = [{"name": "m", "kind": "montage", "colour_map": "infernoo"}]
    with pytest.raises(InputError, match=r"colour map `infernoo`.*did you mean `inferno`"):
        find_figure(made_up_config(figures={"show": show}), "m")


def test_missing_tables_are_all_named(study: StudyConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        draw_figure(study, "survival", tmp_path)
    files = {Path(p.file).name for p in caught.value.problems if p.file}
    assert files == {
        "survival_curves.csv",
        "survival_arms.csv",
        "survival_tests.csv",
        "survival.csv",
    }
    assert not (tmp_path / "figures").exists()


def test_limits_and_names_of_figures_are_checked() -> None:
    show = [{"name": "f", "kind": "flux_over_time", "flux_limits_p_s": [1e8, 1e4]}]
    with pytest.raises(InputError, match="flux_limits_p_s must be two rising numbers"):
        made_up_config(figures={"show": show})
    show = [{"name": "f", "kind": "survival"}, {"name": "f", "kind": "montage"}]
    with pytest.raises(InputError, match="two figures have the name `f`"):
        made_up_config(figures={"show": show})


def test_letters_without_a_font_are_told(tmp_path: Path) -> None:
    from lumicohort.figures.letters import missing_letters

    config = made_up_config(labels={"DFO": "DFO\x07 x"}, models=["PC9"])
    assert missing_letters(config) == []  # not printable: drawn as a space
    config = made_up_config(labels={"DFO": "\U00013000"}, models=["PC9"])
    assert missing_letters(config) == ["\U00013000"]  # an Egyptian hieroglyph
    write_made_up(config, tmp_path, animals_per_arm=2, previews=False)
    draw_figure(config, "survival", tmp_path)
    text = (tmp_path / "figures" / "survival.txt").read_text(encoding="utf-8")
    assert "No font on the machine that drew this has the letters \U00013000" in text
