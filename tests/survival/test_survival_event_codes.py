"""Event columns in words, or coded as in R's data sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumicohort.errors import InputError
from lumicohort.survival.sheet import SurvivalSheet, read_sheet

TIMES = (12, 14, 15, 20, 25, 30)
ARMS = ("veh", "veh", "veh", "dfo", "dfo", "dfo")
EVENTS = [True, True, False, True, False, True]


def read(path: Path, codes: list[str], **more: object) -> SurvivalSheet:
    rows = [f"{t},{code},{arm}" for t, code, arm in zip(TIMES, codes, ARMS, strict=True)]
    extra = more.pop("rows", [])
    assert isinstance(extra, list)
    path.write_text("\n".join(["days,status,arm", *rows, *extra]), encoding="utf-8")
    return read_sheet(path, time="days", event="status", group="arm", **more)  # type: ignore[arg-type]


def refused(path: Path, codes: list[str], **more: object) -> str:
    with pytest.raises(InputError) as error:
        read(path, codes, **more)
    return str(error.value)


@pytest.mark.parametrize(
    ("yes", "no", "named"),
    [
        ("ja", "nein", ("JA", "nein")),
        ("dead", "alive", ("dead", "alive")),
        ("2", "1", ("2", "1")),
        ("2.0", "1.0", ("2", "1")),
        ("0", "1", ("0", "1")),
    ],
)
def test_named_codes_are_read(tmp_path: Path, yes: str, no: str, named: tuple[str, str]) -> None:
    codes = [yes if event else no for event in EVENTS]
    sheet = read(tmp_path / "s.csv", codes, event_codes=[named[0]], censored_codes=[named[1]])
    assert sheet.data.event.tolist() == EVENTS


def test_a_competing_death_stands_beside_named_codes(tmp_path: Path) -> None:
    codes = ["dead", "dead", "escaped", "dead", "alive", "sacrificed"]
    sheet = read(
        tmp_path / "s.csv",
        codes,
        event_codes=["dead", "sacrificed"],
        censored_codes=["alive"],
        competing="Escaped",
    )
    assert sheet.data.event.tolist() == EVENTS
    assert sheet.competing.tolist() == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("yes", "no", "advice"),
    [
        ("ja", "nein", "--event-code ja --censored-code nein, if that is so"),
        ("Dead", "Alive", "--event-code Dead --censored-code Alive, if that is so"),
        ("2", "1", "--event-code 2 --censored-code 1 where 2 is the event, as in R's `lung`"),
        ("moribund", "out", "--event-code CODE --censored-code CODE (each as often as needed)"),
    ],
)
def test_another_coding_is_told_once_and_how_to_say_it(
    tmp_path: Path, yes: str, no: str, advice: str
) -> None:
    said = refused(tmp_path / "s.csv", [yes if event else no for event in EVENTS])
    assert said.count("column status") == 1
    assert f"`{yes}` in rows 2, 3, 5 and 7 and `{no}` in rows 4 and 6" in said
    assert advice in said


def test_a_slip_among_known_codes_is_a_cell_of_its_own(tmp_path: Path) -> None:
    said = refused(tmp_path / "s.csv", ["1", "1", "0", "1", "yes", "1"])
    assert "row 6, column status: `yes` is not an event code. Allowed: 1 or true" in said


def test_what_no_option_names_is_refused(tmp_path: Path) -> None:
    named = {"event_codes": ["dead"], "censored_codes": ["alive", "lost"]}
    said = refused(tmp_path / "s.csv", ["dead", "1", "alive", "", "1", "dead"], **named)
    assert "column status: no cell is `lost` (--censored-code)" in said
    assert "rows 3 and 6, column status: the event code is `1`, which no option names" in said
    assert "row 5, column status: the event code is empty" in said
    assert "Named are `dead`, `alive`, `lost`" in said
    both = {"event_codes": ["dead"], "censored_codes": ["Dead"]}
    said = refused(tmp_path / "s.csv", ["dead"] * 6, **both)
    assert "`Dead` is both --event-code and --censored-code" in said


def test_rows_that_sum_up_are_named(tmp_path: Path) -> None:
    codes = ["1" if event else "0" for event in EVENTS]
    said = refused(tmp_path / "s.csv", codes, rows=["Mean,,", "SD,,veh"])
    assert "row 8: `Mean`: the row sums up others and is no animal. Leave it out." in said
    assert "row 9: `SD`: the row sums up others" in said
    assert "missing" not in said
