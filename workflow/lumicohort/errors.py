"""The one way in which Lumicohort refuses input.

Every refusal is a list of :class:`Problem`: which file, where in it, what is wrong and
what to do. All problems that can be found are collected before anything is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input, in words for a bench scientist.

    Parameters
    ----------
    message : str
        What was found and why it is wrong, one sentence in plain English.
    file : str or Path, optional
        The file that holds it.
    where : str, optional
        The place in the file: ``row 14, column end_date``, a cell, a key.
    hint : str, optional
        What to do about it, or the likeliest correction.
    sheet, cell : str, optional
        The worksheet, and the cell (`C14`) or row (`14`), for marking it in a copy of the sheet.
    alike : str, optional
        What cells with this fault have in common, where their messages differ (each names its
        own date): they are told once.
    """

    message: str
    file: str | Path | None = None
    where: str | None = None
    hint: str | None = None
    sheet: str | None = None
    cell: str | None = None
    alike: str | None = None

    def __post_init__(self) -> None:
        """Take out the full stop after a question (`did you mean X?`) that ends a sentence."""
        if "`?." in self.message:
            object.__setattr__(self, "message", self.message.replace("`?.", "`?"))

    def __str__(self) -> str:
        place = ", ".join(str(part) for part in (self.file, self.where) if part)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} {self.hint}" if self.hint else text


class InputError(Exception):
    """Input that cannot be analysed; carries every :class:`Problem` that was found.

    Parameters
    ----------
    problems : Problem, str, or sequence of them
        What is wrong. A bare string becomes a problem without a place.
    note : str, optional
        What to say after them (where a marked copy lies).
    """

    def __init__(
        self, problems: Problem | str | Iterable[Problem | str], note: str | None = None
    ) -> None:
        if isinstance(problems, (Problem, str)):
            problems = [problems]
        self.problems: Sequence[Problem] = tuple(
            p if isinstance(p, Problem) else Problem(p) for p in problems
        )
        self.note = note
        super().__init__(str(self))

    def __str__(self) -> str:
        if len(self.problems) == 1:
            lines = [str(self.problems[0])]
        else:
            lines = [f"{len(self.problems)} problems:"]
            lines += [f"  {i}. {text}" for i, text in enumerate(alike_once(self.problems), 1)]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    def __reduce__(self) -> tuple[type[InputError], tuple[Sequence[Problem], str | None]]:
        return (type(self), (self.problems, self.note))


_ALIKE = 3
"""So many cells with one and the same fault are told in one line."""


def alike_once(problems: Iterable[Problem]) -> list[str]:
    """Return the problems as text; many cells of a sheet with the same fault share a line.

    Parameters
    ----------
    problems : iterable of Problem
        Those with one message (or one `alike`), hint and sheet are told together from three on.

    Returns
    -------
    list of str
        A line each.
    """
    from lumicohort.nouns import spans  # here: steps that refuse nothing do without it

    groups: dict[object, list[Problem]] = {}
    for index, problem in enumerate(problems):
        what = problem.alike or problem.message
        same = (what, problem.hint, str(problem.file), problem.sheet)
        groups.setdefault(same if problem.cell else index, []).append(problem)
    texts = []
    for group in groups.values():
        if len(group) < _ALIKE:
            texts += [str(problem) for problem in group]
        else:
            *cells, last = spans(problem.cell for problem in group[1:])
            listed = f"{', '.join(cells)} and {last}" if cells else last
            texts.append(f"{group[0]} The same in {listed} ({len(group)} times in all).")
    return texts


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """Return `` — did you mean `X`?`` for the nearest allowed word, or an empty string.

    Parameters
    ----------
    found : str
        The word that was found.
    allowed : iterable of str
        The words that are allowed.

    Returns
    -------
    str
        A suffix for a message.
    """
    import difflib

    words = list(allowed)
    folded = {w.casefold(): w for w in words}
    near = difflib.get_close_matches(found.casefold().strip(), list(folded), n=1, cutoff=0.6)
    return f" — did you mean `{folded[near[0]]}`?" if near else ""
