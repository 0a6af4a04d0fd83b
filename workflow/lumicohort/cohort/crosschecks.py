"""What the sheets say together: duplicates, unknown names, impossible dates and places."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lumicohort.cohort.animals import Animal, Records
from lumicohort.cohort.missing import no_value
from lumicohort.cohort.numerals import Marks, number_of
from lumicohort.cohort.summaries import SUMMARIES
from lumicohort.cohort.table import RowNumber, plain_text
from lumicohort.errors import Problem, did_you_mean
from lumicohort.plain import but_for_zeros
from lumicohort.study.config import StudyConfig


def check_animals(config: StudyConfig, cohort: Records[Animal]) -> list[Problem]:
    """Check the cohort sheet against itself and the config.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Records of Animal
        The cohort sheet.

    Returns
    -------
    list of Problem
        Animals that stand twice (also under two spellings); models, arms and end reasons that
        the config does not know; dates in an impossible order; an end without a reason.
    """
    if cohort.table is None:
        return []
    problems = _duplicates(cohort)
    for row in cohort.table.rows:
        for column, allowed, key in (
            ("model", config.models, "models"),
            ("arm", config.sheet_arms, "arms"),
            ("end_reason", config.end_reasons, "end_reasons"),
        ):
            found = unicodedata.normalize("NFC", plain_text(row.cells.get(column)))
            if (
                not found
                or found in allowed
                or (column == "end_reason" and no_value(found, column))
            ):
                continue
            problems.append(
                cohort.problem(
                    row.number, column, _unknown(found, allowed, key), _todo(found, allowed, key)
                )
            )
    for animal in cohort.rows:
        problems += _dates(cohort, animal)
        problems += _event(config, cohort, animal)
    return problems


def _event(config: StudyConfig, cohort: Records[Animal], animal: Animal) -> list[Problem]:
    """Return what is wrong with an animal's `event` and `time_days`."""
    problems = []
    said = None
    if animal.event is not None:
        allowed = config.data.event_values
        said = allowed.get(animal.event.casefold())
        if said is None:
            listed = ", ".join(f"`{value}`" for value in allowed)
            shown = animal.event if len(animal.event) <= 60 else animal.event[:57] + "…"
            text = f"`{shown}` is not among the values of an event ({listed})."
            hint = "Say what it means under config key data.event_values."
            problems.append(cohort.problem(animal.row, "event", text, hint))
    meant = config.end_reasons.get(animal.end_reason or "")
    if said is not None and meant is not None and (said == "event") != (meant == "event"):
        text = (
            f"the event is `{animal.event}` ({said}), and the end_reason `{animal.end_reason}` "
            f"means {meant}."
        )
        problems.append(cohort.problem(animal.row, "event", text, "Correct one of them."))
    if animal.time_days is None and animal.event is not None and animal.end_date is None:
        if said == "event":
            text = "the event has neither a time_days nor an end_date."
            problems.append(cohort.problem(animal.row, "event", text))
    elif animal.time_days is not None and animal.dated and animal.end_date is not None:
        days = (animal.end_date - animal.inoculation_date).days
        if int(animal.time_days) != days:
            text = (
                f"time_days is {animal.time_days:g}, and the animal ended {days} days after its "
                "inoculation."
            )
            problems.append(cohort.problem(animal.row, "time_days", text, "Correct one of them."))
    return problems


def _unknown(found: str, allowed: Iterable[str], key: str) -> str:
    listed = ", ".join(f"`{name}`" for name in allowed)
    shown = found if len(found) <= 60 else found[:57] + "…"
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    hint = did_you_mean(found, allowed)
    return stopped(f"`{shown}` is not among the config's {key} ({listed}){hint}")


def stopped(text: str) -> str:
    """Return a sentence with a full stop, unless it ends with a question."""
    return text if text.endswith("?") else text + "."


def _todo(found: str, allowed: Iterable[str], key: str) -> str:
    """Return what to do about an unknown name; one with other capitals is no new arm or model."""
    bare = "".join(found.casefold().split())
    if key != "end_reasons" and any(bare == "".join(a.casefold().split()) for a in allowed):
        return "Correct the cell."
    more = " (yours replace all of these)" if key == "end_reasons" else ""
    return f"Correct the cell, or add it to the config's {key}{more}."


def spelling(animal_id: str) -> str:
    """Return an id with what people write in two ways taken out: case, spaces, `-`, `_`, `#`."""
    folded = unicodedata.normalize("NFKC", animal_id).casefold().strip()
    # 3466.0 is what programs make of the number 3466.
    return re.sub(r"[\s_#.\-]+", "", re.sub(r"(?<=\d)\.0+$", "", folded))


def _duplicates(cohort: Records[Animal]) -> list[Problem]:
    """Return a problem for every animal that stands in more than one row."""
    rows: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for animal_id, row in cohort.animals:
        rows[spelling(animal_id)].append((animal_id, row))
    problems = []
    for found in rows.values():
        first_id, first_row = found[0]
        for animal_id, row in found[1:]:
            if animal_id == first_id:
                text = f"the animal `{animal_id}` stands in row {first_row} already."
            else:
                text = f"`{animal_id}` and `{first_id}` (row {first_row}) look like one animal."
            hint = "Keep one row per animal, and ids that differ in more than case and spaces."
            problems.append(cohort.problem(row, "animal_id", text, hint))
    return problems


def ids_but_for_zeros(cohort: Records[Animal]) -> list[Problem]:
    """Return a note for every animal whose id is another's with more zeros; both are animals."""
    named = list(cohort.animals)
    return [
        cohort.problem(
            named[place][1],
            "animal_id",
            f"`{named[place][0]}` and `{named[first][0]}` (row {named[first][1]}) differ in "
            "leading zeros only: they count as two animals.",
            "Correct the id, or take the row away, if they are one.",
        )
        for place, first in but_for_zeros([animal_id for animal_id, _ in named])
    ]


