"""When animals were imaged, without measuring anything: from names and labels of clicks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lumicohort.cohort.batches import Click
from lumicohort.errors import InputError
from lumicohort.imaging.positions import Position


@dataclass(frozen=True, slots=True)
class Sighting:
    """An animal on a click.

    Parameters
    ----------
    animal_id : str
        The animal.
    click : Click
        The click.
    acquired : datetime
        Local date and time of the image.
    position : Position or None
        The row of the imaging sheet that says so; None where the click's own label does.
    place : int
        The animal's place from the left, counted from 1; 0 where that is not known.
    """

    animal_id: str
    click: Click
    acquired: datetime
    position: Position | None = None
    place: int = 0

    @property
    def day(self) -> date:
        """The image's date."""
        return self.acquired.date()


def sightings(
    clicks: Iterable[Click], positions: Mapping[str, Sequence[Position]]
) -> dict[str, list[Sighting]]:
    """Return when each animal was imaged.

    The imaging sheet says who lay on a click; for a click that it does not name, the label
    `Animal Number` typed at the instrument does.

    Parameters
    ----------
    clicks : iterable of Click
        The study's clicks.
    positions : mapping
        Batch to the rows of the imaging sheet.

    Returns
    -------
    dict
        animal_id to its sightings, the earliest first. A click that cannot be read shows nobody:
        measuring it says what is wrong with it.
    """
    found: defaultdict[str, list[Sighting]] = defaultdict(list)
    clicks = list(clicks)
    of_batch: defaultdict[str, list[Click]] = defaultdict(list)
    for click in clicks:
        of_batch[click.batch].append(click)
    named_on = {
        batch: named_clicks(of_batch.get(batch, []), rows)[0] for batch, rows in positions.items()
    }
    for click in clicks:
        named = named_on.get(click.batch, {}).get(click.name, [])
        acquired = click.acquired or _acquired(click)
        if acquired is None:
            continue
        for position in named:
            found[position.animal_id].append(
                Sighting(position.animal_id, click, acquired, position, position.position)
            )
        if not named:
            for place, animal_id in enumerate(labels_of(click), start=1):
                place = 0 if click.only_exported else place
                found[animal_id].append(Sighting(animal_id, click, acquired, None, place))
    return {
        animal_id: sorted(seen, key=lambda s: (s.acquired, s.click.batch, s.click.name))
        for animal_id, seen in sorted(found.items())
    }


def named_clicks(
    clicks: Sequence[Click], rows: Sequence[Position]
) -> tuple[dict[str, list[Position]], list[Position]]:
    """Sort the imaging sheet's rows of a batch by the click that each names.

    Parameters
    ----------
    clicks : sequence of Click
        The batch's clicks.
    rows : sequence of Position
        The sheet's rows of the batch.

    Returns
    -------
    dict of str to list of Position
        By folder name.
    list of Position
        Rows that name no click of the batch, neither by its folder nor as Living Image does.
    """
    from lumicohort.imaging.assign import by_click

    named, unknown = by_click(rows, {click.name: click.name for click in clicks})
    if unknown:  # only then is it worth reading every click's text
        named, unknown = by_click(rows, {click.name: click.number() for click in clicks})
    return named, unknown


def labels_of(click: Click) -> list[str]:
    """Return the animals that the click's label names, left to right."""
    from lumicohort.living_image.labels import LABEL_SECTIONS
    from lumicohort.living_image.texts import read_info

    if click.only_exported:
        return list(click.animals)
    for name in ("analyzedclickinfo.txt", "clickinfo.txt"):
        for path in click.path.iterdir():
            if path.name.casefold() != name:
                continue
            try:
                info = read_info(path)
                sections = [info.find(section) for section in LABEL_SECTIONS]
                texts = [s.get("Animal Number") for s in sections if s is not None]
            except InputError:  # measuring the click reports it
                continue
            for text in texts:
                names = [part.strip() for part in (text or "").replace(";", ",").split(",")]
                if any(names):
                    return [part for part in names if part]
    return []


def _acquired(click: Click) -> datetime | None:
    """Return the local time of a click whose folder has been renamed, from its text."""
    from lumicohort.living_image.texts import read_info
    from lumicohort.living_image.times import acquisition_time

    for path in click.path.iterdir():
        if path.name.casefold() == "clickinfo.txt":
            try:
                section = read_info(path).section("luminescent image")
                return acquisition_time(section)[0].replace(tzinfo=None)
            except InputError:  # measuring the click reports it
                return None
    return None
