"""Times to death or censoring, checked before anything is computed from them.

lifelines and most other libraries take missing values, negative times and event codes such
as 2 without a word. :class:`SurvivalData` is the only way into this package's statistics,
and it takes none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.survival.columns import (
    ColumnReader,
    arm_order,
    listed,
    text_of,
    unequal_lengths,
)

if TYPE_CHECKING:
    import pandas as pd

TIE_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""Times closer than this (absolutely, or relative to their mean) are tied: the default
``timefix`` rule of R survival (Therneau, vignette "Roundoff error and tied times")."""


@dataclass(frozen=True, eq=False)
class SurvivalData:
    """Survival of animals in one or more arms, valid by construction.

    Make it with :meth:`from_arrays` or :meth:`from_frame`.

    Attributes
    ----------
    time : ndarray of float, shape (n,)
        Time to event or censoring, times within floating-point noise made equal.
    event : ndarray of bool, shape (n,)
        True where the animal had the event, False where it was censored.
    group : ndarray of int, shape (n,)
        Index into `arms`.
    arms : tuple of str
        Arms with at least one animal; the first is the reference.
    stratum : ndarray of int, shape (n,)
        Index into `strata`; all zero where the data are not stratified.
    strata : tuple of str
        Names of the strata; one empty name where the data are not stratified.
    ids : tuple of str
        Animals, in the order of the arrays.
    entry : ndarray of float, shape (n,), or None
        Time at which each animal came under observation, 0 for those watched from the start;
        None where all were (no delayed entry).
    """

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    group: NDArray[np.intp]
    arms: tuple[str, ...]
    stratum: NDArray[np.intp]
    strata: tuple[str, ...]
    ids: tuple[str, ...]
    entry: NDArray[np.float64] | None = None

    @classmethod
    def from_arrays(
        cls,
        time: ArrayLike | Sequence[Any],
        event: ArrayLike | Sequence[Any],
        group: ArrayLike | Sequence[Any] | None = None,
        *,
        stratum: ArrayLike | Sequence[Any] | None = None,
        entry: ArrayLike | Sequence[Any] | None = None,
        ids: ArrayLike | Sequence[Any] | None = None,
        arms: Sequence[str] | None = None,
        reference: str | None = None,
        file: str | Path | None = None,
        rows: Sequence[int] | None = None,
        names: dict[str, str] | None = None,
        ids_unique_within_arm: bool = False,
    ) -> SurvivalData:
        """Check columns and put them together.

        Parameters
        ----------
        time : sequence of length n
            Time to event or censoring: numbers, or text that reads as one; 0 or more.
        event : sequence of length n
            0, 1, true or false (also as text); 1 and true mean the event.
        group : sequence of length n, optional
            The animal's arm; one arm called ``all`` where none is given.
        stratum : sequence of length n, optional
            The animal's stratum (experiment, cage).
        entry : sequence of length n, optional
            When the animal came under observation (delayed entry, left truncation): 0 for the
            start, else before its own `time`. It is at risk after its entry only.
        ids : sequence of length n, optional
            The animal's identifier; row numbers where none is given.
        arms : sequence of str, optional
            Order of the arms; order of first appearance where none is given. Arms without
            animals are left out.
        reference : str, optional
            The arm put first.
        file, rows, names : optional
            Where the columns come from, for messages: the file, the number of each row in it
            and the headings of ``time``, ``event``, ``group``, ``stratum``, ``entry``, ``id``.
        ids_unique_within_arm : bool
            Allow the same identifier in two arms (labs that number mice anew in each arm).

        Returns
        -------
        SurvivalData
            The checked data.

        Raises
        ------
        InputError
            Naming every row and column that is missing, negative, not a number or not an
            event code; animals that stand there twice; unknown arms.
        """
        roles = ("time", "event", "group", "stratum", "entry", "id")
        heading = {k: k for k in roles} | (names or {})
        times, events = listed(time), listed(event)
        n = len(times)
        groups = ["all"] * n if group is None else listed(group)
        strata = [""] * n if stratum is None else listed(stratum)
        entries = [0] * n if entry is None else listed(entry)
        row = list(rows) if rows is not None else list(range(1, n + 1))
        labels = [str(r) for r in row] if ids is None else [text_of(v) for v in listed(ids)]
        problems = unequal_lengths(n, events, groups, strata, entries, labels, row)
        if problems:
            raise InputError(problems)
        if n == 0:
            raise InputError(
                Problem("there is no animal in it.", file, hint="At least one row is needed.")
            )

        check = ColumnReader(file, row, heading)
        time_values = np.array([check.time(i, v) for i, v in enumerate(times)], dtype=float)
        event_values = [check.event(i, v) for i, v in enumerate(events)]
        check.unknown_codes()
        arm_of = [check.word(i, v, "group") for i, v in enumerate(groups)]
        stratum_of = [
            "" if stratum is None else check.word(i, v, "stratum") for i, v in enumerate(strata)
        ]
        late = np.array([check.time(i, v, "entry") for i, v in enumerate(entries)], dtype=float)
        time_values, late = tie_close_times(time_values, late)
        check.entered_before(late, time_values, times, entries)
        if ids is not None:
            check.twice(labels, arm_of if ids_unique_within_arm else None)
        check.swapped(times, events)
        check.coded_one_two(events)
        order = arm_order(arm_of, arms, reference, check)
        if check.problems:
            raise InputError(check.told())

        code = {arm: i for i, arm in enumerate(order)}
        stratum_names = list(dict.fromkeys(stratum_of))
        stratum_code = {name: i for i, name in enumerate(stratum_names)}
        return cls(
            time=time_values,
            event=np.array(event_values, dtype=bool),
            group=np.array([code[a] for a in arm_of], dtype=np.intp),
            arms=tuple(order),
            stratum=np.array([stratum_code[s] for s in stratum_of], dtype=np.intp),
            strata=tuple(stratum_names),
            ids=tuple(labels),
            entry=_if_any(late),
        )

    @classmethod
    def from_frame(
        cls,
        table: pd.DataFrame,
        *,
        time: str,
        event: str,
        group: str | None = None,
        stratum: str | None = None,
        entry: str | None = None,
        id: str | None = None,
        arms: Sequence[str] | None = None,
        reference: str | None = None,
        file: str | Path | None = None,
        first_row: int = 2,
        ids_unique_within_arm: bool = False,
    ) -> SurvivalData:
        """Take the columns of a table, one row per animal.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per animal.
        time, event, group, stratum, entry, id : str
            Headings of the columns; see :meth:`from_arrays`.
        arms, reference, file, ids_unique_within_arm
            As in :meth:`from_arrays`.
        first_row : int
            Number of the table's first row in the file, for messages.

        Returns
        -------
        SurvivalData
            The checked data.

        Raises
        ------
        InputError
            For headings that are not there, and as :meth:`from_arrays`.
        """
        wanted = {"time": time, "event": event, "group": group, "stratum": stratum}
        wanted |= {"entry": entry, "id": id}
        names = {role: name for role, name in wanted.items() if name is not None}
        headings = [str(c) for c in table.columns]
        missing = [
            Problem(
                f"there is no column `{name}` (asked for as {role}){did_you_mean(name, headings)}.",
                file,
                hint=f"Columns there: {', '.join(headings)}.",
            )
            for role, name in names.items()
            if name not in headings
        ]
        double = [
            Problem(f"the heading `{name}` stands there {headings.count(name)} times.", file)
            for name in dict.fromkeys(names.values())
            if headings.count(name) > 1
        ]
        if missing or double:
            raise InputError([*missing, *double])

        def column(role: str) -> list[Any] | None:
            return table[names[role]].tolist() if role in names else None

        return cls.from_arrays(
            table[time].tolist(),
            table[event].tolist(),
            column("group"),
            stratum=column("stratum"),
            entry=column("entry"),
            ids=column("id"),
            arms=arms,
            reference=reference,
            file=file,
            rows=list(range(first_row, first_row + len(table))),
            names=names,
            ids_unique_within_arm=ids_unique_within_arm,
        )

    def __len__(self) -> int:
        return len(self.time)

    @property
    def reference(self) -> str:
        """The arm that the others are compared with."""
        return self.arms[0]

    @property
    def stratified(self) -> bool:
        """Whether the animals lie in more than one stratum."""
        return len(self.strata) > 1

    @property
    def since(self) -> NDArray[np.float64]:
        """When each animal came at risk: after its entry; minus infinity if from the start."""
        if self.entry is None:
            return np.full(len(self), -np.inf)
        return np.where(self.entry > 0, self.entry, -np.inf)

    def keep(self, chosen: NDArray[np.bool_], arms: Sequence[str] | None = None) -> SurvivalData:
        """Return the chosen animals; arms and strata that became empty are gone.

        Parameters
        ----------
        chosen : ndarray of bool, shape (n,)
            Which animals stay.
        arms : sequence of str, optional
            Another order of the arms.

        Returns
        -------
        SurvivalData
            The smaller data set.
        """
        present = {self.arms[g] for g in np.unique(self.group[chosen])}
        names = [a for a in (arms or self.arms) if a in present]
        new_arm = np.array([names.index(a) if a in present else -1 for a in self.arms])
        used = np.unique(self.stratum[chosen])
        new_stratum = np.full(len(self.strata), -1)
        new_stratum[used] = np.arange(len(used))
        return SurvivalData(
            time=self.time[chosen],
            event=self.event[chosen],
            group=new_arm[self.group[chosen]].astype(np.intp),
            arms=tuple(names),
            stratum=new_stratum[self.stratum[chosen]].astype(np.intp),
            strata=tuple(self.strata[s] for s in used),
            ids=tuple(i for i, c in zip(self.ids, chosen, strict=True) if c),
            entry=None if self.entry is None else _if_any(self.entry[chosen]),
        )

    def of_arms(self, *arms: str) -> SurvivalData:
        """Return the animals of some arms, in the order given: the first is the reference."""
        codes = [self.arms.index(a) for a in arms]
        return self.keep(np.isin(self.group, codes), arms)

    def unstratified(self) -> SurvivalData:
        """Return the same animals in one stratum."""
        return replace(self, stratum=np.zeros(len(self), dtype=np.intp), strata=("",))


