"""Flux over time as it is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from inspection import texts
from matplotlib.figure import Figure
from small_flux import LOOKS, VALUES, day_table, flux_data, flux_figure, flux_table

from lumicohort.figures.flux import bars_go_on
from lumicohort.figures.flux_axis import flux_limits, power_of_ten
from lumicohort.figures.flux_days import mean_marks, named_days, numbers_of
from lumicohort.figures.means import arm_means
from lumicohort.figures.style import get_style
from lumicohort.figures.time_axis import TimeAxis


def test_every_animal_is_a_thin_line_with_its_values() -> None:
    figure = flux_figure(flux_data())
    arms = [line for line in figure.axes[0].lines if line.get_gid() == "animal"]
    lines = [line for arm in arms for line in arm.lines]
    assert len(arms) == 2 and len(lines) == 8
    ends = sorted(y[-1] for _, y in lines)
    assert ends == pytest.approx(sorted(2 * v for values in VALUES.values() for v in values))
    assert all(arm.get_linewidth() == 0.5 for arm in arms)


def test_means_are_the_tables_geometric_means_on_a_log_axis() -> None:
    figure = flux_figure(flux_data())
    ax = figure.axes[0]
    line = next(line for line in ax.lines if line.get_gid() == "mean-v")
    assert line.get_ydata() == pytest.approx([(1e6 * 2e6 * 4e6 * 8e6) ** 0.25, 2 * (64e24) ** 0.25])
    assert ax.get_yscale() == "log"
    assert len(ax.yaxis.get_minorticklocs()) == 0
    assert not any(line.get_visible() for line in ax.get_xgridlines() if line.get_alpha() == 1)
    assert "geometric mean, 95% CI" in " ".join(t.text for t in texts(figure))


def test_arithmetic_means_carry_their_standard_error() -> None:
    data = flux_data(mean="arithmetic")
    table = arm_means(data.days, "v", data.mean)
    sem = np.std(VALUES["v"], ddof=1) / 2
    assert table["mean"].tolist()[0] == pytest.approx(3.75e6)
    assert table["upper"].tolist()[0] == pytest.approx(3.75e6 + sem)
    assert "arithmetic mean ± SEM" in " ".join(t.text for t in texts(flux_figure(data)))


def test_two_animals_get_no_error_bar() -> None:
    days = day_table(flux_table()).assign(n=2)
    assert arm_means(days, "v", "geometric")["lower"].isna().all()
    assert arm_means(days.assign(n=3), "v", "geometric")["lower"].notna().all()


def test_n_a_day_and_those_below_the_lod_stand_under_the_axis() -> None:
    words = [t.text for t in texts(flux_figure(flux_data()))]
    assert "Animals imaged (below LOD)" in words
    assert words.count("4 (0)") == 2
    assert words.count("4 (1)") == 2
    assert "LOD" in words


def mean_faces(figure: Figure, arm: str) -> dict[str, tuple[list[float], object, object]]:
    """Return the marks of an arm's means: their days and how they are filled."""
    return {
        str(line.get_gid()).split("-")[1]: (
            line.get_xdata().tolist(),
            line.get_fillstyle(),
            line.get_markerfacecolor(),
        )
        for line in figure.axes[0].lines
        if str(line.get_gid()).startswith("means-") and str(line.get_gid()).endswith(arm)
    }


def test_means_after_the_first_death_are_half_filled_and_none_of_them_hollow() -> None:
    data = flux_data(first_death={"v": 10.0})
    assert mean_faces(flux_figure(data), "v") == {
        "full": ([7.0], "full", "#4D4D4D"),
        "half": ([14.0], "bottom", "#4D4D4D"),
    }
    assert mean_marks(data, LOOKS) == {("full", False), ("half", True)}


