from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from inspection import texts

from lumicohort.figures.cells import MontageData, blend, empty_words
from lumicohort.figures.compose import compose
from lumicohort.figures.cutouts import choose_animals, cut
from lumicohort.figures.data import ClickPreview, StudyTables, load
from lumicohort.figures.montage import montage_layout, montage_panel
from lumicohort.figures.picture import Picture
from lumicohort.figures.scale import Scale, common_scale, round_up
from lumicohort.figures.style import ArmLook, get_style

LOOKS = [ArmLook("v", "Vehicle", "#4D4D4D", "o", "-"), ArmLook("d", "DFO", "#0072B2", "s", "--")]


def values(**flux: float) -> pd.DataFrame:
    return pd.DataFrame([{"animal_id": a, "on_day": 21.0, "value_p_s": v} for a, v in flux.items()])


def test_animals_nearest_the_median_of_log_flux_are_chosen_and_ordered_by_flux() -> None:
    table = values(a=1e5, b=1e6, c=1e7, d=2e7, e=1e9)  # median 1e7: c; then d (0.3), b (1.0)
    assert choose_animals(table, 21.0, 1) == ["c"]
    assert choose_animals(table, 21.0, 3) == ["b", "c", "d"]
    assert choose_animals(table, 14.0, 3) == []


def test_of_two_equally_near_the_first_by_name_is_chosen() -> None:
    assert choose_animals(values(z=1e6, m=1e7, k=1e8), 21.0, 2) == ["m", "k"]


def preview() -> ClickPreview:
    animals = np.zeros((20, 20), np.uint8)
    animals[4:16, 3:7] = 1
    animals[4:16, 11:15] = 2
    radiance = np.arange(400.0).reshape(20, 20)
    return ClickPreview(
        np.full((20, 20), 100, np.uint8), radiance, animals, animals, 0.5, ["a", "b"], []
    )


def test_cut_is_centred_on_the_animal_and_knows_whose_pixels_are_nearer() -> None:
    picture = cut(preview(), 1, (8.0, 6.0))
    assert picture.photograph.shape == (16, 12)
    # The cell's columns are -1..10 of the click: column 8 is nearer to animal 1, 9 to animal 2.
    assert picture.own[8].tolist() == [False] + [True] * 9 + [False] * 2
    assert picture.radiance[0, 1] == preview().radiance[2, 0]
    assert picture.radiance[0, 0] == 0  # beyond the field of view


def test_colours_are_those_of_the_bar_and_dark_pixels_stay_grey() -> None:
    scale = Scale(1e4, 1e6, "log", "inferno")
    radiance = np.array([[1e3, 1e5], [1e6, 1e5]])
    own = np.array([[True, True], [True, False]])
    image = blend(Picture(np.full((2, 2), 100, np.uint8), radiance, own, 0.1), scale)
    middle = np.round(np.array(matplotlib.colormaps["inferno"](0.5)[:3]) * 255)
    assert image[0, 0].tolist() == [100, 100, 100]
    assert image[0, 1].tolist() == middle.tolist()
    assert (
        image[1, 0].tolist()
        == np.round(np.array(matplotlib.colormaps["inferno"](1.0)[:3]) * 255).tolist()
    )
    assert image[1, 1].tolist() == [217, 217, 217]  # a neighbour's: faded, never coloured


def test_scale_covers_the_brightest_pixel_and_never_colours_noise() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 200, (50, 50))
    own = np.ones((50, 50), bool)
    grey = np.zeros((50, 50), np.uint8)
    bright = noise.copy()
    bright[25, 25] = 3.2e6
    scale = common_scale([Picture(grey, bright, own, 0.1)], "log", "inferno")
    assert (scale.low, scale.high) == (5e3, 5e6)
    dark = common_scale([Picture(grey, noise, own, 0.1)], "log", "inferno")
    assert dark.low >= 4 * 200
    assert ((noise >= dark.low).mean()) < 0.001
    fixed = common_scale([Picture(grey, bright, own, 0.1)], "linear", "inferno", (2e4, 9e5))
    assert (fixed.low, fixed.high, fixed.kind) == (2e4, 9e5, "linear")


@pytest.mark.parametrize(("value", "up"), [(1.0, 1), (1.1, 2), (2.5e4, 5e4), (6e5, 1e6)])
def test_round_up(value: float, up: float) -> None:
    assert round_up(value) == pytest.approx(up)


