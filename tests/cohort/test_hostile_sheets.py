"""A corpus of hostile sheets: each is refused with its message, or read into exact values.

Every case is one sheet of three animals in which something is wrong or odd. What is read must be
the very values, and no row may get lost; what is refused must say where and why.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_files import COHORT, study, write_xlsx

from lumicohort.cohort.animals import Animal
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.problems_book import write_problems
from lumicohort.errors import InputError

COLUMNS = (
    "animal_id",
    "model",
    "arm",
    "inoculation_date",
    "end_date",
    "end_reason",
    "weight_g",
    "birth_date",
    "cage",
    "cells_injected",
)
SOUND = (
    ("007", "MDA", "vehicle", "2020-01-01", "2020-01-22", "found dead", "22.5", "", "1", "100000"),
    ("1E5", "MDA", "DFO", "2020-01-01", "2020-02-03", "humane endpoint", "25", "", "2", "100000"),
    ("3466", "PC9", "vehicle", "2020-01-20", "2020-02-20", "end of study", "24", "", "3", "1e5"),
)
D = date(2020, 1, 1)

# (column, what stands in its cell of the second animal, message or value that follows)
CELLS: list[tuple[str, str, Any]] = [
    # ids
    ("animal_id", "007", "the animal `007` stands in row 2 already"),
    ("animal_id", "7", "7"),
    ("animal_id", " 007 ", "the animal `007` stands in row 2 already"),
    ("animal_id", "0 07", "`0 07` and `007` (row 2) look like one animal"),
    ("animal_id", "#007", "`#007` and `007` (row 2) look like one animal"),
    ("animal_id", "0-07", "look like one animal"),
    ("animal_id", "\uff10\uff10\uff17", "look like one animal"),
    ("animal_id", "3466.0", "`3466` and `3466.0` (row 3)"),
    ("animal_id", "", "the cell is blank, and this column needs a value"),
    ("animal_id", "\u00a0", "the cell is blank"),
    ("animal_id", "\u200b", "the cell is blank"),
    ("animal_id", "NA", "NA"),
    ("animal_id", "nan", "nan"),
    ("animal_id", "null", "null"),
    ("animal_id", "TRUE", "TRUE"),
    ("animal_id", "1e3", "1e3"),
    ("animal_id", "0012", "0012"),
    ("animal_id", "12345678901234567890", "12345678901234567890"),
    ("animal_id", "=1+1", "=1+1"),
    ("animal_id", "+A1", "+A1"),
    ("animal_id", "-A1", "-A1"),
    ("animal_id", "@SUM(A1)", "@SUM(A1)"),
    ("animal_id", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("animal_id", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("animal_id", "../../etc/passwd", "../../etc/passwd"),
    ("animal_id", "C:\\mice", "C:\\mice"),
    ("animal_id", "Mäuschen ♀ 3", "Mäuschen ♀ 3"),
    ("animal_id", "e\u0301", "\u00e9"),
    ("animal_id", "'); DROP TABLE mice;--", "'); DROP TABLE mice;--"),
    ("animal_id", "{{ 7*7 }}", "{{ 7*7 }}"),
    ("animal_id", "%s%n\\n", "%s%n\\n"),
    ("animal_id", "x" * 200, "x" * 200),
    ("animal_id", "x" * 201, "the text has 201 characters; at most 200"),
    ("animal_id", "x" * 10_000, "the text has 10000 characters; at most 200"),
    ("animal_id", "a\u202eb", "holds the control character"),
    ("animal_id", "a\x07b", "holds the control character"),
    ("animal_id", "a\x1bb", "holds the control character"),
    ("animal_id", '"a\nb"', "holds a line break"),
    ("animal_id", "#REF!", "the cell holds the formula error #REF!"),
    ("animal_id", "####", "holds ####: the column was too narrow"),
    ("animal_id", "Err:502", "the cell holds the formula error Err:502"),
    # models, arms, reasons
    ("model", "mda", "`mda` is not among the config's models (`MDA`, `PC9`) — did you mean `MDA`?"),
    ("model", "MDA ", "MDA"),
    ("model", "MDA\u00a0", "MDA"),
    ("model", "M DA", "— did you mean `MDA`?"),
    ("model", "", "the cell is blank"),
    ("model", "n/a", "the cell is blank"),
    ("model", "HeLa", "`HeLa` is not among the config's models (`MDA`, `PC9`)."),
    ("arm", "DFo", "`DFo` is not among the config's arms (`vehicle`, `DFO`) — did you mean `DFO`?"),
    ("arm", "Vehicle", "— did you mean `vehicle`?"),
    ("arm", "vehicel", "— did you mean `vehicle`?"),
    ("arm", "DF0", "— did you mean `DFO`?"),
    ("arm", "\u0414FO", "is not among the config's arms"),
    ("arm", "DFO\u200b", "DFO"),
    ("arm", "=DFO", "`=DFO` is not among the config's arms"),
    ("arm", "<b>DFO</b>", "`<b>DFO</b>` is not among the config's arms"),
    ("arm", "x" * 10_000, "the text has 10000 characters"),
    ("end_reason", "Found dead", "— did you mean `found dead`?"),
    ("end_reason", "found  dead", "— did you mean `found dead`?"),
    ("end_reason", "died", "`died` is not among the config's end_reasons"),
    ("end_reason", "1", "`1` is not among the config's end_reasons"),
    ("end_reason", "", "the animal ended on 2020-02-03, and no end_reason says why"),
    ("end_reason", "NA", "and no end_reason says why"),
    # dates
    ("end_date", "2020-02-03", date(2020, 2, 3)),
    ("end_date", "2020/2/3", date(2020, 2, 3)),
    ("end_date", "20200203", date(2020, 2, 3)),
    ("end_date", "3 Feb 2020", date(2020, 2, 3)),
    ("end_date", "Feb 3, 2020", date(2020, 2, 3)),
    ("end_date", "3. Februar 2020", date(2020, 2, 3)),
    ("end_date", "3. März 2020", date(2020, 3, 3)),
    ("end_date", "3 mars 2020", date(2020, 3, 3)),
    ("end_date", "3 févr. 2020", date(2020, 2, 3)),
    ("end_date", "3 de marzo de 2020", date(2020, 3, 3)),
    ("end_date", "03-Mrz-20", date(2020, 3, 3)),
    ("end_date", "2020年2月3日", date(2020, 2, 3)),
    ("end_date", "2020년 2월 3일", date(2020, 2, 3)),
    ("end_date", "2020. 2. 3.", date(2020, 2, 3)),
    ("end_date", "2020年2月31日", "is not a date"),
    ("end_date", "2020年2月3日 23:30 UTC", "its time is in UTC"),
    ("end_date", "3 jui 2020", "`3 jui 2020` is not a date"),
    ("end_date", "3 Foo 2020", "is not a date"),
    ("end_date", "2020-02-03 13:45", date(2020, 2, 3)),
    ("end_date", "2020-02-03T13:45:10+02:00", date(2020, 2, 3)),
    ("end_date", "2020-02-03T23:00:00Z", "may be midnight of the next day"),
    ("end_date", "2020-02-03T15:00:00.000Z", "may be midnight of the next day"),
    ("end_date", "2020-02-03 24:00", "its time of day does not exist"),
    ("end_date", "2020-02-03 12:61", "its time of day does not exist"),
    ("end_date", "02/03/2020", "2020-03-02 (day first) or 2020-02-03 (month first)"),
    ("end_date", "02.03.20", "2020-03-02 (day first) or 2020-02-03 (month first)"),
    ("end_date", "20-02-03", "2003-02-20 (day first) or 2020-02-03 (year first)"),
    ("end_date", "23/02/2020", date(2020, 2, 23)),
    ("end_date", "02/23/2020", date(2020, 2, 23)),
    ("end_date", "31/02/2020", "`31/02/2020` is no day of the calendar"),
    ("end_date", "31/02", "`31/02` is not a date"),
    ("end_date", "02/03-2020", "is not a date"),
    ("end_date", "3/2", "is not a date"),
    ("end_date", "Feb-20", "is not a date"),
    ("end_date", "2020-02-30", "is not a date"),
    ("end_date", "2020-13-01", "is not a date"),
    ("end_date", "2020-00-10", "is not a date"),
    ("end_date", "43864", "2020-02-03 in Excel's usual date system, 2024-02-04 in its 1904 system"),
    ("end_date", "43864.5", "as a serial number it would be 2020-02-03"),
    ("end_date", "0", "`0` is not a date"),
    ("end_date", "1899-12-30", "the date 1899-12-30 cannot be right"),
    ("end_date", "1904-01-01", "cannot be right"),
    ("end_date", "1970-01-01", "cannot be right"),
    ("end_date", "1989-12-31", "cannot be right"),
    ("end_date", "2050-01-02", "cannot be right"),
    ("end_date", "03-Feb-69", "the date 2069-02-03 cannot be right"),
    ("end_date", "0202-02-03", "cannot be right"),
    ("end_date", "99999-01-01", "is not a date"),
    ("end_date", "today", "`today` is not a date"),
    ("end_date", "=TODAY()", "`=TODAY()` is not a date"),
    ("end_date", "day 33", "is not a date"),
    ("end_date", "alive", "there is no end_date"),
    ("end_date", "?", "`?` is not a date"),
    ("end_date", "2020-02-03?", "is not a date"),
    ("end_date", "ca. 2020-02-03", "is not a date"),
    ("end_date", "2020-02-03/04", "is not a date"),
    ("end_date", "\u0662\u0660\u0662\u0660-02-03", date(2020, 2, 3)),
    ("end_date", "2020\u201102\u201103", "is not a date"),
    ("end_date", "2019-12-31", "ended on 2019-12-31, before its inoculation on 2020-01-01"),
    ("end_date", "", "the end_reason is `humane endpoint`, and there is no end_date"),
    ("end_date", "NA", "there is no end_date"),
    ("end_date", "#N/A", "the cell holds the formula error #N/A"),
    ("end_date", "#VALUE!", "the cell holds the formula error #VALUE!"),
    ("end_date", "########", "the column was too narrow"),
    ("inoculation_date", "", "the cell is blank"),
    ("inoculation_date", "2020-03-01", "ended on 2020-02-03, before its inoculation"),
    ("birth_date", "2020-01-02", "the animal was born on 2020-01-02, after its inoculation"),
    ("birth_date", "2019-11-13", date(2019, 11, 13)),
    # numbers
    ("weight_g", "25", 25.0),
    ("weight_g", "25.", 25.0),
    ("weight_g", ".5", 0.5),
    ("weight_g", "2.5e1", 25.0),
    ("weight_g", "+25", 25.0),
    ("weight_g", " 25 ", 25.0),
    ("weight_g", "\u00a025", 25.0),
    ("weight_g", '"25,4"', 25.4),
    ("weight_g", '"25,400"', "`25,400` can mean 25.400 or 25400"),
    ("weight_g", "25.400", 25.4),
    ("weight_g", "25 g", "`25 g` is not a number. Write only the number (25)"),
    ("weight_g", "~25", "is not a number"),
    ("weight_g", ">25", "is not a number"),
    ("weight_g", "25-26", "is not a number"),
    ("weight_g", "25/26", "is not a number"),
    ("weight_g", "2 5", "is not a number"),
    ("weight_g", "25..4", "is not a number"),
    ("weight_g", "1_000", "is not a number"),
    ("weight_g", "0x19", "is not a number"),
    ("weight_g", "inf", "is not a number"),
    ("weight_g", "-inf", "is not a number"),
    ("weight_g", "nan", "is not a number"),
    ("weight_g", "1e999", "is too large to be right"),
    ("weight_g", "-25", "-25 is not above 0"),
    ("weight_g", "0", "0 is not above 0"),
    ("weight_g", "", None),
    ("weight_g", "n/a", None),
    ("weight_g", "-", None),
    ("weight_g", "TRUE", "is not a number"),
    ("weight_g", "=25", "`=25` is not a number"),
    ("weight_g", "#DIV/0!", "the cell holds the formula error #DIV/0!"),
    ("weight_g", "\u0662\u0665", 25.0),
    ("weight_g", "2020-02-03", "is not a number"),
    ("cells_injected", "100 000", 1e5),
    ("cells_injected", "1E+05", 1e5),
    ("cells_injected", '"1,0E+05"', 1e5),
    ("cells_injected", '"100,000"', "`100,000` can mean 100.000 or 100000"),
    ("cells_injected", "10^5", 100000.0),
    ("cells_injected", "1x10^5", 100000.0),
    ("cells_injected", "1.2 × 10⁵", 120000.0),
    ("cells_injected", "1,5·10^5", 150000.0),
    ("cells_injected", "2.5*10^+5", 250000.0),
    ("cells_injected", "1x105", "is not a number. Write it in digits, a large one as 1.2e6"),
    ("cells_injected", "1,500 x 10^2", "`1,500 x 10^2` can mean 1.500 or 1500"),
    ("weight_g", "2.5×10⁻¹", 0.25),
    ("weight_g", "dead", "`dead` is not a number. Leave the cell blank where there is no value"),
    ("cage", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    ("cage", "1.10", "1.10"),
    ("cage", "03-04", "03-04"),
    ("cage", "x" * 10_000, "the text has 10000 characters"),
]


def sheet(column: str, text: str) -> str:
    """Return the sound sheet with one cell of its second animal replaced."""
    rows = [list(row) for row in SOUND]
    rows[1][COLUMNS.index(column)] = text
    lines = [",".join(COLUMNS)]
    for row in rows:
        lines.append(",".join(f'"{c}"' if "," in c and not c.startswith('"') else c for c in row))
    return "\n".join(lines) + "\n"


def test_corpus_is_as_large_as_it_says() -> None:
    assert len({(column, text) for column, text, _ in CELLS}) == len(CELLS) >= 160


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    CELLS,
    ids=[f"{i:03d}-{column}" for i, (column, _, _) in enumerate(CELLS)],
)
def test_hostile_cell(column: str, text: str, expected: Any, tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(sheet(column, text), encoding="utf-8")
    config = study(tmp_path)
    is_message = isinstance(expected, str) and expected != text.strip() and " " in expected
    try:
        animals = read_cohort(config).animals
    except InputError as error:
        assert is_message, str(error)
        assert expected in str(error)
        assert str(tmp_path / "cohort.csv") in str(error)
        assert all(len(str(problem)) < 2_000 for problem in error.problems)
        cell = f"({'ABCDEFGHIJ'[COLUMNS.index(column)]}3)"
        allowed = (cell, "(A4)", "(E3)", "(F3)")
        assert any(place in str(error) for place in allowed), str(error)
        write_problems(config, error.problems, tmp_path / "problems.xlsx")
        return
    assert not is_message, f"read without a word: {getattr(animals[1], column)!r}"
    assert len(animals) == 3
    assert [a.animal_id for a in animals[::2]] == ["007", "3466"]
    assert getattr(animals[1], column) == expected
    untouched = Animal(
        *("1E5", "MDA", "DFO", D, date(2020, 2, 3), "humane endpoint"),
        cage="2",
        cells_injected=1e5,
        weight_g=25.0,
        file=str(tmp_path / "cohort.csv"),
        row=3,
    )
    for name in set(COLUMNS) - {column}:
        assert getattr(animals[1], name) == getattr(untouched, name)


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [c for c in CELLS if not c[1].startswith(('"', "#", "=")) and "\x1b" not in c[1]][::3],
    ids=repr,
)
def test_hostile_cell_in_a_workbook(column: str, text: str, expected: Any, tmp_path: Path) -> None:
    """The same texts as cells of .xlsx, where nothing is split or unquoted."""
    if "\x07" in text:
        pytest.skip("no workbook can hold this character")
    rows: list[list[Any]] = [list(COLUMNS), *([c or None for c in row] for row in SOUND)]
    rows[2][COLUMNS.index(column)] = text
    write_xlsx(tmp_path / "cohort.xlsx", rows)
    config = study(tmp_path, cohort={"file": "cohort.xlsx"})
    is_message = isinstance(expected, str) and expected != text.strip() and " " in expected
    try:
        animals = read_cohort(config).animals
    except InputError as error:
        assert is_message and expected in str(error), str(error)
        return
    assert not is_message
    assert (len(animals), getattr(animals[1], column)) == (3, expected)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    column=st.sampled_from(COLUMNS),
    text=st.text(
        st.characters(codec="utf-8", exclude_characters='",\n\r\0', exclude_categories=("Cs",)),
        max_size=30,
    ),
)
def test_any_cell_is_read_or_refused_and_no_row_gets_lost(
    column: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "cohort.csv").write_text(sheet(column, text), encoding="utf-8")
    config = study(tmp_path)
    try:
        animals = read_cohort(config).animals
    except InputError as error:
        assert str(tmp_path / "cohort.csv") in str(error)
        return
    assert [a.row for a in animals] == [2, 3, 4]


def test_the_sound_sheet_is_sound(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    assert len(read_cohort(study(tmp_path)).animals) == 3
