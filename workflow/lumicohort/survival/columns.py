"""Reading the cells of survival data, remembering everything that is wrong with them."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import Problem, did_you_mean
from lumicohort.nouns import spans

TRUE, FALSE = frozenset({"1", "true", "1.0"}), frozenset({"0", "false", "0.0"})
_MISSING = frozenset({"", "na", "nan", "n/a", "none", "null", "nat", "<na>", "."})
_NO_NAME = _MISSING - {"none", "null"}
"""What stands for a missing name: arms are called `none` (untreated), genotypes `null`."""

_CODES = "Allowed: 1 or true for an event, 0 or false for censored."
_EACH = 5
"""A wrong code in more rows than this is a coding of its own, told once with the first rows."""

_QUOTED = re.compile("`[^`]*`")
_WITH_UNIT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(d|days?|tage?n?|jours?|d[ií]as?)\.?", re.IGNORECASE)
_STILL_ALIVE = re.compile(r"[>≥]\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*\+")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})")

LONGEST = 1e9
"""Times above this, in whatever unit, are refused: sums of them lose their meaning."""


class ColumnReader:
    """Reads cells, and remembers everything that is wrong with them."""

    def __init__(self, file: str | Path | None, rows: Sequence[int], names: dict[str, str]):
        self.file, self.rows, self.names = file, rows, names
        self.problems: list[Problem] = []
        self._unknown: dict[str, list[int]] = {}
        self._cells: dict[Problem, tuple[str, int]] = {}

    def wrong(self, i: int, role: str, message: str, hint: str) -> None:
        """Remember a problem in one cell."""
        where = f"row {self.rows[i]}, column {self.names[role]}"
        problem = Problem(message, self.file, where, hint)
        self._cells[problem] = role, self.rows[i]
        self.problems.append(problem)

    def time(self, i: int, value: Any, role: str = "time") -> float:
        """Return a time (of leaving, or of entry); 0 where the cell is wrong."""
        text = text_of(value)
        what = "time of entry" if role == "entry" else "time"
        if text.casefold() in _MISSING:
            hint = "Fill it in or leave the row out."
            if role == "entry":
                hint = "Write 0 for an animal that was under observation from the start."
            self.wrong(i, role, f"the {what} is missing.", hint)
            return 0.0
        try:
            number = float("nan") if isinstance(value, (bool, np.bool_)) else float(text)
        except ValueError:
            number = float("nan")
        if not math.isfinite(number):
            self.wrong(i, role, f"the {what} `{text}` is not a finite number.", _as_days(text))
            return 0.0
        if number < 0:
            hint = "Times count from day 0 (inoculation or randomisation)."
            self.wrong(i, role, f"the {what} `{text}` is negative.", hint)
            return 0.0
        if number > LONGEST:
            hint = "Give the time as a number of days."
            self.wrong(i, role, f"the {what} `{text}` is longer than any life.", hint)
            return 0.0
        return number

    def told(self) -> list[Problem]:
        """Return the problems: those of cells in the rows' order, many of one kind as one."""
        kinds: dict[tuple[str, str], list[Problem]] = {}
        for problem, (role, _) in self._cells.items():
            kinds.setdefault((role, _QUOTED.sub("", problem.message)), []).append(problem)
        out = []
        for problem in self.problems:
            role, row = self._cells.get(problem, ("", 0))
            alike = kinds.get((role, _QUOTED.sub("", problem.message)), [])
            if len(alike) > _EACH:
                if problem != alike[0]:
                    continue
                rows = ", ".join(spans(self._cells[other][1] for other in alike[1:]))
                message = f"{problem.message} The same in {len(alike) - 1} more (rows {rows})."
                problem = replace(problem, message=message)
            out.append((row, problem))
        return [problem for _, problem in sorted(out, key=lambda each: each[0])]

    def entered_before(
        self,
        entry: NDArray[np.float64],
        time: NDArray[np.float64],
        times: Sequence[Any],
        entries: Sequence[Any],
    ) -> None:
        """Find animals that left when they entered, or before: they were never at risk."""
        known = {p.where for p in self.problems}
        for i in map(int, np.flatnonzero((entry > 0) & (entry >= time))):
            if f"row {self.rows[i]}, column {self.names['time']}" in known:
                continue
            self.wrong(
                i,
                "entry",
                f"the animal entered at `{text_of(entries[i])}` and left at "
                f"`{text_of(times[i])}`: it was never under observation.",
                "Entry must be before the time of death or censoring, on the same clock.",
            )

    def event(self, i: int, value: Any) -> bool:
        """Return whether a cell says that the animal had the event."""
        text = text_of(value).casefold()
        if text in TRUE or text in FALSE:
            return text in TRUE
        if text in _MISSING:
            self.wrong(i, "event", "the event code is missing.", _CODES)
        else:
            self._unknown.setdefault(text_of(value), []).append(i)
        return False

    def unknown_codes(self) -> None:
        """Remember codes that mean nothing: each cell, or a code of many cells once."""
        more = (
            " Where other codes are meant, name them: --event-code CODE, --censored-code CODE and, "
            "for death of another cause, --competing CODE."
        )
        for code, cells in self._unknown.items():
            message = f"`{code}` is not an event code."
            if len(cells) > _EACH:
                named = ", ".join(str(self.rows[i]) for i in cells[1:_EACH])
                message += f" {len(cells)} rows have it ({named}, … too)."
                cells = cells[:1]
            for i in cells:
                self.wrong(i, "event", message, f"{_CODES}{more}")
                more = ""  # the advice stands once

    def word(self, i: int, value: Any, role: str) -> str:
        """Return an arm or stratum as text."""
        text = text_of(value)
        if is_no_name(text):
            hint = "Fill it in or leave the row out."
            self.wrong(i, role, f"the {role} is missing.", hint)
        return text

    def twice(self, labels: Sequence[str], arms: Sequence[str] | None) -> None:
        """Find animals without an identifier, and those that stand there twice (in an arm).

        Identifiers that were not named (`arms` is given) may be something else: R's `kidney` has
        two rows for each patient under `id`.
        """
        hint = keep = "Keep one row per animal."
        if arms:
            column = self.names["id"]
            hint += f" If `{column}` is no animal's name (a litter, a patient with two eyes), "
            hint += f"name it: --cluster {shlex.quote(column)}."
        seen: dict[tuple[str, str], int] = {}
        for i, label in enumerate(labels):
            if not label:  # an animal may be called NA
                self.wrong(i, "id", "the animal's identifier is missing.", "Fill it in.")
                continue
            key = (label, arms[i] if arms else "")
            if key in seen:
                message = f"animal `{label}` already stands in row {self.rows[seen[key]]}."
                self.wrong(i, "id", message, hint)
                hint = keep  # the advice stands once
            else:
                seen[key] = i

    def swapped(self, times: Sequence[Any], events: Sequence[Any]) -> None:
        """Add a hint where time and event look exchanged."""
        codes = TRUE | FALSE
        as_codes = all(text_of(v).casefold() in codes for v in times)
        numbers = [v for v in map(_number, events) if v is not None]
        if self.problems and as_codes and any(v not in (0.0, 1.0) for v in numbers):
            self.problems.insert(
                0,
                Problem(
                    f"column `{self.names['time']}` holds only 0 and 1 and column "
                    f"`{self.names['event']}` holds times: the two look swapped.",
                    self.file,
                ),
            )

    def coded_one_two(self, events: Sequence[Any]) -> None:
        """Add a hint where the event codes are 1 and 2, as in data sets of R."""
        numbers = [_number(v) for v in events]
        if set(numbers) == {1.0, 2.0} and numbers.count(2.0) > 1:
            self.problems.insert(
                0,
                Problem(
                    f"column `{self.names['event']}` holds only 1 and 2.",
                    self.file,
                    hint="Where 2 is the event, as in R's `lung`, write 1 for 2 and 0 for 1.",
                ),
            )


