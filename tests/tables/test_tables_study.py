"""Tables 1 and 2 from statistics on disk."""

from __future__ import annotations

import pandas as pd
import pytest
from openpyxl import load_workbook
from statistics_on_disk import config, rows, write_animals, write_statistics

from lumicohort.errors import InputError
from lumicohort.survival.other_deaths import note_of
from lumicohort.tables.format import format_p_equation
from lumicohort.tables.html import html_lines
from lumicohort.tables.sources import hazard_words
from lumicohort.tables.study import build_tables, write_tables


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
    assert table[1]["published_reduction"] == "67%"
    assert [row["published_burden"] for row in table[:2]] == ["1.5 × 10⁷", "5.0 × 10⁶"]
    assert table[1]["region"] == "neuraxis" and table[1]["test"] == "welch_t_log10"


def test_the_interval_beside_p_in_print_is_of_the_same_analysis(results):
    """Fieller's, of arithmetic means, may hold 0 where the test of log10 flux has a small P."""
    write_tables(config(), results)
    row = rows(results / "tables" / "table2_burden.csv")[1]
    assert (row["reduction"], row["reduction_95ci"]) == ("67%", "−11 to 80%")
    assert (row["geometric_reduction"], row["geometric_reduction_95ci"]) == ("70%", "55–80%")
    table = build_tables(config(), results)[1]
    printed = [column.key for column in table.columns if column.printed]
    assert "reduction_95ci" not in printed
    at = printed.index("p_value")
    assert printed[at - 3 : at] == ["reduction", "geometric_reduction", "geometric_reduction_95ci"]
    assert "read P together with this interval" in table.notes[0]
    net = config(analysis={"burden": {"quantity": "net_flux_p_s"}})
    opening = build_tables(net, results)[1].notes[0]
    assert "arithmetic mean of the net flux (background taken off) of the neuraxis" in opening


def test_notes_say_test_day_reason_and_source(results):
    first, second, _ = build_tables(config(), results)
    assert (
        "P values: permutation log-rank test, exact (M1); "
        "permutation log-rank test, random arrangements (Model two), two-sided." in first.notes
    )
    assert "Model two, DFO: median survival not reached (2 of 8 died)." in first.notes
    assert any("0.016 (95% CI 0.00010–0.13; Cox with Firth's penalty)" in n for n in first.notes)
    assert any("Someone et al. (published);" in n for n in first.notes)
    assert "M1: day 21 is last; M3 (saturated)." in second.notes
    assert "Model two: there is no image; nothing." in second.notes


def test_late_entry_is_told_below_table_1(results):
    path = results / "statistics" / "survival_arms.csv"
    arms = pd.read_csv(path, keep_default_na=False)
    emptied = "all animals then at risk had died by day 24, before others entered or left"
    arms["note"] = "0 of 5 entered late"
    arms.loc[1, "note"] = f"upper limit of the median not reached; 2 of 6 entered late; {emptied}"
    arms.to_csv(path, index=False)
    notes = build_tables(config(), results)[0].notes
    assert [n for n in notes if "entered" in n] == [f"M1, DFO: 2 of 6 entered late; {emptied}."]


def test_deaths_of_another_cause_are_told_below_table_1(results):
    """An arm of which animals died is none in which nobody did, though all are censored."""
    path = results / "statistics" / "survival_arms.csv"
    arms = pd.read_csv(path, keep_default_na=False)
    of_dfo = (arms["model"] == "M2") & (arms["arm"] == "DFO")
    assert of_dfo.sum() == 1
    arms.loc[of_dfo, ["note", "events"]] = [note_of(3), 0]
    arms.to_csv(path, index=False)
    notes = build_tables(config(), results)[0].notes
    assert "Model two, DFO: median survival not reached (0 of 8 with the event)." in notes
    assert "Model two, DFO: 3 died of another cause, censored here." in notes
    assert sum("another cause" in note for note in notes) == 1


def test_several_arms_print_adjusted_p_and_a_reference_row_for_each_day(tmp_path):
    shared = (0.5, 0.3, 0.8, "welch_t_log10", 0.01, 0.02, "true", "rule", "")
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


