"""Who lay where: one row of the imaging sheet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """One animal on one click, as the imaging sheet names it.

    Parameters
    ----------
    click : str
        Name of the click (its folder, or its UID with date and time).
    position : int
        Place in the field of view, counted from 1 at the left of the image. Beds may be empty:
        positions 1, 2 and 4 say that three mice are seen.
    animal_id : str
        The animal.
    luciferin_time : str or None
        When luciferin was given: a time of day (``10:42`` or ``10:42:30``) or an ISO date and
        time, local to the instrument.
    luciferin_mg_per_kg : float or None
        Dose of luciferin, mg/kg.
    file : str
        The sheet, for messages.
    row : int
        The row of that sheet (the heading is row 1), for messages.
    """

    click: str
    position: int
    animal_id: str
    luciferin_time: str | None = None
    luciferin_mg_per_kg: float | None = None
    file: str = ""
    row: int = 0
