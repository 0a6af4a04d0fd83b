from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import pytest

from lumicohort.commands import survival as command
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.survival.describe import p_text

DATA = Path(__file__).parent / "data"
WORDS = ("test", "options", "note", "software", "adjustment", "stratified_by", "method")


def run(sheet: Path, out: Path, *more: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    columns = [] if "--time" in more else ["--time", "time", "--event", "status"]
    columns += [] if "--group" in more else ["--group", "group"]
    return command.run(parser.parse_args([str(sheet), *columns, *more, "--out", str(out)]))


def test_writes_tables_figure_and_paragraph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(DATA / "edge_chi_like_survival.csv", out) == 0
    assert {p.name for p in out.iterdir()} == {
        "survival_arms.csv",
        "survival_tests.csv",
        "survival_differences.csv",
        "hazard_ratios.csv",
        "survival_curves.csv",
        "survival_ph.csv",
        "survival.pdf",
        "survival.svg",
        "survival.png",
        "summary.txt",
    }
    arms = read_csv(out / "survival_arms.csv", WORDS)
    assert "model" not in arms.columns
    assert arms["arm"].tolist() == ["vehicle", "DFO"]
    assert arms["median_days"].tolist() == [25.5, 39.5]
    tests = read_csv(out / "survival_tests.csv", WORDS).set_index("test")
    assert tests.loc["logrank", "statistic"] == pytest.approx(20.3274705836513, rel=1e-9)
    assert tests.loc["logrank_permutation", "p_value"] == pytest.approx(2.16501764489e-5)
    ratios = read_csv(out / "hazard_ratios.csv", WORDS).set_index("method")
    assert ratios.loc["mantel_haenszel", "hr"] == pytest.approx(0.045002052640216, rel=1e-9)
    text = (out / "summary.txt").read_text(encoding="utf-8")
    assert text.strip() in capsys.readouterr().out
    for said in (
        "vehicle: 10 animals, 10 with the event, 0 censored",
        "median survival 25.5 days (95% CI 21 to 28, Brookmeyer–Crowley, log-log)",
        "log-rank test by permutation",
        "p < 0.0001",
        "Hazard ratio 0.03081 (95% CI 0.003699 to 0.2567; Cox model, Efron ties)",
        "Difference in medians: +14 days",
    ):
        assert said in text


def test_reference_and_type_of_interval(tmp_path: Path) -> None:
    more = ("--reference", "DFO", "--ci-type", "log")
    run(DATA / "edge_chi_like_survival.csv", tmp_path, *more)
    arms = read_csv(tmp_path / "survival_arms.csv", WORDS)
    assert arms["arm"].tolist() == ["DFO", "vehicle"]
    assert arms["median_lower_95"].tolist() == [35, 24]
    assert arms["median_upper_95"].isna().all()
    assert set(arms["ci_type"]) == {"log"}
    ratios = read_csv(tmp_path / "hazard_ratios.csv", WORDS).set_index("method")
    assert ratios.loc["mantel_haenszel", "hr"] == pytest.approx(1 / 0.045002052640216, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("edge_all_censored", "no test (no event in any arm: all animals were censored)"),
        ("edge_single_arm_n7", "There is only one arm (DFO): nothing is compared."),
        ("edge_n1_each", "with so few animals p cannot fall below 1"),
        ("edge_separation", "The arms separate, so an ordinary Cox model has no finite estimate"),
        ("edge_identical_times", "no test (no arrangement differs from another"),
        ("edge_median_not_reached", "median survival not reached (NA)"),
    ],
)
def test_says_what_cannot_be_estimated(tmp_path: Path, name: str, said: str) -> None:
    assert run(DATA / f"{name}.csv", tmp_path) == 0
    assert said in (tmp_path / "summary.txt").read_text(encoding="utf-8")
    tables = [read_csv(p, WORDS) for p in tmp_path.glob("*.csv")]
    for table in tables:
        cells = table.astype(str).to_numpy().ravel()
        assert not {"inf", "-inf", "Infinity"} & set(cells)


