"""What makes one photograph of the same bed differ from another: lamps, lens, bed and shine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patch:
    """An elliptic patch with soft edges: a reflection, a stain, a piece of bedding.

    Parameters
    ----------
    x_cm, y_cm : float
        Its middle, in the bed's frame.
    length_cm, width_cm : float
        Its full axes.
    angle_deg : float
        Direction of its length; 0 is across the image.
    level : float
        Added to what it lies on (counts); negative for a dark stain.
    """

    x_cm: float
    y_cm: float
    length_cm: float
    width_cm: float
    angle_deg: float
    level: float


@dataclass(frozen=True)
class Lighting:
    """How a photograph is lit and taken; as it comes, like a real one at f/8 and 0.2 s.

    Parameters
    ----------
    exposure : float
        Brightness of everything, relative.
    bed : float
        Grey level of the bed (counts at exposure 1).
    grain : float
        Grain of the bed, relative.
    slope_per_cm : tuple of float
        Relative change of the light to the right and downwards.
    falloff_per_cm2 : float
        Relative loss of light with the square of the distance from the image's centre.
    noise : float
        Noise over the square root of the counts.
    hair : float
        Texture of fur, relative.
    glint : float
        Brightness of the nose cones' reflections, relative.
    snout : float
        Brightness of a cone with a snout in it, relative.
    blur_cm : float
        Standard deviation of the lens's blur at the stage.
    reflections : tuple of Patch
        Shine on bed and mice.
    stains : tuple of Patch
        Patches of the bed, under the mice.
    """

    exposure: float = 1.0
    bed: float = 355.0
    grain: float = 1.0
    slope_per_cm: tuple[float, float] = (0.0, 0.0)
    falloff_per_cm2: float = 0.0011
    noise: float = 0.7
    hair: float = 1.0
    glint: float = 1.0
    snout: float = 1.0
    blur_cm: float = 0.015
    reflections: tuple[Patch, ...] = ()
    stains: tuple[Patch, ...] = ()


def draw_lighting(rng: np.random.Generator) -> Lighting:
    """Draw the light of an ordinary photograph: no two cameras and beds are alike.

    Spreads are assumptions (a factor of two in exposure, a quarter in the bed's grey, a tenth
    from side to side); no collection of real photographs stands behind them.
    """
    return Lighting(
        exposure=float(10 ** rng.uniform(-0.3, 0.3)),
        bed=355.0 * float(10 ** rng.uniform(-0.1, 0.1)),
        grain=float(rng.uniform(0.6, 1.6)),
        slope_per_cm=(float(rng.normal(0, 0.005)), float(rng.normal(0, 0.005))),
        falloff_per_cm2=float(rng.uniform(0.0005, 0.0018)),
        noise=float(rng.uniform(0.5, 1.6)),
        hair=float(rng.uniform(0.6, 1.6)),
        glint=float(10 ** rng.uniform(-0.4, 0.3)),
        blur_cm=float(rng.uniform(0.01, 0.03)),
    )


def add_patches(
    image: np.ndarray, patches: tuple[Patch, ...], x: np.ndarray, y: np.ndarray
) -> None:
    """Add patches to a photograph, in place.

    Parameters
    ----------
    image : numpy.ndarray, shape (n, n)
        The photograph (counts).
    patches : tuple of Patch
        The patches.
    x, y : numpy.ndarray, shape (n, n)
        Centres of the pixels (cm), in the bed's frame.
    """
    for patch in patches:
        angle = np.deg2rad(patch.angle_deg)
        dx, dy = x - patch.x_cm, y - patch.y_cm
        along = (dx * np.cos(angle) + dy * np.sin(angle)) / (patch.length_cm / 2)
        across = (dy * np.cos(angle) - dx * np.sin(angle)) / (patch.width_cm / 2)
        radius2 = along**2 + across**2
        near = radius2 < 4
        image[near] += patch.level * np.exp(-(radius2[near] ** 2))
