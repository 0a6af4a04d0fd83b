"""What is said of wrong cells of a sheet of survival times: in the rows' order, each kind once."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

import lumicohort.commands.survival as command
from lumicohort.errors import InputError


def said(folder: Path, rows: list[str], *more: str) -> list[str]:
    """Return the problems of a sheet of time, event and arm."""
    sheet = folder / "s.csv"
    sheet.write_text("\n".join(["days,dead,arm", *rows]), encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    told = ["--time", "days", "--event", "dead", "--group", "arm", "--out", str(folder / "out")]
    with pytest.raises(InputError) as refused:
        command.run(parser.parse_args([str(sheet), *told, *more]))
    return [str(problem).removeprefix(f"{sheet}, ") for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("23 d", "Write `23`: the column holds numbers of days, without their unit."),
        ("23 Tage", "Write `23`: the column holds"),
        ("15+", "still alive on day 15, write `15`, and 0 (censored)"),
        (">30", "still alive on day 30, write `30`, and 0 (censored)"),
        ("2026-01-28", "It looks like a date: give the number of days since inoculation"),
        ("28.01.2026", "It looks like a date"),
        ("soon", "Give the time as a number of days."),
    ],
)
def test_many_times_that_are_no_numbers_are_told_once_with_what_to_do(
    tmp_path: Path, cell: str, what: str
) -> None:
    told = said(tmp_path, ["5,1,a", *[f"{cell},1,a"] * 7, "9,0,b"])
    assert len(told) == 1
    start = f"row 3, column days: the time `{cell}` is not a finite number. "
    assert told[0].startswith(f"{start}The same in 6 more (rows 4 to 9).")
    assert what in told[0]


def test_few_cells_are_told_each_in_the_order_of_rows(tmp_path: Path) -> None:
    told = said(tmp_path, ["5,yes,a", "x,1,a", ",0,b", "7,2,b", "-1,1,b"])
    assert [problem.partition(":")[0] for problem in told] == [
        "row 2, column dead",
        "row 3, column days",
        "row 4, column days",
        "row 5, column dead",
        "row 6, column days",
    ]
    advice = [problem for problem in told if "--competing CODE" in problem]
    assert len(advice) == 1  # it stands once


@pytest.mark.parametrize(
    "last", ["Total,,", ",,vehicle mean", "N,8,", "Median,1,vehicle", "mean:,,DFO"]
)
def test_rows_that_sum_up_are_named(tmp_path: Path, last: str) -> None:
    rows = ["5,1,vehicle", "6,1,DFO", last]
    if last.startswith(("N", "Median")):  # in the first column, with the time left empty
        sheet = tmp_path / "p.csv"
        sheet.write_text("id,days,vehicle,DFO\nm1,5,1,\nm2,6,,1\n" + last.replace(",", ",,", 1))
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        arms = ["--time", "days", "--arm", "vehicle", "--arm", "DFO", "--out", str(tmp_path / "o")]
        with pytest.raises(InputError, match=r"row 4: `\w+`: the row sums up others") as refused:
            command.run(parser.parse_args([str(sheet), *arms]))
        assert len(refused.value.problems) == 1
        return
    (told,) = said(tmp_path, rows)
    assert told.startswith("row 4: `")
    assert "the row sums up others and is no animal" in told


def test_animals_that_differ_in_leading_zeros_only_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "s.csv"
    rows = ["m1,1,a,1", "2,2,a,1", "M01,4,a,1", "2,4,b,1", "02,5,b,0"]
    sheet.write_text("\n".join(["mouse,day,arm,dead", *rows]), encoding="utf-8")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    told = ["--time", "day", "--event", "dead", "--group", "arm", "--out", str(tmp_path / "out")]
    assert command.run(parser.parse_args([str(sheet), *told])) == 0
    said = capsys.readouterr().out
    assert "the animals `M01` (row 4) and `m1` (row 2) differ in leading zeros" in said
    assert "`02` (row 6) and `2` (row 5) differ" in said
    assert said.count("Warning: ") == 2
