from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lumicohort.errors import InputError
from lumicohort.survival.data import SurvivalData, coding_warning, tie_close_times


def refused(**columns: object) -> str:
    columns = {"time": [5, 6], "event": [1, 0], "group": ["a", "b"]} | columns
    time, event, group = (columns.pop(k) for k in ("time", "event", "group"))
    with pytest.raises(InputError) as error:
        SurvivalData.from_arrays(time, event, group, **columns)  # type: ignore[arg-type]
    return str(error.value)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"time": [5, -1]}, "row 2, column time: the time `-1` is negative"),
        ({"time": [5, None]}, "row 2, column time: the time is missing"),
        ({"time": [math.nan, 1]}, "row 1, column time: the time is missing"),
        ({"time": ["5", "12 days"]}, "row 2, column time: the time `12 days` is not a finite"),
        ({"time": [5, math.inf]}, "is not a finite number"),
        ({"time": [5, True]}, "is not a finite number"),
        ({"event": [1, 2]}, "row 2, column event: `2` is not an event code. Allowed: 1 or true"),
        ({"event": [1, -1]}, "`-1` is not an event code"),
        ({"event": [1, ""]}, "the event code is missing"),
        ({"event": ["yes", 1]}, "`yes` is not an event code"),
        ({"event": [1, 0.5]}, "`0.5` is not an event code"),
        ({"group": ["a", None]}, "row 2, column group: the group is missing"),
        ({"stratum": ["x", "NA"]}, "row 2, column stratum: the stratum is missing"),
        ({"ids": ["m1", "m1"]}, "animal `m1` already stands in row 1"),
        ({"ids": ["m1", ""]}, "the animal's identifier is missing"),
        ({"arms": ["a", "c"]}, "row 2, column group: `b` is not one of the arms"),
        ({"reference": "A"}, "the reference `A` has no animal in column `group`"),
        ({"time": [], "event": [], "group": []}, "there is no animal in it"),
        ({"time": [1, 2, 3]}, "the columns differ in length"),
        ({"time": [1, 0], "event": [30, 12]}, "the two look swapped"),
    ],
)
def test_refuses(columns: dict[str, object], said: str) -> None:
    assert said in refused(**columns)


def test_all_problems_at_once_with_the_sheets_rows() -> None:
    text = refused(time=[-1, None], event=[3, 1], rows=[14, 15], names={"time": "days"})
    assert text.startswith("3 problems:")
    assert "row 14, column days: the time `-1` is negative" in text
    assert "row 14, column event: `3`" in text
    assert "row 15, column days: the time is missing" in text


@pytest.mark.parametrize(
    "codes", [[1, 0], [True, False], ["1", "0"], ["TRUE", "false"], [1.0, 0.0], [np.int64(1), 0]]
)
def test_event_codes(codes: list[object]) -> None:
    assert SurvivalData.from_arrays([5, 6], codes).event.tolist() == [True, False]


def test_none_and_null_are_names_of_arms_and_no_values_of_numbers() -> None:
    """An untreated arm is called `none`, a genotype `null`."""
    data = SurvivalData.from_arrays(
        [5, 6, 7], [1, 0, 1], ["none", "null", "wt"], stratum=["None", "x", "x"], reference="null"
    )
    assert data.arms == ("null", "none", "wt") and data.strata == ("None", "x")
    assert "row 2, column time: the time is missing" in refused(time=[5, "none"])
    assert "the event code is missing" in refused(event=[1, "None"])


def test_an_animal_may_be_called_na() -> None:
    """As in the cohort sheet, whose ids are text."""
    data = SurvivalData.from_arrays([5, 6], [1, 0], ids=["NA", "none"])
    assert data.ids == ("NA", "none")


def test_order_of_arms() -> None:
    time, event, group = [1, 2, 3], [1, 1, 1], ["b", "a", "c"]
    assert SurvivalData.from_arrays(time, event, group).arms == ("b", "a", "c")
    assert SurvivalData.from_arrays(time, event, group, reference="c").arms == ("c", "b", "a")
    order = ["a", "x", "b", "c"]
    assert SurvivalData.from_arrays(time, event, group, arms=order).arms == ("a", "b", "c")
    chosen = SurvivalData.from_arrays(time, event, group).of_arms("c", "b")
    assert (chosen.arms, chosen.time.tolist()) == (("c", "b"), [1, 3])
    assert [chosen.arms[g] for g in chosen.group] == ["b", "c"]


