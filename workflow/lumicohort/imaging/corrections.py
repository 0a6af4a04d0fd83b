"""Reading `roi_review.csv`, a reviewer's corrections of regions.

Light: the workflow reads it while it plans, so that each batch's job is given its own rows only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.imaging.geometry import HOW_WRITTEN, parse_polygon, wrong_with

if TYPE_CHECKING:
    from lumicohort.regions.review import Correction
    from lumicohort.study.config import StudyConfig

REQUIRED = (
    "click",
    "animal_id",
    "region",
    "action",
    "geometry",
    "reason",
    "reviewer",
    "time",
    "sha256",
)
"""Columns of `roi_review.csv`; `new_animal_id` (for `reassign`) and `batch` may stand besides."""

OPTIONAL = ("new_animal_id", "batch")

_WHERE_SHA256 = (
    "A click's stands in results/<study>/imaging/<session>/clicks.csv, column luminescent_sha256."
)
_ACTIONS = ("accept", "reject", "replace", "reassign")
_ALL = ("", "*", "all")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_review(path: Path) -> list[tuple[str, Correction]]:
    """Read a reviewer's corrections.

    Parameters
    ----------
    path : Path
        The file: delimited text with the columns of :data:`REQUIRED`.

    Returns
    -------
    list of (str, Correction)
        The batch that each row names (blank where it names none), and the correction.

    Raises
    ------
    InputError
        Naming every column that is missing, every cell that is wrong, and every two rows that
        contradict each other.
    """
    from lumicohort.cohort.delimited import read_delimited
    from lumicohort.cohort.grid import Broken

    path = Path(path)
    try:
        grid = read_delimited(path, _headings_in)
    except OSError as error:
        raise InputError(Problem(f"the file cannot be read: {error.strerror}.", path)) from None
    table = [
        ["" if v is None or isinstance(v, Broken) else str(v) for v in row] for row in grid.rows
    ]
    start = next((i for i, row in enumerate(table) if any(row)), None)
    if start is None:
        raise InputError(
            Problem("the file is empty.", path, hint=f"Its columns are {', '.join(REQUIRED)}.")
        )
    header = [_plain(cell) for cell in table[start]]
    _check_header(header, path, start + 1)
    problems: list[Problem] = []
    found: list[tuple[str, Correction]] = []
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        if not any(cells):
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            problems.append(
                Problem(
                    f"the row has {len(cells)} cells, and the header has {len(header)}.",
                    path,
                    f"row {number}",
                    "Put a polygon that holds the delimiter in quotation marks.",
                )
            )
            continue
        cells = cells + [""] * (len(header) - len(cells))
        values = dict(zip(header, cells, strict=False))
        row = _Row(values, path, number)
        correction = row.correction()
        problems += row.problems
        if correction is not None:
            found.append((values.get("batch", ""), correction))
    problems += _contradictions([c for _, c in found])
    if problems:
        raise InputError(problems)
    return _once(found)


def _headings_in(rows: Sequence[Sequence[object]]) -> int:
    """Return how many of our headings the first filled row holds."""
    for row in rows:
        if any(value is not None for value in row):
            return len({_plain(str(value)) for value in row} & {*REQUIRED, *OPTIONAL})
    return 0


def _plain(heading: str) -> str:
    return re.sub(r"[\s_\-]+", "_", heading.strip().casefold())


def _check_header(header: Sequence[str], path: Path, row: int) -> None:
    problems = [
        Problem(
            f"the column `{name}` is missing{did_you_mean(name, [h for h in header if h])}.",
            path,
            f"row {row}",
            f"Its columns are {', '.join(REQUIRED)}."
            + (f" {_WHERE_SHA256}" if name == "sha256" else ""),
        )
        for name in REQUIRED
        if name not in header
    ]
    problems += [
        Problem(f"the heading `{name}` stands twice.", path, f"row {row}")
        for name in (*REQUIRED, *OPTIONAL)
        if header.count(name) > 1
    ]
    if problems:
        raise InputError(problems)


class _Row:
    """One row with what is wrong with it."""

    def __init__(self, values: Mapping[str, str], path: Path, number: int) -> None:
        self.values = {name: value.strip() for name, value in values.items()}
        self.path = path
        self.number = number
        self.problems: list[Problem] = []

    def refuse(self, column: str, message: str, hint: str | None = None) -> None:
        where = f"row {self.number}, column {column}"
        self.problems.append(Problem(message, self.path, where, hint))

    def needed(self, column: str) -> str:
        value = self.values[column]
        if not value:
            hint = _WHERE_SHA256 if column == "sha256" else None
            self.refuse(column, "the cell is blank, and this column needs a value.", hint)
        return value

    def correction(self) -> Correction | None:
        """Return the row's correction, or None where something is wrong with it."""
        from lumicohort.regions.review import Correction

        action = self.needed("action").casefold()
        if action and action not in _ACTIONS:
            hint = f"Allowed are {', '.join(_ACTIONS)}."
            self.refuse("action", f"`{action}` is no action{did_you_mean(action, _ACTIONS)}.", hint)
        region = _plain(self.values["region"])
        region = "" if region in _ALL else region
        geometry = self.geometry(action)
        if action == "replace" and not region:
            self.refuse("region", "a polygon replaces one region, and none is named.")
        new = self.new_animal(action)
        if action != "accept":
            self.needed("reason")
        sha = self.needed("sha256").casefold()
        if sha and not _SHA256.fullmatch(sha):
            self.refuse(
                "sha256",
                f"`{sha[:70]}` is no SHA-256 (64 hexadecimal digits).",
                _WHERE_SHA256,
            )
        correction = Correction(
            click=self.needed("click"),
            animal_id=self.needed("animal_id"),
            region=region,
            action=action,
            geometry=geometry,
            new_animal_id=new,
            reason=self.values["reason"],
            reviewer=self.needed("reviewer"),
            time=self.time(),
            sha256=sha,
            file=str(self.path),
            row=self.number,
        )
        return None if self.problems else correction

    def time(self) -> str:
        text = self.needed("time")
        if not text:
            return ""
        try:
            return datetime.fromisoformat(text).isoformat()
        except ValueError:
            self.refuse("time", f"`{text[:40]}` is no date and time.", "Write 2024-05-03T14:20.")
            return ""

    def new_animal(self, action: str) -> str:
        new = self.values.get("new_animal_id", "")
        if action != "reassign":
            if new:
                self.refuse("new_animal_id", f"`{action}` gives a region to no other animal.")
            return ""
        # a file without the column has the id where other actions have a polygon
        column = "new_animal_id" if "new_animal_id" in self.values else "geometry"
        new = self.values[column]
        if not new or (column == "geometry" and parse_polygon(new) is not None):
            self.refuse(
                column,
                "whose region it is instead is not said.",
                "Write the animal's id into a column `new_animal_id`.",
            )
        elif new == self.values["animal_id"]:
            self.refuse(column, f"`{new}` is the animal that it already belongs to.")
        return new

    def geometry(self, action: str) -> tuple[tuple[float, float], ...]:
        text = self.values["geometry"]
        if action != "replace":
            return ()  # what was looked at may be noted there
        if not text:
            self.refuse("geometry", "the polygon that replaces the region is missing.", HOW_WRITTEN)
            return ()
        points = parse_polygon(text)
        if points is None:
            self.refuse("geometry", f"`{text[:60]}` is no list of points.", HOW_WRITTEN)
            return ()
        wrong = wrong_with(points)
        if wrong:
            self.refuse("geometry", wrong, HOW_WRITTEN)
        return points


