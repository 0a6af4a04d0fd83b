"""Sheets as labs keep them are read into the same values, or refused with a place."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_files import COHORT, HEADER, ROWS, study, write_ods, write_xlsx

from lumicohort.cohort.animals import read_animals
from lumicohort.cohort.headers import Column
from lumicohort.cohort.sheets import read_table
from lumicohort.errors import InputError
from lumicohort.study.config.sheets import Sheet

EXPECTED = [
    ("007", "MDA", "vehicle", date(2020, 1, 1), date(2020, 1, 22), "found dead", 22.5),
    ("1E5", "MDA", "DFO", date(2020, 1, 1), date(2020, 2, 3), "humane endpoint", 25.0),
    ("3466", "PC9", "vehicle", date(2020, 1, 20), date(2020, 2, 20), "end of study", 24.25),
]


def values(folder: Path, file: str, **sheet: object) -> list[tuple[object, ...]]:
    records = read_animals(study(folder, cohort={"file": file, **sheet}))
    assert not records.problems, records.problems
    return [
        (a.animal_id, a.model, a.arm, a.inoculation_date, a.end_date, a.end_reason, a.weight_g)
        for a in records.rows
    ]


def european(text: str) -> str:
    """Return the cohort with semicolons, decimal commas and day-first dates."""
    rows = []
    for row in csv.reader(io.StringIO(text)):
        cells = [".".join(reversed(c.split("-"))) if c.startswith("2020-") else c for c in row]
        rows.append(";".join([*cells[:-1], cells[-1].replace(".", ",")]))
    return "\n".join(rows) + "\n"


TEXTS = {
    "plain": COHORT.encode(),
    "bom": COHORT.encode("utf-8-sig"),
    "utf-16": COHORT.replace(",", "\t").encode("utf-16"),
    "crlf": COHORT.replace("\n", "\r\n").encode(),
    "cr": COHORT.replace("\n", "\r").encode(),
    "no last line end": COHORT.rstrip("\n").encode(),
    "semicolon": COHORT.replace(",", ";").encode(),
    "tab": COHORT.replace(",", "\t").encode(),
    "bar": COHORT.replace(",", "|").encode(),
    "european": european(COHORT).encode(),
    "sep line": b"sep=;\r\n" + COHORT.replace(",", ";").encode(),
    "quoted": "\n".join(
        ",".join(f'"{c}"' for c in line.split(",")) for line in COHORT.splitlines()
    ).encode(),
    "excel text": COHORT.replace("007", '="007"').encode(),
    "title lines": b"Study X of lab Y\n\n,,comment,,,,\n" + COHORT.encode(),
    "blank rows": COHORT.replace("\n", "\n\n,,,,,,\n").encode(),
    "spaces": COHORT.replace(",", " ,\u00a0 ").encode(),
    "cp1252 spaces": COHORT.replace(",", ",\u00a0").encode("cp1252"),
    "headings of another case": COHORT.replace(HEADER, HEADER.replace("_", " ").title()).encode(),
    "blank columns": "\n".join("," + line + ",," for line in COHORT.splitlines()).encode(),
    "unmapped columns": "\n".join(f'{line},"a, b",é' for line in COHORT.splitlines()).encode(
        "cp1252"
    ),
    "decimal comma in quotes": COHORT.replace("22.5", '"22,5"')
    .replace("24.25", '"24,25"')
    .encode(),
    "month names": COHORT.replace("2020-01-01", "1-Jan-2020").encode(),
    "month first": COHORT.replace("2020-01-01", "1/1/2020")
    .replace("2020-01-22", "1/22/2020")
    .replace("2020-02-03", "2/3/2020")
    .encode(),
    "timestamps": COHORT.replace("2020-01-01", "2020-01-01T00:00:00").encode(),
    "compact dates": COHORT.replace("2020-01-01", "20200101").encode(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_files_of_every_shape_hold_the_same_cohort(name: str, tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_bytes(TEXTS[name])
    assert values(tmp_path, "cohort.csv") == EXPECTED


def cells(dates: type = date) -> list[list[object]]:
    """Return the cohort as a workbook holds it: dates, numbers, and one id as a number."""
    rows: list[list[object]] = [list(HEADER.split(","))]
    for row in EXPECTED:
        made = [dates(v.year, v.month, v.day) if isinstance(v, date) else v for v in row]
        rows.append([float(v) if v == "3466" else v for v in made])
    return rows


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_xlsx_holds_the_same_cohort(epoch_1904: bool, tmp_path: Path) -> None:
    write_xlsx(tmp_path / "c.xlsx", cells(), epoch_1904=epoch_1904)
    assert values(tmp_path, "c.xlsx") == EXPECTED
    assert values(tmp_path, "c.xlsx", sheet="mice") == EXPECTED


def test_ods_holds_the_same_cohort(tmp_path: Path) -> None:
    write_ods(tmp_path / "c.ods", cells(datetime))
    assert values(tmp_path, "c.ods") == EXPECTED


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_xls_holds_the_same_cohort(epoch: int) -> None:
    here = Path(__file__).parent
    records = read_animals(study(here, cohort={"file": f"cohort_{epoch}.xls"}))
    found = [
        (a.animal_id, a.model, a.arm, a.inoculation_date, a.end_date, a.end_reason, a.weight_g)
        for a in records.rows
    ]
    assert found == EXPECTED[:2]
    (problem,) = records.problems
    assert 'sheet "mice", row 4, column end_date (E4): the cell holds the formula error #REF!' in (
        str(problem)
    )
    assert records.table is not None
    assert ["row 3: the row is hidden" in str(note) for note in records.table.notes] == [True]


def test_rows_keep_the_number_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    write_xlsx(
        tmp_path / "c.xlsx",
        [["Mice of 2020"], [], [None, *HEADER.split(",")], [], [None, *cells()[1]]],
    )
    (animal,) = read_animals(study(tmp_path, cohort={"file": "c.xlsx"})).rows
    assert (animal.row, animal.animal_id) == (5, "007")
    (tmp_path / "c.csv").write_text("title\n\n" + HEADER.replace("arm", '"arm"') + "\n\n" + ROWS[0])
    (animal,) = read_animals(study(tmp_path, cohort={"file": "c.csv"})).rows
    assert animal.row == 5


def test_hidden_rows_are_read_and_mentioned(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "c.xlsx", cells(), hidden=(3,))
    records = read_animals(study(tmp_path, cohort={"file": "c.xlsx"}))
    assert [a.animal_id for a in records.rows] == ["007", "1E5", "3466"]
    assert records.table is not None
    assert [str(n) for n in records.table.notes] == [
        f'{tmp_path / "c.xlsx"}, sheet "mice", row 3: the row is hidden in the file, and is read.'
    ]


def test_vertically_merged_cells_hold_for_every_row(tmp_path: Path) -> None:
    rows = cells()
    rows[2][1] = None
    write_xlsx(tmp_path / "c.xlsx", rows, merged=("B2:B3",))
    assert values(tmp_path, "c.xlsx") == EXPECTED


def test_first_visible_worksheet_is_read_and_others_by_name(tmp_path: Path) -> None:
    import openpyxl

    path = write_xlsx(tmp_path / "c.xlsx", cells())
    book = openpyxl.load_workbook(path)
    book.create_sheet("notes", 0)["A1"] = "nothing"
    book["notes"].sheet_state = "hidden"
    book.save(path)
    assert values(tmp_path, "c.xlsx") == EXPECTED
    records = read_animals(study(tmp_path, cohort={"file": "c.xlsx", "sheet": "Mise"}))
    assert records.rows == []
    assert "did you mean `mice`?" in str(records.problems[0])


def refusal(folder: Path, content: bytes | str, name: str = "cohort.csv", **sheet: object) -> str:
    """Return all that is said about a sheet, and check that it is refused."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    records = read_animals(study(folder, cohort={"file": name, **sheet}))
    assert records.problems
    return str(InputError(records.problems))


