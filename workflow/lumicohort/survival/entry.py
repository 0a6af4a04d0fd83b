"""Delayed entry (left truncation): recognised, and refused.

An animal that came under observation late could not have died before: it is at risk only from
its entry on. The risk sets of this package start at time 0, so a sheet with entry times would
be analysed wrongly without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lumicohort.errors import Problem
from lumicohort.survival.columns import is_missing, text_of

_HEADING = re.compile(
    r"(delayed|late|left|study)?(entry|truncation|truncated)(time|day|date|age)?s?(days)?"
    r"|(time|day|date|age)(of|at)?entry|entered(on|at)?|t?start"
)
"""Headings without their spaces and marks; `start` and `tstart` are R's names."""


def delayed_entry(columns: Mapping[str, Sequence[Any]], file: Path) -> list[Problem]:
    """Return a problem for every column that gives times of entry other than 0.

    Parameters
    ----------
    columns : mapping of str to sequence
        Cells by heading.
    file : Path
        For messages.

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
                "delayed entry (left truncation) is not supported, and ignoring it would bias "
                "the curves upwards.",
                file,
                f"column {heading}",
                "Count every time from day 0 of the animal, use R's Surv(entry, time, event), or "
                "rename the column if it means something else.",
            )
        )
    return out
