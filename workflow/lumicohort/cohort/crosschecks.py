"""What the sheets say together: duplicates, unknown names, impossible dates and places."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lumicohort.cohort.animals import Animal, Dose, Imaged, Records, Weight
from lumicohort.cohort.headers import normal
from lumicohort.cohort.sheets import plain_text
from lumicohort.errors import Problem, did_you_mean
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
            ("arm", config.arms, "arms"),
            ("end_reason", config.end_reasons, "end_reasons"),
        ):
            found = unicodedata.normalize("NFC", plain_text(row.cells.get(column)))
            if not found or found in allowed or (column == "end_reason" and _says_missing(found)):
                continue
            problems.append(
                cohort.problem(row.number, column, _unknown(found, allowed, key), _todo(key))
            )
    for animal in cohort.rows:
        problems += _dates(cohort, animal)
    return problems


def _says_missing(text: str) -> bool:
    return text.casefold() in {"na", "n/a"}


def _unknown(found: str, allowed: Iterable[str], key: str) -> str:
    listed = ", ".join(f"`{name}`" for name in allowed)
    shown = found if len(found) <= 60 else found[:57] + "…"
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    hint = did_you_mean(found, allowed)
    return f"`{shown}` is not among the config's {key} ({listed}){hint}."


def _todo(key: str) -> str:
    return f"Correct the cell, or add it to the config's {key}."


def spelling(animal_id: str) -> str:
    """Return an id with what people write in two ways taken out: case, spaces, `-`, `_`, `#`."""
    return re.sub(r"[\s_#.\-]+", "", unicodedata.normalize("NFKC", animal_id).casefold())


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
    if end is not None and animal.end_reason is None:
        add(
            "end_reason" if "end_reason" in cohort.table.places else "end_date",  # type: ignore[union-attr]
            f"the animal ended on {end}, and no end_reason says why.",
            "Without it, death and censoring cannot be told apart.",
        )
    if end is None and animal.end_reason is not None:
        add(
            "end_date" if "end_date" in cohort.table.places else "end_reason",  # type: ignore[union-attr]
            f"the end_reason is `{animal.end_reason}`, and there is no end_date.",
            "Add the day, or clear the reason if the animal is alive.",
        )
    return problems


def check_known(
    cohort: Records[Animal], other: Records[Weight] | Records[Dose] | Records[Imaged]
) -> list[Problem]:
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
    return [
        other.problem(
            row,
            "animal_id",
            f"the animal `{animal_id}` does not stand in the cohort sheet"
            f"{nearest_id(animal_id, known)}.",
        )
        for animal_id, row in other.animals
        if animal_id not in known
    ]


def nearest_id(found: str, known: Iterable[str]) -> str:
    """Return `` — did you mean `007`?`` for the likeliest id, or an empty string."""
    known = sorted(known)
    bare = spelling(found).lstrip("0")
    for candidate in known:
        if spelling(candidate) == spelling(found) or spelling(candidate).lstrip("0") == bare:
            lost = ": leading zeros get lost in spreadsheets" if candidate.endswith(found) else ""
            return f" — did you mean `{candidate}`?{lost}"
    # Ids differ by one digit as a rule: a near one is a likely slip only where letters agree too.
    return did_you_mean(found, known) if not found.isdigit() else ""


def check_daily(
    cohort: Records[Animal], weights: Records[Weight], doses: Records[Dose]
) -> list[Problem]:
    """Check weighings and treatments against the animals' lives.

    Parameters
    ----------
    cohort, weights, doses : Records
        The sheets.

    Returns
    -------
    list of Problem
        Treatments before day 0 or after the end, weighings after the end, and two different
        weights of one animal on one day.
    """
    animals = {animal.animal_id: animal for animal in cohort.rows}
    problems = []
    seen: dict[tuple[str, date], Weight] = {}
    for weight in weights.rows:
        animal = animals.get(weight.animal_id)
        if animal and weight.weight_g is not None and _after_end(weight.date, animal):
            problems.append(weights.problem(weight.row, "date", _late("weighed", weight, animal)))
        before = seen.setdefault((weight.animal_id, weight.date), weight)
        if before is not weight:
            text = f"`{weight.animal_id}` was weighed on {weight.date} in row {before.row} already."
            problems.append(weights.problem(weight.row, "date", text))
    for dose in doses.rows:
        animal = animals.get(dose.animal_id)
        if animal is None:
            continue
        if dose.date < animal.inoculation_date:
            days = (animal.inoculation_date - dose.date).days
            text = (
                f"`{dose.animal_id}` was treated on {dose.date}, {days} days before its "
                f"inoculation on {animal.inoculation_date}."
            )
            problems.append(doses.problem(dose.row, "date", text))
        elif _after_end(dose.date, animal):
            problems.append(doses.problem(dose.row, "date", _late("treated", dose, animal)))
    return problems


def _after_end(day: date, animal: Animal) -> bool:
    return animal.end_date is not None and day > animal.end_date


def _late(what: str, record: Weight | Dose, animal: Animal) -> str:
    return (
        f"`{animal.animal_id}` was {what} on {record.date}, after its end on {animal.end_date} "
        f"(cohort sheet, row {animal.row})."
    )


def check_imaged(imaged: Records[Imaged]) -> list[Problem]:
    """Check the imaging sheet against itself.

    Parameters
    ----------
    imaged : Records of Imaged
        The imaging sheet.

    Returns
    -------
    list of Problem
        Two animals at one place of a click, an animal twice on a click, a click in two batches.
    """
    problems = []
    places: dict[Any, Imaged] = {}
    animals: dict[Any, Imaged] = {}
    batches: dict[str, Imaged] = {}
    for entry in imaged.rows:
        place = entry.place
        at = places.setdefault((entry.batch, place.click, place.position), entry)
        if at is not entry and at.place.animal_id != place.animal_id:
            text = (
                f"position {place.position} of click `{place.click}` holds `{place.animal_id}` "
                f"here and `{at.place.animal_id}` in row {at.place.row}."
            )
            problems.append(imaged.problem(place.row, "position", text))
        twice = animals.setdefault((entry.batch, place.click, place.animal_id), entry)
        if twice is not entry:
            text = (
                f"`{place.animal_id}` lies on click `{place.click}` twice: here at position "
                f"{place.position}, in row {twice.place.row} at {twice.place.position}."
            )
            problems.append(imaged.problem(place.row, "animal_id", text))
        other = batches.setdefault(place.click.casefold(), entry)
        if other.batch != entry.batch:
            text = (
                f"the click `{place.click}` stands in batch `{entry.batch}` here and in batch "
                f"`{other.batch}` in row {other.place.row}."
            )
            problems.append(imaged.problem(place.row, "batch", text))
    return problems


def check_exclusions(config: StudyConfig, cohort: Records[Animal]) -> list[Problem]:
    """Check that the config's exclusions name animals and columns that there are.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Records of Animal
        The cohort sheet.

    Returns
    -------
    list of Problem
        An animal or column that the sheet does not have.
    """
    table = cohort.table
    if table is None:
        return []
    known = {animal_id for animal_id, _ in cohort.animals}
    problems = [
        Problem(
            f"config key exclusions.animals names `{animal_id}`, which the cohort sheet does not "
            f"have{nearest_id(animal_id, known)}.",
            table.file,
        )
        for animal_id in config.exclusions.animals
        if animal_id not in known
    ]
    for index, rule in enumerate(config.exclusions.rules):
        if not has_column(cohort, rule.column):
            headings = [heading for _, heading in table.places.values()]
            headings += list(table.rows[0].extra) if table.rows else []
            problems.append(
                Problem(
                    f"config key exclusions.rules.{index}.column names `{rule.column}`, which the "
                    f"cohort sheet does not have{did_you_mean(rule.column, headings)}.",
                    table.file,
                )
            )
    return problems


def has_column(cohort: Records[Animal], name: str) -> bool:
    """Tell whether the cohort sheet has a column, by our name or the lab's heading."""
    table = cohort.table
    if table is None:
        return False
    if name in table.places or normal(name) in {normal(h) for _, h in table.places.values()}:
        return True
    return any(normal(name) == normal(heading) for row in table.rows for heading in row.extra)