def test_semicolons_decimal_commas_and_a_title_above(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    lines = ["Survival of experiment 3;;;", "Mouse ID;Days;Dead;Arm", ";;;"]
    lines += [
        f"{i};{t};{e};{a}" for i, t, e, a in [(1, "10,5", "TRUE", "A"), (2, 12, "false", "A")]
    ]
    lines += ["3;14,5;1;B", "4;9;0;B"]
    sheet.write_text("\n".join(lines), encoding="cp1252")
    run(sheet, tmp_path / "out", "--time", "Days", "--event", "Dead", "--group", "Arm")
    curves = read_csv(tmp_path / "out" / "survival_curves.csv")
    assert curves["time_days"].tolist() == [10.5, 12, 9, 14.5]
    assert curves["events"].tolist() == [1, 0, 0, 1]


def test_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["days", "dead", "arm"], [20, True, "v"], [25.5, 1, "v"], [30, False, "d"]):
        sheet.append(row)
    book.save(tmp_path / "sheet.xlsx")
    more = ("--time", "days", "--event", "dead", "--group", "arm")
    run(tmp_path / "sheet.xlsx", tmp_path / "out", *more)
    arms = read_csv(tmp_path / "out" / "survival_arms.csv", WORDS)
    assert arms["n"].tolist() == [2, 1] and arms["events"].tolist() == [2, 0]


