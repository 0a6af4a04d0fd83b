"""Tables 1 and 2 from statistics on disk."""

from __future__ import annotations

import csv
import html.parser
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
import xlsxwriter
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from lumicohort.errors import InputError
from lumicohort.study.config import parse_config
from lumicohort.tables import word
from lumicohort.tables.format import format_p_equation
from lumicohort.tables.html import html_lines
from lumicohort.tables.latex import escape, latex_table
from lumicohort.tables.model import Cell, Column, PrintedTable
from lumicohort.tables.sources import hazard_words
from lumicohort.tables.study import build_tables, write_tables
from lumicohort.tables.workbook import write_table_xlsx

NAMES = [
    f"{table}.{ending}"
    for table in ("table1_survival", "table2_burden", "tableS1_animals")
    for ending in ("csv", "xlsx", "docx", "html", "tex")
]

ARMS = ["model", "arm", "n", "events", "median_days", "median_lower_95", "median_upper_95"]
TESTS = [
    *["model", "arm", "reference", "test", "p_value", "p_adjusted", "primary", "note", "options"]
]
RATIOS = ["model", "arm", "reference", "method", "hr", "lower_95", "upper_95", "p_value", "primary"]
BURDEN = [
    *("model", "region", "day", "arm", "reference", "n", "n_reference", "mean_p_s"),
    *("mean_reference_p_s", "reduction_percent", "reduction_lower_95", "reduction_upper_95"),
    *("test", "p_value", "p_adjusted", "primary", "day_rule", "note"),
]
ANIMALS = [
    *("animal_id", "model", "arm", "time_days", "event", "end_reason", "included", "reason"),
    *("sex", "cage"),
]
CURVES = [
    *("animal_id", "model", "arm", "region", "baseline_day", "baseline_p_s", "baseline_below_lod"),
    *("endpoint_day", "endpoint_p_s", "endpoint_below_lod", "fold_change", "doubling_days"),
    *("n_images", "primary"),
]


def write_animals(folder, animals, curves=()):
    pd.DataFrame(animals, columns=ANIMALS).to_csv(folder / "survival.csv", index=False, na_rep="NA")
    path = folder / "statistics" / "burden_animals.csv"
    pd.DataFrame(curves, columns=CURVES).to_csv(path, index=False, na_rep="NA")


def write_statistics(folder, arms, tests, burden, ratios=()):
    out = folder / "statistics"
    out.mkdir(parents=True, exist_ok=True)
    for name, rows, columns in (
        ("survival_arms", arms, ARMS),
        ("survival_tests", tests, TESTS),
        ("hazard_ratios", ratios, RATIOS),
        ("burden_endpoint", burden, BURDEN),
    ):
        pd.DataFrame(rows, columns=columns).to_csv(out / f"{name}.csv", index=False, na_rep="NA")
    write_animals(
        folder,
        [
            (f"{row[0]}-{row[1]}", row[0], row[1], 20, 1, "found dead", "true", "", "F", "c1")
            for row in arms
        ],
    )


def config(**raw):
    published = {
        "source": "Someone et al.",
        "arms": {
            "vehicle": {"median_days": 22, "burden_p_s": 1.5e7},
            "DFO": {"median_days": 34, "burden_p_s": 0.5e7},
        },
        "survival_p": "<0.0001",
        "burden_p": "<0.001",
    }
    base = {
        "study": "small",
        "models": {"M1": {"published": published}, "M2": {"label": "Model two"}},
        "arms": {"vehicle": {"label": "Vehicle"}, "DFO": {}},
        "reference_arm": "vehicle",
    }
    return parse_config(base | raw)


@pytest.fixture
def results(tmp_path):
    write_statistics(
        tmp_path,
        [
            ("M1", "vehicle", 10, 10, 23, 20, 25.5),
            ("M1", "DFO", 10, 9, 35, 33, None),
            ("M2", "vehicle", 8, 8, 21, 19, 22),
            ("M2", "DFO", 8, 2, None, 30, None),
        ],
        [
            ("M1", "DFO", "vehicle", "logrank", 2e-6, 2e-6, "false", "", ""),
            ("M1", "DFO", "vehicle", "logrank_permutation", 1.1e-5, 1.1e-5, "true", "", "exact"),
            ("M2", "DFO", "vehicle", "logrank_permutation", 0.0323, 0.0323, "true", "", "random"),
        ],
        [
            ("M1", "neuraxis", 21, "DFO", "vehicle", 10, 9, 5.1e6, 1.53e7, 66.7, 50, 80,
             "welch_t_log10", 0.0004, 0.0004, "true", "day 21 is last", "M3 (saturated)"),
            ("M1", "cranial", 21, "DFO", "vehicle", 10, 9, 1, 2, 3, 4, 5,
             "welch_t_log10", 0.9, 0.9, "false", "", ""),
            ("M2", "neuraxis", None, "DFO", "vehicle", 0, 0, None, None, None, None, None,
             "welch_t_log10", None, None, "true", "there is no image", "nothing"),
        ],
        [("M1", "DFO", "vehicle", "cox_firth", 0.0163, 0.0001, 0.13, 1e-5, "true")],
    )  # fmt: skip
    return tmp_path


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_table_1_reads_as_published(results):
    write_tables(config(), results)
    table = rows(results / "tables" / "table1_survival.csv")
    keys = ["model", "group", "n", "median_survival_days", "survival_benefit", "p_value", "data"]
    assert [[row[key] for key in keys] for row in table] == [
        ["M1", "Vehicle", "10", "23", "–", "–", "measured"],
        ["M1", "DFO", "10", "35", "+12 days (+52%)", "<0.0001", "measured"],
        ["Model two", "Vehicle", "8", "21", "–", "–", "measured"],
        ["Model two", "DFO", "8", "not reached", "NA", "0.032", "measured"],
    ]
    assert [row["median_95ci_days"] for row in table] == ["20–25.5", "33–NA", "19–22", "30–NA"]
    assert table[1]["test"] == "logrank_permutation"
    published = [row["published_median_days"] for row in table]
    assert published == ["22", "34", "NA", "NA"]
    assert table[1]["published_benefit"] == "+12 days (+55%)"


