"""What is left out of the analysis: by the config, by a sheet, or because an image is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lumicohort.cohort.animals import Animal, Imaged, Records
from lumicohort.cohort.batches import Click
from lumicohort.cohort.crosschecks import nearest_id, stopped
from lumicohort.cohort.headers import normal
from lumicohort.cohort.imaged import by_batch
from lumicohort.cohort.measurements import Flux, LeftOut
from lumicohort.cohort.sightings import Sighting, named_clicks
from lumicohort.cohort.table import plain_text
from lumicohort.errors import Problem, did_you_mean
from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A thing left out of the analysis; a row of `exclusions.csv`."""

    what: str
    id: str
    file: str
    row: str
    reason: str
    rule: str


def excluded_animals(
    config: StudyConfig, animals: Records[Animal], left_out: Sequence[LeftOut]
) -> dict[str, Exclusion]:
    """Return the animals that the config or the sheet of exclusions leaves out.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : Records of Animal
        The cohort sheet.
    left_out : sequence of LeftOut
        The sheet of exclusions.

    Returns
    -------
    dict
        animal_id to why; the first reason of each counts: the config's list, its rules, the
        sheet.
    """
    listed = {record.animal_id: record for record in reversed(left_out) if not record.one_image}
    excluded: dict[str, Exclusion] = {}
    for animal in animals.rows:
        file, row = animal.file, str(int(animal.row))
        reason = config.exclusions.animals.get(animal.animal_id)
        rule = "exclusions.animals"
        if reason is None:
            for index, condition in enumerate(config.exclusions.rules):
                found = column_text(animals, animal.row, condition.column)
                if found.strip().casefold() == condition.equals.strip().casefold():
                    reason, rule = condition.reason, f"exclusions.rules.{index}: {condition.column}"
                    break
        record = listed.get(animal.animal_id)
        if reason is None and record is not None:
            reason = record.reason + (f" ({record.date})" if record.date else "")
            rule, file, row = "data.exclusions", record.file, str(int(record.row))
        if reason is not None:
            excluded[animal.animal_id] = Exclusion(
                "animal", animal.animal_id, file, row, reason, rule
            )
    return excluded


def days_of_images(
    animals: Sequence[Animal], seen: Mapping[str, Sequence[Sighting]], flux: Sequence[Flux]
) -> dict[str, set[int]]:
    """Return the days since inoculation on which each animal has an image or a flux of a sheet.

    Parameters
    ----------
    animals : sequence of Animal
        Those of the cohort sheet.
    seen : mapping
        animal_id to its images.
    flux : sequence of Flux
        Rows of the sheet of flux.

    Returns
    -------
    dict
        animal_id to its days.
    """
    start = {animal.animal_id: animal.inoculation_date for animal in animals}
    days: dict[str, set[int]] = {animal_id: set() for animal_id in start}
    for animal_id in start.keys() & seen.keys():
        days[animal_id] |= {(s.acquired.date() - start[animal_id]).days for s in seen[animal_id]}
    for row in flux:
        if row.animal_id in start:
            days[row.animal_id].add((row.date - start[row.animal_id]).days)
    return days


def _why_nothing(record: LeftOut, clicks: Mapping[str, str], days: Mapping[str, set[int]]) -> str:
    """Return why a row of the sheet of exclusions fits no image; empty where it fits one."""
    if record.click is not None:
        if record.click.casefold() in clicks:
            return ""
        near = did_you_mean(record.click, clicks.values())
        return f"the click `{record.click}` is not in the imaging folder{near}"
    if record.day is None or record.day in days.get(record.animal_id, ()):
        return ""
    known = ", ".join(str(day) for day in sorted(days.get(record.animal_id, ())))
    there = f"its images are of day {known}" if known else "it has none at all"
    return f"`{record.animal_id}` has no image of day {record.day} ({there})"


