"""Figures of odd studies: short and long names, no events, other causes of death, many models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from inspection import all_by_gid, clipped, overlapping, texts
from made_up import made_up_config, write_made_up
from matplotlib.figure import Figure
from pictures import FONT

from lumicohort.figures.captions import write_caption
from lumicohort.figures.compose import compose
from lumicohort.figures.data import load
from lumicohort.figures.draw import draw_figure, make_figure
from lumicohort.figures.flux_axis import decade_labels, decades
from lumicohort.figures.forest import Estimate, ForestData, forest_panel
from lumicohort.figures.kinds import kind_of
from lumicohort.figures.qc_summary import qc_counts
from lumicohort.figures.request import Request, as_figure_says, looks_of
from lumicohort.figures.style import LINE_STYLES, MARKERS, ArmLook, get_style
from lumicohort.figures.swimmer import SwimmerData, swimmer_panel
from lumicohort.figures.texts import key_room, shorten, width
from lumicohort.files import read_csv, write_csv
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.output import Figure as Entry
from lumicohort.survival.competing_frames import competing_frames
from lumicohort.survival.data import SurvivalData

STYLE = get_style("science", font=FONT)
LOOK = ArmLook("DFO", "DFO", "#0072B2", "s", "--")
Drawn = tuple[Figure, list[str], str]


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Drawn]:
    """Return a function that draws a figure of a study whose tables a test may change before."""

    def drawn(
        config: StudyConfig, kind: str, change: Callable[[Path], None] | None = None, **how: Any
    ) -> Drawn:
        options = {key: how.pop(key) for key in ("arms", "models", "preset") if key in how}
        if not (tmp_path / "survival.csv").exists():
            write_made_up(config, tmp_path, previews=False, **how)
        if change:
            change(tmp_path)
        tables = load(config, tmp_path)
        entry = Entry(name="f", kind=kind, **options)
        ours = as_figure_says(config, entry)
        with STYLE.context():
            figure = make_figure(config, entry, tables, tmp_path, STYLE)
            shown = texts(figure)
            request = Request(ours, entry, tables, tmp_path, looks_of(config, ours), STYLE)
            caption = write_caption(config, entry, [kind_of(kind).caption(request)])
        assert clipped(figure, shown) == []
        assert overlapping(shown) == []
        assert min(s.size for s in shown) >= 5
        return figure, [s.text.replace("\N{NO-BREAK SPACE}", " ") for s in shown], caption

    return drawn


def edit(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    """Return a function that changes a table of a results folder."""

    def changed(results: Path) -> None:
        write_csv(change(read_csv(results / name)), results / name)

    return changed


def forest(rows: list[Estimate]) -> tuple[Any, list[str]]:
    data = ForestData(rows, "Hazard ratio", "Cox", "Hazard ratio (log scale)", True, ("l", "s"))
    with STYLE.context():
        figure = compose([forest_panel(data, STYLE)], STYLE, 8.5, 1)
        shown = texts(figure)
    assert clipped(figure, shown) == [] and overlapping(shown) == []
    return figure.axes[0], [s.text for s in shown]


def test_a_forest_of_short_model_names_has_room_for_the_arms() -> None:
    _, shown = forest([Estimate("P", "Deferoxamine", LOOK, 0.2, 0.1, 0.4, "0.20")])
    assert {"P", "Deferoxamine"} <= set(shown)


def test_what_cannot_be_estimated_has_no_interval_and_one_has_its_label() -> None:
    nan = float("nan")
    axes, shown = forest([Estimate("P", "DFO", LOOK, nan, nan, nan, "not estimable")])
    assert all_by_gid(axes, "interval") == all_by_gid(axes, "estimate") == []
    assert {"0.1", "1", "10", "not estimable"} <= set(shown)
    assert axes.get_xlim() == (0.1, 10.0)
    axes, shown = forest([Estimate("P", "DFO", LOOK, 1e-6, 3e-7, 1e-3, "1.0 × 10⁻⁶")])
    assert "10⁰" in shown and not any("e-" in text for text in shown)


def test_a_ratio_without_either_limit_is_a_mark_alone(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(estimate=0.0, lower_95=np.nan, upper_95=np.nan)

    config = made_up_config(["PC9"])
    figure, shown, _ = draw(config, "forest", edit("statistics/survival_differences.csv", change))
    hazards, means = figure.axes
    assert len(all_by_gid(hazards, "interval")) == 1
    assert len(all_by_gid(means, "estimate")) == 1 and all_by_gid(means, "interval") == []
    assert "0 (NA)" in shown


def test_each_hazard_ratio_tells_its_method_where_they_differ(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(method=["cox_firth", "cox_efron"])

    config = made_up_config(["PC9"], ["vehicle", "DFO", "DFP"])
    _, shown, caption = draw(config, "forest", edit("statistics/hazard_ratios.csv", change))
    assert "Cox with Firth's penalty; *Cox, Efron ties; 95% CI" in shown
    assert "0.11 (0.030–0.41)" in shown and "0.11 (0.030–0.41)*" in shown
    assert "DFP: 0.11 (0.030–0.41)*." in caption


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


def competing(results: Path) -> None:
    """Let every third animal die of another cause, and write what the statistics then are."""
    survival = read_csv(results / "survival.csv")
    other = survival.index % 3 == 1
    survival["end_reason"] = survival["end_reason"].mask(other, "found dead")
    survival["event"] = ["true" if e and not o else "false" for e, o in zip(
        survival["event"].astype(str).str.lower() == "true", other, strict=True)]  # fmt: skip
    write_csv(survival, results / "survival.csv")
    parts: dict[str, list[pd.DataFrame]] = {"cumulative_incidence": [], "competing_tests": []}
    for model, rows in survival.groupby("model", sort=False):
        event = (rows["event"] == "true").to_numpy()
        data = SurvivalData.from_arrays(rows["time_days"], event, rows["arm"], reference="vehicle")
        made = competing_frames(data, (rows["end_reason"] == "found dead").to_numpy(), "vehicle")
        for name, tables in parts.items():
            tables.append(made[name].assign(model=model))
    for name, tables in parts.items():
        write_csv(pd.concat(tables), results / "statistics" / f"{name}.csv")


END_REASONS = {"humane endpoint": "event", "found dead": "competing", "end of study": "censored"}


@pytest.mark.parametrize("arms", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_cumulative_incidence_of_five_models_fits_a_page(
    draw: Callable[..., Drawn], arms: int
) -> None:
    names = ["vehicle", "DFO", "DFP", "Combination 2"][:arms]
    config = made_up_config(list("ABCDE"), names, end_reasons=END_REASONS)
    figure, shown, caption = draw(config, "cumulative_incidence", competing, animals_per_arm=6)
    assert figure.get_size_inches()[1] * 2.54 <= STYLE.height_cm
    assert len(figure.axes) == 10
    assert shown.count("Animals at risk") == 10
    assert "Below each panel: animals at risk on that day. " in caption
    # Columns of numbers stand under the ticks, and are the animals alive and under study.
    survival = load(config, Path(figure_folder(draw))).survival
    axes = figure.axes[0]
    with STYLE.context():
        axes.figure.canvas.draw()
    ticks = [float(t) for t in axes.get_xticks()]
    cells = [t for t in axes.texts if t.get_text().isdigit()]
    for row, arm in enumerate(names):
        mine = survival[(survival["model"] == "A") & (survival["arm"] == arm)]
        numbers = cells[row * len(ticks) : (row + 1) * len(ticks)]
        assert [t.get_position()[0] for t in numbers] == ticks
        wanted = [int((mine["time_days"] >= day).sum()) for day in ticks]
        assert [int(t.get_text()) for t in numbers] == wanted


def figure_folder(draw: Callable[..., Drawn]) -> str:
    """Return the results folder that the fixture writes to."""
    cells = dict(zip(draw.__code__.co_freevars, draw.__closure__, strict=True))  # type: ignore[attr-defined]
    return str(cells["tmp_path"].cell_contents)


def test_without_another_cause_of_death_one_panel_says_so(draw: Callable[..., Drawn]) -> None:
    def empty(table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[:0]

    config = made_up_config(["A", "B"])
    change = edit("statistics/cumulative_incidence.csv", empty)
    figure, shown, caption = draw(config, "cumulative_incidence", change)
    assert len(figure.axes) == 1 and not {"A", "B"} & set(shown)
    assert "No animal died of another cause" in " ".join(shown).replace("\n", " ")
    assert "No animal of A and B died of another cause" in caption


def test_deaths_of_another_cause_are_deaths_and_not_the_event(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"], end_reasons=END_REASONS)
    figure, shown, caption = draw(config, "swimmer", competing)
    survival = read_csv(Path(figure_folder(draw)) / "survival.csv")
    other = survival.loc[survival["end_reason"] == "found dead", "animal_id"]
    marks = [a.get_gid() for a in figure.axes[0].get_children() if a.get_gid()]
    assert sorted(m for m in marks if m.startswith("died_otherwise-")) == sorted(
        f"died_otherwise-{animal}" for animal in other
    )
    assert "Died otherwise" in shown
    assert f"{len(other)} of another cause" in caption
    figure, shown, _ = draw(config, "schematic")
    censored = int((survival["end_reason"] == "end of study").sum())
    assert any(f"; {censored} animal" in text for text in shown)


@pytest.mark.parametrize("kind", ["spider", "waterfall", "weights", "regions", "swimmer"])
def test_panels_of_a_figure_share_their_axes(kind: str, draw: Callable[..., Drawn]) -> None:
    def later(table: pd.DataFrame) -> pd.DataFrame:
        """Let the first animal of the second model outlive all others, with much light."""
        one = table[table["model"] == "B"]["animal_id"].iloc[0]
        mine = table["animal_id"] == one
        if "time_days" in table:
            return table.assign(time_days=table["time_days"].mask(mine, 75.0))
        if "what" in table:
            last = mine & (table["what"] == "weighed") & (table["day"] == table[mine]["day"].max())
            return table.assign(day=table["day"].mask(last, 75), value=table["value"].mask(last, 9))
        flux = ["total_flux_p_s", "net_flux_p_s"]
        light = {
            name: table[name].mask(mine & (table["day"] > 7), table[name] * 1e4) for name in flux
        }
        return table.assign(**light)

    def change(results: Path) -> None:
        for name in ("survival.csv", "cohort/events.csv", "flux.csv"):
            edit(name, later)(results)
        from made_up import write_burden

        write_burden(config, results)

    config = made_up_config(["A", "B"])
    figure, _, _ = draw(config, kind, change)
    one, other = figure.axes[:2]
    assert one.get_xlim() == other.get_xlim() or kind == "waterfall"
    assert one.get_ylim() == other.get_ylim() or kind == "swimmer"


def test_notes_tell_only_of_what_is_drawn(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "survival", all_censored=True)
    assert not any("Bands" in text for text in shown)
    assert "bands" not in caption and "ticks mark censored" in caption
    assert any("Ticks on the curves: censored." in text for text in shown)
    _, shown, caption = draw(config, "flux_over_time")
    assert not any("Hollow means" in text for text in shown)
    assert "Hollow means" not in caption
    _, shown, caption = draw(config, "montage")
    assert "No image of an animal can be shown." in shown
    assert "none of them was imaged any more" not in caption


def test_hollow_means_are_told_from_the_first_death_on(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "flux_over_time", days=(7, 14, 21, 24))
    assert "Hollow means: after the arm's first death, survivors only." in " ".join(shown).replace(
        "’", "'"
    )
    assert "Hollow means" in caption


def test_the_endpoint_tells_of_hollow_dots_only_where_there_are_some(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])

    def change(table: pd.DataFrame) -> pd.DataFrame:
        """Let the first day alone be below the LOD."""
        return table.assign(below_lod=table["day"] == 7)

    _, shown, caption = draw(config, "endpoint_burden", edit("flux.csv", change))
    assert not any("Hollow" in text for text in shown) and "hollow" not in caption


def test_the_regions_tell_of_hollow_dots_only_where_there_are_some(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])

    def below(animals: list[str]) -> Callable[[Path], None]:
        return edit("flux.csv", lambda t: t.assign(below_lod=t["animal_id"].isin(animals)))

    _, shown, caption = draw(config, "regions", below([]))
    told = " ".join(shown).replace("\n", " ")
    assert "dashed: equal flux" in told and "hollow" not in told
    assert "hollow" not in caption.lower()
    _, shown, caption = draw(config, "regions", below(["M001"]))
    assert "hollow: below a LOD" in " ".join(shown).replace("\n", " ")
    assert "Hollow: animals below the limit of detection of either region." in caption


def test_limits_of_detection_that_are_not_drawn_are_not_told(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "regions", edit("flux.csv", lambda t: t.assign(lod_p_s=np.nan)))
    assert "Dotted" not in caption
    _, _, caption = draw(config, "regions", edit("flux.csv", lambda t: t.assign(lod_p_s=1e6)))
    assert "Dotted: median limits of detection." in caption


def test_the_flow_of_a_study_without_imaging_has_no_stage_of_images(
    draw: Callable[..., Drawn],
) -> None:
    def change(flow: pd.DataFrame) -> pd.DataFrame:
        return flow[~flow["stage"].isin(["imaged", "analysed_burden"])]

    _, shown, caption = draw(made_up_config(["PC9"]), "flow", edit("cohort/flow.csv", change))
    told = " ".join(shown)
    assert "Analysed for survival: n = 10" in told
    assert not any(word in told for word in ("Imaged", "burden", "not known"))
    assert "20 analysed for survival." in caption


def test_late_entry_is_told(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(entered=[2, *[0] * (len(table) - 1)])

    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "survival", edit("statistics/survival_curves.csv", change))
    assert "came under observation late are at risk after that day." in " ".join(shown)
    assert "(delayed entry) are at risk after that day." in caption


def test_one_event_is_not_events(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(median_days=np.nan, events=1)

    config = made_up_config(["PC9"])
    _, shown, _ = draw(config, "survival", edit("statistics/survival_arms.csv", change))
    said = " ".join(shown)
    assert "1 event" in said and "1 events" not in said


@pytest.mark.parametrize("kind", ["survival", "endpoint_burden"])
def test_one_comparison_of_several_has_its_adjusted_p(
    kind: str, draw: Callable[..., Drawn]
) -> None:
    tests = (
        "statistics/survival_tests.csv" if kind == "survival" else "statistics/burden_endpoint.csv"
    )

    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(p_value=0.011, p_adjusted=0.022)

    config = made_up_config(["PC9"], ["vehicle", "DFO", "DFP"])
    _, shown, caption = draw(config, kind, edit(tests, change), arms=["vehicle", "DFO"])
    said = " ".join(shown)
    assert "P = 0.022" in said and "P = 0.011" not in said and "Holm-adjusted" in said
    assert "P = 0.022" in caption and "Holm-adjusted" in caption


def test_a_model_without_random_slopes_is_not_said_to_be_none(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["kind"] != "random_slope"]

    config = made_up_config(["PC9"])
    change_table = edit("statistics/growth_diagnostics.csv", change)
    _, shown, _ = draw(config, "growth_diagnostics", change_table)
    said = " ".join(shown).replace("\n", " ")
    assert "The model that was fitted has no random slopes" in said
    assert "could be fitted" not in said


def test_one_imaging_day_is_no_spider(draw: Callable[..., Drawn]) -> None:
    _, shown, _ = draw(made_up_config(["PC9"]), "spider", days=(14,))
    assert "no animal has an image at baseline and a later one" in " ".join(shown).replace(
        "\n", " "
    )


def test_captions_of_fold_changes_count_values_below_the_lod(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "waterfall", below_lod=True, animals_per_arm=4)
    assert "16 of 16 values are below the limit of detection" in caption
    _, _, caption = draw(config, "spider")
    images = read_csv(Path(figure_folder(draw)) / "flux.csv")
    n = int((images["region"] == config.analysis.burden.region).sum())
    assert f"{n} of {n} values are below the limit of detection" in caption


def test_values_of_a_sheet_are_no_clicks() -> None:
    images = pd.DataFrame(
        {"batch": ["", "", "b"], "click": ["", "", "c"], "animal_id": list("xyz"), "flags": ""}
    ).assign(on_day=[7.0, 7.0, 14.0], below_lod=False, included=True)
    clicks = pd.DataFrame(columns=["batch", "click", "flags"])
    counts = qc_counts(images, clicks).counts
    assert counts.loc["Clicks"].tolist() == [0, 1]
    assert counts.loc["Animals imaged"].tolist() == [2, 1]


def test_a_flow_of_many_boxes_has_columns_and_whole_numbers(draw: Callable[..., Drawn]) -> None:
    arms = ["vehicle", "DFO", "DFP", "combination"]
    config = made_up_config(list("ABCDE"), arms)
    figure, shown, _ = draw(config, "flow", animals_per_arm=4)
    assert figure.get_size_inches()[1] * 2.54 <= STYLE.height_cm
    assert not any(text.endswith((" n", " n =", "n =")) for text in shown)


def test_a_letter_stands_beside_the_heading_of_a_swimmer_plot_without_names() -> None:
    animals = pd.DataFrame(
        {
            "animal_id": [f"m{i}" for i in range(120)],
            "arm": "DFO",
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


def test_a_look_has_dashes_as_well_as_named_styles() -> None:
    dashed = replace(LOOK, line_style=LINE_STYLES[-1])
    axes, _ = forest([Estimate("P", "DFO", dashed, 0.2, 0.1, 0.4, "0.20")])
    assert len(all_by_gid(axes, "estimate")) == 1


@pytest.mark.parametrize("kind", ["endpoint_burden", "flux_over_time", "regions", "waterfall"])
def test_a_study_without_any_flux_says_so(kind: str, draw: Callable[..., Drawn]) -> None:
    def empty(table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[:0]

    def change(results: Path) -> None:
        for name in ("flux", *(f"statistics/burden_{t}" for t in ("days", "endpoint", "animals"))):
            edit(f"{name}.csv", empty)(results)

    _, shown, caption = draw(made_up_config(["PC9"]), kind, change)
    assert "PC9: no" in " ".join(shown).replace("\n", " ")
    assert "No " in caption


def test_a_colour_that_is_hardly_seen_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"vehicle": {"colour": "#FFF2A8"}}
    show = [{"name": "f", "kind": "flow", "formats": ["svg"]}]
    config = made_up_config(["PC9"], arm_options=options, figures={"show": show})
    write_made_up(config, tmp_path, previews=False, animals_per_arm=3)
    draw_figure(config, "f", tmp_path)
    assert "the colour #FFF2A8 of arm `vehicle` is hardly seen on white" in capsys.readouterr().err
    assert (tmp_path / "figures" / "f.svg").is_file()


@pytest.mark.parametrize("preset", ["science", "slide"])
def test_a_name_stands_apart_from_its_sample_line(preset: str) -> None:
    style = get_style(preset, font=FONT)
    assert key_room(style) - 3 * style.small == pytest.approx(style.small / 2)
    animals = pd.DataFrame({"animal_id": ["a"], "arm": "DFO", "last_day": 20.0, "ended": "died"})
    none = pd.DataFrame({"animal_id": [], "day": [], "what": [], "change_percent": []})
    data = SwimmerData(animals, none, False, none, 20.0)
    with style.context():
        figure = compose([swimmer_panel(data, [LOOK], "P", style, 400)], style, 12.1, 1)
        name = next(s for s in texts(figure) if s.text.startswith("DFO"))
        axes = figure.axes[0]
        sample = next(a for a in axes.lines if a.get_linestyle() == LOOK.line_style)
        ends = sample.get_window_extent(figure.canvas.get_renderer()).x1 * 72 / figure.dpi
    assert name.box.x0 - ends >= 0.4 * style.small
