"""Which click counts, and for which scheduled day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lumicohort.study.config import StudyConfig

Row = dict[str, Any]


def choose_clicks(config: StudyConfig, flux: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Keep one click per animal and day, by the rule `imaging.choose`.

    Under `peak` and `longest_unsaturated`, a saturated click of an animal counts only where all
    are saturated (its flux is a lower bound): then the one of highest flux, or of the shortest
    exposure.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : sequence of dict
        Measured regions, those of an animal in order of time.

    Returns
    -------
    kept, left_out : list of dict
        The regions that count, in their order; and a row of `exclusions.csv` for every click of
        an animal that does not.
    """
    rule = config.imaging.choose
    days: dict[tuple[str, str], dict[tuple[str, str], list[Row]]] = {}
    for row in flux:
        clicks = days.setdefault((row["animal_id"], row["date"]), {})
        clicks.setdefault((row["batch"], row["click"]), []).append(row)
    kept: list[Row] = []
    left_out = []
    for (animal_id, day), clicks in days.items():
        best = _best(rule, list(clicks.values()))
        kept += best
        for (batch, click), rows in clicks.items():
            if rows is best:
                continue
            left_out.append(
                {
                    "what": "image",
                    "id": animal_id,
                    "file": str(config.imaging_folder / batch / click),
                    "row": "",
                    "reason": f"another click of `{animal_id}` on {day} counts: "
                    f"`{best[0]['click']}` (imaging.choose: {rule}).",
                    "rule": f"choose_{rule}",
                }
            )
    return kept, left_out


def _best(rule: str, clicks: Sequence[list[Row]]) -> list[Row]:
    """Return the click that counts, of an animal's clicks of one day in order of time."""
    if rule in {"first", "last"}:
        return clicks[0 if rule == "first" else -1]
    clear = [rows for rows in clicks if not any(row["n_saturated"] > 0 for row in rows)]
    if rule == "peak":
        return max(clear or clicks, key=_peak)
    if clear:
        return max(clear, key=lambda rows: float(rows[0]["exposure_s"]))
    return min(clicks, key=lambda rows: float(rows[0]["exposure_s"]))


def _peak(rows: Sequence[Row]) -> float:
    """Return a click's whole-body flux of one animal, or its largest region's where none is."""
    body = [row["total_flux_p_s"] for row in rows if row["region"] == "whole_body"]
    fluxes = body or [row["total_flux_p_s"] for row in rows]
    return max((float(f) for f in fluxes if f == f), default=float("-inf"))


def scheduled_days(config: StudyConfig, flux: Sequence[Row]) -> list[int | None]:
    """Return the scheduled imaging day that each image counts for.

    Where two images of an animal lie within the tolerance of one scheduled day, the nearer
    counts, and of two equally near ones the earlier.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : sequence of dict
        Regions with animal_id and day (days since inoculation).

    Returns
    -------
    list of int or None
        Days since inoculation; None where the image counts for no scheduled day.
    """
    first, every = config.schedule.imaging_first_day, config.schedule.imaging_every_days
    within = config.schedule.imaging_tolerance_days
    wanted: dict[tuple[str, int], int] = {}
    nearest: dict[tuple[str, int], tuple[int, int]] = {}
    for row in flux:
        animal_id, day = row["animal_id"], row["day"]
        below = first + (day - first) // every * every
        near = min((below, below + every), key=lambda scheduled: abs(day - scheduled))
        near = max(near, first)
        if abs(day - near) <= within:
            wanted[animal_id, day] = near
            rank = (abs(day - near), day)
            nearest[animal_id, near] = min(nearest.get((animal_id, near), rank), rank)
    days = []
    for row in flux:
        near_day = wanted.get((row["animal_id"], row["day"]))
        counts = near_day is not None and nearest[row["animal_id"], near_day][1] == row["day"]
        days.append(near_day if counts else None)
    return days
