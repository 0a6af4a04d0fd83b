"""What the methods say of how the study was analysed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from made_up import made_up_config
from odd_reports import ONE, changed, told_methods

from lumicohort.files import read_csv, write_csv
from lumicohort.report.measured import measured
from lumicohort.report.methods import methods


def test_methods_tell_of_no_camera_where_a_sheet_gave_the_flux(results: Path) -> None:
    assert "Camera counts were turned into radiance" in told_methods(ONE, results)
    config = made_up_config(
        models=["PC9"],
        data={"cohort": {"file": "cohort.csv"}, "flux": {"file": "their_flux.csv"}},
    )

    def theirs(rows: pd.DataFrame) -> None:
        rows["source"] = rows["roi_method"] = "sheet"

    changed(results, "flux", theirs)
    text = told_methods(config, results)
    assert "was measured elsewhere and taken from their_flux.csv" in text
    assert "Limits of detection are the sheet’s." in text
    for untrue in ("Camera counts", "found in the photograph", "Saturated", "prediction limit"):
        assert untrue not in text


def test_methods_of_exported_tables_lay_no_regions(results: Path) -> None:
    def exported(rows: pd.DataFrame) -> None:
        rows["source"], rows["roi_method"], rows["lod_p_s"] = "measurements", "living_image", None

    changed(results, "flux", exported)
    text = told_methods(ONE, results)
    assert text.startswith("Total flux was taken from the Measurements tables exported from Living")
    assert "Regions of interest are those drawn in Living Image." in text
    assert "No limit of detection is known: no value counts as below it." in text
    assert "Values below the limit of detection were" not in text
    assert "photograph" not in text


def test_methods_without_flux_or_times(results: Path) -> None:
    write_csv(read_csv(results / "flux.csv").iloc[:0], results / "flux.csv")

    def untimed(rows: pd.DataFrame) -> None:
        rows["time_days"] = None

    changed(results, "survival", untimed)
    assert methods(ONE, measured(results)) == [
        ("Bioluminescence", "No flux was measured."),
        ("Survival", "No animal has a survival time, so survival was not analysed."),
        ("Tumour burden", "No flux was measured, so tumour burden was not analysed."),
    ]


def test_methods_count_a_reviewers_corrections(results: Path) -> None:
    def reviewed(rows: pd.DataFrame) -> None:
        rows["flags"] = ["review_replaced" if a == "M001" else "" for a in rows["animal_id"]]

    flux = read_csv(results / "flux.csv")
    clicks = len(flux[flux["animal_id"] == "M001"][["batch", "click"]].drop_duplicates())
    assert clicks > 1
    assert "reviewer" not in told_methods(ONE, results)
    changed(results, "flux", reviewed)
    assert (
        f"the regions of {clicks} mice, each counted on every click, were looked at or changed, "
        "and 0 regions were rejected."
    ) in told_methods(ONE, results)


def test_methods_name_the_test_that_late_entries_leave() -> None:
    late = made_up_config(analysis={"survival": {"entry": "observed_from"}})
    words = dict(methods(late))["Survival"]
    assert "by the log-rank test; hazard" in words
    assert "by permutation" not in words
    assert "censored alike" not in words
    usual = dict(methods(made_up_config()))["Survival"]
    assert "by permutation where an arm has fewer than 20 animals" in usual
    assert "takes animals to be censored alike in all arms" in usual


def test_methods_name_covariates_and_whether_they_are_printed() -> None:
    survival = {"covariates": ["sex"], "cluster_by": "cage"}
    words = dict(methods(made_up_config(analysis={"survival": survival})))["Survival"]
    how = "Hazard ratios adjusted for sex and made robust to clusters of cage are"
    assert f"{how} listed beside the plain ones." in words
    printed = made_up_config(analysis={"survival": {**survival, "print_adjusted": True}})
    assert f"{how} those printed." in dict(methods(printed))["Survival"]


def test_methods_name_how_intervals_were_made() -> None:
    words = " ".join(text for _, text in methods(ONE))
    assert "percentiles of 9,999 bootstrap samples within arms" in words
    assert "with a confidence interval is that of geometric means, by Welch’s t" in words
    alone = made_up_config(models=["PC9"], arms=["vehicle"])
    assert "reduction" not in " ".join(text for _, text in methods(alone))


def test_methods_tell_of_no_permutation_that_no_p_is_by(results: Path) -> None:
    def large(rows: pd.DataFrame) -> None:
        rows["test"] = "logrank"

    text = told_methods(ONE, results)
    assert "by the log-rank test, by permutation as an arm has fewer than 20 animals;" in text
    changed(results, "statistics/survival_tests", large)
    text = told_methods(ONE, results)
    assert "by the log-rank test; hazard" in text
    assert "permutation" not in text


def test_methods_tell_of_competing_deaths_where_there_were_any(results: Path) -> None:
    reasons = {**ONE.end_reasons, "surgical death": "competing"}
    config = made_up_config(models=["PC9"], end_reasons=reasons)
    none = replace(measured(results), incidence=False, gray=False)
    some = replace(none, incidence=True, gray=True)
    assert "surgical death" not in dict(methods(config, none))["Survival"]
    assert "Aalen" not in dict(methods(config, none))["Survival"]
    told = dict(methods(config, some))["Survival"]
    assert "; competing, censored here: surgical death." in told
    assert (
        "the cumulative incidence of each cause was estimated by Aalen and Johansen’s method and "
        "arms compared by Gray’s test."
    ) in told
    alone = dict(methods(config, replace(some, gray=False)))["Survival"]
    assert "Johansen’s method." in alone and "Gray" not in alone


def test_methods_name_the_region_that_a_sheet_without_one_has(results: Path) -> None:
    done = replace(measured(results), sources=frozenset({"sheet"}))
    told = dict(methods(ONE, replace(done, sheet_regions=frozenset({"neuraxis"}))))
    assert (
        "Flux from the sheet counts as that of the region “neuraxis”."
        in (told["Regions and limit of detection"])
    )
    several = dict(methods(ONE, replace(done, sheet_regions=frozenset({"neuraxis", "cranial"}))))
    assert "are as the sheet names them" in several["Regions and limit of detection"]


def test_tests_of_burden_have_their_article() -> None:
    def by(test: str) -> str:
        burden = {"burden": {"test": test}}
        return dict(methods(made_up_config(analysis=burden)))["Tumour burden"]

    assert "under study, by the Mann–Whitney test." in by("mann_whitney")
    assert "under study, by Welch's t-test on log10 flux." in by("welch_t_log10")