def excluded_images(
    left_out: Sequence[LeftOut], clicks: Sequence[Click], days: Mapping[str, set[int]]
) -> list[Exclusion]:
    """Return the rows of `exclusions.csv` of single images that the sheet leaves out.

    Parameters
    ----------
    left_out : sequence of LeftOut
        Rows of the sheet that name a click or a day.
    clicks : sequence of Click
        All clicks.
    days : mapping
        What :func:`days_of_images` returned. A row that fits no image says that it leaves out
        nothing.
    """
    names = {click.name.casefold(): click.name for click in clicks}
    found = []
    for record in left_out:
        which = f"click {record.click}" if record.click is not None else f"day {record.day}"
        if _why_nothing(record, names, days):
            which += ", of which there is no image: nothing is left out by this row"
        reason = f"{record.reason} ({which})"
        row = str(int(record.row))
        found.append(
            Exclusion("image", record.animal_id, record.file, row, reason, "data.exclusions")
        )
    return found


def fitting_nothing(
    left_out: Records[LeftOut], clicks: Sequence[Click], days: Mapping[str, set[int]]
) -> list[Problem]:
    """Return a note for every row of the sheet of exclusions whose click or day nobody has."""
    names = {click.name.casefold(): click.name for click in clicks}
    whys = [(record, _why_nothing(record, names, days)) for record in left_out.rows]
    return [
        left_out.problem(
            record.row,
            "day" if record.click is None else "click",
            f"{stopped(why)} Nothing is left out by this row.",
        )
        for record, why in whys
        if why
    ]


def unseen_images(
    config: StudyConfig, imaged: Sequence[Imaged], clicks: list[Click]
) -> list[Exclusion]:
    """Return the batches and clicks of the imaging sheet that are not in the imaging folder."""
    if not config.imaging_folder.is_dir():
        return []
    unseen: dict[tuple[str, str], Exclusion] = {}
    batches = by_batch(imaged)
    # What other rows of the sheet name is not meant by this one: a session yet to come.
    free = sorted({click.batch for click in clicks} - {*batches})
    for batch, rows in batches.items():
        in_batch = [click for click in clicks if click.batch == batch]
        named, unknown = named_clicks(in_batch, rows)
        for place in unknown:
            if in_batch:
                what, name = "click", place.click
                reason = f"the click `{name}` of the imaging sheet is not in batch `{batch}`"
                near = [click.name for click in in_batch if click.name not in named]
            else:
                what, name = "batch", batch
                reason = (
                    f"the batch `{name}` of the imaging sheet has no clicks in "
                    f"{config.imaging_folder}"
                )
                near = free
            reason = stopped(f"{reason}{did_you_mean(name, near)}")
            elsewhere = [c.batch for c in clicks if c.name.casefold() == place.click.casefold()]
            if elsewhere:
                reason += f" `{place.click}` lies in batch `{elsewhere[0]}`."
            unseen.setdefault(
                (what, name),
                Exclusion(what, name, place.file, str(int(place.row)), reason, f"missing_{what}"),
            )
    return list(unseen.values())


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
            stopped(
                f"config key exclusions.animals names `{animal_id}`, which the cohort sheet does "
                f"not have{nearest_id(animal_id, known)}"
            ),
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
                    stopped(
                        f"config key exclusions.rules.{index}.column names `{rule.column}`, which "
                        f"the cohort sheet does not have{did_you_mean(rule.column, headings)}"
                    ),
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
    # By identity first: parts of a sheet in several files have rows of the same number.
    same = [r for r in table.rows if r.number is row] or [r for r in table.rows if r.number == row]
    cells: Mapping[str, object] = same[0].cells
    by_heading = {normal(heading): cells.get(ours) for ours, (_, heading) in table.places.items()}
    by_heading = {**{normal(h): v for h, v in same[0].extra.items()}, **by_heading}
    return plain_text(cells.get(name, by_heading.get(normal(name))))