def _as_days(text: str) -> str:
    """Return what to do about a time that is no number."""
    if found := _WITH_UNIT.fullmatch(text):
        return f"Write `{found[1]}`: the column holds numbers of days, without their unit."
    if found := _STILL_ALIVE.fullmatch(text):
        days = found[1] or found[2]
        return (
            f"Where it means that the animal was still alive on day {days}, write `{days}`, and 0 "
            "(censored) in the column of events."
        )
    if _DATE.fullmatch(text):
        return "It looks like a date: give the number of days since inoculation or randomisation."
    return "Give the time as a number of days."


def arm_order(
    found: Sequence[str], arms: Sequence[str] | None, reference: str | None, check: ColumnReader
) -> list[str]:
    """Return the arms that have animals, in the order asked for, the reference first."""
    present = list(dict.fromkeys(found))
    if arms is not None:
        unknown = [a for a in present if a not in arms and not is_no_name(a)]
        for arm in unknown:
            i = found.index(arm)
            allowed = ", ".join(f"`{a}`" for a in arms)
            message = f"`{arm}` is not one of the arms{did_you_mean(arm, arms)}."
            check.wrong(i, "group", message, f"Allowed: {allowed}.")
        present = [a for a in arms if a in present]
    else:
        folded: dict[str, str] = {}
        for arm in present:
            other = folded.setdefault(arm.casefold(), arm)
            if other != arm:
                message = f"`{arm}` and `{other}` differ only in capitals: one arm or two?"
                check.wrong(found.index(arm), "group", message, "Write each arm in one way.")
    if reference is not None:
        if reference not in present:
            check.problems.append(
                Problem(
                    f"the reference `{reference}` has no animal in column "
                    f"`{check.names['group']}`{did_you_mean(reference, present)}.",
                    check.file,
                    hint=f"Groups there: {', '.join(f'`{a}`' for a in present)}.",
                )
            )
        present.sort(key=lambda a: a != reference)
    return present


def unequal_lengths(n: int, *columns: Sequence[Any]) -> list[Problem]:
    """Return a problem where columns differ in length."""
    lengths = {n, *(len(c) for c in columns)}
    if len(lengths) == 1:
        return []
    return [Problem(f"the columns differ in length: {sorted(lengths)}.")]


def listed(column: Any) -> list[Any]:
    """Return a column as a list of Python objects."""
    return column.tolist() if hasattr(column, "tolist") else list(column)


def text_of(value: Any) -> str:
    """Return a cell as text: whole floats without their point, missing values empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value).strip()


def is_missing(text: str) -> bool:
    """Return whether a cell's text stands for a missing value."""
    return text.casefold() in _MISSING


def is_no_name(text: str) -> bool:
    """Return whether a cell's text stands for a missing name; `none` and `null` are names."""
    return text.casefold() in _NO_NAME


def _number(value: Any) -> float | None:
    """Return a cell as a number, or nothing."""
    try:
        return float(text_of(value))
    except ValueError:
        return None
