"""Things that lie on the bed and are no mice: bars, gloves, towels, tubes, dishes.

Sizes are those of common things of a laboratory; shapes are made of capsules, rectangles and
wavy outlines, each with its surface: matt, crumpled as paper, shining as plastic, hairy as fur.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.ndimage import gaussian_filter

Shape = Literal[
    "bar",
    "rounded bar",
    "wedge",
    "ellipse",
    "sheet",
    "crumpled sheet",
    "glove",
    "hand",
    "ring",
    "dish",
    "tube",
    "syringe",
    "manifold",
]
SHAPES: tuple[Shape, ...] = get_args(Shape)
Surface = Literal["matt", "paper", "plastic", "fur"]
SURFACES: tuple[Surface, ...] = get_args(Surface)


@dataclass(frozen=True)
class Thing:
    """A thing on the bed.

    Parameters
    ----------
    shape : str
        One of :data:`SHAPES`.
    x_cm, y_cm : float
        Its middle, in the bed's frame.
    length_cm, width_cm : float
        Its size along and across.
    angle_deg : float
        Direction of its length: 0 points down the image.
    grey : float
        Its brightness where it is lit best, counts.
    surface : str
        One of :data:`SURFACES`.
    seed : int
        Of what is irregular about its outline.
    """

    shape: Shape
    x_cm: float
    y_cm: float
    length_cm: float
    width_cm: float
    angle_deg: float = 0.0
    grey: float = 1100.0
    surface: Surface = "matt"
    seed: int = 0

    def depth_cm(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return about how far inside its outline points lie, cm; negative outside.

        Parameters
        ----------
        x, y : numpy.ndarray
            Points (cm), in the bed's frame.

        Returns
        -------
        numpy.ndarray
            Of the same shape.
        """
        angle = np.deg2rad(self.angle_deg)
        dx, dy = x - self.x_cm, y - self.y_cm
        along = dy * np.cos(angle) - dx * np.sin(angle)
        across = dx * np.cos(angle) + dy * np.sin(angle)
        return _OUTLINES[self.shape](self, along, across)


def draw_thing(shape: Shape, x_cm: float, y_cm: float, rng: np.random.Generator) -> Thing:
    """Draw a thing of a shape that lies in some place, as large as such things are.

    Bars, wedges and ellipses are as large as mice.
    """
    (long, longest), (wide, widest) = _SIZES_CM[shape]
    surface: Surface = SURFACES[int(rng.integers(len(SURFACES)))]
    if shape in ("sheet", "crumpled sheet"):
        surface = "paper"
    straight = rng.random() < 0.75
    return Thing(
        shape,
        x_cm + float(rng.normal(0, 0.2)),
        y_cm + float(rng.normal(0, 0.4)),
        float(rng.uniform(long, longest)),
        float(rng.uniform(wide, widest)),
        float(rng.normal(0, 6) if straight else rng.uniform(-90, 90))
        + 180.0 * int(rng.integers(2)),
        float(np.exp(rng.uniform(np.log(550), np.log(1900)))),
        surface,
        int(rng.integers(2**31)),
    )


_SIZES_CM: dict[Shape, tuple[tuple[float, float], tuple[float, float]]] = {
    "bar": ((5.5, 9.0), (1.9, 3.2)),
    "rounded bar": ((5.5, 9.0), (1.9, 3.2)),
    "wedge": ((5.5, 9.0), (2.4, 3.4)),
    "ellipse": ((5.5, 9.0), (2.4, 3.4)),
    "sheet": ((4.0, 10.0), (2.0, 7.0)),
    "crumpled sheet": ((4.5, 9.0), (2.2, 6.0)),
    "glove": ((6.0, 13.0), (3.0, 7.0)),
    "hand": ((15.0, 19.0), (7.0, 9.0)),
    "ring": ((4.0, 9.0), (4.0, 9.0)),
    "dish": ((3.0, 9.0), (3.0, 9.0)),
    "tube": ((9.0, 12.0), (1.6, 3.0)),
    "syringe": ((7.0, 12.0), (1.2, 2.2)),
    "manifold": ((6.0, 14.0), (1.5, 2.5)),
}
"""Lengths and widths of things; a hand comes with its forearm."""


