"""Dorsal and ventral images of one animal: never mixed, added up only where asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.nouns import counted
from lumicohort.study.config import StudyConfig

Row = dict[str, Any]

SUMMED = ("dorsal", "ventral")
"""The two views that add up."""

_WORDS = {
    "d": "dorsal",
    "dorsal": "dorsal",
    "prone": "dorsal",
    "v": "ventral",
    "ventral": "ventral",
    "supine": "ventral",
}
"""What is typed into the label View, to the side of the animal that the camera sees: an animal
that lies prone shows its back."""


def view_name(label: object) -> str:
    """Return a view's name: `dorsal` for `Dorsal`, `D` and `prone`; others in lower case."""
    text = "" if label is None or label != label else " ".join(str(label).split()).casefold()
    return _WORDS.get(text, text)


class Views:
    """Which views a study has: one, or those that the config asks for.

    Parameters
    ----------
    config : StudyConfig
        The study: `imaging.view` and `imaging.views`.
    """

    def __init__(self, config: StudyConfig) -> None:
        self._config = config
        self._first: dict[str, Row] = {}
        self._mixed: list[tuple[tuple[str, str], dict[str, str]]] = []

    def see(self, flux: Iterable[Row]) -> None:
        """Look at all measured regions, with `view` (see :func:`view_name`), of some animals."""
        days: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for row in flux:
            self._first.setdefault(row["view"], row)
            if row["view"]:
                days[row["animal_id"], row["date"]].setdefault(row["view"], row["click"])
        self._mixed += [(day, found) for day, found in days.items() if len(found) > 1]

    def refuse(self) -> None:
        """Refuse views that would be mixed.

        Raises
        ------
        InputError
            Where no view is named, none are to be added up, and the study has clicks of two
            views; or where no click at all has the view that is named.
        """
        imaging = self._config.imaging
        if imaging.view is not None:
            if self._first and view_name(imaging.view) not in self._first:
                found = sorted(view or "none" for view in self._first)
                raise InputError(
                    Problem(
                        f"config key imaging.view is `{imaging.view}`, and no click has that "
                        f"view; those of the study: {', '.join(found)}.",
                        hint="The view is the label View of Living Image.",
                    )
                )
        elif imaging.views == "one":
            self._refuse_mixed()

    def _refuse_mixed(self) -> None:
        """Refuse two views in one study: of one day, of an animal's days, or of two animals."""
        views = {view: row for view, row in self._first.items() if view}
        if len(views) < 2:
            return
        hint = "Set config key imaging.view to the one that counts, or imaging.views to `sum`."
        if self._mixed:
            (animal_id, day), found = self._mixed[0]
            shown = " and ".join(f"{view} (click `{click}`)" for view, click in found.items())
            others = len(self._mixed) - 1
            times = counted(others, "more time")
            more = f"; this happens {times} (animals × days)" if others else ""
            message = f"`{animal_id}` has images in two views on {day}: {shown}{more}."
        else:
            shown = ", ".join(
                f"{view} (`{row['animal_id']}` on {row['date']}, click `{row['click']}`)"
                for view, row in views.items()
            )
            message = f"the study's images show different views: {shown}."
            hint += " Views are the label View of Living Image; spell one view in one way."
        raise InputError(Problem(f"{message} Views are never mixed.", hint=hint))


def select_view(config: StudyConfig, flux: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows of the view that the config names (all where it names none), and the others.

    Parameters
    ----------
    config : StudyConfig
        The study: `imaging.view`.
    flux : sequence of dict
        Measured regions with `view` (a name of :func:`view_name`).
    """
    if config.imaging.view is None:
        return list(flux), []
    wanted = view_name(config.imaging.view)
    kept = [row for row in flux if row["view"] == wanted]
    return kept, [row for row in flux if row["view"] != wanted]


def add_views(pairs: Sequence[tuple[Row, Row]]) -> list[Row]:
    """Return the sums of dorsal and ventral rows of the same animal, day and region.

    Parameters
    ----------
    pairs : sequence of (dict, dict)
        Dorsal and ventral row.

    Returns
    -------
    list of dict
        Fluxes add up; standard errors and limits of detection, of independent images, add in
        quadrature. The click is the dorsal one, `summed_with` the ventral one. Average radiance,
        a mean over one image's pixels, is missing.
    """
    return [_added(dorsal, ventral) for dorsal, ventral in pairs]


def _added(one: Row, other: Row) -> Row:
    total = {name: _number(one, name) + _number(other, name) for name in _SUMS}
    spread = {name: math.hypot(_number(one, name), _number(other, name)) for name in _QUADRATURE}
    net, lod = total["net_flux_p_s"], spread["lod_p_s"]
    known = not math.isnan(net) and not math.isnan(lod)
    flags = [f for row in (one, other) for f in (row.get("flags") or "").split(";") if f]
    reasons = list(dict.fromkeys(r for r in (one["reason"], other["reason"]) if r))
    saturated = [row.get("n_saturated") for row in (one, other)]
    # a table's saturation is not known: that of the sum is, at least, what is known
    counted = [int(s) for s in saturated if s is not None and s == s]
    return {
        **one,
        **total,
        **spread,
        "below_lod": bool(net <= lod) if known else None,
        "avg_radiance_p_s_cm2_sr": math.nan,
        "n_saturated": sum(counted) if counted else math.nan,
        "flags": ";".join(dict.fromkeys(flags)),
        "included": bool(one["included"] and other["included"]),
        "reason": "; ".join(reasons),
        "view": "+".join(SUMMED),
        "summed_with": other["click"],
    }


_SUMS = ("total_flux_p_s", "net_flux_p_s")
_QUADRATURE = ("total_flux_se_p_s", "net_flux_se_p_s", "lod_p_s")


def _number(row: Row, name: str) -> float:
    value = row.get(name)
    return math.nan if value is None else float(value)