def _if_any(late: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return times of entry, or nothing where no animal entered late."""
    return late if np.any(late > 0) else None


def tie_close_times(
    time: NDArray[np.float64], entry: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Make times equal that differ only by floating-point noise.

    Parameters
    ----------
    time, entry : ndarray of float, shape (n,)
        Times of leaving and of entry; an entry of 0 is none, and ties with nothing.

    Returns
    -------
    time, entry : ndarray of float, shape (n,)
        Each replaced by the smallest of its chain of close times.

    Notes
    -----
    The rule of R survival's ``aeqSurv``: neighbours in the sorted distinct times are tied where
    their difference, or that over the mean of the distinct times, is at most
    :data:`TIE_TOLERANCE`.
    """
    late = entry > 0
    distinct = np.unique(np.concatenate((time, entry[late])))
    if len(distinct) < 2:
        return time, entry
    gaps = np.diff(distinct)
    scale = float(np.mean(np.abs(distinct)))
    tied = (gaps <= TIE_TOLERANCE) | (gaps <= TIE_TOLERANCE * scale)
    if not tied.any():
        return time, entry
    starts = distinct[np.concatenate(([True], ~tied))]

    def first_of_chain(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return starts[np.searchsorted(starts, x, side="right") - 1]

    return first_of_chain(time), np.where(late, first_of_chain(entry), entry)


def coding_warning(data: SurvivalData) -> str | None:
    """Say so where events and censorings look exchanged.

    Published mouse data exist in which 1 stands for censored. Their mark: every animal that
    lasted to the end "died" there, on one day, while most others were "censored" on days of
    their own.

    Parameters
    ----------
    data : SurvivalData
        The data.

    Returns
    -------
    str or None
        A warning in plain English, or nothing.
    """
    last = data.time == data.time.max()
    early_censored = ~data.event & ~last
    scattered = len(np.unique(data.time[early_censored]))
    if (
        last.sum() >= 2
        and data.event[last].all()
        and early_censored.sum() > len(data) / 2
        and scattered >= 3
        and not data.event[~last].any()
    ):
        return (
            f"All {int(last.sum())} animals that lasted to day {data.time.max():g} are coded as "
            f"events and all {int(early_censored.sum())} that left before, on {scattered} "
            "different days, as censored. Are the event codes exchanged? 1 (true) must mean "
            "that the animal had the event."
        )
    return None
