"""Rows of large tables, one after another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from pandas.testing import assert_frame_equal

from lumicohort.rows import rows_of, table_of

COLUMNS = ["name", "value", "count", "below", "software"]
ROWS: list[dict[str, Any]] = [
    {"name": "007", "value": 1.5, "count": 2, "below": True},
    {"name": "", "value": math.nan, "count": 0, "below": None, "not a column": 1},
    {"name": "A", "value": -1.0, "count": 7, "below": False},
]


def one_by_one() -> Iterator[dict[str, Any]]:
    for row in ROWS:
        mine = dict(row)
        yield mine
        mine.clear()  # whoever kept the row itself has nothing now


def test_a_table_of_rows_is_that_of_pandas() -> None:
    table = table_of(one_by_one(), COLUMNS)
    assert_frame_equal(table, pd.DataFrame(ROWS, columns=COLUMNS))
    assert table["count"].dtype == int and table["value"].dtype == float


def test_a_column_of_numbers_may_turn_out_to_hold_others() -> None:
    rows = [{"a": 1.5, "b": math.nan, "c": 1.0}, {"a": 2, "b": "x", "c": None}, {"b": 0.5}]
    assert_frame_equal(table_of(rows, ["a", "b", "c"]), pd.DataFrame(rows, columns=["a", "b", "c"]))


def test_a_table_without_rows_has_its_columns() -> None:
    assert list(table_of([], COLUMNS).columns) == COLUMNS
    assert list(rows_of(table_of([], COLUMNS))) == []


def test_rows_of_a_table_hold_plain_values() -> None:
    rows = list(rows_of(table_of(ROWS, COLUMNS)))
    assert [list(row) for row in rows] == [COLUMNS] * 3
    assert rows[0] | {"software": ""} == ROWS[0] | {"software": ""}
    assert {name: type(value) for name, value in rows[2].items()} == {
        "name": str,
        "value": float,
        "count": int,
        "below": bool,
        "software": float,
    }
    assert rows[1]["below"] is None and math.isnan(rows[1]["value"])
