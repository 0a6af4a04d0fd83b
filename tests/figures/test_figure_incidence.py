from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from lumicohort.figures.compose import compose
from lumicohort.figures.cumulative_incidence import IncidenceData, incidence_panel, last_day
from lumicohort.figures.style import ArmLook, get_style
from lumicohort.figures.survival import risk_table
from lumicohort.survival.competing_frames import competing_frames
from lumicohort.survival.data import SurvivalData

DATA = Path(__file__).parents[1] / "survival" / "data" / "made_competing.csv"
LOOKS = [
    ArmLook("vehicle", "Vehicle", "#444444", "o", "-"),
    ArmLook("low", "Low dose", "#0072B2", "s", "--"),
    ArmLook("high", "High $dose", "#E69F00", "^", "-."),
]


def drawn(table: pd.DataFrame, cause: str = "event") -> tuple[list[str], plt.Axes]:
    data = SurvivalData.from_arrays(table["time"], table["outcome"] == 1, table["group"])
    made = competing_frames(data, (table["outcome"] == 2).to_numpy(), data.reference)
    rows, tests = made["cumulative_incidence"], made["competing_tests"]
    tests = tests[(tests["cause"] == cause) & (tests["comparison"] == "pair")]
    panel_data = IncidenceData(rows[rows["cause"] == cause], tests, cause)  # type: ignore[arg-type]
    style = get_style("science")
    with style.context():
        figure = compose([incidence_panel(panel_data, LOOKS, "MDA", style)], style, 12, 1)
        figure.canvas.draw()
        axes = max(figure.axes, key=lambda a: len(a.texts))
        texts = [t.get_text().replace("\N{NO-BREAK SPACE}", " ") for t in axes.texts]
        plt.close(figure)
    return texts, axes


def test_curves_end_where_the_table_does_and_the_numbers_stand_below() -> None:
    table = pd.read_csv(DATA)
    texts, axes = drawn(table)
    curve = next(line for line in axes.lines if line.get_gid() == "incidence-0")
    # R: timepoints(cuminc(time, outcome, group)["vehicle 1"], 25)$est is 0.571; 0.679 at 28
    assert curve.get_ydata()[0] == 0
    assert curve.get_ydata()[-1] == pytest.approx(67.857142857, rel=1e-9)
    joined = " ".join(texts)
    assert "Vehicle (n = 14): 68% (29–89%) by day 28" in joined
    assert "Gray’s test, Holm-adjusted" in joined and "P = 0.22" in joined
    assert [t for t in texts if t in ("At risk", "Died of it", "(otherwise)")] == [
        "At risk",
        "Died of it",
        "(otherwise)",
    ] * 3


def test_one_comparison_and_none() -> None:
    table = pd.read_csv(DATA)
    texts, _ = drawn(table[table["group"] != "high"], "competing")
    assert any(t.startswith("Gray’s test: P = 0.78") for t in texts)
    alone = table[table["group"] == "vehicle"]
    assert any("One arm: nothing to compare" in t for t in drawn(alone)[0])


def test_without_competing_deaths_the_panel_says_so() -> None:
    table = pd.read_csv(DATA)
    texts, axes = drawn(table[table["outcome"] != 2])
    assert any("no animal died of another cause" in t.replace("\n", " ") for t in texts)
    assert not axes.lines
    assert last_day([]) == (0.0, False)


def test_who_entered_late_is_at_risk_after_that_day_only() -> None:
    curve = pd.DataFrame(
        {
            "time_days": [5.0, 8.0, 12.0],
            "at_risk": [2, 3, 2],
            "events": [0, 1, 2],
            "censored": [0, 0, 0],
            "survival": [1, 2 / 3, 0],
            "lower_95": [1, 0.1, float("nan")],
            "upper_95": [1, 0.9, float("nan")],
            "entered": [1, 0, 0],
        }
    )
    assert [row[0] for row in risk_table(curve, [0, 5, 6, 8, 9, 13])] == [2, 2, 3, 3, 2, 0]
