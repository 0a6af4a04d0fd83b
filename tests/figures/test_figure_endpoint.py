"""The endpoint's burden as it is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from inspection import texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from small_flux import LOOKS, VALUES, day_table, drawn, flux_table

from lumicohort.figures.comparison import EndpointData, endpoint_columns, reduction
from lumicohort.figures.dots import draw_dots
from lumicohort.figures.endpoint import endpoint_panel
from lumicohort.figures.flux_axis import flux_limits, labelled_decades
from lumicohort.figures.style import ArmLook, get_style


def test_endpoint_of_a_model_without_flux_says_so() -> None:
    data = EndpointData(flux_table().iloc[:0], pd.DataFrame(), pd.DataFrame(), "neuraxis", "x")
    words = " ".join(t.text for t in texts(endpoint_figure(data)))
    assert "no flux of the region “neuraxis”" in words


def comparisons(day_d: float = 14.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "arm": ["d"],
            "reference": ["v"],
            "day": [day_d],
            "reduction_percent": [66.7],
            "reduction_lower_95": [50.0],
            "reduction_upper_95": [78.0],
            "geometric_ratio": [0.25],
            "geometric_ratio_lower_95": [0.1],
            "geometric_ratio_upper_95": [0.6],
            "test": ["welch_t_log10"],
            "p_value": [0.0032],
            "p_adjusted": [0.0064],
            "primary": [True],
        }
    )


def endpoint_data(**more: object) -> EndpointData:
    flux = flux_table()
    values: dict = {"flux": flux, "comparisons": comparisons(), "days": day_table(flux)}
    return EndpointData(**{**values, "region": "neuraxis", "quantity": "total_flux_p_s", **more})


def endpoint_figure(data: EndpointData, looks: list[ArmLook] = LOOKS) -> Figure:
    return drawn(endpoint_panel(data, looks, "Model", get_style("science", font="DejaVu Sans")))


def test_without_any_flux_the_endpoint_says_so() -> None:
    flux = flux_table().iloc[:0]
    bare = endpoint_data(flux=flux, comparisons=comparisons().assign(day=np.nan))
    words = " ".join(t.text for t in texts(endpoint_figure(bare)))
    assert "no flux of the region “neuraxis”" in words


def test_each_animal_is_a_dot_at_its_value() -> None:
    figure = endpoint_figure(endpoint_data())
    figure.canvas.draw()
    dots = {
        c.get_gid(): c for c in figure.axes[0].collections if str(c.get_gid()).startswith("dots")
    }
    assert sorted(dots["dots-0"].get_offsets()[:, 1]) == pytest.approx([2 * v for v in VALUES["v"]])
    assert sorted(dots["dots-1"].get_offsets()[:, 1]) == pytest.approx(
        sorted(2 * v for v in VALUES["d"])
    )
    hollow = [tuple(face[:3]) == (1, 1, 1) for face in dots["dots-1"].get_facecolors()]
    assert hollow.count(True) == 1


def test_endpoint_prints_day_n_test_and_exact_p() -> None:
    words = [t.text for t in texts(endpoint_figure(endpoint_data()))]
    assert "P = 0.0032" in words
    assert "Welch's t-test on log10 flux" in words
    assert "Day 14 after inoculation" in words
    assert words.count("n = 4") == 2
    assert any("75% lower than Vehicle (95% CI 40–90%)" in w for w in words)


def test_n_of_an_endpoint_counts_what_is_compared() -> None:
    """A flux that is not positive is a triangle at the foot, in neither mean, n nor test."""
    flux = flux_table()
    flux.loc[flux["animal_id"].isin(["d2", "d3"]), ["value_p_s", "below_lod"]] = [np.nan, False]
    figure = endpoint_figure(endpoint_data(flux=flux))
    figure.canvas.draw()
    ax = figure.axes[0]
    words = [t.text for t in texts(figure)]
    assert words.count("n = 4") == words.count("n = 2") == 1
    marks = {line.get_gid(): line for line in ax.lines}
    assert set(marks["not-positive-1"].get_ydata()) == {ax.get_ylim()[0]}
    assert np.ptp(marks["not-positive-1"].get_xdata()) > 0.1
    assert "not-positive-0" not in marks
    dots = next(c for c in ax.collections if c.get_gid() == "dots-1")
    assert sorted(dots.get_offsets()[:, 1]) == pytest.approx([2e6, 2e6])


def test_a_reduction_without_an_interval_or_none_at_all() -> None:
    alone = comparisons().assign(geometric_ratio_lower_95=np.nan, geometric_ratio_upper_95=np.nan)
    words = [t.text for t in texts(endpoint_figure(endpoint_data(comparisons=alone)))]
    assert any("75% lower than Vehicle (no 95% CI)" in w for w in words)
    none = alone.assign(geometric_ratio=np.nan)
    words = [t.text for t in texts(endpoint_figure(endpoint_data(comparisons=none)))]
    assert "Bars: geometric mean, 95% CI" in words


def test_bars_of_two_animals_are_named_without_the_interval_that_is_not_drawn() -> None:
    two = day_table(flux_table()).assign(n=2)
    words = [t.text for t in texts(endpoint_figure(endpoint_data(days=two)))]
    assert "Reduction and bars: geometric means" in words
    words = [t.text for t in texts(endpoint_figure(endpoint_data(days=two, mean="arithmetic")))]
    assert "Reduction: arithmetic means, 95% CI" in words
    untested = comparisons().assign(geometric_ratio=np.nan)
    bare = endpoint_data(days=two, comparisons=untested)
    assert "Bars: geometric mean" in [t.text for t in texts(endpoint_figure(bare))]


def test_reduction_follows_the_mean_that_is_drawn() -> None:
    row = comparisons().iloc[0]
    assert reduction(row, "geometric") == pytest.approx((75.0, 40.0, 90.0))
    assert reduction(row, "arithmetic") == pytest.approx((66.7, 50.0, 78.0))


def test_arms_compared_on_different_days_each_stand_beside_the_reference_of_that_day() -> None:
    looks = [*LOOKS, ArmLook("e", "Third", "#E69F00", "^", "-.")]
    flux = pd.concat([flux_table(), flux_table().query("arm == 'd'").assign(arm="e")])
    both = pd.concat([comparisons(), comparisons(7.0).assign(arm="e")])
    data = endpoint_data(flux=flux, comparisons=both)
    columns = [(c.look.arm, c.day) for c in endpoint_columns(data, looks)]
    assert columns == [("v", 7.0), ("e", 7.0), ("v", 14.0), ("d", 14.0)]
    words = [t.text for t in texts(endpoint_figure(data, looks))]
    assert words.count("day 7") == 2
    assert words.count("P = 0.0064") == 2  # several comparisons: adjusted


def test_an_arm_that_the_model_lacks_has_no_column_and_the_day_stays() -> None:
    """The statistics compare the reference with every arm of the config, at its endpoint day."""
    flux = flux_table().query("arm == 'v'")
    lacking = comparisons(7.0)
    data = endpoint_data(flux=flux, comparisons=lacking, absent=frozenset({"d"}))
    assert [(c.look.arm, c.day) for c in endpoint_columns(data, LOOKS)] == [("v", 7.0)]
    assert "One arm: nothing to compare" in [t.text for t in texts(endpoint_figure(data))]
    left_out = endpoint_data(flux=flux, comparisons=lacking)
    assert [c.look.arm for c in endpoint_columns(left_out, LOOKS)] == ["v", "d"]


def test_one_arm_is_drawn_without_a_comparison() -> None:
    flux = flux_table().query("arm == 'v'")
    data = endpoint_data(flux=flux, comparisons=comparisons().assign(arm="NA", day=np.nan))
    words = [t.text for t in texts(endpoint_figure(data))]
    assert "One arm: nothing to compare" in words
    assert "n = 4" in words
    assert not any(w.startswith("P ") for w in words)


def test_many_animals_are_a_cloud_that_is_widest_where_most_are_and_the_same_each_time() -> None:
    rng = np.random.default_rng(1)
    values = 10 ** rng.normal(7, 0.5, 400)
    ids = [f"M{k}" for k in range(400)]
    rows = pd.DataFrame(
        {
            "animal_id": ids,
            "arm": "v",
            "day": 14.0,
            "on_day": 14.0,
            "value_p_s": values,
            "below_lod": values < 1e6,
            "lod_p_s": 1e6,
        }
    )
    dots = []
    for _ in range(2):
        figure = endpoint_figure(endpoint_data(flux=rows, comparisons=comparisons()))
        figure.canvas.draw()
        (cloud,) = [c for c in figure.axes[0].collections if c.get_gid() == "dots-0"]
        dots.append(np.asarray(cloud.get_offsets()))
        hollow = (cloud.get_facecolors()[:, :3] == 1).all(axis=1)
    assert np.array_equal(dots[0], dots[1])
    across, height = dots[0].T
    assert sorted(height) == pytest.approx(sorted(values))
    assert hollow.tolist() == (height < 1e6).tolist() and 0 < hollow.sum() < 400
    far = np.abs(np.log10(height) - 7)
    assert np.abs(across).max() <= 0.4
    assert np.abs(across[far < 0.3]).max() > 2 * np.abs(across[far > 1.1]).max()
    assert abs(across.mean()) < 0.02  # as many left as right


def test_the_edge_of_a_small_dot_does_not_cover_it() -> None:
    style, look = get_style("science"), LOOKS[0]
    for size, edge in ((style.marker, style.thin), (0.4 * style.marker, 0.5 * style.thin)):
        figure = Figure()
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_yscale("log")
        draw_dots(axes, 0, np.array([1e5, 2e5]), np.array([False, True]), look, size, style)
        assert set(axes.collections[0].get_linewidth()) == {edge}


def test_axes_of_any_range_have_few_labels_and_limits_that_are_numbers() -> None:
    assert labelled_decades(4, 8, 8) == [4, 5, 6, 7, 8]
    assert labelled_decades(4, 14, 8) == [4, 6, 8, 10, 12, 14]
    assert len(labelled_decades(-301, 9, 8)) <= 9
    low, high = flux_limits(pd.Series([5e-324, 1e308]), float("nan"))
    assert 0 < low < high < float("inf")
