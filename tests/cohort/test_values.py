"""Cells mean one thing or are refused, each with its place and both readings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheet_files import study

from lumicohort.cohort.grid import column_letter
from lumicohort.cohort.headers import Column
from lumicohort.cohort.table import Row, Table, plain_text
from lumicohort.cohort.values import ColumnReader
from lumicohort.errors import Problem


def read(
    kind: str, cells: list[object], date_format: str | None = None, **limits: object
) -> tuple[list[object], list[str]]:
    """Read a column's cells; return its values and what is said."""
    columns = {"x": Column(kind, **limits)}  # type: ignore[arg-type]
    rows = [Row(i, {"x": cell}, {}) for i, cell in enumerate(cells, start=2)]
    table = Table(Path("s.csv"), None, 1, {"x": (0, "x")}, columns, rows)
    problems: list[Problem] = []
    values = ColumnReader(table, date_format, problems).read("x")
    return values, [str(problem) for problem in problems]


D = date(2020, 3, 4)

DATES = [
    (["2020-03-04"], [D]),
    (["2020/3/4"], [D]),
    (["2020.03.04"], [D]),
    (["20200304"], [D]),
    (["2020-03-04 13:30"], [D]),
    (["2020-03-04T13:30:00.5Z"], [D]),
    (["4 March 2020"], [D]),
    (["4-Mar-20"], [D]),
    (["4th Mar 2020"], [D]),
    (["March 4, 2020"], [D]),
    (["04/03/2020", "13/03/2020"], [D, date(2020, 3, 13)]),
    (["03/04/2020", "03/13/2020"], [D, date(2020, 3, 13)]),
    (["4.3.2020", "31.12.2019"], [D, date(2019, 12, 31)]),
    (["04/03/2020 13:30", "13/03/2020"], [D, date(2020, 3, 13)]),
    (["3/4/20 1:30 PM", "3/31/20"], [D, date(2020, 3, 31)]),
    (["04.03.20", "31.12.2019"], [D, date(2019, 12, 31)]),
    (["03/03/2020"], [date(2020, 3, 3)]),
    ([None, "NA", "n/a", "2020-03-04"], [None, None, None, D]),
    (["2020-02-29"], [date(2020, 2, 29)]),
]


@pytest.mark.parametrize(("cells", "days"), DATES)
def test_dates_that_can_mean_one_day(cells: list[object], days: list[date]) -> None:
    assert read("date", cells) == (days, [])


MORE_DATES = [
    ("4. M\u00e4rz 2020", D),
    ("4. Mrz. 2020", D),
    ("4 mars 2020", D),
    ("4 marzo 2020", D),
    ("4 de mar\u00e7o de 2020", D),
    ("4 maart 2020", D),
    ("04-Mar-2020 13:30", D),
    ("4 ao\u00fbt 2020", date(2020, 8, 4)),
    ("4. J\u00e4nner 2020", date(2020, 1, 4)),
    ("4 d\u00e9c. 2020", date(2020, 12, 4)),
    ("4 Sept 2020", date(2020, 9, 4)),
    ("2020-03-04 1:30 PM", D),
    ("2020-03-04T08:00:00Z", D),
    ("2020-03-04T23:00:00+01:00", D),
    (20200304, D),
    ("4 jui 2020", "is not a date"),
    ("4 ma 2020", "is not a date"),
    ("04/03-2020", "is not a date"),
    ("04/03", "is not a date"),
    ("4/3", "is not a date"),
    ("Mar-20", "is not a date"),
    ("2020", "is not a date"),
    ("2020-03", "is not a date"),
    ("2020-W10-3", "is not a date"),
    ("Wed 4 Mar 2020", "is not a date"),
    ("31/02/2020", "no day of the calendar"),
    ("31/02", "is not a date"),
    ("29/02/2021", "no day of the calendar"),
    ("2020-03-04 25:00", "its time of day does not exist"),
    ("2020-03-04 13:30 PM", "its time of day does not exist"),
    ("2020-03-03T23:00:00Z", "midnight of the next day"),
    ("2020-03-03T15:00:00Z", "midnight of the next day"),
    ("2020-03-03 22:15+00:00", "midnight of the next day"),
    ("04.03.69", "2069-03-04"),
    ("4-Mar-69", "the date 2069-03-04 cannot be right"),
    ("1989-12-31", "the date 1989-12-31 cannot be right"),
    ("2050-01-02", "cannot be right"),
    (43894.5, "as a serial number it would be 2020-03-04"),
    (-1, "is not a date"),
    (99999999, "is not a date"),
]


@pytest.mark.parametrize(("cell", "expected"), MORE_DATES)
def test_dates_of_other_languages_times_zones_and_centuries(cell: object, expected: object) -> None:
    (value,), said = read("date", [cell])
    if isinstance(expected, date):
        assert (value, said) == (expected, [])
    else:
        assert value is None and str(expected) in said[0]


