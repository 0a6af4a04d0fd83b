"""Clicks that make mice hard to find, by kind; every one under light of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.draw import Body, bed_for, draw_body, lie
from lumicohort.simulate.lighting import Lighting, Patch, draw_lighting
from lumicohort.simulate.mouse import Coat, Mouse, View
from lumicohort.simulate.objects import Shape, draw_thing
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source

COATS: tuple[Coat, ...] = ("nude", "white", "agouti", "black")
_VIEWS: tuple[View, ...] = ("dorsal", "ventral")


@dataclass(frozen=True)
class HardClick:
    """A click and what is said of it.

    Parameters
    ----------
    kind : str
        Its kind, one of :data:`KINDS`.
    scene : Scene
        What the camera sees.
    named : int
        How many animals the sheet names: not as many as lie there, where it is wrong.
    ordered : bool
        Whether the bed lies such that left to right is an order of its mice.
    """

    kind: str
    scene: Scene
    named: int
    ordered: bool = True


@dataclass(frozen=True)
class _Setting:
    """A camera, a bed and its light, before mice are laid in."""

    camera: Camera
    bed: Bed
    light: Lighting
    rng: np.random.Generator

    def mice(
        self, cones_x_cm: Sequence[float], disorder: float = 1.0, **changes: object
    ) -> list[Mouse]:
        """Lay a mouse into each cone; `changes` are attributes that all of them share."""
        cones = self.bed.cones_x_cm
        pitch = cones[1] - cones[0] if len(cones) > 1 else 4.0
        small = min(1.0, pitch / 3.6)
        out = []
        for x in cones_x_cm:
            body: Body = draw_body(self.rng, small)
            pose = lie(x, self.bed, self.rng, disorder * small)
            out.append(replace(Mouse(**pose, **body), **changes))  # type: ignore[arg-type]
        return out

    def click(
        self,
        kind: str,
        mice: Sequence[Mouse],
        named: int | None = None,
        turn_deg: float = 0.0,
        ordered: bool = True,
        **light: object,
    ) -> HardClick:
        """Return the click; each mouse glows in its head and a little along its spine."""
        glowing = [
            Glowing(
                mouse,
                (
                    Source(0.15, float(self.rng.normal(0, 0.15)), 0.3, 1.0),
                    Source(float(self.rng.uniform(0.5, 0.8)), 0.0, 0.25, 0.3),
                ),
                float(10 ** self.rng.uniform(6, 8)),
            )
            for mouse in mice
        ]
        lighting = replace(self.light, **light)  # type: ignore[arg-type]
        scene = Scene(self.camera, tuple(glowing), self.bed, turn_deg, lighting=lighting)
        return HardClick(kind, scene, len(mice) if named is None else named, ordered)


def _setting(rng: np.random.Generator, beds: int = 5, fov_cm: float = 22.4) -> _Setting:
    camera = Camera(
        fov_cm=fov_cm,
        binning=int(rng.choice([8, 16])),
        photo_binning=int(rng.choice([2, 4, 8], p=[0.04, 0.8, 0.16])),
    )
    return _Setting(camera, bed_for(camera, beds), draw_lighting(rng), rng)


def _some(setting: _Setting, least: int) -> list[float]:
    """Return some of the bed's cones, in order."""
    cones, rng = setting.bed.cones_x_cm, setting.rng
    taken = rng.choice(len(cones), int(rng.integers(least, len(cones) + 1)), replace=False)
    return [cones[i] for i in sorted(taken)]


def _coated(coat: Coat) -> Callable[[np.random.Generator], HardClick]:
    def draw(rng: np.random.Generator) -> HardClick:
        setting = _setting(rng)
        mice = setting.mice(_some(setting, 2), coat=coat)
        return setting.click(f"{coat} coat", mice)

    return draw


