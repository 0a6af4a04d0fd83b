from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lumicohort.errors import InputError
from lumicohort.files import read_csv, write_csv
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.study import analyse_survival
from lumicohort.survival.tests import logrank_test

ADDED = ("test", "options", "note", "software", "adjustment", "stratified_by", "method")


def study(**survival: Any) -> StudyConfig:
    reasons = survival.pop("end_reasons", None)
    return parse_config(
        {
            **({"end_reasons": reasons} if reasons else {}),
            "study": "s",
            "models": {"M1": {}, "M2": {}},
            "arms": {"low": {}, "vehicle": {}, "high": {}},
            "reference_arm": "vehicle",
            "analysis": {"survival": {"bootstrap_samples": 999, **survival}},
        }
    )


def animals(arms: dict[str, list[tuple[float, int]]], model: str = "M1") -> pd.DataFrame:
    rows = [
        {
            "animal_id": f"{model}-{arm}-{i}",
            "model": model,
            "arm": arm,
            "time_days": time,
            "event": event,
            "end_reason": "humane endpoint" if event else "end of study",
            "included": True,
            "reason": "",
            "experiment": f"e{i % 2}",
        }
        for arm, lives in arms.items()
        for i, (time, event) in enumerate(lives)
    ]
    return pd.DataFrame(rows)


VEHICLE = [(20, 1), (22, 1), (23, 1), (24, 1), (26, 1), (30, 1)]
HIGH = [(28, 1), (33, 1), (35, 1), (36, 1), (40, 1), (60, 0)]
LOW = [(21, 1), (24, 1), (25, 1), (29, 1), (31, 1), (60, 0)]


def run(table: pd.DataFrame, folder: Path, **survival: Any) -> dict[str, pd.DataFrame]:
    write_csv(table, folder / "survival.csv")
    analyse_survival(study(**survival), folder)
    return {p.stem: read_csv(p, text=ADDED) for p in sorted((folder / "statistics").glob("*.csv"))}


def test_writes_every_table_of_the_contract(tmp_path: Path) -> None:
    found = run(animals({"vehicle": VEHICLE, "high": HIGH, "low": LOW}), tmp_path)
    assert set(found) == {
        "survival_arms",
        "survival_tests",
        "survival_differences",
        "hazard_ratios",
        "survival_curves",
        "survival_ph",
        "survival_sensitivity",
        "cumulative_incidence",
        "competing_tests",
    }
    contract = {
        "survival_arms": "model arm n events censored median_days median_lower_95 "
        "median_upper_95 rmst_days rmst_se rmst_tau_days",
        "survival_tests": "model arm reference test stratified_by statistic df p_value p_adjusted",
        "survival_differences": "model arm reference measure estimate lower_95 upper_95 p_value "
        "method",
        "hazard_ratios": "model arm reference method hr lower_95 upper_95 p_value",
        "survival_curves": "model arm time_days at_risk events censored survival lower_95 upper_95",
    }
    for name, columns in contract.items():
        assert set(columns.split()) <= set(found[name].columns), name
    arms = found["survival_arms"]
    assert arms["arm"].tolist() == ["vehicle", "low", "high"]  # the reference first
    assert arms["median_days"].tolist() == [23.5, 27, 35.5]
    assert arms["rmst_tau_days"].tolist() == [30, 30, 30]
    assert set(found["survival_differences"]["measure"]) == {
        "median_difference_days",
        "median_ratio",
        "rmst_difference_days",
        "rmst_ratio",
    }
    assert "lifelines" in arms["software"][0]


