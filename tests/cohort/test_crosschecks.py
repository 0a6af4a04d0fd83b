"""What the sheets say together is checked, and everything wrong is said at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sheet_files import COHORT, HEADER, study

from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.study import batch_positions
from lumicohort.errors import InputError
from lumicohort.imaging.positions import Position

WEIGHTS = "animal_id,date,weight_g\n"
DOSES = "animal_id,date,agent,dose_ug\n"
IMAGING = "batch,click,position,animal_id\n"


def said(folder: Path, cohort: str = COHORT, **sheets: str) -> str:
    """Return what is said about sheets that are refused."""
    config = {}
    exclusions = sheets.pop("exclusions", {})
    for name, text in {"cohort": cohort, **sheets}.items():
        (folder / f"{name}.csv").write_text(text)
        config[name] = {"file": f"{name}.csv"}
    with pytest.raises(InputError) as caught:
        read_cohort(study(folder, exclusions=exclusions, **config))
    return str(caught.value)


CASES = {
    "arm of another case": (
        {"cohort": COHORT.replace("DFO", "DFo")},
        "row 3, column arm (C3): `DFo` is not among the config's arms (`vehicle`, `DFO`) — did "
        "you mean `DFO`?",
    ),
    "unknown model": (
        {"cohort": COHORT.replace("PC9", "PC-9")},
        "row 4, column model (B4): `PC-9` is not among the config's models (`MDA`, `PC9`) — did "
        "you mean `PC9`?",
    ),
    "unknown end reason": (
        {"cohort": COHORT.replace("found dead", "died")},
        "row 2, column end_reason (F2): `died` is not among the config's end_reasons",
    ),
    "animal twice": (
        {"cohort": COHORT + "007,MDA,DFO,2020-01-01,,,\n"},
        "row 5, column animal_id (A5): the animal `007` stands in row 2 already.",
    ),
    "animal under two spellings": (
        {"cohort": COHORT + "1e-5,MDA,DFO,2020-01-01,,,\n"},
        "row 5, column animal_id (A5): `1e-5` and `1E5` (row 3) look like one animal.",
    ),
    "end before inoculation": (
        {"cohort": COHORT.replace("2020-01-22", "2019-12-31")},
        "row 2, column end_date (E2): the animal ended on 2019-12-31, before its inoculation on "
        "2020-01-01.",
    ),
    "end without reason": (
        {"cohort": COHORT.replace("found dead", "")},
        "row 2, column end_reason (F2): the animal ended on 2020-01-22, and no end_reason",
    ),
    "reason without end": (
        {"cohort": COHORT.replace("2020-01-22", "")},
        "row 2, column end_date (E2): the end_reason is `found dead`, and there is no end_date.",
    ),
    "blank arm": (
        {"cohort": COHORT.replace(",DFO,", ",,")},
        "row 3, column arm (C3): the cell is blank",
    ),
    "no animal": ({"cohort": HEADER + "\n"}, "the sheet has a header and no animals"),
    "weight of an unknown animal": (
        {"weights": WEIGHTS + "7,2020-01-05,20\n"},
        "weights.csv, row 2, column animal_id (A2): the animal `7` does not stand in the cohort "
        "sheet — did you mean `007`?: leading zeros get lost in spreadsheets.",
    ),
    "weight after the end": (
        {"weights": WEIGHTS + "007,2020-01-23,20\n"},
        "`007` was weighed on 2020-01-23, after its end on 2020-01-22 (cohort sheet, row 2).",
    ),
    "two weights on one day": (
        {"weights": WEIGHTS + "007,2020-01-03,20\n007,2020-01-03,21\n"},
        "row 3, column date (B3): `007` was weighed on 2020-01-03 in row 2 already.",
    ),
    "negative weight": ({"weights": WEIGHTS + "007,2020-01-03,-20\n"}, "-20 is not above 0"),
    "dose of an unknown animal": (
        {"doses": DOSES + "1e5,2020-01-08,DFO,50\n"},
        "the animal `1e5` does not stand in the cohort sheet — did you mean `1E5`?",
    ),
    "treatment before day 0": (
        {"doses": DOSES + "1E5,2019-12-30,DFO,50\n"},
        "doses.csv, row 2, column date (B2): `1E5` was treated on 2019-12-30, 2 days before its "
        "inoculation on 2020-01-01.",
    ),
    "treatment after the end": (
        {"doses": DOSES + "007,2020-01-25,DFO,50\n"},
        "`007` was treated on 2020-01-25, after its end",
    ),
    "two animals at one place": (
        {"imaging_sheet": IMAGING + "b1,c1,1,007\nb1,c1,1,1E5\n"},
        "row 3, column position (C3): position 1 of click `c1` holds `1E5` here and `007` in row "
        "2.",
    ),
    "an animal twice on a click": (
        {"imaging_sheet": IMAGING + "b1,c1,1,007\nb1,c1,2,007\n"},
        "`007` lies on click `c1` twice: here at position 2, in row 2 at 1.",
    ),
    "a click in two batches": (
        {"imaging_sheet": IMAGING + "b1,c1,1,007\nb2,c1,2,1E5\n"},
        "the click `c1` stands in batch `b2` here and in batch `b1` in row 2.",
    ),
    "position 0": (
        {"imaging_sheet": IMAGING + "b1,c1,0,007\n"},
        "row 2, column position (C2): 0 is below 1.",
    ),
    "an unknown animal imaged": (
        {"imaging_sheet": IMAGING + "b1,c1,1,3467\n"},
        "imaging_sheet.csv, row 2, column animal_id (D2): the animal `3467` does not stand",
    ),
    "exclusion of an unknown animal": (
        {"exclusions": {"animals": {"7": "lost"}}},
        "config key exclusions.animals names `7`, which the cohort sheet does not have — did you "
        "mean `007`?",
    ),
    "exclusion by an unknown column": (
        {"exclusions": {"rules": [{"column": "weight", "equals": "1", "reason": "x"}]}},
        "config key exclusions.rules.0.column names `weight`, which the cohort sheet does not "
        "have — did you mean `weight_g`?",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    sheets, message = CASES[name]
    assert message in said(tmp_path, **sheets)  # type: ignore[arg-type]


def test_problems_of_all_sheets_are_said_at_once(tmp_path: Path) -> None:
    text = said(
        tmp_path,
        cohort=COHORT.replace("DFO", "DFo").replace("2020-01-22", "soon"),
        weights=WEIGHTS + "007,2020-01-05,heavy\n",
        doses="animal_id,dose_ug\n007,1\n",
        imaging_sheet=IMAGING + "b1,c1,1,unknown\n",
    )
    assert text.startswith("5 problems:")
    for part in ("`DFo`", "`soon` is not a date", "`heavy`", "column `date` is missing", "unknown"):
        assert part in text


def test_dates_in_the_future_are_only_noted(tmp_path: Path) -> None:
    ahead = date.today() + timedelta(days=10)
    (tmp_path / "cohort.csv").write_text(COHORT.replace("2020-02-20", ahead.isoformat()))
    notes = [str(note) for note in read_cohort(study(tmp_path)).notes]
    assert len(notes) == 1
    assert f"row 4, column end_date (E4): {ahead} lies in the future." in notes[0]


def test_ids_that_differ_in_leading_zeros_only_are_noted(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(
        COHORT + "07,MDA,DFO,2020-01-01,,,\n70,MDA,DFO,2020-01-01,,,\n"
    )
    notes = [str(note) for note in read_cohort(study(tmp_path)).notes]
    alike = [note for note in notes if "leading zeros" in note]
    assert len(alike) == 1
    assert (
        "row 5, column animal_id (A5): `07` and `007` (row 2) differ in leading zeros only: they "
        "count as two animals." in alike[0]
    )


def test_animals_not_randomised_are_left_out_or_told(tmp_path: Path) -> None:
    lines = COHORT.splitlines()
    told = ["randomised", "2020-01-05", "no", "yes"]
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(f"{a},{b}" for a, b in zip(lines, told, strict=True)))
    cohort = read_cohort(study(tmp_path))
    (note,) = [str(note) for note in cohort.notes if "randomised" in note.message]
    assert (
        "row 3: 1 animal is not randomised by the column `randomised` (`no`) and analysed all the "
        "same: `1E5`." in note
    )
    assert [str(doubt) for doubt in cohort.doubts] == [note]
    rule = {"column": "randomised", "equals": "no", "reason": "not randomised"}  # as advised
    assert f'[{{column: {rule["column"]}, equals: "no", reason: {rule["reason"]}}}]' in note
    obeyed = read_cohort(study(tmp_path, exclusions={"rules": [rule]}))
    assert list(obeyed.excluded) == ["1E5"]
    assert not [note for note in obeyed.notes if "randomised" in note.message]
    path.write_text("\n".join(f"{a},{b}" for a, b in zip(lines, [told[0], *[""] * 3], strict=True)))
    assert not read_cohort(study(tmp_path)).doubts  # nobody has filled it


def test_positions_by_batch(tmp_path: Path) -> None:
    assert batch_positions(study(tmp_path)) == {}
    text = (
        "batch,click,position,animal_id,luciferin_time,luciferin_mg_per_kg\n"
        "b2,c2,1,1E5,,\nb1,c1,2,1E5,9:05,150\nb1,c1,1,007,,\n"
    )
    path = tmp_path / "i.csv"
    path.write_text(text)
    assert batch_positions(study(tmp_path, imaging_sheet={"file": "i.csv"})) == {
        "b1": [
            Position("c1", 1, "007", None, None, str(path), 4),
            Position("c1", 2, "1E5", "09:05:00", 150.0, str(path), 3),
        ],
        "b2": [Position("c2", 1, "1E5", None, None, str(path), 2)],
    }


def test_days_after_an_animals_end_are_told_once_a_sheet(tmp_path: Path) -> None:
    weights = "".join(f"007,2020-01-{day},20\n" for day in (20, 23, 24, 25, 26))
    doses = "1E5,2019-12-30,DFO,50\n1E5,2019-12-31,DFO,50\n007,2020-01-25,DFO,50\n"
    text = said(tmp_path, weights=WEIGHTS + weights, doses=DOSES + doses)
    lines = text.split("\n")
    assert lines[0] == "7 problems:" and len(lines) == 6 - 1
    assert lines[1].endswith(
        "row 3, column date (B3): `007` was weighed on 2020-01-23, after its end on 2020-01-22 "
        "(cohort sheet, row 2). The same in B4 to B6 (4 times in all)."
    )
    assert "B2): `1E5` was treated on 2019-12-30, 2 days before" in lines[2]
    assert "B3): `1E5` was treated on 2019-12-31, 1 day before" in lines[3]
    assert "B4): `007` was treated on 2020-01-25, after its end on" in lines[4]
