"""The growth model's diagnostics are drawn as they stand in the table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lumicohort.figures.diagnostics import DiagnosticsData, draw_diagnostics
from lumicohort.figures.style import ArmLook, get_style

LOOKS = [
    ArmLook("vehicle", "Vehicle", "#4D4D4D", "o", "-"),
    ArmLook("DFO", "DFO", "#0072B2", "s", "--"),
]


def drawn(points: pd.DataFrame, what: str, asked: bool = True):
    from matplotlib.figure import Figure

    style = get_style("science")
    with style.context():
        ax = Figure(figsize=(3, 3)).add_subplot()
        draw_diagnostics(ax, DiagnosticsData(points, what, asked=asked), LOOKS, "M", style)
    return ax


def points() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "arm": ["vehicle", "vehicle", "DFO"],
            "fitted_log10": [6.0, 6.5, 7.0],
            "standardised": [0.5, -1.0, 1.5],
            "normal_quantile": [0.0, -0.97, 0.97],
        }
    )


def test_residuals_stand_against_fitted_values_by_arm() -> None:
    lines = drawn(points(), "residuals").lines
    np.testing.assert_array_equal(lines[0].get_xydata(), [[6.0, 0.5], [6.5, -1.0]])
    np.testing.assert_array_equal(lines[1].get_xydata(), [[7.0, 1.5]])


def test_random_effects_stand_against_normal_quantiles() -> None:
    lines = drawn(points(), "random_slope").lines
    np.testing.assert_array_equal(lines[1].get_xydata(), [[0.97, 1.5]])


def test_where_no_model_was_fitted_the_panel_says_so() -> None:
    ax = drawn(points().iloc[:0], "residuals")
    assert any("No mixed model" in text.get_text() for text in ax.texts)
    ax = drawn(points().iloc[:0], "residuals", asked=False)
    said = " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    assert "by each animal's slope, without a mixed model" in said