def test_the_same_number_may_stand_in_two_arms_only_if_asked_for() -> None:
    columns = {"ids": ["1", "1"], "group": ["a", "b"]}
    assert "already stands" in refused(**columns)
    data = SurvivalData.from_arrays(
        [1, 2], [1, 1], ["a", "b"], ids=["1", "1"], ids_unique_within_arm=True
    )
    assert len(data) == 2


def test_a_repeated_number_that_was_not_named_may_be_no_animals() -> None:
    columns = {"ids": ["1", "1"], "group": ["a", "a"], "names": {"id": "my litter"}}
    assert "--cluster" not in refused(**columns)
    assert "--cluster 'my litter'" in refused(**columns, ids_unique_within_arm=True)


def test_codes_of_r_data_sets_are_explained() -> None:
    text = refused(time=[5, 6, 7], event=[1, 2, "2"], group=["a", "b", "b"])
    assert "column `event` holds only 1 and 2. Where 2 is the event" in text
    assert "row 3, column event: `2` is not an event code" in text
    assert "holds only" not in refused(time=[5, 6, 7], event=[0, 2, 2], group=["a", "b", "b"])
    assert "holds only" not in refused(event=[1, 2])  # as likely a slip


def test_a_coding_in_words_is_told_once_for_each_word() -> None:
    """As in R's `transplant`, where every row would be a problem of its own."""
    events = ["death", "ltx"] * 3 + ["ltx", "censored", "death", "death", "death"]
    text = refused(time=range(1, 12), event=events, group=["a", "b"] * 5 + ["a"])
    assert text.count("`death`") == 1
    assert "row 1, column event: `death` is not an event code. 6 rows have it (3, 5, 9" in text
    assert "row 8, column event: `censored` is not an event code. Allowed" in text
    assert text.count("`ltx`") == 4  # few rows: each by itself


def test_times_within_floating_point_noise_are_tied() -> None:
    noisy = np.array([0.1 + 0.2, 0.3, 0.3 + 1e-6, 40.0])
    tied, _ = tie_close_times(noisy, np.zeros(4))
    assert tied[0] == tied[1] == 0.3
    assert tied[2] == 0.3 + 1e-6
    # Relative to the mean of the distinct times, as R's timefix.
    large = np.array([1e6, 1e6 + 0.01, 1e6 + 0.1])
    assert len(np.unique(tie_close_times(large, np.zeros(3))[0])) == 2


def test_from_frame_names_missing_and_double_columns() -> None:
    table = pd.DataFrame({"days": [1], "dead": [1], "Arm": ["a"]})
    with pytest.raises(InputError) as error:
        SurvivalData.from_frame(table, time="day", event="dead", group="arm")
    assert "no column `day` (asked for as time) — did you mean `days`?" in str(error.value)
    assert "no column `arm` (asked for as group) — did you mean `Arm`?" in str(error.value)
    twice = pd.DataFrame([[1, 1, 1]], columns=["days", "days", "dead"])
    with pytest.raises(InputError, match="stands there 2 times"):
        SurvivalData.from_frame(twice, time="days", event="dead")


def test_from_frame_counts_rows_as_a_spreadsheet_does() -> None:
    table = pd.DataFrame({"days": [1.0, -2.0], "dead": [1, 1]})
    with pytest.raises(InputError, match="row 3, column days"):
        SurvivalData.from_frame(table, time="days", event="dead")


def test_exchanged_event_codes_are_noticed() -> None:
    time = [20, 22, 25, 28, 30, 60, 60]
    right = SurvivalData.from_arrays(time, [1, 1, 1, 1, 1, 0, 0])
    turned = SurvivalData.from_arrays(time, [0, 0, 0, 0, 0, 1, 1])
    assert coding_warning(right) is None
    assert "Are the event codes exchanged?" in (coding_warning(turned) or "")
