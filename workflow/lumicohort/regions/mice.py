"""Finding the mice in the photograph of a click.

How it works: the photograph is cut into light and dark at a fixed physical resolution; what is
wide enough to be a trunk is kept, so that tails, feet and dividers fall away; trunks that touch
are taken apart by fitting ellipses; each trunk's midline is followed to both ends; a nose cone
at the front is cut off; the tail says which end is the rear. Everything doubtful adds to the
mouse's suspicion, and a count that disagrees with the expected one is refused, never guessed.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import Problem
from lumicohort.regions import body as bodies
from lumicohort.regions.candidates import CALM, Candidate, candidates, where_limbs
from lumicohort.regions.cones import straight_front
from lumicohort.regions.contacts import straightened
from lumicohort.regions.cut_off import at_edge, strip_left
from lumicohort.regions.dark_mice import dark_one_left
from lumicohort.regions.doubts import outline_doubts
from lumicohort.regions.edges import TAILED, is_whole, looks_like_mouse
from lumicohort.regions.faint import (
    APART,
    SAME,
    FaintSearch,
    contradicts,
    is_faint,
    outlined_anew,
    patch_left,
)
from lumicohort.regions.foregrounds import FAINT_LEAST, foregrounds
from lumicohort.regions.headings import decide_heads, headings
from lumicohort.regions.limbs import with_limbs, without_dividers
from lumicohort.regions.manifold import without_manifold
from lumicohort.regions.mouse import MiceNotFound, Mouse
from lumicohort.regions.overlaps import flag_overlapping
from lumicohort.regions.photograph import WorkingPhotograph, prepare, veil_over
from lumicohort.regions.pixels import Pixels, beside, pixels_of
from lumicohort.regions.polyline import FloatArray
from lumicohort.regions.shapes import LENGTHS_CM
from lumicohort.regions.small import any_unseen, at_true_size, relative_size
from lumicohort.regions.together import (
    UNSURE,
    WHO,
    above_another,
    flag_shifted,
    flag_touching,
    flagged,
    still_unsure,
    surely_objects,
    told_objects,
    told_passed_over,
)

CUT_OFF = f"something at the image's edge may be another mouse: {WHO}"
MUCH_SHORTER = 0.8
"""What is shorter than the longest mouse by this factor may be a part of one."""


def find_mice(
    photograph: NDArray[np.generic],
    fov_cm: float,
    expected: int | None = None,
    *,
    file: str | Path | None = None,
    named_by: str = "",
) -> list[Mouse]:
    """Find the mice in a photograph, left to right.

    Parameters
    ----------
    photograph : ndarray, shape (n, m)
        Photographic image, counts.
    fov_cm : float
        Width of the field of view, cm.
    expected : int, optional
        How many mice there are, where it is known.
    file : str or Path, optional
        The photograph, for messages.
    named_by : str, optional
        What says how many there are (`the imaging sheet`), for messages.

    Returns
    -------
    list of Mouse
        From left to right by the body's centre.

    Raises
    ------
    MiceNotFound
        Where the number of mice found is not the one expected, or none is found.
    """
    mice = _seen(photograph, fov_cm, expected, 0.0)
    if expected is not None and (len(mice) < expected or _worst(mice) >= UNSURE):
        mice = _unveiled(photograph, fov_cm, expected, mice)
    if expected is not None and len(mice) != expected:
        names = f"{named_by} names {expected}" if named_by else f"{expected} are expected"
        raise MiceNotFound(
            Problem(
                f"found {_mice(len(mice))} in the photograph where {names}{told_objects(mice)}.",
                file,
                hint="Look at the photograph and correct the imaging sheet (or the click's Animal "
                "Number); if the sheet is right, draw the regions in Living Image and use the "
                "`living_image` method.",
            )
        )
    if not mice:
        raise MiceNotFound(Problem("found no mouse in the photograph.", file))
    return mice


UNSEEN = 0.75
"""Mice that only show once a veil is taken off are less suspicious than this: of drawn photographs,
mice that were there had less than 0.6 mostly, and what was taken for one more 0.76 or more."""

KEPT = 0.9
"""Part of a mouse's area that is seen without the veil, at least: where contrast is made greater
than it is, thresholds run through shaded coats, whose outlines look the surer for it."""


def _unveiled(
    photograph: NDArray[np.generic], fov_cm: float, expected: int, mice: list[Mouse]
) -> list[Mouse]:
    """Return the mice seen without the photograph's veil, where that leaves less doubt.

    Whether an outline may be an object's does not change with a veil, so that it stays told; and
    where more than expected are seen, none is taken away.
    """
    veil = veil_over(photograph, fov_cm) if len(mice) <= expected else 0.0
    again = _seen(photograph, fov_cm, expected, veil) if veil else []
    limit = _worst(mice) if len(mice) == expected else UNSEEN
    if len(again) != expected or _worst(again) >= limit:
        return mice
    if len(mice) == expected:
        if any(a.area_cm2 < KEPT * m.area_cm2 for a, m in zip(again, mice, strict=True)):
            return mice
        again = still_unsure(again, mice)
    return again


def _worst(mice: Sequence[Mouse]) -> float:
    """Return the greatest suspicion of mice."""
    return max(mouse.suspicion for mouse in mice)


def _seen(
    photograph: NDArray[np.generic], fov_cm: float, expected: int | None, veil: float
) -> list[Mouse]:
    """Return the mice in a photograph off which a veil is taken, however many are expected."""
    photo = prepare(photograph, fov_cm, veil)
    found, size = _search(photo, expected), 1.0
    settled = _settled(photo, found, expected)
    # where some are small, one yet smaller can be missing
    if expected is not None and not (settled and all(c.penalty < CALM for c in found)):
        size = relative_size(photo, expected)
        if size < 1.0:
            wider = prepare(photograph, fov_cm / size, veil)
            again = _search(wider, expected)
            # what looks like mice at one scale only is mice of that scale, however many are
            # expected; where both scales show what looks like mice, the number decides
            more = len(again) >= len(found) and not _settled(photo, found, None)
            more |= settled and any_unseen(wider, again, found, size)
            if (more or not settled) and _settled(wider, again, None if more else expected):
                photo, found = wider, again
            else:
                size = 1.0
    mice: list[Mouse] = []
    if found:
        order = np.argsort(_centres([c.body for c in found])[:, 0], kind="stable")
        found = [found[k] for k in order]
        decide_heads(photo, found)
        found = straightened(photo, outlined_anew(photo, found))
        mice = _finished(photo, found, expected)
        objects: list[Mouse] = []
        if expected is not None and len(mice) > expected and size == 1.0:
            sure = surely_objects(mice, expected)
            objects = [mouse for mouse, is_object in zip(mice, sure, strict=True) if is_object]
            if objects:
                found = [c for c, is_object in zip(found, sure, strict=True) if not is_object]
                mice = told_passed_over(_finished(photo, found, expected), objects)
        if len(mice) == expected and dark_one_left(photo, found):
            mice = flagged(mice, f"something dark may be another mouse: {WHO}")
        if len(mice) == expected and strip_left(photo, found):
            mice = flagged(mice, CUT_OFF)
        if size < 1.0:
            mice = [at_true_size(m, size, LENGTHS_CM[0]) for m in mice]
    return mice


def _settled(photo: WorkingPhotograph, found: Sequence[Candidate], expected: int | None) -> bool:
    """Return whether all that was found looks like mice, and is as many as expected."""
    if not found or expected not in (None, len(found)):
        return False
    return all(looks_like_mouse(photo, c) for c in found)


def _mice(count: int) -> str:
    return "1 mouse" if count == 1 else f"{count or 'no'} mice"


def _search(photo: WorkingPhotograph, expected: int | None) -> list[Candidate]:
    """Return non-overlapping candidates, the most mouse-like first.

    Thresholds are tried until all that was found so far looks like mice and is as many as
    expected. A mouse once seen is never dropped to meet the expected number, and what only a
    further threshold shows must look like a mouse without doubt, and be more than another outline
    of one whose edge was found.
    """
    pool: list[Candidate] = []
    chosen: list[Candidate] = []
    most = 12 if expected is None else max(expected, 2) + 1
    for number, foreground in enumerate(foregrounds(photo)):
        found = candidates(photo, foreground, number, most)
        if pool:
            found = [c for c in found if c.penalty < CALM]
            found = _without_parts(photo, found, pool)
        pool += found
        pool.sort(key=lambda c: c.penalty)
        chosen = without_manifold(photo, _apart(pool))
        if _settled(photo, chosen, expected):
            break
    return without_manifold(photo, _with_faint(photo, chosen, expected, most))


def _without_parts(
    photo: WorkingPhotograph, found: Sequence[Candidate], before: Sequence[Candidate]
) -> list[Candidate]:
    """Return what was found, without other outlines of mice that were found whole before.

    A higher threshold shows the lightest part of a mouse, which may be more like a usual mouse
    than a large one is. What shows two mice in place of one is kept.
    """
    out = list(found)
    for whole in before:
        inside = [c for c in out if c.body.overlap(whole.body) > SAME]
        if len(inside) == 1 and looks_like_mouse(photo, whole) and is_whole(photo, whole):
            out.remove(inside[0])
    return out


def _with_faint(
    photo: WorkingPhotograph, chosen: list[Candidate], expected: int | None, most: int
) -> list[Candidate]:
    """Return the candidates, those with coats nearly as dark as the bed found anew.

    A threshold for the whole photograph leaves the shaded flanks and heads of such coats out.
    """
    longest = max((c.profile.length_cm for c in chosen), default=0.0)
    shortest = max(LENGTHS_CM[0], MUCH_SHORTER * longest)
    # what the image's edge cuts off is no threshold's fault
    faint = [is_faint(photo, c, 0.0 if at_edge(c.body) else shortest) for c in chosen]
    missing = expected is not None and len(chosen) < expected
    as_named = bool(chosen) and not any(faint) and not missing
    if as_named and not patch_left(photo, chosen):
        return chosen
    sure = [c for c, f in zip(chosen, faint, strict=True) if not f]
    rest = [c for c in chosen if c not in sure]
    search = FaintSearch(photo, sure, most)
    seen = [c for c in search.anchored() if not any(contradicts(photo, c, r) for r in rest)]
    again = _apart([*sure, *seen, *rest])
    if as_named or (expected is not None and _settled(photo, again, expected)):
        return again
    for leasts in (FAINT_LEAST[:1], FAINT_LEAST):
        more = search.mice(leasts)
        if sure or seen:
            # where nothing was seen before, only the number speaks for another mouse: a patch of
            # the bed has no tail
            more = [
                c
                for c in more
                if c.head_evidence >= TAILED or any(c.body.overlap(r.body) > SAME for r in rest)
            ]
        again = _apart([*sure, *seen, *more, *rest])
        if _settled(photo, again, expected):
            break
    return again


def _apart(pool: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that overlap none before them."""
    chosen: list[Candidate] = []
    for candidate in pool:
        if all(candidate.body.overlap(other.body) < APART for other in chosen):
            chosen.append(candidate)
    return chosen


