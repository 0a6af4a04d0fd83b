"""The QC page shows first what needs a look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up import made_up_config, write_made_up

from lumicohort.files import read_csv, write_csv
from lumicohort.report.qc import AnimalRow, _card, click_cards, split_flags
from lumicohort.report.thumbnails import outline

ROW: dict[Any, Any] = {
    "batch": "b",
    "click": "c",
    "acquired_at": "2022-01-05",
    "view": "Dorsal",
    "exposure_s": 60.0,
    "binning": 8,
    "f_number": 1.0,
    "fov_cm": 22.4,
    "source": "raw",
    "n_expected": 1,
    "n_found": 1,
    "saturated": False,
    "flags": "",
    "suspicion": 0.0,
}


def suspicion(flags: list[str], **more: object) -> int:
    animal = AnimalRow("1", "1e5", "1e4", False, flags)
    return _card({**ROW, **more}, [animal], None).suspicion


@pytest.mark.parametrize(("score", "expected"), [(0.0, 0), (0.44, 4), (1.0, 10), (float("nan"), 0)])
def test_the_suspicion_of_the_mice_counts(score: float, expected: int) -> None:
    assert suspicion([], suspicion=score) == expected


def test_a_doubtful_mouse_goes_before_small_print() -> None:
    assert suspicion(["suspicious_mouse"], suspicion=0.6) > suspicion(
        ["near_lod", "cosmic_at_peak"]
    )


def test_what_a_reviewer_accepted_counts_for_nothing() -> None:
    assert suspicion(["review_accepted"]) == 0
    assert suspicion(["review_rejected"]) == 1


def test_clicks_that_need_a_look_come_first(tmp_path: Path) -> None:
    config = made_up_config(models=["PC9"])
    write_made_up(config, tmp_path, days=(7, 14))
    path = sorted((tmp_path / "imaging").glob("*/clicks.csv"))[1]
    clicks = read_csv(path)
    clicks["flags"] = ["", "a;b", "", ""][: len(clicks)]
    clicks["n_found"] = [5, 5, 4, 5][: len(clicks)]
    write_csv(clicks, path)
    cards, scale = click_cards(config, tmp_path)
    assert len(cards) == 8
    assert (cards[0].found, cards[0].expected) == (4, 5)
    assert cards[1].flags == ["a", "b"]
    assert [c.suspicion for c in cards] == sorted((c.suspicion for c in cards), reverse=True)
    assert scale.endswith("log scale")
    assert cards[0].picture is not None
    assert [tag.animal for tag in cards[0].picture.tags] == ["M011", "M012", "M013", "M014", "M015"]
    assert cards[0].animals[0].flux.endswith(("10⁵", "10⁶", "10⁷"))


def test_outline_is_the_pixels_that_touch_something_else() -> None:
    labels = np.zeros((5, 6), int)
    labels[1:4, 1:4] = 1
    labels[1:4, 4] = 2
    expected = np.zeros((5, 6), bool)
    expected[1:4, 1:5] = True
    expected[2, 2] = False
    assert (outline(labels) == expected).all()


@pytest.mark.parametrize(
    ("cell", "flags"), [("a; b;", ["a", "b"]), ("", []), ("NA", []), (np.nan, []), (None, [])]
)
def test_flags_of_a_cell(cell: object, flags: list[str]) -> None:
    assert split_flags(cell) == flags
