"""The animals of a sheet that can be allocated, or every reason why they cannot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumicohort.cohort.headers import Column
from lumicohort.cohort.records import Records, read_records
from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.planning.allocation import Candidate
from lumicohort.study.config import StudyConfig

FLUX = "total_flux_p_s"
LOG_FLUX = "log10 total_flux_p_s"
"""Name of the factor: burden is compared on the logarithm, as everywhere."""

COLUMNS: Mapping[str, Column] = {
    "animal_id": Column("id", required=True),
    "model": Column("text"),
    "arm": Column("text"),
    "sex": Column("text"),
    "cage": Column("text"),
    "end_date": Column("date"),
    "end_reason": Column("text"),
    "weight_g": Column("number", above=0),
    FLUX: Column("number", above=0),
}
"""Columns that an allocation reads; the arm must be blank."""

MEASURES = (FLUX, "weight_g")
"""Numbers that arms are made alike in, the most important first."""

CLASSES = ("sex", "cage")
"""Classes that arms are made alike in."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The animals to allocate.

    Parameters
    ----------
    candidates : list of Candidate
        The animals, in the order of the sheet.
    left_out : dict of str to str
        animal_id to why it is not allocated.
    files : list of Path
        What was read.
    factors : list of str
        The factors, by the names that the sheet has.
    """

    candidates: list[Candidate]
    left_out: dict[str, str]
    files: list[Path]
    factors: list[str] = field(default_factory=list)


def read_pool(
    config: StudyConfig, factors: Sequence[str] | None, flux: Mapping[str, float] | None
) -> Pool:
    """Read the animals of a study's cohort sheet that are to be allocated.

    Parameters
    ----------
    config : StudyConfig
        The study; only its cohort sheet, arms, models and exclusions are used.
    factors : sequence of str, optional
        Columns in which arms are made alike; those of flux, weight, sex and cage that the sheet
        has where None.
    flux : mapping, optional
        animal_id to total flux in p/s, measured elsewhere.

    Returns
    -------
    Pool
        The animals.

    Raises
    ------
    InputError
        Naming every animal that has an arm already, stands twice, or lacks a factor.
    """
    records: Records[dict[str, Any]] = read_records(
        config,
        config.data.cohort,
        COLUMNS,
        "data.cohort",
        lambda values, extra, file, row: {**extra, **values, "row": row},
        more_columns=True,
    )
    problems = list(records.problems)
    if records.table is None:
        raise InputError(problems)
    rows = records.rows
    problems += _not_to_allocate(config, records, rows)
    left_out = _left_out(config, rows)
    pool = [row for row in rows if row["animal_id"] not in left_out]
    if flux is not None:
        pool = [{**row, FLUX: flux.get(row["animal_id"])} for row in pool]
    names = _factors(records, pool, factors, problems)
    problems += [
        records.problem(
            row["row"],
            name if name in records.table.places else "animal_id",
            f"the animal `{row['animal_id']}` has no {name}.",
            "Fill it in, or leave the factor out with --factor.",
        )
        for row in pool
        for name in names
        if row.get(name) in (None, "")
    ]
    if not pool and not problems:
        problems.append(Problem("there is no animal to allocate.", records.table.file))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    candidates = [
        Candidate(
            row["animal_id"],
            str(row.get("model") or ""),
            {name: str(row[name]) for name in names if not isinstance(row[name], float)},
            {
                LOG_FLUX if name == FLUX else name: math.log10(row[name])
                if name == FLUX
                else float(row[name])
                for name in _measures_first(names)
                if isinstance(row[name], float)
            },
        )
        for row in pool
    ]
    return Pool(candidates, left_out, [records.table.file], names)


def _measures_first(names: Sequence[str]) -> list[str]:
    return [*(n for n in MEASURES if n in names), *(n for n in names if n not in MEASURES)]


def _not_to_allocate(
    config: StudyConfig, records: Records[dict[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> list[Problem]:
    """Return a problem for every animal that cannot be allocated again, or stands twice."""
    from lumicohort.cohort.crosschecks import spelling

    problems = []
    seen: dict[str, int] = {}
    for row in rows:
        name, number = row["animal_id"], row["row"]
        if row.get("arm"):
            problems.append(
                records.problem(
                    number,
                    "arm",
                    f"the animal `{name}` is in arm `{row['arm']}` already.",
                    "Animals are allocated once: clear the column only if nothing was given yet.",
                )
            )
        first = seen.setdefault(spelling(name), number)
        if first is not number:
            text = f"the animal `{name}` stands in row {first} already."
            problems.append(records.problem(number, "animal_id", text))
        model = row.get("model")
        if model and config.study != NO_STUDY and model not in config.models:
            text = (
                f"`{model}` is not among the config's models{did_you_mean(model, config.models)}."
            )
            problems.append(records.problem(number, "model", text))
    return problems


NO_STUDY = "no-study"
"""Name of the config that stands for a bare sheet."""


def _left_out(config: StudyConfig, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return why animals are not allocated: excluded by the config, or dead."""
    found = {}
    for row in rows:
        name = row["animal_id"]
        if name in config.exclusions.animals:
            found[name] = f"excluded by the config: {config.exclusions.animals[name]}"
        elif row.get("end_date") or row.get("end_reason"):
            found[name] = "ended before the allocation"
    return found


