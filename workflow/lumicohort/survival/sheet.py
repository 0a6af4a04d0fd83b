"""Reading one sheet of survival times, without a study around it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumicohort.cohort.grid import Broken
from lumicohort.cohort.headers import best_header, heading_text, normal
from lumicohort.cohort.sheets import read_grid
from lumicohort.cohort.summaries import SUMMARIES
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.plain import but_for_zeros
from lumicohort.survival.columns import text_of
from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.entry import delayed_entry
from lumicohort.survival.event_codes import recoded

ID_HEADINGS = ("animal_id", "animal", "mouse_id", "mouse", "id")
"""Headings that are taken for the animals' identifiers where none is named."""

_OTHER_UNIT = re.compile(r"(?<![a-z])(weeks?|months?|years?|hours?)(?![a-z])", re.IGNORECASE)
_COUNTS = ("count", "counts", "freq", "frequency", "n", "number", "animals")
"""Headings of columns that may say how many animals a row stands for."""
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True, eq=False)
class SurvivalSheet:
    """What a sheet holds.

    Attributes
    ----------
    data : SurvivalData
        The animals, the reference arm first; competing deaths are coded as censored.
    competing : ndarray of bool, shape (n,)
        Which animals died a competing death.
    covariates : Adjustment or None
        Covariates and clusters, where any were asked for.
    doubts : tuple of str
        What headings say that the analysis does not heed, in words.
    """

    data: SurvivalData
    competing: NDArray[np.bool_]
    covariates: Adjustment | None
    doubts: tuple[str, ...] = ()


def read_sheet(
    path: Path,
    *,
    time: str,
    event: str | None = None,
    group: str | None = None,
    arms: Sequence[str] = (),
    order: Sequence[str] = (),
    stratum: str | None = None,
    entry: str | None = None,
    id: str | None = None,
    reference: str | None = None,
    sheet: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    competing: str | None = None,
    event_codes: Sequence[str] = (),
    censored_codes: Sequence[str] = (),
) -> SurvivalSheet:
    """Read and check a sheet with one row per animal, or (as in Prism) one column per arm.

    Parameters
    ----------
    path : Path
        CSV or TSV (comma, semicolon, tab or bar; decimal comma where the delimiter is not one),
        .xlsx, .xls or .ods.
    time, event, group, stratum, id : str
        Headings of the columns. Without `id`, the first of :data:`ID_HEADINGS` that is there and
        filled tells animals apart, within an arm; else the row numbers do.
    arms : sequence of str, optional
        Headings of columns that each hold an arm's events, instead of `event` and `group`: every
        filled cell is an animal of that arm. The first is the reference where none is given.
    order : sequence of str, optional
        With `group`: all arms in their order, the first again the reference where none is given;
        the order in which the sheet first names them where none is given.
    entry : str, optional
        Heading of the column that says when each animal came under observation (late entry).
    reference : str, optional
        The arm that the others are compared with; the first in the file where none is given.
    sheet : str, optional
        Name of the worksheet.
    covariates : sequence of str
        Headings of covariates for adjusted Cox models.
    cluster : str, optional
        Heading of the column within which animals may be alike (cage).
    competing : str, optional
        Code in the event column for a death of another cause.
    event_codes, censored_codes : sequence of str
        What stands in the event column for an event, and for leaving without; 1 or true, and 0 or
        false, where none is given.

    Returns
    -------
    SurvivalSheet
        The animals.

    Raises
    ------
    InputError
        Naming every missing column and every cell that cannot be analysed, and a column that
        gives times of entry and was not named as `entry`.
    """
    path = Path(path)
    wanted = {"time": time, "event": event, "group": group, "stratum": stratum, "id": id}
    wanted |= {"entry": entry, "cluster": cluster, **{f"covariate {c}": c for c in covariates}}
    wanted |= {f"arm {arm}": arm for arm in arms}
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
    if arms:
        body = _stacked(body, {arm: places.pop(f"arm {arm}") for arm in arms}, path)
        names |= {"event": ", ".join(arms), "group": "arm"}
        places |= {"event": len(headings), "group": len(headings) + 1}
    body, summaries = _without_summaries(body, places, path)
    reference = reference or next(iter(arms or order), None)
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
    problems += delayed_entry(
        {
            heading: [row[i] for _, row in body]
            for i, heading in enumerate(headings)
            if i not in places.values()
        },
        path,
    )
    times, entries = (
        _times([(n, row[places[role]]) for n, row in body], path, names[role], problems)
        if role in places
        else None
        for role in ("time", "entry")
    )
    if problems:
        raise InputError(problems)

    def column(role: str) -> list[object] | None:
        return [row[places[role]] for _, row in body] if role in places else None

    codes = column("event") or []
    died_otherwise = [
        competing is not None and text_of(c).casefold() == competing.strip().casefold()
        for c in codes
    ]
    if competing is not None and not any(died_otherwise):
        raise InputError(
            Problem(f"no cell is `{competing}` (--competing).", path, f"column {names['event']}")
        )
    rows = [number for number, _ in body]
    data = adjustment = None
    other = np.array(died_otherwise, dtype=bool)
    left = np.flatnonzero(~other).tolist()
    known, more = recoded(
        [codes[i] for i in left],
        event_codes,
        censored_codes,
        names["event"],
        path,
        [rows[i] for i in left],
    )
    problems = [*summaries, *more]
    codes = [0] * len(codes)
    for i, code in zip(left, known, strict=True):
        codes[i] = code
    try:
        data = SurvivalData.from_arrays(
            times or [],
            codes,
            column("group"),
            stratum=column("stratum"),
            entry=entries,
            ids=column("id"),
            arms=order or None,
            reference=reference,
            file=path,
            rows=rows,
            names=names,
            ids_unique_within_arm=not chosen_id,
        )
    except InputError as error:
        problems += error.problems
    if covariates or cluster:
        try:
            adjustment = Adjustment.from_columns(
                {c: _decimals(column(f"covariate {c}") or []) for c in covariates},
                cluster or "",
                column("cluster") or (),
                file=path,
                rows=rows,
            )
        except InputError as error:
            problems += error.problems
    if problems or data is None:
        raise InputError(problems)
    unused = {
        heading: [row[i] for _, row in body]
        for i, heading in enumerate(headings)
        if i not in places.values()
    }
    doubts = [
        f"the animals `{data.ids[place]}` (row {rows[place]}) and `{data.ids[first]}` (row "
        f"{rows[first]}) differ in leading zeros or capitals only: they count as two"
        for place, first in but_for_zeros(
            data.ids or (), None if chosen_id else data.group.tolist()
        )
    ]
    doubts += _unheeded(names["time"], unused)
    return SurvivalSheet(data, other, adjustment, tuple(doubts))