def test_table_2_reads_as_published(results):
    write_tables(config(), results)
    table = rows(results / "tables" / "table2_burden.csv")
    keys = ["model", "group", "n", "day", "endpoint_burden", "reduction", "p_value"]
    assert [[row[key] for key in keys] for row in table] == [
        ["M1", "Vehicle", "9", "21", "1.5 × 10⁷", "–", "–"],
        ["M1", "DFO", "10", "21", "5.1 × 10⁶", "67%", "0.00040"],
        ["Model two", "Vehicle", "0", "NA", "NA", "–", "–"],
        ["Model two", "DFO", "0", "NA", "NA", "NA", "NA"],
    ]
    assert table[1]["reduction_95ci"] == "50–80%"
    assert table[1]["published_reduction"] == "67%"
    assert [row["published_burden"] for row in table[:2]] == ["1.5 × 10⁷", "5.0 × 10⁶"]
    assert table[1]["region"] == "neuraxis" and table[1]["test"] == "welch_t_log10"


def test_notes_say_test_day_reason_and_source(results):
    first, second, _ = build_tables(config(), results)
    assert (
        "P values: permutation log-rank test, exact (M1); "
        "permutation log-rank test, random arrangements (Model two), two-sided." in first.notes
    )
    assert "Model two, DFO: median survival not reached (2 of 8 died)." in first.notes
    assert any("0.016 (95% CI 0.00010–0.13; Cox with Firth's penalty)" in n for n in first.notes)
    assert any("Someone et al. (published, read from curves)" in n for n in first.notes)
    assert "M1: day 21 is last; M3 (saturated)." in second.notes
    assert "Model two: there is no image; nothing." in second.notes


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
    for most, rows in ((n, n), (n - 1, n - 1)):
        monkeypatch.setattr(word, "MOST_ROWS", most)
        word.write_table_docx(table, tmp_path / "t.docx")
        document = Document(str(tmp_path / "t.docx"))
        assert len(document.tables[0].rows) == rows + 1
        said = " ".join(paragraph.text for paragraph in document.paragraphs)
        whole = f"The first {n - 1} of {n} rows; CSV, Excel, HTML and LaTeX"
        assert (whole in said) == (rows < n)


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
          "mann_whitney", 0.01, 0.01, "true", "a rule", name)],
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


def test_several_arms_print_adjusted_p_and_a_reference_row_for_each_day(tmp_path):
    shared = ("welch_t_log10", 0.01, 0.02, "true", "rule", "")
    write_statistics(
        tmp_path,
        [("M1", arm, 5, 5, 20, 18, 22) for arm in ("vehicle", "DFO", "high")],
        [("M1", arm, "vehicle", "logrank", 0.01, 0.02, "true", "", "") for arm in ("DFO", "high")],
        [
            ("M1", "neuraxis", 14, "DFO", "vehicle", 5, 5, 1e6, 2e6, 50, 20, 70, *shared),
            ("M1", "neuraxis", 21, "high", "vehicle", 5, 4, 1e6, 8e6, 87, 20, 95, *shared),
        ],
    )
    settings = config(
        models={"M1": {}}, arms={"vehicle": {}, "DFO": {}, "high": {"label": "High dose"}}
    )
    survival, burden, _ = build_tables(settings, tmp_path)
    assert [row["p_value"].text for row in survival.rows] == ["–", "0.020", "0.020"]
    assert any("adjusted over the arms of a model (Holm)" in note for note in burden.notes)
    assert [(row["group"].text, row["day"].text) for row in burden.rows] == [
        ("vehicle", "14"),
        ("DFO", "14"),
        ("vehicle", "21"),
        ("High dose", "21"),
    ]


