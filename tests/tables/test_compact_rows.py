"""Rows of cells that are made when they are asked for."""

from lumicohort.tables.compact import CompactRows
from lumicohort.tables.model import Cell

ROWS = [{"a": Cell("x"), "n": Cell(str(i % 2), float(i % 2))} for i in range(5)]


def test_rows_are_those_that_were_given_and_equal_cells_are_one() -> None:
    rows = CompactRows(iter(ROWS))
    assert [dict(row) for row in rows] == ROWS and len(rows) == 5
    assert [row["n"].text for row in rows[1:3]] == ["1", "0"] and dict(rows[-1]) == ROWS[4]
    assert rows[0]["n"] is rows[2]["n"] and rows[0]["n"] is not rows[1]["n"]
