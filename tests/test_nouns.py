"""Words of messages."""

from __future__ import annotations

import pytest

from lumicohort.nouns import spans


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([], []),
        ([7], ["7"]),
        ([3, 4], ["3", "4"]),
        ([3, 4, 5, 6, 9], ["3 to 6", "9"]),
        (["L3", "L4", "M5", "M6", "M7"], ["L3", "L4", "M5 to M7"]),
        ([5, 4, 3], ["5", "4", "3"]),
    ],
)
def test_cells_below_one_another_are_one_span(cells: list[object], told: list[str]) -> None:
    assert spans(cells) == told