def test_dates_that_a_spreadsheet_program_has_swapped_are_told() -> None:
    swapped = [date(2020, 4, 3), date(2020, 12, 1), "13/03/2020", "31/03/2020"]
    _, said = read("date", swapped)
    assert len(said) == 1 and "row 2, column x (A2)" in said[0]
    assert "day and month of the former are probably swapped" in said[0]
    days = [date(2020, 4, 3), date(2020, 12, 1), date(2020, 3, 13), date(2020, 3, 31)]
    assert read("date", swapped, "day_first") == (days, [])
    sound = [date(2020, 4, 13), "13/03/2020"]
    assert read("date", sound) == ([date(2020, 4, 13), date(2020, 3, 13)], [])


def test_true_dates_do_not_settle_how_texts_are_meant() -> None:
    _, said = read("date", [date(2020, 4, 13), "04/03/2020"])
    assert "2020-03-04 (day first) or 2020-04-03 (month first)" in said[0]


def test_date_format_settles_what_the_column_does_not() -> None:
    assert read("date", ["04/03/2020"], "day_first") == ([D], [])
    assert read("date", ["03/04/2020"], "month_first") == ([D], [])
    assert read("date", ["04.03.20"], "day_first") == ([D], [])
    values, (said,) = read("date", ["03/31/2020"], "day_first")
    assert values == [None] and "data.date_format says (`day_first`)" in said
    values, (said,) = read("date", ["04/03/2020"], "iso")
    assert values == [None] and "`04/03/2020` is not a date" in said


REFUSED_DATES = [
    (["04/03/2020"], "2020-03-04 (day first) or 2020-04-03 (month first)"),
    (["04/03/2020"], "Set config key data.date_format"),
    (["04/03/2020", "05/03/2020", "06/03/2020"], "So do rows 3, 4 of this column."),
    (["20-03-04"], "2004-03-20 (day first) or 2020-03-04 (year first)"),
    (["13/03/2020", "03/13/2020", "04/03/2020"], "holds day-first and month-first dates"),
    (["30/02/2020"], "`30/02/2020` is no day of the calendar"),
    (["2021-02-29"], "`2021-02-29` is not a date"),
    (["2020-13-01"], "not a date"),
    (["0020-03-04"], "the date 0020-03-04 cannot be right"),
    (["2200-01-01"], "cannot be right"),
    ([43894], "2020-03-04 in Excel's usual date system, 2024-03-05 in its 1904 system"),
    (["43894"], "2020-03-04 in Excel's usual date system"),
    ([True], "`TRUE` is not a date"),
    (["day 22"], "`day 22` is not a date"),
    (["4 M 2020"], "not a date"),
    (["alive"], "row 2, column x (A2)"),
    (["<script>"], "`<script>` is not a date"),
    (["=TODAY()"], "`=TODAY()` is not a date"),
]


@pytest.mark.parametrize(("cells", "message"), REFUSED_DATES)
def test_dates_that_are_refused(cells: list[object], message: str) -> None:
    values, said = read("date", cells)
    assert None in values
    assert message in "\n".join(said)


@given(st.dates(date(1990, 1, 1), date(2050, 1, 1)), st.sampled_from(["/", ".", "-"]))
def test_a_text_date_is_right_or_refused(day: date, mark: str) -> None:
    text = f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year}"
    assert read("date", [text], "day_first") == ([day], [])
    (value,), said = read("date", [text])
    certain = day.day > 12 or day.day == day.month
    assert (value, bool(said)) == ((day, False) if certain else (None, True))


NUMBERS = [
    (["22.5"], [22.5]),
    (["22,5"], [22.5]),
    ([22.5, 7], [22.5, 7.0]),
    (["1e5", "1E+05"], [1e5, 1e5]),
    (["1,5e5"], [1.5e5]),
    (["100 000"], [1e5]),
    (["100\u202f000".replace("\u202f", " ")], [1e5]),
    (["1,234,567"], [1234567.0]),
    (["1.234.567"], [1234567.0]),
    (["1,234.5"], [1234.5]),
    (["1.234,5"], [1234.5]),
    (["20.125"], [20.125]),
    (["0,125"], [0.125]),
    (["22,5", "20,125"], [22.5, 20.125]),
    ([".5", "5."], [0.5, 5.0]),
    (["\u22125"], [-5.0]),
    (["NA", None, "n/a"], [None, None, None]),
]


@pytest.mark.parametrize(("cells", "numbers"), NUMBERS)
def test_numbers_that_can_mean_one_value(cells: list[object], numbers: list[float]) -> None:
    assert read("number", cells) == (numbers, [])