def test_one_primary_row_per_comparison(tmp_path: Path) -> None:
    found = run(animals({"vehicle": VEHICLE, "high": HIGH, "low": LOW}), tmp_path)
    tests = found["survival_tests"]
    printed = tests[tests["primary"]]
    assert printed["arm"].tolist() == ["low", "high"]
    assert set(printed["test"]) == {"logrank_permutation"}  # six animals an arm
    assert all("exact, all 924 arrangements" in o for o in printed["options"])
    high, low = (printed[printed["arm"] == a].iloc[0] for a in ("high", "low"))
    assert high["p_adjusted"] == pytest.approx(min(2 * high["p_value"], 1))  # Holm, the smaller
    assert low["p_adjusted"] == pytest.approx(low["p_value"])
    overall = tests[tests["comparison"] == "all"]
    assert set(overall["df"].dropna()) == {2}
    assert tests[tests["test"] == "logrank_trend"]["df"].tolist() == [1]
    ratios = found["hazard_ratios"]
    assert ratios[ratios["primary"]]["method"].tolist() == ["cox_efron", "cox_efron"]
    assert sorted(ratios[ratios["arm"] == "high"]["method"]) == [
        "cox_breslow",
        "cox_efron",
        "cox_exact",
        "cox_firth",
        "logrank_oe",
        "mantel_haenszel",
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fleming_harrington", [0, -1]),
        ("fleming_harrington", [0, math.inf]),
        ("rmst_tau_days", math.inf),
    ],
)
def test_options_without_meaning_are_refused(key: str, value: Any) -> None:
    with pytest.raises(InputError, match=key):
        study(**{key: value})


def test_large_arms_get_the_asymptotic_test(tmp_path: Path) -> None:
    many = animals({"vehicle": VEHICLE * 4, "high": HIGH * 4})
    tests = run(many, tmp_path)["survival_tests"]
    assert tests[tests["primary"]]["test"].tolist() == ["logrank"]
    (tmp_path / "b").mkdir()
    tests = run(many, tmp_path / "b", test="peto_peto")["survival_tests"]
    assert tests[tests["primary"]]["test"].tolist() == ["peto_peto"]


def test_separated_arms_lead_with_firth(tmp_path: Path) -> None:
    late = [(t + 20, e) for t, e in VEHICLE]
    ratios = run(animals({"vehicle": VEHICLE, "high": late}), tmp_path)["hazard_ratios"]
    by = ratios.set_index("method")
    assert by.index[by["primary"]].tolist() == ["cox_firth"]
    assert bool(by.loc["cox_efron", "separated"])
    assert math.isnan(by.loc["cox_efron", "hr"]) and "arms separate" in by.loc["cox_efron", "note"]
    assert 0 < by.loc["cox_firth", "hr"] < 0.1
    assert 0 < by.loc["mantel_haenszel", "hr"] < 0.1


def test_everybody_alive(tmp_path: Path) -> None:
    """All censored: no median, no test, no ratio, and each says why."""
    alive = [(30, 0)] * 5
    found = run(animals({"vehicle": alive, "high": alive}), tmp_path)
    arms, tests = found["survival_arms"], found["survival_tests"]
    assert arms["median_days"].isna().all()
    assert all(n.startswith("all animals censored: no median") for n in arms["note"])
    assert tests["p_value"].isna().all() and tests["statistic"].isna().all()
    assert set(tests["note"]) == {"no event in any arm: all animals were censored"}
    assert found["hazard_ratios"]["hr"].isna().all()
    assert all(found["hazard_ratios"]["note"])
    assert found["survival_curves"]["survival"].tolist() == [1, 1]


def test_models_with_one_arm_without_the_reference_and_without_animals(tmp_path: Path) -> None:
    only = pd.concat([animals({"high": HIGH, "low": LOW}), animals({"vehicle": VEHICLE}, "M2")])
    found = run(only, tmp_path)
    assert found["survival_arms"]["arm"].tolist() == ["low", "high", "vehicle"]
    tests = found["survival_tests"]
    first = tests[tests["model"] == "M1"]
    assert set(first["arm"]) == {"low", "high"}
    assert set(first["note"]) == {"the reference `vehicle` has no animal"}
    assert set(tests[tests["model"] == "M2"]["note"]) == {"only one arm"}
    assert tests["p_value"].isna().all()
    assert not len(found["survival_differences"])


def test_no_animal_at_all_writes_empty_tables(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE})
    table["included"] = False
    found = run(table, tmp_path)
    assert all(len(t) == 0 for t in found.values())
    assert "median_days" in found["survival_arms"].columns


def test_one_animal_an_arm(tmp_path: Path) -> None:
    found = run(animals({"vehicle": [(12, 1)], "high": [(20, 1)]}), tmp_path)
    arms = found["survival_arms"]
    assert arms["median_days"].tolist() == [12, 20]
    assert arms["median_lower_95"].isna().all() and arms["median_upper_95"].isna().all()
    assert arms["note"][0].startswith("one animal: no interval")
    days = found["survival_differences"].set_index("measure").loc["median_difference_days"]
    assert days["estimate"] == 8 and math.isnan(days["lower_95"])
    assert days["note"] == "no interval: one animal in `high` and `vehicle`"


