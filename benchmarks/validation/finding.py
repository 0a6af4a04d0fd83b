"""Mouse finding: hard clicks, measured as the pipeline does, compared with where the mice lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lumicohort.errors import InputError
from lumicohort.imaging.click import MeasuredClick
from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.simulate.draw import Draw, draw_camera, draw_scene
from lumicohort.simulate.hard import COATS, KINDS, HardClick
from lumicohort.simulate.lighting import draw_lighting
from validation.clicks import left_to_right, measured, scratch, written

LEAST_OVERLAP = 0.5
"""Intersection over union of outline and true body from which a mouse counts as found: the usual
criterion of object detection (Everingham et al., *Int. J. Comput. Vis.* 88, 303 (2010))."""
STRICT_OVERLAP = 0.65
"""A stricter criterion, reported beside it."""
PLAIN = "plain"
"""Kind of the clicks that are not made hard."""
MOST_FLUX_ERROR = 0.25
"""Relative error of the neuraxis flux up to which it counts as that animal's."""


@dataclass(frozen=True)
class FoundMouse:
    """A mouse of a click and what was found in its place.

    Parameters
    ----------
    overlap : float
        Intersection over union of outline and true body.
    head_right : bool
        Whether the head end is nearer to the true nose than to the true tail base.
    flux_error : float
        Relative error of the neuraxis flux given to this animal; NaN without light.
    suspicion : float
        Of the mouse found.
    """

    overlap: float
    head_right: bool
    flux_error: float
    suspicion: float

    @property
    def right(self) -> bool:
        """Whether it is the mouse that lies there."""
        light = not abs(self.flux_error) > MOST_FLUX_ERROR
        return self.overlap >= LEAST_OVERLAP and self.head_right and light


@dataclass(frozen=True)
class Outcome:
    """What became of a click.

    Parameters
    ----------
    kind : str
        Its kind.
    number : int
        Its number, from which it is drawn again.
    should_refuse : bool
        Whether the sheet names another number of animals than lie there.
    refused : str
        Why it was left out; empty where it was measured.
    mice : tuple of FoundMouse
        Its mice, left to right.
    warned : bool
        Whether the order of its mice was called unclear.
    ordered : bool
        Whether left to right is an order of its mice.
    """

    kind: str
    number: int
    should_refuse: bool
    refused: str
    mice: tuple[FoundMouse, ...]
    warned: bool
    ordered: bool

    @property
    def right(self) -> bool:
        """Whether all is as it should be: every mouse found and assigned, or rightly refused."""
        if self.should_refuse:
            return bool(self.refused)
        return not self.refused and all(m.right for m in self.mice)

    @property
    def strictly_right(self) -> bool:
        """Whether it is right by the stricter overlap, too."""
        return self.right and all(m.overlap >= STRICT_OVERLAP for m in self.mice)

    @property
    def silent(self) -> bool:
        """Whether something is wrong and nothing says so."""
        if self.right or self.refused:
            return False
        if self.should_refuse:
            return True
        return any(not m.right and m.suspicion < SUSPICIOUS for m in self.mice)


def hard_click(number: int, seed: int) -> HardClick:
    """Draw the click of a number; kinds take turns."""
    kinds = list(KINDS)
    kind = kinds[number % len(kinds)]
    return KINDS[kind](np.random.default_rng([seed, 1, number]))


def plain_click(number: int, seed: int) -> HardClick:
    """Draw a click as facilities make them: one coat, mice laid with care, some beds empty.

    All coats are equally likely, and every photograph has light of its own.
    """
    rng = np.random.default_rng([seed, 3, number])
    scene = draw_scene(rng, draw_camera(rng), 3, Draw(coats=COATS, empty=0.1, log10_flux=(6, 8)))
    if scene.camera.fov_cm > 20:
        draw = Draw(coats=COATS, empty=0.1, log10_flux=(6, 8))
        scene = draw_scene(rng, scene.camera, 5, draw)
    return HardClick(PLAIN, replace(scene, lighting=draw_lighting(rng)), len(scene.mice))


def cases(count: int, seed: int) -> list[tuple[int, int]]:
    """Return so many cases, half of them hard, half of them plain (numbers below 0)."""
    hard = count // 2
    plain = count - hard
    return [(k, seed) for k in range(hard)] + [(-k, seed) for k in range(1, plain + 1)]


def outcome(case: tuple[int, int]) -> Outcome:
    """Draw, write, measure and judge the click of (number, seed); below 0 it is a plain one."""
    number, seed = case
    click = hard_click(number, seed) if number >= 0 else plain_click(-number, seed)
    rng = np.random.default_rng([seed, 2 if number >= 0 else 4, abs(number)])
    count = len(click.scene.mice)
    base = (click.kind, number, click.named != count)
    with scratch() as folder:
        written(Path(folder) / "click", click.scene, rng)
        try:
            done = measured(Path(folder) / "click", click.named)
        except InputError as error:
            return Outcome(*base, str(error), (), True, click.ordered)
    warned = any("order from left to right" in r for m in done.mice or () for r in m.reasons)
    mice = tuple(judged(click, done)) if click.named == count else ()
    return Outcome(*base, "", mice, warned, click.ordered)


def judged(click: HardClick, done: MeasuredClick) -> list[FoundMouse]:
    """Compare what was found with what lies there.

    Where the bed lies sideways, left to right is no order: every outline is compared with the
    mouse that it covers most.
    """
    scene, mice = click.scene, list(done.mice or ())
    fov, n = scene.camera.fov_cm, scene.camera.fine
    fluxes = {r.place: r.total_flux_p_s for r in done.rows if r.region == "neuraxis"}
    covered = np.zeros((n, n), dtype=bool)
    bodies: dict[int, np.ndarray] = {}
    for k in reversed(range(len(scene.mice))):
        bodies[k] = scene.silhouettes[k].body & ~covered
        covered |= scene.silhouettes[k].skin
    order = left_to_right(scene)
    out = []
    for place, mouse in enumerate(mice, start=1):
        side = mouse.mask.shape[0]
        at = np.minimum((np.arange(n) + 0.5) * fov / n / mouse.pixel_cm, side - 1).astype(int)
        mask = mouse.mask[np.ix_(at, at)]
        overlaps = {k: float((mask & b).sum() / (mask | b).sum()) for k, b in bodies.items()}
        k = order[place - 1] if click.ordered else max(overlaps, key=lambda j: overlaps[j])
        truth = scene.truth[k]
        nose, base = (np.array(e) + fov / 2 for e in (truth.nose_cm, truth.tail_base_cm))
        right = np.hypot(*(mouse.axis[0] - nose)) < np.hypot(*(mouse.axis[0] - base))
        light = scene.mice[k].tumour_flux_p_s > 0
        error = fluxes[place] / truth.flux_p_s["neuraxis"] - 1 if light else float("nan")
        out.append(FoundMouse(overlaps[k], bool(right), error, mouse.suspicion))
    return out
