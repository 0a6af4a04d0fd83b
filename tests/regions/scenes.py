"""Drawn photographs of mice with known outlines, for tests of mouse finding.

Written independently of the code under test: outlines are polygons around a curved axis, drawn
with `skimage.draw`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

BED, NUDE, WHITE, BLACK = 330.0, 1000.0, 1500.0, 120.0


@dataclass
class Animal:
    """One drawn mouse; lengths in cm, angles in degrees (0: head up, body straight down)."""

    x: float
    y: float
    length: float = 7.0
    width: float = 3.0
    angle: float = 0.0
    bend: float = 0.0
    coat: float = NUDE
    feet: bool = True
    tail: float = 8.0
    tail_bend: float = 15.0
    cone: float = 0.0
    cone_brightness: float = 2500.0
    cone_streak: bool = True


@dataclass
class Scene:
    photograph: NDArray[np.uint16]
    fov_cm: float
    bodies: NDArray[np.uint8]
    axes: list[NDArray[np.float64]] = field(default_factory=list)
    areas: list[float] = field(default_factory=list)


# half-width of the body as a fraction of its greatest half-width, from nose (0) to tail base (1)
_S = np.array([0.0, 0.03, 0.10, 0.18, 0.25, 0.33, 0.45, 0.60, 0.75, 0.88, 0.95, 1.0])
_W = np.array([0.22, 0.36, 0.52, 0.66, 0.70, 0.72, 0.86, 0.97, 1.0, 0.80, 0.50, 0.24])


def _axis(animal: Animal, length: float, n: int = 60) -> NDArray[np.float64]:
    """Arc from the nose downwards with constant curvature, turned about its middle."""
    s = np.linspace(0, length, n)
    total = np.deg2rad(animal.bend)
    heading = np.deg2rad(animal.angle) + total * (s / animal.length - 0.5)
    step = np.gradient(s)
    x = np.cumsum(-np.sin(heading) * step)
    y = np.cumsum(np.cos(heading) * step)
    mid = np.argmin(abs(s - animal.length / 2))
    return np.column_stack([x - x[mid] + animal.x, y - y[mid] + animal.y])


def _ribbon(path: NDArray, half: NDArray) -> NDArray:
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    return np.concatenate([path + normal * half[:, None], (path - normal * half[:, None])[::-1]])


def draw(
    animals: list[Animal],
    fov_cm: float = 22.4,
    n: int = 960,
    seed: int = 0,
    manifold: float = 0.0,
    dividers: bool = True,
    noise: float = 0.08,
    vignette: float = 0.35,
    bed: float = BED,
    manifold_brightness: float = 360.0,
) -> Scene:
    """Draw a scene; `manifold` is the height (cm) of the metal block at the top."""
    rng = np.random.default_rng(seed)
    px = fov_cm / n
    image = np.full((n, n), bed)
    bodies = np.zeros((n, n), np.uint8)

    def fill(points: NDArray, value: float, texture: float = 0.03) -> tuple:
        rr, cc = polygon(points[:, 1] / px - 0.5, points[:, 0] / px - 0.5, image.shape)
        image[rr, cc] = value * np.exp(rng.normal(0, texture, rr.size))
        return rr, cc

    if manifold:
        fill(
            np.array([[1, 0], [fov_cm - 1, 0], [fov_cm - 1, manifold], [1, manifold]]),
            manifold_brightness,
        )
    if dividers:
        xs = sorted(a.x for a in animals)
        for left, right in itertools.pairwise(xs):
            x = (left + right) / 2
            y0 = min(a.y for a in animals) - 4
            fill(
                np.array([[x - 0.05, y0], [x + 0.05, y0], [x + 0.08, y0 + 8], [x - 0.02, y0 + 8]]),
                600.0,
            )
    axes, areas = [], []
    for label, animal in enumerate(animals, 1):
        axis = _axis(animal, animal.length)
        tangent = axis[-1] - axis[-2]
        tangent /= np.linalg.norm(tangent)
        t = np.linspace(0, 1, 40)
        side = np.array([-tangent[1], tangent[0]])
        if animal.tail:
            path = axis[-1] + animal.tail * (
                t[:, None] * tangent + np.deg2rad(animal.tail_bend) * (t**2)[:, None] * side
            )
            fill(_ribbon(path, np.linspace(0.28, 0.08, 40)), animal.coat * 0.95)
        if animal.feet:
            for sign in (-1, 1):
                at = axis[int(0.86 * len(axis))]
                root = at + sign * side * 0.36 * animal.width
                tip = root + 1.7 * (tangent + 0.25 * sign * side)
                path = root + t[:, None] * (tip - root)
                foot = fill(_ribbon(path, np.linspace(0.28, 0.18, 40)), animal.coat * 0.9)
                bodies[foot] = label
    for label, animal in enumerate(animals, 1):
        axis = _axis(animal, animal.length)
        s = np.linspace(0, 1, len(axis))
        half = np.interp(s, _S, _W) * animal.width / 2
        outline = _ribbon(axis, half)
        rr, cc = fill(outline, animal.coat, 0.05)
        # round shading: sides are darker, which leaves a crease between touching mice
        rr0, cc0 = polygon(*_ribbon(axis, half * 0.86)[:, ::-1].T / px - 0.5, image.shape)
        shade = np.zeros_like(image, bool)
        shade[rr, cc] = True
        shade[rr0, cc0] = False
        image[shade] *= 0.8
        bodies[rr, cc] = label
        axes.append(axis)
    for animal, axis in zip(animals, axes, strict=True):
        if animal.cone:
            head = axis[0] - axis[2]
            head /= np.linalg.norm(head)
            front = axis[0]
            half = np.full(30, animal.cone / 2)
            path = front + 2.2 * np.linspace(-0.04, 1, 30)[:, None] * head
            fill(_ribbon(path, half), animal.cone_brightness, 0.05)
            if animal.cone_streak:
                fill(_ribbon(path, half * 0.2), 50000.0, 0.2)
    axis_of = axes
    for label in range(1, len(animals) + 1):
        areas.append(float((bodies == label).sum() * px**2))
    y, x = (np.mgrid[:n, :n] + 0.5) / n - 0.5
    image *= 1 - vignette * 2 * (x**2 + y**2)
    image *= np.exp(rng.normal(0, noise, image.shape))
    photograph = np.clip(image, 1, 65535).astype(np.uint16)
    return Scene(photograph, fov_cm, bodies, axis_of, areas)


def row(
    count: int, fov_cm: float = 22.4, spacing: float = 3.9, seed: int = 0, **common: object
) -> list[Animal]:
    """Return a row of mice with slightly varied sizes and poses."""
    rng = np.random.default_rng(seed)
    start = fov_cm / 2 - spacing * (count - 1) / 2
    out = []
    for i in range(count):
        size = rng.uniform(0.88, 1.08)
        values = {
            "x": start + spacing * i + rng.uniform(-0.15, 0.15),
            "y": 8.5 + rng.uniform(-0.4, 0.4),
            "length": 7.0 * size,
            "width": 3.0 * size,
            "angle": rng.uniform(-6, 6),
            "bend": rng.uniform(-15, 15),
            "tail_bend": rng.uniform(-25, 25),
        }
        out.append(Animal(**(values | common)))  # type: ignore[arg-type]
    return out


KINDS = (
    "plain",
    "cone",
    "touching",
    "empty_bed",
    "dark_coats",
    "white_coats",
    "turned",
    "mixed_coats",
    "head_down",
    "no_tails",
    "eight",
    "one",
)


def random_scene(kind: str, seed: int, n: int = 480) -> tuple[list[Animal], Scene]:
    """Return a scene of a kind, drawn with varied sizes, poses, hardware and light."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    count, spacing = int(rng.integers(2, 6)), rng.uniform(3.5, 4.3)
    common: dict[str, object] = {}
    if kind == "cone":
        brightness = rng.choice([700.0, 1300.0, 2500.0, 6000.0])
        common = {"cone": rng.uniform(1.0, 1.5), "cone_brightness": brightness}
    elif kind == "touching":
        spacing = rng.uniform(2.55, 2.9)
    elif kind == "dark_coats":
        common = {"coat": BLACK, "cone": 1.2}
    elif kind == "white_coats":
        common = {"coat": WHITE, "cone": 1.2}
    elif kind == "head_down":
        common = {"angle": 180.0}
    elif kind == "no_tails":
        common = {"tail": 0.0, "cone": 1.2}
    elif kind == "eight":
        count, spacing = 8, 2.65
    elif kind == "one":
        count = 1
    elif kind == "empty_bed":
        count = max(count, 3)
    animals = row(count, spacing=spacing, seed=seed, **common)
    if kind == "empty_bed":
        animals.pop(int(rng.integers(1, count - 1)))
    elif kind == "turned":
        animals = animals[:3]
        for k, animal in enumerate(animals):
            animal.angle, animal.bend = rng.uniform(-45, 45), rng.uniform(-50, 50)
            animal.x = 4 + 7 * k + rng.uniform(-0.5, 0.5)
    elif kind == "mixed_coats":
        for animal in animals:
            animal.coat = BLACK if rng.random() < 0.5 else NUDE
    scene = draw(
        animals,
        n=n,
        seed=seed,
        manifold=2.5 if rng.random() < 0.7 else 0.0,
        vignette=rng.uniform(0, 0.6),
        dividers=bool(rng.random() < 0.7),
    )
    return animals, scene
