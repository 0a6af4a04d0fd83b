"""Words of statistics in print: arms have their labels there, and P its letter."""

from __future__ import annotations

import pandas as pd
import pytest
from statistics_on_disk import config

from lumicohort.tables.format import printing
from lumicohort.tables.labels import labelled, with_labels

ARMS = {"vehicle": {"label": "Vehicle (PBS)"}, "DFO": {"label": "Deferoxamine"}}


@pytest.mark.parametrize(
    ("noted", "printed"),
    [
        (
            "all 20 animals of `DFO` and `vehicle` were alive",
            "all 20 animals of Deferoxamine and Vehicle (PBS) were alive",
        ),
        ("a DFO that is no arm", "a DFO that is no arm"),
        ("no animal of `DFO` in `M2`", "no animal of Deferoxamine in Model two"),
        ("(as measured: p = 0.0081)", "(as measured: P = 0.0081)"),
        ("p cannot fall below 0.1; `other` step", "p cannot fall below 0.1; `other` step"),
        ("p = NA, p < 0.0001, p_value = 3", "P = NA, P < 0.0001, p_value = 3"),
    ],
)
def test_words_of_statistics_in_print(noted, printed):
    assert labelled(config(arms=ARMS), noted) == printed


def test_a_table_keeps_all_but_its_words():
    table = pd.DataFrame(
        {"arm": ["DFO", "DFO"], "note": ["no spread in `DFO`", None], "p_value": [0.1, 0.2]}
    )
    print_small = config(arms=ARMS, tables={"rounding": {"p_letter": "p"}})
    with printing(print_small.tables.rounding):
        assert labelled(print_small, "p = 0.1") == "p = 0.1"
    told = with_labels(config(arms=ARMS), table)
    assert told["note"].tolist() == ["no spread in Deferoxamine", None]
    assert told.drop(columns="note").equals(table.drop(columns="note"))
    assert table["note"][0] == "no spread in `DFO`"