def _factors(
    records: Records[dict[str, Any]],
    pool: Sequence[Mapping[str, Any]],
    wanted: Sequence[str] | None,
    problems: list[Problem],
) -> list[str]:
    """Return the factors, and add a problem for every one that the sheet does not have."""
    assert records.table is not None
    has = set(records.table.places) | {
        key for row in pool for key, v in row.items() if v is not None
    }
    has -= {"row", "animal_id", "model", "arm", "end_date", "end_reason"}
    if wanted is None:
        filled = {n for n in has if any(row.get(n) not in (None, "") for row in pool)}
        return [name for name in (*MEASURES, *CLASSES) if name in filled]
    problems += [
        Problem(
            f"--factor {name} is not a column of the sheet{did_you_mean(name, has)}.",
            records.table.file,
        )
        for name in wanted
        if name not in has
    ]
    return [name for name in wanted if name in has]


def read_flux(path: Path, region: str, day: float | None) -> dict[str, float]:
    """Read one baseline flux per animal from a table of `lumicohort measure` or a `flux.csv`.

    Parameters
    ----------
    path : Path
        A CSV with animal_id and total_flux_p_s.
    region : str
        Which region counts, where the table has several.
    day : float, optional
        Which day counts, where the table has several.

    Returns
    -------
    dict
        animal_id to total flux in p/s; the largest of several exposures of one day, as
        `imaging.choose: peak` does.

    Raises
    ------
    InputError
        If the table cannot be used as it is.
    """
    import pandas as pd

    from lumicohort.files import read_csv

    if not path.is_file():
        raise InputError(Problem("there is no such file.", path))
    try:
        table = read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(Problem(f"the table cannot be read ({error}).", path)) from None
    missing = [name for name in ("animal_id", FLUX) if name not in table]
    numbers = [name for name in (FLUX, "day") if name in table]
    if missing:
        hint = "Give the table of `lumicohort measure`, or a study's flux.csv."
        raise InputError(Problem(f"there is no column {' nor '.join(missing)}.", path, hint=hint))
    wrong = []
    for name in numbers:
        values = pd.to_numeric(table[name], errors="coerce")
        for i in table.index[table[name].notna() & values.isna()]:
            where = f"row {i + 2}, column {name}"
            wrong.append(Problem(f"`{table[name][i]}` is not a number.", path, where))
        table[name] = values
    if wrong:
        raise InputError(wrong)
    if "region" in table and (table["region"] == region).any():
        table = table[table["region"] == region]
    if "day" in table:
        days = sorted(set(table["day"].dropna()))
        if day is None and len(days) > 1:
            listed = ", ".join(f"{d:g}" for d in days)
            raise InputError(
                Problem(
                    f"the table has several days ({listed}).", path, hint="Say which with --day."
                )
            )
        if day is not None:
            table = table[table["day"] == day]
    table = table[table[FLUX] > 0]
    return {str(name): float(v) for name, v in table.groupby("animal_id")[FLUX].max().items()}