REFUSED_FILES = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n,,,\n", "the sheet is blank"),
    "nul": (COHORT.replace("MDA", "M\0A", 1).encode(), "line 2: the file holds a NUL"),
    "binary": (bytes(range(128)) * 4, "NUL"),
    "undecodable": (COHORT.replace("MDA", "\x81").encode("latin-1"), "neither UTF-8 nor"),
    "open quotation mark": (COHORT.replace("found dead", '"found dead'), "quotation marks"),
    "swallowed row": (
        COHORT.replace("007,MDA", '"007,MDA').replace("1E5,", '1E5",'),
        "row 2: a quoted cell holds 1 more row(s)",
    ),
    "unquoted decimal comma": (
        COHORT.replace("24.25", "24,25"),
        "row 4: the row has 8 cells, and the header has 7",
    ),
    "cut off": (COHORT[: COHORT.index("end of study") - 1], "row 4: the row has 5 cells"),
    "missing column": (
        COHORT.replace("animal_id", "animalid"),
        "the column `animal_id` is missing — did you mean `animalid`? Headings found: `animalid`, "
        "`model`",
    ),
    "column twice": (
        "\n".join(f"{line},{line.split(',')[0]}" for line in COHORT.splitlines()),
        "the heading `animal_id` stands twice, in columns A and H",
    ),
    "no header at all": ("\n".join(ROWS), "Headings found: `007`, `MDA`"),
}