def _mixed(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = [
        replace(m, coat=COATS[int(rng.integers(len(COATS)))])
        for m in setting.mice(setting.bed.cones_x_cm)
    ]
    return setting.click("coats mixed on a click", mice)


def _ventral(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    coat = COATS[int(rng.integers(2))]
    mice = setting.mice(_some(setting, 2), view="ventral", coat=coat)
    return setting.click("belly up", mice)


def _one_or_two(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng, 3, 13.2) if rng.random() < 0.6 else _setting(rng, 5)
    count = int(rng.integers(1, 3))
    cones = setting.bed.cones_x_cm
    taken = sorted(float(c) for c in rng.choice(cones, count, replace=False))
    return setting.click("one or two mice", setting.mice(taken))


def _many(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng, int(rng.integers(6, 11)))
    mice = setting.mice(setting.bed.cones_x_cm, 0.7)
    return setting.click("six to ten mice", mice)


def _touching(rng: np.random.Generator) -> HardClick:
    """Pairs pushed together until flanks and feet meet."""
    setting = _setting(rng)
    mice = setting.mice(setting.bed.cones_x_cm, 1.3)
    first = int(rng.integers(len(mice) - 1))
    gap = float(rng.uniform(2.5, 3.0))
    middle = (mice[first].x_cm + mice[first + 1].x_cm) / 2
    for k, side in ((first, -1), (first + 1, 1)):
        mice[k] = replace(mice[k], x_cm=middle + side * gap / 2, coat=COATS[int(rng.integers(2))])
    return setting.click("touching flanks", mice)


def _sizes(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = []
    for mouse in setting.mice(setting.bed.cones_x_cm):
        size = float(rng.uniform(0.72, 1.12))
        mice.append(
            replace(
                mouse,
                length_cm=mouse.length_cm * size,
                tail_cm=mouse.tail_cm * size,
                girth=mouse.girth * float(rng.uniform(0.85, 1.2)),
            )
        )
    return setting.click("different sizes", mice)


def _tails(rng: np.random.Generator) -> HardClick:
    """Tails that turn, cross each other and come to lie on a neighbour."""
    setting = _setting(rng)
    mice = []
    for k, mouse in enumerate(setting.mice(setting.bed.cones_x_cm, 1.3)):
        way = 1 if k % 2 == 0 else -1
        turn = way * float(rng.uniform(40, 200))
        mice.append(replace(mouse, tail_turn_deg=turn, coat=COATS[int(rng.integers(2))]))
    return setting.click("tails crossing", mice)


def _bright_cones(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = setting.mice(_some(setting, 2), coat=COATS[int(rng.integers(2))])
    glint, snout = float(10 ** rng.uniform(0.3, 0.9)), float(rng.uniform(1.2, 2.2))
    return setting.click("bright nose cones", mice, glint=glint, snout=snout)


def _empty_beds(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    cones = list(setting.bed.cones_x_cm)
    for _ in range(int(rng.integers(1, 4))):
        cones.pop(int(rng.integers(len(cones))))
    return setting.click("empty beds", setting.mice(cones))


def _upside_down(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    turn = 180.0 + float(rng.uniform(-10, 10))
    return setting.click("bed turned by 180°", setting.mice(_some(setting, 2)), turn_deg=turn)


def _askew(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng, 4)
    turn = float(rng.choice([-1, 1]) * rng.uniform(10, 45)) + 180.0 * int(rng.integers(2))
    return setting.click("bed turned by 10 to 45°", setting.mice(_some(setting, 2)), turn_deg=turn)


def _sideways(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng, 4)
    turn = float(rng.choice([-90, 90]) + rng.uniform(-8, 8))
    mice = setting.mice(_some(setting, 2))
    return setting.click("bed turned by 90°", mice, turn_deg=turn, ordered=False)


def _bent(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = [
        replace(
            m,
            bend_cm=float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.0)),
            sway_cm=float(rng.normal(0, 0.2)),
            coat=COATS[int(rng.integers(2))],
        )
        for m in setting.mice(setting.bed.cones_x_cm)
    ]
    return setting.click("bent bodies", mice)


def _dead(rng: np.random.Generator) -> HardClick:
    """A dead mouse out of its cone, askew, its neighbour's bed empty."""
    setting = _setting(rng)
    cones = list(setting.bed.cones_x_cm)
    side = int(rng.integers(2))
    cones.pop(1 if side == 0 else 3)
    mice = setting.mice(cones)
    k = 0 if side == 0 else len(mice) - 1
    tilt = float(rng.uniform(15, 35)) * (-1 if side == 0 else 1)
    y = mice[k].y_cm + float(rng.uniform(1.0, 2.5))
    mice[k] = replace(mice[k], angle_deg=tilt, y_cm=y, bend_cm=float(rng.normal(0, 0.4)))
    click = setting.click("a dead mouse out of its cone", mice)
    glowing = list(click.scene.mice)
    glowing[k] = replace(glowing[k], tumour_flux_p_s=0.0)
    return replace(click, scene=replace(click.scene, mice=tuple(glowing)))


def _clutter(rng: np.random.Generator) -> HardClick:
    """Reflections, ear tags, stains, and light from one side."""
    setting = _setting(rng)
    mice = setting.mice(_some(setting, 3), coat=COATS[int(rng.integers(2))])
    mice = [replace(m, ear_tag=bool(rng.random() < 0.7)) for m in mice]

    def patches(count: int, level: tuple[float, float], size: tuple[float, float]) -> list[Patch]:
        out = []
        for _ in range(count):
            (x, y), (length, width) = rng.uniform(-10, 10, 2), rng.uniform(*size, 2)
            angle, shine = rng.uniform(0, 180), rng.uniform(*level)
            out.append(
                Patch(float(x), float(y), float(length), float(width), float(angle), float(shine))
            )
        return out

    slope = tuple(float(v) for v in rng.uniform(-0.025, 0.025, 2))
    return setting.click(
        "reflections, tags, stains",
        mice,
        reflections=tuple(patches(int(rng.integers(2, 7)), (500, 9000), (0.1, 0.6))),
        stains=tuple(patches(int(rng.integers(1, 5)), (-150, 250), (0.8, 3.0))),
        slope_per_cm=slope,
    )


def _removed(rng: np.random.Generator) -> HardClick:
    """The sheet names an animal that is not there."""
    setting = _setting(rng)
    cones = list(setting.bed.cones_x_cm)
    cones.pop(int(rng.integers(len(cones))))
    mice = setting.mice(cones, coat=COATS[int(rng.integers(2))])
    return setting.click("removed, still in the sheet", mice, named=len(mice) + 1)


def _unnamed(rng: np.random.Generator) -> HardClick:
    """A mouse is there that the sheet does not name."""
    setting = _setting(rng)
    mice = setting.mice(_some(setting, 2), coat=COATS[int(rng.integers(2))])
    return setting.click("there, not in the sheet", mice, named=len(mice) - 1)


KINDS: dict[str, Callable[[np.random.Generator], HardClick]] = {
    "nude coat": _coated("nude"),
    "white coat": _coated("white"),
    "agouti coat": _coated("agouti"),
    "black coat": _coated("black"),
    "coats mixed on a click": _mixed,
    "belly up": _ventral,
    "one or two mice": _one_or_two,
    "six to ten mice": _many,
    "touching flanks": _touching,
    "different sizes": _sizes,
    "tails crossing": _tails,
    "bright nose cones": _bright_cones,
    "empty beds": _empty_beds,
    "bed turned by 180°": _upside_down,
    "bed turned by 10 to 45°": _askew,
    "bed turned by 90°": _sideways,
    "bent bodies": _bent,
    "a dead mouse out of its cone": _dead,
    "reflections, tags, stains": _clutter,
    "removed, still in the sheet": _removed,
    "there, not in the sheet": _unnamed,
}
"""Kinds of clicks, and how one is drawn."""


def thing_in_place(shape: Shape, rng: np.random.Generator) -> HardClick:
    """Draw a click with a thing where an animal that the sheet names should lie.

    Parameters
    ----------
    shape : str
        Of the thing.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    HardClick
        None to four mice, and one more is named.
    """
    setting = _setting(rng)
    cones = list(setting.bed.cones_x_cm)
    place = cones.pop(int(rng.integers(len(cones))))
    count = int(rng.integers(len(cones) + 1))
    taken = sorted(float(c) for c in rng.choice(cones, count, replace=False))
    coat = COATS[int(rng.integers(2))]
    thing = draw_thing(shape, place, setting.bed.front_y_cm + 4.2, rng)
    click = setting.click(f"{shape} in place", setting.mice(taken, coat=coat), count + 1)
    return replace(click, scene=replace(click.scene, things=(thing,)))


def _curled(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = [
        replace(
            m,
            bend_cm=float(rng.choice([-1, 1]) * rng.uniform(1.0, 2.0)),
            tail_turn_deg=float(rng.uniform(-200, 200)),
        )
        for m in setting.mice(list(setting.bed.cones_x_cm)[::2], coat=_light_coat(rng))
    ]
    return setting.click("curled", mice)


def _pregnant(rng: np.random.Generator) -> HardClick:
    setting = _setting(rng)
    mice = [
        replace(m, belly_cm=float(rng.uniform(0.3, 1.3)))
        for m in setting.mice(list(setting.bed.cones_x_cm)[::2], coat=_light_coat(rng))
    ]
    return setting.click("pregnant", mice)


def _tailless(rng: np.random.Generator) -> HardClick:
    """Tails that lie under their mice, or were cut for genotyping."""
    setting = _setting(rng)
    view = _VIEWS[int(rng.integers(2))]
    mice = [
        replace(m, tail_cm=float(rng.uniform(0.3, 1.5)), tail_turn_deg=0.0)
        for m in setting.mice(_some(setting, 1), coat=_light_coat(rng), view=view)
    ]
    return setting.click("tail hidden", mice)


def _light_coat(rng: np.random.Generator) -> Coat:
    return COATS[int(rng.integers(2))]


POSES: dict[str, Callable[[np.random.Generator], HardClick]] = {
    "curled": _curled,
    "pregnant": _pregnant,
    "tail hidden": _tailless,
}
"""Kinds of clicks whose mice are least like a mouse's usual outline, and how one is drawn."""
