"""Flux that is hard to believe is told, and what biology gives is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from implausible_studies import simulated

from lumicohort.burden.doubts import told_doubts
from lumicohort.burden.implausible import doubted
from lumicohort.study.config import parse_config

DAYS = (7, 14, 21, 28)


def course(arm: str, n: int, start: float = 6.0, rate: float = 0.06) -> dict[str, list[float]]:
    """Return log10 flux of an arm's animals, spread around its start by a few tenths."""
    return {f"{arm}{i}": [start + 0.1 * i + rate * (d - 7) for d in DAYS] for i in range(n)}


def table(courses: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"animal_id": a, "model": "M", "arm": a[0], "day": d, "on_day": d, "value_p_s": 10**x}
            for a, logs in courses.items()
            for d, x in zip(DAYS, logs, strict=False)
            if not np.isnan(x)
        ]
    )


def found(courses: dict[str, list[float]]) -> list[tuple[str, float]]:
    return [(d.animal_id, d.on_day) for d in doubted(table(courses))]


def test_an_exponent_too_many_is_doubted_on_its_day_alone() -> None:
    courses = course("v", 4) | course("d", 4)
    assert found(courses) == []
    courses["v1"][1] += 6
    (doubt,) = doubted(table(courses))
    assert (doubt.animal_id, doubt.on_day, doubt.of_arm, doubt.days) == ("v1", 14, True, 7)
    assert np.log10(doubt.fold) == pytest.approx(5.9)  # v1 lies 0.1 below the median of v0, v2, v3
    assert np.log10(doubt.change) == pytest.approx(6.42)
    assert doubt.words == (
        "794,328 times the median of the others of its arm that day and 2,630,268 times the "
        "animal's own 7 days before"
    )


def test_a_last_image_and_a_first_one_are_judged_without_a_neighbour() -> None:
    courses = course("v", 5)
    courses["v1"][3] += 3
    assert found(courses) == [("v1", 28)]
    courses = course("v", 5)
    courses["v1"][0] += 2.9
    assert found(courses) == []
    courses["v1"][0] += 0.5
    assert found(courses) == [("v1", 7)]


def test_few_animals_of_an_arm_are_judged_by_the_model() -> None:
    courses = course("v", 3) | course("d", 3)
    courses["v1"][1] += 4
    (doubt,) = doubted(table(courses))
    assert doubt.animal_id == "v1" and not doubt.of_arm
    assert doubt.words.startswith("10,000 times the others' median that day and ")
    courses = course("v", 3)
    courses["v1"][1] += 6
    assert found(courses) == []  # two others tell nothing


def test_a_value_without_luciferin_lies_between_higher_ones() -> None:
    courses = course("v", 6)
    courses["v2"][1] -= 3
    (doubt,) = doubted(table(courses))
    assert (doubt.animal_id, doubt.on_day) == ("v2", 14)
    assert doubt.words == (
        "1,259 times less than the median of the others of its arm that day and 380 times less "
        "than the animal gave before and after"
    )
    courses["v2"][2:] = [3.3, 3.2]  # it shrank, and stayed so
    assert found(courses) == []


def test_a_relapse_among_the_cured_is_no_doubt() -> None:
    courses = {f"d{i}": [6.0, 4.9, 4.9, 4.9] for i in range(7)}
    courses["d6"] = [6.0, 4.9, 6.9, 8.7]
    assert found(courses) == []
    courses["d6"] = [6.0, 4.9, 9.9, 10.2]  # 100,000 times in a week
    assert found(courses) == [("d6", 21)]


def test_a_wide_arm_doubts_nothing() -> None:
    spread = [3.8, 4.6, 5.5, 6.2, 7.4, 8.5]
    courses = {f"v{i}": [x, x + 0.3, x + 0.5, x + 0.9] for i, x in enumerate(spread)}
    assert found(courses) == []


@pytest.mark.parametrize("kind", ["plain", "lost", "cured"])
def test_no_false_alarm_of_few_studies(kind: str) -> None:
    assert [d for seed in range(60) for d in doubted(simulated(seed, kind))] == []


@pytest.mark.slow
def test_the_shares_that_the_documentation_states() -> None:
    every = [
        doubted(simulated(s, kind)) for kind in ("plain", "lost", "cured") for s in range(1000)
    ]
    assert sum(bool(doubts) for doubts in every) == 1
    for fold, share in ((1e3, 0.68), (1e6, 0.97)):
        hits = 0
        for seed in range(300):
            values = simulated(seed, "plain")
            i = int(np.random.default_rng(seed).integers(len(values)))
            values.loc[i, "value_p_s"] *= fold
            key = values["animal_id"][i], values["on_day"][i]
            hits += key in [(d.animal_id, d.on_day) for d in doubted(values)]
        assert hits / 300 == pytest.approx(share, abs=0.005)


def test_an_endpoint_says_what_is_hard_to_believe(study) -> None:
    courses = course("A", 5) | course("B", 5, 5.8)
    courses["A1"][1] += 6

    def analysed(days):
        images = [
            study.image(a, a[0], d, 10**x)
            for a, logs in courses.items()
            for d, x in zip(days, logs, strict=False)
        ]
        animals = [study.animal(a, a[0]) for a in courses]
        return study.primary(study.analyse(images, animals)["burden_endpoint"])

    row = analysed((7, 14))
    assert "warning: hard to believe and not left out: " in row["note"]
    assert "p/s of A1, " in row["note"] and row["n_reference"] == "5"
    assert "hard to believe" not in analysed(DAYS)["note"]  # the odd value is of another day


def test_the_report_tells_the_first_of_many() -> None:
    config = parse_config(
        {"study": "s", "models": {"M": {}}, "arms": {"v": {}}, "reference_arm": "v"}
    )
    courses = {f"v{i:02d}": course("v", 5)[f"v{i % 5}"] for i in range(60)}
    assert told_doubts(config, table(courses)) == []
    for i in range(12):
        courses[f"v{i:02d}"][1] += 8
    lines = told_doubts(config, table(courses))
    assert len(lines) == 11 and lines[-1] == "2 more values are hard to believe."
    assert lines[0].startswith("Hard to believe: `v00` (M) on day 14, 2.6e+14 p/s: ")
    assert "Nothing was left out" in lines[0]
