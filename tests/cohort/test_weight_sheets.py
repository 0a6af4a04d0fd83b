"""Sheets of weights that are refused, or of which something is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_files import COHORT, study

from lumicohort.cohort.cohort import read_cohort
from lumicohort.errors import InputError

LONG = "animal_id,date,weight_g\n007,2020-01-08,20\n"
WIDE = "animal_id,Day 0,Day 7\n007,20,21\n"
SHEETS: dict[str, tuple[str, dict[str, Any], str]] = {
    "day and date disagree": (
        "animal_id,day,date,weight_g\n007,3,2020-01-09,20\n",
        {},
        "(B2): day 3 is given for 2020-01-09, which is day 8 of `007`",
    ),
    "neither day nor date": (
        "animal_id,weight_g\n007,20\n",
        {},
        "the column `date` is missing. Headings found: `animal_id`, `weight_g`",
    ),
    "a row without its day": (
        "animal_id,day,weight_g\n007,,20\n",
        {},
        "(B2): the cell is blank, and there is no date instead.",
    ),
    "a value for a column that is there": (
        LONG.replace("weight_g", "weight_g,arm").replace("20\n", "20,vehicle\n"),
        {"values": {"arm": "DFO"}},
        "cell D1: the sheet has a column `arm`, and the config gives `DFO` for all of its rows",
    ),
    "a column said twice": (
        LONG,
        {"values": {"arm": "DFO"}, "columns": {"arm": "Arm"}},
        "says twice where arm comes from: under `columns`, and under `values`",
    ),
    "an unknown column of ours": (LONG, {"values": {"foo": "1"}}, "`foo`, which is no column"),
    "a header row below the sheet": (
        LONG,
        {"header_row": 50},
        "header_row is 50, and the sheet has 2 rows.",
    ),
    "a part that is not there": (
        LONG,
        {"more": [{"file": "x.csv"}]},
        "x.csv: there is no such file",
    ),
    "a fault in the second part": (
        LONG,
        {"more": [{"file": "second.csv"}]},
        "second.csv, row 2, column weight_g (C2): `heavy` is not a number.",
    ),
    "half a day": (
        WIDE.replace("Day 7", "Day 7.5"),
        {"wide": {}},
        "the heading `Day 7.5` is no day",
    ),
    "no day at all": (
        "animal_id\n007\n",
        {"wide": {}},
        "no column of measurements (headings that name day) is found",
    ),
    "an unknown other column": (
        WIDE,
        {"wide": {"others": ["Sex"]}},
        "wide.others names `Sex`, which the sheet does not have",
    ),
    "dates where days are asked for": (
        WIDE.replace("Day 7", "2020-01-08"),
        {"wide": {}},
        "cell C1: the heading `2020-01-08` is no day (7, D7, Day 7)",
    ),
    "an animal without a name": (WIDE + ",20,21\n", {"wide": {}}, "(A3): the cell is blank"),
    "a part of an id": (
        "g,i,Day 0\nv,,20\n",
        {"wide": {}, "columns": {"animal_id": ["g", "i"]}},
        "column i (B2): the cell lacks its part `i`.",
    ),
}


@pytest.mark.parametrize("name", SHEETS)
def test_sheets_of_weights_that_are_refused(name: str, tmp_path: Path) -> None:
    text, sheet, message = SHEETS[name]
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "w.csv").write_text(text)
    (tmp_path / "second.csv").write_text(LONG.replace(",20\n", ",heavy\n"))
    with pytest.raises(InputError) as caught:
        read_cohort(study(tmp_path, weights={"file": "w.csv", **sheet}))
    assert message in str(caught.value)


def test_several_measurements_of_a_day_and_a_sheet_without_rows_are_mentioned(
    tmp_path: Path,
) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "w.csv").write_text(LONG + "007,2020-01-08,22\n")
    weights = {"file": "w.csv", "same_day": "mean"}
    cohort = read_cohort(study(tmp_path, weights=weights))
    assert [w.weight_g for w in cohort.weights] == [21]
    assert "(C3): several values of one animal on one day" in str(cohort.notes[0])
    (tmp_path / "w.csv").write_text(LONG.splitlines()[0] + "\n")
    notes = read_cohort(study(tmp_path, weights=weights)).notes
    assert "no row is read below the headings" in str(notes[0])
