from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from inspection import texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lumicohort.figures.at_risk import risk_table, steps
from lumicohort.figures.compose import compose
from lumicohort.figures.curves import draw_band
from lumicohort.figures.style import ArmLook, get_style
from lumicohort.figures.survival import SurvivalData, survival_panel
from lumicohort.figures.texts import day_ticks

LOOKS = [ArmLook("v", "Vehicle", "#4D4D4D", "o", "-"), ArmLook("d", "DFO", "#0072B2", "s", "--")]

# Five animals: deaths on 10 and 20 (two), censored on 15 and 25.
CURVE = pd.DataFrame(
    {
        "time_days": [10, 15, 20, 25],
        "at_risk": [5, 4, 3, 1],
        "events": [1, 0, 2, 0],
        "censored": [0, 1, 0, 1],
        "survival": [0.8, 0.8, 0.8 / 3, 0.8 / 3],
        "lower_95": [0.2, 0.2, 0.01, 0.01],
        "upper_95": [0.97, 0.97, 0.7, 0.7],
    }
)


def survival_data(p: float = 0.0032, second: pd.DataFrame = CURVE) -> SurvivalData:
    curves = pd.concat([CURVE.assign(arm="v"), second.assign(arm="d")])
    arms = pd.DataFrame(
        {
            "arm": ["v", "d"],
            "n": [5, 5],
            "events": [3, int(second["events"].sum())],
            "median_days": [20.0, np.nan],
            "median_lower_95": [10.0, np.nan],
            "median_upper_95": [np.nan, np.nan],
        }
    )
    tests = pd.DataFrame(
        {
            "arm": ["all arms", "d", "d"],
            "reference": ["NA", "v", "v"],
            "test": ["logrank", "logrank", "logrank_permutation"],
            "p_value": [0.5, 0.4, p],
            "p_adjusted": [0.5, 0.4, p],
            "primary": [False, False, True],
        }
    )
    return SurvivalData(curves, arms, tests, ci_type="log-log")


def drawn(data: SurvivalData, looks: list[ArmLook] = LOOKS) -> Figure:
    style = get_style("science", font="DejaVu Sans")
    with style.context():
        return compose([survival_panel(data, looks, "Model", style)], style, 8.0, 1)


def test_curve_starts_at_day_0_with_all_alive() -> None:
    table = steps(CURVE)
    assert table["time_days"].tolist() == [0, 10, 15, 20, 25]
    assert table["survival"].tolist()[:2] == [1.0, 0.8]
    assert table["at_risk"].tolist()[0] == 5


def test_at_risk_counts_the_animals_before_the_events_of_that_day() -> None:
    assert risk_table(CURVE, [0, 10, 11, 15, 20, 25, 30]) == [
        (5, 0, 0),
        (5, 0, 0),
        (4, 0, 1),
        (4, 0, 1),
        (3, 1, 1),
        (1, 1, 3),
        (0, 2, 3),
    ]


def test_drawn_steps_and_censor_ticks_are_the_table() -> None:
    figure = drawn(survival_data())
    lines = {line.get_gid(): line for line in figure.axes[0].lines}
    assert lines["curve-0"].get_drawstyle() == "steps-post"
    assert lines["curve-0"].get_xdata().tolist() == [0, 10, 15, 20, 25]
    assert lines["curve-0"].get_ydata() == pytest.approx([100, 80, 80, 80 / 3, 80 / 3])
    assert lines["censored-0"].get_xdata().tolist() == [15, 25]
    assert lines["censored-0"].get_ydata() == pytest.approx([80, 80 / 3])
    assert lines["curve-1"].get_linestyle() == "--"


def test_table_below_holds_the_counts_at_the_ticks() -> None:
    figure = drawn(survival_data())
    ticks = figure.axes[0].get_xticks().tolist()
    expected = [f"({c})" for _, c, _ in risk_table(CURVE, ticks)]
    shown = [t for t in texts(figure) if t.text.startswith("(") and t.text[1:-1].isdigit()]
    rows: dict[float, list[tuple[float, str]]] = {}
    for text in shown:
        rows.setdefault(round(text.box.y0), []).append((text.box.x0, text.text))
    assert [[t for _, t in sorted(row)] for row in rows.values()] == [expected, expected]


def test_answer_names_the_test_and_its_exact_p_and_claims_no_median() -> None:
    words = " ".join(t.text for t in texts(drawn(survival_data())))
    assert "Permutation log-rank test: P = 0.0032" in words
    assert "Vehicle (n = 5): 20 days (10–NA)" in words
    assert "DFO (n = 5): median not reached, 3 events" in words
    assert "95% CI, log-log" in words
    assert "*" not in words


