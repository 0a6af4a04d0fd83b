"""Which animals are on a click: the imaging sheet's word first, else the click's label."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.animal import Animal
from lumicohort.imaging.positions import Position

if TYPE_CHECKING:
    from lumicohort.living_image import Click

SHEET = "the imaging sheet"
LABEL = "its Animal Number"

_NUMBERED = re.compile(r"_(?:\d{3,}|SEQ)$", re.IGNORECASE)
_SEVERAL = re.compile(r"\w\s*(?:[-–—+/|&\t]|\.\.+|\s|\b(?:to|and|bis|und)\b)\s*\w", re.IGNORECASE)
"""An id that may be a range or a list of ids without commas."""
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$")


def by_click(
    positions: Sequence[Position], clicks: Mapping[str, str]
) -> tuple[dict[str, list[Position]], list[Position]]:
    """Sort the imaging sheet's rows by the click that each names.

    A row names a click by its folder, by what Living Image calls it (`ClickNumber`), or by the
    name of its sequence, which stands for every click of it. Case does not matter.

    Parameters
    ----------
    positions : sequence of Position
        Rows of one batch.
    clicks : mapping of str to str
        The batch's clicks: folder names, and what Living Image calls them.

    Returns
    -------
    dict of str to list of Position
        By folder name, in the order of position.
    list of Position
        Rows that name no click of the batch.
    """
    names: dict[str, set[str]] = defaultdict(set)
    folders: dict[str, str] = {}
    for folder in clicks:
        folders.setdefault(folder.casefold(), folder)
    for folder, uid in clicks.items():
        for name in (folder, uid, _NUMBERED.sub("", folder), _NUMBERED.sub("", uid)):
            names[name.casefold()].add(folder)
    out: dict[str, list[Position]] = defaultdict(list)
    unknown = []
    for row in positions:
        name = row.click.strip().casefold()
        exact = folders.get(name)
        found = {exact} if exact else names.get(name) or names.get(_seq_stem(name))
        if not found:
            unknown.append(row)
        for folder in found or ():
            out[folder].append(row)
    for rows in out.values():
        rows.sort(key=lambda r: r.position)
    return dict(out), unknown


def _seq_stem(name: str) -> str:
    return name.removesuffix("_seq") if name.endswith("_seq") else name


def check_positions(rows: Mapping[str, Sequence[Position]]) -> list[Problem]:
    """Return what is wrong with the imaging sheet's rows of each click.

    Parameters
    ----------
    rows : mapping of str to sequence of Position
        Rows by click.

    Returns
    -------
    list of Problem
        Two animals in one position, an animal twice on a click, a position below 1.
    """
    problems: dict[tuple[str, int, str], Problem] = {}
    for click, positions in rows.items():
        at: dict[int, Position] = {}
        of: dict[str, Position] = {}
        for p in positions:
            where = f"row {p.row}"
            if p.position < 1:
                problems[p.file, p.row, "position"] = Problem(
                    f"position {p.position} on click `{click}`: positions count from 1, the "
                    "leftmost mouse.",
                    p.file,
                    where,
                )
            if not p.animal_id:
                continue
            if p.position in at:
                first = at[p.position]
                problems[p.file, p.row, "position"] = Problem(
                    f"animal `{p.animal_id}` stands in position {p.position} of click `{click}`, "
                    f"where row {first.row} has `{first.animal_id}`.",
                    p.file,
                    where,
                    "Give each animal its own position.",
                )
            if p.animal_id in of:
                first = of[p.animal_id]
                problems[p.file, p.row, "animal"] = Problem(
                    f"animal `{p.animal_id}` stands twice on click `{click}` (also in row "
                    f"{first.row}, position {first.position}).",
                    p.file,
                    where,
                    "Correct one of the two rows.",
                )
            at.setdefault(p.position, p)
            of.setdefault(p.animal_id, p)
    return list(problems.values())


def animals_of(
    click: Click, rows: Sequence[Position], sheet_covers_batch: bool
) -> tuple[list[Animal], str, tuple[str, ...]]:
    """Return the animals on a click, left to right.

    Parameters
    ----------
    click : Click
        The click.
    rows : sequence of Position
        The imaging sheet's rows of this click, in the order of position; may be empty.
    sheet_covers_batch : bool
        Whether the sheet has rows of other clicks of the batch.

    Returns
    -------
    animals : list of Animal
        Left to right.
    named_by : str
        What named them, for messages.
    flags : tuple of str
        `click_not_in_imaging_sheet`, `animal_number_disagrees_with_sheet`.

    Raises
    ------
    InputError
        Where nothing says which animals they are, or a luciferin time cannot be read.
    """
    labels = click.animal_numbers
    if rows:
        animals = [
            Animal(
                row.animal_id,
                row.position,
                _minutes(click, row.luciferin_time, row.file, row.row),
                row.luciferin_mg_per_kg,
            )
            for row in rows
            if row.animal_id
        ]
        agree = not labels or tuple(a.animal_id for a in animals) == labels
        return animals, SHEET, () if agree else ("animal_number_disagrees_with_sheet",)
    flags = ("click_not_in_imaging_sheet",) if sheet_covers_batch else ()
    if not labels:
        raise InputError(
            Problem(
                "which animals are on this click is not known.",
                click.folder,
                hint="Give each its row (batch, click, position, animal_id) in the imaging sheet, "
                "or fill in Animal Number in Living Image, left to right, as `101, 102, 103`; "
                "`lumicohort measure` takes them by --animals as well.",
            )
        )
    twice = sorted({a for a in labels if labels.count(a) > 1})
    if twice:
        raise InputError(
            Problem(
                f"its Animal Number names {', '.join(f'`{a}`' for a in twice)} twice.",
                click.file("AnalyzedClickInfo.txt") or click.folder,
                "key Animal Number",
                "Name the animals in the imaging sheet.",
            )
        )
    minutes: float | None = None
    unreadable: tuple[str, ...] = ()
    typed = click.labels.get("Luc Injection Time", "")
    if typed:
        try:
            minutes = _minutes(click, typed, "", 0)
        except InputError:
            # free text of the operator: told, not refused
            unreadable = ("luc_injection_time_unreadable",)
    animals = [Animal(a, i, minutes) for i, a in enumerate(labels, start=1)]
    return animals, LABEL, flags + unreadable


def read_as_one(animals: Sequence[str]) -> str:
    """Return what to do where a name may mean several animals; blank where none does.

    `3466-3470` may be five animals or the one of cage 3466 with the number 3470, so it is never
    taken apart; but where another number of mice is found, it is the likeliest reason.

    Parameters
    ----------
    animals : sequence of str
        The ids, as they were read.
    """
    several = [f"`{a}`" for a in animals if _SEVERAL.search(a)]
    if not several:
        return ""
    return (
        f"{', '.join(several)} was read as one animal{' each' if len(several) > 1 else ''}: where "
        "several are meant, write each id out, separated by commas, as `101, 102, 103` (--animals "
        "of `lumicohort measure`, the imaging sheet, or Animal Number in Living Image)."
    )


def _minutes(click: Click, text: str | None, file: str, row: int) -> float | None:
    return minutes_after(click.acquired_at, text, file, row)


def minutes_after(taken: datetime, text: str | None, file: str, row: int) -> float | None:
    """Return the minutes from luciferin to an exposure.

    Parameters
    ----------
    taken : datetime
        When the image was taken, local time.
    text : str or None
        When luciferin was given, as typed.
    file, row : str, int
        Where it was typed, for messages.

    Returns
    -------
    float or None
        Minutes; None where no time is given.

    Raises
    ------
    InputError
        Where the text is no time.
    """
    if not text or not text.strip():
        return None
    taken = taken.replace(tzinfo=None)
    given = _moment(text.strip(), taken)
    if given is None:
        raise InputError(
            Problem(
                f"`{text}` is not a time.",
                file or None,
                f"row {row}, column luciferin_time",
                "Write a time of day such as `10:42`, or a date and time such as "
                "`2024-05-03 10:42`.",
            )
        )
    return (taken - given).total_seconds() / 60


def _moment(text: str, taken: datetime) -> datetime | None:
    match = _TIME_OF_DAY.match(text)
    if match is None:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return None
    hour, minute, second, half = match.groups()
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    if hours > 23 or int(minute) > 59 or int(second or 0) > 59:
        return None
    given = taken.replace(hour=hours, minute=int(minute), second=int(second or 0), microsecond=0)
    # luciferin before midnight, image after it
    return given - timedelta(days=1) if given - taken > timedelta(hours=12) else given
