"""Treatments that look mistyped: another arm's agent, and words that are nearly another's."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from lumicohort.cohort.animals import Animal, Dose, Records
from lumicohort.errors import Problem
from lumicohort.nouns import counted

RARE = 0.1
"""An agent is foreign to an arm where it is no more than this share of the arm's treatments, and
more than half of another arm's."""
TIMES_RARER = 10
"""A word is taken for a slip of one that is so many times as frequent."""
NEAR = 0.8
"""Likeness from which two words are nearly the same (`difflib.SequenceMatcher.ratio`)."""


def odd_treatments(doses: Records[Dose], animals: Records[Animal]) -> list[Problem]:
    """Return notes on treatments that may be slips of the keyboard; none is left out.

    Parameters
    ----------
    doses : Records of Dose
        The sheet of treatments.
    animals : Records of Animal
        The cohort sheet.

    Returns
    -------
    list of Problem
        Animals that were given another arm's agent, and agents and routes spelled nearly as a
        far more frequent one.
    """
    arm_of = {animal.animal_id: animal.arm for animal in animals.rows}
    return [*_near(doses, "agent"), *_near(doses, "route"), *_foreign(doses, arm_of)]


def _near(doses: Records[Dose], column: str) -> list[Problem]:
    words = Counter(w for dose in doses.rows if (w := getattr(dose, column)))
    meant: dict[str, str] = {}
    for word, n in words.items():
        common = [w for w, m in words.items() if m >= TIMES_RARER * n]
        likely = difflib.get_close_matches(word.casefold(), [w.casefold() for w in common], 1, NEAR)
        # "drug A" and "drug B", doses in names: a difference in a digit or a single letter word
        # is one of meaning
        if likely and _letters(word) != _letters(likely[0]):
            meant[word] = next(w for w in common if w.casefold() == likely[0])
    found = []
    for dose in doses.rows:
        word = getattr(dose, column)
        if word in meant:
            text = (
                f"`{word}` may be `{meant[word]}`, which stands in {words[meant[word]]} rows. "
                "Correct the cell if it was mistyped."
            )
            found.append(doses.problem(dose.row, column, text))
    return found


def _letters(text: str) -> list[str]:
    """Return the words of more than one letter, without digits."""
    cleaned = "".join(c if c.isalpha() else " " for c in text.casefold())
    return [word for word in cleaned.split() if len(word) > 1]


def _foreign(doses: Records[Dose], arm_of: Mapping[str, str]) -> list[Problem]:
    given: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for dose in doses.rows:
        if dose.agent and dose.animal_id in arm_of:
            given[arm_of[dose.animal_id]][dose.agent.casefold()] += 1
    main = {
        agent: arm
        for arm, agents in given.items()
        for agent, n in agents.items()
        if n > agents.total() / 2
    }
    found = []
    for dose in doses.rows:
        arm, agent = arm_of.get(dose.animal_id), (dose.agent or "").casefold()
        if arm is None or agent not in main or main[agent] == arm:
            continue
        n, total = given[arm][agent], given[arm].total()
        if n <= RARE * total:
            text = (
                f"`{dose.animal_id}` of the arm `{arm}` was given `{dose.agent}` on {dose.date}, "
                f"as animals of `{main[agent]}` are ({n} of {counted(total, 'treatment')} of "
                f"`{arm}`). Correct the agent, the animal or its arm if one was mistyped."
            )
            note = doses.problem(dose.row, "agent", text)
            found.append(replace(note, alike=f"{arm} given {agent}"))
    return found
