"""Random mice, beds, cameras and scenes: what glows where, and how animals lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.mouse import LENGTH_CM, Coat, Mouse, View
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.tissue import Source

_PITCH_CM = 4.0  # from one bed to the next
_VENTRAL_CM = 1.0  # a spine seen from the belly lies so much deeper


class Body(TypedDict):
    """A mouse's size: arguments of :class:`~lumicohort.simulate.mouse.Mouse`."""

    length_cm: float
    girth: float
    tail_cm: float


class Pose(TypedDict):
    """How a mouse lies: arguments of :class:`~lumicohort.simulate.mouse.Mouse`."""

    x_cm: float
    y_cm: float
    angle_deg: float
    bend_cm: float
    sway_cm: float
    tail_bend_cm: float


@dataclass(frozen=True)
class Draw:
    """What may be drawn for a scene.

    Parameters
    ----------
    log10_flux : tuple of float
        Range of log10 of the tumour's neuraxis flux (photons/s).
    tumour_free : float
        Part of the mice without tumour.
    empty : float
        Part of the beds without mouse.
    coats : sequence of str
        Coats; one is drawn per scene.
    views : sequence of str
        Views; one is drawn per scene.
    glow_p_s : tuple of float
        Range of the non-specific abdominal glow, whole skin (photons/s).
    disorder : float
        1: mice lie as a careful person lays them; 3: askew, bent, touching, tails crossing.
    turns_deg : sequence of float
        By how much the bed is turned; one is drawn per scene.
    """

    log10_flux: tuple[float, float] = (4.0, 9.0)
    tumour_free: float = 0.0
    empty: float = 0.0
    coats: Sequence[Coat] = ("nude",)
    views: Sequence[View] = ("dorsal",)
    glow_p_s: tuple[float, float] = (4.0e5, 9.0e5)
    disorder: float = 1.0
    turns_deg: Sequence[float] = (0.0,)


def draw_scene(
    rng: np.random.Generator, camera: Camera | None = None, beds: int = 5, draw: Draw | None = None
) -> Scene:
    """Draw a scene of mice in nose cones; at least one bed is taken.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    camera : Camera, optional
        The camera; as it comes where none is given.
    beds : int, optional
        Beds under the manifold, up to ten at the widest field of view, three at 13.2 cm.
    draw : Draw, optional
        What may be drawn.

    Returns
    -------
    Scene
        Mice from the manifold's left to its right.
    """
    camera, draw = camera or Camera(), draw or Draw()
    bed = bed_for(camera, beds)
    coat = cast(Coat, str(rng.choice(list(draw.coats))))
    view = cast(View, str(rng.choice(list(draw.views))))
    turn = float(rng.choice(list(draw.turns_deg)))
    taken = [x for x in bed.cones_x_cm if rng.random() >= draw.empty]
    taken = taken or [bed.cones_x_cm[int(rng.integers(beds))]]
    pitch = bed.cones_x_cm[1] - bed.cones_x_cm[0] if beds > 1 else _PITCH_CM
    small = min(1.0, pitch / 3.6)  # narrow beds hold small mice
    mice = []
    for x in taken:
        body = draw_body(rng, small)
        pose = lie(x, bed, rng, draw.disorder * small)
        mouse = Mouse(**pose, **body, coat=coat, view=view)
        flux = 0.0
        if rng.random() >= draw.tumour_free:
            flux = float(10 ** rng.uniform(*draw.log10_flux))
        deeper = _VENTRAL_CM if view == "ventral" else 0.0
        tumour = meningeal_tumour(rng, deeper)
        glow = float(rng.uniform(*draw.glow_p_s))
        mice.append(Glowing(mouse, tumour, flux, abdominal_glow(rng), glow))
    return Scene(camera, tuple(mice), bed, turn)


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera's settings: field of view, aperture and binnings that hold whole mice."""
    fov, f_number = [(22.4, 1.0), (22.4, 1.0), (22.4, 2.0), (13.2, 1.0)][int(rng.integers(4))]
    return Camera(
        fov_cm=fov,
        f_number=f_number,
        binning=int(rng.choice([4, 8, 8, 16])),
        photo_binning=int(rng.choice([2, 4])),
    )


def bed_for(camera: Camera, beds: int = 5) -> Bed:
    """Return a bed of so many cones that the field of view holds."""
    pitch = min(_PITCH_CM, (camera.fov_cm - 1.2) / beds)
    cones = tuple(pitch * (i - (beds - 1) / 2) for i in range(beds))
    top = -camera.fov_cm / 2
    front = top + (4.0 if camera.fov_cm > 20 else 1.6)
    return Bed(cones, front_y_cm=front, manifold_y_cm=front - (2.0 if camera.fov_cm > 20 else 1.3))


def draw_body(rng: np.random.Generator, scale: float = 1.0) -> Body:
    """Draw a mouse's size; `scale` 1 is a mouse of 7 to 8 cm without its tail."""
    return Body(
        length_cm=float(rng.uniform(0.92, 1.05)) * LENGTH_CM * scale,
        girth=float(rng.uniform(0.92, 1.08)),
        tail_cm=float(rng.uniform(7.6, 8.8)) * scale,
    )


def lie(cone_x_cm: float, bed: Bed, rng: np.random.Generator, disorder: float = 1.0) -> Pose:
    """Draw how a mouse lies; `disorder` as in :class:`Draw`."""
    return Pose(
        x_cm=cone_x_cm + float(rng.normal(0, 0.06)) * disorder,
        y_cm=bed.front_y_cm + float(rng.normal(0, 0.03)),
        angle_deg=float(rng.normal(0, 1.7)) * disorder,
        bend_cm=float(rng.normal(0, 0.11)) * disorder,
        sway_cm=float(rng.normal(0, 0.05)) * disorder,
        tail_bend_cm=float(rng.normal(0, 0.5)) * disorder,
    )


def meningeal_tumour(rng: np.random.Generator, deeper_cm: float = 0.0) -> tuple[Source, ...]:
    """Draw sources in the meninges of the head and along the spine.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    deeper_cm : float, optional
        Added to every depth (cm): a spine seen from the belly.

    Returns
    -------
    tuple of Source
        Three in the head, more along the spine.
    """
    head = [
        Source(
            s=float(rng.uniform(0.08, 0.22)),
            aside_cm=float(rng.normal(0, 0.15)),
            depth_cm=float(rng.uniform(0.2, 0.35)) + deeper_cm,
            strength=float(rng.uniform(0.5, 1.5)),
        )
        for _ in range(3)
    ]
    spine = [
        Source(
            s=float(s + rng.normal(0, 0.018)),
            aside_cm=float(rng.normal(0, 0.04)),
            depth_cm=float(rng.uniform(0.18, 0.38)) + deeper_cm,
            strength=float(rng.uniform(0.03, 0.2)),
        )
        for s in np.linspace(0.36, 0.86, 10)
    ]
    return (*head, *spine)


def abdominal_glow(rng: np.random.Generator) -> tuple[Source, ...]:
    """Draw non-specific sources in the belly, deep and to both flanks, one side brighter."""
    sources = []
    for side in (-1, 1):
        bright = float(rng.uniform(0.4, 1.6))
        for reach in (0.35, 0.7, 1.05):
            for s in (0.50, 0.57):
                sources.append(
                    Source(
                        s=float(s + rng.normal(0, 0.02)),
                        aside_cm=float(side * (reach + rng.normal(0, 0.1))),
                        depth_cm=float(rng.uniform(0.45, 0.8)),
                        strength=bright * reach * float(rng.uniform(0.6, 1.4)),
                    )
                )
    return tuple(sources)