def _centres(bodies: Sequence[Pixels]) -> FloatArray:
    """Return the mean place (x, y) of each body's pixels, cm, shape (m, 2)."""
    counts = np.array([len(body) for body in bodies])
    starts = counts.cumsum() - counts
    out = np.empty((len(bodies), 2))
    for k, places in enumerate(([b.columns for b in bodies], [b.rows for b in bodies])):
        out[:, k] = np.add.reduceat(np.concatenate(places), starts) / counts
    return (out + 0.5) * bodies[0].pixel_cm


def _finished(
    photo: WorkingPhotograph, found: Sequence[Candidate], expected: int | None
) -> list[Mouse]:
    foregrounds = {id(c.foreground): c.foreground for c in found}
    for key, foreground in foregrounds.items():
        rest = beside(foreground.thin, [c.body for c in found])
        of_it = [c for c in found if id(c.foreground) == key]
        ends = bodies.tail_bases(rest, [c.profile for c in of_it], photo.pixel_cm)
        for c, end in zip(of_it, ends, strict=True):
            if end != c.profile.end_cm:
                c.profile = c.profile.between(c.profile.start_cm, end)
    silhouettes = with_limbs(
        [c.body for c in found],
        [c.profile for c in found],
        [where_limbs(photo, c) for c in found],
    )
    area = statistics.median(c.area for c in found)
    length = statistics.median(c.profile.length_cm for c in found)
    ways = headings(bodies.midlines([c.profile for c in found]))
    alike = ways @ ways.mean(axis=0)
    above = above_another(_centres([c.body for c in found])).tolist()
    metal = {key: pixels_of(f.metal, photo.pixel_cm).points for key, f in foregrounds.items()}
    outlines = outline_doubts(
        photo,
        [c.body for c in found],
        [metal[id(c.foreground)] for c in found],
        [c.profile for c in found],
        silhouettes,
        [c.foreground.thin for c in found],
    )
    silhouettes = without_dividers(silhouettes, [c.body for c in found], [c.profile for c in found])
    centres = _centres(silhouettes).tolist()
    mice = []
    for c, along, unordered, silhouette, (x, y), outline in zip(
        found, alike.tolist(), above, silhouettes, centres, outlines, strict=True
    ):
        reasons = list(c.reasons)
        if c.front is not None:
            reasons.append(f"nose cone cut off by {c.front.by}")
        penalty = c.penalty / 2
        doubts = {
            "unusual size or outline": c.penalty > CALM,
            "much larger than the others": c.area > 1.6 * area,
            "much smaller than the others": c.area < area / 1.6,
            "much longer than the others": c.profile.length_cm > 1.3 * length,
            "much shorter than the others": c.profile.length_cm < length / 1.3,
            "heads in another direction": len(found) > 2 and along < 0.3,
            "coat unlike the others'": c.foreground.light != found[0].foreground.light,
            "number of mice not known": expected is None,
        }
        reasons += [text for text, doubt in doubts.items() if doubt]
        unsure = list(outline)
        if at_edge(c.body):
            unsure.append("cut off by the image's edge")
        if c.front is None and straight_front(c.profile):
            unsure.append("straight front, as of a nose cone: check the head end")
        if unordered:
            unsure.append("mice above one another: order from left to right unclear")
        weights = 3.0 * len([t for t in reasons if not t.startswith("nose cone")])
        suspicion = 1.0 - float(np.exp(-(penalty + weights) / 10.0))
        if unsure:
            # part of a mouse can look like a mouse: no outline of this kind passes unseen
            suspicion = 1.0 - (1.0 - suspicion) * UNSURE ** len(unsure)
            reasons += unsure
        area_cm2 = len(silhouette) * photo.pixel_cm**2
        mice.append(
            Mouse(
                silhouette.mask,
                photo.pixel_cm,
                c.profile.midline,
                c.profile.length_cm,
                area_cm2 / c.profile.length_cm,
                area_cm2,
                (x, y),
                suspicion,
                tuple(reasons),
            )
        )
    return flag_overlapping(flag_touching(flag_shifted(mice), silhouettes))
