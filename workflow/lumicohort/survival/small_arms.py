"""What to know of a test of few animals: how far it is right, and how small its p can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lumicohort.nouns import counted
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.multiplicity import Adjustment, least_adjusted
from lumicohort.survival.tests import TestResult


def note_small(result: TestResult, pair: SurvivalData) -> TestResult:
    """Say that a test of few animals is asymptotic, which is printed or has no exact one."""
    smallest = int(np.bincount(pair.group).min())
    if result.test == "logrank_permutation" or smallest >= 20:
        return result
    if np.isnan(result.p_value):
        return result
    few = f"asymptotic (right for large arms only): the smallest has {counted(smallest, 'animal')}"
    return replace(result, note="; ".join(filter(None, (result.note, few))))


def note_least(results: Sequence[TestResult], method: Adjustment) -> list[TestResult]:
    """Say where adjusting for several comparisons leaves no small p, whatever had happened.

    Parameters
    ----------
    results : sequence of TestResult
        The comparisons that are adjusted together.
    method : str
        How they are adjusted.

    Returns
    -------
    list of TestResult
        With the note where the least adjusted p is above 0.05 and above the test's own least p.
    """
    tested = [result for result in results if not np.isnan(result.p_value)]
    least = least_adjusted([result.least_p for result in tested], method)
    text = f"adjusted for {len(tested)} comparisons it cannot fall below {least:.2g}"
    return [_with_least(result, least, text) for result in results]


def _with_least(result: TestResult, least: float, text: str) -> TestResult:
    if np.isnan(result.p_value) or not least > max(0.05, result.least_p):
        return result
    first, *others = result.note.split("; ")
    if first.startswith("with so few "):
        return replace(result, note="; ".join([first, text, *others]))
    said = f"with so few animals p {text.replace('it cannot', 'cannot')}"
    return replace(result, note="; ".join(filter(None, [said, result.note])))
