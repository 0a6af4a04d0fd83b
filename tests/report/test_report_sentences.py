"""Every sentence of the report is true of studies that are not the usual one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_up import made_up_config, write_made_up
from odd_reports import ONE, changed, told, told_methods

from lumicohort.figures import captions
from lumicohort.figures.data import load
from lumicohort.files import read_csv
from lumicohort.report.answer import answers
from lumicohort.report.content import READS, Content, clicks_summary
from lumicohort.report.list_cells import digits, of_term
from lumicohort.report.lists import ReportList, statistics_lists
from lumicohort.study.config import StudyConfig
from lumicohort.survival.other_deaths import note_of
from lumicohort.tables.study import build_tables


def test_a_study_under_way_says_so_before_any_number(results: Path) -> None:
    assert "Interim" not in told(ONE, results)

    def still_alive(rows: pd.DataFrame) -> None:
        rows["end_reason"] = rows["end_reason"].astype(object)
        rows.loc[rows.index[:3], ["event", "end_reason", "time_days"]] = [False, "alive", 28.0]

    changed(results, "survival", still_alive)
    text = told(ONE, results)
    assert text.startswith(
        "Interim: 3 of 20 animals are still under study and count as censored when last known "
        "alive (the latest on day 28); the numbers below may change."
    )


def test_values_below_the_lod_are_told_in_the_answer(results: Path) -> None:
    def below(rows: pd.DataFrame) -> None:
        rows["n_below_lod"], rows["n_below_lod_reference"] = 2, 0

    changed(results, "statistics/burden_endpoint", below)
    assert "2 of 10 and 0 of 10 values are below the limit of detection, set to LOD/√2" in told(
        ONE, results
    )

    def none_above(rows: pd.DataFrame) -> None:
        rows["n_below_lod"] = rows["n"]
        rows["n_below_lod_reference"] = rows["n_reference"]

    changed(results, "statistics/burden_endpoint", none_above)
    assert "every value is below the limit of detection, set to LOD/√2" in told(ONE, results)


@pytest.mark.parametrize(
    ("percent", "low", "high", "said"),
    [
        (20.0, -5.0, 40.0, "20% lower (95% CI 5% higher to 40% lower; Welch"),
        (-105.0, -200.0, 10.0, "105% higher (95% CI 200% higher to 10% lower; Welch"),
        (55.0, 34.0, 68.0, "55% lower (95% CI 34–68%; Welch"),
        (-124.0, -224.0, -55.0, "124% higher (95% CI 55–224%; Welch"),
        (17.0, None, None, "17% lower (no 95% CI; Welch"),
    ],
)
def test_which_way_a_reduction_and_its_interval_go(
    results: Path, percent: float, low: float | None, high: float | None, said: str
) -> None:
    def reduced(rows: pd.DataFrame) -> None:
        rows["reduction_percent"] = 60 if percent > 0 else -60
        rows["geometric_ratio"] = 1 - percent / 100
        rows["geometric_ratio_lower_95"] = None if high is None else 1 - high / 100
        rows["geometric_ratio_upper_95"] = None if low is None else 1 - low / 100

    changed(results, "statistics/burden_endpoint", reduced)
    text = told(ONE, results)
    assert f", 60% {'lower' if percent > 0 else 'higher'}; the geometric mean was {said}" in text
    table = build_tables(ONE, results)[1]
    negative = min(percent, low or 0) < 0
    assert ("A negative reduction is an increase." in table.notes[0]) is negative


def test_the_answer_says_when_the_images_of_a_scheduled_day_were_taken(results: Path) -> None:
    assert "On day 21 mean neuraxis flux was" in told(ONE, results)

    def later(flux: pd.DataFrame) -> None:
        animals = flux["animal_id"].isin(["M001", "M002"]) & (flux["day"] == 21)
        flux.loc[animals, "day"] = 23.0

    changed(results, "flux", later)
    assert "On day 21 (imaged on days 21 to 23) mean neuraxis flux was" in told(ONE, results)


def test_an_arm_without_a_value_has_no_mean(results: Path) -> None:
    def gone(rows: pd.DataFrame) -> None:
        rows["n_reference"] = 0
        rows[["mean_reference_p_s", "reduction_percent", "p_value"]] = None

    changed(results, "statistics/burden_endpoint", gone)
    text = told(ONE, results)
    assert "Tumour burden: nothing was compared (no flux with vehicle on day 21)." in text
    assert "NA p/s" not in text


def test_a_floor_of_p_is_told_in_answer_and_table(results: Path) -> None:
    floor = "with so few animals p cannot fall below 0.14"

    def few(rows: pd.DataFrame) -> None:
        rows["note"], rows["p_value"], rows["p_adjusted"] = floor, 0.14, 0.14

    changed(results, "statistics/survival_tests", few)
    assert f"(permutation log-rank test, P = 0.14; {floor})" in told(ONE, results)
    assert f"PC9, DFO, P value: {floor}." in build_tables(ONE, results)[0].notes


def test_one_event_is_singular_and_no_interval_is_said(results: Path) -> None:
    def lone(rows: pd.DataFrame) -> None:
        rows["events"] = 1
        rows.loc[rows["arm"] == "DFO", "median_days"] = None
        rows[["median_lower_95", "median_upper_95"]] = None

    changed(results, "statistics/survival_arms", lone)
    text = told(ONE, results)
    assert "not reached with DFO (n = 10, 1 event) against" in text
    assert "days with vehicle (no 95% CI; n = 10)" in text


def test_deaths_of_another_cause_stand_beside_the_events(results: Path) -> None:
    def others(rows: pd.DataFrame) -> None:
        rows["note"] = "; ".join(["upper limit of the median not reached", note_of(2)])
        rows.loc[rows["arm"] == "DFO", ["median_days", "events"]] = [None, 0]

    changed(results, "statistics/survival_arms", others)
    text = told(ONE, results)
    assert "(n = 10, 0 events, 2 died of another cause, censored here) against" in text
    assert "n = 10, 2 died of another cause, censored here)" in text


def test_a_stratified_test_is_named_so(results: Path) -> None:
    def stratified(rows: pd.DataFrame) -> None:
        rows["stratified_by"] = "cage"

    changed(results, "statistics/survival_tests", stratified)
    changed(results, "statistics/hazard_ratios", stratified)
    text = told(ONE, results)
    assert "(permutation log-rank test, stratified by cage, P = " in text
    assert "Cox with Firth's penalty (stratified by cage))" in text
    (caption,) = captions.tests_in_words(
        ONE, "PC9", read_csv(results / "statistics" / "survival_tests.csv"), "holm", adjusted=False
    )
    assert caption.startswith("Permutation log-rank test, stratified by cage, PC9: DFO vs vehicle")
    tests, ratios = (
        next(x for x in statistics_lists(ONE, results) if x.title == title)
        for title in ("Survival tests", "Hazard ratios")
    )
    assert column(tests, "Test") == ["permutation log-rank test, stratified by cage"]
    assert column(ratios, "Method") == ["Cox with Firth's penalty (stratified by cage)"]


def test_a_table_names_no_test_that_gave_no_p(tmp_path: Path) -> None:
    write_made_up(ONE, tmp_path, all_censored=True, previews=False)
    table = build_tables(ONE, tmp_path)[0]
    assert not any(note.startswith("P values") for note in table.notes)


@pytest.mark.parametrize(
    ("adjust", "how"), [("holm", "adjusted over the arms of a model (Holm)"), ("none", "not adj")]
)
def test_several_arms_say_what_is_adjusted(tmp_path: Path, adjust: str, how: str) -> None:
    config = made_up_config(
        models=["PC9"],
        arms=["vehicle", "DFO", "2 mg/kg"],
        analysis={"survival": {"p_adjust": adjust}, "burden": {"p_adjust": adjust}},
    )
    write_made_up(config, tmp_path, previews=False)
    for table in build_tables(config, tmp_path)[:2]:
        (note,) = (note for note in table.notes if note.startswith("P values"))
        assert how in note and note.endswith("; confidence intervals are not adjusted.")
    (found,) = (x for x in statistics_lists(config, tmp_path) if "survival time" in x.title)
    said = "P values here are not adjusted for the several comparisons."
    assert found.note == f"{said} Method of all rows: made up."
    text = told_methods(config, tmp_path)
    assert "confidence intervals are not adjusted" in text


def column(found: ReportList, name: str) -> list[str]:
    place = [heading.text for heading in found.columns].index(name)
    return [row[place] for row in found.rows]


def test_a_test_of_all_arms_is_against_none(results: Path) -> None:
    def everyone(rows: pd.DataFrame) -> None:
        rows.loc[0, "arm"] = "all arms"

    changed(results, "statistics/survival_tests", everyone)
    (found,) = (x for x in statistics_lists(ONE, results) if x.title == "Survival tests")
    assert column(found, "Group") == ["all arms"]
    assert column(found, "Against") == ["–"]


def test_notes_of_differences_are_listed(results: Path) -> None:
    def narrow(rows: pd.DataFrame) -> None:
        rows["note"] = "median not reached in DFO"

    changed(results, "statistics/survival_differences", narrow)
    (found,) = (x for x in statistics_lists(ONE, results) if "survival time" in x.title)
    assert set(column(found, "Note")) == {"median not reached in DFO"}


def content(config: StudyConfig, results: Path, deviations: int) -> Content:
    nothing: dict[str, Any] = {name: [] for name in Content.__slots__}
    rows = [{"animal_id": "M1"}] * deviations
    clicks = clicks_summary(config, results)
    return Content(**{**nothing, "config": config, "deviations": rows, "clicks": clicks})


def test_checks_that_were_not_made_are_named(results: Path) -> None:
    lines = content(ONE, results, 0).deviation_lines
    assert lines[0] == "No deviation from the protocol was found."
    assert lines[1] == (
        "Not checked, for want of a sheet: treatments, body weights, clinical checks, minutes "
        "after luciferin."
    )
    assert content(ONE, results, 1).deviation_lines[0].startswith("1 deviation from the protocol w")
    assert content(ONE, results, 2).deviation_lines[0].startswith("2 deviations from the protocol")
    assert content(ONE, results, 2).quality_line == "No image was measured."


def test_clicks_that_could_not_be_measured_are_counted(results: Path) -> None:
    found = content(ONE, results, 0)
    found.exclusions.extend({"what": what, "id": "SIM1"} for what in ("click", "image"))
    assert found.quality_line == (
        "No image was measured. 1 click was left out, for the reasons above."
    )
    found.exclusions.append({"what": "click", "id": "SIM2"})
    assert found.quality_line.endswith(" 2 clicks were left out, for the reasons above.")
    found.clicks.update(clicks=1, batches=1)
    assert found.quality_line.startswith("1 click of 1 imaging batch: 0 with a flag")


def test_an_interval_that_is_too_narrow_says_so_where_it_is_told(results: Path) -> None:
    note = "fewer than 6 animals in an arm: a bootstrap interval is too narrow"

    def few(rows: pd.DataFrame) -> None:
        rows["note"] = note

    assert "95% CI of the difference 9–15 days (permutation" in told(ONE, results)
    changed(results, "statistics/survival_differences", few)
    assert f"95% CI of the difference 9–15 days ({note}) (permutation" in told(ONE, results)


def test_one_imaging_day_has_no_fold_change(tmp_path: Path) -> None:
    write_made_up(ONE, tmp_path, days=(14,), previews=False)
    table = build_tables(ONE, tmp_path)[2]
    assert {row["fold_change"].text for row in table.rows} == {"NA"}
    assert "(both day 14)" in table.notes[0]


def test_a_study_without_an_endpoint_day_says_so_once(results: Path) -> None:
    def none(rows: pd.DataFrame) -> None:
        rows["endpoint_day"] = None

    changed(results, "statistics/burden_animals", none)
    note = build_tables(ONE, results)[2].notes[0]
    assert note.count("without an endpoint") == 1
    assert "NA to" not in note and "to day NA" not in note


def test_an_arm_that_a_model_does_not_have_is_not_told_in_its_answer(tmp_path: Path) -> None:
    """Its comparison was never meant, so it lacks no flux and is none of several."""
    config = made_up_config(models=["PC9"], arms=["vehicle", "DFO", "low"])
    results = write_made_up(config, tmp_path, previews=False)

    def without_low(rows: pd.DataFrame) -> None:
        low = rows["arm"] == "low"
        rows.loc[low, ["n", "n_animals"]] = 0
        rows.loc[low, ["mean_p_s", "reduction_percent", "p_value", "p_adjusted"]] = None

    before = " ".join(s for a in answers(config, load(config, results, READS)) for s in a.burden)
    assert "adjusted" in before
    changed(results, "statistics/burden_endpoint", without_low)
    after = " ".join(s for a in answers(config, load(config, results, READS)) for s in a.burden)
    assert "low" not in after.replace("lower", "")
    assert "adjusted" not in after
    assert "mean neuraxis flux was" in after


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-1604.0, "−1600"), (0.01939, "0.0194"), (-2.65e-5, "−2.65 × 10⁻⁵"), (0.0, "0"),
        (2.5e7, "2.50 × 10⁷"), (12.0, "12"), (0.00017, "0.00017"), (None, "NA"),
    ],
)  # fmt: skip
def test_digits_of_the_lists_are_no_computer_s(value: float | None, said: str) -> None:
    assert digits(value) == said


def test_why_arms_could_not_be_tested_is_told_first(results: Path) -> None:
    why = "no arrangement differs from another: all animals had the same time and outcome"

    def alike(rows: pd.DataFrame) -> None:
        rows[["p_value", "p_adjusted"]], rows["note"] = None, why

    changed(results, "statistics/survival_tests", alike)
    assert f"; the arms could not be tested ({why}); hazard ratio" in told(ONE, results)


def test_tests_of_proportional_hazards_are_told_apart() -> None:
    plain = {"term": "global", "transform": "km"}
    assert of_term(ONE, plain) == "global (km)"
    layered = {**plain, "stratified_by": "cage", "adjusted_for": "sex"}
    assert of_term(ONE, layered) == "global (km; stratified by cage; adjusted for sex)"


def test_one_value_is_singular_in_captions() -> None:
    one = pd.DataFrame({"lod_p_s": [2e4] * 3, "below_lod": [True, False, False]})
    one["value_p_s"], one["animal_id"] = [1e4, None, 1e6], ["a", "b", "c"]
    below, lost = captions.lod_sentences(ONE, one, [(one, (1e3, 1e7))], "hollow dots")[1:]
    assert below.startswith("1 of 3 values is below the limit of detection: ")
    assert lost == (
        "1 value (b) is not positive, which a log axis cannot hold: a triangle at its foot, left "
        "out of means."
    )
    assert captions.below_lod_sentence(ONE, 2, 3, "")[0].startswith("2 of 3 values are below")


def test_what_the_endpoint_warns_of_stands_beside_its_numbers(results: Path) -> None:
    note = "no value on day 7: M1 (no image); warning: day 7 is the baseline: it shows no effect"

    def early(rows: pd.DataFrame) -> None:
        rows["note"] = note

    assert "Warning" not in told(ONE, results)
    changed(results, "statistics/burden_endpoint", early)
    assert told(ONE, results).endswith(". Warning: day 7 is the baseline: it shows no effect.")
    assert any(note in told for told in build_tables(ONE, results)[1].notes)


def test_one_limit_of_detection_for_all_has_no_range() -> None:
    images = pd.DataFrame({"lod_p_s": [6e4, 6e4], "below_lod": False, "value_p_s": [1e6, 2e6]})
    (one,) = captions.lod_sentences(ONE, images, [(images, (1e4, 1e7))], "")
    assert one == "Dotted line: limit of detection, median of the images (6.0 × 10⁴ p/s)."
    images["lod_p_s"] = [5e4, 7e4]
    (two,) = captions.lod_sentences(ONE, images, [(images, (1e4, 1e7))], "")
    assert "(6.0 × 10⁴ p/s; range 5.0 × 10⁴ to 7.0 × 10⁴)" in two