@pytest.mark.parametrize("name", REFUSED_FILES)
def test_files_that_are_refused(name: str, tmp_path: Path) -> None:
    content, message = REFUSED_FILES[name]
    assert message in refusal(tmp_path, content)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (COHORT.encode(), "this is text"),
        (b"PK\x03\x04 and nothing", "cut off or damaged"),
        (b"\xd0\xcf\x11\xe0", "cannot be read|old .xls format"),
    ],
)
def test_files_that_are_no_workbook_are_refused(
    suffix: str, content: bytes, what: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, content, "cohort" + suffix)
    assert any(word in said for word in what.split("|")) and "save it again" in said


def test_missing_file_folder_and_kind(tmp_path: Path) -> None:
    (tmp_path / "cohort.xlsx").mkdir()
    (tmp_path / "cohort.docx").write_text("x")
    for file, message in {
        "cohort.csv": "there is no such file",
        "cohort.xlsx": "this is a folder",
        "cohort.docx": "`.docx` is not a kind of sheet",
    }.items():
        (problem,) = read_animals(study(tmp_path, cohort={"file": file})).problems
        assert message in str(problem) and str(tmp_path / file) in str(problem)
    (tmp_path / "cohrt.csv").write_text(COHORT)
    (problem,) = read_animals(study(tmp_path, cohort={"file": "cohort.csv"})).problems
    assert "did you mean `cohrt.csv`?" in str(problem)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