def test_the_one_endpoint_of_table_s1_is_told_from_those_of_comparisons(results):
    said = "comparisons of two groups (Table 2) are made on the last day that suits both"
    arms = {"vehicle": {}, "DFO": {}, "high": {}}
    assert said in " ".join(build_tables(config(arms=arms), results)[2].notes)
    assert said not in " ".join(build_tables(config(), results)[2].notes)
    fixed = config(arms=arms, analysis={"burden": {"endpoint_day": 14}})
    assert said not in " ".join(build_tables(fixed, results)[2].notes)


def test_one_arm_study_claims_nothing(tmp_path):
    write_statistics(
        tmp_path,
        [("M1", "vehicle", 5, 0, None, None, None)],
        [],
        [("M1", "neuraxis", 53, "NA", "vehicle", None, 5, None, 3e6, None, None, None,
          None, None, None, "welch_t_log10", None, None, "true", "rule",
          "one arm: nothing to compare")],
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
             2, "true"),
            ("007", "M1", "DFO", "cranial", 7, 1.0, "false", 21, 9.0, "false", 9.0, 9, 5, 0,
             "true"),
            ("1E5", "M1", "vehicle", "neuraxis", 7, 2e4, "true", 21, 6e4, "false", 3.0, None, 2,
             1, "true"),
        ],
    )  # fmt: skip
    write_tables(config(), results)
    keys = ["group", "animal_id", "time_days", "outcome", "n_images", "baseline", "endpoint"]
    keys += ["fold", "fold_change", "doubling", "doubling_days", "n_below_lod", "analysed"]
    table = rows(results / "tables" / "tableS1_animals.csv")
    assert [[row[key] for key in keys] for row in table] == [
        ["Vehicle", "1E5", "23", "censored: lost", "2", "2.0 × 10⁴*", "6.0 × 10⁴", "3*", "3", "NA",
         "NA", "1", "yes"],
        ["DFO", "007", "35.5", "died: humane endpoint", "5", "1.0 × 10⁶", "2.5 × 10⁷", "25.4",
         "25.4", "3*", "3", "2", "yes"],
        ["DFO", "'=x", "NA", "NA", "0", "NA", "NA", "NA", "NA", "NA", "NA", "0",
         "no: no tumour seen"],
    ]  # fmt: skip
    *_, animals = build_tables(config(), results)
    assert animals.notes[-1].startswith("* below the limit of detection")
    assert "of fold changes and doubling times: made with such values" in animals.notes[-1]
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


def test_an_adjusted_hazard_ratio_says_for_what():
    row = {"method": "cox_efron", "term": "arm", "adjusted_for": "sex and weight_g"}
    assert hazard_words(row) == "Cox, Efron ties (adjusted for sex and weight_g)"
    assert hazard_words({"method": "cox_firth", "term": "", "clustered_by": "cage"}) == (
        "Cox with Firth's penalty (robust to clusters of cage)"
    )
    assert hazard_words({"method": "logrank_oe", "adjusted_for": float("nan")}) == "log-rank O/E"


def test_an_arm_that_a_model_has_no_animal_of_has_no_row(results):
    survival = results / "survival.csv"
    survival.write_text(
        "".join(line for line in survival.read_text().splitlines(True) if "M2-DFO" not in line)
    )
    arms = results / "statistics" / "survival_arms.csv"
    arms.write_text(
        "".join(line for line in arms.read_text().splitlines(True) if "M2,DFO" not in line)
    )
    first, second, _ = build_tables(config(), results)
    groups = [("M1", "Vehicle"), ("M1", "DFO"), ("Model two", "Vehicle")]
    for table in (first, second):
        assert [(row["model"].text, row["group"].text) for row in table.rows] == groups


def test_an_arm_whose_animals_were_all_left_out_keeps_its_row(results):
    arms = results / "statistics" / "survival_arms.csv"
    arms.write_text(
        "".join(line for line in arms.read_text().splitlines(True) if "M2,DFO" not in line)
    )
    first, _, _ = build_tables(config(), results)
    assert [row["n"].text for row in first.rows] == ["10", "10", "8", "0"]
    assert first.rows[-1]["events"].text == "0"
    assert "Model two, DFO: no animal is analysed." in first.notes


def test_a_missing_table_of_animals_is_named(results):
    (results / "survival.csv").unlink()
    with pytest.raises(InputError, match="Run the step `cohort` first"):
        build_tables(config(), results)