def test_excluded_animals_stay_out(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    table.loc[table["animal_id"] == "M1-high-0", "included"] = False
    table.loc[table["animal_id"] == "M1-high-0", "time_days"] = None
    arms = run(table, tmp_path)["survival_arms"].set_index("arm")
    assert arms.loc["high", "n"] == 5 and arms.loc["vehicle", "n"] == 6


@pytest.mark.parametrize("place", ["survival", "animals"])
def test_strata_come_from_either_table(tmp_path: Path, place: str) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    column = "experiment"
    if place == "animals":
        column = "cage"
        cages = table[["animal_id"]].assign(cage=table["experiment"])
        write_csv(cages, tmp_path / "cohort" / "animals.csv")
        table = table.drop(columns="experiment")
    tests = run(table, tmp_path, stratify_by=column)["survival_tests"]
    printed = tests[tests["primary"]]
    assert printed["stratified_by"].tolist() == [column]
    assert "within strata" in printed["options"].iloc[0]
    assert set(tests["stratified_by"]) == {"", column}


def test_an_unknown_stratum_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        run(animals({"vehicle": VEHICLE}), tmp_path, stratify_by="litter")
    assert "there is no column `litter`" in str(error.value)
    assert "analysis.survival.stratify_by" in str(error.value)
    assert not (tmp_path / "statistics").exists()


def test_bad_rows_of_all_models_are_named_at_once(tmp_path: Path) -> None:
    table = pd.concat(
        [animals({"vehicle": VEHICLE}), animals({"vehicle": VEHICLE}, "M2")], ignore_index=True
    )
    table.loc[1, "time_days"] = -3
    table.loc[8, "event"] = 2
    with pytest.raises(InputError) as error:
        run(table, tmp_path)
    text = str(error.value)
    assert "survival.csv, row 3, column time_days: the time `-3` is negative" in text
    assert "survival.csv, row 10, column event: `2` is not an event code" in text


def test_a_missing_table_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Run the step `cohort`"):
        analyse_survival(study(), tmp_path)


def test_the_other_coding_is_tried(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    table.loc[table["animal_id"] == "M1-vehicle-0", "end_reason"] = "found dead"
    rows = run(table, tmp_path)["survival_sensitivity"]
    assert rows["end_reason"].tolist() == ["", "found dead", "humane endpoint", "end of study"]
    assert rows["counted_as"].tolist() == ["", "censored", "censored", "event"]
    configured, dead, endpoint, alive = (rows.iloc[i] for i in range(4))
    assert (configured["events_reference"], dead["events_reference"]) == (6, 5)
    assert alive["events"] == 6 and endpoint["events"] == 0
    assert configured["median_reference_days"] == 23.5
    assert dead["median_reference_days"] == 24


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    run(table, tmp_path / "a")
    run(table, tmp_path / "b")
    for path in (tmp_path / "a" / "statistics").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "b" / "statistics" / path.name).read_bytes()


def test_adjusted_and_clustered_rows_stand_beside(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH, "low": LOW})
    table["sex"] = ["M", "F"] * 9
    cages = {f"M1-{arm}-{i}": f"{i // 2}" for arm in ("vehicle", "high", "low") for i in range(6)}
    sheet = table.assign(
        weight_g=[24.0, 25, 23, 26, 27, 22] * 3, cage=table["animal_id"].map(cages)
    )
    write_csv(sheet[["animal_id", "weight_g", "cage"]], tmp_path / "cohort" / "animals.csv")
    plain = run(table, tmp_path)["hazard_ratios"]
    found = run(table, tmp_path, covariates=["sex", "weight_g"], cluster_by="cage")
    ratios = found["hazard_ratios"].fillna({"adjusted_for": "", "clustered_by": ""})
    same = ratios[(ratios["adjusted_for"] == "") & (ratios["clustered_by"] == "")]
    assert same["hr"].tolist() == plain["hr"].tolist()
    assert same["primary"].tolist() == plain["primary"].tolist()
    more = ratios[(ratios["adjusted_for"] != "") | (ratios["clustered_by"] != "")]
    assert not more["primary"].any()
    assert set(more["method"]) == {"cox_efron", "cox_firth"}
    assert more["term"].value_counts().to_dict() == {"arm": 8, "sex": 3, "weight_g": 3}
    table.loc[0, "sex"] = None
    found = run(table, tmp_path, covariates=["sex"], print_adjusted=True, hazard_ratio="cox_efron")
    printed = found["hazard_ratios"]
    printed = printed[printed["primary"]]
    assert printed["adjusted_for"].tolist() == ["sex", "sex"]
    left_out = "warning: fitted to 17 of 18 animals (no sex: M1-vehicle-0)"
    assert all(left_out in note for note in printed["note"])
    # the hazard ratio with each coding stands there too
    assert all(left_out in note for note in found["survival_sensitivity"]["note"])


