from __future__ import annotations

from pathlib import Path

import pytest

from lumicohort.cohort.study import write_cohort
from lumicohort.files import read_csv
from lumicohort.study.config import parse_config

SHEETS = {
    "cohort": """animal_id,model,arm,inoculation_date,cells_injected,weight_g,end_date,end_reason,\
randomised
A1,PC9,vehicle,2024-01-01,100000,22,2024-01-22,humane endpoint,2024-01-07
A2,PC9,DFO,2024-01-01,100000,23.5,,,2024-01-08
""",
    "doses": """animal_id,day,agent,dose_ug,dose_mg_per_kg,route
A1,7,vehicle,0,,i.t.
A2,7,DFO,47,,i.t.
A2,10,DFO,,2,i.t.
""",
    "weights": """animal_id,date,weight_g
A1,2024-01-04,22.4
A1,2024-01-11,
A2,2024-01-01,23
A2,2024-01-15,24.1
""",
}


def events_of(folder: Path, sheets: tuple[str, ...] = ("doses", "weights"), **more: object):
    for name, text in SHEETS.items():
        (folder / f"{name}.csv").write_text(text)
    data = {name: {"file": f"{name}.csv"} for name in ("cohort", *sheets)}
    raw = {
        "study": "s",
        "models": {"PC9": {}},
        "arms": {"vehicle": {}, "DFO": {}},
        "reference_arm": "vehicle",
        "data": {"folder": str(folder), **data},
        **more,
    }
    write_cohort(parse_config(raw), folder / "results")
    return read_csv(folder / "results" / "cohort" / "events.csv", text=("detail", "unit", "date"))


def test_every_event_has_its_day_value_and_unit(tmp_path: Path) -> None:
    events = events_of(tmp_path)
    columns = ["animal_id", "day", "date", "what", "value", "unit", "detail"]
    rows = [tuple(row) for row in events[columns].astype(object).itertuples(index=False)]
    assert rows[:6] == [
        ("A1", 0, "2024-01-01", "inoculated", 100000.0, "cells", ""),
        ("A1", 0, "2024-01-01", "weighed", 22.0, "g", ""),  # the cohort sheet's own weight
        ("A1", 3, "2024-01-04", "weighed", 22.4, "g", ""),
        ("A1", 6, "2024-01-07", "randomised", pytest.approx(float("nan"), nan_ok=True), "", ""),
        ("A1", 7, "2024-01-08", "treated", 0.0, "ug", "vehicle; i.t."),
        ("A1", 21, "2024-01-22", "ended", pytest.approx(float("nan"), nan_ok=True), "",
         "humane endpoint"),
    ]  # fmt: skip
    second = events[events["animal_id"] == "A2"]
    # Weighed on the day of inoculation in the sheet of weights: that weight counts, once.
    assert second.loc[second["what"] == "weighed", "value"].tolist() == [23.0, 24.1]
    doses = second[second["what"] == "treated"]
    assert list(zip(doses["value"], doses["unit"], strict=True)) == [(47.0, "ug"), (2.0, "mg/kg")]
    # Without an end, the last day that anything is known of.
    assert second.iloc[-1][["what", "day", "detail"]].tolist() == ["ended", 14, "alive"]


def test_without_sheets_only_start_and_end_are_known(tmp_path: Path) -> None:
    events = events_of(tmp_path, sheets=())
    assert events["what"].tolist() == [
        "inoculated", "weighed", "randomised", "ended", "inoculated", "weighed", "randomised",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read_as", "day"),
    [("7 Jan 2024", None, 6), ("13.01.2024", None, 12), ("05/01/2024", "day_first", 4),
     ("01/05/2024", "month_first", 4), ("05/01/2024", None, None), ("yes", None, None)],
)  # fmt: skip
def test_the_day_of_randomisation_is_read_as_dates_of_sheets_are(
    written: str, read_as: str | None, day: int | None, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setitem(SHEETS, "cohort", SHEETS["cohort"].replace("2024-01-07", written))
    data = {"folder": str(tmp_path), "cohort": {"file": "cohort.csv"}, "date_format": read_as}
    events = events_of(tmp_path, (), data=data)
    found = events[(events["what"] == "randomised") & (events["animal_id"] == "A1")]["day"]
    assert found.tolist() == ([] if day is None else [day])
