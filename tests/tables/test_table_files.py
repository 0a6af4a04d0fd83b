"""The files of a table: CSV, Excel, Word, HTML and LaTeX."""

from __future__ import annotations

import html.parser
import zipfile
from dataclasses import replace

import pytest
import xlsxwriter
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from statistics_on_disk import config, rows, write_statistics

from lumicohort.tables import word
from lumicohort.tables.latex import escape, latex_table
from lumicohort.tables.model import Cell, Column, PrintedTable
from lumicohort.tables.study import build_tables, write_tables
from lumicohort.tables.workbook import write_table_xlsx

NAMES = [
    f"{table}.{ending}"
    for table in ("table1_survival", "table2_burden", "tableS1_animals")
    for ending in ("csv", "xlsx", "docx", "html", "tex")
]


def test_excel_cells_are_typed_and_never_formulas(results):
    write_tables(config(), results)
    book = load_workbook(results / "tables" / "table1_survival.xlsx")
    sheet = book["Table 1"]
    heading = [cell.value for cell in sheet[3]]
    line = dict(zip(heading, sheet[5], strict=True))
    assert line["Median survival (days)"].value == 35
    assert line["Survival benefit vs Vehicle"].value == "+12 days (+52%)"
    assert line["Survival benefit vs Vehicle"].data_type == "s"
    assert line["P value"].value == "<0.0001"
    assert line["P value, all digits"].value == pytest.approx(1.1e-5)
    notes = {(row[0].value, row[1].value) for row in book["Notes"].iter_rows()}
    assert ("Data", "measured") in notes
    assert any(key == "Software" and "scipy" in text for key, text in notes)
    burden = load_workbook(results / "tables" / "table2_burden.xlsx")["Table 2"]
    line = dict(zip([c.value for c in burden[3]], burden[5], strict=True))
    assert line["Mean, photons/s"].value == pytest.approx(5.1e6)


