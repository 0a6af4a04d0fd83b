"""What the mice of one click say of one another: who touches whom, and who may be whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.doubts import (
    BARE,
    EVEN,
    FLAT,
    MAY_BE_OBJECT,
    NO_MOUSES_LENGTH,
    STRAIGHT,
)
from lumicohort.regions.mouse import Mouse
from lumicohort.regions.pixels import Pixels
from lumicohort.regions.polyline import FloatArray

UNSURE = 0.5
"""Factor by which a sign that the outline holds a part of the mouse only, or that it is another
mouse's, cuts confidence."""
WHO = "check who is who"
"""How reasons end that say of all mice of a click that each may be another than it is named."""

TOUCHES = "touches a neighbour"
NO_MOUSE, LEAST_SIGNS = frozenset({BARE, FLAT, STRAIGHT, EVEN}), 3
"""What bears so many of these signs, and is shorter or longer than a mouse, is none: labels do. Of
drawn mice, however they lie, none bears more than two."""


def above_another(centres: FloatArray) -> NDArray[np.bool_]:
    """Return which mice lie rather above or below than beside some other.

    Animals are named from left to right, which says little where the bed is turned sideways.
    """
    apart = np.abs(centres[:, None] - centres)
    return np.asarray((apart[:, :, 0] < apart[:, :, 1]).any(axis=1))


def flag_shifted(mice: Sequence[Mouse]) -> list[Mouse]:
    """Flag all mice of a click one of whose outlines may be an object.

    It then fills the number in place of a mouse that is not there, and which one that is, nothing
    tells: all that lie between the two bear the next one's name.
    """
    objects = [_may_be_object(mouse) for mouse in mice]
    if not any(objects):
        return list(mice)
    others = iter(
        flagged(
            [m for m, is_object in zip(mice, objects, strict=True) if not is_object],
            f"another outline may be an object: {WHO}",
        )
    )
    return [m if is_object else next(others) for m, is_object in zip(mice, objects, strict=True)]


def flagged(mice: Sequence[Mouse], reason: str) -> list[Mouse]:
    """Return mice with a reason why each may be another than it is named."""
    return [
        replace(
            mouse,
            suspicion=1.0 - (1.0 - mouse.suspicion) * UNSURE,
            reasons=(*mouse.reasons, reason),
        )
        for mouse in mice
    ]


def still_unsure(mice: Sequence[Mouse], before: Sequence[Mouse]) -> list[Mouse]:
    """Return mice with what another look at them said of who may be whom.

    Parameters
    ----------
    mice : sequence of Mouse
        The mice as they are seen now.
    before : sequence of Mouse
        As many, as they were seen before.

    Returns
    -------
    list of Mouse
        All flagged where they were, since neither look is the better one in this.
    """
    out = list(mice)
    said = dict.fromkeys(r for mouse in before for r in mouse.reasons if r.endswith(WHO))
    if not said and any(_may_be_object(mouse) for mouse in before):
        said = {f"an outline may be an object: {WHO}": None}
    if any(_may_be_object(m) or any(r.endswith(WHO) for r in m.reasons) for m in out):
        return out
    for reason in said:
        out = flagged(out, reason)
    return out


def flag_touching(mice: Sequence[Mouse], silhouettes: Sequence[Pixels]) -> list[Mouse]:
    """Flag mice that another mouse is within two pixels of."""
    near = {
        k
        for a, b in combinations(range(len(mice)), 2)
        for k in (a, b)
        if silhouettes[a].near(silhouettes[b], 2)
    }
    if not near:
        return list(mice)
    owner = np.zeros(silhouettes[0].shape, dtype=np.uint8)
    for k in near:
        owner.ravel()[silhouettes[k].flat] = k + 1
    boxes = [silhouettes[k].box() for k in near]
    owner = owner[
        min(b[0].start for b in boxes) : max(b[0].stop for b in boxes),
        min(b[1].start for b in boxes) : max(b[1].stop for b in boxes),
    ]
    touching: set[int] = set()
    for here, there in (
        (owner[:, :-1], owner[:, 1:]),
        (owner[:, :-2], owner[:, 2:]),
        (owner[:-1], owner[1:]),
        (owner[:-2], owner[2:]),
        (owner[:-1, :-1], owner[1:, 1:]),
        (owner[1:, :-1], owner[:-1, 1:]),
    ):
        # of two mice side by side, numbers differ and none is 0
        meet = here != there
        meet &= here > 0
        meet &= there > 0
        if meet.any():
            touching |= {*here[meet].tolist(), *there[meet].tolist()}
    out = []
    for place, mouse in enumerate(mice, start=1):
        if place in touching:
            suspicion = 1 - (1 - mouse.suspicion) * 0.9
            reasons = (*mouse.reasons, TOUCHES)
            mouse = replace(mouse, suspicion=suspicion, reasons=reasons)
        out.append(mouse)
    return out


def told_objects(mice: Sequence[Mouse]) -> str:
    """Say which of the mice found may be objects, and where they lie; empty where none may."""
    objects = [mouse for mouse in mice if _may_be_object(mouse)]
    if not objects:
        return ""
    what = "is no mouse" if len(objects) == 1 else "are no mice"
    return f"; perhaps what lies {_places(objects)} {what}"


def surely_objects(mice: Sequence[Mouse], expected: int) -> list[bool]:
    """Return which outlines are no mice, where without them there are as many as expected.

    Parameters
    ----------
    mice : sequence of Mouse
        All that was found, more than expected.
    expected : int
        How many mice are named.

    Returns
    -------
    list of bool
        All false where the number would be another, or where one more may be an object: then
        nothing tells which of them is no mouse.
    """
    sure = [
        NO_MOUSES_LENGTH in mouse.reasons and len(NO_MOUSE & set(mouse.reasons)) >= LEAST_SIGNS
        for mouse in mice
    ]
    rest = [mouse for mouse, is_object in zip(mice, sure, strict=True) if not is_object]
    if len(rest) != expected or any(_may_be_object(mouse) for mouse in rest):
        return [False] * len(mice)
    return sure


def told_passed_over(mice: Sequence[Mouse], objects: Sequence[Mouse]) -> list[Mouse]:
    """Return mice with a reason that says which objects beside them were passed over."""
    return flagged(mice, f"no mouse, passed over: what lies {_places(objects)}; {WHO}")


def _places(mice: Sequence[Mouse]) -> str:
    """Say where outlines lie."""
    return " and ".join(
        f"{mouse.centre[0]:.0f} cm from the left and {mouse.centre[1]:.0f} cm from the top"
        for mouse in mice
    )


def _may_be_object(mouse: Mouse) -> bool:
    """Return whether a sign says that an outline is no mouse's."""
    return any(reason.endswith(MAY_BE_OBJECT) for reason in mouse.reasons)
