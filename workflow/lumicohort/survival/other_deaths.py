"""Deaths of another cause, which count as censored: told wherever animals are counted."""

from __future__ import annotations

import re

_SAID = re.compile(r"(\d+) of the censored died of another cause")


def note_of(count: int) -> str:
    """Return what a note of ``survival_arms.csv`` says of an arm's competing deaths.

    Parameters
    ----------
    count : int
        How many there were; nothing is said of none.
    """
    if not count:
        return ""
    return f"{count} of the censored died of another cause (see cumulative_incidence.csv)"


def other_deaths(note: object) -> int:
    """Return how many competing deaths a note of ``survival_arms.csv`` tells.

    Parameters
    ----------
    note : object
        The note; not text where there is none.
    """
    found = _SAID.search(str(note))
    return int(found[1]) if found else 0


def others_in_words(count: int) -> str:
    """Return competing deaths in the words of a table's note: `2 died of another cause, …`."""
    return f"{count} died of another cause, censored here"
