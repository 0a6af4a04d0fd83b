"""Midlines of mice that lie against or under one another.

Where two mice meet, one may hide a flank of the other: the middle of what is seen of that one lies
beside its spine. A body is of equal width on both sides of its midline, which bends as a whole, and
its width changes smoothly; so the free flank, and the slices before and behind that are free on
both sides, tell where the hidden flank lies.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumicohort.regions.candidates import Candidate, along_trace, place_ends
from lumicohort.regions.disks import dilated
from lumicohort.regions.photograph import BoolArray, WorkingPhotograph
from lumicohort.regions.pixels import Pixels
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.trace import trace_along

SLICE_CM = 0.1
"""Length of the slices whose edges are looked at."""
CONTACT_CM = 0.15
"""A body's edge as near as this to another body adjoins it,"""
AROUND = 2
"""and so may so many slices before and behind."""
LEAST_SLICES = 4
"""Fewer slices that adjoin another body bend no midline."""
FREE_SD, HIDDEN_SD = 0.2, 8.0
"""How far an edge lies from where the model has it (cm): one that is free, and one that adjoins
another body, which may hide more. Chosen on drawn mice that lie 2.7 to 3.4 cm apart."""
BENDS_SD = (2.0, 2.0, 0.25, 0.08)
"""How far the terms of a midline (Legendre) are from 0, cm: bodies bend as a whole."""
WIDENS_SD = 0.03
"""Second differences of half-widths from slice to slice, cm."""
ROUNDS = 6
NARROW = 0.45
"""What is behind, and narrower than this part of the trunk, may be tail and foot side by side."""
THIN_CM, MOST_THIN_CM, THIN_LEFT_CM = 1.05, 0.45, 0.25
"""What is thinner than the first may be tail and foot side by side; where it is longer than the
second, so much of it is left to the body."""


def straightened(photo: WorkingPhotograph, found: Sequence[Candidate]) -> list[Candidate]:
    """Return mice, the midlines of those that adjoin others looked for anew.

    Parameters
    ----------
    photo : WorkingPhotograph
        The photograph.
    found : sequence of Candidate
        The mice of a click, read from their heads.

    Returns
    -------
    list of Candidate
        In the same order; those that adjoin none are the same.
    """
    out = list(found)
    for k, candidate in enumerate(found):
        touched = _adjoining(candidate.body, [c.body for c in found if c is not candidate])
        if touched is None:
            continue
        again = candidate
        for _ in range(2):
            axis = _symmetric(candidate.body, touched, again.profile.midline)
            if axis is None:
                break
            traced = trace_along(photo, candidate.body, axis)
            if traced is None:
                break
            again = along_trace(photo, candidate, candidate.body, traced)
        if again is not candidate:
            _end_before_feet(photo, again)
        out[k] = again
    return out


def _end_before_feet(photo: WorkingPhotograph, candidate: Candidate) -> None:
    """End a body where it stops narrowing: a neighbour's foot beside its tail is as wide as both.

    Taking limbs off leaves these. A body narrows to its tail within `MOST_THIN_CM`.
    """
    trace = candidate.trace
    own = trace.body
    wide = np.flatnonzero(trace.width_cm[own] >= THIN_CM)
    if not len(wide):
        return
    last = float(trace.along_cm[own][wide[-1]])
    if trace.end_cm - last > MOST_THIN_CM:
        candidate.trace = trace.between(trace.start_cm, last + THIN_LEFT_CM)
        place_ends(photo, [candidate])


def _adjoining(body: Pixels, others: Sequence[Pixels]) -> BoolArray | None:
    """Return which pixels of a body are next to another; None where none is."""
    reach = CONTACT_CM / body.pixel_cm
    near = [other for other in others if other.near(body, int(reach) + 1)]
    if not near:
        return None
    taken = np.zeros(body.shape, dtype=bool)
    for other in near:
        taken.ravel()[other.flat] = True
    box = body.box(int(reach) + 2)
    taken[box] = dilated(taken[box], reach)
    touched = body.of(taken)
    return touched if touched.any() else None


def _symmetric(body: Pixels, touched: BoolArray, line: FloatArray) -> FloatArray | None:
    """Return the midline of a body of equal widths on both sides, shape (n, 2); None without need.

    Parameters
    ----------
    body : Pixels
        What is seen of it.
    touched : ndarray of bool, shape (n,)
        Which of that is next to another body.
    line : ndarray, shape (m, 2)
        A midline from nose to tail base, cm.
    """
    way = line[-1] - line[0]
    way = way / max(float(np.hypot(*way)), 1e-9)
    rest = body.points - line[0]
    along, across = rest @ way, rest @ np.array([-way[1], way[0]])
    first = float(along.min())
    bins = ((along - first) / SLICE_CM).astype(np.intp)
    count = int(bins.max()) + 1
    edges = np.full((2, count), -np.inf)
    np.maximum.at(edges[0], bins, across)
    np.maximum.at(edges[1], bins, -across)
    half = body.pixel_cm / 2
    seen = np.isfinite(edges[0])
    edges = np.where(seen, edges + half, 0.0)
    middle = (edges[0] - edges[1]) / 2
    left = across > middle[bins]
    against = np.zeros((2, count), dtype=bool)
    for side, of in enumerate((left, ~left)):
        against[side] = np.bincount(bins[touched & of], minlength=count) > 0
    if against.sum() < LEAST_SLICES:
        return None
    around = np.ones(2 * AROUND + 1)
    against = np.array([np.convolve(row, around, "same") > 0 for row in against])
    width = edges.sum(axis=0)
    trunk = np.quantile(width[seen], 0.75)
    narrow = (np.arange(count) > count // 2) & (width < NARROW * trunk)
    known = seen & ~narrow
    places = (np.arange(count) + 0.5) / count
    basis = np.asarray(np.polynomial.legendre.legvander(2 * places - 1, 3), dtype=np.float64)
    fit = _fitted(basis, edges, against, known)
    at = first + (np.arange(count) + 0.5) * SLICE_CM
    offset = basis @ fit
    return line[0] + at[:, None] * way + offset[:, None] * np.array([-way[1], way[0]])


def _fitted(
    basis: FloatArray, edges: FloatArray, against: NDArray[np.bool_], known: BoolArray
) -> FloatArray:
    """Return the midline's terms; half-widths are fitted beside them."""
    count, terms = basis.shape
    bend = np.diff(np.eye(count), 2, axis=0) / WIDENS_SD
    prior = np.zeros((terms + count, terms + count))
    prior[range(terms), range(terms)] = 1 / np.square(BENDS_SD)
    prior[terms:, terms:] = bend.T @ bend + 1e-6 * np.eye(count)
    design = np.concatenate([np.hstack([basis, np.eye(count)]), np.hstack([-basis, np.eye(count)])])
    value = edges.ravel()
    weight = np.where(against, HIDDEN_SD, FREE_SD).ravel() ** -2.0 * np.tile(known, 2)
    free = FREE_SD**-2.0 * np.tile(known, 2)
    for _ in range(ROUNDS):
        solved = np.linalg.solve(
            prior + design.T @ (weight[:, None] * design), design.T @ (weight * value)
        )
        short = design @ solved < value  # a body is no narrower than what is seen of it
        weight = np.where(against.ravel() & ~short, HIDDEN_SD**-2.0 * np.tile(known, 2), free)
    return np.asarray(solved[:terms])
