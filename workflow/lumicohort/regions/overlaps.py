"""Mice that lie under or across one another: whose light is counted where, nothing tells.

Where the spine of one runs into the outline of another, or its end does, a part of it is hidden,
or was taken for the other's. A photograph tells neither how it goes on there nor which lies above.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.mouse import Mouse
from lumicohort.regions.polyline import FloatArray, arc_length, project, resample
from lumicohort.regions.together import TOUCHES, UNSURE

OVERLAP = "bodies_overlap"
"""Flag of the regions of such mice."""
INTO_ANOTHER = "spine runs into a neighbour's outline: draw its regions by hand"
HOLDS_ANOTHER = "a neighbour's spine runs into this outline: draw its regions by hand"
BACK = 0.3
"""Fraction of the axis behind which it is spine,"""
SPINE = 0.17
"""and how far it reaches to either side, over the mean width of the body."""
MOST_INTO = 0.05
"""A greater part of the spine in another's outline is no mere contact. On drawn photographs of
mice that touch without lying on one another it stays below 0.03."""
END_CM, MOST_END = 0.6, 0.5
"""How far beyond its tail base or nose, straight on, a body must be free of others, and the part of
this that may lie in another's outline."""
ASIDE_CM = 0.3
"""What is hidden as near as this to another's spine is counted there."""
_STEP_CM = 0.1


def flag_overlapping(mice: Sequence[Mouse]) -> list[Mouse]:
    """Flag mice whose spine runs into another's outline, and those other mice.

    Parameters
    ----------
    mice : sequence of Mouse
        The mice of a click.

    Returns
    -------
    list of Mouse
        In the same order.
    """
    touching = [k for k, mouse in enumerate(mice) if TOUCHES in mouse.reasons]
    if not touching:
        return list(mice)
    owner = np.zeros(mice[0].mask.shape, dtype=np.uint8)
    for place, mouse in enumerate(mice, start=1):
        np.copyto(owner, place, where=mouse.mask)
    length = statistics.median(mouse.length_cm for mouse in mice)
    into: set[int] = set()
    holding: set[int] = set()
    for k in touching:
        mouse = mice[k]
        if not _runs_into(mouse, k + 1, owner):
            continue
        into.add(k)
        beyond = _beyond(mouse, max(END_CM, length - mouse.length_cm))
        spine = np.concatenate([mouse.axis[int(BACK * len(mouse.axis)) :], beyond])
        whose = _owners(spine, owner, mouse.pixel_cm)
        for other in set(whose[whose > 0].tolist()) - {k + 1}:
            holder = mice[other - 1]
            aside = project(spine[whose == other], holder.axis).distance_cm
            if float(aside.min()) < SPINE * holder.width_cm + ASIDE_CM:
                holding.add(other - 1)
    return [
        _flagged(mouse, INTO_ANOTHER if k in into else HOLDS_ANOTHER)
        if k in into | holding
        else mouse
        for k, mouse in enumerate(mice)
    ]


def _flagged(mouse: Mouse, reason: str) -> Mouse:
    return replace(
        mouse,
        suspicion=1.0 - (1.0 - mouse.suspicion) * UNSURE,
        reasons=(*mouse.reasons, reason),
        flags=(*mouse.flags, OVERLAP),
    )


def _runs_into(mouse: Mouse, place: int, owner: NDArray[np.uint8]) -> bool:
    """Return whether a mouse's spine, or one of its ends, lies in another's outline."""
    way = np.gradient(mouse.axis, axis=0)
    way /= np.maximum(np.hypot(way[:, :1], way[:, 1:]), 1e-9)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)[int(BACK * len(way)) :]
    offset = np.linspace(-SPINE, SPINE, 9) * mouse.width_cm
    line = mouse.axis[int(BACK * len(way)) :]
    spine = line[:, None] + offset[:, None] * across[:, None]
    turned = replace(mouse, axis=mouse.axis[::-1])
    limits = [(spine, MOST_INTO), *((_beyond(m, END_CM), MOST_END) for m in (mouse, turned))]
    return any(
        float(np.isin(_owners(points, owner, mouse.pixel_cm), (0, place), invert=True).mean())
        >= most
        for points, most in limits
    )


def _beyond(mouse: Mouse, far_cm: float) -> FloatArray:
    """Return places beyond the tail base, straight on, shape (n, 2)."""
    line = resample(mouse.axis, len(mouse.axis))
    last = len(line) // 6
    way = line[-1] - line[-1 - last]
    way = way / max(float(arc_length(line[-1 - last :])[-1]), 1e-9)
    steps = np.arange(_STEP_CM, far_cm + _STEP_CM / 2, _STEP_CM)
    return np.asarray(line[-1] + steps[:, None] * way)


def _owners(points: FloatArray, owner: NDArray[np.uint8], pixel_cm: float) -> NDArray[np.uint8]:
    """Return in whose outline places lie; 0 in none's."""
    column, row = np.floor(np.moveaxis(points, -1, 0) / pixel_cm).astype(np.intp)
    h, w = owner.shape
    there = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    return np.where(there, owner[row.clip(0, h - 1), column.clip(0, w - 1)], np.uint8(0))