def add_things(
    image: np.ndarray,
    things: tuple[Thing, ...],
    x: np.ndarray,
    y: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Add things to a photograph, in place.

    Parameters
    ----------
    image : numpy.ndarray, shape (n, n)
        The photograph (counts).
    things : tuple of Thing
        The things; later ones lie on top.
    x, y : numpy.ndarray, shape (n, n)
        Centres of the pixels (cm), in the bed's frame.
    rng : numpy.random.Generator
        Source of texture.
    """
    pixel = float(np.hypot(x[0, 1] - x[0, 0], y[0, 1] - y[0, 0]))
    for thing in things:
        depth = thing.depth_cm(x, y)
        inside = depth > 0
        shadow = gaussian_filter(inside.astype(float), 0.15 / pixel)
        image[~inside] *= 1 - 0.4 * shadow[~inside]
        image[inside] = (thing.grey * _shine(thing, depth, pixel, rng))[inside]


def _shine(thing: Thing, depth: np.ndarray, pixel: float, rng: np.random.Generator) -> np.ndarray:
    """Return the brightness of a thing's surface, relative."""
    half = max(thing.width_cm / 2, 0.1)
    height = np.sqrt(np.clip(1 - (1 - np.clip(depth / half, 0, 1)) ** 2, 0, 1))
    if thing.surface == "matt":
        return 1 + 0.02 * _texture(depth.shape, 0.1 / pixel, rng)
    if thing.surface == "paper":
        return 1 + 0.10 * _texture(depth.shape, 0.5 / pixel, rng)
    if thing.surface == "plastic":
        glare = 1.2 * np.exp(-(((height - 0.9) / 0.05) ** 2))
        return 0.5 + 0.4 * height + glare * float(np.random.default_rng(thing.seed).random())
    return (0.48 + 0.6 * height**0.75) * (1 + 0.08 * _texture(depth.shape, 0.05 / pixel, rng))


def _texture(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth noise of unit spread; the scale is in pixels."""
    noise = gaussian_filter(rng.normal(0, 1, shape), max(scale, 0.4))
    return noise / noise.std()


def _box(u: np.ndarray, v: np.ndarray, length: float, width: float) -> np.ndarray:
    return np.minimum(length / 2 - np.abs(u), width / 2 - np.abs(v))


def _capsule(
    u: np.ndarray, v: np.ndarray, one: tuple[float, float], other: tuple[float, float], r: float
) -> np.ndarray:
    """Return the depth in what is nearer than `r` to a line from one point to another."""
    (a, b), (c, d) = one, other
    t = ((u - a) * (c - a) + (v - b) * (d - b)) / max((c - a) ** 2 + (d - b) ** 2, 1e-9)
    t = np.clip(t, 0, 1)
    return r - np.hypot(u - a - t * (c - a), v - b - t * (d - b))


def _bar(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return _box(u, v, thing.length_cm, thing.width_cm)


def _rounded(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    r = thing.width_cm / 2
    half = max(thing.length_cm / 2 - r, 0.01)
    return _capsule(u, v, (-half, 0.0), (half, 0.0), r)


def _wedge(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A bar that narrows evenly to a third to two thirds of its width."""
    least = float(np.random.default_rng(thing.seed).uniform(0.33, 0.67))
    at = np.clip(u / thing.length_cm + 0.5, 0, 1)
    return np.minimum(
        thing.length_cm / 2 - np.abs(u),
        thing.width_cm / 2 * (least + (1 - least) * at) - np.abs(v),
    )


def _ellipse(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    radius = np.hypot(u / (thing.length_cm / 2), v / (thing.width_cm / 2))
    return (1 - radius) * thing.width_cm / 2


def _crumpled(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """An ellipse with waves along its outline."""
    rng = np.random.default_rng(thing.seed)
    angle = np.arctan2(v / thing.width_cm, u / thing.length_cm)
    wave = np.zeros_like(angle)
    for k in range(2, 9):
        wave += rng.normal(0, 0.16 / k**0.6) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
    radius = np.hypot(u / (thing.length_cm / 2), v / (thing.width_cm / 2))
    return (1 + wave - radius) * thing.width_cm / 2


def _glove(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A palm and three to five fingers, spread at random; some are folded under."""
    rng = np.random.default_rng(thing.seed)
    palm, width = 0.5 * thing.length_cm, thing.width_cm
    depth = _capsule(u, v, (-palm + width / 2, 0.0), (0.0, 0.0), width / 2)
    for k in range(int(rng.integers(3, 6))):
        across = width * (-0.36 + 0.24 * k)
        reach = thing.length_cm * float(rng.uniform(0.2, 0.5))
        tip = (reach, across + reach * float(rng.normal(0.15 * (k - 1.5), 0.12)))
        depth = np.maximum(depth, _capsule(u, v, (0.0, across), tip, 0.13 * width))
    return depth


def _hand(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A hand that comes from the image's edge, with its forearm."""
    arm = _capsule(u, v, (-30.0, 0.0), (0.0, 0.0), 0.35 * thing.width_cm)
    return np.maximum(arm, _glove(thing, u, v))


def _ring(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """As a roll of tape: three to eight tenths of its radius are open."""
    least = float(np.random.default_rng(thing.seed).uniform(0.3, 0.8))
    radius, outer = np.hypot(u, v), thing.length_cm / 2
    return np.minimum(outer - radius, radius - least * outer)


def _dish(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return thing.length_cm / 2 - np.hypot(u, v)


def _tube(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A conical tube with its wider screw cap."""
    long, r = thing.length_cm, thing.width_cm / 2
    tip = 0.15 * long
    half = np.clip((u + long / 2) / tip, 0.25, 1.0) * r
    half = np.where(u > long / 2 - 1.3, 1.12 * r, half)
    return np.minimum(long / 2 - np.abs(u), half - np.abs(v))


def _syringe(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A barrel, its flange and plunger at one end, its needle at the other."""
    long, width = thing.length_cm, thing.width_cm
    barrel = _box(u, v, 0.6 * long, width)
    flange = _box(u - 0.3 * long, v, 0.3, 1.8 * width)
    plunger = _box(u - 0.4 * long, v, 0.2 * long, 0.6 * width)
    needle = _box(u + 0.45 * long, v, 0.35 * long, 0.25)
    return np.max([barrel, flange, plunger, needle], axis=0)


def _manifold(thing: Thing, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """A bar that nose cones come out of at one side."""
    depth = _box(u, v, thing.length_cm, thing.width_cm)
    for at in np.arange(-thing.length_cm / 2 + 1.5, thing.length_cm / 2 - 1.0, 3.5):
        depth = np.maximum(depth, _box(u - at, v - thing.width_cm / 2 - 0.8, 1.0, 1.8))
    return depth


_OUTLINES: dict[Shape, Callable[[Thing, np.ndarray, np.ndarray], np.ndarray]] = {
    "bar": _bar,
    "rounded bar": _rounded,
    "wedge": _wedge,
    "ellipse": _ellipse,
    "sheet": _bar,
    "crumpled sheet": _crumpled,
    "glove": _glove,
    "hand": _hand,
    "ring": _ring,
    "dish": _dish,
    "tube": _tube,
    "syringe": _syringe,
    "manifold": _manifold,
}
