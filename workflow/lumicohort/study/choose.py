"""Which click counts, and for which scheduled day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.study.config import StudyConfig
from lumicohort.study.views import SUMMED, add_views, select_view

Row = dict[str, Any]

ONE_VIEW_ONLY = "imaged in one view only ({}), and imaging.views is `sum`"
"""Why a day of one view stands in `flux.csv` and is not included."""


def choose_clicks(config: StudyConfig, flux: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Keep one click per animal and day, by the rule `imaging.choose`.

    A click without a value in the analysed region, or with one that a reviewer or a sheet left
    out, counts only where no other has one. Under `peak` and `longest_unsaturated`, a saturated
    click of an animal counts only where all are saturated (its flux is a lower bound): then the
    one of highest flux, or of the shortest exposure. Of two that are equal by the rule, the
    earlier counts.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : sequence of dict
        Measured regions, those of an animal in order of time; all that there are of a day.

    Returns
    -------
    kept, left_out : list of dict
        The regions that count, in their order, with `chosen_by` (the rule) and `n_other_clicks`
        (how many clicks of the animal and day do not count); and a row of `exclusions.csv` for
        every click of an animal that does not.

    Raises
    ------
    InputError
        Where the rule needs what is not known of a click: minutes after luciferin for `nearest`,
        exposure and saturation for `longest_unsaturated`.
    """
    rule = config.imaging.choose
    of_view, other_views = select_view(config, flux)
    days = _by_click(of_view)
    kept: list[Row] = []
    left_out = _of_other_views(config, other_views)
    problems: list[Problem] = []
    for (animal_id, day), clicks in days.items():
        chosen: dict[str, list[Row]] = {}
        for view, same_view in _by_view(config, clicks).items():
            try:
                chosen[view] = _best(config, same_view, f"`{animal_id}` on {day}")
            except InputError as error:
                problems += error.problems
        if not chosen:
            continue
        best = next(iter(chosen.values()))
        others = len(clicks) - len(chosen)
        rows = _summed(chosen) if config.imaging.views == "sum" else best
        for row in rows:
            row |= {"chosen_by": _rule(config), "n_other_clicks": others}
        kept += rows
        counts = {id(rows) for rows in chosen.values()}
        for (batch, click), rows in clicks.items():
            if id(rows) in counts:
                continue
            instead = chosen.get(rows[0]["view"], best)[0]["click"]
            left_out.append(
                {
                    "what": "image",
                    "id": animal_id,
                    "file": str(config.imaging_folder / batch / click),
                    "row": "",
                    "reason": f"another click of `{animal_id}` on {day} counts: "
                    f"`{instead}` (imaging.choose: {rule}).",
                    "rule": f"choose_{rule}",
                }
            )
    if problems:
        raise InputError(problems)
    return kept, left_out


def _rule(config: StudyConfig) -> str:
    """Return the rule in words that stand in `flux.csv`."""
    rule: str = config.imaging.choose
    if rule == "nearest":
        rule = f"nearest to {config.imaging.choose_minutes:g} min"
    elif rule == "peak":
        rule = f"peak of {config.analysis.burden.region}"
    return rule


def _by_click(flux: Sequence[Row]) -> dict[tuple[str, str], dict[tuple[str, str], list[Row]]]:
    """Return the rows by animal and day, then by click in the order of time."""
    days: dict[tuple[str, str], dict[tuple[str, str], list[Row]]] = {}
    for row in flux:
        clicks = days.setdefault((row["animal_id"], row["date"]), {})
        clicks.setdefault((row["batch"], row["click"]), []).append(row)
    return days


def _by_view(
    config: StudyConfig, clicks: dict[tuple[str, str], list[Row]]
) -> dict[str, list[list[Row]]]:
    """Return an animal's clicks of one day by view; all together unless views are added up."""
    views: dict[str, list[list[Row]]] = {}
    for rows in clicks.values():
        key = rows[0]["view"] if config.imaging.views == "sum" else ""
        views.setdefault(key, []).append(rows)
    return views


def _summed(chosen: dict[str, list[Row]]) -> list[Row]:
    """Return the sums of both views; one view alone is kept and not included."""
    if not set(SUMMED) <= set(chosen):
        only = ", ".join(view or "no label View" for view in chosen)
        first = next(iter(chosen.values()))
        reason = ONE_VIEW_ONLY.format(only)
        return [{**row, "included": False, "reason": row["reason"] or reason} for row in first]
    dorsal, ventral = ({row["region"]: row for row in chosen[view]} for view in SUMMED)
    return add_views(
        [(row, ventral[region]) for region, row in dorsal.items() if region in ventral]
    )


def _of_other_views(config: StudyConfig, rows: Sequence[Row]) -> list[Row]:
    """Return what is listed of clicks of another view than the one that counts."""
    return [
        {
            "what": "image",
            "id": animal_id,
            "file": str(config.imaging_folder / batch / click),
            "row": "",
            "reason": f"its view is {found[0]['view'] or 'not labelled'}, and only "
            f"{config.imaging.view} counts (imaging.view).",
            "rule": "view",
        }
        for (animal_id, _), clicks in _by_click(rows).items()
        for (batch, click), found in clicks.items()
    ]