def _contradictions(corrections: Sequence[Correction]) -> list[Problem]:
    """Return a problem for every two rows of which only one can hold."""
    of_animal: defaultdict[tuple[str, str], list[Correction]] = defaultdict(list)
    for c in corrections:
        of_animal[c.click.casefold(), c.animal_id].append(c)
    problems = []
    for rows in of_animal.values():
        for k, later in enumerate(rows):
            for first in rows[:k]:
                if _contradict(first, later):
                    problems.append(
                        Problem(
                            f"the row says `{later.action}` of {_what(later)}, and row "
                            f"{first.row} says `{first.action}` of {_what(first)}.",
                            later.file,
                            f"row {later.row}, column action",
                            "Delete the row that no longer holds.",
                        )
                    )
    return problems


def _what(c: Correction) -> str:
    return f"the region {c.region} of `{c.animal_id}`" if c.region else f"all of `{c.animal_id}`"


def _contradict(a: Correction, b: Correction) -> bool:
    if a.region and b.region and a.region != b.region:
        return False
    if a.action == b.action:
        if a.action == "replace":
            return a.geometry != b.geometry
        return a.action == "reassign" and a.new_animal_id != b.new_animal_id
    return {a.action, b.action} in ({"accept", "reject"}, {"reject", "replace"})


