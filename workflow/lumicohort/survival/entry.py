"""Delayed entry (left truncation): refused unless asked for, and described where it was.

An animal that came under observation late could not have died before: it is at risk only after
its entry. A column of entry times that nobody named would be left out without a word, and the
curves would be biased upwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort.errors import Problem
from lumicohort.nouns import marked
from lumicohort.survival.columns import is_missing, text_of

if TYPE_CHECKING:
    from lumicohort.survival.data import SurvivalData
    from lumicohort.survival.kaplan_meier import Curve

_HEADING = re.compile(
    r"(delayed|late|left|study)?(entry|truncation|truncated)(time|day|date|age)?s?(days)?"
    r"|(time|day|date|age)(of|at)?entry|entered(on|at)?|t?start"
)
"""Headings without their spaces and marks; `start` and `tstart` are R's names."""


def delayed_entry(
    columns: Mapping[str, Sequence[Any]], file: Path, ask: str = "--entry"
) -> list[Problem]:
    """Return a problem for every column that gives times of entry other than 0.

    Parameters
    ----------
    columns : mapping of str to sequence
        Cells by heading.
    file : Path
        For messages.
    ask : str
        How the column would be asked for.

    Returns
    -------
    list of Problem
        Naming the column.
    """
    out = []
    for heading, cells in columns.items():
        plain = re.sub(r"[^a-z0-9]", "", str(heading).casefold())
        if not _HEADING.fullmatch(plain):
            continue
        texts = [text_of(c) for c in cells]
        late = [t for t in texts if not is_missing(t) and t not in ("0", "0.0", "0,0")]
        if not late:
            continue
        out.append(
            Problem(
                f"the column looks like times at which animals entered the study (`{late[0]}`): "
                "delayed entry (left truncation), and ignoring it would bias the curves upwards.",
                file,
                f"column {heading}",
                f"Name it ({ask}) so that animals are at risk after their entry only, or rename "
                "it if it means something else.",
            )
        )
    return out


def describe_entry(data: SurvivalData) -> str:
    """Say in plain English who came under observation late, and what was made of it.

    Parameters
    ----------
    data : SurvivalData
        The animals of all arms.

    Returns
    -------
    str
        Empty where all animals were there from the start.
    """
    if data.entry is None:
        return ""
    late = data.entry > 0
    each = [
        f"{int(np.sum(late & (data.group == g)))} of {int(np.sum(data.group == g))} {marked(arm)}"
        for g, arm in enumerate(data.arms)
    ]
    return (
        f"Delayed entry (left truncation): {', '.join(each)} came under observation after day 0, "
        f"the last on day {data.entry.max():g}; each animal is at risk after its entry only."
    )


def entry_notes(data: SurvivalData, curve: Curve) -> list[str]:
    """Return what is to be known about one arm's curve where animals entered late.

    Parameters
    ----------
    data : SurvivalData
        The animals of one arm.
    curve : Curve
        Their curve.

    Returns
    -------
    list of str
        Notes for the tables; none where all animals were there from the start.
    """
    if data.entry is None:
        return []
    notes = [f"{int(np.sum(data.entry > 0))} of {len(data)} entered late"]
    first = float(data.entry.min())
    if first > 0:
        notes.append(f"given survival to day {first:g}: no animal was observed before")
    if curve.emptied is not None:
        notes.append(early_end(curve))
    return notes


def early_end(curve: Curve) -> str:
    """Say that a curve fell to 0 while further animals were still to come under observation.

    Medians and restricted means, and what compares them, rest on the few animals before.
    """
    return (
        f"all animals then at risk had died by day {curve.emptied:g}, before others entered "
        "or left: the curve is 0 from there on and says nothing about those"
    )


def entry_part(note: str) -> str:
    """Return what a note of ``survival_arms.csv`` says of late entry, for Table 1.

    Parameters
    ----------
    note : str
        Notes joined by semicolons, those of :func:`entry_notes` among them.

    Returns
    -------
    str
        These alone; empty where no animal entered late.
    """
    marks = (" entered late", "given survival to day", "all animals then at risk had died")
    mine = [part for part in note.split("; ") if any(mark in part for mark in marks)]
    return "" if not mine or mine[0].startswith("0 of ") else "; ".join(mine)