def test_excel_rows_are_as_high_as_their_wrapped_text(results):
    """Not every program fits a row to its text: a heading then prints over the first row."""
    long = "Combination of an antibody and a beta blocker, each of them twice weekly"
    write_tables(config(arms={"vehicle": {"label": "Vehicle"}, "DFO": {"label": long}}), results)
    sheet = load_workbook(results / "tables" / "table2_burden.xlsx")["Table 2"]
    heading = "Endpoint tumour burden (photons/s)"
    column = next(c for c in sheet[3] if c.value == heading)
    width = sheet.column_dimensions[column.column_letter].width
    assert width < len(heading) and column.alignment.wrap_text
    # a line of 10 points is at least 12 points high
    assert sheet.row_dimensions[3].height >= 12 * (len(heading) // int(width) + 1)
    rows = {row[1].value: row[1] for row in sheet.iter_rows(min_row=4)}
    assert rows[long].alignment.wrap_text and sheet.row_dimensions[rows[long].row].height >= 36
    assert sheet.row_dimensions[rows["Vehicle"].row].height is None
    for cell in sheet[3]:  # no word of a heading is wider than its column
        longest = max(map(len, cell.value.split()))
        assert sheet.column_dimensions[cell.column_letter].width >= longest


def test_a_study_with_nothing_published_says_nothing_of_it(results):
    write_tables(config(), results)
    book = load_workbook(results / "tables" / "table2_burden.xlsx")
    assert "Published P value" in [cell.value for cell in book["Table 2"][3]]
    assert any("not estimable or not published." in str(n[1].value) for n in book["Notes"])
    write_tables(config(models={"M1": {}, "M2": {}}), results)
    for name, sheet in (("table1_survival", "Table 1"), ("table2_burden", "Table 2")):
        book = load_workbook(results / "tables" / f"{name}.xlsx")
        assert "Test" in [cell.value for cell in book[sheet][3]]
        text = str([c.value for s in book for line in s.iter_rows() for c in line])
        assert "ublished" not in text and "NA: not estimable." in text
        assert "published_p_value" in (results / "tables" / f"{name}.csv").read_text("utf-8")


def test_word_table_is_real_and_has_journal_rules(results):
    write_tables(config(), results)
    document = Document(str(results / "tables" / "table1_survival.docx"))
    (table,) = document.tables
    text = [[cell.text for cell in row.cells] for row in table.rows]
    assert text[0][:4] == ["Model", "Group", "n", "Median survival (days)"]
    assert text[2][:4] == ["", "DFO", "10", "35"]
    assert "+12 days (+52%)" in text[2]
    assert document.paragraphs[0].text == "Table 1. Median survival by group."
    edges = {
        (r, edge.tag.split("}")[1])
        for r, row in enumerate(table.rows)
        for cell in row.cells
        for borders in cell._tc.iter(qn("w:tcBorders"))
        for edge in borders
    }
    assert edges == {(0, "top"), (0, "bottom"), (4, "bottom")}
    assert not any(table._tbl.iter(qn("w:insideV")))


def test_a_table_too_long_for_word_says_where_the_rest_is(results, tmp_path, monkeypatch):
    table = build_tables(config(), results)[2]
    n = len(table.rows)
    for most, shown in ((n, n), (n - 1, n - 1)):
        monkeypatch.setattr(word, "MOST_ROWS", most)
        word.write_table_docx(table, tmp_path / "t.docx")
        document = Document(str(tmp_path / "t.docx"))
        assert len(document.tables[0].rows) == shown + 1
        said = " ".join(paragraph.text for paragraph in document.paragraphs)
        whole = f"The first {n - 1} of {n} rows; CSV, Excel, HTML and LaTeX"
        assert (whole in said) == (shown < n)


class _Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text.append(data)


HOSTILE = ['<script>alert("x")</script>', "=HYPERLINK(1)&<b>", "+DFO", "日本語 Ω–mouse"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_harmless_everywhere(tmp_path, name):
    write_statistics(
        tmp_path,
        [(name, "vehicle", 5, 5, 20, 18, 22), (name, "DFO", 5, 5, 25, 22, 28)],
        [(name, "DFO", "vehicle", "logrank", 0.01, 0.01, "true", "", "")],
        [(name, "neuraxis", 14, "DFO", "vehicle", 5, 5, 1e6, 2e6, 50, 20, 70,
          0.5, 0.3, 0.8, "mann_whitney", 0.01, 0.01, "true", "a rule", name)],
    )  # fmt: skip
    settings = config(models={name: {}}, arms={"vehicle": {"label": name}, "DFO": {}})
    write_tables(settings, tmp_path)
    parser = _Tags()
    parser.feed((tmp_path / "tables" / "table2_burden.html").read_text(encoding="utf-8"))
    assert "script" not in parser.tags and "b" not in parser.tags
    assert name in parser.text
    first = rows(tmp_path / "tables" / "table1_survival.csv")[0]
    expected = "'" + name if name[0] in "=+" else name
    assert first["model"] == first["group"] == expected
    assert rows(tmp_path / "tables" / "table1_survival.csv")[1]["survival_benefit"][0] == "+"
    sheet = load_workbook(tmp_path / "tables" / "table1_survival.xlsx")["Table 1"]
    assert sheet["A4"].value == name and sheet["A4"].data_type == "s"
    document = Document(str(tmp_path / "tables" / "table1_survival.docx"))
    assert document.tables[0].cell(1, 0).text == name


def test_simulated_data_are_said_in_every_format(results):
    write_tables(config(simulate={}), results)
    folder = results / "tables"
    tables = {"table1_survival": "1", "table2_burden": "2", "tableS1_animals": "S1"}
    for table, number in tables.items():
        assert {row["data"] for row in rows(folder / f"{table}.csv")} == {"simulated"}
        book = load_workbook(folder / f"{table}.xlsx")
        assert "simulated data" in book[f"Table {number}"]["A1"].value
        assert "simulated data" in Document(str(folder / f"{table}.docx")).paragraphs[0].text
        assert "(simulated data)" in (folder / f"{table}.html").read_text(encoding="utf-8")
        assert "(simulated data)" in (folder / f"{table}.tex").read_text(encoding="utf-8")


def test_second_run_gives_the_same_bytes_without_dates(results, monkeypatch):
    write_tables(config(), results)
    first = {name: (results / "tables" / name).read_bytes() for name in NAMES}
    import time

    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    monkeypatch.setattr(time, "localtime", lambda *_: time.gmtime(2_000_000_000))
    write_tables(config(), results)
    assert first == {name: (results / "tables" / name).read_bytes() for name in NAMES}
    for name in NAMES:
        if name.endswith(("xlsx", "docx")):
            with zipfile.ZipFile(results / "tables" / name) as archive:
                assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                assert b"dcterms:created" not in archive.read("docProps/core.xml")


def test_only_the_formats_asked_for(results):
    write_tables(config(tables={"formats": ["csv"]}), results)
    found = sorted(path.name for path in (results / "tables").iterdir())
    assert found == ["table1_survival.csv", "table2_burden.csv", "tableS1_animals.csv"]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("50% & more_#1 {x}", r"50\% \& more\_\#1 \{x\}"),
        ("~^\\", r"\textasciitilde{}\textasciicircum{}\textbackslash{}"),
        ("<0.0001 – 1.5 × 10⁷", r"\textless{}0.0001 \textendash{} 1.5 $\times$ 10$^{7}$"),
        ("a---b\x00\n", "a-{}-{}-b"),
        (r"\input{/etc/passwd}$x$", r"\textbackslash{}input\{/etc/passwd\}\$x\$"),
    ],
)
def test_text_is_harmless_in_latex(text, latex):
    assert escape(text) == latex