REFUSED_NUMBERS = [
    (["1,000"], "`1,000` can mean 1.000 or 1000"),
    (["100,000"], "`100,000` can mean 100.000 or 100000"),
    (["22,5", "1.000"], "`1.000` can mean 1.000 or 1000"),
    (["22.5", "22,5", "1,000"], "can mean"),
    (["22.5 g"], "Write only the number (22.5)"),
    (["1,2,3"], "not a number"),
    (["1.2.3"], "not a number"),
    (["12a"], "not a number"),
    (["1_000"], "not a number"),
    (["nan"], "`nan` is not a number"),
    (["inf"], "not a number"),
    (["1e999"], "too large"),
    (["0x10"], "not a number"),
    (["<5"], "not a number"),
    ([True], "`TRUE` is not a number"),
    ([date(2020, 5, 22)], "`2020-05-22` is not a number"),
    (["=1+1"], "`=1+1` is not a number"),
]


@pytest.mark.parametrize(("cells", "message"), REFUSED_NUMBERS)
def test_numbers_that_are_refused(cells: list[object], message: str) -> None:
    values, said = read("number", cells)
    assert values[-1] is None
    assert message in "\n".join(said)


@given(st.floats(0.001, 1e9), st.sampled_from(["{:.6g}", "{:.2f}", "{!r}"]))
def test_a_number_text_is_exact_or_refused(number: float, form: str) -> None:
    text = form.format(number)
    assert read("number", [text]) == ([float(text)], [])
    (value,), said = read("number", [text.replace(".", ",")])
    assert (value == float(text) and not said) or (value is None and "can mean" in said[0])


def test_limits_of_numbers() -> None:
    assert read("number", ["0"], above=0)[1] == ["s.csv, row 2, column x (A2): 0 is not above 0."]
    assert read("number", ["-1"], at_least=0)[1] == ["s.csv, row 2, column x (A2): -1 is below 0."]
    assert "not a whole number" in read("number", ["1.5"], whole=True)[1][0]


IDS = [
    ("007", "007"),
    ("1E5", "1E5"),
    (3466, "3466"),
    (1.5, "1.5"),
    ("NA", "NA"),
    ("e\u0301", "\u00e9"),
    ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ("../../etc", "../../etc"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
]


@pytest.mark.parametrize(("cell", "text"), IDS)
def test_ids_stay_as_typed(cell: object, text: str) -> None:
    assert read("id", [cell]) == ([text], [])


REFUSED_IDS = [
    (date(2020, 3, 1), "the id is a date or time (2020-03-01)"),
    (1.2345678901234567e17, "more than 15 digits"),
    ("x" * 10_000, "10000 characters"),
    ("a\nb", "a line break"),
    ("a\x07b", "control character"),
]


@pytest.mark.parametrize(("cell", "message"), REFUSED_IDS)
def test_ids_that_are_refused(cell: object, message: str) -> None:
    values, (said,) = read("id", [cell])
    assert values == [None] and message in said


TIMES = [
    ("10:42", "10:42:00"),
    ("9:05:30", "09:05:30"),
    ("2:05 PM", "14:05:00"),
    ("12:00 am", "00:00:00"),
    ("2020-03-04 10:42", "2020-03-04T10:42:00"),
]


@pytest.mark.parametrize(("cell", "text"), TIMES)
def test_times_of_day(cell: str, text: str) -> None:
    assert read("time", [cell]) == ([text], [])


@pytest.mark.parametrize("cell", ["25:00", "10:60", "14:00 PM", "ten", 0.5, "2020-13-04 10:42"])
def test_times_that_are_refused(cell: object) -> None:
    values, (said,) = read("time", [cell])
    assert values == [None] and "is not a time of day" in said


@pytest.mark.parametrize(
    ("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_column_letters(index: int, letter: str) -> None:
    assert column_letter(index) == letter


def test_plain_text_of_cells() -> None:
    assert [plain_text(v) for v in (None, True, 3, date(2020, 1, 2))] == [
        "",
        "TRUE",
        "3",
        "2020-01-02",
    ]


def test_blank_required_cell_is_refused() -> None:
    values, said = read("text", [None, "x"], required=True)
    assert values == [None, "x"]
    assert said == [
        "s.csv, row 2, column x (A2): the cell is blank, and this column needs a value."
    ]
    assert read("text", [None], required=True, blank=True) == ([None], [])


def test_study_reads_date_format_from_config(tmp_path: Path) -> None:
    from lumicohort.cohort.animals import read_animals

    (tmp_path / "cohort.csv").write_text(
        "animal_id,model,arm,inoculation_date\nA,MDA,DFO,04/03/2020\n"
    )
    assert len(read_animals(study(tmp_path)).problems) == 1
    (animal,) = read_animals(study(tmp_path, date_format="day_first")).rows
    assert animal.inoculation_date == D