def _without_summaries(
    body: Sequence[tuple[int, list[object]]], places: Mapping[str, int], path: Path
) -> tuple[list[tuple[int, list[object]]], list[Problem]]:
    """Return the rows of animals, and a problem for each that sums them up."""
    kept, problems = [], []
    for number, row in body:
        first = text_of(next(cell for cell in row if cell is not None))
        needed = [row[places[role]] for role in ("time", "event", "group") if role in places]
        words = first.casefold().strip(" :.=").split()
        # `Mean`, and `vehicle mean` in the arm's column
        sums_up = " ".join(words) in SUMMARIES or (len(words) > 1 and words[-1] in SUMMARIES)
        if sums_up and any(cell is None for cell in needed):
            message = f"`{first}`: the row sums up others and is no animal."
            problems.append(Problem(message, path, f"row {number}", "Leave it out."))
        else:
            kept.append((number, row))
    return kept, list(dict.fromkeys(problems))  # a row of Prism's is there for each arm


def _unheeded(time: str, unused: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    """Return what headings say of the unit of time and of rows of several animals."""
    doubts = []
    if unit := _OTHER_UNIT.search(time):
        doubts.append(
            f"the heading `{time}` speaks of {unit[0].casefold()}: all times are taken and printed "
            "as days"
        )
    for heading, cells in unused.items():
        texts = [text_of(cell).removesuffix(".0") for cell in cells]
        whole = bool(texts) and all(re.fullmatch("[1-9][0-9]*", text) for text in texts)
        if normal(heading) in _COUNTS and whole and set(texts) != {"1"}:
            doubts.append(
                f"the column `{heading}` may say how many animals a row stands for: here every row "
                "is one animal; write a row for each"
            )
    return tuple(doubts)


def _stacked(
    body: Sequence[tuple[int, list[object]]], arms: Mapping[str, int], path: Path
) -> list[tuple[int, list[object]]]:
    """Return a row per animal of a sheet with a column per arm: its event and arm come last."""
    found = [
        (number, [*row, row[index], arm])
        for arm, index in arms.items()
        for number, row in body
        if row[index] is not None
    ]
    problems = [
        Problem(
            "no arm's column has an event (1) or a censoring (0) in this row.",
            path,
            f"row {number}",
            "Fill one in, or delete the row.",
        )
        for number, row in body
        if all(row[index] is None for index in arms.values())
    ]
    problems += [
        Problem("no cell of the column is filled.", path, f"column {arm}", "Leave out its --arm.")
        for arm in arms
        if all(row[-1] != arm for _, row in found)
    ]
    if problems:
        raise InputError(problems)
    return found


def _decimals(cells: Sequence[object]) -> list[object]:
    """Return cells with decimal commas as points."""
    return [
        c.strip().replace(",", ".") if isinstance(c, str) and _COMMA.fullmatch(c.strip()) else c
        for c in cells
    ]


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
                    f"there is no column `{name}` (--{role.split()[0]})"
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
        # A cage may be stratum, cluster or covariate at once; the other columns have one role.
        same = [r for r, i in places.items() if i == index]
        if not {"time", "event", "group", "entry", "id"} & set(same):
            continue
        if same[0] == role and len(same) > 1:
            options = " and ".join(f"--{r.split()[0]}" for r in same)
            problems.append(Problem(f"{options} name the same column `{headings[index]}`.", path))
    if problems:
        raise InputError(problems)
    return places


def _times(
    cells: Sequence[tuple[int, object]], path: Path, name: str, problems: list[Problem]
) -> list[object]:
    """Return time cells with decimal commas as points.

    A cell such as `1,250` is refused unless another (`12,5`, `0,125`) shows what commas mean.
    """
    commas = [c.strip() for _, c in cells if isinstance(c, str) and _COMMA.fullmatch(c.strip())]
    if not any(not _THOUSANDS.fullmatch(c) for c in commas):
        problems += [
            Problem(
                f"`{cell}` can be read as a decimal or as thousands.",
                path,
                f"row {number}, column {name}",
                "Write the time with a point and without separators.",
            )
            for number, cell in cells
            if isinstance(cell, str) and _THOUSANDS.fullmatch(cell.strip())
        ]
    return _decimals([cell for _, cell in cells])
