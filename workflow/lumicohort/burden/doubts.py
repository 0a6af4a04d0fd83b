"""Flux that is hard to believe, told: beside an endpoint, in the report, and of a sheet's rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lumicohort.burden.implausible import Doubt, doubted
from lumicohort.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.cohort.cohort import Cohort
    from lumicohort.study.config import StudyConfig

_SHOWN = 10
"""So many are told one by one."""


def endpoint_doubts(found: Iterable[Doubt], arms: Sequence[str], day: float | None) -> list[str]:
    """Warn of values of an endpoint comparison that are hard to believe.

    Parameters
    ----------
    found : iterable of Doubt
        Those of the model and region.
    arms : sequence of str
        The arms compared.
    day : float or None
        The endpoint day.

    Returns
    -------
    list of str
        A warning each.
    """
    return [
        f"warning: hard to believe and not left out: {one.flux_p_s:.2g} p/s of {one.animal_id}, "
        f"{one.words} (check value, unit and animal)"
        for one in found
        if one.arm in arms and one.on_day == day
    ]


def told_doubts(config: StudyConfig, values: pd.DataFrame) -> list[str]:
    """Return what a reader should know of values that are hard to believe.

    Parameters
    ----------
    config : StudyConfig
        The study.
    values : pandas.DataFrame
        The values that were analysed, of one region.

    Returns
    -------
    list of str
        A sentence or two each, the first ones where there are many.
    """
    found = doubted(values)
    lines = [
        f"Hard to believe: `{one.animal_id}` ({config.model_label(one.model)}) on day {one.day:g}, "
        f"{one.flux_p_s:.2g} p/s: {one.words}. Check value, unit and animal. Nothing was left out: "
        "what is wrong is corrected, or listed in the sheet of exclusions (data.exclusions)."
        for one in found[:_SHOWN]
    ]
    rest = len(found) - _SHOWN
    return [*lines, f"{rest} more values are hard to believe."] if rest > 0 else lines


def sheet_doubts(config: StudyConfig, cohort: Cohort) -> list[Problem]:
    """Return notes on rows of the sheet of flux that are hard to believe.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        Its sheets.

    Returns
    -------
    list of Problem
        Notes, each with its row.
    """
    import pandas as pd

    from lumicohort.study.choose import scheduled_days

    animals = {a.animal_id: a for a in cohort.animals if a.animal_id not in cohort.excluded}
    records = [r for r in cohort.flux if r.animal_id in animals and r.total_flux_p_s is not None]
    rows = [
        {
            "animal_id": r.animal_id,
            "model": animals[r.animal_id].model,
            "arm": animals[r.animal_id].arm,
            "region": r.region or "",
            "day": (r.date - animals[r.animal_id].inoculation_date).days,
            "value_p_s": max(r.total_flux_p_s or math.nan, r.lod_p_s or 0.0),
        }
        for r in records
    ]
    if not rows:
        return []
    table = pd.DataFrame(rows)
    by_day = {
        (r.animal_id, row["region"], row["day"]): r for r, row in zip(records, rows, strict=True)
    }
    notes = []
    for region, of_region in table.groupby("region", sort=False):
        days = scheduled_days(config, [rows[i] for i in of_region.index])
        on_day = pd.Series(days, of_region.index, dtype=float).fillna(of_region["day"])
        for one in doubted(of_region.assign(on_day=on_day)):
            record = by_day[one.animal_id, str(region), int(one.day)]
            notes.append(
                Problem(
                    f"{record.total_flux_p_s:g} p/s of `{one.animal_id}` on day {one.day:g} is "
                    f"hard to believe: {one.words}.",
                    record.file,
                    f"row {int(record.row)}, column total_flux_p_s",
                    "Check value, unit and animal. Nothing is left out of itself.",
                )
            )
    return notes