def montage() -> MontageData:
    picture = cut(preview(), 1, (8.0, 6.0))
    return MontageData(
        animals={"v": ["a"], "d": ["b"]},
        days=[7.0, 14.0],
        pictures={("a", 7.0): picture, ("b", 7.0): picture, ("b", 14.0): picture},
        ends={"a": (12.0, True), "b": (40.0, False)},
        selection_day={"v": 7.0, "d": 7.0},
    )


def test_magnification_is_one_scale_bar_is_whole_centimetres_and_the_dead_are_named() -> None:
    style = get_style("science", font="DejaVu Sans")
    with style.context():
        panel = montage_panel(montage(), LOOKS, "Model", style, Scale(1, 500), 600)
        figure = compose([panel], style, 8.0, 1)
    ax = figure.axes[0]
    figure.canvas.draw()
    across = np.abs(np.diff(ax.transData.transform([[0, 0], [1, 0]])[:, 0]))
    down = np.abs(np.diff(ax.transData.transform([[0, 0], [0, 1]])[:, 1]))
    assert across == pytest.approx(down)
    sizes = {
        tuple(np.round(np.abs(np.diff(np.reshape(im.get_extent(), (2, 2)))).ravel(), 6))
        for im in ax.images
    }
    assert sizes == {(6.0, 8.0)}  # centimetres: 12 and 16 pixels of 0.5 cm
    bar = next(line for line in ax.findobj() if line.get_gid() == "scale-bar")
    words = [t.text for t in texts(figure)]
    assert f"{bar.get_xdata()[1]} cm" in words
    assert "died\nday\n12" in words
    assert {"Day 7", "Day 14", "Vehicle", "DFO", "a", "b"} <= set(words)


def test_empty_cells_say_why() -> None:
    assert empty_words((23.0, True), 28.0) == ["died", "day", "23"]
    assert empty_words((23.0, False), 28.0) == ["ended", "day", "23"]
    assert empty_words((40.0, True), 28.0) == ["no", "image"]
    assert empty_words(None, 28.0) == ["no", "image"]


def test_many_animals_get_the_widest_page_and_a_row_of_their_own() -> None:
    style = get_style("science")
    few = MontageData({"v": ["a", "b"]}, [7.0], {})
    many = MontageData({str(i): ["a", "b", "c"] for i in range(6)}, [7.0], {})
    assert montage_layout([few, few], style, None) == (12.1, 2)
    assert montage_layout([many, many], style, None) == (18.4, 1)


def test_gathered_pictures_belong_to_the_animal(study, results, tables: StudyTables) -> None:
    from lumicohort.figures.cutouts import gather

    figure = next(f for f in study.figures.show if f.kind == "montage")
    data = gather(study, figure, ["MDA231-LeptoM"], tables, results)["MDA231-LeptoM"]
    assert {arm: len(ids) for arm, ids in data.animals.items()} == {"vehicle": 3, "DFO": 3}
    flux = tables.flux("neuraxis").set_index(["animal_id", "on_day"])
    assert len(data.pictures) >= 18
    for (animal, day), picture in data.pictures.items():
        light = 4 * np.pi * picture.pixel_cm**2 * picture.radiance[picture.own].sum()
        assert light == pytest.approx(flux.loc[(animal, day), "value_p_s"], rel=0.15)


def test_days_on_which_no_chosen_animal_was_imaged_are_named_not_drawn(study, results) -> None:
    from lumicohort.figures.cutouts import gather
    from lumicohort.figures.kinds.montage import _later

    figure = next(f for f in study.figures.show if f.kind == "montage")
    model = "MDA231-LeptoM"
    tables = load(study, results)
    before = gather(study, figure, [model], tables, results)[model]
    chosen = {animal for ids in before.animals.values() for animal in ids}
    flux = tables.flux(study.analysis.burden.region)
    other = flux[(flux["model"] == model) & ~flux["animal_id"].isin(chosen)].iloc[0]["animal_id"]
    odd = (flux["animal_id"] == other) & (flux["on_day"] == 7)
    flux.loc[odd, "on_day"] = -3.0  # an animal whose day 0 is another
    after = gather(study, figure, [model], tables, results)[model]
    assert (list(after.days), after.animals) == (list(before.days), before.animals)
    assert list(after.days_left_out) == [-3.0, *before.days_left_out]
    assert "as none of them was imaged then: day" in _later({model: after})
