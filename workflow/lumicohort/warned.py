"""Warnings among the words of statistics: parts of a note that belong beside its numbers."""

from __future__ import annotations

WARNING = "warning: "
"""How a part of a note starts that a reader of the numbers must know."""


def warned(text: str) -> str:
    """Return words as a warning; empty ones stay empty."""
    return f"{WARNING}{text}" if text else ""


def warnings_in(note: str) -> list[str]:
    """Return what a note warns of.

    Parameters
    ----------
    note : str
        Parts separated by semicolons.

    Returns
    -------
    list of str
        The warnings, without the word itself.
    """
    parts = note.split("; ")
    return [part.removeprefix(WARNING) for part in parts if part.startswith(WARNING)]