def _once(found: Sequence[tuple[str, Correction]]) -> list[tuple[str, Correction]]:
    """Return corrections, those that say the same of the same once."""
    kept: dict[tuple[object, ...], tuple[str, Correction]] = {}
    for batch, c in found:
        key = (batch, c.click.casefold(), c.animal_id, c.region, c.action, c.geometry)
        kept.setdefault((*key, c.new_animal_id, c.sha256), (batch, c))
    return list(kept.values())


def corrections_by_click(
    found: Sequence[tuple[str, Correction]], clicks: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], list[Correction]]:
    """Sort corrections by the click that each names.

    Parameters
    ----------
    found : sequence of (str, Correction)
        Rows of `roi_review.csv`, with the batch that each names.
    clicks : mapping
        Batch and click to the click's folder name, of all clicks that there are.

    Returns
    -------
    dict
        Batch and click to its corrections.

    Raises
    ------
    InputError
        Naming every row whose click is not there, or lies in several batches.
    """
    places: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, name in clicks.items():
        places[name.casefold()].append(key)
    problems = []
    out: defaultdict[tuple[str, str], list[Correction]] = defaultdict(list)
    for batch, c in found:
        fitting = [k for k in places[c.click.casefold()] if batch in ("", k[0])]
        where = f"row {c.row}, column click"
        if len(fitting) == 1:
            out[fitting[0]].append(c)
        elif fitting:
            listed = " and ".join(f"`{k[0]}`" for k in fitting)
            problems.append(
                Problem(
                    f"there is a click `{c.click}` in the batches {listed}.",
                    c.file,
                    where,
                    "Say which in a column `batch`.",
                )
            )
        else:
            inside = f" in batch `{batch}`" if batch else ""
            near = did_you_mean(c.click, clicks.values())
            problems.append(
                Problem(
                    f"there is no click `{c.click}`{inside}{near}.",
                    c.file,
                    where,
                    "Correct the name, or delete the row.",
                )
            )
    if problems:
        raise InputError(problems)
    return dict(out)


def batch_corrections(config: StudyConfig) -> dict[str, list[Correction]]:
    """Return the reviewer's corrections of a study by batch.

    Parameters
    ----------
    config : StudyConfig
        The study; without its file of corrections there are none.

    Returns
    -------
    dict
        Batch to its corrections, in the order of the file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    from lumicohort.cohort.batches import list_batches, list_clicks

    path = config.data_folder / config.data.roi_review
    if not path.is_file():
        return {}
    found = read_review(path)
    clicks = {
        (batch, click.name): click.name
        for batch in list_batches(config)
        for click in list_clicks(config, batch)
    }
    out: defaultdict[str, list[Correction]] = defaultdict(list)
    for (batch, _), rows in corrections_by_click(found, clicks).items():
        out[batch] += rows
    return {batch: sorted(rows, key=lambda c: c.row) for batch, rows in out.items()}
