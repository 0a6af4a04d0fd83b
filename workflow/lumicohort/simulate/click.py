"""One simulated click: its folder as the camera would write it, and the truth of its animals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import tifffile

from lumicohort.simulate import texts
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.mouse import Mouse, Silhouette, regions, silhouette
from lumicohort.simulate.photograph import Bed, photograph
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
class Scene:
    """Mice under the camera, left to right, and where their light leaves.

    Parameters
    ----------
    camera : Camera
        The camera.
    mice : tuple of Glowing
        The mice.
    bed : Bed
        What they lie in.
    """

    camera: Camera
    mice: tuple[Glowing, ...]
    bed: Bed = field(default_factory=Bed)

    @cached_property
    def fine(self) -> int:
        """Pixels of the grid on which light is computed, each way: twice the image's."""
        return 2 * self.camera.n

    @cached_property
    def silhouettes(self) -> list[Silhouette]:
        """The mice on the fine grid."""
        x, y = self.camera.grid(self.fine)
        return [silhouette(glowing.mouse, x, y) for glowing in self.mice]

    @cached_property
    def radiance(self) -> np.ndarray:
        """True radiance on the stage (p/s/cm²/sr), shape (2 n, 2 n)."""
        x, y = self.camera.grid(self.fine)
        area = (self.camera.fov_cm / self.fine) ** 2
        out = np.full(x.shape, STRAY_P_S_CM2_SR)
        for glowing, shape in zip(self.mice, self.silhouettes, strict=True):
            mouse = glowing.mouse
            out[shape.body | shape.tail] = SKIN_GLOW_P_S_CM2_SR[mouse.coat]
            neuraxis = regions(shape, mouse, self.camera.fov_cm / self.fine)["neuraxis"]
            for sources, flux, where in (
                (glowing.tumour, glowing.tumour_flux_p_s, neuraxis),
                (glowing.other, glowing.other_flux_p_s, shape.body),
            ):
                if sources and flux > 0:
                    light = surface_light(mouse, shape, list(sources), x, y)
                    out += light * flux / (4 * np.pi * area * light[where].sum())
        return out

    @cached_property
    def truth_p_s(self) -> list[dict[str, float]]:
        """Per mouse and region, 4π times the integral of the true radiance (photons/s)."""
        pixel = self.camera.fov_cm / self.fine
        return [
            {
                region: float(4 * np.pi * pixel**2 * self.radiance[mask].sum())
                for region, mask in regions(shape, glowing.mouse, pixel).items()
            }
            for glowing, shape in zip(self.mice, self.silhouettes, strict=True)
        ]

    def exposure_s(self) -> float:
        """Return the longest exposure that fills no pixel: what `Auto` would choose."""
        camera = self.camera
        blocks = self.radiance.reshape(camera.n, 2, camera.n, 2).mean(axis=(1, 3))
        for exposure in _EXPOSURES_S:
            peak = float((blocks * camera.counts_per_radiance(exposure)).max())
            if peak <= _FULLEST * camera.saturation_counts:
                return exposure
        return _EXPOSURES_S[-1]


def write_click(
    folder: str | Path,
    scene: Scene,
    when: datetime,
    labels: Mapping[str, str],
    rng: np.random.Generator,
    exposure_s: float | None = None,
) -> list[dict[str, float]]:
    """Write a click folder.

    Parameters
    ----------
    folder : str or Path
        The folder to make; its name is the click's number.
    scene : Scene
        What the camera sees.
    when : datetime
        Start of the luminescent exposure, with its UTC offset.
    labels : mapping of str to str
        Labels that the user typed (`Animal Number`, `View`, …).
    rng : numpy.random.Generator
        Source of every random draw.
    exposure_s : float, optional
        Luminescent exposure (s); the longest that fills no pixel where none is given.

    Returns
    -------
    list of dict
        Per mouse, left to right: region to true total flux (photons/s).
    """
    folder, camera = Path(folder), scene.camera
    folder.mkdir(parents=True)
    exposure = scene.exposure_s() if exposure_s is None else exposure_s
    dark = camera.dark_charge(exposure, rng)
    _tiff(folder / "luminescent.TIF", camera.expose(scene.radiance, exposure, rng, dark))
    _tiff(folder / "background.TIF", camera.stored_frame(dark, rng))
    _tiff(folder / "readbias.TIF", camera.stored_frame(np.zeros_like(dark), rng))
    x, y = camera.grid(camera.chip // camera.photo_binning)
    drawn = scene.silhouettes
    if x.shape[0] != scene.fine:
        drawn = [silhouette(glowing.mouse, x, y) for glowing in scene.mice]
    mice = [(g.mouse, shape) for g, shape in zip(scene.mice, drawn, strict=True)]
    _tiff(folder / "photograph.TIF", photograph(scene.bed, mice, x, y, rng))
    said = (folder.name, when, camera, exposure, camera.bias_counts)
    (folder / "ClickInfo.txt").write_text(texts.click_info(*said), encoding="cp1252")
    typed = {"Comment1": "SIMULATED", **labels}
    (folder / "AnalyzedClickInfo.txt").write_text(
        texts.analyzed_click_info(*said, typed), encoding="cp1252"
    )
    return scene.truth_p_s


def _tiff(path: Path, image: np.ndarray) -> None:
    """Write an image as the camera's software does: one plain page, no metadata."""
    tifffile.imwrite(path, image, photometric="minisblack", metadata=None, software=False)


def row_of_mice(
    poses: Sequence[Mapping[str, float]], bed: Bed | None = None, coat: str = "nude"
) -> list[Mouse]:
    """Return mice lying in the bed's cones, left to right.

    Parameters
    ----------
    poses : sequence of mapping
        Per bed, arguments of :class:`~lumicohort.simulate.mouse.Mouse` besides its place;
        an empty bed is skipped by the caller.
    bed : Bed, optional
        The bed.
    coat : str, optional
        Coat of all mice.

    Returns
    -------
    list of Mouse
        One per pose.
    """
    bed = bed or Bed()
    return [
        Mouse(x_cm=x, y_cm=bed.front_y_cm, coat=coat, **pose)
        for x, pose in zip(bed.cones_x_cm, poses, strict=False)
    ]
