"""Reading one sheet of survival times, without a study around it."""

from __future__ import annotations

import re
from pathlib import Path

from lumicohort.cohort.grid import Broken
from lumicohort.cohort.headers import best_header, heading_text, normal
from lumicohort.cohort.sheets import read_grid
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.survival.data import SurvivalData

ID_HEADINGS = ("animal_id", "animal", "mouse_id", "mouse", "id")
"""Headings that are taken for the animals' identifiers where none is named."""

_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")


def read_sheet(
    path: Path,
    *,
    time: str,
    event: str,
    group: str,
    stratum: str | None = None,
    id: str | None = None,
    reference: str | None = None,
    sheet: str | None = None,
) -> SurvivalData:
    """Read and check a sheet with one row per animal.

    Parameters
    ----------
    path : Path
        CSV or TSV (comma, semicolon, tab or bar; decimal comma where the delimiter is not one),
        .xlsx, .xls or .ods.
    time, event, group, stratum, id : str
        Headings of the columns. Without `id`, the first of :data:`ID_HEADINGS` that is there and
        filled tells animals apart, within an arm; else the row numbers do.
    reference : str, optional
        The arm that the others are compared with; the first in the file where none is given.
    sheet : str, optional
        Name of the worksheet.

    Returns
    -------
    SurvivalData
        The animals, the reference arm first.

    Raises
    ------
    InputError
        Naming every missing column and every cell that cannot be analysed.
    """
    path = Path(path)
    wanted = {"time": time, "event": event, "group": group, "stratum": stratum, "id": id}
    names = {role: name for role, name in wanted.items() if name is not None}
    grid = read_grid(path, sheet, list(names.values()), None)
    header, _ = best_header(grid.rows, list(names.values()), None)
    headings = [heading_text(v) for v in grid.rows[header]] if grid.rows else []
    places = _places(path, headings, names)
    chosen_id = "id" in places
    body = [
        (number, [*row, *[None] * (len(headings) - len(row))])
        for number, row in enumerate(grid.rows[header + 1 :], start=header + 2)
        if any(value is not None for value in row)
    ]
    long = [
        Problem(
            f"the row has {len(row)} cells, and the header has {len(headings)}.",
            path,
            f"row {number}",
            "Put cells that hold the delimiter (a decimal comma?) in quotation marks.",
        )
        for number, row in body
        if any(value is not None for value in row[len(headings) :])
    ]
    broken = [
        Problem(f"the cell {cell.reason}.", path, f"row {number}, column {names[role]}")
        for number, row in body
        for role, index in places.items()
        if isinstance(cell := row[index], Broken)
    ]
    if long or broken:
        raise InputError([*long, *broken])
    if not chosen_id:
        for name in ID_HEADINGS:
            at = [i for i, h in enumerate(headings) if normal(h) == normal(name)]
            if (
                at
                and at[0] not in places.values()
                and all(row[at[0]] is not None for _, row in body)
            ):
                places["id"], names["id"] = at[0], headings[at[0]]
                break
    problems: list[Problem] = []
    times = [
        _decimal(row[places["time"]], path, f"row {number}, column {time}", problems)
        for number, row in body
    ]
    if problems:
        raise InputError(problems)

    def column(role: str) -> list[object] | None:
        return [row[places[role]] for _, row in body] if role in places else None

    return SurvivalData.from_arrays(
        times,
        column("event") or [],
        column("group"),
        stratum=column("stratum"),
        ids=column("id"),
        reference=reference,
        file=path,
        rows=[number for number, _ in body],
        names=names,
        ids_unique_within_arm=not chosen_id,
    )


def _places(path: Path, headings: list[str], names: dict[str, str]) -> dict[str, int]:
    """Return each column's index, or refuse with all headings that are missing or double."""
    problems, places = [], {}
    shown = ", ".join(f"`{h}`" for h in headings if h) or "none"
    for role, name in names.items():
        exact = [i for i, h in enumerate(headings) if h == name.strip()]
        at = exact or [i for i, h in enumerate(headings) if h and normal(h) == normal(name)]
        if not at:
            problems.append(
                Problem(
                    f"there is no column `{name}` (--{role})"
                    f"{did_you_mean(name, [h for h in headings if h])}.",
                    path,
                    hint=f"Headings found: {shown}.",
                )
            )
        elif len(at) > 1:
            problems.append(Problem(f"the heading `{name}` stands {len(at)} times.", path))
        else:
            places[role] = at[0]
    for role, index in places.items():
        same = [r for r, i in places.items() if i == index]
        if same[0] == role and len(same) > 1:
            options = " and ".join(f"--{r}" for r in same)
            problems.append(Problem(f"{options} name the same column `{headings[index]}`.", path))
    if problems:
        raise InputError(problems)
    return places


def _decimal(value: object, path: Path, where: str, problems: list[Problem]) -> object:
    """Return a time cell with its decimal comma as a point."""
    if not isinstance(value, str) or not _COMMA.fullmatch(value.strip()):
        return value
    if _THOUSANDS.fullmatch(value.strip()):
        problems.append(
            Problem(
                f"`{value}` can be read as a decimal or as thousands.",
                path,
                where,
                "Write the time with a point and without separators.",
            )
        )
    return value.strip().replace(",", ".")
