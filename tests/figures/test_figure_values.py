"""What figures show equals the tables that they are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from inspection import all_by_gid, by_gid, texts
from matplotlib.figure import Figure
from pictures import FONT

from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.draw import make_figure
from lumicohort.figures.style import ArmLook, get_style
from lumicohort.files import read_csv, write_csv
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.output import Figure as Entry

Draw = Callable[..., Figure]


@pytest.fixture
def draw_one(study: StudyConfig, results: Path, tables: StudyTables) -> Draw:
    """Return a function that draws a figure of one model with options."""

    def drawn(kind: str, **options: Any) -> Figure:
        style = get_style("science", font=FONT)
        entry = Entry(name="f", kind=kind, models=["MDA231-LeptoM"], **options)
        with style.context():
            return make_figure(study, entry, tables, results, style)

    return drawn


def words(figure: Figure) -> list[str]:
    with get_style("science", font=FONT).context():
        return [shown.text for shown in texts(figure)]


def points(artist: Any) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in artist.get_xydata()]


def of_model(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["model"] == "MDA231-LeptoM"]


def test_forest_stands_at_the_estimates_of_the_tables(draw_one: Draw, tables: StudyTables) -> None:
    figure = draw_one("forest")
    row = of_model(tables.table("hazard_ratios")).iloc[0]
    means = of_model(tables.table("survival_differences"))
    mean = means[means["measure"] == "rmst_difference_days"].iloc[0]
    hazards, restricted = figure.axes
    for axes, value, table in ((hazards, row["hr"], row), (restricted, mean["estimate"], mean)):
        assert points(by_gid(axes, "estimate"))[0][0] == pytest.approx(value)
        ends = [x for x, _ in points(by_gid(axes, "interval"))]
        assert ends == pytest.approx([table["lower_95"], table["upper_95"]])
    assert hazards.get_xscale() == "log" and restricted.get_xscale() == "linear"


def test_spider_draws_flux_over_its_own_baseline(draw_one: Draw, results: Path) -> None:
    flux = of_model(read_csv(results / "flux.csv"))
    flux = flux[flux["region"] == "neuraxis"].sort_values(["arm", "day"])
    wanted = []
    for _, rows in flux.groupby("animal_id"):
        base = rows.loc[rows["day"] == 7, "total_flux_p_s"].iloc[0]
        wanted.append(tuple(zip(rows["day"], rows["total_flux_p_s"] / base, strict=True)))
    lines = [points(line) for line in all_by_gid(draw_one("spider").axes[0], "animal")]
    assert len(lines) == 20
    for got, want in zip(sorted(map(tuple, lines)), sorted(wanted), strict=True):
        assert np.array(got) == pytest.approx(np.array(want))


def test_waterfall_is_sorted_from_the_table(draw_one: Draw, tables: StudyTables) -> None:
    table = of_model(tables.table("burden_animals"))
    folds = table.loc[table["region"] == "neuraxis", "fold_change"].astype(float)
    bars = by_gid(draw_one("waterfall").axes[0], "bars").get_segments()
    tops = [float(max(segment[:, 1])) for segment in bars]
    assert tops == pytest.approx(sorted(folds.dropna(), reverse=True))
    assert [float(segment[0, 0]) for segment in bars] == list(range(len(tops)))


def test_swimmer_has_every_animals_course(draw_one: Draw, results: Path) -> None:
    survival = of_model(read_csv(results / "survival.csv"))
    events = read_csv(results / "cohort" / "events.csv")
    flux = read_csv(results / "flux.csv")
    axes = draw_one("swimmer").axes[0]
    lanes = {}
    for row in survival.itertuples():
        bar = by_gid(axes, f"bar-{row.animal_id}").get_paths()[0].vertices
        assert (bar[:, 0].min(), bar[:, 0].max()) == (0, row.time_days)
        lane = lanes[row.animal_id] = round((bar[:, 1].min() + bar[:, 1].max()) / 2, 9)
        doses = events[(events["animal_id"] == row.animal_id) & (events["what"] == "treated")]
        days = [x for x, _ in points(by_gid(axes, f"treated-{row.animal_id}"))]
        assert days == doses["day"].tolist() and len(days) > 3
        images = [x for x, _ in points(by_gid(axes, f"imaged-{row.animal_id}"))]
        assert images == sorted(set(flux.loc[flux["animal_id"] == row.animal_id, "day"]))
        ended = "died" if row.event else "censored"
        assert points(by_gid(axes, f"{ended}-{row.animal_id}")) == [(row.time_days, lane)]
    assert len(set(lanes.values())) == 20
    order = survival.assign(lane=survival["animal_id"].map(lanes)).sort_values("lane")
    assert order["arm"].tolist() == ["vehicle"] * 10 + ["DFO"] * 10
    for _, rows in order.groupby("arm"):
        assert rows["time_days"].is_monotonic_decreasing


def test_the_bars_of_a_swimmer_plot_are_as_high_as_the_weights(
    study: StudyConfig, results: Path, tmp_path: Path
) -> None:
    from lumicohort.figures.kinds.swimmer import caption
    from lumicohort.figures.request import Request, as_figure_says

    (tmp_path / "cohort").mkdir()
    events = read_csv(results / "cohort" / "events.csv")
    mine = (events["animal_id"] == "M001") & (events["what"] == "weighed")
    days = events.loc[mine, "day"].astype(float)
    middle = sorted(days)[2]
    events.loc[mine, "value"] = [25 if d == 0 else 20 if d <= middle else 18 for d in days]
    write_csv(events, tmp_path / "cohort" / "events.csv")
    for name in ("flux.csv", "survival.csv"):
        (tmp_path / name).write_bytes((results / name).read_bytes())
    tables, entry = load(study, tmp_path), Entry(name="s", kind="swimmer")
    style = get_style("science", font=FONT)
    with style.context():
        figure = make_figure(study, entry, tables, tmp_path, style)
    axes = figure.axes[0]
    bar = by_gid(axes, "bar-M001").get_paths()[0].vertices
    high = {day: np.ptp(bar[bar[:, 0] == day, 1]) for day in np.unique(bar[:, 0])}
    full, first, last = high[0], days[days > middle].min(), max(high)
    # 20 % lost is 40 % of the height and not yet over the limit; 28 % lost is 16 % of it.
    assert high[middle] / full == pytest.approx(0.4)
    assert high[last] / full == pytest.approx(1 - 0.6 * 28 / 20)
    assert [x for x, _ in points(by_gid(axes, "lost-M001"))] == [first]
    shown = [text.get_text() for text in axes.texts]
    assert "Weight loss over 20%" in shown
    said = " ".join(caption(Request(study, entry, tables, tmp_path, [], style)).sentences)
    assert "40% of that at a loss of 20%. 1 animal lost more." in said
    others = Entry(name="s", kind="swimmer", arms=["DFO"])  # M001 had the vehicle
    with style.context():
        request = Request(as_figure_says(study, others), others, tables, tmp_path, [], style)
        said = " ".join(caption(request).sentences)
    assert "No animals lost more." in said


def test_an_animal_that_was_never_weighed_has_an_even_bar() -> None:
    from lumicohort.figures.swimmer import bar

    none = pd.DataFrame({"animal_id": [], "day": [], "change_percent": []})
    days, heights = bar(none, 0.0, 9.0, 20.0)
    assert (days.tolist(), heights.tolist()) == ([0, 9], [1, 1])
    gain = pd.DataFrame({"animal_id": ["a"] * 2, "day": [0, 4], "change_percent": [0.0, 10.0]})
    days, heights = bar(gain, 2.0, 9.0, 20.0)
    assert days.tolist() == [2, 4, 9]
    assert heights == pytest.approx([1.15, 1.3, 1.3])


def test_an_animal_left_out_is_marked_as_such(study: StudyConfig, results: Path, tmp_path: Path):
    from lumicohort.figures.kinds.swimmer import caption
    from lumicohort.figures.request import Request

    (tmp_path / "cohort").mkdir()
    survival = read_csv(results / "survival.csv")
    survival.loc[survival["animal_id"] == "M001", "included"] = False
    write_csv(survival, tmp_path / "survival.csv")
    for name in ("flux.csv", "cohort/events.csv"):
        (tmp_path / name).write_bytes((results / name).read_bytes())
    tables = load(study, tmp_path)
    entry = Entry(name="s", kind="swimmer")
    style = get_style("science", font=FONT)
    with style.context():
        figure = make_figure(study, entry, tables, tmp_path, style)
    assert by_gid(figure.axes[0], "left_out-M001").get_marker() == "o"
    said = " ".join(caption(Request(study, entry, tables, tmp_path, [], style)).sentences)
    assert "1 was left out of the analysis." in said


def test_weights_are_changes_from_the_start(draw_one: Draw, results: Path) -> None:
    events = of_model(read_csv(results / "cohort" / "events.csv"))
    weighed = events[events["what"] == "weighed"]
    axes = draw_one("weights").axes[0]
    lines = [np.column_stack(line) for arm in all_by_gid(axes, "animal") for line in arm.lines]
    assert len(lines) == 20
    first = weighed[weighed["animal_id"] == "M001"].sort_values("day")
    start = first["value"].iloc[0]
    assert [tuple(point) for point in lines[0]] == [
        (day, pytest.approx(100 * (grams - start) / start))
        for day, grams in zip(first["day"], first["value"], strict=True)
    ]
    assert set(by_gid(axes, "limit").get_ydata()) == {-20}
    starts = weighed[weighed["day"] == 0].set_index("animal_id")["value"]
    day = weighed[(weighed["day"] == 9) & (weighed["arm"] == "DFO")].set_index("animal_id")["value"]
    change = 100 * (day / starts.loc[day.index] - 1)
    mean = dict(points(all_by_gid(axes, "mean-DFO")[0]))
    assert mean[9.0] == pytest.approx(change.mean())


def test_scheme_shows_the_real_days(draw_one: Draw, results: Path) -> None:
    figure = draw_one("schematic")
    axes = figure.axes[0]
    survival = of_model(read_csv(results / "survival.csv"))
    assert [x for x, _ in points(by_gid(axes, "imaged"))] == [7, 14, 21, 28]
    died = survival[(survival["arm"] == "DFO") & survival["event"].astype(bool)]
    assert sorted(x for x, _ in points(by_gid(axes, "died-DFO"))) == sorted(died["time_days"])
    days = [x for x, _ in points(by_gid(axes, "treated-vehicle"))]
    assert days[0] == 7 and set(np.diff(days)) == {3}
    shown = words(figure)
    assert "1 × 10⁵ cells; 2024-01-01" in shown
    assert f"vehicle, i.t., 48 µg; every 3 days, day 7 to {days[-1]:g}" in shown
    assert "DFO (n = 10)" in shown


@pytest.mark.parametrize("squeezed", [False, True])
def test_words_of_the_scheme_do_not_touch_ticks_of_their_lane_or_the_one_above(
    squeezed: bool,
) -> None:
    from lumicohort.figures.schematic import ArmScheme, SchemeData, schematic_panel

    style = get_style("science", font=FONT)
    looks = [ArmLook(a, a, "#0072B2", "o", "-") for a in ("one", "two", "three")]
    arm = ArmScheme(4, range(7, 29, 3), "gy, qp, i.t.; every 3 days, day 7 to 28")
    data = SchemeData({look.arm: arm for look in looks}, imaging=[7.0, 14.0])
    with style.context():
        panel = schematic_panel(data, looks, "Scheme", style)
        room = panel.room(300.0)
        high = room.squeezed if squeezed else room.height
        figure = plt.figure(figsize=(400 / 72, (high + 80) / 72), dpi=72)
        axes = figure.add_axes((0.2, 40 / (high + 80), 0.7, high / (high + 80)))
        panel.draw(axes)
        figure.draw_without_rendering()
        written = [t.get_window_extent() for t in axes.texts if t.get_text() == arm.words]
        ticks = []
        for look in looks:
            line = by_gid(axes, f"treated-{look.arm}")
            y = axes.transData.transform((0, points(line)[0][1]))[1]
            half = 0.5 * line.get_markersize() * figure.dpi / 72
            ticks.append((y - half, y + half))
    plt.close(figure)
    assert len(written) == 3 and all(top - low > 3 for low, top in ticks)
    for i, box in enumerate(written):
        assert box.y0 >= ticks[i][1]
        assert i == 0 or box.y1 <= ticks[i - 1][0]


def test_models_that_were_treated_on_other_days_have_schemes_of_their_own(
    study: StudyConfig, results: Path, tmp_path: Path
) -> None:
    (tmp_path / "cohort").mkdir()
    for name in ("flux.csv", "survival.csv"):
        (tmp_path / name).write_bytes((results / name).read_bytes())
    events = read_csv(results / "cohort" / "events.csv")
    moved = (events["what"] == "treated") & (events["model"] == "PC9-LeptoM")
    events.loc[moved, "day"] += 1
    write_csv(events, tmp_path / "cohort" / "events.csv")
    style = get_style("science", font=FONT)
    entry = Entry(name="s", kind="schematic")
    with style.context():
        figure = make_figure(study, entry, load(study, tmp_path), tmp_path, style)
        assert len(figure.axes) == 2
        figure = make_figure(study, entry, load(study, results), results, style)
        assert len(figure.axes) == 1


def test_flow_prints_the_counts_and_reasons(draw_one: Draw) -> None:
    shown = words(draw_one("flow"))
    assert "In the cohort sheet, inoculated: n = 20" in shown
    assert shown.count("Allocated: n = 10") == 2
    assert [t for t in shown if t.startswith("Analysed for burden")] == [
        "Analysed for burden: n = 10",
        "Analysed for burden: n = 9",
    ]
    assert "Left out: n = 1" in shown
    assert "no image that can be analysed (1)" in shown
    assert "endpoint, day 21: n = 10" in shown


def test_quality_control_counts_clicks_animals_and_flags() -> None:
    from lumicohort.figures.qc_summary import qc_counts, with_common_rows

    images = pd.DataFrame(
        [
            ("b1", "c1", "a", 7.0, True, True, 0, "near_lod"),
            ("b1", "c1", "b", 7.0, False, True, 3, ""),
            ("b1", "c2", "c", 7.0, False, False, 0, "near_lod;touches_neighbour"),
            ("b2", "c3", "a", 14.0, False, True, 0, ""),
        ],
        columns=["batch", "click", "animal_id", "on_day", "below_lod", "included", "n_saturated",
                 "flags"],
    )  # fmt: skip
    clicks = pd.DataFrame(
        [("b1", "c1", "dark_refused"), ("b1", "c2", ""), ("b2", "c3", "")],
        columns=["batch", "click", "flags"],
    )
    (data, _) = with_common_rows([qc_counts(images, clicks), qc_counts(images[:0], clicks)])
    assert data.counts.T.to_dict("list") == {
        "Clicks": [2, 1],
        "Animals imaged": [3, 1],
        "Left out": [1, 0],
        "Below LOD": [1, 0],
        "Saturated": [1, 0],
        "near lod": [2, 0],
        "dark refused (clicks)": [1, 0],
        "touches neighbour": [1, 0],
    }
    assert data.shares.loc["near lod", 7.0] == pytest.approx(2 / 3)
    assert data.shares.loc["dark refused (clicks)", 7.0] == pytest.approx(1 / 2)


def test_weeks_change_labels_and_nothing_else(draw_one: Draw) -> None:
    for kind in ("survival", "flux_over_time", "spider", "weights", "swimmer", "schematic"):
        axes = draw_one(kind, time_unit="weeks").axes[0]
        assert axes.get_xlabel() == "Weeks after inoculation"
        labels = [float(t.get_text()) for t in axes.get_xticklabels()]
        assert labels == pytest.approx([t / 7 for t in axes.get_xticks()], abs=0.051)
    days = draw_one("survival").axes[0]
    weeks = draw_one("survival", time_unit="weeks").axes[0]
    assert points(by_gid(days, "curve-0")) == points(by_gid(weeks, "curve-0"))


def test_day_limits_hold_axis_ticks_and_the_table_below(draw_one: Draw) -> None:
    for kind in ("survival", "flux_over_time", "spider", "weights", "swimmer", "schematic"):
        axes = draw_one(kind, day_limits=[10, 30]).axes[0]
        assert axes.get_xlim() == (10, 30), kind
        assert all(10 <= tick <= 30 for tick in axes.get_xticks()), kind
    with pytest.raises(ValueError, match="two rising days"):
        Entry(name="f", kind="survival", day_limits=[30, 10])


def test_bands_and_the_unit_of_flux_are_options(draw_one: Draw) -> None:
    assert len(draw_one("survival").axes[0].collections) == 2
    plain = draw_one("survival", bands=False)
    assert len(plain.axes[0].collections) == 0
    assert not any("Bands" in text for text in words(plain))
    flux = draw_one("flux_over_time", bands=False, flux_unit="photons/s")
    assert flux.axes[0].get_ylabel() == "Total flux, neuraxis (photons/s)"
    assert "Thin: animals; bold: geometric mean" in words(flux)


def test_a_swimmer_plot_of_too_many_animals_says_so() -> None:
    from lumicohort.figures.style import ArmLook
    from lumicohort.figures.swimmer import THINNEST, SwimmerData, swimmer_panel

    def said(most_height: float) -> str:
        animals = pd.DataFrame(
            {
                "animal_id": [f"M{k}" for k in range(500)],
                "arm": "v",
                "first_day": 0.0,
                "last_day": 20.0,
                "ended": "died",
            }
        )
        none = pd.DataFrame({"animal_id": [], "day": [], "what": [], "change_percent": []})
        data = SwimmerData(animals, none, False, none, 20.0)
        look = ArmLook("v", "Vehicle", "#000000", "o", "-")
        style = get_style("science", font="DejaVu Sans")
        panel = swimmer_panel(data, [look], "Model A", style, most_height)
        assert panel.draw is not None
        axes = Figure(figsize=(4, 8)).add_axes((0.1, 0.1, 0.8, 0.8))
        panel.draw(axes)
        return " ".join(text.get_text().replace("\n", " ") for text in axes.texts)

    assert "500 animals are too many for a bar each" in said(499 * THINNEST)
    assert "too many" not in said(501 * THINNEST)
