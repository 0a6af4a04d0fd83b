"""What lies under the camera: mice that glow, the light that leaves them, and the truth of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.lighting import Lighting
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.objects import Thing
from lumicohort.simulate.photograph import Bed, photograph
from lumicohort.simulate.silhouette import Silhouette, regions, silhouette
from lumicohort.simulate.tissue import SKIN_GLOW_P_S_CM2_SR, Source, surface_light

STRAY_P_S_CM2_SR = 150.0
"""Faint light everywhere on the stage."""

_FULLEST = 0.6  # of the saturation level
_EXPOSURES_S = (60.0, 30.0, 15.0, 8.0, 4.0, 2.0, 1.0, 0.5)


@dataclass(frozen=True)
class Glowing:
    """A mouse and what glows in it.

    Parameters
    ----------
    mouse : Mouse
        The mouse.
    tumour : tuple of Source
        The tumour.
    tumour_flux_p_s : float
        Its total flux inside the `neuraxis` region (photons/s).
    other : tuple of Source
        Non-specific signal, in the abdomen.
    other_flux_p_s : float
        Its total flux through the whole skin (photons/s).
    """

    mouse: Mouse
    tumour: tuple[Source, ...] = ()
    tumour_flux_p_s: float = 0.0
    other: tuple[Source, ...] = ()
    other_flux_p_s: float = 0.0


@dataclass(frozen=True)
class MouseTruth:
    """The truth of one mouse on one click.

    Parameters
    ----------
    flux_p_s : dict of str to float
        Region to 4π times the integral of the true surface radiance in it (photons/s).
    nose_cm, tail_base_cm : tuple of float
        Ends of the body's axis, x and y in cm from the image's centre (y downwards).
    area_cm2 : float
        Area of the body without its tail.
    """

    flux_p_s: dict[str, float]
    nose_cm: tuple[float, float]
    tail_base_cm: tuple[float, float]
    area_cm2: float


@dataclass(frozen=True)
class Scene:
    """Mice under the camera, in the order of their labels, and where their light leaves.

    Parameters
    ----------
    camera : Camera
        The camera.
    mice : tuple of Glowing
        The mice; where two overlap, the later lies on top.
    bed : Bed
        What they lie in.
    turn_deg : float
        By how much bed and mice together are turned on the stage, clockwise on the screen.
    stray_p_s_cm2_sr : float
        Faint light everywhere.
    stray_slope_per_cm : float
        Relative change of that light from left to right.
    skin_glow : float
        Glow of the skin, relative to that of living animals of the coat.
    lighting : Lighting
        How the photograph is lit and taken.
    things : tuple of Thing
        What lies there besides mice; it neither glows nor hides light.
    """

    camera: Camera
    mice: tuple[Glowing, ...]
    bed: Bed = field(default_factory=Bed)
    turn_deg: float = 0.0
    stray_p_s_cm2_sr: float = STRAY_P_S_CM2_SR
    stray_slope_per_cm: float = 0.0
    skin_glow: float = 1.0
    lighting: Lighting = field(default_factory=Lighting)
    things: tuple[Thing, ...] = ()

    def grid(self, pixels: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixels' centres in the frame of the bed (cm)."""
        x, y = self.camera.grid(pixels)
        if self.turn_deg == 0:
            return x, y
        turn = np.deg2rad(self.turn_deg)
        return x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)

    def on_image(self, x_cm: float, y_cm: float) -> tuple[float, float]:
        """Return where a point of the bed is on the image (cm from its centre)."""
        turn = np.deg2rad(self.turn_deg)
        return (
            float(x_cm * np.cos(turn) - y_cm * np.sin(turn)),
            float(x_cm * np.sin(turn) + y_cm * np.cos(turn)),
        )

    @cached_property
    def silhouettes(self) -> list[Silhouette]:
        """The mice on the fine grid."""
        x, y = self.grid(self.camera.fine)
        return [silhouette(glowing.mouse, x, y) for glowing in self.mice]

    @property
    def pixel_cm(self) -> float:
        """Side of the fine grid's pixels (cm)."""
        return self.camera.fov_cm / self.camera.fine

    @cached_property
    def _regions(self) -> list[dict[str, np.ndarray]]:
        out = [
            regions(shape, glowing.mouse, self.pixel_cm)
            for glowing, shape in zip(self.mice, self.silhouettes, strict=True)
        ]
        return exclusive(out, [shape.body for shape in self.silhouettes])

    @cached_property
    def radiance(self) -> np.ndarray:
        """True radiance on the stage (p/s/cm²/sr), on the camera's fine grid.

        Light leaves through the skin only: on a real click, the bed 2 cm beside a head of
        12,000 counts held less than 3.
        """
        x, y = self.grid(self.camera.fine)
        stray = self.stray_p_s_cm2_sr * (1 + self.stray_slope_per_cm * x)
        out = np.array(stray)
        covered = np.zeros(x.shape, dtype=bool)
        for glowing, shape, masks in reversed(
            list(zip(self.mice, self.silhouettes, self._regions, strict=True))
        ):
            seen = shape.skin & ~covered
            covered |= seen
            glow = self.skin_glow * SKIN_GLOW_P_S_CM2_SR[glowing.mouse.coat]
            out[seen] = glow if self.skin_glow else stray[seen]
            out[seen] += self._light(glowing, shape, masks["neuraxis"], x, y)[seen]
        return out

    def _light(
        self,
        glowing: Glowing,
        shape: Silhouette,
        neuraxis: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
    ) -> np.ndarray:
        """Return the radiance of what glows in a mouse (p/s/cm²/sr)."""
        out = np.zeros(x.shape)
        for sources, flux, where in (
            (glowing.tumour, glowing.tumour_flux_p_s, neuraxis),
            (glowing.other, glowing.other_flux_p_s, shape.body),
        ):
            if sources and flux > 0 and where.any():
                light = surface_light(glowing.mouse, shape, list(sources), x, y)
                out += light * flux / (4 * np.pi * self.pixel_cm**2 * light[where].sum())
        return out

    @cached_property
    def truth(self) -> list[MouseTruth]:
        """The truth of every mouse."""
        out = []
        for glowing, shape, masks in zip(self.mice, self.silhouettes, self._regions, strict=True):
            axis = glowing.mouse.axis_cm
            per_pixel = 4 * np.pi * self.pixel_cm**2
            out.append(
                MouseTruth(
                    {r: float(per_pixel * self.radiance[m].sum()) for r, m in masks.items()},
                    self.on_image(*axis[0]),
                    self.on_image(*axis[-1]),
                    float(shape.body.sum() * self.pixel_cm**2),
                )
            )
        return out

    def labels(self, pixels: int) -> np.ndarray:
        """Return the true bodies as a label image: 1 the first mouse, 0 none, tails left out."""
        x, y = self.grid(pixels)
        out = np.zeros(x.shape, dtype=np.uint8)
        for number, glowing in enumerate(self.mice, 1):
            out[silhouette(glowing.mouse, x, y).body] = number
        return out

    def photograph(self, rng: np.random.Generator) -> np.ndarray:
        """Return the photograph (uint16)."""
        pixels = self.camera.chip // self.camera.photo_binning
        x, y = self.grid(pixels)
        drawn = self.silhouettes
        if pixels != self.camera.fine:
            drawn = [silhouette(glowing.mouse, x, y) for glowing in self.mice]
        mice = [(g.mouse, shape) for g, shape in zip(self.mice, drawn, strict=True)]
        return photograph(self.bed, mice, x, y, rng, self.lighting, self.things)

    def exposure_s(self) -> float:
        """Return the longest exposure that fills no pixel: what `Auto` would choose."""
        camera = self.camera
        times = camera.fine // camera.n
        blocks = self.radiance.reshape(camera.n, times, camera.n, times).mean(axis=(1, 3))
        for exposure in _EXPOSURES_S:
            peak = float((blocks * camera.counts_per_radiance(exposure)).max())
            if peak <= _FULLEST * camera.saturation_counts:
                return exposure
        return _EXPOSURES_S[-1]


def exclusive(
    regions: list[dict[str, np.ndarray]], bodies: list[np.ndarray]
) -> list[dict[str, np.ndarray]]:
    """Return regions of which a pixel belongs to one mouse at most: the nearest body's.

    Parameters
    ----------
    regions : list of dict of str to numpy.ndarray of bool
        The regions of every mouse.
    bodies : list of numpy.ndarray of bool
        Their bodies; where two overlap, the later lies on top.

    Returns
    -------
    list of dict of str to numpy.ndarray of bool
        The regions without what is nearer to another body.
    """
    from scipy.ndimage import distance_transform_edt

    shared = np.sum([masks["whole_body"] for masks in regions], axis=0) > 1
    if not shared.any():
        return regions
    nearest = np.full(shared.shape, np.inf)
    owner = np.full(shared.shape, -1)
    for k, body in enumerate(bodies):
        if body.any():
            distance = distance_transform_edt(~body)
            closer = distance <= nearest
            nearest[closer], owner[closer] = distance[closer], k
    return [
        {name: mask & (~shared | (owner == k)) for name, mask in masks.items()}
        for k, masks in enumerate(regions)
    ]