def test_a_mean_of_animals_that_are_all_below_the_lod_is_hollow_as_they_are() -> None:
    days = day_table(flux_table())
    first = (days["arm"] == "d") & (days["day"] == 7)
    days["n_below_lod"] = days["n_below_lod"].mask(first, days["n"])
    data = flux_data(days=days, first_death={"d": 5.0})
    assert mean_faces(flux_figure(data), "d") == {
        "hollow": ([7.0], "full", "white"),
        "half": ([14.0], "bottom", "#0072B2"),
    }
    assert mean_marks(data, LOOKS) == {("full", False), ("half", True), ("hollow", True)}
    later = replace(data, time=TimeAxis(limits=(10.0, 20.0)))
    assert mean_marks(later, LOOKS) == {("full", False), ("half", True)}


def test_error_bars_are_named_only_where_one_is_drawn() -> None:
    two = flux_data(days=day_table(flux_table()).assign(n=2))
    assert "Thin: animals; bold: geometric mean" in [t.text for t in texts(flux_figure(two))]


def test_an_error_bar_that_goes_on_beyond_the_axis_ends_in_an_arrow() -> None:
    assert not bars_go_on(flux_data(), LOOKS)
    days = day_table(flux_table())
    there = (days["arm"] == "d") & (days["day"] == 14)
    days.loc[there, ["geometric_lower_95_p_s", "geometric_upper_95_p_s"]] = [1.0, 1e15]
    data = flux_data(days=days)
    assert bars_go_on(data, LOOKS)
    assert not bars_go_on(replace(data, bars=False), LOOKS)
    (ax,) = [ax for ax in flux_figure(data).axes if ax.get_yscale() == "log"]
    arrows = [line for line in ax.lines if line.get_gid() == "goes-on-d" and len(line.get_xdata())]
    assert [(line.get_marker(), *line.get_xydata()[0]) for line in arrows] == [
        ("v", 14.0, ax.get_ylim()[0]),
        ("^", 14.0, ax.get_ylim()[1]),
    ]


def test_days_without_room_for_their_numbers_are_known() -> None:
    style = get_style("science", font="DejaVu Sans")
    flux = flux_table((7, 8, 14, 60))
    data = flux_data(flux=flux, days=day_table(flux))
    assert named_days(data, LOOKS, 150.0, style) == ([7.0, 14.0, 60.0], [8.0])
    assert named_days(data, LOOKS, 2000.0, style) == ([7.0, 8.0, 14.0, 60.0], [])
    assert numbers_of(data, LOOKS)["d"] == {
        7.0: "4 (1)",
        8.0: "4 (1)",
        14.0: "4 (1)",
        60.0: "4 (0)",
    }


def test_flux_that_is_not_positive_stands_at_the_foot() -> None:
    flux = flux_table()
    flux.loc[flux["animal_id"] == "d3", "value_p_s"] = np.nan
    data = flux_data(flux=flux)
    figure = flux_figure(data)
    ax = figure.axes[0]
    marks = [
        line for line in ax.lines if line.get_gid() == "not-positive" and len(line.get_xdata())
    ]
    assert [line.get_xdata().tolist() for line in marks] == [[7.0, 14.0]]
    assert set(marks[0].get_ydata()) == {ax.get_ylim()[0]}


def test_no_flux_says_so() -> None:
    words = " ".join(t.text for t in texts(flux_figure(flux_data(flux=flux_table().iloc[:0]))))
    assert "no flux of the region “neuraxis”" in words


def test_axis_limits_are_decades_and_take_the_lod_when_near() -> None:
    values = pd.Series([3e6, 2e7])
    assert flux_limits(values, 1e5) == (1e4, 1e8)
    assert flux_limits(values, 1e3) == (1e6, 1e8)
    assert flux_limits(values, 1e5, reach=10) == (1e6, 1e8)
    assert flux_limits(pd.Series([-1.0, 0.0]), np.nan) == (1e3, 1e7)
    assert flux_limits(pd.Series([5e6]), np.nan) == (1e6, 1e7)
    assert power_of_ten(-12) == "10⁻¹²"
