"""Forest plots: what cannot be estimated, methods that differ, room for names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from inspection import all_by_gid
from made_up import made_up_config
from odd_studies import LOOK, Drawn, edit, forest

from lumicohort.figures.forest import Estimate
from lumicohort.figures.style import LINE_STYLES


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


def test_what_the_statistics_say_of_an_interval_stands_in_the_caption(
    draw: Callable[..., Drawn],
) -> None:
    note = "no spread was seen in `DFO` before day 29: the interval is too narrow"

    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(note=note)

    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "forest", edit("statistics/survival_differences.csv", change))
    assert caption.count("No spread was seen in DFO before day 29") == 1
    assert "the interval is too narrow (PC9)." in caption


def test_a_look_has_dashes_as_well_as_named_styles() -> None:
    dashed = replace(LOOK, line_style=LINE_STYLES[-1])
    axes, _ = forest([Estimate("P", "DFO", dashed, 0.2, 0.1, 0.4, "0.20")])
    assert len(all_by_gid(axes, "estimate")) == 1
