"""An animal expected on a click."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Animal:
    """An animal expected on a click.

    Parameters
    ----------
    animal_id : str
        The animal.
    position : int
        Its place as written: 1 is leftmost; beds may be empty.
    luciferin_minutes : float or None
        Minutes from luciferin to the exposure, where they are known.
    luciferin_mg_per_kg : float or None
        Dose, where it is known.
    flags : tuple of str
        What a reader of its numbers should know.
    """

    animal_id: str
    position: int
    luciferin_minutes: float | None = None
    luciferin_mg_per_kg: float | None = None
    flags: tuple[str, ...] = ()