def _dates(cohort: Records[Animal], animal: Animal) -> list[Problem]:
    """Return what is wrong with an animal's dates."""
    problems = []

    def add(column: str, message: str, hint: str | None = None) -> None:
        problems.append(cohort.problem(animal.row, column, message, hint))

    start, end = animal.inoculation_date, animal.end_date
    if end is not None and end < start:
        add("end_date", f"the animal ended on {end}, before its inoculation on {start}.")
    if animal.birth_date is not None and animal.birth_date > start:
        add("birth_date", f"the animal was born on {animal.birth_date}, after its inoculation.")
    if end is not None and animal.end_reason is None and animal.event is None:
        column = next((c for c in ("end_reason", "time_days") if _stands(cohort, c)), "end_date")
        what = f"ended on {end}" if animal.dated else f"ended on day {animal.time_days:g}"
        add(
            column,
            f"the animal {what}, and no end_reason says why.",
            "Without it, death and censoring cannot be told apart.",
        )
    if end is None and animal.end_reason is not None:
        add(
            "end_date" if _stands(cohort, "end_date") else "end_reason",
            f"the end_reason is `{animal.end_reason}`, and there is no end_date.",
            "Add the day, or clear the reason if the animal is alive.",
        )
    return problems


def _stands(cohort: Records[Animal], column: str) -> bool:
    """Tell whether the cohort sheet has a column."""
    return cohort.table is not None and column in cohort.table.places


_SUMS = "If this row holds sums or means, end the table above it: key last_row of its sheet."


def check_known(cohort: Records[Animal], other: Records[Any]) -> list[Problem]:
    """Return a problem for every row about an animal that the cohort sheet does not know.

    Parameters
    ----------
    cohort : Records of Animal
        The cohort sheet.
    other : Records
        Another sheet.

    Returns
    -------
    list of Problem
        One per row, with the likeliest animal meant.
    """
    if cohort.table is None:
        return []
    known = {animal_id for animal_id, _ in cohort.animals}
    problems = [
        other.problem(
            row,
            "animal_id",
            stopped(
                f"the animal `{animal_id}` does not stand in the cohort sheet"
                f"{nearest_id(animal_id, known)}"
            ),
            _SUMS if animal_id.casefold().rstrip(".:") in SUMMARIES else None,
        )
        for animal_id, row in other.animals
        if animal_id not in known
    ]
    return [*problems, *_disagreements(cohort, other)]


def _disagreements(cohort: Records[Animal], other: Records[Any]) -> list[Problem]:
    """Return a problem for every model, arm or day of a sheet that the cohort sheet contradicts."""
    animals = {animal.animal_id: animal for animal in cohort.rows}
    dates = {
        (record.file, int(record.row)): record.date
        for record in other.rows
        if getattr(record, "date", None) is not None
    }
    problems = []
    for row in other.table.rows if other.table is not None else []:
        animal = animals.get(unicodedata.normalize("NFC", plain_text(row.cells.get("animal_id"))))
        if animal is None:
            continue
        for column, ours in (("model", animal.model), ("arm", animal.arm)):
            found = unicodedata.normalize("NFC", plain_text(row.cells.get(column)))
            if found and found != ours and not no_value(found, column):
                shown = found if len(found) <= 60 else found[:57] + "…"
                text = (
                    f"`{animal.animal_id}` has the {column} `{shown}` here, and `{ours}` in the "
                    f"cohort sheet (row {int(animal.row)})."
                )
                problems.append(other.problem(row.number, column, text))
        both = dates.get((_file(other, row.number), int(row.number)))
        day = plain_text(row.cells.get("day"))
        if both is not None and day and plain_text(row.cells.get("date")) and animal.dated:
            counted = (both - animal.inoculation_date).days
            if number_of(day, Marks.of([])) not in (None, float(counted)):
                text = (
                    f"day {day} is given for {both}, which is day {counted} of "
                    f"`{animal.animal_id}` (inoculated on {animal.inoculation_date})."
                )
                problems.append(other.problem(row.number, "day", text, "Correct one of them."))
        if not animal.dated and plain_text(row.cells.get("date")):
            text = (
                f"a date is given for `{animal.animal_id}`, whose inoculation has none in the "
                f"cohort sheet (row {int(animal.row)})."
            )
            hint = "Give inoculation dates there, or days (column `day`) here."
            problems.append(other.problem(row.number, "date", text, hint))
    return problems


_LOOK_ALIKE = str.maketrans("oils", "0115")
"""Letters (of ids in small ones) that are read as digits."""


def nearest_id(found: str, known: Iterable[str]) -> str:
    """Return `` — did you mean `007`?`` for the likeliest id, or an empty string."""
    known = sorted(known)
    bare = spelling(found).lstrip("0")
    for candidate in known:
        if spelling(candidate) == spelling(found) or spelling(candidate).lstrip("0") == bare:
            lost = ": leading zeros get lost in spreadsheets" if candidate.endswith(found) else ""
            return f" — did you mean `{candidate}`?{lost}"
    shape = spelling(found).translate(_LOOK_ALIKE)
    same = [one for one in known if spelling(one).translate(_LOOK_ALIKE) == shape]
    if len(same) == 1:
        return f" — did you mean `{same[0]}`?: a letter there looks like a digit"
    # Ids differ by one digit as a rule: a near one is a likely slip only where letters agree too.
    return did_you_mean(found, known) if not found.isdigit() else ""


def _file(records: Records[Any], row: int) -> str:
    """Return the file that a row stands in."""
    table = row.table if isinstance(row, RowNumber) else records.table
    return str(table.file) if table is not None else ""
