"""What reading the sheets noted that bears on trust in the data, for readers of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumicohort.cohort.click_order import in_other_order
from lumicohort.cohort.seen_notes import early_in_short
from lumicohort.errors import Problem, alike_once

if TYPE_CHECKING:
    from lumicohort.cohort.cohort import Cohort

DOUBTS = ("note",)
"""Columns of `cohort/notes.csv`."""


def doubts(cohort: Cohort) -> list[str]:
    """Return what a reader of the report should know of the sheets and who was imaged.

    Of what `lumicohort check` says, left out is what the report says elsewhere (who was never
    imaged, names on clicks and rows of the imaging sheet that fit nothing: *Left out*; sizes of
    groups and cages: *Flow of animals*), and dates that lie in the future, which is true until a
    day comes and would renew results by itself.

    Parameters
    ----------
    cohort : Cohort
        The study's sheets and clicks.

    Returns
    -------
    list of str
        A sentence or two each.
    """
    order = notes_once(in_other_order(cohort.seen))
    return [*notes_once(cohort.doubts), *early_in_short(cohort.animals, cohort.seen), *order]


def notes_once(notes: Sequence[Problem]) -> list[str]:
    """Return notes as text; one that holds at several places of a file is said once.

    Parameters
    ----------
    notes : sequence of Problem
        The notes.

    Returns
    -------
    list of str
        A line each.
    """
    groups: dict[tuple[str, str, str | None], list[Problem]] = {}
    for note in notes:
        what = note.alike or note.message
        groups.setdefault((str(note.file), what, note.hint), []).append(note)
    lines = []
    for (file, message, hint), group in groups.items():
        if group[0].alike:
            lines += alike_once(group)
        elif len(group) == 1 or not all(note.where for note in group):
            lines += [str(note) for note in group]
        else:
            places = "; ".join(dict.fromkeys(str(note.where) for note in group))
            lines.append(f"{file}, {places}: {message}{f' {hint}' if hint else ''}")
    return lines
