"""Light on its way out of the animal: point sources at a depth, seen as spots on the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.silhouette import Silhouette

ABSORPTION_PER_CM = 0.3
"""Absorption of soft tissue near 620 nm, where most of firefly luciferase's light gets out;
within the ranges reviewed by Jacques, *Phys. Med. Biol.* 58, R37 (2013)."""
REDUCED_SCATTERING_PER_CM = 10.0
"""Reduced scattering there; same source."""
_EXTRAPOLATION = 2.0 * 2.95 / 3.0
"""Distance of the extrapolated boundary over the transport mean free path: 2 A / 3, with
A = 2.95 for a refractive index of 1.4 (effective reflection 0.493); Haskell et al., *J. Opt.
Soc. Am. A* 11, 2727 (1994)."""

SKIN_GLOW_P_S_CM2_SR = {"nude": 1000.0, "white": 1600.0, "black": 800.0, "agouti": 900.0}
"""Glow of living skin by coat: about 1000 on a nude mouse, 1600 on white fur; for black and agouti
fur, which absorb, lower ones are assumed."""


@dataclass(frozen=True)
class Source:
    """A point source of light inside a mouse.

    Parameters
    ----------
    s : float
        Where along the axis (0 the front of the head, 1 the tail base).
    aside_cm : float
        Distance from the midline.
    depth_cm : float
        Depth below the skin.
    strength : float
        Relative emission.
    """

    s: float
    aside_cm: float
    depth_cm: float
    strength: float


def exitance(distance_cm: np.ndarray, depth_cm: float) -> np.ndarray:
    """Return the light that leaves a half-space per area and per emitted photon.

    Parameters
    ----------
    distance_cm : numpy.ndarray
        Distance along the surface from the point above the source (cm).
    depth_cm : float
        Depth of the isotropic source (cm).

    Returns
    -------
    numpy.ndarray
        1/cm². Diffusion theory with an extrapolated boundary: Farrell et al., *Med. Phys.* 19,
        879 (1992), equation for the diffuse reflectance of one buried source.
    """
    transport = ABSORPTION_PER_CM + REDUCED_SCATTERING_PER_CM
    effective = np.sqrt(3 * ABSORPTION_PER_CM * transport)
    image_depth = depth_cm + 2 * _EXTRAPOLATION / transport
    one, other = np.hypot(distance_cm, depth_cm), np.hypot(distance_cm, image_depth)
    return (
        depth_cm * (effective + 1 / one) * np.exp(-effective * one) / one**2
        + image_depth * (effective + 1 / other) * np.exp(-effective * other) / other**2
    ) / (4 * np.pi)


def surface_light(
    mouse: Mouse,
    shape: Silhouette,
    sources: list[Source],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Return the light that a mouse's sources send through its skin, in relative units.

    Parameters
    ----------
    mouse : Mouse
        The mouse.
    shape : Silhouette
        The mouse on the grid: light leaves only where it is.
    sources : list of Source
        What glows inside.
    x, y : numpy.ndarray, shape (n, n)
        Centres of the grid's pixels (cm).

    Returns
    -------
    numpy.ndarray, shape (n, n)
        Emitted light per area (1/cm² per unit of strength).
    """
    light = np.zeros(x.shape)
    skin = shape.body
    for source in sources:
        at_x, at_y = mouse.at(source.s, source.aside_cm)
        distance = np.hypot(x[skin] - at_x, y[skin] - at_y)
        light[skin] += source.strength * exitance(distance, source.depth_cm)
    return light
