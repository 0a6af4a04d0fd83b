"""The QC page shows first what needs a look."""

from __future__ import annotations

from typing import Any

import pytest

from lumicohort.report.qc import AnimalRow, _card

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