@pytest.mark.parametrize("shown", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!"])
def test_formula_errors_are_never_blank_cells(kind: str, shown: str, tmp_path: Path) -> None:
    rows = cells(datetime if kind == "ods" else date)
    rows[2][4] = shown
    path = tmp_path / f"c.{kind}"
    if kind == "csv":
        path.write_text(COHORT.replace("2020-02-03", shown))
    else:
        {"xlsx": write_xlsx, "ods": write_ods}[kind](path, rows)
    records = read_animals(study(tmp_path, cohort={"file": path.name}))
    assert [a.animal_id for a in records.rows] == ["007", "3466"]
    (problem,) = records.problems
    assert "row 3, column end_date (E3)" in str(problem)
    assert f"the cell holds the formula error {shown}." in str(problem)


def test_formula_that_was_never_calculated_is_refused(tmp_path: Path) -> None:
    rows = cells()
    rows[2][4] = "=DATE(2020,2,3)"
    write_xlsx(tmp_path / "c.xlsx", rows)
    (problem,) = read_animals(study(tmp_path, cohort={"file": "c.xlsx"})).problems
    assert "E3" in str(problem) and "never calculated" in str(problem)


def test_a_sheet_of_one_model_is_told_how_to_name_it(tmp_path: Path) -> None:
    lines = [line.split(",") for line in COHORT.splitlines()]
    text = "\n".join(",".join([cells[0], *cells[2:]]) for cells in lines)
    said = refusal(tmp_path, text)
    assert "the column `model` is missing" in said
    assert "Where all rows have the same: config key data.cohort.values: {model: …}." in said


def test_mapped_headings(tmp_path: Path) -> None:
    text = COHORT.replace("animal_id", "Mouse  #").replace("end_date", '"Died\non"')
    (tmp_path / "c.csv").write_text(text)
    columns = {"animal_id": "Mouse #", "end_date": "Died on"}
    assert values(tmp_path, "c.csv", columns=columns) == EXPECTED
    said = refusal(tmp_path, text, columns={"animal_id": "Mouse", "end_date": "Died on"})
    assert "the column `Mouse` (config key data.cohort.columns.animal_id) is missing" in said
    assert "`Mouse #`" in said


def test_header_row_given_in_config(tmp_path: Path) -> None:
    text = HEADER + "\n" + "units,,,,,,g\n" + COHORT
    assert "units" in refusal(tmp_path, text) or "row 2" in refusal(tmp_path, text)
    assert values(tmp_path, "cohort.csv", header_row=3) == EXPECTED


def test_reading_sheets_imports_no_pandas() -> None:
    code = (
        "import sys, lumicohort.cohort.sheets, lumicohort.cohort.study, lumicohort.cohort.batches;"
        "assert not {'pandas', 'python_calamine', 'openpyxl'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(WORD, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    title=st.sampled_from(["", "Study\n", "\n\n"]),
)
def test_what_was_written_as_csv_is_read_back(
    rows: list[list[str]], delimiter: str, title: str, tmp_path: Path
) -> None:
    from lumicohort.cohort.grid import text_value

    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["animal_id", "arm", "cage"])
    writer.writerows(rows)
    path = tmp_path / "any.csv"
    path.write_bytes((title + stream.getvalue()).encode())
    columns = {name: Column("text") for name in ("animal_id", "arm", "cage")}
    try:
        table = read_table(path, Sheet(file="any.csv"), columns, "data.cohort")
    except InputError as error:
        assert str(path) in str(error)
        return
    wanted = [[text_value(cell) for cell in row] for row in rows]
    wanted = [row for row in wanted if any(cell is not None for cell in row)]
    unwrapped = [r for r in rows if any(c.strip().startswith('="') for c in r)]
    if not unwrapped:
        assert [list(row.cells.values()) for row in table.rows] == wanted


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda t: (HEADER + "\n" + t).encode("utf-8", "surrogatepass")),
    )
)
def test_any_bytes_are_read_or_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    records = read_animals(study(tmp_path, cohort={"file": "any.csv"}))
    # Whatever is read completely has come from a row; nothing else may be raised.
    assert all(animal.animal_id for animal in records.rows)


REAL = {
    "mice_raw_data.csv": ("id", 25),
    "mice_raw_mass.csv": ("id", 175),
    "measurements_2024-02-16.csv": ("Image Number", 25),
    "TestLong.tsv": ("Id", None),
    "TestTFS.tsv": ("Id", None),
    "KOLB2008.tsv": ("Mid", 16),
    "absolutetvish.xlsx": ("Animal ID", None),
}


@pytest.mark.parametrize("name", REAL)
def test_real_sheets_lose_no_row(name: str, shared: Path) -> None:
    heading, count = REAL[name]
    path = shared / "real" / "sheets" / name
    sheet = Sheet(file=name, columns={"animal_id": heading})
    table = read_table(path, sheet, {"animal_id": Column("id")}, "data.cohort")
    if count is not None:
        assert len(table.rows) == count
    filled = [r for r in table.rows if r.cells["animal_id"] is not None]
    assert len({row.number for row in table.rows}) == len(table.rows)
    assert filled
