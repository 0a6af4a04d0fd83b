"""What is worked out of animals' courses for figures: weights, treatments, clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import made_up_config
from odd_studies import Drawn, edit


def test_a_day_on_which_only_the_dying_are_weighed_does_not_bend_the_mean() -> None:
    from lumicohort.figures.weights import weight_means

    dying = [
        (name, day, change) for name in "abc" for day, change in ((0, 0), (20, -10), (23, -22))
    ]
    others = [(name, day, 0) for name in "def" for day in (0, 20, 24)]
    columns = ["animal_id", "day", "change_percent"]
    weights = pd.DataFrame([*dying, *others], columns=columns).assign(arm="DFO")
    means = weight_means(weights, "DFO").set_index("day")
    assert means["n"].to_dict() == {0: 6, 20: 6, 23: 6, 24: 3}
    assert means["mean"].to_dict() == {0: 0, 20: -5, 23: -11, 24: 0}
    assert means.loc[23, "sem"] == pytest.approx(22 / 2 * (6 / 5) ** 0.5 / 6**0.5)


def test_a_weight_before_inoculation_is_not_the_start_where_a_later_one_is() -> None:
    from lumicohort.figures.weights import weight_changes

    events = pd.DataFrame(
        [
            ("a", -5, 20.0), ("a", -1, 22.0), ("a", 3, 11.0),
            ("b", 2, 10.0), ("b", 4, 12.0),
            ("c", 0, 10.0),
        ],
        columns=["animal_id", "day", "value"],
    ).assign(model="m", arm="x", what="weighed", unit="g")  # fmt: skip
    table = weight_changes(events)
    assert table[["animal_id", "day", "change_percent"]].to_numpy().tolist() == [
        ["a", -1, 0.0],
        ["a", 3, -50.0],
        ["b", 2, 0.0],
        ["b", 4, 20.0],
    ]


def test_treatment_days_are_those_of_half_the_animals_then_alive() -> None:
    from lumicohort.figures.kinds.schematic import treatment_days
    from lumicohort.figures.schematic import days_in_words, deaths_in_words

    animals = pd.DataFrame({"animal_id": list("abcd"), "time_days": [10.0, 10, 30, 30]})
    days = [("a", 7), ("b", 7), ("c", 7), ("d", 8), ("c", 20), ("d", 21), ("c", 24), ("d", 24)]
    treated = pd.DataFrame(days, columns=["animal_id", "day"])
    # Day 8 is one of four; after day 10 two live, so that one of them is half.
    assert treatment_days(treated, animals) == [7, 20, 21, 24]
    alone = pd.DataFrame([("a", 1), ("b", 2), ("c", 3)], columns=["animal_id", "day"])
    assert treatment_days(alone, animals.assign(time_days=30.0)) == [1, 2, 3]
    assert days_in_words([7, 10, 13]) == "every 3 days, day 7 to 13"
    assert days_in_words([1, 2, 3]) == "daily, day 1 to 3"
    assert days_in_words([7, 14, 15]) == "days 7, 14 and 15"
    assert days_in_words([7]) == "day 7"
    assert deaths_in_words([25, 25, 25]) == "day 25"
    assert (deaths_in_words([36, 21]), deaths_in_words([])) == ("day 21 to 36", "none")


def test_clicks_of_a_batch_taken_away_are_not_counted(tmp_path: Path) -> None:
    """Its results stay in the results folder; every batch counts where the raw data are not."""
    from lumicohort.figures.kinds.qc_summary import _unknown

    clicks = pd.DataFrame({"batch": ["b1", "b1", "gone"], "click": ["c1", "c2", "c3"]})
    images = pd.DataFrame({"batch": ["b1"], "click": ["c1"]})
    request: Any = SimpleNamespace(
        tables=SimpleNamespace(images=images, clicks=clicks),
        config=SimpleNamespace(imaging_folder=tmp_path / "imaging"),
    )
    assert _unknown(request) == ["2 clicks with no measured animal not shown."]
    (tmp_path / "imaging" / "b1").mkdir(parents=True)
    assert _unknown(request) == ["1 click with no measured animal not shown."]


def test_means_of_weights_are_told_only_where_there_are_some(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "weights")
    assert "Thin: animals; bold: mean ± SEM of those" in shown
    assert "Bold lines: arithmetic means ± standard error of the mean of the animals" in caption

    def on_days_of_their_own(events: pd.DataFrame) -> pd.DataFrame:
        """Let no two animals be weighed on one day."""
        weighed = events["what"] == "weighed"
        own = events.loc[weighed, "day"] + np.linspace(0.001, 0.4, int(weighed.sum()))
        return events.assign(day=events["day"].astype(float).where(~weighed, own))

    _, shown, caption = draw(config, "weights", edit("cohort/events.csv", on_days_of_their_own))
    assert "Thin: animals" in shown and not any("SEM" in text for text in shown)
    assert "No means: on no day were 3 or more animals of an arm weighed." in caption
    assert "Bold" not in caption
