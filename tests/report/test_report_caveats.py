"""What weakens a printed number, or makes its test another, stands where the number stands."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_up import made_up_config
from odd_reports import ONE, changed, told, told_methods

from lumicohort.burden.doubts import told_doubts
from lumicohort.figures import captions
from lumicohort.figures.data import load
from lumicohort.files import read_csv
from lumicohort.report import content
from lumicohort.report.lists import statistics_lists
from lumicohort.report.pdf import _sections
from lumicohort.report.report import _write_page
from lumicohort.tables.latex import latex_table
from lumicohort.tables.study import build_tables

LEFT_OUT = "fitted to 18 of 20 animals (no weight_g: M003, M013)"
FEW = "15 events for 5 coefficients: too few to trust"


def test_an_adjusted_hazard_ratio_tells_n_and_its_caveats(results: Path) -> None:
    def adjusted(rows: pd.DataFrame) -> None:
        rows["adjusted_for"], rows["clustered_by"], rows["method"] = (
            "sex; weight_g",
            "cage",
            "cox_efron",
        )
        rows["hr"] = 0.33
        rows[["lower_95", "upper_95"]] = None
        rows["note"] = f"warning: {LEFT_OUT}; a note; warning: {FEW}"

    changed(results, "statistics/hazard_ratios", adjusted)
    by = "Cox, Efron ties (adjusted for sex, weight_g; robust to clusters of cage)"
    assert f"; hazard ratio 0.33 (no 95% CI; {by}; {LEFT_OUT}; {FEW})." in told(ONE, results)
    notes = build_tables(ONE, results)[0].notes
    assert f"Hazard ratio DFO vs vehicle, PC9: 0.33 (no 95% CI; {by})." in notes
    assert f"Hazard ratios of PC9: {LEFT_OUT}; {FEW}." in notes


def test_an_adjusted_hazard_ratio_without_a_number_says_why(results: Path) -> None:
    def none(rows: pd.DataFrame) -> None:
        rows["adjusted_for"] = "sex"
        rows["method"], rows["note"] = "cox_efron", f"warning: {LEFT_OUT}; the fit did not converge"
        rows[["hr", "lower_95", "upper_95"]] = None

    changed(results, "statistics/hazard_ratios", none)
    why = f"Cox, Efron ties (adjusted for sex): {LEFT_OUT}; the fit did not converge."
    assert f"; no hazard ratio by {why}" in told(ONE, results)
    assert f"DFO vs vehicle, PC9: no hazard ratio by {why}" in build_tables(ONE, results)[0].notes


def test_a_plain_hazard_ratio_without_a_number_leaves_the_word_to_the_test(results: Path) -> None:
    def none(rows: pd.DataFrame) -> None:
        rows[["hr", "lower_95", "upper_95"]] = None
        rows["note"] = "no event"

    changed(results, "statistics/hazard_ratios", none)
    assert "hazard ratio" not in told(ONE, results)
    assert not [n for n in build_tables(ONE, results)[0].notes if "azard ratio" in n]


def test_methods_say_which_covariates_dropped_out(results: Path) -> None:
    config = made_up_config(
        models=["PC9"], simulated=False, analysis={"survival": {"covariates": ["sex", "strain"]}}
    )
    assert "did not differ" not in told_methods(config, results)

    def dropped(rows: pd.DataFrame) -> None:
        why = "it is the same in all animals"
        rows["note"] = f"warning: not adjusted for strain: {why}"

    changed(results, "statistics/hazard_ratios", dropped)
    assert (
        "Where a model’s animals did not differ in strain, or its strata tell as much, it was not "
        "adjusted for it." in told_methods(config, results)
    )


def test_the_weights_of_a_test_stand_wherever_it_is_named(results: Path) -> None:
    def weighted(rows: pd.DataFrame) -> None:
        rows["test"], rows["options"] = "fleming_harrington", "rho=0.5, gamma=1"

    changed(results, "statistics/survival_tests", weighted)
    name = "Fleming–Harrington test (ρ\xa0=\xa00.5, γ\xa0=\xa01)"
    assert f"({name}, P = " in told(ONE, results)
    table = build_tables(ONE, results)[0]
    assert [n for n in table.notes if n.startswith(f"P values: {name}, two-sided")]
    assert r"($\rho$~=~0.5, $\gamma$~=~1)" in latex_table(table)
    tests = read_csv(results / "statistics" / "survival_tests.csv")
    (caption,) = captions.tests_in_words(ONE, "PC9", tests, "holm", adjusted=False)
    assert caption.startswith(f"{name}, PC9: DFO vs vehicle P = ")
    (listed,) = (x for x in statistics_lists(ONE, results) if x.title == "Survival tests")
    place = [heading.text for heading in listed.columns].index("Test")
    assert [row[place] for row in listed.rows] == [name]
    chosen = {"test": "fleming_harrington", "fleming_harrington": [0.5, 1]}
    config = made_up_config(models=["PC9"], simulated=False, analysis={"survival": chosen})
    assert f"by the {name}; hazard ratios" in told_methods(config, results)


def test_a_flux_that_is_hard_to_believe_is_told_in_the_report(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flux = read_csv(results / "flux.csv")
    region = flux["region"] == ONE.analysis.burden.region
    here = flux[region & (flux["model"] == "PC9") & (flux["scheduled_day"] == 14)]
    animal = here["animal_id"].iloc[0]
    assert (
        told_doubts(ONE, load(ONE, results, content.READS).flux(ONE.analysis.burden.region)) == []
    )

    def mistyped(rows: pd.DataFrame) -> None:
        rows.loc[here.index[:1], "total_flux_p_s"] *= 1e6

    changed(results, "flux", mistyped)
    monkeypatch.setattr(content, "report_figures", lambda *args, **more: [])
    found = content.gather(ONE, results)
    (line,) = found.odd_flux
    _write_page(found, tmp_path / "page.html")
    page = html.unescape((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert f"<li>{line}</li>" in page
    quality = next(s for s in _sections(found) if s["title"] == "Image quality")
    assert line in str(quality)
    assert line.startswith(f"Hard to believe: `{animal}` (PC9) on day 14, ")
    assert line.endswith("or listed in the sheet of exclusions (data.exclusions).")


EXACT = "Mann-Whitney test, two-sided, exact"
NORMAL = "Mann-Whitney test, two-sided, normal approximation with continuity correction"


@pytest.mark.parametrize(
    ("method", "named"),
    [(EXACT, "Mann–Whitney test"), (NORMAL, "Mann–Whitney test, normal approximation")],
)
def test_an_approximate_test_of_burden_is_called_so(results: Path, method: str, named: str) -> None:
    def ranked(rows: pd.DataFrame) -> None:
        rows["test"], rows["method"] = "mann_whitney", method

    changed(results, "statistics/burden_endpoint", ranked)
    assert f"; {named}, P < 0.0001)" in told(ONE, results)
    note = next(n for n in build_tables(ONE, results)[1].notes if n.startswith("P values"))
    assert note.startswith(f"P values: {named}") and ("exact" in note) is (method == EXACT)
    tests = read_csv(results / "statistics" / "burden_endpoint.csv")
    (caption,) = captions.tests_in_words(ONE, "PC9", tests, "holm", adjusted=False)
    assert caption.startswith(f"{named}, PC9: DFO vs vehicle P < 0.0001")
    config = made_up_config(
        models=["PC9"], simulated=False, analysis={"burden": {"test": "mann_whitney"}}
    )
    said = told_methods(config, results)
    how = "" if method == EXACT else " (normal approximation)"
    assert f"by the Mann–Whitney test{how}." in said


def test_a_caption_tells_exact_comparisons_from_approximate_ones() -> None:
    config: Any = ONE
    rows = {"arm": ["DFO", "DFO"], "reference": "vehicle", "test": "mann_whitney"}
    pairs = pd.DataFrame({**rows, "p_value": [0.01, 0.02], "method": [EXACT, NORMAL]})
    assert captions.tests_in_words(config, "PC9", pairs, "holm", adjusted=False) == [
        "Mann–Whitney test, PC9: DFO vs vehicle P = 0.010.",
        "Mann–Whitney test, normal approximation, PC9: DFO vs vehicle P = 0.020.",
    ]