def test_a_stratified_test_says_so() -> None:
    data = survival_data()
    tests = data.tests.assign(stratified_by=["", "", "experiment"])
    words = " ".join(t.text for t in texts(drawn(SurvivalData(data.curves, data.arms, tests))))
    assert "Permutation log-rank test, stratified by experiment: P = 0.0032" in words


def test_small_p_is_printed_as_smaller() -> None:
    words = [t.text for t in texts(drawn(survival_data(p=3e-7)))]
    assert "Permutation log-rank test: P < 0.0001" in words


def test_all_censored_draws_flat_lines_and_says_so() -> None:
    alive = CURVE.iloc[:1].assign(
        time_days=40, events=0, censored=5, survival=1.0, lower_95=1.0, upper_95=1.0
    )
    data = survival_data(p=np.nan, second=alive)
    data.arms["median_days"] = np.nan
    data.arms["events"] = 0
    curves = pd.concat([alive.assign(arm="v"), alive.assign(arm="d")])
    data = SurvivalData(curves, data.arms, data.tests)
    figure = drawn(data)
    words = " ".join(t.text for t in texts(figure))
    assert words.count("median not reached, no events") == 2
    assert "not testable (no events)" in words
    assert "days (" not in words
    assert set(figure.axes[0].lines[0].get_ydata()) == {100.0}


def test_several_arms_print_adjusted_p_beside_each_arm() -> None:
    looks = [*LOOKS, ArmLook("e", "Third", "#E69F00", "^", "-.")]
    data = survival_data()
    arms = pd.concat([data.arms, data.arms.iloc[[0]].assign(arm="e")])
    tests = pd.DataFrame(
        {
            "arm": ["d", "e"],
            "reference": ["v", "v"],
            "test": ["logrank"] * 2,
            "p_value": [0.01, 0.02],
            "p_adjusted": [0.021, 0.022],
            "primary": [True, True],
        }
    )
    curves = pd.concat([data.curves, CURVE.assign(arm="e")])
    words = " ".join(t.text for t in texts(drawn(SurvivalData(curves, arms, tests), looks)))
    assert "P = 0.021" in words
    assert "P = 0.022" in words
    assert "P = 0.01 " not in words
    assert "Holm-adjusted" in words
    stratified = tests.assign(stratified_by="cage")
    words = " ".join(t.text for t in texts(drawn(SurvivalData(curves, arms, stratified), looks)))
    assert "P against Vehicle: Log-rank test, stratified by cage, Holm-adjusted" in words


def test_one_arm_and_no_animal_say_so() -> None:
    data = survival_data()
    assert "One arm: nothing to compare" in [t.text for t in texts(drawn(data, LOOKS[:1]))]
    empty = SurvivalData(data.curves.iloc[:0], data.arms.iloc[:0], data.tests.iloc[:0])
    words = " ".join(t.text for t in texts(drawn(empty)))
    assert "no animal with a known survival time" in words


def test_panel_draws_into_any_axes() -> None:
    from lumicohort.figures.survival import draw_survival

    figure = Figure(figsize=(4, 4))
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.2, 0.5, 0.7, 0.3))
    draw_survival(ax, survival_data(), LOOKS, "Model", get_style("science"))
    assert ax.get_ylabel() == "Survival (%)"


@pytest.mark.parametrize(
    ("last", "beyond"), [(26, True), (28, False), (28, True), (1, True), (45.5, True), (400, True)]
)
def test_day_ticks_reach_the_last_day(last: float, beyond: bool) -> None:
    ticks = day_ticks(last, beyond, 130)
    assert ticks[0] == 0
    assert ticks[-1] > last if beyond else ticks[-1] >= last
    assert 2 <= len(ticks) <= 9
    assert len(set(np.diff(ticks))) == 1
    assert ticks[-1] <= 1.5 * last + 2


def test_the_band_holds_until_the_day_on_which_the_last_animal_dies() -> None:
    """Limits at S = 0.1 hold from day 24 to day 29, when S becomes 0 and has none."""
    curve = pd.DataFrame(
        {
            "time_days": [0, 20, 24, 29],
            "lower_95": [np.nan, 0.3, 0.01, np.nan],
            "upper_95": [np.nan, 0.9, 0.36, np.nan],
        }
    )
    ax = Figure().subplots()
    draw_band(ax, curve, LOOKS[0])
    (band,) = ax.collections
    corners = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(20, 30), (24, 30), (24, 1), (29, 1), (29, 36), (24, 36), (24, 90), (20, 90)}


def test_the_band_of_an_arm_of_two_has_its_only_step() -> None:
    curve = pd.DataFrame(
        {
            "time_days": [0, 54, 179],
            "lower_95": [np.nan, 0.006, np.nan],
            "upper_95": [np.nan, 0.91, np.nan],
        }
    )
    ax = Figure().subplots()
    draw_band(ax, curve, LOOKS[0])
    (band,) = ax.collections
    corners = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(54, 0.6), (179, 0.6), (179, 91), (54, 91)}
