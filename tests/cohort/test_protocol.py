"""Deviations from the protocol, each against numbers worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sheet_files import study

from lumicohort.cohort.animals import Animal, Check, Dose, Weight
from lumicohort.cohort.batches import Click
from lumicohort.cohort.protocol import Life, deviations, minutes_after_luciferin
from lumicohort.cohort.sightings import Sighting
from lumicohort.imaging.positions import Position

START = date(2020, 1, 1)


def day(number: int) -> date:
    return date.fromordinal(START.toordinal() + number)


def found(
    until: int = 14,
    doses: list[tuple[int, float | None]] | None = None,
    weights: list[tuple[int, float]] | None = None,
    seen: list[int] | None = None,
    schedule: dict[str, Any] | None = None,
    agent: str = "DFO",
    volume_ul: float | None = None,
    checks: list[int] | None = None,
    arms: dict[str, Any] | None = None,
    **animal: Any,
) -> list[tuple[int, str, str, str]]:
    """Return an animal's deviations as (day, check, expected, found)."""
    animal = {"arm": "DFO", "end_date": day(until), "end_reason": "found dead", **animal}
    mouse = Animal("A1", "MDA", inoculation_date=START, **animal)
    images = []
    for number in seen or []:
        taken = datetime.combine(day(number), datetime.min.time()).replace(hour=10)
        images.append(Sighting("A1", Click("b", "c", Path("c"), taken), taken))
    life = Life(
        mouse,
        day(until),
        [Weight("A1", day(d), grams) for d, grams in weights or []],
        [Dose("A1", day(d), agent, ug, volume_ul=volume_ul) for d, ug in doses or []],
        images,
        [Check("A1", day(d)) for d in checks or []],
    )
    sheets = {"doses": doses, "checks": checks}
    data = {name: {"file": f"{name}.csv"} for name, rows in sheets.items() if rows is not None}
    if arms is not None:
        data["arms"] = arms
    listed = deviations(study(Path(), schedule=schedule or {}, **data), life)
    return [((d.date - START).days, d.check, d.expected, d.found) for d in listed]


def test_all_as_planned_lists_nothing() -> None:
    assert (
        found(
            14,
            [(7, 50), (10, 50), (13, 50)],
            [(0, 25)],
            [7],
            cells_injected=1e5,
            birth_date=day(-49),
        )
        == []
    )


def test_dose_is_body_weight_times_two_mg_per_kg() -> None:
    # 2 mg/kg of 25 g is 50 ug; of 20 g, the nearest earlier weight on day 10, 40 ug.
    assert found(14, [(7, 55), (10, 50), (13, 44.1)], [(0, 25), (10, 20), (14, 25)]) == [
        (10, "dose", "40 ug (2 mg/kg x 20 g)", "50 ug (+25 %)"),
        (13, "dose", "40 ug (2 mg/kg x 20 g)", "44.1 ug (+10 %)"),
    ]


def test_dose_without_weight_or_amount_is_said() -> None:
    assert found(8, [(7, 50)]) == [
        (7, "dose", "2 mg/kg", "no body weight on or before that day known")
    ]
    assert found(8, [(7, None)], [(0, 25)]) == [(7, "dose", "2 mg/kg", "no dose known")]
    assert found(8, [(7, 50)], weight_g=25) == []


def test_an_arm_has_a_dose_of_its_own() -> None:
    arms = {"vehicle": {}, "DFO 10": {"dose_mg_per_kg": 10}, "DFO 30": {"dose_mg_per_kg": 30}}
    of_30 = {"arm": "DFO 30", "arms": arms}
    assert found(8, [(7, 750)], [(0, 25)], **of_30) == []  # type: ignore[arg-type]
    assert found(8, [(7, 250)], [(0, 25)], **of_30) == [  # type: ignore[arg-type]
        (7, "dose", "750 ug (30 mg/kg x 25 g)", "250 ug (-67 %)")
    ]
    of_10 = {"arm": "DFO 10", "arms": arms}
    assert found(8, [(7, 250)], [(0, 25)], **of_10) == []  # type: ignore[arg-type]
    # a control arm with a drug of its own is checked as well
    standard = {"arms": {"vehicle": {"dose_mg_per_kg": 4}, "DFO": {}}, "arm": "vehicle"}
    assert found(8, [(7, 50)], [(0, 25)], **standard) == [  # type: ignore[arg-type]
        (7, "dose", "100 ug (4 mg/kg x 25 g)", "50 ug (-50 %)")
    ]


@pytest.mark.parametrize("more", [{"agent": "Vehicle"}, {"arm": "vehicle"}])
def test_vehicle_has_no_dose_to_check(more: dict[str, str]) -> None:
    assert found(8, [(7, 0)], [(0, 25)], **more) == []  # type: ignore[arg-type]