def test_long_tables_may_break_over_pages(results):
    *_, table = build_tables(config(), results)
    assert r"\begin{table}" in latex_table(table) and "longtable" not in latex_table(table)
    long = replace(table, rows=[*table.rows] * 10)
    assert r"\begin{longtable}" in latex_table(long) and r"\begin{table}" not in latex_table(long)


def test_no_break_spaces_stay_in_word_and_latex() -> None:
    assert word._text("P\N{NO-BREAK SPACE}value\x00\u3000x") == "P\N{NO-BREAK SPACE}value\u3000x"
    assert escape("2\N{NO-BREAK SPACE}mg~") == "2~mg\\textasciitilde{}"


def test_word_columns_give_way_at_spaces_only() -> None:
    def table(outcome: str, animal: str) -> PrintedTable:
        keys = ("animal", "outcome", *(f"c{i}" for i in range(12)))
        columns = [Column(key, "Heading") for key in keys]
        cells = {key: Cell("1.0 × 10⁵") for key in keys}
        row = {**cells, "animal": Cell(animal), "outcome": Cell(outcome)}
        return PrintedTable("t", "1", "T", columns, [{**row, "model": Cell("")}], [], False)

    long = "died: humane endpoint"
    widths = word._widths(table(long, "MDDFO-0123"))
    assert sum(widths) == pytest.approx(25.7)
    # MDDFO-0123 is 1.9 cm wide at 9 pt in Arial, and a cell keeps 0.19 cm free on either side.
    assert widths[0] >= 1.9 + 2 * 0.19
    longer = word._widths(table(f"{long} after a long illness", "MDDFO-0123"))
    assert longer[0] == pytest.approx(widths[0])
    assert word._length("去铁胺") > word._length("abc")


def test_a_workbook_has_a_format_for_each_kind_of_cell_and_not_for_each_cell(tmp_path, monkeypatch):
    made = []
    plain = xlsxwriter.Workbook.add_format
    monkeypatch.setattr(
        xlsxwriter.Workbook,
        "add_format",
        lambda book, *given: made.append(given) or plain(book, *given),
    )
    rows = [{"model": Cell("M"), "n": Cell(str(i), i or None)} for i in range(100)]
    columns = [Column("model", "Model"), Column("n", "N", "right", number_format="0.0")]
    table = PrintedTable("t", "1", "Many rows", columns, rows, [], simulated=False)
    write_table_xlsx(table, tmp_path / "t.xlsx")
    assert len(made) < 20
    sheet = load_workbook(tmp_path / "t.xlsx")["Table 1"]
    last, above = sheet["B103"], sheet["B102"]
    assert (last.value, last.number_format, last.border.bottom.style) == (99, "0.0", "medium")
    assert (above.value, above.number_format, above.border.bottom.style) == (98, "0.0", None)
    assert (sheet["B4"].value, sheet["B4"].number_format) == ("0", "General")
    assert sheet["B4"].alignment.horizontal == "right"