def test_one_arm_study_claims_nothing(tmp_path):
    write_statistics(
        tmp_path,
        [("M1", "vehicle", 5, 0, None, None, None)],
        [],
        [("M1", "neuraxis", 53, "NA", "vehicle", None, 5, None, 3e6, None, None, None,
          "welch_t_log10", None, None, "true", "rule", "one arm: nothing to compare")],
    )  # fmt: skip
    settings = config(models={"M1": {}}, arms={"vehicle": {}})
    write_tables(settings, tmp_path)
    (row,) = rows(tmp_path / "tables" / "table1_survival.csv")
    assert (row["median_survival_days"], row["p_value"]) == ("not reached", "–")
    (row,) = rows(tmp_path / "tables" / "table2_burden.csv")
    assert (row["n"], row["endpoint_burden"], row["day"]) == ("5", "3.0 × 10⁶", "53")
    survival, burden, _ = build_tables(settings, tmp_path)
    assert "M1, vehicle: median survival not reached (no animal died)." in survival.notes
    assert "nothing to compare" in "".join(html_lines(burden))


def test_missing_statistics_are_named(tmp_path, results):
    with pytest.raises(InputError, match=r"survival_arms\.csv.*Run the step `survival`"):
        write_tables(config(), tmp_path / "nowhere")
    (results / "statistics" / "burden_endpoint.csv").write_text("model,primary\n")
    with pytest.raises(InputError, match="column reduction_percent"):
        write_tables(config(), results)
    assert not (results / "tables").exists()


def test_table_s1_holds_every_animal_in_order_with_what_became_of_it(results):
    write_animals(
        results,
        [
            ("007", "M1", "DFO", 35.5, 1, "humane endpoint", "true", "", "F", "c1"),
            ("1E5", "M1", "vehicle", 23, 0, "lost", "true", "", "", "c1"),
            ("=x", "M2", "DFO", None, 0, "", "false", "no tumour seen", "M", "c2"),
        ],
        [
            ("007", "M1", "DFO", "neuraxis", 7, 1e6, "false", 21, 2.54e7, "false", 25.4, 3, 5,
             "true"),
            ("007", "M1", "DFO", "cranial", 7, 1.0, "false", 21, 9.0, "false", 9.0, 9, 5, "true"),
            ("1E5", "M1", "vehicle", "neuraxis", 7, 2e4, "true", 21, None, "NA", None, None, 1,
             "true"),
        ],
    )  # fmt: skip
    write_tables(config(), results)
    keys = ["group", "animal_id", "time_days", "outcome", "n_images", "baseline", "endpoint"]
    keys += ["fold_change", "doubling_days", "analysed"]
    table = rows(results / "tables" / "tableS1_animals.csv")
    assert [[row[key] for key in keys] for row in table] == [
        ["Vehicle", "1E5", "23", "censored: lost", "1", "2.0 × 10⁴*", "NA", "NA", "NA", "yes"],
        ["DFO", "007", "35.5", "died: humane endpoint", "5", "1.0 × 10⁶", "2.5 × 10⁷", "25.4", "3",
         "yes"],
        ["DFO", "'=x", "NA", "NA", "0", "NA", "NA", "NA", "NA", "no: no tumour seen"],
    ]  # fmt: skip
    *_, animals = build_tables(config(), results)
    assert animals.notes[-1].startswith("* below the limit of detection")
    sheet = load_workbook(results / "tables" / "tableS1_animals.xlsx")["Table S1"]
    assert sheet["C5"].value == "007" and sheet["F5"].value == 35.5


def test_rounding_is_one_rule_for_all_tables(results):
    rounding = {"p_digits": 3, "flux_decimals": 2, "percent_decimals": 1, "days_decimals": 0}
    write_tables(config(tables={"rounding": rounding}), results)
    first = rows(results / "tables" / "table1_survival.csv")
    second = rows(results / "tables" / "table2_burden.csv")
    assert first[3]["p_value"] == "0.0323"
    assert first[1]["survival_benefit"] == "+12 days (+52.2%)"
    assert first[0]["median_95ci_days"] == "20–26"
    assert (second[0]["endpoint_burden"], second[1]["reduction"]) == ("1.53 × 10⁷", "66.7%")
    assert format_p_equation(0.01) == "P = 0.010"  # outside of a study the rules are as before


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
    long = replace(table, rows=table.rows * 10)
    assert r"\begin{longtable}" in latex_table(long) and r"\begin{table}" not in latex_table(long)


def test_an_adjusted_hazard_ratio_says_for_what():
    row = {"method": "cox_efron", "term": "arm", "adjusted_for": "sex and weight_g"}
    assert hazard_words(row) == "Cox, Efron ties (adjusted for sex and weight_g)"
    assert hazard_words({"method": "cox_firth", "term": "", "clustered_by": "cage"}) == (
        "Cox with Firth's penalty (robust to clusters of cage)"
    )
    assert hazard_words({"method": "logrank_oe", "adjusted_for": float("nan")}) == "log-rank O/E"


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