def column_text(cohort: Records[Animal], row: int, name: str) -> str:
    """Return a cell of the cohort sheet as text, by our column name or the lab's heading."""
    table = cohort.table
    assert table is not None
    cells: Mapping[str, object] = next(r.cells for r in table.rows if r.number == row)
    extra: Mapping[str, object] = next(r.extra for r in table.rows if r.number == row)
    by_heading = {normal(heading): cells[ours] for ours, (_, heading) in table.places.items()}
    by_heading = {**{normal(h): v for h, v in extra.items()}, **by_heading}
    return plain_text(cells.get(name, by_heading.get(normal(name))))


def future_dates(
    today: date, cohort: Records[Animal], others: Sequence[Records[Weight] | Records[Dose]]
) -> list[Problem]:
    """Return a note for every sheet's dates that lie in the future.

    Parameters
    ----------
    today : date
        The day that it is.
    cohort, others : Records
        The sheets.

    Returns
    -------
    list of Problem
        Notes, not refusals: a planned end of the study may stand in the sheet.
    """
    notes = []
    for animal in cohort.rows:
        for column in ("inoculation_date", "end_date", "birth_date"):
            day = getattr(animal, column)
            if day is not None and day > today:
                notes.append(cohort.problem(animal.row, column, f"{day} lies in the future."))
    for records in others:
        for record in records.rows:
            if record.date > today:
                text = f"{record.date} lies in the future."
                notes.append(records.problem(record.row, "date", text))
    return notes