def test_names_the_covariate_that_is_missing(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    with pytest.raises(InputError) as error:
        run(table, tmp_path, covariates=["age"], cluster_by="box")
    assert "no column `age`" in str(error.value) and "analysis.survival.covariates" in str(
        error.value
    )
    assert "no column `box`" in str(error.value) and "analysis.survival.cluster_by" in str(
        error.value
    )


def test_competing_deaths_are_censored_and_analysed_besides(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH})
    table.loc[[2, 7], ["event", "end_reason"]] = [0, "anaesthesia"]
    reasons = {"humane endpoint": "event", "end of study": "censored", "anaesthesia": "competing"}
    found = run(table, tmp_path, end_reasons=reasons)
    arms = found["survival_arms"].set_index("arm")
    assert arms["events"].to_dict() == {"vehicle": 5, "high": 4}
    for arm in ("vehicle", "high"):
        assert "1 of the censored died of another cause" in arms.loc[arm, "note"]
    incidence = found["cumulative_incidence"]
    other = incidence[(incidence["cause"] == "competing") & (incidence["arm"] == "vehicle")]
    # one of four animals at risk on day 23, after two of six: 4/6 * 1/4
    assert other["incidence"].max() == pytest.approx(1 / 6)
    tests = found["competing_tests"]
    assert tests["cause"].tolist() == ["event", "competing"]
    assert set(tests["model"]) == {"M1"} and tests["p_value"].notna().all()
    recoded = found["survival_sensitivity"]
    row = recoded[recoded["end_reason"] == "anaesthesia"].iloc[0]
    assert (row["configured_as"], row["counted_as"], row["events"]) == ("competing", "event", 5)


def test_without_competing_deaths_the_tables_have_only_headings(tmp_path: Path) -> None:
    found = run(animals({"vehicle": VEHICLE, "high": HIGH}), tmp_path)
    assert len(found["cumulative_incidence"]) == len(found["competing_tests"]) == 0
    assert "model" in found["competing_tests"].columns


def test_delayed_entry_is_refused(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH}).assign(entry_day=[0, 3] * 6)
    with pytest.raises(InputError, match=r"column entry_day: .*delayed entry \(left truncation\)"):
        run(table, tmp_path)
    run(table.assign(entry_day=0), tmp_path)


def test_delayed_entry_by_a_column_of_the_cohort(tmp_path: Path) -> None:
    table = animals({"vehicle": VEHICLE, "high": HIGH}).assign(entry_day=[0, 0, 21, 5, 0, 0] * 2)
    found = run(table, tmp_path, entry="entry_day")
    tests = found["survival_tests"].set_index("test")
    # coxph(Surv(entry_day, time_days, event) ~ arm, ties = "exact"): score test
    data = SurvivalData.from_arrays(
        table["time_days"], table["event"], table["arm"], entry=table["entry_day"]
    )
    assert tests.loc["logrank", "statistic"] == pytest.approx(logrank_test(data).statistic)
    assert tests.index[tests["primary"]].tolist() == ["logrank"]
    assert found["survival_arms"]["note"].str.contains("2 of 6 entered late").all()
    late = found["survival_curves"]
    assert late.loc[late["entered"] > 0, "time_days"].tolist() == [5, 21, 5, 21]
    with pytest.raises(InputError, match="there is no column `entered` in the cohort sheet"):
        run(table.drop(columns="entry_day"), tmp_path, entry="entered")
    with pytest.raises(InputError, match=r"row 4, column entry_day: the animal entered at `40`"):
        run(table.assign(entry_day=[0, 0, 40, 0, 0, 0] * 2), tmp_path, entry="entry_day")