def _best(config: StudyConfig, clicks: Sequence[list[Row]], whose: str) -> list[Row]:
    """Return the click that counts, of an animal's clicks of one day in order of time."""
    rule, region = config.imaging.choose, config.analysis.burden.region
    clicks = [rows for rows in clicks if not math.isnan(_flux(rows, region))] or clicks
    if len(clicks) == 1:
        return clicks[0]
    if rule in {"first", "last"}:
        return clicks[0 if rule == "first" else -1]
    if rule == "nearest":
        return _nearest(config, clicks, whose)
    clear = [rows for rows in clicks if not any(row["n_saturated"] > 0 for row in rows)]
    if rule == "peak":
        return _highest(clear or clicks, region)
    _require(
        clicks,
        lambda row: (
            math.isnan(_number(row["exposure_s"])) or math.isnan(_number(row["n_saturated"]))
        ),
        f"the exposures and saturation of all clicks of {whose} are not known",
        "An exported table has neither: set config key imaging.choose to another rule.",
    )
    if clear:
        return max(clear, key=lambda rows: float(rows[0]["exposure_s"]))
    return min(clicks, key=lambda rows: float(rows[0]["exposure_s"]))


def _nearest(config: StudyConfig, clicks: Sequence[list[Row]], whose: str) -> list[Row]:
    """Return the click taken nearest to the minutes after luciferin that the config names."""
    _require(
        clicks,
        lambda row: math.isnan(_number(row.get("luciferin_minutes"))),
        f"when luciferin was given is not known for every click of {whose}",
        "imaging.choose is `nearest`: fill in `luciferin_time` in the imaging sheet (or Luc "
        "Injection Time in Living Image), or choose by another rule.",
    )
    minutes = config.imaging.choose_minutes
    return min(clicks, key=lambda rows: abs(_number(rows[0]["luciferin_minutes"]) - minutes))


def _require(clicks: Sequence[list[Row]], lacks: Any, message: str, hint: str) -> None:
    """Refuse clicks that lack what a rule needs."""
    without = [rows[0]["click"] for rows in clicks if lacks(rows[0])]
    if without:
        shown = ", ".join(f"`{click}`" for click in without)
        raise InputError(Problem(f"{message}: {shown}.", hint=hint))


def _number(value: object) -> float:
    return math.nan if value is None or value == "" else float(str(value))


def _flux(rows: Sequence[Row], region: str) -> float:
    """Return a click's flux in a region; NaN where it has none, or somebody left it out.

    A saturated flux is left out by rule, not by hand, and each rule of choice deals with it.
    """
    found = [
        _light(row)
        for row in rows
        if row["region"] == region
        and (row["included"] or str(row["reason"]).startswith("saturated"))
    ]
    return found[0] if found else math.nan


def _light(row: Row) -> float:
    """Return a row's total flux; where an exported table has only the net one, that."""
    total = float(row["total_flux_p_s"])
    return _number(row["net_flux_p_s"]) if math.isnan(total) else total


_BEYOND_NOISE = 3.0  # standard errors by which a noisier click must exceed a quieter one
_QUIETER = 0.5  # of its standard error: clicks of one exposure time are alike, whatever their flux


def _highest(clicks: Sequence[list[Row]], region: str) -> list[Row]:
    """Return the click of highest flux, of several exposures one that noise did not make highest.

    A short exposure scatters by many times what a long one does, so that of a faint animal it
    would be the highest half of the time. It counts only where it exceeds each quieter click by
    more than noise does.
    """
    ranked = sorted(clicks, key=lambda rows: -_peak(rows, region))
    best = ranked[0]
    for rows in ranked[1:]:
        se, other_se = _peak_se(best, region), _peak_se(rows, region)
        above = _peak(best, region) - _peak(rows, region)
        if other_se < _QUIETER * se and above < _BEYOND_NOISE * math.hypot(se, other_se):
            best = rows
    return best


def _peak_se(rows: Sequence[Row], region: str) -> float:
    """Return the standard error of a click's flux; NaN where it is not known."""
    flux = _peak(rows, region)
    of_region = [row for row in rows if row["region"] in (region, "whole_body")] or rows
    return next(
        (_number(row["total_flux_se_p_s"]) for row in of_region if _light(row) == flux), math.nan
    )


def _peak(rows: Sequence[Row], region: str) -> float:
    """Return a click's flux in the analysed region, else whole-body flux, else the largest."""
    for name in (region, "whole_body"):
        flux = _flux(rows, name)
        if not math.isnan(flux):
            return flux
    fluxes = [_light(row) for row in rows]
    return max((f for f in fluxes if not math.isnan(f)), default=-math.inf)


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
