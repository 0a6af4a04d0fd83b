"""Measured regions stand in little memory, and come out as they went in."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

from lumicohort.study.compact import NUMBERS, WORDS, Regions


def region(animal_id: str, click: str, **more: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(NUMBERS, 0.1),
        **dict.fromkeys(WORDS, ""),
        "batch": "b",
        "click": click,
        "animal_id": animal_id,
        "region": "whole_body",
        "below_lod": False,
        **more,
    }


def test_an_animals_regions_come_out_as_they_were_added() -> None:
    regions = Regions()
    first = region("A", "1", total_flux_p_s=1 / 3, n_saturated=7, flags="near_lod", below_lod=True)
    second = region("A", "2", reason="moved")
    regions.add([first, region("B", "1")])
    regions.add([second])
    assert regions.of("A") == [first, second]
    assert list(regions.animals()) == ["A", "B"]
    assert regions.of("C") == []


def test_what_is_missing_stays_missing() -> None:
    regions = Regions()
    whole = region("A", "1", lod_p_s=None, net_flux_p_s=math.nan, below_lod=math.nan)
    regions.add([{k: v for k, v in whole.items() if k not in ("luciferin_minutes", "flags")}])
    (row,) = regions.of("A")
    missing = {name for name in NUMBERS if math.isnan(row[name])}
    assert missing == {"lod_p_s", "net_flux_p_s", "luciferin_minutes"}
    assert {name for name in WORDS if row[name] is None} == {"below_lod", "flags"}


def test_regions_of_no_animal_may_stand_more_than_once() -> None:
    regions = Regions()
    regions.add([region("A", "1"), region("A", "2"), region("", "1"), region("", "1")])
    regions.add([region("A", "1"), region("A", "1", region="neuraxis")])
    assert list(regions.repeated()) == [(("b", "1", "A", "whole_body"), 2)]


def test_a_region_takes_little_memory() -> None:
    tracemalloc.start()
    try:
        regions = Regions()
        for i in range(2000):
            rows = [region(f"animal {i % 500}", f"click {i}", total_flux_p_s=j) for j in range(10)]
            regions.add(rows)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(regions.of("animal 0")) == 40
    assert held / 20_000 < 200  # bytes; a dict takes ten times that