def test_missed_late_early_and_further_treatments() -> None:
    full = [(d, 50.0) for d in (8, 12, 20, 21)]
    assert found(21, full, [(0, 25)]) == [
        (8, "treatment_late", "day 7", "day 8"),
        (10, "treatment_missed", "day 10", "none"),
        (12, "treatment_early", "day 13", "day 12"),
        (16, "treatment_missed", "day 16", "none"),
        (20, "treatment_late", "day 19", "day 20"),
        (21, "treatment_early", "day 22", "day 21"),
    ]
    assert found(9, [(3, 50)], [(0, 25)]) == [
        (3, "treatment_unscheduled", "every 3 days from day 7", "day 3"),
        (7, "treatment_missed", "day 7", "none"),
    ]
    assert found(9, [(7, 50), (7, 50)], [(0, 25)]) == [
        (7, "treatment_repeated", "once a day", "2 times")
    ]


def test_no_treatment_is_due_on_the_last_day_or_after_the_last_planned_one() -> None:
    assert found(10, [(7, 50)], [(0, 25)]) == []
    assert found(10, [(7, 50), (10, 50)], [(0, 25)]) == []
    assert found(30, [(7, 50)], [(0, 25)], schedule={"treatment_last_day": 8}) == []


def test_without_a_sheet_of_treatments_none_is_missed() -> None:
    assert found(30, None, [(0, 25)]) == []


def test_imaging_days() -> None:
    assert found(30, seen=[0, 7, 15, 18, 28]) == [
        (18, "imaging_unscheduled", "every 7 days from day 7", "day 18"),
        (21, "imaging_missed", "day 21 (within 1)", "none"),
    ]
    assert found(30, seen=[]) == []


def test_weight_loss_and_whether_the_animal_was_ended() -> None:
    weights = [(0, 25.0), (10, 20.0), (12, 19.9), (13, 18.0)]
    # 20 % of 25 g is the limit itself (20.0 g) on day 10; 19.9 g is 20.4 %.
    assert found(12, None, weights[:3]) == []
    assert found(13, None, weights) == [
        (
            12,
            "weight_loss",
            "ended when more than 20 % of 25 g is lost",
            "20.4 % lost (19.9 g) on day 12; ended 2020-01-14",
        )
    ]
    (listed,) = found(13, None, weights, end_date=None, end_reason=None)
    assert listed[3].endswith("still alive")


def test_inoculation() -> None:
    assert found(cells_injected=5e4, birth_date=day(-63)) == [
        (0, "age_at_inoculation", "6 to 8 weeks", "9.0 weeks"),
        (0, "cells_injected", "100000", "50000"),
    ]
    assert found(birth_date=day(-62)) == []
    assert found(birth_date=day(-42)) == []
    assert found(birth_date=day(-41))[0][3] == "5.9 weeks"
    assert found(cells_injected=5e4, schedule={"cells_injected": None}) == []


def test_injected_volume_of_drug_and_vehicle() -> None:
    for agent in ("DFO", "vehicle"):
        listed = found(
            9, [(7, None if agent == "vehicle" else 50)], [(0, 25)], agent=agent, volume_ul=20
        )
        assert listed == [(7, "dose_volume", "10 ul", "20 ul")]
    assert found(9, [(7, 50)], [(0, 25)], volume_ul=10) == []
    anything = {"dose_volume_ul": None}
    assert found(9, [(7, 50)], [(0, 25)], volume_ul=20, schedule=anything) == []


def test_gaps_between_clinical_checks() -> None:
    assert found(4, checks=[1, 2, 3]) == []
    assert found(4, checks=[1]) == [(2, "check_missed", "every day", "none from day 2 to day 3")]
    assert found(9, checks=[]) == [(1, "check_missed", "every day", "none from day 1 to day 8")]
    assert found(9, checks=[3, 6], schedule={"checks_every_days": 3}) == []
    assert found(9, checks=[3], schedule={"checks_every_days": 3}) == [
        (6, "check_missed", "every 3 days", "none from day 4 to day 8")
    ]


def test_luciferin() -> None:
    taken = datetime(2020, 1, 8, 10, 42)
    assert minutes_after_luciferin("10:30:00", taken) == 12
    assert minutes_after_luciferin("2020-01-08T10:41:30", taken) == 0.5
    assert minutes_after_luciferin(None, taken) is None
    position = Position("c", 1, "A1", "10:02:00", 100.0)
    seen = Sighting("A1", Click("b", "c", Path("c"), taken), taken, position)
    mouse = Animal("A1", "MDA", "DFO", START, day(8), "found dead")
    listed = deviations(study(Path()), Life(mouse, day(8), [], [], [seen]))
    assert [(d.check, d.expected, d.found) for d in listed] == [
        ("luciferin_dose", "150 mg/kg", "100 mg/kg"),
        ("minutes_after_luciferin", "5 to 25 min", "40.0 min"),
    ]
