"""The validation study: its verdicts on made-up rows, and a few clicks of it."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import validate_flux
from validation import finding, flux, limits, report, summary
from validation.finding import FoundMouse, Outcome
from validation.flux import FluxRow
from validation.limits import LimitRow

GOOD = FoundMouse(overlap=0.9, head_right=True, flux_error=0.01, suspicion=0.1)


def outcome(*mice: FoundMouse, **changes: object) -> Outcome:
    base = Outcome("nude coat", 0, False, "", mice, False, True)
    return replace(base, **changes)  # type: ignore[arg-type]


def flux_row(**changes: object) -> FluxRow:
    base = FluxRow(
        *(0, 1, "neuraxis", "nude", "dorsal", "good"),
        *(22.4, 60.0, 8, 1e6, 1.05e6, 1e4, 1e4, 1e6, 1.04e6),
        *(False, False, False),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_wilson_interval() -> None:
    # R: prop.test(5, 10, correct = FALSE)$conf.int; prop.test(0, 10, correct = FALSE)$conf.int
    assert summary.wilson(5, 10) == pytest.approx((0.2365931, 0.7634069), abs=1e-6)
    for count in range(1, 60):
        assert summary.wilson(0, count)[0] == 0.0 and summary.wilson(count, count)[1] == 1.0
    assert summary.wilson(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)


def test_a_miss_is_silent_only_where_nothing_says_so() -> None:
    assert outcome(GOOD, GOOD).right
    lost = replace(GOOD, overlap=0.2)
    assert not outcome(GOOD, lost).right
    assert outcome(GOOD, lost).silent
    assert not outcome(GOOD, replace(lost, suspicion=0.6)).silent
    assert not outcome(GOOD, replace(GOOD, head_right=False)).right
    assert not outcome(GOOD, replace(GOOD, flux_error=-0.5)).right
    assert outcome(replace(GOOD, flux_error=math.nan)).right
    refused = outcome(refused="found 4")
    assert not refused.right
    assert not refused.silent
    assert replace(refused, should_refuse=True).right
    assert outcome(should_refuse=True).silent


def test_accuracy_is_judged_by_the_truth() -> None:
    row = flux_row()
    assert row.error == pytest.approx(0.05)
    assert row.z == pytest.approx(1.0)
    assert row.judged
    assert not replace(row, true_net_p_s=9e4).judged
    assert not replace(row, saturated=True).judged
    rows = [replace(row, measured_p_s=1e6 * (1 + e)) for e in (-0.2, 0.01, 0.02, 0.05)]
    found = summary.accuracy(rows)
    assert found.bias == pytest.approx(0.015)
    assert found.within == 0.75
    assert list(summary.by_decade(rows)) == [6]


def test_false_positives_count_clicks_not_animals() -> None:
    def rows(click: int, above: int) -> list[LimitRow]:
        return [
            LimitRow(click, "neuraxis", "good", False, 0.0, 0.0, 1.0, k < above) for k in range(10)
        ]

    apart = [r for click in range(100) for r in rows(click, click < 10)]
    together = [r for click in range(100) for r in rows(click, 10 * (click < 1))]
    for some in (apart, together):
        assert summary.false_positives(some).rate == 0.01
    assert summary.false_positives(apart).se == pytest.approx(math.sqrt(0.01 * 0.99 / 1000))
    # all ten animals of one click at once: (9.9² + 99 · 0.1²) ^ ½ / 1000
    expected = math.sqrt(9.9**2 + 99 * 0.1**2) / 1000
    assert summary.false_positives(together).se == pytest.approx(expected)
    many = [r for click in range(100) for r in rows(click, 1)]
    assert not summary.false_positives(many).met
    lit = [replace(r, factor=2.0) for r in many]
    assert summary.false_positives([*apart, *lit]).count == 1000


def test_verdicts_say_what_is_missed() -> None:
    near = flux_row(measured_p_s=1.01e6)
    good = summary.verdicts([near], [], [outcome(GOOD)])
    assert [v.met for v in good[:4]] == [True, True, True, True]
    lost = replace(GOOD, overlap=0.1)
    bad = summary.verdicts([flux_row(measured_p_s=1.2e6)], [], [outcome(lost)])
    assert [v.met for v in bad[:4]] == [False, False, False, False]
    # without draws nothing is shown
    assert not any(v.met for v in bad[4:])


def test_one_click_of_each_study() -> None:
    rows = flux.rows((2, 1))
    assert {r.region for r in rows} == {"whole_body", "cranial", "spinal", "neuraxis"}
    judged = [r for r in rows if r.judged and r.region in ("whole_body", "neuraxis")]
    assert judged
    assert all(abs(r.error) < 0.15 and abs(r.z) < 8 for r in judged)
    assert finding.outcome((0, 1)).right
    faint = limits.rows((1, 1, 1, 1))
    for frames in limits.FRAMES:
        dark = [r for r in faint if r.factor == 0 and r.frames == frames]
        assert len(dark) == 4 * limits.BEDS
    assert sum(r.factor > 0 for r in faint) == limits.BEDS
    assert sum(r.above for r in faint if r.factor == 0) <= 2


@pytest.mark.slow
def test_a_tenth_of_the_study(tmp_path: Path) -> None:
    results = validate_flux.study(0.1, 1, seed=7, said=False)
    validate_flux.write(results, tmp_path, "make validate")
    text = (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert text.startswith("# Validation of the flux on simulated mice")
    for line in text.splitlines():
        if line.startswith("!["):
            assert (tmp_path / line.split("(")[1].rstrip(")")).stat().st_size > 5000
    judged = [r for r in results.flux if r.judged and r.region == "neuraxis" and r.coat != "black"]
    found = summary.accuracy(judged)
    assert abs(found.bias) < 0.02
    assert found.within >= 0.95
    assert not any(o.silent for o in results.found)
    for region in ("whole_body", "neuraxis"):
        assert summary.false_positives(r for r in results.limits if r.region == region).met
    assert report.text(results, "make validate") == text