@pytest.mark.parametrize(
    ("rows", "more", "said"),
    [
        (["5,2,a"], (), "row 2, column status: `2` is not an event code"),
        (["-5,1,a"], (), "row 2, column time: the time `-5` is negative"),
        (["5,1,a", ",1,a"], (), "row 3, column time: the time is missing"),
        (["5,1,a", "6,1,"], (), "row 3, column group: the group is missing"),
        (["5,1,a"], ("--reference", "b"), "the reference `b` has no animal"),
        (["5,1,a"], ("--stratum", "cage"), "there is no column `cage` (--stratum)"),
        (["5,1,a"], ("--id", "group", "--stratum", "time"), "name the same column"),
        ([], (), "there is no animal in it"),
        (["5,1,a"], ("--entry", "begin"), "there is no column `begin` (--entry)"),
        (["5,1,a"], ("--tau", "0"), "--tau must be a number above 0"),
        (["1,5,a", "0,9,a"], (), "the two look swapped"),
        (['"1,250",1,a'], (), "can be read as a decimal or as thousands"),
        (["5,1,a", "6,1,A"], (), "row 3, column group: `A` and `a` differ only in capitals"),
        (["1e308,1,a"], (), "row 2, column time: the time `1e308` is longer than any life"),
        (["5,1,a"], ("--competing", "2"), "no cell is `2` (--competing)"),
        (["5,1,a"], ("--competing", "true"), "which is an event code already"),
        (["5,1,a"], ("--covariate", "sex"), "there is no column `sex` (--covariate)"),
        (["5,1,a"], ("--cluster", "group"), "--group and --cluster name the same column"),
    ],
)
def test_refuses_and_writes_nothing(
    tmp_path: Path, rows: list[str], more: tuple[str, ...], said: str
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("\n".join(["time,status,group", *rows]) + "\n")
    with pytest.raises(InputError) as error:
        run(sheet, tmp_path / "out", *more)
    assert said in str(error.value)
    assert not (tmp_path / "out").exists()


def test_identical_animals_are_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("animal_id,time,status,group\nm1,5,1,a\nm2,6,1,b\nm1,5,1,a\n")
    with pytest.raises(InputError, match="row 4, column animal_id: animal `m1` already stands"):
        run(sheet, tmp_path / "out")


def test_rows_of_one_patient_are_analysed_where_named_as_a_cluster(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    rows = ["1,5,1,a", "1,9,1,a", "2,6,1,b", "2,7,0,b", "3,8,1,a", "3,11,0,a", "4,12,1,b"]
    sheet.write_text("\n".join(["id,time,status,group", *rows]) + "\n")
    with pytest.raises(InputError, match=r"no animal's name .* --cluster id"):
        run(sheet, tmp_path / "out")
    run(sheet, tmp_path / "out", "--cluster", "id")
    arms = read_csv(tmp_path / "out" / "survival_arms.csv")
    assert arms["n"].tolist() == [4, 3]
    ratios = read_csv(tmp_path / "out" / "hazard_ratios.csv")
    assert "id" in ratios["clustered_by"].tolist()


def test_no_such_sheet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "none.csv", tmp_path / "out")


def test_delayed_entry_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("time,status,group,Entry (days)\n5,1,a,0\n6,1,b,2\n")
    with pytest.raises(InputError, match=r"column Entry \(days\): .* delayed entry"):
        run(sheet, tmp_path / "out")


def test_competing_deaths_by_code(tmp_path: Path) -> None:
    out = tmp_path / "out"
    more = ("--time", "time", "--event", "outcome", "--group", "group", "--competing", "2")
    run(DATA / "made_competing.csv", out, *more)
    arms = read_csv(out / "survival_arms.csv", WORDS)
    assert arms["events"].tolist() == [9, 6, 8]
    tests = read_csv(out / "competing_tests.csv", WORDS)
    # cuminc(d$time, d$outcome, d$group)$Tests
    assert tests["statistic"][0] == pytest.approx(3.110836232773, rel=1e-10)
    assert (out / "cumulative_incidence.svg").is_file()
    text = (out / "summary.txt").read_text(encoding="utf-8")
    assert "vehicle: 67.9% (28.6 to 88.7%) by day 28, 4 of 14 died of another cause" in text
    # p.adjust(c(0.2052717455193, 0.1109743840706), "holm")
    low = (
        "chi-squared 1.604 on 1 degree(s) of freedom, p = 0.21 (p = 0.22 after Holm's adjustment);"
    )
    assert f"low vs vehicle, Gray's test: {low}" in text
    assert "All arms, Gray's test: chi-squared 3.111 on 2 degree(s) of freedom, p = 0.21;" in text


def test_a_stratum_of_one_arm_is_named_for_every_stratified_test(tmp_path: Path) -> None:
    sheet, out = tmp_path / "sheet.csv", tmp_path / "out"
    rows = [f"{10 + i},{[1, 1, 2, 0][i % 4]},{'ab'[i % 2]},s1" for i in range(12)]
    sheet.write_text("\n".join(["time,event,group,lab", *rows, "11,1,a,s2", "12,2,a,s2"]) + "\n")
    columns = ("--time", "time", "--event", "event", "--group", "group", "--stratum", "lab")
    run(sheet, out, *columns, "--competing", "2")
    alone = "2 of 14 animals are compared with none: lab s2 has one arm only"
    for name in ("survival_tests", "competing_tests"):
        tests = read_csv(out / f"{name}.csv", (*WORDS, "stratified_by"))
        stratified = tests[(tests["stratified_by"] == "lab") & tests["p_value"].notna()]
        assert len(stratified) and all(alone in note for note in stratified["note"]), name
        assert not any(alone in note for note in tests.loc[tests["stratified_by"] == "", "note"])
    text = (out / "summary.txt").read_text(encoding="utf-8")
    gray = next(line for line in text.split("\n") if "Gray's test, stratified by lab" in line)
    assert f"; {alone}." in gray


def test_weights_that_are_asked_for_are_told_in_the_summary(tmp_path: Path) -> None:
    out, more = tmp_path / "out", ("--time", "time", "--event", "status", "--group", "group")
    run(DATA / "made_covariates.csv", out, *more)
    assert "Fleming" not in (out / "summary.txt").read_text(encoding="utf-8")
    run(DATA / "made_covariates.csv", out, *more, "--fleming-harrington", "1", "0.5")
    text = (out / "summary.txt").read_text(encoding="utf-8")
    tests = read_csv(out / "survival_tests.csv", WORDS)
    found = tests[(tests["test"] == "fleming_harrington") & (tests["comparison"] == "pair")]
    told = next(part for part in text.split("\n\n") if part.startswith("Besides: "))
    for row in found.to_dict("records"):
        start = (
            f"{row['arm']} compared with {row['reference']}: Fleming–Harrington test (chi-squared "
        )
        end = (
            f"{row['statistic']:.4g} on 1 degree(s) of freedom; rho=1, gamma=0.5), "
            f"{p_text(row['p_value'])} ({p_text(row['p_adjusted'])} after Holm's adjustment)."
        )
        assert start + end in told


def test_covariates_and_clusters(tmp_path: Path) -> None:
    out = tmp_path / "out"
    more = ("--covariate", "sex", "--covariate", "weight_g", "--cluster", "cage")
    run(DATA / "made_covariates.csv", out, *more)
    ratios = read_csv(out / "hazard_ratios.csv", (*WORDS, "adjusted_for", "clustered_by"))
    row = ratios[(ratios["adjusted_for"] == "sex; weight_g") & (ratios["clustered_by"] == "cage")]
    # coxph(Surv(time, status) ~ group + sex + weight_g, d, cluster = cage)
    assert row["se_log_hr"].tolist()[:2] == pytest.approx([0.343116617699, 0.353777620315])
    assert not row["primary"].any()
    text = (out / "summary.txt").read_text(encoding="utf-8")
    assert "adjusted for sex and weight_g, errors robust within cage: hazard ratio 0.65" in text


def test_another_cell_settles_what_a_comma_means(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("time;status;group\n1,250;1;a\n12,5;1;a\n0,125;0;b\n")
    run(sheet, tmp_path / "out")
    curves = read_csv(tmp_path / "out" / "survival_curves.csv")
    assert curves["time_days"].tolist() == [1.25, 12.5, 0.125]


def test_a_column_of_events_per_arm_gives_what_a_row_per_animal_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prism's layout: days in one column, 1 (event) or 0 (censored) under each arm."""
    lines = (DATA / "edge_chi_like_survival.csv").read_text(encoding="utf-8").splitlines()
    time, status, group = (lines[0].split(",").index(n) for n in ("time", "status", "group"))
    animals = [line.split(",") for line in lines[1:]]
    wide = ["Days;DFO;vehicle"]
    for days in dict.fromkeys(a[time] for a in animals):
        cells = {
            g: [a[status] for a in animals if a[time] == days and a[group] == g]
            for g in ("DFO", "vehicle")
        }
        for i in range(max(map(len, cells.values()))):  # two animals of a day: two rows, or one
            row = [of[i] if i < len(of) else "" for of in cells.values()]
            wide.append(";".join([days.replace(".", ","), *row]))
    (tmp_path / "prism.csv").write_text("\n".join(wide), encoding="utf-8")
    out, long = tmp_path / "out", tmp_path / "long"
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    told = ["--time", "Days", "--arm", "vehicle", "--arm", "DFO", "--out", str(out)]
    assert command.run(parser.parse_args([str(tmp_path / "prism.csv"), *told])) == 0
    assert run(DATA / "edge_chi_like_survival.csv", long) == 0
    tables = sorted(path.name for path in long.glob("*.csv"))
    assert len(tables) == 6
    for name in [*tables, "summary.txt"]:
        assert (out / name).read_bytes() == (long / name).read_bytes(), name
    tests = read_csv(out / "survival_tests.csv", WORDS).set_index("test")
    assert tests.loc["logrank", "statistic"] == pytest.approx(20.3274705836513, rel=1e-9)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["--arm", "A", "--arm", "B"], "row 4: no arm's column has an event (1) or a censoring"),
        (["--arm", "A", "--arm", "C"], "column C: no cell of the column is filled."),
        (["--arm", "A", "--arm", "Bb"], "no column `Bb` (--arm) \u2014 did you mean `B`? Headings"),
        (["--arm", "A"], "--arm is given once: name every arm's column."),
        (["--arm", "A", "--arm", "A"], "--arm names `A` twice."),
        (["--arm", "A", "--arm", "B", "--event", "A"], "--arm stands instead of --event and"),
        (["--event", "A"], "--group is missing. A sheet with one column of events per arm (Prism)"),
        ([], "--event and --group are missing."),
        (["--event", "A", "--group", "B", "--arm", "x"], "name every arm, in their order."),
    ],
)
def test_what_is_wrong_with_columns_of_arms(told: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Days,A,B,C\n1,1,,\n2,,0,\n3,,,\n", encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    arguments = [str(tmp_path / "p.csv"), "--time", "Days", *told, "--out", str(tmp_path / "o")]
    with pytest.raises(InputError) as refused:
        command.run(parser.parse_args(arguments))
    assert message in str(refused.value)
    assert not (tmp_path / "o").exists()


DOSES = """id,days,dead,dose
m1,12,1,mid
m2,15,1,mid
m3,20,1,low
m4,21,0,low
m5,9,1,high
m6,31,1,vehicle
m7,30,1,vehicle
m8,8,1,high
m9,18,1,low
m10,33,0,vehicle
"""


def trend_of(tmp_path: Path, *told: str) -> pd.Series:
    """Analyse the sheet of four doses and return the row of the test for trend."""
    sheet, out = tmp_path / "doses.csv", tmp_path / "out"
    sheet.write_text(DOSES, encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    columns = ["--time", "days", "--event", "dead", "--group", "dose", "--out", str(out)]
    assert command.run(parser.parse_args([str(sheet), *columns, *told])) == 0
    words = (*WORDS, "arm", "reference")
    return read_csv(out / "survival_tests.csv", words).set_index("test").loc["logrank_trend"]


def test_arms_in_the_order_of_their_doses(tmp_path: Path) -> None:
    """R: (sum of a (O - E))² / a'Va of `survdiff` with a = 1 to 4 in this order."""
    order = ("vehicle", "low", "mid", "high")
    trend = trend_of(tmp_path, *(word for arm in order for word in ("--arm", arm)))
    assert trend["reference"] == "vehicle"
    assert trend["options"] == "scores vehicle=1, low=2, mid=3, high=4"
    assert trend["note"] == ""
    assert trend["statistic"] == pytest.approx(13.31045454989646, rel=1e-9)


def test_an_order_that_nobody_gave_is_told_with_the_trend(tmp_path: Path) -> None:
    trend = trend_of(tmp_path)
    assert trend["options"] == "scores mid=1, low=2, high=3, vehicle=4"
    assert "arms in the order in which the sheet first names them" in trend["note"]


def test_an_arm_that_the_order_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 6.*`high` is not one of the arms"):
        trend_of(tmp_path, "--arm", "vehicle", "--arm", "low", "--arm", "mid")


def test_counts_and_other_units_in_headings_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, out = tmp_path / "s.csv", tmp_path / "out"
    rows = ["1,a,1,3", "2,a,1,1", "4,b,1,2", "5,b,0,1"]
    sheet.write_text("\n".join(["survival (weeks),arm,dead,count", *rows]), encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    told = ["--time", "survival (weeks)", "--event", "dead", "--group", "arm", "--out", str(out)]
    assert command.run(parser.parse_args([str(sheet), *told])) == 0
    said = capsys.readouterr().out
    assert said.count("Warning: ") == 2
    unit = "the heading `survival (weeks)` speaks of weeks: all times are taken and printed as days"
    assert f"Warning: {unit}." in (out / "summary.txt").read_text(encoding="utf-8")
    assert "`count` may say how many animals a row stands for" in said
    trend_of(tmp_path)
    assert "Warning" not in capsys.readouterr().out
